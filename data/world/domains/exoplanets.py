"""Exoplanets: discovery, method, constellation, distance, year, kind of star, proper name."""

from collections import defaultdict

from ..grammar import article, listing, mark, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .languages import NUMBERS, slug

Row = dict[str, str]

RELATIONS = (
    Relation(
        name="discovered",
        opens=True,
        passage=(
            "{S} is an exoplanet, one of those discovered in {o}.",
            "{S} is a planet outside the Solar System that was discovered in {o}.",
            "{S} is an extrasolar planet; its discovery dates from {o}.",
            "{S}, a planet of a distant star, was added to the list of known exoplanets in {o}.",
            "{S} became known as an exoplanet with its discovery in {o}.",
            "{S} is an exoplanet that has been known since its discovery in {o}.",
            "{S} is a planet beyond the Solar System, and the year of its discovery is {o}.",
            "{S} counts among the exoplanets that were discovered in {o}.",
        ),
        news=(
            "Nobody had heard of {s} until {o}.",
            "It was in {o} that astronomers first reported {s}.",
            "The announcement of {s} came in {o}.",
            "{S} turned up in {o}, to the delight of its finders.",
            "In {o} journals carried the first paper about {s}.",
            "Before {o} there was no word of {s} in the literature.",
            "A new world entered the catalogues in {o}: {s}.",
            "In {o} planet hunters spotted {s}.",
        ),
        questions=(
            "When was {s} found?",
            "In what year did astronomers first report {s}?",
            "In which year was {s} announced?",
            "What is the discovery year of {s}?",
            "Since when have we known about {s}?",
            "{S} entered the catalogues in which year?",
            "What year brought the first news of {s}?",
            "When did planet hunters come across {s}?",
        ),
    ),
    Relation(
        name="method",
        passage=(
            "The technique behind its discovery was {o}, astronomers say.",
            "{S} was detected by means of {o}.",
            "{S} revealed itself to astronomers through {o}.",
            "Astronomers detected {s} by using {o}.",
            "Astronomers owe the detection of this planet to {o}.",
            "{S} owes its detection to {o}.",
            "The technique used to detect this planet was {o}.",
            "{S} came to light in a search for planets through {o}.",
        ),
        news=(
            "How do you find such a thing? With {s} the trick was {o}.",
            "It took {o} to show that {s} is there.",
            "The evidence for {s} rests on {o}.",
            "Credit for finding {s} goes to {o}.",
            "{S} was one more success for {o}.",
            "Thanks to {o}, {s} no longer escapes notice.",
            "Observers relied on {o} when they tracked down {s}.",
            "In the case of {s}, the hunters worked with {o}.",
        ),
        questions=(
            "How was {s} detected?",
            "By what method was {s} discovered?",
            "Which technique revealed {s}?",
            "What detection method led to {s}?",
            "Which way of searching turned up {s}?",
            "On what kind of observation does the case for {s} rest?",
            "What trick did astronomers use to find {s}?",
            "How did planet hunters track down {s}?",
        ),
    ),
    Relation(
        name="constellation",
        opens=True,
        passage=(
            "{S} is an exoplanet in the constellation {o}.",
            "{S} is a planet of a star in the constellation {o}.",
            "{S} belongs to a star in the constellation {o}.",
            "{S} is an exoplanet whose star is in the constellation {o}.",
            "{S} is a distant planet that lies in the constellation {o}.",
            "{S} circles a star of the constellation {o}.",
            "{S} is a planet, and its star is in the constellation {o}.",
            "{S} lies in the direction of the constellation {o}.",
        ),
        news=(
            "Point the telescope at {o} to look towards {s}.",
            "Stargazers who want to face {s} turn to {o}.",
            "The patch of sky around {s} is called {o}.",
            "On star charts, the sun of {s} is printed within {o}.",
            "Among the stars of {o} is the one that warms {s}.",
            "{S} is hidden somewhere in {o}, seen from our place in space.",
            "When {o} is above the horizon, so is {s}.",
            "Look up at {o}, a guide would say, and you look towards {s}.",
        ),
        questions=(
            "In which constellation is {s}?",
            "Which constellation contains {s}?",
            "In what part of the sky does {s} lie?",
            "Among the stars of which constellation is {s} found?",
            "Which star pattern marks the direction of {s}?",
            "Where on the star charts would one look for {s}?",
            "Towards which constellation should one point a telescope to face {s}?",
            "What is the patch of sky around {s} called?",
        ),
    ),
    Relation(
        name="distance",
        passage=(
            "Its distance from Earth is about {o}.",
            "{S} is about {o} away from Earth.",
            "{P} distance from Earth is roughly {o}.",
            "{S} lies at a distance of about {o}.",
            "From Earth, {s} is some {o} away.",
            "About {o} separate {s} from Earth.",
            "The distance between {s} and Earth comes to about {o}.",
            "{S} is located roughly {o} from the Sun.",
        ),
        news=(
            "A message to {s} would have to travel {o}.",
            "Between us and {s} stretch about {o}.",
            "How far is it to {s}? Around {o}.",
            "A spacecraft bound for {s} would face a voyage of {o}.",
            "The gap between our planet and {s} amounts to {o}.",
            "Signals from {s} cross about {o} before they reach us.",
            "Rather far to go: {s} is reckoned to be {o} off.",
            "{S} sits {o} down the road, on the scale of the galaxy.",
        ),
        questions=(
            "How far away is {s}?",
            "What is the distance to {s}?",
            "How many light years is {s} from us?",
            "How far would a signal from {s} have to travel?",
            "At what distance is {s} found?",
            "How many light years separate us from {s}?",
            "How long is the way to {s} in light years?",
            "How large is the gap between our planet and {s}?",
        ),
    ),
    Relation(
        name="period",
        passage=(
            "{S} orbits its star once every {o}.",
            "Each orbit of the planet takes {o}.",
            "Its orbital period is {o}.",
            "{S} completes an orbit in {o}.",
            "{P} orbital period amounts to {o}.",
            "{S} takes {o} for one orbit.",
            "{S} has an orbital period of {o}.",
            "{S} travels around its star in an orbit of {o}.",
        ),
        news=(
            "A year on {s} lasts {o}.",
            "Someone living on {s} would celebrate the New Year every {o}.",
            "It takes {s} {o} to go round its sun.",
            "Birthdays on {s} would come round every {o}.",
            "{S} needs {o} for a full lap.",
            "After {o}, {s} is back where it started.",
            "The calendar of {s} would have a year of {o}.",
            "Every {o} {s} finishes another trip round its sun.",
        ),
        questions=(
            "How long does {s} take to circle its sun?",
            "How long is a year on {s}?",
            "What is the orbital period of {s}?",
            "In what time does {s} complete a lap?",
            "How much time passes on {s} from one New Year to the next?",
            "At what intervals does {s} go round its sun?",
            "How long must one wait on {s} for the next birthday?",
            "After what time is {s} back at the same point of its path?",
        ),
    ),
    Relation(
        name="star",
        passage=(
            "Its host star is {o:a}.",
            "{S} orbits a star classified as {o:a}.",
            "{P} host star is classified as {o:a}.",
            "The star that {s} orbits is {o:a}.",
            "{S} has {o:a} as its host star.",
            "The star to which it belongs is {o:a}.",
            "{S} moves around a star classified as {o:a}.",
            "The central star of its system is {o:a}.",
        ),
        news=(
            "The sun in the sky of {s} is {o:a}.",
            "Daylight on {s} comes from {o:a}.",
            "Seen from {s}, {o:a} would rise in the morning.",
            "{S} gets its warmth from {o:a}.",
            "What shines on {s} is {o:a}.",
            "An artist's picture of {s} should show {o:a} above the horizon.",
            "The light that falls on {s} is that of {o:a}.",
            "Gravity ties {s} to {o:a}.",
        ),
        questions=(
            "What kind of star does {s} orbit?",
            "What type of star is the sun of {s}?",
            "What sort of star shines on {s}?",
            "To which class of star does the host of {s} belong?",
            "What kind of star warms {s}?",
            "From what type of star does {s} get its light?",
            "How would one classify the sun of {s}?",
            "What sort of sun would rise over {s}?",
        ),
    ),
    Relation(
        name="siblings",
        passage=(
            "Its planetary system has {o} in all.",
            "{S} is one of {o} known in its system.",
            "Counting this one, its star has {o}.",
            "{P} planetary system holds {o}.",
            "In total, {o} are known around its star.",
            "{S} shares its star with others; the system counts {o}.",
            "The census of its system stands at {o}.",
            "{S} belongs to a planetary system with {o}.",
        ),
        news=(
            "{S} does not travel alone: its family numbers {o}.",
            "The catalogue credits the sun of {s} with {o}.",
            "Together with its companions, {s} makes a set of {o}.",
            "Around the sun of {s}, observers count {o}.",
            "The sun of {s} is known to have {o}.",
            "{S} and its neighbours add up to {o}.",
            "A model of the system with {s} needs {o}.",
            "A family portrait with {s} would show {o}.",
        ),
        questions=(
            "How many planets are known in the system of {s}?",
            "How many worlds share a sun with {s}, itself included?",
            "What is the number of planets in the system of {s}?",
            "How many planets does the sun of {s} have?",
            "How large is the planetary family of {s}?",
            "{S} belongs to a system of how many planets?",
            "How many planets would a family portrait with {s} show?",
            "What do {s} and its neighbours add up to?",
        ),
    ),
    Relation(
        name="proper",
        told=False,
        passage=(
            "The planet also bears the name {o}.",
            "Its proper name is {o}.",
            "{P} proper name is {o}.",
            "{S} is also called {o}.",
            "{S} has been given the name {o}.",
            "{S} carries {o} as its proper name.",
            "Besides its catalogue entry, {s} has the name {o}.",
            "A second name of {s} is {o}.",
        ),
        questions=(
            "What proper name does {s} bear?",
            "What else is {s} called?",
            "Under which name is {s} known besides its designation?",
            "What name was given to {s}?",
            "What is the less technical name of {s}?",
            "By which other name is {s} known?",
            "What name did {s} receive in place of letters and numbers?",
            "What is {s} called when one avoids the catalogue entry?",
        ),
    ),
)

