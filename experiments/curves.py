"""Figure 4: what happens during joint pre-training, from the log and from probes of held-out texts."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from realm_mini.errors import read_json, read_text

EVERY = 25  # steps that a point of a curve is the mean of
LOGGED = ("loss", "utility", "p_null", "index_age", "p_y", "held")


def from_log(entry: Path) -> dict[str, list[float]]:
    """Return the curves of a finished stage, a point the mean of ``EVERY`` steps; ``step`` is their last."""
    records = [json.loads(line) for line in read_text(entry / "log.jsonl").splitlines()]
    chunks = [records[i : i + EVERY] for i in range(0, len(records), EVERY)]
    curves: dict[str, list[float]] = {"step": [c[-1]["step"] for c in chunks]}
    for name in LOGGED:
        if records and all(name in r for r in records):
            curves[name] = [round(float(np.mean([r[name] for r in c])), 4) for c in chunks]
    return curves


def from_probes(entry: Path) -> dict[str, list[float]]:
    """Return the probes of held-out texts, by step; nothing where there were no texts to hold out."""
    path = entry / "probes.json"
    if not path.exists():
        return {}
    probes = {int(step): found for step, found in read_json(path).items()}
    names = next(iter(probes.values()), {})
    return {"step": sorted(probes)} | {
        name: [round(probes[step][name], 4) for step in sorted(probes)] for name in names
    }


def of_stage(entry: Path) -> dict[str, Any]:
    """Return all that a row's result file keeps of joint pre-training."""
    stage = read_json(entry / "stage" / "stage.json")
    return {"log": from_log(entry), "probes": from_probes(entry), "held_out": stage.get("held_out", {})}
