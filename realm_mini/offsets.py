"""Where wordpieces stand in their text, in the places where tokenizers and texts disagree.  Level 0."""

import unicodedata
from collections.abc import Sequence


def before_word(text: str, start: int, end: int) -> int:
    """Return ``start`` moved behind white space, which some tokenizers count as part of a word."""
    while start < end and text[start].isspace():
        start += 1
    return start


def after_marks(text: str, end: int) -> int:
    """Return ``end`` moved behind the combining marks there, which the uncased normaliser drops."""
    while end < len(text) and unicodedata.category(text[end]) == "Mn":
        end += 1
    return end


def words_without_punctuation(text: str, offsets: Sequence[Sequence[int]], words: Sequence[int]) -> list[int]:
    """Return the word number of each piece, punctuation a word of its own, as BERT has it; -1 stays.

    Tokenizers that know nothing but spaces count "Oslo." as one word, and an answer is made of whole words.

    >>> words_without_punctuation("In Oslo.", [(0, 2), (3, 7), (7, 8)], [0, 1, 1])
    [0, 1, 2]
    """
    found: list[int] = []
    last, number, was_mark = -1, -1, False
    for (start, end), word in zip(offsets, words, strict=True):
        is_mark = _is_punctuation(text[start : start + 1])
        number += word != last or is_mark or was_mark
        found.append(number if word >= 0 else -1)
        last, was_mark = word, _is_punctuation(text[max(start, end - 1) : end])
    return found


def _is_punctuation(letter: str) -> bool:
    return bool(letter) and unicodedata.category(letter).startswith("P")
