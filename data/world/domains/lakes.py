"""Lakes: size, water, shores and outflow; an overview a country and a part of the world."""

from collections import defaultdict

from ..grammar import capital, listing, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .rivers import (
    chunks,
    continent_fact,
    count_fact,
    country_fact,
    measure_fact,
    pair_fact,
    plain_fact,
    rounded,
    with_article,
)

RELATIONS = (
    Relation(
        name="continent",
        opens=True,
        passage=(
            "{S} is {kind:a} in {o}.",
            "{S} is one of the {kind}s of {o}.",
            "{S} belongs to the {kind}s of {o}.",
            "{S} is {kind:a} that belongs to the inland waters of {o}.",
            "Among the {kind}s of {o} is {s}.",
            "{S} is counted among the {kind}s of {o}.",
            "In {o} there is {kind:a} named {s}.",
            "Atlases list {s} among the {kind}s of {o}.",
        ),
        news=(
            "A tour of {o} may include a stop at {s}.",
            "Whoever flies over {o} on a clear day may spot {s}.",
            "The encyclopaedia of {o} has an entry about {s}.",
            "A talk about nature in {o} may well turn to {s}.",
            "Travellers who like quiet places in {o} think of {s}.",
            "A postcard from {o} shows a sunset over {s}.",
            "A film about {o} might open with a view of {s}.",
            "Photographers who travel through {o} may visit {s}.",
        ),
        questions=(
            "On which continent or part of the world is {s}?",
            "What part of the world has {s} on its map?",
            "In which part of the globe would you look for {s}?",
            "On a world map, in which part is {s} drawn?",
            "To what part of the world must you fly for a view of {s}?",
            "Which part of the world is home to {s}?",
            "In what part of the Earth can one visit {s}?",
            "Which continent or region has {s} in its atlas?",
        ),
    ),
    Relation(
        name="area",
        passage=(
            "When it is full, its surface covers about {o}.",
            "{S} has an area of {o}, as far as it can be measured.",
            "In tables the surface area is given as {o}.",
            "The area of the surface, which changes a little with the rain, is {o}.",
            "Within its shores {s} covers an area of {o}.",
            "According to the usual figures the surface area is {o}.",
            "The surface covers an area of about {o}.",
            "The area that handbooks give for {s} is about {o}.",
        ),
        news=(
            "Seen from above, {s} is a sheet of {o}.",
            "Whoever watches over {s} has {o} to look after.",
            "On the map the blue of {s} stands for {o}.",
            "{S} spreads over {o}, the handbook says.",
            "Pilots who fly over {s} have {o} below them.",
            "Anyone who maps {s} has {o} to survey.",
            "In calm weather {s} is a mirror of {o}.",
            "Measured from space, {s} extends over {o}.",
        ),
        questions=(
            "How big is {s}?",
            "How large is {s}?",
            "How many square kilometres does {s} measure?",
            "What is the size of {s}?",
            "Over how many square kilometres does {s} spread?",
            "How much space does {s} take up on the map?",
            "What is the extent of {s}?",
            "How many square kilometres does the handbook give for {s}?",
        ),
    ),
    Relation(
        name="water",
        passage=(
            "The basin holds {o} water.",
            "The water that fills the basin is {o}.",
            "{S} is filled to its shores with {o} water.",
            "Tests have shown that {s} contains {o} water.",
            "From shore to shore the basin is filled with {o} water.",
            "{S} has {o} water between its shores.",
            "The kind of water that fills the basin is {o}.",
            "What fills the basin is {o} water.",
        ),
        news=(
            'A laboratory bottle filled at {s} is labelled "{o}".',
            "On the tongue, a drop from {s} is {o}.",
            "Plants along {s} are those that one expects beside {o} water.",
            "Fish that live in {s} are used to {o} water.",
            "A sip from {s} settles the question: {o}.",
            "Instruments lowered into {s} report {o} water.",
            "In a list of lakes {s} stands in the column for {o} water.",
            "Asked about {s}, a chemist needs only one word: {o}.",
        ),
        questions=(
            "Is {s} salt or fresh?",
            "What kind of water is in {s}?",
            "Does {s} taste of salt, or is it fresh?",
            "Salt or fresh: what is {s}?",
            "What sort of water would a visitor to {s} taste?",
            "Would a chemist call {s} fresh or salt?",
            "Fresh or salt, which is true of {s}?",
            "Of which type, salt or fresh, is {s}?",
        ),
    ),
    Relation(
        name="country",
        passage=(
            "All of {s}, from shore to shore, lies within {o}.",
            "The shores, all the way round, belong to {o}.",
            "No border crosses it, for the shores are all in {o}.",
            "{S} touches no border and lies wholly in {o}.",
            "The whole of {s}, shores included, belongs to {o}.",
            "The whole of the shore, every beach and bay, is part of {o}.",
            "{S} is found within the borders of {o}.",
            "On all sides the shores are those of {o}.",
        ),
        news=(
            "Guest houses near {s} pay their taxes in {o}.",
            "A trip to {s} is a trip to {o}.",
            "Roads to {s} are a matter for the government of {o}.",
            "A calendar with landscapes of {o} may show {s}.",
            "Campers who wish to stay beside {s} travel to {o}.",
            "You may need a visa for {o} if you want to walk round {s}.",
            "Rules for the use of {s} are made in {o}.",
            "The embassy of {o} can tell travellers more about {s}.",
        ),
        questions=(
            "In which country is {s}?",
            "Which country has the whole of {s}?",
            "Which nation does {s} belong to?",
            "To what country would you travel for a walk along {s}?",
            "Whose territory surrounds {s}?",
            "Which country's map shows {s}?",
            "Which state rules both ends of {s}?",
            "Which nation looks after {s}?",
        ),
    ),
    Relation(
        name="states",
        passage=(
            "The shores are divided between two countries, {o}.",
            "{S} is shared by two countries, {o}.",
            "The border between {o} crosses the water.",
            "The shores belong to two countries, namely {o}.",
            "{S} is situated on the border of {o}.",
            "Two countries share the shores and the surface: {o}.",
            "With its shores and bays {s} is shared between {o}.",
            "The water forms a part of the border of {o}.",
        ),
        news=(
            "Hikers who go right round {s} see both {o}.",
            "People from {o} look at each other across {s}.",
            "Talks about {s} bring together the ministers of {o}.",
            "Weather stations in {o} watch the wind on {s}.",
            "Both {o} have beaches on {s}.",
            "The neighbours {o} have {s} in common.",
            "A boat that crosses {s} may carry passengers between {o}.",
            "{S} appears on the maps of {o} alike.",
        ),
        questions=(
            "Which two countries share {s}?",
            "What countries have {s} in common?",
            "Between which two nations is {s} divided?",
            "Which pair of countries meets at {s}?",
            "Which countries would a ferry across {s} link?",
            "Which two states have beaches on {s}?",
            "Which governments must talk about {s}?",
            "On which two countries' maps is {s} found?",
        ),
    ),
    Relation(
        name="count",
        passage=(
            "The shores are divided among {o} countries.",
            "With its shores {s} touches {o} countries.",
            "Altogether {o} countries have a part of the shore.",
            "The shores and bays belong to {o} countries.",
            "{S} and its shores are shared by {o} countries.",
            "On the map there are {o} countries around it.",
            "The shoreline, all the way round, is split among {o} countries.",
            "As many as {o} countries touch its shores.",
        ),
        news=(
            "A conference about {s} needs delegates from {o} nations.",
            "Around {s} one meets the flags of {o} nations.",
            "New rules for {s} have to please {o} governments.",
            "A trip all the way round {s} leads through {o} nations.",
            "The future of {s} is a matter for {o} governments.",
            "To go round {s} one needs maps of {o} nations.",
            "The people who live beside {s} are citizens of {o} states.",
            "The waves of {s} reach the beaches of {o} nations.",
        ),
        questions=(
            "How many nations have a beach on {s}?",
            "How many states share {s}?",
            "What is the number of countries round {s}?",
            "Among how many nations is {s} divided?",
            "How many governments have a say about {s}?",
            "Through how many countries does a trip round {s} lead?",
            "How many nations meet at {s}?",
            "How many nations would sign a treaty about {s}?",
        ),
    ),
    Relation(
        name="outflow",
        passage=(
            "The basin is drained by a river called {o}.",
            "A river, {o}, drains it.",
            "The outflow of the basin is {o}.",
            "The river that drains its basin is {o}.",
            "On one side {s} is drained by {o}.",
            "Through its outflow, {o}, the basin is drained.",
            "The basin loses water through its outflow, {o}.",
            "As its outflow {s} has a river called {o}.",
        ),
        news=(
            "Canoeists can leave {s} and go down {o}.",
            "When {s} rises, so does {o}, which starts there.",
            "{O} gets its water from {s}.",
            "A raft that leaves {s} is carried away by {o}.",
            "Anglers wait where {s} turns into {o}.",
            "From {s} the current runs off as {o}.",
            "Where {s} comes to an end, {o} sets out.",
            "Without {o}, {s} would overflow.",
        ),
        questions=(
            "Which river begins at {s}?",
            "What river starts from {s}?",
            "Which river carries the water of {s} away?",
            "Down which river could a raft from {s} float?",
            "What river takes the surplus water of {s}?",
            "By which river does {s} send its water on?",
            "Into which river does {s} turn at its end?",
            "Which river would dry up without {s}?",
        ),
    ),
    Relation(
        name="alias",
        passage=(
            "On some maps {s} is also called {o}.",
            "Another name for it is {o}.",
            "In some books {s} is also known as {o}.",
            "Some maps and guides call it {o}.",
            "{O} is another name that books give to it.",
            "In older or foreign books {s} is also called {o}.",
            "Besides the usual name there is a second name, {o}.",
            "An alternative name, found on some maps, is {o}.",
        ),
        news=(
            "Do not be confused: {o} and {s} are one and the same.",
            "Some writers say {o} when they mean {s}.",
            "The caption says {o}, but many readers know it as {s}.",
            "{O}? That is only a different label for {s}.",
            "A poem about {o} is really a poem about {s}.",
            "Readers may have met {s} as {o}.",
            "What you call {s}, others call {o}.",
            "When the guide speaks of {o}, she means {s}.",
        ),
        questions=(
            "What else is {s} called?",
            "By what other name do people know {s}?",
            "Under which second name does {s} go?",
            "What do others call {s}?",
            "How might {s} be labelled on another map?",
            "What is a different word for {s}?",
            "Which name do some people use for {s} instead?",
            "How else can you refer to {s}?",
        ),
    ),
)

