"""The index builder: a process that embeds the passages of each snapshot it finds (section 3.3).

A child of the trainer, or ``realm-mini build-index --watch RUN`` on another machine over a shared
folder.  It keeps nothing of its own, so it may be killed at any moment; another one goes on.  Level 6.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import torch

from realm_mini.batch import Collator
from realm_mini.config import RealmConfig
from realm_mini.corpus import Corpus
from realm_mini.errors import RealmError, read_json
from realm_mini.handover import Handover, checksum
from realm_mini.refresh import rebuild
from realm_mini.retriever import Retriever
from realm_mini.text import Tokenizer
from realm_mini.weights import load_weights

BEAT_SECONDS = 1.0  # between two signs of life


class Builder:
    """Embeds the passages of one trainer, as its specification says."""

    def __init__(self, handover: Handover, device: str = "cpu") -> None:
        """Read the specification.

        Raises:
            RealmError: it is missing, or the passages are not those it speaks of.
        """
        self.handover, self.device = handover, device
        self.spec = read_json(handover.spec)
        self.config = RealmConfig.from_dict(self.spec["config"])
        corpus = Corpus.from_jsonl(handover.folder / "passages.jsonl")
        if corpus.fingerprint != self.spec["fingerprint"]:
            raise RealmError(f"{handover.folder} holds other passages than its trainer has. Start it again.")
        tokenizer = Tokenizer.load(handover.folder / "tokenizer.json")
        self.collator = Collator(tokenizer, corpus, self.config.lengths)
        with torch.random.fork_rng(devices=[]):  # its weights are replaced before they are used
            self.retriever = Retriever(self.config.retriever, self.config.encoder, tokenizer.pad)
        if not self.spec["shared_towers"]:
            self.retriever.untie()
        self.retriever.to(device)
        self._beat, self._shown = 0, (float("-inf"), "", None)

    def build(self, step: int) -> None:
        """Embed the passages with the snapshot of ``step`` and hand the index over.

        Raises:
            RealmError: the snapshot is damaged, or the index cannot be written.
        """
        began = time.perf_counter()
        self.show("building", step)
        path = self.handover.snapshot(step)
        asked = checksum(path)
        load_weights(self.retriever, path)
        with self._alive(step):
            index = rebuild(self.retriever, self.collator, self.config.search.factory, step)
            self.handover.deliver(index, asked, round(time.perf_counter() - began, 3))
        self.show("idle")

    @contextmanager
    def _alive(self, step: int) -> Iterator[None]:
        """Give signs of life while something lasts, be it one batch of a large encoder or a graph of FAISS.

        A thread does, which stands still when the process is stopped.
        """
        over = Event()

        def beat() -> None:
            while not over.wait(BEAT_SECONDS):
                with suppress(RealmError):  # the trainer took its folder away: the builder itself will see
                    self.show("building", step)

        thread = Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def show(self, state: str, step: int | None = None) -> None:
        """Give a sign of life, when something changed or it is time for one."""
        now = time.monotonic()
        when, *rest = self._shown
        if rest != [state, step] or now - when >= BEAT_SECONDS:
            self._beat += 1
            self._shown = (now, state, step)
            self.handover.show(state, self._beat, step)

    def is_current(self) -> bool:
        """Return whether the trainer still wants what the specification says."""
        return _spec(self.handover).get("key") == self.spec.get("key")


def watch(
    run: Path,
    *,
    device: str = "cpu",
    threads: int | None = None,
    poll: float = 0.05,
    stop: Callable[[], bool] = lambda: False,
    said: Callable[[str], None] = lambda text: None,
) -> int:
    """Build what the trainer of ``run`` asks for until it asks for no more; return how many indexes.

    It may be started before its trainer.  ``threads``: other than the specification says, for a machine
    where equality to the bit with the trainer's own rebuild does not matter.
    """
    handover, built, builder = Handover(run / "refresh"), 0, None
    while not stop():
        if not handover.spec.exists():
            if builder is not None:
                break
        elif builder is None or not builder.is_current():  # the first trainer, or one that was started again
            try:
                builder = Builder(handover, device)
            except RealmError:
                if handover.spec.exists():
                    raise
                continue  # the trainer has gone while we read
            torch.set_num_threads(threads or builder.spec["threads"])
            torch.set_float32_matmul_precision(builder.spec["products"])
        elif (step := handover.wanted()) is None:
            builder.show("idle")
        elif _built(builder, step):
            built += 1
            said(f"index of step {step} built")
            continue
        time.sleep(poll)
    return built


def _built(builder: Builder, step: int) -> bool:
    try:
        builder.build(step)
        return True
    except (RealmError, OSError):
        if builder.is_current() and builder.handover.snapshot(step).exists():
            raise
        return False  # the trainer has taken the request back meanwhile


def _spec(handover: Handover) -> dict[str, Any]:
    try:
        return read_json(handover.spec)
    except RealmError:
        return {}
