"""The checks of the exercises on stale indexes: right answers, and mistakes called by name."""

import pytest

from realm_mini.exercises.refresh import check_age, check_ages, check_overlap, check_share


@pytest.mark.parametrize(
    ("check", "answer", "said"),
    [
        (check_age, 57, "Correct"),
        (check_age, 43, "still has to serve"),
        (check_age, 257, "never rebuilt"),
        (check_age, 157, "once more"),
        (check_age, 2, "how often"),
        (check_age, 58, "the age is 0"),
        (check_age, 3, "short example"),
        (check_share, 10 / 60, "Correct"),
        (check_share, 0.2, "both together"),
        (check_share, 10 / 110, "half a second, so"),
        (check_share, 10 / 210, "not two"),
        (check_share, 50 / 60, "share of training"),
        (check_share, 10 / 10.5, "every step"),
        (check_share, 100 / 6, "in percent"),
        (check_share, 0.1, "put the seconds"),
        (check_share, 0.7, "short example"),
    ],
)
def test_numbers(check, answer, said, capsys):
    check(answer)
    assert said in capsys.readouterr().out


def shared(a, b):
    return [len(set(x) & set(y)) for x, y in zip(a, b, strict=True)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda a, b: sum(shared(a, b)) / (len(a) * len(a[0])), "Correct"),
        (
            lambda a, b: (
                sum(x == y for r, s in zip(a, b, strict=True) for x, y in zip(r, s, strict=True)) / 9
            ),
            "place by place",
        ),
        (
            lambda a, b: sum(len(set(x) & set(y)) / len({*x, *y}) for x, y in zip(a, b, strict=True)) / 3,
            "the union",
        ),
        (lambda a, b: sum(n > 0 for n in shared(a, b)) / 3, "as soon as"),
        (lambda a, b: sum(n == 3 for n in shared(a, b)) / 3, "only when all"),
        (lambda a, b: sum(shared(a, b)), "a count"),
        (lambda a, b: sum(shared(a, b)) / 3, "mean count"),
        (lambda a, b: 1 - sum(shared(a, b)) / 9, "misses"),
        (lambda a, b: 0.9, "short example"),
    ],
)
def test_overlap(answer, said, capsys):
    check_overlap(answer)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda steps, every: [s % every if every else s for s in range(steps)], "Correct"),
        (lambda steps, every: [s % every for s in range(steps)], "divided by"),
        (lambda steps, every: [s % every if every else 0 for s in range(steps)], "the step itself"),
        (lambda steps, every: [1 + s % max(every, 1) for s in range(steps)], "no age reaches 3"),
        (
            lambda steps, every: [max(every, 1) - s % max(every, 1) for s in range(steps)],
            "still has to serve",
        ),
        (lambda steps, every: list(range(steps)), "never rebuilt here"),
        (lambda steps, every: [0], "7 ages"),
        (lambda steps, every: [5] * steps, "go back to 0"),
    ],
)
def test_ages(answer, said, capsys):
    check_ages(answer)
    assert said in capsys.readouterr().out
