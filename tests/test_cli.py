"""The command line: what it prints, and that bad input is one sentence and exit status 2."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from realm_mini.__main__ import main
from realm_mini.model import Realm

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
