"""Question sets of every kind become the same records."""

import bz2
import json
import re

import pytest

from realm_mini import evaluate
from realm_mini.corpus import Corpus
from realm_mini.documents import load_corpus
from realm_mini.errors import RealmError
from realm_mini.metrics import exact_match
from realm_mini.questions import SOURCES, fetch_questions, load_questions
from realm_mini.records import Question

ROWS = [
    ("Where was Orla Venn born?", ["Tarmo"], ["p0"]),
    ('Who made "the bell"?', ["Bram Askel", "B. Askel"], ["p1", "p4"]),
    ("When was Škoda founded?", ["1895"], []),
]


def squad(rows, **more):
    paragraphs = [
        {
            "context": f"A text about {number}.",
            "qas": [
                {"id": f"q{number}", "question": q, "answers": [{"text": x, "answer_start": 0} for x in a]}
            ],
        }
        for number, (q, a, _) in enumerate(rows)
    ]
    return {"version": "1.1", "data": [{"title": "Makers_of", "paragraphs": paragraphs, **more}]}


def lines(rows, key):
    return "".join(json.dumps({"question": q, key: a}) + "\n" for q, a, _ in rows)


def webq(rows):
    def value(answers):
        quoted = (json.dumps(a, ensure_ascii=False) if " " in a else a for a in answers)
        return "(list " + " ".join(f"(description {a})" for a in quoted) + ")"

    return [{"url": "u", "utterance": q, "targetValue": value(a)} for q, a, _ in rows]


def dpr(rows):
    return [
        {
            "question": q,
            "answers": a,
            "positive_ctxs": [{"title": "t", "text": "x", "passage_id": p} for p in z],
        }
        for q, a, z in rows
    ]


FILES = {
    "nq": ("NQ-open.dev.jsonl", lines(ROWS, "answer")),
    "trec": ("CuratedTrec-test.jsonl", lines(ROWS, "answer")),
    "own": (
        "questions.jsonl",
        "".join(json.dumps({"question": q, "answers": a, "passages": z}) + "\n" for q, a, z in ROWS),
    ),
    "squad": ("train-v1.1.json", json.dumps(squad(ROWS))),
    "webq": ("webquestions.examples.train.json", json.dumps(webq(ROWS), indent=1)),
    "dpr": ("nq-dev.json", json.dumps(dpr(ROWS), indent=4)),
}


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("kind", FILES)
def test_every_kind_gives_the_questions_that_were_written(tmp_path, kind, mark, ends):
    name, text = FILES[kind]
    path = tmp_path / name
    path.write_bytes((mark + text.replace("\n", ends)).encode())
    for found in (load_questions(path), load_questions(path, kind)):
        assert [(q.text, list(q.answers)) for q in found] == [(q, a) for q, a, _ in ROWS]
        if kind in ("own", "dpr"):
            assert [list(q.passages) for q in found] == [z for _, _, z in ROWS]
        if kind == "trec":
            assert all(q.flags["regex"] for q in found)


def test_packed_files(tmp_path):
    path = tmp_path / "webquestions.examples.train.json.bz2"
    path.write_bytes(bz2.compress(FILES["webq"][1].encode()))
    assert len(load_questions(path)) == len(ROWS)


def test_squad_becomes_open_questions_whose_gold_is_the_paragraph(tmp_path):
    made = squad(ROWS)
    made["data"][0]["paragraphs"][0]["qas"] += [
        {"id": "none", "question": "Unanswerable?", "answers": [], "is_impossible": True},
        {"id": "two", "question": "Two?", "answers": [{"text": "x"}, {"text": "x"}, {"text": "y"}]},
    ]
    path = tmp_path / "dev-v2.0.json"
    path.write_text(json.dumps(made))
    found = load_questions(path)
    assert [q.flags["id"] for q in found] == ["q0", "two", "q1", "q2"]
    assert found[1].answers == ("x", "y")
    corpus = load_corpus(path)
    assert [corpus[row].text for q in found for row in corpus.gold_rows(q.passages)] == [
        "A text about 0.", "A text about 0.", "A text about 1.", "A text about 2.",
    ]  # fmt: skip


