"""The shipped checkpoints: small, whole, and as good as their provenance says."""

import json
from pathlib import Path

import pytest

from realm_mini.corpus import data_path, load_questions
from realm_mini.evaluate import score_answers
from realm_mini.model import Realm

FOLDER = Path(__file__).parents[1] / "data" / "checkpoints"


@pytest.fixture(scope="module")
def shipped():
    return Realm.from_pretrained()


@pytest.fixture(scope="module")
def provenance():
    return json.loads((FOLDER / "realm" / "provenance.json").read_text(encoding="utf-8"))


def test_checkpoints_are_small_and_say_where_they_come_from(provenance):
    assert sum(p.stat().st_size for p in FOLDER.rglob("*") if p.is_file()) <= 25e6
    assert provenance.keys() >= {"command", "commit", "seed", "figures", "versions", "results"}
    assert not [p for p in FOLDER.rglob("*") if p.suffix in (".pt", ".pth", ".bin", ".pkl")]
    for stage in ("ict", "warmup", "pretrain", "closed_finetune", "tagger"):
        assert (FOLDER / stage / "provenance.json").exists()


def test_the_final_model_reaches_the_exact_match_it_was_recorded_with(shipped, provenance):
    questions = load_questions(data_path("questions.jsonl"), "test")
    assert len(questions) == provenance["results"]["REALM"]["all"]["count"]
    part = questions[::3]
    found = score_answers([a.answer for a in shipped.answer_many([q.text for q in part])], part)["em"]
    # A third of the questions: its EM has a standard error of about 1.5 points.
    assert found == pytest.approx(provenance["results"]["REALM"]["all"]["em"], abs=5)


def test_probabilities_of_an_answer_add_up(shipped):
    answer = shipped.ask("Where was Arne Tiselius born?")
    assert sum(p.p_z for p in answer.passages) + answer.p_null == pytest.approx(1, abs=1e-4)
    assert 0 < answer.p_y <= 1 and answer.answer
