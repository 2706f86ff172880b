"""All that a run reads, from one folder: passages, news, questions, annotations.  Level 3: no torch."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from realm_mini.corpus import Corpus, Question, Sentence, load_questions, load_sentences
from realm_mini.errors import RealmError, read_jsonl
from realm_mini.masking import Span
from realm_mini.records import SPLITS, digest, identifier, spans_of


@dataclass(frozen=True)
class World:
    """All that a run reads: Z, X, questions, and annotated passages for the tagger only."""

    corpus: Corpus
    news: list[Sentence]
    questions: dict[str, list[Question]] = field(default_factory=dict)
    annotated: dict[str, list[Span]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: str | Path) -> "World":
        """Return the world in ``folder``: passages, news, and questions and annotations if there.

        Raises:
            RealmError: passages.jsonl or news.jsonl is missing, or a line is bad.
        """
        folder = Path(folder)
        questions, annotated = {}, {}
        if (folder / "questions.jsonl").exists():
            questions = {s: load_questions(folder / "questions.jsonl", s) for s in SPLITS}
        if (folder / "passages.annotations.jsonl").exists():
            path = folder / "passages.annotations.jsonl"
            for number, row in read_jsonl(path, ("id", "spans")):
                where = f"{path}, line {number}"
                spans = spans_of(row["spans"], where)
                annotated[identifier(row["id"], where)] = [Span(*span) for span in spans]
        return cls(
            Corpus.from_jsonl(folder / "passages.jsonl"),
            load_sentences(folder / "news.jsonl"),
            questions,
            annotated,
        )

    @cached_property
    def fingerprint(self) -> str:
        """Return a short hash of what training reads (Z, X, training questions, annotations)."""
        questions = self.questions.get("train", [])
        train = [[q.text, *q.answers] for q in questions]
        annotated = {ident: [list(span) for span in spans] for ident, spans in self.annotated.items()}
        read = [self.corpus.fingerprint, [s.text for s in self.news], train, annotated]
        # Named only where there are any, so that runs of before go on.
        if any(origins := [s.origin for s in self.news]):
            read.append({"origins": origins})
        if patterns := [i for i, q in enumerate(questions) if q.has_patterns]:
            read.append({"patterns": patterns})
        return digest(read)

    def part(self, *kinds: str) -> "World":
        """Return the part about ``kinds``, as ids begin with them: ``world.part("element", "body")``.

        News and questions are in it if a gold passage of theirs is; annotations go with their passages.

        Raises:
            RealmError: no passage is of one of these kinds.
        """
        kind_of = {p.id: p.id.split(":")[0] for p in self.corpus if p.id}  # the null document has no id
        present = set(kind_of.values())
        if not kinds or set(kinds) - present:
            unknown = ", ".join(map(repr, sorted(set(kinds) - present))) or "nothing"
            raise RealmError(f"no passages of kind {unknown}; there are {', '.join(sorted(present))}")
        inside = {ident for ident, kind in kind_of.items() if kind in kinds}
        return World(
            Corpus(p for p in self.corpus if p.id in inside),
            [s for s in self.news if inside & set(s.gold.get("passages", ()))],
            {part: [q for q in asked if inside & set(q.passages)] for part, asked in self.questions.items()},
            {ident: spans for ident, spans in self.annotated.items() if ident in inside},
        )
