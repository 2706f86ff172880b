"""A run that was killed anywhere goes on with the very steps it would have taken."""

import dataclasses
import json
import math
import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest
import torch

from realm_mini import train as tr
from realm_mini.builder import watch
from realm_mini.config import RefreshConfig, StagesConfig, TrainConfig
from realm_mini.errors import RealmError
from realm_mini.fit import LossError, epochs, fit, grouped
from realm_mini.journal import Journal
from realm_mini.masking import Span
from realm_mini.pipeline import Run
from realm_mini.speed import using_threads
from realm_mini.stage import Stage
from realm_mini.stopping import Stopped, stoppable
from realm_mini.world import World

STEPS = 7
STAGES = ("ict", "tagger", "warmup", "pretrain", "finetune")  # the tagger when it is first needed


@pytest.fixture(scope="module")
def world(corpus, news, questions, people):
    annotated = {
        f"p{i}": [Span(p.body.index(p.town), p.body.index(p.town) + len(p.town), "town")]
        for i, p in enumerate(people)
    }
    return World(corpus, news, {"train": questions}, annotated)


@pytest.fixture(scope="module")
def config(tiny_config):
    stage = TrainConfig(steps=STEPS, batch=4, lr=3e-3, warmup=2)
    return dataclasses.replace(
        tiny_config,
        stages=StagesConfig(**{f.name: stage for f in dataclasses.fields(StagesConfig)}),
        objective=dataclasses.replace(tiny_config.objective, refresh=3),
        refreshing=RefreshConfig(mode="inline"),
    )


def train(folder, world, config, log=None, save_every=2):
    run = Run(folder, world, config, log=log, save_every=save_every)
    run.pretrain()
    run.finetune()
    return run


def records(folder):
    found = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [{k: v for k, v in r.items() if k not in ("refresh_s", "swap_s")} for r in found]


def files(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.suffix == ".safetensors"
    }


@pytest.fixture(scope="module")
def whole(world, config, tmp_path_factory):
    """What a run that nobody disturbs leaves behind."""
    folder = tmp_path_factory.mktemp("whole")
    train(folder, world, config)
    assert [(r["stage"], r["step"]) for r in records(folder)] == [
        (s, i) for s in STAGES for i in range(STEPS)
    ]
    return records(folder), files(folder)


def is_as_if_nothing_happened(folder, whole):
    assert records(folder) == whole[0]
    assert files(folder) == whole[1]
    assert not list(folder.rglob("*.part")) and not list((folder / "state").glob("*"))


class Kill(Exception):
    """What a test dies of."""


def kill_at(places):
    left = list(places)

    def log(stage, step, steps):
        if (stage, step.step) in left:
            left.remove((stage, step.step))
            raise Kill

    return log, left


@pytest.mark.parametrize("save_every", [1, 3, 100])
@pytest.mark.parametrize("seed", range(2))
def test_a_run_killed_anywhere_ends_as_if_nothing_happened(world, config, tmp_path, whole, seed, save_every):
    """Weights and losses to the bit; the log has each step once."""
    rng = np.random.default_rng([seed, save_every])
    places = [(stage, int(rng.integers(STEPS))) for stage in rng.choice(STAGES, 3, replace=False).tolist()]
    log, left = kill_at(places)
    for _ in places:
        with pytest.raises(Kill):
            train(tmp_path, world, config, log, save_every)
    assert left == []
    train(tmp_path, world, config, save_every=save_every)
    is_as_if_nothing_happened(tmp_path, whole)


@pytest.mark.parametrize("child", [False, True])
def test_with_an_index_that_was_asked_for_and_not_in_use_yet(world, config, tmp_path, child):
    """The index of step 3 comes into use at step 5; the trainer dies in between and has to ask again.

    A child of its own has one of the two threads meanwhile, and sums depend on their number.
    """
    config = dataclasses.replace(config, refreshing=RefreshConfig(mode="background", lag=2))

    def run(folder, log=None):
        if child:
            with using_threads(2):
                return Run(folder, world, config, log=log, save_every=1).pretrain()
        over = threading.Event()
        builder = threading.Thread(target=watch, args=(folder,), kwargs={"poll": 0.01, "stop": over.is_set})
        builder.start()
        try:
            run = Run(folder, world, config, log=log, save_every=1, child=False)
            run.pretrain()
        finally:
            over.set()
            builder.join()

    run(tmp_path / "whole")
    assert [r["index_age"] for r in records(tmp_path / "whole")[-STEPS:]] == [0, 1, 2, 3, 4, 2, 3]
    log, left = kill_at([("pretrain", 4), ("pretrain", 5)])
    for _ in range(2):
        with pytest.raises(Kill):
            run(tmp_path / "killed", log)
    run(tmp_path / "killed")
    assert left == []
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    logs = [
        [{k: v for k, v in r.items() if k != "builder"} for r in records(tmp_path / name)]
        for name in ("killed", "whole")
    ]
    assert logs[0] == logs[1]
    assert not (tmp_path / "killed" / "refresh").exists()


