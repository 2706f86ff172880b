"""The result file of a row: what each seed answered, bit by bit, and the means and intervals of that.

Seeds accumulate: a seed that has been measured on a part of the questions is never measured again.
"""

from pathlib import Path
from typing import Any

import numpy as np

from experiments.bits import pack, subsets, unpack
from experiments.bootstrap import interval, rounded
from experiments.rows import Row
from realm_mini.config import RealmConfig
from realm_mini.corpus import Question
from realm_mini.errors import RealmError, read_json, write_json
from realm_mini.records import digest

FOLDER = Path(__file__).parent / "results"


def measure_at(name: str, cut: int) -> str:
    """Return what recall among the first ``cut`` passages is called in a file.

    >>> measure_at("zero_gold", 5), measure_at("zero_gold", 20)
    ('zero_gold', 'zero_gold@20')
    """
    return name if cut == 5 else f"{name}@{cut}"


CUTS = (1, 5, 20)  # passages that count in recall; 5 where a measure does not say
FOUND = ("recall_gold", "recall_answer", "zero_gold", "zero_answer")
MEASURES = ("em", *(measure_at(name, cut) for name in FOUND for cut in CUTS))
REALM = "realm"  # the row that others are compared with


class Results:
    """One file ``NAME.json``; :meth:`add` writes it anew, whole or not at all."""

    def __init__(self, row: Row, config: dict[str, Any], preset: str, folder: Path = FOLDER) -> None:
        """Open the file of a row, or begin it.

        Raises:
            RealmError: it holds figures of the same name under another configuration.
        """
        self.path = folder / f"{row.name}.json"
        without_seed = {k: v for k, v in config.items() if k != "seed"}
        made = {"name": row.name, "row": row.as_dict(), "preset": preset, "config": without_seed}
        self.found: dict[str, Any] = made | {"seeds": {}, "parts": {}}
        if self.path.exists():
            self.found = read_json(self.path)
            rows = [
                {k: w["row"][k] for k in ("system", "weights", "texts", "start")} for w in (self.found, made)
            ]
            # Choices that there were not yet when it was written are at their defaults.
            written, wanted = map(RealmConfig.from_dict, (self.found["config"], without_seed))
            if written != wanted or rows[0] != rows[1]:
                raise RealmError(
                    f"{self.path} holds figures of another configuration. "
                    "Remove it, or write to another folder (--results)."
                )
            self.found |= {"row": made["row"]}  # a title may change

    def has(self, seed: int, split: str) -> bool:
        """Return whether a seed has been measured on a part of the questions."""
        return str(seed) in self.found["parts"].get(split, {}).get("bits", {})

    def add(
        self,
        seed: int,
        split: str,
        questions: list[Question],
        bits: dict[str, list[bool]],
        how: dict[str, Any],
    ) -> None:
        """Add what one seed did on one part, and bring the means and intervals up to date.

        Raises:
            RealmError: the seed has been measured there, or the questions are not those of the other seeds.
        """
        if self.path.exists():  # another process may have added a seed since this one opened the file
            self.found |= {name: read_json(self.path)[name] for name in ("seeds", "parts")}
        if self.has(seed, split):
            raise RealmError(f"{self.path} has seed {seed} on {split} already. Give another seed.")
        asked = digest([[q.text, *q.answers] for q in questions])
        part = self.found["parts"].setdefault(
            split, {"count": len(questions), "asked": asked, "subsets": subsets(questions), "bits": {}}
        )
        if part["asked"] != asked:
            raise RealmError(
                f"{self.path}: the {split} questions have changed. Remove the file and run all seeds."
            )
        part["bits"][str(seed)] = {name: pack(values) for name, values in bits.items()}
        part["bits"] = dict(sorted(part["bits"].items(), key=lambda item: int(item[0])))
        part["figures"] = figures(part)
        self.found["seeds"][str(seed)] = self.found["seeds"].get(str(seed), {}) | how
        write_json(self.path, self.found)


def table_of(part: dict[str, Any], measure: str, subset: str = "all") -> np.ndarray | None:
    """Return the hits of a part, one row a seed, one column a question; None where not measured."""
    rows = [unpack(bits[measure], part["count"]) for bits in part["bits"].values() if measure in bits]
    if not rows:
        return None
    table = np.stack(rows)
    return table if subset == "all" else table[:, unpack(part["subsets"][subset], part["count"])]


def figures(part: dict[str, Any]) -> dict[str, Any]:
    """Return, for each measure and subset, the mean, its interval and each seed's own figure, in percent."""
    found: dict[str, Any] = {}
    for measure in MEASURES:
        for subset in ("all", *part["subsets"]):
            if (table := table_of(part, measure, subset)) is not None:
                each = [round(100 * float(v), 3) for v in table.mean(axis=1)]
                seen = rounded(table, 3) | {"seeds": each, "count": table.shape[1]}
                found.setdefault(measure, {})[subset] = seen
    return found


def difference(
    part: dict[str, Any], other: dict[str, Any], measure: str
) -> tuple[float, float, float] | None:
    """Return mean and interval of what ``part`` has more than ``other``, over the seeds that both have.

    Question by question and seed by seed, which is sharper than two intervals side by side; None without a
    common seed or the same questions.
    """
    common = [s for s in part["bits"] if s in other["bits"]]
    if not common or part["asked"] != other["asked"]:
        return None
    both = [p["bits"][s].get(measure) for s in common for p in (part, other)]
    if None in both:
        return None
    tables = [
        np.stack([unpack(p["bits"][s][measure], p["count"]) for s in common]).astype(float)
        for p in (part, other)
    ]
    return interval(tables[0] - tables[1])


def load_results(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Return the rows that have a result file, by name, in the order of the tables."""
    found = [read_json(path) for path in sorted(folder.glob("*.json"))]
    rows = [f for f in found if isinstance(f, dict) and "parts" in f]
    return {f["name"]: f for f in sorted(rows, key=lambda f: (f["row"]["order"], f["name"]))}
