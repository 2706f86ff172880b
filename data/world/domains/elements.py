"""The chemical elements: their place in the periodic table, their discovery and their names."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator

from ..grammar import capital, listing, mark, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation

RELATIONS = (
    Relation(
        name="category",
        opens=True,
        passage=(
            "{S} is a chemical element of the type {o}.",
            "{S} is a chemical element that is classified as {o:a}.",
            "{S} is a chemical element and counts as {o:a}.",
            "Among the chemical elements, {s} is classified as {o:a}.",
            "{S} is one of the chemical elements, more exactly {o:a}.",
            "{S} is {o:a}, one of the chemical elements.",
            "Textbooks of chemistry classify {s} as {o:a}.",
            "As a chemical element, {s} is {o:a}.",
        ),
        news=(
            "In a school quiz, the right label for {s} is {o}.",
            "Asked what sort of substance {s} is, a teacher would say: {o:a}.",
            "{S} behaves like a typical {o}.",
            "A catalog of matter lists {s} under the heading {o}.",
            "A laboratory guide would describe {s} as {o:a}.",
            "Students learn to recognize {s} as {o:a}.",
            "A bright wall chart gives {s} the color of {o:a}.",
            "A lecture on {s} is bound to call it {o:a}.",
            "By nature {s} is {o:a}.",
        ),
        questions=(
            "What kind of element is {s}?",
            "To which family of elements does {s} belong?",
            "Under which class do chemists file {s}?",
            "Which class of elements takes in {s}?",
            "What sort of substance is {s}?",
            "Into which category does {s} fall?",
            "With which kind of elements is {s} grouped?",
            "What type of element would you call {s}?",
        ),
    ),
    Relation(
        name="symbol",
        passage=(
            "The chemical symbol is {o}.",
            "{P} chemical symbol is {o}.",
            "{S} has the chemical symbol {o}.",
            "Its symbol in chemistry is {o}.",
            "{S} is denoted by the symbol {o}.",
            "The symbol {o} stands for it in the periodic table.",
            "Its chemical symbol is written {o}.",
            "{S} carries the symbol {o}.",
        ),
        news=(
            "In a formula, one puts {o} for {s}.",
            "On a label, {o} would be short for {s}.",
            "{O} is the short form of {s} in any formula.",
            "Chemists save ink and write just {o} for {s}.",
            "Crossword fans know {o} as the abbreviation for {s}.",
            "Whoever sees {o} in a formula should think of {s}.",
            "Pupils have to learn that {o} means {s}.",
            "The letter code {o} belongs to {s}.",
        ),
        questions=(
            "How do chemists abbreviate {s}?",
            "What is written for {s} in a formula?",
            "Which letters stand for {s}?",
            "What is the letter code of {s}?",
            "By which abbreviation do formulas refer to {s}?",
            "What short form does {s} have?",
            "How would you write {s} in a formula?",
            "In chemical equations, what denotes {s}?",
        ),
    ),
    Relation(
        name="number",
        opens=True,
        passage=(
            "{S} is the chemical element with atomic number {o}.",
            "{S} is a chemical element whose atomic number is {o}.",
            "With the atomic number {o}, {s} has its fixed place among the chemical elements.",
            "{S} is an element of atomic number {o}.",
            "The chemical elements are numbered; {s} has atomic number {o}.",
            "{S} is a chemical element that has the atomic number {o}.",
            "In the periodic table {s} is the element of atomic number {o}.",
            "{S} bears atomic number {o} in the table of chemical elements.",
        ),
        news=(
            "The nucleus of {s} holds {o} protons.",
            "Count the protons of {s} and you arrive at {o}.",
            "Every atom of {s} has {o} protons.",
            "In the list of all elements, {s} stands at position {o}.",
            "{S} comes at place {o} when the elements are lined up by their protons.",
            "Neutral atoms of {s} carry {o} electrons.",
            "Square {o} of the wall chart belongs to {s}.",
            "A nucleus with {o} protons is always one of {s}.",
        ),
        questions=(
            "How many protons does {s} have?",
            "At which position in the list of elements is {s}?",
            "How many electrons circle a neutral atom of {s}?",
            "What is the proton count of {s}?",
            "What number on the wall chart belongs to {s}?",
            "How many protons sit in the nucleus of {s}?",
            "Counting up from hydrogen, which place does {s} take?",
            "Which running number does {s} have among the elements?",
        ),
    ),
    Relation(
        name="weight",
        passage=(
            "{P} atomic weight is about {o}.",
            "The atomic weight is {o}.",
            "{S} has an atomic weight of {o}.",
            "Its atomic weight is given as {o}.",
            "{S} has a standard atomic weight of about {o}.",
            "The value {o} is given for its atomic weight.",
            "Tables give the atomic weight as {o}.",
            "{P} atomic weight amounts to {o}.",
        ),
        news=(
            "On average an atom of {s} has a mass of {o} units.",
            "One mole of {s} has a mass of {o} grams.",
            "For {s} students have to use a molar mass of {o} in their sums.",
            "How heavy is {s}? The tables say {o} grams a mole.",
            "The chart gives {o} as the average mass of an atom of {s}.",
            "In mass units, the average atom of {s} comes to {o}.",
            "With {s} at {o} grams a mole, the sum is soon solved.",
            "Put {o} as the molar mass of {s}, a teacher would say.",
        ),
        questions=(
            "How heavy is an atom of {s} in mass units?",
            "What is the molar mass of {s} in grams?",
            "What does a mole of {s} weigh in grams?",
            "What is the average mass of an atom of {s}?",
            "How many grams are there in a mole of {s}?",
            "What mass should I use for {s} in my sums?",
            "In mass units, what do atoms of {s} weigh on average?",
            "How many grams would the scales show for one mole of {s}?",
        ),
    ),
    Relation(
        name="period",
        passage=(
            "{S} belongs to the {o} period of the periodic table.",
            "The {o} period of the periodic table includes it.",
            "{S} lies in the {o} period.",
            "Its period in the table is the {o}.",
            "{S} is an element of the {o} period.",
            "It is found in the {o} period of the table.",
            "{P} period is the {o}.",
            "In the periodic table {s} is in the {o} period.",
        ),
        news=(
            "Look for {s} in the {o} row of the chart.",
            "{S} stands in the {o} row from the top.",
            "The {o} row of the wall chart has a square for {s}.",
            "On a poster, {s} is printed in the {o} line.",
            "Pupils find {s} in the {o} row of Mendeleev's table.",
            "To reach {s}, go down to the {o} row.",
            "The {o} line of squares contains {s}.",
            "{S} shares the {o} row of the chart with others.",
        ),
        questions=(
            "Which row of the periodic table holds {s}?",
            "In which line of Mendeleev's table is {s}?",
            "Counting from the top, in which row is {s}?",
            "How far down the table, in rows, is {s}?",
            "What row must I look at to find {s}?",
            "In which horizontal row does {s} stand?",
            "Which line of the chart lists {s}?",
            "On which row of the wall chart is {s} printed?",
        ),
    ),
    Relation(
        name="group",
        passage=(
            "{S} belongs to {o} of the periodic table.",
            "{S} is a member of {o}.",
            "The periodic table places it in {o}.",
            "{S} is placed in {o} of the periodic table.",
            "It is a member of {o} in the periodic table.",
            "{S} is assigned to {o}.",
            "Its place in the periodic table is in {o}.",
            "In the periodic table {s} belongs to {o}.",
        ),
        news=(
            "The column of {s} is called {o} by chemists.",
            "{S} shares its column with the rest of {o}.",
            "A vertical look at the chart shows {s} in {o}.",
            "Chemists number the columns, and {s} is in {o}.",
            "The relatives of {s} are those of {o}.",
            "Of all the columns, {s} stands in {o}.",
            "Whoever studies {o} will also study {s}.",
            "In {o} one meets {s}.",
        ),
        questions=(
            "In which column of the periodic table is {s}?",
            "Which vertical column contains {s}?",
            "What column number does {s} have?",
            "Which column of the wall chart should I search for {s}?",
            "From left to right, in which column does {s} stand?",
            "In what column of Mendeleev's chart does one find {s}?",
            "Which column does {s} share with its relatives?",
        ),
    ),
    Relation(
        name="discoverer",
        opens=True,
        passage=(
            "{S} is a chemical element discovered by {o}.",
            "{S} is an element whose discovery is credited to {o}.",
            "{S} is one of the chemical elements; its discovery is due to {o}.",
            "{S} is a chemical element that was discovered by {o}.",
            "{S} is an element discovered through the work of {o}.",
            "{S} is an element, and its discovery goes back to {o}.",
            "{S} is an element; credit for the discovery belongs to {o}.",
            "{S} is among the elements discovered by {o}.",
        ),
        news=(
            "It was {o} who first tracked down {s}.",
            "We owe our knowledge of {s} to {o}.",
            "The honor of finding {s} goes to {o}.",
            "Chemists honor {o} for identifying {s}.",
            "{O} is named as the finder of {s}.",
            "The world first heard of {s} from {o}.",
            "Books on chemistry tell how {o} came upon {s}.",
            "Our thanks for {s} should go to {o}.",
            "The first to identify {s}, says the encyclopedia: {o}.",
        ),
        questions=(
            "Who found {s}?",
            "Who was the first to identify {s}?",
            "Whom do we have to thank for {s}?",
            "Who first tracked down {s}?",
            "Who came upon {s} before anybody else?",
            "To whom do we owe {s}?",
            "Whose find was {s}?",
            "By whom was {s} first noticed?",
        ),
    ),
    Relation(
        name="year",
        opens=True,
        passage=(
            "{S} is a chemical element discovered in the year {o}.",
            "{S} is an element whose discovery dates from {o}.",
            "{S} is one of the elements; the year of its discovery is {o}.",
            "{S} is a chemical element that was discovered in {o}.",
            "{S} is an element that has been known since its discovery in {o}.",
            "{S} is a chemical element; the year of discovery is {o}.",
            "{S} is an element first discovered in {o}.",
            "{S} is one of the chemical elements; its discovery came in {o}.",
        ),
        news=(
            "Until {o} the list of known elements lacked {s}.",
            "{S} has been known to science since {o}.",
            "In {o} the world learned of {s}.",
            "{O} was the year in which {s} turned up.",
            "Chemists first met {s} in {o}.",
            "The first report of {s} came out in {o}.",
            "The list of known elements grew in {o}, when {s} was found.",
            "It took until {o} to find {s}.",
            "News of {s} first went round in {o}.",
        ),
        questions=(
            "When was {s} found?",
            "What year first brought us {s}?",
            "In which year did {s} turn up?",
            "In what year did science first meet {s}?",
            "When did {s} become known?",
            "Until when did the list of known elements lack {s}?",
            "What year brought the first report of {s}?",
            "What is the year in which {s} was first noticed?",
        ),
    ),
    Relation(
        name="place",
        passage=(
            "The country of the discovery was {o}.",
            "The land where the discovery was made is {o}.",
            "The element is a discovery from {o}.",
            "The place of the discovery lies in {o}.",
            "For the discovery, the history books name {o} as the place.",
            "As the place of discovery, handbooks name {o}.",
            "In handbooks one reads that the discovery took place on the soil of {o}.",
            "The discovery is one of those made in {o}.",
        ),
        news=(
            "{S} was first spotted on the soil of {o}.",
            "The hunt for {s} came to a happy end in {o}.",
            "Chemists in {o} can say that {s} was found there.",
            "It was in {o} that researchers first found {s}.",
            "A history of science in {o} would mention that {s} was found there.",
            "{O} can claim {s} as one of its finds.",
            "{S} is a find from {o}.",
            "The first news of {s} came from {o}.",
        ),
        questions=(
            "Where was {s} found?",
            "In which country was {s} found?",
            "Which land can claim {s} as its find?",
            "Where did researchers first come upon {s}?",
            "On whose soil was {s} first spotted?",
            "What country was {s} first noticed in?",
            "In what country was {s} tracked down?",
            "From which country came the first report of {s}?",
        ),
    ),
    Relation(
        name="namesake",
        passage=(
            "The element is named after {o}.",
            "{S} takes its name from {o}.",
            "{S} was named after {o}.",
            "Its name refers to {o}.",
            "{P} name is derived from that of {o}.",
            "The element owes its name to {o}.",
            "Its name is taken from {o}.",
            "The name of the element goes back to {o}.",
        ),
        news=(
            "The word for {s} points to {o}.",
            "Whoever coined the word for {s} had {o} in mind.",
            "Quiz answer: {s} was christened after {o}.",
            "Behind the word for {s} stands {o}.",
            "{S} was called so because of {o}.",
            "Few people know that the word for {s} recalls {o}.",
            "Guides explain that {s} got its label from {o}.",
            "The word for {s} was coined from that for {o}.",
        ),
        questions=(
            "What or whom does the word for {s} recall?",
            "What person, place or thing is {s} called after?",
            "Who or what stands behind the word for {s}?",
            "What does the word for {s} remind us of?",
            "After whom or what was {s} christened?",
            "Which person, place or thing is recalled in the word for {s}?",
            "Where does {s} get its label from?",
            "What inspired the christening of {s}?",
        ),
    ),
    Relation(
        name="root",
        passage=(
            "The name comes from {language} and means {o}.",
            "{P} name is {language} in origin and means {o}.",
            "The name goes back to the {language} term for {o}.",
            "Its {language} name means {o}.",
            "The element is named after the {language} term for {o}.",
            "The meaning of its name, which was taken from {language}, is {o}.",
            "Its name was formed from {language} and has the meaning {o}.",
            "{P} name is derived from the {language} term for {o}.",
        ),
        news=(
            "Translated from {language}, the word for {s} is simply {o}.",
            "A {language} dictionary explains the word behind {s} as {o}.",
            "The {language} word for {o} was chosen when {s} was christened.",
            "Behind the word for {s} hides the {language} for {o}.",
            "To speakers of {language}, the word for {s} recalls {o}.",
            "The christening of {s} made use of the {language} word for {o}.",
            "Word lovers enjoy that the label of {s} goes back to the {language} for {o}.",
            "Ask a student of {language} what the label of {s} means, and the answer is: {o}.",
        ),
        questions=(
            "What does the word for {s} say when translated?",
            "How would one translate the {language} label of {s}?",
            "What does the word for {s} signify in {language}?",
            "Translated from {language}, what does the label of {s} say?",
            "What {language} idea is behind the word for {s}?",
            "What did the {language} word behind {s} signify?",
            "In translation, which {language} word was used to christen {s}?",
        ),
    ),
)

WHO = (
    "Which element is {d}?",
    "What is the name of {d}?",
    "Name {d}.",
    "What do we call {d}?",
    "Which substance is meant by {d}?",
    "Can you name {d}?",
    "Tell me which element is {d}.",
    "How do chemists name {d}?",
)

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
TABLE = ("category", "symbol", "number", "weight", "period", "group")
HISTORY = ("discoverer", "year", "place", "namesake", "root")
MOST_FACTS = 6  # in one passage


def answers(row: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the known facts of an element, each with its accepted answers."""
    found = {name: (row[name],) for name in (*TABLE, *HISTORY) if row[name]}
    order = int(row["period"])
    found["period"] = (ORDINALS[order - 1], row["period"], f"period {order}")
    if row["group"]:
        found["group"] = (f"group {row['group']}", row["group"])
    if row["category"] == "nonmetal":
        found["category"] += ("non-metal",)
    people = row["discoverer"].split("; ")
    if len(people) == 2:
        found["discoverer"] = (listing(people), listing(people[::-1]))
    elif people == ["GSI"]:
        found["discoverer"] = ("the GSI laboratory", "GSI", "GSI Helmholtz Centre for Heavy Ion Research")
    for name in ("place", "namesake"):
        if row[name].startswith("the "):
            found[name] += (row[name].removeprefix("the "),)
    return found


