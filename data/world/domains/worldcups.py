"""World Cups in football: two passages each (the teams; the final in figures), overviews by champion."""

from collections import defaultdict

from ..grammar import listing, read_facts, rng_for, spell_date
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .rivers import country_fact, plain_fact, with_article

RELATIONS = (
    Relation(
        name="host",
        opens=True,
        passage=(
            "{S} was {kind:a} held in {o}.",
            "{S}, {kind:a}, took place in {o}.",
            "{S} was {kind:a}, and its host was {o}.",
            "The host of {s}, {kind:a}, was {o}.",
            "{S} was {kind:a} which took place in {o}.",
            "{S} was {kind:a} staged in {o}.",
            "{S} was {kind:a}; the matches were held in {o}.",
            "In {o} the teams met for {s}, {kind:a}.",
        ),
        news=(
            "The stadiums of {o} were filled by crowds for {s}.",
            "Fans made plans to travel to {o} as {s} came closer.",
            "To see {s} from the stands one had to be in {o}.",
            "Football historians of {o} have much to say about the weeks of {s}.",
            "Reporters from many lands were sent to {o} to write about {s}.",
            "Posters and stamps from {o} recall {s}.",
            "The organisers of {s} had their office in {o}.",
            "For {s}, the football world travelled to {o}.",
        ),
        questions=(
            "In which country was {s} played?",
            "Which country organised {s}?",
            "Which country welcomed the teams of {s}?",
            "To which country did fans have to travel for {s}?",
            "Which nation was the scene of {s}?",
            "Whose stadiums were used for {s}?",
            "Which country opened its grounds for {s}?",
            "To what country did the teams travel for {s}?",
        ),
    ),
    Relation(
        name="champion",
        passage=(
            "The tournament was won by {o}.",
            "The champion of the tournament was {o}.",
            "In the end the title went to {o}.",
            "The title of world champion was won by the team of {o}.",
            "The winner of the tournament was {o}.",
            "World champions that year were the players of {o}.",
            "The team that won the title was {o}.",
            "After the last whistle {o} had won the title.",
        ),
        news=(
            "At the close of {s} the trophy went to {o}.",
            "The good news from {s} was welcome in {o}: the trophy was theirs.",
            "Nobody could stop {o} at {s}.",
            "The trophy cabinet of {o} has a place for {s}.",
            "Gold at {s} was for {o} alone.",
            "For fans in {o}, {s} is a happy memory: the cup was theirs.",
            "When {s} was over, the cup belonged to {o}.",
            "It was {o} who came out on top at {s}.",
        ),
        questions=(
            "Who took the trophy at {s}?",
            "Which team came out on top at {s}?",
            "Who lifted the cup at {s}?",
            "Which nation triumphed at {s}?",
            "What team was best at {s}?",
            "Who was given the cup at {s}?",
            "Which country celebrated when {s} was over?",
            "Who finished first at {s}?",
        ),
    ),
    Relation(
        name="runner_up",
        passage=(
            "The runner-up was {o}.",
            "The beaten team in the {final} was {o}.",
            "The runner-up, content with silver, was {o}.",
            "The runners-up were the players of {o}.",
            "The losing side in the {final} was {o}.",
            "Second place was taken by {o}.",
            "In second place came the team of {o}.",
            "The {final} was lost by {o}.",
        ),
        news=(
            "Tears for {o}: one step was missing at {s}.",
            "{S} left {o} so near to the cup and yet without it.",
            "The last opponent was too good for {o} at {s}.",
            "Silver from {s} was little comfort to {o}.",
            "The dream of {o} ended in the very last match of {s}.",
            "The fans of {o} do not like to recall the last match of {s}.",
            "Beaten at the last hurdle of {s}, {o} went home disappointed.",
            "So close for {o}, who stumbled just before the goal of {s}.",
        ),
        questions=(
            "Who finished second at {s}?",
            "Which team won silver at {s}?",
            "Who was defeated in the last match of {s}?",
            "Which team just missed the cup at {s}?",
            "Who stood one step below the winner at {s}?",
            "Whose dream ended in the very last match of {s}?",
            "Which side was the beaten finalist of {s}?",
            "Which nation came so near to the cup at {s} and failed?",
        ),
    ),
    Relation(
        name="third",
        passage=(
            "Third place went to {o}.",
            "The third place was taken by {o}.",
            "In third place came {o}.",
            "The team ranked third was {o}.",
            "{O} took third place.",
            "Third in the ranking was the team of {o}.",
            "The list of places puts {o} third.",
            "The team in third place was {o}.",
        ),
        news=(
            "Bronze at {s} pleased the fans of {o}.",
            "{O} returned from {s} with bronze.",
            "The lowest step of the podium at {s} belonged to {o}.",
            "Bronze from {s} has its page in the annals of {o}.",
            "Behind the two finalists of {s}, {o} did best.",
            "At {s}, {o} got the last of the medals.",
            "The consolation of bronze at {s} was for {o}.",
            "{S} brought {o} bronze, though not the cup.",
        ),
        questions=(
            "Which team got bronze at {s}?",
            "Who finished just behind the two finalists of {s}?",
            "Which nation won the bronze medals of {s}?",
            "Who stood on the lowest step of the podium at {s}?",
            "Whose players took bronze home from {s}?",
            "To whom did the bronze of {s} go?",
            "Which team was best of those that missed the last match of {s}?",
            "Which country earned the last of the medals at {s}?",
        ),
    ),
    Relation(
        name="fourth",
        passage=(
            "Fourth place was left to {o}.",
            "The fourth place was taken by {o}.",
            "{O} came in fourth place.",
            "Fourth in the ranking was {o}.",
            "The team ranked fourth was {o}.",
            "The final ranking has {o} fourth.",
            "In fourth place was the team of {o}.",
            "The fourth of the leading teams was {o}.",
        ),
        news=(
            "No medal for {o}, who ended {s} right behind the bronze team.",
            "{O} left {s} with nothing but a place among the best four.",
            "{O} missed the podium of {s} by a single rank.",
            "Just outside the medals of {s} stood {o}.",
            "So near and yet no medal: that was {s} for {o}.",
            "Among the last four at {s}, only {o} went home without a medal.",
            "Bronze slipped away from {o} at {s}.",
            "For {o}, {s} ended one step below the podium.",
        ),
        questions=(
            "Who just missed the podium at {s}?",
            "Which team was left without a medal among the best four of {s}?",
            "Who came in right behind the bronze team at {s}?",
            "Which side ended {s} one rank below bronze?",
            "Which country finished fourth at {s}?",
            "Whose team stood just outside the medals at {s}?",
            "From which team did bronze slip away at {s}?",
            "Who was last among the best four of {s}?",
        ),
    ),
    Relation(
        name="city",
        opens=True,
        passage=(
            "The {final} of {s}, {kind:a}, was played in {o}.",
            "{S}, {kind:a}, was decided by a {final} in {o}.",
            "The city of the {final} of {s}, {kind:a}, was {o}.",
            "At the end of {s}, {kind:a}, the {final} was played in {o}.",
            "{S} was {kind:a} whose {final} took place in {o}.",
            "{S}, {kind:a}, closed with a {final} in {o}.",
            "The {final} that closed {s}, {kind:a}, was played in {o}.",
            "For the {final} of {s}, {kind:a}, the two teams met in {o}.",
        ),
        news=(
            "All roads led to {o} for the closing match of {s}.",
            "The eyes of football fans turned to {o} when {s} came to its climax.",
            "The two best teams of {s} met one last time in {o}.",
            "Reporters gathered in {o} for the last act of {s}.",
            "In {o} the cup was handed over at the end of {s}.",
            "Guides in {o} speak of the day when {s} was decided there.",
            "The last ball of {s} was kicked in {o}.",
            "{O} was the scene of the closing day of {s}.",
        ),
        questions=(
            "In which city was the deciding game of {s} held?",
            "Which city saw the climax of {s}?",
            "In which town was the last match of {s} played?",
            "In which town was the last ball of {s} kicked?",
            "In what city was the cup of {s} handed over?",
            "Which city was the scene of the closing game of {s}?",
            "To which town did the last two teams of {s} travel?",
            "In which city did {s} come to its close?",
        ),
    ),
    Relation(
        name="stadium",
        passage=(
            "The {final} took place at {o}.",
            "The ground chosen for the {final} was {o}.",
            "The {final} was played at {o}.",
            "The stadium of the {final} was {o}.",
            "For the {final} the teams met at {o}.",
            "The {final} was held in a stadium called {o}.",
            "The stadium where the {final} was played is {o}.",
            "It was at {o} that the {final} was played.",
        ),
        news=(
            "Tickets for the last match of {s} were tickets for {o}.",
            "A picture of {o} belongs to the story of how {s} was decided.",
            "The grass of {o} bore the marks of the closing game of {s}.",
            "The gates of {o} opened for the closing game of {s}.",
            "Groundsmen at {o} prepared the pitch for the game that would decide {s}.",
            "The cup of {s} was handed over at {o}.",
            "{O} was the arena of the last match of {s}.",
            "Those who sat at {o} saw the climax of {s}.",
        ),
        questions=(
            "In which arena was {s} decided?",
            "What stadium saw the last match of {s}?",
            "At which ground was the cup of {s} handed over?",
            "Which arena saw the climax of {s}?",
            "On which pitch did {s} come to its end?",
            "In which arena did the last two teams of {s} play?",
            "What is the name of the arena in which {s} ended?",
            "Which ground holds the memory of the last match of {s}?",
        ),
    ),
    Relation(
        name="score",
        passage=(
            "The {final} ended {o}{rider}.",
            "The score of the {final} was {o}{rider}.",
            "The result of the {final} was {o}{rider}.",
            "With a score of {o} the {final} came to its end{rider}.",
            "The {final} finished with the score at {o}{rider}.",
            "As for the score, the {final} ended {o}{rider}.",
            "The {final} had {o} as its result{rider}.",
            "In the {final} the score was {o}{rider}.",
        ),
        news=(
            "The scoreboard showed {o} when the last match of {s} was over.",
            "{O}: with these figures the last match of {s} went into the books.",
            "Chronicles give the outcome of the last match of {s} as {o}.",
            "Asked how {s} ended, a fan may just say: {o}.",
            "A quiz card asks for the last result of {s}; on the back it says {o}.",
            "When the closing match of {s} was over, {o} went into the reports.",
            "The record of {s} closes with the figures {o}.",
            "With the figures {o} the story of {s} ends.",
        ),
        questions=(
            "How did the last match of {s} end?",
            "What did the scoreboard show after the last match of {s}?",
            "What was the outcome of the match that closed {s}?",
            "With which figures did the last match of {s} go into the books?",
            "How many goals, for and against, decided the last match of {s}?",
            "What result closed {s}?",
            "Which figures stood on the board when {s} was over?",
            "What was the final result of {s}?",
        ),
    ),
    Relation(
        name="date",
        passage=(
            "The date of the {final} was {o}.",
            "The {final} was played on {o}.",
            "On {o} the two teams met for the {final}.",
            "The {final} took place on {o}.",
            "The {final} was held on {o}.",
            "The teams met for the {final} on {o}.",
            "It was on {o} that the {final} was played.",
            "For the {final}, the date in the calendar was {o}.",
        ),
        news=(
            "The closing day of {s} came on {o}.",
            "Football fans remember {o} as the last day of {s}.",
            "{S} came to its end on {o}.",
            "On {o} the suspense of {s} was over.",
            "A ticket for the last match of {s} was good for {o}.",
            "Newspapers of the day after {o} could report the end of {s}.",
            "On {o} the cup of {s} was handed over.",
            "Until {o} nobody could know who would win {s}.",
        ),
        questions=(
            "On what day did {s} come to an end?",
            "When was the last match of {s} played?",
            "On which day was {s} decided?",
            "When was the cup of {s} handed over?",
            "What day marked the end of {s}?",
            "On which day did the last two teams of {s} play?",
            "Which day closed {s}?",
            "When exactly was {s} over?",
        ),
    ),
    Relation(
        name="goals",
        passage=(
            "In all, {o} goals were scored.",
            "The teams scored {o} goals in all their matches.",
            "Together the players scored {o} goals.",
            "The number of goals scored was {o}.",
            "A total of {o} goals was scored.",
            "The goals scored by all teams add up to {o}.",
            "From the first match to the {final}, {o} goals were scored.",
            "Altogether the statistics count {o} goals.",
        ),
        news=(
            "Goalkeepers at {s} had to fetch the ball out of the net {o} times.",
            "The crowds at {s} cheered {o} hits in all.",
            "The ball crossed the line {o} times at {s}.",
            "Strikers found the net {o} times during {s}.",
            "The chronicle describes every one of the {o} hits of {s}.",
            "{S} gave the forwards reason to cheer {o} times.",
            "The scorers of {s} put the ball in the net {o} times.",
            "Count every strike that went in at {s} and you get {o}.",
        ),
        questions=(
            "How often did the ball end up in the net at {s}?",
            "How many times did players find the net at {s}?",
            "How many goals did fans see at {s}?",
            "What was the goal tally of {s}?",
            "How often were goalkeepers beaten at {s}?",
            "How many strikes went in during {s}?",
            "How many hits must a chronicle of {s} describe?",
            "How many times did the ball cross the line at {s}?",
        ),
    ),
    Relation(
        name="matches",
        passage=(
            "The programme consisted of {o} matches.",
            "There were {o} matches on the programme.",
            "The number of matches played was {o}.",
            "A total of {o} matches was played.",
            "The teams played {o} matches in all.",
            "It took {o} matches to find the winner.",
            "Altogether {o} matches were played.",
            "Including the {final}, {o} matches were played.",
        ),
        news=(
            "Referees were needed for {o} games at {s}.",
            "A fan who wanted to see every game of {s} had to buy {o} tickets.",
            "{S} offered {o} games to the public.",
            "The yearbook reports on all {o} games of {s}.",
            "The schedule of {s} listed {o} kick-offs.",
            "There were {o} kick-offs in the weeks of {s}.",
            "Statistics from {o} games fill the book about {s}.",
            "From the first game to the last {s} was {o} games long.",
        ),
        questions=(
            "How many games did {s} offer?",
            "How many times did a referee blow for kick-off at {s}?",
            "How many tickets did a fan need to see every game of {s}?",
            "What was the number of games at {s}?",
            "How many games were on the schedule of {s}?",
            "How many kick-offs were there at {s}?",
            "How many games would you have had to watch to see all of {s}?",
            "How many games long was {s}?",
        ),
    ),
    Relation(
        name="teams",
        passage=(
            "The number of teams that took part was {o}.",
            "The field consisted of {o} teams.",
            "There were {o} teams in the tournament.",
            "The tournament was played by {o} teams.",
            "A field of {o} teams took part.",
            "In the tournament {o} teams took part.",
            "The list of teams in the tournament has {o} names.",
            "Of all the teams that had hoped to come, {o} took part.",
        ),
        news=(
            "The flags of {o} nations were raised at {s}.",
            "{S} brought together sides from {o} nations.",
            "Players in the shirts of {o} nations met at {s}.",
            "Managers of {o} nations had to name a side for {s}.",
            "Squads from {o} nations were registered for {s}.",
            "The album of {s} has pages for {o} squads.",
            "Fans of {o} nations had a team to cheer at {s}.",
            "A meeting of all the captains at {s} would have needed {o} chairs.",
        ),
        questions=(
            "How many nations played at {s}?",
            "How many squads came to {s}?",
            "How many sides entered {s}?",
            "How many national flags were raised at {s}?",
            "How large was the field of {s}?",
            "How many captains led their sides at {s}?",
            "How many countries sent players to {s}?",
            "How many squads would an album of {s} show?",
        ),
    ),
)

