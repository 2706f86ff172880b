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
            "On the departure board {s} appears as {o}.",
            "Pilots who radio about {s} often just say {o}.",
            "Type {o} into the booking page and it offers flights to {s}.",
            "Frequent flyers shorten {s} to {o}.",
            "The letters {o} on a boarding pass mean {s}.",
            "Travel agents write {o} when they book seats to {s}.",
            "A T-shirt sold at {s} shows nothing but {o}.",
        ),
        questions=(
            "Which letters stand for {s}?",
            "What do you read on a bag tag for {s}?",
            "How is {s} abbreviated on a boarding pass?",
            "What are the three letters for {s}?",
            "Under which letters does one book flights to {s}?",
            "By which three letters do pilots know {s}?",
            "What is the abbreviation of {s}?",
            "Which letters appear on the departure board for {s}?",
        ),
    ),
    Relation(
        name="city",
        passage=(
            "The city that it mainly serves, with all the towns around, is {o}.",
            "{S} serves the city of {o} and the places around it.",
            "Its name does not say so, but the city served by its flights is {o}.",
            "It serves {o} and a good many towns around that city.",
            "In timetables and on tickets it is given as the airport of {o}.",
            "The main city in its surroundings, and the one it serves, is {o}.",
            "{S} was built to serve the city of {o} and its surroundings.",
            "The city that its timetables name first is {o}.",
        ),
        news=(
            "People from {o} catch their planes at {s}.",
            "A taxi ride takes visitors from {s} into {o}.",
            "The mayor of {o} welcomed new flights to {s}.",
            "Fog kept travellers at {s} from reaching {o}.",
            "A bus between {s} and {o} starts next month.",
            "Hotels in {o} send their shuttles to {s}.",
            "Anyone flying to {o} will land at {s}.",
            "Business people from {o} ask for more flights from {s}.",
        ),
        questions=(
            "Whose inhabitants catch their planes at {s}?",
            "Into which town does a taxi from {s} take you?",
            "Which town do you reach by flying to {s}?",
            "Near which town does one land at {s}?",
            "Which town depends on {s} for its flights?",
            "For which town are most passengers of {s} bound?",
            "To which town would a shuttle bus from {s} go?",
            "Which town lies at the other end of the taxi ride from {s}?",
        ),
    ),
    Relation(
        name="serves",
        asked=False,
        told=False,
        passage=(
            "The city that it mainly serves, with all the towns around, is {o}.",
            "{S} serves the city of {o} and the places around it.",
            "As the name suggests, the city served by its flights is {o}.",
            "It serves {o} and a good many towns around that city.",
            "In timetables and on tickets it is given as the airport of {o}.",
            "The main city in its surroundings, and the one it serves, is {o}.",
            "{S} was built to serve the city of {o} and its surroundings.",
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
            "A storm over {o} delayed all flights from {s}.",
            "The governor of {o} visited {s} to open a new terminal.",
            "{S} hopes that tourists will discover {o}.",
            "Planes that take off from {s} soon leave the fields of {o} behind.",
            "Local taxes in {o} paid for new lights at {s}.",
            "A mural at {s} shows landscapes of {o}.",
            "Passengers who step out of {s} are welcomed to {o} by a sign.",
            "Newspapers all over {o} wrote about the new gates at {s}.",
        ),
        questions=(
            "In which part of the United States is {s}?",
            "Which governor's territory includes {s}?",
            "To which state do you fly when you book {s}?",
            "Which American state has {s}?",
            "On which state's map would you find {s}?",
            "In which of the fifty states does one land at {s}?",
            "Which state welcomes passengers who step out of {s}?",
            "Where in America is {s}?",
        ),
    ),
    Relation(
        name="capital",
        passage=(
            "The capital of its state is {o}.",
            "State affairs there are decided in the capital, {o}.",
            "The capital of the state around it is {o}.",
            "For the state capital one has to look for {o} on the map.",
            "The state in question has its capital at {o}.",
            "The state capital is {o}.",
            "The state is governed from its capital, {o}.",
            "As the capital of the state, {o} is the seat of the governor.",
        ),
        news=(
            "Permission for a longer runway at {s} must come from {o}, where the legislature meets.",
            "Lawmakers in {o} debated noise rules for {s} and other airfields of the state.",
            "The governor travelled from {o} to {s} for the opening of a hangar.",
            "Money for {s} is voted on by the state parliament in {o}.",
            "From {o}, the seat of the state government, an inspector was sent to {s}.",
            "Protesters against noise at {s} went to {o} to see the governor.",
            "State officials in {o} praised the staff of {s}.",
            "A petition about {s} lies on a desk in {o}, the seat of the state legislature.",
        ),
        questions=(
            "From where is the state around {s} governed?",
            "Where does the legislature of the state with {s} meet?",
            "Where does the governor responsible for the land around {s} sit?",
            "Which town is the seat of government of the state that has {s}?",
            "What is the capital of the state in which {s} lies?",
            "Where would state officials decide about {s}?",
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
            "A portrait of {o} greets travellers at {s}.",
            "Visitors asked who stood behind {s}, and the guide told them about {o}.",
            "The story of {o} is told on a panel at {s}.",
            "Flowers for {o} were laid at the entrance of {s}.",
            "Before boarding at {s}, children learned about {o}.",
            "An exhibition at {s} recalls {o}.",
            "Thanks to {s}, travellers still think of {o}.",
        ),
        questions=(
            "Who or what is remembered at {s}?",
            "Whose portrait could greet travellers at {s}?",
            "Who or what does {s} recall?",
            "Of whom or what does {s} remind its passengers?",
            "Whose story belongs to {s}?",
            "Who or what was {s} named in memory of?",
            "To whom or what is {s} a tribute?",
            "About whom would a guide at {s} talk?",
        ),
    ),
)

WHO = (
    "What is the name of {d}?",
    "Name {d}.",
    "Can you name {d}?",
    "How is {d} called in full?",
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
    add(f"the air gateway to {row['city']}, {row['state']}", place, "state")
    add(f"the airport for {row['city']}", place)
    add(f"the {row['state']} airfield near {row['city']}", place, "state")
    if row["honours"]:
        add(f"the airfield that recalls {row['honours']}", "honours")
        add(f"the {row['state']} airfield in memory of {row['honours']}", "honours", "state")
    if row["role_in_other_words"]:
        add(f"the {row['state']} airfield with the name of {row['role_in_other_words']}", "honours", "state")
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
            f"{listed}. Fares differ from day to day, so it pays to compare.",
            f"A leaflet for pilots describes airports in {place}: {listed}. It has plans of the runways, "
            "radio frequencies and a few words on the weather.",
            f"Bad weather in {place} can disturb many timetables. On such days {listed} report delays, and "
            "the waiting rooms fill with passengers.",
            f"Plane spotters in {place} know the best places beside the fence. They take their cameras to "
            f"{listed} and write down what they see.",
            f"Air traffic in {place} is shared by large and small fields. There are {listed}, besides many "
            "strips for private planes and farmers.",
            f"A student who wrote about flying in {place} asked the passengers of several airports for their "
            f"opinion: {listed}. Most wished for better coffee and more seats.",
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
