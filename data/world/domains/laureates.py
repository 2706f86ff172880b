"""Nobel laureates: people only, one passage each, overviews by prize year, birth country and gender."""

from collections import Counter, defaultdict
from random import Random

from ..grammar import capital, listing, mark, possessive, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation

# What the three registers call a prize: its official name, the one who won it, and its short name.
FIELD = {
    "Chemistry": ("Nobel Prize in Chemistry", "chemist", "chemistry"),
    "Physics": ("Nobel Prize in Physics", "physicist", "physics"),
    "Physiology or Medicine": ("Nobel Prize in Physiology or Medicine", "medical researcher", "medicine"),
    "Literature": ("Nobel Prize in Literature", "writer", "literature"),
    "Peace": ("Nobel Peace Prize", "public figure", "peace"),
    "Economics": ("Nobel Prize in Economic Sciences", "economist", "economics"),
}
MOST_FACTS = 5  # a passage holds no more
MOST_NAMES = 11  # nor an overview
FEWEST_NAMES = 8  # of an overview by origin
# How to call a man and a woman of a nation where the adjective will not do.
NATIONALS = {
    "British": ("Briton", "Briton"),
    "French": ("Frenchman", "Frenchwoman"),
    "Swedish": ("Swede", "Swede"),
    "Polish": ("Pole", "Pole"),
    "Dutch": ("Dutchman", "Dutchwoman"),
    "Danish": ("Dane", "Dane"),
    "Spanish": ("Spaniard", "Spaniard"),
    "Irish": ("Irishman", "Irishwoman"),
    "Finnish": ("Finn", "Finn"),
    "Icelandic": ("Icelander", "Icelander"),
    "Turkish": ("Turk", "Turk"),
    "Czech": ("Czech", "Czech"),
    "Greek": ("Greek", "Greek"),
}
SPARE = ("birth_year", "death_year", "death_place", "affiliation", "shared_with")

