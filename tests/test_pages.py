"""Pages: what a reader would read is kept, all of it, and nothing else."""

import bz2
import gzip
import random
import string

import pytest

from realm_mini.errors import RealmError
from realm_mini.pages import from_html, from_markdown, read_folder, read_page
from realm_mini.text import blocks, count_words

WORDS = [a + b for a in "bdfgklmnprst" for b in ("ano", "eri", "ulo")]


def prose(rng, sentences=4):
    made = (" ".join(rng.choices(WORDS, k=rng.randint(2, 9))).capitalize() + "." for _ in range(sentences))
    return " ".join(made)


@pytest.mark.parametrize("seed", range(20))
def test_html_keeps_each_shown_word_in_order_and_no_hidden_one(seed):
    rng = random.Random(seed)
    paragraphs = [prose(rng, rng.randint(1, 4)) for _ in range(6)]
    marked = []
    for text in paragraphs:
        words = text.split()
        place = rng.randrange(len(words))
        tag = rng.choice(["b", "em", "a href='x.html'", "span class=y"])
        words[place] = f"<{tag}>{words[place]}</{tag.split()[0]}>"
        outer = rng.choice(["p", "div", "li", "td", "h2", "section"])
        marked.append(f"<{outer}>" + " ".join(words) + (f"</{outer}>" if rng.random() < 0.7 else ""))
        hidden = rng.choice(
            ["<script>if (a < b) hidden()</script>", "<style>hidden {}</style>", "<!-- hidden -->"]
        )
        marked.append(hidden)
    title, found = from_html(
        f"<html><head><title>The\n page</title></head><body>{''.join(marked)}</body></html>"
    )
    assert (title, found) == ("The page", paragraphs)


def test_html_entities_and_breaks():
    assert from_html("<p>Caf&eacute; &lt;b&gt;<br/>two&nbsp;words") == ("", ["Café <b> two words"])
    assert from_html("just text") == ("", ["just text"])
    assert from_html("<svg><title>no</title><text>no</text></svg>yes") == ("", ["yes"])
    assert from_html("<noscript>no</body><p>yes") == ("", ["yes"])
    assert from_html("") == ("", [])


@pytest.mark.parametrize("seed", range(20))
def test_markdown_keeps_each_word_in_order(seed):
    rng = random.Random(seed)
    paragraphs = [prose(rng) for _ in range(5)]
    marks = [
        lambda t: t,
        lambda t: f"- {t}",
        lambda t: f"> {t}",
        lambda t: f"## {t}",
        lambda t: t.replace(" ", "\n", 1),
        lambda t: f"**{t.split()[0]}** " + " ".join(t.split()[1:]),
        lambda t: f"[{t.split()[0]}](a.html) " + " ".join(t.split()[1:]),
        lambda t: f"`{t.split()[0]}` " + " ".join(t.split()[1:]),
    ]
    page = "---\nlayout: x\n---\n# The page\n\n" + "\n\n".join(rng.choice(marks)(t) for t in paragraphs)
    assert from_markdown(page) == ("The page", paragraphs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("snake_case_name and 2 * 3 * 4", ["snake_case_name and 2 * 3 * 4"]),
        ("It was in\n1984. Then more", ["It was in 1984. Then more"]),
        ("Chapter\n12. Not a list", ["Chapter 12. Not a list"]),
        ("1. one\n2. two", ["one", "two"]),
        ("| a | b |\n|---|---|\n| c | d |", ["a b", "c d"]),
        ("one\n\n***\n\ntwo <br> three &amp; four", ["one", "two three & four"]),
        ("```\nx = 1\n```", ["x = 1"]),
        ("```sh\n# install\npip x\n```", ["# install pip x"]),
        ("~~~\n```\n# a\n~~~\n## b", ["# a", "b"]),
        ("---\nFirst part.\n\n---\nSecond.", ["First part.", "Second."]),
        ("---\ntitle: x\ntags:\n  - a\n- b\n# no\n\n---\nText.", ["Text."]),
        ('![A lake](van.png "Van") <!-- a\nb -->', ["A lake"]),
        ('see <https://a.org/b> and <a href="https://a.org">there</a>', ["see https://a.org/b and there"]),
        ("", []),
    ],
)
def test_markdown_cases(text, expected):
    assert from_markdown(text) == ("", expected)


