"""Pages of the book that are made from other files: `make pages`, or `python -m book._tools.pages`."""

from book._tools import BOOK
from book._tools.cite import page as cite_page
from book._tools.notebooks import Notebook, notebooks

NOTE = "<!-- made by `make pages` from {}; change those, not this page -->"

DEPARTURES = """\
# Departures from the paper

{note}

The paper's method, to the letter, does not fit on a laptop, and here and there we had a reason to do otherwise. Where we
do, a box in the chapter says what the paper says, what we do, why, and what came of it. These are all {count}
boxes, word for word; "above" and "below" mean the chapter. A few are on the authors' code alone, where we do as the
paper says.
"""

EXECUTION = """\
# Execution times

{note}

What it took to record the outputs of each notebook, from the time stamps in its cells. The machine had two cores and
often other work besides, so a notebook that you run alone is likely to be quicker than its row: take the times as an upper
bound, and as a sign of which notebooks are long. Words are those of the text; code and outputs are not counted.

| notebook | minutes:seconds | longest cell | cells | with code | words |
| --- | ---: | ---: | ---: | ---: | ---: |
"""


def link(notebook: Notebook) -> str:
    """A link to a notebook, with the number that the site gives to it."""
    number = "" if notebook.number is None else f"{notebook.number} "
    return f"[{number}{notebook.title}]({notebook.path.name})"


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds.

    >>> clock(89.6), clock(3.2)
    ('1:30', '0:03')
    """
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


def departures() -> str:
    """The page of all departure boxes, chapter by chapter."""
    chapters = [notebook for notebook in notebooks() if notebook.departures]
    count = sum(len(notebook.departures) for notebook in chapters)
    lines = [DEPARTURES.format(note=NOTE.format("the boxes of the notebooks"), count=count)]
    for notebook in chapters:
        lines += [f"## {notebook.title}", "", f"From {link(notebook)}.", ""]
        for box in notebook.departures:
            lines += [f"### {box.title[0].upper()}{box.title[1:]}", "", f"In *{box.section}*:", ""]
            lines += [*(f"- {part}" for part in box.parts), ""]
    return "\n".join(lines).rstrip() + "\n"


def execution() -> str:
    """The page of execution times, one row a notebook and one for all."""
    rows, everything = [], notebooks()
    for notebook in everything:
        seconds = notebook.seconds
        counts = len(notebook.cells), len(seconds), notebook.words
        rows.append((link(notebook), sum(seconds), max(seconds), *counts))
    total = [sum(row[i] for row in rows) for i in (1, 3, 4, 5)]
    rows.append(("**all**", total[0], max(row[2] for row in rows), *total[1:]))
    lines = [
        f"| {name} | {clock(seconds)} | {clock(longest)} | {cells} | {code} | {words:,} |"
        for name, seconds, longest, cells, code, words in rows
    ]
    return EXECUTION.format(note=NOTE.format("the notebooks")) + "\n".join(lines) + "\n"


def cite() -> str:
    """The page that says how to cite."""
    return cite_page(NOTE.format("CITATION.cff and references.bib"))


PAGES = {"departures": departures, "execution": execution, "cite": cite}


def main() -> None:
    """Write every page that is made."""
    for name, make in PAGES.items():
        (BOOK / f"{name}.md").write_text(make(), encoding="utf-8")
    print("Made from the files of the book:", ", ".join(f"book/{name}.md" for name in PAGES))


if __name__ == "__main__":
    main()
