"""Companies of the S&P 500 index: trade, home town, age, ticker symbol, names."""

from collections import defaultdict
from collections.abc import Iterator

from ..grammar import listing, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation

RELATIONS = (
    Relation(
        name="industry",
        opens=True,
        passage=(
            "{S} is {kind:a} company whose main business is {o}.",
            "{S} is a listed company in the field of {o}.",
            "{S} counts as {kind:a} company and earns its money from {o}.",
            "As {kind:a} company, {s} concentrates on {o}.",
            "{S} is a stock market company that specializes in {o}.",
            "{S} is one of the {kind} companies and operates in the field of {o}.",
            "{S} is known as {kind:a} company with a focus on {o}.",
            "{S} is {kind:a} company; its principal field is {o}.",
        ),
        news=(
            "Analysts who cover {o} keep a close eye on {s}.",
            "Anyone who follows {o} will come across {s} sooner or later.",
            "Ask the staff of {s} what they sell, and the answer is {o}.",
            "A trade report on {o} could hardly leave out {s}.",
            "Investors file {s} under {o}.",
            "{O}: that is how {s} makes a living.",
            "Rivals of {s} also try to win customers for {o}.",
            "Sales at {s} rise and fall with the demand for {o}.",
            "Money managers who want a stake in {o} may buy shares of {s}.",
            "What customers pay {s} for is {o}.",
        ),
        questions=(
            "Which line of trade does {s} belong to?",
            "What does {s} do for a living?",
            "What sort of goods or services does {s} sell?",
            "In which branch of the economy does one find {s}?",
            "Which industry does {s} belong to?",
            "What trade does {s} ply?",
            "How does {s} make money?",
            "What do people turn to {s} for?",
        ),
    ),
    Relation(
        name="city",
        opens=True,
        passage=(
            "{S} is a company with its headquarters in {o}, {state}.",
            "{S} is a listed company headquartered in {o} in {state}.",
            "{S} has its headquarters in {o}, {state}.",
            "{S} is a firm that has its headquarters in {o}, {state}.",
            "{S} is a stock company that keeps its headquarters in {o}, {state}.",
            "{S} is one of the companies headquartered in {o}, {state}.",
            "{S} is a company of {state}, headquartered in {o}.",
            "{S} is among the firms with headquarters in {o}, {state}.",
        ),
        news=(
            "The executives of {s} have their offices in {o}.",
            "{S} is run from {o}.",
            "Reporters who look for the main office of {s} go to {o}.",
            "Shareholder letters to {s} are best addressed to {o}.",
            "In {o} people go to work at the head office of {s}.",
            "From its base in {o}, {s} steers all its branches.",
            "Tourists in {o} can walk past the main office of {s}.",
            "A business map of {o} marks the seat of {s}.",
            "The board of {s} meets at the main office in {o}.",
            "{S} calls {o} home.",
        ),
        questions=(
            "Where is {s} based?",
            "Which city is the home of {s}?",
            "Where does the management of {s} sit?",
            "Which city is {s} run from?",
            "Where would you find the head office of {s}?",
            "In what town is the main office of {s}?",
            "Which place does {s} call home?",
            "To which city would you travel to meet the bosses of {s}?",
        ),
    ),
    Relation(
        name="founded",
        passage=(
            "{S} was founded in {o}.",
            "The founding year of the business is {o}.",
            "The company was founded in {o}.",
            "{S} was established in {o}.",
            "The foundation of the company dates from {o}.",
            "The firm was set up in the year {o}.",
            "Its founders established the business in {o}.",
            "Its year of foundation is given as {o}.",
        ),
        news=(
            "{S} opened for business in {o}.",
            "The story of {s} begins in {o}.",
            "Nobody had heard of {s} before {o}, the year of its birth.",
            "It all started in {o} for {s}.",
            "A birthday banner for {s} would have to read: since {o}.",
            "{S} has been around since {o}.",
            "The roots of {s} go back to {o}.",
            "Historians of business place the launch of {s} in {o}.",
            "{O} saw the birth of {s}.",
            "{S} first came into being in {o}.",
        ),
        questions=(
            "When did {s} start out?",
            "In which year was {s} created?",
            "How far back does {s} go?",
            "What is the birth year of {s}?",
            "When was {s} launched?",
            "In what year did {s} begin its life?",
            "Since when has {s} existed?",
            "In which year did {s} come into being?",
        ),
    ),
    Relation(
        name="ticker",
        opens=True,
        passage=(
            "{S} is a listed company with the ticker symbol {o}.",
            "{S} is a company listed under the ticker {o}.",
            "{S} is {kind:a} company with the stock symbol {o}.",
            "{S} is a public company; its stock symbol is {o}.",
            "{S} is a public company with {o} as its ticker symbol.",
            "{S} is a stock company carrying the ticker {o}.",
            "{S} is listed as a public company under the symbol {o}.",
            "{S} is a company whose stock carries the symbol {o}.",
        ),
        news=(
            "Traders who want shares of {s} type {o}.",
            "On the exchange screens {s} appears as {o}.",
            "{O} is the short code by which brokers know {s}.",
            "To look up the share price of {s}, enter {o}.",
            "On the trading floor, the letters {o} stand for {s}.",
            "In stock price tables, look for {o} to find {s}.",
            "Shares of {s} trade as {o}.",
            "Brokers abbreviate {s} to {o}.",
            "Whoever buys {o} owns a slice of {s}.",
        ),
        questions=(
            "On the exchange, what letters stand for {s}?",
            "Under which code do shares of {s} trade?",
            "What do traders type to buy {s}?",
            "By which abbreviation do brokers know {s}?",
            "Which short code belongs to {s}?",
            "Which letters does {s} trade under?",
            "On the trading floor, what is the abbreviation for {s}?",
            "What should I enter to see the share price of {s}?",
        ),
    ),
    Relation(
        name="joined",
        passage=(
            "{S} has been part of the S&P 500 index since {o}.",
            "{S} was added to the S&P 500 index in {o}.",
            "It was added to the S&P 500 in {o}.",
            "{S} joined the S&P 500 index in {o}.",
            "In {o} {s} joined the S&P 500.",
            "Its membership of the S&P 500 index began in {o}.",
            "The S&P 500 index has included the company since {o}.",
            "In {o} {s} became a component of the S&P 500 index.",
        ),
        news=(
            "Funds that copy the S&P 500 have had to hold {s} since {o}.",
            "The S&P 500 took in {s} in {o}.",
            "Wall Street's best known list of 500 stocks has had {s} on it from {o} on.",
            "In {o} {s} won a seat in the S&P 500.",
            "The committee that picks the 500 stocks let {s} in during {o}.",
            "{S} entered the S&P 500 in {o}.",
            "Among the new arrivals in the S&P 500 in {o} was {s}.",
            "Promotion for {s}: a place in the S&P 500 came in {o}.",
            "Index funds first bought {s} in {o}, when the S&P 500 admitted it.",
        ),
        questions=(
            "When did the S&P 500 take in {s}?",
            "In which year did {s} enter the S&P 500?",
            "When was {s} admitted to the S&P 500?",
            "Since when have S&P 500 funds had to hold {s}?",
            "In what year did {s} win its place in the S&P 500?",
            "When was {s} let into the list of 500 leading stocks?",
            "From which year on does one find {s} in the S&P 500?",
            "What year saw {s} arrive in the S&P 500?",
        ),
    ),
    Relation(
        name="former",
        passage=(
            "{S} was formerly named {o}.",
            "An earlier name of the company was {o}.",
            "In former years the business was named {o}.",
            "Its previous name was {o}.",
            "The company has not always had this name: earlier it was {o}.",
            "{S} previously bore the name {o}.",
            "Its former name is {o}.",
            "{S} changed its name; previously it was {o}.",
        ),
        news=(
            "Older papers write {o} where they mean {s}.",
            "What used to be {o} is {s} today.",
            "{S} once went by {o}.",
            "In earlier days, the sign above the door of {s} read {o}.",
            "An old letterhead would show that {s} used to be {o}.",
            "Before the rebranding, {s} was called {o}.",
            "The label {o} has gone; {s} now uses a new one.",
            "Once upon a time {s} did business as {o}.",
        ),
        questions=(
            "What was {s} once called?",
            "Under which title did {s} use to do business?",
            "What did {s} go by in the past?",
            "What did people call {s} before the rebranding?",
            "How was {s} known in earlier days?",
            "Which older label did {s} drop?",
            "What was the old name of {s}?",
            "Before it was rebranded, what was {s}?",
        ),
    ),
    Relation(
        name="alias",
        told=False,
        passage=(
            "The company is also known as {o}.",
            "A second name of the company is {o}.",
            "The name of the company is often shortened to {o}.",
            "The business is also known as {o}.",
            "Another common name is {o}.",
            "For brevity the company is often named {o}.",
            "In short the company is called {o}.",
            "Many writers simply use {o} as its name.",
        ),
        questions=(
            "What else is {s} called?",
            "What nickname or short form do people use for {s}?",
            "Under what other label does {s} appear?",
            "What do people say instead of {s}?",
            "By what briefer form does {s} go?",
            "What do people call {s} for brevity?",
            "What is another way to refer to {s}?",
        ),
    ),
)