RELATIONS = (
    Relation(
        name="award",
        opens=True,
        passage=(
            "{S}, {demonym:a} {noun}, was awarded the {prize} in {o}.",
            "In {o} the {prize} was given to {s}, {demonym:a} {noun}.",
            "The {prize} of {o} was awarded to the {demonym} {noun} {s}.",
            "{S} ({demonym} {noun}) was honoured with the {prize} in {o}.",
            "The {demonym} {noun} {s} is among the winners of the {prize}; the award was made in {o}.",
            "{S}, {demonym:a} {noun}, is listed among the winners of the {prize} for {o}.",
            "{S} is known as {demonym:a} {noun} to whom the {prize} was given in {o}.",
            "In {o} {s}, {demonym:a} {noun}, was chosen for the {prize}.",
            "The {demonym} {noun} {s} was named winner of the {prize} in {o}.",
            "The winners of the {prize} include {s}, {demonym:a} {noun}, who was honoured in {o}.",
        ),
        news=(
            "The news from {prize_city} in {o} was about {s} and the {area} medal.",
            "It was in {o} that {s} joined the ranks of Nobel laureates.",
            "{prize_city}, {o}: the {area} medal goes to {s}.",
            "{S} has counted as a Nobel laureate since {o}.",
            "The {area} medal of {o} bears the name of {s}.",
            "Those announced as new laureates in {o} included {s}.",
            "When it came to {area}, the jury in {prize_city} picked out {s} in {o}.",
            "{S} became a laureate in {o}, one more name on the {area} roll of honour.",
            "The Nobel jury's choice fell on {s} in {o}.",
            "In the list of the jury in {prize_city}, the name of {s} stands under {o}.",
            "A laureate since {o}, {s} has a place in every history of the {area} medal.",
        ),
        questions=(
            "When did {s} become a Nobel laureate?",
            "In what year did {s} win the Nobel Prize?",
            "Which year's Nobel Prize went to {s}?",
            "Since when has {s} been a Nobel laureate?",
            "In which year did the Nobel jury choose {s}?",
            "The Nobel medal of {s} dates from which year?",
            "In what year did the jury in {prize_city} vote for {s}?",
            "When was the name of {s} added to the list of Nobel laureates?",
        ),
    ),
    Relation(
        name="birth_year",
        passage=(
            "{S} was born in the year {o}.",
            "{P} year of birth was {o}.",
            "Biographies date {p} birth to {o}.",
            "The year in which {s} was born was {o}.",
            "{P} birth dates from the year {o}.",
            "The year {o} was that of {p} birth.",
            "{S} came from the generation born in the year {o}.",
            "Encyclopaedias give {o} as the year of {p} birth.",
        ),
        news=(
            "{S} belongs to the generation of {o}.",
            "In {o} the parents of {s} held their newborn for the first time.",
            "Whoever plans the centenary of {s} has to count from {o}.",
            "The first year in the life of {s} was {o}.",
            "When {o} ended, {s} was less than a year old.",
            "A list of children of {o} has to include {s}.",
            "The life story of {s} begins in {o}.",
            "{o} was the year that {s} came into the world.",
            "Anyone of the year {o} is as old as {s}.",
        ),
        questions=(
            "In what year did {s} come into the world?",
            "From which year do we count the age of {s}?",
            "In which year was {s} born?",
            "What is the birth year of {s}?",
            "In which year did the life of {s} begin?",
            "The birth of {s} took place in which year?",
            "Which year gave the world {s}?",
            "When was {s} a newborn child?",
        ),
    ),
    Relation(
        name="birth_place",
        passage=(
            "{S} was born in {o}{birth_tail}.",
            "{P} place of birth was {o}{birth_tail}.",
            "The place where {s} was born is {o}{birth_tail}.",
            "{P} birth took place in {o}{birth_tail}.",
            "By birth {s} came from {o}{birth_tail}.",
            "Reference works name {o} as the place of {p} birth.",
            "Handbooks place {p} birth in {o}{birth_tail}.",
            "The town or region of {p} birth was {o}{birth_tail}.",
        ),
        news=(
            "{S} first saw the light of day in {o}.",
            "A guide to {o} will mention that {s} came into the world there.",
            "The cradle of {s} stood in {o}.",
            "{S} is a native of {o}.",
            "The first home of {s} was in {o}.",
            "People in {o} can say that {s} comes from there.",
            "{S} hails from {o}.",
            "For {s}, life began in {o}.",
            "Among the sons and daughters of {o} is {s}.",
            "A page of local history tells that {s} comes from {o}.",
        ),
        questions=(
            "Where did {s} come into the world?",
            "Which place was the first home of {s}?",
            "From which place does {s} hail?",
            "Where did the life of {s} begin?",
            "What was the birthplace of {s}?",
            "Of which place is {s} a native?",
            "Where was {s} born?",
            "In which town or city did {s} first see the light of day?",
            "Where did the cradle of {s} stand?",
        ),
    ),
    Relation(
        name="death_year",
        passage=(
            "{S} died in the year {o}.",
            "{P} year of death was {o}.",
            "{P} death is dated to {o}.",
            "Biographies date {p} death to {o}.",
            "The year in which {s} died was {o}.",
            "The year {o} was that of {p} death.",
            "{S} lived until {o}.",
            "Handbooks give {o} as the year of {p} death.",
        ),
        news=(
            "{S} passed away in the course of {o}.",
            "In {o} colleagues bade farewell to {s}.",
            "The world lost {s} in {o}.",
            "The last year in the life of {s} was {o}.",
            "Admirers mourned {s} in {o}.",
            "The final year granted to {s} was {o}.",
            "Obituaries of {s} were printed in {o}.",
            "The life story of {s} ends in {o}.",
            "{o} was the year that took {s} from family and friends.",
        ),
        questions=(
            "When did {s} pass away?",
            "In what year did the life of {s} end?",
            "Until which year did {s} live?",
            "In which year was {s} mourned?",
            "In which year did {s} die?",
            "Which was the last year in the life of {s}?",
            "In what year did the world lose {s}?",
            "When were the obituaries of {s} printed?",
        ),
    ),
    Relation(
        name="death_place",
        passage=(
            "{S} died in {o}{death_tail}.",
            "{P} place of death was {o}{death_tail}.",
            "The place where {s} died is {o}{death_tail}.",
            "{P} death took place in {o}{death_tail}.",
            "{P} death occurred in {o}{death_tail}.",
            "At the time of death, {s} was in {o}{death_tail}.",
            "Reference works name {o} as the place of {p} death.",
            "{P} death is recorded in {o}{death_tail}.",
        ),
        news=(
            "The final days of {s} were spent in {o}.",
            "Those who mourned {s} had to think of {o}, the place of the last hours.",
            "For {s}, the journey of life ended in {o}.",
            "The last chapter in the life of {s} closed in {o}.",
            "{O} is where {s} passed away.",
            "From {o} came the news that {s} had passed away.",
            "{S} passed away in {o}, as an obituary reports.",
            "{S} drew a last breath in {o}.",
            "A guide to {o} will mention that {s} passed away there.",
        ),
        questions=(
            "Where did {s} pass away?",
            "In which place did the life of {s} end?",
            "Where were the last days of {s} spent?",
            "In which town or city did {s} pass away?",
            "What was the place of death of {s}?",
            "Where did {s} die?",
            "From where was the passing of {s} reported?",
            "Where did {s} draw a last breath?",
        ),
    ),
    Relation(
        name="affiliation",
        passage=(
            "At the time of the award {s} was working at {the}{o}.",
            "{S} was affiliated with {the}{o} when the prize was announced.",
            "{P} institution at the time was {the}{o}.",
            "{P} place of work in the prize year was {the}{o}.",
            "When the prize was announced, {s} was on the staff of {the}{o}.",
            "{S} held a post at {the}{o} when the award was made.",
            "The institution named beside {p} prize is {the}{o}.",
            "Records of the prize give {p} affiliation as {the}{o}.",
        ),
        news=(
            "Colleagues at {the}{o} could raise their glasses to a new laureate, {s}.",
            "In the year of the medal, the workplace of {s} was {the}{o}.",
            "Staff at {the}{o} could be proud of their laureate, {s}.",
            "The payroll of {the}{o} included {s} in the year of the medal.",
            "It was {the}{o} that employed {s} on the day of the Nobel call.",
            "{S} earned a living at {the}{o} in the year of the medal.",
            "The employer of {s} when {prize_city} called was {the}{o}.",
            "On the day the laureates were named, anyone looking for {s} had to try {the}{o}.",
            "The jury in {prize_city} knew {s} as one of the staff of {the}{o}.",
        ),
        questions=(
            "Who employed {s} in the year of the Nobel medal?",
            "At which university, institute or firm did {s} have a post as a new laureate?",
            "Where did {s} have a job when the Nobel medal came?",
            "Which university, institute or firm could claim {s} as its laureate?",
            "Who was the employer of {s} at the time of the Nobel Prize?",
            "With which institution was {s} affiliated when {prize_city} called?",
            "On whose payroll was {s} when {prize_city} called?",
            "Which seat of learning, laboratory or firm was the workplace of {s} in the Nobel year?",
        ),
    ),
    Relation(
        name="shared_with",
        passage=(
            "{S} shared the prize with {o}.",
            "{S} and {o} divided the prize between them.",
            "{P} co-winner was {o}.",
            "The same prize was also awarded to {o}, with whom {s} shared it.",
            "{S} received the award jointly with {o}.",
            "{S} shared the honour with {o}.",
            "The prize was divided; {p} co-winner was {o}.",
            "The prize was a joint one: {s} received it together with {o}.",
        ),
        news=(
            "{S} and {o} form a Nobel pair.",
            "{S} split the Nobel money with {o}.",
            "The other laureate in the field that year, next to {s}, was {o}.",
            "{O} took the part of the Nobel money that did not go to {s}.",
            "The Nobel jury paired {s} with {o}.",
            "On the Nobel list, {s} stands side by side with {o}.",
            "The jury in {prize_city} named two laureates, {s} and {o}.",
            "Next to the name of {o}, the announcement put that of {s}.",
            "The name next to {s} in the jury's announcement was {o}.",
        ),
        questions=(
            "Who split the Nobel money with {s}?",
            "With whom did {s} share the Nobel Prize?",
            "Who was the fellow laureate of {s}?",
            "Who was paired with {s} by the Nobel jury?",
            "Which other person took the prize in the same year and field as {s}?",
            "Whose name stood next to {s} in the Nobel announcement?",
            "Who else was rewarded together with {s}?",
            "Which laureate formed a pair with {s}?",
        ),
    ),
    Relation(
        name="companions",
        asked=False,
        told=False,
        passage=(
            "The other winners of that prize were {o}.",
            "{S} shared the prize with {o}.",
            "The award was divided among three people; {p} co-winners were {o}.",
            "The same award went to {o}, so that {s} was one of three winners.",
        ),
    ),
)

