"""Train and measure the rows of ``configs/realtext`` on texts of the user's; see ``realtext.py``."""

from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.measures import measured_at_all_cuts
from experiments.realtext import LEADS, RealText
from experiments.results import FOLDER
from experiments.rows import REAL_ROWS, Row, load_row, load_rows
from experiments.run import run_row
from experiments.shared import Given
from realm_mini.config import RealmConfig
from realm_mini.errors import RealmError
from realm_mini.fit import Step
from realm_mini.world import World

RUNS = Path("runs") / "realtext"
TELL_EVERY = 100  # steps


def rows_of(names: Sequence[str], texts: RealText) -> list[Row]:
    """Return the rows called so; without names those that want seeds.

    Raises:
        RealmError: there is no such row, or the texts are not all there that it reads.
    """
    rows = [load_row(name, REAL_ROWS) for name in names] or [r for r in load_rows(REAL_ROWS) if r.seeds]
    for row in rows:
        if row.texts == "news" and not texts.leads:
            raise RealmError(
                f"The row {row.name!r} reads {LEADS}.jsonl, which is not beside {texts.path}. Add it."
            )
    return rows


def results_of(size: str, folder: Path | None = None) -> Path:
    """Return where the result files of a size are: below the folder of all others."""
    return (folder or FOLDER) / ("realtext" if size == "laptop" else f"realtext-{size}")


def run_rows(
    rows: Sequence[Row],
    seeds: Sequence[int],
    world: World,
    given: Given,
    *,
    base: RealmConfig,
    size: str,
    split: str,
    runs: Path | None = None,
    results: Path | None = None,
    commit: str = "",
    device: str = "cpu",
    say: Callable[[str], None] = lambda text: None,
    log: Callable[[str, Step, int], None] | None = None,
    save_every: int = 100,
) -> None:
    """Bring the result files of the rows to where they hold these seeds on these questions.

    One seed of all rows comes before the next; what was done before, or by another row, is not done again.
    ``say`` is told what goes on, ``log`` every step.
    """

    def told(stage: str, step: Step, total: int) -> None:
        if (step.step + 1) % TELL_EVERY == 0 or step.step + 1 == total:
            say(f"  {stage} {step.step + 1}/{total} loss {step.loss:.3f}")
        if log is not None:
            log(stage, step, total)

    for seed in seeds:
        for row in rows:
            say(f"{row.name}, seed {seed}, {split}")
            command = f"python -m experiments realtext {row.name} --seed {seed} --split {split} --size {size}"
            done = run_row(
                row,
                seed,
                world,
                base=base,
                preset=size,
                split=split,
                runs=runs or RUNS,
                results=results_of(size, results),
                command=command,
                commit=commit,
                device=device,
                log=told,
                save_every=save_every,
                given=given,
                measure=measured_at_all_cuts,
            )
            say("  written" if done else "  measured before")
