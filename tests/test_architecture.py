"""The shape of the package: who may import whom, how long a module is, what must not be in one."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "realm_mini"
MODULES = sorted(path for path in PACKAGE.glob("*.py"))
INNER = [path for path in MODULES if not path.stem.startswith("__")]
LONGEST = 300
BELOW_ALL = "errors"  # the one module that its own level may import
CHOOSES = "speed"  # the one module that knows of devices


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def level(name):
    found = re.search(r"\bLevel (\d+)\b", ast.get_docstring(parsed(PACKAGE / f"{name}.py")) or "")
    return int(found[1]) if found else None


def imports(path, *, at_import=False):
    """The modules that a module imports; with ``at_import`` only what runs when it is imported."""
    tree = parsed(path)
    lazy = {id(n) for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.If)) for n in ast.walk(f)}
    found = set()
    for node in ast.walk(tree):
        if at_import and id(node) in lazy:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = (
                {f"realm_mini.{alias.name}" for alias in node.names}
                if node.module == "realm_mini"
                else {node.module}
            )
            found |= names
    return found


def ours(path, **kwargs):
    return {name.split(".")[1] for name in imports(path, **kwargs) if name.startswith("realm_mini.")}


def by_name(path):
    return path.stem


@pytest.mark.parametrize("path", INNER, ids=by_name)
def test_a_module_names_its_level_and_imports_only_lower_ones(path):
    own = level(path.stem)
    assert own is not None, f"the docstring of {path.stem} does not say its level"
    for name in ours(path):
        if name != BELOW_ALL:
            assert level(name) < own, (
                f"{path.stem} (level {own}) must not import {name} (level {level(name)})"
            )


def test_errors_imports_nothing_of_ours():
    assert ours(PACKAGE / "errors.py") == set()


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_a_module_has_at_most_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", INNER, ids=by_name)
def test_nothing_prints(path):
    calls = [n for n in ast.walk(parsed(path)) if isinstance(n, ast.Call)]
    assert not [
        c for c in calls if isinstance(c.func, ast.Name) and c.func.id in ("print", "input", "exit", "quit")
    ]


@pytest.mark.parametrize("path", [p for p in INNER if p.stem != CHOOSES], ids=by_name)
def test_devices_are_chosen_in_one_place(path):
    """It chooses for the commands; all others ask where their module is."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.count("\n"):
            assert "cuda" not in node.value
        if isinstance(node, ast.Attribute):
            assert node.attr != "cuda"


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_no_pickle_and_no_chance_of_it(path):
    assert not imports(path) & {"pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}
    for node in ast.walk(parsed(path)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            call = f"{node.func.value.id}.{node.func.attr}"
            assert call not in ("torch.load", "torch.save", "np.load", "np.save", "os.system")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec")


@pytest.mark.parametrize("path", INNER, ids=by_name)
def test_chance_comes_from_an_argument(path):
    """No global generator: np.random.default_rng is made in one place, torch is seeded inside a fork."""
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"np\.random\.(?!default_rng|Generator)\w+", source)
    assert "import random" not in source
    if "torch.manual_seed" in source:
        assert "torch.random.fork_rng" in source or "set_chance(before)" in source
    if "np.random.default_rng(" in source:
        assert path.stem == "fit"


def public(tree):
    """Yield (name, node) for public functions and classes, and the methods of classes."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not re.match(r"_(?!_)", inner.name):
                    yield f"{node.name}.{inner.name}", inner


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_everything_public_has_a_docstring(path):
    tree = parsed(path)
    assert ast.get_docstring(tree)
    bare = [name for name, node in public(tree) if not ast.get_docstring(node) and not name.endswith("__")]
    assert bare == []


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_everything_public_is_annotated(path):
    for name, node in public(parsed(path)):
        if isinstance(node, ast.ClassDef):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        assert bare == [], f"{name}: {bare}"
        assert node.returns is not None, f"{name} does not say what it returns"


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_no_function_is_longer_than_a_page(path):
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 70, (
                f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
            )


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_annotations_are_not_postponed(path):
    """With them the shapes in annotations could not be checked at run time."""
    assert "__future__" not in imports(path)


def reached(name, seen):
    """All modules of ours that importing one imports."""
    if name not in seen:
        seen.add(name)
        for inner in ours(PACKAGE / f"{name}.py", at_import=True):
            reached(inner, seen)
    return seen


TORCHLESS = {p.stem for p in INNER if "no torch" in (ast.get_docstring(parsed(p)) or "")}
TORCHLESS |= {"config", "errors", "text", "corpus", "masking", "metrics", "index", "lexical"}


@pytest.mark.parametrize("name", sorted(TORCHLESS))
def test_what_needs_no_torch_imports_none(name):
    for inner in reached(name, set()):
        found = imports(PACKAGE / f"{inner}.py", at_import=True)
        assert "torch" not in found, f"{name} imports torch through {inner}"


IMPORT_ALL = """
import random, sys
import numpy, torch
def chance():
    return random.getstate(), numpy.random.get_state()[1].tolist(), torch.random.get_rng_state().tolist()
before = chance()
threads, filters = torch.get_num_threads(), len(__import__("warnings").filters)
import importlib
for name in sys.argv[1:]:
    importlib.import_module(f"realm_mini.{name}")
slow = {"transformers", "faiss", "bm25s", "safetensors", "matplotlib"} & set(sys.modules)
assert not slow, f"imported too early: {sorted(slow)}"
assert before == chance()
assert threads == torch.get_num_threads()
"""


def test_importing_has_no_effects_and_loads_nothing_slow():
    command = [sys.executable, "-c", IMPORT_ALL, *(p.stem for p in INNER)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stderr


def test_importing_the_package_itself_is_quick():
    """No torch, no NumPy, no tokenizers: names come on first use."""
    slow = {"torch", "numpy", "tokenizers", "transformers"}
    code = f"import sys, realm_mini; print(sorted({slow} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there():
    import realm_mini

    for name in realm_mini.__all__:
        assert getattr(realm_mini, name).__doc__
    assert {"Corpus", "Realm", "exact_match"} <= set(realm_mini.__all__) <= set(dir(realm_mini))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        realm_mini.Nothing  # noqa: B018


AXES = set(
    "batch docs k qlen dlen jlen masks spans vocab hidden width dim".split()
    + "rows length group span *rows *batch".split()
)


@pytest.mark.parametrize("path", INNER, ids=by_name)
def test_axes_have_the_agreed_names(path):
    """One word never means two lengths: every shape in an annotation uses words of one list."""
    for node in ast.walk(parsed(path)):
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("Float", "Int", "Bool")
        ):
            shape = node.slice.elts[1].value
            assert {a for a in shape.split() if not a.isdigit()} <= AXES, f"{path.stem}: {shape!r}"
