"""Small rules of English and the marks that carry gold spans through string formatting."""

import csv
import re
import string
from pathlib import Path
from random import Random

FACTS = Path(__file__).resolve().parents[1] / "facts"
SEED = 2020

_OPEN, _MID, _CLOSE = "\x01", "\x02", "\x03"
_MARK = re.compile(f"{_OPEN}([^{_MID}]*){_MID}([^{_CLOSE}]*){_CLOSE}")

MONTHS = ("January February March April May June July August September October November December").split()
_PRONOUNS = {"he": ("he", "his", "him"), "she": ("she", "her", "her"), "it": ("it", "its", "it")}
_AN = re.compile(r"(?i)[aeio]|u(?!n[iu](?![nm])|s[aeiu]|r[aeiou]|t[aeiou]|k)|hour|heir|hono")


def rng_for(*names: str) -> Random:
    """Return a generator of its own for ``names``, so that one edited fact moves nothing else."""
    return Random("/".join((str(SEED), *names)))


def read_facts(name: str) -> list[dict[str, str]]:
    """Return the rows of ``data/facts/NAME.tsv`` as dictionaries; an unknown value is ''."""
    path = FACTS / f"{name}.tsv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise ValueError(f"{path.name}, line {number}: wrong number of columns.")
    return rows


def mark(key: str, surface: str) -> str:
    """Return ``surface`` marked as a gold span of the fact ``key``."""
    return f"{_OPEN}{key}{_MID}{surface}{_CLOSE}"


def unmark(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return the plain text and its gold spans as (start, end, key), in characters.

    >>> unmark("born in " + mark("e/birth", "Uppsala") + ".")
    ('born in Uppsala.', [(8, 15, 'e/birth')])
    """
    plain, spans, last, length = [], [], 0, 0
    for match in _MARK.finditer(text):
        plain.append(text[last : match.start()])
        length += match.start() - last
        spans.append((length, length + len(match[2]), match[1]))
        plain.append(match[2])
        length += len(match[2])
        last = match.end()
    plain.append(text[last:])
    return "".join(plain), spans


def article(word: str) -> str:
    """Return ``word`` with the indefinite article that English ears expect.

    >>> [article(w) for w in ("union", "hour", "NBA team", "umbrella", "European", "X-ray", "MVP")]
    ['a union', 'an hour', 'an NBA team', 'an umbrella', 'a European', 'an X-ray', 'an MVP']
    """
    bare = _MARK.sub(r"\2", word).strip()
    first = re.split(r"[\s\-]", bare, maxsplit=1)[0]
    if re.match(r"(?i)eu|one(?![a-z])|once|ewe|ubiq|uk\b|us\b|u\.s", bare):
        return f"a {word}"
    if re.match(r"8|11(?!\d\d\b)|18(?!\d{3})", bare):
        return f"an {word}"
    if first.isupper() and (len(first) == 1 or not re.search("[AEIOU]", first[1:]) or len(first) <= 3):
        return f"{'an' if first[0] in 'AEFHILMNORSX' else 'a'} {word}"
    return f"{'an' if _AN.match(bare) else 'a'} {word}"


def capital(text: str) -> str:
    """Return ``text`` with its first letter upper-case, marks kept.

    >>> capital("the city")
    'The city'
    """
    start = text.index(_MID) + 1 if text.startswith(_OPEN) else 0
    return text[:start] + text[start : start + 1].upper() + text[start + 1 :]


def possessive(name: str) -> str:
    """Return the possessive of a name, a description or a pronoun.

    >>> possessive("Curie"), possessive("she"), possessive("the United States")
    ("Curie's", 'her', "the United States'")
    """
    if name in _PRONOUNS:
        return _PRONOUNS[name][1]
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def listing(items: list[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def spell_date(iso: str) -> tuple[str, ...]:
    """Return the usual English spellings of a YYYY-MM-DD date, the canonical one first.

    >>> spell_date("1902-08-10")
    ('10 August 1902', 'August 10, 1902', '10th August 1902')
    """
    year, month, day = iso.split("-")
    name, number = MONTHS[int(month) - 1], int(day)
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number} {name} {year}", f"{name} {number}, {year}", f"{number}{suffix} {name} {year}"


def round_number(number: float) -> str:
    """Return a number as people write it: "38,000", "1.2 million", "3.4 billion".

    >>> round_number(38000), round_number(1200000), round_number(7000000)
    ('38,000', '1.2 million', '7 million')
    """
    for limit, word in ((1e9, "billion"), (1e6, "million")):
        if number >= limit:
            return f"{number / limit:.2f}".rstrip("0").rstrip(".") + f" {word}"
    return f"{number:,.0f}" if number == int(number) else f"{number:,}"


class _Formatter(string.Formatter):
    def format_field(self, value: str, spec: str) -> str:
        if spec == "a":
            return article(value)
        if spec == "c":
            return capital(value)
        return super().format_field(value, spec)


def fill(template: str, subject: str = "", obj: str = "", description: str = "", **attrs: str) -> str:
    """Return a sentence form with its fields filled in (see :mod:`data.world.model`)."""
    fields = dict(attrs)
    fields.update(s=subject, S=capital(subject), p=possessive(subject), P=capital(possessive(subject)))
    fields.update(o=obj, O=capital(obj) if obj else "", d=description, D=capital(description))
    text = _Formatter().vformat(template, (), fields)
    return re.sub(r"\.\.(?!\.)", ".", re.sub(r"(\.\x03)\.", r"\1", text))
