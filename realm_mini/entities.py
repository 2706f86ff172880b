"""Salient spans on real text: taggers made of a spaCy or a ``transformers`` pipeline (section 3.4).

The paper tags with a BERT trained on CoNLL-2003, and dates with a regular expression: that is
``union(pipeline_tagger(...), tag_dates)``.  Neither library is imported before a tagger is made.
Level 3: no torch.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from realm_mini.errors import RealmError, reason_of
from realm_mini.masking import Span, Tagger

# The names of OntoNotes and of CoNLL-2003 for what takes knowledge to fill in; plain numbers do not.
SALIENT = frozenset(
    "PERSON PER NORP FAC ORG GPE LOC PRODUCT EVENT WORK_OF_ART LAW LANGUAGE MISC DATE".split()
)
_WORD = re.compile(r"\w+")


def spacy_tagger(
    pipeline: str | Callable[[str], Any] = "en_core_web_sm", labels: Iterable[str] = SALIENT
) -> Tagger:
    """Return a tagger that finds the entities of a spaCy pipeline, those called one of ``labels``.

    ``pipeline``: the name or folder of one, or one that is loaded.

    Raises:
        RealmError: spaCy or the pipeline is not installed, or none of its entities has such a label.
    """
    nlp = _spacy(pipeline) if isinstance(pipeline, str) else pipeline
    known = getattr(nlp, "pipe_labels", {})
    wanted = _wanted(labels, [name for pipe in ("ner", "entity_ruler") for name in known.get(pipe, ())])

    def tag(text: str) -> list[Span]:
        return whole_words(text, ((e.start_char, e.end_char, e.label_) for e in nlp(text).ents), wanted)

    return tag


def _spacy(name: str) -> Callable[[str], Any]:
    try:
        import spacy
    except ImportError:
        raise RealmError(
            f"Tagging with {name!r} needs spaCy, which is not installed. Run: pip install spacy"
        ) from None
    try:
        return spacy.load(name)
    except OSError as error:
        raise RealmError(
            f"spaCy finds no pipeline {name!r}. Run: python -m spacy download {name}, or give its folder."
        ) from error


def pipeline_tagger(checkpoint: str, labels: Iterable[str] = SALIENT, device: str = "cpu") -> Tagger:
    """Return a tagger that finds the entities of a ``transformers`` model for token classification.

    ``checkpoint``: its folder or hub name.  A text longer than the model can take is read in parts.

    Raises:
        RealmError: it cannot be loaded, or none of its labels is one of ``labels``.
    """
    from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

    try:
        model = AutoModelForTokenClassification.from_pretrained(checkpoint)
        tokenizer = AutoTokenizer.from_pretrained(checkpoint, use_fast=True)
    except Exception as error:  # every kind of model has errors of its own
        raise RealmError(
            f"No tagger could be loaded from {checkpoint!r} ({reason_of(error)}). Give a folder with a "
            "model for token classification and its tokenizer, or a hub name where a network is at hand."
        ) from error
    wanted = _wanted(labels, [re.sub(r"^[BIES]-", "", name) for name in model.config.id2label.values()])
    room = model.config.max_position_embeddings - 2  # RoBERTa's places are numbered from 2
    tokenizer.model_max_length = min(tokenizer.model_max_length, room)
    classify = pipeline(
        "token-classification",
        model=model,
        tokenizer=tokenizer,
        aggregation_strategy="simple",
        stride=tokenizer.model_max_length // 4,
        device=device,
    )

    def tag(text: str) -> list[Span]:
        found: list[Mapping[str, Any]] = classify(text) if text.strip() else []
        return whole_words(text, ((e["start"], e["end"], e["entity_group"]) for e in found), wanted)

    return tag


def _wanted(labels: Iterable[str], known: Iterable[str]) -> frozenset[str]:
    """Return ``labels`` in capitals; ``known`` are those that the pipeline says it has, if it does."""
    wanted, there = frozenset(name.upper() for name in labels), sorted(set(known) - {"O"})
    if there and not wanted & {name.upper() for name in there}:
        raise RealmError(
            f"None of the tagger's labels ({', '.join(there)}) is one of those wanted "
            f"({', '.join(sorted(wanted))}). Say labels= which of them to hide."
        )
    return wanted


def whole_words(text: str, found: Iterable[tuple[int, int, str]], wanted: frozenset[str]) -> list[Span]:
    """Return the spans with a wanted label, each widened to whole words, no two overlapping.

    Models that see parts of words may tag a part alone, which would give the rest of the word away.

    >>> whole_words("At Oxleyham, 1901", [(3, 8, "LOC"), (13, 17, "CARDINAL")], frozenset({"LOC"}))
    [Span(start=3, end=11, label='LOC')]
    """
    spans: list[Span] = []
    words = [match.span() for match in _WORD.finditer(text)]
    for start, end, label in sorted(found):
        inside = [(a, b) for a, b in words if a < end and start < b]
        if label.upper() not in wanted or not inside:
            continue
        span = Span(min(inside[0][0], _stripped(text, start)), max(inside[-1][1], _closed(text, end)), label)
        if spans and span.start < spans[-1].end:
            spans[-1] = spans[-1]._replace(end=max(span.end, spans[-1].end))
        else:
            spans.append(span)
    return spans


def _stripped(text: str, start: int) -> int:
    return start + len(text[start:]) - len(text[start:].lstrip())


def _closed(text: str, end: int) -> int:
    return len(text[:end].rstrip())
