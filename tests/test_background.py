"""The index that another process rebuilds: the same to the bit, in use on schedule, come what may."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import pytest
import torch

from realm_mini import builder as builder_module
from realm_mini.background import SnapshotRefresher, refresher_for
from realm_mini.builder import watch
from realm_mini.child import end_child, start_child
from realm_mini.config import ObjectiveConfig, RefreshConfig, SearchConfig
from realm_mini.errors import RealmError
from realm_mini.handover import Handover
from realm_mini.index import Index
from realm_mini.refresh import Refresher, rebuild
from realm_mini.speed import using_threads
from realm_mini.supervisor import Supervisor
from realm_mini.weights import tensors_of

ROOT = Path(__file__).parents[1]
ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")


def content(index):
    return faiss.serialize_index(index.faiss_index).tobytes(), index.step, index.factory, index.fingerprint


def nudge(retriever, step):
    """Let the retriever move on, as training would."""
    with torch.no_grad():
        for weight in retriever.parameters():
            weight += 0.01 * torch.sin(torch.arange(weight.numel()) + step).view(weight.shape)


def config_with(realm, every=4, factory="Flat", **refreshing):
    refreshing = {"mode": "background", "lag": 2} | refreshing
    return replace(
        realm.config,
        objective=ObjectiveConfig(refresh=every),
        refreshing=RefreshConfig(**refreshing),
        search=replace(realm.config.search, factory=factory),
    )


@pytest.fixture
def watching(tmp_path):
    """A builder in a thread of this process: what it builds, without the seconds a process needs."""
    over = threading.Event()

    def keep_watching():
        while not over.is_set():
            watch(tmp_path, poll=0.002, stop=over.is_set)

    thread = threading.Thread(target=keep_watching)
    thread.start()
    yield tmp_path
    over.set()
    thread.join(timeout=20)
    assert not thread.is_alive()


# --- schedule -------------------------------------------------------------------------------------


class Slow:
    """A maker that needs so many looks, and fails where it is told to."""

    def __init__(self, needs, lost=()):
        self.needs, self.lost, self.asked, self.looks, self.waited = needs, lost, [], 0, 0

    def ask(self, step, weights):
        self.asked.append(step)
        self.looks = 0

    def look(self, step):
        self.looks += 1
        return self.wait(step) if self.looks > self.needs and not self.is_lost() else None

    def wait(self, step):
        self.waited += self.looks <= self.needs
        return Index.build(np.full((3, 2), float(step), dtype=np.float32), "f", step=step)

    def is_lost(self):
        return len(self.asked) in self.lost

    def mind(self):
        pass

    def status(self):
        return {}

    def close(self):
        pass


def ages(maker, every, lag, steps=60):
    refresher = SnapshotRefresher(torch.nn.Linear(1, 1), maker, every, lag)
    return [refresher.tick(step) for step in range(steps)]


@pytest.mark.parametrize("every", [1, 3, 7, 0])
def test_without_a_lag_it_is_the_plain_refresher(every):
    plain = Refresher(lambda step: Slow(0).wait(step), every)
    maker = Slow(10**9)
    assert ages(maker, every, 0) == [plain.tick(step) for step in range(60)]
    assert maker.asked == ([0] if every == 0 else sorted({0, *range(every, 60, every)}))


@pytest.mark.parametrize("seed", range(20))
def test_with_a_lag_the_age_depends_on_the_step_alone(seed):
    """However slow the builder is: the index of the snapshot of step s is in use from s + lag on."""
    rng = np.random.default_rng(seed)
    every = int(rng.integers(1, 12))
    lag = int(rng.integers(0, every + 1))
    found = {tuple(ages(Slow(needs), every, lag)) for needs in (0, 1, 5, 10**9)}
    taken = [max(s for s in range(0, t + 1, every) if s + lag <= t or s == 0) for t in range(60)]
    assert found == {tuple(t - s for t, s in zip(range(60), taken, strict=True))}


def test_a_lag_is_never_longer_than_the_steps_between_two_snapshots():
    assert ages(Slow(0), 4, 50) == ages(Slow(0), 4, 4)


@pytest.mark.parametrize("needs", [0, 3, 30])
def test_free_running_never_waits_and_asks_for_one_at_a_time(needs):
    maker = Slow(needs)
    found = ages(maker, 5, -1)
    assert maker.waited == 1, "only for the first index, without which there is nothing to search"
    assert max(found) <= 2 * (5 + needs)
    assert all(b - a >= 5 for a, b in zip(maker.asked, maker.asked[1:], strict=False))


def test_free_running_drops_a_snapshot_that_cannot_be_built_and_goes_on():
    maker = Slow(2, lost={2})
    found = ages(maker, 5, -1, 30)
    assert found[:13] == [*range(12), 2]
    assert maker.asked[:3] == [0, 5, 10]


@pytest.mark.parametrize("lag", [0, 3, -1])
def test_training_lends_its_threads_between_a_snapshot_and_the_swap(lag):
    """Which steps have how many depends, as the index does, on the step alone where nothing runs free."""
    needs, found = (4,) if lag < 0 else (0, 2, 10**9), set()
    with using_threads(2):
        for each in needs:
            with SnapshotRefresher(torch.nn.Linear(1, 1), Slow(each), 8, lag, lent=1) as refresher:
                threads = [(refresher.tick(step), torch.get_num_threads())[1] for step in range(20)]
            assert torch.get_num_threads() == 2, "closed in the middle of a rebuild or not"
            found.add(tuple(threads))
    busy = [step for step in range(20) if step >= 8 and step % 8 < (needs[0] if lag < 0 else lag)]
    assert found == {tuple(1 if step in busy else 2 for step in range(20))}


def test_threads_come_back_when_no_step_follows_and_whatever_goes_wrong_at_the_end():
    class Stuck(Slow):
        def close(self):
            raise OSError

    with using_threads(2):
        refresher = SnapshotRefresher(torch.nn.Linear(1, 1), Stuck(0), 4, 3, lent=1)
        for end in (refresher.rest, refresher.close):
            for step in range(6):
                refresher.tick(step)
            assert torch.get_num_threads() == 1
            with suppress(OSError):
                end()
            assert torch.get_num_threads() == 2, "what is evaluated next is not to depend on the schedule"
            refresher = SnapshotRefresher(torch.nn.Linear(1, 1), Stuck(0), 4, 3, lent=1)


@pytest.mark.parametrize(
    ("threads", "how", "lent"),
    [(1, {}, 0), (2, {}, 1), (4, {}, 2), (4, {"child": False}, 0), (4, {"lends": False}, 0)],
)
def test_what_is_lent_is_what_the_builder_computes_with(realm, tmp_path, threads, how, lent):
    with using_threads(threads):
        parts = config_with(realm), realm.retriever, realm.collator
        assert refresher_for(*parts, tmp_path, **how)._lent == lent


@pytest.mark.parametrize("factor", [1, 30, 0])
def test_staleness_is_a_factor(realm, tmp_path, factor):
    config = config_with(realm, every=2, factor=factor, mode="inline")
    refresher = refresher_for(config, realm.retriever, realm.collator, tmp_path)
    assert [refresher.tick(step) for step in range(7)] == [s % 2 if factor == 1 else s for s in range(7)]
    assert refresher.every == 2 * factor
    assert os.listdir(tmp_path) == []


def test_an_index_is_made_at_the_first_step_only(realm, tmp_path):
    refresher = refresher_for(config_with(realm), realm.retriever, realm.collator, tmp_path)
    with pytest.raises(RealmError, match="Call tick before reading it"):
        refresher.index  # noqa: B018
    refresher.close()
    assert os.listdir(tmp_path) == [], "nothing may be started for a stage that is done already"


# --- the same to the bit ----------------------------------------------------------------------------


@pytest.mark.parametrize("factory", ["Flat", "SQfp16", "IVF3,Flat", "HNSW4"])
def test_the_background_index_is_a_synchronous_rebuild_of_its_snapshot(make_realm, watching, factory):
    realm = make_realm(search=SearchConfig(k=4, lexical=1, fade=4, factory=factory))
    config = config_with(realm, factory=factory)
    wanted = {}
    with refresher_for(config, realm.retriever, realm.collator, watching, child=False) as refresher:
        for step in range(14):
            if step % 4 == 0:
                wanted[step] = content(rebuild(realm.retriever, realm.collator, factory, step))
            refresher.tick(step)
            assert content(refresher.index) == wanted[refresher.index.step]
            nudge(realm.retriever, step)
    assert len(set(wanted.values())) == 4, "the retriever has to move, or this shows nothing"


def test_it_goes_on_from_its_state_with_the_same_indexes(make_realm, watching):
    """Also with the snapshot of an index that was asked for and is not in use yet."""
    realm = make_realm()

    def run(first, last, state=None):
        nonlocal refresher
        found = []
        with refresher_for(
            config_with(realm), realm.retriever, realm.collator, watching, child=False
        ) as refresher:
            if state is not None:
                refresher.restore(*state)
            for step in range(first, last):
                found.append((refresher.tick(step), content(refresher.index)))
                nudge(realm.retriever, step)
            left = refresher.state()
        return found, ({n: t.clone() for n, t in left[0].items()}, left[1])

    refresher, start = None, {n: t.clone() for n, t in tensors_of(realm.retriever).items()}
    whole, _ = run(0, 14)
    for place in (3, 5, 7):  # before, while and after an index is asked for
        for name, tensor in tensors_of(realm.retriever).items():
            tensor.copy_(start[name])
        head, state = run(0, place)
        assert state[1]["pending"] == (place == 5)
        tail, _ = run(place, 14, state)
        assert head + tail == whole


@pytest.mark.parametrize("share", [True, False])
def test_a_child_builds_the_same_and_leaves_nothing(make_realm, tmp_path, share):
    realm = make_realm()
    if not share:
        realm.retriever.untie()
    with refresher_for(config_with(realm), realm.retriever, realm.collator, tmp_path) as refresher:
        for step in range(7):
            if step in (0, 4):
                wanted = content(rebuild(realm.retriever, realm.collator, "Flat", step))
            refresher.tick(step)
            state = refresher.status()
            nudge(realm.retriever, step)
        assert content(refresher.index) == wanted and refresher.index.step == 4
        assert state["builder"] in ("idle", "building") and state["refresh_s"] > 0 and state["swap_s"] >= 0
        child = refresher.maker._child
        assert child.poll() is None
    assert child.poll() is not None
    assert os.listdir(tmp_path) == []


# --- a builder in trouble -----------------------------------------------------------------------------

DIES = "print('no more memory'); raise SystemExit(3)"
HANGS = "import time; time.sleep(1000)"
WRITES_GARBAGE = """
import json, os, sys, time, hashlib
run = sys.argv[1] + "/refresh/"
while True:
    for name in os.listdir(run):
        if name.startswith("snapshot-") and not os.path.exists(run + "index-" + name[9:15]):
            os.mkdir(run + "beside")
            open(run + "beside/index.faiss", "wb").write(b"no index")
            note = {"snapshot": hashlib.sha256(open(run + name, "rb").read()).hexdigest(), "sha256": SHA}
            open(run + "beside/built.json", "w").write(json.dumps(note))
            os.rename(run + "beside", run + "index-" + name[9:15])
    time.sleep(0.01)
