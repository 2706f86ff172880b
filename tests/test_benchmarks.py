"""The arithmetic of the benchmarks: what they count, compare, extrapolate, and keep in a file."""

import argparse
import ast
import doctest
import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import embed, refresh, run, scale, search, stages, step
from benchmarks.record import PARTS, figure, keep, merged, one, table, watch_memory
from realm_mini.config import EncoderConfig, RetrieverConfig
from realm_mini.errors import RealmError
from realm_mini.index import Index
from realm_mini.inputs import CandidateBatch
from realm_mini.presets import tiny
from realm_mini.retriever import Retriever

FOLDER = Path(run.__file__).parent
ABOUT = {"command": "python -m benchmarks.step", "commit": "abc", "machine": "a machine", "day": "2026-01-01"}


@pytest.mark.parametrize("name", sorted(p.stem for p in FOLDER.glob("*.py")))
def test_the_examples_in_docstrings_are_right(name):
    assert (
        doctest.testmod(importlib.import_module(f"benchmarks.{name}"), optionflags=doctest.ELLIPSIS).failed
        == 0
    )


@pytest.mark.parametrize("kind", ["modernbert", "bert"])
def test_the_formula_counts_what_torch_counts(kind):
    """Torch's own counter sees every product of the real encoder, in passages of full length."""
    config = EncoderConfig(kind=kind, vocab=40, hidden=32, layers=2, heads=2, feedforward=48)
    retriever = Retriever(RetrieverConfig(dim=16), config).eval()
    ids = torch.ones(8, 24, dtype=torch.int64)
    batch = CandidateBatch(ids, ids.bool(), torch.zeros_like(ids), torch.arange(8).unsqueeze(1))
    # The fused kernel of attention is one call, whose inside the counter does not know on a CPU.
    plain = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)
    with torch.no_grad(), plain, FlopCounterMode(display=False) as counter:
        retriever.embed_doc(batch)
    counted = counter.get_total_flops()
    assert embed.flops(np.full(8, 24), config, 16) == pytest.approx(counted, rel=0.01)


def test_work_grows_with_the_square_of_the_length():
    config = EncoderConfig(vocab=40, hidden=2, layers=1, heads=1, feedforward=2)
    short, long = (embed.flops(np.array([t]), config, 1) - 4 for t in (10, 100))
    assert 10 * short < long < 100 * short
    assert embed.flops(np.array([10, 100]), config, 1) == short + long + 8


def test_extrapolation_goes_through_what_was_measured():
    assert search.extrapolated(3.0, 1000, 30, 4, target=1000) == 3.0
    assert search.extrapolated(3.0, 1000, 0, 0, target=search.PAPER) == pytest.approx(
        3.0 * search.PAPER / 1000
    )
    # four times the vectors, twice the lists: each list twice as long, twice as many middles
    assert search.extrapolated(1.0, 900, 30, 5, target=3600) == pytest.approx(2.0)


def test_recall_is_that_of_faiss():
    rng = np.random.default_rng(0)
    docs = search.vectors(600, rng, topics=6, width=16)
    queries = search.queries_for(docs, 20, rng)
    exact, rough = Index.build(docs, "f"), Index.build(docs, "f", "IVF8,Flat")
    wanted = exact.search(queries, 5)
    best = np.argsort(-(queries @ docs.T), axis=1)[:, :5] + 1
    assert search.recall(wanted, best) == 1
    rough.faiss_index.nprobe = 8  # all lists: nothing is missed
    assert search.recall(wanted, rough.search(queries, 5)) == 1
    assert search.recall(wanted, wanted + 10_000) == 0


def test_drawn_vectors_are_normalised_as_the_retriever_does():
    docs = search.vectors(300, np.random.default_rng(0), width=32)
    scaled = torch.nn.functional.layer_norm(torch.from_numpy(docs), (32,)) / 32**0.25
    assert np.allclose(docs, scaled.numpy(), atol=1e-4)


def test_the_size_of_an_index_is_that_of_its_file(tmp_path):
    index = Index.build(np.ones((50, 8), dtype=np.float32), "f")
    index.save(tmp_path / "i")
    assert search.size_of(index) == (tmp_path / "i").stat().st_size


