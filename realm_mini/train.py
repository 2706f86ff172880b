"""The stages of training, each a short composition of ``fit`` and one objective.

Every stage is a generator of :class:`~realm_mini.fit.Step` records.  ``workers``: the processes that take
its steps together, each with its part of every batch; all call the stage alike.  Inverse cloze is for one
process alone: its loss compares all queries of a batch with all its blocks.  Level 7.
"""

from collections.abc import Iterator

import numpy as np
import torch

from realm_mini.batch import Collator
from realm_mini.config import ObjectiveConfig, SearchConfig, TrainConfig
from realm_mini.errors import RealmError
from realm_mini.fit import Info, Step, fit, grouped
from realm_mini.flow import Drawn
from realm_mini.index import FIRST_ROW
from realm_mini.lexical import Lexical
from realm_mini.masking import MaskedExample, mask_uniform
from realm_mini.objectives import cloze_loss, ict_loss, mlm_loss, realm_loss
from realm_mini.parallel import ALONE, Workers
from realm_mini.proposals import checksum, others, propose
from realm_mini.reader import Reader
from realm_mini.refresh import Refresher
from realm_mini.retriever import Retriever, device_of
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
    if len(bounds) < 2 and config.steps:
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
        spans = collator.spans(texts, rows, [collator.wanted(e) for e in texts])
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
        RealmError: BM25 is needed and not given; ``ObjectiveConfig.others`` in several processes; or these
            drew different texts.
    """
    if objective.others and workers.count > 1:
        raise RealmError(
            "ObjectiveConfig.others=True compares all texts of a batch with each other. Train in one process."
        )
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
        spans = (
            collator.spans(batch, rows, [collator.wanted(e) for e in batch]) if objective.pointing else None
        )
        unread = others(rows, batch, collator, ban_origin=search.ban_origin) if objective.others else None
        value, info = realm_loss(
            retriever,
            reader,
            collator.queries(batch).to(device),
            collator.candidates(rows).to(device),
            collator.joint(batch, rows).to(device),
            marginal=objective.marginal,
            null=search.null,
            spans=spans.to(device) if spans else None,
            others=unread.to(device) if unread is not None else None,
            workers=workers,
        )
        return value, info | {"index_age": found["age"], "lexical": places, "held": float(np.mean(held))}

    groups = [(reader, 1.0), (retriever, config.retriever_ratio)]
    training = fit(loss, grouped(masked, config.batch * search.look), groups, config, workers)
    return training
