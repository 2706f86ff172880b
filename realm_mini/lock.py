"""One trainer a folder: a lock that names its holder, taken over when that one is no more.

Level 1: no torch.
"""

import json
import os
import socket
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

from realm_mini.errors import RealmError

TAKES = 5  # tries, for others may be taking or giving back the lock just now


class RunLock:
    """Holds a folder for this process until it is closed, forgotten, or the process ends.

    A process may lock a folder several times over.  What a killed holder leaves behind names its process,
    when that began and since when its machine is up, so that the next one sees that it is stale.
    """

    def __init__(self, folder: str | Path) -> None:
        """Take the lock.

        Raises:
            RealmError: another process holds it, or the folder cannot be written to.
        """
        self.path = Path(folder) / "lock.json"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            for _ in range(TAKES):
                if _take(self.path):
                    break
            else:
                raise RealmError(f"{folder} is being taken by several processes at once. Start one only.")
        except OSError as error:
            raise RealmError(
                f"{self.path} could not be written ({error.strerror or error}). Choose a folder that can be."
            ) from error
        _held[self.path] = _held.get(self.path, 0) + 1
        self.close = weakref.finalize(self, _give_back, self.path)


_held: dict[Path, int] = {}  # how often this process holds which lock


def _take(path: Path) -> bool:
    """Try once; False if it has to be tried again."""
    mine = _this_process()
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        holder = _holder(path)
        if holder == mine:
            return True
        if holder and _may_live(holder):
            raise RealmError(
                f"{path.parent} is in use by process {holder.get('pid')} on {holder.get('host')}. "
                f"Wait for it, or choose another folder; if it is gone, remove {path.name}."
            ) from None
        _put_aside(path, holder)
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(mine))
    return True


def _put_aside(path: Path, stale: dict[str, Any]) -> None:
    """Remove a stale lock: by renaming, which only one of several that want it can do."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        os.rename(path, aside)
        if _holder(aside) != stale:  # another one was quicker and holds it rightly
            with suppress(OSError):
                os.link(aside, path)
        aside.unlink()


def _holder(path: Path) -> dict[str, Any]:
    """Return who holds the lock; a file that stays empty was left by one killed while writing it."""
    for _ in range(20):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else {}
        except FileNotFoundError:
            return {}
        except ValueError:
            time.sleep(0.02)
    return {}


def _this_process() -> dict[str, Any]:
    pid = os.getpid()
    return {"host": socket.gethostname(), "boot": _boot(), "pid": pid, "began": _began(pid)}


def _may_live(holder: dict[str, Any]) -> bool:
    """Return whether the holder may still be running; on another machine it always may."""
    pid = holder.get("pid")
    if holder.get("host") != socket.gethostname() or not isinstance(pid, int):
        return True
    if holder.get("boot") != _boot():
        return False
    if os.name == "posix":  # elsewhere there is no harmless signal to ask with
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
    return holder.get("began") == _began(pid)  # otherwise the number was given to another process


def _boot() -> str:
    """Return what the system calls the time since it was started; empty where it does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _began(pid: int) -> str:
    """Return when the process began, in the system's own measure; empty where it does not say, or is over."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in "ZX" else rest[18]


def _give_back(path: Path) -> None:
    _held[path] = _held.get(path, 1) - 1
    if _held[path] <= 0 and _holder(path) == _this_process():
        path.unlink(missing_ok=True)


def sweep(folder: Path, *, but: str) -> None:
    """Remove what processes that were killed left half-written below a locked folder, ``but`` one place."""
    for path in folder.rglob(".*.part"):
        if path.is_file() and path.relative_to(folder).parts[0] != but:
            path.unlink(missing_ok=True)
