"""One bit a question, packed into hexadecimal digits: small in a file, and it can be resampled."""

from collections.abc import Sequence

import numpy as np

from realm_mini.compare import SUBSETS
from realm_mini.corpus import Corpus, Question
from realm_mini.errors import RealmError
from realm_mini.evaluate import answer_ranks, gold_ranks, is_right


def pack(bits: Sequence[bool]) -> str:
    """Return bits as hexadecimal digits, four a digit.

    >>> pack([True, False, False, True, True])
    '98'
    """
    return np.packbits(np.asarray(bits, dtype=bool)).tobytes().hex()


def unpack(text: str, count: int) -> np.ndarray:
    """Return ``count`` bits from :func:`pack`'s digits.

    >>> unpack('98', 5).astype(int).tolist()
    [1, 0, 0, 1, 1]

    Raises:
        RealmError: there are too few or too many digits.
    """
    data = np.frombuffer(bytes.fromhex(text), dtype=np.uint8)
    if len(data) != -(-count // 8):
        raise RealmError(
            f"{len(data)} bytes do not hold one bit for each of {count} questions. Run the row again."
        )
    return np.unpackbits(data, count=count).astype(bool)


def matches(answers: Sequence[str], questions: Sequence[Question]) -> list[bool]:
    """Return which answers are right."""
    return [is_right(a, q) for a, q in zip(answers, questions, strict=True)]


def gold_found(rows: np.ndarray, corpus: Corpus, questions: Sequence[Question]) -> list[bool]:
    """Return for which questions a gold passage is among the rows."""
    return [rank is not None for rank in gold_ranks(rows, corpus, questions)]


def answer_found(rows: np.ndarray, corpus: Corpus, questions: Sequence[Question]) -> list[bool]:
    """Return for which questions a passage among the rows holds an answer as a string (the paper's way)."""
    return [rank is not None for rank in answer_ranks(rows, corpus, questions)]


def subsets(questions: Sequence[Question]) -> dict[str, str]:
    """Return the packed members of each subset of the questions that has any, "all" left out."""
    members = {
        name: [bool(keep(q.flags)) for q in questions] for name, keep in SUBSETS.items() if name != "all"
    }
    return {name: pack(bits) for name, bits in members.items() if any(bits)}
