"""A corpus on the disk: as many passages as fit there, read one by one as they are asked for.

A stored corpus is one folder, whole or not there:

=============== ==============================================================================
passages.jsonl  the passages
offsets.npy     where each begins, and the end of the last
ids.npy         a hash of each id and the row of its passage, sorted by hash
texts.npy       the same for the texts, to find copies of a passage
corpus.json     their number and fingerprint
=============== ==============================================================================

Level 3: no torch.
"""

import hashlib
import mmap
import os
import shutil
from array import array
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Int

from realm_mini.corpus import Corpus
from realm_mini.errors import RealmError, parse_json, read_json, write_json
from realm_mini.records import NULL, Passage, hashed, line_of, usual_text


class StoredCorpus(Corpus):
    """A :class:`~realm_mini.corpus.Corpus` whose passages stay on the disk.

    In memory are some 40 bytes a passage at most, and these only while they are looked at.
    """

    def __init__(self, folder: str | Path) -> None:
        """Open the corpus in ``folder``.

        Raises:
            RealmError: there is none, or its files do not belong together.
        """
        self.folder = Path(folder)
        meta = read_json(self.folder / "corpus.json")
        if not isinstance(meta, dict) or not {"count", "fingerprint", "bytes"} <= meta.keys():
            raise RealmError(f"{self.folder / 'corpus.json'} describes no corpus. Write the corpus again.")
        self._fingerprint = str(meta["fingerprint"])
        self._offsets = _open(self.folder / "offsets.npy")
        passages = self.folder / "passages.jsonl"
        size = passages.stat().st_size if passages.is_file() else -1
        if size != meta["bytes"] or len(self._offsets) != meta["count"] + 1:
            raise RealmError(f"{self.folder} was changed or cut short since it was written. Write it again.")
        with passages.open("rb") as handle:
            self._text = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)

    @classmethod
    def write(cls, folder: str | Path, passages: Iterable[Passage]) -> "StoredCorpus":
        """Write passages, from a stream of any length, to a new folder and open it.

        Raises:
            RealmError: the folder is there already, two ids are equal, there is no passage, or the disk
                is full; nothing is left half-written.
        """
        folder = Path(folder)
        if folder.exists():
            raise RealmError(f"{folder} is there already. Choose another folder, or remove it.")
        beside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
        try:
            beside.mkdir(parents=True)
            _write(beside, passages)
            beside.rename(folder)
        except OSError as error:
            raise RealmError(
                f"{folder} could not be written ({error.strerror or error}). "
                "Free some space or choose another folder; nothing was left half-written."
            ) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return cls(folder)

    def __len__(self) -> int:
        """Return the number of rows, the null document included."""
        return len(self._offsets)

    def __getitem__(self, row: int | slice) -> Passage | list[Passage]:  # type: ignore[override]
        if isinstance(row, slice):
            return [self[number] for number in range(len(self))[row]]
        row = range(len(self))[row]
        if row == 0:
            return NULL
        line = self._text[self._offsets[row - 1] : self._offsets[row]]
        return _passage(line.decode(), f"{self.folder / 'passages.jsonl'}, line {row}")

    def __iter__(self) -> Iterator[Passage]:
        yield NULL
        with (self.folder / "passages.jsonl").open(encoding="utf-8", newline="\n") as handle:
            for row, line in enumerate(handle, start=1):
                yield _passage(line, f"{self.folder / 'passages.jsonl'}, line {row}")

    @property
    def fingerprint(self) -> str:  # type: ignore[override]
        """Return a short hash of all ids, titles and texts, in order."""
        return self._fingerprint

    def row(self, ident: str) -> int:
        """Return the row of the passage with this id.

        Raises:
            RealmError: there is none.
        """
        for row in _rows_with(self._ids, ident):
            if self[row].id == ident:
                return row
        raise RealmError(f"No passage has the id {ident!r}. Check the id against the corpus.")

    def gold_rows(self, idents: Iterable[str]) -> list[int]:
        """Return the rows of the ids that the corpus has; others are left out."""
        return [row for i in idents for row in _rows_with(self._ids, i) if self[row].id == i]

    def banned_rows(self, origin: str) -> frozenset[int]:
        """Return the rows of the passage ``origin`` and of any that repeat its text."""
        if not origin:
            return frozenset()
        text = usual_text(self[self.row(origin)])
        return frozenset(r for r in _rows_with(self._texts, text) if usual_text(self[r]) == text)

    @cached_property
    def _ids(self) -> Int[np.ndarray, "docs 2"]:
        return _open(self.folder / "ids.npy")

    @cached_property
    def _texts(self) -> Int[np.ndarray, "docs 2"]:
        return _open(self.folder / "texts.npy")


def _write(folder: Path, passages: Iterable[Passage]) -> None:
    digest, offsets, ids, texts = hashlib.sha256(hashed(NULL)), array("q", [0]), array("q"), array("q")
    with (folder / "passages.jsonl").open("wb") as handle:
        for number, passage in enumerate(passages, start=1):
            if not passage.id.strip() or not passage.text.strip():
                raise RealmError(f"Passage {number} has an empty id or text. Fill it or leave it out.")
            digest.update(hashed(passage))
            handle.write(line_of(passage).encode())
            offsets.append(handle.tell())
            ids.append(_hash(passage.id))
            texts.append(_hash(usual_text(passage)))
        handle.flush()
        os.fsync(handle.fileno())
    if not ids:
        raise RealmError("The corpus has no passages. Give at least one.")
    meta = {"count": len(ids), "fingerprint": digest.hexdigest()[:16], "bytes": offsets[-1]}
    _save(folder / "offsets.npy", np.frombuffer(offsets, dtype=np.int64))
    del offsets  # sorting takes memory too
    _save(folder / "texts.npy", _sorted(texts))
    del texts
    table = _sorted(ids)
    _save(folder / "ids.npy", table)
    write_json(folder / "corpus.json", meta)
    _refuse_twins(StoredCorpus(folder), table)


def _refuse_twins(corpus: StoredCorpus, table: Int[np.ndarray, "docs 2"]) -> None:
    """Raise RealmError where two ids are equal; two equal hashes alone mean nothing."""
    for place in np.flatnonzero(table[1:, 0] == table[:-1, 0]):
        first, second = sorted(table[place : place + 2, 1].tolist())
        if corpus[first].id == corpus[second].id:
            raise RealmError(
                f"Passages {first} and {second} have the same id {corpus[first].id!r}. Make ids unique."
            )


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def _sorted(hashes: array) -> Int[np.ndarray, "docs 2"]:
    values = np.frombuffer(hashes, dtype=np.int64)
    order = np.argsort(values, kind="stable")
    table = np.empty((len(values), 2), dtype=np.int64)  # filled in place: all of it is in memory at once
    table[:, 0] = values[order]
    table[:, 1] = order
    table[:, 1] += 1
    return table


def _rows_with(table: Int[np.ndarray, "docs 2"], text: str) -> list[int]:
    try:
        wanted = _hash(text)
    except UnicodeEncodeError:  # half a character: no passage has any
        return []
    start, end = (int(np.searchsorted(table[:, 0], wanted, side)) for side in ("left", "right"))
    return table[start:end, 1].tolist()


def _passage(line: str, where: str) -> Passage:
    row = parse_json(line, where)
    return Passage(row["id"], row["title"], row["text"])


def _save(path: Path, values: np.ndarray) -> None:
    with path.open("wb") as handle:
        np.lib.format.write_array(handle, values, allow_pickle=False)


def _open(path: Path) -> np.ndarray:
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        raise RealmError(f"{path} is missing or damaged ({error}). Write the corpus again.") from error
