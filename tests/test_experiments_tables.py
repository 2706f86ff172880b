"""Tables are those of the files, facts are exchanged everywhere or not at all, failures sorted by rule."""

import json

import numpy as np
import pytest
import torch

from experiments import failures as wrong
from experiments import scarce
from experiments.bits import pack
from experiments.exchange import editable, exchange, pairs
from experiments.fermat import fermat, fits_pattern, likelihoods
from experiments.results import FOLDER, figures
from experiments.swap import shares
from experiments.tables import TABLES, figure_4, render, table_1, table_2
from realm_mini.answers import Answer, ReadPassage
from realm_mini.config import RealmConfig
from realm_mini.corpus import Corpus, Passage, Question, data_path
from realm_mini.errors import read_json
from realm_mini.masking import Span
from realm_mini.metrics import has_answer
from realm_mini.retriever import Retriever
from realm_mini.streams import masked_held_out
from realm_mini.weights import load_weights
from realm_mini.world import World


@pytest.fixture(scope="module")
def world(corpus, news, people):
    def found(text, part, label):
        return [Span(i, i + len(part), label) for i in range(len(text)) if text.startswith(part, i)]

    annotated = {
        f"p{i}": [
            *found(p.body, p.town, f"p{i}/town"),
            *found(p.body, p.year, f"p{i}/year"),
            *found(p.body, p.craft, f"p{i}/craft"),
        ]
        for i, p in enumerate(people)
    }
    questions = [
        Question(
            f"When was {p.name} born?",
            (p.year,),
            (f"p{i}",),
            {"key": f"p{i}/year", "relation": "people.year", "kind": "named"},
        )
        for i, p in enumerate(people)
    ]
    return World(corpus, news, {"test": questions}, annotated)


# Tables


def test_the_committed_tables_are_those_of_the_committed_files():
    assert TABLES.read_text(encoding="utf-8") == render(FOLDER)


def test_every_figure_of_a_file_is_that_of_its_bits():
    for path in FOLDER.glob("*.json"):
        for part in json.loads(path.read_text(encoding="utf-8")).get("parts", {}).values():
            assert part["figures"] == figures(part), path


def result(name, hits, order, held=None, **row):
    bits = {str(s): {"em": pack(h), "zero_gold": pack(h), "zero_answer": pack(h)} for s, h in enumerate(hits)}
    part = {"count": len(hits[0]), "asked": "x", "subsets": {}, "bits": bits}
    part["figures"] = figures(part)
    how = {"weights": 1_500_000, "core_minutes": {"whole": 12.0, "own": 3.0}}
    if held:
        probes = {"step": [0, 100], "utility": [1.0, held], "p_null": [0.5, 0.1]}
        how["pretraining"] = {"probes": probes, "held_out": {"utility": held, "log_p_y": -(held**2)}}
    row = {"title": name, "tables": [1, 2], "order": order, "paper": {}} | row
    return {"name": name, "row": row, "parts": {"dev": part}, "seeds": dict.fromkeys(bits, how)}


def test_tables_show_what_the_files_say():
    found = {
        "realm": result("realm", [[1, 1, 1, 0] * 50] * 2, 0, held=3.0, paper={"em": 38.2, "recall": 38.5}),
        "mask-uniform": result("uniform", [[1, 0, 0, 0] * 50] * 2, 1, held=2.0),
    }
    one, two, four = table_1(found), table_2(found), figure_4(found)
    assert "| realm | 1.50 | 75.0 (" in one and "38.2" in one
    assert "| realm | 75.0 (" in two and "38.2 / 38.5" in two and "| 12 |" in two
    assert "| uniform | 25.0 (" in two and "| -50.0 (" in two
    assert "| salient | 1.00 | 3.00 |" in four and "| uniform | 1.00 | 2.00 |" in four
    assert (
        "Over 4 runs" in four and "| retrieval utility | 1.00" in four and "| log-likelihood | -1.00" in four
    )
    assert figure_4({}) == table_1({}) == table_2({}) == ""


# Table 3


def test_likelihoods_are_those_of_one_model_and_the_rule_is_a_rule(make_realm, world):
    realm = make_realm()
    masked = masked_held_out(world, realm.config.seed, realm.tokenizer, realm.collator)
    assert len(masked) == 2
    for found in likelihoods(realm, masked):
        assert found["all"] <= max(found["null"], found["best"]) + 1e-5 and 0 < found["p_z"] < 1
        assert found["row"] > 0
    made = fermat(realm, world)
    assert made["texts"] == 2 and made["fitting"] == 0 and "sentence" not in made
    assert fits_pattern({"null": -20.0, "best": -0.01, "all": -1.0})
    for change in ({"null": -2.0}, {"best": -1.0}, {"all": -0.1}, {"all": -9.0}):
        assert not fits_pattern({"null": -20.0, "best": -0.01, "all": -1.0} | change)


# Table 4


def test_facts_are_exchanged_wherever_they_stand(world, people):
    able = editable(world, world.questions["test"])
    assert len(able) == len(people)
    chosen = pairs(able, 7)
    assert len(chosen) == 3 and len({q.text for pair in chosen for q in pair}) == 6
    passages, asked = exchange(world, chosen)
    assert len(passages) == len(asked) == 6
    by_id = {p.id: p for p in passages}
    for e in asked:
        text = by_id[e.question.passages[0]].text
        assert has_answer(text, [e.new]) and not has_answer(text, e.old)
        before = world.corpus[world.corpus.row(e.question.passages[0])].text
        assert text == before.replace(e.old[0], e.new)
    assert pairs(able, 7) == chosen and pairs(able, 7, seed=1) != chosen


