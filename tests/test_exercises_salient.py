"""The checks of chapter 4 know the right answers and name the usual mistakes."""

import re

import pytest

from realm_mini.exercises import salient


def verdict(capsys, check, answer):
    check(answer)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (2 * 0.75 * 0.6 / 1.35, "Correct"),
        (0.75, "precision"),
        (0.6, "recall"),
        (0.675, "harmonic"),
        (0.45, "product"),
        (1, "Not yet"),
    ],
)
def test_f1(answer, said, capsys):
    assert said in verdict(capsys, salient.check_f1, answer)


def spans(labels):
    found = []
    for i, label in enumerate(labels):
        if label == 1:
            found.append((i, i + 1))
        elif label == 2 and found and found[-1][1] == i:
            found[-1] = (found[-1][0], i + 1)
    return found


def runs(labels):
    """Take every run of non-zero labels as one span."""
    line = "".join("x" if label else " " for label in labels)
    return [m.span() for m in re.finditer("x+", line)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (spans, "Correct"),
        (lambda labels: [(a, b - 1) for a, b in spans(labels)], "last + 1"),
        (lambda labels: [(i, i + 1) for i, label in enumerate(labels) if label == 1], "run on"),
        (runs, "even right behind"),
        (lambda labels: [s for s in spans(labels) if s[1] < len(labels)], "even right behind"),
        (lambda labels: sorted(spans(labels) + ([(2, 3)] if labels == [1, 0, 2] else [])), "follows no span"),
    ],
)
def test_spans(answer, said, capsys):
    assert said in verdict(capsys, salient.check_spans, answer)


WEIGHTS = [0.2 * 0.8**n for n in range(10)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (sum((n + 1) * w for n, w in enumerate(WEIGHTS)) / sum(WEIGHTS), "Correct"),
        (3.8, "Correct"),
        (5, "without a limit"),
        (sum((n + 1) * w for n, w in enumerate(WEIGHTS)), "Divide"),
        (sum(n * w for n, w in enumerate(WEIGHTS)) / sum(WEIGHTS), "One too few"),
        (5.5, "equally likely"),
        (0, "Not yet"),
    ],
)
def test_length(answer, said, capsys):
    assert said in verdict(capsys, salient.check_length, answer)


def numbers(pattern, years=True):
    def found(text):
        matches = re.finditer(pattern, text)
        return [m.span() for m in matches if not (years and re.fullmatch(r"1\d{3}|20\d{2}", m[0]))]

    return found


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (numbers(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?!\w|[.,]\d)"), "Correct"),
        (numbers(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?!\w)"), "runs into letters"),
        (numbers(r"\d\d\d+"), "plain number"),
        (numbers(r"\b\d+\b"), "thousands"),
        (numbers(r"\b\d[\d,]*\b"), "decimals"),
        (numbers(r"\b\d[\d,.]*"), "full stop"),
        (numbers(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?!\w)", years=False), "are years"),
        (numbers(r"\d+(?:,\d{3})*(?:\.\d+)?"), "inside a word"),
    ],
)
def test_numbers(answer, said, capsys):
    assert said in verdict(capsys, salient.check_numbers, answer)
