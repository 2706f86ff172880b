"""Plausible mistakes and odd surroundings: each is called by name, or does no harm."""

import dataclasses
import json
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch

from realm_mini import marginal
from realm_mini.__main__ import main
from realm_mini.batch import Collator
from realm_mini.bulk import embed_stream
from realm_mini.config import SearchConfig, TrainConfig
from realm_mini.corpus import Corpus, Passage, Question, Sentence, load_questions
from realm_mini.documents import load_corpus
from realm_mini.errors import RealmError, write_text
from realm_mini.finetuning import QuestionSet
from realm_mini.fit import seeded
from realm_mini.hub import renewed
from realm_mini.index import Index
from realm_mini.lexical import Lexical, words
from realm_mini.metrics import exact_match, f1, has_answer
from realm_mini.pipeline import Run
from realm_mini.questions import load_questions as load_any_questions
from realm_mini.recipe import adapt_realm, train_realm
from realm_mini.speed import _has_bfloat16
from realm_mini.store import StoredCorpus
from realm_mini.text import split_sentences
from realm_mini.world import World

# One string where several are wanted


def test_one_string_is_no_list_of_letters(realm):
    for call in (
        lambda: Corpus.from_texts("Marta"),
        lambda: Corpus.from_texts(["a text"], titles="Marta"),
        lambda: exact_match("Marta", "Marta"),
        lambda: f1("Marta", "Marta"),
        lambda: has_answer("Marta lives here.", "Marta"),
        lambda: has_answer("Marta lives here.", "Marta", is_regex=True),
        lambda: realm.answer_many("Marta"),
    ):
        with pytest.raises(RealmError, match="is one string, 'Marta', where several are wanted"):
            call()


def test_a_forgotten_comma_in_a_question():
    """In a process of its own: the type checker of the tests would speak first."""
    program = "from realm_mini import Question; Question('Who?', answers=('Marta'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "RealmError: Question.answers is one string, 'Marta', where several are wanted." in done.stderr


# What is cut, and what cannot be learnt


@pytest.fixture
def long_corpus(people):
    """Passages whose ends no model of these tests reads."""
    return Corpus(Passage(f"p{i}", p.name, (p.body + " ") * 6) for i, p in enumerate(people[:6]))


def told(found):
    return [str(w.message) for w in found if "longer than" in str(w.message)]


def test_every_way_to_vectors_tells_what_was_cut(make_realm, long_corpus, questions, tmp_path):
    make_realm(long_corpus).save_pretrained(tmp_path / "start")
    asked = [Question(questions[0].text, questions[0].answers)]
    config = TrainConfig(steps=1, batch=1, lr=1e-5)
    with pytest.warns(UserWarning, match="^6 of 6 passages are longer than LengthConfig.dlen=64") as found:
        adapt_realm(long_corpus, asked, start=tmp_path / "start", config=config)
    assert len(told(found)) == 1, "once, not once a stage"

    realm = make_realm()
    realm.build_index()
    with pytest.warns(UserWarning, match="^1 of 25 passages are longer"):
        realm.edit([Passage("new", "", long_corpus[1].text)])

    stream = embed_stream(realm.retriever, realm.tokenizer, realm.config.lengths, list(long_corpus)[1:])
    with pytest.warns(UserWarning, match="^6 passages are longer than LengthConfig.dlen=64"):
        assert sum(map(len, stream)) == 6


def test_a_corpus_that_fits_is_no_cause_for_warnings(make_realm):
    realm = make_realm()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        realm.build_index()
        realm.edit([Passage("new", "", "Short.")])


def test_a_question_that_is_too_long_is_told_of(make_realm, questions):
    realm = make_realm()
    realm.answers_questions = True
    long = "born " * 40 + "?"
    with pytest.warns(UserWarning, match="^1 of 2 questions are longer than LengthConfig.qlen=32"):
        realm.answer_many([questions[0].text, long])
    with pytest.warns(UserWarning, match="^1 of 1 questions are longer"):
        QuestionSet([Question(long, ("a",))], realm.collator)


def test_answers_that_cannot_be_learnt(make_realm, corpus, tmp_path):
    collator = make_realm().collator
    with pytest.raises(RealmError, match=r"The question 'Who\?' has no answer to learn"):
        QuestionSet([Question("Who?")], collator)
    far = Question("Who?", ("one two three four five six seven eight nine",))
    with pytest.warns(UserWarning, match="^1 of 2 questions have no answer of at most LengthConfig.span=6"):
        QuestionSet([far, Question("Who?", (*far.answers, "Marta"))], collator)
    make_realm().save_pretrained(tmp_path)
    config = TrainConfig(steps=2, batch=1, lr=1e-5)
    with pytest.warns(UserWarning, match="Nothing was learnt: no question met a passage that holds"):
        adapt_realm(corpus, [Question("Who?", ("born born born",))], start=tmp_path, config=config)


