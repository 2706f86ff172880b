"""Checks of the exercises on the knowledge retriever.  Level 12."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from realm_mini.exercises import judge_number, report

_number = partial(judge_number, rel=0.02)

_QUERY = torch.tensor([1.0, 2.0])
_DOCS = torch.tensor([[0.0, 0.5], [3.0, 1.0], [-1.0, -1.0], [2.0, 1.0], [1.0, 1.0]])  # f: 1, 5, -3, 4, 3


def check_odds(answer: float) -> None:
    """Judge how many times as probable a passage with score 2 is as one with score 0."""
    mistakes = {
        2.0: "Not yet: scores are exponents. The ratio is exp(2 - 0).",
        math.exp(2) / (1 + math.exp(2)): "Nearly: that is its probability if there are just the two.",
        math.exp(-2): "Nearly: that is the ratio the other way round.",
        100.0: "Not yet: the base is e, not 10.",
        4.0: "Not yet: the base is e, not 2.",
    }
    why = "exp(2) is about 7.4, whatever other passages there are: the denominator cancels."
    report(answer, lambda given: _number(float(given), math.exp(2), mistakes, why))


def check_bound(answer: float) -> None:
    """Judge the largest abs(f) of vectors 256 wide, normalised and divided by 256**(1/4)."""
    mistakes = {
        256.0: "Nearly: that is the bound before the division. Both vectors are divided by 256**(1/4).",
        256**0.25: "Nearly: that is the length of one vector. f multiplies two of them.",
        256**0.75: "Nearly: only one side was divided. Both are.",
        65536.0: "Not yet: the squared length of a normalised vector is 256, not 256 squared.",
        1.0: "Not yet: that would hold for unit vectors. These have the squared length 16.",
    }
    why = "Each vector has the length 256**(1/4), so f lies between -16 and 16."
    report(answer, lambda given: _number(float(given), 16.0, mistakes, why))


def check_top_k(answer: Callable[[Tensor, Tensor, int, set[int]], Sequence[int]]) -> None:
    """Judge a function of query, passages, k and banned rows that is to return k rows, best first."""

    def judge(given: Callable[[Tensor, Tensor, int, set[int]], Sequence[int]]) -> str:
        found = [int(row) for row in given(_QUERY, _DOCS, 3, {3})]
        if found == [1, 4, 0]:
            plain = [int(row) for row in given(_QUERY, _DOCS, 2, set())]
            return "Correct." if plain == [1, 3] else "Nearly: without banned rows it returns another list."
        for wrong, message in (
            ([1, 3, 4], "Not yet: the banned row 3 is still there."),
            ([1, 4], "Nearly: the ban came after the cut, so k shrank. Fetch more, ban, then cut."),
            ([0, 4, 1], "Nearly: the order is reversed. The best comes first."),
            ([1, 4, 0, 2], "Nearly: cut the list to k rows."),
            ([2, 0, 4], "Not yet: these are the smallest inner products."),
            ([4, 3, 0], "Not yet: those are the nearest by distance. The score is an inner product."),
            ([4, 0, 1], "Not yet: those are the nearest by distance. The score is an inner product."),
        ):
            if found == wrong:
                return message
        return "Not yet: compute f = docs @ query, sort downwards, drop the banned rows, keep k."

    report(answer, judge)


def check_ict(answer: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Judge a function of query and block vectors that is to return the inverse cloze loss."""

    def judge(given: Callable[[Tensor, Tensor], Tensor]) -> str:
        rng = torch.Generator().manual_seed(0)
        queries, blocks = (torch.randn(4, 3, generator=rng) for _ in range(2))
        scores, wanted = queries @ blocks.T, torch.arange(4)
        right = nn.functional.cross_entropy(scores, wanted)
        found = torch.as_tensor(given(queries, blocks))
        if found.shape != right.shape:
            return f"Not yet: the loss is one number; yours has the shape {tuple(found.shape)}."
        across = nn.functional.cross_entropy(scores.T, wanted)
        p = scores.softmax(dim=1).diagonal()
        for wrong, message in (
            (across, "Not yet: that picks a sentence for each block. Each sentence must pick its block."),
            (
                (right + across) / 2,
                "Nearly: that is the loss in both directions. Only query to block is asked.",
            ),
            (4 * right, "Nearly: that is the sum over the batch. Take the mean."),
            (-right, "Nearly: the sign is flipped. A loss gets smaller when all goes well."),
            (-scores.diagonal().mean(), "Not yet: without the softmax nothing pushes the other blocks down."),
            (-p.mean(), "Not yet: take the logarithm of each probability before the mean."),
            (-p.mean().log(), "Nearly: that is the logarithm of the mean. Take the mean of the logarithms."),
            (right.exp(), "Nearly: that is the exponential of the loss. Leave out the last step."),
        ):
            if torch.allclose(found, wrong, atol=1e-5):
                return message
        if torch.allclose(found, right, atol=1e-5):
            return "Correct. The other blocks of the batch are the wrong answers, at no extra cost."
        return "Not yet: scores = queries @ blocks.T, then cross-entropy with the diagonal as labels."

    report(answer, judge)