def test_a_fact_told_elsewhere_in_the_passage_is_left_alone(world):
    first = world.questions["test"][0]
    year = first.answers[0]
    texts = [
        Passage("p0", "t", f"{world.corpus[1].text} A plaque of {year} hangs there."),
        *list(world.corpus)[2:],
    ]
    left = editable(World(Corpus(texts), world.news, {}, world.annotated), world.questions["test"])
    assert first not in left and len(left) == len(world.questions["test"]) - 1
    other_side = {**world.annotated, "p5": [*world.annotated["p5"], Span(0, 4, "p0/year")]}
    assert first not in editable(World(world.corpus, world.news, {}, other_side), [first])


def test_shares_add_up(world):
    _, asked = exchange(world, pairs(editable(world, world.questions["test"]), 4))
    said = [asked[0].new, asked[1].old[0], "else", asked[3].new]
    found = shares(said, asked)
    assert [found[k]["mean"] for k in ("new", "old", "neither")] == [50, 25, 25]
    assert shares(said, asked, [True, False, False, True])["new"]["mean"] == 100
    assert shares(said, asked, [False] * 4)["new"] is None


# Error analysis


def answer(said, *read):
    passages = tuple(ReadPassage(i, i, text, 0.5, own, 0.9) for i, text, own in read)
    return Answer("?", said, 0.5, passages, 0.0)


def test_failures_are_sorted_by_the_first_rule_that_fits(world, people):
    question = world.questions["test"][0]
    year, other = people[0].year, people[3]
    readings = wrong.Readings(world)

    def sort(said, *read):
        return wrong.sort_of(answer(said, *read), question, readings)

    gold = ("p0", people[0].body, "nonsense")
    assert sort(f"in {year}") == ("normalisation", "too long")
    assert sort("nonsense", ("p3", other.body, "x")) == ("retrieval miss", "no passage read holds it")
    assert sort("nonsense", ("p3", f"{year}", "x"))[1] == "another passage read holds the answer"
    assert sort("nonsense", gold) == ("reading miss", "something else")
    assert (
        sort("nonsense", ("p0", people[0].body, year))[1] == "right in the gold passage, outvoted by others"
    )
    assert sort(people[0].town, gold)[1] == "another fact of the gold passage"
    assert sort(other.year, gold, ("p3", other.body, "x"))[1] == "the same relation of another subject"
    twin = Question(question.text, ("1999",), ("p9",), question.flags | {"key": "p9/year"})
    asked = {"test": [*world.questions["test"], twin]}
    readings = wrong.Readings(World(world.corpus, world.news, asked, world.annotated))
    assert sort("1999", gold) == ("ambiguous", "another reading")
    namesake = Corpus([*list(world.corpus)[1:], Passage("p99", people[0].name, "Born in 1999.")])
    for label, kind in (("p99/year", "ambiguous"), ("p98/year", "reading miss")):
        told = {**world.annotated, "p99": [Span(8, 12, label)]}
        readings = wrong.Readings(World(namesake, world.news, world.questions, told))
        assert sort("1999", gold)[0] == kind, "only a passage about another subject of that name counts"


def test_all_answers_are_counted_once(realm, world):
    found = wrong.failures(realm, world, "test")
    assert sum(found["counts"].values()) == found["questions"] == 24
    sums = {k: sum(d.values()) for k, d in found["details"].items()}
    assert sums == {k: found["counts"][k] for k in wrong.KINDS}
    assert np.sum([list(c.values()) for c in found["by kind of question"].values()]) == 24


# Few questions


def test_both_systems_learn_the_same_questions_from_their_shipped_start(monkeypatch):
    world = World.load(data_path("passages.jsonl").parent).part("element")
    monkeypatch.setattr(scarce, "STEPS", {20: 2})
    found = scarce.scarce(world)
    (row,) = found["rows"]
    assert (row["questions"], row["steps"], found["count"]) == (20, 2, len(world.questions["dev"]))
    scores = [row[name][key] for name in scarce.SYSTEMS for key in ("em", "recall@5")]
    assert all(0 <= s["low"] <= s["mean"] <= s["high"] <= 100 for s in scores)
    ours, theirs = (row[name]["em"]["mean"] for name in scarce.SYSTEMS)
    assert row["apart"]["mean"] == pytest.approx(ours - theirs, abs=0.02)

    model = scarce.trained("ICT only", world.questions["train"][:20], 2, world, "cpu")
    config = RealmConfig.from_dict(read_json(data_path("checkpoints/realm/config.json"))["config"])
    start = Retriever(config.retriever, config.encoder, model.tokenizer.pad)
    load_weights(start, data_path("checkpoints/ict/retriever.safetensors"))
    for name, weight in start.doc_tower.state_dict().items():
        assert torch.equal(weight, model.retriever.doc_tower.state_dict()[name]), "documents stand still"
    moved = zip(start.query_tower.parameters(), model.retriever.query_tower.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in moved)
