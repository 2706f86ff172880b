"""What all checks of the exercises have in common: whatever is handed in, one sentence comes out."""

import importlib
import pkgutil

import pytest

from realm_mini import exercises

NAMES = [m.name for m in pkgutil.iter_modules(exercises.__path__)]
MODULES = {name: importlib.import_module(f"realm_mini.exercises.{name}") for name in NAMES}
CHECKS = [
    pytest.param(name, value, id=f"{name}.{key}")
    for name, module in MODULES.items()
    for key, value in vars(module).items()
    if key.startswith("check_")
]
NONSENSE = {
    "None": None,
    "a word": "seven",
    "an object": object(),
    "raises": lambda *_: [][0],
    "takes nothing": lambda: 1,
    "returns None": lambda *_: None,
    "returns a list": lambda *_: [1],
}
# There is nothing to check in these, and the sentence says so; the others may be plainly wrong answers.
HOPELESS = {"None", "an object", "raises"}
# These modules have a word of their own for some answers that are none at all.
LENIENT = {"mlm", "salient", "world"}


def test_every_module_has_checks():
    assert {check.values[0] for check in CHECKS} == set(MODULES)


@pytest.mark.parametrize(("module", "check"), CHECKS)
def test_no_answer_is_no_mistake(module, check, capsys):
    check(...)
    assert capsys.readouterr().out == "Not answered yet.\n"


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize(("module", "check"), CHECKS)
def test_nonsense_does_not_raise_and_is_not_correct(module, check, nonsense, capsys):
    check(NONSENSE[nonsense])
    out = capsys.readouterr().out
    assert out.endswith("\n") and len(out) > 10
    assert not out.startswith("Correct")
    if nonsense in HOPELESS and module not in LENIENT:
        kind = "A function is asked for: begin with def answer(...).\n"
        assert "could not be checked" in out or (out == kind and not callable(NONSENSE[nonsense]))
