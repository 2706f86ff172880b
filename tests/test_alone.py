"""Every notebook runs alone: in an empty folder, with the package installed and no other file of ours.

The package is installed as a reader on Colab installs it, by pip from a git address, which is that of
this checkout: what is not committed does not count.  Two notebooks by default, all with ``--alone``.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
QUICK = ("one-sitting", "11-editing-knowledge")  # pure functions; data and checkpoints of the package
INSTALL = "-m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation"

# Run by Python before anything else.  An editable install puts a checkout on the path, and code could
# open a file of one by name: the first is undone, the second refused.  The environment may lie within.
GUARD = """
import os, sys
target = {target!r}
found = {{p for p in map(os.path.realpath, sys.path) if os.path.exists(p + "/realm_mini")}}
roots = {{{root!r}, *found}} - {{target}}
sys.path[:] = [p for p in sys.path if os.path.realpath(p) not in roots]
refused = tuple(root + os.sep for root in roots)
allowed = tuple(os.path.realpath(p) + os.sep for p in (sys.prefix, target))

def guard(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(args[0]))
        if path.startswith(refused) and not path.startswith(allowed):
            raise RuntimeError(f"{{path}} is a file of the checkout")

sys.addaudithook(guard)
"""

pytestmark = pytest.mark.timeout(900)  # installing is slow where something else trains


def pytest_generate_tests(metafunc):
    if "notebook" in metafunc.fixturenames:
        chosen = [p for p in NOTEBOOKS if metafunc.config.getoption("--alone") or p.stem in QUICK]
        metafunc.parametrize("notebook", chosen, ids=lambda p: p.stem)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder into which pip has installed the package, out of what is committed."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is no git checkout, so there is no address to install from")
    missing = [name for name in ("pip", "hatchling") if find_spec(name) is None]
    if missing:
        pytest.skip(f"nothing to install with: {' and '.join(missing)} not found (see the extra 'test')")
    target = tmp_path_factory.mktemp("installed").resolve()
    command = [sys.executable, *INSTALL.split(), "--target", str(target), f"git+{ROOT.as_uri()}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (target / "sitecustomize.py").write_text(GUARD.format(root=os.path.realpath(ROOT), target=str(target)))
    return target


def environment(installed):
    """The variables of a process that has the package from this folder alone, and no network."""
    # Coverage would write beside the notebook, and count a copy of the modules that it is told to watch.
    coverage = ("COV_CORE_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(coverage)}
    return kept | {"PYTHONPATH": str(installed), "HF_HUB_OFFLINE": "1"}


def run(path, installed, folder):
    """Run a notebook in a folder; raises ``CellExecutionError`` at the first cell that fails."""
    notebook = nbformat.read(path, as_version=4)
    here = nbformat.v4.new_code_cell("print(realm_mini.__file__)")
    notebook.cells.append(here)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=240, kernel_name="python3", resources=resources)
    client.execute(env=environment(installed))
    return here["outputs"][0]["text"].strip()


def test_what_is_installed_is_whole(installed):
    """Each file that git tracks of the package, and the data it comes with."""
    tracked = subprocess.run(["git", "ls-files", "realm_mini"], cwd=ROOT, capture_output=True, text=True)
    names = [name for name in tracked.stdout.splitlines() if (ROOT / name).exists()]
    assert names and all((installed / name).is_file() for name in names)
    for name in ("passages.jsonl", "news.jsonl", "questions.jsonl", "checkpoints/realm/config.json"):
        assert (installed / "realm_mini/_data" / name).stat().st_size, name


@pytest.mark.parametrize("code", ["import tests.shapes", "open({path!r})"], ids=["import", "file"])
def test_nothing_else_of_the_repository_can_be_reached(installed, tmp_path, code):
    """The guard stops what the next test must not need."""
    code = code.format(path=str(ROOT / "README.md"))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(installed),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "No module named 'tests'" in done.stderr or "is a file of the checkout" in done.stderr


@pytest.mark.slow
def test_a_notebook_runs_alone_and_leaves_nothing_behind(notebook, installed, tmp_path):
    assert Path(run(notebook, installed, tmp_path)).parent == installed / "realm_mini"
    assert list(tmp_path.iterdir()) == []
