"""The closed book and BM25 with the same reader: what they read, what they train, what they answer."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from realm_mini.baselines import MAX_SLOTS, ClosedBook, LexicalReader, slots_example
from realm_mini.config import ObjectiveConfig, TrainConfig
from realm_mini.corpus import Question
from realm_mini.errors import RealmError
from realm_mini.fit import rng_for
from realm_mini.lexical import Lexical
from realm_mini.metrics import exact_match
from realm_mini.reader import Reader

CONFIG = TrainConfig(steps=3, batch=4, lr=1e-2, warmup=1)


def test_slots_stand_behind_the_question(tokenizer, collator):
    question, answer = tokenizer.encode("Where was he born?"), tokenizer.encode("Tarmo Oxley").ids
    example = slots_example(question, "Where was he born?", answer)
    assert example.targets.tolist() == answer.tolist()
    ids = collator.query_ids(example)
    assert ids.tolist() == question.ids.tolist() + [tokenizer.mask] * len(answer)
    joint = collator.joint([example], np.zeros((1, 1), dtype=np.int64))
    assert joint.joint_ids[0, 0].tolist() == [tokenizer.cls, *ids, tokenizer.sep, tokenizer.sep]
    assert not set(answer.tolist()) & set(joint.joint_ids.flatten().tolist())


class Slots(Reader):
    """A reader whose best word in each of ``n`` slots has the probability ``sure[n]``."""

    def __init__(self, vocab, words, sure):
        torch.nn.Module.__init__(self)
        self.vocab, self.words, self.sure = vocab, words, sure
        self.unused = torch.nn.Parameter(torch.zeros(1))

    def vocab_logits(self, joint):
        count = joint.target_ids.shape[1]
        p = self.sure.get(count, 0.1)
        logits = torch.full(
            (len(joint.joint_ids), 1, count, self.vocab), math.log((1 - p) / (self.vocab - 1))
        )
        for place in range(count):
            logits[:, :, place, self.words[place % len(self.words)]] = math.log(p)
        return logits


@pytest.mark.parametrize(
    ("sure", "count"),
    [
        ({1: 0.9}, 1),
        ({2: 0.9}, 2),
        ({MAX_SLOTS: 0.9}, MAX_SLOTS),
        ({1: 0.5, 2: 0.6}, 2),
        ({3: 0.8, 1: 0.7}, 3),
    ],
    ids=str,
)
def test_the_number_of_slots_is_chosen_by_the_mean_log_probability_of_a_slot(
    tokenizer, collator, sure, count
):
    """Not by the whole answer's probability, which is larger for a single slot of .5 than for two of .6."""
    words = tokenizer.encode("tarmo oxley").ids.tolist()
    assert len(words) == 2
    closed = ClosedBook(Slots(tokenizer.vocab, words, sure), collator)
    expected = " ".join((["tarmo", "oxley"] * 4)[:count])
    assert closed.answer_many(["Where?", "Where was he born?"]) == [expected] * 2


def test_closed_book_reads_no_passage_and_answers_each_question_alike(make_realm, monkeypatch):
    realm = make_realm()
    closed = ClosedBook(realm.reader, realm.collator)
    rows, joint = [], realm.collator.joint
    monkeypatch.setattr(realm.collator, "joint", lambda batch, r: rows.append(r) or joint(batch, r))
    texts = ["Where was Orla Venn born?", "born?", "Where was Bram Askel born?", "x " * 100]
    together = closed.answer_many(texts, batch=3)
    assert together == [closed.answer_many([t])[0] for t in texts]
    assert all((r == 0).all() for r in rows)
    assert closed.answer_many([]) == []


def test_closed_book_learns_by_heart(make_realm, questions):
    realm = make_realm()
    closed = ClosedBook(realm.reader, realm.collator)
    known = questions[:4]
    before = sum(
        a == q.answers[0].lower()
        for a, q in zip(closed.answer_many([q.text for q in known]), known, strict=True)
    )
    config = TrainConfig(steps=120, batch=4, lr=1e-2, warmup=5)
    steps = list(closed.finetune(known, config, rng_for(0, "closed")))
    assert steps[-1].loss < steps[0].loss / 4
    answers = closed.answer_many([q.text for q in known])
    assert sum(a == q.answers[0].lower() for a, q in zip(answers, known, strict=True)) >= before + 3