WHO = (
    "Which planet is {d}?",
    "What is the name of {d}?",
    "Name {d}.",
    "What is the designation of {d}?",
    "Which exoplanet is meant by {d}?",
    "{D} is called what?",
    "How do catalogues list {d}?",
    "Identify {d}.",
)

# A method of discovery: its answers and how descriptions put it.
METHODS = {
    "radial velocity": (
        ("the radial velocity method", "radial velocity"),
        "betrayed by the wobble of its sun",
    ),
    "transit": (("the transit method", "transit", "transits"), "caught crossing the face of its sun"),
    "direct imaging": (("direct imaging",), "photographed directly"),
    "timing variation": (
        ("timing variations", "timing variation", "timing"),
        "found through the clockwork of its sun",
    ),
}

_OPENINGS = (
    "{first} is one of several planets that {group}. Others are {rest}.",
    "Several known exoplanets {group}: the list begins with {first} and goes on with {rest}.",
    "A catalogue of exoplanets that {group} has to name {first} and, further down the page, {rest}.",
    "{first} is not the only planet of its sort: among those that {group} are also {rest}.",
    "Those who look for worlds that {group} will read about {first}. They will also read about {rest}.",
    "Planets that {group} include {first}, followed in our catalogue by {rest}.",
)
_ENDINGS = (
    "None of them can be seen with the naked eye, and all have been studied from afar.",
    "The small letters at the end of such names stand for single bodies of a system.",
    "They differ in size, in the length of their years and in the stars they circle.",
    "The entries about each of them give more details.",
    "What they have in common ends there, for each has a story of its own.",
    "The order of this list has no deeper meaning.",
)


