"""``python -m experiments``: run rows, measure the shipped model, make the tables."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.results import FOLDER
from experiments.rows import PRESETS, REAL_ROWS, load_row, load_rows
from experiments.sizes import SIZES
from realm_mini.corpus import data_path
from realm_mini.errors import RealmError
from realm_mini.results import commit_of


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status (2 for bad input, said in one sentence)."""
    args = _parser().parse_args(argv)
    try:
        args.run_command(args)
    except RealmError as error:
        print(f"experiments: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        print("experiments: stopped. The same command goes on from the last saved state.", file=sys.stderr)
        return 128 + getattr(stop, "signum", 2)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m experiments", description="The paper's tables in miniature."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run_command=run)
        sub.add_argument("--results", type=Path, metavar="DIR", help="folder of the result files")
        return sub

    sub = command("run", _run, "Train and measure rows of tables 1 and 2.")
    sub.add_argument("names", nargs="+", metavar="NAME", help='rows (experiments/configs), or "all"')
    sub.add_argument("--seed", type=int, nargs="+", help="seeds (default: as many as the row wants, from 0)")
    sub.add_argument("--split", choices=("dev", "test"), default="dev", help="questions (default: dev)")
    sub.add_argument("--preset", choices=PRESETS, default="grid", help="the base (default: grid)")
    sub.add_argument("--device", default="auto", help='"cpu", "cuda" or "auto" (default)')
    sub.add_argument(
        "--runs", type=Path, metavar="DIR", help="folder of the stages (default: runs/experiments)"
    )

    sub = command("adopt", _adopt, "Keep the finished stages of a realm-mini train run for the rows.")
    sub.add_argument("run", type=Path, metavar="RUN", help="its --out")
    sub.add_argument(
        "--runs", type=Path, metavar="DIR", help="folder of the stages (default: runs/experiments)"
    )

    command("list", _list, "List the rows, and which seeds have been measured.")
    command("tables", _tables, "Make experiments/tables.md of the result files.")

    for name, run, text in (
        ("fermat", _fermat, "Table 3: a sentence with and without retrieval."),
        ("swap", _swap, "Table 4: exchange facts in the corpus and ask again."),
        ("failures", _failures, "Sort the wrong answers by what went wrong."),
        ("scarce", _scarce, "Fine-tune on few questions, with joint pre-training and without."),
    ):
        sub = command(name, run, text)
        if name != "scarce":  # which begins with the stages before a model
            sub.add_argument("--run", type=Path, metavar="MODEL", help="a saved model (default: the shipped)")
        sub.add_argument("--device", default="auto", help='"cpu", "cuda" or "auto" (default)')
        if name == "swap":
            sub.add_argument("--closed", type=Path, metavar="FILE", help="weights of a closed-book reader")
            sub.add_argument("--facts", type=int, default=400, help="facts to exchange (default: 400)")
        if name in ("failures", "scarce"):
            sub.add_argument("--split", choices=("dev", "test"), default="dev")

    sub = command("realtext", _realtext, "Train and measure on real text of yours: SQuAD.")
    sub.add_argument("names", nargs="*", metavar="NAME", help="rows (default: the main ones)")
    sub.add_argument("--data", type=Path, metavar="DIR", help="the texts; without it: what is needed")
    sub.add_argument("--facts", action="store_true", help="train nothing: print what the texts are like")
    sub.add_argument("--seed", type=int, nargs="+", default=[0], help="seeds (default: 0)")
    sub.add_argument("--split", choices=("dev", "test"), default="dev", help="questions (default: dev)")
    sub.add_argument("--size", choices=SIZES, default="laptop", help="configuration (default: laptop)")
    sub.add_argument("--device", default="auto", help='"cpu", "cuda" or "auto" (default)')
    sub.add_argument("--runs", type=Path, metavar="DIR", help="folder of the stages (default: runs/realtext)")
    return parser


def _folder(args: argparse.Namespace) -> Path:
    preset = getattr(args, "preset", "grid")
    return args.results or (FOLDER if preset == "grid" else FOLDER / preset)


def _run(args: argparse.Namespace) -> None:
    from experiments.run import RUNS, run_row
    from realm_mini.fit import Step
    from realm_mini.speed import tuned_device
    from realm_mini.world import World

    if args.names == ["all"]:
        rows = [row for row in load_rows() if row.seeds]  # the others are run only when they are named
    else:
        rows = [load_row(name) for name in args.names]
    device, commit = tuned_device(args.device), commit_of(Path(__file__).parent)
    world = World.load(data_path("passages.jsonl").parent)

    def log(stage: str, step: Step, total: int) -> None:
        if (step.step + 1) % 100 == 0 or step.step + 1 == total:
            print(f"  {stage} {step.step + 1}/{total} loss {step.loss:.3f}", file=sys.stderr, flush=True)

    # One seed of all rows before the next: when time runs out, every row has as many as any other.
    wanted = [(seed, row) for row in rows for seed in (args.seed or range(row.seeds or 1))]
    for seed, row in sorted(wanted, key=lambda pair: pair[0]):
        print(f"{row.name}, seed {seed}, {args.split}", file=sys.stderr, flush=True)
        command = (
            f"python -m experiments run {row.name} --seed {seed} --split {args.split} --preset {args.preset}"
        )
        done = run_row(
            row,
            seed,
            world,
            preset=args.preset,
            split=args.split,
            runs=args.runs or RUNS,
            results=_folder(args),
            command=command,
            commit=commit,
            device=device,
            log=log,
        )
        print("  written" if done else "  measured before", file=sys.stderr, flush=True)


def _adopt(args: argparse.Namespace) -> None:
    from experiments.run import RUNS
    from experiments.shared import Store, adopt
    from realm_mini.world import World

    store = Store((args.runs or RUNS) / "stages")
    print("kept:", ", ".join(adopt(store, args.run, World.load(data_path("passages.jsonl").parent))))


def _list(args: argparse.Namespace) -> None:
    from experiments.results import load_results

    folder = _folder(args)
    for rows, found in (
        (load_rows(), load_results(folder)),
        (load_rows(REAL_ROWS), load_results(folder / "realtext")),
    ):
        for row in rows:
            parts = found.get(row.name, {}).get("parts", {})
            have = "; ".join(f"{split} {len(p['bits'])}" for split, p in parts.items()) or "none"
            print(f"{row.name:16} {row.title:52} seeds wanted {row.seeds}, measured: {have}")


def _tables(args: argparse.Namespace) -> None:
    from experiments.chapter import CHAPTER, put_tables
    from experiments.tables import TABLES, render
    from realm_mini.errors import write_text

    path = TABLES if args.results is None else args.results / TABLES.name
    write_text(path, render(_folder(args)))
    print(f"{os.path.relpath(path)} written.")
    if args.results is None and put_tables(CHAPTER, FOLDER):
        print(f"{os.path.relpath(CHAPTER)}: its table of real text is that of the files again.")


def _model(args: argparse.Namespace):  # noqa: ANN202 - importing Realm here would load torch for --help
    from realm_mini.model import Realm
    from realm_mini.speed import tuned_device

    return Realm.from_pretrained(args.run).to(tuned_device(args.device))


def _write(args: argparse.Namespace, name: str, found: dict) -> None:
    import platform

    import torch

    from realm_mini.errors import write_json

    options = [f"--{k} {getattr(args, k)}" for k in ("facts", "split") if hasattr(args, k)]
    run = getattr(args, "run", None)
    made = {
        "command": " ".join(["python -m experiments", name, *options]),
        "commit": commit_of(Path(__file__).parent),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
        "model": "the shipped model" if run is None else run.name,
    }
    path = _folder(args) / f"{name}.json"
    write_json(path, made | found)
    print(f"{os.path.relpath(path)} written.")


def _fermat(args: argparse.Namespace) -> None:
    from experiments.fermat import fermat
    from realm_mini.world import World

    _write(args, "fermat", fermat(_model(args), World.load(data_path("passages.jsonl").parent)))


def _swap(args: argparse.Namespace) -> None:
    from experiments.swap import swap
    from realm_mini.world import World

    closed = args.closed or data_path("checkpoints/closed_finetune/reader.safetensors")
    world = World.load(data_path("passages.jsonl").parent)
    _write(args, "swap", swap(_model(args), world, closed, args.facts))


def _scarce(args: argparse.Namespace) -> None:
    from experiments.scarce import scarce
    from realm_mini.speed import tuned_device
    from realm_mini.world import World

    world = World.load(data_path("passages.jsonl").parent)
    _write(args, "scarce", scarce(world, tuned_device(args.device), args.split))


def _failures(args: argparse.Namespace) -> None:
    from experiments.failures import failures
    from realm_mini.world import World

    world = World.load(data_path("passages.jsonl").parent)
    _write(args, "failures", failures(_model(args), world, args.split))


def _realtext(args: argparse.Namespace) -> None:
    from experiments.realfacts import facts
    from experiments.realrun import rows_of, run_rows
    from experiments.realtext import prepare, read_folder
    from realm_mini.speed import tuned_device

    texts = read_folder(args.data)
    rows, base = rows_of(args.names, texts), SIZES[args.size]()
    device = tuned_device(args.device)
    world, given = prepare(texts, base)
    if args.facts:
        for name, value in facts(texts, world, given).items():
            print(f"{name}: {value}")
        return

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    run_rows(
        rows,
        args.seed,
        world,
        given,
        base=base,
        size=args.size,
        split=args.split,
        runs=args.runs,
        results=args.results,
        commit=commit_of(Path(__file__).parent),
        device=device,
        say=say,
    )


if __name__ == "__main__":
    sys.exit(main())
