"""Two lanes: REALM is trained by this process, what it is compared with by another one beside it.

Two processes of one thread each take more steps in a minute than one of two threads, for the products of a
small model keep a second thread busy for half of the time only.  The other process has a run of its own in
RUN/beside.  It waits for the stages that both need, and what it has finished is moved to RUN.  Nothing
depends on it: what it has not done, because it was killed or never started, the first one does.  Level 11.
"""

import os
import shutil
import subprocess
import time
import warnings
from pathlib import Path

import torch

from realm_mini.child import end_child, last_line, start_child
from realm_mini.compare import BASELINES, Row
from realm_mini.config import RealmConfig
from realm_mini.errors import RealmError, read_json, read_text, write_json
from realm_mini.pipeline import Run
from realm_mini.world import World

FOLDER = "beside"
OURS = ("closed_pretrain", "closed_finetune", "ict_finetune", "bm25_finetune")  # the other process's stages
SHARED = ("tagger", "ict", "warmup", "pretrain")  # those it takes from the first one
LOOK_SECONDS = 0.2
STOPPING_SECONDS = 20.0  # for a process that was asked to stop to save its state


class Lane(Run):
    """The run of the other process: what the first one trains, or has trained, is taken from there."""

    def __init__(self, of: Path, world: World, config: RealmConfig) -> None:
        (of / FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(of / "tokenizer.json", of / FOLDER / "tokenizer.json")
        self._theirs = of / "stages"
        super().__init__(of / FOLDER, world, config)

    def stage(self, name: str, *args, **kwargs) -> None:  # noqa: ANN002, ANN003 - those of Run.stage
        """Take a stage from the first process, or run it."""
        self._fetch(name)
        super().stage(name, *args, **kwargs)

    def at(self, retriever_stage: str, reader_stage: str) -> "Run":
        """Return a view of this run with the weights that two stages left, as soon as they are there."""
        self._fetch(retriever_stage)
        self._fetch(reader_stage)
        return super().at(retriever_stage, reader_stage)

    def _fetch(self, name: str) -> None:
        source, target = self._theirs / name, self.stages / name
        while name in SHARED and not (source / "stage.json").exists():
            time.sleep(LOOK_SECONDS)
        if (source / "stage.json").exists() and not target.exists():
            part = self.stages / f".{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(source, part)
            os.rename(part, target)


def train_beside(of: Path, data: Path, threads: int, products: str) -> None:
    """Train and score, in this process, what the REALM of run ``of`` is compared with.

    ``products``: how the first process takes float32 products (``torch.set_float32_matmul_precision``).
    """
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(products)
    run = Lane(of, World.load(data), RealmConfig.from_dict(read_json(of / "run.json")["config"]))
    write_json(run.folder / "rows.json", {name: make(run) for name, make in BASELINES.items()})


class Beside:
    """The other process, as the first one sees it; with one lane there is none."""

    def __init__(self, run: Run, data: Path, lanes: int = 1) -> None:
        """Take over what an earlier one has finished; start one if there are two lanes.

        Raises:
            RealmError: there cannot be so many lanes.
        """
        if lanes not in (1, 2):
            raise RealmError(f"--lanes {lanes} is not possible. Use 1 or 2.")
        self._run, self._folder = run, run.folder / FOLDER
        self._threads = torch.get_num_threads()
        self._child: subprocess.Popen | None = None
        self._take_over()
        if lanes == 2 and any(not _finished(run.stages / name) for name in OURS):
            half = max(1, self._threads // 2)
            self._folder.mkdir(exist_ok=True)
            words = ["beside", "--of", str(run.folder), "--data", str(data), "--threads", str(half)]
            words += ["--products", torch.get_float32_matmul_precision()]
            self._child = start_child(words, self._folder / "said.log")
            torch.set_num_threads(half)
            run.threads = {"warmup": self._threads}  # meanwhile the other one has nothing to do

    def rows(self) -> dict[str, Row]:
        """Return the rows of what REALM is compared with; waits for the other process."""
        status, found = None, {}
        if self._child is not None:
            status = self._child.wait()
            if status == 0:
                found = read_json(self._folder / "rows.json")
            else:
                words = last_line(self._folder / "said.log")
                warnings.warn(
                    f"The process beside this one ended (status {status}{words and f': {words}'}). "
                    "What it has not done is done here.",
                    stacklevel=2,
                )
            self._end()
        self._take_over()
        rows = found or {name: make(self._run) for name, make in BASELINES.items()}
        shutil.rmtree(self._folder, ignore_errors=True)
        return rows

    def _take_over(self) -> None:
        """Move the stages that the other process has finished, and what it has logged of them, to the run."""
        for name in OURS:
            source, target = self._folder / "stages" / name, self._run.stages / name
            if _finished(source) and not target.exists():
                log = self._folder / "log.jsonl"
                lines = read_text(log).splitlines(keepends=True) if log.exists() else []
                with (self._run.folder / "log.jsonl").open("a", encoding="utf-8") as handle:
                    handle.writelines(x for x in lines if x.startswith(f'{{"stage": "{name}"'))
                target.parent.mkdir(exist_ok=True)
                os.rename(source, target)
            if _finished(target):
                self._run.figures[name] = read_json(target / "stage.json")

    def _end(self) -> None:
        if self._child is not None:
            end_child(self._child)
            self._child = None
            torch.set_num_threads(self._threads)
            self._run.threads = {}

    def __enter__(self) -> "Beside":
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()  # it saves its state
            try:
                self._child.wait(STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                pass
        self._end()


def _finished(stage: Path) -> bool:
    return (stage / "stage.json").exists()
