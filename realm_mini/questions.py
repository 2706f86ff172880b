"""Question sets as the field keeps them, each read as :class:`~realm_mini.records.Question`.

======= ==========================================================================================
kind    what is read
======= ==========================================================================================
own     this package's JSON lines: {"question", "answers", "passages"...}
nq      NQ-open's JSON lines: {"question", "answer": [...]}; also ORQA's WebQuestions in this form
squad   a SQuAD file as open questions: the paragraph is not given, its id is the gold passage
webq    WebQuestions' own JSON: a list of {"utterance", "targetValue"}
trec    CuratedTREC, in NQ-open's form; the answers are regular expressions, ``flags["regex"]``
dpr     DPR's JSON: a list of {"question", "answers", "positive_ctxs"}
======= ==========================================================================================

Files may be packed (.gz, .bz2).  The published files are fetched by their names, see ``SOURCES``.
Level 3: no torch.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from realm_mini import corpus
from realm_mini.download import fetch
from realm_mini.errors import RealmError, read_entries, read_json, read_jsonl, read_lines
from realm_mini.records import Question, identifier, is_text
from realm_mini.sources import squad_paragraphs

QuestionKind = Literal["auto", "own", "nq", "squad", "webq", "trec", "dpr"]
_DESCRIPTION = re.compile(r'\(description (?:"((?:[^"\\]|\\.)*)"|([^\s()]+))\)')


class Source(NamedTuple):
    """Where a published file is, the SHA-256 of its bytes, and what it holds."""

    url: str
    sha256: str
    kind: QuestionKind


_NQ = "https://raw.githubusercontent.com/google-research-datasets/natural-questions/a7a113c9fdc2d9986d624bd43b8a18d6d5779eaa/nq_open/"
_SQUAD = "https://rajpurkar.github.io/SQuAD-explorer/dataset/"
_WEBQ = "https://worksheets.codalab.org/rest/bundles/{}/contents/blob/"
SOURCES: Mapping[str, Source] = {
    "nq-train": Source(
        _NQ + "NQ-open.train.jsonl", "0c93aaf13b12f855628489665e4ef85ffb8573ad444646f11f4fabdc57a0aabf", "nq"
    ),
    "nq-dev": Source(
        _NQ + "NQ-open.dev.jsonl", "f15567f38099f3615f5b8a685c0aef449c11ad90d3da3735e8d1b98115b40616", "nq"
    ),
    "squad-train": Source(
        _SQUAD + "train-v1.1.json",
        "3527663986b8295af4f7fcdff1ba1ff3f72d07d61a20f487cb238a6ef92fd955",
        "squad",
    ),
    "squad-dev": Source(
        _SQUAD + "dev-v1.1.json", "95aa6a52d5d6a735563366753ca50492a658031da74f301ac5238b03966972c9", "squad"
    ),
    "webq-train": Source(
        _WEBQ.format("0x4a763f8cde224c2da592b75f29e2f5c2"),
        "fb1797e4554a1b1be642388367de1379f8c0d5afc609ac171492c67f7b70cb1e",
        "webq",
    ),
    "webq-test": Source(
        _WEBQ.format("0xe7bac352fce7448c9ef238fb0a297ec2"),
        "e3d4550e90660aaabe18458ba34b59f2624857273f375af7353273ce8b84ce6e",
        "webq",
    ),
}


def load_questions(path: str | Path, kind: str = "auto", *, split: str = "") -> list[Question]:
    """Return the questions of a file; ``kind`` "auto" tells it by what the file holds.

    ``split``: keep only those whose line says so, "train" for instance, where one file has several parts.
    CuratedTREC looks like NQ-open: "auto" knows it by "trec" in the file's name.

    Raises:
        RealmError: the file has another form, a question or answer is empty or of a wrong type, or a
            regular expression is none; file and line are named.  Or no question is of the ``split``.
    """
    if kind not in get_args(QuestionKind):
        kinds = ", ".join(get_args(QuestionKind))
        raise RealmError(
            f"kind={kind!r} is not known. Choose one of: {kinds}; for a part of the file, split={kind!r}."
        )
    path = Path(path)
    kind = _kind(path) if kind == "auto" else kind
    if not (found := list(_READERS[kind](path))):
        raise RealmError(f"{path} has no questions. Give a file with some.")
    if split and not (found := [q for q in found if q.flags.get("split") == split]):
        raise RealmError(f'{path} has no question with "split": {split!r}. Check the name.')
    return found


def fetch_questions(name: str, cache: str | Path | None = None) -> list[Question]:
    """Return a published question set: one of ``SOURCES``, downloaded once, checked by its SHA-256.

    Raises:
        RealmError: the name is unknown, there is no network, or other bytes came.
    """
    if name not in SOURCES:
        raise RealmError(
            f"No question set is called {name!r}. Choose one of: {', '.join(SOURCES)}; "
            "of others (CuratedTREC, DPR's) give load_questions the file."
        )
    source = SOURCES[name]
    suffix = ".jsonl" if source.kind == "nq" else ".json"
    return load_questions(fetch(source.url, source.sha256, cache, f"{name}{suffix}"), source.kind)


def _kind(path: Path) -> QuestionKind:
    """Return the kind of a file by its first line, or its first entry."""
    first = next((line for _, line in read_lines(path) if line.strip()), "").strip()
    if first.startswith("["):
        entry = next((value for _, value in read_entries(path)), {})
        return "webq" if isinstance(entry, dict) and "utterance" in entry else "dpr"
    try:
        row = next((row for _, row in read_jsonl(path, ())), {})
    except RealmError:  # one object over many lines, or broken: what reads SQuAD will say so
        row = read_json(path)
    if not isinstance(row, dict):
        raise RealmError(f"{path}, line 1 begins neither a JSON object nor a list. Give a question set.")
    if "data" in row:
        return "squad"
    if "answer" in row:
        return "trec" if "trec" in path.name.lower() else "nq"
    return "own"


def _question(
    where: str, text: object, answers: object, passages: Iterable[str] = (), **flags: object
) -> Question:
    """Return a question made of values from a file.

    Raises:
        RealmError: one of them is empty or has a wrong type.
    """
    if not is_text(text):
        raise RealmError(f"{where} has an empty question, or none. Fill it or drop it.")
    if not isinstance(answers, list) or not answers or not all(map(is_text, answers)):
        raise RealmError(f"{where}: the answers must be a list of one or more strings. Mend it.")
    return Question(text, tuple(dict.fromkeys(answers)), tuple(passages), flags)


def _own(path: Path) -> Iterator[Question]:
    yield from corpus.load_questions(path)


def _nq(path: Path) -> Iterator[Question]:
    for line, row in read_jsonl(path, ("question", "answer")):
        answers = [row["answer"]] if isinstance(row["answer"], str) else row["answer"]
        yield _question(f"{path}, line {line}", row["question"], answers)


def _trec(path: Path) -> Iterator[Question]:
    for line, row in read_jsonl(path, ("question", "answer")):
        where = f"{path}, line {line}"
        answers = [row["answer"]] if isinstance(row["answer"], str) else row["answer"]
        question = _question(where, row["question"], answers, regex=True)
        for answer in question.answers:
            try:
                with warnings.catch_warnings():  # doubtful expressions are none of the user's doing
                    warnings.simplefilter("ignore")
                    re.compile(answer)
            except (re.error, OverflowError, RecursionError) as error:
                raise RealmError(
                    f"{where}: {answer!r} is not a regular expression ({error}). Mend it."
                ) from error
        yield question


def _squad(path: Path) -> Iterator[Question]:
    """Yield the questions that have answers (SQuAD 2 has some that have none)."""
    for place, ident, title, _, asked in squad_paragraphs(path):
        for number, row in enumerate(asked):
            where = f"{place}.qas[{number}]"
            answers = row.get("answers")
            if row.get("is_impossible") is True or answers == []:
                continue
            if not isinstance(answers, list) or not all(isinstance(a, dict) for a in answers):
                raise RealmError(f'{where}: "answers" must be a list of objects. Mend the file.')
            texts = [a.get("text") for a in answers]
            name = identifier(row.get("id", f"{ident}#{number}"), where)
            yield _question(where, row.get("question"), texts, [ident], id=name, title=title)


def _webq(path: Path) -> Iterator[Question]:
    for where, row in read_entries(path):
        value = row.get("targetValue") if isinstance(row, dict) else None
        if not isinstance(value, str):
            raise RealmError(f'{where} has no string "targetValue". Mend the file.')
        answers = [_unescaped(m[1]) if m[1] is not None else m[2] for m in _DESCRIPTION.finditer(value)]
        yield _question(where, row.get("utterance"), answers)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _dpr(path: Path) -> Iterator[Question]:
    for where, row in read_entries(path):
        if not isinstance(row, dict):
            raise RealmError(f"{where} is not a JSON object. Mend the file.")
        contexts: Any = row.get("positive_ctxs", [])
        if not isinstance(contexts, list) or not all(isinstance(c, dict) for c in contexts):
            raise RealmError(f'{where}: "positive_ctxs" must be a list of objects. Mend the file.')
        named = (c.get("passage_id", c.get("psg_id")) for c in contexts)
        passages = [identifier(ident, where) for ident in named if ident is not None]
        yield _question(where, row.get("question"), row.get("answers"), dict.fromkeys(passages))


_READERS: dict[str, Callable[[Path], Iterator[Question]]] = {
    "own": _own,
    "nq": _nq,
    "squad": _squad,
    "webq": _webq,
    "trec": _trec,
    "dpr": _dpr,
}
