"""Change a corpus after its passages were embedded: only what is new is embedded.  Level 5.

The paper swaps the corpus after pre-training and the answers follow (appendix C); here single passages.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from realm_mini.batch import Collator
from realm_mini.corpus import Corpus
from realm_mini.errors import RealmError, many
from realm_mini.index import FIRST_ROW, Index
from realm_mini.records import Passage
from realm_mini.retriever import Retriever, embed_corpus


@dataclass(frozen=True)
class Edit:
    """A changed corpus, and from which row of the old one each passage comes, -1 for a new text."""

    corpus: Corpus
    origin: Int[np.ndarray, " docs"]


def edit_corpus(corpus: Corpus, put: Iterable[Passage] = (), remove: Iterable[str] = ()) -> Edit:
    """Return ``corpus`` with passages added, changed and removed.

    ``put``: a passage whose id the corpus has takes the place of that one, others come at the end.
    ``remove``: ids.  All other passages stay, in their order.  The new corpus is in memory, also where
    the old one lies on the disk (:class:`~realm_mini.store.StoredCorpus`).

    Raises:
        RealmError: an id to remove is not there, or is named twice; an id is empty or a text is; or no
            passage would be left.
    """
    changed, gone = _by_id(put), _rows_of(corpus, remove)
    if twice := sorted(changed.keys() & gone.keys()):
        raise RealmError(f"Passage {twice[0]!r} is both put and removed. Name it once.")
    passages, origin = [], []
    for row, passage in enumerate(corpus):
        if row < FIRST_ROW or passage.id in gone:
            continue
        new = changed.pop(passage.id, passage)
        passages.append(new)
        origin.append(row if new == passage else -1)
    passages += changed.values()
    return Edit(Corpus(passages), np.array(origin + [-1] * len(changed), dtype=np.int64))


def _by_id(put: Iterable[Passage]) -> dict[str, Passage]:
    found: dict[str, Passage] = {}
    if isinstance(put, Passage):
        raise RealmError(f"put is one passage, {put.id!r}. Put it in a list.")
    for passage in put:
        if passage.id in found:
            raise RealmError(f"Two passages to put have the id {passage.id!r}. Make ids unique.")
        found[passage.id] = passage
    return found


def _rows_of(corpus: Corpus, remove: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for ident in many(remove, "remove"):
        if ident in found:
            raise RealmError(f"Passage {ident!r} is to be removed twice. Name it once.")
        found[ident] = corpus.row(ident)
    return found


def edit_index(index: Index, edit: Edit, retriever: Retriever, collator: Collator) -> Index:
    """Return an index of the changed corpus; only passages with a new text are embedded.

    ``collator`` is that of the changed corpus, ``retriever`` the one that embedded the old.
    """
    rows = np.flatnonzero(edit.origin < 0) + FIRST_ROW
    fresh = embed_corpus(retriever, collator, rows.tolist())
    collator.warn_of_cuts()
    return index.edited(edit.origin - FIRST_ROW, fresh, edit.corpus.fingerprint)


def moved(collator: Collator, edit: Edit) -> Collator:
    """Return a collator of the changed corpus that keeps the wordpieces of all that stays."""
    made = Collator(collator.tokenizer, edit.corpus, collator.lengths)
    made.adopt(collator, {int(old): row for row, old in enumerate(edit.origin, start=FIRST_ROW) if old > 0})
    return made