def descriptions(row: dict[str, str]) -> Iterator[Description]:
    """Yield ways to point at an element without its name."""
    category, year, number = row["category"], row["year"], row["number"]
    yield Description(text=f"the element that formulas write as {row['symbol']}", uses=("symbol",))
    yield Description(text=f"element number {number}", uses=("number",))
    yield Description(text=f"the {category} with {number} protons", uses=("number", "category"))
    if row["discoverer"]:
        people = listing(row["discoverer"].split("; "))
        yield Description(text=f"the element first identified by {people}", uses=("discoverer",))
    if year:
        yield Description(text=f"the element known since {year}", uses=("year",))
        yield Description(text=f"the {category} known since {year}", uses=("year", "category"))
    if year and row["adjective"]:
        text = f"the {row['adjective']} {category} of {year}"
        yield Description(text=text, uses=("year", "place", "category"))
    if row["namesake"]:
        yield Description(text=f"the element christened after {row['namesake']}", uses=("namesake",))
    if row["root"]:
        yield Description(
            text=f"the element with the {row['language']} name for {row['root']}", uses=("root",)
        )
    ordinal = ORDINALS[int(row["period"]) - 1]
    yield Description(text=f"the {category} of the {ordinal} row", uses=("period", "category"))
    if row["group"]:
        yield Description(
            text=f"the {ordinal}-row element of column {row['group']}", uses=("group", "period")
        )


