"""Real text: folders are read in both layouts, articles dealt out whole, rows trained, measured and told."""

import gzip
import json
from dataclasses import replace

import pytest

from experiments import __main__ as command
from experiments.chapter import TAG, put_tables
from experiments.keys import stage_keys
from experiments.realfacts import facts
from experiments.realrun import results_of, rows_of, run_rows
from experiments.realtext import deal, prepare, read_folder
from experiments.results import MEASURES, load_results
from experiments.rows import REAL_ROWS, load_rows
from experiments.sizes import SIZES
from experiments.tables import render
from realm_mini.errors import RealmError
from realm_mini.metrics import has_answer

MAIN = ["bm25", "ict", "realm", "ict-few", "frozen", "refreshed"]
ENOUGH = 8  # articles of three paragraphs


def paragraph(person):
    return (
        f"{person.body} {person.news} One more maker of {person.craft} in {person.town} was known to "
        f"{person.name}, and in {person.year} a street of {person.town} was named after the {person.craft}. "
        f"In a book of {person.name} every buyer was written down, with the day and the price. "
        "Neither the book nor a copy of it was found when the house had burnt down."
    )


def articles(people):
    """(title, [(paragraph, question, answer)]), in SQuAD's order."""
    told = [(paragraph(p), f"Where was {p.name} born?", p.town) for p in people]
    return [(f"Makers_of_{n}", told[3 * n : 3 * n + 3]) for n in range(ENOUGH)]


@pytest.fixture
def squad(people, tmp_path):
    """A folder with one file as SQuAD publishes it."""
    data = [
        {
            "title": title,
            "paragraphs": [
                {
                    "context": text,
                    "qas": [
                        {"id": q, "question": q, "answers": [{"text": a, "answer_start": text.index(a)}]},
                        {"id": f"{q}2", "question": "How?", "answers": [{"text": text, "answer_start": 0}]},
                    ],
                }
                for text, q, a in told
            ],
        }
        for title, told in articles(people)
    ]
    folder = tmp_path / "squad"
    folder.mkdir()
    (folder / "train-v1.1.json").write_text(json.dumps({"version": "1.1", "data": data}))
    return folder


@pytest.fixture
def lines(people, tmp_path):
    """A folder with the same as packed JSON lines, and leads."""
    folder = tmp_path / "lines"
    folder.mkdir()
    told = [(title.replace("_", " "), *row) for title, rows in articles(people) for row in rows]
    rows = {
        "squad_corpus_train": [{"id": i, "title": t, "text": x} for i, (t, x, _, _) in enumerate(told)],
        "squad_qa_train": [
            {"question": q, "answers": [a], "doc_id": i} for i, (_, _, q, a) in enumerate(told)
        ],
        "wiki_leads": [
            {"id": f"{i}-0", "title": p.name, "text": f"{p.news} It was {p.town} that {p.name} left."}
            for i, p in enumerate(people)
        ],
    }
    for name, found in rows.items():
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as handle:
            handle.writelines(json.dumps(row) + "\n" for row in found)
    return folder


@pytest.fixture
def config(tiny_config):
    """Texts give other wordpieces than the tests' own tokenizer; questions have fewer candidates."""
    encoder = replace(tiny_config.encoder, vocab=400)
    return replace(tiny_config, encoder=encoder, search=replace(tiny_config.search, questions_k=4))


# Texts


def test_both_layouts_are_the_same_texts(squad, lines, config):
    worlds = []
    for folder in (squad, lines):
        texts = read_folder(folder)
        world, _ = prepare(replace(texts, leads=[]), config)
        worlds.append(
            (
                [(p.title, p.text) for p in world.corpus],
                {s: [(q.text, q.answers) for q in part] for s, part in world.questions.items()},
            )
        )
    assert worlds[0] == worlds[1]
    assert len(read_folder(squad).questions) == 3 * ENOUGH, "an answer of a whole paragraph is no question"


def test_articles_are_dealt_out_whole_and_always_alike(lines, config):
    world, _ = prepare(read_folder(lines), config)
    parts = {
        split: {world.corpus[r].title for q in part for r in world.corpus.gold_rows(q.passages)}
        for split, part in world.questions.items()
    }
    assert {split: len(titles) for split, titles in parts.items()} == {"train": 6, "dev": 1, "test": 1}
    assert len(set.union(*parts.values())) == ENOUGH
    titles = [f"t{i}" for i in range(50)]
    assert deal(titles) == deal(reversed([*titles, "t3"]))
    assert sorted(deal(titles).values()).count("dev") == 5


def test_gold_blocks_hold_the_answer_and_fit(lines, config):
    world, given = prepare(read_folder(lines), config)
    rows = [r for part in world.questions.values() for q in part for r in world.corpus.gold_rows(q.passages)]
    blocks = list(world.corpus)[1:]
    assert len(blocks) > 3 * ENOUGH, "paragraphs that are too long are cut"
    for part in world.questions.values():
        for q in part:
            gold = [world.corpus[r].text for r in world.corpus.gold_rows(q.passages)]
            paragraph_of = {i.rpartition("#")[0] for i in q.passages}
            assert len(paragraph_of) == 1 and all(has_answer(text, q.answers) for text in gold)
    assert len(set(rows)) < len(blocks), "a block without the answer is not gold"
    titles = given.tokenizer.lengths([b.title for b in blocks])
    sizes = given.tokenizer.lengths([b.text for b in blocks])
    assert max(t + s + 3 for t, s in zip(titles, sizes, strict=True)) <= config.lengths.dlen