def test_an_answer_may_be_one_string_and_is_kept_once(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"question": "a?", "answer": "x"}\n{"question": "b?", "answer": ["y", "y"]}\n')
    assert [q.answers for q in load_questions(path)] == [("x",), ("y",)]


def test_regular_expressions_are_matched_not_compared(tmp_path):
    path = tmp_path / "trec.jsonl"
    path.write_text(json.dumps({"question": "How high?", "answer": [r"8,?84[89]\s*m(et(er|re)s)?"]}) + "\n")
    (question,) = load_questions(path)
    assert exact_match("8848 metres", question.answers, is_regex=True)
    assert evaluate.score_answers(["8,849 m"], [question])["em"] == 100
    corpus = Corpus.from_texts(["It is 8,848 m high.", "It is high."])
    recall = evaluate.recall_of(evaluate.np.array([[2, 1]]), corpus, [question])
    assert recall.answer == {1: 0.0}


def asked(question):
    return '{"data": [\n{"title": "a", "paragraphs": [{"context": "x", "qas": [' + question + "]}]}]}"


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("nq", '{"question": "a?"}\n', r"q\.json, line 1 has no 'answer'"),
        ("nq", '{"question": " ", "answer": ["x"]}\n', r"q\.json, line 1 has an empty question"),
        ("nq", '\n{"question": "a?", "answer": [5]}\n', r"q\.json, line 2: the answers must be a list of"),
        ("nq", '{"question": "a?", "answer": []}\n', r"q\.json, line 1: the answers must be a list of"),
        ("trec", '{"question": "a?", "answer": ["(x"]}\n', r"line 1: '\(x' is not a regular expression"),
        (
            "trec",
            '{"question": "a?", "answer": ["a{99999999999}"]}\n',
            r"line 1: .* is not a regular expression",
        ),
        ("squad", asked("5"), r"q\.json, line 2, paragraphs\[0\]: \"qas\" must be a list of objects"),
        ("squad", asked('{"question": "q", "answers": ["x"]}'), r'line 2, .*"answers" must be a list of obj'),
        ("squad", asked('{"question": "", "answers": [{"text": "x"}]}'), r"\.qas\[0\] has an empty question"),
        ("webq", '[{"utterance": "a?"}]', r'q\.json, line 1 has no string "targetValue"'),
        (
            "webq",
            '[{"utterance": "a?", "targetValue": "(list)"}]',
            r"q\.json, line 1: the answers must be a list",
        ),
        (
            "dpr",
            '[\n{"question": "a?", "answers": ["x"], "positive_ctxs": {}}]',
            r'line 2: "positive_ctxs" must be a list',
        ),
        (
            "dpr",
            '[{"question": "a?", "answers": ["x"]},\n]',
            r"q\.json, line 2 is not valid JSON \(Trailing comma",
        ),
        ("dpr", '[{"question": "a?", "answers": ["x"]}', r"q\.json, line 1 is not valid JSON"),
        (
            "dpr",
            '[{"question": "a?", "answers": ["x"]}] x',
            r"q\.json, line 1 is not valid JSON \(Extra data",
        ),
        ("dpr", "[]", r"q\.json has no questions"),
        ("auto", "", r"q\.json has no questions"),
        ("auto", '"text"', r"q\.json, line 1 begins neither a JSON object nor a list"),
        ("auto", "{\n]", r"q\.json, line 2 is not valid JSON"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, kind, text, message):
    (tmp_path / "q.json").write_text(text)
    with pytest.raises(RealmError, match=message):
        load_questions(tmp_path / "q.json", kind)


def test_unknown_names(tmp_path):
    with pytest.raises(RealmError, match=r"kind='xml' is not known\. Choose one of: auto, own, nq"):
        load_questions(tmp_path / "q.xml", "xml")
    with pytest.raises(RealmError, match=r"No question set is called 'trivia'\. Choose one of: nq-train"):
        fetch_questions("trivia")


def test_published_sets_are_named_with_address_and_checksum():
    for source in SOURCES.values():
        assert source.url.startswith("https://")
        assert re.fullmatch("[0-9a-f]{64}", source.sha256)
    assert len({s.sha256 for s in SOURCES.values()}) == len(SOURCES)


def test_questions_are_records():
    assert Question("a?", ("x",)) == Question("a?", ("x",), (), {})
