"""Checks of the exercises on stale indexes.  Level 12."""

from collections.abc import Callable, Sequence
from functools import partial

from realm_mini.exercises import judge_number, report

_number = partial(judge_number, rel=0.005, hint="Write it out for one short example first.")

_STALE = [[3, 1, 2], [7, 8, 9], [4, 5, 6]]
_FRESH = [[1, 2, 3], [7, 1, 2], [9, 8, 7]]


def check_age(answer: int) -> None:
    """Judge the age of the index at step 257 when it is rebuilt every 100 steps, first at step 0."""
    mistakes = {
        43.0: "Not yet: that is how long it still has to serve. Count back to the last rebuild.",
        257.0: "Not yet: that is the age of an index that was never rebuilt.",
        157.0: "Not yet: it was rebuilt once more, at step 200.",
        2.0: "Not yet: that is how often it was rebuilt. Its age counts steps.",
        58.0: "Nearly: at the step of the rebuild itself the age is 0.",
        56.0: "Nearly: at the step of the rebuild itself the age is 0.",
    }
    report(answer, lambda given: _number(float(given), 57.0, mistakes, "The last rebuild was at step 200."))


def check_share(answer: float) -> None:
    """Judge the share of the time spent rebuilding: 10 s every 100 steps of half a second each."""
    mistakes = {
        0.2: "Nearly: that is rebuilding against training. The share is of both together.",
        10 / 110: "Not yet: a step takes half a second, so 100 steps take 50.",
        10 / 210: "Not yet: a step takes half a second, not two.",
        5 / 6: "Nearly: that is the share of training.",
        10 / 10.5: "Not yet: that is with a rebuild at every step. There are 100 steps between two.",
        100 / 6: "Nearly: that is in percent. Give a share.",
        0.1: "Not yet: put the seconds of 100 steps and of one rebuild together first.",
    }
    why = "10 s of every 10 + 50 s."
    report(answer, lambda given: _number(float(given), 1 / 6, mistakes, why, rel=0.03, wrong_rel=0.005))


def check_overlap(answer: Callable[[list[list[int]], list[list[int]]], float]) -> None:
    """Judge a function that is to return the mean share of the fresh top k that the stale top k holds."""

    def judge(given: Callable[[list[list[int]], list[list[int]]], float]) -> str:
        found = float(given([list(r) for r in _STALE], [list(r) for r in _FRESH]))
        right = (1 + 1 / 3 + 0) / 3
        mistakes = {
            1 / 9: "Not yet: that compares place by place. The order within the k does not matter.",
            (1 + 1 / 5 + 0) / 3: "Nearly: that divides by the union. Divide by k.",
            2 / 3: "Not yet: that counts a text as soon as one passage agrees. Count passages.",
            4.0: "Nearly: that is a count. Divide by the number of texts and by k.",
            4 / 3: "Nearly: that is a mean count. Divide by k as well.",
            1.0 / 3: "Not yet: that counts a text only when all passages agree. Count passages.",
            5 / 9: "Not yet: that is what the stale index misses. Turn it round.",
        }
        return _number(found, right, mistakes, "Both lists are sets here: what counts is who is in.")

    report(answer, judge)


def check_ages(answer: Callable[[int, int], Sequence[int]]) -> None:
    """Judge a function that is to list the index age at each of so many steps; every = 0 means never."""

    def judge(given: Callable[[int, int], Sequence[int]]) -> str:
        try:
            never = [int(age) for age in given(4, 0)]
        except ZeroDivisionError:
            return "Nearly: every = 0 means never, and it was divided by."
        found = [int(age) for age in given(7, 3)]
        if found == [0, 1, 2, 3, 1, 2, 3] or found == [1, 2, 3, 1, 2, 3, 1]:
            return "Nearly: the index is rebuilt before the step that finds it too old, so no age reaches 3."
        if found == [0, 1, 2, 0, 1, 2, 0]:
            if never == [0, 1, 2, 3]:
                return "Correct. The oldest index that a step meets is every - 1 steps old."
            return "Nearly: with every = 0 the index is never rebuilt, so its age is the step itself."
        if found == [3, 2, 1, 3, 2, 1, 3]:
            return "Not yet: that is how long the index still has to serve."
        if found == list(range(7)):
            return "Not yet: the index is never rebuilt here."
        if len(found) != 7:
            return f"Not yet: 7 steps have 7 ages; yours are {len(found)}."
        return "Not yet: start at 0, count up, and go back to 0 whenever the age reaches `every`."

    report(answer, judge)
