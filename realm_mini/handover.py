"""The folder through which trainer and index builder speak: RUN/refresh.

=========================== =================================================================
file                        who writes it, and what it says
=========================== =================================================================
spec.json                   trainer: what to embed and how; there as long as a builder is wanted
tokenizer.json              trainer: the wordpieces
passages.jsonl              trainer: the corpus
snapshot-000100.safetensors trainer: the retriever before step 100; until it is answered, a request
index-000100/               builder: the passage vectors of that snapshot, and ``built.json``
builder.json                builder: a sign of life, with what it is doing
=========================== =================================================================

Everything is written beside and renamed, so a child process and another machine over a shared folder
speak alike.  The folder is scratch: nothing in it is needed to go on after a crash.

Level 5.
"""

import hashlib
import os
import re
import shutil
import socket
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from realm_mini.batch import Collator
from realm_mini.config import RealmConfig
from realm_mini.errors import RealmError, read_json, write_json
from realm_mini.index import Index
from realm_mini.records import write_passages
from realm_mini.weights import save_tensors


class Handover:
    """One such folder; both sides have one."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.spec, self.sign = self.folder / "spec.json", self.folder / "builder.json"

    def snapshot(self, step: int) -> Path:
        """Return where the retriever of ``step`` is."""
        return self.folder / f"snapshot-{step:06d}.safetensors"

    def index(self, step: int) -> Path:
        """Return the folder of the index of that retriever."""
        return self.folder / f"index-{step:06d}"

    # --- the trainer's side ------------------------------------------------------------------

    def open(self, config: RealmConfig, collator: Collator, shared: bool, threads: int) -> None:
        """Say what is to be embedded and how; whatever a run that was killed left here is removed first.

        Its specification is replaced, never missing: a builder elsewhere then goes on with the new one.
        """
        for path in self.folder.glob("*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path != self.spec:
                path.unlink(missing_ok=True)
        collator.tokenizer.save(self.folder / "tokenizer.json")
        write_passages(self.folder / "passages.jsonl", islice(collator.corpus, 1, None))
        spec = {
            "config": config.to_dict(),
            "shared_towers": shared,
            "fingerprint": collator.corpus.fingerprint,
            "threads": threads,
            "products": torch.get_float32_matmul_precision(),
            "key": os.urandom(8).hex(),  # so that a builder notices that it is another run's turn
        }
        write_json(self.spec, spec)

    def ask(self, step: int, weights: dict[str, torch.Tensor]) -> str:
        """Write a snapshot, which asks for its index; return the checksum that the answer must name."""
        shutil.rmtree(self.index(step), ignore_errors=True)
        save_tensors(weights, self.snapshot(step))
        return checksum(self.snapshot(step))

    def answer(self, step: int, asked: str, fingerprint: str, dim: int) -> tuple[Index, float] | None:
        """Return the index of a snapshot and the seconds it took, or None while there is none.

        Raises:
            RealmError: what lies there is not the index of this snapshot, or is damaged.
        """
        folder = self.index(step)
        if not folder.exists():
            return None
        note, path = read_json(folder / "built.json"), folder / "index.faiss"
        if not isinstance(note, dict) or note.get("snapshot") != asked:
            raise RealmError(f"{folder} was built from another snapshot.")
        if not path.exists() or note.get("sha256") != checksum(path):
            raise RealmError(f"{path} is not what its builder wrote.")
        return Index.load(path, fingerprint, dim=dim), float(note.get("seconds", 0.0))

    def forget(self, step: int) -> None:
        """Remove a snapshot and its index."""
        self.snapshot(step).unlink(missing_ok=True)
        shutil.rmtree(self.index(step), ignore_errors=True)

    def clear(self) -> None:
        """Remove everything, the specification first: the sign for builders to end."""
        self.spec.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- the builder's side ------------------------------------------------------------------

    def wanted(self) -> int | None:
        """Return the oldest snapshot that has no index yet."""
        names = [re.fullmatch(r"snapshot-(\d+)\.safetensors", p.name) for p in self.folder.glob("snapshot-*")]
        steps = sorted(int(found[1]) for found in names if found)
        return next((step for step in steps if not self.index(step).exists()), None)

    def deliver(self, index: Index, asked: str, seconds: float) -> None:
        """Put an index into its place, whole; one that is there already stays."""
        if not self.spec.exists():
            return  # the trainer has gone: do not bring its folder back
        beside = self.folder / f".index-{index.step:06d}.{socket.gethostname()}.{os.getpid()}.part"
        shutil.rmtree(beside, ignore_errors=True)
        try:
            index.save(beside / "index.faiss")
            note = {"snapshot": asked, "sha256": checksum(beside / "index.faiss"), "seconds": seconds}
            write_json(beside / "built.json", note | whoami())
            os.rename(beside, self.index(index.step))
        except OSError as error:
            if not self.index(index.step).exists():  # otherwise another builder was quicker
                raise RealmError(f"{self.index(index.step)} could not be written ({error}).") from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def show(self, state: str, beat: int, step: int | None = None) -> None:
        """Give a sign of life; ``beat`` is what changes from one to the next."""
        if self.spec.exists():  # never bring a folder back that the trainer has removed
            write_json(self.sign, {"state": state, "step": step, "beat": beat} | whoami())

    def seen(self) -> dict[str, Any]:
        """Return the builder's last sign of life; nothing where it never gave one."""
        try:
            found = read_json(self.sign)
        except RealmError:
            return {}
        return found if isinstance(found, dict) else {}


def whoami() -> dict[str, Any]:
    """Return which process this is."""
    return {"host": socket.gethostname(), "pid": os.getpid()}


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