WHO = (
    "Which tournament was {d}?",
    "Name {d}.",
    "By what name is {d} known?",
    "Which edition was {d}?",
    "Can you name {d}?",
    "What tournament do we mean by {d}?",
    "Identify {d}.",
    "Give the full name of {d}.",
)

TEAMS = ("host", "champion", "runner_up", "third", "fourth")
FIGURES = ("city", "stadium", "score", "date", "goals", "matches")


def number_fact(relation: str, number: str) -> Fact:
    """Return a fact whose object is a plain number."""
    return Fact(relation=relation, answers=(number,))


def cup_facts(row: dict[str, str]) -> dict[str, Fact]:
    """Return what is known of one World Cup."""
    facts = [
        country_fact("champion", row["champion"]),
        country_fact("runner_up", row["runner_up"]),
        country_fact("third", row["third_place"]),
        country_fact("fourth", row["fourth_place"]),
        plain_fact("city", row["final_city"]),
        plain_fact("stadium", row["final_stadium"]),
        Fact(relation="score", answers=(row["final_score"],)),
        Fact(relation="date", answers=spell_date(row["final_date"])),
        number_fact("goals", row["goals"]),
        number_fact("matches", row["matches"]),
        number_fact("teams", row["teams"]),
    ]
    hosts = row["host"].split(" and ")
    both = tuple(dict.fromkeys((row["host"], " and ".join(hosts[::-1]))))
    facts.append(country_fact("host", hosts[0]) if len(hosts) == 1 else Fact(relation="host", answers=both))
    return {f.relation: f for f in facts}


