"""Ctrl-C and the like as a wish that is granted between two steps.  Level 1: no torch."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """Training was asked to stop and did, its state saved."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


@dataclass
class Wish:
    """The signal that asked to stop, if one did."""

    signum: int = 0


@contextmanager
def stoppable() -> Iterator[Wish]:
    """Note the first signal to stop instead of being interrupted at any place; the second interrupts.

    Outside the main thread, where Python gives no say in signals, nothing is changed.
    """
    wish = Wish()

    def note(signum: int, _: object) -> None:
        if wish.signum:
            raise KeyboardInterrupt
        wish.signum = signum

    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    before = {signum: signal.signal(signum, note) for signum in SIGNALS}
    try:
        yield wish
    finally:
        for signum, handler in before.items():
            signal.signal(signum, signal.SIG_DFL if handler is None else handler)
