"""The address of the repository, held in one place: `make address ADDRESS=https://github.com/OWNER/REPO`.

The place is `Homepage` in pyproject.toml.  Files that cannot look there, a notebook's first cell for one, hold
copies; the command changes them all, and a test proves that they are the same.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from book._tools import ROOT

FORM = re.compile(
    r"https://github\.com/(?P<owner>[A-Za-z0-9][A-Za-z0-9-]*)/(?P<repo>[A-Za-z0-9._-]*[A-Za-z0-9_-])"
)


def address(root: Path = ROOT) -> str:
    """The repository's address.

    Raises:
        KeyError: pyproject.toml names none.
    """
    with (root / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["urls"]["Homepage"]


def site(repository: str) -> str:
    """The address under which GitHub shows the pages of a repository.

    >>> site("https://github.com/Someone/some-book")
    'https://someone.github.io/some-book'
    """
    form = FORM.fullmatch(repository)
    if form is None:
        raise ValueError(
            f"{repository!r} is no address of a repository. Write it as https://github.com/OWNER/REPO."
        )
    return f"https://{form['owner'].lower()}.github.io/{form['repo']}"


def tracked(root: Path = ROOT) -> list[Path]:
    """All text files of the repository, but for what others wrote.

    Raises:
        RuntimeError: the folder is not under git.
    """
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)
    if listed.returncode:
        raise RuntimeError(f"{root} is not under git, so its files are not known. Do this in a clone.")
    found = [root / name for name in listed.stdout.split("\0") if name and "_extra/vendor" not in name]
    return [path for path in found if path.is_file() and b"\0" not in path.read_bytes()[:4096]]


def change(new: str, root: Path = ROOT) -> list[Path]:
    """Write another address wherever the present one stands, and return the files that changed.

    Raises:
        ValueError: the new address is not of the form https://github.com/OWNER/REPO; nothing is changed.
    """
    old = address(root)
    pairs = [
        (re.compile(re.escape(a) + r"(?![A-Za-z0-9_-])"), b) for a, b in ((old, new), (site(old), site(new)))
    ]
    changed = []
    for path in tracked(root):
        try:
            before = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        after = before
        for pattern, other in pairs:
            after = pattern.sub(other, after)
        if after != before:
            path.write_bytes(after.encode("utf-8"))
            changed.append(path)
    return changed


def main() -> None:
    """Say the address, or change it."""
    parser = argparse.ArgumentParser(description="Say the repository's address, or change it everywhere.")
    parser.add_argument("new", nargs="?", help="https://github.com/OWNER/REPO")
    new = parser.parse_args().new
    if new is None:
        print(address())
        return
    try:
        changed = change(new)
    except (ValueError, RuntimeError) as error:
        sys.exit(str(error))
    print(f"The address is {new}; changed in {len(changed)} files. Look at `git diff`, then commit.")


if __name__ == "__main__":
    main()
