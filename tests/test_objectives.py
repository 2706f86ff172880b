"""The losses: hand-worked numbers, invariance, and gradients that are finite and go where they should."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from realm_mini.inputs import JointBatch, SpanBatch
from realm_mini.marginal import credit, log_marginal, log_p_spans, log_p_y_given_z, log_p_z, rest_score
from realm_mini.objectives import cloze_loss, ict_loss, mlm_loss, qa_loss, realm_loss
from realm_mini.proposals import others
from realm_mini.retriever import Retriever

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


class FixedRetriever(Retriever):
    """A retriever that scores as it is told."""

    def __init__(self, scores):
        torch.nn.Module.__init__(self)
        self.scores = torch.nn.Parameter(scores)

    def score(self, queries, candidates):
        return self.scores


def joint_of(mask):
    """A joint input of which only the mask of the targets matters."""
    mask = torch.tensor(mask)
    ids, some = torch.zeros(len(mask), 2, 4, dtype=torch.long), torch.ones(len(mask), 2, 4, dtype=torch.bool)
    zeros = torch.zeros(mask.shape, dtype=torch.long)
    return JointBatch(ids, some, ids, mask_places=zeros, target_ids=zeros, target_mask=mask)


def spans_of(is_span, is_answer):
    is_span, is_answer = torch.tensor(is_span), torch.tensor(is_answer)
    batch, k = is_span.shape[:2]
    ids = torch.arange(batch * k).view(batch, k, 1).expand(-1, -1, 4)  # the fixed reader looks at these
    places = torch.zeros(is_span.shape, dtype=torch.long)
    return SpanBatch(ids, ids >= 0, ids, places, places, is_span, is_answer)


@pytest.fixture
def empty(collator, tokenizer):
    """Queries and candidates for retrievers that look at neither."""
    return collator.queries([tokenizer.encode("born")]), collator.candidates(np.array([[0, 1]]))


def test_realm_loss_by_hand(fixed_reader, empty):
    """Two texts: p(z) = (.5, .5) and (.25, .75); the second hides one wordpiece only."""
    scores = torch.tensor([[0.0, 0.0], [0.0, math.log(3)]])
    token = torch.tensor([[[0.8, 0.2], [0.2, 0.8]], [[0.4, 9.9], [0.8, 9.9]]]).log()
    joint = joint_of([[True, True], [True, False]])
    for marginal, first in (("whole", 0.16), ("token", 0.25)):
        loss, info = realm_loss(FixedRetriever(scores), fixed_reader(token), *empty, joint, marginal=marginal)
        assert loss.item() == pytest.approx(
            -(math.log(first) + math.log(0.25 * 0.4 + 0.75 * 0.8)) / 2, rel=1e-5
        )
        assert info["p_y"] == pytest.approx((first + 0.7) / 2, rel=1e-5)
        assert info["p_null"] == pytest.approx((0.5 + 0.25) / 2, rel=1e-5)
        assert info["utility"] == pytest.approx((math.log(0.16 / 0.16) + math.log(0.7 / 0.4)) / 2, rel=1e-5)


def test_gradient_of_realm_loss_to_the_scores_is_minus_credit(fixed_reader, empty):
    rng = torch.Generator().manual_seed(0)
    scores, token = torch.randn(3, 5, generator=rng), -3 * torch.rand(3, 5, 2, generator=rng)
    joint = joint_of([[True, True], [True, False], [True, True]])
    retriever = FixedRetriever(scores)
    realm_loss(retriever, fixed_reader(token), *empty, joint)[0].backward()
    y_given_z = torch.where(joint.target_mask.unsqueeze(1), token, 0.0).sum(2)
    torch.testing.assert_close(retriever.scores.grad, -credit(log_p_z(scores), y_given_z) / 3)


def test_without_the_null_nothing_is_said_of_it(fixed_reader, empty):
    scores, token = torch.zeros(1, 2), torch.zeros(1, 2, 1)
    _, info = realm_loss(FixedRetriever(scores), fixed_reader(token), *empty, joint_of([[True]]), null=False)
    assert not {"p_null", "utility"} & info.keys()


@pytest.fixture(scope="module")
def batch(collator, hide, people):
    """Five masked texts with hidden spans of one to three wordpieces."""
    hidden = [people[0].name, people[1].year, people[2].town, people[3].craft, people[4].name]
    examples = [hide(p.news, h) for p, h in zip(people, hidden, strict=False)]
    return examples, np.array([[0, 1, 9], [0, 2, 3], [0, 24, 7], [0, 4, 5], [0, 5, 1]])


def loss_of(realm, examples, rows, **options):
    c = realm.collator
    return realm_loss(
        realm.retriever,
        realm.reader,
        c.queries(examples),
        c.candidates(rows),
        c.joint(examples, rows),
        **options,
    )


@pytest.mark.parametrize("marginal", ["whole", "token"])
def test_loss_of_a_batch_is_the_mean_of_its_texts(make_realm, batch, marginal):
    """Whatever the padding: texts, hidden spans and passages are of different lengths here."""
    realm, (examples, rows) = make_realm(), batch
    together = loss_of(realm, examples, rows, marginal=marginal)[0]
    alone = [loss_of(realm, examples[i : i + 1], rows[i : i + 1], marginal=marginal)[0] for i in range(5)]
    torch.testing.assert_close(together, sum(alone) / 5, **CLOSE)


def test_order_of_the_batch_changes_neither_loss_nor_gradient(make_realm, batch):
    realm, (examples, rows) = make_realm(), batch

    def run(order, places):
        for module in (realm.retriever, realm.reader):
            module.zero_grad()
        loss = loss_of(realm, [examples[i] for i in order], rows[order][:, places])[0]
        loss.backward()
        named = [*realm.retriever.named_parameters(), *realm.reader.named_parameters()]
        return loss.item(), {n: p.grad.clone() for n, p in named if p.grad is not None}

    loss, grads = run([0, 1, 2, 3, 4], [0, 1, 2])
    for order, places in (([4, 2, 0, 3, 1], [0, 1, 2]), ([0, 1, 2, 3, 4], [0, 2, 1])):
        again, moved = run(order, places)
        assert again == pytest.approx(loss, rel=1e-5)
        for name, grad in grads.items():
            torch.testing.assert_close(
                moved[name], grad, rtol=1e-3, atol=1e-6, msg=lambda m, n=name: f"{n}: {m}"
            )


@pytest.mark.parametrize("marginal", ["whole", "token"])
def test_unread_passages_of_the_batch_count_as_the_null_document(make_realm, batch, marginal):
    """The same as the softmax written out over all passages, each unread one reading as slot 0 does."""
    realm, (examples, rows) = make_realm(), batch
    c = realm.collator
    candidates, joint = c.candidates(rows), c.joint(examples, rows)
    rest = others(rows, examples, c, ban_origin=True)
    assert rest.any(dim=1).all() and not rest.all()
    loss, info = loss_of(realm, examples, rows, marginal=marginal, others=rest)
    log_p_token = realm.reader.log_p_token(joint)
    scores = realm.retriever.embed_query(c.queries(examples)) @ realm.retriever.embed_doc(candidates).T
    total, beside = 0.0, []
    for i, unread in enumerate(rest.tolist()):
        slots = [*candidates.place[i].tolist(), *(j for j, is_unread in enumerate(unread) if is_unread)]
        reading = [*range(3), *[0] * (len(slots) - 3)]
        p_z = torch.softmax(scores[i, slots], dim=0)
        p_token = log_p_token[i, reading][:, joint.target_mask[i]].exp()
        if marginal == "whole":
            total += (p_z * p_token.prod(dim=1)).sum().log()
        else:
            total += (p_z[:, None] * p_token).sum(dim=0).log().sum()
        beside.append(p_z[3:].sum().item())
    torch.testing.assert_close(loss, -total / len(examples), **CLOSE)
    assert info["p_others"] == pytest.approx(np.mean(beside), rel=1e-4)


def test_gradient_with_unread_passages_is_minus_credit_too(make_realm, batch):
    """To every score, those of passages that were not read as well: r(z) over one long softmax."""
    realm, (examples, rows) = make_realm(), batch
    c = realm.collator
    candidates, rest = c.candidates(rows), others(rows, examples, c, ban_origin=True)
    scores = torch.randn(5, len(candidates.candidate_ids), generator=torch.Generator().manual_seed(0))
    scores.requires_grad_()
    own = torch.arange(5).unsqueeze(1), candidates.place
    realm.retriever.score_with_rest = lambda q, z, o: (scores[own], rest_score(scores, o).unsqueeze(1))
    loss_of(realm, examples, rows, others=rest)[0].backward()
    with torch.no_grad():
        joint = c.joint(examples, rows)
        read = log_p_y_given_z(realm.reader.log_p_token(joint), joint.target_mask)
        reading = read[:, :1].repeat(1, scores.shape[1])
        reading[own] = read
        there = rest.clone()
        there[own] = True
        r = credit(log_p_z(torch.where(there, scores, float("-inf"))), reading)
    torch.testing.assert_close(scores.grad, -r / 5, rtol=1e-3, atol=1e-6)


def test_without_unread_passages_the_loss_is_the_plain_one(make_realm, batch):
    realm, (examples, rows) = make_realm(), batch
    none = torch.zeros(5, len(np.unique(rows)), dtype=torch.bool)
    plain, same = loss_of(realm, examples, rows)[0], loss_of(realm, examples, rows, others=none)[0]
    torch.testing.assert_close(same, plain, **CLOSE)
    same.backward()
    named = [*realm.retriever.named_parameters(), *realm.reader.named_parameters()]
    assert all(torch.isfinite(p.grad).all() for _, p in named if p.grad is not None)


def test_who_stands_unread_beside_a_text(collator, hide, people):
    """Never the null document, its own candidates, its own passage, or one that holds the hidden words."""
    first, second = hide(people[0].news, people[0].name), hide(people[1].news, people[1].year)
    first = replace(first, origin=collator.corpus[3].id)
    rows = np.array([[0, 5, 6], [0, 1, 3]])  # row 1 tells of people[0], row 3 is the first text's own
    found = others(rows, [first, second], collator, ban_origin=True)
    assert np.unique(rows).tolist() == [0, 1, 3, 5, 6]
    assert found.tolist() == [[False] * 5, [False, False, False, True, True]]
    free = others(rows, [first, second], collator, ban_origin=False)
    assert free.tolist() == [[False, False, True, False, False], [False, False, False, True, True]]


def test_info_is_plain_numbers(make_realm, batch):
    info = loss_of(make_realm(), *batch)[1]
    assert {"p_y", "credit", "p_null", "utility"} <= info.keys()
    assert all(type(v) is float and math.isfinite(v) for v in info.values())


def test_mlm_loss_by_hand(fixed_reader):
    """The mean over hidden wordpieces, not over texts, and padding left out."""
    token = torch.tensor([[[0.5, 0.25, 1e-9]], [[0.125, 1e-9, 1e-9]]]).log()
    reader = fixed_reader(token)
    loss, info = mlm_loss(reader, joint_of([[True, True, False], [True, False, False]]))
    assert loss.item() == pytest.approx((math.log(2) + math.log(4) + math.log(8)) / 3, rel=1e-5)
    assert info["p_token"] == pytest.approx((0.5 + 0.25 + 0.125) / 3, rel=1e-5)
    loss.backward()
    assert (reader.log_p.grad[0, 0, 2], reader.log_p.grad[1, 0, 1].item()) == (0.0, 0.0)


def cloze_batch(collator, hide, people):
    """Three texts with their passages, of which the last does not hold what is hidden."""
    texts = [hide(people[0].news, people[0].name), hide(people[1].news, people[1].town)]
    texts.append(hide(people[2].news, people[2].year))
    rows = np.array([[1], [2], [5]])
    return collator.joint(texts, rows), collator.spans(texts, rows, [[e.targets] for e in texts])


def test_cloze_loss_is_masked_lm_plus_pointing(make_realm, collator, hide, people):
    """The two parts by themselves, each with its own pass through the encoder, give the same sum."""
    reader = make_realm().reader
    joint, spans = cloze_batch(collator, hide, people)
    assert spans.is_answer.flatten(1).any(1).tolist() == [True, True, False]
    assert torch.equal(joint.joint_ids, spans.joint_ids)
    loss, info = cloze_loss(reader, joint, spans)
    words, words_info = mlm_loss(reader, joint)
    pointing, pointing_info = qa_loss(torch.zeros(3, 1), reader, spans)
    torch.testing.assert_close(loss, words + pointing, **CLOSE)
    assert info["p_token"] == pytest.approx(words_info["p_token"], rel=1e-4)
    assert info["p_span"] * 2 / 3 == pytest.approx(pointing_info["p_y"], rel=1e-4)


def test_cloze_loss_without_anything_to_point_at_is_masked_lm(make_realm, collator, hide, people):
    reader = make_realm().reader
    texts, rows = [hide(people[2].news, people[2].year)], np.array([[5]])
    joint, spans = collator.joint(texts, rows), collator.spans(texts, rows, [[texts[0].targets]])
    loss, info = cloze_loss(reader, joint, spans)
    torch.testing.assert_close(loss, mlm_loss(reader, joint)[0])
    assert info["p_span"] == 0.0
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in reader.parameters() if p.grad is not None)


def test_ict_loss_is_cross_entropy_from_query_to_block(make_realm, collator, tokenizer, news):
    retriever = make_realm().retriever
    queries, blocks = (
        collator.queries(tokenizer.encode_many([s.text for s in news[:4]])),
        collator.blocks([1, 2, 3, 4], [None] * 4),
    )
    loss, info = ict_loss(retriever, queries, blocks)
    scores = (retriever.embed_query(queries) @ retriever.embed_doc(blocks).T).detach().double().numpy()
    expected = -np.mean([scores[i, i] - math.log(np.exp(scores[i]).sum()) for i in range(4)])
    assert loss.item() == pytest.approx(expected, rel=1e-4)
    assert info["accuracy"] == np.mean(scores.argmax(1) == np.arange(4))


# --- questions ---------------------------------------------------------------------------------

SPANS = [[[True, True, True], [True, True, False]], [[False, False, False], [True, True, True]]]


def test_qa_loss_by_hand(fixed_reader):
    """Two passages, all logits 0, p(z) = (.5, .5): all matching spans are added up."""
    answers = [[[True, True, False], [True, False, False]], [[False, False, False], [False, False, True]]]
    reader, scores = fixed_reader(torch.zeros(2, 2, 3)), torch.zeros(2, 2)
    loss, info = qa_loss(scores, reader, spans_of(SPANS, answers), span="passage")
    first, second = 0.5 * 2 / 3 + 0.5 * 1 / 2, 0.5 * 1 / 3
    assert loss.item() == pytest.approx(-(math.log(first) + math.log(second)) / 2, rel=1e-5)
    assert info == pytest.approx({"answered": 1.0, "p_y": (first + second) / 2})
    loss, _ = qa_loss(scores, reader, spans_of(SPANS, answers), span="joint")
    assert loss.item() == pytest.approx(-(math.log(3 / 5) + math.log(1 / 3)) / 2, rel=1e-5)


@pytest.mark.parametrize("span", ["passage", "joint"])
def test_questions_that_no_passage_answers_count_nothing(fixed_reader, span):
    """Neither in the mean nor in any gradient; and a whole batch of them is 0, never NaN."""
    answers = [[[True, False, False], [False, False, False]], [[False, False, False], [False, False, False]]]
    rng = torch.Generator().manual_seed(0)
    logits, scores = torch.randn(2, 2, 3, generator=rng), torch.randn(2, 2, generator=rng)
    reader, both = fixed_reader(logits), scores.clone().requires_grad_()
    loss, info = qa_loss(both, reader, spans_of(SPANS, answers), span=span)
    loss.backward()
    alone_reader, alone = fixed_reader(logits[:1]), scores[:1].clone().requires_grad_()
    expected, _ = qa_loss(alone, alone_reader, spans_of(SPANS[:1], answers[:1]), span=span)
    expected.backward()
    torch.testing.assert_close(loss, expected)
    assert info["answered"] == 0.5
    torch.testing.assert_close(both.grad, torch.cat((alone.grad, torch.zeros(1, 2))))
    torch.testing.assert_close(reader.log_p.grad, torch.cat((alone_reader.log_p.grad, torch.zeros(1, 2, 3))))

    none = spans_of(SPANS, np.zeros((2, 2, 3), dtype=bool))
    reader, both = fixed_reader(logits), scores.clone().requires_grad_()
    loss, info = qa_loss(both, reader, none, span=span)
    loss.backward()
    assert loss.item() == 0.0
    assert info == {"answered": 0.0, "p_y": 0.0}
    assert (both.grad == 0).all()
    assert reader.log_p.grad is None or (reader.log_p.grad == 0).all()


@pytest.mark.parametrize("span", ["passage", "joint"])
@pytest.mark.parametrize("seed", range(6))
def test_qa_gradients_are_finite_whatever_is_missing(fixed_reader, span, seed):
    """Random holes: no span, no answer, no null; 200 questions."""
    rng = np.random.default_rng(seed)
    is_span = rng.random((200, 3, 4)) < 0.5
    is_answer = is_span & (rng.random((200, 3, 4)) < 0.2)
    reader = fixed_reader(torch.tensor(20 * rng.normal(size=(200, 3, 4))).float())
    scores = torch.tensor(20 * rng.normal(size=(200, 3))).float().requires_grad_()
    loss, _ = qa_loss(scores, reader, spans_of(is_span, is_answer), span=span)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(scores.grad).all()
    assert torch.isfinite(reader.log_p.grad).all()


def test_only_passages_that_hold_the_answer_are_read(fixed_reader):
    """What the reader thinks of the others can change nothing: loss and gradient equal the plain form."""
    rng = np.random.default_rng(0)
    is_span = rng.random((50, 4, 6)) < 0.7
    is_answer = is_span & (rng.random((50, 4, 6)) < 0.1)
    logits, scores = torch.tensor(rng.normal(size=(50, 4, 6))).float(), torch.tensor(rng.normal(size=(50, 4)))
    spans, z = spans_of(is_span, is_answer), scores.float().requires_grad_()

    class Counting(type(fixed_reader(logits))):
        def span_logits(self, joint, states=None):
            self.seen = joint.joint_ids[:, 0, 0].tolist()
            return super().span_logits(joint)

    reader = Counting(logits)
    loss, _ = qa_loss(z, reader, spans)
    loss.backward()
    assert reader.seen == np.flatnonzero(is_answer.any(-1)).tolist()

    plain = logits.clone().requires_grad_()
    p_z = scores.float().requires_grad_()
    answered = spans.is_answer.flatten(1).any(1)
    y_given_z = log_p_spans(plain, spans.is_span, spans.is_answer)
    share = log_marginal(log_p_z(p_z)[answered], y_given_z[answered])
    (-share.mean()).backward()
    torch.testing.assert_close(loss, -share.mean())
    torch.testing.assert_close(reader.log_p.grad, plain.grad)
    torch.testing.assert_close(z.grad, p_z.grad)


def test_retriever_learns_from_questions_too(make_realm, tokenizer, questions):
    """The score of the passage that holds the answer goes up: its gradient is negative."""
    realm = make_realm()
    rows = np.array([[0, 1, 2, 3]])
    pieces, answers = (
        tokenizer.encode_many([questions[0].text]),
        [[tokenizer.encode(questions[0].answers[0]).ids]],
    )
    spans = realm.collator.spans(pieces, rows, answers)
    assert spans.is_answer[0].any(1).tolist() == [False, True, False, False]
    scores = torch.zeros(1, 4, requires_grad=True)
    qa_loss(scores, realm.reader, spans)[0].backward()
    assert scores.grad[0, 1] < 0
    assert (scores.grad[0, [0, 2, 3]] > 0).all()


def test_spans_padded_further_change_nothing(make_realm, tokenizer, questions):
    """A question beside one with longer passages has the same loss as alone."""
    realm = make_realm()
    rows = np.array([[0, 1, 2], [0, 3, 4]])
    pieces = tokenizer.encode_many([questions[0].text, "where was he, who is still praised, born?"])
    answers = [[tokenizer.encode(questions[0].answers[0]).ids], [tokenizer.encode("born in").ids]]
    scores = torch.zeros(2, 3)
    for span in ("passage", "joint"):
        both = qa_loss(scores, realm.reader, realm.collator.spans(pieces, rows, answers), span=span)[0]
        alone = [
            qa_loss(
                scores[:1],
                realm.reader,
                realm.collator.spans(pieces[i : i + 1], rows[i : i + 1], answers[i : i + 1]),
                span=span,
            )[0]
            for i in range(2)
        ]
        torch.testing.assert_close(both, sum(alone) / 2, **CLOSE)
