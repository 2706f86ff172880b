"""The machinery of the tables: rows, shared stages, result files, intervals, resuming."""

import json
from dataclasses import replace

import numpy as np
import pytest

from experiments import systems
from experiments.bits import answer_found, gold_found, pack, subsets, unpack
from experiments.bootstrap import correlation, interval
from experiments.keys import PARENTS, READS, stage_keys
from experiments.results import FOLDER, Results, difference, figures, table_of
from experiments.rows import FOLDER as ROWS
from experiments.rows import PRESETS, REAL_ROWS, Row, changed, grid, load_row, load_rows
from experiments.run import run_row
from experiments.shared import Store, adopt
from experiments.sizes import SIZES
from experiments.systems import last_stage, stages_of
from realm_mini.corpus import Corpus, Question
from realm_mini.errors import RealmError, read_json, write_json
from realm_mini.pipeline import Run
from realm_mini.world import World


@pytest.fixture(scope="module")
def world(corpus, news, questions, people):
    from realm_mini.masking import Span

    annotated = {
        f"p{i}": [Span(p.body.index(p.town), p.body.index(p.town) + len(p.town), "town")]
        for i, p in enumerate(people)
    }
    flagged = [replace(q, flags={"fact_in_x": i % 2 == 0}) for i, q in enumerate(questions)]
    # Few texts would leave none to hold out for the probes.
    return World(
        corpus, news, {"train": flagged[:16], "dev": flagged[16:20], "test": flagged[20:]}, annotated
    )


@pytest.fixture
def do(world, tiny_config, tmp_path):
    """Return a function that runs a row in a folder of its own and returns its result file."""

    def run(row, seed=0, folder="a", **kwargs):
        kwargs = {"base": tiny_config, "preset": "tiny", "split": "dev"} | kwargs
        results = tmp_path / folder / "results"
        run.did = run_row(row, seed, world, runs=tmp_path / folder, results=results, **kwargs)
        return json.loads((results / f"{row.name}.json").read_text())

    return run


REALM = Row(name="realm", title="REALM")
UNIFORM = Row(name="uniform", title="Uniform", start="base", changes={"objective.mask": "uniform"})
ORQA = Row(name="orqa", title="ORQA", weights=("ict", "warmup"))


def comparable(found):
    """What must not depend on whether a stage was trained here or found: all but costs and commands."""
    seeds = {
        s: {k: how[k] for k in ("weights", "pretraining") if k in how} for s, how in found["seeds"].items()
    }
    return found["parts"], seeds


# Rows


def test_every_row_is_a_configuration_that_can_be_made():
    rows = load_rows()
    assert {r.name for r in rows} >= {"realm", "baseline", "mask-uniform", "stale", "closed-16m", "k-16"}
    base = grid()
    configs = {}
    for row in rows:
        config = row.config(base, 3)
        assert config.seed == row.started(base, 3).seed == 3
        mark = json.dumps(
            [config.to_dict(), row.started(base, 3).to_dict(), row.texts, row.system, row.weights]
        )
        assert mark not in configs, f"{row.name} is the same as {configs.get(mark)}"
        configs[mark] = row.name
    wanted = {r.name: r.seeds for r in rows}
    assert all(wanted[name] >= 5 for name in ("realm", "baseline", "mask-uniform", "stale"))
    assert all(seeds >= 3 for seeds in wanted.values() if seeds), "0: a trial, run only when it is named"


def test_a_bad_row_says_what_is_wrong(tmp_path, tiny_config):
    for key, value, said in (
        ("search.nul", False, "no value 'search.nul'"),
        ("search", 1, "no value 'search'"),
        ("search.null", 0, "cannot be 0"),
        ("objective.mask", "all", "not known"),
    ):
        with pytest.raises(RealmError, match=said):
            changed(tiny_config, {key: value}, "row")
    for text, said in (
        ("title = ", "is not TOML"),
        ('title = "a"\nsed = 1', "unknown key 'sed'"),
        ("seeds = 1", "no title"),
        ('title = "a"\nsystem = "bm25"', "system='bm25' is not known"),
        ('title = "a"\nweights = ["warmup", "ict"]', "weights="),
    ):
        (tmp_path / "bad.toml").write_text(text)
        with pytest.raises(RealmError, match=said):
            load_row("bad", tmp_path)
    with pytest.raises(RealmError, match="no row 'none'"):
        load_row("none", tmp_path)