def test_bad_folders_are_named(lines, squad, tmp_path):
    with pytest.raises(RealmError, match=r"Name it with --data; it needs train-v1\.1\.json from https"):
        read_folder(None)
    with pytest.raises(RealmError, match="does not hold what is needed: train-v1"):
        read_folder(tmp_path)
    questions = lines / "squad_qa_train.jsonl"
    (lines / "squad_qa_train.jsonl.gz").unlink()
    questions.write_text('{"question": "Who?", "answers": ["a"], "doc_id": 99}\n')
    with pytest.raises(RealmError, match="no paragraph '99', which a question names"):
        read_folder(lines)
    questions.write_text('{"question": "Who?", "answers": ["a"]}\n')
    with pytest.raises(RealmError, match=r"squad_qa_train\.jsonl: a question has no 'doc_id'"):
        read_folder(lines)
    with pytest.raises(RealmError, match="2 articles cannot be dealt out"):
        deal(["a", "b", "a"])
    with pytest.raises(RealmError, match=r"'leads' reads wiki_leads\.jsonl, which is not beside"):
        rows_of(["leads"], read_folder(squad))
    assert [r.name for r in rows_of([], read_folder(squad))] == MAIN


def test_facts_are_counts(lines, config):
    texts = read_folder(lines)
    world, given = prepare(texts, config)
    found = facts(texts, world, given)
    assert found["articles"] == ENOUGH and found["paragraphs"] == 3 * ENOUGH
    assert found["questions"] == {"train": 18, "dev": 3, "test": 3}
    assert found["questions answered in a gold block"] == 1
    assert found["BM25 on dev"]["gold"][5] > 0.5
    for name in ("blocks", "leads"):
        masked = found[f"masked sentences of {name}"]
        assert 0 < masked["held"] <= 1 and 0 < masked["found by BM25"] <= 1


# Rows


def test_every_size_is_a_configuration_for_every_row():
    rows = load_rows(REAL_ROWS)
    assert {r.name for r in rows} == {*MAIN, "ict-long", "leads", "realm-retriever"}
    for make in SIZES.values():
        base = make()
        keys = {r.name: stage_keys(r.config(base, 0), r.config(base, 0), r.texts, "w") for r in rows}
        for name in ("bm25", "ict", "ict-few", "frozen", "refreshed"):
            assert keys[name]["pretrain"] == keys["realm"]["pretrain"]
        assert keys["leads"]["ict"] == keys["realm"]["ict"] != keys["ict-long"]["ict"]
        assert keys["leads"]["pretrain"] != keys["realm"]["pretrain"]
        assert len({keys[n]["finetune"] for n in ("realm", "frozen", "refreshed", "leads")}) == 4
        assert keys["ict-few"]["ict_finetune"] != keys["ict"]["ict_finetune"]
        refreshed, frozen = (
            next(r for r in rows if r.name == n).config(base, 0) for n in ("refreshed", "frozen")
        )
        assert replace(refreshed, refreshing=frozen.refreshing) == frozen
        assert 0 < refreshed.refreshing.questions < refreshed.stages.finetune.steps


def small_rows(names, texts, steps=3):
    """Rows whose own changes are cut to what a test can wait for."""
    fewer = {"stages.finetune.steps": steps, "stages.ict.steps": steps, "refreshing.questions": 2}
    return [
        replace(row, changes={k: fewer.get(k, v) for k, v in row.changes.items()})
        for row in rows_of(names, texts)
    ]


@pytest.fixture
def run(lines, config, tmp_path):
    texts = read_folder(lines)
    world, given = prepare(texts, config)

    def do(names, folder="a", split="dev", **kwargs):
        said = []
        places = {"runs": tmp_path / folder, "results": tmp_path / folder / "results"}
        rows = small_rows(names, texts)
        run_rows(
            rows,
            [0],
            world,
            given,
            base=config,
            size="laptop",
            split=split,
            say=said.append,
            **places,
            **kwargs,
        )
        do.said = said
        return load_results(results_of("laptop", places["results"]))

    return do


def comparable(found):
    return {name: result["parts"] for name, result in found.items()}


