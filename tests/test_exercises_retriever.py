"""The checks of the exercises on the retriever: right answers, and mistakes called by name."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from realm_mini.exercises.retriever import check_bound, check_ict, check_odds, check_top_k


@pytest.mark.parametrize(
    ("check", "answer", "said"),
    [
        (check_odds, math.exp(2), "Correct"),
        (check_odds, 7.4, "Correct"),
        (check_odds, 2, "exponents"),
        (check_odds, 0.88, "its probability"),
        (check_odds, 0.135, "other way round"),
        (check_odds, 100, "not 10"),
        (check_odds, 4, "not 2"),
        (check_odds, 55, "Write the formula"),
        (check_bound, 16, "Correct"),
        (check_bound, 256, "before the division"),
        (check_bound, 4, "length of one vector"),
        (check_bound, 64, "only one side"),
        (check_bound, 65536, "not 256 squared"),
        (check_bound, 1, "unit vectors"),
        (check_bound, 3, "Write the formula"),
    ],
)
def test_numbers(check, answer, said, capsys):
    check(answer)
    assert said in capsys.readouterr().out


def ranked(query, docs):
    return torch.argsort(docs @ query, descending=True).tolist()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda q, d, k, ban: [r for r in ranked(q, d) if r not in ban][:k], "Correct"),
        (lambda q, d, k, ban: ranked(q, d)[:k], "still there"),
        (lambda q, d, k, ban: [r for r in ranked(q, d)[:k] if r not in ban], "k shrank"),
        (lambda q, d, k, ban: [r for r in ranked(q, d) if r not in ban][:k][::-1], "reversed"),
        (lambda q, d, k, ban: [r for r in ranked(q, d) if r not in ban], "cut the list"),
        (lambda q, d, k, ban: [r for r in ranked(-q, d) if r not in ban][:k], "smallest"),
        (
            lambda q, d, k, ban: [r for r in (d - q).norm(dim=1).argsort().tolist() if r not in ban][:k],
            "distance",
        ),
        (lambda q, d, k, ban: [1, 4, 0], "without banned rows"),
        (lambda q, d, k, ban: [], "sort downwards"),
    ],
)
def test_top_k(answer, said, capsys):
    check_top_k(answer)
    assert said in capsys.readouterr().out


def one_way(q, b):
    return cross_entropy(q @ b.T, torch.arange(len(q)))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (one_way, "Correct"),
        (lambda q, b: one_way(b, q), "a sentence for each block"),
        (lambda q, b: (one_way(q, b) + one_way(b, q)) / 2, "both directions"),
        (lambda q, b: one_way(q, b) * 4, "sum over the batch"),
        (lambda q, b: -one_way(q, b), "sign is flipped"),
        (lambda q, b: -(q * b).sum(1).mean(), "without the softmax"),
        (lambda q, b: -(q @ b.T).softmax(1).diagonal().mean(), "take the logarithm of each"),
        (lambda q, b: -(q @ b.T).softmax(1).diagonal().mean().log(), "mean of the logarithms"),
        (lambda q, b: one_way(q, b).exp(), "exponential of the loss"),
        (lambda q, b: q @ b.T, "one number"),
        (lambda q, b: q.sum() * 0, "diagonal as labels"),
    ],
)
def test_ict(answer, said, capsys):
    check_ict(answer)
    assert said in capsys.readouterr().out
