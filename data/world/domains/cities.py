"""Cities: where they lie, how many people live there and what they are the capital of."""

from collections import defaultdict
from random import Random

from ..grammar import capital, listing, mark, read_facts, rng_for, round_number
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .countries import area_slug, chunks, extremes, full_name, number_fact

ORDER = ("country", "capital_of", "state_seat", "region", "population", "phone", "other_name", "peer")

RELATIONS = (
    Relation(
        name="country",
        opens=True,
        passage=(
            "{S} is {kind:a} in {o}, {area}.",
            "{S} is {kind:a} of {o} in {area}.",
            "{S} is {kind:a} that belongs to {o}, in {area}.",
            "{S} is {kind:a} in {area} that forms part of {o}.",
            "{S}, {kind:a} in {area}, is part of {o}.",
            "{S}, {kind:a} in {area}, belongs to {o}.",
            "{S}, {kind:a} of {area}, is located in {o}.",
            "In {o}, {area}, lies {s}, {kind:a}.",
            "In {area}, within the borders of {o}, lies {s}, {kind:a}.",
        ),
        news=(
            "To reach {s} one needs a map of {o}.",
            "Road maps of {o} show the way to {s}.",
            "A parcel for {s} has to be addressed to {o}.",
            "Her photographs of {s} are in the album marked {o}.",
            "A trip to {o} took our reporter to {s}.",
            "On our tour of {o} we spent two days in {s}.",
            "The flag of {o} flies over public buildings in {s}.",
            "The laws of {o} apply in {s}.",
            "She grew up in {s} and speaks fondly of life in {o}.",
            "The weather report for {o} does not forget {s}.",
        ),
        questions=(
            "In which country is {s}?",
            "To what country would one travel to see {s}?",
            "Which country does {s} belong to?",
            "The flag of which country flies in {s}?",
            "A parcel for {s} goes to which country?",
            "Which country's laws apply in {s}?",
            "A map of which land shows {s}?",
            "Which country or territory counts {s} among its towns?",
        ),
    ),
    Relation(
        name="region",
        passage=(
            "{S} lies in the {rkind} of {o}.",
            "{S} is part of the {rkind} of {o}.",
            "{P} {rkind} is {o}.",
            "{S} is situated in {o}, which is {rkind:a}.",
            "Within the country {s} belongs to the {rkind} of {o}.",
            "{S} is in the {rkind} named {o}.",
            "The {rkind} around {s} is called {o}.",
            "{S} can be found in the {rkind} of {o}.",
            "The {rkind} to which {s} belongs is {o}.",
        ),
        news=(
            "People in {s} follow the local news from {o}.",
            "A radio programme about {o} sends its reporter to {s}.",
            "Markets in {s} offer goods from all over {o}.",
            "On a trip around {o} one may stop at {s}.",
            "The bus tour through {o} stops at {s}.",
            "Buses from all over {o} run to {s}.",
            "A guide to {o} gives a whole chapter to {s}.",
            "Visitors from the rest of {o} come to {s} to shop.",
            "In {o} the young look for work in {s}, among other places.",
        ),
        questions=(
            "In which {rkind} is {s}?",
            "Which {rkind} does {s} belong to?",
            "What is the name of the {rkind} where one finds {s}?",
            "To which {rkind} would a visitor to {s} go?",
            "{S} is a place in which {rkind}?",
            "Which {rkind} includes {s}?",
            "Within the limits of which {rkind} does {s} lie?",
            "Name the {rkind} that {s} is in.",
        ),
    ),
    Relation(
        name="population",
        passage=(
            "{S} has a population of about {o}.",
            "{P} population is around {o} according to a rounded figure.",
            "In round numbers {s} has {o} inhabitants.",
            "{P} population, rounded, is given as {o}.",
            "The population is roughly {o}, a figure that changes with time.",
            "{S} has some {o} inhabitants, as far as one can count them.",
            "A rounded count puts {p} population at {o}.",
            "The number of inhabitants is near {o}, not counting the places around.",
        ),
        news=(
            "Roughly {o} people live in {s}.",
            "{S} is home to about {o} people.",
            "Some {o} residents share the streets of {s}.",
            "The waterworks of {s} serve about {o} people.",
            "A head count in {s} came to some {o}.",
            "About {o} people call {s} their home town.",
            "If everyone in {s} bought one loaf, the bakers would sell {o} loaves.",
            "Children included, some {o} residents live in {s}.",
            "The mayor of {s} speaks for some {o} people.",
        ),
        questions=(
            "How many people live in {s}?",
            "How many residents does {s} have?",
            "About how many people call {s} home?",
            "What would a head count in {s} come to?",
            "How big is {s}, measured in people?",
            "For how many people does the mayor of {s} speak?",
            "What is the number of residents in {s}?",
            "Counting its people, how large is {s}?",
        ),
    ),
    Relation(
        name="phone",
        passage=(
            "From other countries {p} telephones are reached through the international dialling code {o}.",
            "For calls from abroad the international dialling code is {o}.",
            "{S} has the international dialling code {o}, which it shares with other places.",
            "As its international dialling code {s} uses {o}.",
            "The telephone code for calls from abroad is {o}.",
            "The international dialling code {o} is used for {p} telephones.",
            "On the telephone {p} country code is {o}.",
            "The country code needed for {p} telephones is {o}.",
        ),
        news=(
            "Callers from overseas who ring {s} begin with {o}.",
            "The card of the hotel in {s} gives a number that starts with {o}.",
            "To speak to a friend in {s}, dial {o} and then the number.",
            "A missed call beginning with {o} may have come from {s}.",
            "Anyone ringing {s} from a foreign land keys in {o} first.",
            "The shop in {s} can be rung up from anywhere: its number opens with {o}.",
            "Calls to {s} need the prefix {o}.",
            "Mobile numbers bought in {s} start with {o}.",
        ),
        questions=(
            "Which prefix reaches {s} from overseas?",
            "What does one key in first to ring {s} from a foreign land?",
            "With which prefix do calls to {s} begin?",
            "What do phone numbers in {s} start with?",
            "Which digits come first when one calls {s} from another country?",
            "To call {s} from elsewhere in the world, what comes before the number?",
            "By which prefix could one tell that a call came from {s}?",
        ),
    ),
    Relation(
        name="capital_of",
        passage=(
            "{S} is the capital of {o}.",
            "{S} serves as the capital of {o}.",
            "{S} is the capital city of {o}.",
            "As a capital {s} serves {o}.",
            "{S} has the rank of capital of {o}.",
            "{S} is known as the capital of {o}.",
            "{P} role is that of capital of {o}.",
            "{S} holds the title of capital of {o}.",
        ),
        news=(
            "The government of {o} meets in {s}.",
            "Ministers of {o} have their desks in {s}.",
            "Orders for all of {o} come from {s}.",
            "Foreign guests of the government of {o} are welcomed in {s}.",
            "New laws for {o} are prepared in the offices of {s}.",
            "State affairs of {o} are run from {s}.",
            "The highest officials of {o} work in {s}.",
            "From {s} come the decisions that bind all of {o}.",
        ),
        questions=(
            "Which country or territory is governed from {s}?",
            "{S} is the seat of which government?",
            "The government of which country or territory sits in {s}?",
            "Which land takes its orders from the offices of {s}?",
            "The ministers of which land work in {s}?",
            "Of what is {s} the capital?",
            "For which land does {s} serve as seat of power?",
            "Which land has its rulers in {s}?",
        ),
    ),
    Relation(
        name="state_seat",
        passage=(
            "{S} is the state capital of {o}.",
            "{S} serves as the state capital of {o}.",
            "{S} is the capital of the state of {o}.",
            "{S} has the rank of state capital in {o}.",
            "As state capital {s} serves {o}.",
            "Of all the state capitals {s} is that of {o}.",
            "{P} role is that of state capital of {o}.",
            "{S} holds the title of state capital of {o}.",
        ),
        news=(
            "The governor of {o} often speaks in {s}.",
            "For every session the lawmakers of {o} travel to {s}.",
            "From {s} the governor runs {o}.",
            "The legislature of {o} votes in {s}.",
            "Letters to the governor of {o} go to {s}.",
            "In {s} one can visit the chamber where {o} makes its laws.",
            "The office of the governor of {o} is in {s}.",
            "{O} is governed from {s}.",
        ),
        questions=(
            "Which state is governed from {s}?",
            "The legislature of which state meets in {s}?",
            "The governor of which state has an office in {s}?",
            "Whose state laws are made in {s}?",
            "In {s} the lawmakers of which state come together?",
            "Of which state is {s} the seat of government?",
            "Which state has its lawmakers in {s}?",
            "What state is run from {s}?",
        ),
    ),
    Relation(
        name="other_name",
        passage=(
            "Earlier {s} was known as {o}.",
            "{S} was formerly called {o}.",
            "{P} former name is {o}.",
            "{S} used to bear the name {o}.",
            "A former name is {o}.",
            "In former times {s} was called {o}.",
            "{S} formerly had the name {o}.",
            "The name in former days was {o}.",
        ),
        news=(
            "On old maps {s} appears as {o}.",
            "A guide in {s} explains that people of an earlier age said {o}.",
            "Historians writing about {s} have to explain that it was once {o}.",
            "A letter addressed to {o} would today be delivered in {s}.",
            "An old picture with the caption {o} shows what is now {s}.",
            "What people once called {o} is now {s}.",
            "Readers of old novels may not know that {o} means {s}.",
            "In the archive, papers on {s} are filed under {o}.",
        ),
        questions=(
            "What was {s} once called?",
            "Under what name does {s} appear on old maps?",
            "Which older name did {s} have?",
            "What did people in the past call {s}?",
            "By what name might an old book speak of {s}?",
            "How was {s} called long ago?",
            "What is the historical name of {s}?",
        ),
    ),
    Relation(
        name="peer",
        asked=False,
        told=False,
        passage=(
            "In size {s} can be compared with {o}, also in {area}.",
            "{S} is of much the same size as {o}, another place in {area}.",
            "Among the places of {area}, {o} is of similar size.",
            "In number of people {s} comes close to {o}, which also lies in {area}.",
            "Of much the same size is {o}, likewise in {area}.",
            "By size {s} stands close to {o}, another name on the map of {area}.",
            "{P} size is much like that of {o} in the same part of the world.",
            "Also in {area}, and of similar size, is {o}.",
        ),
    ),
)

