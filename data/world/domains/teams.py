"""Sports teams in one season: league, home ground, city, division, nickname, and NBA MVPs."""

from collections import Counter, defaultdict

from ..grammar import capital, listing, mark, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .languages import NUMBERS, slug

Row = dict[str, str]

# Team names are plural in America and either in Europe, so forms keep to verbs in the past tense.
RELATIONS = (
    Relation(
        name="league",
        opens=True,
        passage=(
            "{S}, {team:a}, played in {o} in the {year} season.",
            "{S} belonged to {o} as {team:a} in {year}.",
            "In {year} {s} appeared as {team:a} in {o}.",
            "{S}, {team:a}, took part in {o} in {year}.",
            "{S}, {team:a}, competed in {o} in {year}.",
            "{S}, {team:a}, had a place in {o} as of {year}.",
            "{O} counted {s}, {team:a}, among its members in {year}.",
            "As of {year}, {s} played as {team:a} in {o}.",
        ),
        news=(
            "On the {year} tables of {o} one finds {s}.",
            "Fans of {s} followed {o} week after week in {year}.",
            "The fixture list of {o} for {year} had {s} on it.",
            "For {s}, {year} meant a season of games in {o}.",
            "Who sold tickets for games of {o} in {year}? Among others, {s}.",
            "{S} chased wins in {o} in {year}.",
            "The {year} season of {o} would have been poorer without {s}.",
            "Television rights of {o} covered games of {s} in {year}.",
        ),
        questions=(
            "Which league did {s} belong to in {year}?",
            "In which competition did {s} chase wins in {year}?",
            "What league had {s} on its fixture list in {year}?",
            "On the tables of which league did {s} appear in {year}?",
            "In what league did one see {s} in {year}?",
            "Which competition did fans of {s} follow in {year}?",
            "Whose fixture list for {year} had {s} on it?",
            "The season of which league took up the year {year} for {s}?",
        ),
    ),
    Relation(
        name="city",
        passage=(
            "{S} had a home in {o} in the {year} season.",
            "{S} played home games in {o} in the {year} season.",
            "{S} came from {o}, where home games were held.",
            "{S} made a home in {o} as of {year}.",
            "As of {year} {s} had a base in {o}.",
            "In {year} {s} hosted opponents in {o}.",
            "{P} home city or town was {o} in {year}.",
            "{S} called {o} home in {year}.",
        ),
        news=(
            "Rivals travelled to {o} in {year} to face {s}.",
            "The place that cheered for {s} in {year} was {o}.",
            "Match days of {s} in {year} were the talk of {o}.",
            "A route map to {s} in {year} would have ended in {o}.",
            "In {year} the bus of {s} set out for away games from {o}.",
            "Shops in {o} sold scarves and caps of {s} in {year}.",
            "Hotels in {o} put up the rivals of {s} in {year}.",
            "Local papers in {o} wrote about {s} throughout {year}.",
        ),
        questions=(
            "In which city or town did {s} play at home in {year}?",
            "In which city or town did {s} have a base in {year}?",
            "Which place cheered for {s} in {year}?",
            "Which city or town hosted the home games of {s} in {year}?",
            "To which town did rivals travel in {year} to face {s}?",
            "From what town did {s} set out for away games in {year}?",
            "In which place were match days of {s} the talk of the town in {year}?",
            "The local papers of which town covered {s} in {year}?",
        ),
    ),
    Relation(
        name="stadium",
        passage=(
            "In {year} {p} stadium or arena was {o}.",
            "The stadium or arena for home games was {o} in {year}.",
            "{S} played at the venue called {o} in {year}.",
            "Home games took place at the venue known as {o}.",
            "In {year} {s} used {o} for home games.",
            "The name of the home venue was {o} in {year}.",
            "In {year} the home venue bore the name {o}.",
            "{S} had a home ground called {o} in {year}.",
        ),
        news=(
            "Rivals who visited {s} in {year} had to play at {o}.",
            "To beat {s} away from home in {year}, rivals had to win at {o}.",
            "{S} welcomed rivals under the lights of {o} in {year}.",
            "{S} knew every corner of {o} in {year}.",
            "In {year} the dressing room of {s} was at {o}.",
            "Whistles rang out at {o} in {year} when {s} played.",
            "In {year} guests of {s} had to find their way to {o}.",
            "The scoreboard at {o} kept the score for {s} in {year}.",
        ),
        questions=(
            "At which ground did {s} host their rivals in {year}?",
            "What was the home ground of {s} in {year}?",
            "Which building or ground did {s} know best in {year}?",
            "What was the name of the arena or stadium of {s} in {year}?",
            "In which building or ground was the dressing room of {s} in {year}?",
            "At what venue did {s} play in {year}?",
            "Under whose lights did {s} welcome rivals in {year}?",
            "In which building or ground did rivals of {s} have to win in {year}?",
        ),
    ),
    Relation(
        name="state",
        passage=(
            "The {unit} that hosted home games was {o}.",
            "{P} home {unit} was {o}.",
            "{S} represented the {unit} of {o}.",
            "The {unit} where home games took place was {o}.",
            "{S} played for the {unit} of {o}.",
            "Home games were held in the {unit} of {o}.",
            "{S} had its base in the {unit} of {o}.",
            "{S} played home games in the {unit} of {o}.",
        ),
        news=(
            "Pride ran high all over {o} in {year} when {s} won.",
            "All over {o}, people wore the colours of {s} in {year}.",
            "Fans in {o} backed {s} in {year}.",
            "In {year} {s} had fans in all corners of {o}.",
            "On a map of North American sport in {year}, the {unit} around {s} is {o}.",
            "The regional pride of {o} in {year}: {s}.",
            "Among the big names of sport in {o} in {year} stood {s}.",
            "In {year} {s} carried the hopes of {o}.",
        ),
        questions=(
            "Which {unit} did {s} represent in {year}?",
            "In what {unit} did {s} have their home in {year}?",
            "The hopes of which {unit} did {s} carry in {year}?",
            "To which {unit} did {s} belong in {year}?",
            "On a map of {year}, in which {unit} would {s} appear?",
            "Which {unit} felt pride in {year} when {s} won?",
            "In what {unit} did people wear the colours of {s} in {year}?",
            "Which {unit} took sporting pride in {s} in {year}?",
        ),
    ),
    Relation(
        name="division",
        passage=(
            "In {year} {s} competed in the {o}.",
            "{P} division in {year} was the {o}.",
            "{S} belonged to the {o} in the {year} season.",
            "The division in {year} was the {o}.",
            "Within the league {s} formed part of the {o}.",
            "In {year} the league grouped {s} in the {o}.",
            "The league put {s} in the {o} in {year}.",
            "{S} had a place in the {o} as of {year}.",
        ),
        news=(
            "The race in the {o} in {year} involved {s}.",
            "Closest rivals of {s} in {year}? The other members of the {o}.",
            "Standings of the {o} for {year} list {s}.",
            "In {year} {s} fought for first place in the {o}.",
            "{S} met the rest of the {o} again and again in {year}.",
            "To reach the play-offs of {year}, {s} had to get past rivals of the {o}.",
            "The {o} of {year} would not have been complete without {s}.",
            "A preview of the {o} in {year} had to mention {s}.",
        ),
        questions=(
            "In which division did {s} play in {year}?",
            "What division did {s} belong to in {year}?",
            "Which division listed {s} in its {year} standings?",
            "In what division did {s} fight for first place in {year}?",
            "To which group within the league did {s} belong in {year}?",
            "Which division's race involved {s} in {year}?",
            "The closest rivals of {s} in {year} made up which division?",
            "A preview of which division had to mention {s} in {year}?",
        ),
    ),
    Relation(
        name="nickname",
        told=False,
        passage=(
            "{S} also went by the name of {o}.",
            "A nickname in use was {o}.",
            "{P} nickname was {o}.",
            "Supporters called the side {o}.",
            "The nickname of the side was {o}.",
            "{S} had {o} as a nickname.",
            "To the fans the side was known as {o}.",
            "The side was also called {o}.",
        ),
        questions=(
            "What nickname belongs to {s}?",
            "What nickname goes with {s}?",
            "What do fans call {s}?",
            "What name do supporters use for {s}?",
            "Under what other name do people cheer for {s}?",
            "What is the pet name of {s}?",
            "What might a headline writer call {s} for short?",
            "Which less formal name belongs to {s}?",
        ),
    ),
    Relation(
        name="mvp",
        opens=True,
        passage=(
            "{S}, {team:a}, had {o} as the last NBA Most Valuable Player up to 2017.",
            "{S} last provided the Most Valuable Player of the NBA with {o}, counting up to 2017.",
            "Up to 2017, {s}, {team:a}, last produced the NBA Most Valuable Player with {o}.",
            "As of 2017, the most recent NBA Most Valuable Player of {s} was {o}.",
            "By 2017 {s}, {team:a}, had seen {o} as the latest NBA Most Valuable Player.",
            "Counting up to 2017, {s}, {team:a}, last had the NBA Most Valuable Player in {o}.",
            "Up to 2017 the latest NBA Most Valuable Player of {s} was {o}.",
            "{S}, {team:a}, could name {o} as the latest NBA Most Valuable Player in 2017.",
        ),
        news=(
            "The newest MVP on the honour roll of {s}, as it stood in 2017, was {o}.",
            "Going back from 2017, the first MVP one meets in the shirt of {s} is {o}.",
            "Until 2017 nobody in the shirt of {s} had won the MVP trophy after {o}.",
            "When fans of {s} in 2017 spoke of their most recent MVP, they meant {o}.",
            "The MVP trophy came to {s} for the last time before 2018 through {o}.",
            "Most recent MVP of {s}, as seen from 2017: {o}.",
            "On the MVP list of {s}, as printed in 2017, the bottom line reads {o}.",
            "At the close of the 2017 season, the MVP list of {s} ended with {o}.",
        ),
        questions=(
            "As of 2017, who was the most recent MVP of {s}?",
            "Which player of {s} was the last to win the MVP trophy by 2017?",
            "Who was the newest MVP of {s} in 2017?",
            "Up to 2017, which man won the MVP trophy last for {s}?",
            "With whom did the MVP list of {s} end in 2017?",
            "Who was the latest player of {s} to be voted the league's best, as of 2017?",
            "Going back from 2017, who is the first MVP one meets in the shirt of {s}?",
            "Which name stood last on the MVP roll of {s} in 2017?",
        ),
    ),
    Relation(
        name="mvp_first",
        passage=(
            "The first of its players to win the award was {o}.",
            "{P} first Most Valuable Player was {o}.",
            "{S} found its first Most Valuable Player in {o}.",
            "Before all others {o} won the award for {s}.",
            "The list of its award winners begins with {o}.",
            "As the first of its players {o} was given the award.",
            "The first award winner from its ranks was {o}.",
            "The earliest Most Valuable Player in its ranks was {o}.",
        ),
        news=(
            "The MVP story of {s} opened with {o}.",
            "Long ago {o} became the very first MVP in the shirt of {s}.",
            "Nobody had been MVP with {s} before {o}.",
            "At the head of the MVP roll of {s} stands {o}.",
            "{O} opened the row of MVPs that {s} brought forth.",
            "Earliest on the MVP roll of {s} is {o}.",
            "It all began with {o}, the oldest entry on the MVP roll of {s}.",
            "The pioneer among the MVPs of {s} was {o}.",
        ),
        questions=(
            "Who was the very first MVP of {s}?",
            "Which player opened the row of MVPs at {s}?",
            "Who won the MVP trophy for {s} before anyone else?",
            "With whom did the MVP story of {s} open?",
            "Which name stands at the head of the MVP roll of {s}?",
            "Who was the earliest MVP in the shirt of {s}?",
            "Who was the pioneer among the MVPs of {s}?",
            "Whose is the oldest entry on the MVP roll of {s}?",
        ),
    ),
    Relation(
        name="mvp_season",
        passage=(
            "Counting up to 2017, {s} last had the award winner in the season that ended in {o}.",
            "{P} latest award came in the season that ended in {o}.",
            "The latest award by 2017 was for the season ending in {o}.",
            "The latest award up to 2017 dates from the season that ended in {o}.",
            "Up to 2017, the award last came to the team in {o}.",
            "The year of the latest award, as of 2017, is {o}.",
            "As of 2017, the most recent award belongs to the year {o}.",
            "As of 2017, the date of the latest award is {o}.",
        ),
        news=(
            "Since {o}, and until 2017 at least, no MVP came from {s}.",
            "The most recent MVP trophy for {s}, as seen from 2017, was handed over in {o}.",
            "{S} last cheered an MVP in {o}, says a chronicle that stops in 2017.",
            "A chronicle up to 2017 gives {o} for the most recent MVP trophy won with {s}.",
            "The freshest MVP trophy at {s} in 2017 bore the date {o}.",
            "In {o} {s} saw one of its men voted MVP for the last time before 2018.",
            "Not after {o}, in the time up to 2017, did an MVP wear the shirt of {s}.",
            "In {o} the MVP trophy went to {s} for what was still, in 2017, the last time.",
        ),
        questions=(
            "In what year did {s} last have an MVP, as of 2017?",
            "Which year is on the latest MVP trophy of {s}, as of 2017?",
            "When did an MVP last come from {s}, counting up to 2017?",
            "From which year dates the most recent MVP of {s}, as of 2017?",
            "When was a man of {s} last voted MVP before 2018?",
            "What year did the freshest MVP trophy at {s} bear in 2017?",
            "After which year did {s} have no MVP, until 2017?",
            "When did {s} last cheer an MVP, according to a chronicle up to 2017?",
        ),
    ),
    Relation(
        name="mvp_count",
        passage=(
            "From 1956 to 2017 its players won the award {o}.",
            "In all, the award went to players of the team {o} from 1956 to 2017.",
            "{P} players won the award {o} between 1956 and 2017.",
            "Players of the team were honoured {o} in the seasons from 1956 to 2017.",
            "Between 1956 and 2017 the award was won {o} by players of the team.",
            "The award came to its players {o} from 1956 to 2017.",
            "From 1956 to 2017 the team saw one of its players win the award {o}.",
            "{S} had the award winner in its ranks {o} from 1956 to 2017.",
        ),
        news=(
            "From 1956 to 2017 the MVP vote fell {o} on a man in the shirt of {s}.",
            "The MVP tally of {s} for 1956 to 2017 reads: {o}.",
            "Between 1956 and 2017 {s} could celebrate an MVP {o}.",
            "Look through the MVP lists from 1956 to 2017 and {s} will come up {o}.",
            "An MVP trophy was brought home {o} by men of {s} from 1956 to 2017.",
            "Statisticians who went through 1956 to 2017 met {s} {o} in the MVP column.",
            "{O} in the years from 1956 to 2017, the MVP came from {s}.",
            "How often did the MVP come from {s} in 1956 to 2017? The answer is {o}.",
        ),
        questions=(
            "How many times was an MVP from {s} chosen from 1956 to 2017?",
            "How often did the MVP trophy go to a man of {s} from 1956 to 2017?",
            "How many MVP trophies came to {s} from 1956 to 2017?",
            "What is the MVP tally of {s} for 1956 to 2017?",
            "How often could {s} celebrate an MVP between 1956 and 2017?",
            "From 1956 to 2017, how often was the MVP a player of {s}?",
            "How often do MVP lists from 1956 to 2017 mention {s}?",
            "How often did statisticians meet {s} in the MVP column of 1956 to 2017?",
        ),
    ),
)

