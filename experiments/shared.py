"""A run whose stages are kept where other rows find them: a stage is trained once for all that share it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from experiments.keys import stage_keys
from realm_mini import evaluate
from realm_mini.config import RealmConfig
from realm_mini.corpus import Sentence
from realm_mini.errors import RealmError, read_json, read_text, write_json, write_text
from realm_mini.fit import Step
from realm_mini.masking import MaskedExample, Tagger
from realm_mini.pipeline import Run
from realm_mini.records import digest
from realm_mini.stage import Companion
from realm_mini.text import Tokenizer
from realm_mini.world import World

PROBE_EVERY, PROBED = 100, 200  # steps of joint pre-training between two probes; held-out texts of each


class Store:
    """Finished stages below one folder, each under its hash; an entry is whole or not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entry(self, stage: str, key: str) -> Path:
        """Return where a stage lies once it is finished."""
        return self.folder / f"{stage}-{key}"

    def put(self, stage: str, key: str, made: Path, beside: dict[str, str]) -> None:
        """Keep a finished stage, and texts beside it; if another process was quicker, leave it."""
        target = self.entry(stage, key)
        if target.exists():
            return
        part = self.folder / f".{target.name}.{os.getpid()}.part"
        shutil.rmtree(part, ignore_errors=True)
        _link_all(made, part / "stage")
        for name, text in beside.items():
            write_text(part / name, text)
        try:
            os.rename(part, target)
        except OSError:  # the other one came between
            shutil.rmtree(part, ignore_errors=True)

    def fetch(self, stage: str, key: str, target: Path) -> bool:
        """Put a kept stage at ``target``, the file that says it is finished last; False if there is none."""
        source = self.entry(stage, key) / "stage"
        if not source.exists():
            return False
        _link_all(source, target)
        return True


def adopt(store: Store, folder: Path, world: World) -> list[str]:
    """Keep the finished stages of a ``realm-mini train`` run, so that no row trains them again.

    Joint pre-training is not among them: its rows look at held-out texts on the way, a plain run does not.

    Raises:
        RealmError: the run has not come to its end, or it is one of another world.
    """
    if not (folder / "results.json").exists():
        raise RealmError(f"{folder} holds no finished run. Give the --out of a realm-mini train that ended.")
    meta, made = read_json(folder / "run.json"), read_json(folder / "results.json")["provenance"]
    if meta["fingerprint"] != world.corpus.fingerprint or "tagger" in meta:
        raise RealmError(f"{folder} was trained on other passages, or with another tagger. Give another run.")
    config = RealmConfig.from_dict(meta["config"])
    keys, (threads, device) = (
        stage_keys(config, config, "news", world.fingerprint),
        made["machine"].split(", ")[1:],
    )
    beside = json.dumps({"commit": made["commit"], "threads": int(threads.split()[0]), "device": device})
    adopted = [s for s in keys if s != "pretrain" and (folder / "stages" / s / "stage.json").exists()]
    for stage in adopted:
        log = _lines_of(folder / "log.jsonl", stage)
        store.put(
            stage, keys[stage], folder / "stages" / stage, {"log.jsonl": log, "made.json": beside + "\n"}
        )
    return adopted


def _lines_of(log: Path, stage: str) -> str:
    """Return the lines of a stage in the log of a run."""
    lines = read_text(log).splitlines(keepends=True) if log.exists() else []
    return "".join(line for line in lines if line.startswith(f'{{"stage": "{stage}"'))


