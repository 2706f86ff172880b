"""The fifteen traps seen in other implementations of REALM, one test each."""

import copy
import itertools
import math
import unicodedata

import numpy as np
import pytest
import torch

from realm_mini.batch import Collator
from realm_mini.config import ObjectiveConfig, SearchConfig, TrainConfig
from realm_mini.corpus import Corpus
from realm_mini.evaluate import probe
from realm_mini.fit import rng_for
from realm_mini.lexical import Lexical
from realm_mini.marginal import (
    NULL_SLOT,
    credit,
    log_marginal,
    log_marginal_per_token,
    log_marginal_spans_joint,
    log_p_spans,
    log_p_y_given_z,
    log_p_z,
    marginal_utility,
    utility,
)
from realm_mini.metrics import exact_match, has_answer
from realm_mini.objectives import mlm_loss, qa_loss, realm_loss
from realm_mini.refresh import Refresher
from realm_mini.retriever import embed_corpus, embed_queries, retrieve
from realm_mini.streams import examples
from realm_mini.train import pretrain


def as_logs(*rows):
    return torch.tensor(rows, dtype=torch.float64).log()


def changed(module, seed=1):
    """Move all weights a little, as training would."""
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(0.05 * torch.randn(weight.shape, generator=rng))


def batch_of(realm, texts, rows):
    c = realm.collator
    return c.queries(texts), c.candidates(rows), c.joint(texts, rows)


def test_trap_01_probabilities_are_mixed_not_logits():
    """Trap 1: averaging logits.  Two passages that disagree keep their two peaks in the mixture.

    Three wordpieces; one passage is sure of the first, the other of the second.  By hand
    p = .7 * .98 + .3 * .01; a mean of logits would say .84 instead of .69 (and with identical
    passages both would agree, which is how the bug hides).
    """
    p_z, first, second = (0.7, 0.3), (0.98, 0.01, 0.01), (0.01, 0.98, 0.01)
    z, vocab = as_logs(p_z), torch.stack((as_logs(first)[0], as_logs(second)[0]))
    found = [log_marginal(z, vocab[:, word][None]).exp().item() for word in range(3)]
    assert found == pytest.approx([0.7 * 0.98 + 0.3 * 0.01, 0.7 * 0.01 + 0.3 * 0.98, 0.01])
    assert sum(found) == pytest.approx(1.0)
    of_logits = torch.softmax((z.exp().T * vocab).sum(0), 0)
    assert (of_logits - torch.tensor(found)).abs().max() > 0.1
    agreeing = torch.softmax((z.exp().T * vocab[[0, 0]]).sum(0), 0)
    assert agreeing[0].item() == pytest.approx(log_marginal(z, vocab[[0, 0], 0][None]).exp().item())


def test_trap_02_the_loss_reaches_the_retriever_with_the_right_sign(
    make_realm, hide, people, lively, monkeypatch
):
    """Trap 2: detached scores.  W_input gets a gradient, and the scores get exactly -r(z) / batch."""
    realm = make_realm()
    lively(realm.reader)
    lively(realm.retriever)
    texts, rows = [hide(p.news, p.year) for p in people[:3]], np.array([[0, 1, 9], [0, 2, 3], [0, 3, 7]])
    kept, score = [], realm.retriever.score

    def spy(*args):
        scores = score(*args)
        scores.retain_grad()
        kept.append(scores)
        return scores

    monkeypatch.setattr(realm.retriever, "score", spy)
    queries, candidates, joint = batch_of(realm, texts, rows)
    realm_loss(realm.retriever, realm.reader, queries, candidates, joint)[0].backward()
    y_given_z = log_p_y_given_z(realm.reader.log_p_token(joint), joint.target_mask)
    expected = -credit(log_p_z(kept[0]), y_given_z) / 3
    torch.testing.assert_close(kept[0].grad, expected.detach(), rtol=1e-3, atol=1e-6)
    assert expected.abs().max() > 1e-3
    assert realm.retriever.proj_query.weight.grad.abs().max() > 0
    assert realm.retriever.query_tower.token_embedding.grad.abs().max() > 0


def test_trap_03_whole_span_and_per_token_marginals_are_told_apart():
    """Trap 3: one for the other.  Two wordpieces by hand; neither form bounds the other."""
    z, both = as_logs((0.5, 0.5)), torch.tensor([[True, True]])
    cases = {((0.8, 0.2), (0.2, 0.8)): (0.16, 0.25), ((0.8, 0.8), (0.2, 0.2)): (0.34, 0.25)}
    for tokens, (whole, per_token) in cases.items():
        log_p = as_logs(*tokens)[None]
        assert log_marginal(z, log_p_y_given_z(log_p, both)).exp().item() == pytest.approx(whole)
        assert log_marginal_per_token(z, log_p, both).exp().item() == pytest.approx(per_token)
        first = torch.tensor([[True, False]])
        one = log_marginal(z, log_p_y_given_z(log_p, first))
        torch.testing.assert_close(log_marginal_per_token(z, log_p, first), one)


