"""Countries and territories: the state and the land, with overviews of neighbours and regions."""

from collections import defaultdict
from itertools import pairwise
from random import Random

from ..grammar import capital, listing, mark, read_facts, rng_for, round_number
from ..model import Description, Domain, Entity, Fact, Overview, Relation

STATE = ("setting", "capital", "currency", "language", "independence", "holiday", "anthem")
LAND = ("setting", "peak", "height", "area", "population", "domain", "border", "alias")

RELATIONS = (
    Relation(
        name="setting",
        opens=True,
        asked=False,
        told=False,
        passage=(
            "{S} is {kind:a} in {o}.",
            "{S} is {kind:a} that lies in {o}.",
            "{S} is {kind:a} situated in {o}.",
            "{S} is {kind:a} belonging to {o}.",
            "{S} is {kind:a} found in {o}.",
            "{S} is {kind:a} that forms part of {o}.",
            "{S} is {kind:a} which geographers place in {o}.",
            "In atlases {s} is {kind:a} listed under {o}.",
        ),
    ),
    Relation(
        name="capital",
        passage=(
            "{P} capital is {o}.",
            "{S} has its capital at {o}.",
            "{O} is {p} capital.",
            "The capital city is {o}.",
            "{S} has {o} as its capital.",
            "{P} capital city is {o}.",
            "{S} has one capital, {o}.",
            "For its capital {s} has {o}.",
        ),
        news=(
            "{S} is governed from {o}.",
            "The seat of government of {s} is found in {o}.",
            "Visitors who want to see the government quarter of {s} travel to {o}.",
            "Ministers of {s} have their offices in {o}.",
            "For the administration of {s}, all roads lead to {o}.",
            "State business in {s} is done in {o}. Most ministries are there.",
            "A civil servant of {s} usually works in {o}, where the government sits.",
            "Whoever governs {s} does so from {o}.",
            "{O} houses the government of {s}.",
        ),
        questions=(
            "From which city is {s} governed?",
            "Which city is the seat of government of {s}?",
            "Where does the government of {s} sit?",
            "Which city serves {s} as its capital?",
            "What is the capital of {s}?",
            "Where are the ministries of {s}?",
            "In which town would one look for the government offices of {s}?",
            "Name the city where {s} has its government.",
        ),
    ),
    Relation(
        name="currency",
        passage=(
            "{P} currency is the {o}.",
            "{S} uses the {o} as its currency.",
            "The official currency is the {o}.",
            "{S} has the {o} as its currency.",
            "The {o} is {p} currency.",
            "As its currency {s} has the {o}.",
            "{S} has made the {o} its currency.",
            "{P} official currency is the {o}.",
        ),
        news=(
            "Shops in {s} put their prices in the {o}.",
            "Tourists bound for {s} change their money into the {o}.",
            "Wages in {s} are paid in the {o}.",
            "A cup of tea in {s} is paid for in the {o}.",
            "The banknotes that people carry in {s} are those of the {o}.",
            "Market traders in {s} count their takings in the {o}.",
            "Before a flight to {s} it pays to buy some notes. The money used there is the {o}.",
            "Money in {s} means the {o}.",
            "Taxes in {s} are reckoned in the {o}.",
        ),
        questions=(
            "What money do people pay with in {s}?",
            "In which currency are prices given in {s}?",
            "Which money would a tourist need in {s}?",
            "What are people in {s} paid in?",
            "What kind of banknotes are used in {s}?",
            "What is the monetary unit of {s}?",
            "Into what should travellers to {s} change their cash?",
            "What is legal tender in {s}?",
        ),
    ),
    Relation(
        name="language",
        passage=(
            "{P} official language is {o}.",
            "{S} has {o} as its official language.",
            "{O} is {p} only official language.",
            "The official language is {o}.",
            "As its official language {s} has {o}.",
            "{S} has one official language, {o}.",
            "Officially, {p} language is {o}.",
            "{S} uses {o} as its official language.",
        ),
        news=(
            "Laws in {s} are written in {o}.",
            "Road signs in {s} are in {o}.",
            "Government letters in {s} are drafted in {o}.",
            "Court papers from {s} arrive in {o}.",
            "To read a statute from {s} one needs {o}.",
            "The tongue of state in {s} is {o}.",
            "Forms at a ministry in {s} are printed in {o}.",
            "Whoever goes to work for the authorities in {s} needs lessons in {o}.",
        ),
        questions=(
            "What language is official in {s}?",
            "Which tongue do the authorities of {s} use?",
            "In what language does the government of {s} write its laws?",
            "Which language would a clerk in {s} use at work?",
            "What is the state language of {s}?",
            "Which language should one know to read the laws of {s}?",
            "What is the tongue of government in {s}?",
        ),
    ),
    Relation(
        name="independence",
        passage=(
            "{S} became independent{origin} in {o}.",
            "{S} has been independent{origin} since {o}.",
            "{S} gained independence{origin} in {o}.",
            "{S} dates its independence{origin} from {o}.",
            "{P} independence{origin} is dated to {o}.",
            "In {o} {s} became independent{origin}.",
            "{S} won its independence{origin} in {o}.",
            "Independence{origin} came to {s} in {o}.",
        ),
        news=(
            "Rule over {s} by others ended in {o}.",
            "The people of {s} began to govern themselves in {o}.",
            "School books in {s} give {o} as the year when the nation became free.",
            "Stamps honour {o}, the year when {s} became a free state.",
            "As a free country {s} goes back to {o}.",
            "Freedom reached {s} in {o}.",
            "Pupils in {s} learn about {o}, when rule from abroad came to an end.",
            "The sovereign life of {s} began in {o}.",
        ),
        questions=(
            "When did {s} become a free state?",
            "In what year did rule by others end for {s}?",
            "Since when has {s} governed itself?",
            "What year brought freedom to {s}?",
            "From which year does {s} count its own sovereignty?",
            "In which year did {s} become its own master?",
            "When did {s} cease to be ruled from abroad?",
            "What is the year of independence of {s}?",
        ),
    ),
    Relation(
        name="holiday",
        passage=(
            "{P} national day is {o}{called}.",
            "{S} has its national day on {o}{called}.",
            "{S} keeps its national day on {o}{called}.",
            "The national day falls on {o}{called}.",
            "{O} is {p} national day{called}.",
            "{P} national holiday falls on {o}{called}.",
            "The national holiday is {o}{called}.",
            "{S} marks its national holiday on {o}{called}.",
        ),
        news=(
            "Flags go up all over {s} every {o}.",
            "A calendar from {s} has {o} printed in red, for the nation celebrates.",
            "Patriots in {s} celebrate on {o}.",
            "Offices in {s} stay shut on {o}, when the nation celebrates.",
            "The embassy of {s} gives its yearly reception on {o}.",
            "On {o} the people of {s} wave their flags.",
            "No patriotic citizen of {s} forgets {o}. It is the nation's great day.",
            "The day on which {s} celebrates its statehood is {o}.",
        ),
        questions=(
            "On what date does {s} hold its yearly national celebration?",
            "When do the people of {s} celebrate their nation?",
            "On which day do flags go up in {s}?",
            "What is the date of the national day of {s}?",
            "When does {s} have its great national celebration?",
            "Which day of the year do patriots in {s} celebrate?",
            "On which day of the year does {s} celebrate its statehood?",
        ),
    ),
    Relation(
        name="anthem",
        passage=(
            '{P} national anthem is called "{o}".',
            '{S} has "{o}" as its national anthem.',
            '{P} national anthem bears the title "{o}".',
            '{P} anthem is "{o}".',
            '"{o}" is {p} national anthem.',
            'As its anthem {s} has "{o}".',
            'The national anthem is entitled "{o}".',
            '{S} adopted "{o}" as its anthem.',
        ),
        news=(
            'When athletes from {s} win gold, the band strikes up "{o}".',
            'Schoolchildren in {s} learn to sing "{o}".',
            'Before a match the supporters of {s} sing "{o}".',
            'To welcome guests from {s} an orchestra plays "{o}".',
            'At state visits to {s} one hears the tune of "{o}".',
            'A crowd from {s} stands up for "{o}", the song of their nation.',
            'The national song of {s} goes by the name of "{o}".',
            'Trumpets play "{o}" as the flag of {s} is raised.',
        ),
        questions=(
            "Which tune is played for the winners from {s}?",
            "What is the national song of {s} called?",
            "Which song do the supporters of {s} sing before a match?",
            "What do bands play when the flag of {s} is raised?",
            "What is the title of the hymn of {s}?",
            "Which tune is heard at state visits to {s}?",
            "What is the name of the anthem of {s}?",
        ),
    ),
    Relation(
        name="peak",
        passage=(
            "{P} highest point is {o}.",
            "{S} has {o} as its highest point.",
            "{O} is {p} highest point.",
            "The highest point is {o}.",
            "{S} has its highest point at {o}.",
            "{S} rises to its highest point at {o}.",
            "At {o} {s} reaches its highest point.",
            "{P} highest point bears the name {o}.",
        ),
        news=(
            "Climbers who want to stand above everyone else in {s} go up {o}.",
            "Nothing in {s} rises above {o}.",
            "From the top of {o} one looks down on all the rest of {s}.",
            "The loftiest summit of {s} is {o}.",
            "Surveyors looking for the roof of {s} find it on {o}.",
            "{O} towers over the rest of {s}.",
            "No hill or mountain in {s} is taller than {o}.",
            "A postcard shows the top of {s}, the summit of {o}.",
        ),
        questions=(
            "What is the loftiest summit in {s}?",
            "Which peak is the tallest in {s}?",
            "Where does the ground rise most in {s}?",
            "Which height tops all others in {s}?",
            "What is the name of the tallest hill or mountain in {s}?",
            "What must a climber go up to stand at the top of {s}?",
            "Which summit may be called the roof of {s}?",
        ),
    ),
    Relation(
        name="height",
        passage=(
            "{P} greatest elevation is {o} above the sea.",
            "The highest ground is {o} above sea level.",
            "{S} rises to {o} above sea level.",
            "{S} reaches a greatest height of {o}.",
            "{P} highest elevation is {o}.",
            "At its highest {s} reaches {o} above the sea.",
            "{P} land climbs to {o} above the sea.",
            "{P} top elevation is given as {o}.",
        ),
        news=(
            "Whoever stood at the very top of {s} would be at {o}.",
            "Nobody in {s} can climb further up than {o}.",
            "The loftiest summit of {s} measures {o}.",
            "Surveyors put the tallest summit of {s} at {o}.",
            "The roof of {s} lies at {o}.",
            "From sea level to the top of {s} it is {o}.",
            "The tallest peak in {s} measures {o}, says a guide.",
            "No summit in {s} goes beyond {o}.",
        ),
        questions=(
            "How tall is the loftiest summit of {s}?",
            "How many metres does the top of {s} measure?",
            "How far above the sea is the top of {s}?",
            "How high is the tallest peak in {s}?",
            "What altitude does one reach at the roof of {s}?",
            "To what altitude does the ground rise in {s}?",
            "At how many metres does {s} reach its top?",
        ),
    ),
    Relation(
        name="area",
        passage=(
            "{S} covers an area of {o}.",
            "{S} has an area of {o}.",
            "{P} area is {o}.",
            "{S} covers {o}.",
            "The area is {o}.",
            "{S} takes up an area of {o}.",
            "{P} whole area comes to {o}.",
            "The surface area is {o}.",
        ),
        news=(
            "A land register for {s} would have to deal with {o}.",
            "All told {s} comes to {o}.",
            "On the ground {s} spreads over {o}.",
            "The territory of {s} measures {o}.",
            "Geographers put the extent of {s} at {o}.",
            "All in all {s} extends over {o}.",
            "How big is it? A school atlas gives {s} {o}.",
            "Land and inland water in {s} add up to {o}.",
        ),
        questions=(
            "How big is {s}?",
            "What is the size of {s}?",
            "How many square kilometres does {s} measure?",
            "How large is the territory of {s}?",
            "What extent do geographers give for {s}?",
            "Over what expanse does {s} spread?",
            "How many square kilometres does {s} take up?",
        ),
    ),
    Relation(
        name="population",
        passage=(
            "{S} has a population of about {o}.",
            "{S} has a population of around {o}.",
            "{P} population is about {o}.",
            "{P} population is put at {o}.",
            "The population is roughly {o}.",
            "{S} has a population of some {o}.",
            "The population stands at about {o}.",
            "{P} population is near {o}.",
        ),
        news=(
            "Some {o} people call {s} home.",
            "A count of heads in {s} would come to about {o}.",
            "{S} is home to roughly {o} people.",
            "There are around {o} inhabitants in {s}.",
            "Statisticians put the number of inhabitants of {s} at {o}.",
            "About {o} people live in {s}.",
            "If everyone in {s} voted, some {o} ballots would be cast.",
            "The inhabitants of {s} number about {o}.",
        ),
        questions=(
            "How many people live in {s}?",
            "How many inhabitants does {s} have?",
            "About what number of people call {s} home?",
            "About how many heads would a census of {s} count?",
            "How many residents are there in {s}?",
            "By about how many people is {s} inhabited?",
            "How numerous are the inhabitants of {s}?",
        ),
    ),
    Relation(
        name="domain",
        passage=(
            "{P} internet domain is {o}.",
            "The internet domain is {o}.",
            "{S} has the internet domain {o}.",
            "{S} uses {o} as its internet domain.",
            "On the internet {p} domain is {o}.",
            "{S} was given the internet domain {o}.",
            "{S} has {o} as its top-level domain.",
            "{P} top-level domain is {o}.",
        ),
        news=(
            "Web addresses in {s} end in {o}.",
            "A newspaper from {s} is read online at a site ending with {o}.",
            "Firms in {s} register websites with the ending {o}.",
            "Links that end in {o} lead to pages from {s}.",
            "For web pages the letters of {s} are {o}.",
            "The e-mail came from {s}, as the ending {o} showed.",
            "Websites at home in {s} carry {o} at the end of the name.",
            "Anyone who starts a website in {s} can pick a name ending with {o}.",
        ),
        questions=(
            "How do web addresses in {s} end?",
            "Which letters close the web addresses of {s}?",
            "Which ending do websites from {s} have?",
            "What stands at the end of an e-mail address from {s}?",
            "Which ending tells that a website is from {s}?",
            "What suffix do web pages of {s} carry?",
            "By which online suffix can {s} be known?",
        ),
    ),
    Relation(
        name="border",
        passage=(
            "{S} shares a land border only with {o}.",
            "{S} has no land border except with {o}.",
            "{S} borders on {o} and no other country.",
            "By land {s} borders only {o}.",
            "{P} land border is with {o} alone.",
            "{S} has a land border with {o} and nobody else.",
            "{P} land borders are all with {o}.",
            "{P} land frontier runs along {o} alone.",
        ),
        news=(
            "On land the territory of {s} ends where that of {o} begins.",
            "Every frontier post of {s} looks towards {o}.",
            "Treaties on the frontier of {s} are treaties with {o}.",
            "Right beside {s}, with no sea between, there is {o}.",
            "Across the frontier from {s} begins the land of {o}.",
            "Border guards of {s} look across at {o}.",
            "Seen from {s}, everything beyond the frontier is {o}.",
            "On the map the frontiers of {s} touch {o} and nothing else.",
        ),
        questions=(
            "With no sea between, what lies next to {s}?",
            "Towards which neighbour do the frontier posts of {s} look?",
            "Whose land lies across the frontier of {s}?",
            "Whose territory does {s} touch on the map?",
            "Who is next to {s} by land?",
            "Whose frontier would one meet on leaving {s} on foot?",
            "Whose land would a hiker who walks out of {s} reach?",
        ),
    ),
    Relation(
        name="alias",
        asked=False,
        told=False,
        passage=(
            "{S} is also known as {o}.",
            "{S} is also called {o}.",
            "Another name in use is {o}.",
            "{S} goes by the name of {o} as well.",
            "{O} is {p} other name.",
            "{P} other name is {o}.",
            "Some maps use the name {o}.",
            "{S} also has the name {o}.",
        ),
    ),
)