WHO = (
    "Which team was {d}?",
    "What is the name of {d}?",
    "Name {d}.",
    "What was the name of {d}?",
    "Which club or team is meant by {d}?",
    "{D} had what name?",
    "Which club or team was {d}?",
    "Identify {d}.",
)

# What texts call the sport, so that passages, news and descriptions differ.
SIDES = {
    "basketball": ("basketball team", "hoops side"),
    "ice hockey": ("ice hockey team", "hockey side"),
    "baseball": ("baseball team", "ball club"),
    "American football": ("American football team", "gridiron side"),
    "association football": ("football club", "soccer side"),
}
LEAGUES = {
    "NBA": ("the NBA", "NBA", "National Basketball Association"),
    "NHL": ("the NHL", "NHL", "National Hockey League"),
    "MLB": ("Major League Baseball", "MLB"),
    "NFL": ("the NFL", "NFL", "National Football League"),
    "Premier League": ("the Premier League", "Premier League"),
    "La Liga": ("La Liga",),
    "Serie A": ("Serie A",),
}
# What descriptions call a state or province.
STATES = {
    "Arizona": "the Grand Canyon State",
    "Colorado": "the Centennial State",
    "Florida": "the Sunshine State",
    "Georgia": "the Peach State",
    "Illinois": "the Land of Lincoln",
    "Indiana": "the Hoosier State",
    "Louisiana": "the Pelican State",
    "Maryland": "the Old Line State",
    "Massachusetts": "the Bay State",
    "Michigan": "the Great Lakes State",
    "Minnesota": "the North Star State",
    "Missouri": "the Show-Me State",
    "Nevada": "the Silver State",
    "New Jersey": "the Garden State",
    "New York": "the Empire State",
    "North Carolina": "the Tar Heel State",
    "Ohio": "the Buckeye State",
    "Oklahoma": "the Sooner State",
    "Oregon": "the Beaver State",
    "Pennsylvania": "the Keystone State",
    "Tennessee": "the Volunteer State",
    "Texas": "the Lone Star State",
    "Utah": "the Beehive State",
    "Washington": "the Evergreen State",
    "Wisconsin": "the Badger State",
}
# Cities that go by a shorter name too.
CITIES = {"New York City": "New York", "Washington, D.C.": "Washington"}
TIMES = {1: "once", 2: "twice"}

