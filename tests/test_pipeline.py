"""The whole run: it goes on where it was left, and pre-training reads no gold."""

import json
from dataclasses import replace

import pytest

from realm_mini import recipe
from realm_mini.config import ObjectiveConfig, TrainConfig
from realm_mini.corpus import Corpus, Sentence
from realm_mini.errors import RealmError
from realm_mini.masking import Span
from realm_mini.model import Realm
from realm_mini.pipeline import Run
from realm_mini.recipe import SUBSETS, adapt_realm, ship_checkpoints, tabulate, train_all, train_realm


@pytest.fixture
def world(parted_world):
    return parted_world


def losses(run):
    records = [json.loads(line) for line in (run.folder / "log.jsonl").read_text().splitlines()]
    return [(r["stage"], r["step"], r["loss"]) for r in records]


def test_pretraining_gives_the_same_loss_curve_without_any_gold(world, tiny_config, tmp_path):
    bare = replace(world, news=[Sentence(text=s.text) for s in world.news])
    runs = [Run(tmp_path / name, w, tiny_config) for name, w in (("gold", world), ("bare", bare))]
    for run in runs:
        run.pretrain()
    assert losses(runs[0]) == losses(runs[1])
    assert {stage for stage, _, _ in losses(runs[0])} == {"tagger", "ict", "warmup", "pretrain"}


def test_a_run_goes_on_after_the_last_stage_that_finished(world, tiny_config, tmp_path):
    whole = Run(tmp_path / "whole", world, tiny_config)
    whole.pretrain()
    left = Run(tmp_path / "left", world, tiny_config)

    def stop(stage, step, steps):
        if stage == "pretrain":
            raise KeyboardInterrupt

    left.log = stop
    with pytest.raises(KeyboardInterrupt):
        left.pretrain()
    assert not (left.stages / "pretrain").exists()
    again = Run(tmp_path / "left", world, tiny_config)
    again.pretrain()
    ends = [losses(run)[-3:] for run in (whole, again)]
    assert ends[0] == ends[1]
    trained = losses(again)
    again = Run(tmp_path / "left", world, tiny_config)
    again.pretrain()
    assert losses(again) == trained, "finished stages must not run twice"


def test_a_folder_of_another_run_is_refused(world, tiny_config, tmp_path):
    Run(tmp_path, world, tiny_config)
    with pytest.raises(RealmError, match="another configuration or corpus"):
        Run(tmp_path, world, replace(tiny_config, seed=5))
    fewer = [replace(world, news=world.news[:-1])]
    fewer += [replace(world, questions=world.questions | {"train": world.questions["train"][1:]})]
    fewer += [replace(world, annotated={})]
    for other in fewer:
        with pytest.raises(RealmError, match="of other texts or questions"):
            Run(tmp_path, other, tiny_config)
    path = tmp_path / "run.json"
    path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "world"}))
    Run(tmp_path, world, tiny_config)  # begun by a version that did not write it down
    assert json.loads(path.read_text())["world"] == world.fingerprint
    known = json.loads(path.read_text())
    known["config"]["refreshing"]["lag"] = 50
    path.write_text(json.dumps(known))
    Run(tmp_path, world, tiny_config)  # inline looks at no lag, whatever it was by default


def test_training_everything_ends_in_one_table_and_checkpoints(world_folder, tiny_config, tmp_path):
    out, ship = tmp_path / "run", tmp_path / "shipped"
    alone = train_all(out, world_folder, tiny_config, "cpu")
    assert alone.count("\n") == 2 and not (out / "stages" / "closed_pretrain").exists()
    row = json.loads((out / "results.json").read_text())["systems"]
    said = {"command": "realm-mini train", "commit": "abc"}
    table = train_all(out, world_folder, tiny_config, "cpu", ship=ship, compare=True, **said)
    assert table.startswith(alone.splitlines()[0]) and table.endswith(alone.splitlines()[-1])
    assert json.loads((out / "results.json").read_text())["systems"]["REALM"] == row["REALM"]
    for system in ("closed-book", "BM25 + reader", "ICT only", "REALM"):
        assert f"| {system} |" in table
    results = json.loads((out / "results.json").read_text())
    assert results["systems"]["REALM"]["all"]["count"] == 4
    provenance = json.loads((ship / "realm" / "provenance.json").read_text())
    assert provenance["command"] == "realm-mini train" and provenance["commit"] == "abc"
    assert provenance["versions"].keys() >= {"torch", "transformers"}
    for stage in ("ict", "warmup", "closed_finetune"):
        assert list((ship / stage).glob("*.safetensors")) and (ship / stage / "provenance.json").exists()
    whole, half = Realm.from_pretrained(out / "model"), Realm.from_pretrained(ship / "realm")
    question = "Where was Orla Venn born?"
    assert half.ask(question).p_y == pytest.approx(whole.ask(question).p_y, abs=0.02)
    gap = "Orla Venn was born in [MASK]."
    assert half.fill(gap).p_y == pytest.approx(whole.fill(gap).p_y, abs=0.02)


