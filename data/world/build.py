"""Assemble the pocket world from its domains and write it down, deterministically."""

import importlib
import json
import pkgutil
import re
from collections import Counter, defaultdict
from hashlib import blake2b
from math import ceil
from pathlib import Path
from random import Random

from . import domains as domain_package
from .grammar import fill, mark, rng_for, unmark
from .model import Domain, Entity, Relation

X_SHARE = 0.70  # share of the facts that the news (X) may state
TEST_SHARE, DEV_SHARE = 0.12, 0.08  # shares of the facts whose questions are kept for test and dev
UNSEEN_FORMS = 2  # how many question forms of a relation, drawn at random, only the test part uses
UNSEEN_SHARE = 0.2  # share of the test questions in such a form
# share of the questions that describe their subject, where one can; of training questions more, for there
# nothing is described by a fact that dev or test questions ask for, so that fewer can
DESCRIBED_SHARE, DESCRIBED_TRAIN = 0.27, 0.32
NAMED_KEPT, WHO_KEPT = 0.7, 0.3  # shares kept of questions that name, and that ask for a name
NEWS_TWICE = 0.75  # share of the facts in X that two news texts state, not one
NEWS_DESCRIBED, NEWS_SHORT = 0.30, 0.15  # shares of news texts that describe, or use a short name
# A relation with few facts is told and asked in more wordings: about so many texts a relation, at most
# so many a fact.  Only training questions are multiplied.  Three of each fact, some of which are dropped,
# make it dearer to learn a passage's answer by heart than to learn what is asked.
NEWS_WANTED, NEWS_MOST = 240, 6
ASKED_WANTED, ASKED_LEAST, ASKED_MOST = 200, 3, 4
WHO_ASKED = 2


def load_domains(only: tuple[str, ...] = ()) -> list[Domain]:
    """Return all domains (or the named ones), sorted by name, their descriptions unambiguous."""
    names = sorted(m.name for m in pkgutil.iter_modules(domain_package.__path__))
    loaded = [
        importlib.import_module(f"{domain_package.__name__}.{name}").domain()
        for name in names
        if not only or name in only
    ]
    for domain in loaded:
        keep_unambiguous(domain)
        check(domain)
    return loaded


def keep_unambiguous(domain: Domain) -> None:
    """Drop every description that fits two entities of the domain."""
    seen = Counter(
        d.text.casefold() for e in domain.entities for d in {d.text: d for d in e.descriptions}.values()
    )
    for entity in domain.entities:
        entity.descriptions = [
            d
            for d in entity.descriptions
            if seen[d.text.casefold()] == 1 and all(r in entity.facts for r in d.uses)
        ]


def check(domain: Domain) -> None:
    """Raise ValueError where a domain breaks the rules that the builder relies on."""
    ids = Counter(e.id for e in domain.entities)
    if double := [i for i, n in ids.items() if n > 1]:
        raise ValueError(f"{domain.name}: two entities have the id {double[0]!r}.")
    relations = {r.name: r for r in domain.relations}
    for entity in domain.entities:
        for name, fact in entity.facts.items():
            if name not in relations or fact.relation != name:
                raise ValueError(f"{domain.name}: {entity.id} has a fact of unknown relation {name!r}.")
            if not fact.answers or not all(a.strip() == a and a for a in fact.answers):
                raise ValueError(f"{domain.name}: {entity.id}/{name} has an empty or padded answer.")
        for group in entity.passages:
            for name in group:
                if name not in entity.facts:
                    raise ValueError(f"{domain.name}: {entity.id} tells {name!r}, which it lacks.")


def unit(*names: str) -> float:
    """Return a number in [0, 1) that depends on ``names`` alone."""
    return int.from_bytes(blake2b("/".join(names).encode(), digest_size=8).digest()) / 2**64


def in_x(key: str) -> bool:
    """Return whether news may state the fact."""
    return unit("x", key) < X_SHARE


def split_of(key: str) -> str:
    """Return the part (train, dev, test) that all questions about the fact belong to."""
    u = unit("split", key)
    return "test" if u < TEST_SHARE else "dev" if u < TEST_SHARE + DEV_SHARE else "train"


def holds(text: str, answers: tuple[str, ...] | list[str]) -> bool:
    """Return whether the text has one of the answers in it as whole words, ignoring case.

    >>> holds("the firm trading as MMM", ["mm", "MMM"]), holds("the firm trading as MMM", ["mm"])
    (True, False)
    """
    return any(re.search(rf"(?<!\w){re.escape(a)}(?!\w)", text, re.IGNORECASE) for a in answers)


def tell(template: str, entity: Entity, relation: str, subject: str, rng: Random) -> str:
    """Return one filled sentence form, the object marked with the key of its fact."""
    fact = entity.facts[relation]
    surface = rng.choice(fact.surfaces or fact.answers)
    return fill(template, subject, mark(entity.key(relation), surface), **entity.attrs)


