"""How good is an answer, how good is a list of passages: exact match, F1, recall.

Level 2: imports :mod:`realm_mini.text` and :mod:`realm_mini.errors` only.
"""

import re
from collections import Counter
from collections.abc import Sequence

from realm_mini.errors import RealmError, many
from realm_mini.text import normalize_answer


def exact_match(prediction: str, answers: Sequence[str], *, is_regex: bool = False) -> bool:
    r"""Return whether the prediction equals an accepted answer after normalisation (section 4.1).

    ``is_regex``: answers are regular expressions that the prediction must begin with, as the official
    evaluation on CuratedTREC has it.

    >>> exact_match("the Netherlands.", ["Netherlands", "Holland"])
    True
    >>> exact_match("Mt. Everest", [r"(mount|mt\.?) everest"], is_regex=True)
    True
    """
    if not is_regex:
        return normalize_answer(prediction) in {normalize_answer(a) for a in many(answers, "answers")}
    return any(e.match(prediction.strip()) for e in _expressions(answers))


def _expressions(answers: Sequence[str]) -> list[re.Pattern[str]]:
    try:
        return [re.compile(a, re.IGNORECASE | re.UNICODE | re.MULTILINE) for a in many(answers, "answers")]
    except re.error as error:
        raise RealmError(
            f"The answer {error.pattern!r} is not a regular expression ({error}). Mend it."
        ) from error


def pattern_matches(text: str, patterns: Sequence[str]) -> list[str]:
    r"""Return what regular expressions (answers of CuratedTREC) find in ``text``, each string once.

    >>> pattern_matches("Mount Everest, or Mt. Everest", [r"(mount|mt\.?) everest"])
    ['Mount Everest', 'Mt. Everest']
    """
    found = (m[0].strip() for e in _expressions(patterns) for m in e.finditer(text))
    return list(dict.fromkeys(string for string in found if string))


def f1(prediction: str, answers: Sequence[str]) -> float:
    """Return the best word-overlap F1 of the prediction with an accepted answer, in [0, 1].

    >>> f1("in Paris, France", ["Paris"])
    0.5
    """
    said, accepted = normalize_answer(prediction).split(), many(answers, "answers")
    return max((_f1(said, normalize_answer(a).split()) for a in accepted), default=0.0)


def _f1(left: list[str], right: list[str]) -> float:
    if not left or not right:
        return float(left == right)
    shared = sum((Counter(left) & Counter(right)).values())
    return 2 * shared / (len(left) + len(right))


def has_answer(text: str, answers: Sequence[str], *, is_regex: bool = False) -> bool:
    r"""Return whether ``text`` holds an accepted answer as whole words, after normalisation.

    ``is_regex``: answers are regular expressions, looked for in the text as it is (CuratedTREC).

    >>> has_answer("She lived in Parisian style.", ["Paris"])
    False
    >>> has_answer("She lived in Parisian style.", [r"Par\w+"], is_regex=True)
    True
    """
    if is_regex:
        return any(e.search(text) for e in _expressions(answers))
    padded = f" {normalize_answer(text)} "
    return any(f" {n} " in padded for a in many(answers, "answers") if (n := normalize_answer(a)))


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Return the share of questions whose first good passage has a rank (from 0) below ``k``.

    ``None`` stands for a question none of whose retrieved passages is good.

    >>> recall_at([0, 4, None, 7], k=5)
    0.5
    """
    if not ranks:
        raise RealmError("Recall of no questions is not a number. Give at least one.")
    return sum(r is not None and r < k for r in ranks) / len(ranks)


def first_rank(rows: Sequence[int], gold: Sequence[int]) -> int | None:
    """Return the place (from 0) of the first row that is gold, or None.

    >>> first_rank([7, 3, 9], gold=[9, 3])
    1
    """
    wanted = set(gold)
    return next((place for place, row in enumerate(rows) if row in wanted), None)