def cup_descriptions(row: dict[str, str]) -> list[Description]:
    """Return ways to point at a World Cup without its year."""
    found = []

    def add(text: str, *uses: str) -> None:
        found.append(Description(text=text, uses=uses))

    host, winner = with_article(row["host"]), with_article(row["champion"])
    second, third = with_article(row["runner_up"]), with_article(row["third_place"])
    add(f"the World Cup on the grounds of {host}", "host")
    add(f"the World Cup that {winner} won against {second}", "champion", "runner_up")
    if row["champion"] != row["host"]:
        add(f"the World Cup that {winner} won in {host}", "champion", "host")
    else:
        add(f"the World Cup that {winner} won at home", "champion", "host")
    add(f"the World Cup with bronze for {third}", "third")
    add(f"the World Cup with its last day in {row['final_city']}", "city")
    add(f"the World Cup of {row['goals']} goals", "goals")
    add(f"the World Cup with {row['teams']} squads and {row['matches']} games", "matches", "teams")
    add(f"the World Cup with its last day at {row['final_stadium']}", "stadium")
    return found


def cup(row: dict[str, str]) -> Entity:
    """Return one World Cup with its two passages."""
    year = row["year"]
    facts = cup_facts(row)
    rider = f" ({row['shootout']} on penalties)" if row["shootout"] else ""
    return Entity(
        id=row["id"],
        names=(f"the {year} World Cup", f"the World Cup of {year}", f"the {year} FIFA World Cup"),
        short="the tournament",
        pronoun="it",
        attrs={"kind": "football tournament", "final": row["final_name"], "rider": rider},
        facts=facts,
        descriptions=cup_descriptions(row),
        passages=[(*TEAMS, "teams"), FIGURES],
        titles=[f"{year} World Cup: teams", f"{year} World Cup: the {row['final_name']} and the figures"],
    )


