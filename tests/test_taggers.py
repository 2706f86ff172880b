"""The trained tagger: labels and spans are each other's inverse, and it learns."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from realm_mini.config import EncoderConfig, TrainConfig
from realm_mini.errors import RealmError
from realm_mini.fit import fit
from realm_mini.masking import Span, tagger_scores
from realm_mini.taggers import (
    BEGIN,
    INSIDE,
    OUTSIDE,
    TokenTagger,
    _spans,
    labels_of,
    shapes_of,
    tagging_batches,
    tagging_examples,
    tagging_loss,
)
from realm_mini.text import Tokenizer


@pytest.fixture
def token_tagger(tiny_config, tokenizer):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TokenTagger(tiny_config.encoder, tokenizer)


def test_labels_of_spans_give_the_spans_back(tokenizer, tagger, people):
    for text in [p.body for p in people] + [p.news for p in people]:
        pieces, spans = tokenizer.encode(text), tagger(text)
        assert [s[:2] for s in _spans(pieces, labels_of(pieces, spans))] == [s[:2] for s in spans]


def test_two_spans_side_by_side_stay_two(tokenizer):
    text = "Tarmo Oxley born"
    pieces, spans = tokenizer.encode(text), [Span(0, 5, ""), Span(6, 11, "")]
    labels = labels_of(pieces, spans)
    assert (labels == BEGIN).sum() == 2
    assert [s[:2] for s in _spans(pieces, labels)] == [(0, 5), (6, 11)]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("OOOO", []),
        ("BOOO", ["was"]),
        ("BIOO", ["was born"]),
        ("BOII", ["was"]),
        ("OIIO", []),
        ("BIII", ["was born in tarmo"]),
        ("BBIO", ["was", "born in"]),
        ("OOOB", ["tarmo"]),
        ("IBOB", ["born", "tarmo"]),
    ],
)
def test_spans_of_any_labels(tokenizer, labels, expected):
    """An "inside" without a "begin" right before it opens no span and joins none."""
    text = "was born in tarmo"
    pieces = tokenizer.encode(text)
    assert len(pieces) == 4
    codes = {"O": OUTSIDE, "B": BEGIN, "I": INSIDE}
    assert [text[s.start : s.end] for s in _spans(pieces, np.array([codes[c] for c in labels]))] == expected


def test_spans_are_whole_words_without_overlap_whatever_the_labels(tokenizer):
    text = "unfathomable was quintessence in Tarmo unfathomable"
    pieces = tokenizer.encode(text)
    assert len(pieces) > 12
    words = {(m, m + len(w)) for w in text.split() for m in range(len(text)) if text.startswith(w, m)}
    starts, ends = {a for a, _ in words}, {b for _, b in words}
    rng = np.random.default_rng(0)
    for _ in range(300):
        spans = _spans(pieces, rng.integers(0, 3, len(pieces)))
        assert all(s.start in starts and s.end in ends and s.start < s.end for s in spans)
        assert all(a.end <= b.start for a, b in pairwise(spans))


def test_sentences_keep_the_spans_inside_them():
    text = "Orla came. Bram left Tarmo."
    spans = [Span(0, 4, "a"), Span(11, 15, "b"), Span(21, 26, "c"), Span(5, 15, "across")]
    assert tagging_examples([text], [spans]) == [
        ("Orla came.", [Span(0, 4, "a")]),
        ("Bram left Tarmo.", [Span(0, 4, "b"), Span(10, 15, "c")]),
    ]


def test_a_batch_is_tagged_as_its_texts_one_by_one(token_tagger, people, lively):
    lively(token_tagger)
    texts = [p.body for p in people[:6]] + ["born", ""]
    together = token_tagger.tag_many(texts, batch=3)
    assert together == [token_tagger(text) for text in texts]
    assert any(together)


def test_padding_counts_nothing_in_the_loss(token_tagger):
    def loss(*texts):
        pieces = token_tagger.tokenizer.encode_many(texts)
        labels = [np.full(len(p), INSIDE) for p in pieces]
        return tagging_loss(token_tagger, (list(texts), pieces, labels))[0] * sum(map(len, pieces))

    long, short = "Was born in Tarmo in 1801", "Born 1801 x"
    torch.testing.assert_close(loss(long, short), loss(long) + loss(short))


def test_texts_longer_than_the_encoder_are_no_error(tokenizer):
    encoder = EncoderConfig(vocab=tokenizer.vocab, hidden=16, layers=1, heads=2, feedforward=16, positions=8)
    small, text = TokenTagger(encoder, tokenizer), "born " * 20
    pieces = tokenizer.encode(text)
    small.tag_many([text])
    loss, _ = tagging_loss(small, ([text], [pieces], [np.zeros(len(pieces), dtype=np.int64)]))
    assert torch.isfinite(loss)


def test_shapes():
    """Other, small letter, capital, digit; of a letter with an accent as of one without."""
    text = "In, ómán 1801 Éa"
    tokenizer = Tokenizer.train([text] * 3, vocab=60)
    pieces = tokenizer.encode(text)
    expected = [{"I": 2, ",": 0, "1": 3, "8": 3, "0": 3, "É": 2}.get(text[a], 1) for a in pieces.starts]
    assert shapes_of(text, pieces).tolist() == expected
    assert {0, 1, 2, 3} == set(expected)


def test_it_learns_to_find_names_and_dates(token_tagger, tagger, people):
    """Trained on 18 makers it tags the sentences of 6 others better than half right; at first it cannot."""
    texts = [p.body for p in people]
    examples = tagging_examples(texts, [tagger(t) for t in texts])
    known, held_out = examples[:36], examples[36:]

    def score():
        return tagger_scores([token_tagger(t) for t, _ in held_out], [s for _, s in held_out])["f1"]

    before = score()
    config = TrainConfig(steps=60, batch=16, lr=5e-3, warmup=5)
    batches = tagging_batches(token_tagger, known, config.batch, np.random.default_rng(0))
    steps = list(fit(lambda b: tagging_loss(token_tagger, b), batches, [(token_tagger, 1.0)], config))
    assert steps[-1].info["accuracy"] > 0.95
    assert score() > max(0.5, before + 0.3)


def test_no_sentences_to_learn_from(token_tagger):
    with pytest.raises(RealmError, match="no annotated sentences"):
        next(tagging_batches(token_tagger, [], 4, np.random.default_rng(0)))
