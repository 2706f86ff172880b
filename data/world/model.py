"""The words the generator thinks in: facts, entities, relations, domains.

A *domain* (say, laureates) lists its *entities* (Arne Tiselius) and its *relations* (where
somebody was born).  An entity holds at most one *fact* a relation.  A relation knows how to say
its fact in three registers that share as few words as possible: the encyclopaedia passage, the
news sentence and the question.

Sentence forms are ``str.format`` templates with these fields:

====== =====================================================================================
field   what is written there
====== =====================================================================================
{s}     the subject: a name, a short name, a pronoun or a description, whichever suits the text
{S}     the same at the start of a sentence, with a capital letter
{p} {P} the subject's possessive: "Curie's", "her", "the firm's"
{o} {O} the object of the fact, marked as the gold span
{d} {D} a description, in the forms of :attr:`Domain.who` only
{key}   any attribute of the entity (:attr:`Entity.attrs`); ``{key:a}`` puts "a" or "an" before
        it and ``{key:c}`` gives it a capital letter
====== =====================================================================================
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that is true of one entity.

    ``answers`` are the strings accepted as an answer, the canonical one first; every text that
    states the fact writes one of ``surfaces`` (by default: of the answers) word for word.
    ``key`` names the fact; two relations that tell the same fact from two sides share a key
    (``"country:FR/capital"`` for the capital of France and for what Paris is the capital of).
    """

    relation: str
    answers: tuple[str, ...]
    key: str = ""
    surfaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Description:
    """A way to point at an entity without its name: "the Swedish chemist honoured in 1948".

    ``uses`` are the relations of the entity that the description gives away; a question "who is
    {d}?" asks for the first of them.  Descriptions that fit two entities (the same text) are
    dropped by the builder, so a domain may propose freely.
    """

    text: str
    uses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A kind of fact and the forms that state it or ask for it.

    Two of the forms of ``questions``, drawn at random, are kept for the test part.  ``opens``: its
    passage forms make a good first sentence.  ``asked=False``: no question is made of it.
    ``told=False``: no news is made of it.
    """

    name: str
    passage: tuple[str, ...]
    news: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    opens: bool = False
    asked: bool = True
    told: bool = True


@dataclass(kw_only=True)
class Entity:
    """A person, place or thing.

    ``names``: the full name as passages introduce it, then other accepted full names.  ``short``:
    how later sentences of a passage call it (a surname, "the city").  ``short_in_news``: whether
    a news text may use ``short`` alone.  ``pronoun``: he, she or it.  ``passages``: groups of
    relations, one group a passage, each of 3 to 6; titles of second and later groups
    in ``titles``.
    """

    id: str
    names: tuple[str, ...]
    short: str
    pronoun: str
    facts: dict[str, Fact]
    attrs: dict[str, str] = field(default_factory=dict)
    descriptions: list[Description] = field(default_factory=list)
    passages: list[tuple[str, ...]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    short_in_news: bool = False

    def key(self, relation: str) -> str:
        """Return the name of the fact that this entity holds under ``relation``."""
        return self.facts[relation].key or f"{self.id}/{relation}"


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A passage about many entities; ``text`` may hold marks made by ``grammar.mark``."""

    id: str
    title: str
    text: str


@dataclass(kw_only=True)
class Domain:
    """A domain ready to be told.  ``who``: question forms with {d}, answered by a name."""

    name: str
    relations: tuple[Relation, ...]
    entities: list[Entity]
    who: tuple[str, ...] = ()
    overviews: list[Overview] = field(default_factory=list)
