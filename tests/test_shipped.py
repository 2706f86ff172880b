"""The shipped checkpoints: small, whole, and as good as their provenance says."""

import json
from pathlib import Path

import pytest

from realm_mini.corpus import data_path, load_questions
from realm_mini.encoder import Encoder
from realm_mini.evaluate import score_answers
from realm_mini.model import Realm
from realm_mini.reader import Reader
from realm_mini.retriever import Retriever
from realm_mini.weights import load_weights

FOLDER = Path(__file__).parents[1] / "data" / "checkpoints"


@pytest.fixture(scope="module")
def shipped():
    return Realm.from_pretrained()


@pytest.fixture(scope="module")
def provenance():
    return json.loads((FOLDER / "realm" / "provenance.json").read_text(encoding="utf-8"))


def test_checkpoints_are_small_and_say_where_they_come_from(provenance):
    files = [p for p in FOLDER.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) <= 25e6
    assert provenance["command"].startswith("realm-mini train --preset small --seed ")
    assert len(provenance["commit"]) == 12
    assert provenance.keys() >= {"seed", "figures", "versions", "results"}
    assert {p.suffix for p in files} <= {".json", ".safetensors", ".faiss"}
    for stage in ("ict", "warmup", "closed_finetune"):
        own = json.loads((FOLDER / stage / "provenance.json").read_text(encoding="utf-8"))
        assert own["commit"] == provenance["commit"]


def test_the_stages_before_the_last_can_be_loaded(shipped):
    config = shipped.config
    retriever = Retriever(config.retriever, config.encoder, shipped.tokenizer.pad)
    load_weights(retriever, FOLDER / "ict" / "retriever.safetensors")
    for stage in ("warmup", "closed_finetune"):
        load_weights(Reader(config.encoder, shipped.tokenizer.pad), FOLDER / stage / "reader.safetensors")
    assert isinstance(retriever.query_tower, Encoder)


def test_the_final_model_reaches_the_exact_match_it_was_recorded_with(shipped, provenance):
    questions = load_questions(data_path("questions.jsonl"), "test")
    assert len(questions) == provenance["results"]["REALM"]["all"]["count"]
    part = questions[::3]
    found = score_answers([a.answer for a in shipped.answer_many([q.text for q in part])], part)["em"]
    # A third of the questions: its EM has a standard error of about 1.7 points.
    assert found == pytest.approx(provenance["results"]["REALM"]["all"]["em"], abs=5)


def test_probabilities_of_an_answer_add_up(shipped):
    for answer in (
        shipped.ask("Where was Arne Tiselius born?"),
        shipped.fill("Arne Tiselius died in [MASK]."),
    ):
        assert sum(p.p_z for p in answer.passages) + answer.p_null == pytest.approx(1, abs=1e-4)
        assert 0 < answer.p_y <= 1 and answer.answer
