"""Lakes: size, water, shores and outflow; an overview a country and a part of the world."""

from collections import defaultdict

from ..grammar import capital, listing, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .rivers import (
    chunks,
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
            "{S}, {kind:a}, is situated in {o}.",
            "{S} is the name of {kind:a} situated in {o}.",
            "{S} is {kind:a} that belongs to the inland waters of {o}.",
            "Among the inland waters of {o} is {s}, {kind:a}.",
            "{S} is one of the inland waters of {o}; it counts as {kind:a}.",
            "In {o} there is {kind:a} by the name of {s}.",
            "{S} is {kind:a} situated in the part of the world called {o}.",
        ),
        news=(
            "Our tour of {o} brought us to the beaches of {s}.",
            "Whoever flies over {o} on a clear day may spot {s}.",
            "{S} has a page in the new atlas of {o}.",
            "Scientists working on {s} spoke at a meeting about nature in {o}.",
            "For holidays in {o}, some guests now choose the quiet side of {s}.",
            "A postcard from {o} showed a sunset over {s}.",
            "Walkers who know {o} well recommend the shore of {s}.",
            "Migrating birds that cross {o} take a rest beside {s}.",
        ),
        questions=(
            "On which continent is {s}?",
            "What part of the world has {s} on its map?",
            "Where on the globe would you look for {s}?",
            "On a world map, which continent shows {s}?",
            "What continent must you fly to for a holiday at {s}?",
            "Which part of the world is home to {s}?",
            "In what corner of the Earth can one visit {s}?",
            "Which continent's atlas would show {s}?",
        ),
    ),
    Relation(
        name="area",
        passage=(
            "When it is full, the surface covers about {o}.",
            "{S} has an area of {o}, as far as it can be measured.",
            "In tables the surface area is given as {o}.",
            "The area of the surface, which changes a little with the rain, is {o}.",
            "Within its shores {s} covers an area of {o}.",
            "According to the usual figures the surface area is {o}.",
            "With its surface {s} covers about {o} of the land.",
            "Its area, taken from the handbooks, is about {o}.",
        ),
        news=(
            "Seen from above, {s} is a sheet of {o}.",
            "The rangers of {s} must watch over {o} of water.",
            "In calm weather {s} is a mirror of {o}.",
            "{S} spreads over {o}, the handbook says.",
            "Pilots who fly over {s} have {o} below them.",
            "An oil spill could threaten the whole of {s}, a space of {o}.",
            "It takes {o} of blue to colour {s} on the map.",
            "The extent of {s} was measured from space: {o}.",
        ),
        questions=(
            "How big is {s}?",
            "How large is {s}?",
            "How many square kilometres does {s} measure?",
            "What is the size of {s}?",
            "Over how many square kilometres does {s} spread?",
            "How much space does {s} take up on the map?",
            "What is the extent of {s}?",
            "How many square kilometres of water would you see at {s}?",
        ),
    ),
    Relation(
        name="water",
        passage=(
            "The basin between the shores holds {o} water.",
            "The water that fills the basin is {o}.",
            "{S} is filled to its shores with {o} water.",
            "Tests have shown that {s} contains {o} water.",
            "From shore to shore the basin is filled with {o} water.",
            "By the nature of its water, {s} is classed as {o}.",
            "As to its contents, the basin holds {o} water.",
            "What fills the basin and wets the shores is {o} water.",
        ),
        news=(
            "The laboratory tested a bottle from {s} and wrote on the label: {o}.",
            "A drop from {s} on the tongue tells you that it is {o}.",
            "Plants along {s} are those that one expects beside {o} water.",
            "Boats on {s} are painted with a varnish for {o} water.",
            "A sip from {s} settles the question: {o}.",
            "The instruments lowered into {s} reported {o} water.",
            "In the encyclopaedia {s} is listed under {o} lakes.",
            "A chemist who was asked about {s} gave a short reply: {o}.",
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
            "No border crosses it, and the shores are in {o}.",
            "{S} touches no border and lies wholly in {o}.",
            "It is {o} that {s} and all its shores belong to.",
            "The whole of the shore, every beach and bay, is part of {o}.",
            "{S} is found within the borders of {o}.",
            "The country that one finds on all its shores is {o}.",
        ),
        news=(
            "The season on {s} has begun, hotel owners in {o} report.",
            "{S} draws many visitors from abroad to {o}.",
            "Villages around {s} get new roads, the government of {o} announced.",
            "A photograph of {s} won the landscape prize in {o}.",
            "Scouts from all over {o} camped beside {s}.",
            "You may need a visa for {o} if you want to walk round {s}.",
            "Campaigners in {o} want stricter rules for {s}.",
            "A school class in {o} wrote a booklet about {s}.",
        ),
        questions=(
            "In which country is {s}?",
            "Which country has {s}?",
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
            "Ministers of {o} met to talk about {s}.",
            "Weather stations in {o} watch the wind on {s}.",
            "Both {o} have beaches on {s}.",
            "The neighbours {o} have {s} in common.",
            "Anyone who crosses {s} passes from one to the other of {o}.",
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
            "With its shores {s} borders on {o} countries.",
            "Altogether {o} countries have a part of the shore.",
            "The shores and bays belong to {o} countries.",
            "{S} and its shores are shared by {o} countries.",
            "On the map there are {o} countries around it.",
            "The shoreline, all the way round, is split among {o} countries.",
            "As many as {o} countries touch its shores.",
        ),
        news=(
            "Delegates of {o} nations came together to talk about {s}.",
            "People of {o} nationalities live around {s}.",
            "The new rules for {s} must please {o} governments.",
            "A trip round {s} leads through {o} nations.",
            "The future of {s} is a matter for {o} governments.",
            "Beaches on {s} are found in {o} different nations.",
            "The people who live on {s} are citizens of {o} states.",
            "Maps printed in {o} nations show {s}.",
        ),
        questions=(
            "How many nations have a beach on {s}?",
            "How many states share {s}?",
            "What is the number of countries round {s}?",
            "Among how many nations is {s} divided?",
            "How many governments have a say about {s}?",
            "Through how many countries does a trip round {s} lead?",
            "How many flags fly on the boats of {s}?",
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
            "Canoeists left {s} and went down {o}.",
            "When {s} rises, so does {o}, which starts there.",
            "{O} gets its water from {s}.",
            "A raft set off from {s} and was carried away by {o}.",
            "The dam stands where {s} turns into {o}.",
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
            "Another name for it, often heard, is {o}.",
            "In some books {s} is also known as {o}.",
            "Some maps and guides give it the name {o}.",
            "{O} is another name that books give to it.",
            "In older or foreign books {s} also bears the name {o}.",
            "Besides the usual name there is a second name, {o}.",
            "An alternative name, found on some maps, is {o}.",
        ),
        news=(
            "Do not be confused: {o} and {s} are one and the same.",
            "Many people say {o} when they mean {s}.",
            "The sign at the beach read {o}, but visitors knew it as {s}.",
            "{O}? That is {s} under a different label.",
            "The old song about {o} is really about {s}.",
            "Readers may have met {s} as {o}.",
            "What you call {s}, others call {o}.",
            "The captain spoke of {o}, and the guide explained that this was {s}.",
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
        plain_fact("continent", row["continent"]),
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
            f"Anglers and sailors who visit {place} have a choice of lakes. They may try {listed}, each with "
            "its own winds, fish and harbours, and rules that change with the season.",
            f"The still waters of {place} include {listed}. Some are ringed by mountains, others by reeds "
            "and flat fields, and their level rises and falls with the rain.",
            f"A calendar with pictures of {place} shows lakes: {listed}. The photographer came to "
            "each of them at dawn, when there was no wind and nobody on the beach.",
            f"On a map of {place} the blue patches carry names such as {listed}. Smaller ponds and "
            "reservoirs are not marked, because the map would soon be too full.",
            f"{capital(listed)} are lakes that a traveller in {place} may come to. Boats can be hired on "
            "many of them, and birds are a common sight on the shore.",
            f"Lakes are an important part of the landscape of {place}. Schoolbooks mention {listed}, and "
            "explain how such basins came into being and why some of them shrink.",
            f"Limnologists, the people who study lakes, have much to do in {place}. They have published "
            f"on {listed}, above all on the plants and fish living there.",
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
        if len(names) < 3:
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