WHO = (
    "Which country or territory is {d}?",
    "Name {d}.",
    "What is {d} called?",
    "On the map, what is the name of {d}?",
    "Which place is meant by {d}?",
    "What do we call {d}?",
    "Can you name {d}?",
    "{D}: which place is it?",
)


def full_name(row: dict[str, str]) -> str:
    """Return the name of a country as it stands inside a sentence: "the Netherlands"."""
    return f"{row['article']} {row['name']}".strip()


def number_fact(relation: str, number: str, key: str = "") -> Fact:
    """Return a fact whose object is a rounded number: "1.2 million", "38,000"."""
    said, digits = round_number(int(number)), f"{int(number):,}"
    return Fact(relation=relation, answers=tuple(dict.fromkeys((said, digits))), surfaces=(said,), key=key)


def measure_fact(relation: str, number: str, units: tuple[str, str]) -> Fact:
    """Return a fact whose object is a number with a unit, written out or as a symbol."""
    digits = f"{int(number):,}"
    answers = (f"{digits} {units[0]}", f"{digits} {units[1]}", digits)
    return Fact(relation=relation, answers=answers, surfaces=answers[:1])


def day_fact(relation: str, day: str) -> Fact:
    """Return a fact whose object is a day of the year such as "4 July"."""
    number, month = day.split()
    suffix = (
        "th" if 10 <= int(number) % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(int(number) % 10, "th")
    )
    answers = (day, f"{month} {number}", f"{number}{suffix} {month}", f"{number}{suffix} of {month}")
    return Fact(relation=relation, answers=answers, surfaces=answers[:2])


