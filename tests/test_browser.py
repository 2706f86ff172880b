"""The built book in a real browser: it works, with a keyboard and on a phone too, and can be read.

`make browser` builds the book and runs this.  It needs the extra ``browser`` and a Chromium, its own or
the system's, and is skipped where one of these, or a site built from these sources, is not there; with
``--browser`` it fails instead.
"""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from book._tools import ROOT, SITE, pdf

PAGES = sorted(path.name for path in SITE.glob("*.html"))
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1400, "height": 900}
LEAST = 4.5  # contrast of text, WCAG 2 level AA
SECONDS = 60_000  # what a page may need on a machine that does other work besides; milliseconds
SOURCES = ("_config.yml", "book/*.md", "book/*.ipynb", "book/*.yml", "book/_assets/*", "realm_mini/*.py")

pytestmark = pytest.mark.slow


def unready():
    """Why there is no site to look at, or nothing."""
    index = SITE / "index.html"
    if not index.exists():
        return "the book is not built: make book"
    sources = (path for pattern in SOURCES for path in ROOT.glob(pattern))
    newer = [path for path in sources if path.stat().st_mtime > index.stat().st_mtime]
    return f"{newer[0].name} is newer than the built book: make book" if newer else ""


@pytest.fixture(scope="module")
def lacking(request):
    """What to do where something is not there."""
    return pytest.fail if request.config.getoption("--browser") else pytest.skip


@pytest.fixture(scope="module")
def address(lacking):
    """The site, served by this process."""
    if reason := unready():
        lacking(reason)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(address, lacking):
    if find_spec("playwright") is None:
        lacking("playwright is not there: pip install '.[browser]'")
    import playwright.sync_api as api

    with api.sync_playwright() as started:
        try:
            made = started.chromium.launch(executable_path=pdf.installed(), args=["--no-sandbox"])
        except api.Error as error:
            lacking(
                f"no Chromium starts; get one by: playwright install chromium. {str(error).splitlines()[0]}"
            )
        yield made
        made.close()


class Visit:
    """A tab, and all that went wrong in it."""

    def __init__(self, browser, address):
        self.address = address
        self.context = browser.new_context(viewport=DESK, color_scheme="light", reduced_motion="reduce")
        self.context.set_default_timeout(SECONDS)
        self.page = self.context.new_page()
        self.wrong = []
        near = (address, "data:", "blob:")
        self.page.on("console", lambda m: m.type == "error" and self.wrong.append(m.text))
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.on("requestfailed", lambda r: self.wrong.append(f"{r.url}: {r.failure}"))
        self.page.on("request", lambda r: r.url.startswith(near) or self.wrong.append(r.url))
        self.page.on("response", lambda r: r.status >= 400 and self.wrong.append(f"{r.status} {r.url}"))

    def open(self, name):
        self.page.goto(f"{self.address}/{name}", wait_until="networkidle")
        self.page.evaluate("window.MathJax?.startup?.promise")
        return self.page

    def ask(self, function, *arguments):
        """Call one of the functions of browser.js in the page."""
        script = (Path(__file__).parent / "browser.js").read_text(encoding="utf-8")
        return self.page.evaluate(f"(given) => ({script.strip()}).{function}(...given)", list(arguments))

    def settle(self):
        """Wait until the page has been drawn anew, twice, with nothing that fades in."""
        self.page.evaluate("document.getAnimations().forEach((a) => a.cancel())")
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.fixture
def visit(browser, address):
    made = Visit(browser, address)
    yield made
    made.context.close()


def test_there_is_a_page_for_each_entry_of_the_contents(address):
    entries = (ROOT / "book/_toc.yml").read_text(encoding="utf-8").split("file: ")[1:]
    assert {f"{entry.split()[0]}.html" for entry in entries} < set(PAGES)


@pytest.mark.parametrize("name", PAGES or ["index.html"])
def test_a_page_is_without_errors_legible_and_fits_a_phone(visit, name):
    visit.open(name)
    assert visit.wrong == []
    visit.ask("unfold")
    for theme in ("light", "dark"):
        visit.ask("theme", theme)
        visit.settle()
        assert visit.ask("pale", LEAST) == [], theme
    visit.page.set_viewport_size(PHONE)
    visit.settle()
    reach, wide = visit.ask("width")
    assert reach <= PHONE["width"], wide
    assert visit.wrong == []


def test_the_measure_of_contrast_finds_pale_text(visit):
    """A test that could not fail would prove nothing: grey 119 on white is just too pale, 118 is not."""
    page = visit.open("index.html")
    page.set_content(
        "<body style='background: white'><p style='color: rgb(119,119,119)'>too pale</p>"
        "<p style='color: rgb(118,118,118)'>dark enough</p>"
        "<p style='color: black; opacity: 0.4'>thin</p><div style='background: #222'><b>lost</b></div>"
    )
    assert {found[1] for found in visit.ask("pale", LEAST)} == {"too pale", "thin", "lost"}


@pytest.mark.parametrize("name", [p for p in PAGES if "widget-view+json" in (SITE / p).read_text("utf-8")])
def test_the_state_of_widgets_is_drawn(visit, name):
    page = visit.open(name)
    page.wait_for_selector(".jupyter-widgets")
    saved, drawn = visit.ask("widgets")
    assert saved and drawn == saved


def test_search_finds_the_null_document(visit):
    page = visit.open("index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("null document", delay=20)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=null*")
    page.wait_for_selector("#search-results li a")
    page.wait_for_function(
        "document.querySelector('#search-results p.search-summary').innerText.includes('found')"
    )
    found = page.locator("#search-results li")
    assert found.count() >= 3
    found.first.locator("a").first.click()
    page.wait_for_load_state("networkidle")
    assert "null document" in page.locator("main").inner_text().lower()
    assert visit.wrong == []


def test_the_switch_turns_the_page_dark_and_is_remembered(visit):
    page = visit.open("one-sitting.html")

    def ground():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light = ground()
    for _ in range(3):  # automatic, light, dark, in an order that the theme chooses
        page.locator("button.theme-switch-button").first.click()
        if page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
    visit.settle()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    dark = ground()
    assert dark != light
    visit.open("02-pocket-world.html")
    assert ground() == dark


@pytest.mark.parametrize("name", ["index.html", "05-knowledge-retriever.html"])
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(visit, name):
    """From the top with the tabulator key, once around."""
    page = visit.open(name)
    visit.ask("unfold")
    controls = visit.ask("controls")
    missing, hidden = set(range(len(controls))), []
    for _ in range(2 * len(controls) + 50):
        page.keyboard.press("Tab")
        if (at := visit.ask("focused")) is None:
            break
        number, shown, html = at
        missing.discard(number)
        if number is not None and not shown:
            hidden.append(html)
    assert len(controls) > 20
    assert [controls[i] for i in sorted(missing)] == []
    assert hidden == []
