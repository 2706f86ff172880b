"""Checks of the exercises on joint pre-training.  Level 12."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from realm_mini.exercises import judge_number, report
from realm_mini.marginal import log_marginal, log_marginal_per_token, log_p_y_given_z, log_p_z

_number = partial(judge_number, rel=0.02, absolute=1e-9)


def check_utility(answer: float) -> None:
    """Judge RU(z|x) for p(y|z,x) = 0.6 and p(y|null,x) = 0.03."""
    mistakes = {
        20.0: "Nearly: that is the ratio. Retrieval utility is its natural logarithm.",
        -math.log(20): "Nearly: the sign is flipped. A passage that helps has a positive utility.",
        math.log10(20): "Nearly: that is the logarithm to the base 10. All of the book is in nats.",
        math.log2(20): "Nearly: that is the logarithm to the base 2. All of the book is in nats.",
        0.57: "Not yet: take the difference of the logarithms, not of the probabilities.",
        math.log(0.6): "Not yet: log p(y|null,x) has to be subtracted.",
    }
    report(answer, lambda given: _number(float(given), math.log(20), mistakes, "ln 0.6 - ln 0.03 = ln 20."))


def check_places(answer: int) -> None:
    """Judge how many candidates BM25 proposes at step 300 of a fade over 400 steps from 2 places."""
    mistakes = {
        0.0: "Nearly: half a place is rounded up, not down. BM25 leaves only when the fade is over.",
        0.5: "Nearly: that is before rounding. A place is there or not; it is rounded up.",
        2.0: "Not yet: after three quarters of the fade only a quarter of the places is left.",
        1.5: "Not yet: that is what has gone by then. Count what is left.",
    }
    why = "2 x (1 - 300/400) = 0.5, rounded up."
    report(answer, lambda given: _number(float(given), 1.0, mistakes, why))


def check_loss(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
    """Judge a function of scores, log p(y_j|z,x) and the target mask that is to return the REALM loss."""

    def judge(given: Callable[[Tensor, Tensor, Tensor], Tensor]) -> str:
        rng = torch.Generator().manual_seed(0)
        scores = torch.randn(3, 4, generator=rng)
        tokens = torch.randn(3, 4, 2, generator=rng).abs().neg()
        mask = torch.tensor([[True, True], [True, False], [True, True]])
        z, y = log_p_z(scores), log_p_y_given_z(tokens, mask)
        marginal = log_marginal(z, y)
        found = torch.as_tensor(given(scores, tokens, mask))
        if found.shape != torch.Size([]):
            return f"Not yet: the loss is one number; yours has the shape {tuple(found.shape)}."
        for wrong, message in (
            (marginal.mean(), "Nearly: the sign is flipped. Training makes the loss smaller."),
            (-marginal.sum(), "Nearly: that is the sum over the batch. Take the mean."),
            (
                -log_marginal(z, tokens.sum(-1)).mean(),
                "Nearly: padded places were counted. The mask says which wordpieces are hidden.",
            ),
            (
                -(z.exp() * y).sum(1).mean(),
                "Not yet: that mixes logarithms. Mix probabilities, then take the logarithm.",
            ),
            (
                -log_marginal_per_token(z, tokens, mask).mean(),
                "Nearly: that sums z out of each wordpiece, as the official code does. Multiply them first.",
            ),
            (-y.logsumexp(1).mean(), "Not yet: p(z|x) is missing from the sum."),
            (-(scores + y).logsumexp(1).mean(), "Nearly: scores are no probabilities yet. Take the softmax."),
            (-y.max(1).values.mean(), "Not yet: that is the best passage alone. The sum runs over all."),
            (-marginal.exp().mean(), "Nearly: the logarithm is missing."),
        ):
            if torch.allclose(found, wrong, atol=1e-5):
                return message
        if torch.allclose(found, -marginal.mean(), atol=1e-5):
            return "Correct. One logsumexp teaches the reader and the retriever at once."
        return "Not yet: log_softmax of the scores, plus the masked sum of the tokens, then logsumexp over z."

    report(answer, judge)


def check_kept(answer: Callable[[Sequence[bool], int], Sequence[int]]) -> None:
    """Judge a function that picks ``batch`` of the texts looked at, those first whose words are held."""

    def judge(given: Callable[[Sequence[bool], int], Sequence[int]]) -> str:
        held = [False, True, False, False, True, False, True, False]
        few, many = ([int(i) for i in given(held, size)] for size in (2, 5))
        if few == [1, 4] and many == [1, 4, 6, 0, 2]:
            return "Correct. The order within both groups stays, so the choice is the same on every machine."
        if many == [1, 4, 6]:
            return "Nearly: the batch has shrunk. When too few texts are held, fill up with the others."
        if few == [0, 2] or many[:2] == [0, 2]:
            return "Not yet: yours puts first the texts whose words no candidate holds. Turn it round."
        if few == [0, 1]:
            return "Not yet: that takes the first texts, whether their words are held or not."
        if sorted(many) == [1, 4, 5, 6, 7]:
            return "Nearly: the right group comes first, but each group must keep its order: sort stably."
        if set(many[:3]) == {1, 4, 6}:
            return "Nearly: those held come first, but the order within a group has changed. Sort stably."
        return "Not yet: sort the numbers of the texts by whether they are held, stably, and cut."

    report(answer, judge)