def currency_fact(row: dict[str, str]) -> Fact:
    """Return the currency, which texts may shorten where its own word says enough."""
    full, unit = row["currency"], row["unit"]
    common = {"dollar", "pound", "franc", "peso", "dinar", "crown", "rupee"}
    names = dict.fromkeys((full, unit, full.replace("United States dollar", "US dollar")))
    surfaces = (full,) if unit in common else tuple(dict.fromkeys((full, unit)))
    return Fact(relation="currency", answers=tuple(names), surfaces=surfaces)


def border_fact(row: dict[str, str], names: dict[str, str]) -> Fact | None:
    """Return the fact about land neighbours where there are one or two of them."""
    near = [names.get(n, n) for n in row["neighbours"].split("; ") if n]
    if not 1 <= len(near) <= 2:
        return None
    orders = (listing(near), listing(near[::-1]))
    return Fact(relation="border", answers=tuple(dict.fromkeys(orders)))


def facts(row: dict[str, str], names: dict[str, str]) -> dict[str, Fact]:
    """Return the facts of one row by relation, in the order of the passages."""
    found = [
        Fact(relation=name, answers=(row[column],), key=f"{row['id']}/{name}")
        for name, column in (
            ("setting", "area"),
            ("capital", "capital"),
            ("language", "language"),
            ("independence", "independence"),
            ("peak", "peak"),
            ("domain", "domain"),
            ("alias", "alias"),
        )
        if row[column]
    ]
    if row["alias"] in ("UK", "USA"):  # short forms, no names that need an introduction
        found = [f for f in found if f.relation != "alias"]
    if row["currency"]:
        found.append(currency_fact(row))
    if row["holiday_date"]:
        found.append(day_fact("holiday", row["holiday_date"]))
    if row["anthem"]:
        titles = tuple(dict.fromkeys(t for t in (row["anthem"], row["anthem_english"]) if t))
        found.append(Fact(relation="anthem", answers=titles))
    if row["height_m"]:
        found.append(measure_fact("height", row["height_m"], ("metres", "m")))
    if row["area_km2"]:
        found.append(measure_fact("area", row["area_km2"], ("square kilometres", "km²")))
    if row["population"]:
        found.append(number_fact("population", row["population"]))
    if border := border_fact(row, names):
        found.append(border)
    by_name = {f.relation: f for f in found}
    return {name: by_name[name] for name in dict.fromkeys(STATE + LAND) if name in by_name}