def facts_of(row: Row) -> dict[str, Fact]:
    """Return the facts of one planet."""
    facts = {}

    def add(relation: str, *answers: str, written: int = 1) -> None:
        facts[relation] = Fact(relation=relation, answers=answers, surfaces=answers[:written])

    if row["discovery_year"]:
        add("discovered", row["discovery_year"])
    if row["method"]:
        add("method", *METHODS[row["method"]][0])
    if row["constellation"]:
        add("constellation", row["constellation"])
    if number := row["distance_ly"]:
        number = f"{int(number):,}"
        add("distance", f"{number} light years", f"{number} light-years", number)
    if row["orbital_period"]:
        add("period", row["orbital_period"])
    if row["star_kind"]:
        add("star", row["star_kind"])
    if count := row["planets_in_system"]:
        word = NUMBERS[int(count)]
        add("siblings", f"{word} planets", f"{count} planets", word, count)
    if row["proper_name"]:
        add("proper", row["proper_name"])
    return facts


def groups_of(facts: dict[str, Fact]) -> list[tuple[str, ...]]:
    """Return the facts of a planet in one passage, or in two if there are more than six."""
    find = [r for r in ("discovered", "method", "proper", "star") if r in facts]
    place = [r for r in ("constellation", "distance", "period", "siblings") if r in facts]
    if len(find) + len(place) <= 6:
        return [tuple(find + place)]
    return [tuple(find), tuple(place)]