def test_titles_come_from_the_page_else_from_its_name(tmp_path):
    (tmp_path / "lake_van.txt").write_text("A text.\nGoes on.\n\nNext.")
    (tmp_path / "b.HTML").write_text("<title>Lake</title>x")
    (tmp_path / "c-d.md").write_text("no heading")
    (tmp_path / "e.md").write_bytes(b"\xef\xbb\xbf# Head\r\n\r\ntext\r\n")
    (tmp_path / "f.csv").write_text("not,read")
    (tmp_path / "g.md.gz").write_bytes(gzip.compress(b"# Packed\n\n*text* of <me@x.org>"))
    (tmp_path / "h_i.txt.bz2").write_bytes(bz2.compress(b"<p> is a tag.\n"))
    (tmp_path / "K.TXT.GZ").write_bytes(gzip.compress(b"Loud."))
    (tmp_path / "j.csv.gz").write_bytes(gzip.compress(b"not,read"))
    found = [(name, title, list(paragraphs)) for name, title, paragraphs in read_folder(tmp_path)]
    assert found == [
        ("K.TXT.GZ", "K", ["Loud."]),
        ("b.HTML", "Lake", ["x"]),
        ("c-d.md", "c d", ["no heading"]),
        ("e.md", "Head", ["text"]),
        ("g.md.gz", "Packed", ["text of me@x.org"]),
        ("h_i.txt.bz2", "h i", ["<p> is a tag."]),
        ("lake_van.txt", "lake van", ["A text. Goes on.", "Next."]),
    ]


def test_broken_pages_name_file_and_line(tmp_path):
    for name, content, message in (
        ("a.html", b"<p>x\n<![foo[", r"a\.html, line 2 is no HTML"),
        ("b.html", b"x\ny\0z", r"b\.html, line 2 holds a NUL byte"),
        ("c.md", b"x\ny\0z", r"c\.md, line 2 holds a NUL byte"),
        ("d.txt", b"x\ny\0z", r"d\.txt, line 2 holds a NUL byte"),
        ("e.txt", b"x\ncaf\xe9\n", r"e\.txt, line 2 is not UTF-8 \(byte 5 is 0xe9\)"),
        ("f.html", b"caf\xe9", r"f\.html, line 1 is not UTF-8"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RealmError, match=message):
            list(read_page(tmp_path / name)[1])


@pytest.mark.parametrize("seed", range(30))
def test_blocks_lose_no_word_and_are_as_full_as_sentences_allow(seed):
    rng = random.Random(seed)
    limit = rng.randint(3, 30)
    paragraphs = [prose(rng, rng.randint(0, 6)) for _ in range(8)]
    if seed % 3 == 0:
        paragraphs[4] = " ".join(rng.choices(WORDS, k=5 * limit))
    found = list(blocks(paragraphs, limit))
    assert " ".join(found).split() == " ".join(paragraphs).split()
    sizes = count_words(found)
    assert max(sizes) <= limit
    for here, after, size in zip(found, found[1:], sizes, strict=False):
        first = after.split(". ")[0].split()
        whole = here.endswith(".") and len(first) <= limit  # neither side is a piece of a long sentence
        assert not whole or size + len(first) > limit, "the next sentence would have fitted"


def test_blocks_end_where_sentences_end(people):
    found = list(blocks([p.body for p in people], 40))
    assert all(block.endswith(".") for block in found)
    assert string.whitespace[0] * 2 not in "".join(found)
