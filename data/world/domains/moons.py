"""Planets and moons of the Solar System: what they orbit, size, discovery, names, years and days."""

from ..grammar import listing, mark, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .languages import NUMBERS

Row = dict[str, str]

RELATIONS = (
    Relation(
        name="orbits",
        opens=True,
        passage=(
            "{S} is a moon of {o}.",
            "{S} is a natural satellite of {o}.",
            "{S} is a moon that orbits {o}.",
            "{S} belongs to the moons of {o}.",
            "{S} is one of the moons that circle {o}.",
            "{S} is counted among the moons of {o}.",
            "{S} is a moon in orbit around {o}.",
            "{S} is a natural satellite in the system of {o}.",
        ),
        news=(
            "Gravity keeps {s} bound to {o}.",
            "A probe on its way to {o} could also look at {s}.",
            "Round and round {o} goes {s}.",
            "The parent body of {s} is {o}.",
            "{S} is part of the retinue of {o}.",
            "An atlas of {o} and its companions has a page on {s}.",
            "{S} never strays far from {o}, which holds it in its grip.",
            "{O} is accompanied by {s}, among others.",
        ),
        questions=(
            "Around which body does {s} revolve?",
            "Which planet or dwarf planet does {s} circle?",
            "What is the parent body of {s}?",
            "To whose retinue does {s} belong?",
            "Whose satellite is {s}?",
            "Which world holds {s} in its grip?",
            "Which body is accompanied by {s}?",
            "Round what does {s} travel?",
        ),
    ),
    Relation(
        name="rank",
        passage=(
            "Among the moons of its parent body it ranks as the {o}.",
            "By diameter {s} is the {o} of the moons around its parent body.",
            "In its system {s} is the {o} moon.",
            "{S} is the {o} moon in its family.",
            "Of all the moons in its system {s} is the {o}.",
            "{S} ranks as the {o} moon of its parent body.",
            "{S} holds the place of the {o} moon in its system.",
            "Sorted by diameter, {s} comes out as the {o} in its system.",
        ),
        news=(
            "Lined up by size with its sisters, {s} would stand as the {o}.",
            "In a contest of bulk against its sisters {s} comes out as the {o}.",
            "A poster of the system, drawn to scale, shows {s} as the {o} satellite.",
            "No need to guess: among its siblings {s} is the {o}.",
            "Measured against its siblings, {s} proves to be the {o}.",
            "The size table of its system calls {s} the {o}.",
            "School models show {s} as the {o} of the family.",
            "Compared with its neighbours in orbit, {s} is the {o} one.",
        ),
        questions=(
            "What is the rank of {s} by size among the satellites of its parent?",
            "How does {s} rank in size within its system?",
            "What place does {s} take by size among its siblings?",
            "Which position does {s} hold in the size table of its system?",
            "How does the bulk of {s} compare with that of its sisters?",
            "When sister satellites are sorted by size, where does {s} come?",
            "In a line-up by size, which place goes to {s}?",
            "Compared with its siblings, how big is {s}?",
        ),
    ),
    Relation(
        name="diameter",
        opens=True,
        passage=(
            "{S} is {kind:a} with a diameter of about {o}.",
            "{S} is {kind:a} that has a diameter of {o}.",
            "{S} is {kind:a}, and its diameter is about {o}.",
            "{S} is {kind:a} about {o} in diameter.",
            "{S} is {kind:a} that measures about {o} in diameter.",
            "{S} is {kind:a} whose diameter is given as {o}.",
            "{S} is {kind:a} and has a diameter of roughly {o}.",
            "{S} is {kind:a} of some {o} in diameter.",
        ),
        news=(
            "A tunnel straight through the middle of {s} would be {o} long.",
            "From one side to the other {s} spans {o}.",
            "Asked how big {s} is, a guide would say: {o} across.",
            "{S} stretches {o} from edge to edge.",
            "The size of {s}, in figures: {o} across.",
            "On a scale model, {s} stands for a ball {o} wide.",
            "Drawn to scale, {s} needs room for a width of {o}.",
            "{O} is the width of {s}, the table says.",
        ),
        questions=(
            "How big is {s}?",
            "How wide is {s} from side to side?",
            "What is the size of {s}, edge to edge?",
            "How many kilometres does {s} measure across?",
            "How large is {s} in kilometres?",
            "What width does {s} have?",
            "How long would a tunnel through the middle of {s} be?",
            "How far is it from one side of {s} to the other?",
        ),
    ),
    Relation(
        name="found",
        passage=(
            "{S} was discovered in {o}.",
            "{P} discovery dates from {o}.",
            "The year of its discovery is {o}.",
            "{S} has been known since its discovery in {o}.",
            "Astronomers discovered {s} in {o}.",
            "The discovery of this moon was made in {o}.",
            "{S} joined the list of known moons in {o}.",
            "In {o} {s} was discovered and added to the list of known moons.",
        ),
        news=(
            "Until {o} nobody on Earth knew of {s}.",
            "The first sighting of {s} fell in the year {o}.",
            "It was in {o} that {s} was spotted for the first time.",
            "No chart made before {o} shows {s}.",
            "{S} first came to human notice in {o}.",
            "Word of {s} spread among observers in {o}.",
            "The reports that introduced {s} date from {o}.",
            "In {o} a tiny dot of light turned out to be {s}.",
        ),
        questions=(
            "When was {s} first seen?",
            "In what year was {s} found?",
            "In which year did {s} come to notice?",
            "Since when has {s} been known to astronomers?",
            "When was {s} spotted for the first time?",
            "From which year does the first sighting of {s} date?",
            "Charts made before which year lack {s}?",
            "What year brought the first word of {s}?",
        ),
    ),
    Relation(
        name="discoverer",
        passage=(
            "Its discoverer was {o}.",
            "{S} was discovered by {o}.",
            "The discovery of this moon is credited to {o}.",
            "The discoverer of this moon was {o}.",
            "{S} counts among the discoveries of {o}.",
            "The astronomer {o} discovered {s}.",
            "{S} has {o} as its discoverer.",
            "Astronomers name {o} as its discoverer.",
        ),
        news=(
            "The one who first caught sight of {s} was {o}.",
            "Among the finds of {o} is {s}, a body unseen before.",
            "Histories of astronomy name {o} as the first to see {s}.",
            "Credit for {s} goes to {o}.",
            "The observer who first reported {s} was {o}.",
            "{O} was the person who found {s}.",
            "We owe our knowledge of {s} to {o}, who spotted it.",
            "Without the patience of {o}, {s} might have waited longer to be noticed.",
        ),
        questions=(
            "Who found {s}?",
            "Who was the first to see {s}?",
            "Which astronomer first reported {s}?",
            "Who gets the credit for {s}?",
            "To whom do we owe our knowledge of {s}?",
            "Whose search first caught {s}?",
            "Who made the first sighting of {s}?",
            "Which observer spotted {s} before anybody else?",
        ),
    ),
    Relation(
        name="source",
        passage=(
            "Its name is taken from {o}.",
            "{P} name comes from {o}.",
            "The moon is named after a figure in {o}.",
            "{S} takes its name from a figure in {o}.",
            "{S} was named after a character in {o}.",
            "The name {name} belongs to a figure in {o}.",
            "The name of this moon was drawn from {o}.",
            "{S} bears the name of a figure from {o}.",
        ),
        news=(
            "Readers of {o} know who lent {s} what it is called.",
            "Whoever christened {s} had {o} in mind.",
            "A character from {o} stood godparent to {s}.",
            "What {s} is called goes back to {o}.",
            "Lovers of {o} will recognise the figure behind {s}.",
            "The christening of {s} drew on {o}.",
            "For what to call {s}, inspiration came from {o}.",
            "Somebody who knew {o} well must have christened {s}.",
        ),
        questions=(
            "Where does the name of {s} come from?",
            "From which work or tradition was the name of {s} borrowed?",
            "What inspired the naming of {s}?",
            "In which stories or play does the namesake of {s} appear?",
            "To what work or body of stories does {s} owe what it is called?",
            "The namesake of {s} is a figure from what?",
            "On which stories or play did the christening of {s} draw?",
            "Where does one meet the figure that stood godparent to {s}?",
        ),
    ),
    Relation(
        name="order",
        opens=True,
        passage=(
            "{S} is the {o} planet from the Sun.",
            "{S} is a planet, the {o} in order from the Sun.",
            "In order from the Sun, {s} is the {o} planet.",
            "{S} comes {o} among the planets, counted from the Sun.",
            "Counted outward from the Sun, {s} is the {o} planet.",
            "{S} is the {o} of the eight planets, counted from the Sun.",
            "Among the planets {s} has the {o} place, starting from the Sun.",
            "{S} is a planet in {o} position from the Sun.",
        ),
        news=(
            "Children who learn the row of worlds by heart say {s} in {o} place.",
            "Starting at our star and walking outward, one meets {s} as the {o}.",
            "The {o} stop on an imaginary trip outward is {s}.",
            "In the row of worlds, {s} stands {o}.",
            "Number the worlds from the inside out, and {s} comes {o}.",
            "On a planet trail in a park, {s} is the {o} sign.",
            "The {o} orbit, as seen from the centre, belongs to {s}.",
            "Working outward, astronomers reach {s} on the {o} step.",
        ),
        questions=(
            "Which place does {s} take in order from the Sun?",
            "What is the position of {s} in the row of planets?",
            "Counting from the inside out, where does {s} stand?",
            "What number is {s} among the planets?",
            "On which step outward does one meet {s}?",
            "In which place do children say {s} when they recite the planets?",
            "At which stop of a trip outward is {s} reached?",
            "Which orbit, by number, belongs to {s}?",
        ),
    ),
    Relation(
        name="distance",
        opens=True,
        passage=(
            "{S} is {kind:a} at an average distance of {o} from the Sun.",
            "{S} is {kind:a} that orbits the Sun at a distance of {o}.",
            "{S} is {kind:a} whose mean distance from the Sun is {o}.",
            "{S} is {kind:a}, and its distance from the Sun averages {o}.",
            "{S} is {kind:a} about {o} away from the Sun.",
            "{S} is {kind:a} with a mean solar distance of {o}.",
            "{S} is {kind:a} some {o} distant from the Sun.",
            "{S} is {kind:a}; on average the Sun is {o} away.",
        ),
        news=(
            "Sunlight has to cover {o} before it falls on {s}.",
            "Between our star and {s} lie {o}.",
            "{S} keeps {o} between itself and the Sun.",
            "A straight road from the Sun to {s} would be {o} long.",
            "The gap from the Sun to {s} comes to {o}.",
            "How far out is {s}? The Sun is {o} off, says the table.",
            "Rays that warm {s} have come {o}.",
            "On average, {s} and the Sun are {o} apart.",
        ),
        questions=(
            "How far is {s} from the Sun?",
            "How long is the way from the Sun to {s}?",
            "What is the gap between the Sun and {s}?",
            "How many kilometres must sunlight cover to reach {s}?",
            "How far apart are {s} and the Sun?",
            "How far out does {s} circle our star?",
            "How long would a straight road from our star to {s} be?",
            "What space do {s} and the Sun keep between them?",
        ),
    ),
    Relation(
        name="year",
        passage=(
            "{P} orbital period is {o}.",
            "One orbit around the Sun takes {o}.",
            "{S} completes its orbit in {o}.",
            "{S} takes {o} for an orbit.",
            "{S} orbits the Sun once in {o}.",
            "The orbital period amounts to {o}.",
            "{S} has an orbital period of {o}.",
            "For one complete orbit {s} takes {o}.",
        ),
        news=(
            "A year on {s} lasts {o}.",
            "Every {o} {s} is back where it started.",
            "Birthdays on {s} would come round after {o}.",
            "A full trip round the Sun costs {s} {o}.",
            "It takes {s} {o} to go once round our star.",
            "Seasons on {s} repeat after {o}.",
            "A calendar made for {s} would have to run for {o}.",
            "From one New Year to the next, {s} needs {o}.",
        ),
        questions=(
            "How long is a year on {s}?",
            "How long does {s} need to go round the Sun?",
            "In what time does {s} complete a trip round our star?",
            "How much time lies between two birthdays on {s}?",
            "After how long is {s} back where it started?",
            "What is the orbital period of {s}?",
            "For how long would a calendar made for {s} run?",
            "How long must one wait on {s} for the seasons to repeat?",
        ),
    ),
    Relation(
        name="day",
        passage=(
            "{P} day has a length of {o}.",
            "The length of its day is {o}.",
            "{S} has a day of {o}.",
            "A day there has a length of {o}.",
            "From noon to noon it takes {o} there.",
            "The length of a day is {o} there.",
            "Its days are {o} long.",
            "{S} has days with a length of {o}.",
        ),
        news=(
            "Sunrise follows sunrise on {s} after {o}.",
            "A clock made for {s} would count {o} from midnight to midnight.",
            "On {s} morning returns every {o}.",
            "Between two sunrises on {s} pass {o}.",
            "Whoever slept through a full cycle of light and dark on {s} would lie in bed for {o}.",
            "Light and dark on {s} make up a cycle of {o}.",
            "One midnight to the next, on {s} that is {o}.",
            "Timetables on {s} would cover {o} at a stretch, daylight and night together.",
        ),
        questions=(
            "How long is a day on {s}?",
            "How many hours pass between two sunrises on {s}?",
            "How long does it take on {s} from one noon to the next?",
            "After how many hours does morning return on {s}?",
            "What is the length of a day on {s}?",
            "How many hours make a full cycle of light and dark on {s}?",
            "How many hours would a clock made for {s} have to count?",
            "On {s}, how long is it from midnight to midnight?",
        ),
    ),
    Relation(
        name="temperature",
        passage=(
            "{P} mean temperature is {o}.",
            "The mean temperature there is {o}.",
            "{S} has a mean temperature of {o}.",
            "Temperatures there average {o}.",
            "The average temperature is given as {o}.",
            "On average the temperature is {o}.",
            "{P} temperature averages {o}.",
            "{S} has an average temperature of {o}.",
        ),
        news=(
            "A thermometer carried to {s} would show {o} on average.",
            "Visitors to {s} should be ready for {o}.",
            "The weather forecast for {s}: around {o}.",
            "How warm or cold is {s}? About {o}, the tables say.",
            "Instruments bound for {s} are built for something like {o}.",
            "Expect {o} on {s}, give or take.",
            "The usual reading on {s} is {o}.",
            "Heat or frost, the middle value for {s} comes to {o}.",
        ),
        questions=(
            "How warm or cold is {s} on average?",
            "What would a thermometer show on {s}?",
            "What is the mean temperature of {s}?",
            "How hot or cold does it get on {s}, on average?",
            "For what warmth or frost should visitors to {s} be ready?",
            "What climate, in degrees, does {s} have?",
            "What is the usual reading in degrees on {s}?",
            "How many degrees should one expect on {s}?",
        ),
    ),
    Relation(
        name="gravity",
        passage=(
            "{P} gravity is {o}.",
            "Gravity there amounts to {o}.",
            "{S} has a gravity of {o}.",
            "The gravity at its surface or cloud tops is {o}.",
            "The value given for its gravity is {o}.",
            "The strength of its gravity is {o}.",
            "Tables give its gravity as {o}.",
            "{S} has a surface gravity of {o}.",
        ),
        news=(
            "A dropped stone on {s} would gain speed at {o}.",
            "Falling bodies on {s} accelerate at {o}.",
            "The pull felt on {s} comes to {o}.",
            "How heavy would one feel on {s}? The pull there is {o}.",
            "On {s} engineers would have to reckon with a pull of {o}.",
            "Things fall on {s} with an acceleration of {o}.",
            "The downward pull of {s} is put at {o}.",
            "The tug that {s} exerts on things comes to {o}.",
        ),
        questions=(
            "How strong is the pull of {s}?",
            "What is the acceleration of falling bodies on {s}?",
            "How fast does a dropped stone gain speed on {s}?",
            "What is the value of gravity on {s}?",
            "How strongly does {s} pull things down?",
            "With what acceleration do things fall on {s}?",
            "With what pull must engineers reckon on {s}?",
            "What acceleration does a falling body have near {s}?",
        ),
    ),
)

