"""p(z|x): the dual encoder, the embedding of a corpus, and the choice of candidates."""

import copy
import math

import numpy as np
import pytest
import torch

from realm_mini.config import RetrieverConfig
from realm_mini.errors import RealmError
from realm_mini.index import Index
from realm_mini.inputs import QueryBatch
from realm_mini.retriever import Retriever, embed_corpus, embed_queries, inner_products, retrieve

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture(scope="module", params=["shared mean", "shared cls", "two towers"])
def retriever(request, tiny_config, tokenizer, lively):
    shared, pooling = request.param != "two towers", "cls" if "cls" in request.param else "mean"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = RetrieverConfig(dim=16, share_towers=shared, pooling=pooling)
        return lively(Retriever(config, tiny_config.encoder, tokenizer.pad))


@pytest.fixture(scope="module")
def texts(tokenizer, news):
    return tokenizer.encode_many([s.text for s in news] + ["born", "where was he born?"])


def test_inner_products_are_those_of_the_formula():
    query, docs = torch.randn(4, 6), torch.randn(4, 3, 6)
    expected = torch.tensor([[float(query[b] @ docs[b, k]) for k in range(3)] for b in range(4)])
    torch.testing.assert_close(inner_products(query, docs), expected)


def test_score_is_the_inner_product_of_the_two_embeddings(retriever, collator, texts):
    rows = np.array([[0, 5, 2], [0, 2, 9]])
    queries, candidates = collator.queries(texts[:2]), collator.candidates(rows)
    scores = retriever.score(queries, candidates)
    query_emb, doc_emb = retriever.embed_query(queries), retriever.embed_doc(candidates)
    for b, k in np.ndindex(rows.shape):
        torch.testing.assert_close(scores[b, k], query_emb[b] @ doc_emb[candidates.place[b, k]])


def test_vectors_have_length_dim_to_the_quarter(retriever, collator, texts):
    vectors = retriever.embed_query(collator.queries(texts))
    torch.testing.assert_close(vectors.norm(dim=1), torch.full((len(texts),), 16**0.25), rtol=1e-3, atol=1e-3)
    assert inner_products(vectors, vectors.unsqueeze(1)).max() <= math.sqrt(16) + 1e-3


def test_longer_padding_changes_no_vector(retriever, collator, texts):
    queries = collator.queries(texts)
    wide = QueryBatch(
        torch.nn.functional.pad(queries.query_ids, (0, 11), value=collator.tokenizer.unk),
        torch.nn.functional.pad(queries.query_mask, (0, 11)),
    )
    torch.testing.assert_close(retriever.embed_query(wide), retriever.embed_query(queries), **CLOSE)


def test_the_other_texts_of_a_batch_change_no_vector(retriever, collator, texts):
    together = retriever.embed_query(collator.queries(texts))
    for i in (0, 7, len(texts) - 2, len(texts) - 1):
        torch.testing.assert_close(
            retriever.embed_query(collator.queries([texts[i]]))[0], together[i], **CLOSE
        )


def test_order_of_candidates_moves_the_scores_along(retriever, collator, texts):
    rows = np.array([[0, 5, 2, 7], [0, 2, 9, 11]])
    queries = collator.queries(texts[:2])
    scores = retriever.score(queries, collator.candidates(rows))
    order = [2, 0, 3, 1]
    torch.testing.assert_close(
        retriever.score(queries, collator.candidates(rows[:, order])), scores[:, order], **CLOSE
    )


@pytest.mark.parametrize("batch", [1, 7, 128])
def test_embed_corpus_is_embed_doc_row_by_row(retriever, collator, batch):
    found = embed_corpus(retriever, collator, batch=batch)
    assert found.shape == (24, 16)
    assert found.dtype == np.float32
    for row in (1, 2, 13, 24):
        alone = retriever.embed_doc(collator.candidates(np.array([[row]])))[0].detach().numpy()
        np.testing.assert_allclose(found[row - 1], alone, rtol=1e-4, atol=1e-5)
    some = embed_corpus(retriever, collator, rows=[9, 0, 3])
    np.testing.assert_allclose(some[[0, 2]], found[[8, 2]], rtol=1e-4, atol=1e-5)


def test_embed_queries_is_embed_query(retriever, collator, texts):
    expected = retriever.embed_query(collator.queries(texts)).detach().numpy()
    for batch in (1, 5, 256):
        np.testing.assert_allclose(
            embed_queries(retriever, collator, texts, batch), expected, rtol=1e-4, atol=1e-5
        )
    assert embed_queries(retriever, collator, []).shape == (0, 16)


def test_embedding_keeps_the_mode_and_takes_no_gradient(retriever, collator, texts):
    for mode in (True, False):
        retriever.train(mode)
        embed_corpus(retriever, collator)
        embed_queries(retriever, collator, texts)
        assert retriever.training is mode
    assert all(p.grad is None for p in retriever.parameters())


def test_different_passages_have_different_vectors(retriever, collator):
    vectors = embed_corpus(retriever, collator)
    gaps = np.linalg.norm(vectors[:, None] - vectors[None], axis=-1) + 9 * np.eye(len(vectors))
    assert gaps.min() > 1e-3


def test_the_title_counts(retriever, collator, tokenizer, lengths):
    from realm_mini.batch import Collator
    from realm_mini.corpus import Corpus

    same = Collator(tokenizer, Corpus.from_texts(["born in Tarmo"] * 2, ["Orla", "Bram"]), lengths)
    first, second = embed_corpus(retriever, same)
    assert np.abs(first - second).max() > 1e-3


