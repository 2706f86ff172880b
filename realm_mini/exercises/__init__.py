"""Checks of the book's exercises: each prints what is right, or which mistake an answer looks like.

One module a chapter.  A check never raises: whatever is handed in, one sentence comes out.
"""

from collections.abc import Callable
from typing import Any


def report(answer: Any, judge: Callable[[Any], str]) -> None:  # noqa: ANN401
    """Print the verdict of ``judge`` on ``answer``; "Not answered yet." where the dots still stand.

    >>> report(..., lambda answer: "Correct.")
    Not answered yet.
    >>> report(3, lambda answer: "Correct." if answer == 2 else "One too many.")
    One too many.
    """
    if answer is ...:
        verdict = "Not answered yet."
    else:
        try:
            verdict = judge(answer)
        except Exception as error:
            verdict = f"This answer could not be checked: {type(error).__name__}, {error}."
    print(verdict)  # noqa: T201