def test_trap_04_stale_vectors_choose_rows_but_never_score(make_realm, hide, people, lively):
    """Trap 4: marginalising over the index's scores.  After the weights move, rows stay, scores do not.

    The index cannot even say its scores: search returns row numbers only.
    """
    realm = make_realm()
    lively(realm.reader)
    index = realm.build_index()
    texts = [hide(p.news, p.year) for p in people[:4]]
    queries = embed_queries(realm.retriever, realm.collator, texts)
    rows = retrieve(queries, index, 4)
    before = realm.log_p_z(texts, rows)
    loss = realm_loss(realm.retriever, realm.reader, *batch_of(realm, texts, rows))[0].item()
    changed(realm.retriever)
    again = retrieve(queries, index, 4)
    assert np.issubdtype(again.dtype, np.integer)
    np.testing.assert_array_equal(again, rows)
    after = realm.log_p_z(texts, rows)
    assert (after - before).abs().min(1).values.max() > 1e-3
    fresh = embed_corpus(realm.retriever, realm.collator, rows=rows[0].tolist())
    query = embed_queries(realm.retriever, realm.collator, texts[:1])[0]
    torch.testing.assert_close(
        after[0].exp(), torch.softmax(torch.from_numpy(fresh @ query), 0), rtol=1e-3, atol=1e-4
    )
    assert realm_loss(realm.retriever, realm.reader, *batch_of(realm, texts, rows))[
        0
    ].item() != pytest.approx(loss, abs=1e-5)


def test_trap_05_the_null_document_is_a_candidate_at_a_known_place(make_realm, hide, people, fixed_reader):
    """Trap 5: null outside the softmax, or anywhere.  Slot 0, scored by the tower, RU(null) = 0 exactly.

    Where all else only distracts, a step of training gives the null more weight.
    """
    realm = make_realm()
    realm.build_index()
    texts = [hide(p.news, p.year) for p in people[:4]]
    rows = realm.rows(texts, 5)
    assert (rows[:, NULL_SLOT] == 0).all()
    assert (rows[:, 1:] > 0).all()
    queries, candidates, joint = batch_of(realm, texts, rows)
    scores = realm.retriever.score(queries, candidates)
    p_z = log_p_z(scores).exp()
    torch.testing.assert_close(p_z.sum(1), torch.ones(4))
    assert (p_z[:, NULL_SLOT] > 0).all()
    assert torch.autograd.grad(scores[:, NULL_SLOT].sum(), realm.retriever.proj_doc.weight)[0].abs().max() > 0
    y_given_z = log_p_y_given_z(realm.reader.log_p_token(joint), joint.target_mask)
    assert (utility(y_given_z)[:, NULL_SLOT] == 0).all()

    token = torch.full((4, 6, joint.target_mask.shape[1]), math.log(0.1))
    token[:, 1:] += math.log(0.5)
    optimizer = torch.optim.SGD(realm.retriever.parameters(), lr=0.5)
    for _ in range(5):
        optimizer.zero_grad()
        realm_loss(realm.retriever, fixed_reader(token), queries, candidates, joint)[0].backward()
        optimizer.step()
    moved = log_p_z(realm.retriever.score(queries, candidates)).exp()
    assert (moved[:, NULL_SLOT] > p_z[:, NULL_SLOT]).all()


def test_trap_06_the_ban_takes_nothing_from_k(make_realm, corpus):
    """Trap 6: banning after the cut.  The origin is the best hit, and still k candidates come back.

    A passage next to the origin is not banned: REALM bans the origin only.
    """
    realm = make_realm()
    vectors = embed_corpus(realm.retriever, realm.collator)
    index = realm.build_index()
    banned = [corpus.banned_rows(corpus[row].id) for row in range(1, 25)]
    free = retrieve(vectors, index, 6)
    assert (free[:, 1] == np.arange(1, 25)).all()
    rows = retrieve(vectors, index, 6, banned=banned)
    assert rows.shape == (24, 6)
    for i, row in enumerate(rows.tolist()):
        assert i + 1 not in row
        assert len(set(row)) == 6
        assert row[1:5] == free[i, 2:6].tolist()


