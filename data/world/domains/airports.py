"""Airports of the United States: code, city, state and namesake; overviews by state and by letter."""

from collections import defaultdict

from ..grammar import article, listing, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .rivers import chunks, plain_fact

RELATIONS = (
    Relation(
        name="code",
        opens=True,
        passage=(
            "{S} is an American airport that tickets and timetables list under the IATA code {o}.",
            "{S}, an American airport for passengers, has the IATA code {o}.",
            "{S} is an airport in the United States; its IATA code is {o}.",
            "{S} is an American airport whose code, given by the airline association IATA, is {o}.",
            "The IATA code of {s}, an airport in the United States, is {o}.",
            "{S} is an airport of the United States listed under the code {o}.",
            "In the lists of the airlines the code {o} stands for {s}, an American airport.",
            "{S}, an airport in the United States, uses the IATA code {o}.",
        ),
        news=(
            "Suitcases bound for {s} carry a tag with the letters {o}.",
            "On departure boards {s} may appear as {o}.",
            "Crews who fly to {s} often just say {o}.",
            "Type {o} into the booking page and it offers flights to {s}.",
            "Frequent flyers shorten {s} to {o}.",
            "The letters {o} on a boarding pass mean {s}.",
            "Travel agents write {o} when they book seats to {s}.",
            "A suitcase sticker from {s} may say just {o}.",
        ),
        questions=(
            "Which letters stand for {s}?",
            "What do you read on a bag tag for {s}?",
            "How is {s} abbreviated on a boarding pass?",
            "What are the three letters for {s}?",
            "Under which letters does one book flights to {s}?",
            "By which three letters do crews know {s}?",
            "What is the abbreviation of {s}?",
            "Which letters appear on the departure board for {s}?",
        ),
    ),
    Relation(
        name="city",
        passage=(
            "The city that it mainly serves, with all the towns around, is {o}.",
            "{S} serves {o} and the places around it.",
            "Its name does not say so, but the city served by its flights is {o}.",
            "It serves {o} and a good many towns around that city.",
            "In timetables and on tickets it is given as the airport of {o}.",
            "The main city in its surroundings, and the one it serves, is {o}.",
            "{S} was built to serve {o} and its surroundings.",
            "The city that its timetables name first is {o}.",
        ),
        news=(
            "People from {o} catch their planes at {s}.",
            "A taxi ride takes visitors from {s} into {o}.",
            "The mayor of {o} is glad of every new flight to {s}.",
            "Fog over {s} keeps travellers from reaching {o}.",
            "Whoever lands at {s} can go on by road into {o}.",
            "Hotels in {o} look after guests who arrive at {s}.",
            "Anyone flying to {o} will land at {s}.",
            "Business people from {o} hope for more flights from {s}.",
        ),
        questions=(
            "The people of which city catch their planes at {s}?",
            "Into which town does a taxi from {s} take you?",
            "Which town do you reach by flying to {s}?",
            "Near which town does one land at {s}?",
            "Which town depends on {s} for its flights?",
            "Which town are most passengers on their way to when they fly to {s}?",
            "To which town would a shuttle bus from {s} take its passengers?",
            "Which town lies at the other end of the taxi ride from {s}?",
        ),
    ),
    Relation(
        name="serves",
        asked=False,
        told=False,
        passage=(
            "The city that it mainly serves, with all the towns around, is {o}.",
            "{S} serves {o} and the places around it.",
            "As the name suggests, the city served by its flights is {o}.",
            "It serves {o} and a good many towns around that city.",
            "In timetables and on tickets it is given as the airport of {o}.",
            "The main city in its surroundings, and the one it serves, is {o}.",
            "{S} was built to serve {o} and its surroundings.",
            "The city that its timetables name first is {o}.",
        ),
    ),
    Relation(
        name="state",
        passage=(
            "With all its runways {s} lies in the state of {o}.",
            "The state in which {s} and its terminals are situated is {o}.",
            "The runways and the terminals are in the state of {o}.",
            "{S} is situated in {o}, one of the fifty states.",
            "With its runways and hangars it is on the territory of the state of {o}.",
            "On a map of the states one finds the airport in {o}.",
            "The land around the runways belongs to the state of {o}.",
            "{S} is listed among the airports of {o}, one of the fifty states.",
        ),
        news=(
            "A storm over {o} can delay the flights from {s}.",
            "Should {s} get a new terminal, the governor of {o} would be invited.",
            "{S} hopes that tourists will discover {o}.",
            "Passengers who take off from {s} see {o} from above.",
            "The police of {o} may be called to {s} in an emergency.",
            "Postcards sold at {s} show views of {o}.",
            "For passengers who step out of {s}, a holiday in {o} begins.",
            "Newspapers in {o} report whatever is new at {s}.",
        ),
        questions=(
            "In which state of the Union is {s}?",
            "Which governor's territory includes {s}?",
            "To which state do you fly when you book {s}?",
            "Which American state has {s}?",
            "On which state's map would you find {s}?",
            "In which of the fifty states does one land at {s}?",
            "Which state welcomes passengers who step out of {s}?",
            "Into which part of the Union does one fly for {s}?",
        ),
    ),
    Relation(
        name="capital",
        passage=(
            "The capital of the state that {s} belongs to is {o}.",
            "State affairs are decided in the state capital, {o}.",
            "The capital of the state around it is {o}.",
            "The name of the state capital is {o}.",
            "The state around it has its capital at {o}.",
            "The state capital is {o}.",
            "The state around it is governed from the capital, {o}.",
            "As the capital of the state, {o} is the seat of the governor.",
        ),
        news=(
            "A state law about {s} would have to be passed in {o}, where the legislature meets.",
            "Lawmakers in {o} can make noise rules for {s} and other airfields of the state.",
            "To visit {s}, the governor would set out from {o}.",
            "State money for {s} is voted on by the legislature in {o}.",
            "From {o}, the seat of the state government, an inspector may be sent to {s}.",
            "Whoever wants to complain to the governor about noise at {s} writes to {o}.",
            "State officials in {o} know the plans of {s}.",
            "Petitions about {s} can be sent to {o}, the seat of the state legislature.",
        ),
        questions=(
            "From where is the state around {s} governed?",
            "Where does the legislature of the state with {s} meet?",
            "Where does the governor of the state around {s} sit?",
            "Which town is the seat of government of the state that has {s}?",
            "What is the capital of the state in which {s} lies?",
            "In which town would state lawmakers vote about {s}?",
            "Where do lawmakers of the state around {s} assemble?",
            "In which town would you find the governor of the state with {s}?",
        ),
    ),
    Relation(
        name="honours",
        passage=(
            "The airport commemorates {o}{role}.",
            "It was dedicated to {o}{role}.",
            "It honours the memory of {o}{role}.",
            "The airport is dedicated to the memory of {o}{role}.",
            "The dedication of the airport commemorates {o}{role}.",
            "{S} commemorates {o}{role}.",
            "In its dedication {s} honours {o}{role}.",
            "With this airport the region honours {o}{role}.",
        ),
        news=(
            "Whoever passes through {s} is reminded of {o}.",
            "A portrait of {o} would be in the right place at {s}.",
            "Ask who stands behind {s}, and the answer is {o}.",
            "The story of {o} belongs to {s}.",
            "A quiz card asks about {s}; the answer on the back is {o}.",
            "Before boarding at {s}, one may read up on {o}.",
            "To travellers {s} recalls {o}.",
            "Thanks to {s}, travellers still think of {o}.",
        ),
        questions=(
            "Who is remembered at {s}?",
            "Whose portrait could greet travellers at {s}?",
            "Which person does {s} recall?",
            "Of whom does {s} remind its passengers?",
            "Whose story belongs to {s}?",
            "Who lives on in the name of {s}?",
            "To whom is {s} a tribute?",
            "About whom would a guide at {s} talk?",
        ),
    ),
)

