"""Which passages a masked text meets in pre-training: the index's, and at first BM25's.  Level 6.

Only rows are proposed, never scores: these are computed with fresh weights (section 3.3).
"""

import zlib
from collections.abc import Set
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int

from realm_mini.batch import Collator
from realm_mini.config import SearchConfig
from realm_mini.corpus import NULL_ROW
from realm_mini.lexical import Lexical
from realm_mini.masking import MaskedExample
from realm_mini.refresh import Refresher
from realm_mini.retriever import Retriever, embed_queries, retrieve


def propose(
    seen: list[MaskedExample],
    step: int,
    places: int,
    retriever: Retriever,
    collator: Collator,
    search: SearchConfig,
    refresher: Refresher,
    lexical: Lexical | None,
) -> dict[str, Any]:
    """Return the candidates of masked texts before ``step``, in plain values that others can be told.

    Their ``rows``, the first ``places`` of them proposed by BM25; the ``age`` in steps of the index; and the
    :func:`checksum` of the ``texts``.
    """
    age = refresher.tick(step)
    banned = [_banned(e, collator, search.ban_origin) for e in seen]
    first = None
    if places:
        found, _ = lexical.search([e.visible_text() for e in seen], places + max(len(b) for b in banned))
        first = [
            [r for r in near if r not in ban][:places]
            for near, ban in zip(found.tolist(), banned, strict=True)
        ]
    query_emb = embed_queries(retriever, collator, seen)
    rows = retrieve(query_emb, refresher.index, search.k, null=search.null, banned=banned, first=first)
    return {"rows": rows.tolist(), "age": age, "texts": checksum(seen)}


def others(
    rows: Int[np.ndarray, "batch k"], batch: list[MaskedExample], collator: Collator, *, ban_origin: bool
) -> Bool[torch.Tensor, "batch docs"]:
    """Say which of a batch's distinct passages may stand unread in the softmax of each text.

    Not the null document, not the text's own candidates, none that it must not retrieve, and none that
    holds its hidden words: such a passage might tell more than the null document does.
    """
    distinct = np.unique(rows).tolist()
    found = np.zeros((len(batch), len(distinct)), dtype=bool)
    for number, example in enumerate(batch):
        barred = {NULL_ROW, *rows[number].tolist(), *_banned(example, collator, ban_origin)}
        wanted = collator.wanted(example)
        found[number] = [
            r not in barred and not any(collator.holds(r, words) for words in wanted) for r in distinct
        ]
    return torch.from_numpy(found)


def _banned(example: MaskedExample, collator: Collator, ban_origin: bool) -> Set[int]:
    """Return the rows that a text must not retrieve: those of the passage that it was taken from."""
    return collator.corpus.banned_rows(example.origin) if ban_origin else frozenset()


def checksum(seen: list[MaskedExample]) -> int:
    """Return a number that two lists of masked texts share only if they are the same, but for an accident."""
    return zlib.crc32("\n".join(f"{e.visible_text()}\t{e.hidden_text}" for e in seen).encode())
