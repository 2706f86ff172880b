"""How results are written down: with the commit they were made by, as tables.  Level 1: no torch."""

import subprocess
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path


def commit_of(folder: Path, *, mark: bool = True, but: Sequence[str] = ()) -> str:
    """Return the commit of the checkout that ``folder`` lies in, at least 12 digits; "" outside of one.

    ``mark``: add a plus sign where tracked files differ from the commit, those left out whose paths from the
    top of the checkout match a pattern of ``but``: what a command writes itself says nothing about it.
    """
    commit = _git(folder, "rev-parse", "--short=12", "HEAD")
    if not commit or not mark:
        return commit
    others = [f":(top,exclude){pattern}" for pattern in but]
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ":(top)", *others)
    return commit + ("+" if changed else "")


def _git(folder: Path, *words: str) -> str:
    """Return what a command of git prints; "" where it fails or there is no git."""
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, cwd=folder, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def markdown_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Collection[int] = frozenset()
) -> str:
    """Return a Markdown table; the columns numbered in ``right`` (from 0) are flush right.

    >>> print(markdown_table(["a", "b"], [["x", "1"], ["", "2"]], right=[1]))
    | a | b |
    | --- | ---: |
    | x | 1 |
    |  | 2 |
    """
    rule = ["---:" if column in right else "---" for column in range(len(head))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))
