"""Exact match, F1, recall: as the official evaluation counts them."""

import unicodedata

import pytest

from realm_mini.errors import RealmError
from realm_mini.metrics import exact_match, f1, first_rank, has_answer, recall_at


@pytest.mark.parametrize(
    ("prediction", "answers"),
    [
        ("the Netherlands.", ["Holland", "Netherlands"]),
        ("1801", ["1801"]),
        (unicodedata.normalize("NFC", "Malmö"), [unicodedata.normalize("NFD", "Malmö")]),
        (unicodedata.normalize("NFD", "Malmö"), [unicodedata.normalize("NFC", "Malmö")]),
        ("St. Mary’s".replace("’", "'"), ["st marys"]),
        ("\tOrla \n Venn ", ["Orla Venn"]),
    ],
)
def test_exact_matches(prediction, answers):
    assert exact_match(prediction, answers)


@pytest.mark.parametrize(
    ("prediction", "answers"),
    [
        ("Malmo", ["Malmö"]),
        ("Orla", ["Orla Venn"]),
        ("Orla Venn", ["Orla"]),
        ("x", []),
        ("", ["Orla"]),
        ("11", ["1 1"]),
    ],
)
def test_no_exact_matches(prediction, answers):
    assert not exact_match(prediction, answers)


@pytest.mark.parametrize(
    ("prediction", "pattern", "expected"),
    [
        ("Mt. Everest", r"(mount|mt\.?) everest", True),
        ("  mount EVEREST ", r"(mount|mt\.?) everest", True),
        ("Mount Everest in Nepal", r"(mount|mt\.?) everest", True),
        ("near Mount Everest", r"(mount|mt\.?) everest", False),
        ("ÅSGARD", r"åsgard", True),
        ("1801", r"18\d\d|19\d\d", True),
        ("11801", r"18\d\d|19\d\d", False),
    ],
)
def test_answers_must_begin_with_a_regular_expression_as_in_the_official_evaluation(
    prediction, pattern, expected
):
    assert exact_match(prediction, [pattern], is_regex=True) is expected


def test_a_broken_regular_expression_is_named():
    with pytest.raises(RealmError, match=r"The answer '\(born' is not a regular expression"):
        exact_match("x", ["(born"], is_regex=True)


def test_a_pattern_is_text_unless_told_otherwise():
    assert not exact_match("1801", [r"18\d\d"])


@pytest.mark.parametrize(
    ("prediction", "answers", "expected"),
    [
        ("Orla Venn", ["Orla Venn"], 1.0),
        ("the Orla", ["Orla Venn"], 2 / 3),
        ("in Paris, France", ["Paris"], 0.5),
        ("in Paris, France", ["Paris France", "Rome"], 0.8),
        ("x", ["y"], 0.0),
        ("x x", ["x"], 2 / 3),
        ("", ["x"], 0.0),
        ("the", ["a"], 1.0),
        ("x", [], 0.0),
    ],
)
def test_f1_by_hand(prediction, answers, expected):
    assert f1(prediction, answers) == pytest.approx(expected)


def test_f1_is_symmetric_and_one_exactly_where_words_agree():
    texts = ["a b c d", "b c", "d c b", "e", "b b c"]
    for left in texts:
        for right in texts:
            assert f1(left, [right]) == pytest.approx(f1(right, [left]))
            assert (f1(left, [right]) == 1.0) == (
                sorted(left.split()[left[0] == "a" :]) == sorted(right.split()[right[0] == "a" :])
            )


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("She lived in Paris, by the river.", ["paris"], True),
        ("She lived in Parisian style.", ["Paris"], False),
        ("Born 1801.", ["180"], False),
        ("He won in 1801", ["1801"], True),
        ("the Isle of Man", ["Isle of a Man"], True),
        ("Orla Jane Venn", ["Orla Venn"], False),
        ("anything", ["the"], False),
        ("", ["x"], False),
    ],
)
def test_has_answer_counts_whole_words_only(text, answers, expected):
    assert has_answer(text, answers) is expected


def test_recall_by_hand():
    ranks = [0, 4, None, 7, 5]
    assert [recall_at(ranks, k) for k in (1, 5, 6, 8, 100)] == [0.2, 0.4, 0.6, 0.8, 0.8]
    with pytest.raises(RealmError, match="Recall of no questions"):
        recall_at([], 5)


def test_first_rank():
    assert first_rank([7, 3, 9], gold=[9, 3]) == 1
    assert first_rank([7, 3, 9], gold=[]) is None
    assert first_rank([], gold=[1]) is None