def test_impossible_answers_leave_no_nan():
    """Where no candidate explains y: no credit, the posterior is the prior, and no gradient."""
    nothing = torch.full((1, 3), float("-inf"))
    some = torch.tensor([[0.2, 0.5, 0.0]]).log()
    scores = torch.zeros(2, 3, requires_grad=True)
    z, y = marginal.log_p_z(scores), torch.cat((some, nothing))
    found = marginal.log_marginal(z, y)
    assert found[1] == float("-inf")
    found[0].backward(retain_graph=True)
    alone = torch.zeros(1, 3, requires_grad=True)
    torch.logsumexp(marginal.log_p_z(alone) + some, dim=-1).sum().backward()
    assert torch.equal(scores.grad[0], alone.grad[0]) and torch.equal(scores.grad[1], torch.zeros(3))
    assert torch.equal(marginal.credit(z, y)[1], torch.zeros(3))
    assert torch.equal(marginal.log_posterior(z, y)[1], z[1])
    assert torch.equal(marginal.utility(y)[1], torch.zeros(3))
    assert torch.isfinite(marginal.utility(y)[0, :2]).all() and marginal.utility(y)[0, 2] == float("-inf")


# Files and folders


def test_a_file_is_flushed_by_a_handle_that_may_write(tmp_path, monkeypatch):
    """Windows refuses to flush any other."""
    fcntl = pytest.importorskip("fcntl")
    modes = []
    flush = os.fsync

    def seen(number):
        modes.append(fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE)
        flush(number)

    monkeypatch.setattr(os, "fsync", seen)
    write_text(tmp_path / "a.txt", "a")
    assert modes == [os.O_RDWR] and (tmp_path / "a.txt").read_text() == "a"


def test_hidden_files_and_names_like_those_of_wikiextractor(tmp_path):
    for name in ("b.md", ".trash/x.md", "notes/.ipynb_checkpoints/b-checkpoint.md", "wiki_2024.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("A note. Of two sentences.")
    assert [p.id for p in load_corpus(tmp_path)][1:] == ["b.md#1", "wiki_2024.md#1"]
    (tmp_path / "AA").mkdir()
    (tmp_path / "AA" / "wiki_00").write_text('<doc id="1" url="" title="Ada">\nAda\nAda wrote.\n</doc>\n')
    assert [p.title for p in load_corpus(tmp_path)][1:] == ["Ada"]


@pytest.mark.parametrize("factory", ["Flat", "SQfp16", "IVF4,Flat", "HNSW8", "PQ4x4"])
def test_a_mapped_index_can_be_edited(tmp_path, factory):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(200, 8)).astype(np.float32)
    Index.build(vectors, "a", factory).save(tmp_path / "i.faiss")
    origin, fresh = np.array([*range(1, 200), -1]), vectors[:1] + 1
    mapped, held = (Index.load(tmp_path / "i.faiss", "a", mapped=m) for m in (True, False))
    changed = mapped.edited(origin, fresh, "b")
    assert np.array_equal(changed.search(vectors, 5), held.edited(origin, fresh, "b").search(vectors, 5))
    assert len(changed.edited(np.arange(9), fresh[:0], "c")) == 9, "what came of it is in memory"
    (tmp_path / "i.faiss").unlink()
    with pytest.raises(RealmError, match="is missing or damaged"):
        mapped.edited(origin, fresh, "b")


def test_a_saved_model_leaves_no_text_of_the_one_before(tmp_path):
    for name in ("passages.jsonl", "encoder/config.json", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("private")
    (tmp_path / "config.json").write_text('{"config": {}, "corpus": "passages.jsonl"}')
    with renewed(tmp_path) as part:
        (part / "config.json").write_text("{}")
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["config.json", "notes.txt"]


def test_a_stored_corpus_is_sliced_as_one_in_memory(tmp_path, corpus):
    stored = StoredCorpus.write(tmp_path / "c", list(corpus)[1:])
    assert stored[0:3] == [stored[0], stored[1], stored[2]] == corpus[0:3]
    assert stored[-2:] == corpus[-2:]


def test_one_part_of_the_questions(tmp_path):
    rows = [{"question": f"{i}?", "answers": ["a"], "split": s} for i, s in enumerate(["train", "test"])]
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert [q.text for q in load_any_questions(tmp_path / "q.jsonl", split="train")] == ["0?"]
    path = tmp_path / "q.jsonl"
    assert load_any_questions(path, split="test") == load_questions(path, "test")
    assert len(load_any_questions(path)) == 2
    with pytest.raises(RealmError, match="has no question with \"split\": 'dev'"):
        load_any_questions(path, split="dev")


# Other scripts


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("中文很好。下一句！「完」", ["中文很好。", "下一句！", "「完」"]),
        ("هذه جملة. وهذه أخرى؟ نعم.", ["هذه جملة.", "وهذه أخرى؟", "نعم."]),
        ("यह एक है। वह दो है।", ["यह एक है।", "वह दो है।"]),
        ("He met J. 王 there. no capital here.", ["He met J. 王 there. no capital here."]),
    ],
)
def test_sentences_of_scripts_without_capitals(text, sentences):
    assert [text[a:b] for a, b in split_sentences(text)] == sentences


