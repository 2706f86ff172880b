"""Search: what our index adds to bare FAISS; exact against approximate at up to a million vectors.

    python -m benchmarks.search [--sizes 10000 100000 1000000] [--rounds 5] [--graph 100000] [--smoke]

The overhead is measured on the index that comes along (7,293 real passages, vectors of test questions).
For the larger ones there are no real passages, so vectors are drawn (:mod:`benchmarks.drawn`); the rows
called "real" say what an inverted file does on the real ones, for comparison.  At most 3 GiB are in memory:
one index is built and measured after the other.
"""

import argparse
import math
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.drawn import queries_for, vectors
from benchmarks.record import Figure, figure, main, one, say, seconds, watch_memory
from realm_mini.index import Index

K = 5
PAPER = 13_353_718  # passages of the paper (section 4.2 and its code)
WHY = (
    "It is some microseconds a call, for the checks of k and width and for answers that came back short, "
    "whatever the size of the index; the search itself grows with it. Next: nothing; who searches in a loop "
    "should give several queries at once."
)
GOAL_SIZE, GOAL_RECALL, GOAL_SPEED = 1_000_000, 0.95, 20
REFINED = 20  # times k: how many that codes find are compared exactly
PROBES = (1, 2, 4, 8, 16, 32, 64)


class Kind(NamedTuple):
    """A kind of index: its FAISS description, how many lists it has, and what to try at search."""

    factory: str
    lists: int = 0
    knob: str = ""
    values: tuple[int, ...] = ()


