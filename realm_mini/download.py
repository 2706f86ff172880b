"""Files from the network: whole, with the bytes that were promised, or not there at all.  Level 1."""

import hashlib
import http.client
import os
import re
import urllib.request
from pathlib import Path

from realm_mini.errors import RealmError, whole_file

TIMEOUT = 30.0  # seconds without a byte before the network is given up
_PART = 1 << 20


def cache_folder() -> Path:
    """Return where downloads are kept: ``REALM_MINI_CACHE``, else realm_mini in the user's cache."""
    if own := os.environ.get("REALM_MINI_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "realm_mini"


def fetch(url: str, sha256: str, cache: str | Path | None = None, name: str = "") -> Path:
    """Return the path of a downloaded file, fetched unless the cache holds it already.

    ``name``: how to call it there; by default the last part of the address.  A file in the cache with
    other bytes than promised is fetched again.

    Raises:
        RealmError: there is no network or no such file, or what came has another checksum; nothing is
            left half-written.
    """
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise RealmError(f"sha256={sha256!r} is no SHA-256 checksum. Give its 64 hexadecimal digits.")
    name = name or url.rstrip("/").rpartition("/")[2]
    path = (cache_folder() if cache is None else Path(cache)) / name
    if path.is_file() and _checksum(path) == sha256:
        return path
    with whole_file(path) as beside:
        found = _download(url, beside, path)
        if found != sha256:
            raise RealmError(
                f"{url} gave other bytes than promised (SHA-256 {found[:12]}..., wanted {sha256[:12]}...). "
                "Try again; if it stays so, the file was changed: get it elsewhere and give its path."
            )
    return path


def _checksum(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise RealmError(f"{path} cannot be read ({error.strerror}). Check the folder.") from error


def _download(url: str, beside: Path, path: Path) -> str:
    """Write what ``url`` gives to ``beside``, which will be ``path``; return its checksum."""
    digest = hashlib.sha256()
    try:
        answer = urllib.request.urlopen(url, timeout=TIMEOUT)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _unreachable(url, path, error) from error
    with answer, beside.open("wb") as handle:
        wanted = answer.headers.get("Content-Length")
        while part := _read(answer, url, path):
            digest.update(part)
            handle.write(part)
        if wanted is not None and wanted.isdigit() and handle.tell() != int(wanted):
            raise _unreachable(url, path, OSError(f"{handle.tell()} of {wanted} bytes came"))
    return digest.hexdigest()


def _read(answer: http.client.HTTPResponse, url: str, path: Path) -> bytes:
    try:
        return answer.read(_PART)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, path, error) from error


def _unreachable(url: str, path: Path, error: Exception) -> RealmError:
    reason = getattr(error, "reason", None) or error
    return RealmError(
        f"{url} could not be fetched ({str(reason) or type(error).__name__}). Check that there is a network, "
        f"or get the file elsewhere and put it to {path} yourself."
    )
