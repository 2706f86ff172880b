"""The checks of chapter 3 know the right answers and name the usual mistakes."""

from math import log, log2, log10

import pytest

from realm_mini.exercises import mlm


def verdict(capsys, check, answer):
    check(answer)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (log(8000), "Correct"),
        (9, "Correct"),
        (7, "Not yet"),
        (log2(8000), "bits"),
        (log10(8000), "base 10"),
        (-log(8000), "sign"),
        (1 / 8000, "probability"),
    ],
)
def test_first_loss(answer, said, capsys):
    assert said in verdict(capsys, mlm.check_first_loss, answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (0.9 * 0.5 * 0.8, "Correct"),
        ((0.9 + 0.5 + 0.8) / 3, "mean of the three"),
        (0.36 ** (1 / 3), "geometric"),
        (0.5, "weakest"),
        (log(0.36), "logarithm"),
        (0, "Not yet"),
    ],
)
def test_name(answer, said, capsys):
    assert said in verdict(capsys, mlm.check_name, answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda log_p, mask: -log_p[mask].mean(), "Correct"),
        (lambda log_p, mask: float(-log_p.masked_fill(~mask, 0).sum() / mask.sum()), "Correct"),
        (lambda log_p, mask: float(-(log_p * mask).sum() / mask.sum()), "with -inf"),
        (lambda log_p, mask: log_p[mask].mean(), "sign"),
        (lambda log_p, mask: -log_p.mean(), "were counted"),
        (lambda log_p, mask: -(log_p * mask).mean(), "perfect guesses"),
        (lambda log_p, mask: -log_p[mask].sum(), "sum"),
        (lambda log_p, mask: -((log_p * mask).sum(1) / mask.sum(1)).mean(), "texts' means"),
        (lambda log_p, mask: -log_p[mask], "one number"),
        (lambda log_p, mask: 17.0, "Not yet"),
    ],
)
def test_loss(answer, said, capsys):
    assert said in verdict(capsys, mlm.check_loss, answer)


def whole(words, positions):
    touched = {words[p] for p in positions}
    return [p for p, word in enumerate(words) if word in touched]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (whole, "Correct"),
        (lambda words, positions: whole(words, positions)[::-1], "sort them"),
        (
            lambda words, positions: [
                p for p, w in enumerate(words) for d in positions if w == words[d] and p >= d
            ],
            "left",
        ),
        (lambda words, positions: positions, "as drawn"),
        (lambda words, positions: [words[p] for p in positions], "numbers of the words"),
        (lambda words, positions: whole(words, positions[:1]), "Only one"),
        (lambda words, positions: [0], "Not yet"),
    ],
)
def test_whole_words(answer, said, capsys):
    assert said in verdict(capsys, mlm.check_whole_words, answer)