WHO = (
    "What is the name of {d}?",
    "Name {d}.",
    "Can you name {d}?",
    "What is {d} called in full?",
    "Give the full name of {d}.",
    "Do you know the name of {d}?",
    "Under which name is {d} found in the timetable?",
    "Identify {d}.",
)


def airport_facts(row: dict[str, str]) -> dict[str, Fact]:
    """Return what is known of one airport; a city that its name gives away is told but not asked."""
    place = "serves" if row["city"].casefold() in row["name"].casefold() else "city"
    facts = [
        Fact(relation="code", answers=(row["code"],)),
        plain_fact(place, row["city"]),
        plain_fact("state", row["state"]),
    ]
    if row["capital"] != row["city"]:
        facts.append(plain_fact("capital", row["capital"]))
    if row["honours"]:
        surname = row["surname"]
        answers = (row["honours"], surname) if surname else (row["honours"],)
        facts.append(Fact(relation="honours", answers=answers, surfaces=(row["honours"],)))
    return {f.relation: f for f in facts}


def airport_descriptions(row: dict[str, str]) -> list[Description]:
    """Return ways to point at an airport without its name."""
    found = []

    def add(text: str, *uses: str) -> None:
        found.append(Description(text=text, uses=uses))

    place = "serves" if row["city"].casefold() in row["name"].casefold() else "city"
    add(f"the airfield abbreviated {row['code']}", "code")
    if row["across_the_border"] != "yes":
        add(f"the air gateway to {row['city']}, {row['state']}", place, "state")
    add(f"the airport for {row['city']}", place)
    add(f"the {row['state']} airfield near {row['city']}", place, "state")
    if row["honours"]:
        add(f"the airfield that recalls {row['honours']}", "honours")
        add(f"the {row['state']} airfield in memory of {row['honours']}", "honours", "state")
    if row["role_in_other_words"]:
        add(f"the {row['state']} airfield named for {row['role_in_other_words']}", "honours", "state")
    return found


