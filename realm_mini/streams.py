"""Endless streams of masked texts, the data of every stage.  Level 5."""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from realm_mini.batch import Collator
from realm_mini.config import ObjectiveConfig
from realm_mini.corpus import Corpus, Sentence
from realm_mini.errors import RealmError
from realm_mini.fit import epochs
from realm_mini.lexical import Lexical
from realm_mini.masking import MaskedExample, Tagger, mask_salient, mask_span, mask_uniform
from realm_mini.metrics import has_answer
from realm_mini.text import Pieces, Tokenizer

UNREADABLE = 500  # texts in a row without a passage before warm-up gives up


def examples(
    sentences: Sequence[Sentence],
    tokenizer: Tokenizer,
    collator: Collator,
    rng: np.random.Generator,
    objective: ObjectiveConfig,
    tagger: Tagger | None = None,
) -> Iterator[MaskedExample]:
    """Yield masked texts without end; a text with nothing to hide, or cut too early, is passed over.

    Raises:
        RealmError: salient masking without a tagger, or no text has anything to hide.
    """
    if objective.mask == "salient" and tagger is None:
        raise RealmError(
            'ObjectiveConfig.mask="salient" needs a tagger. Give one, or mask "span" or "uniform".'
        )
    pieces: dict[int, Pieces] = {}
    spans: dict[int, list] = {}
    limit = collator.lengths.masks
    passed = 0
    for number in epochs(len(sentences), rng):
        sentence = sentences[number]
        if number not in pieces:
            pieces[number] = tokenizer.encode(sentence.text)
            spans[number] = tagger(sentence.text) if objective.mask == "salient" else []
        args = (sentence.text, pieces[number])
        if objective.mask == "salient":
            example = mask_salient(*args, spans[number], rng, limit=limit, origin=sentence.origin)
        else:
            masker = mask_span if objective.mask == "span" else mask_uniform
            example = masker(*args, rng, limit=limit, origin=sentence.origin)
        if example is not None and collator.fits(example):
            passed = 0
            yield example
        elif (passed := passed + 1) > 2 * len(sentences):
            raise RealmError(
                "No text has a salient span that could be hidden. Use another tagger, or mask spans."
            )


def readable(
    masked: Iterator[MaskedExample], collator: Collator, lexical: Lexical, k: int = 5
) -> Iterator[tuple[MaskedExample, int]]:
    """Yield masked texts with the first of BM25's ``k`` best passages that holds the hidden words.

    Texts for which there is none are passed over; the origin of a text is not its passage.  Where
    nothing is told twice that leaves no text at all: then, with a warning, each text comes with its
    origin, which teaches copying at least.

    Raises:
        RealmError: many texts in a row were passed over and they have no origin.
    """
    passed, alone = 0, False
    for example in masked:
        banned = collator.corpus.banned_rows(example.origin)
        if alone and banned:
            yield example, min(banned)
            continue
        found, _ = lexical.search([example.visible_text()], min(k + len(banned), len(collator.corpus) - 1))
        row = next(
            (r for r in found[0].tolist() if r not in banned and holds(collator.corpus, [r], example)), None
        )
        if row is not None:
            passed = 0
            yield example, row
        elif (passed := passed + 1) > UNREADABLE:
            if not banned:
                raise RealmError(
                    "No passage holds what the masked texts hide. Give passages that tell the same facts, or "
                    "set the steps of StagesConfig.warmup to 0."
                )
            alone = True
            warnings.warn(
                "No passage tells what another one tells, so the reader is warmed up on each text's own "
                "passage. Retrieval has little to learn from: give texts that repeat facts (sentences=).",
                stacklevel=2,
            )


def holds(corpus: Corpus, rows: list[int], example: MaskedExample) -> bool:
    """Return whether one of the passages has the hidden words in it."""
    wanted = [example.hidden_text]
    return any(has_answer(corpus[row].text, wanted) for row in rows)
