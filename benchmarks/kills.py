"""Kill the index builder and the trainer at random moments, many times; compare with a run left alone.

    python -m benchmarks.kills [--builder 50] [--trainer 20] [--runs 10] [--seed 0] [--out FILE]

A small world is trained in the deterministic background mode (``RefreshConfig.mode="background"``), once
undisturbed.  Then the trainer is started again and again in one folder; each time either its builder or it
itself is killed (SIGKILL) after a random while, until both were killed as often as is this run's share; when
it reaches its end it is compared, and the next begins, until there were as many kills as asked.  A builder
that dies at each start is started again after ever longer pauses; here they are short, so that the kills and
not the pauses take the time.  What must hold at each end: the same weights to the bit, the same log of
losses, no file half-written, no process left over.
Needs Linux (/proc) and os.fork.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import torch

from realm_mini import supervisor
from realm_mini.config import (
    EncoderConfig,
    LengthConfig,
    ObjectiveConfig,
    RealmConfig,
    RefreshConfig,
    RetrieverConfig,
    SearchConfig,
    StagesConfig,
    TrainConfig,
)
from realm_mini.corpus import Corpus, Passage, Question, Sentence
from realm_mini.pipeline import Run
from realm_mini.results import commit_of
from realm_mini.world import World

NAMES = [f"{a}{b}" for a in ("Bel", "Cor", "Dun", "Fal", "Gor", "Hal") for b in ("ma", "ris", "to", "vek")]
STEPS = {"tagger": 0, "ict": 20, "warmup": 30, "pretrain": 90, "finetune": 20}
LONGEST_PAUSE = 0.5  # seconds before a builder that died is started again
THREADS = 2  # of the trainer, which lends one of them to the builder
UNEQUAL = ("refresh_s", "swap_s", "builder")  # what the log tells of the clock


def world() -> World:
    """Return 24 invented towns, each told of in a passage, a text and a question."""
    rows = [(name, str(1500 + 13 * i)) for i, name in enumerate(NAMES)]
    corpus = Corpus(
        Passage(id=n, title=n, text=f"{n} was founded in {y}. Its market is as old as {n}.") for n, y in rows
    )
    news = [Sentence(text=f"In {y} the first houses of {n} were built.") for n, y in rows]
    asked = [Question(text=f"When was {n} founded?", answers=(y,), passages=(n,)) for n, y in rows]
    return World(corpus, news, {"train": asked})


def config() -> RealmConfig:
    """Return a configuration whose steps take milliseconds."""

    def stage(name: str) -> TrainConfig:
        return TrainConfig(steps=STEPS.get(name, 0), batch=4, lr=2e-3, warmup=3)

    return RealmConfig(
        encoder=EncoderConfig(vocab=300, hidden=32, layers=1, heads=2, feedforward=64, positions=128),
        lengths=LengthConfig(qlen=32, dlen=64, jlen=100, masks=8, span=6),
        retriever=RetrieverConfig(dim=16),
        search=SearchConfig(k=4, lexical=1, fade=20),
        objective=ObjectiveConfig(refresh=10),
        refreshing=RefreshConfig(mode="background", lag=5),
        stages=StagesConfig(**{name: stage(name) for name in StagesConfig.__dataclass_fields__}),
    )


def train(folder: Path) -> None:
    """Train in this process; a step of joint training is slowed down, so that kills hit it too."""

    def pause(stage: str, step: object, steps: int) -> None:
        if stage == "pretrain":
            time.sleep(0.01)

    run = Run(folder, world(), config(), log=pause, save_every=7)
    run.pretrain()
    run.finetune()


def start(folder: Path) -> int:
    """Train in a fork of this process, which has everything imported; return its number."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    torch.set_num_threads(THREADS)
    try:
        warnings.simplefilter("ignore")
        supervisor.LONGEST_PAUSE = LONGEST_PAUSE
        train(folder)
        status = 0
    except BaseException:
        traceback.print_exc()
    os._exit(status)


