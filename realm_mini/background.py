"""The index is rebuilt elsewhere while training goes on (section 3.3), and swapped in between two steps.

Two schedules.  With ``lag`` of at least 0 the index of the snapshot of step s comes into use at step
s + lag, and is waited for when it is late: which index a step reads depends on its number alone, so two
runs are equal to the bit, however the builder is disturbed.  With ``lag=-1`` it comes into use as soon as
it is whole: training never waits, and no two runs are alike.  A builder on this machine shares its threads
with training; sums depend on their number, so a run with one elsewhere is another run.  Level 7.
"""

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import nn

from realm_mini.batch import Collator
from realm_mini.child import start_child
from realm_mini.config import RealmConfig
from realm_mini.errors import RealmError
from realm_mini.handover import Handover
from realm_mini.index import Index
from realm_mini.refresh import Refresher, rebuild
from realm_mini.retriever import Retriever
from realm_mini.speed import is_tuned, set_threads, using_threads
from realm_mini.supervisor import Supervisor
from realm_mini.weights import put_weights, tensors_of

Weights = dict[str, torch.Tensor]


@runtime_checkable
class Maker(Protocol):
    """Whoever makes indexes of snapshots: this process (below), or another (``supervisor``)."""

    def ask(self, step: int, weights: Weights) -> None:
        """Ask for the index of these weights."""

    def look(self, step: int) -> Index | None:
        """Return the index that was asked for, or None while it is not there; never wait."""

    def wait(self, step: int) -> Index:
        """Return the index that was asked for, however long it takes."""

    def mind(self) -> None:
        """See that whoever makes indexes is alive; called at every step."""

    def is_lost(self) -> bool:
        """Return whether the index that was asked for will not come without waiting for it."""

    def status(self) -> dict[str, Any]:
        """Return what goes into the log: the state of the builder, the time of the last rebuild."""

    def close(self) -> None:
        """End whatever was started."""


class Inline:
    """Makes the index here and now."""

    def __init__(self, build: Callable[[int, Weights], Index]) -> None:
        self._build = build
        self._weights: Weights = {}
        self._seconds = 0.0

    def ask(self, step: int, weights: Weights) -> None:
        """Remember the weights."""
        self._weights = weights

    def look(self, step: int) -> Index:
        """Build the index; there is no getting around waiting."""
        began = time.perf_counter()
        index = self._build(step, self._weights)
        self._seconds = round(time.perf_counter() - began, 3)
        return index

    wait = look

    def mind(self) -> None:
        """There is nobody else."""

    def is_lost(self) -> bool:
        """Return that nothing can be."""
        return False

    def status(self) -> dict[str, Any]:
        """Return that there is no builder, and the time of the last rebuild."""
        return {"builder": "inline", "refresh_s": self._seconds}

    def close(self) -> None:
        """Nothing was started."""


