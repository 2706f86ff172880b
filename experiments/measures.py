"""What a trained system is asked, and the bits that come of it: exact match and recall."""

from collections.abc import Sequence

from experiments.bits import answer_found, gold_found, matches
from experiments.results import CUTS, measure_at
from experiments.systems import CUT, System
from realm_mini.corpus import Question
from realm_mini.evaluate import answer_ranks, gold_ranks
from realm_mini.world import World

Bits = dict[str, list[bool]]


def measured(system: System, world: World, questions: list[Question]) -> Bits:
    """Return one bit a question for each measure that a system has."""
    bits = {"em": matches(system.ask(questions), system.spelled(questions))}
    if system.find is not None:
        bits["recall_gold"] = gold_found(system.find(questions, CUT), world.corpus, questions)
    if system.zero is not None:
        rows = system.zero(questions, CUT)
        bits["zero_gold"] = gold_found(rows, world.corpus, questions)
        bits["zero_answer"] = answer_found(rows, world.corpus, questions)
    return bits


def measured_at_all_cuts(system: System, world: World, questions: list[Question]) -> Bits:
    """Return the same with recall among the first 1, 5 and 20 passages, by gold passage and by answer."""
    bits = {"em": matches(system.ask(questions), system.spelled(questions))}
    for name, find in (("recall", system.find), ("zero", system.zero)):
        if find is None:
            continue
        rows = find(questions, min(max(CUTS), len(world.corpus) - 1))
        for kind, ranks_of in (("gold", gold_ranks), ("answer", answer_ranks)):
            ranks = ranks_of(rows, world.corpus, questions)
            bits |= {measure_at(f"{name}_{kind}", cut): within(ranks, cut) for cut in CUTS}
    return bits


def within(ranks: Sequence[int | None], cut: int) -> list[bool]:
    """Return which ranks (from 0) are among the first ``cut``.

    >>> within([0, 4, None], 4)
    [True, False, False]
    """
    return [rank is not None and rank < cut for rank in ranks]
