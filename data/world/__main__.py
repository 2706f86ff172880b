"""``python -m data.world [DOMAIN ...] [--show N] [--out DIR]``: build the world or read samples."""

import argparse
from collections import Counter
from pathlib import Path
from random import Random

from .build import build, write


def main() -> None:
    """Build the world and write it, or print random samples of the named domains."""
    parser = argparse.ArgumentParser(prog="python -m data.world", description=main.__doc__)
    parser.add_argument("domain", nargs="*", help="only these domains (with --show)")
    parser.add_argument(
        "--show", type=int, metavar="N", help="print N random rows of each table, write nothing"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of --show (default 0)")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parents[1], help="folder to write to"
    )
    args = parser.parse_args()
    tables = build(tuple(args.domain))
    counts = {name: len(rows) for name, rows in tables.items()}
    if args.show is None:
        if args.domain:
            parser.error("name domains together with --show only: a part of the world is never written")
        write(tables, args.out)
        print(counts)
        return
    rng = Random(args.seed)
    for name, field in (("passages", "text"), ("news", "text"), ("questions", "question")):
        print(f"\n== {name}")
        for row in rng.sample(tables[name], min(args.show, len(tables[name]))):
            print(f"[{row['id']}] {row[field]}", f"-> {row['answers']}" if "answers" in row else "")
    print(
        "\n",
        counts,
        Counter(r["kind"] for r in tables["questions"]),
        Counter(r["split"] for r in tables["questions"]),
    )
    words = sorted(len(r["text"].split()) for r in tables["passages"])
    print("words a passage: min, median, max:", words[0], words[len(words) // 2], words[-1])


if __name__ == "__main__":
    main()
