"""Olympic Games, summer and winter, one passage each; overviews by decade and by host country."""

from collections import defaultdict

from ..grammar import listing, mark, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .rivers import chunks, country_fact, plain_fact, with_article

# The Games are plural: no form of this domain uses {p}, and the pronoun is "they".
RELATIONS = (
    Relation(
        name="city",
        opens=True,
        passage=(
            "{S} were a multi-sport event held in {o}.",
            "{S}, a multi-sport event, were held in {o}.",
            "{S} were a multi-sport event, and {o} was the host city.",
            "The host city of {s}, a multi-sport event, was {o}.",
            "{S} were a multi-sport event with {o} as the host city.",
            "As a multi-sport event {s} were held in {o}.",
            "{S} took place as a multi-sport event in the host city of {o}.",
            "{S}, a multi-sport event, had {o} as the host city.",
        ),
        news=(
            "Sports fans on their way to {s} had to travel to {o}.",
            "Athletes from many lands marched into {o} for {s}.",
            "The streets of {o} belong to the story of {s}.",
            "Posters of {s} show the name of {o}.",
            "Beds in {o} were hard to find during {s}.",
            "The mayor of {o} was host to the guests of {s}.",
            "Guides in {o} can tell visitors about {s}.",
            "{O} was full of flags in the days of {s}.",
        ),
        questions=(
            "In which town did {s} take place?",
            "Which town welcomed the athletes of {s}?",
            "In which town were the medals of {s} won?",
            "Which town was the scene of {s}?",
            "The mayor of which town was host to the guests of {s}?",
            "In which town did the athletes of {s} gather?",
            "Over which town did the flags of {s} fly?",
            "To what town did people travel to watch {s}?",
        ),
    ),
    Relation(
        name="country",
        passage=(
            "The host country was {o}.",
            "The country in which {s} were held was {o}.",
            "The host, as a country, was {o}.",
            "It was {o} that played host.",
            "{S} were hosted by {o}.",
            "The hosts came from {o}.",
            "For the duration of the event, the host nation was {o}.",
            "The nation that acted as host was {o}.",
        ),
        news=(
            "The government of {o} had to see that {s} went well.",
            "Sports clubs throughout {o} could send helpers to {s}.",
            "Spectators from all parts of {o} came to see {s}.",
            "Visitors crossed the borders of {o} on their way to {s}.",
            "Sports books printed in {o} have much to say about {s}.",
            "Foreign guests of {s} saw something of life in {o}.",
            "{O} was proud to receive the athletes of {s}.",
            "For the days of {s}, the sports world looked to {o}.",
        ),
        questions=(
            "Which nation welcomed {s}?",
            "In which country were {s} staged?",
            "On whose soil were {s} staged?",
            "Which country organised {s}?",
            "What nation received the athletes of {s}?",
            "In what country could one have watched {s}?",
            "The government of which country looked after {s}?",
            "To which country did the foreign guests of {s} travel?",
        ),
    ),
    Relation(
        name="nations",
        passage=(
            "Athletes from {o} nations took part.",
            "The number of nations that took part was {o}.",
            "As many as {o} nations sent their athletes.",
            "The athletes who took part came from {o} nations.",
            "There were {o} nations taking part.",
            "Teams of {o} nations took part.",
            "The list of nations taking part has {o} entries.",
            "In all, {o} nations took part.",
        ),
        news=(
            "The flags of {o} countries could be seen at {s}.",
            "At {s} one could meet sportspeople from {o} countries.",
            "Uniforms of {o} countries could be told apart at {s}.",
            "The register of {s} lists teams from {o} countries.",
            "Interpreters at {s} might meet guests from {o} countries.",
            "In the parade of {s} one could count {o} countries.",
            "Invitations to {s} were accepted by {o} national committees.",
            "{S} brought together {o} countries.",
        ),
        questions=(
            "How many countries were represented at {s}?",
            "How many national flags could be seen at {s}?",
            "How many countries sent a team to {s}?",
            "How many national teams entered {s}?",
            "From how many countries did the competitors of {s} come?",
            "Sportspeople from how many countries met at {s}?",
            "How many national committees accepted an invitation to {s}?",
            "How many national teams does the register of {s} list?",
        ),
    ),
    Relation(
        name="events",
        passage=(
            "The programme had {o} events.",
            "There were {o} events on the programme.",
            "Medals were awarded in {o} events.",
            "The number of events on the programme was {o}.",
            "The programme of sports listed {o} events.",
            "The athletes competed in {o} events.",
            "All the sports together had {o} events.",
            "The programme was made up of {o} events.",
        ),
        news=(
            "The timetable of {s} had to find room for {o} competitions.",
            "Winners were crowned {o} times at {s}.",
            "Judges and timekeepers worked at {o} contests during {s}.",
            "The results of {s} fill a book, for there were {o} contests.",
            "At {s} there were {o} chances to become an Olympic champion.",
            "The timetable of {s} shows {o} competitions.",
            "The medals of {s} were won in {o} contests.",
            "Spectators at {s} could choose among {o} competitions.",
        ),
        questions=(
            "How many competitions did {s} include?",
            "How many contests were decided at {s}?",
            "In how many contests could one become a champion at {s}?",
            "How many competitions filled the timetable of {s}?",
            "How often was a winner crowned at {s}?",
            "What was the number of contests at {s}?",
            "How many competitions could spectators choose from at {s}?",
            "How many chances to become a champion did {s} offer?",
        ),
    ),
    Relation(
        name="edition",
        passage=(
            "In the official count they were the {o} {season} Games.",
            "{S} are counted as the {o} {season} Games.",
            "Officially they bear the number of the {o} {season} Games.",
            "By number they are the {o} {season} Games.",
            "They were the {o} in the official numbering of {season} Games.",
            "By the official count they were the {o} {season} Games.",
            "In the numbering of {season} Games they are the {o}.",
            "Among the {season} Games they are officially numbered as the {o}.",
        ),
        news=(
            "A poster would announce {s} as the {o} of their kind.",
            "Historians list {s} as the {o} in the line.",
            "{S} have their place in the series as the {o}.",
            "Those who keep score call {s} the {o} in the series.",
            "In the long series of Olympic festivals in that season, {s} are the {o}.",
            "A chronicle of the series would have {s} as its {o} chapter.",
            "Counting from the very beginning of the series, {s} come {o}.",
            "The ordinal that goes with {s} is {o}.",
        ),
        questions=(
            "Which place, from first to last, do {s} have in the series?",
            "Which ordinal goes with {s}?",
            "Which number in the series do {s} have?",
            "Which ordinal would a poster of {s} show?",
            "What place in the series is given to {s}?",
            "What position do {s} hold in the series?",
            "Counting from the start of the series, what place do {s} take?",
            "At what place in the long series do {s} come?",
        ),
    ),
    Relation(
        name="next",
        passage=(
            "The next {season} Games were held in {o}.",
            "The following {season} Games went to {o}.",
            "For the next {season} Games the host city was {o}.",
            "The host city that followed for the {season} Games was {o}.",
            "The following edition of the {season} Games was held in {o}.",
            "In the list of {season} Games the host city that comes next is {o}.",
            "The {season} Games that followed were held in {o}.",
            "The next edition of the {season} Games had {o} as its host city.",
        ),
        news=(
            "When {s} were over, athletes of the same season turned to {o}.",
            "After {s}, in the same season, it was the turn of {o}.",
            "{S} had hardly ended when people began to look forward to {o}.",
            "Organisers in {o} could learn from {s}, for they came after them.",
            "From {s} the athletes of that season went on to {o}.",
            "At the close of {s} one could have said: see you in {o}.",
            "{O} took over from {s}.",
            "Those who had missed {s} had another chance in {o}.",
        ),
        questions=(
            "Which town's turn was it after {s}?",
            "Which town took over after {s}, in the same season?",
            "To which town did athletes of the same season turn after {s}?",
            "In which town did athletes of the same season meet next after {s}?",
            "Which town was the next to receive athletes of that season after {s}?",
            "Which town came after {s} as the Olympic town of that season?",
            "In which town could those who had missed {s} try again?",
            "Which town would greet the Olympic athletes of the same season after {s}?",
        ),
    ),
)

