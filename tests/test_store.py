"""A corpus and vectors on the disk behave as those in memory do."""

import dataclasses
import json
import os

import numpy as np
import pytest

from realm_mini.bulk import build_mapped_index, embed_stream
from realm_mini.corpus import Corpus, Passage
from realm_mini.errors import RealmError
from realm_mini.index import Index
from realm_mini.retriever import embed_corpus
from realm_mini.store import StoredCorpus
from realm_mini.vectors import mapped_index, open_vectors, write_vectors


@pytest.fixture
def stored(corpus, tmp_path):
    return StoredCorpus.write(tmp_path / "z", list(corpus)[1:])


def test_a_stored_corpus_is_the_corpus(stored, corpus, tmp_path):
    for found in (stored, StoredCorpus(tmp_path / "z")):
        assert len(found) == len(corpus)
        assert list(found) == list(corpus) == [found[row] for row in range(len(corpus))]
        assert found.fingerprint == corpus.fingerprint
        assert found.sentences() == corpus.sentences()
        assert [found.row(p.id) for p in list(corpus)[1:]] == list(range(1, len(corpus)))
        assert found.gold_rows(["p3", "gone", "p0", "\ud800"]) == corpus.gold_rows(["p3", "gone", "p0"])
        with pytest.raises(IndexError):
            found[len(corpus)]
        for ident in ("gone", "", "\ud800"):
            with pytest.raises(RealmError, match="No passage has the id"):
                found.row(ident)


def test_copies_are_banned_as_in_memory(tmp_path):
    texts = ["One fact.", "Another.", "one  FACT.\n", "One fact. More.", "Another."]
    memory = Corpus.from_texts(texts)
    stored = StoredCorpus.write(tmp_path / "z", list(memory)[1:])
    for ident in ("1", "2", "3", "4", "5", ""):
        assert stored.banned_rows(ident) == memory.banned_rows(ident)


def test_equal_hashes_of_different_ids_are_no_error(tmp_path, corpus, monkeypatch):
    monkeypatch.setattr("realm_mini.store._hash", lambda text: len(text) % 2)
    stored = StoredCorpus.write(tmp_path / "z", list(corpus)[1:])
    assert [stored.row(p.id) for p in list(corpus)[1:]] == list(range(1, len(corpus)))
    assert stored.banned_rows("p7") == corpus.banned_rows("p7")


@pytest.mark.parametrize(
    ("passages", "message"),
    [
        ([], "The corpus has no passages"),
        ([("1", "", "x"), ("2", "", "y"), ("1", "", "z")], "Passages 1 and 3 have the same id '1'"),
        ([("1", "", "x"), (" ", "", "y")], "Passage 2 has an empty id or text"),
        ([("1", "", "x\ud800")], "Passage '1' holds half a character"),
    ],
)
def test_what_cannot_be_stored_leaves_nothing(tmp_path, passages, message):
    with pytest.raises(RealmError, match=message):
        StoredCorpus.write(tmp_path / "z", [Passage(*p) for p in passages])
    assert os.listdir(tmp_path) == []


def test_a_stream_that_breaks_or_a_full_disk_leaves_nothing(tmp_path, corpus, no_file_larger_than):
    def broken():
        yield corpus[1]
        raise RealmError("The stream broke.")

    with pytest.raises(RealmError, match="The stream broke"):
        StoredCorpus.write(tmp_path / "z", broken())
    with (
        no_file_larger_than(1000),
        pytest.raises(RealmError, match=r"could not be written .*nothing was left"),
    ):
        StoredCorpus.write(tmp_path / "z", list(corpus)[1:])
    assert os.listdir(tmp_path) == []
    (tmp_path / "z").mkdir()
    with pytest.raises(RealmError, match="is there already"):
        StoredCorpus.write(tmp_path / "z", list(corpus)[1:])


@pytest.mark.parametrize("name", ["passages.jsonl", "offsets.npy", "ids.npy", "corpus.json"])
def test_a_stored_corpus_cut_short_is_refused(stored, tmp_path, name):
    path = tmp_path / "z" / name
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RealmError):
        StoredCorpus(tmp_path / "z").row("p1")
    path.unlink()
    with pytest.raises(RealmError):
        StoredCorpus(tmp_path / "z").row("p1")