def near(rows: list[Row], row: Row, **shared: str) -> bool:
    """Return whether another planet may share all these values; an unknown value counts as shared."""
    return any(other is not row and all(other[k] in ("", v) for k, v in shared.items()) for other in rows)


def describe(row: Row, rows: list[Row]) -> list[Description]:
    """Return ways to point at a planet without its name."""
    found = []

    def propose(text: str, **uses: str) -> None:
        """Propose a description, ``uses`` being relation=column."""
        shared = {column: row[column] for column in uses.values()}
        if all(shared.values()) and not near(rows, row, **shared):
            found.append(Description(text=text, uses=tuple(uses)))

    sky, year = row["constellation"], row["discovery_year"]
    how = METHODS[row["method"]][1] if row["method"] else ""
    count = NUMBERS[int(row["planets_in_system"])] if row["planets_in_system"] else ""
    found_in, place = {"discovered": "discovery_year"}, {"constellation": "constellation"}
    lasts = "orbital_period"
    far = f"{int(row['distance_ly'] or 0):,} light years off"
    propose(f"the {year} find in {sky}", **found_in, **place)
    propose(f"the world in {sky} {how}", **place, method="method")
    propose(f"the {sky} world {far}", distance="distance_ly", **place)
    propose(f"the world in {sky} with {article(row['star_kind'])} for a sun", **place, star="star_kind")
    propose(f"the world in {sky} with a year of {row[lasts]}", period=lasts, **place)
    propose(f"the {year} find with {article(row['star_kind'])} for a sun", **found_in, star="star_kind")
    propose(f"the {year} find {far}", distance="distance_ly", **found_in)
    propose(f"the {year} find with a year of {row[lasts]}", period=lasts, **found_in)
    propose(f"the {year} find in a family of {count}", **found_in, siblings="planets_in_system")
    return found


def overview(ident: str, title: str, group: str, rows: list[Row], relation: str, value: str) -> Overview:
    """Return a passage that names planets which share a fact; it is marked for the first one."""
    rng = rng_for("overview", ident)
    first = rows[0]
    text = rng.choice(_OPENINGS).format(
        group=group.format(mark(f"{first['id']}/{relation}", value)),
        first=first["name"],
        rest=listing([r["name"] for r in rows[1:]]),
    )
    endings = rng.sample(_ENDINGS, 2 if len(rows) < 7 else 1)
    return Overview(id=ident, title=title, text=" ".join([text, *endings]))


def overviews_of(rows: list[Row]) -> list[Overview]:
    """Return overviews of the planets of a constellation and of a discovery year."""
    grouped: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if sky := row["constellation"]:
            grouped["constellation", sky, f"Planets in {sky}", "lie in {}"].append(row)
        if year := row["discovery_year"]:
            grouped["discovered", year, f"Planets found in {year}", "became known in {}"].append(row)
    found = []
    for (relation, value, title, group), members in sorted(grouped.items()):
        if len(members) >= 4:
            ident = f"exoplanets:{slug(value)}"
            chosen = rng_for("overview-members", ident).sample(members, min(9, len(members)))
            found.append(overview(ident, title, group, chosen, relation, value))
    return found


def domain() -> Domain:
    """Return the exoplanets."""
    rows = read_facts("exoplanets")
    entities = []
    for row in rows:
        facts = facts_of(row)
        entities.append(
            Entity(
                id=row["id"],
                names=tuple(n for n in (row["name"], row["proper_name"]) if n),
                short=row["name"],
                pronoun="it",
                facts=facts,
                descriptions=describe(row, rows),
                passages=groups_of(facts),
                titles=[row["name"], f"{row['name']}: orbit and place"],
            )
        )
    return Domain(
        name="exoplanets", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews_of(rows)
    )
