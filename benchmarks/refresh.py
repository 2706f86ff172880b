"""Training rate while the index is rebuilt: by another process, by the trainer itself, and not at all.

    python -m benchmarks.refresh [--steps 80] [--every 40] [--rounds 3] [--smoke]

Joint pre-training on the pocket world, from the weights that come along, with the ``small`` preset; only the
numbers of steps are smaller, so that an index is built all the time.  The ways take turns.  The first
index, and the start of the builder with it, is waited for before the clock starts.  Where nobody waits for
the builder training goes on after the steps that count until one swap has been seen: for the pause alone.
"""

import argparse
import copy
import tempfile
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.record import Figure, figure, main, say

WAYS = {  # name -> mode, factor, lag
    "never": ("inline", 0, 0),
    "inline": ("inline", 1, 0),
    "background, when whole": ("background", 1, -1),
    "background, after half": ("background", 1, None),
}
MOST = 4  # times the steps between two snapshots that a swap is waited for, beyond the steps that count


class Beat(NamedTuple):
    """What one step was like: its seconds, those spent on the index, its age, what the builder did."""

    seconds: float
    swap: float
    age: int
    builder: str


def swaps(beats: list[Beat]) -> list[float]:
    """Return the seconds of the steps at which a new index came into use.

    >>> swaps([Beat(1.0, 0.1, 3, "idle"), Beat(1.0, 0.2, 1, "idle"), Beat(1.0, 0.1, 2, "idle")])
    [0.2]
    """
    return [b.swap for a, b in pairwise(beats) if b.age <= a.age]


def trained(base: object, world: object, way: str, steps: int, every: int, folder: Path) -> list[Beat]:
    """Train some steps with one way to rebuild; return what each was like, but for the first.

    They are ``steps`` - 1, or more where the first swap comes later.
    """
    from benchmarks.material import masked
    from realm_mini import train
    from realm_mini.background import refresher_for
    from realm_mini.config import RefreshConfig

    mode, factor, lag = WAYS[way]
    config = replace(
        base.config,
        refreshing=RefreshConfig(mode=mode, factor=factor, lag=every // 2 if lag is None else lag),
        objective=replace(base.config.objective, refresh=every),
        search=replace(base.config.search, proposal="dense"),
    )
    waits = config.refreshing.lag >= 0
    stage = replace(config.stages.pretrain, steps=steps if waits else steps + MOST * every)
    retriever, reader = copy.deepcopy(base.retriever).train(), copy.deepcopy(base.reader).train()
    texts = masked(base, world, "benchmark refresh")
    beats = []
    with refresher_for(config, retriever, base.collator, folder) as refresher:
        training = train.pretrain(
            retriever, reader, base.collator, texts, stage, config.search, config.objective, refresher
        )
        step = next(training)  # it waits for the first index
        began = time.perf_counter()
        for step in training:
            status, now = refresher.status(), time.perf_counter()
            beats.append(Beat(now - began, status["swap_s"], int(step.info["index_age"]), status["builder"]))
            began = now
            if len(beats) >= steps - 1 and (waits or swaps(beats)):
                break
    return beats


def run(args: argparse.Namespace) -> list[Figure]:
    """Train with each way in turns; return rates, pauses, and the seconds of a rebuild."""
    from benchmarks.material import before_pretraining, pocket
    from realm_mini.speed import tune

    tune()
    world = pocket()
    base = before_pretraining(world)
    base.collator.prepare()
    rounds: dict[str, list[list[Beat]]] = {way: [] for way in WAYS}
    count = args.steps - 1
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(args.rounds):
            for place, (way, found) in enumerate(rounds.items()):
                folder = Path(scratch) / f"{number}-{place}"
                found.append(trained(base, world, way, args.steps, args.every, folder))
                seconds = [b.seconds for b in found[-1][:count]]
                say(f"round {number + 1}: {way}: {1 / np.mean(seconds):.2f} steps/s")
    return figures(rounds, args.every, count)


def figures(rounds: dict[str, list[list[Beat]]], every: int, count: int) -> list[Figure]:
    """Return the table of the part from what the steps of each round were like.

    All of them say how long a swap and the slowest step took, the first ``count`` all the rest.
    """
    rate = {
        way: np.array([1 / np.mean([b.seconds for b in r[:count]]) for r in found])
        for way, found in rounds.items()
    }
    found = [
        figure(
            f"{way}: training rate",
            values,
            "steps/s",
            note=f"{count} steps, snapshots in them: {count // every}" if way != "never" else "",
        )
        for way, values in rate.items()
    ]
    found += [
        figure(f"{way} / never", values / rate["never"], "share", ratio_to="of the rate without rebuilding")
        for way, values in rate.items()
        if way != "never"
    ]
    plain = float(np.median([b.seconds for r in rounds["never"] for b in r]))
    for way, several in rounds.items():
        if way == "never":
            continue
        longest = [max(s) for r in several if (s := swaps(r))]
        if longest:
            goal = "<= 1" if way == "background, when whole" else ""
            found.append(figure(f"{way}: longest pause at a swap", longest, "s"))
            note = f"longest pause / median step without rebuilding, {plain:.3f} s"
            found.append(
                figure(f"{way}: pause in steps", np.array(longest) / plain, "steps", goal=goal, note=note)
            )
        slowest = [max(b.seconds for b in r) / plain for r in several]
        found.append(
            figure(f"{way}: slowest step", slowest, "steps", note="all of it, also what is not at a swap")
        )
        several = [r[:count] for r in several]
        ages = [max(b.age for b in r) for r in several]
        found.append(figure(f"{way}: greatest age of the index", ages, "steps"))
        at_work = [np.mean([b.builder == "building" for b in r]) for r in several]
        if way.startswith("background"):
            found.append(figure(f"{way}: steps while the builder works", at_work, "share", ratio_to="of all"))
    return found


if __name__ == "__main__":
    main(
        "refresh",
        run,
        {
            "steps": (80, 6, "steps of each way in each round"),
            "every": (40, 2, "steps between two snapshots"),
            "rounds": (3, 1, "rounds"),
        },
    )
