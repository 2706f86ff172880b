"""The checks of the exercises on the marginal likelihood: right answers, and mistakes called by name."""

import math

import pytest
import torch

from realm_mini.exercises.marginal import check_credit, check_mixture, check_rising, check_span
from realm_mini.marginal import credit, log_marginal, log_marginal_per_token, log_p_y_given_z


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (0.32, "Correct"),
        (torch.tensor(0.32), "Correct"),
        (0.275, "plain mean"),
        (0.55, "plain sum"),
        (0.5, "best passage alone"),
        (0.3, "second passage is missing"),
        (0.5**0.6 * 0.05**0.4, "mixes logarithms"),
        (math.log(0.32), "that is log p(y|x)"),
        (0.9, "Weight each"),
    ],
)
def test_mixture(answer, said, capsys):
    check_mixture(answer)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([2], "Correct"),
        ((1, 2), "utility is positive"),
        ([1], "trusted most"),
        ([0, 1], "flipped"),
        ([0], "compare each"),
    ],
)
def test_rising(answer, said, capsys):
    check_rising(answer)
    assert said in capsys.readouterr().out


def p_y(z, y):
    return (z * y).sum(-1, keepdim=True)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda z, y: (y / p_y(z, y) - 1) * z, "Correct"),
        (lambda z, y: credit(z.log(), y.log()), "Correct"),
        (lambda z, y: z * y / p_y(z, y), "posterior"),
        (lambda z, y: y - p_y(z, y), "Divide by p(y|x) and multiply"),
        (lambda z, y: (y - p_y(z, y)) * z, "divide by p(y|x)"),
        (lambda z, y: y / p_y(z, y) - 1, "multiply by p(z|x)"),
        (lambda z, y: -credit(z.log(), y.log()), "sign is flipped"),
        (lambda z, y: z * y / (z * y).sum(-1) - z, "Keep the axis"),
        (lambda z, y: z * y / (z * y).sum() - z, "summed over the texts"),
        (lambda z, y: (z * y).sum(-1), "one value a candidate"),
        (lambda z, y: z * 0, "with p(y|x) summed"),
    ],
)
def test_credit(answer, said, capsys):
    check_credit(answer)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda z, t, m: log_marginal(z, log_p_y_given_z(t, m)), "Correct"),
        (lambda z, t, m: log_marginal(z, t.sum(-1)), "padded wordpiece"),
        (log_marginal_per_token, "of each wordpiece"),
        (lambda z, t, m: log_marginal(z, log_p_y_given_z(t, m) / m.sum(-1, keepdim=True)), "mean over"),
        (lambda z, t, m: log_marginal(z, log_p_y_given_z(t, m)).exp(), "Its logarithm"),
        (lambda z, t, m: log_marginal(z, (t * m.unsqueeze(1)).sum(-1)), "no longer finite"),
        (lambda z, t, m: log_marginal(z, torch.where(m, t, 0.0).sum(-1)), "gives it the axis k"),
        (lambda z, t, m: log_p_y_given_z(t, m), "one value a text"),
        (lambda z, t, m: z.sum(-1) * 0, "then sum over z"),
    ],
)
def test_span(answer, said, capsys):
    check_span(answer)
    assert said in capsys.readouterr().out