WHO = (
    "Which company is {d}?",
    "What is the name of {d}?",
    "Name {d}.",
    "Which firm do people mean by {d}?",
    "Tell me the name of {d}.",
    "Which business is meant by {d}?",
    "Can you name {d}?",
    "Do you know which corporation is {d}?",
)

# What the members of a kind are called together, in the titles and texts of overviews.
PLURAL = {
    "industrial": "industrial groups",
    "health care": "health care companies",
    "technology": "technology companies",
    "financial": "financial houses",
    "utility": "utilities",
    "materials": "materials producers",
    "consumer": "consumer companies",
    "consumer goods": "consumer goods makers",
    "energy": "energy companies",
    "real estate": "real estate companies",
    "media and telecom": "media and telecom companies",
}

# What a member of a kind is called in descriptions, which should not sound like the passages.
GROUP = {
    "industrial": "industry group",
    "health care": "medical group",
    "technology": "tech firm",
    "financial": "finance house",
    "utility": "power or water supplier",
    "materials": "raw materials firm",
    "consumer": "consumer brand",
    "consumer goods": "owner of household brands",
    "energy": "oil and gas firm",
    "real estate": "property firm",
    "media and telecom": "communications group",
}
ADJECTIVES = {
    "Arizona": "Arizonan",
    "Bermuda": "Bermudian",
    "California": "Californian",
    "Canada": "Canadian",
    "Colorado": "Coloradan",
    "England": "English",
    "Florida": "Floridian",
    "Ireland": "Irish",
    "Minnesota": "Minnesotan",
    "Nebraska": "Nebraskan",
    "Ohio": "Ohioan",
    "Oklahoma": "Oklahoman",
    "Pennsylvania": "Pennsylvanian",
    "Switzerland": "Swiss",
    "Tennessee": "Tennessean",
    "Texas": "Texan",
    "Virginia": "Virginian",
    "the Netherlands": "Dutch",
}

