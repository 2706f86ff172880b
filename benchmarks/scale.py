"""How much memory large corpora take, and how fast they are searched and edited.

    python -m benchmarks.scale [--held 100000] [--streamed 1000000] [--edited 100000] [--smoke]

Texts are invented; a seeded random projection of their words stands for the encoder, so that what is measured
is everything but the model (editing has a small untrained one).  Each of the three runs in a process of its
own.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.record import ROOT, Figure, figure, main, one, say, watch_memory

DIM, WORDS, BUCKETS = 128, 60, 1 << 14
MARKS = 10  # how often the memory is looked at while a corpus is streamed
EDITS = 5


def passages(count: int) -> Iterator:
    """Yield invented passages of 60 words, the same every time."""
    from realm_mini.records import Passage

    rng = np.random.default_rng(0)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u")]
    words = [a + b for a in syllables for b in syllables]
    for start in range(0, count, 1000):
        drawn = rng.integers(len(words), size=(min(1000, count - start), WORDS))
        for number, row in enumerate(drawn, start=start):
            text = " ".join(words[i] for i in row)
            yield Passage(f"p{number}", f"Title {number}", f"{text.capitalize()}.")


class Projection:
    """Words hashed into buckets, each bucket a random direction: the same text, the same vector."""

    def __init__(self) -> None:
        self.table = np.random.default_rng(1).normal(size=(BUCKETS, DIM)).astype(np.float32)
        self.known: dict[str, int] = {}

    def bucket(self, word: str) -> int:
        """Return the bucket of a word."""
        if word not in self.known:
            self.known[word] = (
                int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest()) % BUCKETS
            )
        return self.known[word]

    def __call__(self, texts: Iterable[str]) -> np.ndarray:
        """Return the vectors of texts, of length 1."""
        found = np.stack([self.table[[self.bucket(w) for w in t.lower().split()]].sum(0) for t in texts])
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def stream(self, found: Iterable, part: int = 4096) -> Iterator[np.ndarray]:
        """Yield the vectors of a stream of passages, many at a time."""
        found = iter(found)
        while rows := list(islice(found, part)):
            yield self(p.text for p in rows)


def hits(index: object, corpus: object, projection: Projection, asked: int = 200) -> tuple[float, float]:
    """Return how often half of a passage finds it, and the seconds a search takes."""
    rows = np.random.default_rng(2).integers(1, len(corpus), size=asked)
    queries = projection(" ".join(corpus[int(r)].text.split()[: WORDS // 2]) for r in rows)
    began = time.perf_counter()
    found = index.search(queries, 5)
    seconds = (time.perf_counter() - began) / asked
    return float((found == rows[:, None]).any(1).mean()), round(seconds, 5)


def held(count: int) -> dict[str, Any]:
    """Index and search a corpus that is held in memory; torch is loaded, as in use."""
    import torch

    from realm_mini.documents import load_corpus
    from realm_mini.index import Index
    from realm_mini.records import write_passages

    torch.set_num_threads(1)
    with TemporaryDirectory() as folder, watch_memory() as peak:
        path = Path(folder) / "passages.jsonl"
        write_passages(path, passages(count))
        peak()
        began = time.perf_counter()
        corpus = load_corpus(path)
        loaded = time.perf_counter()
        projection = Projection()
        vectors = np.concatenate(list(projection.stream(islice(corpus, 1, None))))
        embedded = time.perf_counter()
        index = Index.build(vectors, corpus.fingerprint)
        built = time.perf_counter()
        found, search = hits(index, corpus, projection)
        return {
            "load": loaded - began,
            "index": built - embedded,
            "search": search,
            "found": found,
            "peak": peak(),
        }


def streamed(count: int) -> dict[str, Any]:
    """Write, embed and search a corpus that never is in memory; note the memory on the way."""
    from realm_mini.store import StoredCorpus
    from realm_mini.vectors import mapped_index, write_vectors

    marks: dict[str, list[float]] = {"storing": [], "embedding": []}
    projection = Projection()
    with TemporaryDirectory() as folder, watch_memory() as peak:

        def watched(found: Iterable, name: str) -> Iterator:
            for number, passage in enumerate(found, start=1):
                yield passage
                if number % max(1, count // MARKS) == 0:
                    marks[name].append(peak())

        began = time.perf_counter()
        corpus = StoredCorpus.write(Path(folder) / "corpus", watched(passages(count), "storing"))
        stored = time.perf_counter()
        marks["storing"].append(peak())
        path = Path(folder) / "vectors.npy"
        write_vectors(path, projection.stream(watched(islice(corpus, 1, None), "embedding")))
        index = mapped_index(path, corpus.fingerprint, count)
        peak()
        found, search = hits(index, corpus, projection)
        return {"marks": marks, "store": stored - began, "search": search, "found": found, "peak": peak()}


def edited(count: int) -> dict[str, Any]:
    """Change one passage of many and ask again; what the model itself takes is told apart.

    Seconds are of the processor, not of the clock: a machine that is busy otherwise is no slower so.
    """
    from dataclasses import replace

    import torch

    from realm_mini import retriever as model_of
    from realm_mini.config import EncoderConfig
    from realm_mini.corpus import Corpus, Passage
    from realm_mini.index import Index
    from realm_mini.model import Realm
    from realm_mini.presets import tiny
    from realm_mini.text import Tokenizer

    torch.set_num_threads(1)
    corpus = Corpus(passages(count))
    tokenizer = Tokenizer.train([p.text for p in islice(corpus, 1, 300)], vocab=500)
    config = replace(tiny(), encoder=EncoderConfig(vocab=500, hidden=64, layers=1, heads=2))
    realm = Realm.create(config, tokenizer, corpus)
    realm.answers_questions = True
    vectors = np.random.default_rng(3).normal(size=(count, config.retriever.dim)).astype(np.float32)
    realm.index = Index.build(vectors, corpus.fingerprint)
    realm.ask("What is new?")
    spent = 0.0
    plain = model_of.Encoder.forward

    def timed(self: object, *args: object, **kwargs: object) -> object:
        nonlocal spent
        began = time.process_time()
        found = plain(self, *args, **kwargs)
        spent += time.process_time() - began
        return found

    model_of.Encoder.forward = timed
    besides = []
    for number in range(EDITS):
        spent, began = 0.0, time.process_time()
        realm.edit([Passage(f"p{number}", "News", f"The {number} new fact was told on Monday.")])
        realm.ask("What is new?")
        besides.append(time.process_time() - began - spent)
    return {"besides": besides}


def apart(part: Callable[[int], dict[str, Any]], count: int) -> dict[str, Any]:
    """Return what a part finds in a process of its own."""
    say(f"{count:,} passages {part.__name__}")
    words = f"from benchmarks.scale import {part.__name__} as part; import json; "
    command = [sys.executable, "-c", f"{words}print(json.dumps(part({count})))"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def run(args: argparse.Namespace) -> list[Figure]:
    """Hold, stream and edit large corpora; return memory and seconds."""
    name, found = f"{args.held:,} in memory", apart(held, args.held)
    figures = [
        one(f"{name}: loading", found["load"], "s"),
        one(f"{name}: index of the vectors", found["index"], "s"),
        one(f"{name}: search", 1e3 * found["search"], "ms a query"),
        one(f"{name}: recall@5 of half a passage", found["found"], "share"),
        one(f"{name}: most memory", found["peak"], "MiB", goal="<= 2048", note="passages, vectors, torch"),
    ]
    name, found = f"{args.streamed:,} streamed", apart(streamed, args.streamed)
    figures.append(one(f"{name}: storing", found["store"], "s"))
    for way, marks in found["marks"].items():
        read, kept = f"the most while each of {MARKS} parts was read", "the most less the first part"
        if way == "storing":
            read += ", and at the end"
            kept += "; where each passage begins and two hashes are kept, 24 bytes, then sorted"
        grown = 2**20 * (max(marks) - marks[0]) / (args.streamed * (1 - 1 / MARKS))
        figures += [
            figure(f"{name}: memory while {way}", marks, "MiB", note=read),
            one(f"{name}: growth while {way}", grown, "bytes a passage", goal="<= 64", note=kept),
        ]
    figures += [
        one(f"{name}: search", 1e3 * found["search"], "ms a query", note="vectors mapped from the disk"),
        one(f"{name}: recall@5 of half a passage", found["found"], "share"),
        one(f"{name}: memory in search", found["peak"], "MiB", note="pages of the mapped file count too"),
    ]
    name, found = f"one of {args.edited:,} changed", apart(edited, args.edited)
    note = "edit and ask, seconds of the processor"
    besides = figure(f"{name}: besides the model", found["besides"], "s", goal="<= 1", note=note)
    return [*figures, besides]


if __name__ == "__main__":
    main(
        "scale",
        run,
        {
            "held": (100_000, 200, "passages held in memory"),
            "streamed": (1_000_000, 2000, "passages streamed"),
            "edited": (100_000, 200, "passages of which one is changed"),
        },
    )
