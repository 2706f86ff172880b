"""The whole recipe in one call: train everything, compare, tabulate, ship.  Level 10."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from realm_mini.baselines import ClosedBook, LexicalReader
from realm_mini.config import RealmConfig, TrainConfig
from realm_mini.corpus import Corpus, Question, Sentence
from realm_mini.errors import write_json, write_text
from realm_mini.evaluate import Recall, dense_recall, lexical_recall, score_answers
from realm_mini.fit import rng_for
from realm_mini.masking import Tagger
from realm_mini.model import Realm
from realm_mini.parallel import ALONE, Workers
from realm_mini.pipeline import Log, Run
from realm_mini.reader import Reader
from realm_mini.train import finetune
from realm_mini.weights import load_weights, save_weights
from realm_mini.world import World

ADAPT = TrainConfig(steps=80, batch=8, lr=1e-3, warmup=5, retriever_ratio=0.4)
SUBSETS = {
    "all": lambda flags: True,
    "fact not in X": lambda flags: not flags.get("fact_in_x", True),
    "unseen wording": lambda flags: flags.get("unseen_wording", False),
}


def train_realm(
    corpus: Corpus,
    sentences: Iterable[Sentence] | None = None,
    questions: Sequence[Question] = (),
    *,
    config: RealmConfig,
    folder: str | Path | None = None,
    device: str = "cpu",
    log: Log | None = None,
    tagger: Tagger | None = None,
) -> Realm:
    """Train a REALM on a corpus of one's own and return it, ready to ``fill`` (and to ``ask``).

    ``sentences`` are the texts X to mask; by default the sentences of the corpus itself, each kept
    from retrieving its own passage.  With ``questions`` it is fine-tuned to answer.  ``folder`` keeps
    the stages, so that a second call goes on where the first was left.  ``tagger`` finds what to hide:
    any function of a text that returns spans, such as those of :mod:`realm_mini.entities`; by default
    dates and the titles of passages.

    Everything is learnt from nothing, which takes some thousands of passages.  A few dozen teach to
    retrieve, not to read: :func:`adapt_realm` is better there.

    Raises:
        RealmError: the corpus is too small, or nothing in the sentences can be masked.
    """
    known = {"train": list(questions)} if questions else {}
    world = World(corpus, corpus.sentences() if sentences is None else list(sentences), known)
    with TemporaryDirectory() as scratch:
        run = Run(folder or scratch, world, config, device, log, tagger=tagger)
        run.pretrain()
        if questions:
            run.finetune()
        else:
            run.realm.build_index(config.stages.pretrain.steps)
    return run.realm


def adapt_realm(
    corpus: Corpus,
    questions: Sequence[Question] = (),
    *,
    start: str | Path | None = None,
    config: TrainConfig = ADAPT,
    seed: int = 0,
    device: str = "cpu",
    log: Log | None = None,
) -> Realm:
    """Return a trained REALM over a corpus of one's own, fine-tuned on ``questions`` if there are any.

    ``start``: the folder or hub name of the model to start from; by default the shipped one, whose
    reader has learnt to read on the pocket world.  It keeps its wordpieces and its document side, so
    the passages are embedded once and nothing else is pre-trained.

    Raises:
        RealmError: there is no such model, or the corpus is too small.
    """
    realm = Realm.from_pretrained(start, corpus).to(device)
    realm.provenance = {"start": realm.provenance, "questions": len(questions), "seed": seed}
    if questions:
        if not realm.answers_questions:
            realm.keep_pretrained()
        objective, k = realm.config.objective, min(realm.config.search.questions_k, len(corpus))
        parts = (realm.retriever, realm.reader, realm.collator)
        rng = rng_for(seed, "questions")
        for step in finetune(*parts, questions, config, objective, rng, k=k):
            if log is not None:
                log("finetune", step, config.steps)
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
    workers: Workers = ALONE,
) -> str:
    """Train REALM and all it is compared with below ``out``; return the table of results.

    ``ship``: also write half-precision checkpoints there, one a stage, with their provenance.
    ``child``: start an index builder when one is needed, instead of expecting one elsewhere.
    ``workers``: the processes that train together; the first of them evaluates and writes.
    """
    world = World.load(data)
    run = Run(out, world, config, device, log, child=child, workers=workers)
    run.pretrain()
    run.finetune()
    rows: dict[str, dict[str, Any]] = {
        "closed-book": _closed_book(run),
        "BM25 + reader": _lexical(run),
        "ICT only": _ict_only(run),
        "REALM": workers.share(lambda: _answers(run.realm, world)),
    }
    rows["REALM"]["zero_shot"] = workers.share(lambda: _zero_shot(run, "pretrain"))
    rows["ICT only"]["zero_shot"] = workers.share(lambda: _zero_shot(run, "ict"))
    provenance, table = run.provenance(command, commit), tabulate(rows)

    def write() -> None:
        write_json(out / "results.json", {"systems": rows, "provenance": provenance})
        run.realm.save_pretrained(out / "model", provenance)
        write_text(out / "results.md", table + "\n")
        if ship is not None:
            ship_checkpoints(run, ship, provenance | {"results": rows})

    workers.first(write)
    return table


def _answers(realm: Realm, world: World) -> dict[str, Any]:
    """Return how well a REALM answers the test questions and finds their passages."""
    test = world.questions["test"]
    answers = [a.answer for a in realm.answer_many([q.text for q in test])]
    return _score(answers, world) | {"recall": dense_recall(realm, test).to_dict()}


def _score(predictions: Sequence[str], world: World) -> dict[str, Any]:
    """Return EM and F1 on all test questions and on the subsets."""
    pairs = list(zip(predictions, world.questions["test"], strict=True))
    found = {}
    for name, keep in SUBSETS.items():
        if part := [(p, q) for p, q in pairs if keep(q.flags)]:
            found[name] = score_answers([p for p, _ in part], [q for _, q in part])
    return found


def _zero_shot(run: Run, stage: str) -> dict[str, Any]:
    """Return the recall on test questions of the retriever as a stage left it (Table 2)."""
    view = run.at(stage, "warmup")
    view.realm.build_index()
    recall: Recall = dense_recall(view.realm, run.world.questions["test"])
    return recall.to_dict()


def closed_book(run: Run) -> ClosedBook:
    """Return the closed-book model, trained on X and Z and then on questions."""
    config, stages = run.config, run.config.stages
    model = ClosedBook(run.fresh(lambda: Reader(config.encoder, run.tokenizer.pad)), run.realm.collator)
    texts = [*run.news, *run.world.corpus.sentences()]
    run.stage(
        "closed_pretrain",
        {"reader": model.reader},
        lambda: model.pretrain(run.masked("closed book", texts), stages.closed_pretrain, run.workers),
        stages.closed_pretrain.steps,
    )
    run.stage(
        "closed_finetune",
        {"reader": model.reader},
        lambda: model.finetune(
            run.world.questions["train"],
            stages.closed_finetune,
            rng_for(config.seed, "closed questions"),
            run.workers,
        ),
        stages.closed_finetune.steps,
    )
    return model


def lexical_reader(run: Run) -> LexicalReader:
    """Return the pre-trained reader, fine-tuned on BM25's passages."""
    view, config = run.at("pretrain", "pretrain"), run.config
    system = LexicalReader(view.realm, run.lexical)
    run.stage(
        "bm25_finetune",
        {"reader": system.reader, "scale": system.scale},
        lambda: system.finetune(
            run.world.questions["train"],
            config.stages.finetune,
            config.objective,
            rng_for(config.seed, "questions"),
            k=run.questions_k - 1,
            workers=run.workers,
        ),
        config.stages.finetune.steps,
    )
    return system


