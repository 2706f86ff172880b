"""Hundreds of broken files of every kind: each gives one sentence with its place, none anything else.

A seeded generator breaks good files.  What must not be accepted is told from what may be: a file cut
short at the end of a line is a shorter file.
"""

import json
import os
import random
import re
import warnings

import pytest

from realm_mini import errors
from realm_mini.documents import load_corpus, stream_passages
from realm_mini.errors import RealmError
from realm_mini.questions import load_questions
from realm_mini.store import StoredCorpus

LONGEST = 4096
SEEDS = range(4)


def passages(rng):
    return [
        {"id": f"p{n}", "title": f"Título {n}", "text": f"Fact {n} is {rng.randint(0, 999)}. It is é."}
        for n in range(rng.randint(2, 6))
    ]


def jsonl(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def tsv(rows):
    return "id\ttext\ttitle\n" + "".join(f"{r['id']}\t{r['text']}\t{r['title']}\n" for r in rows)


def wiki(rows):
    return "".join(
        f'<doc id="{r["id"]}" url="u" title="{r["title"]}">\n{r["title"]}\n\n{r["text"]}\n</doc>\n'
        for r in rows
    )


def questions(rng):
    return [(f"Which é is {n}?", [f"answer {rng.randint(0, 99)}"]) for n in range(rng.randint(2, 6))]


def squad(asked):
    qas = [{"id": str(n), "question": q, "answers": [{"text": a[0]}]} for n, (q, a) in enumerate(asked)]
    article = {"title": "T", "paragraphs": [{"context": "Some text, é.", "qas": [q]} for q in qas]}
    return json.dumps(
        {"version": "1.1", "data": [article, article | {"title": "U"}]}, indent=1, ensure_ascii=False
    )


def webq(asked):
    rows = [{"utterance": q, "targetValue": f'(list (description "{a[0]}"))'} for q, a in asked]
    return json.dumps(rows, indent=1, ensure_ascii=False)


def dpr(asked):
    rows = [{"question": q, "answers": a, "positive_ctxs": [{"passage_id": "1"}]} for q, a in asked]
    return json.dumps(rows, indent=1, ensure_ascii=False)


CORPORA = {
    "z.jsonl": lambda rng: jsonl(passages(rng)),
    "z.tsv": lambda rng: tsv(passages(rng)),
    "wiki_00": lambda rng: wiki(passages(rng)),
    "squad.json": lambda rng: squad(questions(rng)),
    "a.txt": lambda rng: "\n\n".join(p["text"] for p in passages(rng)),
    "a.md": lambda rng: "# Título\n\n" + "\n\n".join(f"- {p['text']}" for p in passages(rng)),
    "a.html": lambda rng: "<title>T</title>" + "\n".join(f"<p>{p['text']}" for p in passages(rng)),
}
QUESTIONS = {
    "nq": lambda rng: jsonl({"question": q, "answer": a} for q, a in questions(rng)),
    "trec": lambda rng: jsonl({"question": q, "answer": a} for q, a in questions(rng)),
    "own": lambda rng: jsonl({"question": q, "answers": a} for q, a in questions(rng)),
    "squad": lambda rng: squad(questions(rng)),
    "webq": lambda rng: webq(questions(rng)),
    "dpr": lambda rng: dpr(questions(rng)),
}


def byte_at(data, rng, new):
    """Put bytes somewhere, but not inside a character."""
    place = rng.choice([i for i in range(1, len(data)) if data[i] < 128])
    return data[:place] + new + data[place:]


def in_a_line(data, rng, change):
    """Change one of the lines, not the first."""
    rows = data.split(b"\n")
    number = rng.randrange(1, len(rows) - 1) if len(rows) > 2 else 0
    rows[number] = change(rows[number])
    return b"\n".join(rows)


ANY = {  # (what may not be accepted)
    "latin-1": lambda d, rng: d.decode().encode("latin-1"),
    "utf-16": lambda d, rng: d.decode().encode("utf-16"),
    "stray byte": lambda d, rng: byte_at(d, rng, bytes([rng.choice([0x80, 0xFF, 0xC3, 0xFE])])),
    "NUL": lambda d, rng: byte_at(d, rng, b"\0"),
}
LINES = {"huge line": lambda d, rng: in_a_line(d, rng, lambda row: row + b"x" * (LONGEST + 1))}
JSON = {
    "cut short": lambda d, rng: d[: rng.randrange(2, len(d) - 3)].rstrip(b"\n,}]"),
    "doubled comma": lambda d, rng: d.replace(b",", b",,", 1),
    "half a character": lambda d, rng: re.sub("é".encode(), rb"\\ud800", d, count=1),
    "escaped NUL": lambda d, rng: re.sub("é".encode(), rb"\\u0000", d, count=1),
    "too deep": lambda d, rng: d.replace(b'"', b"[" * 100_000 + b'"', 1),
    "too long a number": lambda d, rng: re.sub(rb'"[^"]*"(?=[,}\n])', b"9" * 5000, d, count=1),
    "other type": lambda d, rng: re.sub(
        rb': "[^"]+"', rng.choice([b": 5.5", b": null", b": {}", b": [1]"]), d
    ),
    "single quotes": lambda d, rng: d.replace(b'"', b"'"),
    "not JSON": lambda d, rng: bytes(rng.randrange(33, 127) for _ in range(80)) + b"!",
}


def rename(key):
    return lambda d, rng: d.replace(f'"{key}"'.encode(), b'"other"')


def blank(key):
    return lambda d, rng: re.sub(rf'"{key}": (?:"[^"]*"|\["[^"]*"\])'.encode(), f'"{key}": " "'.encode(), d)


def double(d, rng):
    """Repeat a record."""
    rows = d.split(b"\n")
    return b"\n".join([*rows[:-1], rows[1], b""])


def column_lost(d, rng):
    return in_a_line(d, rng, lambda row: row.rpartition(b"\t")[0])


def cell(number, new):
    def change(row):
        cells = row.split(b"\t")
        cells[number] = new
        return b"\t".join(cells)

    return lambda d, rng: in_a_line(d, rng, change)


OWN = {
    "z.jsonl": LINES
    | JSON
    | {"no text": rename("text"), "no id": rename("id"), "blank text": blank("text"), "blank id": blank("id")}
    | {"same id": double},
    "z.tsv": LINES
    | {"column lost": column_lost, "column more": lambda d, rng: in_a_line(d, rng, lambda r: r + b"\tx")}
    | {"blank id": cell(0, b" "), "blank text": cell(1, b""), "same id": double}
    | {"no text column": lambda d, rng: d.replace(b"text", b"body", 1)},
    "wiki_00": LINES
    | {
        "cut short": lambda d, rng: d[: d.rindex(b"</doc>")],
        "no end": lambda d, rng: d.replace(b"</doc>\n", b"", 1),
    }
    | {
        "text outside": lambda d, rng: d + b"text\n",
        "blank id": lambda d, rng: d.replace(b'id="p0"', b'id=""'),
    }
    | {"no title": lambda d, rng: re.sub(rb' title="[^"]*"', b"", d), "same id": lambda d, rng: d + d}
    | {"blank title": lambda d, rng: re.sub(rb'title="[^"]*"', b'title=" "', d, count=1)},
    "squad.json": JSON
    | {"no data": rename("data"), "no paragraphs": rename("paragraphs"), "no title": rename("title")}
    | {"blank text": blank("context"), "no text": rename("context")},
    "a.txt": LINES,
    "a.md": {},
    "a.html": {"broken declaration": lambda d, rng: byte_at(d, rng, b"\n<![nonsense[ ")},
    "nq": LINES
    | JSON
    | {"no answer": rename("answer"), "no question": rename("question")}
    | {"blank answer": blank("answer"), "blank question": blank("question")},
    "trec": LINES
    | JSON
    | {"no answer": rename("answer"), "bad regex": lambda d, rng: d.replace(b"answer ", b"(answer ")},
    "own": LINES | JSON | {"no answers": rename("answers"), "blank question": blank("question")},
    "squad": JSON
    | {"no question": rename("question"), "no text": rename("text"), "blank answer": blank("text")},
    "webq": JSON
    | {"no value": rename("targetValue"), "no utterance": rename("utterance")}
    | {"no description": lambda d, rng: d.replace(b"description", b"nothing", 1)},
    "dpr": JSON
    | {"no answers": rename("answers"), "blank question": blank("question")}
    | {"answers are one string": lambda d, rng: re.sub(rb"\[\s*\"answer [0-9]+\"\s*\]", b'"x"', d, count=1)},
}
CASES = [(kind, how, seed) for kind, ways in OWN.items() for how in {**ANY, **ways} for seed in SEEDS]


def read(path, kind):
    if kind in CORPORA:
        return load_corpus(path)
    return load_questions(path, kind)


def written(tmp_path, kind, data):
    path = tmp_path / (kind if kind in CORPORA else "q.json")
    path.write_bytes(data)
    return path


def test_there_are_hundreds():
    assert len(CASES) >= 200
    assert {kind for kind, _, _ in CASES} == CORPORA.keys() | QUESTIONS.keys()


@pytest.mark.parametrize("kind", OWN)
def test_the_files_are_good_before_they_are_broken(tmp_path, kind):
    for seed in SEEDS:
        data = (CORPORA | QUESTIONS)[kind](random.Random(seed)).encode()
        assert len(read(written(tmp_path, kind, data), kind)) > 1


@pytest.mark.parametrize(("kind", "how", "seed"), CASES, ids=lambda value: str(value))
def test_a_broken_file_is_refused_with_its_place(tmp_path, monkeypatch, kind, how, seed):
    monkeypatch.setattr(errors, "LONGEST_LINE", LONGEST)
    rng = random.Random(f"{kind} {how} {seed}")
    good = (CORPORA | QUESTIONS)[kind](rng).encode()
    data = {**ANY, **OWN[kind]}[how](good, rng)
    assert data != good
    path = written(tmp_path, kind, data)
    before = os.listdir(tmp_path)
    with pytest.raises(RealmError, match=rf"{path.name}.*\bline \d+") as caught:
        read(path, kind)
    assert "\n" not in str(caught.value)
    if kind in CORPORA:  # nor does half of it stay where a corpus is being written
        with pytest.raises(RealmError):
            StoredCorpus.write(tmp_path / "stored", stream_passages(path))
    assert os.listdir(tmp_path) == before


def scramble(data, rng):
    """Break a file in ways of which some leave a good one."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        start, end = sorted(rng.randrange(len(data) + 1) for _ in "ab")
        what = rng.randrange(5)
        if what == 0:
            data[start:end] = b""
        elif what == 1:
            data[start:start] = data[start : min(end, start + 40)]
        elif what == 2:
            data[start:start] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 6)))
        elif what == 3:
            data[start:start] = rng.choice(
                [b'"', b"\n", b"{", b"]", b"\t", b"<doc ", b"</doc>", b"<![", b"\\", b"\r"]
            )
        else:
            data[start : start + 1] = b""
    return bytes(data)


@pytest.mark.parametrize("kind", OWN)
def test_whatever_is_done_to_a_file_nothing_but_our_error_comes(tmp_path, kind):
    rng = random.Random(kind)
    for _ in range(60):
        data = scramble((CORPORA | QUESTIONS)[kind](rng).encode(), rng)
        path = written(tmp_path, kind, data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # files that hold no text
            try:
                found = list(read(path, kind))
            except RealmError as error:
                assert "\n" not in str(error)
                continue
        assert all(p.text.strip() for p in found[1:])


@pytest.mark.parametrize("kind", OWN)
def test_a_mark_in_front_and_other_ends_of_lines_are_no_fault(tmp_path, kind):
    data = (CORPORA | QUESTIONS)[kind](random.Random(0)).encode()
    plain = list(read(written(tmp_path, kind, data), kind))
    assert list(read(written(tmp_path, kind, b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")), kind)) == plain