def test_scores_reach_both_towers(retriever, collator, texts):
    made = copy.deepcopy(retriever)
    queries, candidates = collator.queries(texts[:2]), collator.candidates(np.array([[0, 5], [0, 2]]))
    for side, other in ((made.query_tower, made.doc_tower), (made.doc_tower, made.query_tower)):
        made.zero_grad()
        query_emb, doc_emb = made.embed_query(queries), made.embed_doc(candidates)
        if side is made.query_tower:
            doc_emb = doc_emb.detach()
        else:
            query_emb = query_emb.detach()
        (inner_products(query_emb, doc_emb[candidates.place]) ** 2).sum().backward()
        assert side.token_embedding.grad.abs().sum() > 0
        if side is not other:
            assert other.token_embedding.grad is None


def test_untie_copies_the_tower_once_and_changes_no_vector(retriever, collator, lively):
    made = copy.deepcopy(retriever)
    before = embed_corpus(made, collator)
    made.untie()
    assert not made.is_shared
    assert made.doc_tower is not made.query_tower
    assert made.proj_doc is not made.proj_query
    np.testing.assert_array_equal(embed_corpus(made, collator), before)
    tower = made.doc_tower
    made.untie()
    assert made.doc_tower is tower
    lively(made.query_tower, seed=1)
    np.testing.assert_array_equal(embed_corpus(made, collator), before)


def test_one_tower_or_two(tiny_config, tokenizer):
    shared = Retriever(RetrieverConfig(dim=16, share_towers=True), tiny_config.encoder, tokenizer.pad)
    two = Retriever(RetrieverConfig(dim=16, share_towers=False), tiny_config.encoder, tokenizer.pad)
    assert shared.is_shared
    assert not two.is_shared
    assert 2 * sum(p.numel() for p in shared.parameters()) == sum(p.numel() for p in two.parameters())


# --- choosing candidates -----------------------------------------------------------------------


def draw(rng, docs, dim=6):
    vectors = rng.normal(size=(docs, dim)).astype(np.float32)
    return vectors, Index.build(vectors, "f")


@pytest.mark.parametrize("seed", range(150))
def test_candidates_are_complete_distinct_allowed_and_the_best(seed):
    """Random corpora, bans and proposals: k never shrinks, no banned row, null in slot 0, best first."""
    rng = np.random.default_rng(seed)
    docs, batch, null = int(rng.integers(2, 40)), int(rng.integers(1, 6)), bool(rng.random() < 0.7)
    vectors, index = draw(rng, docs)
    queries = rng.normal(size=(batch, vectors.shape[1])).astype(np.float32)
    most = int(rng.integers(0, docs))
    banned = [
        frozenset((1 + rng.permutation(docs)[: rng.integers(0, most + 1)]).tolist()) for _ in range(batch)
    ]
    real = int(rng.integers(1, docs - max(len(b) for b in banned) + 1))
    first = [
        [r for r in (1 + rng.permutation(docs)).tolist() if r not in b][: rng.integers(0, real + 1)]
        for b in banned
    ]
    rows = retrieve(queries, index, real + null, null=null, banned=banned, first=first if seed % 2 else None)
    assert rows.shape == (batch, real + null)
    for i, row in enumerate(rows.tolist()):
        if null:
            assert row[0] == 0
            row = row[1:]
        assert 0 not in row
        assert len(set(row)) == real
        assert not set(row) & banned[i]
        proposed = first[i] if seed % 2 else []
        order = (1 + np.argsort(-(vectors @ queries[i]), kind="stable")).tolist()
        rest = [r for r in order if r not in banned[i] and r not in proposed]
        assert row == (proposed + rest)[:real]


def test_banned_proposals_are_dropped_and_replaced():
    rng = np.random.default_rng(0)
    vectors, index = draw(rng, 10)
    rows = retrieve(vectors[2:3], index, 4, banned=[{3}], first=[[3, 7]])
    assert rows[0, :2].tolist() == [0, 7]
    assert 3 not in rows[0]
    assert len(set(rows[0].tolist())) == 4


def test_more_proposals_than_places():
    vectors, index = draw(np.random.default_rng(0), 10)
    assert retrieve(vectors[:1], index, 3, first=[[5, 6, 7, 8]]).tolist() == [[0, 5, 6]]


@pytest.mark.parametrize(
    ("k", "null", "banned", "message"),
    [
        (12, True, None, r"k=12 candidates were asked for, but the corpus has 10 passages\. Use k <= 11"),
        (11, False, None, r"k=11 candidates were asked for, but the corpus has 10 passages\. Use k <= 10"),
        (10, True, [{1, 2}], r"the corpus has 10 passages, 2 of them banned\. Use k <= 9"),
    ],
)
def test_k_larger_than_the_corpus(k, null, banned, message):
    vectors, index = draw(np.random.default_rng(0), 10)
    with pytest.raises(RealmError, match=message):
        retrieve(vectors[:1], index, k, null=null, banned=banned)


def test_no_text_has_no_candidates():
    index = Index.build(np.eye(4, dtype=np.float32), "f")
    assert retrieve(np.empty((0, 4), np.float32), index, 3).shape == (0, 3)


def test_all_there_is_may_be_asked_for():
    vectors, index = draw(np.random.default_rng(0), 10)
    assert sorted(retrieve(vectors[:1], index, 11)[0].tolist()) == list(range(11))
    assert sorted(retrieve(vectors[:1], index, 9, banned=[{4, 5}])[0].tolist()) == [
        0,
        1,
        2,
        3,
        6,
        7,
        8,
        9,
        10,
    ]