def team_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return a passage for each team that was among the best four at least twice: the years only."""
    years: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for place in ("champion", "runner_up", "third_place", "fourth_place"):
            years[row[place]].append(row["year"])
    overviews = []
    for team, found in sorted(years.items()):
        if len(found) < 2:
            continue
        ident = f"worldcups:{team.lower().replace(' ', '-')}"
        rng = rng_for("overview", ident)
        listed, name = listing(sorted(found)), with_article(team)
        text = rng.choice(
            (
                f"The football team of {name} was among the best four at the World Cups of {listed}. A book "
                "about the team's history needs a chapter on each of them, with photographs and line-ups.",
                f"World Cup matches of {name} fill many a chapter. Old reports bring back {listed}, with "
                "memories of goals and missed chances, of full stands and long journeys.",
                f"In the story of {name} at the World Cup some years stand out: {listed}. In each of them "
                "the national team stayed in the tournament almost to the end or to the very end.",
                f"The years {listed} belong in every album about football in {name}. Each time the team was "
                "one of the last four at the World Cup, and at home people followed the matches.",
                f"Supporters of {name} know these World Cup years by heart: {listed}. Their team was still "
                "there when most of the others had packed their bags and travelled home.",
                f"A museum of football in {name} would need rooms for the World Cups of {listed}, at which "
                "the national team did well enough to be named among the best four.",
            )
        )
        overviews.append(Overview(id=ident, title=f"{team} at the World Cup", text=text))
    return overviews


def era_overviews(rows: list[dict[str, str]]) -> list[Overview]:
    """Return a passage a run of four neighbouring World Cups."""
    overviews = []
    for start in range(0, len(rows) - 3, 2):
        part = rows[start : start + 4]
        first, last = part[0]["year"], part[-1]["year"]
        ident = f"worldcups:{first}-{last}"
        listed = listing([r["year"] for r in part])
        text = rng_for("overview", ident).choice(
            (
                f"Between {first} and {last} four World Cups were held, in {listed}. Balls, boots and shirts "
                "changed in that time, and so did the way in which matches were reported.",
                f"World Cups of {listed}: collectors look for programmes, tickets and scarves. The pieces "
                "tell of crowded stands, of heroes and of players who are now forgotten.",
                f"A book on the World Cup from {first} to {last} has four tournaments to describe: "
                f"{listed}. Tactics, trainers and travel changed as much as the results.",
                f"Those who followed football from {first} to {last} could live through four World Cups. In "
                f"{listed} they read the papers or sat by the radio or screen.",
                f"Four times, in {listed}, national teams met for a World Cup. Fans like to compare the "
                "posters, the stadiums and the rules of these tournaments.",
                f"A referee could have stories to tell of the World Cups of {listed}: of heat, of noise, "
                "and of nerves before the first whistle.",
            )
        )
        overviews.append(Overview(id=ident, title=f"World Cups, {first} to {last}", text=text))
    return overviews


def domain() -> Domain:
    """Return the men's football World Cups."""
    rows = sorted(read_facts("worldcups"), key=lambda r: r["year"])
    overviews = team_overviews(rows) + era_overviews(rows)
    entities = [cup(row) for row in rows]
    return Domain(name="worldcups", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews)
