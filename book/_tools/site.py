"""Is the built site whole?  `python -m book._tools.site`; `make book` asks after building."""

import re
import sys
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import yaml
from bs4 import BeautifulSoup, Tag

from book._tools import BOOK, ROOT, SITE
from book._tools.address import address, tracked

HEAVIEST = 1_500_000  # bytes of one page, without what it shares with others
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data", "embed": "src"}
PLAIN = (
    "canonical",
    "license",
    "author",
    "next",
    "prev",
    "search",
    "index",
    "home",
)  # <link>s that load nothing


class Page:
    """One page of the site, parsed when first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> BeautifulSoup:
        return BeautifulSoup(self.source, "html.parser")

    @cached_property
    def anchors(self) -> set[str]:
        named = self.tree.find_all("a", attrs={"name": True})
        return {tag["id"] for tag in self.tree.find_all(id=True)} | {tag["name"] for tag in named}

    def headings(self) -> list[int]:
        """The levels of the headings of the text, in their order."""
        body = self.tree.find("article") or self.tree
        found = body.find_all(re.compile("^h[1-6]$"))
        return [int(tag.name[1]) for tag in found if not tag.find_parent(class_="cell_output")]


def pages(site: Path = SITE) -> dict[Path, Page]:
    """All pages, without those of other people's libraries."""
    found = [path for path in sorted(site.rglob("*.html")) if not {"_static", "vendor"} & set(path.parts)]
    return {path.resolve(): Page(path) for path in found}


def expected() -> set[str]:
    """The pages of the table of contents, and those that Sphinx adds."""
    contents = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return {f"{name}.html" for name in [contents["root"], *chapters, "search", "genindex"]}


def missing(found: dict[Path, Page], site: Path) -> Iterator[str]:
    """Pages that are not there, and pages that nobody asked for."""
    names = {path.relative_to(site.resolve()).as_posix() for path in found}
    for name in sorted(expected() - names):
        yield f"{name} is not there"
    for name in sorted(names - expected()):
        if not name.startswith("_modules/") and name != "py-modindex.html":
            yield f"{name} is not in the table of contents"


def headings(page: Page) -> Iterator[str]:
    """A page has one heading of the first level, the first, and skips no level on the way down."""
    levels = page.headings()
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"has {levels.count(1)} h1, and begins with {levels[:1]}"
    for upper, lower in pairwise(levels):
        if lower > upper + 1:
            yield f"goes from h{upper} to h{lower}"


def broken(page: Page, found: dict[Path, Page], site: Path) -> Iterator[str]:
    """Links and files inside the site that lead nowhere."""
    for tag in page.tree.find_all(["a", "link", *LOADED]):
        target = tag.get("href") or tag.get(LOADED.get(tag.name, "href"))
        if not target or urlparse(target).scheme or target.startswith("//"):
            continue
        name, anchor = urldefrag(target)
        name = unquote(name.split("?")[0])
        path = (page.path.parent / name).resolve() if name else page.path.resolve()
        if not path.is_relative_to(site.resolve()) or not path.exists():
            yield f"{target} leads nowhere"
        elif anchor and tag.name == "a" and path in found and unquote(anchor) not in found[path].anchors:
            yield f"{target} has no such place"


def foreign(page: Page) -> Iterator[str]:
    """What a page would load from another host."""
    for tag in page.tree.find_all(["link", *LOADED]):
        if tag.name == "link" and set(tag.get("rel", [])) & set(PLAIN):
            continue
        target = tag.get("href") or tag.get(LOADED.get(tag.name, "href")) or ""
        if target.startswith("//") or urlparse(target).scheme in ("http", "https"):
            yield f"loads {target}"
    for script in page.tree.find_all("script", src=False):
        if not script.get("type", "").startswith("application/"):
            for target in re.findall(r"https?://[\w.-]+", script.string or ""):
                yield f"names {target} in a script"
    for style in page.tree.find_all("style"):
        if re.search(r"(@import|url\()\s*[\"']?(https?:)?//", style.string or ""):
            yield "has a style that loads from another host"


def wordless(page: Page) -> Iterator[str]:
    """Pictures without a text for those who cannot see them; what only decorates says so."""
    for picture in page.tree.find_all("img"):
        if not picture.get("alt", "").strip() and not _decorates(picture):
            yield f"{str(picture.get('src'))[:60]} has no alt text"
    for drawing in page.tree.find_all("svg"):
        if not drawing.find_parent(attrs={"aria-hidden": "true"}) and drawing.get("aria-hidden") != "true":
            if not (drawing.get("aria-label") or drawing.get("aria-labelledby") or drawing.find("title")):
                yield "a drawing has no title"


def _decorates(picture: Tag) -> bool:
    """The logo stands beside its name; a button's icon inside a link or button that has a name."""
    named = picture.find_parent(["a", "button"])
    return bool(named and (named.get_text(strip=True) or named.get("aria-label") or named.get("title")))


def colab(page: Page, known: set[str]) -> Iterator[str]:
    """Links to Colab that open no file of the repository."""
    start = address().replace("//github.com/", "//colab.research.google.com/github/") + "/blob/main/"
    for link in page.tree.find_all("a", href=re.compile("colab.research.google.com")):
        if not link["href"].startswith(start) or link["href"].removeprefix(start) not in known:
            yield f"{link['href']} opens no file of the repository"


def problems(site: Path = SITE) -> list[str]:
    """All that is wrong with a site, each in a line that begins with the page.

    Raises:
        FileNotFoundError: there is no site.
    """
    if not (site / "index.html").is_file():
        raise FileNotFoundError(f"{site} holds no site. Build it: make book.")
    found = pages(site)
    known = {path.relative_to(ROOT).as_posix() for path in tracked()}
    lines = list(missing(found, site))
    for path, page in found.items():
        name = path.relative_to(site.resolve()).as_posix()
        said = [*broken(page, found, site), *foreign(page), *wordless(page), *colab(page, known)]
        said += headings(page)
        if "Traceback (most recent call last)" in page.tree.get_text() and not name.startswith("_modules/"):
            said.append("shows a traceback")
        if len(page.source.encode()) > HEAVIEST:
            said.append(f"has {len(page.source.encode()):,} bytes, more than {HEAVIEST:,}")
        lines += [f"{name}: {text}" for text in dict.fromkeys(said)]
    for notebook in (page for page in expected() if (BOOK / page).with_suffix(".ipynb").exists()):
        if "colab.research.google.com" not in (site / notebook).read_text(encoding="utf-8"):
            lines.append(f"{notebook}: has no link to Colab")
    return lines


def main() -> None:
    """Say what is wrong with the site, and fail if anything is."""
    try:
        wrong = problems()
    except FileNotFoundError as error:
        sys.exit(str(error))
    if wrong:
        sys.exit("\n".join(["The site is not whole:", *wrong]))
    heaviest = max(pages().values(), key=lambda page: len(page.source))
    print(
        f"The site is whole: {len(pages())} pages, the heaviest {heaviest.path.name} "
        f"with {len(heaviest.source.encode()) // 1000} kB."
    )


if __name__ == "__main__":
    main()
