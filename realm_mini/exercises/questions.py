"""Checks of the exercises on fine-tuning for questions.  Level 12."""

from collections.abc import Callable, Collection, Sequence

import torch
from torch import Tensor

from realm_mini.exercises import report


def check_count(answer: int) -> None:
    """Judge the number of spans of at most ten wordpieces in a passage of twenty."""
    mistakes = {
        200: "Nearly: spans that begin near the end have no room for ten lengths.",
        210: "Not yet: that counts spans of every length. At most ten wordpieces are allowed.",
        110: "Not yet: spans that begin near the end are shorter, but they count too.",
        11: "Not yet: those are the spans of exactly ten wordpieces. Shorter ones count too.",
        135: "Nearly: that stops at nine wordpieces, or begins at two. One to ten are allowed.",
        144: "Nearly: that stops at nine wordpieces. Ten are allowed.",
        145: "Nearly: a span of n wordpieces can begin at 20 - n + 1 places, not at 20 - n.",
        165: "Nearly: that allows eleven wordpieces. Ten are allowed.",
        190: "Not yet: those are the pairs of two different ends. Count the length, one to ten.",
    }

    def judge(given: int) -> str:
        if given == 155:
            return "Correct. 20 + 19 + ... + 11."
        return mistakes.get(int(given), "Not yet: how many have length 1, how many length 2? Add up to 10.")

    report(answer, judge)


def check_matches(answer: Collection[int]) -> None:
    """Judge which of six strings match "New York" or "New York City" exactly."""
    why = {
        0: "Not yet: articles are dropped, so (0) is a match.",
        1: "Not yet: case and punctuation are dropped, so (1) is a match.",
        2: "Not yet: the comma goes, but the word behind it stays, so (2) is no match.",
        3: "Not yet: (3) would have to be on the list of accepted answers.",
        4: "Not yet: (4) equals the second accepted answer but for its case.",
        5: "Not yet: a part of an answer is no match, so (5) is none.",
    }

    def judge(given: Collection[int]) -> str:
        wrong = sorted({int(i) for i in given} ^ {0, 1, 4})
        if not wrong:
            return "Correct."
        return why.get(wrong[0], "Not yet: give numbers from 0 to 5.")

    report(answer, judge)


def check_p_answer(answer: Callable[[Tensor, Tensor], Tensor | float]) -> None:
    """Judge a function of span logits and matches that is to return p(y|z,x)."""

    def judge(given: Callable[[Tensor, Tensor], Tensor | float]) -> str:
        logits = torch.tensor([2.0, 0.5, 1.0, -1.0], dtype=torch.float64)
        match = torch.tensor([True, False, True, False])
        p = torch.softmax(logits, dim=0)
        found = torch.as_tensor(given(logits, match), dtype=torch.float64)
        if found.ndim:
            return f"Not yet: one number is wanted; yours has the shape {tuple(found.shape)}."
        for wrong, message in (
            (p[match].max(), "Nearly: that is the best matching span. All matching spans count: add."),
            (p[match].mean(), "Nearly: that is the mean over the matching spans. Add them."),
            (p[match].sum().log(), "Nearly: that is log p(y|z,x). The probability is asked for."),
            (logits[match].exp().sum(), "Not yet: divide by the sum over all spans of the passage."),
            (torch.tensor(1.0), "Not yet: the softmax must run over all spans, not over the matching ones."),
            (1 - p[match].sum(), "Not yet: those are the spans that do not match."),
        ):
            if torch.isclose(found, wrong.double()):
                return message
        if not torch.isclose(found, p[match].sum()):
            return "Not yet: a softmax over all spans, then the sum over those that match."
        none = torch.as_tensor(given(logits, torch.zeros(4, dtype=torch.bool)), dtype=torch.float64)
        if none.ndim or none != 0:
            return "Nearly: where no span matches it must return 0."
        return "Correct. A passage without the answer gets 0, whatever the reader thinks."

    report(answer, judge)


Verdict = Callable[[str, Sequence[str], Sequence[str], Sequence[str]], str]


def check_verdict(answer: Verdict) -> None:
    """Judge a function that is to call an answer right, a retrieval miss or a reading miss."""
    cases = (
        (("the Paris", ["Paris"], ["a", "b"], ["a"]), "right", "compare with exact_match, not with =="),
        (("Paris", ["Paris"], ["b"], ["a"]), "right", "an answer can be right without a gold passage"),
        (("Lyon", ["Paris"], ["b", "a"], ["a"]), "reading miss", "a gold passage was read, it was misread"),
        (("Lyon", ["Paris"], ["b", "c"], ["a"]), "retrieval miss", "no gold passage was read"),
        (("Lyon", ["Paris"], ["b"], ["a", "b"]), "reading miss", "one of several gold passages is enough"),
        (("", ["Paris"], [], ["a"]), "retrieval miss", "where nothing was read, nothing was found"),
    )

    def judge(given: Verdict) -> str:
        for arguments, wanted, why in cases:
            if (said := given(*arguments)) != wanted:
                return f"Not yet: for {arguments} it says {said!r}, but {why}: {wanted!r}."
        return "Correct."

    report(answer, judge)