WHO = (
    "Who is {d}?",
    "Name {d}.",
    "What is the name of {d}?",
    "Give the name of {d}.",
    "Which person is meant by {d}?",
    "Do you know the name of {d}?",
    "Under what name do we know {d}?",
    "Can you say who {d} is?",
)

# Sentence patterns of the overviews: {names} is a list of names, {field} is "" or " in physics".
YEAR_PATTERNS = (
    "The Nobel laureates of {year} at a glance. {Body}.",
    "Several Nobel Prizes were announced in {year}. {Body}.",
    "{year} in the annals of the Nobel Prize: {body}.",
    "The list of Nobel Prizes for {year} reads as follows. {Body}.",
    "A look at the Nobel season of {year}: {body}.",
    "A chronicle of {year} has these Nobel Prizes. {Body}.",
    "The Nobel committees made the following choices in {year}. {Body}.",
)
CLAUSE_PATTERNS = (
    "for {subject}, {names}",
    "{subject} went to {names}",
    "{names} won the prize for {subject}",
    "{names} (for {subject})",
    "{subject} brought the prize to {names}",
)
ORIGIN_PATTERNS = (
    "Several Nobel laureates{field} have their roots in {place}. They include {names}.",
    "{names} were all born in {place}, and all of them won a Nobel Prize{field}.",
    "{Place} has given the world a number of Nobel laureates{field}, among them {names}.",
    "Who was born in {place} and won a Nobel Prize{field}? A list would hold the names of {names}.",
    "Nobel laureates{field} with a birthplace in {place} are not rare. Examples are {names}.",
    "Among the winners of Nobel Prizes{field}, {names} came into the world in {place}.",
    "A book about science and culture in {place} could show portraits of Nobel laureates{field} "
    "such as {names}.",
)
WOMEN_PATTERNS = (
    "Women among the Nobel laureates in {subject} include {names}.",
    "Among the women who have won a Nobel Prize in {subject} are {names}.",
    "{names} are women who have been honoured with a Nobel Prize in {subject}.",
    "Nobel laureates in {subject} have not all been men: {names} are among them too.",
    "In {subject}, the Nobel committees have chosen women such as {names}.",
    "A book on women and the Nobel Prize in {subject} would have chapters on {names}.",
)
YEAR_CLOSING = " The medals are handed over in December, in Stockholm and in Oslo."
LIST_CLOSING = " Their names cover many decades of the history of the prize."
SHORT = 30  # overviews of fewer words get a closing sentence
MOVED = ("Belarus", "Czech Republic", "Lithuania", "Poland", "Russia", "Ukraine")  # their borders have
WITH_THE = ("United Kingdom", "Netherlands", "Czech Republic", "United States")


