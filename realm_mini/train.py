"""The stages of training, each a short composition of ``fit`` and one objective.

Every stage is a generator of :class:`~realm_mini.fit.Step` records.  ``workers``: the processes that take
its steps together, each with its part of every batch; all call the stage alike.  Inverse cloze is for one
process alone: its loss compares all queries of a batch with all its blocks.  Level 7.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from realm_mini.batch import Collator
from realm_mini.config import ObjectiveConfig, SearchConfig, SpanKind, TrainConfig
from realm_mini.corpus import Question
from realm_mini.errors import RealmError
from realm_mini.fit import Info, Step, epochs, fit, grouped
from realm_mini.flow import Drawn
from realm_mini.index import FIRST_ROW, Index
from realm_mini.lexical import Lexical
from realm_mini.masking import MaskedExample, mask_uniform
from realm_mini.objectives import cloze_loss, ict_loss, mlm_loss, qa_loss, qa_loss_by_passage, realm_loss
from realm_mini.parallel import ALONE, Workers
from realm_mini.proposals import checksum, propose
from realm_mini.reader import Reader
from realm_mini.refresh import Refresher
from realm_mini.retriever import Retriever, device_of, embed_corpus, embed_queries, inner_products, retrieve
from realm_mini.streams import holds, readable
from realm_mini.text import Pieces, split_sentences

ICT_REMOVE = 0.9  # share of blocks whose query sentence is taken out (ORQA)


def inverse_cloze(
    retriever: Retriever, collator: Collator, config: TrainConfig, rng: np.random.Generator
) -> Iterator[Step]:
    """Train the retriever to find the block that a sentence was taken from (section 3.4, ORQA).

    Departure: 15 % of the query's wordpieces are hidden, so that [MASK] is no stranger to it.
    """
    collator.prepare()
    bounds = {
        row: found
        for row in range(FIRST_ROW, len(collator.corpus))
        if (found := _sentence_pieces(collator, row))
    }
    if len(bounds) < 2:
        raise RealmError(
            "The inverse cloze task needs at least two passages of two or more sentences. Add passages."
        )
    rows = np.array(list(bounds))
    size = min(config.batch, len(rows))

    def objective(chosen: np.ndarray) -> tuple[torch.Tensor, Info]:
        queries, removed = [], []
        for row in chosen.tolist():
            start, end = bounds[row][rng.integers(len(bounds[row]))]
            body = collator.body(row)
            part = Pieces(
                body.ids[start:end], body.starts[start:end], body.ends[start:end], body.words[start:end]
            )
            queries.append(mask_uniform(collator.corpus[row].text, part, rng, limit=collator.lengths.masks))
            removed.append((start, end) if rng.random() < ICT_REMOVE else None)
        device = device_of(retriever)
        return ict_loss(
            retriever,
            collator.queries(queries).to(device),
            collator.blocks(chosen.tolist(), removed).to(device),
        )

    batches = Drawn(rng, lambda: rng.choice(rows, size=size, replace=False))
    return fit(objective, batches, [(retriever, 1.0)], config)


def _sentence_pieces(collator: Collator, row: int) -> list[tuple[int, int]]:
    """Return the wordpiece bounds of the sentences of a passage that has at least two."""
    body = collator.body(row)
    bounds = []
    for start, end in split_sentences(collator.corpus[row].text):
        inside = np.flatnonzero((body.starts >= start) & (body.ends <= end))
        if len(inside) > 1:
            bounds.append((int(inside[0]), int(inside[-1]) + 1))
    return bounds if len(bounds) > 1 else []


def masked_lm(
    reader: Reader,
    collator: Collator,
    masked: Iterator[MaskedExample],
    config: TrainConfig,
    workers: Workers = ALONE,
) -> Iterator[Step]:
    """Train a reader on hidden wordpieces without any passage: closed-book (the null document)."""

    def objective(whole: list[MaskedExample]) -> tuple[torch.Tensor, Info]:
        batch = workers.part(whole)
        rows = np.zeros((len(batch), 1), dtype=np.int64)
        return mlm_loss(reader, collator.joint(batch, rows).to(device_of(reader)), workers)

    return fit(objective, grouped(masked, config.batch), [(reader, 1.0)], config, workers)


def warm_up(
    reader: Reader,
    collator: Collator,
    lexical: Lexical,
    masked: Iterator[MaskedExample],
    config: TrainConfig,
    workers: Workers = ALONE,
) -> Iterator[Step]:
    """Teach the reader to read: masked texts, each with a passage of BM25 that holds what is hidden.

    Departure: the paper starts its reader from BERT; ours has nothing to start from, and would need
    several times the steps if half of its passages did not hold the answer.  The span head learns
    along, for it has nothing to start from either.
    """

    def objective(whole: list[tuple[MaskedExample, int]]) -> tuple[torch.Tensor, Info]:
        batch = workers.part(whole)
        texts, rows = [e for e, _ in batch], np.array([[row] for _, row in batch])
        device = device_of(reader)
        spans = collator.spans(texts, rows, [[e.targets] for e in texts])
        return cloze_loss(reader, collator.joint(texts, rows).to(device), spans.to(device), workers)

    batches = grouped(readable(masked, collator, lexical), config.batch)
    return fit(objective, batches, [(reader, 1.0)], config, workers)


def lexical_places(step: int, search: SearchConfig) -> int:
    """Return how many candidates BM25 proposes at ``step`` (its share fades to nothing).

    >>> search = SearchConfig(k=6, lexical=2, fade=400)
    >>> [lexical_places(s, search) for s in (0, 199, 200, 400)]
    [2, 2, 1, 0]
    """
    if search.proposal == "dense":
        return 0
    if search.proposal == "lexical":
        return search.k - search.null
    return int(np.ceil(search.lexical * max(0.0, 1 - step / search.fade))) if search.fade else search.lexical


def pretrain(
    retriever: Retriever,
    reader: Reader,
    collator: Collator,
    masked: Iterator[MaskedExample],
    config: TrainConfig,
    search: SearchConfig,
    objective: ObjectiveConfig,
    refresher: Refresher | None,
    lexical: Lexical | None = None,
    workers: Workers = ALONE,
) -> Iterator[Step]:
    """Train retriever and reader together on the marginal likelihood (section 3.3).

    Candidates come from the refresher's (stale) index and, at first, from BM25; their scores are
    always fresh.  With ``workers`` the first of them searches for all and tells the others, which need no
    ``refresher``: so there is one index, of one age, and one rebuild.

    Raises:
        RealmError: BM25 is needed and not given; or the processes drew different texts.
    """
    if search.proposal != "dense" and lexical is None:
        raise RealmError(
            f"SearchConfig.proposal={search.proposal!r} needs BM25. Pass lexical=Lexical(corpus)."
        )
    device = device_of(retriever)

    def loss(seen: list[MaskedExample]) -> tuple[torch.Tensor, Info]:
        places = lexical_places(training.step, search)
        found = workers.share(
            lambda: propose(seen, training.step, places, retriever, collator, search, refresher, lexical)
        )
        if not workers.is_first and found["texts"] != checksum(seen):
            raise RealmError(
                "This process drew other texts than the first one. Give all the same data and versions."
            )
        proposed = np.array(found["rows"])
        held = [holds(collator.corpus, r, e) for r, e in zip(found["rows"], seen, strict=True)]
        kept = workers.part(np.argsort(~np.array(held), kind="stable")[: config.batch])
        batch, rows = [seen[i] for i in kept], proposed[kept]
        spans = collator.spans(batch, rows, [[e.targets] for e in batch]) if objective.pointing else None
        value, info = realm_loss(
            retriever,
            reader,
            collator.queries(batch).to(device),
            collator.candidates(rows).to(device),
            collator.joint(batch, rows).to(device),
            marginal=objective.marginal,
            null=search.null,
            spans=spans.to(device) if spans else None,
            workers=workers,
        )
        return value, info | {"index_age": found["age"], "lexical": places, "held": float(np.mean(held))}

    groups = [(reader, 1.0), (retriever, config.retriever_ratio)]
    training = fit(loss, grouped(masked, config.batch * search.look), groups, config, workers)
    return training


class QuestionSet:
    """Training questions cut into wordpieces once, with all their accepted answers."""

    def __init__(self, questions: Sequence[Question], collator: Collator) -> None:
        """Encode the questions; raises RealmError when there is none."""
        if not questions:
            raise RealmError("There are no questions to learn from. Give at least one with an answer.")
        self.texts = [q.text for q in questions]
        self.pieces = collator.tokenizer.encode_many(self.texts)
        self.answers = [[p.ids for p in collator.tokenizer.encode_many(q.answers)] for q in questions]
        self._collator = collator

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
        texts, answers = [self.pieces[i] for i in batch], [self.answers[i] for i in batch]
        if span == "joint":
            spans = self._collator.spans(texts, rows, answers).to(scores.device)
            return qa_loss(scores, reader, spans, span=span, workers=workers)
        read, held = self._collator.answering_spans(texts, rows, answers)
        read = read.to(scores.device) if read else None
        return qa_loss_by_passage(scores, reader, read, held.to(scores.device), workers)


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
    """Train question answering by spans, passage vectors frozen (section 4.3).

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


Candidates = Callable[[list[Pieces], int], tuple[np.ndarray, torch.Tensor, Info]]


def _frozen_candidates(retriever: Retriever, collator: Collator, k: int, workers: Workers) -> Candidates:
    """Return what finds and scores candidates by passage vectors that stay as they are now."""
    retriever.untie()
    vectors = np.zeros((len(collator.corpus), retriever.dim), dtype=np.float32)
    mine = range(workers.rank, len(vectors), workers.count)  # each embeds its part of the passages
    vectors[mine] = embed_corpus(retriever, collator, rows=mine)
    vectors = workers.total(vectors)
    index = Index.build(vectors[FIRST_ROW:], collator.corpus.fingerprint)
    frozen = torch.from_numpy(vectors).to(device_of(retriever))

    def candidates(whole: list[Pieces], step: int) -> tuple[np.ndarray, torch.Tensor, Info]:
        texts = workers.part(whole)
        rows = retrieve(embed_queries(retriever, collator, texts), index, k)
        query_emb = retriever.embed_query(collator.queries(texts).to(frozen.device))
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
