"""Every decimal fraction of the prose stands in an output, a result file, the lab book or the paper."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
FIGURE = re.compile(r"(?<![\w.,/-])\d+(?:,\d{3})*\.\d+(?![\w.]*\d)")
LABBOOK = re.compile(r"lab book|LOG\.md|one of the boxes|In the same run")
PAPER = {"27.0", "34.5", "0.129", "0.01", "0.13", "40.0", "28.1"}  # Guu et al. 2020; Siriwardhana et al. 2021
EXAMPLES = {"5.3"}  # figures of a passage that the prose quotes
# Formulas, solutions of exercises (their checks have tests of their own), and addresses are no measurements.
LEFT_OUT = re.compile(
    r"<details>.*?</details>|\$[^$]*\$|`[^`]*`|\[arXiv[^]]*\]|\]\([^)]*\)|https?://\S+", re.DOTALL
)


def figures(text):
    """The decimal fractions of a text, and each of them with fewer digits as well."""
    found = set(re.findall(r"\d+(?:,\d{3})*\.\d+", text))
    for figure in tuple(found):
        value = float(figure.replace(",", ""))
        found |= {f"{value:,.{digits}f}" for digits in range(1, len(figure.split(".")[1]))}
    return found


def told(text):
    """The decimal fractions of prose that have to come from somewhere."""
    return FIGURE.findall(LEFT_OUT.sub(" ", text))


def texts_of(cell):
    """What a cell shows: a made table its text, code its own lines and all outputs in words."""
    if cell["cell_type"] == "markdown":
        return [*cell["source"]] if "made-of-results" in cell["metadata"].get("tags", []) else []
    shown = [line for o in cell["outputs"] for line in o.get("text", [])]
    shown += [
        line
        for o in cell["outputs"]
        for kind, words in o.get("data", {}).items()
        if kind.startswith("text/")
        for line in words
    ]
    return ["".join(cell["source"]), "".join(shown)]


PROVENANCE = sorted((ROOT / "data").rglob("provenance.json"))


@pytest.fixture(scope="module")
def files():
    """Figures of the tables made of result files, and of the provenance of what is shipped."""
    tables = [ROOT / "experiments" / "tables.md", ROOT / "benchmarks" / "results.md"]
    return figures("\n".join(p.read_text(encoding="utf-8") for p in [*tables, *PROVENANCE]))


@pytest.fixture(scope="module")
def labbook():
    return figures((ROOT / "LOG.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_figure_in_a_chapter_comes_from_somewhere(path, files, labbook):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    shown = "\n".join(text for cell in notebook["cells"] for text in texts_of(cell))
    known = files | PAPER | EXAMPLES | figures(shown + json.dumps(notebook["metadata"].get("widgets", {})))
    lost = []
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            sources = known | labbook if LABBOOK.search(text) else known
            lost += [f"cell {number}: {figure}" for figure in told(text) if figure not in sources]
    assert not lost


def test_every_figure_of_the_readme_comes_from_somewhere(files, labbook):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lost = [f for f in told(text) if f not in files | labbook | PAPER]
    assert not lost


def test_a_figure_that_is_nowhere_is_found():
    assert told("It is 12.3, not `4.5` nor $6.7$; see [there](8.9.html) and 1,234.5.") == ["12.3", "1,234.5"]
    assert "12.3" in figures("12.345") and "12.4" not in figures("12.345")