def test_rows_are_measured_told_and_hold_no_text(run, lines, tmp_path):
    found = run([])
    assert list(found) == MAIN
    count = 3
    for name, result in found.items():
        bits = result["parts"]["dev"]["bits"]["0"]
        assert set(bits) == set(MEASURES) and result["parts"]["dev"]["count"] == count, name
        assert result["row"]["texts"] == "corpus" and result["preset"] == "laptop"
        costs = result["seeds"]["0"]["core_minutes"]
        assert 0 <= costs["own"] <= costs["whole"]
        figures = result["parts"]["dev"]["figures"]
        for kind in ("recall_gold", "zero_gold", "zero_answer"):
            means = [figures[m]["all"]["mean"] for m in (f"{kind}@1", kind, f"{kind}@20")]
            assert means == sorted(means), "recall cannot fall with more passages"
    stages = {name: r["seeds"]["0"]["stages"] for name, r in found.items()}
    own = {name: [s for s, how in made.items() if how["own"]] for name, made in stages.items()}
    assert own["bm25"] == ["ict", "warmup", "pretrain", "bm25_finetune"]
    assert own["ict"] == ["ict_finetune"] and own["refreshed"] == ["finetune"]
    assert stages["realm"].keys() == {"ict", "warmup", "pretrain", "finetune"}
    bits = {name: r["parts"]["dev"]["bits"]["0"] for name, r in found.items()}
    assert bits["realm"]["zero_gold"] == bits["refreshed"]["zero_gold"] == bits["frozen"]["zero_gold"]
    written = "".join(p.read_text() for p in (tmp_path / "a" / "results" / "realtext").iterdir())
    for part in read_folder(lines).paragraphs + read_folder(lines).leads:
        assert part.title not in written and part.text[:40] not in written
    assert str(lines) not in written

    again = run([])
    assert again == found and set(run.said[1::2]) == {"  measured before"}
    tested = run(["realm", "ict"], split="test")
    assert comparable(tested)["realm"].keys() == {"dev", "test"}

    text = render(tmp_path / "a" / "results")
    section = text.split("## Real text")[1].split("\n## ")[0]
    for result in found.values():
        assert f"| {result['row']['title']} | " in section
    assert "- REALM above ICT only before any question, recall@5 of gold passages (test): " in section
    assert "- Document encoder trained above frozen, exact match (dev): " in section
    assert section.count("\n| REALM, short") == 1, "its retriever before questions is REALM's"


def test_the_chapter_gets_the_table_of_the_files(run, tmp_path):
    run(["bm25"])
    notebook = tmp_path / "chapter.ipynb"
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["stays\n", "é"]},
        {"cell_type": "markdown", "metadata": {"tags": [TAG]}, "source": []},
    ]
    plain = json.dumps({"cells": cells, "nbformat": 4}, ensure_ascii=False, indent=1) + "\n"
    notebook.write_text(plain)
    results = tmp_path / "a" / "results"
    assert not put_tables(notebook, tmp_path / "none") and notebook.read_text() == plain
    assert put_tables(notebook, results) and not put_tables(notebook, results)
    made = json.loads(notebook.read_text())["cells"]
    assert made[0] == cells[0]
    heading, _, section = "".join(made[1]["source"]).partition("\n\n")
    assert heading == "## Real text, measured"
    assert section + "\n" == render(results).split("## Real text\n\n")[1].split("\n## ")[0]
    bare = json.dumps({"cells": cells[:1]})
    notebook.write_text(bare)
    assert not put_tables(notebook, results) and notebook.read_text() == bare


def test_the_chapter_as_it_is_has_the_tables_of_the_committed_files():
    from experiments.chapter import CHAPTER
    from experiments.results import FOLDER

    before = CHAPTER.read_bytes()
    try:
        assert not put_tables(CHAPTER, FOLDER), "make tables was not run"
    finally:
        CHAPTER.write_bytes(before)


def test_leads_are_another_x(run):
    found = run(["realm", "leads"])
    realm, leads = (found[n]["seeds"]["0"] for n in ("realm", "leads"))
    assert realm["pretraining"]["log"]["loss"] != leads["pretraining"]["log"]["loss"]
    assert realm["stages"]["ict"]["key"] == leads["stages"]["ict"]["key"]


@pytest.mark.parametrize("stage", ["warmup", "pretrain", "finetune"])
def test_a_run_that_is_stopped_goes_on_and_ends_the_same(run, stage):
    whole = run(["refreshed"], folder="whole")

    def stop(name, step, total):
        if name == stage and step.step == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(["refreshed"], log=stop, save_every=1)
    seen = []
    found = run(["refreshed"], log=lambda name, step, total: seen.append((name, step.step)), save_every=1)
    assert comparable(found) == comparable(whole)
    assert seen[0] == (stage, 1 if stage != "warmup" else seen[0][1]), "finished steps are not taken twice"


# The command


def test_the_command_says_what_it_needs_and_prints_facts(lines, config, capsys, monkeypatch):
    assert command.main(["realtext"]) == 2
    assert "Name it with --data" in capsys.readouterr().err
    assert command.main(["realtext", "none", "--data", str(lines)]) == 2
    assert "no row 'none'" in capsys.readouterr().err
    monkeypatch.setitem(SIZES, "laptop", lambda: config)
    assert command.main(["realtext", "--facts", "--data", str(lines)]) == 0
    assert "articles: 8\n" in capsys.readouterr().out
    assert command.main(["list"]) == 0
    assert "REALM, X = Wikipedia leads" in capsys.readouterr().out
