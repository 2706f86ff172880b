"""How much memory large corpora take, and how fast they are searched and edited.

Run: ``python benchmarks/scale.py [memory] [stream] [edit]`` (all three by default); it prints JSON and writes
``benchmarks/scale.json``.  Texts are invented; a seeded random projection of their words stands for
the encoder, so that what is measured is everything but the model (``edit`` has a small untrained one).
Memory is VmHWM of /proc/self/status, the most there ever was, so each part runs in a process of its own.
"""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

DIM, WORDS, BUCKETS = 128, 60, 1 << 14
OUT = Path(__file__).with_suffix(".json")


def memory(name: str = "VmHWM") -> float:
    """Return a figure of /proc/self/status in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise SystemExit("/proc/self/status has no " + name)


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


def in_memory(count: int = 100_000) -> dict:
    """Index and search a corpus that is held in memory; torch is loaded, as in use."""
    import torch

    from realm_mini.documents import load_corpus
    from realm_mini.index import Index
    from realm_mini.records import write_passages

    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "passages.jsonl"
        write_passages(path, passages(count))
        before, began = memory(), time.perf_counter()
        corpus = load_corpus(path)
        loaded = time.perf_counter()
        projection = Projection()
        vectors = np.concatenate(list(projection.stream(islice(corpus, 1, None))))
        embedded = time.perf_counter()
        index = Index.build(vectors, corpus.fingerprint)
        built = time.perf_counter()
        recall, search = hits(index, corpus, projection)
        return {
            "passages": count,
            "load_s": round(loaded - began, 2),
            "project_s": round(embedded - loaded, 2),
            "index_s": round(built - embedded, 2),
            "search_s": search,
            "recall_at_5": recall,
            "before_mib": before,
            "peak_mib": memory(),
        }


def streamed(count: int = 1_000_000) -> dict:
    """Write, embed and search a corpus that never is in memory; note the memory on the way."""
    from realm_mini.store import StoredCorpus
    from realm_mini.vectors import mapped_index, write_vectors

    marks: dict[str, float] = {}

    def watched(found: Iterable, name: str) -> Iterator:
        for number, passage in enumerate(found):
            if number % (count // 10) == 0:
                marks[f"{name} {number}"] = memory("VmRSS")
            yield passage

    projection = Projection()
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        corpus = StoredCorpus.write(Path(folder) / "corpus", watched(passages(count), "stored"))
        stored = time.perf_counter()
        path = Path(folder) / "vectors.npy"
        write_vectors(path, projection.stream(watched(islice(corpus, 1, None), "embedded")))
        embedded = time.perf_counter()
        index = mapped_index(path, corpus.fingerprint, count)
        recall, search = hits(index, corpus, projection)
        return {
            "passages": count,
            "store_s": round(stored - began, 1),
            "project_s": round(embedded - stored, 1),
            "search_s": search,
            "recall_at_5": recall,
            "rss_mib": marks,
            "after_search_mib": memory("VmRSS"),
            "peak_mib": memory(),
        }


def edited(count: int = 100_000) -> dict:
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
    rounds = []
    for number in range(5):
        spent, began = 0.0, time.process_time()
        realm.edit([Passage(f"p{number * 17}", "News", f"The {number} new fact was told on Monday.")])
        middle = time.process_time()
        realm.ask("What is new?")
        whole = time.process_time() - began
        rounds.append(
            {"edit_s": middle - began, "whole_s": whole, "model_s": spent, "besides_s": whole - spent}
        )
    best = min(rounds, key=lambda r: r["besides_s"])
    return {"passages": count, "rounds": len(rounds), "peak_mib": memory()} | {
        f"{key[:-2]}_{how}_s": round(value, 3)
        for key in best
        for how, value in (("best", best[key]), ("median", float(np.median([r[key] for r in rounds]))))
    }


PARTS = {"memory": in_memory, "stream": streamed, "edit": edited}


def main(words: list[str]) -> None:
    """Run the parts that are named, each in a process of its own, and write what came out."""
    if words[:1] == ["--part"]:
        sys.stdout.write(json.dumps(PARTS[words[1]](*map(int, words[2:]))))
        return
    names = [w for w in words if w in PARTS] or list(PARTS)
    counts = [w for w in words if w.isdigit()]
    results = json.loads(OUT.read_text()) if OUT.exists() else {}
    for name in names:
        command = [sys.executable, __file__, "--part", name, *counts]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        results[name] = json.loads(done.stdout)
    text = json.dumps(results, indent=2) + "\n"
    if not counts:
        OUT.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
