"""The files that corpora come in, each read as a stream of documents.  Level 2: no torch.

What the kinds are is told in :mod:`realm_mini.documents`, which cuts documents into passages.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from realm_mini.errors import (
    RealmError,
    parse_json,
    read_entries,
    read_jsonl,
    read_lines,
    reason_of,
    unpacked,
)
from realm_mini.pages import SUFFIXES, read_folder, read_page
from realm_mini.records import checked

CorpusKind = Literal["auto", "folder", "jsonl", "tsv", "wiki", "squad", "hub"]
_DOC = re.compile(r'<doc id="([^"]*)"(?: [a-z]+="[^"]*")* title="(.*)">\s*')
_WIKI_NAME = re.compile(r"wiki_\d+")  # as WikiExtractor calls its files
_NO_ARTICLE = re.compile(r"(?:List|Index|Outline) of |.*\(disambiguation\)$")  # as the official code


class Document(NamedTuple):
    """A document and where it was read: ``paragraphs`` may be read only as they are asked for."""

    file: str
    line: int
    id: str
    title: str
    paragraphs: Iterable[str]


def kind_of(path: Path) -> CorpusKind:
    """Return the kind of a source by its name.

    Raises:
        RealmError: the name does not tell, or there is no such file.
    """
    if path.is_dir():
        return "wiki" if next(_wiki_files(path), None) else "folder"
    name = unpacked(path).name.lower()
    by_suffix = {".jsonl": "jsonl", ".ndjson": "jsonl", ".tsv": "tsv", ".json": "squad"}
    by_suffix |= dict.fromkeys(SUFFIXES, "folder")
    if (suffix := Path(name).suffix) in by_suffix:
        return by_suffix[suffix]
    if _WIKI_NAME.fullmatch(name):
        return "wiki"
    if not path.exists():
        raise RealmError(
            f"{path} is neither a file nor a folder. Check the path; a Hugging Face dataset needs kind='hub'."
        )
    raise RealmError(
        f"The name of {path} does not tell its kind. Say kind= one of {', '.join(get_args(CorpusKind)[1:])}."
    )


def _wiki_files(folder: Path) -> Iterator[Path]:
    found = folder.rglob("wiki_[0-9]*")
    return (p for p in found if _WIKI_NAME.fullmatch(unpacked(p).name) and p.is_file())


def _folder(source: str | Path) -> Iterator[Document]:
    path = Path(source)
    if path.is_file():
        title, paragraphs = read_page(path)
        yield Document(f"{path}", 1, path.name, title, paragraphs)
        return
    for name, title, paragraphs in read_folder(path):
        yield Document(f"{path / name}", 1, name, title, paragraphs)


def _document(file: str | Path, line: int, ident: object, title: object, text: object) -> Document:
    passage = checked(file, line, ident, title, text).passage
    return Document(str(file), line, passage.id, passage.title, passage.text.split("\n"))


def _jsonl(source: str | Path) -> Iterator[Document]:
    for line, row in read_jsonl(Path(source), ("id", "text")):
        yield _document(source, line, row["id"], row.get("title", ""), row["text"])


def _tsv(source: str | Path) -> Iterator[Document]:
    columns = ["id", "text", "title"]
    for line, text in read_lines(Path(source)):
        cells = [_unquoted(cell) for cell in text.split("\t")]
        if line == 1 and cells[0].strip().lower() == "id":
            columns = [cell.strip().lower() for cell in cells]
            if "text" not in columns:
                raise RealmError(f"{source}, line 1 names no column 'text'. DPR's are: id, text, title.")
            continue
        if not text.strip():
            continue
        if len(cells) != len(columns):
            raise RealmError(
                f"{source}, line {line} has {len(cells)} columns, {len(columns)} are wanted "
                f"({', '.join(columns)}), separated by tabs. Mend the line."
            )
        row = dict(zip(columns, cells, strict=True))
        yield _document(source, line, row["id"], row.get("title", ""), row["text"])


def _unquoted(cell: str) -> str:
    """Return a cell without its quotes, if it has them: DPR's own file quotes some of the texts."""
    inner = cell[1:-1]
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if is_quoted else cell


def _wiki(source: str | Path) -> Iterator[Document]:
    path = Path(source)
    files = sorted(_wiki_files(path)) if path.is_dir() else [path]
    if not files:
        raise RealmError(f"{path} holds no file wiki_00. Give the folder that WikiExtractor wrote.")
    for file in files:
        for line, ident, title, lines in _articles(file):
            title, lines = html.unescape(title), [html.unescape(text) for text in lines]
            body = lines[1:] if lines and lines[0].strip() == title else lines  # it repeats the title
            if not _NO_ARTICLE.match(title):
                yield Document(f"{file}", line, ident, title, body)


