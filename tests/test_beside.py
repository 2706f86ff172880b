"""Two lanes: the same results as one, whatever becomes of the process beside."""

import json
import os
import signal
import threading
import time

import pytest

from realm_mini import beside
from realm_mini.beside import FOLDER, OURS, Beside
from realm_mini.errors import RealmError
from realm_mini.pipeline import Run
from realm_mini.recipe import train_all
from realm_mini.world import World


def weights(out):
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted((out / "stages").rglob("*.safetensors"))}


def logged(out):
    records = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return {(r["stage"], r["step"]): r["loss"] for r in records}


@pytest.fixture
def alone(world_folder, tiny_config, tmp_path):
    """A run with one lane, and what it came to."""
    table = train_all(tmp_path / "alone", world_folder, tiny_config, "cpu")
    return table, weights(tmp_path / "alone"), logged(tmp_path / "alone")


def came_to(out, table):
    assert not (out / FOLDER).exists()
    return table, weights(out), logged(out)


def test_two_lanes_come_to_what_one_does(alone, world_folder, tiny_config, tmp_path):
    out = tmp_path / "two"
    table = train_all(out, world_folder, tiny_config, "cpu", lanes=2)
    assert came_to(out, table) == alone
    figures = json.loads((out / "results.json").read_text())["provenance"]
    assert figures["lanes"] == 2 and set(OURS) <= set(figures["figures"])
    # And once more: all is there, nothing is trained, no process started.
    assert train_all(out, world_folder, tiny_config, "cpu", lanes=2) == table
    assert logged(out) == alone[2]


def test_what_a_killed_process_has_not_done_is_done_here(
    alone, world_folder, tiny_config, tmp_path, monkeypatch
):
    started = []
    start = beside.start_child

    def kill_soon(words, log):
        child = start(words, log)
        started.append(child.pid)
        folder = tmp_path / "killed" / FOLDER

        def kill():
            while not (folder / "log.jsonl").exists():  # in the middle of its first stage
                time.sleep(0.01)
            os.kill(child.pid, signal.SIGKILL)

        threading.Thread(target=kill, daemon=True).start()
        return child

    monkeypatch.setattr(beside, "start_child", kill_soon)
    with pytest.warns(UserWarning, match="What it has not done is done here"):
        table = train_all(tmp_path / "killed", world_folder, tiny_config, "cpu", lanes=2)
    assert len(started) == 1
    assert came_to(tmp_path / "killed", table) == alone


def test_a_run_that_is_stopped_leaves_no_process_and_goes_on(alone, world_folder, tiny_config, tmp_path):
    out, children = tmp_path / "stopped", []

    def stop(stage, step, steps):
        if stage == "pretrain":
            raise KeyboardInterrupt

    world = World.load(world_folder)
    run = Run(out, world, tiny_config, log=stop)
    with pytest.raises(KeyboardInterrupt), Beside(run, world_folder, lanes=2) as lane:
        children.append(lane._child)
        run.pretrain()
    assert children[0].poll() is not None
    del run, lane
    table = train_all(out, world_folder, tiny_config, "cpu", lanes=2)
    assert came_to(out, table) == alone


def test_other_numbers_of_lanes_are_refused(world_folder, tiny_config, tmp_path):
    run = Run(tmp_path, World.load(world_folder), tiny_config)
    with pytest.raises(RealmError, match="Use 1 or 2"):
        Beside(run, world_folder, lanes=3)
