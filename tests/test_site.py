"""The check of the built site: each thing that can be wrong is seen, and nothing is wrong with ours."""

import pytest

from book._tools import BOOK, ROOT, SITE, site
from book._tools.address import address

PAGE = "<html><head></head><body><article><h1>One</h1>{}</article></body></html>"
COLAB = address().replace("github.com", "colab.research.google.com/github") + "/blob/main/"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A site of two pages, and a function that writes the text of the first and says what is wrong then."""
    monkeypatch.setattr(site, "expected", lambda: {"index.html", "two.html"})
    (tmp_path / "two.html").write_text(PAGE.format('<h2 id="here">Here</h2>'), encoding="utf-8")
    (tmp_path / "dot.png").write_bytes(b"")

    def said(text, page=PAGE):
        (tmp_path / "index.html").write_text(page.format(text), encoding="utf-8")
        return site.problems(tmp_path)

    said.folder = tmp_path
    return said


@pytest.mark.parametrize(
    "text",
    [
        '<a href="two.html#here">x</a><a href="#">x</a><a href="https://elsewhere.org/x">x</a>',
        '<img src="dot.png" alt="a dot"><a href="two.html"><img src="dot.png" alt="">Two</a>',
        "<h2>a</h2><h3>b</h3><h2>c</h2>",
        f'<a href="{COLAB}book/one-sitting.ipynb">Colab</a>',
        '<svg aria-hidden="true"></svg><svg><title>A drawing</title></svg>',
        '<script type="application/json">{"a": "https://elsewhere.org"}</script>',
        '<link rel="canonical" href="https://elsewhere.org/x">',
    ],
)
def test_what_is_right_is_not_complained_of(small, text):
    assert small(text) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('<a href="three.html">x</a>', "index.html: three.html leads nowhere"),
        ('<a href="two.html#there">x</a>', "index.html: two.html#there has no such place"),
        ('<a href="#there">x</a>', "index.html: #there has no such place"),
        ('<a href="../../x">x</a>', "index.html: ../../x leads nowhere"),
        ('<img src="no.png" alt="a dot">', "index.html: no.png leads nowhere"),
        ('<img src="dot.png">', "index.html: dot.png has no alt text"),
        ('<img src="dot.png" alt=" ">', "index.html: dot.png has no alt text"),
        ("<svg><path/></svg>", "index.html: a drawing has no title"),
        ("<h3>a</h3>", "index.html: goes from h1 to h3"),
        ("<h1>Two</h1>", "index.html: has 2 h1, and begins with [1]"),
        ("<pre>Traceback (most recent call last):</pre>", "index.html: shows a traceback"),
        ('<script src="https://cdn.org/x.js"></script>', "index.html: loads https://cdn.org/x.js"),
        ('<script src="//cdn.org/x.js"></script>', "index.html: loads //cdn.org/x.js"),
        ('<link rel="stylesheet" href="https://cdn.org/x.css">', "index.html: loads https://cdn.org/x.css"),
        ('<script>import("https://cdn.org/x.js")</script>', "index.html: names https://cdn.org in a script"),
        (
            "<style>@import 'https://cdn.org/x.css';</style>",
            "index.html: has a style that loads from another host",
        ),
        (
            f'<a href="{COLAB}book/nothing.ipynb">Colab</a>',
            f"index.html: {COLAB}book/nothing.ipynb opens no file of the repository",
        ),
        (f"<p>{'word ' * 300_000}</p>", "index.html: has 1,500,077 bytes, more than 1,500,000"),
    ],
)
def test_what_is_wrong_is_seen(small, text, complaint):
    assert small(text) == [complaint]


def test_pages_that_lack_and_pages_that_are_left_behind_are_seen(small):
    (small.folder / "two.html").rename(small.folder / "old.html")
    assert small("") == ["two.html is not there", "old.html is not in the table of contents"]


def test_a_page_without_a_heading_is_seen(small):
    assert small("", page="<html><body>{}</body></html>") == ["index.html: has 0 h1, and begins with []"]


def test_no_site_is_an_error_in_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no site. Build it: make book."):
        site.problems(tmp_path)


def test_the_pages_are_those_of_the_book():
    assert {f"{path.stem}.html" for path in BOOK.glob("*.ipynb")} < site.expected()
    assert {f"{path.stem}.html" for path in BOOK.glob("*.md")} < site.expected()


def is_built():
    """Whether there is a site, and nothing in the book is newer."""
    index = SITE / "searchindex.js"  # what Sphinx writes last
    sources = [*BOOK.glob("*.*"), *BOOK.glob("_assets/*"), ROOT / "_config.yml"]
    return index.exists() and max(path.stat().st_mtime for path in sources) < index.stat().st_mtime


@pytest.mark.skipif(not is_built(), reason="no site, or an old one; `make book` builds and checks it")
def test_the_site_that_was_built_is_whole():
    assert site.problems() == []
