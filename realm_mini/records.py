"""The records that everything else speaks of: a passage z, a text x to mask, a question.

They check hardly anything; :func:`checked` makes a passage of what a file says.  Level 1: no torch.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from realm_mini.errors import RealmError, many, whole_file


@dataclass(frozen=True, slots=True)
class Passage:
    """One document z.  The retriever reads title and body, the reader only the body."""

    id: str
    title: str
    text: str


NULL = Passage(id="", title="", text="")  # the null document (section 3.4)
SPLITS = ("train", "dev", "test")  # the parts of a set of questions


@dataclass(frozen=True, slots=True)
class Sentence:
    """One text x to mask.  ``origin``: the id of the passage it was taken from, "" for none.

    ``gold``: spans and passages for evaluation; nothing in pre-training reads it.
    """

    text: str
    origin: str = ""
    gold: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its accepted answers; one string in place of several raises RealmError.

    ``passages``: ids of the passages that hold the answer, for evaluation only.  ``flags``: whatever
    else its line says (split, kind, whether the fact is in X).
    """

    text: str
    answers: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    flags: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("answers", "passages"):
            for value in many(getattr(self, name), f"Question.{name}"):
                if not isinstance(value, str):
                    raise RealmError(f"Question.{name} holds {value!r:.40}, no string. Write strings.")

    @property
    def has_patterns(self) -> bool:
        """Return whether the answers are regular expressions, as CuratedTREC's are (``flags["regex"]``)."""
        return bool(self.flags.get("regex"))


class Located(NamedTuple):
    """A passage with the file and line it was read from."""

    file: str
    line: int
    passage: Passage


def checked(file: str | Path, line: int, ident: object, title: object, text: object) -> Located:
    """Return a passage made of three values from a file.

    Raises:
        RealmError: one of them has a wrong type, or id or text is empty; file and line are named.
    """
    where = f"{file}, line {line}"
    name = identifier(ident, where)
    if not isinstance(text, str) or not isinstance(title, str):
        raise RealmError(f"{where}: title and text must be strings. Mend the line.")
    if not name.strip() or not text.strip():
        raise RealmError(
            f"{where} has an empty {'id' if not name.strip() else 'text'}. Fill it or drop the line."
        )
    return Located(str(file), line, Passage(id=name, title=composed(title), text=composed(text)))


def unique(found: Iterable[Located]) -> Iterator[Passage]:
    """Yield the passages.

    Raises:
        RealmError: two have the same id; the places of both are named.
    """
    seen: dict[str, tuple[str, int]] = {}
    for file, line, passage in found:
        if passage.id in seen:
            other, first = seen[passage.id]
            place = f"line {first}" if other == file else f"{other}, line {first}"
            raise RealmError(f"{file}, line {line} has the id {passage.id!r} of {place}. Make ids unique.")
        seen[passage.id] = file, line
        yield passage


def composed(text: str) -> str:
    """Return the text with each letter and its accents as one character (Unicode's NFC).

    Some systems write two, a letter and its marks: other strings, and half a word to a pattern of words.
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_text(value: object) -> bool:
    """Return whether the value is a string with something in it."""
    return isinstance(value, str) and bool(value.strip())


def identifier(value: object, where: str) -> str:
    """Return an id as a string.

    Raises:
        RealmError: it is neither a string nor a whole number.
    """
    if type(value) not in (str, int):
        raise RealmError(f"{where}: {value!r} is no id. Write a string or a whole number.")
    return str(value)


def spans_of(value: object, where: str) -> list[tuple[int, int, str]]:
    """Return annotated spans: first character, the one behind the last, a label.

    Raises:
        RealmError: that is not what the value is.
    """
    if not isinstance(value, list) or not all(_is_span(span) for span in value):
        raise RealmError(
            f"{where}: spans are lists of [start, end, label], not {value!r:.60}. Mend the line."
        )
    return [tuple(span) for span in value]


def _is_span(value: object) -> bool:
    if not isinstance(value, list) or [type(part) for part in value] != [int, int, str]:
        return False
    return 0 <= value[0] < value[1]


def digest(value: Any) -> str:  # noqa: ANN401
    """Return a short hash of a JSON value.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def line_of(passage: Passage) -> str:
    """Return a passage as a line of JSON."""
    row = {"id": passage.id, "title": passage.title, "text": passage.text}
    return json.dumps(row, ensure_ascii=False) + "\n"


def write_passages(path: str | Path, passages: Iterable[Passage]) -> None:
    """Write passages as JSON lines, whole or not at all, one in memory at a time."""
    with whole_file(Path(path)) as beside, beside.open("w", encoding="utf-8", newline="\n") as handle:
        handle.writelines(map(line_of, passages))


def usual_text(passage: Passage) -> str:
    """Return the text as copies of a passage share it: small letters, single spaces."""
    return " ".join(passage.text.casefold().split())


def hashed(passage: Passage) -> bytes:
    """Return what a passage adds to the fingerprint of its corpus.

    Raises:
        RealmError: it holds half a character, which no file can, or a NUL, which no text has.
    """
    if "\0" in passage.text or "\0" in passage.title or "\0" in passage.id:
        raise RealmError(f"Passage {passage.id!r} holds a NUL character (\\0). Remove it.")
    try:
        return f"{passage.id}\x00{passage.title}\x00{passage.text}\x01".encode()
    except UnicodeEncodeError:
        raise RealmError(
            f"Passage {passage.id!r} holds half a character (a lone \\ud800 to \\udfff). Mend it."
        ) from None