def birth_facts(row: dict[str, str]) -> list[Fact]:
    """Return what is known of a laureate's birth and death."""
    facts = [Fact(relation="birth_year", answers=(row["birth_year"],))]
    if row["death_year"]:
        facts.append(Fact(relation="death_year", answers=(row["death_year"],)))
    for kind in ("birth", "death"):
        if place := row[f"{kind}_place"]:
            full = f"{place}, {row[f'{kind}_in']}" if row[f"{kind}_in"] else ""
            answers = tuple(a for a in (place, row[f"{kind}_place_then"], full) if a)
            facts.append(Fact(relation=f"{kind}_place", answers=answers, surfaces=(place,)))
    return facts


def prize_facts(row: dict[str, str], rows: dict[str, dict], peers: list[str]) -> list[Fact]:
    """Return what is known of a laureate's prize; ``peers`` are the others of that year and field."""
    years = tuple(y for y in (row["year"], row["year_2"]) if y)
    facts = [Fact(relation="award", answers=years, surfaces=years[:1])]
    if other := rows.get(row["shared_with"]):
        names = (other["name"], *filter(None, other["aliases"].split("; ")))
        key = f"nobel:{row['year']}-{row['category'].lower().split()[0]}/shared"
        facts.append(Fact(relation="shared_with", answers=names, key=key))
    elif len(peers) == 2:
        facts.append(Fact(relation="companions", answers=(listing(peers),)))
    if institution := row["affiliation"].removeprefix("the "):
        answers = dict.fromkeys((institution, row["affiliation"], row["affiliation_alias"]))
        facts.append(
            Fact(relation="affiliation", answers=tuple(filter(None, answers)), surfaces=(institution,))
        )
    return facts