def test_trap_07_padding_counts_nothing(make_realm, hide, people, fixed_reader):
    """Trap 7: a mean over padded places.  A text's loss is the same beside one that hides more."""
    realm = make_realm()
    short, long = hide(people[0].news, people[0].year), hide(people[1].news, f"{people[1].name}, a maker of")
    assert len(short.positions) < len(long.positions)
    for marginal in ("whole", "token"):

        def loss(texts, marginal=marginal):
            rows = np.array([[0, 1], [0, 2]])[: len(texts)]
            return realm_loss(
                realm.retriever, realm.reader, *batch_of(realm, texts, rows), marginal=marginal
            )[0]

        second = realm_loss(
            realm.retriever, realm.reader, *batch_of(realm, [long], np.array([[0, 2]])), marginal=marginal
        )[0]
        torch.testing.assert_close(loss([short, long]), (loss([short]) + second) / 2, rtol=1e-4, atol=1e-4)

    joint = realm.collator.joint([short, long], np.array([[0], [0]]))
    real = joint.target_mask.unsqueeze(1)
    log_p = torch.where(real, -1.0, -100.0)
    assert mlm_loss(fixed_reader(log_p), joint)[0].item() == pytest.approx(1.0)


def test_trap_08_retrieval_utility_is_over_hidden_words_with_the_right_sign(
    make_realm, hide, people, copy_reader
):
    """Trap 8: RU over all places, or upside down.  A passage that holds y has a positive one.

    With the copying reader log p(y|z,x) is known for each hidden wordpiece, so RU is too: the gold
    passage gains 4 a wordpiece, less what its longer list of words costs.
    """
    realm = make_realm()
    text = hide(people[0].news, people[0].year)
    joint = realm.collator.joint([text], np.array([[0, 1, 2]]))
    y_given_z = log_p_y_given_z(copy_reader.log_p_token(joint), joint.target_mask)
    found = utility(y_given_z)[0]
    held = [len(set(realm.collator.body(row).ids.tolist()) | {realm.tokenizer.sep}) for row in (0, 1, 2)]
    weight = [math.log(h * math.exp(4) + realm.tokenizer.vocab - h) for h in held]
    count = len(text.positions)
    assert found[1].item() == pytest.approx(count * (4 - weight[1] + weight[0]), rel=1e-3)
    assert found[1] > 0 > found[2]
    z = log_p_z(torch.zeros(1, 3))
    marginal = marginal_utility(log_marginal(z, y_given_z), y_given_z)
    assert marginal.item() == pytest.approx(math.log(np.exp(found.tolist()).mean()), rel=1e-3)
    _, info = realm_loss(realm.retriever, copy_reader, *batch_of(realm, [text], np.array([[0, 1, 2]])))
    assert info["utility"] > 0


def test_trap_09_span_softmax_by_passage_or_joint_all_matches_and_no_nan(fixed_reader):
    """Trap 9: QA forms mixed up.  Both by hand, all matching spans summed, no match: 0 and no NaN."""
    z, logits = as_logs((0.5, 0.5)), torch.zeros(1, 2, 4, dtype=torch.float64)
    is_span = torch.tensor([[[True, True, False, False], [True, True, True, True]]])
    is_answer = torch.tensor([[[True, False, False, False], [True, True, True, False]]])
    by_passage = log_marginal(z, log_p_spans(logits, is_span, is_answer)).exp()
    assert by_passage.item() == pytest.approx(0.5 * 1 / 2 + 0.5 * 3 / 4)
    assert log_marginal_spans_joint(z, logits, is_span, is_answer).exp().item() == pytest.approx(4 / 6)
    from realm_mini.batch import SpanBatch

    ids = torch.zeros(1, 2, 5, dtype=torch.long)
    places = torch.zeros(1, 2, 4, dtype=torch.long)
    for kind in ("passage", "joint"):
        reader, scores = fixed_reader(torch.zeros(1, 2, 4)), torch.zeros(1, 2, requires_grad=True)
        none = SpanBatch(ids, ids == 0, ids, places, places, is_span, torch.zeros_like(is_answer))
        loss, _ = qa_loss(scores, reader, none, span=kind)
        loss.backward()
        assert loss.item() == 0.0
        assert torch.equal(scores.grad, torch.zeros(1, 2))
        assert reader.log_p.grad is None or torch.equal(reader.log_p.grad, torch.zeros(1, 2, 4))


def test_trap_10_answers_are_whole_words(tokenizer, lengths):
    """Trap 10: wordpieces that begin a longer word.  Neither training nor recall counts "tarmoxx"."""
    corpus = Corpus.from_texts(["He lived in tarmoxx.", "He lived in Tarmo."])
    collator = Collator(tokenizer, corpus, lengths)
    answer, longer = tokenizer.encode("Tarmo").ids, tokenizer.encode("tarmoxx").ids
    assert longer[: len(answer)].tolist() == answer.tolist()
    batch = collator.spans([tokenizer.encode("where?")], np.array([[1, 2]]), [[answer]])
    assert batch.is_answer.any(2).tolist() == [[False, True]]
    assert [has_answer(corpus[row].text, ["Tarmo"]) for row in (1, 2)] == [False, True]


