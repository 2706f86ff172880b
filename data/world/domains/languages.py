"""Languages: family or kind, branch, home, part of the world, code and writing system."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import permutations

from ..grammar import capital, listing, mark, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation

Row = dict[str, str]

NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()

RELATIONS = (
    Relation(
        name="family",
        opens=True,
        passage=(
            "{S} {be} {noun:a} of the {o} family.",
            "{S} {belong} to the {o} family of languages.",
            "{S} {be} {noun:a} placed in the {o} family.",
            "The {o} language family includes {s} among its many members.",
            "{S} {be} counted as a member of the {o} language family.",
            "Linguists assign {s} to the {o} family of languages.",
            "{S} {be} {noun:a} that linguists group in the {o} family.",
            "In the usual classification, {s} {be} {noun:a} of the {o} family.",
        ),
        news=(
            "Comparative scholars trace {s} back to the {o} stock.",
            "On the tree of tongues, {s} hangs from the {o} trunk.",
            "The ancestry of {s} is {o}, scholars say.",
            "Students of {s} learn early on that its ancestry is {o}.",
            "A lecture on the {o} stock may use {s} as an example.",
            "By descent, {s} is {o}.",
            "The oldest roots of {s} reach back to the {o} stock.",
            "On the widest view of its descent, {s} is {o}.",
            "Where does {s} come from in the long run? The experts answer: from {o} stock.",
        ),
        questions=(
            "To which language family does {s} belong?",
            "What family is {s} part of?",
            "From which stock of languages does {s} descend?",
            "Into which family do scholars put {s}?",
            "{S} is a member of which language family?",
            "Which group of related languages counts {s} among its members?",
            "What is the ancestry of {s}, linguistically speaking?",
            "The relatives of {s} make up which family?",
        ),
    ),
    Relation(
        name="kind",
        opens=True,
        passage=(
            "{S} {be} classified as {o:a}.",
            "Linguists describe {s} as {o:a}.",
            "By its classification {s} {be} {o:a}.",
            "In handbooks {s} appears as {o:a}, not as a member of an ordinary family.",
            "In the usual classification, {s} {be} {o:a}.",
            "As languages go, {s} {be} {o:a}.",
            "Classed as {o:a}, {s} {be} outside the ordinary families.",
            "{S} {be} listed in catalogues of the world's languages as {o:a}.",
        ),
        news=(
            "Scholars who sort tongues by type call {s} {o:a}.",
            "A grammar would introduce {s} as {o:a}.",
            "What sort of tongue is {s}? A professor would answer: {o:a}.",
            "Lectures present {s} as a textbook case of {o:a}.",
            "Under the heading of type, the atlas labels {s} {o:a}.",
            "Visitors to the exhibition on speech learn that {s} is {o:a}.",
            "Experts regard {s} as {o:a}.",
            "For those who study its origins, {s} counts as {o:a}.",
        ),
        questions=(
            "What kind of language is {s}?",
            "How is {s} classified?",
            "What type of language do linguists call {s}?",
            "As what sort of language is {s} regarded?",
            "Into which category of languages is {s} put?",
            "How do scholars label {s}?",
            "What sort of tongue is {s} by origin?",
            "Under which heading do handbooks list {s}?",
        ),
    ),
    Relation(
        name="branch",
        passage=(
            "Within its family {s} {be} one of the {o} languages.",
            "{S} {stand} in the {o} branch of its family.",
            "Its closest relatives are the other {o} languages.",
            "More narrowly, {s} {belong} to the {o} branch.",
            "The branch to which {s} {belong} is called {o}.",
            "{S} {be} grouped in the {o} branch.",
            "At a lower level of the classification {s} {be} {o}.",
            "{S} {share} the {o} branch with its nearest relatives.",
        ),
        news=(
            "Within the wider stock, {s} forms part of the {o} subgroup.",
            "Those who already know another {o} tongue will find {s} easier.",
            "A seminar on the {o} subgroup would compare {s} with its sisters.",
            "The sister tongues of {s} are all {o}.",
            "Experts on {o} speech are likely to know {s}.",
            "{S} sits on the {o} bough of its family tree.",
            "Among {o} tongues, {s} has its own grammar and vocabulary.",
            "The subgroup label that scholars give {s} is {o}.",
        ),
        questions=(
            "Which branch of its family does {s} belong to?",
            "What subgroup is {s} in?",
            "To which branch do linguists assign {s}?",
            "Within its family, in what group does {s} stand?",
            "Which subgroup contains {s}?",
            "What is the branch of {s} called?",
            "The closest sisters of {s} form which subgroup?",
            "On which bough of its family tree does {s} sit?",
        ),
    ),
    Relation(
        name="home",
        opens=True,
        passage=(
            "{S} {be} {noun:a} spoken in {o}.",
            "{S} {be} {noun:a} with its speakers in {o}.",
            "{S} {be} {noun:a} that {have} its home in {o}.",
            "{S} {be} {noun:a} at home in {o}.",
            "{S} {be} {noun:a} native to {o}.",
            "{S} {be} spoken by communities that {live} in {o}.",
            "{S} {be} {noun:a} used chiefly in {o}.",
            "{S} {be} {noun:a}, and its native speakers {live} in {o}.",
        ),
        news=(
            "Anyone on the trail of {s} would head for {o}.",
            "Research on {s} takes scholars to {o}.",
            "Mothers and fathers in {o} passed {s} on to their children.",
            "On the linguistic map, {s} is marked in {o}.",
            "The homeland of {s} is {o}.",
            "Scholars of {s} take {o} as the place to look for its speech community.",
            "Whoever reads about {o} may hear of {s}, which has its homeland there.",
            "The communities behind {s} belong to {o}.",
        ),
        questions=(
            "In what country or countries {be} {s} spoken?",
            "In which country or countries {be} {s} at home?",
            "Which country or countries can be called the home of {s}?",
            "Which country or countries form the homeland of {s}?",
            "{S} {be} native to which country or countries?",
            "To which country or countries should one go for {s}?",
            "Which country or countries are marked on a map of {s}?",
            "The speech community of {s} belongs to which country or countries?",
        ),
    ),
    Relation(
        name="spread",
        passage=(
            "Catalogues list {s} in {o}.",
            "{S} {be} at home in {o}, by the count of one catalogue.",
            "{S} {have} speakers spread over {o}.",
            "According to a catalogue of languages, {s} {be} found in {o}.",
            "In all, {s} {be} native to {o}.",
            "{S} {have} an area that extends over {o}.",
            "{S} {be} recorded as a local language of {o}.",
            "{S} {be} reported as a native language from {o}.",
        ),
        news=(
            "Frontiers do not stop {s}: its communities live in {o}.",
            "A map of {s} has to be coloured in {o}.",
            "The homelands of {s} add up to {o}.",
            "Across {o}, people grow up with {s}.",
            "Counting states where {s} is rooted, one arrives at {o}.",
            "{S} crosses borders; it has roots in {o}.",
            "Broadcasts in {s} could find listeners in {o}.",
            "The tally for {s} is {o}, all of them with communities of their own.",
        ),
        questions=(
            "In how many countries is {s} at home?",
            "How many countries have native speakers of {s}?",
            "Over how many countries is {s} spread?",
            "How many states does the area of {s} cover?",
            "What number of countries is given for {s}?",
            "{S} has roots in how many countries?",
            "How many countries would one colour on a map of {s}?",
            "Across how many states do people grow up with {s}?",
        ),
    ),
    Relation(
        name="region",
        opens=True,
        passage=(
            "{S} {be} {noun:a} of {o}.",
            "{S} {be} {noun:a} that {have} its area in {o}.",
            "{S} {be} {noun:a} from {o}.",
            "{S} {be} {noun:a} of the region known as {o}.",
            "{S} {be} one of the many languages of {o}.",
            "{S} {be} counted among the languages of {o}.",
            "Geographically, {s} {be} {noun:a} of {o}.",
            "In {o} {s} {be} one of many languages.",
        ),
        news=(
            "For {s} the linguistic atlas opens at the pages on {o}.",
            "A chapter on {o} in the handbook of speech has pages about {s}.",
            "A museum of languages would show {s} in its room on {o}.",
            "{S} has its roots in {o}.",
            "Collectors of the voices of {o} should not forget {s}.",
            "A scholar of {s} has to know the history of {o}.",
            "Look for {s} in {o}, says the guide to world speech.",
            "The part of the globe connected with {s} is {o}.",
        ),
        questions=(
            "In which part of the world is {s} at home?",
            "What region does {s} come from?",
            "To which area of the globe does {s} belong?",
            "In what part of the globe would one look for {s}?",
            "Which region is home to {s}?",
            "{S} is a language of which region?",
            "At which region would an atlas of world speech place {s}?",
            "With which corner of the earth is {s} connected?",
        ),
    ),
    Relation(
        name="iso",
        passage=(
            "{P} three-letter code in the international standard is {o}.",
            "In the ISO 639-3 standard, {s} has the code {o}.",
            "Its ISO code is {o}.",
            "The code {o} stands for {s} in international standards.",
            "{S} is coded as {o} in ISO 639-3.",
            "The international standard gives {s} the code {o}.",
            "The ISO code assigned to {s} is {o}.",
            "In lists of language codes {s} has the entry {o}.",
        ),
        news=(
            "Librarians file {s} under the letters {o}.",
            "The software menu shows {s} simply as {o}.",
            "Computers know {s} by the abbreviation {o}.",
            "Tag a text in {s} with {o}, the cataloguing manual says.",
            "For {s} the agreed abbreviation is {o}.",
            "A database search for the letters {o} brings up {s}.",
            "The abbreviation {o} on a subtitle file means {s}.",
            "Web pages in {s} may carry the tag {o}.",
        ),
        questions=(
            "What is the ISO 639-3 code of {s}?",
            "Which three letters stand for {s}?",
            "By what three-letter code is {s} known?",
            "What code does the international standard give {s}?",
            "How is {s} abbreviated in language lists?",
            "Which abbreviation do librarians use for {s}?",
            "Under which letters would a computer look up {s}?",
            "What tag should a text in {s} carry?",
        ),
    ),
    Relation(
        name="alias",
        told=False,
        passage=(
            "{S} {be} also called {o}.",
            "A second name in use is {o}.",
            "Some sources call it {o}.",
            "The name {o} is also used for {s}.",
            "{S} also {go} by the name of {o}.",
            "Also in use is the name {o}.",
            "Other books use the name {o}.",
            "{S} {be} known as {o} as well.",
        ),
        questions=(
            "What is another name for {s}?",
            "By which other name is {s} known?",
            "What else is {s} called?",
            "Under what alternative name does {s} appear?",
            "What is {s} called in other books?",
            "Give a second name for {s}.",
            "Which synonym exists for the name of {s}?",
            "What other label do people use for {s}?",
        ),
    ),
    Relation(
        name="script",
        passage=(
            "{S} {be} written in {o}.",
            "Texts in this language make use of {o}.",
            "Its writing system, for books and letters alike, is {o}.",
            "{P} usual writing system is {o}.",
            "{S} {use} {o} in writing.",
            "In writing, {s} {appear} in {o}.",
            "For writing, {s} {rely} on {o}.",
            "Written texts in this language are in {o}.",
        ),
        news=(
            "Whoever wants to read {s} must first master {o}.",
            "Inscriptions and books in {s} show {o}.",
            "A page in {s} would be printed in {o}.",
            "Scribes put {s} down in {o}.",
            "Pupils who learn to spell {s} practise {o}.",
            "Typesetters working on {s} need {o}.",
            "Readers of {s} are familiar with {o}.",
            "On paper or stone, {s} takes the form of {o}.",
        ),
        questions=(
            "Which script is used for {s}?",
            "What writing system does {s} use?",
            "In which letters or signs is {s} written?",
            "How is {s} put down in writing?",
            "What alphabet or script do texts in {s} show?",
            "Which script must a reader of {s} know?",
            "What do typesetters need when they work on {s}?",
            "Which characters would a scribe choose for {s}?",
        ),
    ),
)

WHO = (
    "Which language is {d}?",
    "What is the name of {d}?",
    "Name {d}.",
    "What do we call {d}?",
    "{D} is known by what name?",
    "Which language is meant by {d}?",
    "What name do people give to {d}?",
    "Identify {d}.",
)

# How descriptions call a family or branch, so that they share no word with the passage.
SYNONYMS = {
    "Abkhaz-Adyge": "Northwest Caucasian",
    "Afro-Asiatic": "Hamito-Semitic",
    "Eskimo-Aleut": "Eskaleut",
    "Indo-Aryan": "Indic",
    "Kartvelian": "South Caucasian",
    "Nakh-Daghestanian": "Northeast Caucasian",
    "Romance": "Latin-descended",
    "Slavic": "Slavonic",
    "Tai-Kadai": "Kra-Dai",
    "language isolate": "tongue without known relatives",
}

_ARTICLE = (
    "Central African Republic, Cook Islands, Czech Republic, Democratic Republic of the Congo, "
    "Faroe Islands, Gambia, Isle of Man, Maldives, Marshall Islands, Netherlands, "
    "Northern Mariana Islands, Philippines, "
    "Republic of the Congo, Solomon Islands, United Kingdom, United States"
).split(", ")

_OPENINGS = (
    "{first} is one of the {label} that a traveller through the literature of linguistics may meet. "
    "To the same group belong {rest}.",
    "A shelf of grammars on {label} would hold volumes about {first}, and next to it about {rest}.",
    "Among the {label} the catalogues name {first}; the list goes on with {rest}, to mention only these.",
    "When scholars speak of {label}, they think of {first}, but also of {rest}.",
    "The {label} in our list start with {first} and continue with {rest}.",
    "{first} stands at the head of a short list of {label}. After it come {rest}.",
    "{first} and its neighbours in the catalogue, {rest}, are counted as {label}.",
)

_ENDINGS = (
    "Each has its own sounds, its own grammar and its own stories.",
    "Grammars and dictionaries tell them apart by their sounds, their words and their sentences.",
    "How much they have in common is a matter that grammars and dictionaries describe in detail.",
    "Many of them have word lists, and several have a full grammar.",
    "The entries under their own names say more about each of them.",
    "The order here is that of the alphabet and says nothing about size.",
)


def with_article(country: str) -> str:
    """Return the name of a country as it stands inside a sentence."""
    return f"the {country}" if country in _ARTICLE else country


def home_fact(countries: list[str]) -> Fact:
    """Return the fact that a language is at home in all of ``countries``, in any order."""
    orders = list(permutations(countries))
    written = tuple(listing([with_article(c) for c in order]) for order in orders)
    bare = tuple(listing(list(order)) for order in orders)
    return Fact(relation="home", answers=tuple(dict.fromkeys(written + bare)), surfaces=written[:1])


def facts_of(row: Row) -> dict[str, Fact]:
    """Return the facts of one language."""
    facts = {}
    for relation in ("family", "kind", "branch", "iso", "alias"):
        if row[relation]:
            facts[relation] = Fact(relation=relation, answers=(row[relation],))
    if row["home"]:
        facts["home"] = home_fact(row["home"].split("; "))
    elif row["spread"]:
        word = NUMBERS[int(row["spread"])]
        answers = (f"{word} countries", f"{row['spread']} countries", word, row["spread"])
        facts["spread"] = Fact(relation="spread", answers=answers, surfaces=answers[:1])
    for relation in ("region", "script"):
        if row[relation]:
            bare = row[relation].removeprefix("the ")
            answers = tuple(dict.fromkeys((row[relation], bare)))
            facts[relation] = Fact(relation=relation, answers=answers, surfaces=answers[:1])
    return facts


def verbs_of(row: Row) -> dict[str, str]:
    """Return what kind of language it is and the verb forms that suit it, past or present."""
    past = bool(row["status"])
    forms = {"be": "is was", "belong": "belongs belonged", "stand": "stands stood", "share": "shares shared"}
    forms |= {"have": "has had", "go": "goes goes", "use": "uses used", "appear": "appears appeared"}
    forms |= {"rely": "relies relied", "live": "live lived"}
    attrs = {verb: pair.split()[past] for verb, pair in forms.items()}
    plain = row["status"] == "extinct" or row["name"].startswith(("Ancient", "Old"))
    attrs["noun"] = "language" if plain else f"{row['status']} language".strip()
    return attrs


def groups_of(facts: dict[str, Fact]) -> list[tuple[str, ...]]:
    """Return the facts of a language in one or two passages of at least three facts each."""
    nature = [r for r in ("family", "kind", "branch", "iso", "alias") if r in facts]
    use = [r for r in ("home", "spread", "region", "script") if r in facts]
    if len(nature) + len(use) <= 6:
        return [tuple(nature + use)]
    for name in ("iso", "alias"):
        if len(use) < 4 and len(nature) > 3 and name in nature:
            nature.remove(name)
            use.append(name)
    return [tuple(nature), tuple(use)]


def may_overlap(region: str, other: str) -> bool:
    """Return whether two regions may have places in common; an unknown one ('') may with any.

    >>> may_overlap("East Asia", "Asia"), may_overlap("", "Asia"), may_overlap("Europe", "Asia")
    (True, True, False)
    """
    return region.endswith(other) or other.endswith(region)


class Rivals:
    """All languages, to see whether a description fits one of them only."""

    def __init__(self, rows: list[Row]) -> None:
        """Remember the rows."""
        self.rows = rows

    def alone(self, row: Row, countries: Sequence[str] = (), **shared: str) -> bool:
        """Return whether no other language shares these values and is at home in all these countries.

        An unknown script or region counts as shared, and so does a region that holds the other one
        (Asia and East Asia).
        """
        return not any(
            other is not row
            and all(
                other[k] == v or (not other[k] and k == "script") for k, v in shared.items() if k != "region"
            )
            and may_overlap(other["region"], shared.get("region", ""))
            and set(countries) <= set((other["home"] or other["countries"]).split("; "))
            for other in self.rows
        )


def describe(row: Row, rivals: Rivals) -> list[Description]:
    """Return ways to point at a language without its name."""
    found = []
    noun = f"{row['status']} tongue".strip()
    countries = row["home"].split("; ") if row["home"] else []
    adjectives = row["home_adjective"].split("; ") if row["home_adjective"] else []

    def propose(text: str, *uses: str) -> None:
        found.append(Description(text=text, uses=uses))

    for group in ("branch", "family", "kind"):
        if not (label := row[group]):
            continue
        other = SYNONYMS.get(label, label)
        head = f"the {other}" if group == "kind" else f"the {other} {noun}"
        same = {group: label, "kind": row["kind"]}
        if adjectives and rivals.alone(row, countries, **same):
            propose(f"{head} on {listing(adjectives)} soil", group, "home")
            if row["home_capital"] and not row["status"]:
                propose(f"{head} of the country governed from {row['home_capital']}", "home", group)
        if row["region"] and rivals.alone(row, region=row["region"], **same):
            propose(f"{head} of {row['region']}", "region", group)
        if row["script"] and rivals.alone(row, script=row["script"], **same):
            propose(f"{head} recorded in {row['script']}", "script", group)
        if "spread" in row["told"].split() and rivals.alone(row, spread=row["spread"], **same):
            propose(f"{head} with roots in {NUMBERS[int(row['spread'])]} states", "spread", group)
        if adjectives and row["region"] and rivals.alone(row, countries, region=row["region"], **same):
            if label != other:
                propose(f"{head} on {listing(adjectives)} soil in {row['region']}", "region", group, "home")
        if adjectives and row["script"] and rivals.alone(row, countries, script=row["script"], **same):
            propose(
                f"{head} on {listing(adjectives)} soil recorded in {row['script']}", "home", "script", group
            )
    if adjectives and rivals.alone(row, countries):
        propose(f"the {noun} on {listing(adjectives)} soil", "home")
    if row["iso"] and rng_for("code", row["id"]).random() < (0.1 if found else 0.3):
        propose(f"the {noun} abbreviated {row['iso']}", "iso")
    return found


def overview(ident: str, title: str, label: str, group: list[Row], relation: str = "") -> Overview:
    """Return a passage that names up to ten languages of a group.

    ``label`` may hold the braces {o}, where the fact ``relation`` of the first language is marked.
    """
    rng = rng_for("overview", ident)
    chosen = sorted(rng.sample(group, min(len(group), 10)), key=lambda r: r["name"])
    first = chosen[0]
    if relation:
        label = label.replace("{o}", mark(f"{first['id']}/{relation}", first[relation]))
    text = rng.choice(_OPENINGS).format(
        label=label, first=first["name"], rest=listing([r["name"] for r in chosen[1:]])
    )
    endings = rng.sample(_ENDINGS, 2 if len(chosen) < 7 else 1)
    return Overview(id=ident, title=title, text=capital(" ".join([text, *endings])))


def slug(text: str) -> str:
    """Return a readable id part."""
    return text.removeprefix("the ").lower().replace(" ", "-")


def overviews_of(rows: list[Row]) -> list[Overview]:
    """Return overviews of families, branches, countries and regions with at least four languages."""
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        for column in ("family", "branch", "region"):
            if row[column]:
                grouped[column, row[column]].append(row)
        for country in filter(None, row["home"].split("; ")):
            grouped["country", country].append(row)
    labels = {
        "family": ("{o} languages", "The {0} family"),
        "branch": ("{o} languages", "{0} languages"),
        "region": ("languages of {o}", "Languages across {0}"),
        "country": ("languages of {0}", "Languages of {0}"),
    }
    found = []
    for (column, value), group in sorted(grouped.items()):
        if len(group) < 4:
            continue
        label, title = labels[column]
        name = with_article(value)
        if column == "country":
            label = label.format(name)
        found.append(
            overview(
                f"languages:{column}-{slug(value)}",
                title.format(name),
                label,
                group,
                "" if column == "country" else column,
            )
        )
    return found


def domain() -> Domain:
    """Return the languages."""
    rows = [
        {**row, "iso": row["iso639_3"], "alias": row["also_called"], "spread": row["country_count"]}
        for row in read_facts("languages")
    ]
    entities = []
    rivals = Rivals(rows)
    for row in rows:
        facts = facts_of(row)
        row["told"] = " ".join(facts)
        entities.append(
            Entity(
                id=row["id"],
                names=tuple(n for n in (row["name"], row["alias"]) if n),
                short=row["name"],
                pronoun="it",
                facts=facts,
                attrs=verbs_of(row),
                descriptions=describe(row, rivals),
                passages=groups_of(facts),
                titles=[f"{row['name']} language", f"{row['name']}: use and writing"],
            )
        )
    return Domain(
        name="languages", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews_of(rows)
    )
