"""Numbers for lists of questions and masked texts, each against a count by hand."""

import math

import numpy as np
import pytest

from realm_mini import evaluate as ev
from realm_mini.corpus import Corpus, Question
from realm_mini.errors import RealmError
from realm_mini.lexical import Lexical


def test_recall_by_hand():
    corpus = Corpus.from_texts(["in Tarmo", "in Oxley", "Tarmo again", "Oxleyan", "x", "y"])
    asked = [
        Question("a", ("Tarmo",), ("1",)),
        Question("b", ("Oxley",), ("2",)),
        Question("c", ("Oxley",), ("4",)),
        Question("d", ("none",), ("gone",)),
    ]
    rows = np.array([[3, 1, 2, 4, 5, 6], [4, 5, 6, 1, 3, 2], [4, 1, 3, 5, 6, 2], [1, 2, 3, 4, 5, 6]])
    found = ev.recall_of(rows, corpus, asked)
    assert found.count == 4
    assert found.gold == {1: 0.25, 5: 0.5}
    assert found.answer == {1: 0.25, 5: 0.25}
    assert found.to_dict() == {"count": 4, "gold": found.gold, "answer": found.answer}


def test_recall_only_where_there_are_so_many():
    corpus = Corpus.from_texts([f"text {i}" for i in range(30)])
    rows = np.arange(1, 22)[None]
    assert list(ev.recall_of(rows, corpus, [Question("a", ("x",))]).gold) == [1, 5, 20]
    assert list(ev.recall_of(rows[:, :4], corpus, [Question("a", ("x",))]).gold) == [1]


def test_recall_of_no_questions(corpus):
    with pytest.raises(RealmError, match="Recall of no questions"):
        ev.recall_of(np.empty((0, 5), dtype=np.int64), corpus, [])


def test_recall_of_bm25_and_of_the_dense_retriever(realm, corpus, questions):
    lexical = ev.lexical_recall(Lexical(corpus), corpus, questions)
    assert lexical.gold == {1: 1.0, 5: 1.0, 20: 1.0}
    dense = ev.dense_recall(realm, questions)
    assert dense.count == 24
    assert list(dense.gold) == [1, 5, 20]
    assert 0 <= dense.gold[1] <= dense.gold[5] <= dense.gold[20] <= 1
    assert all(dense.answer[k] >= dense.gold[k] for k in (1, 5, 20))
    pieces = realm.tokenizer.encode_many([q.text for q in questions])
    rows = ev.dense_rows(realm, pieces, 5)
    assert dense.gold[5] == np.mean(
        [corpus.row(q.passages[0]) in r for q, r in zip(questions, rows.tolist(), strict=True)]
    )


def test_rows_of_a_corpus_smaller_than_the_cut(make_realm, tokenizer):
    realm = make_realm(corpus=Corpus.from_texts(["one", "two", "three"]))
    assert ev.dense_rows(realm, tokenizer.encode_many(["one"])).shape == (1, 3)


def test_scores_by_hand():
    asked = [
        Question("a", ("Tarmo",)),
        Question("b", ("Orla Venn", "Venn")),
        Question("c", (r"18\d\d",), flags={"regex": True}),
        Question("d", (r"18\d\d",)),
    ]
    found = ev.score_answers(["the TARMO.", "Orla", "1801", "1801"], asked)
    assert found["count"] == 4
    assert found["em"] == 50.0
    assert found["f1"] == pytest.approx(100 * (1 + 2 / 3 + 1) / 4)  # of a pattern F1 is EM
    assert ev.score_answers([], []) == {"count": 0, "em": 0.0, "f1": 0.0}


def test_patterns_are_patterns_only_where_the_question_says_so():
    flagged, plain = Question("c", (r"18\d\d",), flags={"regex": True}), Question("d", (r"18\d\d",))
    for judge in (ev.is_right, ev.holds_answer):
        assert judge("1801", flagged) and not judge("1801", plain)
        assert not judge("1701", flagged)
    assert ev.holds_answer("Born in 1801.", flagged) and not ev.is_right("Born in 1801.", flagged)


def test_scores_want_one_prediction_a_question():
    with pytest.raises(ValueError, match="longer"):
        ev.score_answers(["x"], [Question("a", ("x",)), Question("b", ("x",))])


def masked(realm, news, hide, people):
    return [hide(s.text, p.year) for s, p in zip(news, people, strict=True)]


def test_probe_by_hand(make_realm, news, people, hide, copy_reader, tokenizer):
    """With the copying reader p(y|z,x) is known: each number again from its definition."""
    realm = make_realm()
    realm.reader = copy_reader
    examples = masked(realm, news, hide, people)[:6]
    gold = [[i + 1] for i in range(6)]
    found = ev.probe(realm, examples, gold, k=4, batch=4)
    rows = realm.rows(examples, 3)
    p_z = realm.log_p_z(examples, rows).exp().numpy()
    utility, log_p_y = [], []
    for i, example in enumerate(examples):
        p_y = []
        for row in rows[i].tolist():
            held = set(realm.collator.body(row).ids.tolist()) | {tokenizer.sep}
            weight = len(held) * math.exp(4.0) + tokenizer.vocab - len(held)
            p_y.append(
                math.prod((math.exp(4.0) if t in held else 1.0) / weight for t in example.targets.tolist())
            )
        log_p_y.append(math.log(float(np.dot(p_z[i], p_y))))
        utility.append(log_p_y[-1] - math.log(p_y[0]))
    assert found["log_p_y"] == pytest.approx(np.mean(log_p_y), rel=1e-4)
    assert found["utility"] == pytest.approx(np.mean(utility), rel=1e-3)
    assert found["p_null"] == pytest.approx(p_z[:, 0].mean(), rel=1e-4)
    assert found["gold_in_k"] == np.mean([g[0] in r for g, r in zip(gold, rows.tolist(), strict=True)])
    assert "gold_in_k" not in ev.probe(realm, examples, k=4)


def test_probe_does_not_depend_on_the_batch(realm, news, people, hide):
    examples = [*masked(realm, news, hide, people)[:9], hide(news[1].text, people[1].name)]
    whole, parts = (ev.probe(realm, examples, [[1]] * 10, k=4, batch=b) for b in (32, 3))
    assert whole == pytest.approx(parts, rel=1e-4, abs=1e-6)


def test_exact_means_that_the_likeliest_passage_fills_every_wordpiece(
    make_realm, news, people, hide, fixed_reader, tokenizer
):
    import torch

    class Right(type(fixed_reader(torch.zeros(1)))):
        """Right where ``good`` says so, in all candidates alike."""

        def __init__(self, good):
            super().__init__(torch.zeros(1))
            self.good = good

        def vocab_logits(self, joint, states=None):
            ids = joint.target_ids.clone()
            for i, good in enumerate(self.good):
                if not good:
                    ids[i, int(joint.target_mask[i].sum()) - 1] += 1
            hot = torch.nn.functional.one_hot(ids, tokenizer.vocab).float() * 9
            return hot.unsqueeze(1).expand(-1, joint.joint_ids.shape[1], -1, -1)

    realm = make_realm()
    examples = [*masked(realm, news, hide, people)[:3], hide(news[3].text, people[3].name)]
    for good in ([True] * 4, [True, False, True, False], [False] * 4):
        realm.reader = Right(good)
        assert ev.probe(realm, examples, k=3)["exact"] == np.mean(good)