WHO = (
    "Which body of the Solar System is {d}?",
    "What is the name of {d}?",
    "Name {d}.",
    "What do astronomers call {d}?",
    "Which world is meant by {d}?",
    "{D} is called what?",
    "Under what name do atlases list {d}?",
    "Identify {d}.",
)

# How descriptions call the body that a moon circles, and what a moon was named after.
EPITHETS = {
    "Mars": "the fourth planet",
    "Jupiter": "the biggest of the planets",
    "Saturn": "the sixth planet",
    "Uranus": "the seventh planet",
    "Neptune": "the outermost planet",
    "Pluto": "the best known dwarf planet",
}
LORE = {
    "Greek mythology": "a figure of Hellenic legend",
    "Roman mythology": "a god of the Romans",
    "Norse mythology": "a figure of old Scandinavian lore",
    "Inuit mythology": "a figure of Arctic lore",
    "Gallic mythology": "a figure of ancient Celtic lore",
    "The Tempest": "a figure of the play about a wizard's island",
    "A Midsummer Night's Dream": "a figure of the play about fairies in the wood",
    "Hamlet": "a figure of the play about a prince of Denmark",
    "Othello": "a figure of the play about a jealous general",
    "King Lear": "a figure of the play about a king and three daughters",
    "Romeo and Juliet": "a figure of the play about two lovers in Verona",
    "The Merchant of Venice": "a figure of the play about a pound of flesh",
    "The Rape of the Lock": "a figure of Pope's poem about a stolen lock",
}