def write_passage(entity: Entity, group: tuple[str, ...], relations: dict[str, Relation], number: int) -> str:
    """Return the marked text of one passage: an opening sentence, then the other facts shuffled."""
    rng = rng_for("passage", entity.id, str(number))
    openers = [r for r in group if relations[r].opens] or list(group[:1])
    first = rng.choice(openers)
    rest = [r for r in group if r != first]
    rng.shuffle(rest)
    sentences, last = [], "name"
    for position, name in enumerate([first, *rest]):
        template = rng.choice(relations[name].passage)
        if position == 0:
            subject = entity.names[0]
        else:
            last = "short" if last == "pronoun" or rng.random() < 0.4 else "pronoun"
            subject = entity.short if last == "short" else entity.pronoun
        sentences.append(tell(template, entity, name, subject, rng))
    return " ".join(sentences)


def subjects(entity: Entity, relation: str, described_only_by_x: bool) -> list[tuple[str, tuple[str, ...]]]:
    """Return the descriptions that may stand for the entity where ``relation`` is stated or asked."""
    answers, key = entity.facts[relation].answers, entity.key(relation)
    return [
        (d.text, d.uses)
        for d in entity.descriptions
        if key not in {entity.key(r) for r in d.uses}
        and not holds(d.text, answers)
        and (not described_only_by_x or all(in_x(entity.key(r)) for r in d.uses))
    ]


def write_news(entity: Entity, relation: Relation, texts: int) -> list[dict]:
    """Return up to ``texts`` news texts that state one fact."""
    key = entity.key(relation.name)
    rng = rng_for("news", entity.id, relation.name)
    forms = rng.sample(relation.news, min(texts, len(relation.news)))
    told = subjects(entity, relation.name, described_only_by_x=True)
    found = []
    for form in forms:
        draw, uses = rng.random(), ()
        if told and draw < NEWS_DESCRIBED:
            subject, uses = rng.choice(told)
        elif entity.short_in_news and draw < NEWS_DESCRIBED + NEWS_SHORT:
            subject = entity.short
        else:
            subject = rng.choice(entity.names)
        if holds(subject, entity.facts[relation.name].answers):
            continue
        text, spans = unmark(tell(form, entity, relation.name, subject, rng))
        found.append({"text": text, "spans": spans, "keys": [key, *(entity.key(r) for r in uses)]})
    return found


def write_questions(domain: Domain, entity: Entity, relation: Relation, texts: int) -> list[dict]:
    """Return up to ``texts`` questions about one fact, of which some may be dropped."""
    found = [write_question(domain, entity, relation, number) for number in range(texts)]
    return [question for question in found if question]


def write_question(domain: Domain, entity: Entity, relation: Relation, number: int) -> dict | None:
    """Return one question about a fact, or none: its subject is named or described."""
    key = entity.key(relation.name)
    rng = rng_for("question", entity.id, relation.name, *([str(number)] if number else []))
    fact, split = entity.facts[relation.name], split_of(key)
    told, share = subjects(entity, relation.name, described_only_by_x=False), DESCRIBED_SHARE
    if split == "train":
        share = DESCRIBED_TRAIN
        told = [(text, uses) for text, uses in told if only_trained(entity, uses)]
    described = bool(told) and rng.random() < share
    subject = rng.choice(told)[0] if described else rng.choice(entity.names)
    name = f"{domain.name}.{relation.name}"
    form, unseen = question_form(name, relation.questions, split, rng)
    text, _ = unmark(fill(form, subject, **entity.attrs))
    if holds(text, fact.answers) or not (described or rng.random() < NAMED_KEPT):
        return None
    kind = "described" if described else "named"
    return asked(text, fact.answers, key, name, kind, unseen)


def only_trained(entity: Entity, relations: tuple[str, ...]) -> bool:
    """Return whether none of these facts is kept for dev or test questions."""
    return all(split_of(entity.key(r)) == "train" for r in relations)


def write_who(domain: Domain, entity: Entity) -> list[dict]:
    """Return questions that describe the entity and ask for its name: none, one, or more to train on."""
    made = [write_one_who(domain, entity, number) for number in range(WHO_ASKED)]
    return [q for number, q in enumerate(made) if q and (number == 0 or q["split"] == "train")]


def write_one_who(domain: Domain, entity: Entity, number: int) -> dict | None:
    """Return one question that describes the entity and asks for its name, or none."""
    rng = rng_for("who", entity.id, *([str(number)] if number else []))
    fitting = [d for d in entity.descriptions if d.uses and not holds(d.text, entity.names)]
    if not fitting or rng.random() > WHO_KEPT:
        return None
    description = rng.choice(fitting)
    key = entity.key(description.uses[0])
    if split_of(key) == "train" and not only_trained(entity, description.uses):
        return None
    name = f"{domain.name}.who"
    form, unseen = question_form(name, domain.who, split_of(key), rng)
    text = fill(form, description=description.text, **entity.attrs)
    return asked(text, entity.names, key, name, "who", unseen)


