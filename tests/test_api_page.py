"""The API reference: every module once, in the order of the README's tour, and every name of the package."""

import re
from importlib import import_module

import realm_mini
from book._tools import BOOK, ROOT

PAGE = (BOOK / "api.md").read_text(encoding="utf-8")
DOCUMENTED = re.findall(r"^\.\. automodule:: realm_mini\.(\S+)\n   :members:$", PAGE, flags=re.MULTILINE)


def test_every_module_is_on_the_page_once_under_its_name():
    package = ROOT / "realm_mini"
    files = [path.relative_to(package).with_suffix("") for path in package.rglob("*.py")]
    names = {".".join(p.parts).removesuffix(".__init__") for p in files} - {"__init__"}
    assert sorted(DOCUMENTED) == sorted(names)
    assert re.findall(r"^### `(\S+)`$", PAGE, flags=re.MULTILINE) == DOCUMENTED


def test_modules_stand_in_the_order_of_the_tour():
    tour = (ROOT / "README.md").read_text(encoding="utf-8").split("## A tour")[1].split("\n## ")[0]
    named = list(dict.fromkeys(name for name in re.findall(r"`(\w+)\.py`", tour) if name in DOCUMENTED))
    assert len(named) > 40
    assert [name for name in DOCUMENTED if name in named] == named


def test_the_names_of_the_package_lead_to_where_they_are_defined():
    links = re.findall(r"\{py:\w+\}`(\w+) <realm_mini\.(\w+)\.(\w+)>`", PAGE)
    assert sorted(name for name, _, _ in links) == realm_mini.__all__
    for name, module, own in links:
        assert own == name
        found = getattr(import_module(f"realm_mini.{module}"), name)
        assert found is getattr(realm_mini, name)
        assert found.__module__ == f"realm_mini.{module}"