def keep_few(facts: list[Fact], ident: str) -> dict[str, Fact]:
    """Return the facts by relation, at most as many as one passage holds."""
    kept = {f.relation: f for f in facts}
    if len(kept) > MOST_FACTS - 1:
        kept.pop("companions", None)
    spare = [r for r in SPARE if r in kept]
    for relation in rng_for("spare", ident).sample(spare, max(0, len(kept) - MOST_FACTS)):
        del kept[relation]
    return kept


def period(year: str) -> str:
    """Return roughly when a year was.

    >>> period("1948"), period("1905"), period("2001")
    ('in the late 1940s', 'around 1905', 'at the start of the 21st century')
    """
    decade, ones = f"{year[:3]}0", int(year[3])
    part = 0 if ones < 4 else 1 if ones < 7 else 2
    if decade.endswith("00"):
        start = f"at the start of the {int(year[:2]) + 1}{'st' if decade == '2000' else 'th'} century"
        return (start, f"around {year[:3]}5", f"shortly before {year[:2]}10")[part]
    return f"in the {('early ', 'mid-', 'late ')[part]}{decade}s"


def national(demonym: str, pronoun: str) -> str:
    """Return a noun for a laureate of a nationality: "Swede", "Japanese laureate"."""
    if demonym.endswith("-born"):
        return f"laureate of {demonym.removesuffix('-born')} birth"
    if demonym in NATIONALS:
        return NATIONALS[demonym][pronoun == "she"]
    return demonym if demonym.endswith("an") else f"{demonym} laureate"


