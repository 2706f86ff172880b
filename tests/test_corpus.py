"""Records, the corpus, and the sentences that say what is wrong with a file."""

import json

import pytest

from realm_mini.corpus import NULL_ROW, Corpus, Passage, data_path, load_questions, load_sentences
from realm_mini.errors import RealmError


def lines(path, *rows):
    path.write_text(
        "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8"
    )
    return path


def test_row_zero_is_the_null_document(corpus, people):
    assert len(corpus) == len(people) + 1
    null = corpus[NULL_ROW]
    assert (null.id, null.title, null.text) == ("", "", "")
    assert [p.id for p in corpus][1:] == [f"p{i}" for i in range(len(people))]
    assert all(corpus.row(corpus[row].id) == row for row in range(1, len(corpus)))


def test_rows_by_id(corpus):
    assert corpus.gold_rows(["p3", "gone", "p0"]) == [4, 1]
    with pytest.raises(RealmError, match="No passage has the id 'gone'"):
        corpus.row("gone")
    with pytest.raises(RealmError, match="No passage has the id ''"):
        corpus.row("")


def test_fingerprint_tells_corpora_apart():
    def mark(*passages):
        return Corpus(Passage(*p) for p in passages).fingerprint

    base = mark(("1", "t", "x"), ("2", "", "y"))
    assert mark(("1", "t", "x"), ("2", "", "y")) == base
    others = [
        mark(("2", "", "y"), ("1", "t", "x")),
        mark(("1", "t", "x")),
        mark(("1", "t", "x"), ("2", "", "z")),
        mark(("1", "u", "x"), ("2", "", "y")),
        mark(("3", "t", "x"), ("2", "", "y")),
        mark(("1", "tx", " "[:0] + "x"), ("2", "", "y")),
    ]
    assert base not in others
    assert len(set(others)) == len(others)


def test_the_origin_and_its_copies_are_banned_and_nothing_else():
    corpus = Corpus.from_texts(["One fact.", "Another.", "one  FACT.\n", "One fact. More.", "Another."])
    assert corpus.banned_rows("1") == corpus.banned_rows("3") == {1, 3}
    assert corpus.banned_rows("2") == {2, 5}
    assert corpus.banned_rows("4") == {4}
    assert corpus.banned_rows("") == frozenset()
    with pytest.raises(RealmError, match="No passage has the id '9'"):
        corpus.banned_rows("9")


def test_sentences_know_where_they_come_from(corpus, people):
    sentences = corpus.sentences()
    assert len(sentences) == 2 * len(people)
    for sentence in sentences:
        assert sentence.text in corpus[corpus.row(sentence.origin)].text
        assert corpus.row(sentence.origin) in corpus.banned_rows(sentence.origin)


@pytest.mark.parametrize(
    ("passages", "message"),
    [
        ([], "The corpus has no passages"),
        ([("1", "", "x"), (" ", "", "y")], "Passage 2 has an empty id"),
        ([("1", "", "x"), ("2", "", "y"), ("1", "", "z")], "Passages 1 and 3 have the same id '1'"),
        ([("1", "t", " \n")], "Passage '1' has an empty text"),
    ],
)
def test_bad_passages(passages, message):
    with pytest.raises(RealmError, match=message):
        Corpus(Passage(*p) for p in passages)


def test_from_texts():
    corpus = Corpus.from_texts(["x", "y"], titles=["a", "b"])
    assert [(p.id, p.title, p.text) for p in corpus][1:] == [("1", "a", "x"), ("2", "b", "y")]
    with pytest.raises(RealmError, match="There are 2 texts and 1 titles"):
        Corpus.from_texts(["x", "y"], titles=["a"])


def test_from_jsonl(tmp_path):
    rows = ({"id": 7, "title": "t", "text": "Škoda"}, "", {"id": "b", "text": "y", "more": []})
    corpus = Corpus.from_jsonl(lines(tmp_path / "z.jsonl", *rows))
    assert [(p.id, p.title, p.text) for p in corpus][1:] == [("7", "t", "Škoda"), ("b", "", "y")]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ('{"id": "2", "text": "y"', r"z\.jsonl, line 2 is not valid JSON"),
        ({"id": "2"}, r"z\.jsonl, line 2 has no 'text'\. Each line needs: id, text"),
        ({"text": "y"}, r"z\.jsonl, line 2 has no 'id'"),
        ({"id": "", "text": "y"}, r"z\.jsonl, line 2 has an empty id"),
        ({"id": "2", "text": "  "}, r"z\.jsonl, line 2 has an empty text"),
        ({"id": "2", "text": 5}, r"z\.jsonl, line 2: title and text must be strings"),
        ({"id": "2", "text": "y", "title": None}, r"z\.jsonl, line 2: title and text must be strings"),
        ({"id": "1", "text": "y"}, r"z\.jsonl, line 2 has the id '1' of line 1"),
        ({"id": 1, "text": "y"}, r"z\.jsonl, line 2 has the id '1' of line 1"),
        ('"text"', r"z\.jsonl, line 2 is not a JSON object"),
        ({"id": None, "text": "y"}, r"z\.jsonl, line 2: None is no id"),
        ({"id": ["2"], "text": "y"}, r"z\.jsonl, line 2: \['2'\] is no id"),
    ],
    ids=str,
)
def test_bad_lines_name_file_and_line(tmp_path, bad, message):
    path = lines(tmp_path / "z.jsonl", {"id": "1", "text": "x"}, bad)
    with pytest.raises(RealmError, match=message):
        Corpus.from_jsonl(path)


