"""Checks of the book's exercises: each prints what is right, or which mistake an answer looks like.

One module a chapter.  A check never raises: whatever is handed in, one sentence comes out.
"""

import math
from collections.abc import Callable
from typing import Any


def report(answer: Any, judge: Callable[[Any], str]) -> None:  # noqa: ANN401
    """Print the verdict of ``judge`` on ``answer``; "Not answered yet." where the dots still stand.

    >>> report(..., lambda answer: "Correct.")
    Not answered yet.
    >>> report(3, lambda answer: "Correct." if answer == 2 else "One too many.")
    One too many.
    >>> report(3, lambda answer: answer(2))
    A function is asked for: begin with def answer(...).
    >>> report(3, lambda answer: "Correct." if 2 in set(answer) else "")
    A list is asked for, such as [0, 1].
    """
    if answer is ...:
        verdict = "Not answered yet."
    else:
        try:
            verdict = judge(answer)
        except Exception as error:
            verdict = _of_another_kind(answer, str(error)) or (
                f"This answer could not be checked: {type(error).__name__}, {error}."
            )
    print(verdict)  # noqa: T201


def _of_another_kind(answer: Any, error: str) -> str:  # noqa: ANN401
    """Return what to hand in instead, where the answer is a number for a list or the like; else nothing."""
    if "not callable" in error and not callable(answer):
        return "A function is asked for: begin with def answer(...)."
    if "not iterable" in error and isinstance(answer, int | float):
        return "A list is asked for, such as [0, 1]."
    if isinstance(answer, str) and ("real number" in error or "could not convert" in error):
        return "A number is asked for, without quotation marks."
    return ""


def judge_number(
    given: float,
    right: float,
    mistakes: dict[float, str],
    why: str,
    *,
    rel: float = 1e-9,
    wrong_rel: float | None = None,
    absolute: float = 0.0,
    hint: str = "Write the formula down first, then put the numbers in.",
) -> str:
    """Return the verdict on a number: right, one of the known ``mistakes``, or neither.

    ``rel`` and ``absolute``: how near counts as equal; ``wrong_rel``: the first for mistakes.

    >>> judge_number(0.5, 2.0, {0.5: "Other way round."}, "4 / 2.")
    'Other way round.'
    """
    if math.isclose(given, right, rel_tol=rel, abs_tol=absolute):
        return f"Correct. {why}"
    for wrong, message in mistakes.items():
        if math.isclose(given, wrong, rel_tol=wrong_rel or rel, abs_tol=absolute):
            return message
    return f"Not yet. {hint}"