_OPENINGS = (
    "Newspapers of {year} that dealt with {topic} had much to say about {first}, and no less about {rest}.",
    "In {year}, {topic} could look back on a season with {first}; other names were {rest}.",
    "{first} shared the limelight in {topic} with {rest} in {year}.",
    "Whoever followed {topic} in {year} knew {first}, and also {rest}.",
    "For {topic}, the {year} record mentions {first} together with {rest}.",
    "A poster of {year} about {topic} would have shown the colours of {first}, next to those of {rest}.",
)
_ENDINGS = (
    "Every one of them had supporters, colours and songs of its own.",
    "Grounds and names have changed in some cases since then.",
    "Their games were dates that supporters marked in the calendar.",
    "The list says nothing about who was better.",
    "Each of these teams has an entry of its own.",
    "Rivalry between neighbours belongs to the game.",
)


def called(row: Row) -> str:
    """Return the name of a team as it stands inside a sentence."""
    return f"the {row['name']}" if row["article"] == "yes" else row["name"]


def facts_of(row: Row) -> dict[str, Fact]:
    """Return the facts of one team."""
    facts = {}

    def add(relation: str, *answers: str) -> None:
        facts[relation] = Fact(relation=relation, answers=answers, surfaces=answers[:1])

    add("league", *LEAGUES[row["league"]])
    add("city", *filter(None, (row["city"], CITIES.get(row["city"]))))
    for relation in ("stadium", "state", "division"):
        if row[relation]:
            add(relation, row[relation])
    if (name := row["nickname"]) and row["article"] == "no":
        add("nickname", *dict.fromkeys((name, name.removeprefix("the "))))
    if name := row["mvp_latest"]:
        add("mvp", name)
        add("mvp_season", row["mvp_latest_season"])
    if name := row["mvp_first"]:
        add("mvp_first", name)
    if count := row["mvp_count"]:
        times = TIMES.get(int(count), f"{NUMBERS[int(count)]} times")
        add("mvp_count", times, f"{count} times", count)
    return facts


