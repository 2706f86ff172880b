"""A world in a folder: what must be there, what may, and what its parts become."""

import json
from dataclasses import replace

import pytest

from realm_mini.corpus import Corpus, data_path
from realm_mini.errors import RealmError
from realm_mini.masking import Span
from realm_mini.world import World


def write(folder, name, *rows):
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "passages.jsonl", {"id": "a", "title": "A", "text": "Born in 1801."})
    write(tmp_path, "news.jsonl", {"text": "In 1801."}, {"text": "In 1802."})
    return tmp_path


def test_passages_and_news_are_enough(folder):
    world = World.load(folder)
    assert [p.id for p in world.corpus] == ["", "a"]
    assert [s.text for s in world.news] == ["In 1801.", "In 1802."]
    assert world.questions == {}
    assert world.annotated == {}


def test_questions_by_part_and_annotations_by_passage(folder):
    rows = [
        {"question": f"{split}?", "answers": ["x"], "split": split}
        for split in ("test", "train", "dev", "train")
    ]
    write(folder, "questions.jsonl", *rows)
    write(folder, "passages.annotations.jsonl", {"id": "a", "spans": [[8, 12, "date"]]})
    world = World.load(folder)
    assert {split: len(asked) for split, asked in world.questions.items()} == {
        "train": 2,
        "dev": 1,
        "test": 1,
    }
    assert all(q.text == f"{split}?" for split, asked in world.questions.items() for q in asked)
    assert world.annotated == {"a": [Span(8, 12, "date")]}
    span = world.annotated["a"][0]
    assert world.corpus[1].text[span.start : span.end] == "1801"


@pytest.mark.parametrize("name", ["passages.jsonl", "news.jsonl"])
def test_what_must_be_there(folder, name):
    (folder / name).unlink()
    with pytest.raises(RealmError, match=name.replace(".", r"\.") + " cannot be read"):
        World.load(folder)


def test_a_part_has_the_passages_of_its_kinds_and_what_belongs_to_them():
    whole = World.load(data_path("passages.jsonl").parent)
    part = whole.part("element", "body")
    ids = {p.id for p in part.corpus}
    assert ids == {"", *(p.id for p in whole.corpus if p.id.startswith(("element:", "body:")))}
    assert set(part.annotated) == ids & set(whole.annotated)
    for kept, every, gold in (
        (part.news, whole.news, lambda text: text.gold["passages"]),
        (part.questions["dev"], whole.questions["dev"], lambda asked: asked.passages),
    ):
        assert kept == [text for text in every if set(gold(text)) & ids]
        assert 0 < len(kept) < len(every)


@pytest.mark.parametrize(("kinds", "said"), [(("moon",), "'moon'"), ((), "nothing")])
def test_a_part_of_no_such_kind(folder, kinds, said):
    with pytest.raises(RealmError, match=f"no passages of kind {said}; there are a"):
        World.load(folder).part(*kinds)


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("news.jsonl", {"text": "x", "gold": None}, '"gold" must be an object'),
        ("news.jsonl", {"text": "x", "gold": {"passages": "a"}}, 'its "passages" a list'),
        ("news.jsonl", {"text": "x", "gold": {"spans": [[0, 4]]}}, r"lists of \[start, end, label\]"),
        ("passages.annotations.jsonl", {"id": "a", "spans": [[8, 12]]}, r"lists of \[start, end, label\]"),
        ("passages.annotations.jsonl", {"id": "a", "spans": 5}, r"label\], not 5"),
        ("passages.annotations.jsonl", {"id": "a", "spans": [[12, 8, "date"]]}, "Mend the line"),
        ("passages.annotations.jsonl", {"id": "a", "spans": [[0, True, "date"]]}, "Mend the line"),
        ("passages.annotations.jsonl", {"id": 1.5, "spans": []}, "1.5 is no id"),
    ],
)
def test_gold_and_annotations_of_another_form_are_refused_where_they_stand(folder, name, row, message):
    good = {"text": "In 1801."} if name == "news.jsonl" else {"id": "a", "spans": []}
    write(folder, name, good, row)
    with pytest.raises(RealmError, match=rf"{name}, line 2.*{message}"):
        World.load(folder)


def test_a_number_will_do_for_an_id(folder):
    write(folder, "passages.jsonl", {"id": 7, "text": "Born in 1801."})
    write(folder, "passages.annotations.jsonl", {"id": 7, "spans": [[8, 12, "date"]]})
    world = World.load(folder)
    assert set(world.annotated) == {p.id for p in world.corpus if p.id} == {"7"}


def test_a_fingerprint_changes_with_all_that_training_reads_and_nothing_else(folder):
    rows = [{"question": f"{part}?", "answers": ["x"], "split": part} for part in ("train", "dev", "test")]
    write(folder, "questions.jsonl", *rows)
    write(folder, "passages.annotations.jsonl", {"id": "a", "spans": [[8, 12, "date"]]})
    world = World.load(folder)
    assert World.load(folder).fingerprint == world.fingerprint
    seen = {world.fingerprint}
    for changed in (
        replace(world, corpus=Corpus.from_texts(["Born in 1802."])),
        replace(world, news=world.news[::-1]),
        replace(world, questions=world.questions | {"train": []}),
        replace(world, annotated={}),
    ):
        assert changed.fingerprint not in seen
        seen.add(changed.fingerprint)
    assert replace(world, questions=world.questions | {"test": []}).fingerprint == world.fingerprint
