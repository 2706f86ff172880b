"""Checks of chapter 3, "Masked language modelling"."""

from collections.abc import Callable, Sequence
from math import log, log2, log10
from typing import Any

import torch

from realm_mini.exercises import judge_number, report


def check_first_loss(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer`` is the loss of a uniform guess among 8,000 wordpieces."""
    mistakes = {
        log2(8000): "That is in bits. Losses here are in nats: use the natural logarithm.",
        log10(8000): "That is the logarithm to base 10. Losses here are in nats: use the natural logarithm.",
        -log(8000): "The sign is wrong: a loss is minus the logarithm of a probability.",
        1 / 8000: "That is the probability. The loss is minus its logarithm.",
    }
    hint = "Every wordpiece has the probability 1 / 8000. What is minus its logarithm?"
    why = "ln 8000 is about 9 nats."
    report(answer, lambda given: judge_number(given, log(8000), mistakes, why, rel=4e-3, hint=hint))


def check_name(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer`` is the probability of a name of three pieces."""
    mistakes = {
        2.2 / 3: "That is the mean of the three. All three pieces have to be right: multiply.",
        0.36 ** (1 / 3): "That is the geometric mean of the pieces. The name has the product itself.",
        0.5: "That is the weakest piece alone. The others must be right as well.",
        log(0.36): "That is the logarithm, ln p(y|x). Its exponential is asked for.",
    }
    hint = "The pieces are predicted side by side, so their probabilities are multiplied."
    why = "Each piece alone is likely; all three together are not."
    report(answer, lambda given: judge_number(given, 0.36, mistakes, why, absolute=5e-3, hint=hint))


def check_loss(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer(log_p, mask)`` is the loss, padding left out."""
    log_p = torch.tensor([[-1.0, -2.0, -3.0], [-8.0, -50.0, -50.0]])
    mask = torch.tensor([[True, True, True], [True, False, False]])
    per_text = torch.stack([log_p[b][mask[b]].mean() for b in range(2)])
    wrong = [
        (log_p[mask].mean(), "The sign is wrong: the loss is minus the mean of the logarithms."),
        (-log_p.mean(), "The padded places were counted. Only places where mask is True hold a target."),
        (-(log_p * mask).mean(), "Padding counts as perfect guesses: divide by the number of hidden pieces."),
        (-log_p[mask].sum(), "That is the sum. Divide by the number of hidden wordpieces."),
        (-per_text.mean(), "That is the mean of the texts' means. Each hidden piece should weigh the same."),
    ]
    right, mistakes = -log_p[mask].mean().item(), {value.item(): message for value, message in wrong}
    hint, why = "Take log_p where mask is True, and minus its mean.", "Padding leaves no trace."

    def judge(function: Callable[[torch.Tensor, torch.Tensor], Any]) -> str:
        value = torch.as_tensor(function(log_p.clone(), mask.clone()))
        if value.numel() != 1:
            return f"The loss is one number; this has the shape {tuple(value.shape)}."
        verdict = judge_number(value.item(), right, mistakes, why, absolute=1e-4, hint=hint)
        if not verdict.startswith("Correct"):
            return verdict
        endless = torch.as_tensor(function(log_p.masked_fill(~mask, float("-inf")), mask.clone()))
        if endless.isfinite():
            return verdict
        return "Nearly: with -inf at a padded place it is no number. Select with log_p[mask]."

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
