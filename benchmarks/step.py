"""One joint pre-training step (forward, backward, optimiser) against the public REALM classes.

    python -m benchmarks.step [--rounds 9] [--steps 3] [--env benchmarks/.public] [--clock wall] [--smoke]

The public classes are ``RealmScorer`` and ``RealmKnowledgeAugEncoder`` of transformers 4.40.2, the last that
has them, in an environment that is made here the first time (about 1 GB).  Both get the same token ids:
masked news of the pocket world with the candidates that the trained retriever finds, padded to the longest of
each batch; both have the same sizes, no dropout, AdamW and clipping.  Several processes take turns of a few
steps, so that whatever else the machine does meets all of them alike.  Ours is the public step of the package
(``fit`` and ``realm_loss``); "plain" is the same without the savings: every candidate embedded for itself,
rows not grouped by length, the process as torch comes.  ``--clock processor`` counts the seconds of the
processor: for a machine that is busy otherwise, with one thread (OMP_NUM_THREADS=1).
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
import torch

from benchmarks.record import ROOT, Figure, figure, main, one, say
from realm_mini.errors import RealmError

WHY = (
    "Padding, repeated passages and unneeded positions are gone already; what is left are products of "
    "matrices 128 wide, far below the rate of large ones, and the small operations between them (LOG.md). "
    "Next: rotary positions, norms and sums of a layer in one kernel; rotary positions alone take a tenth."
)
NEEDS = ("torch=={torch}", "transformers==4.40.2")
TAKES = {
    "ours": ("benchmarks.step", "ours"),
    "ours, float32": ("benchmarks.step", "float32"),
    "plain": ("benchmarks.step", "plain"),
    "public": ("benchmarks.public_step", "plain"),
    "public, tuned": ("benchmarks.public_step", "tuned"),
}


def environment(folder: Path) -> Path:
    """Return the Python of the environment with the public classes; make it the first time.

    Raises:
        RealmError: it could not be made.
    """
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    mark = folder / "installed.txt"
    needs = " ".join(NEEDS).format(torch=torch.__version__.partition("+")[0])
    if mark.exists() and mark.read_text() == needs and python.exists():
        return python
    say(f"making the environment of the public classes: {needs}")
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder / "env")],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needs.split()],
        [str(python), "-c", "from transformers import RealmScorer"],
    ):
        if (done := subprocess.run(command, stderr=subprocess.PIPE, text=True)).returncode:
            last = (done.stderr.strip() or "no message").splitlines()[-1]
            raise RealmError(
                f"The environment of the public REALM classes could not be made in {folder} ({last}). "
                "It needs a package index; or give --env a folder that has one."
            )
    mark.write_text(needs)
    return python


def save_batches(folder: Path, k: int, size: int, count: int) -> dict[str, float]:
    """Write batches of token ids for all takes, and the sizes of the models; return what they are like."""
    from benchmarks.material import batches

    realm, found = batches(k, size, count)
    config = realm.config.encoder
    sizes = {
        n: getattr(config, n) for n in ("vocab", "hidden", "layers", "heads", "feedforward", "positions")
    }
    sizes |= {"vocab": realm.tokenizer.vocab, "dim": realm.config.retriever.dim, "k": k}
    (folder / "sizes.json").write_text(json.dumps(sizes | {"pad": realm.tokenizer.pad}))
    real = padded = distinct = 0
    for number, (texts, rows) in enumerate(found):
        queries, joint = realm.collator.queries(texts), realm.collator.joint(texts, rows)
        docs = realm.collator.candidates(rows)
        each = {
            name: getattr(docs, name)[docs.place]
            for name in ("candidate_ids", "candidate_mask", "candidate_segments")
        }
        tensors = {name: getattr(queries, name) for name in ("query_ids", "query_mask")} | each
        tensors |= {name: getattr(joint, name) for name in joint.__slots__}
        labels = torch.zeros(size, joint.joint_ids.shape[2], dtype=torch.int64)
        is_label = torch.zeros(labels.shape, dtype=torch.bool)
        places = [joint.target_mask.nonzero()[:, 0], joint.mask_places[joint.target_mask]]
        labels[tuple(places)], is_label[tuple(places)] = joint.target_ids[joint.target_mask], True
        tensors |= {"labels": labels, "label_mask": is_label}
        np.savez(folder / f"batch-{number:03d}.npz", **{name: t.numpy() for name, t in tensors.items()})
        for mask in (each["candidate_mask"], joint.joint_mask):
            real, padded = real + int(mask.sum()), padded + mask.numel()
        distinct += len(docs.candidate_ids)
    return {"real": real / padded, "distinct": distinct / (count * size * k)}


def our_step(folder: Path, take: str) -> Callable[[], float]:
    """Return a function that takes one step on the next batch and returns its loss."""
    from realm_mini import encoder
    from realm_mini.config import EncoderConfig, RetrieverConfig, TrainConfig
    from realm_mini.fit import fit
    from realm_mini.inputs import CandidateBatch, JointBatch, QueryBatch
    from realm_mini.objectives import realm_loss
    from realm_mini.reader import Reader
    from realm_mini.retriever import Retriever

    sizes = json.loads((folder / "sizes.json").read_text())
    if take == "plain":
        encoder.GROUP_ROWS = sys.maxsize  # all rows in one group, padded to the longest
    torch.manual_seed(0)
    names = ("vocab", "hidden", "layers", "heads", "feedforward", "positions")
    config = EncoderConfig(**{name: sizes[name] for name in names})
    retriever = Retriever(RetrieverConfig(dim=sizes["dim"]), config, sizes["pad"]).train()
    reader = Reader(config, sizes["pad"]).train()

    def batch(path: Path) -> tuple[QueryBatch, CandidateBatch, JointBatch]:
        t = {name: torch.from_numpy(array) for name, array in np.load(path).items()}
        joint = JointBatch(**{name: t[name] for name in JointBatch.__slots__})
        shape = t["candidate_ids"].shape
        docs = {n: t[n].flatten(0, 1) for n in ("candidate_ids", "candidate_mask", "candidate_segments")}
        place = torch.arange(shape[0] * shape[1])
        if take != "plain":  # each distinct passage once, as ``Collator.candidates`` gives them
            _, first, place = np.unique(
                docs["candidate_ids"].numpy(), axis=0, return_index=True, return_inverse=True
            )
            docs, place = {n: d[first] for n, d in docs.items()}, torch.from_numpy(place.reshape(-1))
        return (
            QueryBatch(t["query_ids"], t["query_mask"]),
            CandidateBatch(**docs, place=place.view(shape[:2])),
            joint,
        )

    batches = cycle([batch(path) for path in sorted(folder.glob("batch-*.npz"))])
    training = fit(
        lambda b: realm_loss(retriever, reader, *b),
        batches,
        [(reader, 1.0), (retriever, 1.0)],
        TrainConfig(steps=10**9, batch=1, lr=1e-4, warmup=0, decay=False),
    )
    return lambda: next(training).loss


@contextlib.contextmanager
def worker(
    python: Path, module: str, take: str, folder: Path, threads: int
) -> Iterator[Callable[[int], dict]]:
    """Start a process that takes steps when told; give a function that tells it and returns its answer."""
    command = [str(python), "-m", module, str(folder), take, str(threads)]
    if module == "benchmarks.step":
        command.insert(3, "--worker")
    quiet = {"HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": str(threads)}
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | quiet
    )
    assert process.stdin and process.stdout

    def ask(count: int) -> dict:
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        if not (line := process.stdout.readline()):
            raise RealmError(
                f"{' '.join(command[1:4])} ended with status {process.wait()}. Its words are above."
            )
        return json.loads(line)

    try:
        yield ask
    finally:
        process.kill()
        process.communicate()


def run(args: argparse.Namespace) -> list[Figure]:
    """Time the takes in turns; return seconds of each, and the ratios round by round."""
    if args.clock not in ("wall", "processor"):
        raise RealmError(f"--clock {args.clock!r} is not known. Choose one of: wall, processor.")
    python = environment(Path(args.env).resolve())
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        folder = Path(scratch)
        say("batches of real texts ...")
        about = save_batches(folder, args.k, args.batch, args.batches)
        asks = {
            name: stack.enter_context(
                worker(python if "public" in module else Path(sys.executable), module, take, folder, threads)
            )
            for name, (module, take) in TAKES.items()
        }
        for name, ask in asks.items():
            say(f"first steps of {name}")
            ask(args.batches if args.warm else 1)  # oneDNN makes a kernel for each new shape once
        rounds: dict[str, list[float]] = {name: [] for name in TAKES}
        losses = {}
        for number in range(args.rounds):
            for name, ask in asks.items():
                answer = ask(args.steps)
                rounds[name].append(float(np.median(answer[args.clock])))
                losses[name] = answer["loss"]
            say(f"round {number + 1}: " + ", ".join(f"{n} {v[-1]:.3f} s" for n, v in rounds.items()))
    if bad := [name for name, loss in losses.items() if not np.isfinite(loss)]:
        raise RealmError(
            f"The loss of {bad[0]} is no number, so its time means nothing. Look at its batches."
        )
    of_processor = ", seconds of the processor" if args.clock == "processor" else ""
    return figures(rounds, about, f"{args.batch} x {args.k} candidates{of_processor}")


def figures(rounds: dict[str, list[float]], about: dict[str, float], shape: str) -> list[Figure]:
    """Return the table of the part from the median seconds of each round."""
    found = [figure(f"{name}: seconds a step", values, "s", note=shape) for name, values in rounds.items()]
    ours = np.array(rounds["ours"])
    for name, goal in (
        ("public", ">= 6"),
        ("public, tuned", ""),
        ("plain", ""),
        ("ours, float32", ""),
    ):
        ratios, how = np.array(rounds[name]) / ours, "ratio of each round"
        why = WHY if goal else ""
        found.append(figure(f"{name} / ours", ratios, "times", ratio_to="ours", goal=goal, note=how, why=why))
    return [
        *found,
        one(
            "tokens that are no padding",
            about["real"],
            "share",
            note="candidates and joint inputs, as padded for all",
        ),
        one("distinct candidates", about["distinct"], "share", note="of all candidates of a batch"),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        from benchmarks.public_step import serve
        from realm_mini import speed

        torch.set_num_threads(int(sys.argv[4]))
        if sys.argv[3] != "plain":
            speed.tune()
        if sys.argv[3] == "float32":
            speed._has_bfloat16 = lambda kind: False
        serve(our_step(Path(sys.argv[2]), sys.argv[3]))
    else:
        main(
            "step",
            run,
            {
                "rounds": (9, 2, "turns of each process"),
                "steps": (3, 1, "steps a turn"),
                "batches": (9, 2, "different batches"),
                "batch": (16, 16, "masked texts a batch"),
                "k": (8, 8, "candidates a text, the null document included"),
                "clock": ("wall", "wall", "wall, or processor: see above"),
                "warm": (1, 0, "1: see every batch once before timing"),
                "env": (
                    "benchmarks/.public",
                    "benchmarks/.public",
                    "folder of the environment of the public classes",
                ),
            },
        )
