"""What the book needs besides Sphinx: pages made from its own files, one address, a check of the site, a PDF."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
SITE = ROOT / "_build" / "html"