def describe_roughly(row: dict[str, str], alone: Counter) -> list[Description]:
    """Return ways to point at a laureate by origin and period, in words that no passage uses."""
    subject = FIELD[row["category"]][2]
    rng = rng_for("rough", row["id"])
    person, demonym = national(row["demonym"], row["pronoun"]), row["demonym"].removesuffix("-born")
    found = []
    for kind, column in (("award", "year"), ("birth_year", "birth_year"), ("death_year", "death_year")):
        if not row[column]:
            continue
        when = period(row[column])
        verbs = {
            "award": ("rewarded", "given a medal", "picked by the Nobel jury"),
            "birth_year": ("born",),
            "death_year": ("mourned", "deceased"),
        }
        verb = rng.choice(verbs[kind])
        if alone[kind, when, row["category"], demonym] == 1:
            text = f"the {person} {verb} for {subject} {when}" if kind == "award" else ""
            text = text or f"the {row['demonym']} {subject} laureate {verb} {when}"
            found.append(Description(text=text, uses=(kind,)))
        if (home := row["birth_state"]) and alone[kind, when, row["category"], home] == 1:
            home += " State" if home == "Washington" else ""
            text = f"the {subject} laureate with roots in {home} {verb} {when}"
            found.append(Description(text=text, uses=(kind,)))
    return found


def describe_closely(row: dict[str, str], facts: dict[str, Fact], alone: Counter) -> list[Description]:
    """Return ways to point at a laureate by exact facts; ``alone`` counts who may be meant by them."""
    _, noun, subject = FIELD[row["category"]]
    year, demonym, woman = row["year"], row["demonym"], row["pronoun"] == "she"
    rng = rng_for("descriptions", row["id"])
    found = []

    def add(uses: str, *texts: str) -> None:
        if all(u in facts for u in uses.split()):
            found.append(Description(text=rng.choice(texts), uses=tuple(uses.split())))

    if alone[year, row["category"], ""] == 1:
        add(
            "award",
            f"the {year} laureate in {subject}",
            f"the winner of the Nobel Prize in {subject} in {year}",
            f"the holder of the {year} medal in {subject}",
        )
    if alone[year, row["category"], demonym.removesuffix("-born")] == 1:
        add(
            "award",
            f"the {demonym} {subject} laureate of {year}",
            f"the {demonym} winner of the {year} Nobel in {subject}",
            f"the {demonym} {noun} on the Nobel list of {year}",
        )
    if woman and alone[year, row["category"], "she"] == 1 < alone[year, row["category"], ""]:
        add("award", f"the woman among the {subject} laureates of {year}")
    if row["year_2"]:
        again = FIELD[row["category_2"]][2]
        if alone[row["year_2"], row["category_2"], ""] == 1:
            add("award", f"the {row['year_2']} laureate in {again}")
    if "affiliation" in facts:
        place = row["affiliation_alias"] if rng.random() < 0.5 else ""
        place = place or row["affiliation"].removeprefix("the ")
        if alone[year, place] == 1:
            add("award affiliation", f"the {place} laureate of {year}", f"the {year} {place} laureate")
        if alone[place, subject] <= 1:
            add("affiliation", f"the {place} laureate in {subject}")
    if town := row["birth_place"]:
        if alone[year, row["category"], town] == 1:
            add(
                "award birth_place",
                f"the {noun} from {town} on the Nobel list of {year}",
                f"the {year} laureate in {subject} from {town}",
            )
        if alone[town, row["category"]] == 1:
            add(
                "birth_place",
                f"the Nobel-winning {noun} from {town}",
                f"the {subject} laureate from {town}",
                f"the {town} native with a Nobel in {subject}",
            )
    if alone[row["birth_year"], row["category"]] == 1:
        add("birth_year", f"the {subject} laureate of the {row['birth_year']} generation")
    if row["death_year"] and alone["died", row["death_year"], row["category"]] == 1:
        add("death_year", f"the {subject} laureate mourned in {row['death_year']}")
    if "shared_with" in facts:
        other = rng.choice(facts["shared_with"].answers)
        add(
            "shared_with",
            f"the fellow laureate of {other}",
            f"{possessive(other)} partner in the {subject} prize",
            f"the other half of the Nobel pair with {other}",
        )
    return list({d.text: d for d in found}.values())


