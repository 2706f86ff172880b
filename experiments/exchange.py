"""A corpus in which facts have been exchanged: what one passage said of one subject, it now says of another.

Two facts of the same relation give each other their objects, wherever a passage states them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from realm_mini.corpus import Passage, Question
from realm_mini.fit import rng_for
from realm_mini.masking import Span
from realm_mini.metrics import has_answer
from realm_mini.text import normalize_answer
from realm_mini.world import World


@dataclass(frozen=True)
class Exchange:
    """A question with what it had for an answer and what it has now."""

    question: Question
    old: tuple[str, ...]
    new: str


def statements(world: World) -> dict[str, list[tuple[str, Span]]]:
    """Return where each fact is stated: its key, and passages with the span of the object."""
    found: dict[str, list[tuple[str, Span]]] = defaultdict(list)
    for ident, spans in world.annotated.items():
        for span in spans:
            found[span.label].append((ident, span))
    return found


def editable(world: World, questions: Sequence[Question]) -> list[Question]:
    """Return one question a fact, of those facts that can be changed wherever a passage states them.

    Left out are facts that some passage states from the other side (the object there is no answer), and
    those whose passages name the answer outside of the marked places too: such a passage would contradict
    itself, or go on telling the old fact.
    """
    stated, kept = statements(world), {}
    for question in questions:
        key = question.flags["key"]
        places = stated.get(key, [])
        if key in kept or not places or question.flags["kind"] == "who":
            continue
        wanted = {normalize_answer(a) for a in question.answers}
        texts = {i: world.corpus[world.corpus.row(i)].text for i, _ in places}
        if any(normalize_answer(texts[i][s.start : s.end]) not in wanted for i, s in places):
            continue
        blanked = [blank(texts[i], [s for j, s in places if j == i]) for i in texts]
        if not any(has_answer(text, question.answers) for text in blanked):
            kept[key] = question
    return list(kept.values())


def blank(text: str, spans: Sequence[Span], put: str = " ") -> str:
    """Return the text with something else at the places of the spans.

    >>> blank("Born in Rome, died in Rome.", [Span(8, 12, ""), Span(22, 26, "")], "Pisa")
    'Born in Pisa, died in Pisa.'
    """
    for span in sorted(spans, reverse=True):
        text = text[: span.start] + put + text[span.end :]
    return text


def pairs(questions: Sequence[Question], count: int, seed: int = 0) -> list[tuple[Question, Question]]:
    """Return up to ``count`` // 2 pairs of questions of one relation with nothing in common in their answers.

    Drawn in turn from all relations, so that none with many facts fills them all.
    """
    rng = rng_for(seed, "exchange")
    by_relation: dict[str, list[Question]] = defaultdict(list)
    for i in rng.permutation(len(questions)):
        by_relation[questions[i].flags["relation"]].append(questions[i])
    found: list[tuple[Question, Question]] = []
    while by_relation and 2 * (len(found) + 1) <= count:
        for relation in sorted(by_relation):
            first, rest = by_relation[relation][0], by_relation[relation][1:]
            other = next((q for q in rest if _differ(first, q)), None)
            by_relation[relation] = [q for q in rest if q is not other]
            if other is not None and 2 * (len(found) + 1) <= count:
                found.append((first, other))
        by_relation = {r: left for r, left in by_relation.items() if len(left) > 1}
    return found


def _differ(a: Question, b: Question) -> bool:
    left, right = ({normalize_answer(x) for x in q.answers} for q in (a, b))
    return not left & right


def exchange(
    world: World, chosen: Sequence[tuple[Question, Question]]
) -> tuple[list[Passage], list[Exchange]]:
    """Return the passages that change, as they are afterwards, and what each question should now get."""
    stated, asked = statements(world), []
    edits: dict[str, list[tuple[Span, str]]] = defaultdict(list)
    for first, other in chosen:
        for question, giver in ((first, other), (other, first)):
            asked.append(Exchange(question, question.answers, giver.answers[0]))
            for ident, span in stated[question.flags["key"]]:
                edits[ident].append((span, giver.answers[0]))
    passages = []
    for ident, spans in edits.items():
        z = world.corpus[world.corpus.row(ident)]
        text = z.text
        for span, put in sorted(spans, reverse=True):
            text = blank(text, [span], put)
        passages.append(Passage(z.id, z.title, text))
    return passages, asked