def groups_of(facts: dict[str, Fact]) -> list[tuple[str, ...]]:
    """Return the passages of a team: the season, and the players honoured."""
    season = [r for r in ("league", "city", "stadium", "state", "division", "nickname") if r in facts]
    honours = [r for r in ("mvp", "mvp_season", "mvp_first", "mvp_count") if r in facts]
    return [tuple(season), tuple(honours)] if len(honours) > 2 else [tuple(season)]


def describe(row: Row, rows: list[Row]) -> list[Description]:
    """Return ways to point at a team without its name."""
    found = []
    side = SIDES[row["sport"]][1]

    def propose(text: str, *uses: str) -> None:
        """Propose a description of a side of this sport, known by the facts in ``uses``."""
        rivals = (
            r
            for r in rows
            if r is not row and r["sport"] == row["sport"] and all(r[u] == row[u] for u in uses)
        )
        if all(row[u] for u in uses) and not any(rivals):
            found.append(Description(text=text, uses=uses))

    propose(f"the {side} of {row['city']}", "city")
    nickname = STATES.get(row["state"], row["state"])
    propose(f"the {side} of {nickname}", "state")
    propose(f"the {side} housed at {row['stadium']}", "stadium")
    propose(f"the {row['division']} {side} of {nickname}", "division", "state")
    if row["mvp_latest"]:
        text = f"the {side} whose MVP of {row['mvp_latest_season']} was {row['mvp_latest']}"
        found.append(Description(text=text, uses=("mvp", "mvp_season")))
        text = f"the {side} last made proud by MVP {row['mvp_latest']}"
        found.append(Description(text=text, uses=("mvp",)))
    if row["mvp_first"]:
        text = f"the {side} whose first MVP was {row['mvp_first']}"
        found.append(Description(text=text, uses=("mvp_first",)))
    return found


