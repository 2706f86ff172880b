"""Maximum inner product search over passage vectors, on FAISS, behind one class.

Vectors in, corpus rows out.  Row 0 of a corpus is the null document and is never in the index, so
the vector at position i belongs to corpus row i + 1.  Level 1: no torch.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from realm_mini.errors import RealmError, read_json, whole_file, write_text

FIRST_ROW = 1


@dataclass(frozen=True)
class Index:
    """An immutable FAISS index with the fingerprint of the corpus that it was made from.

    ``step``: the training step of the retriever that embedded the passages.  ``mapped``: the file that the
    vectors are read from as a search touches them, if they are not in memory.
    """

    faiss_index: object
    fingerprint: str
    factory: str = "Flat"
    step: int = 0
    mapped: Path | None = None

    def __len__(self) -> int:
        return self.faiss_index.ntotal

    @property
    def dim(self) -> int:
        """Return the width of the vectors."""
        return self.faiss_index.d

    @classmethod
    def build(
        cls,
        doc_emb: Float[np.ndarray, "docs dim"],
        fingerprint: str,
        factory: str = "Flat",
        step: int = 0,
    ) -> "Index":
        """Return an inner-product index over ``doc_emb``, one row a real passage.

        ``factory`` is a FAISS description: "Flat" is exact, "SQfp16" halves the memory,
        "IVF256,Flat" or "HNSW32" are approximate.

        Raises:
            RealmError: FAISS does not know the description, or there are too few vectors for it.
        """
        import faiss

        vectors = np.ascontiguousarray(doc_emb, dtype=np.float32)
        try:
            index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
            if not index.is_trained:
                index.train(vectors)
            index.add(vectors)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise RealmError(
                f"SearchConfig.factory={factory!r} cannot index {len(vectors)} vectors ({reason}). "
                'Use "Flat", or a description for at most that many.'
            ) from error
        return cls(index, fingerprint, factory, step)

    def vectors(self) -> Float[np.ndarray, "docs dim"]:
        """Return the vectors as the index keeps them; approximate kinds keep them inexactly."""
        if hasattr(self.faiss_index, "make_direct_map"):
            self.faiss_index.make_direct_map()
        return self.faiss_index.reconstruct_n(0, len(self))

    def edited(
        self, origin: Int[np.ndarray, " docs"], fresh: Float[np.ndarray, "group dim"], fingerprint: str
    ) -> "Index":
        """Return the index of a changed corpus: position i holds the vector from ``origin[i]`` here.

        Where ``origin`` is negative the ``fresh`` vectors follow, in their order.  What the kind of index
        has learnt stays (centroids, codebooks); a graph ("HNSW") is built again, which takes longer.

        The result is in memory, also where this index is not.

        Raises:
            RealmError: the widths differ, or the file of a mapped index is gone.
        """
        import faiss

        if fresh.shape[1] != self.dim:
            raise RealmError(
                f"The index holds {self.dim}-wide vectors, the new ones are {fresh.shape[1]} wide. "
                "Edit with the retriever that built the index."
            )
        vectors = np.empty((len(origin), self.dim), dtype=np.float32)
        vectors[origin >= 0] = self.vectors()[origin[origin >= 0]]
        vectors[origin < 0] = fresh
        if hasattr(self.faiss_index, "in_memory"):  # vectors on the disk: vectors.MappedFlat
            index = faiss.IndexFlatIP(self.dim)
        else:
            # FAISS ends the process when a mapped index is changed, so that one is read anew.
            index = _read(self.mapped) if self.mapped else faiss.clone_index(self.faiss_index)
            index.reset()
        index.add(vectors)
        return replace(self, faiss_index=index, fingerprint=fingerprint, mapped=None)

    def search(self, query_emb: Float[np.ndarray, "batch dim"], k: int) -> Int[np.ndarray, "batch k"]:
        """Return the corpus rows of the ``k`` largest inner products, best first.

        Only rows are returned, never scores: these are stale, and the likelihood must be computed
        with fresh ones (section 3.3).

        Raises:
            RealmError: the widths differ, or ``k`` is larger than the index.
        """
        queries = np.ascontiguousarray(query_emb, dtype=np.float32)
        if queries.shape[1] != self.dim:
            raise RealmError(
                f"The index holds {self.dim}-wide vectors, the query is {queries.shape[1]} wide. "
                "Rebuild the index after changing RetrieverConfig.dim."
            )
        self.check(k)
        _, found = self.faiss_index.search(queries, k)
        if found.min(initial=0) < 0:  # an approximate index may come back short: FAISS pads with -1
            found = np.stack([_fill_short(row, len(self)) for row in found])
        found += FIRST_ROW
        return found

    def check(self, k: int) -> None:
        """Raise RealmError unless the index holds ``k`` passages."""
        if not 1 <= k <= len(self):
            raise RealmError(
                f"k={k} passages were asked for, but the index holds {len(self)}. Use 1 <= k <= {len(self)}."
            )

    def save(self, path: str | Path) -> None:
        """Write the index to ``path`` and its description to ``path``.json, each whole."""
        import faiss

        path = Path(path)
        with whole_file(path) as beside:
            # Not faiss.write_index: what no longer fits the disk when it closes the file is lost silently.
            in_memory = getattr(self.faiss_index, "in_memory", lambda: self.faiss_index)
            beside.write_bytes(faiss.serialize_index(in_memory()))
        meta = {"fingerprint": self.fingerprint, "factory": self.factory, "step": self.step}
        meta |= {"count": len(self), "dim": self.dim}
        try:
            write_text(path.with_suffix(path.suffix + ".json"), json.dumps(meta, indent=2) + "\n")
        except RealmError:
            path.unlink()  # vectors without their description are of no use
            raise

    @classmethod
    def load(
        cls, path: str | Path, fingerprint: str, *, dim: int | None = None, mapped: bool = False
    ) -> "Index":
        """Return the index saved at ``path``, checked against the corpus and the retriever.

        ``mapped``: leave the vectors on the disk, from where the system reads what a search touches;
        several processes then share one copy in memory.  The file must stay as it is meanwhile.

        Raises:
            RealmError: it is missing or damaged, was made from another corpus, or has another width.
        """
        path = Path(path)
        meta = read_json(path.with_suffix(path.suffix + ".json"))
        if not isinstance(meta, dict) or not {"fingerprint", "factory", "step"} <= meta.keys():
            raise RealmError(
                f"{path}.json does not describe an index. Rebuild the index: realm-mini index --run RUN."
            )
        if meta.get("fingerprint") != fingerprint:
            raise RealmError(
                f"{path} was made from another corpus (fingerprint {meta.get('fingerprint')}, this corpus "
                f"has {fingerprint}). Rebuild the index: realm-mini index --run RUN."
            )
        index = _read(path, _mapping(meta["factory"]) if mapped else 0)
        if (index.ntotal, index.d) != (meta.get("count"), meta.get("dim")):
            raise RealmError(
                f"{path} holds {index.ntotal} vectors of {index.d}, its description says {meta.get('count')} "
                f"of {meta.get('dim')}. Rebuild the index: realm-mini index --run RUN."
            )
        if dim is not None and index.d != dim:
            raise RealmError(
                f"{path} holds {index.d}-wide vectors, the retriever makes {dim}-wide ones. "
                "Rebuild the index: realm-mini index --run RUN."
            )
        return cls(index, fingerprint, meta["factory"], meta["step"], path if mapped else None)


def recall_against(
    exact: Index, approximate: Index, query_emb: Float[np.ndarray, "batch dim"], k: int
) -> float:
    """Return the share of the ``k`` best passages by ``exact`` that ``approximate`` finds among its k."""
    pairs = zip(exact.search(query_emb, k), approximate.search(query_emb, k), strict=True)
    return float(np.mean([len(np.intersect1d(wanted, found)) / k for wanted, found in pairs]))


def _read(path: Path, flags: int = 0) -> object:
    import faiss

    try:
        return faiss.read_index(str(path), flags)
    except RuntimeError as error:
        raise RealmError(
            f"{path} is missing or damaged. Rebuild the index: realm-mini index --run RUN."
        ) from error


def _mapping(factory: str) -> int:
    """Return the flag of a memory-mapped index: FAISS has one for inverted lists and one for all else."""
    import faiss

    return faiss.IO_FLAG_MMAP if "IVF" in factory else getattr(faiss, "IO_FLAG_MMAP_IFC", 0)


def _fill_short(row: Int[np.ndarray, " k"], docs: int) -> Int[np.ndarray, " k"]:
    """Replace the -1 of a short answer by the first passages not in it, so that k never shrinks."""
    found = [int(i) for i in row if i >= 0]
    have = set(found)
    fresh = (i for i in range(docs) if i not in have)
    return np.array(found + [next(fresh) for _ in range(len(row) - len(found))])