def outcome(folder: Path) -> tuple[dict[str, bytes], list[dict]]:
    """Return the weights of all stages and the log."""
    weights = {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in (folder / "stages").rglob("*.safetensors")
    }
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return weights, [{k: v for k, v in r.items() if k not in UNEQUAL} for r in log]


def builders(folder: Path) -> list[int]:
    """Return the processes that watch the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"build-index" in words and str(folder).encode() in words:
                found.append(int(entry.name))
    return found


def trouble(folder: Path, wanted: tuple) -> list[str]:
    """Return what is not as it must be at the end of a run."""
    found = []
    weights, log = outcome(folder)
    if weights != wanted[0]:
        found.append("other weights")
    if log != wanted[1]:
        found.append("another log")
    if left := [p.name for p in folder.rglob("*.part")] + [p.name for p in (folder / "state").glob("*")]:
        found.append(f"files left: {left[:3]}")
    deadline = time.monotonic() + 20
    while builders(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    if builders(folder):
        found.append("a builder left over")
    return found


def disturb(folder: Path, rng: np.random.Generator, left: dict[str, int], limit: float) -> int | None:
    """Start the trainer, kill it or its builder now and then; return its exit status, None if killed."""
    pid, began = start(folder), time.monotonic()
    while True:
        until = time.monotonic() + float(rng.uniform(0.05, limit))
        while time.monotonic() < until:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.005)
        kinds = [kind for kind, count in left.items() if count > 0]
        kind = rng.choice(kinds) if kinds else ""
        if kind == "builder":
            for victim in builders(folder):
                os.kill(victim, signal.SIGKILL)
                left["builder"] -= 1
        elif kind == "trainer" and time.monotonic() - began > 0.05:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            left["trainer"] -= 1
            return None


def main() -> None:
    """Run the whole, write the result, exit with 1 if anything was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--builder", type=int, default=50)
    parser.add_argument("--trainer", type=int, default=20)
    parser.add_argument("--runs", type=int, default=10, help="over how many runs the kills are spread")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("kills.json"))
    args = parser.parse_args()
    torch.set_num_threads(1)  # a fork has no threads of its parent, so there must be none
    rng, left = np.random.default_rng(args.seed), {"builder": args.builder, "trainer": args.trainer}
    began, runs, wrong = time.time(), 0, []
    with tempfile.TemporaryDirectory() as scratch:
        alone = Path(scratch) / "alone"
        pid = start(alone)
        _, status = os.waitpid(pid, 0)
        if status:
            sys.exit("the undisturbed run failed")
        wanted, limit = outcome(alone), time.time() - began
        while left["builder"] > 0 or left["trainer"] > 0:
            folder, status = Path(scratch) / f"run{runs}", None
            share = {kind: min(count, -(-getattr(args, kind) // args.runs)) for kind, count in left.items()}
            now = dict(share)
            while status is None:
                status = disturb(folder, rng, now, limit / 3)
            left = {kind: count - (share[kind] - now[kind]) for kind, count in left.items()}
            wrong += [f"exit status {status}"] if status else trouble(folder, wanted)
            runs += 1
            shutil.rmtree(folder)
            sys.stderr.write(f"run {runs}: {left} kills left, {wrong or 'all equal'}\n")
    result = {
        "kills_of_the_builder": args.builder - left["builder"],
        "kills_of_the_trainer": args.trainer - left["trainer"],
        "runs": runs,
        "wrong": wrong,
        "undisturbed_seconds": round(limit, 1),
        "seconds": round(time.time() - began, 1),
        "seed": args.seed,
        "command": f"python -m benchmarks.kills --builder {args.builder} --trainer {args.trainer} "
        f"--runs {args.runs}",
        "commit": commit_of(Path(__file__).parent),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {THREADS} threads, "
        f"torch {torch.__version__}",
    }
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
