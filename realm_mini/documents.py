"""Corpora of one's own: folders, JSON lines, TSV, Wikipedia extracts, SQuAD, Hugging Face datasets.

======== ============================================================================================
kind     what is read
======== ============================================================================================
folder   .txt, .md and .html files below a folder, or one such file
jsonl    one {"id", "title", "text"} a line; the title may be missing
tsv      DPR's layout: id, text, title, separated by tabs, with or without this first line
wiki     what WikiExtractor writes: <doc id= url= title=> ... </doc>, or its JSON, a file or a folder
squad    the paragraphs of a SQuAD file, without its questions
hub      a Hugging Face dataset, "owner/name" or "owner/name:configuration", its "train" split
======== ============================================================================================

Files may be packed (.gz, .bz2).  Everything is read one document at a time (a SQuAD file is read whole),
so memory stays flat however large the corpus.  Level 3: no torch.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from realm_mini.corpus import Corpus
from realm_mini.errors import RealmError
from realm_mini.records import Located, Passage, checked, unique
from realm_mini.sources import READERS, CorpusKind, Document, kind_of
from realm_mini.text import Tokenizer, blocks, count_words

BLOCK_PIECES = 288  # wordpieces a block (section 4.3), title and special tokens included
BLOCK_WORDS = 100  # words a block, where there is no tokenizer yet
_CUT_KINDS = ("folder", "wiki")  # whole documents; the others hold passages already


def load_corpus(
    source: str | Path, kind: str = "auto", *, tokenizer: Tokenizer | None = None, size: int = 0
) -> Corpus:
    """Return the passages of ``source`` as a corpus; see :func:`stream_passages`.

    Raises:
        RealmError: as there; or two passages have the same id (both places are named).
    """
    return Corpus(unique(located_passages(source, kind, tokenizer=tokenizer, size=size)))


def stream_passages(
    source: str | Path, kind: str = "auto", *, tokenizer: Tokenizer | None = None, size: int = 0
) -> Iterator[Passage]:
    """Yield the passages of ``source``, one in memory at a time.

    Folders and Wikipedia extracts hold whole documents: these are cut into blocks, greedy by sentence
    as in the official code, each with the title of its document and the id "DOCUMENT#NUMBER".  A block
    has at most ``size`` wordpieces (288), title and special tokens included, or, without a
    ``tokenizer``, ``size`` words (100).  Passages of the other kinds stay whole unless ``size`` is given.

    Ids are not compared: that takes memory.  :func:`load_corpus` and
    :class:`~realm_mini.store.StoredCorpus` do.

    Raises:
        RealmError: something cannot be read or has a wrong form; file and line are named.
    """
    for located in located_passages(source, kind, tokenizer=tokenizer, size=size):
        yield located.passage


def located_passages(
    source: str | Path, kind: str = "auto", *, tokenizer: Tokenizer | None = None, size: int = 0
) -> Iterator[Located]:
    """Yield the passages of :func:`stream_passages`, each with the file and line of its document."""
    if kind not in get_args(CorpusKind):
        raise RealmError(f"kind={kind!r} is not known. Choose one of: {', '.join(get_args(CorpusKind))}.")
    if size < 0 or 0 < size < 8:
        raise RealmError(f"size={size} leaves no room for a text. Use at least 8, or 0 for the default.")
    kind = kind_of(Path(source)) if kind == "auto" else kind
    whole = kind not in _CUT_KINDS and not size
    size = size or (BLOCK_PIECES if tokenizer else BLOCK_WORDS)
    empty, first = 0, ""
    for document in READERS[kind](source):
        found = _whole(document) if whole else _blocks(document, size, tokenizer)
        number = 0
        for number, text in enumerate(found, start=1):
            ident = document.id if whole else f"{document.id}#{number}"
            yield checked(document.file, document.line, ident, document.title, text)
        if not number:
            empty, first = empty + 1, first or document.file
    if empty and kind == "folder":
        warnings.warn(f"{empty} files hold no text and were left out (the first: {first}).", stacklevel=2)


def _whole(document: Document) -> Iterator[str]:
    yield "\n".join(document.paragraphs)


def _blocks(document: Document, size: int, tokenizer: Tokenizer | None) -> Iterator[str]:
    if tokenizer is None:
        return blocks(document.paragraphs, size, count_words)
    # [CLS] title [SEP] body [SEP]; a longer title is cut to half of the room, as it is for the model.
    room = size - 3
    title = tokenizer.lengths([document.title])[0] if document.title else 0
    return blocks(document.paragraphs, room - min(title, room // 2), tokenizer.lengths)