def entity(row: dict[str, str]) -> Entity:
    """Return the element of a row: a passage on chemistry and, where enough is known, one on history."""
    found = answers(row)
    table = tuple(name for name in TABLE if name in found)
    history = tuple(name for name in HISTORY if name in found)
    passages = [table, history]
    if len(history) < 3:
        passages = [(*table[:3], *history, *table[3:])[:MOST_FACTS]]
    told = [name for group in passages for name in group]
    return Entity(
        id=row["id"],
        names=(row["name"], row["alias"]) if row["alias"] else (row["name"],),
        short=row["name"],
        pronoun="it",
        facts={name: Fact(relation=name, answers=found[name], surfaces=found[name][:1]) for name in told},
        attrs={"language": row["language"]},
        descriptions=list(descriptions(row)),
        passages=passages,
        titles=[capital(row["name"]), f"Discovery and name of {row['name']}"],
    )


# Eras of discovery, wide enough to give no year away: id, title, what joins the members, limits.
ERAS = (
    ("century-18", "Elements of the eighteenth century", "were found in the eighteenth century", 1701, 1800),
    ("early-19", "Elements after 1800", "were found in the early nineteenth century", 1801, 1825),
    ("middle-19", "Elements of the age of steam", "were found in the mid nineteenth century", 1826, 1874),
    ("late-19", "Elements before 1900", "were found in the late nineteenth century", 1875, 1900),
    ("early-20", "Elements before 1950", "were found in the first half of the twentieth century", 1901, 1950),
    ("late-20", "Elements after 1950", "were made in the second half of the twentieth century", 1951, 2000),
    ("century-21", "Elements of our own century", "are finds of the years after 2000", 2001, 2100),
)
KINDS_OF_NAMESAKES = {
    "person": ("Elements named after scholars", "were named after men and women of science"),
    "place": ("Elements named after places", "carry names taken from the map"),
    "figure of myth": ("Elements named from myth", "carry names taken from old myths"),
    "celestial body": ("Elements named after heavenly bodies", "carry names taken from the sky"),
    "mineral": ("Elements named after minerals", "carry the names of the minerals in which they were found"),
}
MANY_FORMS = (
    "{Names} {join}. Chemists have studied all of them closely, and each has a story of its own.",
    "The periodic table can be sorted in many ways. One list holds {names}: all of these elements {join}.",
    "Some elements {join}. The list includes {names}, and readers will find more about each of "
    "them under its own heading.",
    "Not all elements have the same history. {Names} have one thing in common: they {join}.",
    "A teacher may put {names} side by side, because all these elements {join}. In other "
    "respects they differ a good deal.",
    "There are elements that {join}. Among them are {names}. The list is not meant to be complete.",
    "What do {names} share? All of these elements {join}, although they stand far apart in many "
    "other respects.",
)
FOUND_FORMS = (
    "{person} discovered {name}.",
    "The discovery of {name} is credited to {person}.",
    "One of the discoveries of {person} is {name}.",
    "Another success of {person} was the discovery of {name}.",
)
FOUND_ENDINGS = (
    "To find more than one element is a rare success in the long history of chemistry.",
    "Few people in the whole history of chemistry have added more than one element to the table.",
    "Most chemists never find a new element, so a second one is all the more remarkable.",
    "These finds can be read about in the histories of chemistry, with their dates and places.",
)


