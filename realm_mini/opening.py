"""The folder of a run when it is opened: locked, of this configuration, with its tokenizer.  Level 4.

Of several processes the first one opens it and tells the others.
"""

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as Backend

from realm_mini.checkpoints import tokenizer_for
from realm_mini.config import RealmConfig, StagesConfig
from realm_mini.errors import RealmError, read_json, read_text, write_json
from realm_mini.lock import RunLock, sweep
from realm_mini.masking import Tagger
from realm_mini.parallel import Workers
from realm_mini.records import digest
from realm_mini.text import Tokenizer
from realm_mini.world import World

TAGGED = 200  # texts by which a tagger is known again
WHOLE = ("tagger", "ict")  # stages of one process: a small one, and one that compares all of a batch


def open_folder(
    folder: Path, config: RealmConfig, world: World, workers: Workers, *, tagger: Tagger | None
) -> RunLock | None:
    """Take the folder for a run, or for going on with one; return the lock of whoever holds it.

    ``tagger``: one from elsewhere, if the run has one; another is known by what it finds in some texts.

    Raises:
        RealmError: the folder is in use, or holds another run; or a batch cannot be split.
    """
    count = workers.count

    def take() -> RunLock:
        _check_batches(config.stages, count)
        _check_candidates(config, world)
        lock = RunLock(folder)
        sweep(folder, but="refresh")
        meta = {"config": json.loads(json.dumps(config.to_dict())), "fingerprint": world.corpus.fingerprint}
        meta |= {"world": world.fingerprint}
        if tagger is not None:
            meta["tagger"] = digest([[list(span) for span in tagger(s.text)] for s in world.news[:TAGGED]])
        known = folder / "run.json"
        if known.exists() and _of_today(read_json(known), meta) != meta:
            raise RealmError(
                f"{folder} holds a run of another configuration or corpus, of other texts or questions, or "
                "of another tagger. Choose another folder (--out), or remove it. (To go on with a finished "
                "model and other questions: save it, give its folder to realm_mini.adapt_realm as start=.)"
            )
        write_json(known, meta)
        return lock

    return workers.first(take)


def _of_today(known: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
    """Return what a run's file says, choices that configurations have got since at their defaults.

    What the files of earlier versions do not say is taken from ``meta``, this run's.
    """
    with suppress(RealmError, KeyError, TypeError):
        config = RealmConfig.from_dict(known["config"]).to_dict()
        if known.get("tagger") == "given" and "tagger" in meta:
            known = known | {"tagger": meta["tagger"]}
        return {"world": meta["world"]} | known | {"config": config}
    return known


def _check_batches(stages: StagesConfig, count: int) -> None:
    for name, stage in asdict(stages).items():
        if name not in WHOLE and stage["steps"] and stage["batch"] % count:
            raise RealmError(
                f"StagesConfig.{name}.batch={stage['batch']} cannot be split over {count} processes. "
                "Make it a multiple, or start fewer."
            )


def _check_candidates(config: RealmConfig, world: World) -> None:
    """Raise RealmError if some text cannot have its ``SearchConfig.k`` candidates in joint pre-training."""
    search, corpus = config.search, world.corpus
    if not config.stages.pretrain.steps:
        return
    origins = {s.origin for s in world.news if s.origin} if search.ban_origin else set()
    banned = max((len(corpus.banned_rows(origin)) for origin in origins), default=0)
    if search.k > (most := len(corpus) - 1 - banned + search.null):
        raise RealmError(
            f"SearchConfig.k={search.k} candidates are wanted of {len(corpus) - 1} passages"
            f"{f', {banned} of which a text must not retrieve' if banned else ''}. "
            f"Set k to {most} at most, or add passages."
        )


def run_tokenizer(folder: Path, config: RealmConfig, world: World, workers: Workers) -> Tokenizer:
    """Return the tokenizer of a run; it is made when there is none yet.

    Raises:
        RealmError: the file is no tokenizer, or cannot be written.
    """
    path = folder / "tokenizer.json"

    def made() -> str:
        if not path.exists():
            texts = [f"{p.title} {p.text}" for p in world.corpus] + [s.text for s in world.news]
            texts += [q.text for q in world.questions.get("train", [])]
            tokenizer_for(config.encoder, texts).save(path)
        return read_text(path)

    text = workers.share(made)
    return Tokenizer.load(path) if workers.is_first else Tokenizer(Backend.from_str(text))