def airport(row: dict[str, str]) -> Entity:
    """Return one airport with its single passage."""
    facts = airport_facts(row)
    return Entity(
        id=row["id"],
        names=(row["name"],),
        short=row["nickname"] or "the airport",
        pronoun="it",
        attrs={"role": f", {article(row['role'])}" if row["role"] else ""},
        facts=facts,
        descriptions=airport_descriptions(row),
        passages=[tuple(facts)],
        titles=[row["name"]],
        short_in_news=bool(row["nickname"]),
    )


def overview_text(ident: str, place: str, names: list[str]) -> str:
    """Return a short text that names some airports of a place and hardly more."""
    rng = rng_for("overview", ident)
    rng.shuffle(names)
    listed = listing(names)
    return rng.choice(
        (
            f"Travellers who want to fly to {place} can choose. Among the airports with regular flights are "
            f"{listed}. Fares differ from day to day, so it pays to compare them.",
            f"A leaflet for pilots describes airports in {place}: {listed}. It has plans of the runways, "
            "radio frequencies and a few words on the weather.",
            f"Bad weather in {place} can disturb many timetables. On such days {listed} may report "
            "delays, and the waiting rooms fill with passengers.",
            f"Plane spotters in {place} have a choice of fences to stand at. They can take their cameras to "
            f"{listed}, and write down what they see.",
            f"Air traffic in {place} is shared by large and small fields. There are {listed}, besides many "
            "strips for private planes and farmers.",
            f"Anyone who wants to compare airports in {place} has much to look at. There are {listed}, and "
            "travellers disagree about which of them is the most pleasant.",
            f"When the first snow or the first heat of the year comes to {place}, the crews at {listed} "
            "check their machines and get ready for a new season.",
        )
    )


def domain() -> Domain:
    """Return the airports of the United States."""
    rows = read_facts("airports")
    by_state: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_state[row["state"]].append(row["name"])
    overviews = []
    for state, names in sorted(by_state.items()):
        if len(names) < 3:
            continue
        for number, part in enumerate(chunks(sorted(names), 6), start=1):
            ident = f"airports:{state.lower().replace(' ', '-')}-{number}"
            title = f"Airports of {state}" + (f" ({number})" if number > 1 else "")
            overviews.append(Overview(id=ident, title=title, text=overview_text(ident, state, part)))
    return Domain(
        name="airports",
        relations=RELATIONS,
        entities=[airport(r) for r in rows],
        who=WHO,
        overviews=overviews,
    )
