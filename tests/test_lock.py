"""One trainer a folder, and no lock that outlives its holder."""

import errno
import json
import os
import subprocess
import sys

import pytest

from realm_mini import lock as lock_module
from realm_mini.errors import RealmError
from realm_mini.lock import RunLock, sweep


@pytest.fixture
def other():
    """A process that lives."""
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.stdin.close()
    process.wait()


def holder_of(pid, **changes):
    me = lock_module._this_process()
    return me | {"pid": pid, "began": lock_module._began(pid)} | changes


def leave(folder, holder):
    folder.mkdir(exist_ok=True)
    (folder / "lock.json").write_text(holder if isinstance(holder, str) else json.dumps(holder))


def test_a_lock_names_its_holder_and_is_given_back(tmp_path):
    held = RunLock(tmp_path / "run")
    assert json.loads(held.path.read_text())["pid"] == os.getpid()
    again = RunLock(tmp_path / "run")
    held.close()
    assert held.path.exists(), "the same process holds it once more"
    del again
    assert not held.path.exists()


def test_a_second_trainer_is_refused(tmp_path, other):
    leave(tmp_path, holder_of(other.pid))
    with pytest.raises(RealmError, match=f"is in use by process {other.pid} on .* remove lock.json"):
        RunLock(tmp_path)
    assert json.loads((tmp_path / "lock.json").read_text())["pid"] == other.pid


@pytest.mark.skipif(not lock_module._boot(), reason="the system does not say")
@pytest.mark.parametrize("kind", ["another boot", "another process of that number", "no process", "", "{"])
def test_a_stale_lock_is_taken_over(tmp_path, other, kind):
    holders = {
        "another boot": holder_of(other.pid, boot="before"),
        "another process of that number": holder_of(other.pid, began="1"),
        "no process": holder_of(2**22 + 1),
    }
    leave(tmp_path, holders.get(kind, kind))
    held = RunLock(tmp_path)
    assert json.loads((tmp_path / "lock.json").read_text())["pid"] == os.getpid()
    held.close()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_a_killed_process_that_nobody_has_buried_holds_nothing(tmp_path, other):
    leave(tmp_path, holder_of(other.pid))
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    RunLock(tmp_path).close()
    assert os.listdir(tmp_path) == []


def test_a_holder_on_another_machine_cannot_be_asked(tmp_path):
    leave(tmp_path, holder_of(1, host="elsewhere"))
    with pytest.raises(RealmError, match="in use by process 1 on elsewhere"):
        RunLock(tmp_path)


def test_a_lock_is_not_given_back_by_those_who_lost_it(tmp_path, other):
    held = RunLock(tmp_path)
    leave(tmp_path, holder_of(other.pid))
    held.close()
    assert (tmp_path / "lock.json").exists()


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    def refuse(*_args):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(lock_module.os, "open", refuse)
    with pytest.raises(RealmError, match=r"could not be written \(Read-only file system\)"):
        RunLock(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RealmError, match="could not be written"):
        RunLock(tmp_path / "file" / "run")


def test_what_was_left_half_written_is_swept_away(tmp_path):
    for name in (".a.part", "stages/ict/.b.12.part", "refresh/.c.part", "stages/keep", ".keep"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    sweep(tmp_path, but="refresh")
    left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert left == [".keep", "refresh/.c.part", "stages/keep"]
