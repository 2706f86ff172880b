"""Presidents and vice-presidents of the United States: their offices, their parties, their birthdays."""

from collections import Counter, defaultdict

from ..grammar import listing, mark, read_facts, rng_for, spell_date
from ..model import Description, Domain, Entity, Fact, Overview, Relation

ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
TENS = {2: "twent", 3: "thirt", 4: "fort", 5: "fift"}

RELATIONS = (
    Relation(
        name="number",
        opens=True,
        passage=(
            "{S} is counted as the {o} {office} of the United States.",
            "{S}, an American politician, is the {o} {office} in the official count.",
            "In the numbering of American {office}s, {s} is the {o}.",
            "By the usual count, the {o} {office} of the United States is {s}.",
            "{S}, a politician from the United States, is counted as the country's {o} {office}.",
            "The American politician {s} is numbered as the {o} {office} of the United States.",
            "In lists of American {office}s, {s} appears as the {o}.",
            "{S} is known to history as the {o} {office} of the United States.",
        ),
        news=(
            "Schoolchildren who learn the list by heart put {s} {o} in the row of {roles}.",
            "{S} comes {o} in the line of American {roles}.",
            "A museum label calls {s} the {o} {role} of the USA.",
            "The {o} portrait in the gallery of {roles} shows {s}.",
            "Counting from the founding of the republic, {s} is {o} among its {roles}.",
            "Historians place {s} {o} in the row of {roles}.",
            "A guide in Washington will explain that {s} stands {o} among the {roles}.",
            "In the row of {roles}, the {o} name is {s}.",
        ),
        questions=(
            "Which number does {s} have in the row of American {roles}?",
            "Where does {s} come in the order of American {roles}?",
            "Which place in the line of {roles} is held by {s}?",
            "What number is {s} when American {roles} are counted?",
            "What ordinal number is given to {s} among the {roles}?",
            "In the count of American {roles}, which number belongs to {s}?",
            "At which position would a list of American {roles} show {s}?",
            "Which rank in the sequence of {roles} does {s} have?",
        ),
    ),
    Relation(
        name="start",
        passage=(
            "{P} term as {office} began in {o}.",
            "{S} took office as {office} in {o}.",
            "{S} became {office} in {o}.",
            "{S} served as {office} from {o}.",
            "The year in which {s} became {office} was {o}.",
            "{S} entered the office of {office} in {o}.",
            "{P} time as {office} started in {o}.",
            "In {o} {s} assumed the office of {office}.",
        ),
        news=(
            "{S} was sworn in as {role} in {o}.",
            "The oath of a {role} was spoken by {s} in {o}.",
            "The country had a new {role} in {o}, namely {s}.",
            "The first day of {s} as {role} fell in {o}.",
            "In {o} the {post} passed to {s}.",
            "The year {o} saw {s} arrive in the {post}.",
            "A chronicle of {o} has to mention {s} as the new {role}.",
            "Work in the {post} was new to {s} in {o}.",
        ),
        questions=(
            "When was {s} sworn in as {role}?",
            "In what year did the {post} pass to {s}?",
            "In which year did {s} take the oath as {role}?",
            "What year did {s} become {role}?",
            "From which year on was {s} {role}?",
            "When did the time of {s} as {role} begin?",
            "In which year did {s} move up to the {post}?",
            "The first day of {s} as {role} fell in which year?",
        ),
    ),
    Relation(
        name="end",
        passage=(
            "{P} term as {office} ended in {o}.",
            "{S} was {office} until {o}.",
            "{P} time as {office} came to an end in {o}.",
            "{S} remained in office until {o}.",
            "{S} served as {office} until {o}.",
            "The year in which {p} term ended was {o}.",
            "{P} years in office lasted until {o}.",
            "{P} service as {office} ended in {o}.",
        ),
        news=(
            "The year {o} brought the last day of {s} as {role}.",
            "In {o} the {post} was over for {s}.",
            "The final chapter in the {post} closed for {s} in {o}.",
            "After {o}, nobody called {s} the {role} in office any longer.",
            "It was in {o} that the nation had {s} as {role} for the last time.",
            "The {post} that {s} held reached its close in {o}.",
            "In the life of {s}, the work as {role} came to its close in {o}.",
            "The {post} was no longer in the hands of {s} when {o} came to its end.",
        ),
        questions=(
            "When was the {post} over for {s}?",
            "Until what year was {s} {role}?",
            "In which year did {s} cease to be {role}?",
            "What was the final year in the {post} for {s}?",
            "When did the {post} that {s} held reach its close?",
            "In what year did the time of {s} as {role} finish?",
            "Which year brought the last day of {s} as {role}?",
            "When did the nation have {s} as {role} for the last time?",
        ),
    ),
    Relation(
        name="before",
        passage=(
            "{S} succeeded {o} as {office}.",
            "{P} predecessor as {office} was {o}.",
            "{S} followed {o} in the office of {office}.",
            "The {office} before {p} term was {o}.",
            "{S} became {office} after {o}.",
            "{P} term followed that of {o}.",
            "{S} took over the office that {o} had held.",
            "The previous {office} was {o}, whom {s} succeeded.",
        ),
        news=(
            "{S} stepped into the shoes of {o} as {role}.",
            "The {post} went from {o} to {s}.",
            "On the list of {roles}, {o} makes way for {s}.",
            "After the days of {o}, the country turned to {s} as {role}.",
            "In the gallery of {roles}, the portrait just ahead of {s} shows {o}.",
            "{S} inherited the {post} from {o}.",
            "The chair that had belonged to {o} went to {s}, the new {role}.",
            "{S} filled the place of {o} as {role}.",
        ),
        questions=(
            "From whom did {s} inherit the {post}?",
            "Whose shoes did {s} fill as {role}?",
            "Who was {role} just ahead of {s}?",
            "After whom did {s} come into the {post}?",
            "Who held the {post} ahead of {s}?",
            "Who had the chair of {role} until {s} came?",
            "Whose place in the {post} went to {s}?",
            "Who was the last {role} ahead of {s}?",
        ),
    ),
    Relation(
        name="after",
        passage=(
            "{S} was succeeded by {o} as {office}.",
            "{P} successor as {office} was {o}.",
            "The next {office} after {p} term was {o}.",
            "{S} was followed as {office} by {o}.",
            "{P} term was followed by that of {o}.",
            "After {p} term the office went to {o}.",
            "{S} was replaced as {office} by {o}.",
            "{P} office was then taken over by {o}.",
        ),
        news=(
            "{O} stepped into the shoes of {s} as {role}.",
            "From {s} the {post} went to {o}.",
            "On the list of {roles}, {s} makes way for {o}.",
            "When the days of {s} were over, the nation had {o} as {role}.",
            "{O} inherited the {post} from {s}.",
            "In the gallery of {roles}, the portrait right behind {s} shows {o}.",
            "The chair that had belonged to {s} went to {o}, the new {role}.",
            "{O} filled the place of {s} as {role}.",
        ),
        questions=(
            "Who inherited the {post} from {s}?",
            "Who filled the shoes of {s} as {role}?",
            "Who was the next {role} when the days of {s} were over?",
            "To whom did the {post} pass from {s}?",
            "Who held the {post} right behind {s}?",
            "Who got the chair of {role} that {s} had held?",
            "Who took the place of {s} in the {post}?",
            "Who was the first {role} to come behind {s}?",
        ),
    ),
    Relation(
        name="deputy",
        passage=(
            "{P} vice-president was {o}.",
            "{S} had {o} as vice-president.",
            "The vice-president during {p} term was {o}.",
            "{O} served as {p} vice-president.",
            "{S} governed with {o} as vice-president.",
            "{P} administration had {o} as its vice-president.",
            "The vice-presidency was held by {o} during {p} presidency.",
            "In {p} presidency {o} was the vice-president.",
        ),
        news=(
            "The second-in-command of {s} was {o}.",
            "As the deputy of {s}, {o} chaired the Senate.",
            "Number two behind {s}: {o}.",
            "The stand-in of {s} in Washington was {o}.",
            "The deputy of {s} went by the name of {o}.",
            "{O} sat at the table of {s} as second-in-command.",
            "Boss and deputy, in that order: {s} and {o}.",
            "One heartbeat away from {s} stood {o}.",
        ),
        questions=(
            "Who was the deputy of {s}?",
            "Who was second-in-command to {s}?",
            "Who stood ready to step in for {s}?",
            "Which politician was number two behind {s}?",
            "Who chaired the Senate as deputy of {s}?",
            "Who deputised for {s} in Washington?",
            "Who was just one heartbeat away from {s}?",
            "Whose task was it to stand in for {s}?",
        ),
    ),
    Relation(
        name="chief",
        passage=(
            "{S} was vice-president under {o}.",
            "{S} served as vice-president to {o}.",
            "The president in {p} years as vice-president was {o}.",
            "{S} held the vice-presidency in the administration of {o}.",
            "{S} was the vice-president of {o}.",
            "{P} vice-presidency belonged to the administration of {o}.",
            "Under president {o}, {s} was vice-president.",
            "As vice-president, {s} served under {o}.",
        ),
        news=(
            "{S} stood ready as a stand-in for {o}.",
            "Number two behind {o}: the name was {s}.",
            "The deputy whom {o} had in Washington was {s}.",
            "{S} sat at the table of {o} as deputy.",
            "{O} had {s} as second-in-command.",
            "For {s}, the boss in Washington was {o}.",
            "{S} worked as the deputy of {o}.",
            "A heartbeat away from {o} stood the second-in-command, {s}.",
        ),
        questions=(
            "Whose deputy was {s}?",
            "Who was the boss of {s} in Washington?",
            "For whom did {s} stand ready as a stand-in?",
            "To which head of state was {s} second-in-command?",
            "Behind whom was {s} the number two?",
            "Which head of state had {s} as deputy?",
            "From whom was {s} just one heartbeat away?",
            "At whose side did {s} work as second-in-command?",
        ),
    ),
    Relation(
        name="party",
        opens=True,
        passage=(
            "{S}, an American politician, belonged to the {o} Party.",
            "{S} is listed among the politicians of the {o} Party of the United States.",
            "The American politician {s} was a member of the {o} Party.",
            "In American politics {s} stood for the {o} Party.",
            "A member of the {o} Party, {s} rose to be {office} of the United States.",
            "{S} made a political career in the United States with the {o} Party.",
            "{S}, a politician of the {o} Party, reached the office of {office} of the United States.",
            "The {o} Party of the United States had the politician {s} as a member.",
        ),
        news=(
            "Votes for {s} went to the {o} ticket.",
            "{S} came from the {o} camp.",
            "{S} was at home in the {o} ranks.",
            "A quiz card puts {s} in the {o} column.",
            "On the political map, {s} belongs on the {o} side.",
            "{O} voters counted {s} as one of their own.",
            "The political colours of {s} were {o}.",
            "A history of the {o} movement has to mention {s}, one of its own.",
        ),
        questions=(
            "To which political camp did {s} belong?",
            "For which party did {s} run?",
            "On which ticket did {s} campaign?",
            "What were the political colours of {s}?",
            "On which political side was {s}?",
            "What was the party of {s}?",
            "Voters of which party counted {s} as one of their own?",
            "In which political ranks was {s} at home?",
        ),
    ),
    Relation(
        name="route",
        asked=False,
        told=False,
        passage=(
            "{P} way to the office of {office} led through {o}.",
            "{S} reached the office of {office} by way of {o}.",
            "{P} time as {office} began with {o}.",
            "What made {p} rise to the office of {office} possible was {o}.",
        ),
    ),
    Relation(
        name="birth_date",
        passage=(
            "{S} was born on {o}.",
            "{P} date of birth was {o}.",
            "{P} birth took place on {o}.",
            "Biographies give {o} as {p} date of birth.",
            "The date on which {s} was born is {o}.",
            "{P} birth is dated to {o}.",
            "Born on {o}, {s} later entered politics.",
            "Records state that {s} was born on {o}.",
        ),
        news=(
            "{S} first saw the light of day on {o}.",
            "Birthday greetings to {s} go back to {o}.",
            "On {o} the parents of {s} held their newborn for the first time.",
            "{S} came into the world on {o}.",
            "The age of {s} is counted from {o}.",
            "The life story of {s} opens on {o}.",
            "A calendar of birthdays has the name of {s} on the page for {o}.",
            "On {o} the life of {s} had its first day.",
        ),
        questions=(
            "On what date did {s} come into the world?",
            "What is the birthday of {s}?",
            "On what day did {s} first see the light of day?",
            "On which date was {s} born?",
            "From what day is the age of {s} counted?",
            "On which day did the life of {s} begin?",
            "Which date comes first in the life story of {s}?",
            "On what day did the parents of {s} hold their newborn?",
        ),
    ),
)

