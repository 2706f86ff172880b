"""The systems of the tables: trained, then asked.  Each gives its answers and what it retrieves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import nn

from experiments.keys import PARENTS
from experiments.rows import Row
from experiments.shared import SharedRun
from realm_mini.compare import closed_book, lexical_reader
from realm_mini.corpus import Question
from realm_mini.evaluate import dense_rows

CUT = 5  # passages that are read for an answer, and that count in recall unless more are asked for
FINETUNES = {
    ("pretrain", "pretrain"): "finetune",
    ("ict", "warmup"): "ict_finetune",
    ("pretrain", "warmup"): "retriever_finetune",
    ("ict", "pretrain"): "reader_finetune",
}
LAST = {"lexical": "bm25_finetune", "closed": "closed_finetune"}
Ask = Callable[[Sequence[Question]], list[str]]
Find = Callable[[Sequence[Question], int], np.ndarray]


@dataclass(frozen=True)
class System:
    """A trained system.

    ``ask`` answers questions, ``find`` returns the rows of the passages it finds, so many a question (or
    None), ``zero`` those found before any question was trained on (or None).  ``weights``: how many it
    answers with.  ``spelled``: gives the questions the answers as the system would write them.
    """

    ask: Ask
    weights: int
    find: Find | None = None
    zero: Find | None = None
    spelled: Callable[[Sequence[Question]], list[Question]] = list


def last_stage(row: Row) -> str:
    """Return the stage that a row ends with."""
    return LAST.get(row.system) or FINETUNES[row.weights]


def stages_of(row: Row) -> list[str]:
    """Return all stages that a row's answers depend on, in their order.

    >>> stages_of(Row(name="orqa", title="ORQA", weights=("ict", "warmup")))
    ['tagger', 'ict', 'warmup', 'ict_finetune']
    """
    wanted = {last_stage(row)}
    for stage, parents in reversed(PARENTS.items()):
        if stage in wanted:
            wanted |= set(parents)
    return [stage for stage in PARENTS if stage in wanted]


def train(run: SharedRun, row: Row) -> System:
    """Train a row's system, or what is left of it, and return it."""
    return {"realm": _realm, "lexical": _lexical, "closed": _closed}[row.system](run, row)


def _count(*modules: nn.Module) -> int:
    return sum(p.numel() for p in nn.ModuleList(modules).parameters())  # a shared weight counts once


def _realm(run: SharedRun, row: Row) -> System:
    run.pretrain(joint="pretrain" in stages_of(row))
    view = run.at(*row.weights)
    view.finetune(last_stage(row))
    realm = view.realm

    def zero(questions: Sequence[Question], k: int) -> np.ndarray:
        before = run.at(row.weights[0], "warmup").realm
        return dense_rows(before, before.tokenizer.encode_many([q.text for q in questions]), k)

    return System(
        ask=lambda questions: [a.answer for a in realm.answer_many([q.text for q in questions], CUT)],
        weights=_count(realm.retriever, realm.reader),
        find=lambda questions, k: dense_rows(
            realm, realm.tokenizer.encode_many([q.text for q in questions]), k
        ),
        zero=zero,
    )


def _lexical(run: SharedRun, row: Row) -> System:
    run.pretrain()
    system = lexical_reader(run)

    def find(questions: Sequence[Question], k: int) -> np.ndarray:
        return run.lexical.search([q.text for q in questions], k)[0]

    return System(
        ask=lambda questions: [a.answer for a in system.answer_many([q.text for q in questions], CUT)],
        weights=_count(system.reader, system.scale),
        find=find,
        zero=find,  # BM25 learns nothing
    )


def _closed(run: SharedRun, row: Row) -> System:
    model = closed_book(run)
    return System(
        ask=lambda questions: model.answer_many([q.text for q in questions]),
        weights=_count(model.reader),
        spelled=model.spelled,
    )
