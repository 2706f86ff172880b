"""The checks of chapter 2 know the right answers and name the usual mistakes."""

import re
from math import log

import pytest

from realm_mini import normalize_answer
from realm_mini.exercises import world


def verdict(capsys, check, answer):
    check(answer)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (3 / 5, "Correct"),
        (60, "Correct"),
        (4 / 5, "count from 0"),
        (80, "count from 0"),
        (3 / 4, "denominator"),
        (2 / 5, "fifth"),
        (0, "Not yet"),
    ],
)
def test_recall(answer, said, capsys):
    assert said in verdict(capsys, world.check_recall, answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda n, t: log(1 + (t - n + 0.5) / (n + 0.5)), "Correct"),
        (lambda n, t: log((t - n + 0.5) / (n + 0.5)), "The 1 inside"),
        (lambda n, t: log(t / n), "halves are missing"),
        (lambda n, t: log(1 + (t - n) / n), "halves are missing"),
        (lambda n, t: log(1 + (t - n + 0.5) / (n + 0.5), 10), "to base 10"),
        (lambda n, t: n / t, "order is wrong"),
        (lambda n, t: 1 - n / t, "Not yet"),
    ],
)
def test_rarity(answer, said, capsys):
    assert said in verdict(capsys, world.check_rarity, answer)


def contains(text, answers):
    padded = f" {normalize_answer(text)} "
    return any(f" {normalize_answer(a)} " in padded for a in answers)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (contains, "Correct"),
        (lambda text, answers: any(a in text.split() for a in answers), "full stop"),
        (lambda text, answers: any(a in text for a in answers), "capitals"),
        (lambda text, answers: any(a.lower() in text.lower() for a in answers), "inside"),
        (lambda text, answers: contains(text, answers[:1]), "first answer"),
        (
            lambda text, answers: any(contains(text, [w]) for a in answers for w in a.split()),
            "side by side",
        ),
        (lambda text, answers: True, "inside"),
    ],
)
def test_contains(answer, said, capsys):
    assert said in verdict(capsys, world.check_contains, answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [(lambda text: text.split(), "must return a text"), (lambda text: "", "Nothing is left")],
)
def test_rewriting_refuses_what_is_no_text(answer, said, capsys):
    assert said in verdict(capsys, world.check_rewriting, answer)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda text: re.sub(r"\b(\w{6})\w+", r"\1", text.lower()), "Correct"),
        (lambda text: re.sub(r"\b(\w)\w+", r"\1", text.lower()), "worse"),
        (lambda text: text, "Not enough"),
    ],
)
def test_rewriting(answer, said, capsys):
    assert said in verdict(capsys, world.check_rewriting, answer)
