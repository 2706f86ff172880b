"""The pages of notation and glossary: every name in them exists, every axis is one of the package's."""

import importlib
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from tests.test_architecture import AXES

BOOK = Path(__file__).parents[1] / "book"
DOTTED = re.compile(r"`([a-z_]+(?:\.\w+)+)`")


def text(page):
    return (BOOK / f"{page}.md").read_text(encoding="utf-8")


def names(page):
    return sorted(set(DOTTED.findall(text(page))))


def tables():
    """Yield the cells of each row of the tables of the notation page, heads and rules left out."""
    for line in text("notation").splitlines():
        cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
        if line.startswith("| ") and not set(line) <= set("|- ") and cells[0] not in ("axis", "symbol"):
            yield cells


@pytest.mark.parametrize(
    "name", [pytest.param(n, id=f"{p}:{n}") for p in ("notation", "glossary") for n in names(p)]
)
def test_the_name_is_one_of_the_package(name):
    module, *path = name.split(".")
    found = importlib.import_module(f"realm_mini.{module}")
    for part in path:
        if is_dataclass(found) and part in {f.name for f in fields(found)}:
            return
        found = getattr(found, part)


def test_the_pages_name_many_things():
    assert len(names("notation")) > 35
    assert len(names("glossary")) > 20


def test_axes_are_those_of_the_annotations():
    rows = list(tables())
    axes = [row[0].strip("`") for row in rows if len(row) == 3]
    assert len(axes) == 11
    assert set(axes) <= AXES
    shapes = [row[2].strip("`") for row in rows if len(row) == 5]
    assert len(shapes) > 25
    assert {word for shape in shapes for word in shape.split()} <= set(axes)


def test_every_row_of_a_table_is_whole():
    assert {len(row) for row in tables()} == {3, 5}


def test_terms_stand_in_order_and_once():
    terms = re.findall(r"^(?!```)(\S.*)$", text("glossary").split("{glossary}")[1], flags=re.MULTILINE)
    assert len(terms) > 25
    assert terms == sorted(set(terms), key=str.casefold)
