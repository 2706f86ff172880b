"""Numbers for a list of questions or masked sentences: EM, F1, recall, utility.  Level 8."""

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch

from realm_mini.corpus import Corpus, Question
from realm_mini.lexical import Lexical
from realm_mini.marginal import NULL_SLOT, log_marginal, log_p_y_given_z, marginal_utility
from realm_mini.masking import MaskedExample
from realm_mini.metrics import exact_match, f1, first_rank, has_answer, recall_at
from realm_mini.model import Realm
from realm_mini.retriever import embed_queries

CUTS = (1, 5, 20)


@dataclass(frozen=True, slots=True)
class Recall:
    """Share of questions with a good passage among the first k; by gold id and by answer string."""

    count: int
    gold: dict[int, float]
    answer: dict[int, float]

    def to_dict(self) -> dict:
        """Return plain dictionaries, ready for JSON."""
        return asdict(self)


def recall_of(rows: np.ndarray, corpus: Corpus, questions: Sequence[Question]) -> Recall:
    """Return the recall of ranked rows (one row of them a question, the null document left out)."""
    gold, answer = gold_ranks(rows, corpus, questions), answer_ranks(rows, corpus, questions)
    cuts = [c for c in CUTS if c <= rows.shape[1]]
    return Recall(
        len(questions), {c: recall_at(gold, c) for c in cuts}, {c: recall_at(answer, c) for c in cuts}
    )


def gold_ranks(rows: np.ndarray, corpus: Corpus, questions: Sequence[Question]) -> list[int | None]:
    """Return the place (from 0) of the first gold passage among each question's ``rows``, or None.

    Warns where the questions name passages of which the corpus has none: then every place is None.
    """
    named = [q.passages for q in questions if q.passages]
    if named and not any(corpus.gold_rows(idents) for idents in named):
        warnings.warn(
            f"The corpus has none of the passages that the questions name ({named[0][0]!r} is one), so gold "
            "recall is 0. A corpus that was cut with size= has other ids: look at answer recall instead.",
            stacklevel=2,
        )
    return [
        first_rank(r.tolist(), corpus.gold_rows(q.passages)) for r, q in zip(rows, questions, strict=True)
    ]


def answer_ranks(rows: np.ndarray, corpus: Corpus, questions: Sequence[Question]) -> list[int | None]:
    """Return the place (from 0) of the first passage that holds an answer as a string, or None."""
    return [
        next((i for i, r in enumerate(row) if holds_answer(corpus[int(r)].text, q)), None)
        for row, q in zip(rows, questions, strict=True)
    ]


def is_right(prediction: str, question: Question) -> bool:
    """Return whether a prediction is an accepted answer, or fits a pattern where the answers are patterns.

    >>> is_right("the Paris", Question("?", ("Paris",)))
    True
    """
    return exact_match(prediction, question.answers, is_regex=question.has_patterns)


def holds_answer(text: str, question: Question) -> bool:
    """Return whether an accepted answer stands in ``text``, or a pattern fits where the answers are patterns.

    >>> holds_answer("born in 1801", Question("?", ("18..",), flags={"regex": True}))
    True
    """
    return has_answer(text, question.answers, is_regex=question.has_patterns)


def dense_rows(realm: Realm, texts: Sequence, k: int = CUTS[-1]) -> np.ndarray:
    """Return the rows of the k best passages of each text (pieces or masked examples)."""
    index = realm.index or realm.build_index()
    return index.search(embed_queries(realm.retriever, realm.collator, texts), min(k, len(index)))


def dense_recall(realm: Realm, questions: Sequence[Question]) -> Recall:
    """Return the recall of the dense retriever alone on questions."""
    pieces = realm.tokenizer.encode_many([q.text for q in questions])
    return recall_of(dense_rows(realm, pieces), realm.corpus, questions)


def lexical_recall(lexical: Lexical, corpus: Corpus, questions: Sequence[Question]) -> Recall:
    """Return the recall of BM25 on questions."""
    rows, _ = lexical.search([q.text for q in questions], min(CUTS[-1], len(corpus) - 1))
    return recall_of(rows, corpus, questions)


def score_answers(predictions: Sequence[str], questions: Sequence[Question]) -> dict[str, float]:
    """Return count, EM and F1 in percent; for answers that are patterns, F1 is EM.

    >>> score_answers(["Paris"], [Question("?", ("Paris",))])
    {'count': 1, 'em': 100.0, 'f1': 100.0}
    """
    pairs = list(zip(predictions, questions, strict=True))
    em = [is_right(p, q) for p, q in pairs]
    return {
        "count": len(pairs),
        "em": 100 * sum(em) / max(len(em), 1),
        "f1": 100 * sum(map(_f1, pairs, em)) / max(len(em), 1),
    }


def _f1(pair: tuple[str, Question], right: bool) -> float:
    prediction, question = pair
    return float(right) if question.has_patterns else f1(prediction, question.answers)


@torch.no_grad()
def probe(
    realm: Realm,
    masked: Sequence[MaskedExample],
    gold: Sequence[Sequence[int]] | None = None,
    k: int = 6,
    batch: int = 32,
) -> dict[str, float]:
    """Return what held-out masked texts say of a pre-trained model, dense candidates alone.

    ``utility`` (marginal RU) and ``log_p_y`` in nats, ``p_null``, ``exact``: the share of spans that
    the likeliest passage fills exactly; with ``gold`` rows also ``gold_in_k``.  ``k`` counts the null
    document, and is as many as there are at most.
    """
    k = min(k, len(realm.corpus))
    realm.reader.eval()
    found: dict[str, list[float]] = {"utility": [], "log_p_y": [], "p_null": [], "exact": [], "gold_in_k": []}
    for start in range(0, len(masked), batch):
        part = list(masked[start : start + batch])
        rows = realm.rows(part, k - 1)
        z = realm.log_p_z(part, rows)
        joint = realm.collator.joint(part, rows).to(realm.device)
        log_p = torch.log_softmax(realm.reader.vocab_logits(joint), dim=-1)
        wanted = joint.target_ids[:, None, :, None].expand(-1, log_p.shape[1], -1, 1)
        y_given_z = log_p_y_given_z(log_p.gather(3, wanted).squeeze(3), joint.target_mask)
        log_p_y = log_marginal(z, y_given_z)
        top = z.argmax(1)
        guess = log_p.argmax(-1)[torch.arange(len(part)), top]
        exact = ((guess == joint.target_ids) | ~joint.target_mask).all(1)
        found["utility"] += marginal_utility(log_p_y, y_given_z).tolist()
        found["log_p_y"] += log_p_y.tolist()
        found["p_null"] += z[:, NULL_SLOT].exp().tolist()
        found["exact"] += exact.float().tolist()
        if gold is not None:
            wanted_rows = gold[start : start + batch]
            found["gold_in_k"] += [
                float(bool(set(r.tolist()) & set(g))) for r, g in zip(rows, wanted_rows, strict=True)
            ]
    return {name: float(np.mean(values)) for name, values in found.items() if values}
