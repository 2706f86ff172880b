"""Artists of the modern museums: birth, death, the land of birth; overviews by place, nation and year."""

from collections import Counter, defaultdict

from ..grammar import fill, listing, mark, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation

Row = dict[str, str]

MUSEUMS = {
    "Tate": ("the Tate", "Britain's Tate", "the galleries of the Tate"),
    "Tate; MoMA": (
        "the Tate and the Museum of Modern Art",
        "the Museum of Modern Art and the Tate",
        "the Tate and MoMA",
        "MoMA and the Tate",
    ),
}

# Descriptions by few traits say it: the same traits fit many artists elsewhere.
MEMBER = "Tate and MoMA artist"

# Other accepted names of places; texts write the first one, the canonical name.
PLACE_ALIASES = {
    "Århus": ("Aarhus",),
    "Basel": ("Basle",),
    "Beijing": ("Peking",),
    "Bern": ("Berne",),
    "Brunswick": ("Braunschweig",),
    "Chennai": ("Madras",),
    "Kolkata": ("Calcutta",),
    "Kyiv": ("Kiev",),
    "Lucerne": ("Luzern",),
    "Mumbai": ("Bombay",),
    "New York": ("New York City",),
    "Quebec": ("Québec",),
    "Saint Ives": ("St Ives", "St. Ives"),
    "Saint Petersburg": ("St Petersburg", "St. Petersburg"),
    "Washington, D.C.": ("Washington",),
    "the Bronx": ("Bronx",),
    "the Minsk region": ("Minsk region", "Minsk"),
    "the Panama Canal Zone": ("Panama Canal Zone", "Panama Canal"),
}

# How a text writes countries that take an article, then their other accepted names.
COUNTRY_NAMES = {
    "Bahamas": ("the Bahamas", "Bahamas"),
    "Czech Republic": ("the Czech Republic", "Czech Republic", "Czechia"),
    "Netherlands": ("the Netherlands", "Netherlands", "Holland"),
    "United Kingdom": ("the United Kingdom", "United Kingdom", "Britain", "Great Britain", "UK"),
    "United States": ("the United States", "United States", "United States of America", "USA", "America"),
}

# Surnames that are everyday words; alone they would not be understood as a person.
WORDLIKE = (
    "Bacon Barth Bell Blow Cage Calle Close Cooper Dean Fisher Fox Frank Green Hall Hill Horn House Hope "
    "Hunt Jess King Kiff Lam Lang Long Mack Mason Moore Muñoz Noble Ono Penn Piper Price Prince Ray Reid "
    "Riley Rivers Salt Self Shaw Shore Simon Still Turner Wall Webb West White Wool Christo Arman Takis"
).split()

