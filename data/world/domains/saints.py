"""Saints: a passage each where three dates are known, else a place in a passage about a century."""

from ..grammar import fill, mark, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .artists import in_parts

CENTURIES = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first"
).split()

RELATIONS = (
    Relation(
        name="canonised",
        opens=True,
        passage=(
            "{S} is a Christian saint, whose canonisation took place at Rome in the year {o}.",
            "{S} is one of the saints of the Catholic Church and was canonised in the year {o}.",
            "The saint {s} was canonised by the Catholic Church in the year {o}.",
            "In the year {o} the Catholic Church canonised {s}, whose name now stands in its list of saints.",
            "Among the saints of the Catholic Church is {s}, whose canonisation dates from {o}.",
            "The canonisation of {s}, now a saint of the Catholic Church, was celebrated in {o}.",
            "A saint of the Catholic Church, {s} was canonised by the pope in {o}.",
            "{S}, a saint of the Catholic Church, was canonised in {o}.",
        ),
        news=(
            "The pope raised {s} to the altars in {o}.",
            "A guide for pilgrims notes that the pope added {s} to the roll of the holy in {o}.",
            "Rome declared {s} a saint in {o}.",
            "The halo became official in {o}: from then on {s} was honoured by the whole Church.",
            "The process that made {s} a saint came to its end in {o}.",
            "Since {o} the faithful have been able to ask {s} for help as a saint of the Church.",
            "It was in {o} that {s} officially joined the company of the holy.",
            "The Vatican's solemn declaration that {s} is in heaven came in {o}.",
        ),
        questions=(
            "When was {s} canonised?",
            "In what year did {s} become a saint?",
            "In which year was {s} declared a saint?",
            "What is the year of the canonisation of {s}?",
            "Since what year has {s} officially been a saint?",
            "Which year brought {s} to the altars?",
            "When did the pope put {s} on the list of the holy?",
            "In what year did the halo of {s} become official?",
        ),
    ),
    Relation(
        name="birth",
        passage=(
            "According to the biographies, {s} was born in the year {o}.",
            "The books on saints give {p} year of birth as {o}.",
            "The biographies say that {p} life on earth began in the year {o}.",
            "The year in which {s} was born is known to have been {o}.",
            "{P} birth is placed by the biographers in the year {o}.",
            "When {s} was born, the calendar showed the year {o}.",
            "The date of {p} birth falls in the year {o}.",
            "As for the beginning of life, {s} was born in the year {o}.",
        ),
        news=(
            "The year was {o} when {s} came into the world.",
            "A child arrived in the year {o} whom the world would know as {s}.",
            "{S} saw the light of day for the first time in {o}.",
            "The parents of {s} welcomed their baby in the year {o}.",
            "The age of {s} is counted from {o}.",
            "The story of {s} opens in the year {o}.",
            "The childhood of {s} began in {o}.",
            "{S} belonged to the children of {o}.",
        ),
        questions=(
            "When was {s} born?",
            "In what year was {s} born?",
            "What is the birth year of {s}?",
            "In which year did {s} come into the world?",
            "Which year saw the birth of {s}?",
            "From what year must one count the age of {s}?",
            "Which year was the first in the life of {s}?",
            "How far back, to which year, does the life of {s} reach?",
        ),
    ),
    Relation(
        name="death",
        passage=(
            "According to the biographies, {s} died in the year {o}.",
            "{P} death came in the year {o}, as the books on saints record.",
            "The year of {p} death is given as {o}.",
            "{P} life on earth ended in the year {o}.",
            "{S} lived until the year {o}, when death came.",
            "The records name {o} as the year when {s} died.",
            "The year in which {s} died was {o}.",
            "In the year {o}, by all accounts, {s} died.",
        ),
        news=(
            "{S} passed away in the year {o}.",
            "The faithful lost {s} in the year {o}.",
            "The final hour of {s} struck in {o}.",
            "The faithful have had to do without {s} since {o}.",
            "In {o} {s} went home to God, as believers say.",
            "{O} was the last year on earth for {s}.",
            "The earthly journey of {s} was over in {o}.",
            "Mourners took leave of {s} in the year {o}.",
            "{S} did not live to see the end of {o}.",
        ),
        questions=(
            "When did {s} die?",
            "In what year did {s} die?",
            "What was the year of the death of {s}?",
            "Until what year did {s} live?",
            "Which year was the last on earth for {s}?",
            "When did the final hour strike for {s}?",
            "In what year did {s} pass away?",
            "In which year did the earthly journey of {s} end?",
            "Which year left the faithful without {s}?",
        ),
    ),
)