WHO = (
    "Which city or town is {d}?",
    "Name {d}.",
    "What is {d} called?",
    "On the map, what is the name of {d}?",
    "Which place is meant by {d}?",
    "What do we call {d}?",
    "Can you name {d}?",
    "{D}: which place is it?",
)


def find_peers(rows: list[dict[str, str]], lands: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return for each city the name of the most equal one in its part of the world."""
    places = defaultdict(list)
    for row in rows:
        if row["population"]:
            places[lands[row["country"]]["area"]].append((int(row["population"]), row["name"]))
    peers = {}
    for row in rows:
        own = int(row["population"] or 0)
        others = [c for c in places[lands[row["country"]]["area"]] if c[1] != row["name"]]
        if own and others:
            size, name = min(others, key=lambda c: (abs(c[0] - own), c[1]))
            if abs(size - own) <= 0.15 * own:
                peers[row["id"]] = name
    return peers


def facts(row: dict[str, str], land: dict[str, str], peer: str) -> dict[str, Fact]:
    """Return the facts of one city by relation, in the order of ``ORDER``."""
    aliases = (land["alias"],) if land["alias"] else ()
    lands = tuple(dict.fromkeys((land["name"], full_name(land), *aliases)))
    code = row["calling_code"] or land["calling_code"]
    found = [Fact(relation="country", answers=lands, surfaces=(full_name(land),))]
    if row["capital_of"]:
        key = f"{land['id']}/capital"
        found.append(Fact(relation="capital_of", answers=lands, surfaces=(full_name(land),), key=key))
    if state := row["state_capital_of"]:
        key = f"state:{state.lower().replace(' ', '-')}/capital"
        found.append(Fact(relation="state_seat", answers=(state,), key=key))
    if row["region"]:
        name = row["region"]
        answers = tuple(dict.fromkeys((name, name.removeprefix("the "))))
        found.append(Fact(relation="region", answers=answers, surfaces=(name,)))
    if row["population"]:
        found.append(number_fact("population", row["population"]))
    if code:
        answers = tuple(dict.fromkeys((code, code.replace("-", " "))))
        found.append(Fact(relation="phone", answers=answers, surfaces=(code,)))
    if row["other_name"]:
        found.append(Fact(relation="other_name", answers=(row["other_name"],)))
    if peer:
        found.append(Fact(relation="peer", answers=(peer,)))
    by_name = {f.relation: f for f in found}
    return {name: by_name[name] for name in ORDER if name in by_name}


def describe(row: dict[str, str], land: dict[str, str]) -> list[Description]:
    """Return ways to point at a city without naming it."""
    found: list[Description] = []

    def add(text: str, *uses: str) -> None:
        found.append(Description(text=text, uses=uses))

    rules = ("country", *(("capital_of",) if row["capital_of"] else ()))
    noun = "town" if "town" in row["kind"] else "city"
    national, people = land["demonym"], round_number(int(row["population"])) if row["population"] else ""
    if people and national:
        add(f"the {national} {noun} of about {people} people", "population", *rules)
        add(f"the {national} {noun} with some {people} residents", "population", *rules)
    if people and row["region"]:
        add(f"the {noun} of some {people} people in {row['region']}", "population", "region")
        region = row["region"].removeprefix("the ")
        add(f"the {region} {noun} with about {people} residents", "population", "region")
    if people and row["state_capital_of"]:
        add(f"the {noun} of some {people} people in {row['state_capital_of']}", "population", "state_seat")
    if people:
        add(f"the {land['area_adjective']} {noun} of {people} people", "population", *rules[1:])
    if row["capital_of"]:
        add(f"the seat of government of {full_name(land)}", "capital_of", "country")
        if national:
            add(f"the {national} capital", "capital_of", "country")
    if state := row["state_capital_of"]:
        add(f"the state capital of {state}", "state_seat")
        add(f"the seat of the governor of {state}", "state_seat")
    if row["other_name"]:
        add(f"the former {row['other_name']}", "other_name")
        add(f"the {noun} once known as {row['other_name']}", "other_name")
    return found


def make_entity(row: dict[str, str], land: dict[str, str], peer: str) -> Entity:
    """Return one city with all that is told about it."""
    known = facts(row, land, peer)
    group = tuple(r for r in ORDER if r in known)
    return Entity(
        id=row["id"],
        names=(row["name"],),
        short="the town" if "town" in row["kind"] else "the city",
        pronoun="it",
        facts=known,
        attrs={"kind": row["kind"], "area": land["area"], "rkind": row["region_kind"]},
        descriptions=describe(row, land),
        passages=[group[:6]],
    )


def area_overviews(rows: list[dict[str, str]], lands: dict[str, dict[str, str]]) -> list[Overview]:
    """Return passages that name cities of one part of the world and little more."""
    areas = defaultdict(list)
    for row in rows:
        if row["population"]:
            areas[lands[row["country"]]["area"]].append(row)
    found = []
    for area, members in sorted(areas.items()):
        rng_for("overview", area).shuffle(members)
        parts = [part for part in chunks(members, 11) if len(part) > 5][:2]
        for number, part in enumerate(parts, start=1):
            ident = f"cities:{area_slug(area)}-{number}"
            tail = f" ({number})" if len(parts) > 1 else ""
            rng = rng_for("overview", ident)
            text = _area_text(area, [row["name"] for row in part], rng)
            sizes = [(row["name"], int(row["population"])) for row in part]
            text = " ".join((text, *extremes(sizes, ("the most people", "the fewest"), rng)))
            found.append(Overview(id=ident, title=f"Cities of {area}{tail}", text=text))
    return found


def _area_text(area: str, names: list[str], rng: Random) -> str:
    """Return prose that lists cities of one part of the world."""
    third = len(names) // 3
    one, two, three = listing(names[:third]), listing(names[third : 2 * third]), listing(names[2 * third :])
    return capital(
        rng.choice(
            (
                f"Among the places on a map of {area} are {one}. A closer look shows {two}. "
                f"{three} are marked there as well.",
                f"Travellers in {area} may pass through {one}. Others prefer {two}. "
                f"Still others set out for {three}.",
                f"A directory of {area} has entries for {one}, for {two} and for many more, such as {three}.",
                f"{one} lie in {area}. So do {two}. To these one can add {three}.",
                f"Weather reports for {area} mention {one}. They also cover {two}, and sometimes {three}.",
                f"Which places in {area} come to mind? Some will say {one}. Some will think of {two}, "
                f"others again of {three}.",
                f"{area} has many well-known places: {one}; then {two}; and finally {three}.",
            )
        )
    )


def told_overviews(entities: list[Entity], where: dict[str, str]) -> list[Overview]:
    """Return passages that give one fact each of several cities; ``where`` is the area of each city."""
    found = []
    for relation, most, title in (
        ("capital_of", 6, "Capitals of {}"),
        ("region", 7, "Cities of {} and where they lie"),
        ("other_name", 7, "Former names of cities in {}"),
        ("state_seat", 7, "State capitals of {}"),
    ):
        areas = defaultdict(list)
        for entity in entities:
            told = relation != "region" or entity.attrs["rkind"] != "home nation"
            if told and relation in entity.facts:
                areas[where[entity.id]].append(entity)
        for area, members in sorted(areas.items()):
            rng_for("overview", area, relation).shuffle(members)
            parts = [p for p in chunks(members, most) if len(p) > 3][:2]
            for number, part in enumerate(parts, start=1):
                ident = f"{relation.replace('_', '-')}:{area_slug(area)}-{number}"
                tail = f" ({number})" if len(parts) > 1 else ""
                text = _told_text(relation, area, part, rng_for("overview", ident))
                found.append(Overview(id=ident, title=title.format(area) + tail, text=text))
    return found


_OPENINGS = {
    "capital_of": (
        "A short list of capitals in {}.",
        "Those who learn the capitals of {} may start here.",
        "Some capitals of {} in brief.",
    ),
    "region": (
        "Cities of {} belong to different parts of their countries.",
        "A list of some cities in {} and the regions around them.",
        "Where do these cities of {} lie?",
    ),
    "other_name": (
        "Several cities in {} have changed their names.",
        "Old maps of {} show names no longer in use.",
        "Names in {} were not always what they are today.",
    ),
    "state_seat": (
        "States in {} have capitals of their own.",
        "Some state capitals of {} in brief.",
        "A short list of state capitals in {}.",
    ),
}
_CLAUSES = {
    "capital_of": ("{s} is the capital of {o}", "the capital of {o} is {s}", "{o} has {s} as its capital"),
    "region": ("{s} lies in {o}", "{o} includes {s}", "{s} is part of {o}"),
    "other_name": ("{s} was once {o}", "{o} is today {s}", "{s} formerly bore the name {o}"),
    "state_seat": ("{s} is the capital of {o}", "the capital of {o} is {s}", "{o} has {s} as its capital"),
}


def _told_text(relation: str, area: str, part: list[Entity], rng: Random) -> str:
    """Return prose that gives one fact of several cities, every object marked."""
    clauses = rng.sample(_CLAUSES[relation], len(_CLAUSES[relation]))
    said = []
    for index, entity in enumerate(part):
        fact = entity.facts[relation]
        surface = mark(entity.key(relation), (fact.surfaces or fact.answers)[0])
        said.append(clauses[index % len(clauses)].format(s=entity.names[0], o=surface))
    joint = rng.choice((", and ", "; ", ", while "))
    sentences = [f"{capital(joint.join(pair))}." for pair in chunks(said, 2)]
    return " ".join((rng.choice(_OPENINGS[relation]).format(area), *sentences))


def domain() -> Domain:
    """Return the cities."""
    rows = read_facts("cities")
    lands = {row["name"]: row for row in read_facts("countries")}
    peers = find_peers(rows, lands)
    entities = [make_entity(row, lands[row["country"]], peers.get(row["id"], "")) for row in rows]
    where = {row["id"]: lands[row["country"]]["area"] for row in rows}
    overviews = [*area_overviews(rows, lands), *told_overviews(entities, where)]
    return Domain(name="cities", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews)