def test_figures_of_a_stage_are_those_of_all_its_steps(world, config, tmp_path, whole):
    log, _ = kill_at([("warmup", 5)])
    with pytest.raises(Kill):
        train(tmp_path, world, config, log)
    found = train(tmp_path, world, config).figures["warmup"]
    losses = [r["loss"] for r in whole[0] if r["stage"] == "warmup"]
    assert found["steps"] == STEPS
    assert found["loss"] == pytest.approx(np.mean(losses), abs=1e-4)


# --- asked to stop ---------------------------------------------------------------------------------


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_saves_where_it_is_and_stops(world, config, tmp_path, whole, signum):
    def log(stage, step, steps):
        if (stage, step.step) == ("pretrain", 4):
            os.kill(os.getpid(), signum)

    before = signal.getsignal(signum)
    with pytest.raises(Stopped) as stop:
        train(tmp_path, world, config, log, save_every=100)
    assert stop.value.signum == signum
    assert signal.getsignal(signum) is before
    assert os.listdir(tmp_path / "state") == ["pretrain-000005.safetensors"]
    taken = []
    train(tmp_path, world, config, lambda stage, step, steps: taken.append((stage, step.step)))
    assert taken[:2] == [("pretrain", 5), ("pretrain", 6)], "no step is taken twice"
    is_as_if_nothing_happened(tmp_path, whole)


def test_asked_twice_it_stops_at_once():
    with pytest.raises(KeyboardInterrupt), stoppable() as wish:
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(100):
            time.sleep(0.001)
        assert wish.signum == signal.SIGTERM
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)


# --- damage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.999])
def test_a_state_cut_short_is_said_and_the_one_before_is_used(world, config, tmp_path, whole, share):
    log, _ = kill_at([("warmup", 6)])
    with pytest.raises(Kill):
        train(tmp_path, world, config, log)
    last = tmp_path / "state" / "warmup-000006.safetensors"
    assert sorted(os.listdir(tmp_path / "state")) == ["warmup-000004.safetensors", last.name]
    last.write_bytes(last.read_bytes()[: int(share * last.stat().st_size)])
    with pytest.warns(UserWarning, match=r"warmup-000006\.safetensors is damaged\. Training goes on"):
        train(tmp_path, world, config)
    is_as_if_nothing_happened(tmp_path, whole)


def test_the_youngest_of_a_million_steps_is_the_youngest(tmp_path):
    stage = Stage(tmp_path, "warmup", {}, lambda step: None)
    (tmp_path / "state").mkdir()
    for count in (999_900, 1_000_000, 999_800):
        (tmp_path / "state" / f"warmup-{count:06d}.safetensors").touch()
    assert [p.stem for p in stage._states()] == ["warmup-1000000", "warmup-999900", "warmup-999800"]


def test_all_states_damaged_is_a_stage_from_its_beginning(world, config, tmp_path, whole):
    log, _ = kill_at([("ict", 6)])
    with pytest.raises(Kill):
        train(tmp_path, world, config, log)
    for path in (tmp_path / "state").iterdir():
        path.write_bytes(b"")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train(tmp_path, world, config)
    assert len([w for w in caught if "is damaged" in str(w.message)]) == 2
    is_as_if_nothing_happened(tmp_path, whole)


def test_a_full_disk_stops_training_and_keeps_the_state_before(
    world, config, tmp_path, whole, no_file_larger_than
):
    def fill(stage, step, steps):
        if (stage, step.step) == ("ict", 3):
            limit.__enter__()

    limit = no_file_larger_than(20_000)
    try:
        with pytest.raises(RealmError, match=r"could not be written .*File too large"):
            train(tmp_path, world, config, fill)
    finally:
        limit.__exit__(None, None, None)
    assert os.listdir(tmp_path / "state") == ["ict-000002.safetensors"]
    train(tmp_path, world, config)
    is_as_if_nothing_happened(tmp_path, whole)


def test_a_full_disk_while_logging(tmp_path, no_file_larger_than):
    journal = Journal(tmp_path / "log.jsonl")
    with no_file_larger_than(100), pytest.raises(RealmError, match="goes on from the last saved state"):
        for step in range(9):
            journal.add({"stage": "a", "step": step, "loss": 1.0})
    journal.close()
    journal.cut("a", 3)
    assert [r["step"] for r in records(tmp_path)] == [0, 1, 2]


