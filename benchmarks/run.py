"""All benchmarks, or some: each part in a process of its own, one after the other.

    python -m benchmarks.run [PART ...] [--smoke] [--out FILE] [options of the one part named]

The parts are those of ``record.PARTS``; all of them where none is named.  What they find is merged
into ``benchmarks/results.json``, the table into ``benchmarks/results.md``.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.record import PARTS, ROOT, say


def main(words: Sequence[str] | None = None) -> int:
    """Run the parts that are named; return 1 if one of them failed, the others having run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default: all)")
    args, rest = parser.parse_known_args(words)
    if unknown := [p for p in args.parts if p not in PARTS]:
        parser.error(
            f"{unknown[0]!r} is no part. Choose of: {', '.join(PARTS)}. Options come last, as --name=value."
        )
    names = args.parts or list(PARTS)
    if len(names) > 1 and (own := [w for w in rest if w != "--smoke" and not w.startswith("--out=")]):
        parser.error(f"{own[0]} is an option of one part. Name that part alone.")
    failed = []
    for name in names:
        say(f"{name} ...")
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *rest], cwd=ROOT).returncode:
            failed.append(name)
    if failed:
        say(f"failed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
