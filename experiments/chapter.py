"""The section on real text in the book: a cell of chapter 12 that is made of the result files."""

import json
from pathlib import Path

from experiments.realtable import real_text
from experiments.results import load_results
from realm_mini.errors import read_json, write_text

CHAPTER = Path(__file__).parents[1] / "book" / "12-own-text.ipynb"
TAG = "made-of-results"  # of the Markdown cell that is written anew


def put_tables(notebook: Path, results: Path) -> bool:
    """Write the table into the notebook's cell with the tag ``made-of-results``; return if that changed it.

    A notebook without such a cell, or results without any file, change nothing.
    """
    book, text = read_json(notebook), real_text(load_results(results / "realtext"), "Real text, measured")
    lines = text.splitlines(keepends=True)
    cells = [cell for cell in book["cells"] if TAG in cell["metadata"].get("tags", ())]
    if not text or all(cell["source"] == lines for cell in cells):
        return False
    for cell in cells:
        cell["source"] = lines
    write_text(notebook, json.dumps(book, ensure_ascii=False, indent=1) + "\n")
    return True
