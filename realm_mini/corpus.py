"""Passages, news and questions: the records, the corpus Z, and how files become them.

Row 0 of every corpus is the null document, an empty passage that absorbs the credit of sentences
that need no retrieval (section 3.4).  Level 2: no torch.
"""

import hashlib
import importlib.util
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path

from realm_mini.errors import RealmError, many, read_jsonl
from realm_mini.pages import read_folder
from realm_mini.records import (
    NULL,
    Located,
    Passage,
    Question,
    Sentence,
    checked,
    composed,
    hashed,
    identifier,
    is_text,
    spans_of,
    unique,
    usual_text,
)
from realm_mini.text import blocks, split_sentences

NULL_ROW = 0


class Corpus(Sequence[Passage]):
    """The knowledge corpus Z: an ordered, immutable list of passages with the null in row 0.

    >>> corpus = Corpus.from_texts(["Paris is a city.", "Lyon too."])
    >>> len(corpus), corpus[0].text, corpus[2].text, corpus.row("1")
    (3, '', 'Lyon too.', 1)
    """

    def __init__(self, passages: Iterable[Passage]) -> None:
        """Check the passages and number them from row 1 on.

        Raises:
            RealmError: there is none, an id is empty or used twice, or a text is empty.
        """
        self._passages = [NULL, *passages]
        self._rows: dict[str, int] = {}
        for row, passage in enumerate(self._passages[1:], start=1):
            if not isinstance(passage, Passage):
                raise RealmError(f"{passage!r:.60} is no Passage. Of plain texts: Corpus.from_texts.")
            if not passage.id.strip():
                raise RealmError(f"Passage {row} has an empty id. Give each passage an id of its own.")
            if passage.id in self._rows:
                raise RealmError(
                    f"Passages {self._rows[passage.id]} and {row} have the same id {passage.id!r}. "
                    "Make ids unique."
                )
            if not passage.text.strip():
                raise RealmError(f"Passage {passage.id!r} has an empty text. Remove it or give it a text.")
            self._rows[passage.id] = row
        if len(self._passages) == 1:
            raise RealmError("The corpus has no passages. Give at least one.")

    def __len__(self) -> int:
        """Return the number of rows, the null document included."""
        return len(self._passages)

    def __getitem__(self, row: int | slice) -> Passage | list[Passage]:  # type: ignore[override]
        return self._passages[row]

    def __iter__(self) -> Iterator[Passage]:
        return iter(self._passages)

    def row(self, ident: str) -> int:
        """Return the row of the passage with this id.

        Raises:
            RealmError: there is none.
        """
        try:
            return self._rows[ident]
        except KeyError:
            raise RealmError(f"No passage has the id {ident!r}. Check the id against the corpus.") from None

    def gold_rows(self, idents: Iterable[str]) -> list[int]:
        """Return the rows of the ids that the corpus has; others are left out."""
        return [self._rows[i] for i in idents if i in self._rows]

    @cached_property
    def fingerprint(self) -> str:
        """Return a short hash of all ids, titles and texts, in order."""
        digest = hashlib.sha256()
        for p in self._passages:
            digest.update(hashed(p))
        return digest.hexdigest()[:16]

    @cached_property
    def _twins(self) -> dict[str, list[int]]:
        rows = defaultdict(list)
        for row, passage in enumerate(self._passages[1:], start=1):
            rows[usual_text(passage)].append(row)
        return rows

    def banned_rows(self, origin: str) -> frozenset[int]:
        """Return the rows that a sentence from passage ``origin`` must not retrieve (section 3.4).

        These are the passage itself and any that repeat its text: a copy would leak as well.
        """
        if not origin:
            return frozenset()
        return frozenset(self._twins[usual_text(self._passages[self.row(origin)])])

    def sentences(self) -> list[Sentence]:
        """Return the sentences of all passages, each with its origin: X = Z."""
        return [
            Sentence(text=p.text[a:b], origin=p.id)
            for p in islice(self, 1, None)
            for a, b in split_sentences(p.text)
        ]

    @classmethod
    def from_texts(cls, texts: Iterable[str], titles: Iterable[str] | None = None) -> "Corpus":
        """Return a corpus of plain strings; ids are "1", "2", and so on."""
        texts = many(texts, "texts")
        names = [""] * len(texts) if titles is None else many(titles, "titles")
        if bad := next((t for t in (*texts, *names) if not isinstance(t, str)), None):
            raise RealmError(
                f"Texts and titles are strings, not {bad!r:.40}. Leave it out or write it as one."
            )
        if len(names) != len(texts):
            raise RealmError(f"There are {len(texts)} texts and {len(names)} titles. Give one title a text.")
        return cls(
            Passage(id=str(i), title=composed(n), text=composed(t))
            for i, (n, t) in enumerate(zip(names, texts, strict=True), start=1)
        )

    @classmethod
    def from_jsonl(cls, path: str | Path) -> "Corpus":
        """Return the passages of a JSON-lines file with "id" and "text", and "title" if given.

        Raises:
            RealmError: the file or one of its lines is bad; file and line are named.
        """
        return cls(unique(passages_of(Path(path))))

    @classmethod
    def from_folder(cls, folder: str | Path, max_words: int = 100) -> "Corpus":
        """Return the .txt, .md and .html files below ``folder``, cut into passages.

        Whole sentences are gathered up to ``max_words`` words a passage; the title is that of the page,
        or the file's name.  :func:`~realm_mini.documents.load_corpus` reads more kinds and can count
        wordpieces, 288 as in section 4.3.

        Raises:
            RealmError: there is no such folder, no such file in it, or a file is not UTF-8.
        """
        return cls(
            Passage(id=f"{name}#{number}", title=composed(title), text=composed(text))
            for name, title, paragraphs in read_folder(Path(folder))
            for number, text in enumerate(blocks(paragraphs, max_words), start=1)
        )