def test_a_part_replaces_its_own_figures_and_leaves_the_others(tmp_path):
    out = tmp_path / "results.json"
    keep(out, "search", [one("old", 1, "s"), one("older", 2, "s")], ABOUT)
    keep(out, "step", [figure("ours", [2.0, 1.0, 6.0], "s", goal="<= 1", why="It is slow.")], ABOUT)
    keep(out, "search", [one("new", 3, "s")], ABOUT)
    kept = json.loads(out.read_text())["figures"]
    assert [(f["part"], f["name"], f["value"]) for f in kept] == [
        ("step", "ours", 2.0),
        ("search", "new", 3.0),
    ]
    assert kept[0] == {
        "part": "step",
        "name": "ours",
        "value": 2.0,
        "unit": "s",
        "ratio_to": "",
        "low": 1.0,
    } | {
        "high": 6.0,
        "rounds": 3,
        "goal": "<= 1",
        "note": "",
        "why": "It is slow.",
        "is_met": False,
        **ABOUT,
    }
    text = out.with_suffix(".md").read_text()
    assert text == table(kept)
    assert "| ours | 2 | s | 1 to 6 | 3 | **<= 1** |  |" in text
    assert "- **ours** falls short. It is slow." in text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["results.json", "results.md"]
    keep(out, "step", [figure("ours", [0.5], "s", goal="<= 1", why="It is slow.")], ABOUT)
    assert "slow" not in out.with_suffix(".md").read_text()


def test_results_that_are_none_are_refused_and_left(tmp_path):
    out = tmp_path / "results.json"
    out.write_text("[1]")
    with pytest.raises(RealmError, match="holds no results"):
        keep(out, "step", [one("a", 1, "s")], ABOUT)
    assert out.read_text() == "[1]"
    with pytest.raises(RealmError, match="are called 'a'"):
        keep(tmp_path / "other.json", "step", [one("a", 1, "s"), one("a", 2, "s")], ABOUT)


def test_the_order_is_that_of_the_parts():
    known = [{"part": p} for p in reversed(PARTS)]
    assert [f["part"] for f in merged(known, "embed", [{"part": "embed"}])] == list(PARTS)


def test_every_part_can_be_run():
    for name in PARTS:
        tree = ast.parse((FOLDER / f"{name}.py").read_text())
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "main"]
        assert [c.args[0].value for c in calls] == [name]


def test_the_runner_refuses_what_it_does_not_know(capsys):
    for words in (["walk"], ["step", "search", "--rounds=2"]):
        with pytest.raises(SystemExit):
            run.main(words)
    assert "'walk' is no part" in (said := capsys.readouterr().err)
    assert "--rounds=2 is an option of one part" in said


def test_ratios_are_taken_round_by_round():
    rounds = {
        "ours": [1.0, 2.0],
        "ours, float32": [1.5, 2.5],
        "plain": [2.0, 4.0],
        "public": [7.0, 15.0],
        "public, tuned": [5.0, 10.0],
    }
    found = {f.name: f for f in step.figures(rounds, {"real": 0.5, "distinct": 0.9}, "16 x 8")}
    assert found["public / ours"].value == 7.25
    assert (found["public / ours"].low, found["public / ours"].high, found["public / ours"].is_met) == (
        7,
        7.5,
        True,
    )
    assert found["plain / ours"].value == 2