# Eras by founding year or by year of arrival in the index; wide, so that no year is given away.
FOUNDED_ERAS = (
    (1700, 1859, "before the American Civil War"),
    (1860, 1889, "in the decades after the American Civil War"),
    (1890, 1913, "in the years before the First World War"),
    (1914, 1939, "between the start of the First World War and that of the Second"),
    (1940, 1959, "in the 1940s and 1950s"),
    (1960, 1974, "in the 1960s and early 1970s"),
    (1975, 1984, "in the late 1970s and early 1980s"),
    (1985, 1994, "in the decade after 1984"),
    (1995, 2003, "around the turn of the millennium"),
    (2004, 2030, "after 2003"),
)
JOINED_ERAS = (
    (1958, 1979, "in the 1960s and 1970s"),
    (1980, 1989, "in the 1980s"),
    (1990, 1999, "in the 1990s"),
    (2000, 2006, "in the first years of the new century"),
    (2007, 2012, "around the financial crisis of 2008"),
    (2013, 2018, "in the middle of the 2010s"),
    (2019, 2030, "in recent years"),
)

# How many members make a group worth an overview.
MIN_MEMBERS = {"state": 5, "founded": 6, "joined": 8}

STATE_FORMS = (
    "{Kind} from {state} are well represented in the S&P 500. {Names} all belong to this group. "
    "They differ in age and size, and each has its own story.",
    "Among the {kind} of the S&P 500, several have their home in {state}: {names}. "
    "Their offices are spread over the towns there.",
    "Whoever looks for {kind} in {state} will find {names}. All of them are listed on the stock "
    "market and belong to the S&P 500.",
    "{State} is home to a number of {kind}. The S&P 500 lists {names}, some of them old and some "
    "of them young.",
    "The S&P 500 is made up of firms from many places. For {state} it includes, among {kind}, "
    "{names}. Some of them are household names.",
    "{Names}: these {kind} come from {state}. All of them stand in the "
    "same index of large stocks, side by side with firms from other places and other lines of work.",
)
FOUNDED_FORMS = (
    "Some {kind} have a long story to tell, others a short one. {Names} were all founded {era}. "
    "They belong to the S&P 500 index today.",
    "{Names} share an era: they were established {era}. All of them are {kind} and all are "
    "members of the S&P 500.",
    "Several {kind} of today go back to the same period. Founded {era}, the group includes {names}.",
    "The {kind} in the S&P 500 are of very different age. Those that were set up {era} include {names}.",
    "When were the large {kind} founded? A good many of them, such as {names}, began {era}.",
    "A list of {kind} by age puts {names} side by side. Every one of these businesses was started {era}.",
)
JOINED_FORMS = (
    "The S&P 500 changes its members every year. Among the {kind} that came {era} were {names}.",
    "{Names} joined the S&P 500 index {era}. All of them are {kind}; others in the "
    "same line of work came earlier or later.",
    "Membership of the S&P 500 is not for ever, and newcomers take the place of others. {Kind} "
    "such as {names} were added {era}.",
    "Which {kind} were added to the S&P 500 {era}? The list of newcomers includes {names}.",
    "Of the {kind} in the S&P 500, some arrived {era}: {names} are examples. Funds "
    "that follow the index had to buy their shares then.",
    "The index has seen many arrivals. {Era}, {kind} such as {names} found a place in the "
    "S&P 500, and their shares have been watched closely ever since.",
)


