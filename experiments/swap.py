"""Table 4: exchange facts in the corpus, train nothing, ask again. How many answers follow?"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from experiments.bootstrap import rounded
from experiments.exchange import Exchange, editable, exchange, pairs
from realm_mini.baselines import ClosedBook
from realm_mini.corpus import Question
from realm_mini.metrics import exact_match
from realm_mini.model import Realm
from realm_mini.reader import Reader
from realm_mini.text import normalize_answer
from realm_mini.weights import load_weights
from realm_mini.world import World

BYSTANDERS = 400  # questions on facts that stay, asked before and after


def swap(model: Realm, world: World, closed: Path, count: int, split: str = "test") -> dict[str, Any]:
    """Exchange up to ``count`` facts that questions of ``split`` ask for; return what becomes of the answers.

    ``closed``: the weights of a closed-book reader of the model's shape.  The model is left with the changed
    corpus.
    """
    questions = world.questions[split]
    passages, asked = exchange(world, pairs(editable(world, questions), count))
    touched = {p.id for p in passages}
    others = [q for q in questions if not touched & set(q.passages)][:BYSTANDERS]
    texts, beside = [e.question.text for e in asked], [q.text for q in others]
    before = [a.answer for a in model.answer_many(texts)]
    stayed = [a.answer for a in model.answer_many(beside)]
    model.edit(passages)
    answers = model.answer_many(texts)
    after = [a.answer for a in answers]
    same = [
        normalize_answer(a) == normalize_answer(b.answer)
        for a, b in zip(stayed, model.answer_many(beside), strict=True)
    ]
    reader = Reader(model.config.encoder, model.tokenizer.pad)
    load_weights(reader, closed)
    closed_book = ClosedBook(reader.to(model.device), model.collator)
    memory = closed_book.answer_many(texts)
    read = [
        any(p.id in touched & set(e.question.passages) for p in a.passages)
        for a, e in zip(answers, asked, strict=True)
    ]
    knew = [exact_match(b, e.old) for b, e in zip(before, asked, strict=True)]
    return {
        "split": split,
        "facts": len(asked),
        "passages": len(passages),
        "relations": len({e.question.flags["relation"] for e in asked}),
        "REALM": {
            "before": shares(before, asked),
            "after": shares(after, asked),
            "after, right before": shares(after, asked, knew),
            "after, right before and the changed passage read": shares(
                after, asked, [k and r for k, r in zip(knew, read, strict=True)]
            ),
        },
        "closed-book": {"before and after": shares(memory, [_spelled(e, closed_book) for e in asked])},
        "bystanders": {"count": len(same), "unchanged": _share(same)},
        "examples": [
            {
                "question": e.question.text,
                "old": e.old[0],
                "new": e.new,
                "before": b,
                "after": a,
                "closed-book": m,
            }
            for e, b, a, m in list(zip(asked, before, after, memory, strict=True))[:8]
        ],
    }


def _spelled(asked: Exchange, closed_book: ClosedBook) -> Exchange:
    """Return the exchange with its old and new answers as a closed-book model would write them."""
    old, new = closed_book.spelled([Question("", asked.old), Question("", (asked.new,))])
    return replace(asked, old=old.answers, new=new.answers[0])


def shares(
    answers: Sequence[str], asked: Sequence[Exchange], keep: Sequence[bool] | None = None
) -> dict[str, Any]:
    """Return how many answers are the new object, the old one, or neither, of the questions kept."""
    kept = [True] * len(asked) if keep is None else keep
    pairs_kept = [(a, e) for a, e, k in zip(answers, asked, kept, strict=True) if k]
    new = [exact_match(a, [e.new]) for a, e in pairs_kept]
    old = [exact_match(a, e.old) for a, e in pairs_kept]
    neither = [not n and not o for n, o in zip(new, old, strict=True)]
    return {
        "count": len(pairs_kept),
        "new": _share(new),
        "old": _share(old),
        "neither": _share(neither),
    }


def _share(hits: Sequence[bool]) -> dict[str, float] | None:
    """Return a share in percent with its interval over questions."""
    if not hits:
        return None
    return rounded(np.array([hits]))
