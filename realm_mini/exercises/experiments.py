"""Checks of the exercises on the paper's experiments.  Level 12."""

import math
from collections.abc import Callable, Sequence
from functools import partial

from realm_mini.exercises import judge_number, report

_number = partial(judge_number, rel=0.03, wrong_rel=0.01)

_RANKS = [0, 4, None, 5, 0, None, 19, 2]


def check_recall(answer: Callable[[Sequence[int | None], int], float]) -> None:
    """Judge a function of ranks (from 0, None for not found) and k that is to return recall@k."""

    def judge(given: Callable[[Sequence[int | None], int], float]) -> str:
        found = float(given(list(_RANKS), 5))
        mistakes = {
            4 / 6: "Not yet: questions without a good passage were left out. They count as misses.",
            5 / 8: "Nearly: ranks start at 0, so rank 5 is the sixth passage.",
            2 / 8: "Nearly: rank 0 is the first passage, and it counts. It is not the same as None.",
            3 / 8: "Nearly: ranks start at 0, so rank 4 is the fifth passage and counts.",
            6 / 8: "Not yet: that counts whatever was found at any rank.",
            4.0: "Nearly: that is a count. Divide by the number of questions.",
            50.0: "Nearly: that is in percent. Return a share.",
        }
        return _number(found, 0.5, mistakes, "Four of eight questions have a good passage among five.")

    report(answer, judge)


def check_interval(answer: float) -> None:
    """Judge two standard errors, in points, of an exact match of 40 on 2,500 questions."""
    error = math.sqrt(0.4 * 0.6 / 2500)
    mistakes = {
        100 * error: "Nearly: that is one standard error. Two were asked for.",
        2 * error: "Nearly: that is a share. In points it is a hundred times as much.",
        200 * 0.24 / 2500: "Nearly: the root is missing.",
        200 * math.sqrt(0.4 / 2500): "Nearly: the factor 1 - p is missing.",
        400 * error: "Nearly: that is the whole interval, from end to end.",
    }
    why = "sqrt(0.4 x 0.6 / 2500) is just under one point."
    report(answer, lambda given: _number(float(given), 200 * error, mistakes, why))


def check_ablation(answer: float) -> None:
    """Judge the share of REALM's gain over ORQA that goes when the retriever is put back (Table 2)."""
    gain, lost = 38.2 - 31.3, 38.2 - 35.3
    mistakes = {
        (38.2 - 37.4) / gain: "Not yet: that is what goes with the encoder. Take the other row.",
        lost: "Nearly: those are the points. The question asks for their share of the gain.",
        lost / 38.2: "Not yet: that is a share of the whole score, not of the gain over ORQA.",
        1 - lost / gain: "Nearly: that is the share that stays.",
        gain: "Not yet: that is the whole gain, in points.",
    }
    report(answer, lambda given: _number(float(given), lost / gain, mistakes, "2.9 of 6.9 points."))


def check_only(answer: Callable[[Sequence[bool], Sequence[bool]], Sequence[int]]) -> None:
    """Judge a function of two systems' hits that returns how often only the one or the other is right."""

    def judge(given: Callable[[Sequence[bool], Sequence[bool]], Sequence[int]]) -> str:
        first = [True, True, True, False, False, True, False, True]
        second = [True, False, False, True, False, False, False, True]
        found = tuple(int(value) for value in given(first, second))
        verdicts = {
            (3, 1): "Correct. Questions that both or neither answer say nothing of which is better.",
            (1, 3): "Nearly: the two numbers are swapped.",
            (5, 3): "Not yet: those are all hits of each. Leave out what both have right.",
            (2, 2): "Not yet: those are the agreements, both right and both wrong.",
            (4, 4): "Not yet: those are agreements and disagreements. Split the disagreements by system.",
        }
        if len(found) != 2:
            return f"Not yet: return two numbers; yours are {len(found)}."
        return verdicts.get(found, "Not yet: count the questions where one is right and the other wrong.")

    report(answer, judge)
