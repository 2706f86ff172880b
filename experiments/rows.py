"""A row of a table: what it changes against the base, in one TOML file of ``experiments/configs``.

======== ==========================================================================================
key      meaning
======== ==========================================================================================
title    how the tables name it
tables   in which of tables 1 and 2 it stands, and ``order``: where
system   "realm", "lexical" (BM25 + reader) or "closed" (closed-book); see :mod:`experiments.systems`
weights  of "realm": the stages whose retriever and reader are fine-tuned
texts    what is masked: "news" (X of its own) or "corpus" (X = Z)
start    "own": all stages as changed; "base": the tagger, and the masking in warm-up, are the base's
seeds    how many are wanted; 0: run only when it is named
paper    what the paper has for it, where it has it: em, recall
changes  dotted keys of the configuration with their values
======== ==========================================================================================
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from realm_mini.config import RealmConfig, TrainConfig
from realm_mini.errors import RealmError, read_text
from realm_mini.presets import small, tiny

FOLDER = Path(__file__).parent / "configs"
REAL_ROWS = FOLDER / "realtext"
RETRIEVERS, READERS = ("pretrain", "ict"), ("pretrain", "warmup")
KINDS = {"system": ("realm", "lexical", "closed"), "texts": ("news", "corpus"), "start": ("own", "base")}


def grid() -> RealmConfig:
    """Return the base of all rows: ``small`` with shorter stages, about half a pass over the questions.

    The whole fine-tuning hides most of what pre-training has done (see LOG.md), and costs more than
    it; the many rows have the start (tagger, inverse cloze, warm-up) in common.
    """
    config = small()
    pretrain = replace(config.stages.pretrain, steps=700)
    finetune = replace(config.stages.finetune, steps=1600)
    return replace(config, stages=replace(config.stages, pretrain=pretrain, finetune=finetune))


PRESETS: dict[str, Callable[[], RealmConfig]] = {"grid": grid, "small": small, "tiny": tiny}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row, as its file says it."""

    name: str
    title: str
    tables: tuple[int, ...] = ()
    order: int = 0
    system: str = "realm"
    weights: tuple[str, str] = ("pretrain", "pretrain")
    texts: str = "news"
    start: str = "own"
    seeds: int = 3
    paper: dict[str, float] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kinds in KINDS.items():
            if getattr(self, name) not in kinds:
                raise RealmError(
                    f"{self.name}: {name}={getattr(self, name)!r} is not known. "
                    f"Choose one of: {', '.join(kinds)}."
                )
        if len(self.weights) != 2 or self.weights[0] not in RETRIEVERS or self.weights[1] not in READERS:
            raise RealmError(
                f"{self.name}: weights={list(self.weights)} is not known. "
                f"Give one of {', '.join(RETRIEVERS)} and one of {', '.join(READERS)}."
            )

    def config(self, base: RealmConfig, seed: int) -> RealmConfig:
        """Return the configuration of this row for one seed."""
        return replace(changed(base, self.changes, self.name), seed=seed)

    def started(self, base: RealmConfig, seed: int) -> RealmConfig:
        """Return the configuration that the tagger and the masking in warm-up follow."""
        return replace(base, seed=seed) if self.start == "base" else self.config(base, seed)

    def as_dict(self) -> dict[str, Any]:
        """Return what the file says, ready for JSON."""
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in said.items()}


def changed(base: RealmConfig, changes: dict[str, Any], where: str) -> RealmConfig:
    """Return ``base`` with values at dotted keys replaced.

    >>> changed(tiny(), {"search.k": 3}, "a row").search.k
    3

    Raises:
        RealmError: there is no such key, or the value is not allowed; ``where`` is named.
    """
    values = base.to_dict()
    for key, value in changes.items():
        *path, last = key.split(".")
        inner = values
        for part in path:
            inner = inner.get(part) if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or last not in inner or isinstance(inner[last], dict):
            raise RealmError(f"{where}: the configuration has no value {key!r}. Correct the key.")
        if isinstance(inner[last], bool) != isinstance(value, bool):
            raise RealmError(f"{where}: {key} cannot be {value!r}. Give a value like {inner[last]!r}.")
        inner[last] = value
    return RealmConfig.from_dict(values)


def load_row(name: str, folder: Path = FOLDER) -> Row:
    """Return the row whose file is ``name``.toml.

    Raises:
        RealmError: there is no such row, or its file is bad.
    """
    path = folder / f"{name}.toml"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.toml")))
        raise RealmError(f"There is no row {name!r}. Choose one of: {known}.")
    try:
        said = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise RealmError(f"{path} is not TOML ({error}). Mend it.") from error
    known_keys = {f.name for f in fields(Row)} - {"name"}
    if unknown := sorted(set(said) - known_keys):
        raise RealmError(f"{path} has an unknown key {unknown[0]!r}. Known: {', '.join(sorted(known_keys))}.")
    if "title" not in said:
        raise RealmError(f"{path} has no title. Give one.")
    for key in ("tables", "weights"):
        if key in said:
            said[key] = tuple(said[key])
    return Row(name=name, **said)


def load_rows(folder: Path = FOLDER) -> list[Row]:
    """Return all rows in the order of the tables."""
    rows = [load_row(p.stem, folder) for p in folder.glob("*.toml")]
    return sorted(rows, key=lambda row: (row.order, row.name))


def stage_config(config: RealmConfig, stage: str) -> TrainConfig:
    """Return the steps and rates of a stage; all fine-tunings of REALM's kind have the same."""
    closed = stage.startswith("closed")
    return getattr(config.stages, "finetune" if stage.endswith("finetune") and not closed else stage)
