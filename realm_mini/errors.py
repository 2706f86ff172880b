"""The one error that users see, and files that are whole or not there at all.

Level 0 of the package: imports nothing of ours.
"""

import bz2
import gzip
import itertools
import json
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TypeVar

Member = TypeVar("Member")

_OPENERS = {".gz": gzip.open, ".bz2": bz2.open}
LONGEST_LINE = 1 << 26  # bytes; a "line" beyond this is no text, and reading on could fill the memory
_DECODER = json.JSONDecoder()
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class RealmError(ValueError):
    """Bad input: one sentence that names the file, line or argument, and the cure.

    The command line prints it on standard error, without a traceback, and exits with status 2.
    """


def many(values: Iterable[Member], name: str) -> list[Member]:
    """Return the values as a list.

    >>> many(("Paris", "the city of Paris"), "answers")
    ['Paris', 'the city of Paris']

    Raises:
        RealmError: it is one string, of which a list would hold the letters.
    """
    if isinstance(values, str):
        raise RealmError(f"{name} is one string, {values!r:.40}, where several are wanted. Put it in a list.")
    return list(values)


def reason_of(error: BaseException) -> str:
    """Return the first line of what an error of another library says, or its kind where it says nothing.

    >>> reason_of(OSError("no route to host")), reason_of(KeyError())
    ('no route to host', 'KeyError')
    """
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; rename it into place only when all went well.

    Raises:
        RealmError: the folder cannot be written to, or the disk is full; nothing is left behind.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        with beside.open("r+b") as handle:  # Windows flushes only what is open for writing
            os.fsync(handle.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise RealmError(
            f"{path} could not be written ({error.strerror or error}). "
            "Free some space or choose another folder; nothing was left half-written."
        ) from error
    finally:
        with suppress(OSError):  # a folder that is no folder must not hide the sentence above
            beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in UTF-8, whole or not at all."""
    with whole_file(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401
    """Write ``value`` as indented JSON, whole or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def read_json(path: Path) -> Any:  # noqa: ANN401
    """Return the JSON value in ``path``.

    Raises:
        RealmError: there is no such file, or it is not JSON in UTF-8.
    """
    return parse_json(read_text(path), f"{path}")


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, unpacked if its name ends in .gz or .bz2.

    Raises:
        RealmError: there is no such file, or it is not UTF-8; the message gives the byte.
    """
    with _reading(path) as handle:
        data = handle.read()
    return _decoded(data, path, 1, 0)


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number, line) of a UTF-8 text file, one line in memory at a time.

    A byte order mark and the ends of lines, those of Windows included, are left out.

    Raises:
        RealmError: there is no such file, or a line is not UTF-8, holds a NUL byte or is longer than
            ``LONGEST_LINE``; file and line are named.
    """
    place = 0
    with _reading(path) as handle:
        for number in itertools.count(1):
            if not (line := handle.readline(LONGEST_LINE + 1)):
                return
            where = f"{path}, line {number}"
            if len(line) > LONGEST_LINE:
                raise RealmError(f"{where} is longer than {LONGEST_LINE} bytes. Break it into lines.")
            if b"\0" in line:
                raise RealmError(f"{where} holds a NUL byte. Give a text file in UTF-8.")
            yield number, _decoded(line, path, number, place).rstrip("\r\n")
            place += len(line)


def unpacked(path: Path) -> Path:
    """Return the name that a file has without the .gz or .bz2 of a packed one."""
    return path.with_suffix("") if path.suffix.lower() in _OPENERS else path


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, packed or not; whatever goes wrong while it is read becomes a RealmError."""
    opener = _OPENERS.get(path.suffix.lower(), open)
    try:
        with opener(path, "rb") as handle:
            yield handle
    except (EOFError, zlib.error) as error:
        raise RealmError(f"{path} is cut short or damaged ({error}). Fetch or pack it again.") from error
    except OSError as error:
        raise RealmError(f"{path} cannot be read ({error.strerror or error}). Check the path.") from error
    except ValueError as error:
        if isinstance(error, RealmError | UnicodeError):
            raise
        raise RealmError(f"{str(path)!r} cannot be read ({error}). Check the path.") from error


def _decoded(data: bytes, path: Path, line: int, place: int) -> str:
    """Return the text of bytes that begin at ``place`` of a file, a mark at its very start left out."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line += data.count(b"\n", 0, error.start)
        raise RealmError(
            f"{path}, line {line} is not UTF-8 (byte {place + error.start} is {data[error.start]:#04x}). "
            "Save it as UTF-8 and try again."
        ) from error
    return text.removeprefix("\ufeff") if place == 0 else text


def read_jsonl(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number, object) for each line of a JSON-lines file; blank lines are skipped.

    Raises:
        RealmError: a line is not a JSON object, or lacks a required field; file and line are named.
    """
    for number, line in read_lines(path):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        row = parse_json(line, where)
        if not isinstance(row, dict):
            raise RealmError(f"{where} is not a JSON object. Write one {{...}} a line.")
        for name in required:
            if name not in row:
                raise RealmError(f"{where} has no {name!r}. Each line needs: {', '.join(required)}.")
        yield number, row


def parse_json(text: str, where: str) -> Any:  # noqa: ANN401
    """Return the JSON value that ``text`` is; ``where`` names its place.

    Raises:
        RealmError: it is none, or holds what no text can: half a character, a NUL.
    """
    value, end = parse_json_at(text, len(text) - len(text.lstrip(" \t\r\n")), where)
    if rest := text[end:].strip(" \t\r\n"):
        raise _json_error("Extra data", text, text.index(rest, end), where)
    return value


def parse_json_at(text: str, start: int, where: str) -> tuple[Any, int]:
    """Return the JSON value that begins at ``start`` of ``text``, and where it ends.

    Raises:
        RealmError: as :func:`parse_json`.
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except ValueError as error:  # a JSONDecodeError, or a number with thousands of digits
        raise _no_json(error, text, start, where) from error
    except RecursionError:
        raise RealmError(
            f"{_at(where, text, start)} is nested too deeply to be read. Mend that place."
        ) from None
    written = text[start:end]
    if "\\ud" in written.lower():
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise RealmError(
                f"{_at(where, text, start)} holds half a character (a lone \\ud800 to \\udfff). Mend it."
            ) from None
    if _NUL.search(written):
        raise RealmError(f"{_at(where, text, start)} holds a NUL character (\\u0000). Take it out.")
    return value, end


def _at(where: str, text: str, place: int) -> str:
    """Return the name of a place with its line, unless it names one already."""
    return where if ", line " in where else f"{where}, line {text.count(chr(10), 0, place) + 1}"


def _no_json(error: ValueError, text: str, start: int, where: str) -> RealmError:
    reason, place = f"{error}", start
    if isinstance(error, json.JSONDecodeError):
        reason, place = f"{error.msg}, column {error.colno}", error.pos
    return RealmError(f"{_at(where, text, place)} is not valid JSON ({reason}). Mend that place.")


def _json_error(reason: str, text: str, place: int, where: str) -> RealmError:
    return _no_json(json.JSONDecodeError(reason, text, place), text, place, where)


def read_entries(path: Path, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (place, value) for each entry of a JSON file that is one list, or an object with one at ``key``.

    The place names the file and the line on which the entry begins.

    Raises:
        RealmError: the file is not of that form; file and line are named.
    """
    text, where = read_text(path), f"{path}"
    form = f"a JSON object with a list {key!r}" if key else "a JSON list"
    found = re.search(rf'"{key}"\s*:\s*\[' if key else r"\A\s*\[", text)
    if not found:
        parse_json(text, where)
        raise RealmError(f"{where}, line 1 does not begin {form}. Give a file that does.")
    place, line, last, between = found.end(), 1, 0, re.compile(r"\s*")
    while (place := between.match(text, place).end()) < len(text) and text[place] != "]":
        line, last = line + text.count("\n", last, place), place
        value, place = parse_json_at(text, place, where)
        yield f"{where}, line {line}", value
        place = between.match(text, place).end()
        if text[place : place + 1] == ",":
            place = between.match(text, place + 1).end()
            if text[place : place + 1] == "]":
                raise _json_error("Trailing comma", text, place, where)
        elif text[place : place + 1] != "]":
            raise _json_error("Expecting ',' or ']'", text, place, where)
    # What stands around the list has to be sound, too: a file cut short ends within it.
    around = parse_json(text[: found.end()] + text[place:], where)
    if key and (not isinstance(around, dict) or around.get(key) != []):
        raise RealmError(f"{where}, line 1 does not begin {form}. Give a file that does.")
