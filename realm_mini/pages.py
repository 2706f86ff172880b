"""Text, Markdown and HTML files as a title and paragraphs of plain text.

Only what a reader of the page would read is kept: no markup, no scripts, no styles.  Level 1.
"""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from realm_mini.errors import RealmError, read_lines, read_text, unpacked

SUFFIXES = (".txt", ".md", ".html", ".htm")
_LONGEST_PARAGRAPH = 1 << 20  # characters gathered before a paragraph is passed on unfinished
_SILENT = frozenset("script style template noscript svg iframe object".split())
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data dfn em font i ins kbd mark q s samp small span strong sub sup "
    "time u var".split()
)
_TABLE_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*")
_RULE = re.compile(rf"\s*(?:[-*_=]\s*){{3,}}|\s*(?:`{{3,}}(?!.*`)|~{{3,}}).*|{_TABLE_RULE.pattern}")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,2}[.)])\s+")
_FENCE = re.compile(r"\s*(`{3,}(?!.*`)|~{3,})")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_FRONT_MATTER = re.compile(r"\A---\n(?:(?:[\w-]+:|#|[ \t]|- ).*\n|\n)*---[ \t]*(?:\n|\Z)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*")


def read_folder(folder: Path) -> Iterator[tuple[str, str, Iterator[str]]]:
    """Yield (path below the folder, title, paragraphs) of each readable file, sorted by path.

    Left out is what is hidden: files and folders whose names begin with a dot.

    Raises:
        RealmError: there is no such folder, no such file in it, or a file cannot be read.
    """
    files = sorted(
        p
        for p in folder.rglob("*")
        if unpacked(p).suffix.lower() in SUFFIXES
        and p.is_file()
        and not any(part.startswith(".") for part in p.relative_to(folder).parts)
    )
    if not files:
        raise RealmError(f"{folder} holds no .txt, .md or .html file. Give a folder that does.")
    for file in files:
        yield file.relative_to(folder).as_posix(), *read_page(file)


def read_page(path: Path) -> tuple[str, Iterator[str]]:
    """Return the title of a file and its paragraphs.

    The title is that of the page (``<title>``, the first ``# heading``), else the file's name.  Plain
    text is read as it is asked for, so a file may be larger than memory.

    Raises:
        RealmError: the file cannot be read, is not UTF-8, or is broken HTML; file and line are named.
    """
    name = unpacked(path).stem.replace("_", " ").replace("-", " ")
    kind = unpacked(path).suffix.lower()
    if kind == ".txt":
        return name, _paragraphs(path)
    text = read_text(path)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise RealmError(f"{path}, line {line} holds a NUL byte. Give a text file in UTF-8.")
    title, paragraphs = (from_markdown if kind == ".md" else from_html)(text, f"{path}")
    return title or name, iter(paragraphs)


def _paragraphs(path: Path) -> Iterator[str]:
    gathered: list[str] = []
    size = 0
    for _, line in read_lines(path):
        if gathered and (not line.strip() or size > _LONGEST_PARAGRAPH):
            yield " ".join(gathered)
            gathered, size = [], 0
        if line.strip():
            gathered.append(line.strip())
            size += len(line)
    if gathered:
        yield " ".join(gathered)


def from_html(text: str, where: str = "The page") -> tuple[str, list[str]]:
    """Return the title of an HTML page and its paragraphs.

    >>> from_html("<title>A &amp; B</title><p>One <b>two</b>.<p>Three.<script>x</script>")
    ('A & B', ['One two.', 'Three.'])
    >>> from_html("<title>Van</title><h1>Van</h1><p>A lake.")
    ('Van', ['A lake.'])

    Raises:
        RealmError: the markup is broken beyond what a browser would forgive; the line is named.
    """
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except AssertionError as error:  # how the standard library refuses a broken declaration
        line = reader.getpos()[0]
        raise RealmError(f"{where}, line {line} is no HTML ({error}). Mend the page or drop it.") from error
    title = " ".join("".join(reader.title).split())
    paragraphs = [" ".join(p.split()) for p in "".join(reader.parts).split("\0")]
    paragraphs = [p for p in paragraphs if p]
    if len(paragraphs) > 1 and paragraphs[0].casefold() == title.casefold():
        paragraphs = paragraphs[1:]  # the heading that says the title again
    return title, paragraphs