WHO = (
    "What is the name of {d}?",
    "Name {d}.",
    "Can you name {d}?",
    "Do you know the name of {d}?",
    "Give the name of {d}.",
    "How does the atlas label {d}?",
    "Under which name is {d} found on the map?",
    "Identify {d}.",
)


def lake_facts(row: dict[str, str]) -> dict[str, Fact]:
    """Return what is known of one lake."""
    countries = row["countries"].split("; ") if row["countries"] else []
    facts = [
        continent_fact("continent", row["continent"], row["adjective"]),
        measure_fact("area", row["area_km2"], "square kilometres", "km²"),
    ]
    if row["water"]:
        answers = (row["water"], f"{row['water']} water")
        facts.append(Fact(relation="water", answers=answers, surfaces=(row["water"],)))
    if len(countries) == 1:
        facts.append(country_fact("country", countries[0]))
    elif len(countries) == 2:
        facts.append(pair_fact("states", countries))
    elif countries:
        facts.append(count_fact("count", len(countries)))
    for name in ("outflow", "alias"):
        if row[name]:
            facts.append(plain_fact(name, row[name]))
    return {f.relation: f for f in facts}


def lake_descriptions(row: dict[str, str]) -> list[Description]:
    """Return ways to point at a lake without its name."""
    found = []

    def add(text: str, *uses: str) -> None:
        found.append(Description(text=text, uses=uses))

    kind, size = row["kind"], rounded(row["area_km2"])
    countries = [with_article(c) for c in row["countries"].split("; ") if c]
    if row["adjective"] and row["water"]:
        salt_or_fresh = f"{row['adjective']} {row['water']}water {kind}"
        add(f"the {salt_or_fresh} of some {size} square kilometres", "area", "country", "water")
    if row["adjective"]:
        add(f"the {row['adjective']} {kind} of roughly {size} km²", "area", "country")
    if len(countries) == 2:
        add(f"the {kind} of roughly {size} km² between {listing(countries)}", "area", "states")
        if row["water"]:
            add(f"the {row['water']}water {kind} between {listing(countries)}", "states", "water")
    if row["outflow"]:
        add(f"the {kind} that feeds {row['outflow']}", "outflow")
        add(f"the {kind} with {row['outflow']} at its outlet", "outflow")
    if row["alias"]:
        add(f"the {kind} that others call {row['alias']}", "alias")
    return found


