"""Checks of chapter 4, "Salient span masking"."""

from collections.abc import Callable, Sequence
from typing import Any

from realm_mini.exercises import judge_number, report


def check_f1(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer`` is F1 of 3 hits among 4 found and 5 gold spans."""
    mistakes = {
        3 / 4: "That is the precision. F1 joins it with the recall.",
        3 / 5: "That is the recall. F1 joins it with the precision.",
        0.675: "That is the plain mean of precision and recall. F1 is their harmonic mean.",
        0.45: "That is the product. F1 is 2PR / (P + R).",
    }
    hint = "Precision is 3 of 4, recall 3 of 5; take their harmonic mean."
    why = "Twice the hits over everything found and everything wanted."
    report(answer, lambda given: judge_number(given, 2 / 3, mistakes, why, absolute=5e-3, hint=hint))


def check_spans(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer(labels)`` decodes outside, begin and inside into spans."""
    cases: Sequence[tuple[list[int], list[tuple[int, int]], str]] = [
        ([0, 1, 2, 2, 0], [(1, 4)], "a span must run on through all its inside labels"),
        ([0, 0, 0], [], "there is no span where everything is outside"),
        ([1, 1, 2], [(0, 1), (1, 3)], "a begin starts a new span even right behind another one"),
        ([1, 2, 0, 1], [(0, 2), (3, 4)], "the last span was lost; it ends with the text"),
        ([1, 0, 2], [(0, 1)], "an inside that follows no span belongs to none"),
    ]

    def judge(function: Callable[[list[int]], Any]) -> str:
        for labels, wanted, mistake in cases:
            found = [tuple(int(place) for place in span) for span in function(list(labels))]
            if wanted and found == [(a, b - 1) for a, b in wanted]:
                return "Nearly: give last + 1, the place behind the span, as Python's slices do."
            if found != wanted:
                return f"Not yet: {mistake}. answer({labels}) should be {wanted}, not {found}."
        return "Correct. This is how a tagger's labels become spans."

    report(answer, judge)


def check_length(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer`` is the mean length of SpanBERT's random spans."""
    weights = [0.2 * 0.8**n for n in range(10)]
    raw = sum((n + 1) * w for n, w in enumerate(weights))
    right = raw / sum(weights)
    mistakes = {
        5: "That is the mean without a limit, 1 / 0.2. Lengths above 10 were cut off.",
        raw: "Divide by the sum of the probabilities: cut off at 10, they do not add up to one.",
        right - 1: "One too few: the shortest span has one word, not none.",
        5.5: "That is the mean if all lengths were equally likely. Short ones are drawn more often.",
    }
    hint = "Sum up length times probability, and divide by the sum of the probabilities."
    report(
        answer,
        lambda given: judge_number(given, right, mistakes, "About 3.8 words.", absolute=0.06, hint=hint),
    )


def check_numbers(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer(text)`` finds numbers, but no years."""
    cases: Sequence[tuple[str, list[str], str]] = [
        ("It is 12 km long.", ["12"], "a plain number was missed"),
        (
            "A length of 1,234 km and an area of 1,234,567 acres.",
            ["1,234", "1,234,567"],
            "thousands belong to it",
        ),
        ("It takes 3.5 days.", ["3.5"], "decimals belong to the number"),
        ("The day has 24. So it goes.", ["24"], "the full stop of a sentence is no part of the number"),
        ("In 1948 and 2004 it had 3100 rooms.", ["3100"], "1948 and 2004 are years, 3100 is none"),
        ("The R2D2 and the A380 are names.", [], "digits inside a word are no number"),
        ("A lens of 1.5x and a road of 1,234km.", [], "a number that runs into letters is none at all"),
    ]

    def judge(function: Callable[[str], Any]) -> str:
        for text, wanted, mistake in cases:
            found = [text[span[0] : span[1]] for span in function(text)]
            if found != wanted:
                return f"Not yet: {mistake}. In {text!r} you found {found}."
        return "Correct. Join it with the other taggers by union, and amounts can be hidden too."

    report(answer, judge)
