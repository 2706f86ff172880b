"""What the tables are made of: figures of result files, and how they are written in a cell."""

from typing import Any

Found = dict[str, dict[str, Any]]


def cell(figure: dict[str, Any] | None) -> str:
    """Return a mean with its interval.

    >>> cell({"mean": 41.26, "low": 39.0, "high": 43.04})
    '41.3 (39.0 to 43.0)'
    """
    return "" if figure is None else f"{figure['mean']:.1f} ({figure['low']:.1f} to {figure['high']:.1f})"


def part_of(result: dict[str, Any], wanted: str) -> tuple[str, dict[str, Any]]:
    """Return the part of the questions to show: the one wanted, or the other where it is all there is."""
    parts = result["parts"]
    split = wanted if wanted in parts else next(iter(parts))
    return split, parts[split]


def figure(part: dict[str, Any], measure: str, subset: str = "all") -> dict[str, Any] | None:
    """Return mean and interval of a measure, None where there is none."""
    return part["figures"].get(measure, {}).get(subset)
