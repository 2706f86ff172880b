"""Checks of the exercises on the marginal likelihood.  Level 12."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from realm_mini import marginal
from realm_mini.exercises import judge_number, report

_number = partial(judge_number, absolute=5e-3, hint="Weight each p(y|z,x) by its p(z|x) and add.")

# As many texts as candidates: a sum that lost its axis raises nothing, and only its values tell.
_P_Z = torch.tensor([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0.2, 0.2, 0.6]], dtype=torch.float64)
_P_Y = torch.tensor([[0.05, 0.2, 0.7], [0.3, 0.9, 0.1], [0.6, 0.1, 0.2]], dtype=torch.float64)


def check_mixture(answer: float) -> None:
    """Judge p(y|x) of p(z|x) = 0.6, 0.4 and p(y|z,x) = 0.5, 0.05."""
    mistakes = {
        0.275: "Not yet: that is the plain mean. Weight each passage by p(z|x).",
        0.55: "Not yet: that is the plain sum. Weight each passage by p(z|x) first.",
        0.5: "Not yet: that is the best passage alone. The sum runs over both.",
        0.3: "Not yet: the second passage is missing from the sum.",
        0.5**0.6 * 0.05**0.4: "Not yet: that mixes logarithms. Mix probabilities, then take the logarithm.",
        math.log(0.32): "Nearly: that is log p(y|x). The question asks for p(y|x).",
    }
    report(answer, lambda given: _number(float(given), 0.32, mistakes, "0.6 x 0.5 + 0.4 x 0.05."))


def check_rising(answer: Sequence[int]) -> None:
    """Judge which scores rise for p(z|x) = 0.2, 0.5, 0.3 and p(y|z,x) = 0.1, 0.3, 0.6."""

    def judge(given: Sequence[int]) -> str:
        slots = {int(i) for i in given}
        if slots == {2}:
            return "Correct. p(y|x) is 0.35, and only slot 2 does better than that."
        if slots == {1, 2}:
            return (
                "Not yet: slot 1 is better than the null document, so its utility is positive. Its score "
                "rises only if it is better than p(y|x), the average of the candidates."
            )
        if slots == {1}:
            return "Not yet: that is the passage trusted most. Trust does not matter for the sign."
        if slots == {0, 1}:
            return "Not yet: the sign is flipped. These are the scores that fall."
        return "Not yet: compare each p(y|z,x) with p(y|x) = 0.35."

    report(answer, judge)


def check_credit(answer: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Judge a function of p(z|x) and p(y|z,x) that is to return r(z)."""

    def judge(given: Callable[[Tensor, Tensor], Tensor]) -> str:
        found = torch.as_tensor(given(_P_Z, _P_Y), dtype=torch.float64)
        p_y = (_P_Z * _P_Y).sum(-1, keepdim=True)
        right = marginal.credit(_P_Z.log(), _P_Y.log())
        if found.shape != right.shape:
            return f"Not yet: one value a candidate, {tuple(right.shape)}, not {tuple(found.shape)}."
        for wrong, message in (
            (_P_Z * _P_Y / p_y, "Not yet: that is the posterior p(z|y,x). Subtract the prior p(z|x)."),
            (_P_Y - p_y, "Not yet: that is p(y|z,x) - p(y|x). Divide by p(y|x) and multiply by p(z|x)."),
            ((_P_Y - p_y) * _P_Z, "Nearly: divide by p(y|x), the derivative is that of the logarithm."),
            (_P_Y / p_y - 1, "Nearly: multiply by p(z|x)."),
            (-right, "Nearly: the sign is flipped. r(z) points where the score goes up."),
            (
                _P_Z * _P_Y / p_y.squeeze(-1) - _P_Z,
                "Nearly: p(y|x) of one text is divided into another. Keep the axis: sum(-1, keepdim=True).",
            ),
            (
                _P_Z * _P_Y / p_y.sum() - _P_Z,
                "Not yet: that p(y|x) is summed over the texts as well. Sum over candidates, the last axis.",
            ),
        ):
            if torch.allclose(found, wrong):
                return message
        if torch.allclose(found, right, atol=1e-6):
            return "Correct. It equals realm_mini.marginal.credit, and its sum over z is 0."
        return "Not yet: r(z) = [p(y|z,x) / p(y|x) - 1] p(z|x), with p(y|x) summed over the last axis."

    report(answer, judge)


def check_span(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
    """Judge a function of log p(z|x), log p(y_j|z,x) and the target mask that is to return log p(y|x)."""

    def judge(given: Callable[[Tensor, Tensor, Tensor], Tensor]) -> str:
        # Two texts, two candidates each: a mask without the axis k fits, and goes to the wrong places.
        z = torch.tensor([[0.5, 0.5], [0.3, 0.7]], dtype=torch.float64).log()
        token = torch.tensor(
            [[[0.9, 0.4, 0.2], [0.1, 0.6, 0.3]], [[0.8, 0.3, 0.5], [0.2, 0.9, 0.4]]], dtype=torch.float64
        ).log()
        mask = torch.tensor([[True, True, False], [True, True, True]])
        found = torch.as_tensor(given(z, token, mask), dtype=torch.float64)
        right = _whole(z, token, mask)
        everywhere = torch.ones_like(mask)
        if found.shape != right.shape:
            return f"Not yet: one value a text is wanted, {tuple(right.shape)}, not {tuple(found.shape)}."
        for wrong, message in (
            (_whole(z, token, everywhere), "Not yet: the padded wordpiece was counted."),
            (
                marginal.log_marginal_per_token(z, token, mask),
                "Not yet: that sums z out of each wordpiece. Multiply the wordpieces of a passage first.",
            ),
            (
                marginal.log_marginal(z, marginal.log_p_y_given_z(token, mask) / mask.sum(-1, keepdim=True)),
                "Not yet: that is the mean over wordpieces. A product is a sum of logarithms.",
            ),
            (right.exp(), "Nearly: that is p(y|x). Its logarithm is asked for."),
            (
                marginal.log_marginal(z, torch.where(mask, token, 0.0).sum(-1)),
                "Nearly: the mask went to candidates, not to texts. mask.unsqueeze(1) gives it the axis k.",
            ),
        ):
            if torch.allclose(found, wrong):
                return message
        if not torch.allclose(found, right, atol=1e-6):
            return "Not yet: multiply over the wordpieces of y, then sum over z."
        if not torch.isfinite(given(z, torch.where(mask.unsqueeze(1), token, -math.inf), mask)).all():
            return "Nearly: with -inf at a padded place it is no longer finite. Select with torch.where."
        return "Correct. Padding counts nothing, whatever stands there."

    report(answer, judge)


def _whole(
    z: Float[Tensor, "batch k"], token: Float[Tensor, "batch k masks"], mask: Tensor
) -> Float[Tensor, " batch"]:
    return marginal.log_marginal(z, marginal.log_p_y_given_z(token, mask))
