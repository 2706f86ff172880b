"""The pocket world: rebuilt byte for byte, split without leaks, answered by its gold passages."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from data.world import build
from realm_mini.metrics import has_answer

DATA = Path(__file__).parents[1] / "data"
FILES = ("passages.jsonl", "passages.annotations.jsonl", "news.jsonl", "questions.jsonl")


def rows(name):
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def passages():
    return {p["id"]: p for p in rows("passages.jsonl")}


@pytest.fixture(scope="module")
def news():
    return rows("news.jsonl")


@pytest.fixture(scope="module")
def questions():
    return rows("questions.jsonl")


def test_the_world_is_rebuilt_byte_for_byte_whatever_the_hash_seed(tmp_path):
    environment = dict(os.environ, PYTHONHASHSEED="7")
    command = [sys.executable, "-m", "data.world", "--out", str(tmp_path)]
    subprocess.run(command, cwd=DATA.parent, env=environment, check=True, capture_output=True)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), (
            f"{name}: run make world and commit"
        )


def test_there_is_as_much_of_everything_as_promised(passages, news, questions):
    assert 5500 <= len(passages) <= 7500
    assert len(news) >= 25_000
    assert len(questions) >= 12_000
    kinds = Counter(q["kind"] != "named" for q in questions)
    assert kinds[True] / len(questions) > 1 / 3, "too few questions describe instead of naming"
    assert sum(q["unseen_wording"] for q in questions if q["split"] == "test") > 300
    tables = {path.stem for path in (DATA / "facts").glob("*.tsv")}
    assert len(tables) >= 10


def test_no_text_is_there_twice(passages, news, questions):
    for texts in (
        [p["text"].casefold() for p in passages.values()],
        [n["text"].casefold() for n in news],
        [q["question"].casefold() for q in questions],
    ):
        assert len(texts) == len(set(texts))


def test_a_fact_is_asked_in_one_part_only(questions):
    parts: dict[str, set[str]] = {}
    for q in questions:
        parts.setdefault(q["key"], set()).add(q["split"])
    assert all(len(p) == 1 for p in parts.values())


def test_no_training_question_describes_by_a_fact_of_another_part():
    described = 0
    for domain in build.load_domains():
        relations = {r.name: r for r in domain.relations}
        for entity in domain.entities:
            other = [d.text for d in entity.descriptions if not build.only_trained(entity, d.uses)]
            for name in entity.facts:
                if build.split_of(entity.key(name)) != "train" or not relations[name].questions:
                    continue
                for row in build.write_questions(domain, entity, relations[name], build.ASKED_LEAST):
                    described += row["kind"] == "described"
                    assert not any(text in row["question"] for text in other), row["question"]
            assert not any(
                text in row["question"]
                for row in build.write_who(domain, entity)
                if row["split"] == "train"
                for text in other
            )
    assert described > 10_000


def test_wordings_kept_for_the_test_part_are_in_no_other(questions):
    assert all(q["split"] == "test" for q in questions if q["unseen_wording"])


def test_every_question_is_answered_by_its_gold_passages_and_not_by_itself(passages, questions):
    for q in questions:
        assert q["passages"], q
        assert all(has_answer(passages[p]["text"], q["answers"]) for p in q["passages"]), q
        assert not any(
            re.search(rf"(?<!\w){re.escape(a)}(?!\w)", q["question"], re.I) for a in q["answers"]
        ), q


def test_news_states_only_facts_of_x_and_flags_say_so(news, questions):
    told = {key for n in news for key in n["gold"]["keys"]}
    asked = {q["key"]: q["fact_in_x"] for q in questions}
    assert all(flag == (key in told) for key, flag in asked.items())
    share = sum(asked.values()) / len(asked)
    assert 0.55 < share < 0.85, share


def test_gold_spans_are_words_of_their_texts(passages, news):
    for row in rows("passages.annotations.jsonl"):
        text = passages[row["id"]]["text"]
        assert row["spans"] or "/" in row["id"], row["id"]
        for start, end, _ in row["spans"]:
            assert text[start:end].strip() == text[start:end] != ""
    for n in news:
        assert len(n["gold"]["spans"]) == 1
        start, end, key = n["gold"]["spans"][0]
        assert n["text"][start:end].strip() == n["text"][start:end] != ""
        assert key == n["gold"]["keys"][0]


def test_texts_are_clean_english_on_the_surface(passages, news, questions):
    texts = (
        [p["text"] for p in passages.values()]
        + [n["text"] for n in news]
        + [q["question"] for q in questions]
    )
    for text in texts:
        assert not re.search(
            r"\s\s|\.\.(?!\.)|\s[,;:?!]|\s\.(?!\w)|[{}\x00-\x1f]|\b(a|an|the) (a|an|the)\b", text
        ), text
        assert not re.search(r"\ba (?!one\b|once\b|[Ee]u)[aeioAEIO]\w{3,}", text), text
        assert text[0].isupper() or text[0] in "'\"“‘0123456789" or not text[0].isascii(), text
        assert text.rstrip("\"'”’)")[-1] in ".?!", text


def test_a_passage_says_who_it_is_about(passages):
    by_name = [p for p in passages.values() if "/" not in p["id"]]
    named = sum(
        re.sub(r"\s*\(.*\)", "", p["title"]).split(":")[0].split(",")[0].casefold() in p["text"].casefold()
        for p in by_name
    )
    assert named / len(by_name) > 0.7


def test_measured_numbers_in_the_readme_are_those_of_the_data():
    from data.world.hardness import BEGIN, END, measured

    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert BEGIN + readme.split(BEGIN)[1].split(END)[0] + END == measured(), (
        "run python -m data.world.hardness"
    )


def test_bm25_is_neither_helpless_nor_enough():
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    cells = next(line for line in readme.splitlines() if line.startswith("| all test questions")).split("|")
    assert 55 <= float(cells[4]) <= 88