def _articles(file: Path) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield (line, id, title, lines) of each article of one file."""
    opened: tuple[int, str, str, list[str]] | None = None
    for number, line in read_lines(file):
        where = f"{file}, line {number}"
        if opened is None and line.startswith("{"):
            yield _json_article(parse_json(line, where), where, number)
        elif match := _DOC.fullmatch(line):
            if opened is not None:
                raise RealmError(f"{where} begins a <doc> inside that of line {opened[0]}. Mend the file.")
            if not match[1].strip() or not match[2].strip():
                raise RealmError(f"{where} has an empty id or title. Mend the line.")
            opened = number, match[1], match[2], []
        elif line.strip() == "</doc>" and opened is not None:
            yield opened
            opened = None
        elif opened is not None:
            opened[3].append(line)
        elif line.strip():
            raise RealmError(f'{where} stands outside of any <doc id="" url="" title="">. Mend the file.')
    if opened is not None:
        raise RealmError(f"{file}, line {opened[0]} begins a <doc> that never ends. The file is cut short.")


def _json_article(row: Any, where: str, number: int) -> tuple[int, str, str, list[str]]:  # noqa: ANN401
    """Return an article as WikiExtractor writes it with --json."""
    for name in ("id", "title", "text"):
        if not isinstance(row, dict) or not isinstance(row.get(name), str):
            raise RealmError(f"{where} has no string {name!r}. WikiExtractor writes id, url, title and text.")
    if not row["id"].strip() or not row["title"].strip():
        raise RealmError(f"{where} has an empty id or title. Mend the line.")
    return number, row["id"], row["title"], row["text"].split("\n")


def squad_paragraphs(path: str | Path) -> Iterator[tuple[str, str, str, str, list[dict[str, Any]]]]:
    """Yield (place, id, title, paragraph, questions) of a SQuAD file; a paragraph's id is "TITLE#NUMBER".

    Raises:
        RealmError: the file has another form; file and line of the article are named.
    """
    for where, article in read_entries(Path(path), "data"):
        title = article.get("title") if isinstance(article, dict) else None
        paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
        if not isinstance(title, str) or not isinstance(paragraphs, list):
            raise RealmError(f'{where} is no article with "title" and "paragraphs". Mend the file.')
        for number, paragraph in enumerate(paragraphs):
            place = f"{where}, paragraphs[{number}]"
            context = paragraph.get("context") if isinstance(paragraph, dict) else None
            asked = paragraph.get("qas", []) if isinstance(paragraph, dict) else None
            if not isinstance(context, str) or not context.strip():
                raise RealmError(f'{place} has no "context", or an empty one. Mend the file.')
            if not isinstance(asked, list) or not all(isinstance(q, dict) for q in asked):
                raise RealmError(f'{place}: "qas" must be a list of objects. Mend the file.')
            yield place, f"{title}#{number}", title, context, asked


def _squad(source: str | Path) -> Iterator[Document]:
    for place, ident, title, context, _ in squad_paragraphs(source):
        line = int(place.rpartition(", line ")[2].partition(",")[0])
        yield _document(source, line, ident, title.replace("_", " "), context)


def _hub(source: str | Path) -> Iterator[Document]:
    """Yield the rows of a Hugging Face dataset, streamed: "text", and "id" and "title" if there.

    Rows without a text, such as the blank lines of some data sets, are left out.
    """
    try:
        from datasets import load_dataset
    except ImportError:
        raise RealmError(
            f"Reading {str(source)!r} from the Hugging Face hub needs one more package. "
            "Run: pip install datasets"
        ) from None
    name, _, configuration = str(source).partition(":")
    try:
        rows = load_dataset(name, configuration or None, split="train", streaming=True)
        for number, row in enumerate(rows, start=1):
            if "text" not in row:
                raise RealmError(
                    f"{source}, line {number} has no 'text', but {', '.join(row)}. Choose another."
                )
            if row["text"] and not (isinstance(row["text"], str) and row["text"].isspace()):
                yield _document(source, number, row.get("id", number), row.get("title") or "", row["text"])
    except RealmError:
        raise
    except Exception as error:  # the library raises whatever its own libraries raise
        raise RealmError(
            f"The dataset {str(source)!r} could not be read ({reason_of(error)}). "
            "Check its name, and that there is a network; a file on this machine does without one."
        ) from error


READERS: dict[str, Callable[[str | Path], Iterator[Document]]] = {
    "folder": _folder,
    "jsonl": _jsonl,
    "tsv": _tsv,
    "wiki": _wiki,
    "squad": _squad,
    "hub": _hub,
}
