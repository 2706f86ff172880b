"""The checks of the exercises on pre-training: right answers, and mistakes called by name."""

import math

import numpy as np
import pytest
import torch

from realm_mini.exercises.pretraining import check_kept, check_loss, check_places, check_utility


@pytest.mark.parametrize(
    ("check", "answer", "said"),
    [
        (check_utility, math.log(0.6 / 0.03), "Correct"),
        (check_utility, 3.0, "Correct"),
        (check_utility, 20, "natural logarithm"),
        (check_utility, -3.0, "sign is flipped"),
        (check_utility, math.log10(20), "base 10"),
        (check_utility, math.log2(20), "base 2"),
        (check_utility, 0.57, "difference of the logarithms"),
        (check_utility, math.log(0.6), "subtracted"),
        (check_utility, 9, "Write the formula"),
        (check_places, 1, "Correct"),
        (check_places, 0, "not down"),
        (check_places, 0.5, "before rounding"),
        (check_places, 2, "a quarter"),
        (check_places, 1.5, "what is left"),
        (check_places, 7, "Write the formula"),
    ],
)
def test_numbers(check, answer, said, capsys):
    check(answer)
    assert said in capsys.readouterr().out


def summed(tokens, mask):
    return torch.where(mask.unsqueeze(1), tokens, 0.0).sum(-1)


def right(scores, tokens, mask):
    return -(scores.log_softmax(1) + summed(tokens, mask)).logsumexp(1).mean()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (right, "Correct"),
        (lambda s, t, m: -right(s, t, m), "sign is flipped"),
        (lambda s, t, m: 3 * right(s, t, m), "sum over the batch"),
        (lambda s, t, m: right(s, t, torch.ones_like(m)), "padded places"),
        (lambda s, t, m: -(s.softmax(1) * summed(t, m)).sum(1).mean(), "mixes logarithms"),
        (
            lambda s, t, m: (
                -torch.where(m, (s.log_softmax(1).unsqueeze(2) + t).logsumexp(1), 0.0).sum(1).mean()
            ),
            "official code",
        ),
        (lambda s, t, m: -summed(t, m).logsumexp(1).mean(), "p(z|x) is missing"),
        (lambda s, t, m: -(s + summed(t, m)).logsumexp(1).mean(), "softmax"),
        (lambda s, t, m: -summed(t, m).max(1).values.mean(), "best passage alone"),
        (
            lambda s, t, m: -(s.log_softmax(1) + summed(t, m)).logsumexp(1).exp().mean(),
            "logarithm is missing",
        ),
        (lambda s, t, m: s, "one number"),
        (lambda s, t, m: s.sum() * 0, "logsumexp over z"),
    ],
)
def test_loss(answer, said, capsys):
    check_loss(answer)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda held, n: np.argsort(~np.array(held), kind="stable")[:n], "Correct"),
        (lambda held, n: [i for i, h in enumerate(held) if h][:n], "has shrunk"),
        (lambda held, n: np.argsort(np.array(held), kind="stable")[:n], "Turn it round"),
        (lambda held, n: list(range(n)), "the first texts"),
        (lambda held, n: np.argsort(np.array(held), kind="stable")[::-1][:n], "keep its order"),
        (lambda held, n: [6, 4, 1, 0, 2][:n], "Sort stably"),
        (lambda held, n: [7, 7], "stably, and cut"),
    ],
)
def test_kept(answer, said, capsys):
    check_kept(answer)
    assert said in capsys.readouterr().out