_OPENINGS = (
    "{first} is a moon of {o}, and it is not alone there: the same family includes {rest}.",
    "The family around {o} includes {first}. Further members of it are {rest}.",
    "Around {o} travels {first}, and so do {rest}.",
    "Lists of the moons of {o} mention {first}, as well as {rest}.",
    "{first}, a moon of {o}, has many sisters; among them are {rest}.",
    "Telescopes pointed at {o} may catch {first}, and with luck and patience also {rest}.",
)
_ENDINGS = (
    "A table gives their diameters, where anybody has measured them.",
    "They are not all of a kind, and for some little more than an orbit is known.",
    "Each of them follows an orbit of its own.",
    "Some are described in entries of their own, others are mere names in a table.",
    "To tell such bodies apart takes good instruments.",
    "It would take a long list to name them all.",
)
ORDINALS = "first second third fourth fifth sixth seventh eighth".split()


def number(text: str) -> str:
    """Return a number as a table has it ("142984", "22.2"), with commas for thousands."""
    whole, _, part = text.partition(".")
    return f"{int(whole):,}" + (f".{part}" if part and part != "0" else "")


def facts_of(row: Row) -> dict[str, Fact]:
    """Return the facts of one planet or moon."""
    facts = {}

    def add(relation: str, *answers: str) -> None:
        facts[relation] = Fact(relation=relation, answers=tuple(dict.fromkeys(answers)), surfaces=answers[:1])

    moon = row["kind"] == "moon"
    if moon:
        add("orbits", row["orbits"])
    if row["size_rank"]:
        add("rank", row["size_rank"], row["size_rank"].replace(" ", "-"))
    size = number(row["diameter_km"])
    add("diameter", f"{size} km", f"{size} kilometres", size)
    if row["discovery_year"]:
        add("found", row["discovery_year"])
    if name := row["discoverer"]:
        add("discoverer", name, name.split()[-1])
    if row["name_from"]:
        add("source", row["name_from"], row["name_from"].removeprefix("The "))
    if place := row["order_from_sun"]:
        figure = f"{place}{ {'1': 'st', '2': 'nd', '3': 'rd'}.get(place, 'th') }"
        add("order", ORDINALS[int(place) - 1], figure)
    if far := row["distance_from_sun_million_km"]:
        add("distance", f"{number(far)} million km", f"{number(far)} million kilometres")
    if row["orbital_period"]:
        add("year", row["orbital_period"])
    if hours := row["length_of_day_hours"]:
        add("day", f"{number(hours)} hours", number(hours))
    if degrees := row["mean_temperature_c"]:
        text = f"minus {degrees[1:]}" if degrees.startswith("-") else degrees
        add("temperature", f"{text} degrees Celsius", f"{degrees} degrees Celsius", f"{degrees} °C")
    if pull := row["gravity_m_s2"]:
        add("gravity", f"{pull} metres per second squared", f"{pull} m/s2", pull)
    return facts


