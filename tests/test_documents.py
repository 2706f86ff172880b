"""Corpora of one's own: every kind gives its passages, streamed, split and with their titles."""

import bz2
import gzip
import json
import sys
import types

import pytest

from realm_mini.documents import load_corpus, located_passages, stream_passages
from realm_mini.errors import RealmError
from realm_mini.records import Passage

ARTICLE = '<doc id="{0}" url="https://example.org/?curid={0}" title="{1}">\n{1}\n\n{2}\n\n</doc>\n'


@pytest.fixture
def write(tmp_path):
    def make(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        if name.endswith(".gz"):
            data = gzip.compress(data)
        if name.endswith(".bz2"):
            data = bz2.compress(data)
        path.write_bytes(data)
        return path

    return make


def triples(passages):
    return [(p.id, p.title, p.text) for p in passages]


def as_kind(kind, passages):
    """The same passages as a file of each kind; returns its name and text."""
    rows = triples(passages)
    if kind == "jsonl":
        return "z.jsonl", "".join(json.dumps({"id": i, "title": t, "text": x}) + "\n" for i, t, x in rows)
    if kind == "tsv":
        return "z.tsv", "id\ttext\ttitle\n" + "".join(f"{i}\t{x}\t{t}\n" for i, t, x in rows)
    return "wiki_00", "".join(ARTICLE.format(i, t, x) for i, t, x in rows)


@pytest.mark.parametrize("packed", ["", ".gz", ".bz2"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("kind", ["jsonl", "tsv", "wiki"])
def test_every_kind_gives_the_passages_that_were_written(write, corpus, kind, mark, newline, packed):
    wanted = [Passage(*t) for t in triples(list(corpus)[1:])]
    name, text = as_kind(kind, wanted)
    path = write(name + packed, mark + text.replace("\n", newline))
    found = list(load_corpus(path))[1:]
    ids = [f"{p.id}#1" if kind == "wiki" else p.id for p in wanted]
    assert [p.id for p in found] == ids
    assert [(p.title, p.text) for p in found] == [(p.title, p.text) for p in wanted]
    assert list(stream_passages(path, kind)) == found


def test_tsv_with_other_columns_without_a_first_line_and_with_quotes(write):
    plain = write("a.tsv", '1\tOne "two" three.\tT\n2\t"He said ""no"" twice."\tU\n3\t"Half" a quote\tV\n')
    assert triples(stream_passages(plain)) == [
        ("1", "T", 'One "two" three.'),
        ("2", "U", 'He said "no" twice.'),
        ("3", "V", '"Half" a quote'),
    ]
    assert triples(stream_passages(write("b.tsv", "id\ttext\n1\tx\n"))) == [("1", "", "x")]
    assert triples(stream_passages(write("c.tsv", "id\ttitle\turl\ttext\n1\tT\tu\tx\n"))) == [("1", "T", "x")]


def test_wikipedia_extracts_of_many_files(write, tmp_path):
    write("x/AA/wiki_00", ARTICLE.format(12, "Lake &amp; Van", "It is deep. It is salty.\n\nNext one."))
    write(
        "x/AA/wiki_01.bz2", ARTICLE.format(13, "List of lakes", "A.") + ARTICLE.format(14, "Only a title", "")
    )
    write(
        "x/AB/wiki_00", ARTICLE.format(15, "B (disambiguation)", "B.") + ARTICLE.format(16, 'The "B"', "B.")
    )
    json_line = {"id": "17", "revid": "1", "url": "u", "title": "J", "text": "J\n\nTold as JSON."}
    write("x/AC/wiki_00", json.dumps(json_line) + "\n")
    assert triples(stream_passages(tmp_path / "x")) == [
        ("12#1", "Lake & Van", "It is deep. It is salty. Next one."),
        ("16#1", 'The "B"', "B."),
        ("17#1", "J", "Told as JSON."),
    ]
    assert [p.id for p in stream_passages(tmp_path / "x", size=8)][:2] == ["12#1", "16#1"]


def squad(*articles):
    return json.dumps({"version": "1.1", "data": list(articles)}, indent=1)


def test_the_paragraphs_of_squad_are_told_once(write):
    one = {
        "title": "Lake_Van",
        "paragraphs": [{"context": "It is deep.", "qas": []}, {"context": "It is salty."}],
    }
    path = write("s.json", squad(one, {"title": "B", "paragraphs": []}))
    assert triples(load_corpus(path))[1:] == [
        ("Lake_Van#0", "Lake Van", "It is deep."),
        ("Lake_Van#1", "Lake Van", "It is salty."),
    ]


@pytest.mark.parametrize("size", [16, 24, 40])
def test_blocks_have_at_most_so_many_wordpieces_with_title_and_marks(write, tokenizer, people, size):
    text = " ".join(p.body for p in people) + " " + "endless " * 60
    path = write("makers_of_things.txt", text)
    found = list(stream_passages(path, tokenizer=tokenizer, size=size))
    assert " ".join(p.text for p in found).split() == text.split()
    assert {p.title for p in found} == {"makers of things"}
    for p in found:
        title = min(len(tokenizer.encode(p.title)), (size - 3) // 2)  # as the model will cut it
        assert title + len(tokenizer.encode(p.text)) + 3 <= size
    assert [p.id for p in found] == [f"makers_of_things.txt#{n}" for n in range(1, len(found) + 1)]


def test_sizes_by_default(write, tokenizer, people):
    path = write("a.txt", " ".join(p.body for p in people))
    by_words = [len(p.text.split()) for p in stream_passages(path)]
    assert 80 < max(by_words) <= 100
    by_pieces = [len(tokenizer.encode(p.text)) + 4 for p in stream_passages(path, tokenizer=tokenizer)]
    assert 240 < max(by_pieces) <= 288
    whole = write("z.jsonl", json.dumps({"id": "a", "text": "One two. " * 200}) + "\n")
    assert len(list(stream_passages(whole, tokenizer=tokenizer))) == 1
    assert len(list(stream_passages(whole, size=100))) == 4


def test_a_folder_of_three_kinds_of_text(write, tmp_path):
    write("n/a.txt", "Marta keeps the key.")
    write("n/b.md", "# Shed\n\nThe shed is *green*.")
    write("n/c.html", "<title>Gate</title><p>The gate is <b>open</b>.<script>x</script>")
    assert triples(load_corpus(tmp_path / "n"))[1:] == [
        ("a.txt#1", "a", "Marta keeps the key."),
        ("b.md#1", "Shed", "The shed is green."),
        ("c.html#1", "Gate", "The gate is open."),
    ]
    write("n/d.txt", " \n")
    with pytest.warns(UserWarning, match=r"1 files hold no text .*d\.txt"):
        assert len(load_corpus(tmp_path / "n")) == 4


def test_streaming_reads_no_further_than_asked(write):
    path = write("z.jsonl", '{"id": "1", "text": "x"}\nbroken\n')
    stream = stream_passages(path)
    assert next(stream).id == "1"
    with pytest.raises(RealmError, match=r"z\.jsonl, line 2 is not valid JSON"):
        next(stream)


def test_equal_ids_name_both_places(write, tmp_path):
    write("x/wiki_00", ARTICLE.format(1, "A", "a.") + ARTICLE.format(2, "B", "b."))
    write("x/wiki_01", ARTICLE.format(2, "C", "c."))
    with pytest.raises(RealmError, match=r"wiki_01, line 1 has the id '2#1' of .*wiki_00, line 7\. Make"):
        load_corpus(tmp_path / "x")
    with pytest.raises(RealmError, match=r"a\.tsv, line 3 has the id '1' of line 2\. Make ids unique"):
        load_corpus(write("a.tsv", "id\ttext\ttitle\n1\tx\t\n1\ty\t\n"))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "a.tsv",
            "id\ttext\ttitle\n1\tx\n",
            r"a\.tsv, line 2 has 2 columns, 3 are wanted \(id, text, title\)",
        ),
        ("a.tsv", "id\tbody\n", r"a\.tsv, line 1 names no column 'text'"),
        ("a.tsv", "id\ttext\ttitle\n\tx\tt\n", r"a\.tsv, line 2 has an empty id"),
        ("a.tsv", "id\ttext\ttitle\n1\t\tt\n", r"a\.tsv, line 2 has an empty text"),
        ("wiki_00", "text\n", r"wiki_00, line 1 stands outside of any <doc"),
        ("wiki_00", '<doc id="1" title="A">\nx\n', r"wiki_00, line 1 begins a <doc> that never ends"),
        (
            "wiki_00",
            '<doc id="1" title="A">\n<doc id="2" title="B">\n',
            r"line 2 begins a <doc> inside that of line 1",
        ),
        ("wiki_00", '<doc id="" title="A">\n', r"wiki_00, line 1 has an empty id or title"),
        ("wiki_00", '{"id": 5, "title": "a", "text": "b"}\n', r"wiki_00, line 1 has no string 'id'"),
        ("s.json", "[]", r"s\.json, line 1 does not begin a JSON object with a list 'data'"),
        ("s.json", '{"data": [{"title": "a"}]}', r"s\.json, line 1 is no article"),
        (
            "s.json",
            '{"data":\n[\n{"title": "a", "paragraphs": [{}]}]}',
            r"line 3, paragraphs\[0\] has no \"context\"",
        ),
        ("s.json", '{"data": [{"title": "a", "paragraphs": []}', r"s\.json, line 1 is not valid JSON"),
        ("s.json", '{"data": []', r"s\.json, line 1 is not valid JSON"),
        ("z.dat", "x", r"The name of .*z\.dat does not tell its kind\. Say kind= one of folder, jsonl"),
        ("z.jsonl", "", r"The corpus has no passages"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(write, name, text, message):
    with pytest.raises(RealmError, match=message):
        load_corpus(write(name, text))


def test_wrong_arguments(tmp_path):
    with pytest.raises(RealmError, match=r"nothing is neither a file nor a folder\. .*kind='hub'"):
        load_corpus(tmp_path / "nothing")
    with pytest.raises(RealmError, match=r"kind='csv' is not known\. Choose one of: auto, folder"):
        list(located_passages(tmp_path, "csv"))
    with pytest.raises(RealmError, match=r"size=3 leaves no room for a text"):
        load_corpus(tmp_path, size=3)
    with pytest.raises(RealmError, match=r"holds no file wiki_00"):
        load_corpus(tmp_path, "wiki")


def test_a_packed_file_cut_short(write):
    path = write("z.jsonl.gz", json.dumps({"id": "1", "text": "x" * 5000}) + "\n")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RealmError, match=r"z\.jsonl\.gz is cut short or damaged"):
        load_corpus(path)
    path.write_bytes(b"not packed")
    with pytest.raises(RealmError, match=r"z\.jsonl\.gz cannot be read"):
        load_corpus(path)


class FakeHub(types.ModuleType):
    """What `datasets` would do: rows, or an error of its own kind."""

    def __init__(self, rows):
        super().__init__("datasets")
        self.rows, self.asked = rows, []

    def load_dataset(self, *args, **kwargs):
        self.asked.append((args, kwargs))
        if isinstance(self.rows, Exception):
            raise self.rows
        return iter(self.rows)


def test_a_dataset_of_the_hub_is_streamed(monkeypatch):
    rows = [
        {"text": "a."},
        {"text": " "},
        {"id": 7, "title": None, "text": "b."},
        {"id": "x", "title": "T", "text": "c."},
    ]
    hub = FakeHub(rows)
    monkeypatch.setitem(sys.modules, "datasets", hub)
    assert triples(stream_passages("owner/name:part", "hub")) == [
        ("1", "", "a."),
        ("7", "", "b."),
        ("x", "T", "c."),
    ]
    assert hub.asked == [(("owner/name", "part"), {"split": "train", "streaming": True})]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ConnectionError("no route\nmore"), r"'owner/name' could not be read \(no route\)\. .*network"),
        (RuntimeError(), r"could not be read \(RuntimeError\)"),
        ([{"sentence": "a"}], r"owner/name, line 1 has no 'text', but sentence"),
        ([{"text": 5}], r"line 1: title and text must be strings"),
        ([{"text": "a", "id": None}], r"line 1: None is no id"),
    ],
)
def test_a_dataset_that_cannot_be_read(monkeypatch, rows, message):
    monkeypatch.setitem(sys.modules, "datasets", FakeHub(rows))
    with pytest.raises(RealmError, match=message):
        list(stream_passages("owner/name", "hub"))


def test_the_hub_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(RealmError, match=r"needs one more package\. Run: pip install datasets"):
        list(stream_passages("owner/name", "hub"))
