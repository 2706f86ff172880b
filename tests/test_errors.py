"""Files are whole or not there; what cannot be read is said with its place."""

import errno
import json
import os

import pytest

from realm_mini import errors
from realm_mini.errors import RealmError, read_json, read_jsonl, read_text, whole_file, write_json, write_text


def test_write_then_read_gives_the_same_bytes(tmp_path):
    path = tmp_path / "new" / "folder" / "a.txt"
    write_text(path, "Škoda\nline two\n")
    assert path.read_bytes() == "Škoda\nline two\n".encode()
    write_json(path, {"b": [1, "é"]})
    assert read_json(path) == {"b": [1, "é"]}
    assert os.listdir(path.parent) == ["a.txt"]


def test_the_reason_is_one_line_and_never_empty():
    assert errors.reason_of(OSError("\nno route\nto host")) == "no route"
    assert errors.reason_of(RuntimeError(" \n ")) == "RuntimeError"


def full_disk(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("fails", ["replace", "fsync"])
def test_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, fails):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    monkeypatch.setattr(errors.os, fails, full_disk)
    with pytest.raises(RealmError, match=r"a\.txt could not be written \(No space left on device\)"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_full_disk_in_the_middle_of_writing_leaves_nothing(tmp_path):
    path = tmp_path / "a.bin"
    with pytest.raises(RealmError, match="No space left"), whole_file(path) as beside:
        beside.write_bytes(b"half of it")
        full_disk()
    assert os.listdir(tmp_path) == []


def test_an_error_of_another_kind_passes_and_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "a.bin") as beside:
        beside.write_bytes(b"half of it")
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_unusable_places_are_said_in_one_sentence(tmp_path):
    """A folder that is a file; a name too long; a file that is a folder."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "x", tmp_path / ("n" * 300), tmp_path / "folder"):
        with pytest.raises(RealmError, match="could not be written"):
            write_text(path, "text")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_missing_file(tmp_path):
    with pytest.raises(RealmError, match=r"none\.txt cannot be read \(No such file"):
        read_text(tmp_path / "none.txt")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_wrong_encoding_names_file_and_byte(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes("Malmö – Škoda".encode(encoding, errors="ignore"))
    with pytest.raises(RealmError, match=r"a\.txt, line 1 is not UTF-8 \(byte \d+ is 0x[0-9a-f]{2}\)"):
        read_text(path)


def test_byte_order_mark_is_no_error(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b'{"id": 1}\r\n\r\n{"id": 2}\r\n')
    assert list(read_jsonl(path, ("id",))) == [(1, {"id": 1}), (3, {"id": 2})]


def test_line_separators_inside_a_string_do_not_break_a_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "a\u2028b\x85c"}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert [row for _, row in read_jsonl(path, ("id",))] == [{"id": "a\u2028b\x85c"}]


def test_both_halves_of_a_character_are_no_error(tmp_path):
    (tmp_path / "a.json").write_text(r'["\ud83d\ude00", "\\ud83d"]')
    assert read_json(tmp_path / "a.json") == ["\N{GRINNING FACE}", r"\ud83d"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": 1', r"a\.jsonl, line 3 is not valid JSON \(.*column"),
        ("[1, 2]", r"a\.jsonl, line 3 is not a JSON object"),
        ('{"text": "x"}', r"a\.jsonl, line 3 has no 'id'\. Each line needs: id"),
        ("[" * 100_000, r"a\.jsonl, line 3 is "),
        ('{"id": ' + "9" * 5000 + "}", r"a\.jsonl, line 3 is not valid JSON"),
        (r'{"id": "\uD83D"}', r"a\.jsonl, line 3 holds half a character"),
    ],
    ids=["cut short", "no object", "field missing", "too deep", "too long a number", "half a character"],
)
def test_bad_line_names_file_and_line(tmp_path, line, message):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 0}\n\n' + line + "\n")
    with pytest.raises(RealmError, match=message):
        list(read_jsonl(path, ("id",)))