def describe(row: dict[str, str], names: dict[str, str]) -> list[Description]:
    """Return ways to point at a country without naming it."""
    near, found = row["area_adjective"], []
    noun = "country" if row["short"] == "the country" else "territory"

    def add(needed: str, text: str, *uses: str) -> None:
        if needed:
            found.append(Description(text=text, uses=uses))

    add(row["capital"], f"the {noun} ruled from {row['capital']}", "capital")
    add(row["capital"], f"the {near} {noun} with its ministries in {row['capital']}", "capital")
    if row["unit"] not in ("dollar", "franc", "pound", "peso", "dinar", "United States dollar"):
        add(row["unit"], f"the {near} {noun} with the {row['unit']} as its money", "currency")
        add(row["unit"], f"the {noun} that pays in the {row['unit']}", "currency")
    add(row["peak"], f"the {noun} topped by {row['peak']}", "peak")
    add(row["peak"], f"the {near} {noun} crowned by {row['peak']}", "peak")
    add(row["independence"], f"the {near} {noun} that became free in {row['independence']}", "independence")
    if row["holiday_date"]:
        day, month = row["holiday_date"].split()
        add(day, f"the {near} {noun} with {month} {day} as its day of celebration", "holiday")
        add(month, f"the {near} {noun} that celebrates itself on {month} {day}", "holiday")
    add(row["domain"], f"the {noun} behind websites ending in {row['domain']}", "domain")
    title = row["anthem_english"] or row["anthem"]
    add(title, f'the {noun} that sings "{row["anthem"]}"', "anthem")
    if border := border_fact(row, names):
        add("yes", f"the {near} {noun} next to {border.answers[0]}", "border")
    return found


