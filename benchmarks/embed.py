"""Embedding passages for the index: passages a second, and how much of the machine's product rate that is.

    python -m benchmarks.embed [--rounds 7] [--passages 0] [--smoke]

The work is counted by a formula (:func:`flops`), of real wordpieces only: what padding costs lowers the
fraction.  The rate of the machine is that of square float32 products of 2048, the quicker of torch's two ways
to take them, measured in turns with the embedding.
"""

import argparse

import numpy as np
import torch

from benchmarks.record import Figure, figure, main, one, say, seconds
from realm_mini.config import EncoderConfig

SIZE = 2048  # of the square products
WHY = (
    "Products with matrices of 128 reach about half the rate of large square ones, and norms, rotary "
    "positions and attention over rows of seventy wordpieces take longer than the products (LOG.md). Next: "
    "these small operations in one kernel; a wider encoder comes nearer by itself."
)


def flops(lengths: np.ndarray, config: EncoderConfig, dim: int) -> float:
    """Return the floating-point operations that embed passages of these lengths, in wordpieces.

    Of a passage of t wordpieces, each product of m x k with k x n counted as 2 m k n, h the hidden size,
    f the feed-forward size, g the products of a feed-forward block (3 where it has a gate, as in ModernBERT,
    else 2), and nothing else counted (norms, softmax, embeddings look-ups):

        layers * (2 t 4 h h  +  2 * 2 t t h  +  2 t g h f)  +  2 h dim

    that is queries, keys, values and output; scores and their sums over values; feed-forward; projection.
    """
    t = np.asarray(lengths, dtype=np.float64)
    h, gates = config.hidden, 3 if config.kind == "modernbert" else 2
    layer = 8 * t * h * h + 4 * t * t * h + 2 * t * gates * h * config.feedforward
    return float((config.layers * layer + 2 * h * dim).sum())


def sgemm(precision: str, count: int = 3) -> float:
    """Return the rate of square products in floating-point operations a second, best of ``count``."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    a = torch.randn(SIZE, SIZE)
    out = torch.empty(SIZE, SIZE)
    best = min(seconds(lambda: torch.mm(a, a, out=out)) for _ in range(count))
    torch.set_float32_matmul_precision(before)
    return 2 * SIZE**3 / best


def run(args: argparse.Namespace) -> list[Figure]:
    """Embed the passages of the pocket world, in turns with square products."""
    from benchmarks.material import before_pretraining, pocket
    from realm_mini.retriever import embed_corpus
    from realm_mini.speed import tune

    tune()
    realm = before_pretraining(pocket())
    collator = realm.collator
    count = args.passages or len(realm.corpus) - 1
    rows = np.sort(np.random.default_rng(0).permutation(np.arange(1, len(realm.corpus)))[:count])
    cut = seconds(collator.prepare)
    lengths = np.array([collator.doc_length(int(r)) for r in rows])
    work = flops(lengths, realm.config.encoder, realm.config.retriever.dim)
    order = np.argsort(lengths, kind="stable")
    ready = [collator.candidates(rows[order[i : i + 128]][:, None]) for i in range(0, count, 128)]

    def bare() -> None:
        with torch.inference_mode():
            for batch in ready:
                realm.retriever.embed_doc(batch)

    rates: dict[str, list[float]] = {"highest": [], "medium": []}
    whole, model = [], []
    embed_corpus(realm.retriever, collator, rows[: min(count, 512)])  # kernels are made, pages touched
    for number in range(args.rounds):
        for precision, found in rates.items():
            found.append(sgemm(precision))
        whole.append(seconds(lambda: embed_corpus(realm.retriever, collator, rows)))
        model.append(seconds(bare))
        say(f"round {number + 1}: {count / whole[-1]:.0f} passages/s, {work / whole[-1] / 1e9:.0f} GFLOP/s")
    best = max(rates, key=lambda name: float(np.median(rates[name])))
    cutting = one("cutting a passage into wordpieces, once", 1e3 * cut / (len(realm.corpus) - 1), "ms")
    return [*figures(work, count, lengths, np.array(whole), np.array(model), rates, best), cutting]


def figures(
    work: float,
    count: int,
    lengths: np.ndarray,
    whole: np.ndarray,
    model: np.ndarray,
    rates: dict[str, list[float]],
    best: str,
) -> list[Figure]:
    """Return the table of the part, from the seconds of each round."""
    peak, formula = np.array(rates[best]), "layers (8 t h h + 4 t t h + 6 t h f) + 2 h dim, t real wordpieces"
    return [
        figure("passages a second", count / whole, "1/s", note=f"embed_corpus, {count} passages"),
        figure("wordpieces a second", lengths.sum() / whole, "1/s", note=f"{lengths.mean():.1f} a passage"),
        one("work of a passage", work / count / 1e6, "MFLOP", note=formula),
        figure("rate of embedding", work / whole / 1e9, "GFLOP/s"),
        *(
            figure(
                f"square products, {name} precision",
                np.array(found) / 1e9,
                "GFLOP/s",
                note=f"float32, {SIZE}",
            )
            for name, found in rates.items()
        ),
        figure(
            "fraction of the machine's rate",
            work / whole / peak,
            "share",
            ratio_to=f"of square products, {best}",
            goal=">= 0.65",
            why=WHY,
            note="ratio of each round",
        ),
        figure(
            "the same, the model alone",
            work / model / peak,
            "share",
            ratio_to=f"of square products, {best}",
            note="batches made beforehand",
        ),
    ]


if __name__ == "__main__":
    main(
        "embed",
        run,
        {"rounds": (7, 2, "rounds"), "passages": (0, 256, "passages to embed, 0 for all")},
    )
