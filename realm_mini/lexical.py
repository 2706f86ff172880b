"""BM25, the word-matching retriever: a baseline, and a proposer of candidates at the cold start.

The scoring is that of the ``bm25s`` library.  Level 4.
"""

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from realm_mini.corpus import Corpus
from realm_mini.errors import RealmError
from realm_mini.index import FIRST_ROW
from realm_mini.records import composed

_WORD = re.compile(r"\w+")
_UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # kana and Chinese characters
_LETTER_OR_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_STOP = frozenset(
    "a an and are as at be been by did do does for from had has have he her his how in into is it its "
    "of on or she that the their there they this to was were what when where which who whom whose why "
    "will with".split()
)


def words(text: str) -> list[str]:
    """Return the lower-case words that BM25 matches, stop words left out.

    Chinese and Japanese put no spaces between words, so there each character is matched by itself.

    >>> words("Where was the painter's house?")
    ['painter', 's', 'house']
    """
    pattern = _WORD if text.isascii() else _LETTER_OR_WORD
    return [w for w in pattern.findall(composed(text).lower()) if w not in _STOP]


class Lexical:
    """BM25 over the titles and bodies of a corpus; the null document is not in it."""

    def __init__(self, corpus: Corpus) -> None:
        import bm25s

        self._model = bm25s.BM25()
        self._docs = len(corpus) - FIRST_ROW
        texts = [words(f"{p.title} {p.text}") for p in list(corpus)[FIRST_ROW:]]
        self._model.index([t or ["\x00"] for t in texts], show_progress=False)

    def search(
        self, texts: Sequence[str], k: int
    ) -> tuple[Int[np.ndarray, "batch k"], Float[np.ndarray, "batch k"]]:
        """Return the rows of the ``k`` best passages of each text and their BM25 scores.

        Raises:
            RealmError: k is larger than the corpus.
        """
        if not 1 <= k <= self._docs:
            raise RealmError(
                f"k={k} passages were asked for, but the corpus has {self._docs}. Use a k in between."
            )
        rows = np.empty((len(texts), k), dtype=np.int64)
        scores = np.empty((len(texts), k), dtype=np.float32)
        for i, text in enumerate(texts):
            query = words(text)
            dense = self._model.get_scores(query) if query else np.zeros(self._docs, dtype=np.float32)
            top = _best(dense, k)
            rows[i], scores[i] = top + FIRST_ROW, dense[top]
        return rows, scores


def _best(scores: Float[np.ndarray, " docs"], k: int) -> Int[np.ndarray, " k"]:
    """Return the places of the ``k`` largest scores, largest first; ties: the lower place, on every machine.

    All that reach the k-th score are sorted, not the whole corpus, which would take longer than scoring it.

    >>> _best(np.array([0.0, 2.0, 1.0, 2.0, 1.0]), 3).tolist()
    [1, 3, 2]
    """
    least = np.partition(scores, -k)[-k]
    reaching = np.flatnonzero(scores >= least)
    return reaching[np.argsort(-scores[reaching], kind="stable")[:k]]
