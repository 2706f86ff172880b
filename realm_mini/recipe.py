"""The whole recipe in one call: train everything, compare, tabulate, ship.  Level 11."""

import shutil
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from realm_mini.compare import ROWS, SUBSETS, Row
from realm_mini.config import RealmConfig, TrainConfig
from realm_mini.corpus import Corpus, Question, Sentence
from realm_mini.errors import RealmError, many, write_json, write_text
from realm_mini.finetuning import finetune
from realm_mini.fit import rng_for, seeded
from realm_mini.masking import Tagger
from realm_mini.model import Realm
from realm_mini.parallel import ALONE, Workers
from realm_mini.pipeline import Log, Run
from realm_mini.results import markdown_table
from realm_mini.speed import tuned_device
from realm_mini.weights import load_weights, save_weights
from realm_mini.world import World

ADAPT = TrainConfig(steps=80, batch=8, lr=1e-3, warmup=5, retriever_ratio=0.4)


def train_realm(
    corpus: Corpus,
    sentences: Iterable[Sentence | str] | None = None,
    questions: Sequence[Question] = (),
    *,
    config: RealmConfig,
    folder: str | Path | None = None,
    device: str = "cpu",
    log: Log | None = None,
    tagger: Tagger | None = None,
    exact: bool = True,
) -> Realm:
    """Train a REALM on a corpus of one's own and return it, ready to ``fill`` (and to ``ask``).

    ``sentences`` are the texts X to mask, also as plain strings; by default the sentences of the corpus
    itself, each kept from retrieving its own passage.  A tenth of them, 500 at most, is kept out of
    training, as in any :class:`~realm_mini.pipeline.Run`.  With ``questions`` it is fine-tuned to answer.
    ``folder`` keeps the stages, so that a second call goes on where the first was left.  ``tagger`` finds
    what to hide: any function of a text that returns spans, such as those of :mod:`realm_mini.entities`;
    by default dates and the titles of passages.  ``exact=False`` lets torch take its quickest products in
    this process from now on (:func:`realm_mini.speed.tune`): bfloat16 in training where the device has it.

    Everything is learnt from nothing, which takes some thousands of passages.  A few dozen teach to
    retrieve, not to read: :func:`adapt_realm` is better there.

    Raises:
        RealmError: the corpus is too small, or nothing in the sentences can be masked.
    """
    _check_kind(config, RealmConfig, "train_realm")
    known = {"train": _questions(questions)} if questions else {}
    texts = corpus.sentences() if sentences is None else many(sentences, "sentences")
    world = World(corpus, [Sentence(t) if isinstance(t, str) else t for t in texts], known)
    device = tuned_device(device, exact=exact)
    with TemporaryDirectory() as scratch:
        run = Run(folder or scratch, world, config, device, log, tagger=tagger)
        run.pretrain()
        if questions:
            run.finetune()
        else:
            run.realm.build_index(config.stages.pretrain.steps)
    run.realm.provenance = run.provenance("train_realm", "")
    return run.realm


def _check_kind(config: object, kind: type, where: str) -> None:
    if not isinstance(config, kind):
        raise RealmError(f"{where} wants a {kind.__name__} as config=, not {config!r:.40}. Give one.")


def _questions(questions: Iterable[Question]) -> list[Question]:
    found = many(questions, "questions")
    if bad := next((q for q in found if not isinstance(q, Question)), None):
        raise RealmError(f"{bad!r:.60} is no Question. Give realm_mini.Question(text, answers) instead.")
    return found


def adapt_realm(
    corpus: Corpus,
    questions: Sequence[Question] = (),
    *,
    start: str | Path | None = None,
    config: TrainConfig = ADAPT,
    seed: int = 0,
    device: str = "cpu",
    log: Log | None = None,
    exact: bool = True,
) -> Realm:
    """Return a trained REALM over a corpus of one's own, fine-tuned on ``questions`` if there are any.

    ``start``: the folder or hub name of the model to start from; by default the shipped one, whose
    reader has learnt to read on the pocket world.  It keeps its wordpieces and its document side, so
    the passages are embedded once and nothing else is pre-trained.  ``config``: steps and rates of the
    questions.  ``exact``: as in :func:`train_realm`.

    Raises:
        RealmError: there is no such model, or the corpus is too small.
    """
    _check_kind(config, TrainConfig, "adapt_realm")
    if not isinstance(corpus, Corpus):
        raise RealmError("adapt_realm wants a Corpus. Make one: realm_mini.Corpus.from_texts(texts).")
    questions = _questions(questions)
    realm = Realm.from_pretrained(start, corpus).to(tuned_device(device, exact=exact))
    realm.provenance = {"start": realm.provenance, "questions": len(questions), "seed": seed}
    if questions:
        if not realm.answers_questions:
            realm.keep_pretrained()
        objective, k = realm.config.objective, min(realm.config.questions_k, len(corpus))
        parts = (realm.retriever, realm.reader, realm.collator)
        rng, answered = rng_for(seed, "questions"), 0.0
        with seeded(seed, "dropout questions"):
            for step in finetune(*parts, questions, config, objective, rng, k=k):
                answered += step.info["answered"]
                if log is not None:
                    log("finetune", step, config.steps)
        if config.steps and not answered:
            warnings.warn(
                "Nothing was learnt: no question met a passage that holds its answer word for word. "
                "Check that the answers stand in the texts.",
                stacklevel=2,
            )
        realm.answers_questions = True
        realm.provenance["train"] = asdict(config)
    realm.build_index()
    return realm


