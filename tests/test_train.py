"""The stages: what each trains, what it leaves alone, what it is told and what it never reads."""

import copy
import dataclasses
import itertools
import math
import re

import numpy as np
import pytest
import torch

from realm_mini import finetuning, proposals, streams
from realm_mini import train as tr
from realm_mini.config import ObjectiveConfig, RetrieverConfig, SearchConfig, TrainConfig
from realm_mini.corpus import Corpus, Question
from realm_mini.errors import RealmError
from realm_mini.evaluate import dense_rows
from realm_mini.finetuning import finetune
from realm_mini.fit import rng_for
from realm_mini.lexical import Lexical
from realm_mini.parallel import ALONE, Workers
from realm_mini.refresh import Refresher
from realm_mini.retriever import embed_corpus, embed_queries, retrieve

THREE = TrainConfig(steps=3, batch=4, lr=1e-2, warmup=1)


def state(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def changed(before, module):
    """The names of the weights that are not what they were."""
    return {name for name, value in module.state_dict().items() if not torch.equal(value, before[name])}


def stream(realm, news, tagger, name="mask", **objective):
    return streams.examples(
        news, realm.tokenizer, realm.collator, rng_for(0, name), ObjectiveConfig(**objective), tagger
    )


# --- inverse cloze -----------------------------------------------------------------------------


def test_inverse_cloze_learns(make_realm):
    """From one in 24 (chance) to nine in ten within 40 steps."""
    realm = make_realm()
    config = TrainConfig(steps=40, batch=24, lr=5e-3, warmup=5)
    steps = list(tr.inverse_cloze(realm.retriever, realm.collator, config, rng_for(0, "ict")))
    assert steps[0].info["accuracy"] < 0.3
    assert np.mean([s.info["accuracy"] for s in steps[-5:]]) > 0.9
    assert steps[-1].loss < steps[0].loss - 1


def test_inverse_cloze_removes_the_sentence_nine_times_in_ten(make_realm, monkeypatch):
    """And the query is that very sentence; 15 % of it hidden."""
    realm, seen = make_realm(), []

    def spy(retriever, queries, blocks):
        seen.append((queries, blocks))
        return torch.zeros(()), {}

    monkeypatch.setattr(tr, "ict_loss", spy)
    list(
        tr.inverse_cloze(
            realm.retriever, realm.collator, TrainConfig(steps=50, batch=24, lr=0.1), rng_for(0, "ict")
        )
    )
    removed = total = 0
    c = realm.collator
    whole = {tuple(c.candidates(np.array([[row]])).candidate_ids[0].tolist()): row for row in range(1, 25)}
    for queries, blocks in seen:
        for i in range(24):
            query = queries.query_ids[i][queries.query_mask[i]][1:-1].tolist()
            block = tuple(blocks.candidate_ids[i][blocks.candidate_mask[i]].tolist())
            total += 1
            if block in whole:
                body = c.body(whole[block]).ids.tolist()
            else:
                removed += 1
                row = next(
                    r for w, r in whole.items() if w[: len(c.title(r)) + 2] == block[: len(c.title(r)) + 2]
                )
                body = c.body(row).ids.tolist()
                rest = list(block[len(c.title(row)) + 2 : -1])
                assert len(rest) + len(query) == len(body)
                assert any(rest == body[:a] + body[a + len(query) :] for a in range(len(body)))
            hidden = query.count(c.tokenizer.mask)
            assert hidden == max(1, round(0.15 * len(query)))
            assert any(
                all(q in (b, c.tokenizer.mask) for q, b in zip(query, body[a:], strict=False))
                for a in range(len(body) - len(query) + 1)
            )
    assert abs(removed - 0.9 * total) < 3 * math.sqrt(total * 0.09)


def test_inverse_cloze_needs_passages_of_two_sentences(make_realm):
    realm = make_realm(corpus=Corpus.from_texts(["Only one sentence.", "One. And two of them."]))
    with pytest.raises(RealmError, match="needs at least two passages of two or more sentences"):
        tr.inverse_cloze(realm.retriever, realm.collator, THREE, rng_for(0, "ict"))


# --- reader ------------------------------------------------------------------------------------


def test_masked_lm_reads_no_passage(make_realm, news, tagger, monkeypatch):
    realm, rows = make_realm(), []
    joint = realm.collator.joint
    monkeypatch.setattr(realm.collator, "joint", lambda batch, r: rows.append(r) or joint(batch, r))
    before = state(realm.reader)
    steps = list(tr.masked_lm(realm.reader, realm.collator, stream(realm, news, tagger), THREE))
    assert len(steps) == 3
    assert all((r == 0).all() and r.shape == (4, 1) for r in rows)
    assert "encoder.model.embeddings.tok_embeddings.weight" in changed(before, realm.reader)


def test_warm_up_reads_a_passage_that_holds_what_is_hidden_but_never_the_origin(
    make_realm, corpus, tagger, monkeypatch
):
    realm, seen = make_realm(), []
    joint = realm.collator.joint
    monkeypatch.setattr(
        realm.collator, "joint", lambda batch, r: seen.extend(zip(batch, r, strict=True)) or joint(batch, r)
    )
    masked = stream(realm, corpus.sentences(), tagger)
    list(
        tr.warm_up(realm.reader, realm.collator, Lexical(corpus), masked, dataclasses.replace(THREE, steps=8))
    )
    assert len(seen) == 32
    for example, rows in seen:
        assert rows.shape == (1,)
        assert rows[0] not in corpus.banned_rows(example.origin)
        assert example.hidden_text in corpus[int(rows[0])].text


# --- candidates of pre-training ------------------------------------------------------------------


def test_lexical_share_fades_to_nothing_and_never_rises():
    search = SearchConfig(k=6, lexical=4, fade=100)
    places = [tr.lexical_places(step, search) for step in range(150)]
    assert places[0] == 4
    assert all(a >= b for a, b in itertools.pairwise(places))
    assert set(places) == {0, 1, 2, 3, 4}
    assert places[99] == 1
    assert set(places[100:]) == {0}
    counts = np.bincount(places[:100])
    assert counts[1:].tolist() == [25, 25, 25, 25]


def test_lexical_places_of_the_other_proposals():
    assert {tr.lexical_places(s, SearchConfig(k=6, proposal="dense")) for s in (0, 10**6)} == {0}
    assert {tr.lexical_places(s, SearchConfig(k=6, proposal="lexical")) for s in (0, 10**6)} == {5}
    assert tr.lexical_places(0, SearchConfig(k=6, proposal="lexical", null=False)) == 6
    assert tr.lexical_places(10**6, SearchConfig(k=6, fade=0)) == 2


def run_pretrain(realm, sentences, tagger, config=THREE, search=None, objective=None, spy=None):
    objective = objective or ObjectiveConfig(refresh=2)
    masked = streams.examples(
        sentences, realm.tokenizer, realm.collator, rng_for(0, "mask"), objective, tagger
    )
    return list(
        tr.pretrain(
            realm.retriever,
            realm.reader,
            realm.collator,
            masked,
            config,
            search or SearchConfig(k=4, lexical=1, fade=4),
            objective,
            Refresher(realm.build_index, objective.refresh),
            Lexical(realm.corpus),
        )
    )


def recorded(realm):
    """Return a list that fills with the (texts, rows) of every batch the reader is given."""
    seen, joint = [], realm.collator.joint
    realm.collator = copy.copy(realm.collator)
    realm.collator.joint = lambda batch, rows: seen.append((batch, rows)) or joint(batch, rows)
    return seen


@pytest.fixture
def candidates(monkeypatch):
    """The candidates of every text that pre-training looked at, step by step."""
    seen = []
    real = proposals.retrieve

    def spy(*args, **kwargs):
        rows = real(*args, **kwargs)
        seen.append(rows)
        return rows

    monkeypatch.setattr(proposals, "retrieve", spy)
    return seen


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("pointing", [True, False])
def test_pretraining_moves_both_towers_and_the_reader(make_realm, news, tagger, share, pointing):
    realm = make_realm(retriever=RetrieverConfig(dim=16, share_towers=share))
    r = realm.retriever
    before = {m: state(getattr(r, m)) for m in ("query_tower", "doc_tower", "proj_query", "proj_doc")}
    reader = state(realm.reader)
    steps = run_pretrain(realm, news, tagger, objective=ObjectiveConfig(refresh=2, pointing=pointing))
    assert [s.info["index_age"] for s in steps] == [0, 1, 0]
    for name, weights in before.items():
        assert changed(weights, getattr(r, name)), name
    assert any(n.startswith("encoder.") for n in changed(reader, realm.reader))
    assert any(n.startswith("span_") for n in changed(reader, realm.reader)) == pointing


def test_pretraining_repeats_to_the_bit(make_realm, news, tagger):
    runs = [[s.loss for s in run_pretrain(make_realm(), news, tagger)] for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("proposal", ["dense", "mixed", "lexical"])
def test_candidates_of_pretraining(make_realm, corpus, tagger, proposal):
    """Null first, never the origin, never one twice, always k; lexical ones in front while they last."""
    realm = make_realm()
    search, seen = SearchConfig(k=5, proposal=proposal, lexical=2, fade=4), recorded(realm)
    steps = run_pretrain(realm, corpus.sentences(), tagger, dataclasses.replace(THREE, steps=6), search)
    expected = {"dense": [0] * 6, "mixed": [2, 2, 1, 1, 0, 0], "lexical": [4] * 6}[proposal]
    assert [s.info["lexical"] for s in steps] == expected
    lexical = Lexical(corpus)
    for (batch, rows), places in zip(seen, expected, strict=True):
        assert rows.shape == (4, 5)
        assert (rows[:, 0] == 0).all()
        for example, row in zip(batch, rows.tolist(), strict=True):
            banned = corpus.banned_rows(example.origin)
            assert not banned & set(row)
            assert len(set(row)) == 5
            near = [r for r in lexical.search([example.visible_text()], 10)[0][0].tolist() if r not in banned]
            assert row[1 : 1 + places] == near[:places]


def test_the_ban_can_be_lifted(make_realm, corpus, tagger):
    realm = make_realm()
    search = SearchConfig(k=3, proposal="lexical", lexical=0, ban_origin=False)
    seen = recorded(realm)
    run_pretrain(realm, corpus.sentences(), tagger, search=search)
    hits = [corpus.row(e.origin) in row for b, r in seen for e, row in zip(b, r.tolist(), strict=True)]
    assert np.mean(hits) > 0.5


@pytest.mark.parametrize("look", [1, 3])
def test_of_the_texts_looked_at_those_come_first_whose_candidates_hold_the_hidden_words(
    make_realm, news, tagger, candidates, look
):
    """Order kept otherwise; and each step says what share of them there was."""
    realm = make_realm()
    trained = recorded(realm)
    looked_at = streams.examples(
        news, realm.tokenizer, realm.collator, rng_for(0, "mask"), ObjectiveConfig(refresh=2), tagger
    )
    search = SearchConfig(k=3, proposal="dense", lexical=0, look=look)
    steps = run_pretrain(realm, news, tagger, dataclasses.replace(THREE, steps=5), search)
    shares = []
    for step, rows, (batch, kept) in zip(steps, candidates, trained, strict=True):
        texts = list(itertools.islice(looked_at, 4 * look))
        assert len(rows) == 4 * look
        held = [
            any(e.hidden_text in realm.corpus[r].text for r in row)
            for e, row in zip(texts, rows.tolist(), strict=True)
        ]
        order = [i for i, good in enumerate(held) if good] + [i for i, good in enumerate(held) if not good]
        assert [e.positions.tolist() for e in batch] == [texts[i].positions.tolist() for i in order[:4]]
        assert [e.text for e in batch] == [texts[i].text for i in order[:4]]
        np.testing.assert_array_equal(kept, rows[order[:4]])
        assert step.info["held"] == pytest.approx(np.mean(held))
        shares.append(np.mean(held))
    assert 0 < np.mean(shares) < 1


def test_bm25_never_sees_what_is_hidden(make_realm, news, tagger, monkeypatch):
    realm, asked = make_realm(), []
    real_search = Lexical.search

    def spy(self, texts, k):
        asked.extend(texts)
        return real_search(self, texts, k)

    monkeypatch.setattr(Lexical, "search", spy)
    run_pretrain(realm, news, tagger, search=SearchConfig(k=4, proposal="lexical", lexical=0))
    assert asked
    whole = {s.text for s in news}
    assert not whole & set(asked)


def test_pretraining_never_reads_gold(make_realm, news, tagger):
    """The same loss curve from sentences whose gold is gone, or wrong."""
    bare = [dataclasses.replace(s, gold={}) for s in news]
    wrong = [dataclasses.replace(s, gold={"spans": [[0, 2, "x"]], "passages": ["p0"]}) for s in news]
    curves = [[s.loss for s in run_pretrain(make_realm(), x, tagger)] for x in (news, bare, wrong)]
    assert curves[0] == curves[1] == curves[2]


@pytest.mark.parametrize("marginal", ["whole", "token"])
@pytest.mark.parametrize("null", [True, False])
def test_every_form_of_the_objective_trains(make_realm, news, tagger, marginal, null):
    objective = ObjectiveConfig(marginal=marginal, refresh=0)
    search = SearchConfig(k=3, null=null, lexical=0)
    steps = run_pretrain(make_realm(), news, tagger, search=search, objective=objective)
    assert all(math.isfinite(s.loss) for s in steps)
    assert [s.info["index_age"] for s in steps] == [0, 1, 2]
    assert all(("p_null" in s.info) == null for s in steps)


def test_other_candidates_of_the_batch_can_stand_beside_a_texts_own(make_realm, news, tagger):
    objective = ObjectiveConfig(others=True)
    first, again = (run_pretrain(make_realm(), news, tagger, objective=objective) for _ in range(2))
    assert [s.loss for s in first] == [s.loss for s in again]
    assert all(0 < s.info["p_others"] < 1 for s in first)
    assert first[0].loss > run_pretrain(make_realm(), news, tagger)[0].loss  # they take from p(z|x)


def test_texts_compared_with_each_other_are_for_one_process(make_realm):
    realm = make_realm()
    parts = (realm.retriever, realm.reader, realm.collator, iter(()), THREE, SearchConfig(lexical=0))
    with pytest.raises(RealmError, match="Train in one process"):
        tr.pretrain(*parts, ObjectiveConfig(others=True), None, workers=Workers(0, 2))


def test_bm25_proposals_need_bm25(make_realm, news, tagger):
    realm = make_realm()
    with pytest.raises(RealmError, match=r"proposal='mixed' needs BM25\. Pass lexical=Lexical\(corpus\)"):
        tr.pretrain(
            realm.retriever, realm.reader, realm.collator, stream(realm, news, tagger), THREE,
            SearchConfig(), ObjectiveConfig(), Refresher(realm.build_index, 0),
        )  # fmt: skip


def test_more_candidates_than_passages(make_realm, news, tagger):
    with pytest.raises(RealmError, match="k=30 candidates were asked for, but the corpus has 24 passages"):
        run_pretrain(make_realm(), news, tagger, search=SearchConfig(k=30, proposal="dense"))


def test_the_retriever_learns_from_the_language_model_loss_alone(make_realm, copy_reader, news, tagger):
    """REALM in small: no one says which passage is right; a third found at first, nearly all after.

    The reader only copies, and never learns: it finds a hidden year likelier where the passage has
    it.  All else the retriever has to make of the marginal likelihood.
    """
    realm = make_realm()
    realm.reader = copy_reader

    def recall():
        realm.build_index()
        pieces = realm.tokenizer.encode_many([s.text for s in news])
        return float((dense_rows(realm, pieces, 1)[:, 0] == np.arange(1, 25)).mean())

    before = recall()
    config = TrainConfig(steps=40, batch=16, lr=5e-3, warmup=5)
    search = SearchConfig(k=6, proposal="dense", lexical=0, look=1)
    steps = run_pretrain(realm, news, tagger, config, search, ObjectiveConfig(refresh=10, pointing=False))
    assert before < 0.6
    assert recall() > 0.9
    utility = [s.info["utility"] for s in steps]
    assert np.mean(utility[-5:]) > np.mean(utility[:3]) + 0.5


# --- questions -----------------------------------------------------------------------------------


def run_finetune(realm, questions, config=THREE, **objective):
    return list(
        finetune(
            realm.retriever, realm.reader, realm.collator, questions, config, ObjectiveConfig(**objective),
            rng_for(0, "questions"), k=4,
        )
    )  # fmt: skip


@pytest.mark.parametrize("share", [True, False])
def test_finetuning_leaves_the_document_side_as_it_was(make_realm, questions, share):
    """To the bit: tower, projection, all passage vectors and the null's; the rest is trained."""
    realm = make_realm(retriever=RetrieverConfig(dim=16, share_towers=share))
    vectors = embed_corpus(realm.retriever, realm.collator, rows=range(25))
    tower, proj = state(realm.retriever.doc_tower), state(realm.retriever.proj_doc)
    query_tower, query_proj, reader = (
        state(m) for m in (realm.retriever.query_tower, realm.retriever.proj_query, realm.reader)
    )
    run_finetune(realm, questions)
    assert not realm.retriever.is_shared
    assert not changed(tower, realm.retriever.doc_tower)
    assert not changed(proj, realm.retriever.proj_doc)
    np.testing.assert_array_equal(embed_corpus(realm.retriever, realm.collator, rows=range(25)), vectors)
    assert changed(query_tower, realm.retriever.query_tower)
    assert changed(query_proj, realm.retriever.proj_query)
    assert {"span_start.weight", "span_end.weight", "span_out.weight"} <= changed(reader, realm.reader)


class Watching(Refresher):
    """A refresher that remembers which steps asked for an index and which made one."""

    def __init__(self, realm, every):
        self.asked, self.made = [], []

        def build(step):
            self.made.append(step)
            return realm.build_index(step)

        super().__init__(build, every)

    def tick(self, step):
        self.asked.append(step)
        return super().tick(step)


def run_refreshed(realm, questions, every, config=THREE):
    refresher = Watching(realm, every)
    steps = list(
        finetune(
            realm.retriever, realm.reader, realm.collator, questions, config, ObjectiveConfig(),
            rng_for(0, "questions"), k=4, refresher=refresher,
        )
    )  # fmt: skip
    return refresher, steps


@pytest.mark.parametrize("share", [True, False])
def test_finetuning_with_a_refresher_trains_the_document_side_too(make_realm, questions, share):
    realm = make_realm(retriever=RetrieverConfig(dim=16, share_towers=share))
    tower, proj = state(realm.retriever.doc_tower), state(realm.retriever.proj_doc)
    refresher, steps = run_refreshed(realm, questions, every=2)
    assert realm.retriever.is_shared == share, "towers that were one stay one"
    assert changed(tower, realm.retriever.doc_tower) and changed(proj, realm.retriever.proj_doc)
    assert refresher.asked == [0, 1, 2] and refresher.made == [0, 2]
    assert [s.info["index_age"] for s in steps] == [0, 1, 0]


def test_refreshed_candidates_are_stale_and_their_scores_fresh(make_realm, questions, lively):
    """Rows are those of the index as it was made, scores those of the towers as they are, with gradient."""
    realm = make_realm()
    lively(realm.retriever, seed=0)
    index = realm.build_index()
    lively(realm.retriever, seed=1)
    texts = realm.tokenizer.encode_many([q.text for q in questions[:4]])
    candidates = finetuning._fresh_candidates(
        realm.retriever, realm.collator, 4, Refresher(lambda step: index, 0), ALONE
    )
    rows, scores, info = candidates(texts, 7)
    queries = embed_queries(realm.retriever, realm.collator, texts)
    moved = embed_corpus(realm.retriever, realm.collator, rows=range(25))
    np.testing.assert_array_equal(rows, retrieve(queries, index, 4))
    assert not np.array_equal(rows, retrieve(queries, realm.build_index(), 4)), "the index would be no staler"
    np.testing.assert_allclose(
        scores.detach(), np.einsum("bd,bkd->bk", queries, moved[rows]), rtol=1e-4, atol=1e-4
    )
    assert info == {"index_age": 7}
    scores[:, 1].sum().backward()
    assert all(weight.grad is not None for weight in realm.retriever.parameters())


def test_finetuning_repeats_and_never_reads_gold_passages(make_realm, questions):
    bare = [dataclasses.replace(q, passages=()) for q in questions]
    curves = [[s.loss for s in run_finetune(make_realm(), x)] for x in (questions, questions, bare)]
    assert curves[0] == curves[1] == curves[2]


def test_retriever_ratio_of_nothing_trains_the_reader_only(make_realm, questions):
    realm = make_realm()
    before = state(realm.retriever.query_tower)
    run_finetune(realm, questions, dataclasses.replace(THREE, retriever_ratio=0.0))
    assert not changed(before, realm.retriever.query_tower)


@pytest.mark.parametrize("span", ["passage", "joint"])
def test_it_learns_to_answer_questions_about_makers_it_was_never_asked_about(make_realm, questions, span):
    """16 makers asked about, the 8 others tested: from nothing to most answers right."""
    realm = make_realm()
    config = TrainConfig(steps=40, batch=24, lr=5e-3, warmup=5)
    list(tr.inverse_cloze(realm.retriever, realm.collator, config, rng_for(0, "ict")))
    realm.answers_questions = True
    test = questions[16:]

    def right():
        realm.build_index()
        return sum(
            a.answer == q.answers[0]
            for a, q in zip(realm.answer_many([q.text for q in test]), test, strict=True)
        )

    before = right()
    steps = run_finetune(realm, questions[:16], dataclasses.replace(config, batch=8, steps=50), span=span)
    assert before <= 2
    assert right() >= 6
    assert steps[-1].loss < steps[0].loss / 3
    assert steps[-1].info["answered"] > 0.9


def test_questions_without_an_answer_anywhere_train_nothing_and_break_nothing(make_realm):
    realm = make_realm()
    before = state(realm.reader)
    steps = run_finetune(realm, [Question("Who knows?", ("born born",))])
    assert [s.loss for s in steps] == [0.0] * 3
    assert [s.info["answered"] for s in steps] == [0.0] * 3
    drift = max((realm.reader.state_dict()[n] - v).abs().max().item() for n, v in before.items())
    assert drift < 1e-2


def test_no_questions(make_realm):
    with pytest.raises(RealmError, match="There are no questions to learn from"):
        run_finetune(make_realm(), [])


def test_answers_that_are_patterns_are_what_they_find_in_the_candidates(make_realm, questions):
    """A pattern that spells the answer is as good as the answer; one that fits nowhere is none."""
    patterns = [Question(q.text, tuple(map(re.escape, q.answers)), flags={"regex": True}) for q in questions]
    nowhere = [Question(q.text, ("no such words",), flags={"regex": True}) for q in questions]
    curves = [[s.loss for s in run_finetune(make_realm(), x)] for x in (questions, patterns, nowhere)]
    assert curves[0] == curves[1] and min(curves[0]) > 0
    assert curves[2] == [0.0] * THREE.steps
