"""A child process that never outlives its parent.  Level 1: no torch, so that a child soon hears of it."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1


def start_child(words: list[str], log: Path) -> subprocess.Popen:
    """Start ``realm-mini`` with these words; what it says goes to the file ``log``.

    Its standard input is a pipe that nobody writes to: it closes when this process ends.
    """
    package = str(Path(__file__).parents[1])  # wherever this package was found, the child must find it too
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    with log.open("ab") as handle:
        return subprocess.Popen(
            [sys.executable, "-m", "realm_mini", *words],
            stdin=subprocess.PIPE,
            stdout=handle,
            stderr=handle,
            start_new_session=True,  # Ctrl-C at the terminal is for the parent alone
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )


def end_child(child: subprocess.Popen) -> None:
    """End a child at once, whatever it is doing, and leave no zombie."""
    child.kill()  # not terminate: one that is stopped or hangs would not hear it; its files are whole anyway
    if child.stdin is not None:
        child.stdin.close()
    child.wait()


def end_with_parent() -> None:
    """Let this process end when the one that started it does, however that one ends.

    The pipe tells it on every system; on Linux the kernel is asked as well, which reaches even a process
    that is stopped.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def wait_for_the_end() -> None:
        while os.read(0, 1):
            pass
        os._exit(0)

    threading.Thread(target=wait_for_the_end, daemon=True).start()


def stop_with_parent(poll: float = 1.0) -> None:
    """Let this process get one SIGTERM when the one that started it ends, however that one ends.

    Not from the kernel: that sends one for each thread of a parent that is killed, and a second signal means
    not to wait for the step to end.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(poll)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def last_line(log: Path) -> str:
    """Return the last thing that a child said; nothing where it said nothing."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""
