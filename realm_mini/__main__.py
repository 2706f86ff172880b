"""``realm-mini``: train, ask, fill, evaluate, index.  Everything else is Python."""

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from realm_mini.config import RealmConfig
from realm_mini.corpus import data_path
from realm_mini.errors import RealmError, read_json
from realm_mini.presets import small, tiny
from realm_mini.records import SPLITS

PRESETS = {"small": small, "tiny": tiny}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status (2 for bad input, said in one sentence)."""
    args = _parser().parse_args(argv)
    if hasattr(sys.stdout, "reconfigure"):  # a console may lack a letter that an answer has
        sys.stdout.reconfigure(errors="replace")
    warnings.showwarning = lambda message, *_: print(f"realm-mini: warning: {message}", file=sys.stderr)
    try:
        return args.run_command(args) or 0
    except RealmError as error:
        print(f"realm-mini: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        print("realm-mini: stopped. The same command goes on from the last saved state.", file=sys.stderr)
        return 128 + getattr(stop, "signum", 2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="realm-mini", description="REALM (Guu et al. 2020) in miniature.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run_command=run)
        sub.add_argument("--device", default="auto", help='"cpu", "cuda" or "auto" (default)')
        return sub

    exact = {"action": "store_true", "help": "torch's own float32 products: no bfloat16, half as quick"}
    sub = command("train", _train, "Train a REALM from text to answers, all stages, each resumable.")
    sub.epilog = "In several processes: torchrun --nproc-per-node 2 -m realm_mini train --out RUN"
    sub.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    sub.add_argument("--data", type=Path, help="folder of the world (default: the pocket world)")
    sub.add_argument("--preset", choices=PRESETS, default="small", help="configuration (default: small)")
    sub.add_argument("--config", type=Path, metavar="FILE", help="configuration as JSON, instead of a preset")
    sub.add_argument("--seed", type=int, help="default: what the configuration says, 0 in a preset")
    sub.add_argument("--compare", action="store_true", help="train what REALM is compared with, too")
    sub.add_argument("--no-builder", action="store_true", help="expect build-index --watch RUN elsewhere")
    sub.add_argument("--exact", **exact)
    sub.add_argument("--ship", type=Path, metavar="DIR", help="also write half-precision checkpoints to DIR")

    for name, run, text, what in (
        ("ask", _ask, "Answer a question and show the evidence.", "question"),
        ("fill", _fill, "Fill the [MASK] of a text and show the evidence.", "text"),
    ):
        sub = command(name, run, text)
        sub.add_argument(what)
        sub.add_argument("-k", type=int, default=5, help="passages to read (default: 5)")
        _run_and_json(sub)

    sub = command("evaluate", _evaluate, "Exact match and recall on questions.")
    sub.add_argument("--split", choices=SPLITS, help="which questions of the pocket world (default: test)")
    sub.add_argument(
        "--questions", type=Path, metavar="FILE", help="other questions: NQ-open, SQuAD, WebQuestions, ..."
    )
    sub.add_argument("--limit", type=_count, default=0, help="only so many questions")
    _run_and_json(sub)

    sub = command("index", _index, "Embed the passages of a run anew and save the index.")
    sub.add_argument("--run", type=Path, required=True, metavar="RUN", help="folder of the model")

    sub = command("build-index", _build_index, "Embed the passages for a training run, while it goes on.")
    sub.add_argument("--watch", type=Path, required=True, metavar="RUN", help="folder of the run")
    sub.add_argument("--threads", type=_count, help="threads to use (default: what the trainer says)")
    sub.add_argument("--exact", **exact)
    sub.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no number of 1 or more")
    return int(text)


def _run_and_json(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--run", type=Path, metavar="RUN", help="a run or model folder (default: the shipped checkpoint)"
    )
    sub.add_argument("--json", action="store_true", help="print JSON for programs")


def _config(args: argparse.Namespace) -> RealmConfig:
    config = RealmConfig.from_dict(read_json(args.config)) if args.config else PRESETS[args.preset]()
    return config if args.seed is None else replace(config, seed=args.seed)


def _train(args: argparse.Namespace) -> int:
    from realm_mini.child import stop_with_parent
    from realm_mini.fit import Step
    from realm_mini.parallel import LeftError, workers
    from realm_mini.recipe import train_all
    from realm_mini.results import commit_of
    from realm_mini.speed import tuned_device

    config, device = _config(args), tuned_device(args.device, exact=args.exact)
    is_first = os.environ.get("RANK", "0") == "0"
    if "LOCAL_RANK" in os.environ:  # started by torchrun: with a GPU each, and nobody stays when it is gone
        stop_with_parent()
        gpu = f"cuda:{os.environ['LOCAL_RANK']}"
        device = tuned_device(gpu, exact=args.exact) if device == "cuda" else device
    if not is_first:
        warnings.simplefilter("ignore")  # the first process says it
    data = args.data or data_path("passages.jsonl").parent
    bars: dict[str, object] = {}

    def log(stage: str, step: Step, steps: int) -> None:
        from tqdm import tqdm

        if stage not in bars:
            bars[stage] = tqdm(  # a stage that is gone on with begins where it was left
                total=steps, initial=step.step, desc=f"{stage:>16}", file=sys.stderr, mininterval=1.0
            )
        bar = bars[stage]
        bar.update(1)
        bar.set_postfix(loss=f"{step.loss:.3f}", refresh=False)
        if step.step + 1 == steps:
            bar.close()

    began = time.perf_counter()
    command = "realm-mini train " + " ".join(_words(args, config.seed))
    try:
        with workers(device) as team:
            table = train_all(
                args.out,
                data,
                config,
                device,
                log=log,
                command=command,
                commit=commit_of(Path(__file__).parent, mark=False),
                ship=args.ship,
                child=not args.no_builder,
                compare=args.compare,
                workers=team,
            )
    except (LeftError, KeyboardInterrupt):
        if is_first:
            raise
        return 1  # whoever left first has said why
    if is_first:
        print(table)
        print(f"\n{time.perf_counter() - began:.0f} s; results in {args.out / 'results.json'}")
    return 0


def _words(args: argparse.Namespace, seed: int) -> list[str]:
    words = ["--config", str(args.config)] if args.config else ["--preset", args.preset]
    words += [f"--{name}" for name in ("compare", "exact") if getattr(args, name)]
    return [*words, "--seed", str(seed), *(["--data", "DATA"] if args.data else []), "--out", "RUN"]


def _load(args: argparse.Namespace):  # noqa: ANN202 - importing Realm here would load torch for --help
    from realm_mini.model import Realm
    from realm_mini.speed import tuned_device

    return Realm.from_pretrained(_model_folder(args.run)).to(tuned_device(args.device))


def _model_folder(run: Path | None) -> Path | None:
    """Return the folder of the model, which a run keeps in RUN/model."""
    return run / "model" if run is not None and (run / "model" / "config.json").exists() else run


def _ask(args: argparse.Namespace) -> None:
    _show(_load(args).ask(args.question, k=args.k), args.json)


def _fill(args: argparse.Namespace) -> None:
    if "[MASK]" not in args.text:
        raise RealmError(
            'The text has no [MASK]. Write it where the missing words belong: "Paris lies in [MASK]."'
        )
    _show(_load(args).fill(args.text, k=args.k), args.json)


def _show(answer, as_json: bool) -> None:  # noqa: ANN001
    if as_json:
        lacks_letters = "utf" not in (sys.stdout.encoding or "").lower()
        print(json.dumps(answer.to_dict(), ensure_ascii=lacks_letters, indent=2))
        return
    print(f"{answer.answer}    p(y|x) = {answer.p_y:.2f}\n")
    print("p(z|x)  p(y|z,x)  answer in it          passage")
    for p in answer.passages:
        text = p.text if len(p.text) <= 88 else p.text[:85] + "..."
        print(f"{p.p_z:6.2f}  {p.p_y:8.2f}  {p.answer[:20]:<20}  {p.title}: {text}")
    print(f"{answer.p_null:6.2f}                                  (the null document)")


def _evaluate(args: argparse.Namespace) -> None:
    from realm_mini import corpus
    from realm_mini import questions as sets
    from realm_mini.evaluate import dense_recall, score_answers

    own = args.questions is not None
    if own and args.split:
        raise RealmError("--questions names a file to ask whole. Leave --split out, or the other.")
    realm = _load(args)
    path = args.questions if own else data_path("questions.jsonl")
    questions = sets.load_questions(path) if own else corpus.load_questions(path, args.split or "test")
    if args.limit:
        questions = questions[: args.limit]
    if not questions:
        raise RealmError(f"{path} has no questions to evaluate. Give a file with some.")
    answers = realm.answer_many([q.text for q in questions])
    scores = score_answers([a.answer for a in answers], questions)
    found = scores | {"recall": dense_recall(realm, questions).to_dict()}
    if args.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{scores['count']} questions: EM {scores['em']:.1f}, F1 {scores['f1']:.1f}")
    for kind in ("gold", "answer") if any(q.passages for q in questions) else ("answer",):
        cells = ", ".join(f"@{k} {100 * v:.1f}" for k, v in found["recall"][kind].items())
        print(f"recall by {'gold passage' if kind == 'gold' else 'answer string'}: {cells}")


def _index(args: argparse.Namespace) -> None:
    from realm_mini.model import Realm
    from realm_mini.speed import tuned_device

    folder = _model_folder(args.run)
    realm = Realm.from_pretrained(folder, with_index=False).to(tuned_device(args.device))
    index = realm.build_index()
    index.save(folder / "index.faiss")
    print(f"{len(index)} passages embedded; {folder / 'index.faiss'} written.")


def _build_index(args: argparse.Namespace) -> None:
    if args.child:  # before anything slow is imported: the parent may end meanwhile
        from realm_mini.child import end_with_parent

        end_with_parent()
    if not args.watch.is_dir():
        raise RealmError(f"{args.watch} is no folder. Give the --out of a training run.")
    from realm_mini.builder import watch
    from realm_mini.speed import tuned_device

    built = watch(
        args.watch,
        device=tuned_device("cpu" if args.child else args.device, exact=args.exact),
        threads=args.threads,
        said=lambda text: print(text, flush=True),
    )
    print(f"The run needs no more; {built} indexes were built.")


if __name__ == "__main__":
    sys.exit(main())