def _closed_book(run: Run) -> dict[str, Any]:
    model, texts = closed_book(run), [q.text for q in run.world.questions["test"]]
    return run.workers.share(lambda: _score(model.answer_many(texts), run.world))


def _lexical(run: Run) -> dict[str, Any]:
    system, test = lexical_reader(run), run.world.questions["test"]

    def row() -> dict[str, Any]:
        answers = [a.answer for a in system.answer_many([q.text for q in test])]
        recall = lexical_recall(run.lexical, run.world.corpus, test)
        return _score(answers, run.world) | {"recall": recall.to_dict()}

    return run.workers.share(row)


def _ict_only(run: Run) -> dict[str, Any]:
    """Fine-tune from ICT and the warmed-up reader, joint pre-training left out (ORQA)."""
    view = run.at("ict", "warmup")
    view.finetune("ict_finetune")
    return run.workers.share(lambda: _answers(view.realm, run.world))


def tabulate(rows: dict[str, dict[str, Any]]) -> str:
    """Return the results as a Markdown table: EM by subset, recall of gold passages at 1, 5, 20."""
    subsets = [s for s in SUBSETS if s in rows["REALM"]]
    counts = {s: rows["REALM"][s]["count"] for s in subsets}
    heads = ["system", *(f"EM, {s} ({counts[s]})" for s in subsets), "recall@1", "@5", "@20", "zero-shot @5"]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for name, row in rows.items():
        recall = {int(k): v for k, v in row.get("recall", {}).get("gold", {}).items()}
        zero = {int(k): v for k, v in row.get("zero_shot", {}).get("gold", {}).items()}
        cells = [name, *(f"{row[s]['em']:.1f}" for s in subsets)]
        cells += [f"{100 * recall[c]:.1f}" if c in recall else "" for c in (1, 5, 20)]
        cells.append(f"{100 * zero[5]:.1f}" if 5 in zero else "")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


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