class _Reader(HTMLParser):
    """Gathers the text of a page; a NUL stands where a paragraph ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.parts: list[str] = []
        self._in_title, self._silent = False, 0

    def handle_starttag(self, tag: str, attrs: list) -> None:
        """Begin a paragraph, a title, or what is not shown."""
        self._in_title = tag == "title" and not self._silent and not self.title
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self.parts.append(" ")
        elif tag not in _INLINE:
            self.parts.append("\0")

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        """Treat <br/> as <br>."""
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """End what the tag began."""
        self._in_title = False
        if tag in _SILENT or tag in ("body", "html"):
            self._silent = max(0, self._silent - 1) if tag in _SILENT else 0
        if tag not in _INLINE:
            self.parts.append("\0")

    def handle_data(self, data: str) -> None:
        """Keep text that is shown."""
        if self._in_title:
            self.title.append(data)
        elif not self._silent:
            self.parts.append(data.replace("\0", " "))


def from_markdown(text: str, where: str = "The page") -> tuple[str, list[str]]:
    r"""Return the first ``# heading`` of a Markdown page and its paragraphs, markup left out.

    >>> from_markdown("# Van\n\nA [lake](x.html) in *Turkey*.\n\n- deep\n- salty")
    ('Van', ['A lake in Turkey.', 'deep', 'salty'])
    """
    text = _FRONT_MATTER.sub("", text.replace("\r\n", "\n"))
    text = re.sub(r"<!--.*?-->", " ", text, flags=re.S)
    title, paragraphs, gathered, fence = "", [], [], ""
    for line in [*_without_bars(text.split("\n")), ""]:
        if found := _FENCE.match(line):  # what is inside is code: a "#" there begins no heading
            fence = ("" if found[1].startswith(fence) else fence) if fence else found[1]
        heading, item = None if fence else _HEADING.fullmatch(line), _ITEM.match(line)
        starts = item and (not item[0].strip()[0].isdigit() or not gathered or _ITEM.match(gathered[0]))
        if heading or starts or not line.strip() or _RULE.fullmatch(line):
            paragraphs.append(_plain(" ".join(gathered)))
            gathered = []
        if heading and not title and line.lstrip().startswith("# "):
            title = _plain(heading[1])
        elif heading:
            paragraphs.append(_plain(heading[1]))
        elif line.strip() and not _RULE.fullmatch(line):
            gathered.append(line)
    return title, [p for p in paragraphs if p]


def _without_bars(lines: list[str]) -> list[str]:
    """Return the lines, "|" replaced by a space in the rows of tables."""
    lines, rows = list(lines), set()
    for rule in (i for i, line in enumerate(lines) if "|" in line and _TABLE_RULE.fullmatch(line)):
        end = next((i for i in range(rule, len(lines)) if not lines[i].strip()), len(lines))
        rows |= {max(rule - 1, 0), *range(rule + 1, end)}
    for i in rows:
        lines[i] = lines[i].replace("|", " ")
    return lines


def _plain(text: str) -> str:
    """Return a paragraph of Markdown without list mark, emphasis, links, code marks and tags."""
    item, code = _ITEM.match(text), []
    text = re.sub(r"^(?:\s*>)+\s?", "", text[item.end() if item else 0 :])
    text = _CODE.sub(lambda found: code.append(found[2]) or "\0", text.replace("\0", " "))
    text = re.sub(r"!?\[([^\[\]]*)\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])", r"\1", text)
    text = re.sub(r"<([^\s<>]+(?:://|@)[^\s<>]+)>", r"\1", text)
    text = re.sub(r"</?[A-Za-z][^<>]*>", "", text)
    text = re.sub(r"(?<!\w)([*_]{1,3})(?=\S)([^*_]+)(?<=\S)\1(?!\w)", r"\2", text)
    kept = iter(code)
    return " ".join(re.sub("\0", lambda _: next(kept), html.unescape(text)).split())