"""
TROUBLE = {
    "dies": (DIES, r"The index builder ended \(status 3: no more memory\)\. It is started again; this"),
    "hangs": (HANGS, r"The index builder gave no sign of life for too long\. It is started again"),
    "lies": (
        WRITES_GARBAGE.replace("SHA", "'0'"),
        r"wrote what is no index \(.*is not what its builder wrote",
    ),
    "garbage": (
        WRITES_GARBAGE.replace("SHA", "hashlib.sha256(b'no index').hexdigest()"),
        r"The index builder wrote what is no index",
    ),
}


@pytest.fixture
def beset(make_realm, tmp_path):
    """Return a refresher whose builder is the given script, the first so many times; then it is well.

    One that is well is a thread here, beside a process that does nothing: real ones take seconds to start.
    """
    stack, over, threads = [], threading.Event(), []

    def make(code, times=10**9, lag=2):
        realm = make_realm()
        refresher = refresher_for(config_with(realm, lag=lag), realm.retriever, realm.collator, tmp_path)
        maker, starts = refresher.maker, []
        maker.patience = 0.1 if code == HANGS else 60.0  # nothing else may look like silence

        def start():
            starts.append(time.monotonic())
            is_well = len(starts) > times
            if is_well:
                threads.append(threading.Thread(target=watch, args=(tmp_path,), kwargs={"stop": over.is_set}))
                threads[-1].start()
            words = [sys.executable, "-I", "-S", "-c", HANGS if is_well else code, str(tmp_path)]
            with (tmp_path / "refresh" / "builder.log").open("ab") as log:
                return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=log)

        maker._start = start
        stack.append(refresher)
        return realm, refresher, starts

    yield make
    over.set()
    for thread in threads:
        thread.join(timeout=20)
    for refresher in stack:
        refresher.close()


@pytest.mark.parametrize("kind", TROUBLE)
def test_trouble_is_said_once_and_the_trainer_gets_its_index_all_the_same(beset, kind, monkeypatch):
    """The deterministic schedule cannot go on with the old index: it builds the new one itself."""
    monkeypatch.setattr("realm_mini.supervisor.LONGEST_PAUSE", 0.05)
    code, said = TROUBLE[kind]
    realm, refresher, starts = beset(code)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(11):
            if step % 4 == 0:
                wanted = content(rebuild(realm.retriever, realm.collator, "Flat", step))
            assert refresher.tick(step) == (step - (step - 2) // 4 * 4 if step >= 6 else step)
            if step % 4 == 2 and step > 2:
                assert content(refresher.index) == wanted
            nudge(realm.retriever, step)
    texts = [str(w.message) for w in caught]
    assert len(texts) == 2 and "is built by the trainer itself" in texts[1]
    with pytest.warns(UserWarning, match=said):
        warnings.warn(texts[0], stacklevel=1)
    assert 3 <= len(starts) <= 10


@pytest.mark.parametrize("kind", ["dies", "lies"])
def test_free_running_goes_on_with_the_old_index_until_the_builder_is_well(beset, kind, monkeypatch):
    monkeypatch.setattr("realm_mini.supervisor.LONGEST_PAUSE", 0.05)
    _, refresher, starts = beset(TROUBLE[kind][0], times=4, lag=-1)
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        assert refresher.tick(0) == 0  # nothing can be done without a first index
        monkeypatch.setattr(refresher.maker, "wait", None)  # from now on it must not
        step, until = 0, time.monotonic() + 120
        while refresher.index.step == 0 and time.monotonic() < until:
            step += 1
            assert refresher.tick(step) == step - refresher.index.step
            time.sleep(0.02)
    assert refresher.index.step > 0, "the builder that is well again is listened to"
    assert len(starts) == 5


def test_a_damaged_snapshot_is_written_again(beset, tmp_path):
    code = "import sys; f = open(sys.argv[1] + '/refresh/snapshot-000000.safetensors', 'r+b'); f.truncate(99)"
    realm, refresher, _ = beset(code, times=1)
    with pytest.warns(UserWarning, match="The index builder ended"):
        refresher.tick(0)
    assert content(refresher.index) == content(rebuild(realm.retriever, realm.collator, "Flat", 0))


def test_a_builder_says_which_snapshot_is_damaged(realm, tmp_path):
    handover = Handover(tmp_path / "refresh")
    handover.open(config_with(realm), realm.collator, True, 1)
    handover.ask(3, tensors_of(realm.retriever))
    handover.snapshot(3).write_bytes(handover.snapshot(3).read_bytes()[:-50])
    with pytest.raises(RealmError, match=r"snapshot-000003\.safetensors is missing or damaged"):
        watch(tmp_path)
    assert not handover.index(3).exists()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_real_builder_killed_at_random_moments_changes_nothing(make_realm, tmp_path, monkeypatch, end):
    monkeypatch.setattr("realm_mini.supervisor.STARTING", 10**6)  # however long a busy machine needs for it
    realm, rng = make_realm(), np.random.default_rng(int(end))
    with (
        refresher_for(config_with(realm), realm.retriever, realm.collator, tmp_path) as refresher,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        maker, killed = refresher.maker, 0
        maker.patience = 2.0 if end == signal.SIGSTOP else 10**6
        for step in range(11):
            if step % 4 == 0:
                wanted = content(rebuild(realm.retriever, realm.collator, "Flat", step))
            refresher.tick(step)
            if step % 4 == 2 and step > 2:
                assert content(refresher.index) == wanted
            if step in (1, 4):
                time.sleep(float(rng.uniform(0, 0.05)))
                os.kill(maker._child.pid, end)
                killed += 1
            nudge(realm.retriever, step)
    assert killed == 2
    assert "The index builder" in str(caught[0].message)
    assert os.listdir(tmp_path) == []


# --- processes ----------------------------------------------------------------------------------------


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


PARENT = """
import sys, time
from pathlib import Path
from realm_mini.child import start_child
run = Path(sys.argv[1])
print(start_child(["build-index", "--watch", str(run), "--child"], run / "log").pid, flush=True)
time.sleep(1000)
"""


@ONLY_LINUX
@pytest.mark.parametrize("stopped", [False, True])
def test_a_builder_ends_with_its_parent_even_if_that_is_killed(tmp_path, stopped):
    # One thread for numpy: the second thread of the child is then the one that listens for its parent.
    alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True, env=alone)
    child = int(parent.stdout.readline())
    assert until(lambda: len(os.listdir(f"/proc/{child}/task")) > 1), "it must be listening by now"
    if stopped:
        os.kill(child, signal.SIGSTOP)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert until(lambda: not is_running(child))


def test_a_builder_elsewhere_may_be_started_before_its_trainer_and_ends_after_it(make_realm, tmp_path):
    """``realm-mini build-index --watch RUN`` on another machine: it shares the folder and nothing else."""
    realm, run = make_realm(), tmp_path / "run"
    run.mkdir()
    elsewhere = start_child(["build-index", "--watch", str(run)], tmp_path / "log")
    try:
        with refresher_for(
            config_with(realm), realm.retriever, realm.collator, run, child=False
        ) as refresher:
            refresher.maker.patience = 10**6  # on a busy machine it takes its time to start
            for step in range(7):
                refresher.tick(step)
            assert refresher.index.step == 4 and refresher.status()["builder"] in ("idle", "building")
        assert elsewhere.wait(timeout=30) == 0
    finally:
        end_child(elsewhere)
    assert (
        "index of step 4 built\nThe run needs no more; 2 indexes were built."
        in (tmp_path / "log").read_text()
    )


def test_nobody_watching_is_said_once_and_not_waited_for_again(make_realm, tmp_path):
    realm = make_realm()
    refresher = refresher_for(config_with(realm), realm.retriever, realm.collator, tmp_path, child=False)
    refresher.maker.patience = 0.05
    with refresher, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert refresher.tick(0) == 0
        refresher.maker.patience = 10**6
        assert [refresher.tick(step) for step in range(1, 11)] == [1, 2, 3, 4, 5, 2, 3, 4, 5, 2]
    assert len(caught) == 2
    assert "Start it again: realm-mini build-index --watch RUN" in str(caught[0].message)
    assert refresher.maker.status()["builder"] == "absent"


def test_an_answer_to_another_question_is_refused(realm, tmp_path):
    handover = Handover(tmp_path)
    handover.open(config_with(realm), realm.collator, True, 1)
    asked = handover.ask(0, tensors_of(realm.retriever))
    assert handover.answer(0, asked, realm.corpus.fingerprint, 16) is None
    builder_module.Builder(handover).build(0)
    assert content(handover.answer(0, asked, realm.corpus.fingerprint, 16)[0]) == content(
        rebuild(realm.retriever, realm.collator, "Flat", 0)
    )
    with pytest.raises(RealmError, match="was built from another snapshot"):
        handover.answer(0, "another", realm.corpus.fingerprint, 16)
    path = handover.index(0) / "index.faiss"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RealmError, match="is not what its builder wrote"):
        handover.answer(0, asked, realm.corpus.fingerprint, 16)


def test_a_builder_shows_that_it_lives_however_long_one_batch_takes(realm, tmp_path, monkeypatch):
    handover = Handover(tmp_path)
    handover.open(config_with(realm), realm.collator, True, 1)
    handover.ask(0, tensors_of(realm.retriever))
    monkeypatch.setattr(builder_module, "BEAT_SECONDS", 0.01)
    real, beats = builder_module.rebuild, []

    def slow(*args):
        for _ in range(3):
            now = handover.seen()["beat"]
            while handover.seen()["beat"] == now:
                time.sleep(0.005)
            beats.append(handover.seen())
        return real(*args)

    monkeypatch.setattr(builder_module, "rebuild", slow)
    builder_module.Builder(handover).build(0)
    assert {(sign["state"], sign["step"]) for sign in beats} == {("building", 0)}
    left = handover.seen()
    assert left["state"] == "idle"
    time.sleep(0.1)
    assert handover.seen() == left, "the thread has ended"


def test_of_two_builders_the_first_answer_stays(realm, tmp_path):
    handover = Handover(tmp_path)
    handover.open(config_with(realm), realm.collator, True, 1)
    handover.ask(0, tensors_of(realm.retriever))
    for _ in range(2):
        builder_module.Builder(handover).build(0)
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]
    assert handover.wanted() is None


def test_a_supervisor_asks_for_one_at_a_time(realm, tmp_path):
    handover = Handover(tmp_path)
    maker = Supervisor(handover, lambda: None, None, lambda step, weights: None, "f", 2)
    for step in (0, 4, 8):
        maker.ask(step, tensors_of(realm.retriever))
    assert [p.name for p in tmp_path.glob("snapshot-*")] == ["snapshot-000008.safetensors"]


def test_a_trainer_that_goes_while_its_builder_starts_is_no_error(tmp_path, monkeypatch):
    spec = tmp_path / "refresh" / "spec.json"
    spec.parent.mkdir()
    spec.write_text("{}")

    def broken(*_):
        raise RealmError("what is read is bad")

    def gone(*_):
        spec.unlink()
        broken()

    turns = iter([False, False, True])
    monkeypatch.setattr(builder_module, "Builder", broken)
    with pytest.raises(RealmError, match="is bad"):
        watch(tmp_path)
    monkeypatch.setattr(builder_module, "Builder", gone)
    assert watch(tmp_path, stop=lambda: next(turns)) == 0
