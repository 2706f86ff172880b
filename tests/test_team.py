"""Two processes with one run: the losses of one process, whoever is killed, stopped or refused."""

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import fields, replace
from pathlib import Path

import pytest

from realm_mini import train as tr
from realm_mini.builder import watch
from realm_mini.child import stop_with_parent
from realm_mini.config import RefreshConfig, StagesConfig
from realm_mini.errors import RealmError
from realm_mini.fit import LossError
from realm_mini.parallel import LeftError, Workers
from realm_mini.pipeline import Run
from realm_mini.recipe import train_all
from realm_mini.stopping import Stopped, stoppable
from tests.forks import can_fork, free_port, in_processes
from tests.test_resume import STAGES, STEPS, config, files, is_as_if_nothing_happened, records, train, world

__all__ = ["config", "world"]  # fixtures

ROOT = Path(__file__).parents[1]
# The sums of two processes are added in another order; over these few steps that has grown to this much.
TOLERANCE = 1e-3
pytestmark = [can_fork, pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")]


class Doing(Workers):
    """Does something in one of the processes when it has taken so many steps of those that all take."""

    def __init__(self, team, rank, steps, what):
        super().__init__(team.rank, team.count)
        self.what, self.left = what, steps if rank == team.rank else -1

    def largest(self, number):
        self.left -= self.count > 1  # the stages of the first process alone have no common steps
        if self.left == 0:
            self.what()
        return super().largest(number)


def together(folder, world, config, *, count=2, doing=None, raising=None, **options):
    """Train in several processes; ``doing``: (rank, after how many common steps, what)."""

    def work(team):
        team = Doing(team, *doing) if doing else team
        try:
            run = Run(folder, world, config, workers=team, save_every=2, **options)
            run.pretrain()
            run.finetune()
        except BaseException as error:
            wanted = (raising or {}).get(team.rank)
            if wanted is None or type(error) is not wanted[0] or wanted[1] not in str(error):
                raise
            os._exit(77)

    return in_processes(count, work)


@pytest.fixture(scope="module")
def both(world, config, tmp_path_factory):
    """What a run of two processes leaves behind that nobody disturbs."""
    folder = tmp_path_factory.mktemp("both")
    assert together(folder, world, config) == [0, 0]
    return records(folder), files(folder)


@pytest.fixture(scope="module")
def one(world, config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    train(folder, world, config)
    return records(folder)


def alike(found, wanted):
    """Whether two logs tell the same but for the order in which numbers were added."""
    assert [(r["stage"], r["step"]) for r in found] == [(r["stage"], r["step"]) for r in wanted]
    for a, b in zip(found, wanted, strict=True):
        assert a.keys() == b.keys()
        for name, value in b.items():
            if isinstance(value, float):
                assert a[name] == pytest.approx(value, abs=TOLERANCE, rel=TOLERANCE), (
                    b["stage"],
                    b["step"],
                    name,
                )
            else:
                assert a[name] == value


def test_a_run_of_two_processes_takes_the_steps_of_one(one, both):
    assert [(r["stage"], r["step"]) for r in both[0]] == [(s, i) for s in STAGES for i in range(STEPS)]
    alike(both[0], one)


@pytest.mark.parametrize(("rank", "steps"), [(0, 5), (0, 10), (1, 13), (1, 20)])
def test_killed_in_either_process_a_run_goes_on_as_if_nothing_happened(
    world, config, tmp_path, both, rank, steps
):
    """In warm-up (5), joint pre-training (10, 13) and fine-tuning (20): to the bit."""
    raising = {1 - rank: (LeftError, "has ended")}
    statuses = together(tmp_path, world, config, doing=(rank, steps, lambda: os._exit(9)), raising=raising)
    assert sorted(statuses) == [9, 77]
    assert together(tmp_path, world, config) == [0, 0]
    is_as_if_nothing_happened(tmp_path, both)


def test_killed_in_a_stage_of_the_first_alone(world, config, tmp_path, both):
    def log(stage, step, steps):
        if (stage, step.step) == ("ict", 4):
            os._exit(9)

    raising = {1: (LeftError, "has ended")}
    assert together(tmp_path, world, config, log=log, raising=raising) == [9, 77]
    assert together(tmp_path, world, config) == [0, 0]
    is_as_if_nothing_happened(tmp_path, both)


@pytest.mark.parametrize("rank", [0, 1])
def test_asked_to_stop_in_either_process_all_stop_at_one_step(world, config, tmp_path, both, rank):
    def ask():  # it comes too late for this step and stops after the next
        os.kill(os.getpid(), signal.SIGTERM)

    raising = dict.fromkeys((0, 1), (Stopped, "SIGTERM"))
    assert together(tmp_path, world, config, doing=(rank, 11, ask), raising=raising) == [77, 77]
    states = sorted(p.name for p in (tmp_path / "state").iterdir())
    assert states == ["pretrain-000004.safetensors", "pretrain-000005.safetensors"]
    assert together(tmp_path, world, config) == [0, 0]
    is_as_if_nothing_happened(tmp_path, both)


def test_one_process_goes_on_with_what_two_have_begun(world, config, tmp_path, one):
    raising = {1: (LeftError, "has ended")}
    statuses = together(tmp_path, world, config, doing=(0, 12, lambda: os._exit(9)), raising=raising)
    assert statuses == [9, 77]
    train(tmp_path, world, config)
    alike(records(tmp_path), one)


def test_a_loss_that_is_no_number_in_one_process_leaves_the_batch_of_all(
    world, config, tmp_path, both, monkeypatch
):
    real, calls = tr.realm_loss, []

    def broken(*args, workers, **kwargs):
        loss, info = real(*args, workers=workers, **kwargs)
        calls.append(1)
        return (loss * math.nan if len(calls) == 6 and workers.rank == 1 else loss), info

    monkeypatch.setattr(tr, "realm_loss", broken)
    raising = {0: (LossError, "became nan at step 5"), 1: (LeftError, "")}
    assert together(tmp_path, world, config, raising=raising) == [77, 77]
    saved = json.loads((tmp_path / "bad-batch.json").read_text())
    assert (saved["stage"], saved["step"]) == ("pretrain", 5)
    assert len(saved["batch"]) == config.stages.pretrain.batch * config.search.look
    monkeypatch.setattr(tr, "realm_loss", real)
    assert together(tmp_path, world, config) == [0, 0]
    is_as_if_nothing_happened(tmp_path, both)


def test_a_batch_that_cannot_be_split_is_refused_before_anything_is_trained(world, config, tmp_path):
    sentence = (
        "StagesConfig.warmup.batch=4 cannot be split over 3 processes. Make it a multiple, or start fewer."
    )
    raising = {0: (RealmError, sentence), 1: (LeftError, ""), 2: (LeftError, "")}
    assert together(tmp_path / "run", world, config, count=3, raising=raising) == [77] * 3
    assert not (tmp_path / "run").exists()


def test_a_folder_in_use_is_refused_to_all(world, config, tmp_path):
    lock = Run(tmp_path, world, config)
    raising = {0: (RealmError, "is in use by process"), 1: (LeftError, "")}
    assert together(tmp_path, world, config, raising=raising) == [77, 77]
    del lock


def test_an_index_that_comes_when_it_comes_is_the_same_for_all(world, config, tmp_path):
    """With lag=-1 no two runs are alike, but the processes of one are: only the first has an index."""
    config = replace(config, refreshing=RefreshConfig(mode="background", lag=-1))

    def work(team):
        over = threading.Event()
        if team.is_first:
            options = {"poll": 0.01, "stop": over.is_set}
            threading.Thread(target=watch, args=(tmp_path,), kwargs=options, daemon=True).start()
        run = Run(tmp_path, world, config, workers=team, child=False)
        run.pretrain()
        over.set()
        weights = [w.detach().double().sum().item() for w in run.realm.retriever.parameters()]
        assert team.share(lambda: weights) == weights

    assert in_processes(2, work) == [0, 0]
    ages = [r["index_age"] for r in records(tmp_path) if r["stage"] == "pretrain"]
    assert len(ages) == STEPS and ages[0] == 0 and max(ages) > 0
    assert not (tmp_path / "refresh").exists()


def test_when_the_one_that_started_it_is_gone_a_process_is_asked_to_stop_once(tmp_path):
    said, (ready, tell) = tmp_path / "said", os.pipe()
    if (middle := os.fork()) == 0:
        if os.fork() == 0:
            with stoppable() as wish:
                stop_with_parent(poll=0.001)
                os.write(tell, b".")
                while not wish.signum:
                    time.sleep(0.001)
                time.sleep(0.1)  # a second signal would interrupt this
                said.write_text(signal.Signals(wish.signum).name)
        else:
            os.read(ready, 1)
        os._exit(0)
    os.waitpid(middle, 0)
    for _ in range(1000):
        if said.exists() and said.read_text():
            break
        time.sleep(0.01)
    assert said.read_text() == "SIGTERM"


# --- as it is called -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(world, tmp_path_factory):
    """The world as files."""
    target = tmp_path_factory.mktemp("world")
    rows = {
        "passages": [{"id": p.id, "title": p.title, "text": p.text} for p in list(world.corpus)[1:]],
        "news": [{"text": s.text, "gold": dict(s.gold)} for s in world.news],
        "questions": [
            {"question": q.text, "answers": list(q.answers), "split": split, "passages": list(q.passages)}
            for split, end in (("train", 24), ("dev", 4), ("test", 4))
            for q in world.questions["train"][:end]
        ],
        "passages.annotations": [
            {"id": i, "spans": [list(s) for s in spans]} for i, spans in world.annotated.items()
        ],
    }
    for name, lines in rows.items():
        (target / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return target


def processes_with(word):
    """Return the processes that have ``word`` in their command."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def start(out, folder, config_file):
    words = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", free_port()]
    words += ["-m", "realm_mini", "train", "--exact", "--compare", "--out", out, "--data", folder]
    words += ["--config", config_file]
    return subprocess.Popen(
        [sys.executable, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )


@pytest.mark.slow
def test_torchrun_trains_everything_and_ctrl_c_stops_it_cleanly(folder, config, tmp_path):
    """Stopped in joint pre-training and started again: each step once, those of one process, one table."""
    short = {f.name: replace(config.stages.pretrain, steps=3) for f in fields(StagesConfig)}
    stages = StagesConfig(**short | {"pretrain": replace(config.stages.pretrain, steps=40)})
    config = replace(config, stages=stages)
    config_file, out = tmp_path / "config.json", tmp_path / "run"
    config_file.write_text(json.dumps(config.to_dict()))
    first = start(out, folder, config_file)
    while first.poll() is None and '"pretrain", "step": 3' not in _text(out / "log.jsonl"):
        time.sleep(0.005)
    first.send_signal(signal.SIGINT)
    output, errors = first.communicate(timeout=60)
    assert first.returncode != 0 and output == ""
    assert errors.count("realm-mini: stopped. The same command goes on") == 1, errors
    (state,) = (out / "state").iterdir()
    assert 4 <= int(state.stem.rpartition("-")[2]) < 40
    assert not (out / "lock.json").exists()
    if sys.platform == "linux":
        assert processes_with(str(out)) == []

    second = start(out, folder, config_file)
    output, errors = second.communicate(timeout=120)
    assert second.returncode == 0, errors
    assert output.count("| REALM |") == output.count("results in") == 1
    alone = tmp_path / "alone"
    table = train_all(alone, folder, config, "cpu", compare=True)
    alike(records(out), records(alone))
    assert json.loads((out / "results.json").read_text())["provenance"]["processes"] == 2
    assert output.startswith(table)


def _text(path):
    return path.read_text() if path.exists() else ""