def passages_of(path: Path) -> Iterator[Located]:
    """Yield the passages of a JSON-lines file, one in memory at a time; see :meth:`Corpus.from_jsonl`."""
    for number, row in read_jsonl(path, ("id", "text")):
        yield checked(path, number, row["id"], row.get("title", ""), row["text"])


def load_sentences(path: str | Path) -> list[Sentence]:
    """Return the texts of a JSON-lines file with "text", and "gold" where it is given."""
    found = []
    for number, row in read_jsonl(Path(path), ("text",)):
        if not is_text(row["text"]):
            raise RealmError(f"{path}, line {number} has an empty text. Fill it or drop the line.")
        where = f"{path}, line {number}"
        origin, gold = identifier(row.get("origin", ""), where), row.get("gold", {})
        if not isinstance(gold, dict) or not isinstance(gold.get("passages", []), list):
            raise RealmError(f'{where}: "gold" must be an object, its "passages" a list. Mend the line.')
        spans = spans_of(gold.get("spans", []), where)
        text = row["text"] if spans else composed(row["text"])  # spans count characters as they are
        found.append(Sentence(text=text, origin=origin, gold=gold))
    return found


def load_questions(path: str | Path, split: str = "") -> list[Question]:
    """Return the questions of a JSON-lines file with "question" and "answers".

    ``split``: keep only the lines whose "split" says so.  Question sets in other forms are read by
    :func:`realm_mini.questions.load_questions`.
    """
    found = []
    for number, row in read_jsonl(Path(path), ("question", "answers")):
        where, answers = f"{path}, line {number}", row["answers"]
        if not is_text(row["question"]):
            raise RealmError(f"{where} has an empty question. Fill it or drop the line.")
        if not isinstance(answers, list) or not answers or not all(map(is_text, answers)):
            raise RealmError(f'{where}: "answers" must be a list of one or more strings. Mend the line.')
        passages = row.get("passages", [])
        if not isinstance(passages, list):
            raise RealmError(f'{where}: "passages" must be a list of ids. Mend the line.')
        if split and row.get("split") != split:
            continue
        flags = {k: v for k, v in row.items() if k not in ("question", "answers", "passages")}
        found.append(
            Question(
                text=row["question"],
                answers=tuple(answers),
                passages=tuple(identifier(ident, where) for ident in passages),
                flags=flags,
            )
        )
    if split and not found:
        warnings.warn(f"{path} has no question with split {split!r}.", stacklevel=2)
    return found


SHIPPED = "checkpoints/realm"


def data_path(name: str) -> Path:
    """Return where a file of the pocket world lies: inside the installed package or the checkout.

    ``results/NAME.json``, what an experiment measured on it, is found as well.

    Raises:
        RealmError: it is in neither place.
    """
    spec = importlib.util.find_spec("realm_mini")
    package = Path(spec.origin).parent if spec and spec.origin else Path(__file__).parent
    for folder in (package / "_data", package.parent / "data", package.parent / "experiments"):
        if (folder / name).exists():
            return folder / name
    raise RealmError(
        f"The pocket world's {name!r} was not found. Install realm_mini again, or run make world."
    )


def pocket_fingerprint() -> str:
    """Return the fingerprint of the pocket world's corpus, "" where it is not installed."""
    try:
        return Corpus.from_jsonl(data_path("passages.jsonl")).fingerprint
    except RealmError:
        return ""


def shipped() -> Path:
    """Return the folder of the trained model that comes with the package.

    Raises:
        RealmError: this version has none.
    """
    try:
        return data_path(SHIPPED)
    except RealmError:
        raise RealmError(
            "No trained model comes with this version. Train one (make train) and name it with --run."
        ) from None
