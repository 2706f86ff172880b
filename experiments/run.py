"""Train one row for one seed, measure it, write it down; whatever was done before is not done again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments import curves
from experiments.keys import as_named
from experiments.measures import Bits, measured
from experiments.results import FOLDER, Results
from experiments.rows import PRESETS, Row
from experiments.shared import Given, SharedRun, Store
from experiments.systems import System, stages_of, train
from realm_mini.config import RealmConfig
from realm_mini.corpus import Question
from realm_mini.errors import RealmError
from realm_mini.fit import Step
from realm_mini.records import digest
from realm_mini.world import World

RUNS = Path("runs") / "experiments"


def run_row(
    row: Row,
    seed: int,
    world: World,
    *,
    base: RealmConfig | None = None,
    preset: str = "grid",
    split: str = "dev",
    runs: Path = RUNS,
    results: Path = FOLDER,
    command: str = "",
    commit: str = "",
    device: str = "cpu",
    log: Callable[[str, Step, int], None] | None = None,
    save_every: int = 100,
    given: Given | None = None,
    measure: Callable[[System, World, list[Question]], Bits] = measured,
) -> bool:
    """Bring the result file of a row to where it holds this seed on this part of the questions.

    Stages and states lie below ``runs``; a second call goes on where the first was stopped.  ``given``: the
    tokenizer and tagger of the run, which otherwise makes its own.  Returns whether there was anything to do.

    Raises:
        RealmError: the world has no such questions, or the file holds another configuration.
    """
    base = PRESETS[preset]() if base is None else base
    config, start = row.config(base, seed), row.started(base, seed)
    if not world.questions.get(split) or not world.questions.get("train"):
        raise RealmError(f"The world has no {split} or no training questions. Give a world with both.")
    file = Results(row, json.loads(json.dumps(config.to_dict())), preset, results)
    if file.has(seed, split):
        return False
    made_of = [as_named(config), as_named(start), row.texts, *([given.mark] if given else [])]
    name = digest(made_of)[:8]
    run = SharedRun(
        runs / "rows" / f"{row.name}-{name}" / f"seed-{seed}",
        world,
        config,
        store=Store(runs / "stages"),
        start=start,
        texts=row.texts,
        commit=commit,
        device=device,
        log=log,
        save_every=save_every,
        given=given,
    )
    system = train(run, row)
    questions = world.questions[split]
    bits = measure(system, world, questions)
    file.add(seed, split, questions, bits, _how(run, row, system, command, commit))
    return True


def _how(run: SharedRun, row: Row, system: System, command: str, commit: str) -> dict[str, Any]:
    """Return how a seed's figures came to be, and what joint pre-training looked like."""
    said = run.provenance(command, commit)
    found = {k: said[k] for k in ("command", "commit", "machine", "python", "versions")}
    costs = run.costs(stages_of(row))
    found |= {"weights": system.weights, "stages": costs.pop("stages"), "core_minutes": costs}
    if row.system == "realm" and row.weights == ("pretrain", "pretrain"):
        found["pretraining"] = curves.of_stage(run.store.entry("pretrain", run.keys["pretrain"]))
    return found