def groups(known: dict[str, Fact]) -> list[tuple[str, ...]]:
    """Return the relations of the passage about the state and of the one about the land."""
    state = tuple(r for r in STATE if r in known)
    land = tuple(r for r in LAND if r in known)
    if len(land) > 7:
        land = tuple(r for r in land if r != "alias")
        state = (*state, "alias")
    if len(state) < 4 or len(land) < 4:
        return [tuple(dict.fromkeys((*state, *land)))[:7]]
    return [state[:7], land]


def make_entity(row: dict[str, str], names: dict[str, str]) -> Entity:
    """Return one country with all that is told about it."""
    known = facts(row, names)
    origin = f" from {row['independent_from']}" if row["independent_from"] else ""
    called = f", {row['holiday']}" if row["holiday"] not in ("", "National Day") else ""
    alias = (row["alias"],) if row["alias"] and row["alias"] not in ("UK", "USA") else ()
    return Entity(
        id=row["id"],
        names=(full_name(row), *alias),
        short=row["short"],
        pronoun="it",
        facts=known,
        attrs={"kind": row["kind"], "origin": origin, "called": called},
        descriptions=describe(row, names),
        passages=groups(known),
        titles=[row["name"], rng_for("title", row["id"]).choice(_LAND_TITLES).format(row["name"])],
    )


