"""The command line: what it prints, and that bad input is one sentence and exit status 2."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from realm_mini.__main__ import _config, _parser, main
from realm_mini.model import Realm
from realm_mini.presets import tiny

ROOT = Path(__file__).parents[1]


@pytest.fixture
def saved(realm, tmp_path):
    folder = tmp_path / "model"
    realm.answers_questions = True
    realm.build_index()
    realm.save_pretrained(folder)
    return folder


def fails(capsys, *words):
    assert main([str(w) for w in words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("realm-mini: ") and err.count("\n") == 1 and "Traceback" not in err
    return err


def test_ask_prints_json_of_the_promised_shape(saved, capsys):
    assert main(["ask", "Where was Orla Venn born?", "--run", str(saved), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.keys() >= {"question", "answer", "passages", "p_null"}
    assert found["passages"][0].keys() >= {"id", "title", "text", "p_z", "answer", "p_y"}
    assert sum(p["p_z"] for p in found["passages"]) + found["p_null"] == pytest.approx(1, abs=1e-5)


def test_ask_and_fill_print_for_people(saved, capsys):
    assert main(["ask", "Where was Orla Venn born?", "--run", str(saved)]) == 0
    assert "(the null document)" in capsys.readouterr().out
    assert main(["fill", "Orla Venn was born in [MASK].", "--run", str(saved), "-k", "2"]) == 0
    assert "p(z|x)" in capsys.readouterr().out


def test_fill_without_a_mask(saved, capsys):
    assert "no [MASK]" in fails(capsys, "fill", "Orla Venn was born.", "--run", saved)


def test_fill_with_two_masked_spans(saved, capsys):
    assert "more than one masked span" in fails(capsys, "fill", "[MASK] was born in [MASK].", "--run", saved)


def test_k_larger_than_the_corpus(saved, capsys):
    message = fails(capsys, "ask", "Where?", "--run", saved, "-k", "500")
    assert "k=500 passages were asked for, but the index holds 24. Use 1 <= k <= 24." in message


def test_an_empty_question(saved, capsys):
    assert "empty" in fails(capsys, "ask", "  ", "--run", saved)


def test_half_a_character_in_a_question(saved, capsys):
    assert r"\ud800 holds half a character" in fails(capsys, "ask", "\ud800", "--run", saved).replace('"', "")


def test_a_folder_without_a_model(tmp_path, capsys):
    assert "holds no model" in fails(capsys, "ask", "Where?", "--run", tmp_path)


def test_a_checkpoint_cut_short(saved, capsys):
    path = saved / "reader.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert "reader.safetensors is missing or damaged" in fails(capsys, "ask", "Where?", "--run", saved)


def test_a_config_cut_short(saved, capsys):
    path = saved / "config.json"
    path.write_text(path.read_text()[:-20])
    assert "not valid JSON" in fails(capsys, "ask", "Where?", "--run", saved)


def test_an_index_of_another_corpus_is_refused_and_rebuilt_by_command(saved, capsys):
    lines = (saved / "passages.jsonl").read_text().splitlines()
    (saved / "passages.jsonl").write_text("\n".join(lines[1:]) + "\n")
    assert "another corpus" in fails(capsys, "ask", "Where?", "--run", saved)
    assert main(["index", "--run", str(saved)]) == 0
    assert main(["ask", "Where?", "--run", str(saved)]) == 0


def test_broken_lines_name_file_and_line_and_leave_no_run_behind(tmp_path, capsys):
    world, out = tmp_path / "world", tmp_path / "out"
    world.mkdir()
    (world / "news.jsonl").write_text('{"text": "A line."}\n')
    for content, words in (
        (b'{"id": "1", "text": "a"}\n{"id": "2", "text": \n', "line 2"),
        (b'{"id": "1", "text": "a"}\n{"id": "1", "text": "b"}\n', "line 2 has the id '1' of line 1"),
        (b'{"id": "", "text": "a"}\n', "empty id"),
        (b'{"id": "1", "text": " "}\n', "empty text"),
        (b'{"id": "1", "text": "caf\xe9"}\n', "not UTF-8"),
        (b'{"id": "1"}\n', "'text'"),
        (b"[1]\n", "not a JSON object"),
        (b"", "no passages"),
    ):
        (world / "passages.jsonl").write_bytes(content)
        assert words in fails(capsys, "train", "--out", out, "--data", world, "--preset", "tiny")
        assert not out.exists()


def test_an_unknown_key_in_a_configuration(tmp_path, capsys):
    path = tmp_path / "config.json"
    path.write_text('{"sede": 1}')
    assert "no 'sede'" in fails(capsys, "train", "--out", tmp_path / "run", "--config", path)


def test_a_full_disk_is_one_sentence_and_leaves_nothing(saved, realm, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    before = {p: p.read_bytes() for p in saved.iterdir()}
    assert "No space left" in fails(capsys, "index", "--run", saved)
    assert {p: p.read_bytes() for p in saved.iterdir()} == before


def test_a_saved_model_answers_as_before(saved, realm, people):
    questions = [f"Where was {p.name} born?" for p in people[:6]]
    loaded = Realm.from_pretrained(saved)
    for a, b in zip(realm.answer_many(questions), loaded.answer_many(questions), strict=True):
        assert a.answer == b.answer
        assert a.p_y == pytest.approx(b.p_y, abs=1e-5)


def test_importing_is_quick_and_loads_no_torch():
    code = (
        "import sys, time; t = time.perf_counter(); import realm_mini; "
        "assert 'torch' not in sys.modules; print(time.perf_counter() - t)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(out.stdout) < 0.5


def test_all_modules_import_within_half_a_second_of_torch():
    code = (
        "import time, torch, numpy; t = time.perf_counter(); import realm_mini.recipe; "
        "d = time.perf_counter() - t; import sys; assert 'transformers' not in sys.modules; print(d)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(out.stdout) < 2.0  # 0.5 s on an idle machine; CI machines are not idle


@pytest.mark.filterwarnings("ignore:.*has no question with split")
def test_a_world_without_questions_is_refused_before_anything_is_trained(tmp_path, capsys):
    world = tmp_path / "world"
    world.mkdir()
    (world / "passages.jsonl").write_text('{"id": "1", "text": "Born in 1801. Died in 1850."}\n')
    (world / "news.jsonl").write_text('{"text": "In 1801."}\n')
    words = ("train", "--out", tmp_path / "out", "--data", world, "--preset", "tiny")
    assert "has no train and no test questions" in fails(capsys, *words)
    (world / "questions.jsonl").write_text(
        '{"question": "When?", "answers": ["1801"], "split": "train"}\n', encoding="utf-8"
    )
    assert main([str(w) for w in words]) == 2
    assert "has no test questions" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("words", "seed"), [((), 7), (("--seed", "3"), 3), (("--seed", "0"), 0)])
def test_the_seed_is_that_of_the_configuration_unless_one_is_given(tmp_path, words, seed):
    values = tiny().to_dict() | {"seed": 7}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(values))
    args = _parser().parse_args(["train", "--out", "x", "--config", str(path), *words])
    assert _config(args).seed == seed
    assert _config(_parser().parse_args(["train", "--out", "x"])).seed == 0


def test_a_file_of_questions_is_asked_whole(saved, tmp_path, capsys):
    path = tmp_path / "mine.jsonl"
    path.write_text('{"question": "Where was Orla Venn born?", "answer": ["Tarmo"]}\n')
    words = ("evaluate", "--run", saved, "--questions", path)
    assert "Leave --split out" in fails(capsys, *words, "--split", "dev")
    assert main([str(w) for w in words]) == 0
    out = capsys.readouterr().out
    assert "recall by answer string" in out
    assert "gold passage" not in out, "nothing is known of gold passages here"


@pytest.mark.parametrize(
    "words",
    [
        ("evaluate", "--limit", "-5"),
        ("evaluate", "--limit", "0"),
        ("build-index", "--watch", "x", "--threads", "-1"),
        ("build-index", "--watch", "x", "--threads", "2.5"),
    ],
)
def test_numbers_that_count_something_are_one_or_more(words, capsys):
    with pytest.raises(SystemExit) as left:
        main(list(words))
    assert left.value.code == 2
    assert "is no number of 1 or more" in capsys.readouterr().err