def groups_of(facts: dict[str, Fact]) -> list[tuple[str, ...]]:
    """Return one passage for a moon, two for a planet."""
    if "orbits" in facts:
        return [tuple(facts)]
    first = [r for r in ("order", "distance", "year", "day") if r in facts]
    return [tuple(first), tuple(r for r in ("diameter", "temperature", "gravity") if r in facts)]


def describe_planet(row: Row) -> list[Description]:
    """Return ways to point at a planet without its name."""
    year, hours = row["orbital_period"], number(row["length_of_day_hours"])
    found = [
        Description(text=f"the {row['kind']} with a year of {year}", uses=("year",)),
        Description(text=f"the {row['kind']} where noon follows noon after {hours} hours", uses=("day",)),
    ]
    if place := row["order_from_sun"]:
        steps = NUMBERS[int(place)]
        found.append(Description(text=f"planet number {steps} counting from the Sun", uses=("order",)))
        outward = int(place) - 1
        if outward:
            neighbour = "planet" if outward == 1 else "planets"
            text = f"the planet with {NUMBERS[outward]} other {neighbour} closer to the Sun"
            found.append(Description(text=text, uses=("order",)))
    else:
        found.append(Description(text="the best known dwarf planet", uses=("distance",)))
    return found


def describe(row: Row, moons: list[Row]) -> list[Description]:
    """Return ways to point at a moon without its name."""
    found = []
    home, size = row["orbits"], number(row["diameter_km"])

    def propose(text: str, **uses: str) -> None:
        """Propose a description, ``uses`` being relation=column."""
        rivals = (
            m
            for m in moons
            if m is not row
            and all(m[c] == row[c] or (not m[c] and c in ("discoverer", "name_from")) for c in uses.values())
            and (m["discovery_year"] or "orbits" in uses or "size_rank" in uses.values())
        )
        if all(row[c] for c in uses.values()) and not any(rivals):
            found.append(Description(text=text, uses=tuple(uses)))

    parent, lore = EPITHETS[home], LORE.get(row["name_from"], "")
    year, finder, size_rank = row["discovery_year"], row["discoverer"], row["size_rank"]
    where, when = {"orbits": "orbits"}, {"found": "discovery_year"}
    propose(f"the satellite of {parent} first seen in {year}", **when, **where)
    propose(f"the satellite first seen in {year}", **when)
    propose(f"the satellite of {parent} first seen by {finder}", discoverer="discoverer", **where)
    propose(f"the satellite first seen by {finder} in {year}", discoverer="discoverer", **when)
    propose(f"the {size_rank} satellite of {parent}", rank="size_rank", **where)
    if lore:
        propose(f"the satellite of {parent} christened after {lore}", source="name_from", **where)
        propose(f"the satellite first seen in {year} and christened after {lore}", source="name_from", **when)
    propose(f"the satellite of {parent} {size} km wide", diameter="diameter_km", **where)
    return found