def train_all(
    out: Path,
    data: Path,
    config: RealmConfig,
    device: str,
    *,
    log: Log | None = None,
    command: str = "",
    commit: str = "",
    ship: Path | None = None,
    child: bool = True,
    compare: bool = False,
    workers: Workers = ALONE,
) -> str:
    """Train REALM below ``out``, ask it the test questions, and return the table of results.

    ``ship``: also write half-precision checkpoints there, one a stage, with their provenance.
    ``child``: start an index builder when one is needed, instead of expecting one elsewhere.
    ``compare``: train and ask what it is compared with, too (:mod:`realm_mini.compare`).
    ``workers``: the processes that train together; the first of them evaluates and writes.

    Raises:
        RealmError: the world has no questions to train on, or none to ask.
    """
    world = World.load(data)
    if lacking := [part for part in ("train", "test") if not world.questions.get(part)]:
        raise RealmError(
            f'{data / "questions.jsonl"} has no {" and no ".join(lacking)} questions ("split"), and training '
            "ends with them. Add some; without questions there is realm_mini.train_realm."
        )
    run = Run(out, world, config, device, log, child=child, workers=workers)
    run.pretrain()
    run.finetune()
    wanted = ROWS if compare else {"REALM": ROWS["REALM"]}
    rows: dict[str, Row] = {name: row(run) for name, row in wanted.items()}
    provenance, table = run.provenance(command, commit), tabulate(rows)

    def write() -> None:
        write_json(out / "results.json", {"systems": rows, "provenance": provenance})
        run.realm.save_pretrained(out / "model", provenance)
        write_text(out / "results.md", table + "\n")
        if ship is not None:
            ship_checkpoints(run, ship, provenance | {"results": rows})

    workers.first(write)
    return table


def tabulate(rows: dict[str, dict[str, Any]]) -> str:
    """Return the results as a Markdown table: EM by subset, recall of gold passages at 1, 5, 20."""
    subsets = [s for s in SUBSETS if s in rows["REALM"]]
    counts = {s: rows["REALM"][s]["count"] for s in subsets}
    heads = ["system", *(f"EM, {s} ({counts[s]})" for s in subsets), "recall@1", "@5", "@20", "zero-shot @5"]
    lines = []
    for name, row in rows.items():
        recall = {int(k): v for k, v in row.get("recall", {}).get("gold", {}).items()}
        zero = {int(k): v for k, v in row.get("zero_shot", {}).get("gold", {}).items()}
        cells = [name, *(f"{row[s]['em']:.1f}" for s in subsets)]
        cells += [f"{100 * recall[c]:.1f}" if c in recall else "" for c in (1, 5, 20)]
        cells.append(f"{100 * zero[5]:.1f}" if 5 in zero else "")
        lines.append(cells)
    return markdown_table(heads, lines)


def ship_checkpoints(run: Run, folder: Path, provenance: dict[str, Any]) -> None:
    """Write the final model and the weights of the stages before it, in half precision.

    What joint pre-training left is part of the final model (:meth:`~realm_mini.model.Realm.keep_pretrained`).
    """
    shutil.rmtree(folder / "realm", ignore_errors=True)
    run.realm.save_pretrained(folder / "realm", provenance, half=True)
    for stage, part in (("ict", "retriever"), ("warmup", "reader"), ("closed_finetune", "reader")):
        source = run.stages / stage / f"{part}.safetensors"
        if source.exists():
            module = run.blank(part)
            load_weights(module, source)
            save_weights(module, folder / stage / f"{part}.safetensors", half=True)
            write_json(
                folder / stage / "provenance.json", {k: v for k, v in provenance.items() if k != "results"}
            )