class SnapshotRefresher(Refresher):
    """Takes a snapshot of the retriever every so many steps, and swaps in the index of it by schedule.

    ``every``: steps between two snapshots, 0 for none after the first.  ``lent``: how many of its threads
    training does without between a snapshot and the swap, because the builder computes beside it.  With
    more threads than cores all threads of a step would wait, at each product, for the one whose core the
    builder has: steps stood still for as long as a rebuild took (LOG.md).

    It can be put back to where an earlier one was: :meth:`state` holds the snapshots themselves, for indexes
    can be made again.
    """

    def __init__(self, retriever: nn.Module, maker: Maker, every: int, lag: int = 0, lent: int = 0) -> None:
        self.retriever, self.maker, self.every = retriever, maker, every
        self.lag = min(lag, every)
        self._threads, self._lent = torch.get_num_threads(), lent
        self._weights: dict[int, Weights] = {}
        self._index: Index | None = None
        self._asked = 0  # the step of the youngest snapshot
        self._pending = False
        self._swap_seconds = 0.0

    @property
    def index(self) -> Index:
        """Return the index in use."""
        if self._index is None:
            raise RealmError("The index is made at the first step. Call tick before reading it.")
        return self._index

    def tick(self, step: int) -> int:
        """Do what is due before ``step``; return the age in steps of the index in use."""
        began = time.perf_counter()
        if self._index is None:
            self._ask(step)
            self._index, self._pending = self.maker.wait(step), False
        self.maker.mind()
        self._swap(step)
        if not self._pending and self.every and step - self._asked >= self.every:
            self._ask(step)
            self._swap(step)
        if self._lent:
            set_threads(self._threads - self._lent * self._pending)
        self._swap_seconds = time.perf_counter() - began
        return step - self.index.step

    def _ask(self, step: int) -> None:
        # A copy: the retriever moves on while its snapshot is embedded, and a builder may have to be told
        # again.
        self._weights[step] = {name: t.clone() for name, t in tensors_of(self.retriever).items()}
        self._asked, self._pending = step, True
        self.maker.ask(step, self._weights[step])

    def _swap(self, step: int) -> None:
        """Bring the index that was asked for into use, if its time has come."""
        if not self._pending:
            return
        is_due = self.lag >= 0 and step >= self._asked + self.lag
        whole = self.maker.wait(self._asked) if is_due else self.maker.look(self._asked)
        if whole is not None and (is_due or self.lag < 0):
            self._index, self._pending = whole, False
            self._weights = {self._asked: self._weights[self._asked]}
        elif whole is None and self.lag < 0 and self.maker.is_lost():
            self._pending = False  # the old index stays in use until the turn of the next snapshot
            del self._weights[self._asked]

    def status(self) -> dict[str, Any]:
        """Return what goes into the log with each step, beside the age of the index."""
        return self.maker.status() | {"swap_s": round(self._swap_seconds, 3)}

    def state(self) -> tuple[Weights, dict[str, Any]]:
        """Return the snapshots of the index in use and of the one asked for, and which is which."""
        tensors = {f"{step}/{name}": t for step, ws in self._weights.items() for name, t in ws.items()}
        return tensors, {"index": self.index.step, "asked": self._asked, "pending": self._pending}

    def restore(self, tensors: Weights, state: dict[str, Any]) -> None:
        """Go on where the refresher was whose :meth:`state` this is."""
        self._weights = {}
        for name, tensor in tensors.items():
            step, _, rest = name.partition("/")
            self._weights.setdefault(int(step), {})[rest] = tensor
        used = state["index"]
        self.maker.ask(used, self._weights[used])
        self._index = self.maker.wait(used)
        self._asked, self._pending = state["asked"], state["pending"]
        if self._pending:
            self.maker.ask(self._asked, self._weights[self._asked])

    def rest(self) -> None:
        """Have all threads again, until the next step."""
        if self._lent:
            set_threads(self._threads)

    def close(self) -> None:
        """End whatever makes the indexes."""
        try:
            self.maker.close()
        finally:
            self.rest()

    def __enter__(self) -> "SnapshotRefresher":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def refresher_for(
    config: RealmConfig,
    retriever: Retriever,
    collator: Collator,
    run: Path,
    *,
    child: bool = True,
    lends: bool = True,
    every: int | None = None,
) -> SnapshotRefresher:
    """Return the refresher that the configuration describes, for a run in folder ``run``.

    Nothing is started before its first use.  ``child``: start a builder when one is needed; otherwise
    one is expected to watch the folder.  ``lends``: training gives a child some of its threads while that
    computes; not where several processes train, whose own number of threads changes as they wait for each
    other.  ``every``: steps between two snapshots, by default those of joint pre-training.
    """
    how = config.refreshing
    every = config.objective.refresh * how.factor if every is None else every
    mine = torch.get_num_threads()
    threads = mine if how.mode == "inline" else max(1, mine // 2)

    def alone(step: int, weights: Weights) -> Index:
        scratch = copy.deepcopy(retriever)
        put_weights(scratch, weights, f"the snapshot of step {step}")
        with using_threads(threads):  # as the builder has, for equality to the bit
            return rebuild(scratch, collator, config.search.factory, step)

    if how.mode == "inline":
        return SnapshotRefresher(retriever, Inline(alone), every)
    handover = Handover(run / "refresh")
    words = ["build-index", "--watch", str(run), "--child", *([] if is_tuned() else ["--exact"])]
    maker = Supervisor(
        handover,
        lambda: handover.open(config, collator, retriever.is_shared, threads),
        (lambda: start_child(words, handover.folder / "builder.log")) if child else None,
        alone,
        collator.corpus.fingerprint,
        config.retriever.dim,
    )
    lent = min(threads, mine - 1) if child and lends else 0
    return SnapshotRefresher(retriever, maker, every, how.lag, lent)
