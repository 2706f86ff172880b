"""The checks of the exercises on the experiments: right answers, and mistakes called by name."""

import math

import pytest

from realm_mini.exercises.experiments import check_ablation, check_interval, check_only, check_recall

ERROR = 100 * math.sqrt(0.4 * 0.6 / 2500)


@pytest.mark.parametrize(
    ("check", "answer", "said"),
    [
        (check_interval, 2 * ERROR, "Correct"),
        (check_interval, 1.96 * ERROR, "Correct"),
        (check_interval, 2.0, "Correct"),
        (check_interval, ERROR, "one standard error"),
        (check_interval, ERROR / 50, "a hundred times"),
        (check_interval, 200 * 0.24 / 2500, "root is missing"),
        (check_interval, 200 * math.sqrt(0.4 / 2500), "factor 1 - p"),
        (check_interval, 4 * ERROR, "end to end"),
        (check_interval, 9, "Write the formula"),
        (check_ablation, 2.9 / 6.9, "Correct"),
        (check_ablation, 0.42, "Correct"),
        (check_ablation, 0.8 / 6.9, "the other row"),
        (check_ablation, 2.9, "share of the gain"),
        (check_ablation, 2.9 / 38.2, "whole score"),
        (check_ablation, 4.0 / 6.9, "share that stays"),
        (check_ablation, 6.9, "whole gain"),
        (check_ablation, 50, "Write the formula"),
    ],
)
def test_numbers(check, answer, said, capsys):
    check(answer)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda ranks, k: sum(r is not None and r < k for r in ranks) / len(ranks), "Correct"),
        (lambda ranks, k: sum(r is not None and r <= k for r in ranks) / len(ranks), "sixth"),
        (lambda ranks, k: sum(r is not None and r + 1 < k for r in ranks) / len(ranks), "fifth"),
        (lambda ranks, k: sum(bool(r) and r < k for r in ranks) / len(ranks), "rank 0 is the first"),
        (lambda ranks, k: sum(r is not None for r in ranks) / len(ranks), "at any rank"),
        (lambda ranks, k: sum(r < k for r in ranks if r is not None) / 6, "left out"),
        (lambda ranks, k: sum(r is not None and r < k for r in ranks), "a count"),
        (lambda ranks, k: 50, "in percent"),
        (lambda ranks, k: 0.9, "Write the formula"),
    ],
)
def test_recall(answer, said, capsys):
    check_recall(answer)
    assert said in capsys.readouterr().out


def only(a, b):
    return sum(x and not y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda a, b: (only(a, b), only(b, a)), "Correct"),
        (lambda a, b: (only(b, a), only(a, b)), "swapped"),
        (lambda a, b: (sum(a), sum(b)), "all hits"),
        (lambda a, b: (2, 2), "agreements"),
        (lambda a, b: (4, 4), "by system"),
        (lambda a, b: [1, 2, 3], "two numbers"),
        (lambda a, b: (7, 7), "count the questions"),
    ],
)
def test_only(answer, said, capsys):
    check_only(answer)
    assert said in capsys.readouterr().out
