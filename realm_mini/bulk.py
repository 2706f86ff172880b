"""Embed a corpus of any length, a part of it in memory at a time.  Level 5."""

import warnings
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from jaxtyping import Float

from realm_mini.batch import Collator
from realm_mini.config import LengthConfig
from realm_mini.corpus import Corpus
from realm_mini.index import FIRST_ROW, Index
from realm_mini.records import Passage
from realm_mini.retriever import Retriever, embed_corpus
from realm_mini.text import Tokenizer
from realm_mini.vectors import mapped_index, write_vectors

PART = 2048  # passages in memory together


def embed_stream(
    retriever: Retriever, tokenizer: Tokenizer, lengths: LengthConfig, passages: Iterable[Passage]
) -> Iterator[Float[np.ndarray, "docs dim"]]:
    """Yield Embed_doc of passages in their order, many at a time; memory stays flat.

    Warns at the end how many are longer than ``LengthConfig.dlen`` and were cut short.
    """
    stream, cut = iter(passages), 0
    while part := list(islice(stream, PART)):
        corpus = Corpus(part)
        collator = Collator(tokenizer, corpus, lengths)
        yield embed_corpus(retriever, collator, range(FIRST_ROW, len(corpus)))
        cut += collator.cut
    if cut:
        warnings.warn(
            f"{cut} passages are longer than LengthConfig.dlen={lengths.dlen} wordpieces and were cut. "
            "Split them, or raise dlen.",
            stacklevel=2,
        )


def build_mapped_index(
    retriever: Retriever,
    tokenizer: Tokenizer,
    lengths: LengthConfig,
    corpus: Corpus,
    path: str | Path,
    step: int = 0,
) -> Index:
    """Embed all passages of ``corpus`` into a file and return an index that stays there.

    Raises:
        RealmError: the disk is full; nothing is left half-written.
    """
    passages = islice(corpus, FIRST_ROW, None)
    count = write_vectors(path, embed_stream(retriever, tokenizer, lengths, passages))
    return mapped_index(path, corpus.fingerprint, count, step)