def kinds(count: int, graph: int) -> list[Kind]:
    """Return what is compared at ``count`` vectors; graphs, slow to build, up to ``graph`` vectors."""
    lists = list_count(count)
    probes = tuple(p for p in PROBES if p <= lists // 2)
    found = [
        Kind("SQfp16"),
        Kind(f"IVF{lists},Flat", lists, "nprobe", probes),
        Kind(f"IVF{lists},SQ8", lists, "nprobe", probes),
        Kind("PQ32np"),  # without "np" FAISS also sorts the codes, which takes minutes
        Kind(f"IVF{lists},PQ32np,RFlat", lists, "nprobe", probes),
    ]
    return found + ([Kind("HNSW32", 0, "efSearch", (16, 64, 256))] if count <= graph else [])


def list_count(count: int) -> int:
    """Return how many inverted lists for ``count`` vectors: about its square root, a power of two.

    >>> [list_count(n) for n in (100, 10_000, 1_000_000)]
    [8, 128, 1024]
    """
    return 2 ** round(math.log2(max(math.sqrt(count), 4)))


def recall(wanted: np.ndarray, found: np.ndarray) -> float:
    """Return the share of the wanted rows of each query that were found.

    >>> recall(np.array([[1, 2], [3, 4]]), np.array([[2, 1], [3, 9]]))
    0.75
    """
    return float(np.mean([len(np.intersect1d(w, f)) / len(w) for w, f in zip(wanted, found, strict=True)]))


def scanned(count: int, lists: int, probes: int) -> float:
    """Return how many vectors one search compares with: all, or the middles and the probed lists.

    >>> scanned(1000, 0, 0), scanned(1000, 10, 2)
    (1000.0, 210.0)
    """
    return float(count) if not lists else lists + probes * count / lists


def extrapolated(latency: float, count: int, lists: int, probes: int, target: int = PAPER) -> float:
    """Return the latency at ``target`` vectors of what takes ``latency`` at ``count``.

    latency * scanned(target) / scanned(count), the lists growing with the square root of the vectors:
    memory is read at the same rate.  Probes are the same; whether they find as much is not known.

    >>> extrapolated(2.0, 1000, 0, 0, target=3000)
    6.0
    >>> extrapolated(1.0, 10_000, 100, 1, target=1_000_000)
    10.0
    """
    wider = round(lists * math.sqrt(target / count))
    return latency * scanned(target, wider, probes) / scanned(count, lists, probes)


def size_of(index: Index) -> int:
    """Return the bytes of the index as FAISS writes it, which is about what it takes in memory."""
    import faiss

    counter = Counter()
    faiss.write_index(index.faiss_index, faiss.PyCallbackIOWriter(counter, 1 << 20))
    return counter.bytes


class Counter:
    """Counts bytes instead of keeping them."""

    def __init__(self) -> None:
        self.bytes = 0

    def __call__(self, data: bytes) -> None:
        """Count ``data``."""
        self.bytes += len(data)


def latencies(index: Index, queries: np.ndarray, batch: int, rounds: int, most: float = 1.5) -> list[float]:
    """Return the milliseconds a query of each round, ``batch`` searched together, ``most`` seconds long."""
    groups = [queries[i : i + batch] for i in range(0, len(queries) - batch + 1, batch)]
    first = seconds(lambda: index.search(groups[0], K))
    groups = groups[: max(2, int(most / max(first, 1e-9)))]
    return [
        1e3 * float(np.median([seconds(lambda g=g: index.search(g, K)) for g in groups])) / batch
        for _ in range(rounds)
    ]


def overhead(rounds: int) -> Iterator[Figure]:
    """Yield what ``Index.search`` takes beyond bare FAISS, on the real index, query by query in turns."""
    from benchmarks.material import pocket
    from realm_mini.model import Realm
    from realm_mini.retriever import embed_queries

    world, realm = pocket(), Realm.from_pretrained()
    texts = realm.tokenizer.encode_many([q.text for q in world.questions["test"][: 64 * rounds]])
    queries = embed_queries(realm.retriever, realm.collator, texts)
    index, wanted = realm.index, realm.index.search(queries, K)
    for batch in (1, 16):
        groups = [queries[i : i + batch] for i in range(0, len(queries) - batch + 1, batch)]
        ours, bare = [], []
        for _ in range(rounds):
            pair = [
                (seconds(lambda g=g: index.search(g, K)), seconds(lambda g=g: index.faiss_index.search(g, K)))
                for g in groups
            ]
            ours.append(np.median([o for o, _ in pair]))
            bare.append(np.median([b for _, b in pair]))
        yield figure(
            f"bare FAISS, real, batch {batch}",
            1e3 * np.array(bare) / batch,
            "ms a query",
            note=f"{len(index)} passages, k={K}",
        )
        ratio = 100 * (np.array(ours) / np.array(bare) - 1)
        yield figure(
            f"overhead of Index.search, batch {batch}",
            ratio,
            "%",
            ratio_to="of bare FAISS",
            goal="<= 5",
            why=WHY if batch == 1 else "",
        )
    lists = list_count(len(index))
    approximate = Index.build(index.vectors(), index.fingerprint, f"IVF{lists},Flat")
    for probes in (p for p in PROBES if p <= lists // 2):
        approximate.faiss_index.nprobe = probes
        note = "vectors of passages and test questions"
        yield one(
            f"recall@{K}, real, IVF{lists},Flat, nprobe {probes}",
            recall(wanted, approximate.search(queries, K)),
            "share",
            ratio_to="of exact",
            note=note,
        )


def at_size(count: int, args: argparse.Namespace) -> Iterator[Figure]:
    """Yield latency, memory, recall and building time of all kinds of index at ``count`` vectors."""
    rng = np.random.default_rng(count)
    docs = vectors(count, rng)
    queries = queries_for(docs, args.queries, rng)
    with watch_memory() as peak:
        index = Index.build(docs, "drawn")
        wanted = index.search(queries, K)
        exact = {batch: np.array(latencies(index, queries, batch, args.rounds)) for batch in (1, 16)}
        yield from told(f"{count:,}: Flat", exact, exact, {}, size_of(index))
        del index
        for kind in kinds(count, args.graph):
            say(f"{count:,}: {kind.factory}")
            began = time.perf_counter()
            index = Index.build(docs, "drawn", kind.factory)
            yield one(f"{count:,}: {kind.factory}, building", time.perf_counter() - began, "s")
            yield from tried(index, kind, count, queries, wanted, exact, args.rounds)
            del index
        yield one(f"{count:,}: most memory", peak(), "MiB", note="the vectors themselves are in memory too")


def tried(
    index: Index,
    kind: Kind,
    count: int,
    queries: np.ndarray,
    wanted: np.ndarray,
    exact: dict[int, np.ndarray],
    rounds: int,
) -> Iterator[Figure]:
    """Yield the figures of one approximate index at the first setting that finds enough, or at its last."""
    import faiss

    score, value = 0.0, 0
    if kind.factory.endswith("RFlat"):
        faiss.ParameterSpace().set_index_parameter(index.faiss_index, "k_factor_rf", REFINED)
    for value in kind.values or (0,):
        if kind.knob:
            faiss.ParameterSpace().set_index_parameter(index.faiss_index, kind.knob, value)
        score = recall(wanted, index.search(queries, K))
        if score >= GOAL_RECALL:
            break
    name = f"{count:,}: {kind.factory}" + (f", {kind.knob} {value}" if kind.knob else "")
    taken = {batch: np.array(latencies(index, queries, batch, rounds)) for batch in (1, 16)}
    about = {"recall": score, "lists": kind.lists, "probes": value if kind.lists else 0}
    yield from told(
        name,
        taken,
        exact,
        about,
        size_of(index),
        is_goal=kind.factory.endswith(",Flat") and count >= GOAL_SIZE,
    )
    if count >= GOAL_SIZE and (kind.lists or not kind.knob):
        far = extrapolated(float(np.median(taken[1])), count, kind.lists, about["probes"])
        yield one(
            f"{name}, at {PAPER:,}",
            far,
            "ms a query",
            note="extrapolated: latency * scanned(n') / scanned(n)",
        )


def told(
    name: str,
    taken: dict[int, np.ndarray],
    exact: dict[int, np.ndarray],
    about: dict,
    size: int,
    is_goal: bool = False,
) -> Iterator[Figure]:
    """Yield latency, speed against exact, recall and size of one index."""
    count = int(name.partition(":")[0].replace(",", ""))
    for batch, values in taken.items():
        yield figure(f"{name}, batch {batch}", values, "ms a query")
    if about:
        speed = float(np.median(exact[1])) / taken[1]
        goal = {"speed": f">= {GOAL_SPEED}", "recall": f">= {GOAL_RECALL}"} if is_goal else {}
        yield figure(f"{name}, speed", speed, "times", ratio_to="exact, batch 1", goal=goal.get("speed", ""))
        yield one(
            f"{name}, recall@{K}", about["recall"], "share", ratio_to="of exact", goal=goal.get("recall", "")
        )
    elif count >= GOAL_SIZE:
        far = extrapolated(float(np.median(taken[1])), count, 0, 0)
        yield one(f"{name}, at {PAPER:,}", far, "ms a query", note="extrapolated: latency * n' / n")
        yield one(
            f"{name}, size at {PAPER:,}",
            size / count * PAPER / 2**30,
            "GiB",
            note="extrapolated: bytes a vector * n'",
        )
    yield one(f"{name}, size", size / 2**20, "MiB", note=f"{size / count:.0f} bytes a vector")


def run(args: argparse.Namespace) -> list[Figure]:
    """Measure the overhead on real vectors, and all kinds of index at each size."""
    found = list(overhead(args.rounds))
    for count in args.sizes:
        say(f"{count:,} vectors ...")
        found += at_size(count, args)
    return found


if __name__ == "__main__":
    main(
        "search",
        run,
        {
            "sizes": ([10_000, 100_000, 1_000_000], [2_000], "numbers of vectors"),
            "rounds": (5, 2, "rounds of each latency"),
            "queries": (512, 64, "queries"),
            "graph": (100_000, 2_000, "most vectors for which a graph (HNSW) is built"),
        },
    )
