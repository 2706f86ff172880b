"""By which commit results were made: read off a checkout made for it."""

import subprocess

import pytest

from realm_mini.results import commit_of

NOBODY = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with two files, and a folder below it."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    top = tmp_path / "top"
    (top / "inner").mkdir(parents=True)
    (top / "inner" / "made.json").write_text("1")
    (top / "code.py").write_text("1")
    for words in (["init", "--quiet"], ["add", "."], [*NOBODY, "commit", "--quiet", "-m", "one"]):
        subprocess.run(["git", *words], cwd=top, check=True)
    return top


def test_a_plus_sign_marks_what_has_been_changed_since(checkout):
    whole = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True
    ).stdout
    inner, commit = checkout / "inner", whole[:12]
    (checkout / "new.py").write_text("untracked files do not count")
    assert commit_of(checkout) == commit_of(inner) == commit_of(inner, mark=False) == commit
    (inner / "made.json").write_text("2")
    assert commit_of(inner) == f"{commit}+"
    assert commit_of(inner, mark=False) == commit
    for folder in (checkout, inner):
        assert commit_of(folder, but=["inner/*.json"]) == commit
    (checkout / "code.py").write_text("2")
    for folder in (checkout, inner):  # changes above the folder count as well
        assert commit_of(folder, but=["inner/*.json"]) == f"{commit}+"


def test_outside_of_a_checkout_there_is_no_commit(checkout, monkeypatch):
    assert commit_of(checkout.parent) == ""
    monkeypatch.setenv("PATH", "")
    assert commit_of(checkout) == "", "nor is there one without git"
