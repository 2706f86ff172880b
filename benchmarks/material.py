"""What the parts measure with: the pocket world, the trained weights that come along, real batches."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from realm_mini.config import RealmConfig
from realm_mini.corpus import data_path, shipped
from realm_mini.errors import write_text
from realm_mini.fit import rng_for
from realm_mini.masking import GazetteerTagger, MaskedExample, Tagger, tag_dates, union
from realm_mini.model import Realm
from realm_mini.presets import small
from realm_mini.retriever import embed_queries, retrieve
from realm_mini.streams import examples
from realm_mini.text import Tokenizer
from realm_mini.weights import load_weights
from realm_mini.world import World

FILES = ("passages.jsonl", "passages.annotations.jsonl", "news.jsonl", "questions.jsonl")


def pocket() -> World:
    """Return the pocket world."""
    return World.load(data_path("passages.jsonl").parent)


def before_pretraining(world: World, config: RealmConfig | None = None) -> Realm:
    """Return a model as joint pre-training finds it: ICT's retriever, the warmed-up reader, as shipped."""
    tokenizer = Tokenizer.load(shipped() / "tokenizer.json")
    realm = Realm.create(config or small(), tokenizer, world.corpus)
    load_weights(realm.retriever, shipped().parent / "ict" / "retriever.safetensors")
    load_weights(realm.reader, shipped().parent / "warmup" / "reader.safetensors")
    return realm


def tagger_of(world: World) -> Tagger:
    """Return what needs no training: dates and the titles of the passages."""
    return union(tag_dates, GazetteerTagger(p.title for p in world.corpus))


def masked(realm: Realm, world: World, name: str) -> Iterator[MaskedExample]:
    """Return masked news without end."""
    return examples(
        world.news,
        realm.tokenizer,
        realm.collator,
        rng_for(0, name),
        realm.config.objective,
        tagger_of(world),
    )


def batches(k: int, size: int, count: int) -> tuple[Realm, list[tuple[list[MaskedExample], np.ndarray]]]:
    """Return ``count`` batches of masked news with the candidates that the pre-trained retriever finds.

    These are the duplicates and the lengths of real training: popular passages come up more than once.
    """
    world, found = pocket(), []
    realm = Realm.from_pretrained()
    model = realm.pretrained or realm
    stream = masked(model, world, "benchmark batches")
    for _ in range(count):
        texts = [next(stream) for _ in range(size)]
        banned = [world.corpus.banned_rows(e.origin) for e in texts]
        vectors = embed_queries(model.retriever, model.collator, texts)
        found.append((texts, retrieve(vectors, realm.index, k, banned=banned)))
    return model, found


def part_of_world(folder: Path, share: float, news: float = 1.0, asked: int = 64) -> None:
    """Write a smaller pocket world: a part of its passages and of the news that they tell of.

    ``news``: the part of those news that is kept; ``asked``: development and test questions, each.
    Passages are drawn at random, always the same; a smaller part lies in every larger one.
    """
    source = data_path("passages.jsonl").parent
    rows = {name: [json.loads(x) for x in (source / name).read_text().splitlines()] for name in FILES}
    order = rng_for(0, "part of the world").permutation(len(rows["passages.jsonl"]))
    ids = [rows["passages.jsonl"][i]["id"] for i in order[: round(share * len(order))]]
    kept = set(ids)
    rows["passages.jsonl"] = [r for r in rows["passages.jsonl"] if r["id"] in kept]
    rows["passages.annotations.jsonl"] = [r for r in rows["passages.annotations.jsonl"] if r["id"] in kept]
    told = [r for r in rows["news.jsonl"] if set(r["gold"]["passages"]) <= kept]
    rows["news.jsonl"] = told[: max(1, round(news * len(told)))]
    left = {"train": len(rows["questions.jsonl"]), "dev": asked, "test": asked}
    questions = []
    for row in rows["questions.jsonl"]:
        if set(row["passages"]) <= kept and left[row["split"]] > 0:
            left[row["split"]] -= 1
            questions.append(row)
    rows["questions.jsonl"] = questions
    for name, found in rows.items():
        write_text(folder / name, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in found))