WHO = (
    "What is the usual name of {d}?",
    "Name {d}.",
    "Which edition were {d}?",
    "Can you name {d}?",
    "Which edition do we mean by {d}?",
    "Under what name are {d} known?",
    "Identify {d}.",
    "Give the year and season of {d}.",
)

GROUP = ("city", "country", "nations", "events", "edition", "next")


def ordinal(digits: str) -> str:
    """Return a number as an ordinal: "21st"."""
    teens = 10 <= int(digits) % 100 <= 20
    return digits + ("th" if teens else {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th"))


def games_facts(row: dict[str, str], following: dict[str, str] | None) -> dict[str, Fact]:
    """Return what is known of one edition of the Games; ``following`` is the next of its season."""
    edition = row["edition"]
    facts = [
        plain_fact("city", row["city"]),
        country_fact("country", row["country"]),
        Fact(relation="nations", answers=(row["nations"],)),
        Fact(relation="events", answers=(row["events"],)),
        Fact(relation="edition", answers=(edition, ordinal(row["edition_number"])), surfaces=(edition,)),
    ]
    if following:
        facts.append(plain_fact("next", following["city"], key=f"{following['id']}/city"))
    return {f.relation: f for f in facts}


def games_descriptions(row: dict[str, str], previous: dict[str, str] | None) -> list[Description]:
    """Return ways to point at one edition of the Games without its year."""
    found = []

    def add(text: str, *uses: str) -> None:
        found.append(Description(text=text, uses=uses))

    season, country, city = row["season"].capitalize(), with_article(row["country"]), row["city"]
    add(f"the {season} Olympics on the soil of {country}", "country")
    add(f"the {season} Games of {city}", "city")
    add(f"the Olympics of {city}", "city")
    add(f"the {season} Games with {row['nations']} countries", "nations")
    add(f"the {season} Olympics with {row['events']} competitions", "events")
    add(f"the {ordinal(row['edition_number'])} {season} Olympics", "edition")
    if previous:
        add(f"the {season} Games that came straight after {previous['city']} {previous['year']}", "edition")
    return found


def games(row: dict[str, str], previous: dict[str, str] | None, following: dict[str, str] | None) -> Entity:
    """Return one edition of the Games with its passage."""
    facts = games_facts(row, following)
    season = row["season"].capitalize()
    return Entity(
        id=row["id"],
        names=(f"the {row['year']} {season} Olympics", f"the {row['year']} {season} Games"),
        short="the Games",
        pronoun="they",
        attrs={"season": season},
        facts=facts,
        descriptions=games_descriptions(row, previous),
        passages=[tuple(name for name in GROUP if name in facts)],
        titles=[f"{row['year']} {season} Olympics"],
    )


def decade_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return a passage for each decade that names the Games held in it."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        found[f"{row['year'][:3]}0s"].append(row)
    overviews = []
    for decade, members in sorted(found.items()):
        if len(members) < 2:
            continue
        ident = f"olympics:{decade}"
        members.sort(key=lambda r: (r["year"], r["season"]))
        listed = listing([f"the {r['season'].capitalize()} Games of {r['year']}" for r in members])
        text = rng_for("overview", ident).choice(
            (
                f"The Olympic calendar of the {decade} was well filled. It contained {listed}. Between them "
                "the athletes trained, and the officials argued about rules and new sports.",
                f"Sports writers who look back on the {decade} have much to tell. They can choose between "
                f"{listed}, each with its own heroes and disappointments.",
                f"In the {decade} Olympic athletes met more than once. The decade knew {listed}, and "
                "people at home followed them in the press.",
                f"A chapter on the Olympic movement in the {decade} deals with {listed}. It describes the "
                "opening ceremonies, the arenas and the lives of some athletes.",
                f"Collectors of Olympic pins and posters know the {decade} well: there were {listed}. Each "
                "of them had a look of its own.",
                f"The years from {decade[:4]} to {decade[:3]}9 saw {listed}. Some athletes came back for a "
                "second or third time, others were seen only once.",
            )
        )
        overviews.append(Overview(id=ident, title=f"Olympic Games of the {decade}", text=text))
    return overviews


def country_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return a passage for each country with at least two Games: their cities and years."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        found[row["country"]].append(row)
    overviews = []
    for country, members in sorted(found.items()):
        if len(members) < 2:
            continue
        ident = f"olympics:{country.lower().replace(' ', '-')}"
        place = with_article(country)
        members.sort(key=lambda r: r["year"])
        listed = listing([f"{mark(r['id'] + '/city', r['city'])} {r['year']}" for r in members])
        text = rng_for("overview", ident).choice(
            (
                f"Olympic history is a subject close to home for schools in {place}: {listed} are "
                "names to begin with, and every one of them has its own stories.",
                f"Fans of the Olympics who live in {place} need not travel far to look for traces. A guide "
                f"would list {listed} and tell how to get there.",
                f"{listed}: with these names a book on {place} and the Olympic movement can begin. Training, "
                "clubs and famous athletes would make up the other chapters.",
                f"What becomes of an arena when the Olympics are over? In {place} one can ask this about "
                f"{listed}, and the answers are not all alike.",
                f"Collectors of Olympic stamps and pins look for pieces from {place}. They sort what they "
                f"find by names and years: {listed}. Some pieces are common, others rare.",
                f"When the talk in {place} is of the Olympics, these names may come up: {listed}. Some "
                "recall the crowds or the weather, others the heroes.",
            )
        )
        overviews.append(Overview(id=ident, title=f"The Olympics and {place}", text=text))
    return overviews


def number_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return passages that compare a few Games of one season by nothing but their names."""
    overviews = []
    for season in ("summer", "winter"):
        names = [f"the {r['year']} {season.capitalize()} Olympics" for r in rows if r["season"] == season]
        for number, part in enumerate(chunks(names, 5), start=1):
            ident = f"olympics:{season}-{number}"
            listed = listing(part)
            text = rng_for("overview", ident).choice(
                (
                    f"Films, letters and drawings tell us about {listed}. Students of sport may read "
                    "them side by side with old newspapers.",
                    f"How did the Olympics change? A lecture may compare {listed}: the clothes, the "
                    "arenas, the timing of races and the way in which winners were honoured.",
                    f"The opening ceremonies of {listed} differed. Taste changes with time, and so do the "
                    "music, the clothes and the speeches.",
                    f"Put photographs from {listed} side by side, and you see how "
                    "athletes dressed and how the crowds behaved.",
                    f"Quiz nights about sport love the Olympics. One round may be about {listed}, and few "
                    "people know all the answers.",
                    f"Posters for {listed} can be reprinted in one large book. Lettering, colours and "
                    "figures show how taste in design has changed.",
                )
            )
            title = f"{season.capitalize()} Olympics, part {number}"
            overviews.append(Overview(id=ident, title=title, text=text))
    return overviews


def follows(one: dict[str, str], other: dict[str, str]) -> bool:
    """Return whether ``other`` are the next Games held in the season of ``one``."""
    return one["season"] == other["season"] and int(other["series"]) == int(one["series"]) + 1


def domain() -> Domain:
    """Return the Olympic Games, summer and winter."""
    rows = sorted(read_facts("olympics"), key=lambda r: (r["season"], r["year"]))
    entities = []
    for place, row in enumerate(rows):
        before = rows[place - 1] if place else None
        after = rows[place + 1] if place + 1 < len(rows) else None
        entities.append(
            games(
                row,
                before if before and follows(before, row) else None,
                after if after and follows(row, after) else None,
            )
        )
    overviews = decade_overviews(rows) + country_overviews(rows) + number_overviews(rows)
    return Domain(name="olympics", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews)
