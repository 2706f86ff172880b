"""What to hide: salient spans (section 3.4) and the two weaker maskings of Table 2.

A tagger finds (start, end) character spans worth hiding; a masker picks which wordpieces of one
text to hide and returns a new :class:`MaskedExample`, its input untouched.  Any callable
``text -> list[Span]`` is a tagger, those of :mod:`realm_mini.entities` included.  Level 2.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from realm_mini.errors import RealmError
from realm_mini.text import Pieces, Tokenizer

_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"(?:[12]?\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:1\d{3}|20\d{2})"
_DATE = re.compile(
    rf"(?<!\d[.,])\b(?:{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?"  # 4 July 1776, 4th of July
    rf"|{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?"  # July 4, 1776
    rf"|{_MONTH}\s+{_YEAR}"  # July 1776
    rf"|{_YEAR}-\d\d-\d\d"  # 1776-07-04
    rf"|(?:the\s+)?(?:early\s+|late\s+|mid-)?{_YEAR[:-1]}|\d{{2}}0)s"  # the 1770s
    rf"|AD\s+\d{{1,4}}|\d{{1,4}}\s+(?:BC|AD)"  # AD 79, 1200 BC
    rf"|{_YEAR}(?:\s?[-–]\s?(?:{_YEAR}|\d\d))?)(?!\w|,\d|\.\d)"  # 1776, 1776-83
)
MASK_RATE = 0.15
SPAN_P = 0.2 * 0.8 ** np.arange(10)  # SpanBERT: geometric lengths with p = 0.2, 1 to 10 words, mean 3.8


class Span(NamedTuple):
    """Characters ``start`` to ``end`` of a text, and what they are called."""

    start: int
    end: int
    label: str


Tagger = Callable[[str], list[Span]]


def tag_dates(text: str) -> list[Span]:
    """Return the dates and years of ``text``.

    The paper uses a regular expression for dates and does not print it; this is ours.

    >>> [tuple(s)[:2] for s in tag_dates("From 4 July 1776 to Sept. 3, 1783; in 1790; 1,790 men.")]
    [(5, 16), (20, 33), (38, 42)]
    """
    return [Span(m.start(), m.end(), "date") for m in _DATE.finditer(text)]


class GazetteerTagger:
    """Finds the names of a list, longest first, as whole words with their capital letters.

    >>> tag = GazetteerTagger(["New York", "York", "Lake Van (Turkey)"])
    >>> [("New York is far from Lake Van."[s.start:s.end]) for s in tag("New York is far from Lake Van.")]
    ['New York', 'Lake Van']
    """

    _WORD = re.compile(r"\w+(?:['’.\-]\w+)*", re.UNICODE)

    def __init__(self, names: Iterable[str]) -> None:
        self._names: set[tuple[str, ...]] = set()
        for name in names:
            bare = re.sub(r"\s*\([^)]*\)", "", name)
            if words := tuple(self._WORD.findall(bare)):
                self._names.add(words)
        self._longest = max((len(w) for w in self._names), default=0)

    def __call__(self, text: str) -> list[Span]:
        """Return the spans of known names, no two overlapping."""
        words = list(self._WORD.finditer(text))
        spans, place = [], 0
        while place < len(words):
            for length in range(min(self._longest, len(words) - place), 0, -1):
                chosen = words[place : place + length]
                if tuple(w[0] for w in chosen) in self._names and chosen[0][0][:1].isupper():
                    spans.append(Span(chosen[0].start(), chosen[-1].end(), "name"))
                    place += length
                    break
            else:
                place += 1
        return spans


def union(*taggers: Tagger) -> Tagger:
    """Return a tagger that joins several; of two overlapping spans the longer stays."""

    def tag(text: str) -> list[Span]:
        found = [span for tagger in taggers for span in tagger(text)]
        found.sort(key=lambda s: (s.start - s.end, s.start))
        kept: list[Span] = []
        for span in found:
            if all(span.end <= k.start or span.start >= k.end for k in kept):
                kept.append(span)
        return sorted(kept)

    return tag


@dataclass(frozen=True, slots=True)
class MaskedExample:
    """One text x with some wordpieces hidden: ``positions`` in ``pieces``, in rising order."""

    text: str
    pieces: Pieces
    positions: np.ndarray
    origin: str = ""

    @property
    def targets(self) -> np.ndarray:
        """Return the ids of the hidden wordpieces, y."""
        return self.pieces.ids[self.positions]

    @property
    def hidden_text(self) -> str:
        """Return y as it was written, from the first hidden piece to the last."""
        return self.text[self.pieces.starts[self.positions[0]] : self.pieces.ends[self.positions[-1]]]

    def visible_text(self, blank: str = " ") -> str:
        """Return x with each run of hidden wordpieces replaced: what a word search may see.

        A word of which only a part is hidden is blanked as a whole.
        """
        words = set(self.pieces.words[self.positions].tolist())
        hidden = [i for i, w in enumerate(self.pieces.words.tolist()) if w in words]
        parts, last = [], 0
        for i in hidden:
            if self.pieces.starts[i] > last or not parts:
                parts.append(self.text[last : self.pieces.starts[i]])
                parts.append(blank)
            last = max(last, int(self.pieces.ends[i]))
        return "".join(parts) + self.text[last:]

    def __repr__(self) -> str:
        return f"MaskedExample({self.visible_text('____')!r}, hidden={self.hidden_text!r})"


def pieces_of(pieces: Pieces, span: Span) -> np.ndarray:
    """Return the positions of the wordpieces that a character span touches."""
    return np.flatnonzero((pieces.ends > span.start) & (pieces.starts < span.end))


def mask_salient(
    text: str,
    pieces: Pieces,
    spans: Sequence[Span],
    rng: np.random.Generator,
    *,
    limit: int = 10,
    origin: str = "",
) -> MaskedExample | None:
    """Hide one of the salient spans, drawn uniformly; None where none fits in ``limit`` pieces."""
    fitting = [p for s in spans if 0 < len(p := pieces_of(pieces, s)) <= limit]
    if not fitting:
        return None
    return MaskedExample(text, pieces, fitting[rng.integers(len(fitting))], origin)


def mask_span(
    text: str, pieces: Pieces, rng: np.random.Generator, *, limit: int = 10, origin: str = ""
) -> MaskedExample | None:
    """Hide one random run of whole words, its length drawn as SpanBERT does (Table 2)."""
    words = np.unique(pieces.words[pieces.words >= 0])
    if not len(words):
        return None
    length = min(1 + int(rng.choice(len(SPAN_P), p=SPAN_P / SPAN_P.sum())), len(words))
    first = int(rng.integers(len(words) - length + 1))
    chosen = np.flatnonzero(np.isin(pieces.words, words[first : first + length]))[:limit]
    return MaskedExample(text, pieces, chosen, origin)


def mask_uniform(
    text: str, pieces: Pieces, rng: np.random.Generator, *, limit: int = 10, origin: str = ""
) -> MaskedExample | None:
    """Hide 15 % of the wordpieces, at least one, wherever they are (BERT; Table 2)."""
    if not len(pieces):
        return None
    count = min(max(1, round(MASK_RATE * len(pieces))), limit)
    chosen = np.sort(rng.choice(len(pieces), size=count, replace=False))
    return MaskedExample(text, pieces, chosen, origin)


def mask_marked(text: str, tokenizer: Tokenizer) -> Pieces:
    """Return the wordpieces of a text that holds "[MASK]" already, as ``fill`` is given it.

    Raises:
        RealmError: there is no [MASK], or there are several that do not stand side by side.
    """
    pieces = tokenizer.encode(text)
    places = np.flatnonzero(pieces.ids == tokenizer.mask)
    if not len(places):
        raise RealmError(
            'The text has no [MASK]. Write it where the missing words belong: "Paris lies in [MASK]."'
        )
    if np.any(np.diff(places) != 1):
        raise RealmError(
            "The text has more than one masked span. Keep one; [MASK] [MASK] side by side is one span."
        )
    return pieces


def with_masks(text: str, marked: Pieces, first: int, given: int, length: int) -> MaskedExample:
    """Return the marked text with ``length`` masks in place of the ``given`` ones from ``first`` on."""

    def spread(values: np.ndarray) -> np.ndarray:
        return np.concatenate((values[:first], np.repeat(values[first], length), values[first + given :]))

    pieces = Pieces(*(spread(v) for v in (marked.ids, marked.starts, marked.ends, marked.words)))
    return MaskedExample(text, pieces, np.arange(first, first + length))


def tagger_scores(found: Sequence[Sequence[Span]], gold: Sequence[Sequence[Span]]) -> dict[str, float]:
    """Return precision, recall and F1 of exact spans over many texts.

    >>> tagger_scores([[Span(0, 4, "a"), Span(5, 9, "a")]], [[Span(0, 4, "b")]])
    {'precision': 0.5, 'recall': 1.0, 'f1': 0.6666666666666666}
    """
    hits = total = wanted = 0
    for a, b in zip(found, gold, strict=True):
        left, right = {s[:2] for s in a}, {s[:2] for s in b}
        hits, total, wanted = hits + len(left & right), total + len(left), wanted + len(right)
    precision, recall = hits / max(total, 1), hits / max(wanted, 1)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-12),
    }
