"""Figures, where they are kept, and how they are told: what all parts of ``make bench`` share.

A figure is the median of several rounds with the lowest and the highest of them.  ``results.json`` holds the
figures of all parts; a part that runs again replaces its own and leaves the others.
"""

import argparse
import os
import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from realm_mini.errors import RealmError, read_json, write_json, write_text
from realm_mini.results import commit_of, markdown_table

ROOT = Path(__file__).resolve().parents[1]
OUT = Path(__file__).with_name("results.json")
PARTS = ("step", "embed", "search", "refresh", "stages", "growth", "scale")  # in the order of the table
OWN = ("benchmarks/*.json", "benchmarks/*.md")  # what the benchmarks write


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of the table.

    ``ratio_to``: what it is a ratio to, where it is one.  ``low``, ``high``: the extremes of ``rounds``
    values whose median ``value`` is; None where it was taken once.  ``goal``: what it should be, as
    ">= 6".  ``note``: how it was made, in a few words.  ``why``: what is known of why it falls short, and the
    next best idea; told while the goal is not reached.
    """

    name: str
    value: float
    unit: str
    ratio_to: str = ""
    low: float | None = None
    high: float | None = None
    rounds: int = 1
    goal: str = ""
    note: str = ""
    why: str = ""

    @property
    def is_met(self) -> bool | None:
        """Return whether the goal is reached; None where there is none."""
        if not self.goal:
            return None
        sign, limit = self.goal.split()
        return self.value >= float(limit) if sign == ">=" else self.value <= float(limit)


def figure(name: str, values: Sequence[float] | np.ndarray, unit: str, **rest: Any) -> Figure:  # noqa: ANN401
    """Return the median of several rounds, with their extremes.

    >>> found = figure("search", [3.0, 1.0, 2.0], "ms", goal="<= 2.5")
    >>> found.value, found.low, found.high, found.rounds, found.is_met
    (2.0, 1.0, 3.0, 3, True)
    """
    low, middle, high = (float(f"{v:.6g}") for v in (np.min(values), np.median(values), np.max(values)))
    return Figure(name=name, value=middle, unit=unit, low=low, high=high, rounds=len(values), **rest)


def one(name: str, value: float, unit: str, **rest: Any) -> Figure:  # noqa: ANN401
    """Return a figure that was taken once, or counted."""
    return Figure(name=name, value=float(f"{value:.6g}"), unit=unit, **rest)


def machine() -> str:
    """Return the machine in words: processor, cores, threads, versions."""
    import torch

    model = platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        model = f"{names[0]}, {model}" if names else model
    busy = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return (
        f"{model}, {os.cpu_count()} cores, {torch.get_num_threads()} threads{busy}, "
        f"Python {platform.python_version()}, torch {torch.__version__}"
    )


def merged(known: list[dict[str, Any]], part: str, fresh: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the figures of all parts, those of ``part`` replaced, in the order of the table."""
    kept = [f for f in known if f["part"] != part] + fresh
    return sorted(kept, key=lambda f: PARTS.index(f["part"]))


def keep(out: Path, part: str, figures: Sequence[Figure], about: dict[str, str]) -> list[dict[str, Any]]:
    """Put the figures of one part into the file, and the table beside it; each is written whole.

    ``about``: command, commit, machine, day.

    Raises:
        RealmError: two figures of the part have one name, or the file holds something else.
    """
    names = [f.name for f in figures]
    if twice := {n for n in names if names.count(n) > 1}:
        raise RealmError(f"Two figures of {part} are called {min(twice)!r}. Give each a name of its own.")
    known = read_json(out) if out.exists() else {"figures": []}
    if not isinstance(known, dict) or not isinstance(known.get("figures"), list):
        raise RealmError(f"{out} holds no results of benchmarks. Remove it, or choose another --out.")
    fresh = [{"part": part} | asdict(f) | {"is_met": f.is_met} | about for f in figures]
    everything = merged(known["figures"], part, fresh)
    write_json(out, {"figures": everything})
    write_text(out.with_suffix(".md"), table(everything))
    return everything


