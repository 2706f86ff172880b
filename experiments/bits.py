"""One bit a question, packed into hexadecimal digits: small in a file, and it can be resampled."""

from collections.abc import Sequence

import numpy as np

from realm_mini.corpus import Corpus, Question
from realm_mini.errors import RealmError
from realm_mini.metrics import exact_match, first_rank, has_answer
from realm_mini.recipe import SUBSETS


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
    return [
        exact_match(a, q.answers, is_regex=bool(q.flags.get("regex")))
        for a, q in zip(answers, questions, strict=True)
    ]


def within(ranks: Sequence[int | None], cut: int) -> list[bool]:
    """Return which ranks (from 0) are among the first ``cut``.

    >>> within([0, 4, None], 4)
    [True, False, False]
    """
    return [rank is not None and rank < cut for rank in ranks]


def gold_ranks(rows: np.ndarray, corpus: Corpus, questions: Sequence[Question]) -> list[int | None]:
    """Return the place (from 0) of the first gold passage of each question, or None."""
    return [
        first_rank(r.tolist(), corpus.gold_rows(q.passages)) for r, q in zip(rows, questions, strict=True)
    ]


def answer_ranks(rows: np.ndarray, corpus: Corpus, questions: Sequence[Question]) -> list[int | None]:
    """Return the place (from 0) of the first passage that holds an answer as a string, or None."""

    def holds(row: int, question: Question) -> bool:
        return has_answer(corpus[row].text, question.answers, is_regex=bool(question.flags.get("regex")))

    return [
        next((place for place, row in enumerate(r.tolist()) if holds(row, q)), None)
        for r, q in zip(rows, questions, strict=True)
    ]


def gold_found(rows: np.ndarray, corpus: Corpus, questions: Sequence[Question]) -> list[bool]:
    """Return for which questions a gold passage is among the rows."""
    return within(gold_ranks(rows, corpus, questions), rows.shape[1])


def answer_found(rows: np.ndarray, corpus: Corpus, questions: Sequence[Question]) -> list[bool]:
    """Return for which questions a passage among the rows holds an answer as a string (the paper's way)."""
    return within(answer_ranks(rows, corpus, questions), rows.shape[1])


def subsets(questions: Sequence[Question]) -> dict[str, str]:
    """Return the packed members of each subset of the questions that has any, "all" left out."""
    members = {
        name: [bool(keep(q.flags)) for q in questions] for name, keep in SUBSETS.items() if name != "all"
    }
    return {name: pack(bits) for name, bits in members.items() if any(bits)}