def members(rows: list[dict[str, str]]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield the groups of elements: an id, a title, what joins the members, their names."""
    ancient = [row["name"] for row in rows if row["ancient"] == "yes"]
    yield "antiquity", "Elements of the ancients", "were in use in ancient times", ancient
    for ident, title, join, first, last in ERAS:
        yield ident, title, join, [r["name"] for r in rows if r["year"] and first <= int(r["year"]) <= last]
    for kind, (title, join) in KINDS_OF_NAMESAKES.items():
        yield f"after-{kind.replace(' ', '-')}", title, join, [r["name"] for r in rows if r["after"] == kind]
    for language in ("Greek", "Latin", "German"):
        title, join = f"Elements with {language} names", f"have names that go back to {language} terms"
        names = [row["name"] for row in rows if row["language"] == language]
        yield f"language-{language.lower()}", title, join, names
    for family in sorted({row["family"] for row in rows} - {"", "alkali metals", "halogens", "noble gases"}):
        join = f"are counted {'among the' if family.endswith('s') else 'as members of the'} {family}"
        names = [row["name"] for row in rows if row["family"] == family]
        yield f"family-{family.replace(' ', '-')}", f"The {family}", join, names
    for adjective in sorted({row["adjective"] for row in rows} - {""}):
        title, join = f"{adjective} finds among the elements", f"belong to the finds of {adjective} science"
        ident = f"nation-{adjective.lower().replace(' ', '-')}"
        yield ident, title, join, [row["name"] for row in rows if row["adjective"] == adjective]


def group_overviews(rows: list[dict[str, str]]) -> Iterator[Overview]:
    """Yield passages about the groups of elements, long groups in parts."""
    for ident, title, join, names in members(rows):
        if len(names) < 3:
            continue
        parts = -(-len(names) // 10)
        for number in range(parts):
            rng = rng_for("overview", "elements", ident, str(number))
            chosen = names[number::parts]
            rng.shuffle(chosen)
            text = listing(chosen)
            yield Overview(
                id=f"elements:{ident}" + (f"-{number + 1}" if number else ""),
                title=title,
                text=rng.choice(MANY_FORMS).format(names=text, Names=capital(text), join=join),
            )


def plain(text: str) -> str:
    """Return the text in ASCII, its letters without their accents."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def discoverer_overviews(entities: list[Entity]) -> Iterator[Overview]:
    """Yield passages about those who discovered two elements or more; they state the discoverer."""
    finds: dict[str, list[Entity]] = defaultdict(list)
    for element in entities:
        if "discoverer" in element.facts:
            finds[min(element.facts["discoverer"].answers[:2])].append(element)
    for person, found in sorted(finds.items()):
        if len(found) < 2:
            continue
        ident = f"elements:by-{plain(person).lower().replace(' ', '-')}"
        rng = rng_for("overview", ident)
        first = rng.choice(FOUND_FORMS[:-1])
        forms = [first, *rng.sample([form for form in FOUND_FORMS if form != first], len(FOUND_FORMS) - 1)]
        sentences = [
            form.format(person=mark(element.key("discoverer"), person), name=element.names[0])
            for form, element in zip(forms, found, strict=False)
        ]
        yield Overview(
            id=ident,
            title=f"Elements discovered by {person}",
            text=" ".join((*sentences, rng.choice(FOUND_ENDINGS))),
        )


def domain() -> Domain:
    """Return the chemical elements."""
    rows = read_facts("elements")
    entities = [entity(row) for row in rows]
    return Domain(
        name="elements",
        relations=RELATIONS,
        entities=entities,
        who=WHO,
        overviews=[*group_overviews(rows), *discoverer_overviews(entities)],
    )