def test_our_two_takes_compute_the_same_from_saved_batches(tmp_path, monkeypatch):
    """What is saved are the ids that the collator made, and the savings change the time alone."""
    from realm_mini import encoder
    from realm_mini.batch import Collator
    from realm_mini.corpus import Corpus, Passage
    from realm_mini.fit import rng_for
    from realm_mini.masking import mask_span
    from realm_mini.model import Realm
    from realm_mini.text import Tokenizer

    texts = [
        f"The {a} key of room {i} hangs by the {b} door." for i, (a, b) in enumerate([("old", "red")] * 9)
    ]
    corpus = Corpus([Passage(str(i), f"Room {i}", text) for i, text in enumerate(texts)])
    tokenizer = Tokenizer.train(texts, vocab=120)
    realm = Realm.create(tiny(), tokenizer, corpus, Collator(tokenizer, corpus, tiny().lengths))
    rng = rng_for(0, "test")
    masked = [mask_span(t, tokenizer.encode(t), rng, limit=4) for t in texts[:4]]
    rows = np.array([[0, 1, 2, 3], [0, 2, 3, 4], [0, 1, 1, 5], [0, 9, 8, 7]])
    monkeypatch.setattr(
        "benchmarks.material.batches", lambda k, size, count: (realm, [(masked, rows)] * count)
    )
    monkeypatch.setattr(encoder, "GROUP_ROWS", 4)
    about = step.save_batches(tmp_path, 4, 4, 2)
    assert about["distinct"] == 9 / 16
    ours, plain = (step.our_step(tmp_path, take) for take in ("ours", "plain"))
    for _ in range(2):
        assert ours() == pytest.approx(plain(), rel=1e-4)
    saved = dict(np.load(tmp_path / "batch-000.npz"))
    for row, example in enumerate(masked):
        assert np.array_equal(saved["labels"][row][saved["label_mask"][row]], example.targets)
        hidden = saved["joint_ids"][row][:, saved["label_mask"][row]]
        assert (hidden == tokenizer.mask).all()


def test_a_pause_is_that_of_the_step_that_swaps():
    beats = [refresh.Beat(1.0, swap, age, "idle") for swap, age in ((0.0, 5), (0.7, 2), (0.0, 3), (0.9, 0))]
    assert refresh.swaps(beats) == [0.7, 0.9]
    rounds = {way: [beats] for way in refresh.WAYS}
    found = {f.name: f for f in refresh.figures(rounds, 4, 3)}
    assert found["background, when whole: pause in steps"].value == 0.9
    assert found["background, when whole: greatest age of the index"].value == 5
    assert found["inline / never"].value == 1
    later = rounds | {"inline": [[*beats[:3], refresh.Beat(9.0, 0.9, 0, "idle")]]}
    found = {f.name: f for f in refresh.figures(later, 4, 3)}
    assert found["inline / never"].value == 1, "what is beyond the steps that count is in no rate"
    assert found["inline: slowest step"].value == 9, "wherever it is: steps may stand still between two swaps"


def test_wordpieces_are_counted_without_padding():
    from realm_mini.encoder import Encoder

    clock = stages.Clock(lambda: 1.0)
    encoder = Encoder(EncoderConfig(vocab=20, hidden=8, layers=1, heads=1, feedforward=8))
    hook = encoder.register_forward_pre_hook(clock.encoded)
    encoder(torch.ones(2, 4, dtype=torch.int64), torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool())
    hook.remove()
    clock("ict", None, 1)
    clock("ict", None, 1)
    assert [pieces for _, pieces in clock.steps["ict"]] == [6, 0]


def test_the_mark_of_memory_is_set_back():
    with watch_memory() as peak:
        block = np.ones(64 << 17)  # 64 MiB
        with_block = peak()
        del block
        peak()
        assert peak() < with_block - 32


def test_chapter_8_tells_of_the_kills_what_their_file_says():
    found = json.loads((FOLDER / "kills.json").read_text(encoding="utf-8"))
    book = json.loads((FOLDER.parent / "book" / "08-refresh.ipynb").read_text(encoding="utf-8"))
    prose = "".join("".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "markdown")
    builder, trainer = found["kills_of_the_builder"], found["kills_of_the_trainer"]
    assert f"killed the builder {builder} times and the trainer {trainer} times" in prose
    assert found["wrong"] == [] and f"over {found['runs']} small runs" in prose


def test_large_corpora_are_measured_in_processes_of_their_own(tmp_path):
    args = argparse.Namespace(held=30, streamed=200, edited=20)
    found = {f.name: f for f in scale.run(args)}
    assert found["30 in memory: recall@5 of half a passage"].value == 1
    assert found["200 streamed: recall@5 of half a passage"].value == 1
    assert found["200 streamed: memory while storing"].rounds == scale.MARKS + 1, "sorting at the end counts"
    assert found["200 streamed: memory while embedding"].rounds == scale.MARKS
    assert found["one of 20 changed: besides the model"].is_met
