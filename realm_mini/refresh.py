"""The index that training reads while the retriever moves on (section 3.3).

Here the rebuild itself, the same whoever does it, and the plain schedule: rebuild every so many steps,
then swap one reference.  :mod:`realm_mini.background` leaves the work to another process.  Level 5.
"""

from collections.abc import Callable

from realm_mini.batch import Collator
from realm_mini.index import Index
from realm_mini.retriever import Retriever, embed_corpus


def rebuild(retriever: Retriever, collator: Collator, factory: str, step: int) -> Index:
    """Embed all passages and return their index."""
    vectors = embed_corpus(retriever, collator)
    return Index.build(vectors, collator.corpus.fingerprint, factory, step)


class Refresher:
    """Holds the index in use and rebuilds it when it has become ``every`` steps old; 0 for never."""

    def __init__(self, build: Callable[[int], Index], every: int) -> None:
        self._build, self.every = build, every
        self.index = build(0)

    def tick(self, step: int) -> int:
        """Rebuild the index if its time has come; return its age in steps at ``step``."""
        if self.every and step - self.index.step >= self.every:
            self.index = self._build(step)
        return step - self.index.step