def descriptions(row: dict[str, str]) -> Iterator[Description]:
    """Yield ways to point at a company without its name, in other words than those of the passages."""
    firm, group, state = row["firm"], GROUP[row["kind"]], row["state"]
    local = ADJECTIVES.get(state, state)
    if row["ticker"]:
        yield Description(text=f"the firm listed as {row['ticker']}", uses=("ticker",))
    if old := row["former"].removeprefix("The "):
        yield Description(text=f"the former {old}", uses=("former",))
        yield Description(text=f"the {firm} that used to be {old}", uses=("former", "industry"))
    if row["city"]:
        yield Description(text=f"the {row['city']} {firm}", uses=("city", "industry"))
    if state:
        yield Description(text=f"the {local} {firm}", uses=("industry",))
        yield Description(text=f"the {firm} from {state}", uses=("industry",))
    if row["founded"]:
        age = decade(row["founded"])
        yield Description(text=f"the {firm} born in {age}", uses=("founded", "industry"))
        yield Description(text=f"the {group} born in {row['founded']}", uses=("founded",))
        if state:
            yield Description(text=f"the {local} {firm} dating from {age}", uses=("founded", "industry"))
            yield Description(text=f"the {local} {group} dating from {age}", uses=("founded",))
    entry = decade(row["joined"])
    yield Description(text=f"the {firm} that the S&P 500 took in during {entry}", uses=("joined", "industry"))
    if state:
        yield Description(text=f"the {local} {group} let into the S&P 500 in {entry}", uses=("joined",))


