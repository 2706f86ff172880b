"""BM25: the formula, the order of ties, and rows that stay in range."""

import math

import numpy as np
import pytest

from realm_mini.corpus import Corpus
from realm_mini.errors import RealmError
from realm_mini.lexical import Lexical, _best, words


def test_words():
    assert words("Where was the Painter's HOUSE in 1801?") == ["painter", "s", "house", "1801"]
    assert words("") == words("the of who?") == []


def bm25(docs, query, k1=1.5, b=0.75):
    """The scores of Lucene's BM25 in plain Python."""
    docs, mean = [words(d) for d in docs], sum(len(words(d)) for d in docs) / len(docs)
    scores = []
    for doc in docs:
        total = 0.0
        for word in words(query):
            holding = sum(word in d for d in docs)
            idf = math.log(1 + (len(docs) - holding + 0.5) / (holding + 0.5))
            total += idf * doc.count(word) / (doc.count(word) + k1 * (1 - b + b * len(doc) / mean))
        scores.append(total)
    return scores


def test_scores_are_those_of_the_formula(corpus, people):
    docs = [f"{p.title} {p.text}" for p in list(corpus)[1:]]
    lexical = Lexical(corpus)
    for query in (people[3].news, "clocks of Tarmo", "Orla", "1801"):
        rows, scores = lexical.search([query], len(docs))
        expected = np.array(bm25(docs, query))
        np.testing.assert_allclose(scores[0], expected[rows[0] - 1], rtol=1e-4, atol=1e-6)
        assert (np.diff(scores[0]) <= 0).all()


def test_finds_the_passage_that_a_sentence_names(corpus, news):
    rows, _ = Lexical(corpus).search([s.text for s in news], 1)
    assert rows[:, 0].tolist() == list(range(1, len(corpus)))


def test_titles_count_too():
    corpus = Corpus.from_texts(["some text", "some text"], titles=["Tarmo", "Oxley"])
    assert Lexical(corpus).search(["oxley"], 1)[0].tolist() == [[2]]


@pytest.mark.parametrize("query", ["", "the of who", "zzz qqq", "?!"])
def test_a_query_that_matches_nothing_gives_the_first_rows_and_zeros(corpus, query):
    rows, scores = Lexical(corpus).search([query], 5)
    assert rows.tolist() == [[1, 2, 3, 4, 5]]
    assert (scores == 0).all()


def test_ties_go_to_the_lower_row():
    corpus = Corpus.from_texts(["common word"] * 30 + ["common rare"])
    rows, _ = Lexical(corpus).search(["rare", "common"], 4)
    assert rows.tolist() == [[31, 1, 2, 3], [1, 2, 3, 4]]


def test_the_best_are_those_of_sorting_all():
    rng = np.random.default_rng(0)
    for _ in range(200):
        scores = rng.integers(0, 4, size=rng.integers(1, 30)).astype(np.float32)
        for k in {1, len(scores) // 2 or 1, len(scores)}:
            expected = np.argsort(-scores, kind="stable")[:k]
            np.testing.assert_array_equal(_best(scores, k), expected)


def test_rows_are_distinct_and_never_the_null(corpus, news):
    for k in (1, 7, 24):
        rows, scores = Lexical(corpus).search([s.text for s in news], k)
        assert rows.shape == scores.shape == (24, k)
        assert all(len(set(r)) == k and min(r) >= 1 and max(r) <= 24 for r in rows.tolist())


def test_a_batch_is_its_queries_one_by_one(corpus, news):
    lexical, texts = Lexical(corpus), [s.text for s in news[:5]]
    rows, scores = lexical.search(texts, 6)
    for i, text in enumerate(texts):
        alone, its_scores = lexical.search([text], 6)
        assert np.array_equal(alone[0], rows[i])
        assert np.array_equal(its_scores[0], scores[i])


def test_a_corpus_of_stop_words_only():
    rows, _ = Lexical(Corpus.from_texts(["the of", "who was it"])).search(["the who"], 2)
    assert sorted(rows[0].tolist()) == [1, 2]


@pytest.mark.parametrize("k", [0, 25])
def test_k_out_of_range(corpus, k):
    with pytest.raises(RealmError, match=f"k={k} passages were asked for, but the corpus has 24"):
        Lexical(corpus).search(["x"], k)
