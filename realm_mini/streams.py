"""Endless streams of masked texts, the data of every stage, and the texts kept out of them.  Level 5."""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from realm_mini.batch import Collator
from realm_mini.config import ObjectiveConfig
from realm_mini.corpus import Corpus, Sentence
from realm_mini.errors import RealmError
from realm_mini.fit import epochs, rng_for
from realm_mini.flow import State, stateful
from realm_mini.lexical import Lexical
from realm_mini.masking import MaskedExample, Span, Tagger, mask_salient, mask_span, mask_uniform
from realm_mini.metrics import has_answer
from realm_mini.text import Pieces, Tokenizer
from realm_mini.world import World

HELD_OUT = 500  # news texts kept out of training, for the probes; fewer where that is more than a tenth
UNREADABLE = 500  # texts in a row without a passage before warm-up gives up


class Examples(Iterator[MaskedExample]):
    """Masked texts without end; a text with nothing to hide, or cut too early, is passed over."""

    def __init__(
        self,
        sentences: Sequence[Sentence],
        tokenizer: Tokenizer,
        collator: Collator,
        rng: np.random.Generator,
        objective: ObjectiveConfig,
        tagger: Tagger | None = None,
    ) -> None:
        if objective.mask == "salient" and tagger is None:
            raise RealmError(
                'ObjectiveConfig.mask="salient" needs a tagger. Give one, or mask "span" or "uniform".'
            )
        self._sentences, self._tokenizer, self._collator = sentences, tokenizer, collator
        self._rng, self._mask, self._tagger = rng, objective.mask, tagger
        self._order = epochs(len(sentences), rng)
        self._known: dict[int, tuple[Pieces, list[Span]]] = {}
        self._has_told = False

    def __next__(self) -> MaskedExample:
        too_long = False
        for _ in range(2 * len(self._sentences) + 1):
            example = self._masked(next(self._order))
            if example is not None and self._collator.fits(example):
                return example
            too_long |= example is not None
        if too_long:
            raise RealmError(
                "What is hidden never fits: it lies beyond LengthConfig.qlen="
                f"{self._collator.lengths.qlen} wordpieces of its text, or is longer than LengthConfig.masks="
                f"{self._collator.lengths.masks}. Raise these, or give shorter texts."
            )
        raise RealmError(
            "No text has a salient span that could be hidden. Use another tagger, or mask spans."
            if self._mask == "salient"
            else "No text has words that could be hidden. Give longer texts."
        )

    def _masked(self, number: int) -> MaskedExample | None:
        sentence = self._sentences[number]
        if number not in self._known:
            spans = self._tagger(sentence.text) if self._mask == "salient" else []
            pieces = self._tokenizer.encode(sentence.text)
            self._tell_of_long(len(pieces))
            # What the model does not see is not hidden at random either.
            seen = pieces if spans else pieces.cut(self._collator.lengths.qlen - 2)
            self._known[number] = (seen, spans)
        pieces, spans = self._known[number]
        limit = self._collator.lengths.masks
        if self._mask == "salient":
            return mask_salient(sentence.text, pieces, spans, self._rng, limit=limit, origin=sentence.origin)
        masker = mask_span if self._mask == "span" else mask_uniform
        return masker(sentence.text, pieces, self._rng, limit=limit, origin=sentence.origin)

    def _tell_of_long(self, length: int) -> None:
        qlen = self._collator.lengths.qlen
        if length > qlen - 2 and not self._has_told:
            self._has_told = True
            warnings.warn(
                f"A text has {length} wordpieces, and its end is not seen: LengthConfig.qlen={qlen}. Cut "
                "texts into sentences, or raise qlen. (Said once, of the first such text.)",
                stacklevel=4,
            )

    def state(self) -> State:
        """Return the place in the order of the texts, with the generator that also masks."""
        return self._order.state()

    def restore(self, state: State) -> None:
        """Go to that place."""
        self._order.restore(state)