def test_vectors_written_in_parts_are_the_array(tmp_path):
    parts = [np.random.default_rng(n).normal(size=(n, 6)) for n in (3, 1, 40)]
    assert write_vectors(tmp_path / "v.npy", parts) == 44
    wanted = np.concatenate(parts).astype(np.float32)
    np.testing.assert_array_equal(open_vectors(tmp_path / "v.npy"), wanted)
    with (tmp_path / "v.npy").open("rb") as handle:  # any NumPy reads it
        np.testing.assert_array_equal(np.lib.format.read_array(handle), wanted)
    for bad, message in (([], "There are no vectors"), ([parts[0], np.ones((2, 5))], "6 wide .* 5 wide")):
        with pytest.raises(RealmError, match=message):
            write_vectors(tmp_path / "w.npy", bad)
    assert os.listdir(tmp_path) == ["v.npy"]


@pytest.mark.parametrize("part", [1, 7, 16, 1000])
def test_search_on_the_disk_is_search_in_memory(tmp_path, monkeypatch, part):
    monkeypatch.setattr("realm_mini.vectors._PART", part)
    rng = np.random.default_rng(part)
    vectors, queries = rng.normal(size=(50, 8)), rng.normal(size=(9, 8))
    write_vectors(tmp_path / "v.npy", [vectors])
    mapped, memory = mapped_index(tmp_path / "v.npy", "f", 50), Index.build(vectors, "f")
    for k in (1, 5, 50):
        np.testing.assert_array_equal(mapped.search(queries, k), memory.search(queries, k))
    mapped.save(tmp_path / "i")
    loaded = Index.load(tmp_path / "i", "f")
    np.testing.assert_array_equal(loaded.search(queries, 5), memory.search(queries, 5))
    origin, fresh = np.array([4, -1, 2]), rng.normal(size=(1, 8)).astype(np.float32)
    np.testing.assert_array_equal(
        mapped.edited(origin, fresh, "g").vectors(), memory.edited(origin, fresh, "g").vectors()
    )


def test_bad_vector_files(tmp_path):
    path = tmp_path / "v.npy"
    with pytest.raises(RealmError, match="is missing or damaged"):
        open_vectors(path)
    write_vectors(path, [np.ones((5, 4))])
    with pytest.raises(RealmError, match="holds 5 vectors, the corpus has 6 passages"):
        mapped_index(path, "f", 6)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RealmError, match="is missing or damaged"):
        open_vectors(path)
    with path.open("wb") as handle:
        np.lib.format.write_array(handle, np.arange(3))
    with pytest.raises(RealmError, match=r"holds int64 of shape \(3,\), no vectors"):
        open_vectors(path)


def test_a_model_answers_from_the_disk_as_from_memory(realm, stored, tmp_path, questions, monkeypatch):
    monkeypatch.setattr("realm_mini.bulk.PART", 5)
    parts = list(embed_stream(realm.retriever, realm.tokenizer, realm.config.lengths, list(stored)[1:]))
    assert [len(p) for p in parts] == [5, 5, 5, 5, 4]
    np.testing.assert_allclose(
        np.concatenate(parts), embed_corpus(realm.retriever, realm.collator), atol=1e-5
    )
    other = type(realm)(realm.config, realm.tokenizer, stored, realm.retriever, realm.reader)
    other.index = build_mapped_index(
        realm.retriever, realm.tokenizer, realm.config.lengths, stored, tmp_path / "v.npy"
    )
    other.answers_questions = True
    for q in questions[:5]:
        left, right = dataclasses.asdict(realm.ask(q.text)), dataclasses.asdict(other.ask(q.text))
        assert left["answer"] == right["answer"]
        assert [p["id"] for p in left["passages"]] == [p["id"] for p in right["passages"]]
    other.edit([Passage("new", "", "A new text.")])
    assert len(other.index) == len(realm.index) + 1
    other.save_pretrained(tmp_path / "m")
    lines = (tmp_path / "m" / "passages.jsonl").read_text().splitlines()
    assert json.loads(lines[-1]) == {"id": "new", "title": "", "text": "A new text."}
