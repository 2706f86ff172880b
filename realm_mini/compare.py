"""REALM and what it is compared with: each trained within a run, asked the test questions, scored.

============= ===========================================================================
row           what it is
============= ===========================================================================
closed-book   T5's counterpart: the same kind of encoder, no passages, answers written
BM25 + reader REALM's pre-trained reader, fine-tuned on BM25's passages
ICT only      ORQA's counterpart: joint pre-training left out
REALM         all of it
============= ===========================================================================

Level 10.
"""

from collections.abc import Sequence
from typing import Any

from realm_mini.baselines import ClosedBook, LexicalReader
from realm_mini.corpus import Question
from realm_mini.evaluate import dense_recall, lexical_recall, score_answers
from realm_mini.fit import rng_for
from realm_mini.model import Realm
from realm_mini.pipeline import Run
from realm_mini.reader import Reader
from realm_mini.world import World

SUBSETS = {
    "all": lambda flags: True,
    "fact not in X": lambda flags: not flags.get("fact_in_x", True),
    "unseen wording": lambda flags: flags.get("unseen_wording", False),
}
Row = dict[str, Any]


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


def _closed_book(run: Run) -> Row:
    model, test = closed_book(run), run.world.questions["test"]
    return run.workers.share(lambda: _score(model.answer_many([q.text for q in test]), model.spelled(test)))


def _ict_only(run: Run) -> Row:
    """Fine-tune from ICT and the warmed-up reader, joint pre-training left out (ORQA)."""
    view = run.at("ict", "warmup")
    zero = run.workers.share(lambda: _zero_shot(view))
    view.finetune("ict_finetune")
    return run.workers.share(lambda: _asked(view.realm, run.world)) | zero


def _lexical(run: Run) -> Row:
    system, test = lexical_reader(run), run.world.questions["test"]

    def row() -> Row:
        recall = lexical_recall(run.lexical, run.world.corpus, test)
        answers = system.answer_many([q.text for q in test])
        return _score([a.answer for a in answers], test) | {"recall": recall.to_dict()}

    return run.workers.share(row)


def _realm(run: Run) -> Row:
    """Return the row of REALM itself, which is trained."""
    return run.workers.share(
        lambda: _asked(run.realm, run.world) | _zero_shot(run.at("pretrain", "pretrain"))
    )


def _asked(realm: Realm, world: World) -> Row:
    """Return what test questions say of a REALM: exact match, F1, recall."""
    test = world.questions["test"]
    scores = _score([a.answer for a in realm.answer_many([q.text for q in test])], test)
    return scores | {"recall": dense_recall(realm, test).to_dict()}


def _zero_shot(view: Run) -> Row:
    """Return the recall on test questions of a retriever that no question has been shown to (Table 2)."""
    view.realm.build_index()
    return {"zero_shot": dense_recall(view.realm, view.world.questions["test"]).to_dict()}


def _score(predictions: Sequence[str], questions: Sequence[Question]) -> Row:
    """Return EM and F1 on all questions and on the subsets."""
    pairs = list(zip(predictions, questions, strict=True))
    found = {}
    for name, keep in SUBSETS.items():
        if part := [(p, q) for p, q in pairs if keep(q.flags)]:
            found[name] = score_answers([p for p, _ in part], [q for _, q in part])
    return found


ROWS = {"closed-book": _closed_book, "BM25 + reader": _lexical, "ICT only": _ict_only, "REALM": _realm}
