"""Each stage of ``realm-mini train``: seconds a step, wordpieces a second, memory.

    python -m benchmarks.stages [--steps 12] [--share 1.0] [--smoke]

The command's own function (``recipe.train_all``) trains all stages, those of the baselines too, with the
``small`` preset; only the steps are fewer, and 64 test questions are asked.  Wordpieces are those that
enter an encoder during a step, padding not counted, retrieval and every candidate included.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.record import Figure, figure, main, one, say, watch_memory
from realm_mini.config import RealmConfig, StagesConfig

SKIPPED = 2  # first steps of a stage: kernels are made, pages touched
DENSE_READ = ("finetune", "ict_finetune")  # stages whose passages the retriever finds
UNTRAINED = "; a trained model finds, and so reads, more passages with an answer: 2 to 3 times as long"


class Clock:
    """Notes when each step ended, how many wordpieces it encoded, and the most memory of each stage."""

    def __init__(self, peak: Callable[[], float]) -> None:
        self.steps: dict[str, list[tuple[float, int]]] = {}
        self.memory: dict[str, float] = {}
        self._peak, self._pieces, self._last = peak, 0, perf_counter()

    def encoded(self, module: object, inputs: tuple, *_: Any) -> None:  # noqa: ANN401
        """Count what goes into an encoder; torch calls this before each module."""
        from realm_mini.encoder import Encoder

        if isinstance(module, Encoder):
            self._pieces += int(inputs[1].sum())

    def __call__(self, stage: str, step: object, total: int) -> None:
        """Note the end of a step."""
        now = perf_counter()
        if stage not in self.steps:
            say(stage)
        self.steps.setdefault(stage, []).append((now - self._last, self._pieces))
        self.memory[stage] = max(self._peak(), self.memory.get(stage, 0.0))
        self._last, self._pieces = perf_counter(), 0


def shortened(config: RealmConfig, steps: int) -> RealmConfig:
    """Return the configuration with so many steps in each stage."""
    short = {f.name: replace(getattr(config.stages, f.name), steps=steps) for f in fields(StagesConfig)}
    return replace(config, stages=StagesConfig(**short))


def run(args: argparse.Namespace) -> list[Figure]:
    """Train all stages for some steps each."""
    import torch

    from benchmarks.material import part_of_world
    from realm_mini.presets import small
    from realm_mini.recipe import train_all
    from realm_mini.speed import tune

    tune()
    config = small()
    with tempfile.TemporaryDirectory() as scratch, watch_memory() as peak:
        data, clock = Path(scratch) / "data", Clock(peak)
        data.mkdir()
        part_of_world(data, args.share, args.news)
        hook = torch.nn.modules.module.register_module_forward_pre_hook(clock.encoded)
        try:
            short = shortened(config, args.steps)
            train_all(Path(scratch) / "run", data, short, "cpu", log=clock, compare=True)
        finally:
            hook.remove()
    full = {f.name: getattr(config.stages, f.name).steps for f in fields(StagesConfig)}
    full |= {"bm25_finetune": full["finetune"], "ict_finetune": full["finetune"]}
    return figures(clock.steps, clock.memory, full)


def figures(
    steps: dict[str, list[tuple[float, int]]], memory: dict[str, float], full: dict[str, int]
) -> list[Figure]:
    """Return the table of the part; ``full``: the steps that the preset takes in each stage."""
    found = []
    for stage, every in steps.items():
        taken = np.array([s for s, _ in every[SKIPPED:]])
        pieces = np.array([n for _, n in every[SKIPPED:]])
        found.append(figure(f"{stage}: seconds a step", taken, "s"))
        found.append(
            figure(f"{stage}: wordpieces a second", pieces / taken, "1/s", note=f"{pieces.mean():.0f} a step")
        )
        whole = np.median(taken) * full[stage]
        note = "extrapolated: steps * median" + (UNTRAINED if stage in DENSE_READ else "")
        found.append(one(f"{stage}: its {full[stage]} steps", whole, "s", note=note))
        found.append(one(f"{stage}: most memory", memory[stage], "MiB"))
    answering = sum(np.median([s for s, _ in steps[n][SKIPPED:]]) * full[n] for n in steps if "_" not in n)
    note = "at least: sum of tagger, ict, warmup, pretrain, finetune, without what lies between the steps"
    return [*found, one("all steps up to answered questions", answering / 60, "min", note=note)]


if __name__ == "__main__":
    main(
        "stages",
        run,
        {
            "steps": (12, 4, "steps of each stage"),
            "share": (1.0, 0.1, "share of the passages"),
            "news": (1.0, 0.2, "share of the news that these tell of"),
        },
    )
