"""Guitar makers: known by name, country and founding year only, so they fill overviews and no more."""

from collections import defaultdict
from collections.abc import Iterator

from ..grammar import listing, read_facts, rng_for
from ..model import Domain, Overview

COUNTRY_FORMS = (
    "Guitars are built in many countries. Makers from {place} include {names}. Some of these "
    "are large firms, while others are small workshops.",
    "{names} are guitar makers from {place}. Their instruments range from the acoustic guitar to "
    "the electric bass.",
    "A player who wants a guitar from {place} can choose among {names}. Each of these makers has "
    "its own idea of how an instrument should look and sound.",
    "In {place} the building of guitars has been the business of {names}. Players "
    "will know some of these names better than others.",
    "Among the guitar brands of the world, {names} belong to {place}. The list is far from "
    "complete, and some of the names are known to few players.",
    "{place:c} has given the world a number of guitar brands: {names}. Instruments with these "
    "names on them can be found in shops and on stages.",
)
ERA_FORMS = (
    "{names} all began to make instruments {era}. Some of the names are known to all, others to few.",
    "Some guitar brands are old and others are young. Those that started {era} include {names}.",
    "The guitar trade saw several newcomers {era}: {names}. Players still argue about which of "
    "them built the best instruments.",
    "When were the well-known guitar makers founded? A list of those that opened their workshops "
    "{era} holds {names}.",
    "The story of the guitar can be told through its makers. {era:c}, the workshops of {names} "
    "were founded, and each of them brought ideas of its own.",
    "Founded {era}, the guitar makers {names} belong to one generation, although they worked in "
    "different places and for different players.",
)
ERAS = (
    (1800, 1899, "in the nineteenth century"),
    (1900, 1939, "before the Second World War"),
    (1940, 1949, "in the 1940s"),
    (1950, 1959, "in the 1950s"),
    (1960, 1969, "in the 1960s"),
    (1970, 1979, "in the 1970s"),
    (1980, 1989, "in the 1980s"),
    (1990, 1999, "in the 1990s"),
    (2000, 2029, "in the new millennium"),
)
MOST_NAMES = 11  # in one overview


def groups(rows: list[dict[str, str]]) -> Iterator[tuple[str, str, str, tuple[str, ...], list[str]]]:
    """Yield the groups of makers: the field of their form and its value, a title, forms, names."""
    countries = defaultdict(list)
    for row in rows:
        countries[row["country"]].append(row["name"])
    for country, names in sorted(countries.items()):
        yield "place", country, f"Guitar makers of {country}", COUNTRY_FORMS, names
    for first, last, era in ERAS:
        names = [row["name"] for row in rows if first <= int(row["founded"]) <= last]
        yield "era", era, f"Guitar makers that began {era}", ERA_FORMS, names


def overviews(rows: list[dict[str, str]]) -> Iterator[Overview]:
    """Yield passages about the makers of a country and of an era, long lists in parts."""
    for field, value, title, forms, names in groups(rows):
        if len(names) < 3:
            continue
        parts = -(-len(names) // MOST_NAMES)
        for number in range(parts):
            ident = f"guitar_makers:{value.removeprefix('in ').replace(' ', '-').lower()}-{number + 1}"
            rng = rng_for("overview", ident)
            chosen = names[number::parts]
            rng.shuffle(chosen)
            form = rng.choice(forms).replace(f"{{{field}:c}}", value[0].upper() + value[1:])
            yield Overview(id=ident, title=title, text=form.format(names=listing(chosen), **{field: value}))


def domain() -> Domain:
    """Return the overviews of guitar makers."""
    return Domain(
        name="guitar_makers",
        relations=(),
        entities=[],
        overviews=list(overviews(read_facts("guitar_makers"))),
    )
