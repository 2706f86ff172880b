"""Checks of the exercises on why to retrieve.  Level 12."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from realm_mini.exercises import judge_number, report

_number = partial(judge_number, rel=0.01)


def check_size(answer: float) -> None:
    """Judge how many times as large T5 11b is as REALM."""
    mistakes = {
        330 / 11318: "Nearly: that is the ratio the other way round.",
        11318 - 330: "Not yet: that is the difference. The question asks how many times as many.",
        11318 / 110: "Not yet: 110 million is one BERT. REALM has three encoders, 330 million in all.",
    }
    why = "About 34 times as many, and 5.9 points below REALM on Natural Questions."
    report(answer, lambda given: _number(float(given), 11318 / 330, mistakes, why))


def check_vectors(answer: float) -> None:
    """Judge the size in GB of 13,353,718 vectors of 768 numbers of two bytes."""
    numbers = 13_353_718 * 768
    mistakes = {
        numbers / 1e9: "Not yet: each number takes two bytes, not one.",
        numbers * 4 / 1e9: "Not yet: four bytes would be single precision. Two are asked for.",
        numbers * 16 / 1e9: "Not yet: two bytes are 16 bits; this multiplied by bits.",
        13_353_718 * 128 * 2 / 1e9: "Not yet: here the vectors have BERT's 768 numbers, not 128.",
        numbers * 2 / 2**30: "Nearly: that is in GiB of 2**30 bytes. Divide by 10**9.",
        numbers * 2 / 1e6: "Nearly: that is in MB. Divide by 10**9.",
        float(numbers * 2): "Nearly: that is in bytes. Divide by 10**9.",
    }
    why = "20.5 GB, three times what 128 numbers of four bytes take."
    report(answer, lambda given: _number(float(given), numbers * 2 / 1e9, mistakes, why))


def check_remedies(answer: Collection[str]) -> None:
    """Judge which of (a) to (d) make REALM answer with a new fact, without training."""

    def judge(given: Collection[str]) -> str:
        chosen = {str(letter).strip("() ").lower() for letter in given}
        if not chosen <= set("abcd"):
            return 'Not yet: give a set of letters out of a, b, c, d, such as {"b"}.'
        if chosen == {"a", "c"}:
            return "Correct. Both change what is read when the question is asked."
        if "b" in chosen:
            return "Not yet: nobody reads the news when a question is asked. They were for training (b)."
        if "d" in chosen:
            return "Not yet: a new reader knows nothing until it is trained (d)."
        return "Nearly: one is missing. There is another way to change the passages."

    report(answer, judge)


def check_without(answer: Callable[[Sequence[int], Collection[int], int], Sequence[int]]) -> None:
    """Judge a function of rows, gold rows and k that returns the null document and k others."""

    def judge(given: Callable[[Sequence[int], Collection[int], int], Sequence[int]]) -> str:
        found = [int(row) for row in given([0, 7, 3, 9, 4, 8, 5], [7, 9], 3)]
        if found == [0, 3, 4, 8]:
            plain = [int(row) for row in given([0, 7, 3, 9], [], 3)]
            return "Correct." if plain == [0, 7, 3, 9] else "Nearly: without gold rows nothing may change."
        for wrong, message in (
            ([0, 7, 3, 9], "Not yet: rows 7 and 9 are gold and still there."),
            ([0, 7, 3], "Not yet: row 7 is gold and still there."),
            ([0, 3], "Nearly: you cut before you dropped, so passages are missing. Drop first."),
            ([0, 3, 4], "Nearly: the null document was counted. k passages stand behind it."),
            ([3, 4, 8], "Nearly: the null document is missing. It stays in slot 0."),
            ([0, 3, 4, 8, 5], "Nearly: cut to k passages behind the null document."),
            ([0, 7, 9], "Not yet: those are the gold ones. They are to be dropped."),
            ([7, 9], "Not yet: those are the gold ones. They are to be dropped."),
        ):
            if found == wrong:
                return message
        return "Not yet: row 0 first, then the first k rows that are neither 0 nor gold, in their order."

    report(answer, judge)
