"""What every notebook of the book has in common; nbval proves that its outputs are true."""

import json
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[1] / "book"
NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))
LONGEST = 15  # lines of a code cell
WIDGET = "application/vnd.jupyter.widget-view+json"


def cells_of(path, kind="code"):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [c for c in cells if c["cell_type"] == kind]


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def notebook(request):
    return request.param


def test_every_notebook_is_in_the_table_of_contents():
    contents = (BOOK / "_toc.yml").read_text(encoding="utf-8")
    assert NOTEBOOKS and all(f"- file: {p.stem}\n" in contents for p in NOTEBOOKS)


def test_the_first_cell_finds_the_package_or_installs_it(notebook):
    first = "".join(cells_of(notebook)[0]["source"])
    assert first == "".join(cells_of(BOOK / "one-sitting.ipynb")[0]["source"])
    assert "%pip install" in first


def test_it_opens_with_one_title(notebook):
    texts = ["".join(c["source"]) for c in cells_of(notebook, "markdown")]
    assert texts[0].startswith("# ")
    assert sum(line.startswith("# ") for text in texts for line in text.splitlines()) == 1


def test_code_cells_are_short_and_leave_nothing_on_standard_error(notebook):
    for cell in cells_of(notebook):
        assert len(cell["source"]) <= LONGEST
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr", output


def test_pictures_are_png_and_say_what_they_show(notebook):
    for cell in cells_of(notebook):
        kinds = {kind for o in cell["outputs"] for kind in o.get("data", {}) if kind.startswith("image/")}
        assert kinds <= {"image/png"}
        if kinds:
            assert len(cell["metadata"]["mystnb"]["image"]["alt"]) > 30, "".join(cell["source"])


def test_few_outputs_are_not_compared(notebook):
    """At most a quarter; each is a widget, or has an assertion in its cell or one of the next two."""
    cells = cells_of(notebook)
    exempt = [i for i, c in enumerate(cells) if "nbval-ignore-output" in c["metadata"].get("tags", [])]
    assert 4 * len(exempt) <= sum(bool(c["outputs"]) for c in cells)
    for i in exempt:
        sources = ["".join(c["source"]) for c in cells[i : i + 3]]
        is_widget = any(WIDGET in o.get("data", {}) for o in cells[i]["outputs"])
        assert is_widget or any("assert" in s for s in sources), sources[0]
