"""The whole book as one PDF: `make pdf`, or `python -m book._tools.pdf` after the one-page build.

Sphinx joins the pages into one, and a browser of the Chromium family prints it, equations and drawings as on the site.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from book._tools import ROOT

JOINED = ROOT / "_build" / "singlehtml" / "index.html"
BOOK_PDF = ROOT / "_build" / "realm-in-miniature.pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS = 300


def installed() -> str | None:
    """The first browser of the usual names that is there, or None."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def browser() -> str:
    """The browser that prints: $BROWSER_FOR_PDF, or the first of the usual names.

    Raises:
        FileNotFoundError: none is there.
    """
    wish = os.environ.get("BROWSER_FOR_PDF", "")
    if found := shutil.which(wish) if wish else installed():
        return found
    raise FileNotFoundError(
        f"No browser to print with: {wish or ', '.join(BROWSERS)} is not there. Install Chromium or Chrome, or "
        "name one: make pdf BROWSER_FOR_PDF=/path/to/chrome."
    )


def print_page(page: Path, to: Path, seconds: int = SECONDS) -> int:
    """Print a page of HTML, and return the bytes of the PDF.

    Raises:
        FileNotFoundError: the page or a browser is not there.
        RuntimeError: the browser printed nothing, or was not done in time.
    """
    if not page.is_file():
        raise FileNotFoundError(f"{page} is not there. Build it: make pdf.")
    to.parent.mkdir(parents=True, exist_ok=True)
    to.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser(),
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=60000",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            f"--print-to-pdf={to}",
            page.resolve().as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium has none for root, as in most containers
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise RuntimeError(
                f"{command[0]} had not printed {page.name} after {seconds} seconds. Give it more: --seconds."
            ) from None
    if not to.is_file() or to.read_bytes()[:5] != b"%PDF-":
        last = (done.stderr.strip().splitlines() or ["it did not say why"])[-1]
        raise RuntimeError(f"{command[0]} printed no PDF of {page.name}: {last}")
    return to.stat().st_size


def main() -> None:
    """Print the book."""
    parser = argparse.ArgumentParser(description="Print the whole book, joined into one page, as a PDF.")
    parser.add_argument("--check", action="store_true", help="only see whether a browser is there")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long the browser may take")
    given = parser.parse_args()
    try:
        if given.check:
            browser()
        else:
            size = print_page(JOINED, BOOK_PDF, given.seconds)
            print(f"The book is in {BOOK_PDF.relative_to(ROOT)}, {size / 1e6:.1f} MB.")
    except (FileNotFoundError, RuntimeError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