def describe(row: dict[str, str], facts: dict[str, Fact], alone: Counter) -> list[Description]:
    """Return three or more ways to point at a laureate, the rough ones first."""
    rough = [d for d in describe_roughly(row, alone) if all(r in facts for r in d.uses)]
    close = describe_closely(row, facts, alone)
    count = min(len(close), max(1, 3 - len(rough)))
    return rough + rng_for("choice", row["id"]).sample(close, count)


def count_alone(rows: list[dict[str, str]]) -> Counter:
    """Count the laureates that share a year, a place, a nationality and so on with others."""
    alone: Counter = Counter()
    for row in rows:
        marks = {"", row["pronoun"], row["demonym"].removesuffix("-born"), row["birth_place"]}
        marks.update(row["adjectives"].split("; "))
        institutions = {row["affiliation"].removeprefix("the "), row["affiliation_alias"]}
        for year, category in {(row["year"], row["category"]), (row["year_2"], row["category_2"])}:
            alone.update((year, category, m) for m in marks)
            if year:
                alone.update(("award", period(year), category, m) for m in {*marks, row["birth_state"]})
            alone.update((year, i) for i in institutions)
        for category in {row["category"], row["category_2"] or row["category"]}:
            alone.update([(row["birth_place"], category), (row["birth_year"], category)])
            alone["died", row["death_year"], category] += 1
            origins = marks - {"", row["pronoun"], row["birth_place"]} | {row["birth_state"]}
            for kind, year in (("birth_year", row["birth_year"]), ("death_year", row["death_year"])):
                alone.update((kind, period(year), category, o) for o in origins if year)
            alone.update((i, FIELD[category][2]) for i in institutions)
    return alone


def make_entity(
    row: dict[str, str], rows: dict[str, dict], peers: list[str], surnames: Counter, alone: Counter
) -> Entity:
    """Return the laureate of one row; ``rows`` are all rows by name."""
    facts = keep_few(birth_facts(row) + prize_facts(row, rows, peers), row["id"])
    prize, noun, subject = FIELD[row["category"]]
    return Entity(
        id=row["id"],
        names=(row["name"], *filter(None, row["aliases"].split("; "))),
        short=row["surname"],
        pronoun=row["pronoun"],
        facts=facts,
        attrs={
            "prize": prize,
            "noun": noun,
            "area": subject,
            "demonym": row["demonym"],
            "prize_city": "Oslo" if row["category"] == "Peace" else "Stockholm",
            "birth_tail": f", {row['birth_in']}" if row["birth_in"] else "",
            "death_tail": f", {row['death_in']}" if row["death_in"] else "",
            "the": "the " if row["affiliation"].startswith("the ") else "",
        },
        descriptions=describe(row, facts, alone),
        passages=[tuple(facts)],
        short_in_news=surnames[row["surname"]] == 1 and len(row["surname"]) > 3,
    )


def lengthen(text: str, closing: str) -> str:
    """Return the text of an overview, with a closing sentence where it is short."""
    return text + closing if len(text.split()) < SHORT else text


def year_overviews(awards: dict[str, dict[str, list[str]]]) -> list[Overview]:
    """Return the prizes year by year; ``awards`` holds marked names by year and subject."""
    found = []
    for year, fields in sorted(awards.items()):
        sciences = {s: n for s, n in fields.items() if s in ("physics", "chemistry", "medicine")}
        others = {s: n for s, n in fields.items() if s not in sciences}
        if sum(map(len, fields.values())) <= MOST_NAMES:
            parts = [("", f"Nobel Prizes of {year}", fields)]
        else:
            parts = [
                ("/sciences", f"Nobel Prizes in the natural sciences, {year}", sciences),
                ("/others", f"Nobel Prizes for {listing(sorted(others))}, {year}", others),
            ]
        for suffix, title, part in parts:
            rng = rng_for("overview", f"laureates:{year}{suffix}")
            clause, order = rng.choice(CLAUSE_PATTERNS), sorted(part)
            rng.shuffle(order)
            body = "; ".join(clause.format(subject=s, names=listing(part[s])) for s in order)
            text = rng.choice(YEAR_PATTERNS).format(year=year, body=body, Body=capital(body))
            if sum(map(len, part.values())) >= 3:
                text = lengthen(text, YEAR_CLOSING)
                found.append(Overview(id=f"laureates:{year}{suffix}", title=title, text=text))
    return found


