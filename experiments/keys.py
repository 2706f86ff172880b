"""Which choices a stage depends on, as one hash: two rows with the same hash share the stage.

Whatever a stage reads must be named here.  What it reads indirectly it has from its parents' hashes.
"""

from collections.abc import Iterable
from typing import Any

from realm_mini.config import RealmConfig
from realm_mini.records import digest

_MODEL = ("encoder", "lengths", "retriever")  # fresh weights are drawn for retriever and reader together
_TEXTS = {"warmup", "pretrain", "closed_pretrain"}  # stages that read X
_FINETUNE = ("stages.finetune", "objective.span")
READS = {
    "tagger": ("encoder", "stages.tagger"),
    "ict": (*_MODEL, "stages.ict"),
    "warmup": (*_MODEL, "stages.warmup"),
    "pretrain": (*_MODEL, "stages.pretrain", "search", "objective", "refreshing"),
    "finetune": _FINETUNE,
    "ict_finetune": _FINETUNE,
    "retriever_finetune": _FINETUNE,
    "reader_finetune": _FINETUNE,
    "bm25_finetune": _FINETUNE,
    "closed_pretrain": (*_MODEL, "stages.closed_pretrain", "objective.mask"),
    "closed_finetune": ("stages.closed_finetune",),
}
PARENTS = {
    "tagger": (),
    "ict": (),
    "warmup": ("tagger",),
    "pretrain": ("tagger", "ict", "warmup"),
    "finetune": ("pretrain",),
    "ict_finetune": ("ict", "warmup"),
    "retriever_finetune": ("pretrain", "warmup"),
    "reader_finetune": ("ict", "pretrain"),
    "bm25_finetune": ("pretrain",),
    "closed_pretrain": ("tagger",),
    "closed_finetune": ("closed_pretrain",),
}
LAG_ONCE = 50  # RefreshConfig's when the first runs were named
# What is set for questions alone is nothing to pre-training.
_LATER = {"search": ("questions_k",), "objective": ("span",), "refreshing": ("questions",)}


def as_named(config: RealmConfig) -> dict[str, Any]:
    """Return a configuration as folders are named by it.

    A choice that came later is left out where it is not made, and one that counts for nothing is as it once
    was, so that runs begun before go on.
    """
    said = config.to_dict()
    if not config.refreshing.questions:
        del said["refreshing"]["questions"]
    if not config.objective.others:
        del said["objective"]["others"]
    if config.refreshing.mode == "inline":
        said["refreshing"]["lag"] = LAG_ONCE
    return said


def stage_keys(config: RealmConfig, start: RealmConfig, texts: str, world: str) -> dict[str, str]:
    """Return the hash of every stage.

    ``start``: the configuration that the tagger, and the masking in warm-up, follow; ``texts``: what is
    masked; ``world``: its fingerprint.
    """
    tokenizer = {"vocab": config.encoder.vocab, "checkpoint": config.encoder.checkpoint}
    keys: dict[str, str] = {}
    for stage, names in READS.items():
        read: dict[str, Any] = {"stage": stage, "world": world, "seed": config.seed, "tokenizer": tokenizer}
        read |= _values(start if stage == "tagger" else config, names)
        if stage == "warmup":
            read |= _values(start, ("objective.mask",))
        if stage in _TEXTS:
            read["texts"] = texts
        if stage.endswith("finetune") and not stage.startswith("closed"):
            read["candidates"] = config.questions_k
            read["lengths"] = config.to_dict()["lengths"]
            if config.refreshing.questions and stage != "bm25_finetune":  # BM25 has no tower to train
                read["refreshing"] = as_named(config)["refreshing"]
        read["parents"] = [keys[parent] for parent in PARENTS[stage]]
        keys[stage] = digest(read)
    return keys


def _values(config: RealmConfig, names: Iterable[str]) -> dict[str, Any]:
    """Return the values at dotted names, without what only questions need."""
    found, said = {}, as_named(config)
    for name in names:
        value: Any = said
        for part in name.split("."):
            value = value[part]
        if name in _LATER:
            value = {k: v for k, v in value.items() if k not in _LATER[name]}
        found[name] = value
    return found
