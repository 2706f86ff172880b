"""What the notebooks of the book say about themselves: titles, words, seconds, departure boxes."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import yaml

from book._tools import BOOK

BOX = re.compile(r"^(:{3,})\{admonition\} *Departure: *(?P<title>.+)\n(?P<body>(?s:.*?))^\1 *$", re.MULTILINE)
HEADING = re.compile(r"^#{2,6} +(.+)$")
FENCE = re.compile(r"^(`{3,}|:{3,})")
# A part of a box opens with words in bold, at the start of a paragraph or of a sentence.
PART = re.compile(r"(?:\A|(?<=[.:;)*])) *(?=\*\*\w)")


@dataclass(frozen=True)
class Departure:
    """One box that says where we do not do what the paper does.

    Attributes:
        title: what it is about.
        section: the heading under which it stands.
        parts: what the paper says, what we do, why, and what came of it; each opens with bold words.
    """

    title: str
    section: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Notebook:
    """A chapter of the book.

    Attributes:
        path: its file.
        number: its number in the table of contents, or None where the part has none.
    """

    path: Path
    number: int | None = None

    @cached_property
    def cells(self) -> list[dict]:
        return json.loads(self.path.read_text(encoding="utf-8"))["cells"]

    def sources(self, kind: str) -> list[str]:
        """The text of each cell of one kind, "code" or "markdown"."""
        return ["".join(cell["source"]) for cell in self.cells if cell["cell_type"] == kind]

    @cached_property
    def title(self) -> str:
        return self.sources("markdown")[0].splitlines()[0].removeprefix("# ").strip()

    @property
    def words(self) -> int:
        """Words of the text: what stands between spaces and holds a letter or a digit."""
        return sum(
            any(c.isalnum() for c in word) for text in self.sources("markdown") for word in text.split()
        )

    @cached_property
    def seconds(self) -> list[float]:
        """How long each code cell took when its output was recorded, in tenths of a second.

        Raises:
            ValueError: a cell was never run; `make execute` runs and records it.
        """
        return [_seconds(cell, self.path) for cell in self.cells if cell["cell_type"] == "code"]

    @cached_property
    def departures(self) -> list[Departure]:
        """The departure boxes in their order."""
        return [box for text, section in self._sections() for box in _boxes(text, section)]

    def _sections(self) -> Iterator[tuple[str, str]]:
        """Yield the text under each heading, a heading never being a comment in a block of code."""
        section, lines, fence = self.title, [], ""
        for line in "\n\n".join(self.sources("markdown")).splitlines():
            found = FENCE.match(line)
            if found and not fence:
                fence = found[1]
            elif found and line.strip() == fence:
                fence = ""
            heading = HEADING.match(line)
            if heading and not fence:
                yield "\n".join(lines), section
                section, lines = heading[1], []
            else:
                lines.append(line)
        yield "\n".join(lines), section


def _seconds(cell: dict, path: Path) -> float:
    times = cell["metadata"].get("execution", {})
    if not {"iopub.status.busy", "iopub.status.idle"} <= set(times):
        raise ValueError(f"{path.name}: cell {cell['id']} was never run; `make execute` runs and records it.")
    start, end = (datetime.fromisoformat(times[f"iopub.status.{state}"]) for state in ("busy", "idle"))
    return round((end - start).total_seconds(), 1)


def _boxes(text: str, section: str) -> Iterator[Departure]:
    for box in BOX.finditer(text):
        body = " ".join(box["body"].split())
        parts = tuple(part.strip() for part in PART.split(body) if part.strip())
        yield Departure(box["title"].strip(), section, parts)


def notebooks() -> list[Notebook]:
    """All notebooks in the order of the table of contents, numbered as the site numbers them."""
    contents = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    found = []
    for part in contents["parts"]:
        for number, chapter in enumerate(part["chapters"], start=1):
            path = BOOK / f"{chapter['file']}.ipynb"
            if path.exists():
                found.append(Notebook(path, number if part.get("numbered") else None))
    return found
