"""A changed model is the one that would have been made of the changed corpus, at a fraction of the work."""

import random

import numpy as np
import pytest

from realm_mini import editing, retriever
from realm_mini.corpus import Corpus, Passage
from realm_mini.editing import edit_corpus
from realm_mini.errors import RealmError
from realm_mini.index import Index


def triples(corpus):
    return [(p.id, p.title, p.text) for p in corpus][1:]


def random_edit(corpus, rng):
    """Some passages changed, some added, some removed; returns put, remove, and what should come out."""
    wanted = {p.id: p for p in list(corpus)[1:]}
    remove = rng.sample(sorted(wanted), rng.randint(0, 5))
    rest = [i for i in wanted if i not in remove]
    put = [
        Passage(i, wanted[i].title, f"{wanted[i].text} More of it.")
        for i in rng.sample(rest, rng.randint(0, 4))
    ]
    put += [Passage(f"new{n}", "New", f"A new text, number {n}.") for n in range(rng.randint(0, 3))]
    rng.shuffle(put)
    for ident in remove:
        del wanted[ident]
    wanted |= {p.id: p for p in put}
    return put, remove, list(wanted.values())


@pytest.mark.parametrize("seed", range(25))
def test_an_edited_corpus_is_that_of_the_new_passages(corpus, seed):
    rng = random.Random(seed)
    put, remove, wanted = random_edit(corpus, rng)
    before = triples(corpus)
    edit = edit_corpus(corpus, put, remove)
    assert sorted(triples(edit.corpus)) == sorted((p.id, p.title, p.text) for p in wanted)
    stay = [i for i, _, _ in before if i not in remove]
    assert [p.id for p in edit.corpus][1 : len(stay) + 1] == stay
    for row, old in enumerate(edit.origin, start=1):
        assert old == -1 or edit.corpus[row] == corpus[int(old)]
    assert triples(corpus) == before


@pytest.mark.parametrize("factory", ["Flat", "SQfp16", "IVF4,Flat", "HNSW8"])
@pytest.mark.parametrize("seed", range(4))
def test_an_edited_model_is_one_built_anew(make_realm, corpus, questions, seed, factory, monkeypatch):
    import dataclasses

    made = make_realm()
    realm = make_realm(search=dataclasses.replace(made.config.search, factory=factory))
    realm.build_index()
    put, remove, _ = random_edit(corpus, random.Random(seed))
    embedded = []
    monkeypatch.setattr(
        editing,
        "embed_corpus",
        lambda model, collator, rows: embedded.append(rows) or retriever.embed_corpus(model, collator, rows),
    )
    realm.edit(put, remove)
    assert [realm.corpus[r].id for r in embedded[0]] == [p.id for p in realm.corpus if p in put]
    anew = make_realm(corpus=realm.corpus)
    anew.build_index()
    np.testing.assert_allclose(
        realm.index.vectors(), anew.index.vectors(), atol=1e-2 if factory == "SQfp16" else 1e-5
    )
    assert realm.index.fingerprint == realm.corpus.fingerprint == realm.collator.corpus.fingerprint
    if factory == "Flat":
        realm.answers_questions = anew.answers_questions = True
        for q in questions[:4]:
            left, right = realm.ask(q.text), anew.ask(q.text)
            assert (left.answer, [p.id for p in left.passages]) == (
                right.answer,
                [p.id for p in right.passages],
            )
            assert left.p_y == pytest.approx(right.p_y, abs=1e-5)


def test_a_passage_is_found_once_it_is_there_and_not_after(make_realm):
    realm = make_realm()
    realm.build_index()
    realm.answers_questions = True
    everything = len(realm.index)
    realm.edit([Passage("extra", "Zeppo", "Zeppo Quirk was born in Tarmo.")])
    assert "extra" in {p.id for p in realm.ask("Where was Zeppo born?", k=everything + 1).passages}
    realm.edit(remove=["extra"])
    assert "extra" not in {p.id for p in realm.ask("Where was Zeppo born?", k=everything).passages}
    with pytest.raises(RealmError, match=f"k={everything + 1} passages were asked for"):
        realm.ask("Where was Zeppo born?", k=everything + 1)


def test_wordpieces_of_what_stays_are_not_cut_again(make_realm, monkeypatch):
    realm = make_realm()
    realm.build_index()
    realm.edit([Passage("p3", "T", "Another text.")], ["p1"])
    monkeypatch.setattr(realm.collator, "_encode", lambda rows: pytest.fail(f"cut again: {rows}"))
    assert all(realm.collator.doc_length(row) for row in range(1, len(realm.corpus)))


def test_a_model_without_an_index_is_edited_too(make_realm):
    realm = make_realm()
    realm.edit(remove=["p0"])
    assert realm.index is None
    assert len(realm.build_index()) == len(realm.corpus) - 1


def test_an_edited_model_is_saved_and_loaded(make_realm, tmp_path):
    realm = make_realm()
    realm.build_index()
    realm.edit([Passage("new", "", "A new text.")], ["p5"])
    realm.save_pretrained(tmp_path / "m")
    loaded = type(realm).from_pretrained(tmp_path / "m")
    assert triples(loaded.corpus) == triples(realm.corpus)
    np.testing.assert_array_equal(loaded.index.vectors(), realm.index.vectors())


@pytest.mark.parametrize(
    ("put", "remove", "message"),
    [
        ([], ["gone"], "No passage has the id 'gone'"),
        ([], "p1", "remove is one string, 'p1', where several are wanted"),
        ([], ["p1", "p1"], "Passage 'p1' is to be removed twice"),
        ([("p1", "", "x")], ["p1"], "Passage 'p1' is both put and removed"),
        ([("n", "", "x"), ("n", "", "y")], [], "Two passages to put have the id 'n'"),
        ([("n", "", " ")], [], "Passage 'n' has an empty text"),
        ([("", "", "x")], [], "has an empty id"),
        ([], [f"p{i}" for i in range(24)], "The corpus has no passages"),
        ([("n", "", "\ud800")], [], "half a character"),
    ],
)
def test_an_edit_that_cannot_be_leaves_the_model_as_it_was(make_realm, put, remove, message):
    realm = make_realm()
    realm.build_index()
    before = realm.corpus, realm.collator, realm.index
    with pytest.raises(RealmError, match=message):
        realm.edit([Passage(*p) for p in put], remove)
    assert (realm.corpus, realm.collator, realm.index) == before


def test_vectors_of_another_width_are_refused():
    index = Index.build(np.eye(4, dtype=np.float32), "f")
    with pytest.raises(RealmError, match="holds 4-wide vectors, the new ones are 3 wide"):
        index.edited(np.array([0, -1]), np.ones((1, 3), dtype=np.float32), "g")


def test_from_texts_can_be_edited():
    edit = edit_corpus(Corpus.from_texts(["a.", "b."]), [Passage("2", "", "c.")], ["1"])
    assert (triples(edit.corpus), edit.origin.tolist()) == ([("2", "", "c.")], [-1])
