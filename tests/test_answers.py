"""One answer from many spans: p(y|x) = sum_z p(z|x) sum_s p(s|z,x), strings that are equal added up."""

import numpy as np
import pytest

from realm_mini.answers import Answer, ReadPassage, best_answer, by_weight
from realm_mini.corpus import Corpus


def answer(texts, p_z, p_span, rows=None):
    """``texts[k][s]`` is how span s of candidate k is written."""
    corpus = Corpus.from_texts([f"passage {i}" for i in range(1, 4)])
    rows = np.array(range(len(p_z)) if rows is None else rows)
    return best_answer("?", corpus, rows, np.array(p_z), np.array(p_span), lambda place, s: texts[place][s])


def test_equal_strings_add_up_within_and_across_passages():
    """Paris .1 + .2, Oxley .3, in three ways of writing; by hand."""
    texts = [["", ""], ["the Paris", "Oxley"], ["PARIS.", "paris"]]
    found = answer(texts, [0.2, 0.5, 0.3], [[0.0, 0.0], [0.3, 0.7], [0.6, 0.4]])
    assert found.answer == "PARIS."  # as the likeliest place writes it: .3 * 1 against .5 * .3
    assert found.p_y == pytest.approx(0.5 * 0.3 + 0.3 * 1.0)
    assert found.p_null == pytest.approx(0.2)
    assert [(p.id, p.answer) for p in found.passages] == [("1", "Oxley"), ("2", "PARIS.")]
    assert [p.p_y for p in found.passages] == pytest.approx([0.7, 1.0])
    assert [p.p_z for p in found.passages] == pytest.approx([0.5, 0.3])


def test_many_small_shares_may_beat_one_large():
    texts = [["", ""], ["a x", "y"], ["a x", "z"]]
    found = answer(texts, [0.0, 0.5, 0.5], [[0.0, 0.0], [0.45, 0.55], [0.45, 0.55]])
    assert (found.answer, found.p_y) == ("a x", pytest.approx(0.45))


def test_passages_come_likeliest_first_whatever_the_order_of_rows():
    found = answer([["x"], ["y"], [""]], [0.2, 0.5, 0.3], [[1.0], [1.0], [0.0]], rows=[3, 1, 0])
    assert [p.id for p in found.passages] == ["1", "3"]
    assert found.p_null == pytest.approx(0.3)


def test_without_the_null_its_weight_is_nothing():
    assert answer([["x"], ["y"]], [0.6, 0.4], [[1.0], [1.0]], rows=[1, 2]).p_null == 0.0


def test_spans_of_nothing_but_punctuation_and_articles_are_no_answers():
    found = answer(
        [["", ""], ["The", "..."], ["a", "Oxley"]], [0.1, 0.8, 0.1], [[0, 0], [0.5, 0.5], [0.9, 0.1]]
    )
    assert found.answer == "Oxley"
    assert found.p_y == pytest.approx(0.01)
    assert found.passages[0].answer == ""
    assert found.passages[0].p_y == 0.0


def test_no_span_at_all_gives_an_empty_answer():
    found = answer([["", ""], ["x", "y"]], [0.5, 0.5], [[0.0, 0.0], [0.0, 0.0]])
    assert (found.answer, found.p_y) == ("", 0.0)
    assert len(found.passages) == 1


def test_probabilities_are_never_more_than_one():
    rng = np.random.default_rng(0)
    for _ in range(50):
        p_z, p_span = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(12), size=4)
        words = rng.choice(["x", "y", "the x", "z.", "a"], size=(4, 12)).tolist()
        found = answer(words, p_z, p_span)
        assert 0 < found.p_y <= 1
        assert sum(p.p_z for p in found.passages) + found.p_null == pytest.approx(1.0)
        shares = {}
        for k in (1, 2, 3):
            for s in range(12):
                name = {"the x": "x", "z.": "z"}.get(words[k][s], words[k][s])
                if name != "a":
                    shares[name] = shares.get(name, 0.0) + p_z[k] * p_span[k, s]
        assert found.p_y == pytest.approx(max(shares.values()))


def test_to_dict_is_what_the_command_line_prints():
    found = answer([[""], ["x"]], [0.25, 0.75], [[0.0], [1.0]]).to_dict()
    passage = {"id": "1", "title": "", "text": "passage 1", "p_z": 0.75, "answer": "x", "p_y": 1.0}
    assert found == {"question": "?", "answer": "x", "p_y": 0.75, "p_null": 0.25, "passages": (passage,)}


def test_html_escapes_what_it_shows():
    evil = "<script>alert(1)</script>"
    shown = Answer(evil, evil, 0.5, (ReadPassage("1", evil, evil, 0.5, evil, 0.5),), 0.5)._repr_html_()
    assert evil not in shown
    assert shown.count("&lt;script&gt;") == 5


def test_by_weight_keeps_the_order_of_equals():
    passages = [ReadPassage(str(i), "", "", w, "", 0.0) for i, w in enumerate((0.2, 0.5, 0.2))]
    assert [p.id for p in by_weight(passages)] == ["1", "0", "2"]
