"""p(y|z,x): masked wordpieces and spans, the same whatever stands beside them."""

import dataclasses

import numpy as np
import pytest
import torch

from realm_mini.reader import Reader

CLOSE = {"rtol": 1e-4, "atol": 1e-4}


@pytest.fixture(scope="module")
def reader(tiny_config, tokenizer, lively):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return lively(Reader(tiny_config.encoder, tokenizer.pad))


@pytest.fixture(scope="module")
def examples(hide, people):
    kinds = ("name", "year", "town", "craft", "name")
    return [hide(p.news, getattr(p, kind)) for p, kind in zip(people, kinds, strict=False)]


ROWS = np.array([[0, 1, 9], [0, 2, 3], [0, 24, 7], [0, 4, 5], [0, 5, 1]])


def test_token_probabilities_are_probabilities(reader, collator, examples):
    joint = collator.joint(examples, ROWS)
    logits = reader.vocab_logits(joint)
    assert logits.shape == (5, 3, joint.target_ids.shape[1], collator.tokenizer.vocab)
    log_p = torch.log_softmax(logits, dim=-1)
    wanted = log_p.gather(3, joint.target_ids[:, None, :, None].expand(-1, 3, -1, 1)).squeeze(3)
    found, is_there = reader.log_p_token(joint), joint.target_mask[:, None].expand_as(wanted)
    torch.testing.assert_close(found[is_there], wanted[is_there], **CLOSE)
    assert (found[~is_there] == 0).all()
    assert (found <= 0).all()
    assert torch.isfinite(found).all()


def test_each_pair_is_read_alone(reader, collator, examples):
    """Other texts, other candidates and longer padding change nothing."""
    joint = collator.joint(examples, ROWS)
    together = reader.log_p_token(joint)
    for b, example in enumerate(examples):
        count = len(example.positions)
        for k in range(3):
            alone = reader.log_p_token(collator.joint([example], ROWS[b : b + 1, k : k + 1]))
            torch.testing.assert_close(together[b, k, :count], alone[0, 0, :count], **CLOSE)


def test_order_of_texts_and_candidates_moves_the_numbers_along(reader, collator, examples):
    found = reader.log_p_token(collator.joint(examples, ROWS))
    texts, places = [3, 0, 4, 2, 1], [2, 0, 1]
    moved = reader.log_p_token(collator.joint([examples[i] for i in texts], ROWS[texts][:, places]))
    mask = collator.joint(examples, ROWS).target_mask[texts].unsqueeze(1).expand_as(moved)
    torch.testing.assert_close(moved[mask], found[texts][:, places][mask], **CLOSE)


def test_the_passage_is_read(reader, collator, examples):
    found = reader.log_p_token(collator.joint(examples, ROWS))[:, :, 0]
    assert ((found[:, 1] - found[:, 2]).abs() > 1e-4).all()
    assert ((found[:, 0] - found[:, 1]).abs() > 1e-4).all()


def test_the_hidden_words_are_not_read(reader, collator, hide, people):
    """Two texts that differ in nothing but y give the same scores."""
    text = people[0].news
    other = text.replace(people[0].year, people[1].year)
    first, second = hide(text, people[0].year), hide(other, people[1].year)
    assert first.targets.tolist() != second.targets.tolist()
    logits = [reader.vocab_logits(collator.joint([e], ROWS[:1])) for e in (first, second)]
    torch.testing.assert_close(*logits)


def test_span_logits_follow_the_formula(reader, collator, tokenizer, questions):
    """MLP([h_START; h_END]) = w . LayerNorm(relu(W [h_START; h_END] + b)), span by span."""
    spans = collator.spans(tokenizer.encode_many([q.text for q in questions[:2]]), ROWS[:2])
    states, logits = reader.states(spans), reader.span_logits(spans)
    assert logits.shape == spans.is_span.shape
    wide = torch.cat((reader.span_start.weight, reader.span_end.weight), dim=1)
    bias = reader.span_start.bias + reader.span_end.bias
    for b, k, s in ((0, 1, 0), (0, 2, 17), (1, 1, 40), (1, 2, 5)):
        assert spans.is_span[b, k, s]
        both = torch.cat((states[b, k, spans.span_start[b, k, s]], states[b, k, spans.span_end[b, k, s]]))
        expected = reader.span_out(reader.span_norm(torch.relu(wide @ both + bias)))[0]
        torch.testing.assert_close(logits[b, k, s], expected, **CLOSE)


def test_spans_of_a_pair_do_not_depend_on_the_batch(reader, collator, tokenizer, questions):
    pieces = tokenizer.encode_many([q.text for q in questions[:3]] + ["born?"])
    rows = np.array([[0, 1, 9], [0, 2, 3], [0, 24, 7], [0, 4, 5]])
    batch = collator.spans(pieces, rows)
    together = reader.span_logits(batch)
    for b, k in np.ndindex(4, 3):
        alone = collator.spans(pieces[b : b + 1], rows[b : b + 1, k : k + 1])
        logits = reader.span_logits(alone)[alone.is_span]
        torch.testing.assert_close(together[b, k][batch.is_span[b, k]], logits, **CLOSE)


def test_start_and_end_are_told_apart(reader, collator, tokenizer, questions):
    spans = collator.spans(tokenizer.encode_many([questions[0].text]), ROWS[:1])
    turned = dataclasses.replace(spans, span_start=spans.span_end, span_end=spans.span_start)
    longer = spans.is_span & (spans.span_start != spans.span_end)
    gap = (reader.span_logits(spans) - reader.span_logits(turned)).abs()
    assert gap[longer].min() > 1e-6
    assert gap[spans.is_span & ~longer].max() == 0


def test_gradient_reaches_encoder_and_heads(reader, collator, tokenizer, examples, questions):
    reader.zero_grad()
    reader.log_p_token(collator.joint(examples, ROWS)).sum().backward()
    assert reader.encoder.token_embedding.grad.abs().sum() > 0
    assert reader.mask_head.dense.weight.grad.abs().sum() > 0
    assert reader.span_out.weight.grad is None
    reader.zero_grad()
    reader.span_logits(collator.spans(tokenizer.encode_many([questions[0].text]), ROWS[:1])).sum().backward()
    assert reader.span_start.weight.grad.abs().sum() > 0
    assert reader.span_end.weight.grad.abs().sum() > 0
    reader.zero_grad()