def test_missing_and_wrongly_encoded_files(tmp_path):
    with pytest.raises(RealmError, match=r"z\.jsonl cannot be read"):
        Corpus.from_jsonl(tmp_path / "z.jsonl")
    (tmp_path / "z.jsonl").write_bytes('{"id": "1", "text": "Malmö"}'.encode("latin-1"))
    with pytest.raises(RealmError, match=r"z\.jsonl, line 1 is not UTF-8 \(byte 25 is 0xf6\)"):
        Corpus.from_jsonl(tmp_path / "z.jsonl")
    (tmp_path / "z.jsonl").write_text("\n\n")
    with pytest.raises(RealmError, match="The corpus has no passages"):
        Corpus.from_jsonl(tmp_path / "z.jsonl")


def test_from_folder_cuts_at_sentences_and_loses_no_word(tmp_path):
    text = " ".join(f"Sentence number {i} has six words." for i in range(50))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "lake_van.txt").write_text(text)
    (tmp_path / "a.md").write_text("Short one.")
    (tmp_path / "a.txt").write_text("Another.")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    corpus = Corpus.from_folder(tmp_path, max_words=20)
    assert [(p.id, p.text) for p in list(corpus)[1:3]] == [("a.md#1", "Short one."), ("a.txt#1", "Another.")]
    long = [p for p in corpus if p.id.startswith("sub/lake_van.txt#")]
    assert [p.id for p in long] == [f"sub/lake_van.txt#{i}" for i in range(1, len(long) + 1)]
    assert {p.title for p in long} == {"lake van"}
    assert all(len(p.text.split()) <= 20 and p.text.endswith(".") for p in long)
    assert " ".join(p.text for p in long) == text


def test_a_sentence_longer_than_a_passage_is_cut_between_words(tmp_path):
    (tmp_path / "a.txt").write_text("word " * 50 + "end. Then another.")
    corpus = Corpus.from_folder(tmp_path, max_words=10)
    assert [len(p.text.split()) for p in corpus][1:] == [10, 10, 10, 10, 10, 3]


def test_bad_folders(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(RealmError, match=r"holds no \.txt, \.md or \.html file"):
            Corpus.from_folder(folder)
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(RealmError, match=r"a\.txt, line 1 is not UTF-8"):
        Corpus.from_folder(tmp_path)


def test_load_sentences(tmp_path):
    path = lines(
        tmp_path / "x.jsonl", {"text": "a"}, {"text": "b", "origin": "p1", "gold": {"spans": [[0, 1, ""]]}}
    )
    first, second = load_sentences(path)
    assert (first.text, first.origin, first.gold) == ("a", "", {})
    assert (second.origin, second.gold) == ("p1", {"spans": [[0, 1, ""]]})
    for bad in ({"text": ""}, {"text": None}):
        with pytest.raises(RealmError, match=r"x\.jsonl, line 2 has an empty text"):
            load_sentences(lines(path, {"text": "a"}, bad))
    with pytest.raises(RealmError, match=r"x\.jsonl, line 1: None is no id"):
        load_sentences(lines(path, {"text": "a", "origin": None}))
    with pytest.raises(RealmError, match=r"x\.jsonl, line 1 has no 'text'"):
        load_sentences(lines(path, {"sentence": "a"}))


def test_load_questions(tmp_path):
    path = lines(
        tmp_path / "q.jsonl",
        {"question": "a?", "answers": ["x", "y"], "passages": ["p1"], "split": "train", "regex": True},
        {"question": "b?", "answers": ["z"], "split": "test"},
    )
    train, test = load_questions(path)
    assert (train.text, train.answers, train.passages) == ("a?", ("x", "y"), ("p1",))
    assert train.flags == {"split": "train", "regex": True}
    assert test.passages == ()
    assert [q.text for q in load_questions(path, "test")] == ["b?"]
    with pytest.warns(UserWarning, match="has no question with split 'dev'"):
        assert load_questions(path, "dev") == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"question": " ", "answers": ["x"]}, "line 1 has an empty question"),
        ({"question": "a?"}, "line 1 has no 'answers'"),
        ({"question": "a?", "answers": []}, "must be a list of one or more strings"),
        ({"question": "a?", "answers": "x"}, "must be a list of one or more strings"),
        ({"question": "a?", "answers": ["x", ""]}, "must be a list of one or more strings"),
        ({"question": "a?", "answers": [" "]}, "must be a list of one or more strings"),
        ({"question": "a?", "answers": ["x"], "passages": "p1"}, '"passages" must be a list of ids'),
        ({"question": "a?", "answers": ["x"], "passages": None}, '"passages" must be a list of ids'),
        ({"question": "a?", "answers": ["x"], "passages": [None]}, "None is no id"),
        ({"question": "a?", "answers": [5]}, "must be a list of one or more strings"),
    ],
    ids=str,
)
def test_bad_questions(tmp_path, bad, message):
    with pytest.raises(RealmError, match=message):
        load_questions(lines(tmp_path / "q.jsonl", bad))


def test_data_that_is_not_there():
    with pytest.raises(RealmError, match=r"'no\.such\.file' was not found\. .*make world"):
        data_path("no.such.file")


def test_a_nul_is_refused_before_it_is_saved_where_nobody_can_read_it():
    for passage in (Passage("a", "", "b\0c"), Passage("a", "\0", "b"), Passage("a\0", "", "b")):
        with pytest.raises(RealmError, match=r"holds a NUL character \(.*\)\. Remove it"):
            Corpus([passage]).fingerprint  # noqa: B018
