"""How to cite: BibTeX from CITATION.cff, and from the list of references for the paper."""

import re
from datetime import date

import yaml

from book._tools import BOOK, ROOT

PAPER = "guu2020realm"

CITE = """\
# How to cite

{note}

If the book or its package was of use to you, please cite it, and cite the paper whose method it builds. The book and the package:

```bibtex
{book}
```

The paper {{cite}}`{paper}`:

```bibtex
{entry}
```

`CITATION.cff` in the [repository]({address}) says the same for programs that read it.
"""


def citation() -> dict:
    """What CITATION.cff says."""
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def bibtex() -> str:
    """The book and its package as an entry for BibTeX.

    Raises:
        KeyError: CITATION.cff lacks a field that the entry needs.
    """
    said = citation()
    authors = " and ".join(
        f"{author['family-names']}, {author['given-names']}"
        if "family-names" in author
        else f"{{{author['name']}}}"
        for author in said["authors"]
    )
    year = date.fromisoformat(str(said["date-released"])).year if "date-released" in said else _year()
    fields = {
        "author": authors,
        "title": said["title"],
        "year": year,
        "version": said["version"],
        "url": said["repository-code"],
    }
    lines = [f"  {name:<7} = {{{value}}}" for name, value in fields.items()]
    return "@software{realm_mini,\n" + ",\n".join(lines) + "\n}"


def _year() -> str:
    """The year of the copyright, for as long as nothing is released."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["copyright"]


def reference(key: str) -> str:
    """One entry of the book's references, as it stands there.

    Raises:
        KeyError: there is no such entry.
    """
    entries = (BOOK / "references.bib").read_text(encoding="utf-8")
    found = re.search(rf"^@\w+\{{{re.escape(key)},.*?^\}}", entries, flags=re.MULTILINE | re.DOTALL)
    if found is None:
        raise KeyError(key)
    return found[0]


def page(note: str) -> str:
    """The page that says how to cite."""
    said = citation()
    return CITE.format(
        note=note, book=bibtex(), paper=PAPER, entry=reference(PAPER), address=said["repository-code"]
    )