def question_form(name: str, forms: tuple[str, ...], split: str, rng: Random) -> tuple[str, bool]:
    """Return a question form of a relation and whether it is one of those that only the test part uses."""
    unseen = split == "test" and rng.random() < UNSEEN_SHARE
    kept = rng_for("unseen", name).sample(forms, UNSEEN_FORMS)
    return rng.choice([form for form in forms if (form in kept) == unseen]), unseen


def asked(text: str, answers: tuple[str, ...], key: str, relation: str, kind: str, unseen: bool) -> dict:
    """Return the line of one question."""
    return {
        "question": text,
        "answers": list(answers),
        "split": split_of(key),
        "key": key,
        "relation": relation,
        "kind": kind,
        "unseen_wording": unseen,
    }


def unique_texts(rows: list[dict], field: str) -> list[dict]:
    """Return the rows whose text was not seen before, ignoring case."""
    seen: set[str] = set()
    return [r for r in rows if not (r[field].casefold() in seen or seen.add(r[field].casefold()))]


def build(only: tuple[str, ...] = ()) -> dict[str, list[dict]]:
    """Return the four tables of the world: passages, annotations, news, questions."""
    passages, annotations, news, questions = [], [], [], []

    def add(ident: str, title: str, marked: str) -> None:
        text, spans = unmark(marked)
        passages.append({"id": ident, "title": title, "text": text})
        annotations.append({"id": ident, "spans": [list(s) for s in spans]})

    for domain in load_domains(only):
        relations = {r.name: r for r in domain.relations}
        stated = Counter(n for e in domain.entities for n in e.facts if in_x(e.key(n)))
        trained = Counter(n for e in domain.entities for n in e.facts if split_of(e.key(n)) == "train")
        for entity in domain.entities:
            for number, group in enumerate(entity.passages):
                title = entity.titles[number] if number < len(entity.titles) else entity.names[0]
                ident = entity.id if number == 0 else f"{entity.id}#{number + 1}"
                add(ident, title, write_passage(entity, group, relations, number))
            for name in entity.facts:
                relation, key = relations[name], entity.key(name)
                if relation.told and relation.news and in_x(key):
                    once = 2 if unit("count", key) < NEWS_TWICE else 1
                    texts = max(once, min(NEWS_MOST, ceil(NEWS_WANTED / stated[name])))
                    news += write_news(entity, relation, texts)
                if relation.asked and relation.questions:
                    texts = 1
                    if split_of(key) == "train":
                        texts = min(ASKED_MOST, max(ASKED_LEAST, ceil(ASKED_WANTED / trained[name])))
                    questions += write_questions(domain, entity, relation, texts)
            if domain.who:
                questions += write_who(domain, entity)
        for overview in domain.overviews:
            add(f"{domain.name}/{overview.id.removeprefix(domain.name + ':')}", overview.title, overview.text)
    return link(passages, annotations, unique_texts(news, "text"), unique_texts(questions, "question"))


def link(passages: list, annotations: list, news: list, questions: list) -> dict[str, list[dict]]:
    """Add the gold passages: those that state the fact and hold an accepted answer."""
    tellers, texts = defaultdict(list), {}
    for passage, annotation in zip(passages, annotations, strict=True):
        if passage["id"] in texts:
            raise ValueError(f"Two passages have the id {passage['id']!r}.")
        texts[passage["id"]] = passage["text"]
        for key in dict.fromkeys(span[2] for span in annotation["spans"]):
            tellers[key].append(passage["id"])
    told = {key for row in news for key in row["keys"]}
    out_news, out_questions = [], []
    for number, row in enumerate(news):
        gold = {
            "spans": [list(s) for s in row["spans"]],
            "keys": row["keys"],
            "passages": tellers[row["keys"][0]],
        }
        out_news.append({"id": f"n{number:05d}", "text": row["text"], "gold": gold})
    for row in questions:
        gold = [p for p in tellers[row["key"]] if holds(texts[p], row["answers"])]
        if gold:
            flags = {"fact_in_x": row["key"] in told, "passages": gold}
            out_questions.append({"id": f"q{len(out_questions):05d}", **row, **flags})
    return {"passages": passages, "annotations": annotations, "news": out_news, "questions": out_questions}


def write(tables: dict[str, list[dict]], folder: Path) -> None:
    """Write the tables as JSON lines, each file beside its place first and then renamed."""
    names = {"annotations": "passages.annotations"}
    for table, rows in tables.items():
        path = folder / f"{names.get(table, table)}.jsonl"
        beside = path.with_suffix(".jsonl.part")
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        beside.write_text("".join(lines), encoding="utf-8", newline="\n")
        beside.replace(path)