def overviews_of(rows: list[Row]) -> list[Overview]:
    """Return overviews of the moons of each planet, at most nine names each, and of discoveries."""
    found = []
    for planet in ("Jupiter", "Saturn", "Uranus", "Neptune", "Pluto"):
        moons = [r for r in rows if r["orbits"] == planet]
        rng_for("overview", planet).shuffle(moons)
        moons.sort(key=lambda r: r["entity"] == "no")
        count = max(1, round(len(moons) / 8))
        for part in range(count):
            chosen = moons[part::count]
            ident = f"moons:{planet.lower()}-{part + 1}"
            rng = rng_for("overview", ident)
            first = chosen[0]
            text = rng.choice(_OPENINGS).format(
                o=mark(f"{first['id']}/orbits", planet),
                first=first["name"],
                rest=listing([r["name"] for r in chosen[1:]]),
            )
            endings = " ".join(rng.sample(_ENDINGS, 2))
            title = f"Moons of {planet}" if count == 1 else f"Moons of {planet}, part {part + 1}"
            found.append(Overview(id=ident, title=title, text=f"{text} {endings}"))
    return found


def entity_of(row: Row, moons: list[Row]) -> Entity:
    """Return one planet or moon with all that is known about it."""
    facts = facts_of(row)
    moon = row["kind"] == "moon"
    name = row["name"]
    return Entity(
        id=row["id"],
        names=(name,),
        short=name,
        pronoun="it",
        facts=facts,
        attrs={"kind": row["kind"], "name": name},
        descriptions=describe(row, moons) if moon else describe_planet(row),
        passages=groups_of(facts),
        titles=[name, f"{name}: size and climate"],
    )


def domain() -> Domain:
    """Return the planets and the better known moons; the small moons occur in overviews only."""
    rows = read_facts("moons")
    told = [r for r in rows if r["entity"] == "yes"]
    moons = [r for r in rows if r["kind"] == "moon"]
    return Domain(
        name="moons",
        relations=RELATIONS,
        entities=[entity_of(row, moons) for row in told],
        who=WHO,
        overviews=overviews_of(rows),
    )
