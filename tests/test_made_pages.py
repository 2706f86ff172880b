"""Pages that are made from the rest of the book: they are what `make pages` makes, and it is true."""

import json
import re
from datetime import datetime

import pytest

import realm_mini
from book._tools import BOOK, ROOT
from book._tools.address import address
from book._tools.cite import PAPER, bibtex, citation, reference
from book._tools.notebooks import Notebook, notebooks
from book._tools.pages import PAGES

NOTEBOOKS = notebooks()


def page(name):
    return (BOOK / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_command_makes(name):
    assert page(name) == PAGES[name](), "run `make pages`"
    assert f"- file: {name}\n" in (BOOK / "_toc.yml").read_text(encoding="utf-8")


def test_all_notebooks_are_read_in_the_order_of_the_contents():
    assert {n.path for n in NOTEBOOKS} == set(BOOK.glob("*.ipynb"))
    names = [n.path.stem for n in NOTEBOOKS if n.number is not None]
    assert names == sorted(names)
    assert [n.number for n in NOTEBOOKS if n.number is not None] == [int(name[:2]) for name in names]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.path.stem)
def test_every_box_is_found_and_whole(notebook):
    """A box says what others say, what we do, why, and what came of it."""
    text = notebook.path.read_text(encoding="utf-8")
    assert len(notebook.departures) == len(re.findall(r"\{admonition\} *Departure", text))
    for box in notebook.departures:
        heads = " ".join(re.match(r"\*\*(.+?)\*\*", part)[1] for part in box.parts)
        assert re.search(r"^(The paper|BERT)", heads), box.title
        assert re.search(r"\bWe (do|have)\b|The official code Why", heads), box.title
        assert re.search(r"\bWhy\b.*([Ee]ffect)$", heads), box.title


def test_boxes_are_on_the_page_word_for_word():
    words = page("departures").split()
    text = " ".join(word for word in words if word not in ("-",))
    for notebook in NOTEBOOKS:
        for cell in notebook.sources("markdown"):
            for body in re.findall(r"(?ms)^:::\{admonition\} Departure.*?\n(.*?)^:::$", cell):
                assert " ".join(body.split()) in text
        assert bool(notebook.departures) == (f"]({notebook.path.name})" in page("departures"))


def test_times_on_the_page_add_up_to_those_in_the_cells():
    rows = [line.split("|")[1:-1] for line in page("execution").splitlines() if re.match(r"\| (\[|\*)", line)]
    shown = {name.strip(): [cell.strip() for cell in cells] for name, *cells in rows}

    def seconds(text):
        minutes, rest = text.split(":")
        return 60 * int(minutes) + int(rest)

    everything = 0.0
    for path in BOOK.glob("*.ipynb"):
        row = next(cells for name, cells in shown.items() if path.name in name)
        own = 0.0
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                times = cell["metadata"]["execution"]
                busy, idle = (datetime.fromisoformat(times[f"iopub.status.{s}"]) for s in ("busy", "idle"))
                own += (idle - busy).total_seconds()
        assert seconds(row[0]) == pytest.approx(own, abs=3), path.name  # each cell is rounded to a tenth
        everything += own
    assert seconds(shown["**all**"][0]) == pytest.approx(everything, abs=3 * len(NOTEBOOKS))
    for column in (2, 3, 4):
        numbers = [int(cells[column].replace(",", "")) for cells in shown.values()]
        assert sum(numbers[:-1]) == numbers[-1]


def test_a_comment_in_code_is_no_heading_and_a_box_belongs_to_the_last_one(tmp_path):
    source = (
        "# Title\n\n## One\n\n```python\n## no heading\n```\n\n:::{admonition} Departure: a *thing*\n"
        "**The paper says**: this.\n**We\ndo**: that.\n\n**Why**: (see above) **Effect**: none.\n"
        ":::\n\n## Two\n"
    )
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": source.splitlines(True)}]}))
    (box,) = Notebook(path).departures
    assert (box.title, box.section) == ("a *thing*", "One")
    assert box.parts == (
        "**The paper says**: this.", "**We do**: that.", "**Why**: (see above)", "**Effect**: none."
    )  # fmt: skip


def test_a_cell_that_was_never_run_is_named(tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "id": "c7", "metadata": {}, "source": []}]}))
    with pytest.raises(ValueError, match=r"x.ipynb: cell c7 was never run; `make execute`"):
        _ = Notebook(path).seconds


def fields(entry):
    """The fields of a BibTeX entry, and its kind."""
    found = dict(re.findall(r"^ +(\w+) *= \{(.*?)\},?$", entry, flags=re.MULTILINE))
    return {name: value.replace("{", "").replace("}", "") for name, value in found.items()}


def test_the_entry_of_the_book_says_what_the_citation_file_says():
    said, entry = citation(), fields(bibtex())
    assert entry["author"] == " and ".join(author["name"] for author in said["authors"])
    assert (entry["title"], entry["version"]) == (said["title"], said["version"])
    assert (said["version"], entry["url"]) == (realm_mini.__version__, address())
    assert entry["year"] in (ROOT / "LICENSE-TEXT").read_text(encoding="utf-8")


def test_the_entry_of_the_paper_says_what_the_citation_file_says():
    (paper,), entry = citation()["references"], fields(reference(PAPER))
    names = [f"{author['family-names']}, {author['given-names']}" for author in paper["authors"]]
    assert entry["author"] == " and ".join(names)
    assert (entry["title"], int(entry["year"])) == (paper["title"], paper["year"])
    assert (entry["booktitle"], entry["url"]) == (paper["collection-title"], paper["url"])


def test_a_reference_that_is_not_there_is_missed():
    with pytest.raises(KeyError, match="nobody2020"):
        reference("nobody2020")


def test_the_changelog_is_the_one_of_the_repository():
    assert page("changelog") == "```{include} ../CHANGELOG.md\n```\n"
    first = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# Changelog"