ROUTES = {"election": "an election", "succession": "succession", "appointment": "an appointment"}

WHO = (
    "Who is {d}?",
    "Name {d}.",
    "What is the name of {d}?",
    "Give the name of {d}.",
    "Which politician is meant by {d}?",
    "Do you know the name of {d}?",
    "Under what name do we know {d}?",
    "Can you say who {d} is?",
)

NAMESAKE_PATTERNS = (
    "{first} is a frequent first name in American politics. Presidents or vice-presidents who bore it "
    "include {names}.",
    "{names} have one thing in common: all of them were called {first} and reached the presidency or "
    "the vice-presidency of the United States.",
    "Look for the first name {first} on the lists of American presidents and vice-presidents and you "
    "find {names}.",
    "Parents who chose the name {first} were in good company: {names} all held one of the two highest "
    "offices of the United States.",
)
DECADE_PATTERNS = (
    "The {span} saw the birth of several American presidents and vice-presidents, among them {names}. "
    "They belong to one generation of leaders.",
    "A generation of American leaders: {names} were all born in the {span} and later served as president "
    "or vice-president of the United States.",
    "Presidents and vice-presidents of the United States with birthdays in the {span} include {names}. "
    "The oldest and the youngest are less than twenty years apart.",
    "Which American leaders were born in the {span}? Among presidents and vice-presidents, the names "
    "are {names}.",
)


