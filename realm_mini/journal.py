"""The log of a run: one JSON object a step, none missing and none twice, whatever was killed when.

Level 1: no torch.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from realm_mini.errors import RealmError, read_text, write_text


class Journal:
    """Records of several stages in one file; a stage that goes on from step n has those before n in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def cut(self, stage: str, start: int) -> None:
        """Remove the records of ``stage`` from step ``start`` on, and any line that was left half-written."""
        if not self.path.exists():
            return
        text = read_text(self.path)
        kept = "".join(line + "\n" for line in text.splitlines() if _is_kept(line, stage, start))
        if kept != text:
            write_text(self.path, kept)

    def add(self, record: dict[str, Any]) -> None:
        """Append a record."""
        try:
            if self._file is None:
                self._file = self.path.open("a", encoding="utf-8")
            self._file.write(json.dumps(record) + "\n")
            self._file.flush()
        except OSError as error:
            raise self._failed(error) from error

    def sync(self) -> None:
        """See that all records are on the disk, before something else there relies on them."""
        if self._file is not None:
            try:
                self._file.flush()
                os.fsync(self._file.fileno())
            except OSError as error:
                raise self._failed(error) from error

    def close(self) -> None:
        """Close the file; a later record opens it again."""
        if self._file is not None:
            with suppress(OSError):  # what did not fit the disk was told already
                self._file.close()
            self._file = None

    def _failed(self, error: OSError) -> RealmError:
        return RealmError(
            f"{self.path} could not be written ({error.strerror or error}). Free some space, or take another "
            "folder; the same command goes on from the last saved state."
        )


def _is_kept(line: str, stage: str, start: int) -> bool:
    try:
        record = json.loads(line)
        return record["stage"] != stage or record["step"] < start
    except (ValueError, KeyError, TypeError):
        return False
