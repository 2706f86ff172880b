"""Rivers: where they rise and end, how long they are; an overview a country and a part of the world."""

from collections import defaultdict

from ..grammar import capital, listing, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation

NUMBERS = "zero one two three four five six seven eight nine ten".split()
WITH_ARTICLE = {
    "Central African Republic",
    "Czech Republic",
    "Democratic Republic of the Congo",
    "Dominican Republic",
    "Netherlands",
    "Philippines",
    "Republic of the Congo",
    "Soviet Union",
    "United Kingdom",
    "United States",
}
OTHER_NAMES = {
    "Czech Republic": ("Czechia",),
    "Democratic Republic of the Congo": ("DR Congo",),
    "Netherlands": ("Holland",),
    "Soviet Union": ("USSR",),
    "United Kingdom": ("UK", "Great Britain", "Britain"),
    "United States": ("USA", "US", "United States of America"),
}

# Which facts a passage tells first, where there are more than six.
ORDER = "outlet source mouth country length alias tributary count states region".split()

RELATIONS = (
    Relation(
        name="outlet",
        opens=True,
        passage=(
            "{S} is {kind:a} that flows into {o}.",
            "{S} is {kind:a} that has its mouth at {o}.",
            "{S} is {kind:a} which, after many bends, empties into {o}.",
            "{S} is {kind:a} whose mouth is at {o}.",
            "{S} is {kind:a} flowing at last into {o}.",
            "{S} is {kind:a} whose water empties into {o}.",
            "{S} is {kind:a} discharging its water into {o}.",
            "{S} is {kind:a} which comes to its mouth at {o}.",
        ),
        news=(
            "Follow {s} downstream long enough and you reach {o}.",
            "A bottle thrown into {s} may drift all the way to {o}.",
            "Mud carried by {s} is finally dropped in {o}.",
            "Charts show the place where {s} meets {o}.",
            "A boat trip all the way down {s} ends with a view over {o}.",
            "After rain in the hills, the brown water of {s} spreads in {o}.",
            "From {o} a boat can turn into {s} and go upstream.",
            "Whatever floats down {s} comes out in {o}.",
        ),
        questions=(
            "In which body of water does {s} end?",
            "What body of water takes in {s}?",
            "Into what does {s} drain?",
            "Which water receives {s}?",
            "Which water do you reach if you follow {s} to its end?",
            "Which water lies at the lower end of {s}?",
            "Into which water would a raft drifting down {s} come out?",
            "To which water does {s} deliver its mud and sand?",
        ),
    ),
    Relation(
        name="region",
        passage=(
            "The land through which {s} runs is part of {o}.",
            "On the globe {s} is found in {o}.",
            "In the atlas {s} is drawn on the pages for {o}.",
            "{S} belongs to the river systems of {o}.",
            "The valley, with its fields and towns, lies in {o}.",
            "{S} is one of the longer streams of {o}.",
            "The part of the world that {s} waters is {o}.",
            "The whole basin that {s} drains is in {o}.",
        ),
        news=(
            "Whoever plans an expedition to {s} needs a guide to {o}.",
            "A travel writer who loves {o} may well spend a year on {s}.",
            "{S} has an entry in the encyclopaedia of {o}.",
            "A film about {s} might open with a satellite picture of {o}.",
            "Satellite pictures of {o} show {s} as a thin line.",
            "A raft trip on {s} is an adventure for lovers of {o}.",
            "To explain a flood on {s} one looks at the weather records for {o}.",
            "We fly to {o} tomorrow; on Monday we shall see {s}.",
        ),
        questions=(
            "On which continent is {s}?",
            "What continent must you visit to see {s}?",
            "Which continent's map shows {s}?",
            "In what part of the world would one look for {s}?",
            "Of which continent is {s} a feature?",
            "In which part of the globe is {s}?",
            "To which continent would an expedition to {s} travel?",
            "On the world map, which continent has {s}?",
        ),
    ),
    Relation(
        name="length",
        passage=(
            "With its bends included {s} has a length of {o}.",
            "Measured from the source to the mouth its length is {o}.",
            "The length of the river is usually given as about {o}.",
            "The whole course, with all bends, is {o} in length.",
            "From the source to the mouth {s} is about {o} long.",
            "In handbooks one reads that {s} has a length of {o}.",
            "In tables of rivers the length is put at {o}.",
            "The river's whole length is {o}.",
        ),
        news=(
            "Paddlers who want to see all of {s} must cover {o}.",
            "To walk along every bend of {s} means a march of {o}.",
            "It is {o} from one end of {s} to the other.",
            "A survey of {s} takes patience: it stretches for {o}.",
            "Set end to end, all the bends of {s} come to {o}.",
            "A map of all of {s} has to show {o} of winding water.",
            "{S} measures {o}, according to the handbook.",
            "Along {s} there are {o} of valley to explore.",
        ),
        questions=(
            "How far does {s} stretch?",
            "How many kilometres does {s} measure?",
            "How long is {s}?",
            "What distance does {s} cover from end to end?",
            "How great is the distance along {s}?",
            "How many kilometres would a canoeist travel along all of {s}?",
            "Over how many kilometres does {s} extend?",
            "What distance do the handbooks give for {s}?",
        ),
    ),
    Relation(
        name="country",
        passage=(
            "All of {s}, from the source to the mouth, lies within {o}.",
            "{S} stays inside {o} for the whole of its course.",
            "From the first to the last bend the entire course is in {o}.",
            "{S} crosses no border and lies wholly in {o}.",
            "From start to finish {s} remains within the borders of {o}.",
            "{S} runs through {o} and through no other country.",
            "The whole course, source and mouth included, belongs to {o}.",
            "{S} never leaves the territory of {o} on its course.",
        ),
        news=(
            "Photographs of {s} belong in any guide to {o}.",
            "Farmers in {o} keep an eye on the level of {s}.",
            "No border post is met along {s}: both banks are in {o} all the way.",
            "The embassy of {o} can tell travellers more about {s}.",
            "A school atlas printed in {o} shows all of {s}.",
            "It is for the government of {o} to keep {s} clean.",
            "Anglers travel to {o} to fish in {s}.",
            "Along {s} only the flag of {o} is flown.",
        ),
        questions=(
            "Which country can call {s} its own?",
            "In which country is {s}?",
            "Which nation has {s} on its map?",
            "To what country must you travel to see {s}?",
            "Which country has all of {s} on its territory?",
            "Which country's fields are watered by {s}?",
            "Which nation would you visit for a holiday on {s}?",
            "Which state holds both banks of {s}?",
        ),
    ),
    Relation(
        name="source",
        passage=(
            "{S} rises in {o}, where it is still narrow.",
            "The source of the river lies in the hills of {o}.",
            "The headwaters of the river are in {o}.",
            "The spring that counts as its source is found in {o}.",
            "{S} has its source in the higher parts of {o}.",
            "The upper course belongs to {o}, where {s} rises.",
            "The headwaters of the river, often no more than brooks, lie in {o}.",
            "It is in {o}, on higher ground, that {s} rises.",
        ),
        news=(
            "Hikers in {o} can look for the spring from which {s} starts.",
            "{S} begins as a small stream in {o}.",
            "The first drops of {s} trickle from the ground in {o}.",
            "The birthplace of {s} is in {o}, where it can be crossed with one step.",
            "Rain that falls in {o} feeds the very beginning of {s}.",
            "The place where {s} sets out is on the map of {o}.",
            "Before it grows wide, {s} is a brook in {o}.",
            "The journey down {s} starts in {o}.",
        ),
        questions=(
            "In what country does {s} begin?",
            "In which country does {s} start?",
            "What is the home country of the first drops of {s}?",
            "In what country is the spring from which {s} comes?",
            "Which country is the starting point of {s}?",
            "To which country would you go to see the beginning of {s}?",
            "Which country gives birth to {s}?",
            "In which country is {s} still a brook?",
        ),
    ),
    Relation(
        name="mouth",
        passage=(
            "The mouth of the river, where its course ends, is in {o}.",
            "The lower course ends at a mouth in {o}.",
            "After its long course {s} reaches its mouth in {o}.",
            "The mouth lies in {o}.",
            "The land on both sides of the river mouth belongs to {o}.",
            "{S} has its mouth in {o}, far from the first bends.",
            "The mouth of the river can be found on the map of {o}.",
            "In {o} {s} reaches its mouth and the end of its course.",
        ),
        news=(
            "{S} finishes its journey in {o}.",
            "The last bridge over {s} stands in {o}.",
            "By the end of its way {s} has become one of the waters of {o}.",
            "Engineers in {o} measure how much water {s} brings to its end.",
            "The last stretch of {s} runs through {o}.",
            "Boats that go all the way down {s} end their trip in {o}.",
            "What is thrown into {s} upstream troubles {o}, the country at its end.",
            "The final kilometres of {s} are in {o}.",
        ),
        questions=(
            "In which country does {s} end?",
            "In what country does {s} finish its journey?",
            "Which country sees the last of {s}?",
            "In which country is the final stretch of {s}?",
            "What is the last country on {s}?",
            "Which country is at the lower end of {s}?",
            "What country holds the final kilometres of {s}?",
            "In which country does the journey down {s} stop?",
        ),
    ),
    Relation(
        name="states",
        passage=(
            "On its way from the source to the mouth {s} touches {o}.",
            "The countries on the course of the river are {o}.",
            "The course of the river is shared by {o}.",
            "In its course {s} crosses the lands of {o}.",
            "Its banks belong to two countries, {o}.",
            "{S} is shared between two countries, {o}.",
            "Two countries have a part of the course: {o}.",
            "The course takes {s} through two countries, {o}.",
        ),
        news=(
            "A map of {s} is of use to pupils in {o}.",
            "Talks about {s} bring together the ministers of {o}.",
            "People in both {o} live beside {s}.",
            "The neighbours {o} have {s} in common.",
            "Tourists who sail down {s} see something of {o}.",
            "Flood warnings for {s} go out in {o}.",
            "Fishing in {s} is ruled by the laws of {o}.",
            "{S} links {o}.",
        ),
        questions=(
            "Which two countries share {s}?",
            "Which countries have {s} in common?",
            "What two nations does {s} link?",
            "Through which pair of countries does {s} run?",
            "Which governments must agree about the water of {s}?",
            "What countries are joined by {s}?",
            "Which two states would sign a treaty about {s}?",
            "In which two countries could you bathe in {s}?",
        ),
    ),
    Relation(
        name="count",
        passage=(
            "Altogether {o} countries lie along the course of the river.",
            "On its course {s} passes through or along {o} countries.",
            "The course of the river is divided among {o} countries.",
            "On the banks of the river there are {o} countries.",
            "The course is shared by as many as {o} countries.",
            "In all, {o} countries have a part of the course.",
            "From the source to the mouth {s} touches {o} different countries.",
            "The territory of {o} countries borders the river or is crossed by it.",
        ),
        news=(
            "A conference about all of {s} needs delegates from {o} nations.",
            "Travellers who follow {s} all the way need maps of {o} nations.",
            "Farmers in {o} nations depend on {s}.",
            "{S} is a matter for {o} different states.",
            "You can meet {s} in {o} nations.",
            "A treaty about all of {s} has to please {o} governments.",
            "A poster about {s} carries the flags of {o} nations.",
            "Pollution in {s} is a problem for {o} nations.",
        ),
        questions=(
            "How many nations share {s}?",
            "How many states does {s} touch on its way?",
            "What is the number of countries on {s}?",
            "In how many countries can one find {s}?",
            "How many governments have a say about {s}?",
            "Among how many states is {s} divided?",
            "How many flags might you see along {s}?",
            "How many nations would have to sign a treaty on {s}?",
        ),
    ),
    Relation(
        name="tributary",
        passage=(
            "One of the tributaries that enlarge it is {o}.",
            "Among the tributaries that feed the river is {o}.",
            "A well-known tributary of the river is {o}.",
            "{S} receives a tributary called {o}.",
            "The list of its tributaries includes {o}.",
            "{O} is one of the tributaries that give the river its water.",
            "{S} counts {o} among its larger tributaries.",
            "As one of its tributaries {s} has {o}.",
        ),
        news=(
            "High water in {o} soon raises the level of {s}.",
            "{S} grows when {o} joins it.",
            "Canoeists can come down {o} and turn into {s}.",
            "{S} gets part of its water from {o}.",
            "Where {o} pours into {s}, the current is strong.",
            "{O} ends in {s}.",
            "Fish climb from {s} into {o}, a side river.",
            "Driftwood from {o} is washed into {s}.",
        ),
        questions=(
            "Which river feeds {s}?",
            "What stream joins {s}?",
            "Name a river that ends in {s}.",
            "From which side river does {s} get water?",
            "Which other river pours into {s}?",
            "What river adds its water to {s}?",
            "Which river has {s} as its destination?",
            "Which side river swells {s}?",
        ),
    ),
    Relation(
        name="alias",
        passage=(
            "On some maps {s} is also called {o}.",
            "Another name for the river is {o}.",
            "In some books {s} is also known as {o}.",
            "Some maps and books name the river {o}.",
            "On other maps {s} is called {o}.",
            "{O} is another name that books give to the river.",
            "In older or foreign books {s} is also called {o}.",
            "An alternative name, found on some maps, is {o}.",
        ),
        news=(
            "Travellers who hear of {o} are being told about {s}.",
            "Do not be confused: {o} and {s} are one and the same.",
            "Some writers say {o} when they mean {s}.",
            "The caption says {o}, but many readers know it as {s}.",
            "{O}? That is only a different label for {s}.",
            "A poem about {o} is really a poem about {s}.",
            "Readers may have met {s} as {o}.",
            "What you call {s}, others call {o}.",
        ),
        questions=(
            "What else is {s} called?",
            "By what other name do people know {s}?",
            "Under which second name does {s} go?",
            "What do others call {s}?",
            "How might {s} be labelled on a foreign map?",
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


def with_article(country: str) -> str:
    """Return the country as it stands in a sentence: "the United States", "France"."""
    return f"the {country}" if country in WITH_ARTICLE else country


def spellings(name: str) -> tuple[str, ...]:
    """Return a name that may begin with "the", and the same without it.

    >>> spellings("the Aral Sea"), spellings("Hudson Bay")
    (('the Aral Sea', 'Aral Sea'), ('Hudson Bay',))
    """
    return (name, name.removeprefix("the ")) if name.startswith("the ") else (name,)


def plain_fact(relation: str, name: str, key: str = "") -> Fact:
    """Return a fact whose object is written one way but accepted without its article too."""
    return Fact(relation=relation, answers=spellings(name), surfaces=(name,), key=key)


def continent_fact(relation: str, continent: str, adjective: str) -> Fact:
    """Return a fact whose object is a part of the world; Oceania may be called Australia there."""
    if continent == "Oceania" and adjective == "Australian":
        return Fact(relation=relation, answers=("Oceania", "Australia"), surfaces=("Oceania",))
    return plain_fact(relation, continent)


def country_fact(relation: str, country: str, key: str = "") -> Fact:
    """Return a fact whose object is a country."""
    name = with_article(country)
    answers = (*spellings(name), *OTHER_NAMES.get(country, ()))
    return Fact(relation=relation, answers=answers, surfaces=(name,), key=key)


def pair_fact(relation: str, countries: list[str]) -> Fact:
    """Return a fact whose object is two countries, accepted in either order."""
    one, two = (with_article(c) for c in countries)
    answers = (f"{one} and {two}", f"{two} and {one}")
    bare = tuple(" and ".join(pair) for pair in (countries, countries[::-1]))
    return Fact(relation=relation, answers=tuple(dict.fromkeys((*answers, *bare))), surfaces=answers)


def count_fact(relation: str, number: int) -> Fact:
    """Return a fact whose object is a small number, written in letters."""
    return Fact(relation=relation, answers=(NUMBERS[number], str(number)), surfaces=(NUMBERS[number],))


def measure_fact(relation: str, number: str, unit: str, sign: str) -> Fact:
    """Return a fact whose object is a number with a unit: "6,650 kilometres", "6,650 km"."""
    digits = f"{int(number):,}"
    surfaces = (f"{digits} {unit}", f"{digits} {sign}")
    answers = tuple(dict.fromkeys((*surfaces, f"{number} {sign}", digits)))
    return Fact(relation=relation, answers=answers, surfaces=surfaces)


def rounded(number: str) -> str:
    """Return a whole number with two significant digits: "6,600" for 6,550."""
    value = int(number)
    unit = 10 ** max(len(number) - 2, 0)
    return f"{(value + unit // 2) // unit * unit:,}"


def river_facts(row: dict[str, str], tributaries: list[str]) -> dict[str, Fact]:
    """Return what is known of one river."""
    facts = []
    countries = row["countries"].split("; ") if row["countries"] else []
    if row["outlet"]:
        facts.append(plain_fact("outlet", row["outlet"]))
    facts.append(continent_fact("region", row["region"], row["adjective"]))
    if row["length_km"]:
        facts.append(measure_fact("length", row["length_km"], "kilometres", "km"))
    for name in ("source", "mouth"):
        if row[name]:
            facts.append(country_fact(name, row[name]))
    if len(countries) == 1:
        facts.append(country_fact("country", countries[0]))
    elif len(countries) == 2 and set(countries) != {row["source"], row["mouth"]}:
        facts.append(pair_fact("states", countries))
    elif len(countries) > 2:
        facts.append(count_fact("count", len(countries)))
    if tributaries:
        bare = tuple(t.removeprefix("the ") for t in tributaries)
        facts.append(Fact(relation="tributary", answers=(*tributaries, *bare), surfaces=tuple(tributaries)))
    if row["alias"]:
        facts.append(plain_fact("alias", row["alias"]))
    return {f.relation: f for f in facts}


def river_descriptions(
    row: dict[str, str], tributaries: list[str], group: tuple[str, ...]
) -> list[Description]:
    """Return ways to point at a river without its name; ``group`` are the relations told of it."""
    found = []
    told = ("region",) if "region" in group else ()

    def add(text: str, *uses: str) -> None:
        found.append(Description(text=text, uses=uses))

    outlet, place = row["outlet"], row["continent"]
    source, mouth = with_article(row["source"]), with_article(row["mouth"])
    if row["adjective"]:
        add(f"the {row['adjective']} river that ends in {outlet}", "outlet", "country")
        add(f"the {row['adjective']} waterway bound for {outlet}", "outlet", "country")
    if row["length_km"]:
        add(f"the {place} river of some {rounded(row['length_km'])} kilometres", "length", *told)
    if source and mouth and source != mouth:
        add(f"the {place} river that starts in {source} and ends in {mouth}", "source", "mouth", *told)
        add(f"the waterway from {source} down to {mouth}", "source", "mouth")
    if source and outlet:
        add(f"the river that runs from {source} to {outlet}", "outlet", "source")
    if mouth and outlet:
        add(f"the river that reaches {outlet} in {mouth}", "outlet", "mouth")
    for name in tributaries[:2]:
        add(f"the river joined by {name}", "tributary")
    if row["alias"]:
        add(f"the river that others call {row['alias']}", "alias")
    return found


def river(row: dict[str, str], tributaries: list[str]) -> Entity:
    """Return one river with its single passage."""
    facts = river_facts(row, tributaries)
    group = tuple(sorted(facts, key=ORDER.index)[:6])
    return Entity(
        id=row["id"],
        names=(row["name"],),
        short="the river",
        pronoun="it",
        attrs={"kind": "river"},
        facts={name: facts[name] for name in group},
        descriptions=river_descriptions(row, tributaries, group),
        passages=[group],
        titles=[row["name"].removeprefix("the ")],
    )


def chunks(items: list[str], size: int) -> list[list[str]]:
    """Return the items in lists of about equal length, none longer than ``size``."""
    parts = -(-len(items) // size)
    return [items[i * len(items) // parts : (i + 1) * len(items) // parts] for i in range(parts)]


def country_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return passages that name the rivers of a country."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for name in dict.fromkeys([row["source"], row["mouth"], *row["countries"].split("; ")]):
            if name:
                found[name].append(row["name"])
    overviews = []
    for country, names in sorted(found.items()):
        if len(names) < 5:
            continue
        for number, part in enumerate(chunks(sorted(names), 9)):
            ident = f"rivers:{country.lower().replace(' ', '-')}" + (f"-{number + 1}" if number else "")
            rng = rng_for("overview", ident)
            rng.shuffle(part)
            place, listed = with_article(country), listing(part)
            text = rng.choice(
                (
                    f"An atlas of {place} shows several long rivers. Among them are {listed}. Some of these "
                    f"belong to {place} alone, others are shared with neighbours or only pass through.",
                    f"Whoever studies the waters of {place} meets {listed}. Each of these rivers has "
                    "its own towns on the banks, its own floods and its own bridges.",
                    f"Rivers have shaped {place}. Well-known ones are {listed}; smaller streams, too many to "
                    "be named here, run down to them from the hills on either side.",
                    f"For a lesson on the rivers of {place}, a teacher could take {listed}. The pupils might "
                    "draw each of them on a blank map and add the larger towns on the banks.",
                    f"Rivers of {place}: {listed}. They differ much in size and in the amount of water that "
                    "they carry, and the seasons change them from month to month.",
                    f"Fishing, shipping and farming in {place} depend on rivers. {capital(listed)} "
                    "are among those that appear on every larger map of the country.",
                    f"In {place} the traveller crosses many bridges. Below them may run {listed}, or "
                    "one of the many smaller streams that appear on local maps only.",
                )
            )
            overviews.append(Overview(id=ident, title=f"Rivers of {place}", text=text))
    return overviews


def region_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return passages that name the rivers of a part of the world."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["region"] and " and " not in row["region"]:
            found[row["region"]].append(row["name"])
    overviews = []
    for region, names in sorted(found.items()):
        rng_for("overview", "rivers", region).shuffle(names)
        for number, part in enumerate(chunks(names, 8), start=1):
            ident = f"rivers:{region.lower().replace(' ', '-')}-{number}"
            rng = rng_for("overview", ident)
            listed = listing(part)
            text = rng.choice(
                (
                    f"Many rivers cross {region}. This page of the atlas shows {listed}. Blue lines mark the "
                    "course of each of them, and small dots the towns on the banks.",
                    f"On the map of {region} one can find {listed}. Some carry ships, others only rafts and "
                    "small boats, and a few are known above all for their fish.",
                    f"Geography lessons about {region} often mention {listed}. The pupils learn to tell "
                    "the rivers apart by their bends and by the towns along the banks.",
                    f"A book about {region} needs a chapter on rivers. It can describe {listed}, "
                    "at high water as well as in a dry month.",
                    f"Among the rivers of {region} are {listed}. Where people live close to "
                    "the water, they watch its level and want to be warned of a flood.",
                    f"{capital(listed)}: these are names from a list of the rivers of {region}. The list is "
                    "far from complete, for brooks and side streams were left out.",
                )
            )
            overviews.append(Overview(id=ident, title=f"Rivers of {region} ({number})", text=text))
    return overviews


def domain() -> Domain:
    """Return the rivers of the world."""
    rows = read_facts("rivers")
    tributaries: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        tributaries[row["outlet"]].append(row["name"])
    entities = [river(r, tributaries[r["name"]]) for r in rows if r["region"]]
    entities = [e for e in entities if len(e.facts) >= 3]
    overviews = country_overviews(rows) + region_overviews(rows)
    return Domain(name="rivers", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews)