WHO = (
    "Who is {d}?",
    "Name {d}.",
    "What is the name of {d}?",
    "Which name belongs to {d}?",
    "Who is meant by {d}?",
    "Of whom does one speak as {d}?",
    "Do you know the name of {d}?",
    "Under what name do people pray to {d}?",
)

# How an overview tells one death, {who} in {year}.
DEATH_FORMS = (
    ("{who} died in {year}", "{who} in {year}", "and {who} in {year}"),
    ("{year} saw the death of {who}", "{year} that of {who}", "and {year} that of {who}"),
    ("the death of {who} came in {year}", "that of {who} in {year}", "and that of {who} in {year}"),
    ("{who} lived until {year}", "{who} until {year}", "and {who} until {year}"),
)

OVERVIEW_FORMS = (
    "Several saints belong to the {span} by the year of their death. {deaths:c}.",
    "The calendar of saints remembers people who died in the {span}. {deaths:c}.",
    "In the {span}, death came to several people whom the Church honours as saints: {deaths}.",
    "These saints of the {span} are listed by the year in which they died. {deaths:c}.",
    "A history of the saints in the {span} has these deaths to record: {deaths}.",
    "Books about saints arrange them by the year of death. For the {span} they have this: {deaths}.",
)


def century(year: str) -> str:
    """Return the century of a year in words.

    >>> century("1200"), century("1201")
    ('twelfth', 'thirteenth')
    """
    return CENTURIES[(int(year) - 1) // 100]


def span(part: list[Entity]) -> str:
    """Return the centuries in which the saints of ``part`` died, in words."""
    first, last = (century(e.facts["death"].answers[0]) for e in (part[0], part[-1]))
    if first == last:
        return f"{first} century"
    link = "and" if CENTURIES.index(last) - CENTURIES.index(first) == 1 else "to"
    return f"{first} {link} {last} centuries"


def overviews(entities: list[Entity]) -> list[Overview]:
    """Return passages that tell when saints without a passage of their own died."""
    order = sorted(entities, key=lambda e: (int(e.facts["death"].answers[0]), e.id))
    parts = in_parts([e for e in order if not e.passages], 6)
    titles = [f"Saints of the {span(part)}" for part in parts]
    found = []
    for number, part in enumerate(parts):
        rng = rng_for("overview", f"saints:{part[0].id}")
        first, middle, last = rng.choice(DEATH_FORMS)
        clauses = [
            form.format(who=e.names[0], year=mark(e.key("death"), e.facts["death"].answers[0]))
            for form, e in zip([first] + [middle] * (len(part) - 2) + [last], part, strict=True)
        ]
        text = fill(rng.choice(OVERVIEW_FORMS), span=span(part), deaths=", ".join(clauses))
        same = titles[: number + 1].count(titles[number])
        title = f"{titles[number]} ({same})" if titles.count(titles[number]) > 1 else titles[number]
        ident = f"saints:{span(part).replace(' ', '-')}/{same}"
        found.append(Overview(id=ident, title=title, text=text))
    return found


def describe(role: str, facts: dict[str, Fact]) -> list[Description]:
    """Return descriptions of a saint by the known dates and by ``role``, what the saint was in life."""
    year = {name: fact.answers[0] for name, fact in facts.items()}
    found = []
    if role:
        found.append(Description(text=f"the {role} (died {year['death']})", uses=("death",)))
    if role and "birth" in year:
        found.append(Description(text=f"the {role} (born {year['birth']})", uses=("birth",)))
    if "birth" in year:
        text = f"the saint who lived from {year['birth']} to {year['death']}"
        found.append(Description(text=text, uses=("birth", "death")))
        text = f"the saint born in {year['birth']} and canonised in {year['canonised']}"
        found.append(Description(text=text, uses=("birth", "canonised")))
    return found


def domain() -> Domain:
    """Return the saints whose year of death is known."""
    entities = []
    for row in read_facts("saints"):
        known = {"canonised": row["canonised"], "birth": row["birth_year"], "death": row["death_year"]}
        facts = {name: Fact(relation=name, answers=(year,)) for name, year in known.items() if year}
        entities.append(
            Entity(
                id=row["id"],
                names=(row["name"], *filter(None, row["aliases"].split("; "))),
                short=row["short"],
                pronoun=row["pronoun"],
                facts=facts,
                descriptions=describe(row["role"], facts),
                passages=[tuple(facts)] if "canonised" in facts else [],
            )
        )
    return Domain(
        name="saints", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews(entities)
    )
