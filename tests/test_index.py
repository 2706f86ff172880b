"""Search equals brute force; an index is saved whole, and loaded only where it belongs."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from realm_mini import errors
from realm_mini.errors import RealmError
from realm_mini.index import FIRST_ROW, Index, recall_against


def vectors(docs=50, dim=8, seed=0):
    return np.random.default_rng(seed).normal(size=(docs, dim)).astype(np.float32)


def brute_force(queries, docs, k):
    return (
        np.argsort(-(queries.astype(np.float64) @ docs.T.astype(np.float64)), axis=1, kind="stable")[:, :k]
        + FIRST_ROW
    )


@pytest.mark.parametrize("seed", range(12))
def test_flat_search_equals_brute_force(seed):
    rng = np.random.default_rng(seed)
    docs, dim, batch = (int(rng.integers(1, high)) for high in (300, 64, 20))
    doc_emb = vectors(docs, dim, seed)
    queries = rng.normal(size=(batch, dim))
    k = int(rng.integers(1, docs + 1))
    found = Index.build(doc_emb, "f").search(queries, k)
    assert found.shape == (batch, k)
    assert np.array_equal(found, brute_force(queries, doc_emb, k))


def test_inner_product_is_not_cosine_nor_distance():
    docs = np.array([[1, 0], [10, 10], [0, 1]], dtype=np.float32)
    assert Index.build(docs, "f").search(np.array([[1.0, 0.1]]), 3).tolist() == [[2, 1, 3]]


def test_rows_start_after_the_null_document():
    found = Index.build(vectors(), "f").search(vectors(4, seed=1), 50)
    assert all(sorted(row) == list(range(1, 51)) for row in found.tolist())


def test_an_index_does_not_move_with_the_vectors_it_was_made_from():
    docs, query = vectors(), vectors(1, seed=2)
    index = Index.build(docs, "f")
    before = index.search(query, 5)
    docs[:] = 0
    assert np.array_equal(index.search(query, 5), before)


@pytest.mark.parametrize("factory", ["IVF8,Flat", "HNSW4", "SQfp16"])
def test_approximate_indexes_never_return_a_sentinel_or_a_row_twice(factory):
    """FAISS fills short answers with -1, which as a row number would be the last passage."""
    index = Index.build(vectors(60), "f", factory)
    for k in (1, 20, 60):
        for row in index.search(vectors(10, seed=3), k).tolist():
            assert len(set(row)) == k
            assert set(row) <= set(range(1, 61))


def test_half_precision_finds_nearly_the_same():
    docs, queries = vectors(200, 16), vectors(50, 16, seed=4)
    exact, half = (Index.build(docs, "f", factory).search(queries, 5) for factory in ("Flat", "SQfp16"))
    assert (
        np.mean([len(set(a) & set(b)) / 5 for a, b in zip(exact.tolist(), half.tolist(), strict=True)]) > 0.98
    )


@pytest.mark.parametrize("k", [0, -1, 51])
def test_k_out_of_range(k):
    with pytest.raises(
        RealmError, match=rf"k={k} passages were asked for, but the index holds 50\. Use 1 <= k <= 50"
    ):
        Index.build(vectors(), "f").search(vectors(2), k)


def test_query_of_another_width():
    with pytest.raises(RealmError, match="The index holds 8-wide vectors, the query is 9 wide"):
        Index.build(vectors(), "f").search(vectors(2, 9), 1)


@pytest.mark.parametrize("factory", ["Flatt", "IVF500,Flat"])
def test_factories_that_cannot_be(factory):
    with pytest.raises(RealmError, match=rf"SearchConfig\.factory='{factory}' cannot index 50 vectors"):
        Index.build(vectors(), "f", factory)


# --- files -----------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "index.faiss"
    Index.build(vectors(), "corpus-a", "Flat", step=300).save(path)
    return path


@pytest.mark.parametrize("factory", ["Flat", "SQfp16", "IVF4,Flat", "HNSW8"])
def test_round_trip(tmp_path, factory):
    index = Index.build(vectors(200), "corpus-a", factory, step=7)
    index.save(tmp_path / "a" / "i.faiss")
    loaded = Index.load(tmp_path / "a" / "i.faiss", "corpus-a", dim=8)
    assert (len(loaded), loaded.dim, loaded.fingerprint, loaded.factory, loaded.step) == (
        200,
        8,
        "corpus-a",
        factory,
        7,
    )
    queries = vectors(20, seed=5)
    assert np.array_equal(loaded.search(queries, 9), index.search(queries, 9))
    assert sorted(os.listdir(tmp_path / "a")) == ["i.faiss", "i.faiss.json"]


@pytest.mark.parametrize("factory", ["Flat", "SQfp16", "SQ8", "PQ4x4", "IVF4,Flat", "IVF4,PQ4x4", "HNSW8"])
def test_memory_mapped_it_finds_the_same(tmp_path, factory):
    index = Index.build(vectors(200), "corpus-a", factory)
    index.save(tmp_path / "i.faiss")
    mapped = Index.load(tmp_path / "i.faiss", "corpus-a", dim=8, mapped=True)
    queries = vectors(20, seed=5)
    assert np.array_equal(mapped.search(queries, 9), index.search(queries, 9))


def test_memory_mapped_and_cut_short(saved):
    saved.write_bytes(saved.read_bytes()[:-100])
    with pytest.raises(RealmError, match="is missing or damaged"):
        Index.load(saved, "corpus-a", mapped=True)


def test_recall_against_the_exact_index():
    docs, queries = vectors(300, 16), vectors(40, 16, seed=4)
    exact = Index.build(docs, "f")
    assert recall_against(exact, exact, queries, 5) == 1.0
    found = {f: recall_against(exact, Index.build(docs, "f", f), queries, 5) for f in ("SQfp16", "PQ4x4")}
    assert found["SQfp16"] > 0.98 > found["PQ4x4"] > 0.05
    wrong = Index.build(-docs, "f")
    assert recall_against(exact, wrong, queries, 5) == 0.0


def test_index_of_another_corpus(saved):
    with pytest.raises(
        RealmError, match=r"was made from another corpus \(fingerprint corpus-a, this corpus has corpus-b\)"
    ):
        Index.load(saved, "corpus-b")


def test_index_of_another_width(saved):
    with pytest.raises(RealmError, match="holds 8-wide vectors, the retriever makes 16-wide ones"):
        Index.load(saved, "corpus-a", dim=16)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_index_cut_short(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(RealmError, match=r"is missing or damaged\. Rebuild the index"):
        Index.load(saved, "corpus-a")


def test_index_missing(saved):
    saved.unlink()
    with pytest.raises(RealmError, match="is missing or damaged"):
        Index.load(saved, "corpus-a")


def test_description_missing_or_broken(saved):
    meta = saved.with_suffix(".faiss.json")
    text = meta.read_text()
    meta.write_text(text[:20])
    with pytest.raises(RealmError, match=r"index\.faiss\.json, line 2 is not valid JSON"):
        Index.load(saved, "corpus-a")
    meta.unlink()
    with pytest.raises(RealmError, match=r"index\.faiss\.json cannot be read"):
        Index.load(saved, "corpus-a")


@pytest.mark.parametrize("values", [[], "x", {"fingerprint": "corpus-a", "count": 50, "dim": 8}])
def test_description_of_something_else(saved, values):
    saved.with_suffix(".faiss.json").write_text(json.dumps(values))
    with pytest.raises(RealmError, match=r"index\.faiss"):
        Index.load(saved, "corpus-a")


def test_description_that_does_not_fit(saved):
    meta = saved.with_suffix(".faiss.json")
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"count": 49}))
    with pytest.raises(RealmError, match="holds 50 vectors of 8, its description says 49 of 8"):
        Index.load(saved, "corpus-a")


def no_space(*_args):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "call", [1, 2], ids=["while the vectors are written", "while the description is written"]
)
def test_full_disk_leaves_nothing_behind(tmp_path, monkeypatch, call):
    calls = []

    def replace(source, target):
        calls.append(target)
        (no_space if len(calls) == call else os.rename)(source, target)

    monkeypatch.setattr(errors.os, "replace", replace)
    with pytest.raises(RealmError, match=r"could not be written \(No space left on device\)"):
        Index.build(vectors(), "f").save(tmp_path / "i.faiss")
    assert os.listdir(tmp_path) == []


def test_full_disk_in_the_middle_of_the_vectors(tmp_path, monkeypatch):
    def half(path, data):
        with open(path, "wb") as handle:
            handle.write(memoryview(data)[:100])
        no_space()

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(RealmError, match=r"i\.faiss could not be written \(No space left on device\)"):
        Index.build(vectors(), "f").save(tmp_path / "i.faiss")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("docs", [3, 3000])
def test_no_byte_is_lost_silently(tmp_path, no_file_larger_than, docs):
    """However little there is to write: a library's own writer may lose its last buffer without a word."""
    index = Index.build(vectors(docs), "f")
    with (
        no_file_larger_than(100),
        pytest.raises(RealmError, match=r"i\.faiss could not be written \(File too large\)"),
    ):
        index.save(tmp_path / "i.faiss")
    assert os.listdir(tmp_path) == []


def test_full_disk_keeps_the_old_index(saved, monkeypatch):
    monkeypatch.setattr(errors.os, "replace", no_space)
    with pytest.raises(RealmError, match="nothing was left half-written"):
        Index.build(vectors(60), "corpus-b").save(saved)
    assert len(Index.load(saved, "corpus-a")) == 50
