"""The trainer's side of the index builder: asks, looks, and starts it again when it fails.

The builder is a child of this process, or watches the folder from elsewhere.  Trouble with it is said
once; if it fails again and again on one snapshot, whoever waits gets the index from this process.
Level 6.
"""

import subprocess
import time
import warnings
from collections.abc import Callable
from typing import Any

import torch

from realm_mini.child import end_child, last_line
from realm_mini.errors import RealmError
from realm_mini.handover import Handover
from realm_mini.index import Index

PATIENCE = 60.0  # seconds without a sign of life from a builder that has something to do
STARTING = 5  # times the patience with one that has yet to import everything, on a busy machine
TRIES = 3  # for one snapshot
LOOK_SECONDS = 0.02
LONGEST_PAUSE = 60.0  # seconds between two starts of a builder that always ends

Start = Callable[[], subprocess.Popen]


class Supervisor:
    """Has indexes made by another process, through a :class:`~realm_mini.handover.Handover`.

    ``prepare``: writes what the builder needs to know.  ``start``: starts one; None if it is started by
    hand elsewhere.  ``alone``: makes the index here when there is no other way.
    """

    def __init__(
        self,
        handover: Handover,
        prepare: Callable[[], None],
        start: Start | None,
        alone: Callable[[int, dict[str, torch.Tensor]], Index],
        fingerprint: str,
        dim: int,
        patience: float = PATIENCE,
    ) -> None:
        self.handover, self.patience = handover, patience
        self._prepare, self._start, self._alone = prepare, start, alone
        self._fingerprint, self._dim = fingerprint, dim
        self._said: set[str] = set()
        self._child: subprocess.Popen | None = None
        self._is_open = False
        self._step, self._weights, self._sum = -1, {}, ""
        self._ready: Index | None = None
        self._seconds, self._failures = 0.0, 0
        self._pause, self._start_at, self._is_gone = 0.0, 0.0, False
        self._sign: dict[str, Any] = {}
        self._moved = time.monotonic()  # when the builder last showed that it lives

    def ask(self, step: int, weights: dict[str, torch.Tensor]) -> None:
        """Ask for the index of these weights; the one asked for before is no longer wanted."""
        if not self._is_open:
            self._prepare()
            self._is_open = True
        if self._step not in (-1, step):
            self.handover.forget(self._step)
        if self.handover.seen() != self._sign:
            self._is_gone = False
        self._step, self._weights, self._ready = step, weights, None
        self._failures = TRIES if self._is_gone else 0
        self._sum = self.handover.ask(step, weights)
        self._moved = time.monotonic()
        self.mind()

    def look(self, step: int) -> Index | None:
        """Return the index that was asked for, or None while it is not there; never wait."""
        if self._ready is None:
            try:
                found = self.handover.answer(step, self._sum, self._fingerprint, self._dim)
            except RealmError as error:
                self._trouble("garbage", f"The index builder wrote what is no index ({error})")
                return None
            if found is not None:
                self._ready, self._seconds = found
                self._pause = 0.0
            elif self._is_silent():
                self._trouble("hung", "The index builder gave no sign of life for too long")
        return self._ready

    def wait(self, step: int) -> Index:
        """Return the index that was asked for, however long it takes."""
        while (found := self.look(step)) is None:
            if self.is_lost():
                self._say("alone", f"The index of step {step} is built by the trainer itself.")
                began = time.perf_counter()
                self._ready = self._alone(step, self._weights)
                self._seconds = round(time.perf_counter() - began, 3)
                continue
            self.mind()
            time.sleep(LOOK_SECONDS)
        return found

    def mind(self) -> None:
        """Start the builder if there is none, and again if it has ended."""
        if self._start is None or not self._is_open:
            return
        if self._child is not None and (status := self._child.poll()) is not None:
            if self._ready is None:
                self.look(self._step)  # it may have done its work before
            if self._child is not None:
                words = last_line(self.handover.folder / "builder.log")
                self._trouble("dead", f"The index builder ended (status {status}{words and f': {words}'})")
        if self._child is None and time.monotonic() >= self._start_at and not self.is_lost():
            self._moved = time.monotonic()
            self._child = self._start()

    def is_lost(self) -> bool:
        """Return whether the builder has failed too often on what it was last asked for."""
        return self._ready is None and self._failures >= TRIES

    def status(self) -> dict[str, Any]:
        """Return the builder's state and how long its last index took."""
        return {"builder": self._state(), "refresh_s": self._seconds}

    def close(self) -> None:
        """End the builder and remove the folder."""
        self._end()
        if self._is_open:
            self.handover.clear()
            self._is_open = False

    def _state(self) -> str:
        if self._start is not None and (self._child is None or self._child.poll() is not None):
            return "dead" if self._is_open else "not started"
        sign = self.handover.seen()
        if self._child is not None and sign.get("pid") != self._child.pid:
            return "starting"
        return sign.get("state", "absent")

    def _is_silent(self) -> bool:
        """Return whether nothing was heard for too long; a builder elsewhere has its own clock."""
        now = time.monotonic()
        if (sign := self.handover.seen()) != self._sign:
            self._sign, self._moved = sign, now
        is_starting = not sign or (self._child is not None and sign.get("pid") != self._child.pid)
        return now - self._moved > self.patience * (STARTING if is_starting else 1) and not self.is_lost()

    def _trouble(self, kind: str, text: str) -> None:
        again = "It is started again" if self._start else "Start it again: realm-mini build-index --watch RUN"
        self._say(kind, f"{text}. {again}; this is said once.")
        self._is_gone = self._start is None and kind == "hung"  # nobody here can start it again
        self._failures = TRIES if self._is_gone else self._failures + 1
        self._end()
        self._pause, pause = min(max(1.0, 2 * self._pause), LONGEST_PAUSE), self._pause
        self._moved = time.monotonic()
        self._start_at = self._moved + pause
        if self._ready is None and not self.is_lost():  # whatever is wrong with the snapshot, write it anew
            self._sum = self.handover.ask(self._step, self._weights)

    def _end(self) -> None:
        if self._child is not None:
            end_child(self._child)
            self._child = None

    def _say(self, kind: str, text: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            warnings.warn(text, stacklevel=2)
