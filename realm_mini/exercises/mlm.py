"""Checks of chapter 3, "Masked language modelling"."""

from collections.abc import Callable, Sequence
from math import isclose, log, log2, log10
from typing import Any

import torch

from realm_mini.exercises import report


def check_first_loss(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer`` is the loss of a uniform guess among 8,000 wordpieces."""

    def judge(value: float) -> str:
        if isclose(value, log(8000), abs_tol=0.02):
            return "Correct. ln 8000 is about 9 nats."
        if isclose(value, log2(8000), abs_tol=0.05):
            return "That is in bits. Losses here are in nats: use the natural logarithm."
        if isclose(value, log10(8000), abs_tol=0.02):
            return "That is the logarithm to base 10. Losses here are in nats: use the natural logarithm."
        if isclose(value, -log(8000), abs_tol=0.02):
            return "The sign is wrong: a loss is minus the logarithm of a probability."
        if isclose(value, 1 / 8000, abs_tol=1e-6):
            return "That is the probability. The loss is minus its logarithm."
        return "Not yet: every wordpiece has the probability 1 / 8000. What is minus its logarithm?"

    report(answer, judge)


def check_name(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer`` is the probability of a name of three pieces."""

    def judge(value: float) -> str:
        if isclose(value, 0.36, abs_tol=0.005):
            return "Correct. Three fair guesses make one poor one."
        if isclose(value, 2.2 / 3, abs_tol=0.005):
            return "That is the mean of the three. All three pieces have to be right: multiply."
        if isclose(value, 0.36 ** (1 / 3), abs_tol=0.005):
            return "That is the geometric mean of the pieces. The name has the product itself."
        if isclose(value, 0.5, abs_tol=0.005):
            return "That is the weakest piece alone. The others must be right as well."
        if isclose(value, log(0.36), abs_tol=0.01):
            return "That is the logarithm, ln p(y|x). Its exponential is asked for."
        return "Not yet: the pieces are predicted side by side, so their probabilities are multiplied."

    report(answer, judge)


def check_loss(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer(log_p, mask)`` is the loss, padding left out."""
    log_p = torch.tensor([[-1.0, -2.0, -3.0], [-8.0, -50.0, -50.0]])
    mask = torch.tensor([[True, True, True], [True, False, False]])
    per_text = torch.stack([log_p[b][mask[b]].mean() for b in range(2)])
    mistakes = [
        (log_p[mask].mean(), "The sign is wrong: the loss is minus the mean of the logarithms."),
        (-log_p.mean(), "The padded places were counted. Only places where mask is True hold a target."),
        (-(log_p * mask).mean(), "Padding counts as perfect guesses: divide by the number of hidden pieces."),
        (-log_p[mask].sum(), "That is the sum. Divide by the number of hidden wordpieces."),
        (-per_text.mean(), "That is the mean of the texts' means. Each hidden piece should weigh the same."),
    ]

    def judge(function: Callable[[torch.Tensor, torch.Tensor], Any]) -> str:
        value = torch.as_tensor(function(log_p.clone(), mask.clone()))
        if value.numel() != 1:
            return f"The loss is one number; this has the shape {tuple(value.shape)}."
        for wrong, message in [(-log_p[mask].mean(), "Correct. Padding leaves no trace."), *mistakes]:
            if isclose(value.item(), wrong.item(), abs_tol=1e-4):
                return message
        return "Not yet: take log_p where mask is True, and minus its mean."

    report(answer, judge)


def check_whole_words(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer(words, positions)`` hides all pieces of the touched words."""
    words, positions = [0, 1, 1, 1, 2, 3, 3, 4], [5, 2]
    mistakes = {
        (2, 3, 5, 6): "The piece before the one drawn belongs to the same word. Look to the left as well.",
        (2, 5): "These are the positions as drawn. Add the other pieces of their words.",
        (1, 3): "These are the numbers of the words. The positions of their pieces are asked for.",
        (1, 2, 3): "Only one of the two words was completed.",
        (5, 6): "Only one of the two words was completed.",
    }

    def judge(function: Callable[[Sequence[int], Sequence[int]], Any]) -> str:
        found = tuple(int(p) for p in function(list(words), list(positions)))
        if found == (1, 2, 3, 5, 6):
            return "Correct. Whole words are hidden, and no piece gives the others away."
        if sorted(set(found)) == [1, 2, 3, 5, 6]:
            return "The right positions, but sort them and give each once."
        for wrong, message in mistakes.items():
            if tuple(sorted(set(found))) == wrong:
                return message
        return f"Not yet: answer({words}, {positions}) gives {list(found)}. Which words were touched?"

    report(answer, judge)
