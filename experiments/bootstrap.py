"""Error bars: intervals over both kinds of chance, which questions were asked and which seed was drawn."""

import numpy as np
from jaxtyping import Bool, Float, Int

from realm_mini.fit import rng_for

REPLICATES = 2000
LEVEL = 0.95


def interval(
    hits: Bool[np.ndarray, "seeds questions"] | Float[np.ndarray, "seeds questions"], seed: int = 0
) -> tuple[float, float, float]:
    """Return mean, lower and upper end, in percent, of hits: one row a seed, one column a question.

    Each replicate draws seeds and questions anew, both with replacement, all seeds with the same questions.
    With one seed the interval speaks of questions alone; with three it is still too narrow in seeds, as
    any resampling of three is.
    """
    table = np.asarray(hits, dtype=np.float64)
    rng = rng_for(seed, "bootstrap")
    seeds, questions = table.shape
    asked = _counts(rng.integers(questions, size=(REPLICATES, questions)))
    drawn = rng.integers(seeds, size=(REPLICATES, seeds))
    by_seed = asked @ table.T / questions  # (replicates, seeds)
    means = np.take_along_axis(by_seed, drawn, axis=1).mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return 100 * float(table.mean()), 100 * float(low), 100 * float(high)


def rounded(hits: np.ndarray, digits: int = 2) -> dict[str, float]:
    """Return what :func:`interval` does, by name and rounded, as the files of results have it.

    >>> rounded(np.ones((1, 4)))
    {'mean': 100.0, 'low': 100.0, 'high': 100.0}
    """
    return {name: round(v, digits) for name, v in zip(("mean", "low", "high"), interval(hits), strict=True)}


def _counts(drawn: Int[np.ndarray, "replicates questions"]) -> Float[np.ndarray, "replicates questions"]:
    """Return how often each question was drawn in each replicate."""
    replicates, questions = drawn.shape
    flat = (drawn + questions * np.arange(replicates)[:, None]).ravel()
    return np.bincount(flat, minlength=drawn.size).reshape(drawn.shape).astype(np.float64)


def correlation(
    x: Float[np.ndarray, " runs"], y: Float[np.ndarray, " runs"], seed: int = 0
) -> dict[str, float]:
    """Return Pearson's and Spearman's correlation of two lists, and Spearman's interval over runs.

    >>> found = correlation(np.arange(5.0), np.arange(5.0) ** 3)
    >>> round(found["spearman"], 3), found["pearson"] < 1
    (1.0, True)
    """
    rng = rng_for(seed, "correlation")
    draws = [rng.integers(len(x), size=len(x)) for _ in range(REPLICATES)]
    again = [_pearson(_ranks(x[d]), _ranks(y[d])) for d in draws if np.ptp(x[d]) and np.ptp(y[d])]
    low, high = np.quantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {
        "runs": len(x),
        "pearson": _pearson(x, y),
        "spearman": _pearson(_ranks(x), _ranks(y)),
        "low": float(low),
        "high": float(high),
    }


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x, y)[0, 1])


def _ranks(x: np.ndarray) -> np.ndarray:
    """Return ranks, equal values their mean rank."""
    _, place, count = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place]