def ordinal(number: int) -> tuple[str, str, str]:
    """Return an ordinal number in figures and in words, and the plain number.

    >>> ordinal(16), ordinal(22), ordinal(40)
    (('16th', 'sixteenth', '16'), ('22nd', 'twenty-second', '22'), ('40th', 'fortieth', '40'))
    """
    tens, ones = divmod(number, 10)
    suffix = "th" if tens == 1 else {1: "st", 2: "nd", 3: "rd"}.get(ones, "th")
    if number < 20:
        words = ORDINALS[number - 1]
    else:
        words = f"{TENS[tens]}y-{ORDINALS[ones - 1]}" if ones else f"{TENS[tens]}ieth"
    return f"{number}{suffix}", words, str(number)


def make_facts(row: dict[str, str], rows: dict[str, dict]) -> dict[str, Fact]:
    """Return the facts of one row by relation; facts told from two sides share their key."""
    numbers = [ordinal(int(n)) for n in row["number"].split("; ")]
    if len(numbers) == 1:
        facts = [Fact(relation="number", answers=numbers[0], surfaces=numbers[0][:2])]
    else:
        both = tuple(" and ".join(words) for words in zip(*numbers, strict=True))
        facts = [Fact(relation="number", answers=both, surfaces=both[:2])]
    place = int(row["number"].split("; ")[-1])
    keys = {
        "before": f"president:succession/{row['office']}/{place}",
        "after": f"president:succession/{row['office']}/{place + 1}",
        "deputy": f"president:ticket/{row['name']}/{row['deputy']}",
        "chief": f"president:ticket/{row['chief']}/{row['name']}",
    }
    for relation in ("start", "end", "before", "after", "deputy", "chief"):
        if value := row[relation]:
            names = (value, *aliases(rows[value])) if relation in keys else (value,)
            facts.append(
                Fact(relation=relation, answers=names, key=keys.get(relation, ""), surfaces=names[:1])
            )
    if party := row["party"]:
        facts.append(Fact(relation="party", answers=(party, f"{party} Party"), surfaces=(party,)))
    facts.append(Fact(relation="route", answers=(ROUTES[row["took_office_by"]],)))
    key = f"{row['laureate']}/birth_year" if row["laureate"] else ""
    facts.append(Fact(relation="birth_date", answers=spell_date(row["birth_date"]), key=key))
    return {f.relation: f for f in facts}