def test_closed_book_pretrains(make_realm, news, tagger):
    from realm_mini.streams import examples

    realm = make_realm()
    masked = examples(news, realm.tokenizer, realm.collator, rng_for(0, "m"), ObjectiveConfig(), tagger)
    steps = list(ClosedBook(realm.reader, realm.collator).pretrain(masked, CONFIG))
    assert len(steps) == 3


@pytest.mark.filterwarnings("ignore:1 of 1 questions")
@pytest.mark.parametrize(
    "asked",
    [
        [Question("Where?", ("born " * 20,))],
        [Question("where " * 50, ("Tarmo",))],
        [Question("Where?", ("Tarm[ou]",), flags={"regex": True})],
    ],
    ids=["answer too long", "question too long", "a pattern has no wording of its own"],
)
def test_questions_that_do_not_fit_are_an_error_and_no_endless_loop(make_realm, asked):
    realm = make_realm()
    with pytest.raises(RealmError, match="There is nothing to train on"):
        list(ClosedBook(realm.reader, realm.collator).finetune(asked, CONFIG, rng_for(0, "c")))


def lexical_reader(realm):
    return LexicalReader(realm, Lexical(realm.corpus))


def test_bm25_reader_trains_a_copy_of_the_reader_and_the_scale(make_realm, questions):
    realm = make_realm()
    made = lexical_reader(realm)
    before = {n: v.clone() for n, v in realm.reader.state_dict().items()}
    retriever = {n: v.clone() for n, v in realm.retriever.state_dict().items()}
    steps = list(made.finetune(questions, CONFIG, ObjectiveConfig(), rng_for(0, "q"), k=3))
    assert steps[-1].info["answered"] == 1.0
    assert all(torch.equal(v, before[n]) for n, v in realm.reader.state_dict().items())
    assert all(torch.equal(v, retriever[n]) for n, v in realm.retriever.state_dict().items())
    assert not torch.equal(made.reader.span_out.weight, realm.reader.span_out.weight)
    assert made.scale[0].item() != pytest.approx(0.3, abs=1e-3)


def test_bm25_reader_answers_from_the_passages_of_bm25(make_realm, questions, corpus):
    realm = make_realm()
    made, lexical = lexical_reader(realm), Lexical(corpus)
    answers = made.answer_many([q.text for q in questions], k=3, batch=7)
    rows, scores = lexical.search([q.text for q in questions], 3)
    for answer, row, score in zip(answers, rows.tolist(), scores, strict=True):
        assert sorted(p.id for p in answer.passages) == sorted(corpus[r].id for r in row)
        assert answer.p_null == 0.0
        expected = np.exp(0.3 * score) / np.exp(0.3 * score).sum()
        assert [p.p_z for p in answer.passages] == pytest.approx(sorted(expected, reverse=True), rel=1e-4)
        assert sum(p.p_z for p in answer.passages) == pytest.approx(1.0)
    assert not realm.answers_questions


def test_bm25_reader_learns(make_realm, questions):
    """Trained on 16 makers, it answers for most of the 8 others."""
    made, test = lexical_reader(make_realm()), questions[16:]

    def right():
        answers = made.answer_many([q.text for q in test], k=3)
        return sum(a.answer == q.answers[0] for a, q in zip(answers, test, strict=True))

    before = right()
    config = dataclasses.replace(CONFIG, steps=40, batch=8, lr=5e-3, warmup=5)
    list(made.finetune(questions[:16], config, ObjectiveConfig(), rng_for(0, "q"), k=3))
    assert before <= 2
    assert right() >= 6


def test_what_is_written_in_wordpieces_is_compared_in_wordpieces(make_realm, monkeypatch):
    """Capitals, accents and what stands between the parts of a name are lost in them."""
    realm = make_realm()
    closed = ClosedBook(realm.reader, realm.collator)
    asked = [
        Question("Where?", ("Tarmo-Oxley", "Márrow")),
        Question("?", ("Tarm[ou]",), flags={"regex": True}),
    ]
    spelled = closed.spelled(asked)
    write = realm.tokenizer
    written = [write.decode(write.encode(a).ids) for a in asked[0].answers]
    assert written[0] != "tarmo-oxley" and written[1] == "marrow"
    assert all(exact_match(w, spelled[0].answers) for w in written)
    assert not any(exact_match(w, asked[0].answers) for w in written)
    assert not exact_match("oxley", spelled[0].answers)
    assert spelled[1] == asked[1] and asked[0].answers == ("Tarmo-Oxley", "Márrow")
