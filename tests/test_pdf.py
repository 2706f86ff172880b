"""The PDF: what is missing is said in one sentence, and a page that a browser prints is a PDF."""

import pytest

from book._tools import pdf


def test_no_browser_is_an_error_that_names_the_cure(monkeypatch):
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    monkeypatch.delenv("BROWSER_FOR_PDF", raising=False)
    with pytest.raises(FileNotFoundError, match=r"no-such-browser is not there. Install Chromium or Chrome"):
        pdf.browser()
    monkeypatch.setenv("BROWSER_FOR_PDF", "/nowhere/chrome")
    with pytest.raises(FileNotFoundError, match="/nowhere/chrome is not there"):
        pdf.browser()


def test_a_page_that_was_not_built_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"index.html is not there. Build it: make pdf"):
        pdf.print_page(tmp_path / "index.html", tmp_path / "book.pdf")


@pytest.mark.parametrize(
    ("does", "seconds", "says"),
    [
        ("echo of no use >&2", 60, "printed no PDF of a.html: of no use"),
        ("exec sleep 60", 1, "had not printed a.html after 1 seconds"),
    ],
)
def test_a_browser_that_fails_is_not_believed(does, seconds, says, tmp_path, monkeypatch):
    """An old PDF is no sign of a new one."""
    fake, page, old = tmp_path / "browser", tmp_path / "a.html", tmp_path / "a.pdf"
    fake.write_text(f"#!/bin/sh\n{does}\n")
    fake.chmod(0o755)
    page.write_text("<h1>One</h1>")
    old.write_bytes(b"%PDF-old")
    monkeypatch.setenv("BROWSER_FOR_PDF", str(fake))
    with pytest.raises(RuntimeError, match=says):
        pdf.print_page(page, old, seconds)
    assert not old.exists()


@pytest.mark.skipif(pdf.installed() is None, reason="no Chromium and no Chrome to print with")
def test_a_page_is_printed(tmp_path):
    page = tmp_path / "a.html"
    page.write_text("<h1>One</h1><p>Two.</p>")
    size = pdf.print_page(page, tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").stat().st_size == size > 500
