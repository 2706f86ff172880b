"""Checks of the exercises on editing knowledge.  Level 12."""

from collections.abc import Callable, Sequence

from realm_mini.exercises import judge_number, report

Passages = Sequence[tuple[str, str]]


def check_edit(answer: Callable[[str, int, int, str], str]) -> None:
    """Judge a function that is to replace the characters from start to end of a text."""

    def judge(given: Callable[[str, int, int, str], str]) -> str:
        text = "Born in Paris, he died in Paris."
        found = given(text, 8, 13, "Lyon")
        for wrong, message in (
            ("Born in Lyon, he died in Lyon.", "Not yet: the second Paris is another fact. Cut at the span."),
            ("Born in Lyon he died in Paris.", "Nearly: the comma is gone. The end is exclusive."),
            ("Born inLyon, he died in Paris.", "Nearly: the space before it is gone. Keep text[:start]."),
            ("Born in LyonParis, he died in Paris.", "Nearly: the old words are still there."),
            ("Born in Lyon", "Nearly: what stands behind the span is missing."),
            (text, "Not yet: the text is unchanged. Strings cannot be changed; return a new one."),
        ):
            if found == wrong:
                return message
        if found != "Born in Lyon, he died in Paris.":
            return "Not yet: what comes before the span, the new words, what comes behind it."
        if given(text, 26, 31, "Lyon") != "Born in Paris, he died in Lyon.":
            return "Nearly: it works for the first Paris only. Use start and end, not a search."
        return "Correct."

    report(answer, judge)


def check_threshold(answer: float) -> None:
    """Judge the p(z|x) at which 0.8 p equals 0.9 (1 - p)."""
    mistakes = {
        0.8 / 1.7: "Nearly: that is what the *other* passage may have at most.",
        0.5: "Not yet: that would do if both were read with the same confidence.",
        0.8 / 0.9: "Not yet: that is the ratio of the readings. Write 0.8 p > 0.9 (1 - p).",
        0.9 / 0.8: "Not yet: that is how many times as much trust the edited one needs. Both sum to 1.",
        0.9: "Not yet: that is a reading, not a weight.",
    }
    hint = "The new place gets 0.8 p, the old one 0.9 (1 - p). When is the first larger?"
    why = "A stale passage that is read with more confidence needs less trust to win."
    report(answer, lambda given: judge_number(given, 0.9 / 1.7, mistakes, why, absolute=6e-3, hint=hint))


def check_rows(answer: Callable[[Passages, Passages], Sequence[int]]) -> None:
    """Judge a function of old and new passages that returns the rows to embed again."""
    old = [("A", "one"), ("B", "two"), ("C", "three"), ("D", "four")]
    new = [("A", "one"), ("B", "2"), ("See", "three"), ("D", "four")]

    def judge(given: Callable[[Passages, Passages], Sequence[int]]) -> str:
        found = sorted(int(row) for row in given(old, new))
        messages = {
            (1, 2): "Nearly: row 0 is the null document, so the first passage has row 1.",
            (2,): "Nearly: the retriever reads the title too, so a new title is a reason.",
            (3,): "Not yet: a changed body is a reason as well.",
            (1, 4): "Not yet: those are the rows that stay as they are.",
            (1, 2, 3, 4): "Not yet: that is all of them. Only changed passages need it.",
        }
        if found == [2, 3]:
            same = list(given(old, old))
            return "Correct." if not same else "Nearly: without a change nothing need be embedded."
        return messages.get(tuple(found), "Not yet: compare title and body of each pair, and count from 1.")

    report(answer, judge)


def check_stale(answer: Callable[[Sequence[str], str, str], Sequence[int]]) -> None:
    """Judge a function of bodies, subject and old value that returns the rows that mention both."""
    bodies = [
        "Ada Lund was born in Rome.",
        "Rome is a city.",
        "Ada Lund died in Bern.",
        "In Romero's film Ada Lund plays.",
        "Born in ROME: Ada Lund, and others.",
    ]

    def judge(given: Callable[[Sequence[str], str, str], Sequence[int]]) -> str:
        found = sorted(int(row) for row in given(bodies, "Ada Lund", "Rome"))
        messages = {
            (0, 4): "Nearly: rows count from 1, for row 0 is the null document.",
            (1, 4, 5): "Nearly: row 4 has Rome only as a part of another word.",
            (1, 4): "Nearly: in row 4 Rome is a part of another word; case does not count in row 5.",
            (1,): "Nearly: case and punctuation do not count, so row 5 mentions both.",
            (1, 2, 5): "Not yet: row 2 does not mention the subject.",
            (1, 3, 4, 5): "Not yet: row 3 does not mention the old value.",
            (1, 2, 3, 4, 5): "Not yet: both must be mentioned, not one of them.",
        }
        if found == [1, 5]:
            return "Correct. They are candidates; read them before you edit."
        return messages.get(tuple(found), "Not yet: keep the rows whose body mentions both.")

    report(answer, judge)
