"""The repository's address: one, the same everywhere, changed everywhere by one command."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from book._tools import BOOK, ROOT
from book._tools.address import address, change, site, tracked

ANY = re.compile(
    r"(?:https?://|git@)(?:github\.com|[a-z0-9-]+\.github\.io|gitlab\.com)[/:][\w./-]*", re.IGNORECASE
)
OTHERS = (  # addresses of other people's work, which no command may change
    "https://github.com/OpenExoplanetCatalogue/",
    "https://rajpurkar.github.io/SQuAD-explorer/",
    "https://github.com/google-research/language",
    "https://github.com/OWNER/REPO",  # in what we say about changing ours
    "https://github.com/Someone/",  # in examples and in this file
    "https://someone.github.io/",
    "https://gitlab.com/a/b",
)


def strays(root):
    """Yield every address in a text file that is neither ours nor one of the others."""
    own = address(root)
    ours = tuple(re.compile(re.escape(a) + r"(?![\w-])") for a in (own, site(own)))
    for path in tracked(root):
        for found in ANY.findall(path.read_text(encoding="utf-8", errors="replace")):
            if not found.startswith(OTHERS) and not any(a.match(found) for a in ours):
                yield path.relative_to(root).as_posix(), found


def test_no_other_address_is_anywhere():
    assert list(strays(ROOT)) == []


def test_it_stands_where_readers_and_programs_look():
    own = address()
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["repository"]["url"] == own
    assert config["sphinx"]["config"]["ogp_site_url"] == site(own) + "/"
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["repository-code"] == own
    assert f"pip install git+{own}\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"<{own}/issues>" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for path in BOOK.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        first = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        assert f"%pip install -q git+{own}\n" in first


@pytest.fixture
def clone(tmp_path):
    """All files of the repository in which the address stands, and some in which it does not."""
    names = [path for path in tracked() if path.suffix != ".jsonl"]
    for path in names:
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_the_command_changes_it_everywhere_and_back(clone):
    old, before = address(clone), {path: path.read_bytes() for path in tracked(clone)}
    new = "/".join(("https://github.com", "Someone", "some.book"))  # in parts: it would be changed here too
    changed = change(new, clone)
    assert address(clone) == new
    assert list(strays(clone)) == []
    assert len(changed) > 15
    for path in tracked(clone):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert old not in text
        assert site(old) not in text
    assert change(old, clone) == changed
    assert {path: path.read_bytes() for path in tracked(clone)} == before


def test_a_stray_address_is_seen(clone):
    (clone / "README.md").write_text(f"See {address()}-old for more.\n")
    (clone / "LOG.md").write_text(f"See {address().replace('github', 'gitlab')}.\n")
    assert sorted(name for name, _ in strays(clone)) == ["LOG.md", "README.md"]


@pytest.mark.parametrize(
    "wrong", ["someone/book", "https://gitlab.com/a/b", "https://github.com/Someone/", ""]
)
def test_what_is_no_address_changes_nothing(wrong, clone):
    before = {path: path.read_bytes() for path in tracked(clone)}
    with pytest.raises(ValueError, match=r"Write it as https://github\.com/OWNER/REPO"):
        change(wrong, clone)
    assert {path: path.read_bytes() for path in tracked(clone)} == before