# Keys


def test_a_key_changes_with_what_its_stage_reads_and_with_nothing_else(tiny_config):
    def differing(changes, start="own", texts="news", **kwargs):
        config = changed(tiny_config, changes, "row")
        keys = stage_keys(config, config if start == "own" else tiny_config, texts, "w")
        plain = stage_keys(tiny_config, tiny_config, "news", "w")
        return {stage for stage in keys if keys[stage] != plain[stage]}

    fine = {"finetune", "ict_finetune", "retriever_finetune", "reader_finetune", "bm25_finetune"}
    joint = {"pretrain", "finetune", "retriever_finetune", "reader_finetune", "bm25_finetune"}
    closed = {"closed_pretrain", "closed_finetune"}
    assert differing({}) == set()
    assert differing({"seed": 1}) == set(READS)
    assert differing({"search.k": 3}) == joint
    assert differing({"search.questions_k": 3}) == fine
    assert differing({"objective.span": "joint"}) == fine
    assert differing({"refreshing.factor": 30}) == joint
    refreshed = {"refreshing.questions": 200}
    assert differing(refreshed) == fine - {"bm25_finetune"}, "BM25 has nothing that could be refreshed"
    assert differing({"objective.mask": "uniform"}) == joint | closed | {"warmup", "ict_finetune"}
    assert differing({"objective.mask": "uniform"}, start="base") == joint | closed
    assert differing({"stages.ict.steps": 0}) == joint | {"ict", "ict_finetune"}
    assert differing({"stages.closed_finetune.lr": 0.1}) == {"closed_finetune"}
    assert differing({}, texts="corpus") == joint | closed | {"warmup", "ict_finetune"}
    assert differing({"encoder.layers": 2}) == set(READS)
    assert differing({"encoder.layers": 2}, start="base") == set(READS) - {"tagger"}
    assert list(READS) == list(PARENTS)


def test_every_choice_is_read_by_some_stage(tiny_config):
    def keys(changes):
        config = changed(tiny_config, changes, "row")
        return stage_keys(config, config, "news", "w")

    def leaves(values, path=""):
        for name, value in values.items():
            if isinstance(value, dict):
                yield from leaves(value, f"{path}{name}.")
            else:
                yield f"{path}{name}", value

    other = {"modernbert": "bert", "mean": "cls", "mixed": "dense", "salient": "span", "whole": "token"}
    other |= {"passage": "joint", "inline": "background", "Flat": "SQfp16", "": "folder"}
    other |= {"heads": 4, "jlen": 104, "lr": 0.1}
    checked = 0
    for key, value in leaves(tiny_config.to_dict()):
        name = key.rpartition(".")[2]
        if isinstance(value, bool):
            new = not value
        elif isinstance(value, str):
            new = other[value]
        else:
            new = other.get(name, 2 * value or 1)
        counts = {"refreshing.mode": "background"} if key == "refreshing.lag" else {}  # where it is looked at
        assert keys(counts | {key: new}) != keys(counts), f"{key} is forgotten"
        checked += 1
    assert checked > 70
    for also in ({}, {"refreshing.questions": 200}):
        assert keys(also | {"refreshing.lag": 7}) == keys(also), "inline it is not looked at"


OF_ROWS = [path for path in sorted(FOLDER.rglob("*.json")) if "config" in read_json(path)]