def test_trap_11_exact_match_normalises_as_the_official_script():
    """Trap 11: lower-casing only.  NFD, case, punctuation, articles, white space."""
    answer = "The Café of Malmö"
    for written in (
        answer.upper(),
        unicodedata.normalize("NFD", answer),
        "cafe\u0301 of  malmö!",
        "a 'café' of Malmö.",
    ):
        assert exact_match(written, [answer])
    for other in ("cafe of malmo", "café malmö", "the"):
        assert not exact_match(other, [answer])


def test_trap_12_copies_of_the_origin_are_banned_too(make_realm, people):
    """Trap 12: a passage that stands in the corpus twice leaks through the ban."""
    bodies = [p.body for p in people[:6]]
    corpus = Corpus.from_texts([*bodies, bodies[0], bodies[0].upper().replace(" ", "  ")])
    realm = make_realm(corpus=corpus)
    index = realm.build_index()
    banned = corpus.banned_rows("1")
    assert banned == {1, 7, 8} == corpus.banned_rows("8")
    rows = retrieve(embed_corpus(realm.retriever, realm.collator, rows=[1]), index, 6, banned=[banned])
    assert rows[0, 0] == 0
    assert set(rows[0].tolist()) == {0, 2, 3, 4, 5, 6}


def test_trap_13_scores_are_bounded_and_the_softmax_not_saturated(make_realm, people, tokenizer):
    """Trap 13: raw inner products.  |f| <= sqrt(dim) however large the weights; fresh, no p(z|x) near 1."""
    realm = make_realm()
    pieces = tokenizer.encode_many([p.news for p in people])
    rows = np.tile(np.arange(25), (24, 1))
    queries, candidates = realm.collator.queries(pieces), realm.collator.candidates(rows)
    assert log_p_z(realm.retriever.score(queries, candidates)).exp().max() < 0.9
    with torch.no_grad():
        for weight in realm.retriever.parameters():
            weight.mul_(100.0)
    scores = realm.retriever.score(queries, candidates)
    assert scores.abs().max() <= math.sqrt(realm.config.retriever.dim) + 1e-3
    assert scores.std() > 0.1


def test_trap_14_staleness_is_measured_and_a_refresh_is_a_whole_rebuild(make_realm, news, tagger):
    """Trap 14: an index of unknown age.  Each step logs it, and a refreshed index equals one built then."""
    realm = make_realm()
    built = []

    def build(step):
        built.append((step, copy.deepcopy(realm.retriever)))
        return realm.build_index(step)

    refresher = Refresher(build, 3)
    masked = examples(news, realm.tokenizer, realm.collator, rng_for(0, "m"), ObjectiveConfig(), tagger)
    stage = TrainConfig(steps=8, batch=4, lr=1e-2, warmup=1)
    steps = pretrain(
        realm.retriever, realm.reader, realm.collator, masked, stage,
        SearchConfig(k=3, lexical=1, fade=2), ObjectiveConfig(), refresher, Lexical(realm.corpus),
    )  # fmt: skip
    assert [s.info["index_age"] for s in steps] == [0, 1, 2, 0, 1, 2, 0, 1]
    assert [step for step, _ in built] == [0, 3, 6]
    snapshot = embed_corpus(built[-1][1], realm.collator)
    order = np.argsort(-(snapshot[:5] @ snapshot.T), axis=1, kind="stable")[:, :4] + 1
    assert (refresher.index.search(snapshot[:5], 4) == order).mean() > 0.9
    assert refresher.index.step == 6


def test_trap_15_held_out_utility_tells_a_model_that_reads_from_one_that_remembers(
    make_realm, news, people, hide, copy_reader, fixed_reader
):
    """Trap 15: choosing by training loss.  RU on held-out texts prefers the reader that uses passages.

    The one that knows all by heart has by far the lower loss, and a utility of exactly 0.
    """
    realm = make_realm()
    held_out = [hide(s.text, p.year) for s, p in itertools.islice(zip(news, people, strict=True), 12)]

    class ByHeart(type(fixed_reader(torch.zeros(1)))):
        def vocab_logits(self, joint, states=None):
            hot = 9 * torch.nn.functional.one_hot(joint.target_ids, realm.tokenizer.vocab).float()
            return hot.unsqueeze(1).expand(-1, joint.joint_ids.shape[1], -1, -1)

    numbers = {}
    for name, reader in (("reads", copy_reader), ("remembers", ByHeart(torch.zeros(1)))):
        realm.reader = reader
        numbers[name] = probe(realm, held_out, k=25)
    assert numbers["remembers"]["log_p_y"] > numbers["reads"]["log_p_y"]
    assert numbers["remembers"]["utility"] == pytest.approx(0.0, abs=1e-5)
    assert numbers["reads"]["utility"] > 0.1
