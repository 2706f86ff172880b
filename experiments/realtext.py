"""Real text: SQuAD's paragraphs as a corpus, its questions asked without their paragraph.

The texts come from a folder of the user's and stay there.  What is written down of them are counts and one
bit a question.  A paragraph is cut into blocks that the reader can take; the gold passages of a question are
the blocks of its paragraph that hold the answer.  Articles are dealt out whole to train, dev and test, so
that no test question is on an article that training asked about.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.shared import Given
from realm_mini.config import RealmConfig
from realm_mini.corpus import Corpus, Passage, Question, Sentence
from realm_mini.documents import stream_passages
from realm_mini.errors import RealmError
from realm_mini.fit import rng_for
from realm_mini.masking import tag_dates, union
from realm_mini.metrics import has_answer
from realm_mini.names import NameTagger, rare
from realm_mini.questions import load_questions
from realm_mini.records import digest
from realm_mini.text import Tokenizer, split_sentences
from realm_mini.world import SPLITS, World

SQUAD, PARAGRAPHS, QUESTIONS, LEADS = "train-v1.1.json", "squad_corpus_train", "squad_qa_train", "wiki_leads"
NEEDED = (
    f"{SQUAD} from https://rajpurkar.github.io/SQuAD-explorer/, or the same as {PARAGRAPHS}.jsonl (id, "
    f"title, text) and {QUESTIONS}.jsonl (question, answers, doc_id); for the row leads also {LEADS}.jsonl "
    "(id, title, text), the beginnings of Wikipedia's articles, from https://dumps.wikimedia.org "
    "by WikiExtractor"
)
LONGEST_ANSWER = 5  # words, as in the paper's choice of questions (section 4.1)
LEAST, MOST = 2, 50  # paragraphs: what stands in fewer or more of them is not hidden
DEAL = 0  # the seed that deals out the articles: the same questions for all seeds of a row


@dataclass(frozen=True)
class RealText:
    """What a folder holds: where its paragraphs are, these paragraphs whole, questions on them, and leads."""

    path: Path
    kind: str
    paragraphs: list[Passage]
    questions: list[Question]
    leads: list[Passage]


def read_folder(folder: Path | None) -> RealText:
    """Return the texts of a folder; each file may be packed (.gz, .bz2).

    Raises:
        RealmError: no folder is given, a file is missing or bad, or a question's paragraph is not there.
    """
    if folder is None:
        raise RealmError(f"Real text comes from a folder of yours. Name it with --data; it needs {NEEDED}.")
    if (whole := _found(folder, SQUAD)) is not None:
        path, kind, questions = whole, "squad", load_questions(whole, "squad")
    else:
        path, asked = _found(folder, f"{PARAGRAPHS}.jsonl"), _found(folder, f"{QUESTIONS}.jsonl")
        if path is None or asked is None:
            raise RealmError(f"{folder} does not hold what is needed: {NEEDED}.")
        kind, questions = "jsonl", [_with_paragraph(q, asked) for q in load_questions(asked, "own")]
    paragraphs = list(stream_passages(path, kind))
    known = {p.id for p in paragraphs}
    if lost := next((q for q in questions if not known & set(q.passages)), None):
        raise RealmError(
            f"{path} has no paragraph {lost.passages[0]!r}, which a question names. Give both files."
        )
    leads = _found(folder, f"{LEADS}.jsonl")
    return RealText(
        path,
        kind,
        paragraphs,
        [q for q in questions if min(len(a.split()) for a in q.answers) <= LONGEST_ANSWER],
        list(stream_passages(leads, "jsonl")) if leads else [],
    )


def _found(folder: Path, name: str) -> Path | None:
    return next((p for end in ("", ".gz", ".bz2") if (p := folder / f"{name}{end}").exists()), None)


def _with_paragraph(question: Question, path: Path) -> Question:
    if "doc_id" not in question.flags:
        raise RealmError(f"{path}: a question has no 'doc_id'. Each line needs: question, answers, doc_id.")
    return Question(question.text, question.answers, (str(question.flags["doc_id"]),))


def deal(titles: Iterable[str]) -> dict[str, str]:
    """Return for each title whether its questions are for train, dev or test; a tenth each for dev and test.

    >>> sorted(deal(["Oslo", "Bergen", "Moss"]).values())
    ['dev', 'test', 'train']

    Raises:
        RealmError: there are fewer than three titles.
    """
    names = sorted(set(titles))
    if len(names) < len(SPLITS):
        raise RealmError(
            f"{len(names)} articles cannot be dealt out to train, dev and test. Give three or more."
        )
    order = rng_for(DEAL, "titles").permutation(len(names)).tolist()
    tenth = max(1, len(names) // 10)
    return {
        names[number]: "dev" if place < tenth else "test" if place < 2 * tenth else "train"
        for place, number in enumerate(order)
    }


def prepare(texts: RealText, config: RealmConfig) -> tuple[World, Given]:
    """Return the blocks and questions as a world, and the tokenizer and tagger that these texts give.

    News are the sentences of the leads, if there are any; the sentences of the blocks are X as well (texts =
    "corpus" in a row).  Salient are dates and names that stand in few paragraphs, but not in one alone.
    """
    part_of = deal(p.title for p in texts.paragraphs)
    title_of = {p.id: p.title for p in texts.paragraphs}
    dealt: dict[str, list[Question]] = {split: [] for split in SPLITS}
    for question in texts.questions:
        dealt[part_of[title_of[question.passages[0]]]].append(question)

    written = [*(f"{p.title} {p.text}" for p in texts.paragraphs), *(p.text for p in texts.leads)]
    tokenizer = Tokenizer.train([*written, *(q.text for q in dealt["train"])], config.encoder.vocab)
    blocks = list(stream_passages(texts.path, texts.kind, tokenizer=tokenizer, size=config.lengths.dlen))
    parts_of: dict[str, list[Passage]] = {}
    for block in blocks:
        parts_of.setdefault(block.id.rpartition("#")[0], []).append(block)
    questions = {split: [_gold(q, parts_of[q.passages[0]]) for q in asked] for split, asked in dealt.items()}

    paragraphs = [p.text for p in texts.paragraphs]
    names = NameTagger([*paragraphs, *(p.text for p in texts.leads)])
    tagger = rare(union(tag_dates, names), paragraphs, MOST, LEAST)
    mark = digest([tokenizer.backend.to_str(), "names and dates", LEAST, MOST])
    world = World(Corpus(blocks), _sentences(texts.leads), questions)
    return world, Given(tokenizer, tagger, mark)


def _gold(question: Question, blocks: list[Passage]) -> Question:
    """Return the question with the blocks of its paragraph that hold an answer; all, where none does."""
    held = tuple(b.id for b in blocks if has_answer(b.text, question.answers))
    return replace(question, passages=held or tuple(b.id for b in blocks))


def _sentences(passages: Iterable[Passage]) -> list[Sentence]:
    return [Sentence(p.text[start:end]) for p in passages for start, end in split_sentences(p.text)]
