"""Vectors drawn at random that are like those of a trained retriever, for corpora larger than any at hand."""

import numpy as np

DIM = 128
TOPIC = 200  # vectors a topic, on average
SPREAD = 0.6  # of a vector around the middle of its topic


def vectors(count: int, rng: np.random.Generator, topics: int = 0, width: int = DIM) -> np.ndarray:
    """Return ``count`` vectors like ours: topics with passages around them, normalised as the retriever does.

    The middles of the topics and what is around them are normal, with deviations that fall along the axes as
    1 / sqrt(1 + i / 8): a trained retriever does not use all directions alike.  The topics are ``topics`` (by
    default one for 200 vectors), the deviation around a middle is 0.6 of that of the middles.  Then mean 0,
    deviation 1, divided by width**(1/4) (``Retriever._scale``).
    """
    scale = (1 + np.arange(width) / 8).astype(np.float32) ** -0.5
    middles = rng.standard_normal((topics or max(1, count // TOPIC), width), dtype=np.float32) * scale
    out = np.empty((count, width), dtype=np.float32)
    for start in range(0, count, 1 << 16):
        part = out[start : start + (1 << 16)]
        part[:] = middles[rng.integers(len(middles), size=len(part))]
        part += SPREAD * scale * rng.standard_normal(part.shape, dtype=np.float32)
        normalise(part)
    return out


def normalise(rows: np.ndarray) -> None:
    """Give each row mean 0 and deviation 1, divided by width**(1/4), in place."""
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= rows.std(axis=1, keepdims=True) * rows.shape[1] ** 0.25


def queries_for(docs: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return queries: vectors of passages drawn at random, as far moved as a passage is from its topic."""
    found = docs[rng.integers(len(docs), size=count)].copy()
    found += SPREAD * found.std() * rng.standard_normal(found.shape, dtype=np.float32)
    normalise(found)
    return found
