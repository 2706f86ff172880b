"""The one error that users see, and files that are whole or not there at all.

Level 0 of the package: imports nothing of ours.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


class RealmError(ValueError):
    """Bad input: one sentence that names the file, line or argument, and the cure.

    The command line prints it on standard error, without a traceback, and exits with status 2.
    """


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
        with beside.open("rb") as handle:
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
    return _parse(read_text(path), f"{path}")


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file.

    Raises:
        RealmError: there is no such file, or it is not UTF-8; the message gives the byte.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RealmError(
            f"{path} is not UTF-8 (byte {error.start} is {error.object[error.start]:#04x}). "
            "Save it as UTF-8 and try again."
        ) from error
    except OSError as error:
        raise RealmError(f"{path} cannot be read ({error.strerror}). Check the path.") from error


def read_jsonl(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number, object) for each line of a JSON-lines file; blank lines are skipped.

    Raises:
        RealmError: a line is not a JSON object, or lacks a required field; file and line are named.
    """
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        row = _parse(line, where)
        if not isinstance(row, dict):
            raise RealmError(f"{where} is not a JSON object. Write one {{...}} a line.")
        for name in required:
            if name not in row:
                raise RealmError(f"{where} has no {name!r}. Each line needs: {', '.join(required)}.")
        yield number, row


def _parse(text: str, where: str) -> Any:  # noqa: ANN401
    try:
        value = json.loads(text)
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except UnicodeEncodeError:
        raise RealmError(f"{where} holds half a character (a lone \\ud800 to \\udfff). Mend it.") from None
    except json.JSONDecodeError as error:
        raise RealmError(
            f"{where} is not valid JSON ({error.msg}, column {error.colno}). Mend that place."
        ) from error
    except ValueError as error:  # a number with thousands of digits
        raise RealmError(f"{where} is not valid JSON ({error}). Mend that place.") from error
    except RecursionError:
        raise RealmError(f"{where} is nested too deeply to be read. Mend that place.") from None