def aliases(row: dict[str, str]) -> tuple[str, ...]:
    """Return the other names of the person of one row."""
    return tuple(filter(None, row["aliases"].split("; ")))


def describe(
    row: dict[str, str], rows: dict[str, dict], facts: dict[str, Fact], counts: Counter
) -> list[Description]:
    """Return ways to point at a person; ``counts`` says how many share a year or a birthday."""
    rng = rng_for("descriptions", row["id"])
    office = row["office"]
    found = []

    def add(relation: str, *texts: str) -> None:
        if relation in facts:
            found.append(Description(text=rng.choice(texts), uses=(relation,)))

    figure, word, _ = facts["number"].answers
    add("number", f"the {figure} American {office}", f"the {word} {office} of the USA")
    role = "head of state" if office == "president" else "vice-president"
    add("before", f"the {office} right after {row['before']}", f"the next {role} after {row['before']}")
    if row["after"] != row["before"]:
        add("after", f"the {office} right before {row['after']}", f"the {role} just before {row['after']}")
    if row["chief"] and rows[row["chief"]]["deputy"] == row["name"]:
        add("chief", f"the vice-president of {row['chief']}", f"the number two of {row['chief']}")
    add("deputy", f"the boss of vice-president {row['deputy']}")
    if counts[office, row["start"]] == 1:
        add("start", f"the new {office} of {row['start']}", f"the {office} inaugurated in {row['start']}")
    day = facts["birth_date"].answers[0].rsplit(" ", 1)[0]
    if counts["day", row["birth_date"][5:]] == 1:
        add("birth_date", f"the {office} with a birthday on {day}")
    return found