def test_words_without_spaces_are_matched():
    texts = ["東京は日本の首都です。", "Žižek lives in Ljubljana.", "パリはフランスの首都です。"]
    corpus = Corpus.from_texts(texts)
    assert Lexical(corpus).search(["東京", "žižek"], 1)[0].tolist() == [[1], [2]]
    assert words("Über Žižek, 東京x") == ["über", "žižek", "東", "京", "x"]


# Runs


def test_what_cannot_be_trained_is_told_before_anything_is(corpus, news, tiny_config, tmp_path):
    few = Corpus(list(corpus)[1:4])
    with pytest.raises(
        RealmError, match=r"SearchConfig\.k=4 candidates are wanted of 3 passages, 1 of which"
    ):
        Run(tmp_path / "a", World(few, few.sentences(), {}), tiny_config)
    assert not (tmp_path / "a" / "stages").exists()
    Run(tmp_path / "b", World(few, [Sentence("A text.")], {}), tiny_config)  # all three, and the null
    plain = World(corpus, [Sentence("nothing to hide here.")] * 20, {})
    run = Run(tmp_path / "c", plain, tiny_config)
    with pytest.raises(RealmError, match="No text has a salient span"):
        run.pretrain()
    assert not (tmp_path / "c" / "stages" / "ict").exists()


def test_one_call_takes_strings_and_finds_the_device(corpus, news, tiny_config):
    texts = [s.text for s in news]
    assert train_realm(corpus, texts, config=tiny_config, device="auto").index is not None
    with pytest.raises(RealmError, match="The device 'abacus' cannot be used"):
        train_realm(corpus, texts, config=tiny_config, device="abacus")


def test_training_leaves_the_chance_of_others_alone(corpus, news, tiny_config):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_realm(corpus, news, config=tiny_config)
    assert torch.equal(torch.rand(3), expected)
    torch.manual_seed(5)
    with seeded(0, "a"):
        first = torch.rand(3)
    assert torch.equal(torch.rand(3), expected)
    with seeded(0, "a"):
        assert torch.equal(torch.rand(3), first)
    with seeded(0, "b"):
        assert not torch.equal(torch.rand(3), first)


def test_origins_and_patterns_are_part_of_what_a_run_reads(corpus, news, questions):
    plain = World(corpus, news, {"train": questions[:2]})
    kept = [dataclasses.replace(s, origin="") for s in news]
    from_passage = [dataclasses.replace(s, origin="p1") for s in news]
    patterns = [dataclasses.replace(q, flags={"regex": True}) for q in questions[:2]]
    found = [
        plain.fingerprint,
        World(corpus, from_passage, {"train": questions[:2]}).fingerprint,
        World(corpus, news, {"train": patterns}).fingerprint,
    ]
    assert len(set(found)) == 3
    assert World(corpus, kept, {"train": questions[:2]}).fingerprint == plain.fingerprint


def test_places_for_bm25_matter_only_where_they_are_read():
    assert SearchConfig(k=2, proposal="dense").k == 2
    with pytest.raises(RealmError, match="lexical=2 is more than the 1 real"):
        SearchConfig(k=2)


def test_old_accelerators_multiply_in_float32(monkeypatch):
    for capability, expected in (((7, 5), False), ((8, 0), True), ((9, 0), True)):
        _has_bfloat16.cache_clear()
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda found=capability: found)
        assert _has_bfloat16("cuda") is expected
    _has_bfloat16.cache_clear()


def test_a_console_without_the_letters_of_an_answer(monkeypatch, tmp_path, capsys):
    for words_of_json in (False, True):
        with (tmp_path / "out").open("w", encoding="cp1252") as narrow:
            monkeypatch.setattr(sys, "stdout", narrow)
            assert main(["ask", "Where is 東京?", *(["--json"] if words_of_json else [])]) == 0
        monkeypatch.undo()
    assert json.loads((tmp_path / "out").read_text())["question"] == "Where is 東京?"


def test_a_collator_tells_of_a_cut_once(tokenizer, long_corpus, lengths):
    collator = Collator(tokenizer, long_corpus, lengths)
    collator.body(1)
    with pytest.warns(UserWarning, match="^6 of 6 passages"):
        collator.prepare()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        collator.prepare()