def decade(year: str) -> str:
    """Return the decade of a year, so that "the 1900s" is not taken for a century.

    >>> decade("1968"), decade("1908")
    ('the 1960s', 'the first decade of the 1900s')
    """
    century = year[2] == "0" and year < "2000"
    return f"the first decade of the {year[:3]}0s" if century else f"the {year[:3]}0s"


def entity(row: dict[str, str]) -> Entity:
    """Return the company of a row of the table."""
    aliases = tuple(a for a in row["alias"].split("; ") if a)
    answers = {name: (row[name],) for name in ("industry", "city", "founded", "ticker", "joined", "former")}
    if row["city"] == "New York City":
        answers["city"] += ("New York",)
    if row["former"].startswith("The "):
        answers["former"] += (row["former"].removeprefix("The "),)
    name = row["name"]
    briefer = [a for a in aliases if a.casefold() not in name.casefold() and len(a) < len(name)]
    answers["alias"] = tuple(briefer[:1]) or ("",)
    facts = {
        name: Fact(relation=name, answers=found, surfaces=found[:1])
        for name, found in answers.items()
        if found[0]
    }
    main = tuple(name for name in ("industry", "city", "founded") if name in facts)
    stock = tuple(name for name in ("ticker", "joined", "former", "alias") if name in facts)
    split = len(facts) == len(answers)
    return Entity(
        id=row["id"],
        names=(row["name"], *aliases),
        short=row["short"],
        pronoun="it",
        facts=facts,
        attrs={"kind": row["kind"], "state": row["state"], "firm": row["firm"]},
        descriptions=list(descriptions(row)),
        passages=[(*main, "joined"), ("industry", "ticker", "former", "alias")] if split else [main + stock],
        titles=[row["name"], f"{row['name']}: names and symbol"] if split else [],
    )


def chunks(rows: list[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    """Yield the rows in runs of at most eight, of nearly equal length."""
    parts = -(-len(rows) // 8)
    for part in range(parts):
        yield rows[part * len(rows) // parts : (part + 1) * len(rows) // parts]


def overview(
    ident: str, title: str, forms: tuple[str, ...], rows: list[dict[str, str]], **words: str
) -> Overview:
    """Return a passage that names the companies of ``rows`` in one of the forms."""
    rng = rng_for("overview", ident)
    names = [row["name"] for row in rows]
    rng.shuffle(names)
    words["names"] = listing(names)
    words |= {word.capitalize(): text[0].upper() + text[1:] for word, text in words.items()}
    return Overview(id=ident, title=title, text=rng.choice(forms).format(**words).replace("..", "."))


def overviews(rows: list[dict[str, str]]) -> Iterator[Overview]:
    """Yield passages about the companies of a state and about those of an era, by kind."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups["state", row["state"], row["kind"]].append(row)
        for name, eras in (("founded", FOUNDED_ERAS), ("joined", JOINED_ERAS)):
            for first, last, era in eras:
                if row[name] and first <= int(row[name]) <= last:
                    groups[name, era, row["kind"]].append(row)
    forms = {"state": STATE_FORMS, "founded": FOUNDED_FORMS, "joined": JOINED_FORMS}
    for (name, value, kind), members in sorted(groups.items()):
        if len(members) < MIN_MEMBERS[name] or not value:
            continue
        words = {"kind": PLURAL[kind], "state" if name == "state" else "era": value}
        head = {
            "state": f"{PLURAL[kind].capitalize()} in {value}",
            "founded": f"{PLURAL[kind].capitalize()} founded {value}",
            "joined": f"New {PLURAL[kind]} in the index {value}",
        }[name]
        slug = f"{value} {kind}".lower().replace(",", "").replace(" ", "-")
        for number, part in enumerate(chunks(members), start=1):
            ident = f"companies:{name}-{slug}" + (f"-{number}" if number > 1 else "")
            yield overview(ident, head, forms[name], part, **words)


def domain() -> Domain:
    """Return the companies of the S&P 500."""
    rows = read_facts("companies")
    return Domain(
        name="companies",
        relations=RELATIONS,
        entities=[entity(row) for row in rows],
        who=WHO,
        overviews=list(overviews(rows)),
    )