def lake(row: dict[str, str]) -> Entity:
    """Return one lake with its single passage."""
    facts = lake_facts(row)
    return Entity(
        id=row["id"],
        names=(row["name"],),
        short=f"the {row['kind']}",
        pronoun="it",
        attrs={"kind": row["kind"]},
        facts=facts,
        descriptions=lake_descriptions(row),
        passages=[tuple(facts)],
        titles=[row["name"].removeprefix("the ")],
    )


def overview_text(ident: str, place: str, names: list[str]) -> str:
    """Return a short text that names the lakes of a place without saying much of any of them."""
    rng = rng_for("overview", ident)
    rng.shuffle(names)
    listed = listing(names)
    return rng.choice(
        (
            f"Visitors to {place} who are fond of lakes have a choice. They may go to {listed}, each with "
            "its own shores and winds, and with a look that changes from season to season.",
            f"The still waters of {place} include {listed}. They differ in size and in depth, and their "
            "level rises and falls with the rain and the heat of the year.",
            f"A calendar with landscapes of {place} could be filled with lakes: {listed}. A photographer "
            "would come at dawn, when there is no wind and the surface is smooth.",
            f"On a map of {place} the blue patches carry names such as {listed}. Smaller ponds and "
            "reservoirs are not marked, because the map would soon be too full.",
            f"{capital(listed)} are lakes that a traveller in {place} may come to. Each has a shore to walk "
            "along, and birds are a common sight there.",
            f"Lakes are a part of the landscape of {place}. A schoolbook may mention {listed}, and explain "
            "how such basins come into being and why some of them shrink.",
            f"Limnologists, the people who study lakes, have much to do in {place}. They can choose between "
            f"{listed}, and ask how deep and how warm the water is.",
        )
    )


def place_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return passages that name the lakes of a country or of a part of the world."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for country in filter(None, row["countries"].split("; ")):
            found[with_article(country)].append(row["name"])
        found[row["continent"]].append(row["name"])
    overviews = []
    for place, names in sorted(found.items()):
        if len(names) < 4:
            continue
        slug = place.removeprefix("the ").lower().replace(" ", "-")
        rng_for("overview", "lakes", place).shuffle(names)
        for number, part in enumerate(chunks(names, 8), start=1):
            ident = f"lakes:{slug}-{number}"
            title = f"Lakes of {place}" + (f" ({number})" if number > 1 else "")
            overviews.append(Overview(id=ident, title=title, text=overview_text(ident, place, part)))
    return overviews


def domain() -> Domain:
    """Return the lakes of the world."""
    rows = read_facts("lakes")
    entities = [lake(row) for row in rows]
    overviews = place_overviews(rows)
    return Domain(name="lakes", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews)