def test_a_loss_that_is_no_number_leaves_its_batch_and_the_state_before(
    world, config, tmp_path, whole, monkeypatch
):
    real, calls = tr.realm_loss, []

    def broken(*args, **kwargs):
        loss, info = real(*args, **kwargs)
        calls.append(1)
        return (loss * math.nan if len(calls) == 6 else loss), info

    monkeypatch.setattr(tr, "realm_loss", broken)
    with pytest.raises(
        RealmError, match=r"The loss became nan at step 5 .* Its batch is in .*bad-batch.json"
    ):
        train(tmp_path, world, config)
    saved = json.loads((tmp_path / "bad-batch.json").read_text())
    assert (saved["stage"], saved["step"]) == ("pretrain", 5)
    assert {e["text"] for e in saved["batch"]} <= {s.text for s in world.news}
    assert not (tmp_path / "stages" / "pretrain").exists()
    train(tmp_path, world, config)
    is_as_if_nothing_happened(tmp_path, whole)


def test_a_gradient_that_is_no_number_stops_before_the_weights_are_hurt():
    module = torch.nn.Linear(1, 1)

    def loss(batch):  # the root has no slope at 0
        return torch.sqrt((module.weight * (0.0 if batch == 2 else 1.0)).abs()).sum(), {}

    training, before = fit(loss, range(9), [(module, 1.0)], TrainConfig(steps=9, batch=1, lr=0.1)), None
    with pytest.raises(LossError, match="The gradient became nan at step 2") as error:
        for _ in training:
            before = module.weight.item()
    assert error.value.batch == 2
    assert module.weight.item() == before


# --- pieces ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_fit_goes_on_where_it_was(seed):
    def make():
        with torch.random.fork_rng():
            torch.manual_seed(0)
            module = torch.nn.Linear(5, 1)
        rng = np.random.default_rng(1)

        def loss(batch):  # draws from the generator of the data, as inverse cloze does
            x = torch.full((2, 5), float(np.mean(batch))) + float(rng.normal())
            return (module(x) ** 2).mean(), {}

        config = TrainConfig(steps=20, batch=3, lr=0.1, warmup=3)
        return module, fit(loss, grouped(epochs(7, rng), 3), [(module, 1.0)], config)

    place = int(np.random.default_rng(seed).integers(1, 20))
    module, training = make()
    wanted = [s.loss for s in training]
    first, head = make()
    found = [next(head).loss for _ in range(place)]
    tensors, state = head.state()
    tensors, state = {n: t.clone() for n, t in tensors.items()}, json.loads(json.dumps(state))
    second, tail = make()
    second.load_state_dict(first.state_dict())
    tail.restore(tensors, state)
    found += [s.loss for s in tail]
    assert found == wanted
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), second.parameters(), strict=True))


def test_a_journal_is_cut_to_what_is_true(tmp_path):
    journal = Journal(tmp_path / "log.jsonl")
    journal.cut("a", 0)
    for stage, step in (("a", 0), ("a", 1), ("b", 0), ("b", 1), ("b", 2)):
        journal.add({"stage": stage, "step": step})
    journal.sync()
    journal.close()
    with journal.path.open("a") as file:
        file.write('{"stage": "b", "st')
    journal.cut("b", 1)
    journal.add({"stage": "b", "step": 1})
    journal.close()
    assert [(r["stage"], r["step"]) for r in records(tmp_path)] == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]


def test_the_log_tells_the_age_of_the_index_and_the_state_of_its_builder(whole):
    found = [r for r in whole[0] if r["stage"] == "pretrain"]
    assert [r["index_age"] for r in found] == [0, 1, 2, 0, 1, 2, 0]
    assert {r["builder"] for r in found} == {"inline"}


def test_steps_that_cannot_go_back_are_simply_taken(tmp_path):
    module = torch.nn.Linear(1, 1)
    config = TrainConfig(steps=2, batch=1, lr=0.1)
    loss = fit(lambda _: (module.weight.sum(), {"a": 1.0}), range(3), [(module, 1.0)], config)
    stage = Stage(tmp_path, "plain", {"m": module}, lambda step: None, every=1)
    assert stage.train(lambda: iter(list(loss)))["steps"] == 2
    assert os.listdir(tmp_path) == ["log.jsonl"]


# --- real kills ------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process of one's own has to be forked to be quick")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_trainer_killed_at_random_moments_ends_as_if_nothing_happened(world, config, tmp_path, whole):
    rng, kills, journal = np.random.default_rng(0), 0, tmp_path / "log.jsonl"
    for _ in range(50):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                train(tmp_path, world, config, save_every=2)
                status = 0
            finally:
                os._exit(status)
        if kills < 4:
            # By what has been written, not by the clock: a quick machine is done before any fixed moment.
            lines = int(rng.integers(0, 9))
            _wait_for_news(journal, lines, pid)
            time.sleep(float(rng.uniform(0, 0.02)))
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        kills += os.WIFSIGNALED(status)
        if status == 0:
            break
        assert os.WIFSIGNALED(status)
    assert kills > 0
    is_as_if_nothing_happened(tmp_path, whole)


def _wait_for_news(path, lines, pid):
    """Wait until the file has changed that many times, or the process is over."""
    before, seen = None, 0
    while seen < lines and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        now = path.stat().st_size if path.exists() else 0
        seen += before is not None and now != before
        before = now
        time.sleep(0.0005)