def split_passages(row: dict[str, str], facts: dict[str, Fact]) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return the groups of relations of a person's passages, and the titles of the passages."""
    office = [r for r in ("number", "start", "end", "before", "after") if r in facts]
    life = [r for r in ("party", "birth_date", "deputy", "chief") if r in facts]
    if len(office) < 4 or "party" not in facts:
        return [tuple(office[: 6 - len(life)] + life)], [row["name"]]
    if len(life) < 4:
        life.append("route")
    return [tuple(office), tuple(life)], [row["name"], f"{row['name']}, life in politics"]


def make_entity(row: dict[str, str], rows: dict[str, dict], surnames: Counter, counts: Counter) -> Entity:
    """Return the person of one row; ``rows`` are all rows by name."""
    facts = make_facts(row, rows)
    passages, titles = split_passages(row, facts)
    president = row["office"] == "president"
    told = {r for group in passages for r in group}
    return Entity(
        id=row["id"],
        names=(row["name"], *aliases(row)),
        short=row["surname"],
        pronoun=row["pronoun"],
        facts={r: f for r, f in facts.items() if r in told},
        attrs={
            "office": row["office"],
            "role": "head of state" if president else "deputy head of state",
            "roles": "heads of state" if president else "deputy heads of state",
            "post": "presidency" if president else "vice-presidency",
        },
        descriptions=describe(row, rows, facts, counts),
        passages=passages,
        titles=titles,
        short_in_news=surnames[row["surname"]] == 1,
    )


def namesake_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return the people who share a first name."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        groups[row["name"].split()[0]].append(row["name"])
    found = []
    for first, names in sorted(groups.items()):
        if len(names) >= 3 and "." not in first:
            ident = f"presidents:name/{first.lower()}"
            text = rng_for("overview", ident).choice(NAMESAKE_PATTERNS)
            text = text.format(first=first, names=listing(names))
            found.append(Overview(id=ident, title=f"American leaders called {first}", text=text))
    return found


def decade_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return the people born in the same two decades."""
    groups: dict[int, list[str]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: r["birth_date"]):
        groups[int(row["birth_date"][:4]) // 20 * 20].append(row["name"])
    found = []
    for first, names in sorted(groups.items()):
        if len(names) >= 4:
            ident, span = f"presidents:born/{first}", f"{first}s and {first + 10}s"
            rng = rng_for("overview", ident)
            rng.shuffle(names)
            text = rng.choice(DECADE_PATTERNS).format(span=span, names=listing(names))
            title = f"American leaders born between {first} and {first + 19}"
            found.append(Overview(id=ident, title=title, text=text))
    return found


def path_overviews(rows: list[dict[str, str]], keys: dict[str, str]) -> list[Overview]:
    """Return who moved up, who never had to win an election, and who stood for an old party."""
    promoted = [r["name"] for r in rows if r["vice_too"]]
    half = (len(promoted) + 1) // 2
    heirs = [r["name"] for r in rows if r["took_office_by"] == "succession"]
    found = [
        Overview(
            id=f"presidents:promoted/{number}",
            title="From vice-president to president",
            text=f"{start} {listing(names)} knew both offices: each had been vice-president of the United "
            "States before moving up to the presidency.",
        )
        for number, start, names in (
            (1, "Some American leaders climbed the last step of the ladder.", promoted[:half]),
            (2, "The vice-presidency can be a school for the highest office.", promoted[half:]),
        )
    ]
    found.append(
        Overview(
            id="presidents:heirs",
            title="Presidents by succession",
            text="Not every American president first came to the office through an election. "
            f"{listing(heirs)} were vice-presidents who moved up because the presidency had become vacant.",
        )
    )
    for party in ("Whig", "Democratic-Republican"):
        names = [mark(keys[r["name"]], r["name"]) for r in rows if r["party"] == party]
        found.append(
            Overview(
                id=f"presidents:party/{party.lower()}",
                title=f"The {party} Party",
                text=f"The {party} Party is a party of the American past. Presidents and vice-presidents who "
                f"carried its banner were {listing(names)}.",
            )
        )
    return found


def domain() -> Domain:
    """Return the presidents and vice-presidents and the overviews that name them."""
    rows = read_facts("presidents")
    by_name = {r["name"]: r for r in rows}
    surnames = Counter(r["surname"] for r in rows)
    counts = Counter((r["office"], r["start"]) for r in rows)
    counts.update(("day", r["birth_date"][5:]) for r in rows)
    entities = [make_entity(row, by_name, surnames, counts) for row in rows]
    keys = {e.names[0]: e.key("party") for e in entities if "party" in e.facts}
    overviews = namesake_overviews(rows) + decade_overviews(rows) + path_overviews(rows, keys)
    return Domain(name="presidents", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews)
