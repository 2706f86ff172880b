"""Fine-tuning on questions: the passages they meet, and what is learnt from them (section 3.3).  Level 7."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from realm_mini.batch import Collator
from realm_mini.config import ObjectiveConfig, SpanKind, TrainConfig
from realm_mini.corpus import Question
from realm_mini.errors import RealmError
from realm_mini.fit import Info, Step, epochs, fit, grouped
from realm_mini.index import FIRST_ROW, Index
from realm_mini.metrics import pattern_matches
from realm_mini.objectives import qa_loss, qa_loss_by_passage
from realm_mini.parallel import ALONE, Workers
from realm_mini.reader import Reader
from realm_mini.refresh import Refresher
from realm_mini.retriever import Retriever, device_of, embed_corpus, embed_queries, inner_products, retrieve
from realm_mini.text import Pieces

Candidates = Callable[[list[Pieces], int], tuple[np.ndarray, torch.Tensor, Info]]


class QuestionSet:
    """Training questions cut into wordpieces once, with all their accepted answers.

    Answers that are patterns (``flags["regex"]``) are what they find in the candidates of each step.
    """

    def __init__(self, questions: Sequence[Question], collator: Collator) -> None:
        """Encode the questions; raises RealmError when there is none, or one without an answer.

        Warns of questions whose ends are cut off, and of those with too long answers only.
        """
        if not questions:
            raise RealmError("There are no questions to learn from. Give at least one with an answer.")
        if mute := next((q for q in questions if not q.answers), None):
            raise RealmError(f"The question {mute.text!r:.80} has no answer to learn. Give one.")
        self.texts = [q.text for q in questions]
        self.pieces = collator.tokenizer.encode_many(self.texts)
        collator.warn_of_long(self.pieces)
        self._patterns = {i: q.answers for i, q in enumerate(questions) if q.has_patterns}
        self.answers = [
            [] if i in self._patterns else collator.forms(q.answers) for i, q in enumerate(questions)
        ]
        self._collator = collator
        longest = collator.lengths.span
        literal = [known for i, known in enumerate(self.answers) if i not in self._patterns]
        if far := sum(not any(0 < len(a) <= longest for a in known) for known in literal):
            warnings.warn(
                f"{far} of {len(questions)} questions have no answer of at most LengthConfig.span={longest} "
                "wordpieces, and teach nothing. Shorten the answers, or raise span.",
                stacklevel=3,
            )

    def loss(
        self,
        batch: list[int],
        scores: Float[torch.Tensor, "batch k"],
        reader: Reader,
        rows: Int[np.ndarray, "batch k"],
        span: SpanKind,
        workers: Workers = ALONE,
    ) -> tuple[torch.Tensor, Info]:
        """Return the loss of some questions with candidates ``rows``, whoever scored them.

        It is that of :func:`~realm_mini.objectives.qa_loss`.  Only what the form of the softmax needs is
        read.
        """
        texts = [self.pieces[i] for i in batch]
        answers = [self._wanted(i, near) for i, near in zip(batch, rows, strict=True)]
        if span == "joint":
            spans = self._collator.spans(texts, rows, answers).to(scores.device)
            return qa_loss(scores, reader, spans, span=span, workers=workers)
        read, held = self._collator.answering_spans(texts, rows, answers)
        read = read.to(scores.device) if read else None
        return qa_loss_by_passage(scores, reader, read, held.to(scores.device), workers)

    def _wanted(self, number: int, rows: Int[np.ndarray, " k"]) -> list[np.ndarray]:
        if number not in self._patterns:
            return self.answers[number]
        texts, patterns = (self._collator.corpus[int(r)].text for r in rows), self._patterns[number]
        found = dict.fromkeys(string for text in texts for string in pattern_matches(text, patterns))
        return [p.ids for p in self._collator.tokenizer.encode_many(list(found))]


def finetune(
    retriever: Retriever,
    reader: Reader,
    collator: Collator,
    questions: Sequence[Question],
    config: TrainConfig,
    objective: ObjectiveConfig,
    rng: np.random.Generator,
    *,
    k: int = 6,
    refresher: Refresher | None = None,
    workers: Workers = ALONE,
) -> Iterator[Step]:
    """Train question answering by spans, passage vectors frozen (section 3.3).

    ``k`` counts the null document.  Questions none of whose candidates holds an answer count
    nothing.  With the softmax by passage only candidates that hold an answer are read, so many
    candidates cost little.  Afterwards the document side has a tower of its own
    (:meth:`~realm_mini.retriever.Retriever.untie`).

    Departure: with a ``refresher`` the document side is trained as well, as in joint pre-training:
    candidates come from its index, which grows stale between two rebuilds, and are scored afresh.  Every
    step then embeds its passages, which costs several times what it costs to read those that answer.
    """
    is_refreshed = workers.share(lambda: refresher is not None)
    candidates = (
        _fresh_candidates(retriever, collator, k, refresher, workers)
        if is_refreshed
        else _frozen_candidates(retriever, collator, k, workers)
    )
    known = QuestionSet(questions, collator)

    def loss(whole: list[int]) -> tuple[torch.Tensor, Info]:
        rows, scores, info = candidates([known.pieces[i] for i in whole], training.step)
        value, found = known.loss(workers.part(whole), scores, reader, rows, objective.span, workers)
        return value, found | info

    sides = [retriever] if is_refreshed else [retriever.query_tower, retriever.proj_query]
    groups = [(reader, 1.0), *((side, config.retriever_ratio) for side in sides)]
    training = fit(loss, grouped(epochs(len(questions), rng), config.batch), groups, config, workers)
    return training


def _frozen_candidates(retriever: Retriever, collator: Collator, k: int, workers: Workers) -> Candidates:
    """Return what finds and scores candidates by passage vectors that stay as they are now.

    What a text is searched by is what it is scored by, embedded once.
    """
    retriever.untie()
    vectors = np.zeros((len(collator.corpus), retriever.dim), dtype=np.float32)
    mine = range(workers.rank, len(vectors), workers.count)  # each embeds its part of the passages
    vectors[mine] = embed_corpus(retriever, collator, rows=mine)
    collator.warn_of_cuts()
    vectors = workers.total(vectors)
    index = Index.build(vectors[FIRST_ROW:], collator.corpus.fingerprint)
    frozen = torch.from_numpy(vectors).to(device_of(retriever))

    def candidates(whole: list[Pieces], step: int) -> tuple[np.ndarray, torch.Tensor, Info]:
        query_emb = retriever.embed_query(collator.queries(workers.part(whole)).to(frozen.device))
        rows = retrieve(query_emb.detach().float().cpu().numpy(), index, k)
        return rows, inner_products(query_emb, frozen[torch.from_numpy(rows).to(frozen.device)]), {}

    return candidates


def _fresh_candidates(
    retriever: Retriever, collator: Collator, k: int, refresher: Refresher | None, workers: Workers
) -> Candidates:
    """Return what finds candidates by the refresher's index and scores them by both towers as they are."""
    device = device_of(retriever)

    def candidates(whole: list[Pieces], step: int) -> tuple[np.ndarray, torch.Tensor, Info]:
        def search() -> dict[str, Any]:  # by the first process, which has the index
            age = refresher.tick(step)
            rows = retrieve(embed_queries(retriever, collator, whole), refresher.index, k)
            return {"rows": rows.tolist(), "age": age}

        found = workers.share(search)
        texts, rows = workers.part(whole), workers.part(np.array(found["rows"]))
        scores = retriever.score(collator.queries(texts).to(device), collator.candidates(rows).to(device))
        return rows, scores, {"index_age": found["age"]}

    return candidates
