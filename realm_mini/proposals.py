"""Which passages a masked text meets in pre-training: the index's, and at first BM25's.  Level 6.

Only rows are proposed, never scores: these are computed with fresh weights (section 3.3).
"""

import zlib
from typing import Any

from realm_mini.batch import Collator
from realm_mini.config import SearchConfig
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
    banned = [collator.corpus.banned_rows(e.origin) if search.ban_origin else frozenset() for e in seen]
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


def checksum(seen: list[MaskedExample]) -> int:
    """Return a number that two lists of masked texts share only if they are the same, but for an accident."""
    return zlib.crc32("\n".join(f"{e.visible_text()}\t{e.hidden_text}" for e in seen).encode())