def test_a_table_leaves_out_what_was_not_measured():
    row = {"all": {"count": 2, "em": 50.0, "f1": 50.0}}
    lines = tabulate(
        {"closed-book": row, "REALM": row | {"recall": {"gold": {"1": 0.5, "5": 1.0}}}}
    ).splitlines()
    assert lines[2] == "| closed-book | 50.0 |  |  |  |  |"
    assert lines[3] == "| REALM | 50.0 | 50.0 | 100.0 |  |  |"
    assert "all" in SUBSETS


def test_ten_lines_train_on_ones_own_corpus(corpus, questions, tiny_config):
    with pytest.warns(UserWarning, match="own passage"):
        realm = train_realm(corpus, config=tiny_config)
    assert 0 <= realm.fill("Orla Venn was born in [MASK].").p_y <= 1
    with pytest.raises(RealmError, match="never fine-tuned"):
        realm.ask("Where was Orla Venn born?")
    with pytest.warns(UserWarning, match="own passage"):
        realm = train_realm(corpus, questions=questions, config=tiny_config)
    assert len(realm.ask("Where was Orla Venn born?").passages) == 5


def test_a_tagger_of_ones_own_says_what_is_hidden(world, tiny_config, tmp_path):
    def crafts(text):
        start = text.index(" of ") + 4 if " of " in text else len(text)
        end = next((i for i in range(start, len(text)) if not text[i].isalpha()), len(text))
        return [Span(start, end, "craft")] if start < end else []

    run = Run(tmp_path, world, tiny_config, tagger=crafts)
    stream = run.masked("test", run.news)
    wanted = {text[s.start : s.end] for x in run.news for text in [x.text] for s in crafts(text)}
    assert {next(stream).hidden_text for _ in range(30)} <= wanted
    assert run.tagger is crafts
    with pytest.raises(RealmError, match="of another tagger"):
        Run(tmp_path, world, tiny_config)


def test_a_trained_model_is_adapted_to_other_passages(make_realm, corpus, questions, people, tmp_path):
    """No new wordpieces, no passage embedded by other weights; with questions it learns to answer."""
    start = make_realm()
    start.save_pretrained(tmp_path / "start", {"command": "first"})
    other = Corpus.from_texts([p.body for p in people[:8]])
    filled = adapt_realm(other, start=tmp_path / "start")
    assert len(filled.index) == 8 and not filled.answers_questions
    seen = []
    config = TrainConfig(steps=5, batch=4, lr=5e-3, warmup=1)
    asked = adapt_realm(
        other, questions[:8], start=tmp_path / "start", config=config, log=lambda *step: seen.append(step[0])
    )
    assert seen == ["finetune"] * 5
    assert asked.answers_questions and asked.pretrained is not None
    assert asked.tokenizer.encode("Tarmo").ids.tolist() == start.tokenizer.encode("Tarmo").ids.tolist()
    moved = [
        name
        for name, weight in asked.retriever.doc_tower.state_dict().items()
        if not weight.equal(start.retriever.doc_tower.state_dict()[name])
    ]
    assert moved == [], "the document side is frozen"
    assert asked.ask("Where was Orla Venn born?").answer
    asked.save_pretrained(tmp_path / "asked")
    kept = json.loads((tmp_path / "asked" / "provenance.json").read_text())
    assert kept["start"] == {"command": "first"} and kept["train"]["steps"] == 5 and kept["questions"] == 8


@pytest.mark.parametrize(("span", "size", "k"), [("passage", 24, 6), ("joint", 24, 4), ("joint", 2, 3)])
def test_adapting_has_the_candidates_of_the_form_that_was_trained(
    span, size, k, make_realm, questions, people, tmp_path, monkeypatch
):
    make_realm(objective=ObjectiveConfig(span=span)).save_pretrained(tmp_path)
    seen, finetune = [], recipe.finetune

    def recorded(*args, **kwargs):
        seen.append(kwargs["k"])
        return finetune(*args, **kwargs)

    monkeypatch.setattr(recipe, "finetune", recorded)
    corpus = Corpus.from_texts([p.body for p in people[:size]])
    config = TrainConfig(steps=1, batch=2, lr=1e-3, warmup=0)
    adapt_realm(corpus, questions[:2], start=tmp_path, config=config)
    assert seen == [k]


def test_shipping_needs_only_the_stages_that_were_run(world, tiny_config, tmp_path):
    run = Run(tmp_path / "run", world, tiny_config)
    run.pretrain()
    run.realm.build_index()
    ship_checkpoints(run, tmp_path / "ship", {})
    assert (tmp_path / "ship" / "warmup" / "reader.safetensors").exists()
    assert not (tmp_path / "ship" / "closed_finetune").exists()
