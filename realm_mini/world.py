"""All that a run reads, from one folder: passages, news, questions, annotations.  Level 3: no torch."""

from dataclasses import dataclass, field
from pathlib import Path

from realm_mini.corpus import Corpus, Question, Sentence, load_questions, load_sentences
from realm_mini.errors import read_jsonl
from realm_mini.masking import Span

SPLITS = ("train", "dev", "test")


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
            for _, row in read_jsonl(folder / "passages.annotations.jsonl", ("id", "spans")):
                annotated[row["id"]] = [Span(*span) for span in row["spans"]]
        return cls(
            Corpus.from_jsonl(folder / "passages.jsonl"),
            load_sentences(folder / "news.jsonl"),
            questions,
            annotated,
        )
