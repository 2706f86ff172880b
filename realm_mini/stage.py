"""One stage of a run: trained to its end, or from where it was when its process was killed.

Every so many steps, and when asked to stop, all that decides the rest of the stage is saved in one file of
tensors with a note of JSON: modules, optimiser, the place in the data with its generators, the snapshots
whose indexes are in use or asked for.  A stage that goes on from there takes the very steps it would have
taken (to the bit, on one machine with one number of threads).  Of several processes the first alone keeps
account; whoever it is that goes on, and however many they are, all begin where it was.  Level 2.
"""

import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

from realm_mini.errors import RealmError, read_json, write_json
from realm_mini.fit import Fit, LossError, Step
from realm_mini.journal import Journal
from realm_mini.parallel import ALONE, LeftError, Workers
from realm_mini.speed import chance, set_chance
from realm_mini.stopping import Stopped, stoppable
from realm_mini.weights import (
    load_tensors,
    load_weights,
    put_weights,
    save_tensors,
    save_weights,
    tensors_of,
)

SAVE_EVERY = 100  # steps
KEPT = 2  # states: should the last be damaged, there is the one before
TAIL = 50  # steps whose means are a stage's figures


@runtime_checkable
class Companion(Protocol):
    """What moves along with the steps and must be put back with them, as an index and its snapshots."""

    def state(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Return what it needs to go on."""

    def restore(self, tensors: dict[str, torch.Tensor], state: dict[str, Any]) -> None:
        """Go on from there."""

    def status(self) -> dict[str, Any]:
        """Return what to write into the log beside each step."""

    def rest(self) -> None:
        """Be told that no step follows for now."""


class Stage:
    """Trains the modules of one stage and keeps account of it in the folder of the run."""

    def __init__(
        self,
        run: Path,
        name: str,
        modules: dict[str, torch.nn.Module],
        log: Callable[[Step], None],
        companion: Companion | None = None,
        every: int = SAVE_EVERY,
        workers: Workers = ALONE,
    ) -> None:
        self.run, self.name, self.modules, self.companion, self.every = run, name, modules, companion, every
        self.workers = workers
        self._log, self._journal = log, Journal(run / "log.jsonl")
        self._tail: deque[Step] = deque(maxlen=TAIL)
        self._count, self._seconds = 0, 0.0

    def train(self, begin: Callable[[], Iterator[Step]]) -> dict[str, Any]:
        """Take all steps that are left; return the figures of the whole stage.

        Raises:
            LossError: the loss is no number; its batch is saved, and so is the state before.
            Stopped: it was asked to stop, or another of the processes was, and the state is saved.
            LeftError: another of the processes has ended.
        """
        steps = begin()
        if isinstance(steps, Fit):
            self._begin(steps)
        self.workers.first(lambda: self._journal.cut(self.name, self._count))
        began = time.perf_counter() - self._seconds
        try:
            with stoppable() as wish:
                for step in steps:
                    self._record(step)
                    self._seconds = time.perf_counter() - began
                    signum = self.workers.largest(wish.signum)
                    is_due = signum or self._count % self.every == 0
                    if isinstance(steps, Fit) and is_due and self.workers.is_first:
                        self._save(steps)
                    if signum:
                        raise Stopped(signum)
        except LossError as error:
            if not self.workers.is_first:
                raise LeftError from error  # it is the same for all, and the first one says so
            raise self._with_batch(error) from error
        finally:
            if self.companion is not None:
                self.companion.rest()
            self._journal.close()
        return self._figures()

    def complete(
        self, begin: Callable[[], Iterator[Step]], probe: Callable[[], dict[str, Any]], *, whole: bool = False
    ) -> dict[str, Any]:
        """Train the stage and keep what it made, or load that if it was done before; return its figures.

        ``probe``: evaluates what was made, in the first process; its figures are added.  ``whole``: no batch
        is split; the first process takes all steps, and the others get the weights.
        """
        folder, workers = self.run / "stages" / self.name, self.workers
        files = [folder / f"{part}.safetensors" for part in self.modules]
        done = folder / "stage.json"
        if workers.share(done.exists):
            load_together(self.modules.values(), files, workers)
            return workers.share(lambda: read_json(done))
        figures = workers.share(lambda: self.train(begin)) if whole else self.train(begin)

        def keep() -> dict[str, Any]:
            for module, file in zip(self.modules.values(), files, strict=True):
                save_weights(module, file)
            write_json(done, made := figures | probe())
            for path in self._states():
                path.unlink(missing_ok=True)
            return made

        figures = workers.share(keep)
        if whole:
            _agree(self.modules.values(), workers)
        return figures

    def _record(self, step: Step) -> None:
        self._count = step.step + 1
        self._tail.append(step)
        if not self.workers.is_first:
            return
        record = {"stage": self.name, "step": step.step, "loss": round(step.loss, 5), "lr": step.lr}
        record |= {k: round(float(v), 5) for k, v in step.info.items()}
        self._journal.add(record | (self.companion.status() if self.companion else {}))
        self._log(step)

    def _figures(self) -> dict[str, Any]:
        tail = list(self._tail)
        figures = {
            "seconds": round(self._seconds, 1),
            "steps": self._count,
            "loss": round(float(np.mean([s.loss for s in tail])), 4) if tail else None,
        }
        last = tail[-1].info if tail else {}
        return figures | {k: round(float(np.mean([s.info[k] for s in tail])), 4) for k in last}

    def _states(self) -> list[Path]:
        found = (self.run / "state").glob(f"{self.name}-*.safetensors")
        return sorted(found, key=lambda path: int(path.stem.rpartition("-")[2]), reverse=True)

    def _state(self, steps: Fit) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Return all that decides the rest of the stage, but for the companion."""
        optimizer, place = steps.state()
        tensors = {f"optimizer/{name}": t for name, t in optimizer.items()}
        for part, module in self.modules.items():
            tensors |= {f"modules/{part}/{name}": t for name, t in tensors_of(module).items()}
        tensors |= {f"chance/{name}": t for name, t in chance().items()}  # of dropout, if an encoder has any
        tensors = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
        return tensors, {"fit": place, "tail": [asdict(s) for s in self._tail], "seconds": self._seconds}

    def _put(self, steps: Fit, tensors: dict[str, torch.Tensor], note: dict[str, Any], where: str) -> None:
        for part, module in self.modules.items():
            put_weights(module, _below(tensors, f"modules/{part}/"), where)
        steps.restore(_below(tensors, "optimizer/"), note["fit"])
        set_chance(_below(tensors, "chance/"))
        self._tail.extend(Step(**values) for values in note["tail"])
        self._count, self._seconds = note["fit"]["step"], note["seconds"]

    def _begin(self, steps: Fit) -> None:
        """Go to the youngest state, in all processes; without any, to where the first one is."""
        self.workers.first(lambda: self._go_back(steps))
        if self.workers.count > 1:
            tensors, note = self._state(steps)
            note = self.workers.share(lambda: note)
            tensors = self.workers.share_tensors(lambda: tensors)
            if not self.workers.is_first:
                self._put(steps, tensors, note, "What the first process told")

    def _save(self, steps: Fit) -> None:
        self._journal.sync()  # the state speaks of steps that must be in the log
        tensors, note = self._state(steps)
        if self.companion:
            theirs, note["companion"] = self.companion.state()
            tensors |= {f"companion/{name}": t.detach().cpu().contiguous() for name, t in theirs.items()}
        save_tensors(tensors, self.run / "state" / f"{self.name}-{self._count:06d}.safetensors", note)
        for path in self._states()[KEPT:]:
            path.unlink(missing_ok=True)

    def _go_back(self, steps: Fit) -> None:
        """Go to the youngest state that is whole."""
        for path in self._states():
            try:
                tensors, note = load_tensors(path)
            except RealmError:
                warnings.warn(f"{path} is damaged. Training goes on from the state before.", stacklevel=3)
                path.unlink(missing_ok=True)
                continue
            if self.companion:
                self.companion.restore(_below(tensors, "companion/"), note["companion"])
            self._put(steps, tensors, note, str(path))
            return

    def _with_batch(self, error: LossError) -> LossError:
        path = self.run / "bad-batch.json"
        write_json(path, {"stage": self.name, "step": self._count, "batch": plain(error.batch)})
        return LossError(f"{error} Its batch is in {path}.", error.batch)


def load_together(modules: Iterable[torch.nn.Module], files: Iterable[Path], workers: Workers) -> None:
    """Load weights from files that the first process has, in all processes.

    Raises:
        RealmError: a file is missing or cut short, or belongs to another configuration.
    """
    modules = list(modules)

    def load() -> None:
        for module, file in zip(modules, files, strict=True):
            load_weights(module, file)

    workers.first(load)
    _agree(modules, workers)


def _agree(modules: Iterable[torch.nn.Module], workers: Workers) -> None:
    """Give all processes the weights of the first."""
    for module in modules:
        tensors = workers.share_tensors(partial(tensors_of, module))
        if not workers.is_first:
            put_weights(module, tensors, "What the first process told")


def _below(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def plain(value: Any) -> Any:  # noqa: ANN401
    """Return a batch of whatever kind as values that JSON knows.

    >>> plain(([np.array([1, 2])], np.float32(0.5)))
    [[[1, 2]], 0.5]
    """
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (np.ndarray, np.generic, torch.Tensor)):
        return value.tolist()
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)