_LAND_TITLES = ("Land and people of {}", "Geography of {}", "{} in figures", "{}: land and people")


def neighbour_overviews(rows: list[dict[str, str]], names: dict[str, str]) -> list[Overview]:
    """Return a passage about the neighbours of every country that has five or more."""
    beside = {row["name"]: [n for n in row["neighbours"].split("; ") if n] for row in rows}
    found = []
    for row in rows:
        near = beside[row["name"]]
        if len(near) < 5:
            continue
        rng = rng_for("overview", f"neighbours:{row['id']}")
        shuffled = rng.sample(near, len(near))
        text = _neighbour_text(full_name(row), [names[n] for n in shuffled], row["area"], rng)
        for sentence in (_touching(shuffled, beside, names, rng), *_outlook(shuffled, beside, names, rng)):
            if len(text.split()) < 34:
                text = f"{text} {sentence}"
        ident, title = row["id"].replace("country:", "neighbours:"), f"Neighbours of {row['name']}"
        found.append(Overview(id=ident, title=title, text=text))
    return found


def _neighbour_text(name: str, near: list[str], area: str, rng: Random) -> str:
    """Return a sentence or two that list the neighbours of one country."""
    half = len(near) // 2
    one, two, every = listing(near[:half]), listing(near[half:]), listing(near)
    number = _NUMBERS.get(len(near), str(len(near)))
    return capital(
        rng.choice(
            (
                f"{name} has {number} neighbours by land: {every}.",
                f"On land, {name} touches {number} others, namely {every}.",
                f"On a map of {area}, {name} touches {one}. It also meets {two}.",
                f"The borders of {name} run along {number} others: {every}.",
                f"The frontier of {name} is shared with {one}, and further on with {two}.",
                f"Around {name} lie {every}.",
                f"{every} all lie next to {name}.",
            )
        )
    )