def _link_all(source: Path, target: Path) -> None:
    """Link the files of a folder, or copy where links cannot be made; stage.json comes last."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir(), key=lambda p: p.name == "stage.json"):
        beside = target / f".{path.name}.part"
        beside.unlink(missing_ok=True)
        try:
            os.link(path, beside)
        except OSError:
            shutil.copyfile(path, beside)
        os.replace(beside, target / path.name)


@dataclass(frozen=True)
class Given:
    """What a run is given that it would make itself otherwise; ``mark`` goes into the keys of its stages."""

    tokenizer: Tokenizer
    tagger: Tagger
    mark: str


class SharedRun(Run):
    """A :class:`~realm_mini.pipeline.Run` that looks into a store before it trains a stage.

    ``start``: the configuration that the tagger, and the masking in warm-up, follow.  ``texts``: "corpus"
    masks the sentences of Z instead of news; the held-out news stay what is probed.  ``given``: the tokenizer
    and the tagger, instead of the run's own.
    """

    def __init__(
        self,
        folder: Path,
        world: World,
        config: RealmConfig,
        *,
        store: Store,
        start: RealmConfig | None = None,
        texts: str = "news",
        commit: str = "",
        device: str = "cpu",
        log: Callable[[str, Step, int], None] | None = None,
        save_every: int = 100,
        given: Given | None = None,
    ) -> None:
        if given is not None and not (folder / "tokenizer.json").exists():
            given.tokenizer.save(folder / "tokenizer.json")
        tagger = given.tagger if given else None
        super().__init__(folder, world, config, device, save_every=save_every, tagger=tagger)
        self._log, self.log = log, self._logged
        self.store, self.start, self.commit = store, start or config, commit
        read = world.fingerprint
        self.keys = stage_keys(config, self.start, texts, digest([read, given.mark]) if given else read)
        if texts == "corpus":
            self.news: list[Sentence] = world.corpus.sentences()

    def stage(
        self,
        name: str,
        modules: dict[str, torch.nn.Module],
        steps: Callable[[], Iterator[Step]],
        total: int,
        companion: Companion | None = None,
    ) -> None:
        """Fetch a stage that another row has made, or train it and keep it for others."""
        done = self.stages / name / "stage.json"
        if not done.exists() and not self.store.fetch(name, self.keys[name], self.stages / name):
            # Noted before it is paid for: a kill in between must not make it free.
            write_json(self._paid_file, sorted({*self.paid, name}))
        super().stage(name, modules, steps, total, companion)
        self.store.put(name, self.keys[name], self.stages / name, self._beside(name))

    @property
    def _paid_file(self) -> Path:
        return self.folder / "paid.json"

    @property
    def paid(self) -> set[str]:
        """Return the stages that this run trained itself, its views (:meth:`at`) included."""
        return set(read_json(self._paid_file)) if self._paid_file.exists() else set()

    def _beside(self, name: str) -> dict[str, str]:
        """Return what is kept beside the weights of a stage: its log, its probes, how it was made."""
        made = {"commit": self.commit, "threads": torch.get_num_threads(), "device": self.device}
        found = {"log.jsonl": _lines_of(self.folder / "log.jsonl", name)}
        if name == "pretrain" and self._probes.exists():
            found["probes.json"] = read_text(self._probes)
        return found | {"made.json": json.dumps(made) + "\n"}

    @contextmanager
    def _starting(self) -> Iterator[None]:
        own, self.config = self.config, self.start
        try:
            yield
        finally:
            self.config = own

    @cached_property
    def tagger(self) -> Tagger:
        """Return the tagger as the start's configuration makes it."""
        with self._starting():
            return super().tagger

    def masked(self, name: str, texts: list[Sentence]) -> Iterator[MaskedExample]:
        """Return an endless stream of masked texts; those of warm-up are masked as the start says."""
        if name != "warmup":
            return super().masked(name, texts)
        with self._starting():
            return super().masked(name, texts)

    @property
    def _probes(self) -> Path:
        return self.folder / "probes.json"

    def _logged(self, stage: str, step: Step, total: int) -> None:
        if stage == "pretrain" and step.step % PROBE_EVERY == 0:
            self._probe_now(step.step)
        if self._log is not None:
            self._log(stage, step, total)

    def _probe_now(self, step: int) -> None:
        """Look at held-out texts in the middle of joint pre-training, with an index built for that.

        A step that is taken again after a kill is probed again, and its figures replace the former.
        """
        texts = self.masked_held_out()[:PROBED]
        if not texts:
            return
        modules = (self.realm.retriever, self.realm.reader)
        modes, index = [m.training for m in modules], self.realm.index
        self.realm.build_index(step)
        found = evaluate.probe(self.realm, texts, [self._gold(e) for e in texts])
        self.realm.index = index
        for module, mode in zip(modules, modes, strict=True):
            module.train(mode)
        probes = read_json(self._probes) if self._probes.exists() else {}
        write_json(self._probes, probes | {str(step): found})

    def costs(self, stages: list[str]) -> dict[str, Any]:
        """Return what some stages cost: seconds, threads, who made them; and the sums in core-minutes.

        ``whole``: all of them; ``own``: those that no other row had made before.
        """
        found, whole, own, paid = {}, 0.0, 0.0, self.paid
        for name in stages:
            entry = self.store.entry(name, self.keys[name])
            if not entry.exists():  # a tagger that was given, or is nothing but rules, was never trained
                continue
            with suppress(KeyError):
                made = read_json(entry / "made.json")
                seconds = read_json(entry / "stage" / "stage.json")["seconds"]
                minutes = seconds * (made["threads"] if made["device"] == "cpu" else 1) / 60
                found[name] = {"key": self.keys[name], "seconds": seconds, "own": name in paid} | made
                whole, own = whole + minutes, own + minutes * (name in paid)
        return {"stages": found, "whole": round(whole, 2), "own": round(own, 2)}