def examples(
    sentences: Sequence[Sentence],
    tokenizer: Tokenizer,
    collator: Collator,
    rng: np.random.Generator,
    objective: ObjectiveConfig,
    tagger: Tagger | None = None,
) -> Examples:
    """Return masked texts without end.

    Raises:
        RealmError: salient masking without a tagger, no texts, or (later) none has anything to hide.
    """
    return Examples(sentences, tokenizer, collator, rng, objective, tagger)


def split_news(world: World, seed: int) -> tuple[list[Sentence], list[Sentence]]:
    """Return the news that the run of ``seed`` keeps out of training, and those that it learns from."""
    news = [world.news[i] for i in rng_for(seed, "held out").permutation(len(world.news))]
    kept = min(HELD_OUT, len(news) // 10)
    return news[:kept], news[kept:]


def masked_held_out(
    world: World, seed: int, tokenizer: Tokenizer, collator: Collator, tagger: Tagger | None = None
) -> list[MaskedExample]:
    """Return the news that the run of ``seed`` has not learnt from, one gold span hidden in each.

    For evaluation only.  Left out are texts without a gold span, and those that are cut before it.  With a
    ``tagger`` its spans are hidden instead, in texts that come from no passage: others could look at theirs.
    """
    rng, found = rng_for(seed, "probe"), []
    for sentence in split_news(world, seed)[0]:
        spans = [Span(*s) for s in sentence.gold.get("spans", [])]
        if tagger is not None:
            spans = [] if sentence.origin else tagger(sentence.text)
        example = mask_salient(sentence.text, tokenizer.encode(sentence.text), spans, rng)
        if example is not None and collator.fits(example):
            found.append(example)
    return found


class Readable(Iterator[tuple[MaskedExample, int]]):
    """Masked texts, each with a passage that holds the hidden words; made by :func:`readable`."""

    def __init__(self, masked: Iterator[MaskedExample], collator: Collator, lexical: Lexical, k: int) -> None:
        self._masked, self._collator, self._lexical, self._k = stateful(masked), collator, lexical, k
        self._passed, self._is_alone = 0, False

    def __next__(self) -> tuple[MaskedExample, int]:
        corpus = self._collator.corpus
        for example in self._masked:
            banned = corpus.banned_rows(example.origin)
            if self._is_alone and banned:
                return example, min(banned)
            found, _ = self._lexical.search(
                [example.visible_text()], min(self._k + len(banned), len(corpus) - 1)
            )
            near = (r for r in found[0].tolist() if r not in banned)
            if (row := next((r for r in near if holds(corpus, [r], example)), None)) is not None:
                self._passed = 0
                return example, row
            self._passed += 1
            if self._passed > UNREADABLE:
                self._give_up(bool(banned))
        raise StopIteration

    def _give_up(self, has_origin: bool) -> None:
        if not has_origin:
            raise RealmError(
                "No passage holds what the masked texts hide. Give passages that tell the same facts, or "
                "set the steps of StagesConfig.warmup to 0."
            )
        self._is_alone = True
        warnings.warn(
            "No passage tells what another one tells, so the reader is warmed up on each text's own "
            "passage. Retrieval has little to learn from: give texts that repeat facts (sentences=).",
            stacklevel=3,
        )

    def state(self) -> State:
        """Return the place of the texts, and how many were passed over."""
        return {"masked": self._masked.state(), "passed": self._passed, "alone": self._is_alone}

    def restore(self, state: State) -> None:
        """Go to that place."""
        self._masked.restore(state["masked"])
        self._passed, self._is_alone = state["passed"], state["alone"]


def readable(masked: Iterator[MaskedExample], collator: Collator, lexical: Lexical, k: int = 5) -> Readable:
    """Return masked texts with the first of BM25's ``k`` best passages that holds the hidden words.

    Texts for which there is none are passed over; the origin of a text is not its passage.  Where
    nothing is told twice that leaves no text at all: then, with a warning, each text comes with its
    origin, which teaches copying at least.

    Raises:
        RealmError: many texts in a row were passed over and they have no origin.
    """
    return Readable(masked, collator, lexical, k)


def holds(corpus: Corpus, rows: list[int], example: MaskedExample) -> bool:
    """Return whether one of the passages has the hidden words in it."""
    wanted = [example.hidden_text]
    return any(has_answer(corpus[row].text, wanted) for row in rows)