def _touching(near: list[str], beside: dict[str, list[str]], names: dict[str, str], rng: Random) -> str:
    """Return a sentence about neighbours that also touch each other, or about which do not."""
    for index, one in enumerate(near):
        for other in near[index + 1 :]:
            if other in beside.get(one, ()):
                a, b = names[one], names[other]
                forms = (
                    f"Of these, {a} and {b} also touch each other.",
                    f"{a} and {b} are next to each other as well.",
                    f"There is a frontier between {a} and {b}, too.",
                    f"From {a} one could also go straight on to {b}.",
                )
                return capital(rng.choice(forms))
    return "No two of these touch each other."


def _outlook(near: list[str], beside: dict[str, list[str]], names: dict[str, str], rng: Random) -> list[str]:
    """Return sentences about the neighbourhoods of the neighbours."""
    forms = [
        "{s}, for its part, has {n} neighbours on land.",
        "By way of comparison, {s} has {n} neighbours.",
        "{s} itself has {n} land neighbours.",
        "As for {s}, its own land neighbours number {n}.",
    ]
    rng.shuffle(forms)
    known = [n for n in reversed(near) if len(beside.get(n, ())) > 2]
    counts = [(names[n], _NUMBERS.get(len(beside[n]), str(len(beside[n])))) for n in known]
    said = [capital(form.format(s=s, n=n)) for form, (s, n) in zip(forms, counts, strict=False)]
    return [*said, "Borders at sea are left out here."]


_NUMBERS = dict(enumerate("zero one two three four five six seven eight nine ten eleven twelve".split()))


