"""What went wrong where an answer is wrong: each is sorted by the first rule that fits.

============== ===================================================================================
normalisation  an accepted answer lies in what was said, or what was said lies in it
ambiguous      the same words ask for another fact too, or the subject has a namesake, and the
               answer is right for that one
retrieval miss no gold passage is among those read
reading miss   a gold passage was read
============== ===================================================================================

The last two are split further, by rules as well (:func:`detail`).
"""

from collections import Counter, defaultdict
from typing import Any

from realm_mini.answers import Answer
from realm_mini.corpus import Question
from realm_mini.evaluate import holds_answer, is_right
from realm_mini.metrics import has_answer
from realm_mini.model import Realm
from realm_mini.text import normalize_answer
from realm_mini.world import World

EXAMPLES = 3
KINDS = ("normalisation", "ambiguous", "retrieval miss", "reading miss")


class Readings:
    """What a question may also have meant: facts asked in the same words, and namesakes of its subject."""

    def __init__(self, world: World) -> None:
        self._corpus = world.corpus
        self._asked: dict[str, list[Question]] = defaultdict(list)
        for part in world.questions.values():
            for question in part:
                self._asked[normalize_answer(question.text)].append(question)
        self._titled: dict[str, list[str]] = defaultdict(list)
        for passage in world.corpus:
            self._titled[bare(passage.title)].append(passage.id)
        self.objects: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for ident, spans in world.annotated.items():
            text = world.corpus[world.corpus.row(ident)].text
            for span in spans:
                self.objects[ident][span.label].add(normalize_answer(text[span.start : span.end]))

    def allow(self, answer: str, question: Question) -> bool:
        """Return whether another reading of the question makes the answer right."""
        for other in self._asked[normalize_answer(question.text)]:
            if other.flags.get("key") != question.flags.get("key") and is_right(answer, other):
                return True
        key, wanted = question.flags.get("key", ""), normalize_answer(answer)
        titles = {
            bare(self._corpus[self._corpus.row(ident)].title)
            for ident in question.passages
            if _is_about(ident, key)
        }
        return any(
            _relation(other) == _relation(key) and other != key and _is_about(ident, other) and wanted in said
            for title in titles
            for ident in self._titled[title]
            for other, said in self.objects[ident].items()
        )


def bare(title: str) -> str:
    """Return a title without what stands in brackets.

    >>> bare("Georgia (country)")
    'georgia'
    """
    return " ".join(title.partition("(")[0].casefold().split())


def _relation(key: str) -> str:
    return key.rpartition("/")[2]


def _is_about(ident: str, key: str) -> bool:
    """Return whether a passage is about the subject of a fact; an overview that names many is not.

    >>> _is_about("laureate:x#2", "laureate:x/born"), _is_about("overview:1", "laureate:x/born")
    (True, False)
    """
    return ident.partition("#")[0] == key.rpartition("/")[0]


def sort_of(answer: Answer, question: Question, readings: Readings) -> tuple[str, str]:
    """Return which kind of failure a wrong answer is, and its detail."""
    said = answer.answer
    if holds_answer(said, question):
        return "normalisation", "too long"
    if any(has_answer(a, [said]) for a in question.answers):
        return "normalisation", "too short"
    if readings.allow(said, question):
        return "ambiguous", "another reading"
    return detail(answer, question, readings)


def detail(answer: Answer, question: Question, readings: Readings) -> tuple[str, str]:
    """Return where the error lies: in what was found, in the reading of it, or in their weights."""
    gold = set(question.passages)
    best = next((p for p in answer.passages if p.id in gold), None)
    if best is None:
        held = any(holds_answer(p.text, question) for p in answer.passages)
        return (
            "retrieval miss",
            "another passage read holds the answer" if held else "no passage read holds it",
        )
    if is_right(best.answer, question):
        return "reading miss", "right in the gold passage, outvoted by others"
    wanted = normalize_answer(answer.answer)
    own = readings.objects[best.id]
    if any(wanted in said for said in own.values()):
        return "reading miss", "another fact of the gold passage"
    relation = _relation(question.flags.get("key", ""))
    for p in answer.passages:
        if any(_relation(key) == relation and wanted in said for key, said in readings.objects[p.id].items()):
            return "reading miss", "the same relation of another subject"
    return "reading miss", "something else"


def failures(model: Realm, world: World, split: str) -> dict[str, Any]:
    """Return counts and the first examples of each kind of failure on a part of the questions."""
    questions, readings = world.questions[split], Readings(world)
    counts: Counter[str] = Counter()
    details: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    by_asking: dict[str, Counter[str]] = defaultdict(Counter)
    examples: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for answer, question in zip(model.answer_many([q.text for q in questions]), questions, strict=True):
        asking = str(question.flags.get("kind", ""))
        if is_right(answer.answer, question):
            counts["right"] += 1
            by_asking[asking]["right"] += 1
            continue
        kind, why = sort_of(answer, question, readings)
        counts[kind] += 1
        by_asking[asking][kind] += 1
        details[kind][why] += 1
        if len(examples[kind]) < EXAMPLES:
            examples[kind].append(
                {
                    "question": question.text,
                    "accepted": list(question.answers),
                    "said": answer.answer,
                    "p": round(answer.p_y, 3),
                    "detail": why,
                    "read": [p.title for p in answer.passages],
                }
            )
    return {
        "split": split,
        "questions": len(questions),
        "counts": {kind: counts[kind] for kind in ("right", *KINDS)},
        "details": {kind: dict(found.most_common()) for kind, found in details.items()},
        "by kind of question": {
            a: {kind: c[kind] for kind in ("right", *KINDS)} for a, c in sorted(by_asking.items())
        },
        "examples": examples,
    }