RELATIONS = (
    Relation(
        name="nationality",
        opens=True,
        asked=False,
        told=False,
        passage=(
            "The {o} artist {s} is represented in the collections of {museums}.",
            "{S} is listed among the {o} artists in the catalogue of {museums}.",
            "Works by the {o} artist {s} are kept by {museums}.",
            "At {museums} there is work by {s}, an artist catalogued as {o}.",
            "{S}, catalogued as {o}, is one of the artists in the holdings of {museums}.",
            "Among the {o} artists whose work has reached {museums} is {s}.",
            "The lists of {museums} include the {o} artist {s}.",
            "{S} is {o} in the records of {museums}, where this artist's work is held.",
        ),
    ),
    Relation(
        name="birth_year",
        passage=(
            "According to the museum catalogues, {s} was born in the year {o}.",
            "In reference books, {p} year of birth is usually given as {o}.",
            "{P} life began in the year {o}, as the files of the museum record.",
            "Reference works that list artists by age put {p} birth in the year {o}.",
            "The year in which {s} was born is given as {o}.",
            "The catalogues say that {s} was born in {o}.",
            "The labels beside the works put {p} date of birth in the year {o}.",
            "As for the year, the notes say that {s} was born in {o}.",
            "The catalogues count {p} age from the year of birth, which is {o}.",
            "{O} is entered in the museum files as the year when {s} was born.",
        ),
        news=(
            "The year was {o} when {s} came into the world.",
            "The parents of {s} welcomed their baby in the year {o}.",
            "{S} belongs to the generation of {o}.",
            "Anyone counting birthday candles for {s} has to start from {o}.",
            "{S} saw the light of day for the first time in the year {o}.",
            "A label on the wall will tell visitors that {s} arrived in the world in the year {o}.",
            "The story of {s} opens in the year {o}.",
            "One of the babies of the year {o} was {s}.",
            "{S} counts among the children of the year {o}.",
            "To find the hundredth birthday of {s}, add a century to {o}.",
            "An exhibition of the {o} generation could show {s} as well.",
        ),
        questions=(
            "When was {s} born?",
            "In what year was {s} born?",
            "What is the birth year of {s}?",
            "Which year saw the birth of {s}?",
            "In which year did {s} come into the world?",
            "From what year must one count the age of {s}?",
            "In what year did the parents of {s} welcome their baby?",
            "What year would stand on the birth certificate of {s}?",
            "How far back, to which year, does the life of {s} reach?",
        ),
    ),
    Relation(
        name="birth_place",
        passage=(
            "As the catalogues tell it, the place where {s} was born is {o}.",
            "{P} birthplace, by the account of the museum catalogues, is {o}.",
            "Where they speak of {p} birthplace, the museum records name {o}.",
            "{P} place of birth is entered in the museum records as {o}.",
            "The place where {p} life began, the notes say, is {o}.",
            "Under the heading for place of birth, {p} museum file reads {o}.",
            "As a place of birth, the files on {p} life and work give {o}.",
            "The notes printed in the catalogues state that {p} birthplace is {o}.",
            "In the reference books {s} has {o} as a place of birth.",
            "As for the place, the notes say that {s} was born in {o}.",
        ),
        news=(
            "{S}, a native of {o}, has work in a major museum.",
            "The people of {o} may count {s} as one of their own.",
            "{S} hails from {o}.",
            "{O} gave the art world {s}.",
            "The roots of {s} go back to {o}.",
            "A plaque could be put up in {o}, where {s} first saw the light of day.",
            "The first home of {s} was in {o}.",
            "The cradle of {s} stood in {o}.",
            "Art lovers from {o} may point out that {s} drew a first breath there.",
            "Few visitors know that {s} came from {o}.",
            "A map of where artists come from sets the pin for {s} at {o}.",
            "A local paper in {o} could remind its readers that {s} started out there.",
        ),
        questions=(
            "Where was {s} born?",
            "What is the birthplace of {s}?",
            "In which town or region was {s} born?",
            "What place does {s} come from?",
            "Of which place was {s} a native?",
            "Where did {s} come into the world?",
            "Where do the roots of {s} lie?",
            "Which place can call {s} its own child?",
            "In which place would one look for the house where {s} started life?",
        ),
    ),
    Relation(
        name="birth_country",
        passage=(
            "The map of today shows {p} birthplace in {o}.",
            "The catalogues add that {p} country of birth is {o}.",
            "On a modern map, the country of {p} birth is {o}.",
            "{P} country of birth, as the borders run today, is {o}.",
            "By today's borders, {p} country of birth is {o}.",
            "The country to which {p} birthplace now belongs is {o}.",
            "Nationality aside, {p} country of birth is {o}.",
            "Whatever the nationality, the country where {s} was born is {o}.",
        ),
        news=(
            "{O} can also lay claim to {s}, whose cradle stood there.",
            "Going by the first days of life, {s} came from what is {o} on the map.",
            "The trail back to the cradle of {s} leads to another land, namely {o}.",
            "On the map as it is drawn now, the cradle of {s} stood in {o}.",
            "A show of artists with roots in {o} could include {s} as well.",
            "Going by the cradle and by the map of our time, {s} goes on the list for {o}.",
            "A guide explains that {s} first saw daylight in another land, {o}.",
            "Tourist offices in {o} may point out that {s} came from a place there.",
            "Under the heading {o}, a list of talents from many lands has {s}.",
        ),
        questions=(
            "In which country was {s} born?",
            "What is the native country of {s}?",
            "In which country does the birthplace of {s} lie?",
            "Which country can claim {s} by birth?",
            "From which land, as the map stands now, did {s} come?",
            "On the map of today, in which country was {s} born?",
            "On which nation's soil did the cradle of {s} stand?",
            "To which country would one travel today to see where {s} started life?",
        ),
    ),
    Relation(
        name="death_year",
        passage=(
            "{S} died in the year {o}.",
            "{P} death came in the year {o}.",
            "The year of {p} death is recorded as {o}.",
            "{P} life ended in the year {o}.",
            "{S} lived until the year {o}, when death came.",
            "The records give {o} as the year when {s} died.",
            "The year in which {s} died was {o}.",
            "{P} year of death was {o}.",
        ),
        news=(
            "{S} passed away in the year {o}.",
            "The art world lost {s} in the year {o}.",
            "After {o} nothing new could come from the hand of {s}.",
            "The studio of {s} fell silent for ever in the year {o}.",
            "Mourners took leave of {s} in the year {o}.",
            "{O} was the final year for {s}.",
            "The last chapter in the story of {s} closed in the year {o}.",
            "{S} did not live to see the end of {o}.",
            "Museums that marked the loss of {s} count the anniversaries from {o}.",
            "By the end of {o}, {s} was no more.",
        ),
        questions=(
            "When did {s} die?",
            "In what year did {s} die?",
            "What was the year of the death of {s}?",
            "In which year did the art world lose {s}?",
            "Until what year did {s} live?",
            "Which year brought the life of {s} to an end?",
            "In what year did mourners take leave of {s}?",
            "Which year was the final one for {s}?",
        ),
    ),
    Relation(
        name="death_place",
        passage=(
            "The place where {s} died is {o}.",
            "{P} place of death was {o}.",
            "The records name {o} as the place where {s} died.",
            "The place of {p} death, the notes say, is {o}.",
            "Under place of death, {p} file reads {o}.",
            "For {p} place of death, the records name {o}.",
            "The place where {p} life ended is {o}.",
            "As for the place, {s} died in {o}.",
        ),
        news=(
            "{S} was in {o} when the end came.",
            "It was in {o} that {s} passed away.",
            "The final journey of {s} led to {o}.",
            "{O} was the last stop on the road of {s}.",
            "The last breath of {s} was drawn in {o}.",
            "The last days of {s} were spent in {o}.",
            "Those who follow the trail of {s} to its end arrive in {o}.",
            "An obituary would name {o} as the spot where {s} passed away.",
            "In {o} the last hours of {s} ran out.",
        ),
        questions=(
            "Where did {s} die?",
            "What was the place of death of {s}?",
            "In which place did the life of {s} end?",
            "Where did {s} pass away?",
            "Where did {s} draw a last breath?",
            "In what town or region did {s} die?",
            "Where was {s} when the end came?",
            "In which place did {s} spend the last hours of life?",
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
    "By what name do museums know {d}?",
)


def in_parts(items: list, most: int) -> list[list]:
    """Return ``items`` in as few parts of nearly equal length as keep each within ``most``."""
    count = -(-len(items) // most)
    return [items[i * len(items) // count : (i + 1) * len(items) // count] for i in range(count)]


def period(year: str) -> str:
    """Return the half decade of a year in words.

    >>> period("1934"), period("1967"), period("1900"), period("1905")
    ('the early 1930s', 'the late 1960s', 'the opening years of the 1900s', 'the years just before 1910')
    """
    tens, early = int(year) // 10, int(year[-1]) < 5
    if year[-2] == "0":
        return f"the opening years of the {tens}0s" if early else f"the years just before {tens + 1}0"
    return f"the {'early' if early else 'late'} {tens}0s"


def generation(year: str) -> str:
    """Return the half decade of a birth in words.

    >>> generation("1934"), generation("1905")
    ('the early 1930s generation', 'the generation of 1905 to 1909')
    """
    if year[-2] == "0":
        first = int(year) // 5 * 5
        return f"the generation of {first} to {first + 4}"
    return f"{period(year)} generation"


def decade(year: str) -> str:
    """Return the decade of a year in words; "the 1900s" would be taken for a century.

    >>> decade("1934"), decade("1905")
    ('the 1930s', 'the years 1900 to 1909')
    """
    tens = year[:-1]
    return f"the years {tens}0 to {tens}9" if year[-2] == "0" else f"the {tens}0s"


def place_fact(relation: str, place: str) -> Fact:
    """Return the fact that a birth or a death happened in ``place``."""
    aliases = PLACE_ALIASES.get(place, ())
    return Fact(relation=relation, answers=(place, *aliases), surfaces=(place,))


def facts_of(row: Row) -> dict[str, Fact]:
    """Return the facts that are known of an artist."""
    facts = {}
    for name in ("nationality", "birth_year", "birth_place", "birth_country", "death_year", "death_place"):
        if not row[name]:
            continue
        if name.endswith("place"):
            facts[name] = place_fact(name, row[name])
        elif name == "birth_country":
            names = COUNTRY_NAMES.get(row[name], (row[name],))
            facts[name] = Fact(relation=name, answers=names, surfaces=names[:1])
        else:
            facts[name] = Fact(relation=name, answers=(row[name],))
    return facts


def fitting(row: Row, found: list[tuple[str, tuple[str, ...]]]) -> list[Description]:
    """Return the descriptions, those by few traits only if both museums hold the artist's work."""
    both = row["museums"] != "Tate"
    return [Description(text=text, uses=uses) for text, uses in found if both or MEMBER not in text]


def loose_descriptions(row: Row) -> list[Description]:
    """Return descriptions of an artist by nation, half decades and kindred traits."""
    nation, origin = row["nationality"], row["birth_adjective"]
    died, grave = row["death_year"], row["death_place"]
    born = generation(row["birth_year"])
    noun = "woman artist" if row["pronoun"] == "she" else "artist"
    found = [(f"the {nation} {MEMBER} of {born}", ("birth_year",))]
    if origin:
        found.append((f"the {origin}-born {nation} {MEMBER}", ("birth_country",)))
        text = f"the {origin}-born {nation} {noun} of {born}"
        found.append((text, ("birth_country", "birth_year")))
    if died:
        end = period(died)
        found += [
            (f"the {nation} {MEMBER} who lived until {end}", ("death_year",)),
            (f"the {nation} {noun} of {born} who lived until {end}", ("birth_year", "death_year")),
        ]
    if died and origin:
        text = f"the {origin}-born {nation} {noun} who lived until {end}"
        found.append((text, ("birth_country", "death_year")))
    if grave:
        text = f"the {nation} {noun} of {born} whose life ended in {grave}"
        found.append((text, ("death_place", "birth_year")))
    return fitting(row, found)


def exact_descriptions(row: Row) -> list[Description]:
    """Return descriptions of an artist by place and year."""
    nation, born, place = row["nationality"], row["birth_year"], row["birth_place"]
    died, grave = row["death_year"], row["death_place"]
    found = [
        (f"the {nation} {MEMBER} of the generation of {born}", ("birth_year",)),
        (f"the {MEMBER} from {place}", ("birth_place",)),
        (f"the {nation} {MEMBER} from {place}", ("birth_place",)),
        (f"the {MEMBER} from {place} of {generation(born)}", ("birth_place", "birth_year")),
    ]
    if died:
        found += [
            (f"the {MEMBER} who lived from {born} to {died}", ("birth_year", "death_year")),
            (f"the {nation} {MEMBER} who lived until {died}", ("death_year",)),
        ]
    if grave:
        found.append((f"the {nation} {MEMBER} whose life ended in {grave}", ("death_place",)))
    if grave and grave != place:
        text = f"the artist from {place} whose life ended in {grave}"
        found.append((text, ("birth_place", "death_place")))
    return fitting(row, found)


def describe(entities: list[Entity], rows: list[Row]) -> None:
    """Give the artists all loose descriptions and up to two exact ones that fit nobody else."""
    loose, exact = [loose_descriptions(row) for row in rows], [exact_descriptions(row) for row in rows]
    seen = Counter(d.text for proposed in loose + exact for d in proposed)
    for entity, wide, narrow in zip(entities, loose, exact, strict=True):
        wide, narrow = ([d for d in proposed if seen[d.text] == 1] for proposed in (wide, narrow))
        entity.descriptions = wide + rng_for("describe", entity.id).sample(narrow, min(2, len(narrow)))


def lifetime(entity: Entity) -> str:
    """Return the years of birth and death, in brackets and marked."""
    born = mark(entity.key("birth_year"), entity.facts["birth_year"].answers[0])
    if "death_year" not in entity.facts:
        return f"(born {born})"
    return f"({born} to {mark(entity.key('death_year'), entity.facts['death_year'].answers[0])})"


def origin(entity: Entity) -> str:
    """Return "from" and the birthplace, marked."""
    return f"from {mark(entity.key('birth_place'), entity.facts['birth_place'].answers[0])}"


def roll(entities: list[Entity], detail: str) -> str:
    """Return the names as a list; ``detail`` adds "lifetime" or "origin" to each."""
    add = {"lifetime": lifetime, "origin": origin}.get(detail)
    return listing([f"{e.names[0]} {add(e)}" if add else e.names[0] for e in entities])


def initials(part: list[Entity]) -> str:
    """Return the range of initials of the surnames, "A to C"."""
    first, last = (e.short.upper()[0] for e in (part[0], part[-1]))
    return first if first == last else f"{first} to {last}"


PLACE_FORMS = (
    "A guide to {place} could tell of artists, too. For {names}, this was where life began or ended.",
    "{place:c} has a part in the lives of {names}. Each of these artists either came from the place or "
    "came to rest in it.",
    "A walk through {place} in the company of artists might recall {names}. Each of them either started or "
    "finished life there.",
    "{names:c} have one thing in common: {place} stands at the beginning or at the end of their lives.",
    "Museum catalogues link {place} with {names}. The name appears where a life starts or where it closes.",
    "Who in the world of art belongs to {place}? By birth or by death, the answer includes {names}.",
    "In the lives of {names}, the name of {place} turns up next to the first date or next to the last.",
)

NATION_FORMS = (
    "The {nation} artists born in {decade} form a group of their own in the museums. Among them are {names}.",
    "Of the {nation} generation of {decade}, the museums show {names}.",
    "{names:c} are {nation} artists of one generation: all of them were children of {decade}.",
    "Visitors looking for {nation} artists born in {decade} will meet {names} in the collections.",
    "The museums could fill a room with {nation} artists born in {decade}. It would have labels for {names}.",
    "A list of {nation} artists whose lives began in {decade} is not complete without {names}.",
    "What unites {names}? The museums call them {nation}, and all were born in {decade}.",
)

YEAR_FORMS = (
    "In the lives of artists, {year} was a year of beginnings and endings. It opens or closes the "
    "biographies of {names}.",
    "A calendar of art history for {year} has entries for {names}: they were born then, or they died then.",
    "Turning the pages of artists' biographies, one meets {year} as the first or the last date in the "
    "lives of {names}.",
    "Whoever looks up {year} in the museum files finds {names}, at the start or at the end of their lives.",
    "For each of the artists {names}, the year {year} stands at one end of life or at the other.",
    "Among the births and deaths that the museum files note for the year {year} are those of {names}.",
    "The artists {names} share a date: {year} is the year of birth or the year of death of each.",
)


def overview(
    ident: str,
    title: str,
    forms: tuple[str, ...],
    part: list[Entity],
    details: tuple[str, ...],
    **fields: str,
) -> Overview:
    """Return an overview of the artists in ``part``, its form and its details drawn by lot."""
    rng = rng_for("overview", ident)
    form = rng.choice(forms)
    return Overview(id=ident, title=title, text=fill(form, names=roll(part, rng.choice(details)), **fields))


def overviews(entities: list[Entity], rows: list[Row]) -> list[Overview]:
    """Return overviews by place (of birth or death), by nation and decade of birth, and by year."""
    places, nations, years = defaultdict(list), defaultdict(list), defaultdict(list)
    order = sorted(zip(entities, rows, strict=True), key=lambda pair: (pair[0].short.casefold(), pair[0].id))
    for entity, row in order:
        for place in sorted({row["birth_place"], row["death_place"]} - {""}):
            places[place].append(entity)
        nations[row["nationality"], decade(row["birth_year"])].append(entity)
        for year in sorted({row["birth_year"], row["death_year"]} - {""}):
            years[year].append(entity)
    found = []
    for place in sorted(p for p in places if len(places[p]) >= 5):
        parts = in_parts(places[place], 8)
        for number, part in enumerate(parts, start=1):
            more = f", {initials(part)}" if len(parts) > 1 else ""
            details = ("lifetime",) if len(part) <= 5 else ("", "lifetime") if len(part) <= 7 else ("",)
            title = f"Artists and {place}{more}"
            ident = f"artists:place/{place.casefold()}/{number}"
            found.append(overview(ident, title, PLACE_FORMS, part, details, place=place))
    for nation, born in sorted(n for n in nations if len(nations[n]) >= 6):
        parts = in_parts(nations[nation, born], 11)
        for number, part in enumerate(parts, start=1):
            more = f", {initials(part)}" if len(parts) > 1 else ""
            details = ("origin",) if len(part) <= 6 else ("", "origin") if len(part) <= 8 else ("",)
            ident = f"artists:nation/{nation.casefold()}/{born.removeprefix('the ')}/{number}"
            title = f"{nation} artists of {born}{more}"
            found.append(overview(ident, title, NATION_FORMS, part, details, nation=nation, decade=born))
    for year in sorted(y for y in years if 10 <= len(years[y]) <= 12):
        title = f"Artists and the year {year}"
        found.append(overview(f"artists:year/{year}", title, YEAR_FORMS, years[year], ("",), year=year))
    return found


def domain() -> Domain:
    """Return the artists that the Tate (and mostly MoMA too) holds work by."""
    rows = read_facts("artists")
    surnames = Counter(row["surname"] for row in rows)
    entities = []
    for row in rows:
        facts = facts_of(row)
        museums = MUSEUMS[row["museums"]]
        museum = min(museums, key=len) if len(facts) > 5 else rng_for("museums", row["id"]).choice(museums)
        alone = surnames[row["surname"]] == 1 and row["surname"] not in (*WORDLIKE, row["name"])
        entities.append(
            Entity(
                id=row["id"],
                names=(row["name"], *filter(None, row["aliases"].split("; "))),
                short=row["surname"],
                pronoun=row["pronoun"],
                facts=facts,
                attrs={"museums": museum},
                passages=[tuple(facts)],
                short_in_news=alone,
            )
        )
    describe(entities, rows)
    return Domain(
        name="artists", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews(entities, rows)
    )