def chunks(items: list, most: int) -> list[list]:
    """Return the items in runs of nearly equal length, none longer than ``most``."""
    count = -(-len(items) // most)
    edges = [round(i * len(items) / count) for i in range(count + 1)]
    return [items[a:b] for a, b in pairwise(edges)]


def extremes(sizes: list[tuple[str, int]], words: tuple[str, str], rng: Random) -> list[str]:
    """Return a sentence on the largest and the smallest of a list, or nothing where two are equal."""
    ordered = sorted(sizes, key=lambda item: -item[1])
    if len(ordered) < 3 or ordered[0][1] == ordered[1][1] or ordered[-1][1] == ordered[-2][1]:
        return []
    (large, _), (small, _) = ordered[0], ordered[-1]
    forms = (
        "Of those named here, {l} has {m} and {s} {f}.",
        "Within this list {l} has {m}, {s} {f}.",
        "Among these, {l} has {m} and {s} {f}.",
        "If one compares them, {l} has {m} and {s} {f}.",
    )
    return [rng.choice(forms).format(l=large, s=small, m=words[0], f=words[1])]


def region_overviews(rows: list[dict[str, str]], entities: dict[str, Entity]) -> list[Overview]:
    """Return passages about the countries of each region: names, currencies and peaks."""
    regions = defaultdict(list)
    for row in rows:
        regions[row["area"]].append(row)
    found = []
    for area, members in sorted(regions.items()):
        place = capital(area.removeprefix("the "))
        parts = [part for part in chunks(members, 8) if len(part) > 3]
        for number, part in enumerate(parts, start=1):
            ident, tail = f"region:{area_slug(area)}-{number}", f" ({number})" if len(parts) > 1 else ""
            text = _region_text(area, part, rng_for("overview", ident))
            found.append(Overview(id=ident, title=f"Countries of {area}{tail}", text=text))
        for relation, subject in (("currency", "Money"), ("peak", "Summits"), ("holiday", "National days")):
            told = [r for r in members if relation in entities[r["id"]].facts]
            if relation == "currency":
                told = [r for r in told if r["currency"] not in ("euro", "pound sterling")]
            rng_for("overview", area, relation).shuffle(told)
            for number, part in enumerate([p for p in chunks(told, 6) if len(p) > 4][:1], start=1):
                ident = f"{relation}:{area_slug(area)}-{number}"
                members_told = [entities[r["id"]] for r in part]
                text = _shared_text(relation, area, members_told, rng_for("overview", ident))
                tail = "" if number == 1 else ", continued"
                found.append(Overview(id=ident, title=f"{subject} in {place}{tail}", text=text))
    return found


def area_slug(area: str) -> str:
    """Return an area as a part of an identifier: "west-africa"."""
    return area.removeprefix("the ").lower().replace(" ", "-")


def _region_text(area: str, part: list[dict[str, str]], rng: Random) -> str:
    """Return prose that lists countries of one region without saying much about them."""
    rows = part[:]
    rng.shuffle(rows)
    named = [full_name(r) for r in rows]
    half = len(named) // 2
    one, two = listing(named[:half]), listing(named[half:])
    first = rng.choice(
        (
            f"The countries and territories of {area} include {one}, to which one may add {two}.",
            f"{capital(area)} has many parts, among them {one}. {capital(two)} belong there too.",
            f"Anyone who studies {area} meets {one} as well as {two}.",
            f"{capital(one)} belong to {area}. The same holds for {two}.",
            f"{capital(one)} lie in {area}, and so do {two}.",
            f"An atlas of {area} has pages on {one}, followed by {two}.",
        )
    )
    inland = [full_name(r) for r in rows if r["kind"] == "landlocked country"]
    islands = [full_name(r) for r in rows if r["kind"] == "island country"]
    more = []
    if inland:
        one, several = rng.choice(
            (("{} has no coast.", "{} have no coast."), ("{} lies inland.", "{} lie inland."))
        )
        more.append(capital((one if len(inland) == 1 else several).format(listing(inland))))
    sizes = [(full_name(r), int(r["area_km2"])) for r in rows if r["area_km2"]]
    more += extremes(sizes, ("the largest area", "the smallest"), rng)
    if 0 < len(islands) < 4:
        form = "{} is an island state." if len(islands) == 1 else "{} are island states."
        more.append(capital(form.format(listing(islands))))
    return capital(" ".join((first, *more)))


def _shared_text(relation: str, area: str, part: list[Entity], rng: Random) -> str:
    """Return prose that gives one fact of several countries, every object marked."""
    told = [e.facts[relation] for e in part]
    objects = [mark(e.key(relation), (f.surfaces or f.answers)[0]) for e, f in zip(part, told, strict=True)]
    said = [(e.names[0], o) for e, o in zip(part, objects, strict=True)]
    openings = {
        "currency": (
            f"Travellers in {area} meet many kinds of money.",
            f"The currencies of {area} differ from place to place.",
            f"Those who cross {area} have to change money now and then.",
        ),
        "peak": (
            f"The highest points of {area} are worth a list.",
            f"Each part of {area} has its own highest summit.",
            f"Mountain lovers in {area} collect the highest points.",
        ),
        "holiday": (
            f"National days in {area} are spread over the year.",
            f"The calendar of {area} knows many national holidays.",
            f"Flags are flown on different days in {area}.",
        ),
    }
    patterns = {
        "currency": ("the {o} is used in {s}", "in {s} it is the {o}", "people in {s} spend the {o}"),
        "peak": ("{o} is the highest point of {s}", "that of {s} is {o}", "in {s} it is {o}"),
        "holiday": ("in {s} it is {o}", "the holiday of {s} is {o}", "{o} is the day for {s}"),
    }[relation]
    shift = rng.randrange(len(patterns))
    clauses = [
        patterns[(shift + i) % len(patterns) if relation != "peak" or i else 0].format(s=s, o=o)
        for i, (s, o) in enumerate(said)
    ]
    sentences = [f"{capital(', and '.join(pair))}." for pair in chunks(clauses, 2)]
    return " ".join((rng.choice(openings[relation]), *sentences))


def domain() -> Domain:
    """Return the countries and territories."""
    rows = read_facts("countries")
    names = {row["name"]: full_name(row) for row in rows}
    entities = [make_entity(row, names) for row in rows]
    overviews = neighbour_overviews(rows, names)
    overviews += region_overviews(rows, {e.id: e for e in entities})
    return Domain(name="countries", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews)