def chunks(rows: list[dict[str, str]], rng: Random) -> list[list[str]]:
    """Return the names in the order of the prizes, in groups that fit an overview, each shuffled."""
    names = [r["name"] for r in sorted(rows, key=lambda r: (r["year"], r["name"]))]
    count = -(-len(names) // MOST_NAMES)
    groups = [names[len(names) * i // count : len(names) * (i + 1) // count] for i in range(count)]
    for group in groups:
        rng.shuffle(group)
    return groups


def origin_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return laureates by country of birth (by state for Americans) and field."""
    by_place: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        place = row["birth_state"] or row["birth_country"]
        by_place[place][FIELD[row["category"]][2]].append(row)
    found = []
    for place, fields in sorted(by_place.items()):
        rest = [r for s in sorted(fields) if len(fields[s]) < FEWEST_NAMES for r in fields[s]]
        groups = {s: fields[s] for s in sorted(fields) if len(fields[s]) >= FEWEST_NAMES} | {"": rest}
        the_place = f"the {place}" if place in WITH_THE else place
        if place in MOVED:
            the_place = f"what is now {the_place}"
        elif place in ("New York", "Washington"):
            the_place = f"{place} State"
        for subject, members in groups.items():
            if len(members) < FEWEST_NAMES or not place:
                continue
            field = f" in {subject}" if subject else ""
            base = f"laureates:born/{place.lower().replace(' ', '-')}{'/' + subject if subject else ''}"
            for number, names in enumerate(chunks(members, rng_for("overview", base)), start=1):
                ident = base if number == 1 else f"{base}/{number}"
                pattern = rng_for("overview", ident).choice(ORIGIN_PATTERNS)
                text = pattern.format(
                    field=field, place=the_place, Place=capital(the_place), names=listing(names)
                )
                text = lengthen(text, LIST_CLOSING)
                title = f"Nobel laureates{field} from {place}"
                found.append(Overview(id=ident, title=title, text=text))
    return found


def women_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return the women among the laureates of each field."""
    found = []
    for category, (_, _, subject) in FIELD.items():
        women = [r for r in rows if r["category"] == category and r["pronoun"] == "she"]
        base = f"laureates:women/{subject}"
        for number, names in enumerate(chunks(women, rng_for("overview", base)), start=1):
            ident = base if number == 1 else f"{base}/{number}"
            text = rng_for("overview", ident).choice(WOMEN_PATTERNS)
            text = text.format(subject=subject, names=listing(names))
            if len(names) >= 3:
                text = lengthen(text, LIST_CLOSING)
                title = f"Women with a Nobel Prize in {subject}"
                found.append(Overview(id=ident, title=title, text=text))
    return found


def domain() -> Domain:
    """Return the laureates and the overviews that name them."""
    rows = read_facts("laureates")
    by_name = {r["name"]: r for r in rows}
    surnames, alone = Counter(r["surname"] for r in rows), count_alone(rows)
    winners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        winners[row["year"], row["category"]].append(row["name"])
        if row["year_2"]:
            winners[row["year_2"], row["category_2"]].append(row["name"])
    entities = []
    for row in rows:
        peers = [n for n in winners[row["year"], row["category"]] if n != row["name"]]
        entities.append(make_entity(row, by_name, peers, surnames, alone))
    keys = {e.names[0]: e.key("award") for e in entities}
    awards: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for (year, category), names in sorted(winners.items()):
        awards[year][FIELD[category][2]] = [mark(keys[n], n) for n in names]
    overviews = year_overviews(awards) + origin_overviews(rows) + women_overviews(rows)
    return Domain(name="laureates", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews)
