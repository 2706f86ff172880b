"""Passage vectors on the disk: written as they come, searched part by part.  Level 2: no torch.

For corpora whose vectors do not fit into memory.  The file is NumPy's own (.npy).
"""

import contextlib
import mmap
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from realm_mini.errors import RealmError, whole_file
from realm_mini.index import Index

_HEADER = 128  # bytes; the count is written there last, when it is known
_PART = 1 << 16  # vectors looked at together


def write_vectors(path: str | Path, parts: Iterable[np.ndarray]) -> int:
    """Write arrays of vectors, all of one width, as one array (docs, dim); return how many there are.

    Raises:
        RealmError: there is none, their widths differ, or the disk is full; nothing is left half-written.
    """
    count = dim = 0
    with whole_file(Path(path)) as beside, beside.open("wb") as handle:
        handle.write(bytes(_HEADER))
        for part in parts:
            dim = dim or part.shape[1]
            if part.shape[1] != dim:
                raise RealmError(
                    f"Vectors {dim} wide are followed by some {part.shape[1]} wide. Use one width."
                )
            np.ascontiguousarray(part, dtype="<f4").tofile(handle)
            count += len(part)
        if not count:
            raise RealmError(f"There are no vectors to write to {path}. Give at least one passage.")
        handle.seek(0)
        text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {dim}), }}"
        size = _HEADER - 10
        handle.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", size) + text.ljust(size - 1).encode() + b"\n")
    return count


def open_vectors(path: str | Path) -> Float[np.ndarray, "docs dim"]:
    """Return the vectors of a file without reading them: they come as they are used.

    Raises:
        RealmError: the file is missing or cut short, or holds something else.
    """
    try:
        found = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        raise RealmError(f"{path} is missing or damaged ({error}). Embed the passages again.") from error
    if found.dtype != np.float32 or found.ndim != 2:
        raise RealmError(f"{path} holds {found.dtype} of shape {found.shape}, no vectors. Embed them again.")
    return found


class MappedFlat:
    """An exact inner-product index over vectors on the disk, in the form of a FAISS index."""

    def __init__(self, vectors: Float[np.ndarray, "docs dim"]) -> None:
        self._vectors = vectors
        self.ntotal, self.d = vectors.shape

    def search(
        self, queries: Float[np.ndarray, "batch dim"], k: int
    ) -> tuple[Float[np.ndarray, "batch k"], Int[np.ndarray, "batch k"]]:
        """Return scores and positions of the ``k`` largest inner products, best first."""
        import faiss

        best = faiss.ResultHeap(len(queries), k, keep_max=True)
        for start in range(0, self.ntotal, _PART):
            part = np.ascontiguousarray(self._vectors[start : start + _PART])
            scores, found = faiss.knn(queries, part, min(k, len(part)), faiss.METRIC_INNER_PRODUCT)
            best.add_result(scores, found + start)
            self._forget()
        best.finalize()
        return best.D, best.I

    def reconstruct_n(self, start: int, count: int) -> Float[np.ndarray, "docs dim"]:
        """Return ``count`` vectors from position ``start`` on."""
        return np.array(self._vectors[start : start + count])

    def in_memory(self) -> object:
        """Return a FAISS index of the same vectors."""
        import faiss

        index = faiss.IndexFlatIP(self.d)
        for start in range(0, self.ntotal, _PART):
            index.add(np.ascontiguousarray(self._vectors[start : start + _PART]))
            self._forget()
        return index

    def _forget(self) -> None:
        """Let go of the pages that were read, so that memory stays flat."""
        mapped = getattr(self._vectors, "_mmap", None)
        if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            with contextlib.suppress(OSError, ValueError):
                mapped.madvise(mmap.MADV_DONTNEED)


def mapped_index(path: str | Path, fingerprint: str, docs: int, step: int = 0) -> Index:
    """Return an index over the vectors in a file.

    Raises:
        RealmError: as :func:`open_vectors`, or they are not as many as the corpus has passages.
    """
    vectors = open_vectors(path)
    if len(vectors) != docs:
        raise RealmError(
            f"{path} holds {len(vectors)} vectors, the corpus has {docs} passages. Embed them again."
        )
    return Index(MappedFlat(vectors), fingerprint, "Flat", step)