def told(value: float | None) -> str:
    """Return a number with three digits that count.

    >>> told(1234567.0), told(12.3456), told(0.00123456), told(3.0), told(None)
    ('1,234,567', '12.3', '0.00123', '3', '')
    """
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{float(f'{value:.3g}'):f}".rstrip("0").rstrip(".")


def table(figures: Sequence[dict[str, Any]]) -> str:
    """Return all figures as Markdown, a table a part, what they were taken with above it."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; the same figures, for programs, are in `results.json`. A value is the",
        "median of its rounds, beside it the lowest and the highest of them. A goal in bold is not reached.",
    ]
    for part in dict.fromkeys(f["part"] for f in figures):
        rows = [f for f in figures if f["part"] == part]
        first = rows[0]
        source = f"`{first['command']}`, commit {first['commit'] or 'unknown'}, {first['day']}"
        lines += ["", f"## {part}", ""]
        lines += [
            f"{source}. {first['machine']}.",
            "",
        ]
        cells = []
        for row in rows:
            spread = f"{told(row['low'])} to {told(row['high'])}" if row["rounds"] > 1 else ""
            unit = f"{row['unit']} {row['ratio_to']}".strip()
            goal = f"**{row['goal']}**" if row["is_met"] is False else row["goal"]
            cells.append(
                [row["name"], told(row["value"]), unit, spread, str(row["rounds"]), goal, row["note"]]
            )
        head = ["figure", "value", "unit", "lowest to highest", "rounds", "goal", "how"]
        lines += [markdown_table(head, cells, right=(1, 4))]
        short = [r for r in rows if r["is_met"] is False and r.get("why")]
        lines += ["", *(f"- **{r['name']}** falls short. {r['why']}" for r in short)] if short else []
    return "\n".join(lines) + "\n"


Option = tuple[Any, Any, str]  # its value, its value with --smoke, what it is


def main(part: str, run: Callable[[argparse.Namespace], list[Figure]], options: dict[str, Option]) -> None:
    """Run one part from the command line: take its figures, keep them, print them.

    ``options``: name -> value of the full run, of the smoke test, help; a list takes several values.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{part}", description=run.__doc__)
    parser.add_argument("--smoke", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--out", type=Path, help=f"file of the results (default: {OUT.name} beside this)")
    for name, (full, smoke, text) in options.items():
        kind: Any = type(full[0]) if isinstance(full, list) else type(full)
        many = {"nargs": "+"} if isinstance(full, list) else {}
        text += f" (default: {full}; with --smoke {smoke})".replace("%", "%%")
        parser.add_argument(f"--{name}", type=kind, help=text, **many)
    args = parser.parse_args()
    for name, (full, smoke, _) in options.items():
        if getattr(args, name) is None:
            setattr(args, name, smoke if args.smoke else full)
    out = args.out or (OUT.with_name("smoke.json") if args.smoke else OUT)
    shown = [w if not Path(w).is_absolute() else Path(w).name for w in sys.argv[1:]]
    about = {
        "command": shlex.join(["python", "-m", f"benchmarks.{part}", *shown]),
        "commit": commit_of(ROOT, but=OWN),
        "machine": machine(),
        "day": time.strftime("%Y-%m-%d"),
    }
    try:
        everything = keep(out, part, run(args), about)
    except RealmError as error:
        sys.exit(f"benchmarks.{part}: {error}")
    sys.stdout.write(table([f for f in everything if f["part"] == part]))


def say(text: str) -> None:
    """Tell what is being measured, for whoever waits."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def seconds(work: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def watch_memory() -> Iterator[Callable[[], float]]:
    """Give a function that returns the most memory this process had since the last call, in MiB.

    Linux keeps that mark (VmHWM) and lets a process set it back; elsewhere the mark only rises.
    """
    reset = Path("/proc/self/clear_refs")

    def peak() -> float:
        if reset.exists():
            lines = Path("/proc/self/status").read_text().splitlines()
            found = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
            reset.write_text("5")
            return found
        import resource

        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB, on a Mac bytes
        return size / (2**20 if sys.platform == "darwin" else 2**10)

    peak()
    yield peak
