"""How the parts of a run grow with the passages: once, twice, four times as many.

    python -m benchmarks.growth [--sizes 1800 3600 7200] [--rounds 5] [--smoke]

Real passages, drawn from the pocket world; each smaller corpus is a part of the larger ones.  Embedding and
index grow with the passages; a search does when exact; a step should not.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.record import Figure, figure, main, say, seconds
from realm_mini.config import TrainConfig


def at_size(count: int, args: argparse.Namespace) -> Iterator[tuple[str, np.ndarray, str]]:
    """Yield the seconds of each round of embedding, search and step with ``count`` passages."""
    from benchmarks.material import before_pretraining, masked, pocket
    from realm_mini.corpus import Corpus
    from realm_mini.fit import rng_for
    from realm_mini.index import Index
    from realm_mini.refresh import Refresher, rebuild
    from realm_mini.retriever import embed_corpus, embed_queries
    from realm_mini.train import pretrain
    from realm_mini.world import World

    whole = pocket()
    order = rng_for(0, "part of the world").permutation(len(whole.corpus) - 1)[:count] + 1
    world = World(Corpus(whole.corpus[int(row)] for row in np.sort(order)), whole.news)
    realm = before_pretraining(world)
    yield "cutting into wordpieces", np.array([seconds(realm.collator.prepare)]), "s"
    vectors = embed_corpus(realm.retriever, realm.collator)
    yield (
        "embedding",
        np.array(
            [seconds(lambda: embed_corpus(realm.retriever, realm.collator)) for _ in range(args.rounds)]
        ),
        "s",
    )
    build = [seconds(lambda: Index.build(vectors, world.corpus.fingerprint)) for _ in range(args.rounds)]
    yield "index of the vectors", np.array(build), "s"
    index = Index.build(vectors, world.corpus.fingerprint)
    texts = masked(realm, world, "benchmark growth")
    queries = embed_queries(realm.retriever, realm.collator, [next(texts) for _ in range(256)])
    groups = [queries[i : i + 16] for i in range(0, len(queries), 16)]
    found = [np.median([seconds(lambda g=g: index.search(g, 6)) for g in groups]) for _ in range(args.rounds)]
    yield "search of 16 texts", np.array(found), "s"
    config = realm.config
    refresher = Refresher(lambda step: rebuild(realm.retriever, realm.collator, "Flat", step), every=0)
    stage = TrainConfig(steps=args.rounds * args.steps + 2, batch=config.stages.pretrain.batch, lr=1e-4)
    search = replace(config.search, proposal="dense")
    steps = pretrain(
        realm.retriever.train(),
        realm.reader.train(),
        realm.collator,
        texts,
        stage,
        search,
        config.objective,
        refresher,
    )
    for _ in range(2):
        next(steps)
    taken = [np.median([seconds(lambda: next(steps)) for _ in range(args.steps)]) for _ in range(args.rounds)]
    yield "joint step", np.array(taken), "s"


def figures(taken: dict[int, dict[str, tuple[np.ndarray, str]]]) -> list[Figure]:
    """Return the table of the part: seconds at each size, and how many times those at the smallest."""
    found, smallest = [], min(taken)
    for count, parts in taken.items():
        for name, (values, unit) in parts.items():
            found.append(figure(f"{count:,} passages: {name}", values, unit))
            if count != smallest:
                ratio = values / np.median(taken[smallest][name][0])
                times = f"{count / smallest:.3g} times the passages"
                found.append(
                    figure(
                        f"{count:,} passages: growth of {name}",
                        ratio,
                        "times",
                        ratio_to=f"{smallest:,} passages",
                        note=times,
                    )
                )
    return found


def run(args: argparse.Namespace) -> list[Figure]:
    """Measure at each size, from the smallest to the largest."""
    from realm_mini.speed import tune

    tune()
    taken: dict[int, dict[str, tuple[np.ndarray, str]]] = {}
    for count in sorted(args.sizes):
        say(f"{count:,} passages ...")
        taken[count] = {name: (values, unit) for name, values, unit in at_size(count, args)}
    return figures(taken)


if __name__ == "__main__":
    main(
        "growth",
        run,
        {
            "sizes": ([1800, 3600, 7200], [200, 400], "numbers of passages"),
            "rounds": (5, 1, "rounds"),
            "steps": (5, 1, "joint steps a round"),
        },
    )