@pytest.mark.parametrize("path", OF_ROWS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_row_can_add_to_the_file_that_is_there(path):
    """A default that changes must not make the figures of before those of another configuration."""
    written, real = read_json(path), path.parent != FOLDER
    row = load_row(path.stem, REAL_ROWS if real else ROWS)
    base = SIZES[written["preset"]]() if real else PRESETS[written["preset"]]()
    assert Results(row, row.config(base, 0).to_dict(), written["preset"], path.parent).has(0, "dev")


def test_a_row_depends_on_its_stages_and_their_parents():
    assert stages_of(REALM) == ["tagger", "ict", "warmup", "pretrain", "finetune"]
    assert stages_of(Row(name="c", title="", system="closed")) == [
        "tagger",
        "closed_pretrain",
        "closed_finetune",
    ]
    assert {last_stage(replace(REALM, weights=w)) for w in systems.FINETUNES} == set(
        systems.FINETUNES.values()
    )


# Intervals


def test_an_interval_is_right_where_it_can_be_worked_out():
    rng = np.random.default_rng(0)
    hits = (rng.random((1, 2500)) < 0.4).astype(float)
    mean, low, high = interval(hits)
    share = hits.mean()
    error = 100 * np.sqrt(share * (1 - share) / 2500)
    assert mean == pytest.approx(100 * share)
    assert low == pytest.approx(mean - 1.96 * error, abs=0.15)
    assert high == pytest.approx(mean + 1.96 * error, abs=0.15)
    # One bad seed of two, whatever the questions: a quarter of the draws is 0, a quarter 100.
    assert interval(np.array([[0.0] * 50, [1.0] * 50])) == (50.0, 0.0, 100.0)
    assert interval(np.ones((3, 40))) == (100.0, 100.0, 100.0)
    assert interval(hits) == interval(hits)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    rng, inside = np.random.default_rng(1), 0
    for _ in range(60):
        p = np.clip(rng.normal(0.4, 0.05, size=(5, 1)), 0, 1)  # seeds differ by 5 points
        _, low, high = interval((rng.random((5, 400)) < p).astype(float))
        inside += low <= 40 <= high
    assert 0.7 * 60 <= inside <= 60  # five seeds are few: some too narrow


def test_correlation_of_ranks_with_ties():
    x, y = np.array([1.0, 2.0, 2.0, 3.0, 5.0]), np.array([10.0, 30.0, 20.0, 40.0, 50.0])
    # ranks 1, 2.5, 2.5, 4, 5 against 1, 3, 2, 4, 5
    assert correlation(x, y)["spearman"] == pytest.approx(
        np.corrcoef([1, 2.5, 2.5, 4, 5], [1, 3, 2, 4, 5])[0, 1]
    )
    assert correlation(x, -y)["pearson"] < 0


def test_bits_come_back_and_wrong_counts_are_refused():
    bits = [True, False, True] * 7
    assert unpack(pack(bits), 21).tolist() == bits
    with pytest.raises(RealmError, match="do not hold"):
        unpack(pack(bits), 60)


def test_two_processes_that_opened_one_file_lose_no_seed(tmp_path, tiny_config, questions):
    first, second = (Results(REALM, tiny_config.to_dict(), "tiny", tmp_path) for _ in range(2))
    bits = {"em": [True] * len(questions)}
    first.add(0, "dev", questions, bits, {})
    second.add(1, "dev", questions, bits, {})
    assert set(json.loads(first.path.read_text())["seeds"]) == {"0", "1"}
    with pytest.raises(RealmError, match="has seed 1 on dev already"):
        first.add(1, "dev", questions, bits, {})


def test_recall_is_by_gold_and_by_string(corpus, people):
    asked = [Question("?", (people[0].town,), ("p0",)), Question("?", (people[0].town,), ("p3",))]
    rows = np.array([[corpus.row("p0")], [corpus.row("p0")]])
    assert gold_found(rows, corpus, asked) == [True, False]
    assert answer_found(rows, corpus, asked) == [True, True]


# Runs


def test_a_row_alone_trains_no_stage_that_it_does_not_need(do, tmp_path):
    alone = do(ORQA, folder="alone")
    made = {p.name.rpartition("-")[0] for p in (tmp_path / "alone" / "stages").iterdir()}
    assert made == set(stages_of(ORQA)) and "pretrain" not in made
    do(REALM)
    assert comparable(do(ORQA)) == comparable(alone)


def test_a_row_that_finds_its_stages_is_as_one_run_from_scratch(do):
    alone = do(UNIFORM, folder="scratch")
    do(REALM)
    shared = do(UNIFORM)
    assert comparable(shared) == comparable(alone)
    costs = shared["seeds"]["0"]["core_minutes"]
    stages = shared["seeds"]["0"]["stages"]
    assert set(stages) == set(stages_of(UNIFORM)) and costs["own"] <= costs["whole"]
    assert {s for s, how in stages.items() if how["own"]} == {"pretrain", "finetune"}
    assert all(how["own"] for how in alone["seeds"]["0"]["stages"].values())
    theirs = do(REALM)["seeds"]["0"]["stages"]
    same = {s for s in stages if stages[s]["key"] == theirs[s]["key"]}
    assert same == {"tagger", "ict", "warmup"}
    orqa = do(ORQA)
    assert comparable(orqa) == comparable(do(ORQA, folder="orqa"))
    zero = "zero_gold"
    assert orqa["parts"]["dev"]["bits"]["0"][zero] is not None


def test_the_stages_of_a_plain_run_are_as_good_as_those_of_a_row(do, world, tiny_config, tmp_path):
    run = Run(tmp_path / "plain", world, tiny_config)
    run.pretrain()
    store = Store(tmp_path / "a" / "stages")
    with pytest.raises(RealmError, match="holds no finished run"):
        adopt(store, run.folder, world)
    write_json(run.folder / "results.json", {"provenance": run.provenance("realm-mini train", "abc")})
    assert adopt(store, run.folder, world) == ["tagger", "ict", "warmup"]
    found = do(ORQA)
    assert comparable(found) == comparable(do(ORQA, folder="scratch"))
    own = {s: how["own"] for s, how in found["seeds"]["0"]["stages"].items()}
    assert own == {"tagger": False, "ict": False, "warmup": False, "ict_finetune": True}
    assert found["seeds"]["0"]["stages"]["ict"]["commit"] == "abc"
    other = replace(world, corpus=Corpus(list(world.corpus)[2:]))
    with pytest.raises(RealmError, match="other passages"):
        adopt(store, run.folder, other)


def test_all_systems_answer_and_a_masked_corpus_is_not_the_news(do):
    realm = do(REALM)
    assert set(realm["parts"]["dev"]["bits"]["0"]) == {"em", "recall_gold", "zero_gold", "zero_answer"}
    assert realm["parts"]["dev"]["subsets"].keys() == {"fact not in X"}
    weights = {"realm": realm["seeds"]["0"]["weights"]}
    for system, measures in (("lexical", 4), ("closed", 1)):
        found = do(Row(name=system, title=system, system=system))
        assert len(found["parts"]["dev"]["bits"]["0"]) == measures
        weights[system] = found["seeds"]["0"]["weights"]
    assert weights["closed"] + 1 == weights["lexical"] < weights["realm"]
    itself = do(Row(name="itself", title="X = Z", texts="corpus"))
    curves = [f["seeds"]["0"]["pretraining"]["log"]["loss"] for f in (realm, itself)]
    assert curves[0] != curves[1]
    for weights in (("pretrain", "warmup"), ("ict", "pretrain")):
        assert do(Row(name="swapped", title="", weights=weights), folder=weights[0])["parts"]


def test_seeds_accumulate_and_none_is_repeated(do, tiny_config):
    first = do(REALM, 0)
    both = do(REALM, 2)
    assert do.did and list(both["parts"]["dev"]["bits"]) == ["0", "2"]
    assert both["parts"]["dev"]["bits"]["0"] == first["parts"]["dev"]["bits"]["0"]
    assert len(both["parts"]["dev"]["figures"]["em"]["all"]["seeds"]) == 2
    assert do(REALM, 2) == both and not do.did
    tested = do(REALM, 0, split="test")
    assert tested["parts"].keys() == {"dev", "test"} and tested["parts"]["dev"] == both["parts"]["dev"]
    with pytest.raises(RealmError, match="another configuration"):
        do(replace(REALM, changes={"search.k": 3}), 5)
    with pytest.raises(RealmError, match="no none or no training"):
        do(REALM, 0, split="none")


@pytest.mark.parametrize("stage", ["warmup", "pretrain", "finetune"])
def test_a_run_that_is_stopped_goes_on_and_ends_the_same(do, tiny_config, stage):
    whole = do(REALM, folder="whole")

    def stop(name, step, total):
        if name == stage and step.step == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do(REALM, log=stop, save_every=1)
    seen = []
    found = do(REALM, log=lambda name, step, total: seen.append((name, step.step)), save_every=1)
    assert comparable(found) == comparable(whole)
    assert seen and seen[0][0] == stage, "finished stages must not run twice"
    assert all(how["own"] for how in found["seeds"]["0"]["stages"].values())


def test_probes_change_nothing_and_are_kept(corpus, news, world, tiny_config, tmp_path, monkeypatch):
    many = [*news]
    for _ in range(3):
        many += news
    known = replace(world, news=many)

    def run(folder):
        run_row(
            REALM,
            0,
            known,
            base=tiny_config,
            preset="tiny",
            runs=tmp_path / folder,
            results=tmp_path / folder,
        )
        return json.loads((tmp_path / folder / "realm.json").read_text())

    monkeypatch.setattr("experiments.shared.PROBE_EVERY", 1)
    probed = run("probed")
    monkeypatch.setattr("experiments.shared.PROBED", 0)
    bare = run("bare")
    kept = probed["seeds"]["0"]["pretraining"]
    assert kept["probes"]["step"] == [0, 1, 2] and len(kept["probes"]["utility"]) == 3
    assert bare["seeds"]["0"]["pretraining"]["probes"] == {}
    assert probed["parts"] == bare["parts"]
    assert kept["log"] == bare["seeds"]["0"]["pretraining"]["log"] and kept["log"]["step"] == [2]


# Files


def part_of(hits, asked="x"):
    bits = {str(s): {"em": pack(row)} for s, row in enumerate(hits)}
    return {"count": len(hits[0]), "asked": asked, "subsets": {}, "bits": bits}


def test_a_difference_is_taken_question_by_question():
    better, worse = part_of([[1, 1, 1, 0] * 20] * 2), part_of([[1, 1, 0, 0] * 20] * 3)
    mean, low, high = difference(better, worse, "em")
    assert mean == 25 and 0 < low < 25 < high
    assert difference(better, better, "em") == (0, 0, 0)
    assert difference(better, part_of([[1] * 80], asked="y"), "em") is None
    assert difference(better, worse, "zero_gold") is None


def test_changed_questions_and_repeated_seeds_are_refused(tmp_path, tiny_config):
    file = Results(REALM, tiny_config.to_dict(), "tiny", tmp_path)
    asked = [Question("a?", ("b",), flags={"unseen_wording": True}), Question("c?", ("d",))]
    file.add(0, "dev", asked, {"em": [True, False]}, {})
    with pytest.raises(RealmError, match="has seed 0"):
        file.add(0, "dev", asked, {"em": [True, False]}, {})
    with pytest.raises(RealmError, match="have changed"):
        file.add(1, "dev", asked[:1], {"em": [True]}, {})
    again = json.loads((tmp_path / "realm.json").read_text())["parts"]["dev"]
    assert figures(again) == again["figures"]
    assert again["figures"]["em"]["unseen wording"] == {
        "mean": 100.0,
        "low": 100.0,
        "high": 100.0,
        "seeds": [100.0],
        "count": 1,
    }
    assert table_of(again, "em").tolist() == [[True, False]] and table_of(again, "zero_gold") is None
    assert subsets(asked).keys() == {"unseen wording"}