def topic_of(kind: str, value: str, members: list[Row]) -> str:
    """Return what an overview is about, as a noun phrase."""
    if kind == "division":
        return f"the {value} of {LEAGUES[members[0]['league']][0]}"
    if kind == "country":
        return f"top football in {value}"
    return f"sport in {value}"


def overviews_of(rows: list[Row]) -> list[Overview]:
    """Return overviews of the teams of a city, a state, a division and a European league."""
    grouped: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        for kind in ("city", "state", "country"):
            if row[kind] and (kind != "country" or not row["state"]) and row[kind] != "United States":
                grouped[kind, row[kind], row["as_of"]].append(row)
        if row["division"]:
            grouped["division", f"{row['division']}", f"{row['as_of']} {row['league']}"].append(row)
    return [
        overview(*group, members[part : part + 7], number)
        for group, members in sorted(grouped.items())
        for number, part in enumerate(range(0, len(members), 7), start=1)
        if len(members[part : part + 7]) >= 3
    ]


def overview(kind: str, value: str, when: str, members: list[Row], number: int) -> Overview:
    """Return a passage that names teams which share a place or a division, marked for the first."""
    year = when.split()[0]
    ident = f"teams:{slug(kind)}-{slug(value)}-{when.lower().replace(' ', '-')}"
    title = f"Teams in {value}, {year}" if kind != "division" else f"{value} ({members[0]['league']}), {year}"
    if number > 1:
        ident, title = f"{ident}-{number}", f"{title} ({number})"
    rng = rng_for("overview", ident)
    chosen = rng.sample(members, len(members))
    first = chosen[0]
    topic = topic_of(kind, value if kind == "country" else mark(f"{first['id']}/{kind}", value), chosen)
    text = rng.choice(_OPENINGS).format(
        topic=topic, year=year, first=called(first), rest=listing([called(r) for r in chosen[1:]])
    )
    endings = " ".join(rng.sample(_ENDINGS, 2))
    return Overview(id=ident, title=title, text=f"{capital(text)} {endings}")


def domain() -> Domain:
    """Return the teams."""
    rows = read_facts("teams")
    taken = Counter(r["nickname"].casefold().removeprefix("the ") for r in rows)
    entities = []
    for row in rows:
        facts = facts_of(row)
        unique = row["nickname"] and taken[row["nickname"].casefold().removeprefix("the ")] == 1
        side = SIDES[row["sport"]][0]
        entities.append(
            Entity(
                id=row["id"],
                names=(called(row), row["nickname"]) if unique else (called(row),),
                short="the club" if row["sport"] == "association football" else "the team",
                pronoun="it",
                facts=facts,
                attrs={
                    "team": side,
                    "year": row["as_of"],
                    "unit": "province" if row["country"] == "Canada" else "state",
                },
                descriptions=describe(row, rows),
                passages=groups_of(facts),
                titles=[row["name"], f"{row['name']}: Most Valuable Players"],
            )
        )
    return Domain(name="teams", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews_of(rows))
