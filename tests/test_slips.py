"""Slips of a researcher with texts of one's own: nothing is lost without a word."""

import dataclasses
import gc
import json
import subprocess
import sys
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pytest

from realm_mini.batch import Collator
from realm_mini.config import EncoderConfig, LengthConfig, ObjectiveConfig, RealmConfig
from realm_mini.corpus import Corpus, Passage, Question, Sentence, load_sentences
from realm_mini.errors import RealmError
from realm_mini.evaluate import gold_ranks, probe, score_answers
from realm_mini.finetuning import QuestionSet
from realm_mini.fit import rng_for
from realm_mini.hub import found_model, renewed
from realm_mini.lexical import Lexical, words
from realm_mini.masking import GazetteerTagger, mask_marked, tag_dates
from realm_mini.names import NameTagger
from realm_mini.pages import from_markdown
from realm_mini.pipeline import Run
from realm_mini.presets import pretrained, small, tiny
from realm_mini.questions import load_questions
from realm_mini.recipe import train_realm
from realm_mini.streams import Examples, masked_held_out, split_news
from realm_mini.text import Tokenizer
from realm_mini.world import World
from tests.test_checkpoints import byte_pairs

# What the model does not see


def test_a_passage_that_a_question_leaves_no_room_for_is_told_of(tokenizer, people):
    long = Corpus([Passage("a", "", people[0].body * 2), Passage("b", "", people[1].body)])
    room = len(tokenizer.encode(people[1].body)) + 33
    small_joint = LengthConfig(qlen=32, dlen=400, jlen=room, masks=8, span=6)
    with pytest.warns(UserWarning, match=r"does not see the ends of 1 of 2 passages: LengthConfig\.jlen="):
        Collator(tokenizer, long, small_joint).prepare()
    least = small_joint.qlen + small_joint.dlen - 2
    enough = dataclasses.replace(small_joint, jlen=least)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Collator(tokenizer, long, enough).prepare()
    # The number that the warning gives is enough for the longest passage beside the longest text.
    longest = Corpus([Passage("a", "", people[0].body * 40)])
    collator = Collator(tokenizer, longest, enough)
    text = tokenizer.encode(people[1].body * 3)
    joint = collator.spans([text], np.array([[1]]))
    assert int(joint.joint_mask.sum()) == 32 + len(collator.body(1)) + 1 == least


def test_random_masks_fall_where_the_model_looks(tokenizer, collator, people):
    text = " ".join(p.body for p in people[:4])
    assert len(tokenizer.encode(text)) > 2 * collator.lengths.qlen
    for mask in ("uniform", "span"):
        plan = ObjectiveConfig(mask=mask)
        with pytest.warns(UserWarning, match=r"A text has \d+ wordpieces, and its end is not seen"):
            stream = Examples([Sentence(text)], tokenizer, collator, rng_for(0, "x"), plan)
            drawn = [stream._masked(0) for _ in range(50)]
        fitting = [e is not None and collator.fits(e) for e in drawn]
        assert all(fitting), mask


def test_a_text_to_fill_that_is_too_long_is_told_of(realm, people):
    text = "[MASK] is a town. " + people[0].body + people[1].body
    with pytest.warns(UserWarning, match="1 of 1 texts are longer than LengthConfig.qlen=32"):
        realm.fill(text, k=2)


def test_gold_recall_of_a_corpus_with_other_ids(corpus, questions):
    other = Corpus(Passage(f"{p.id}#0", p.title, p.text) for p in list(corpus)[1:])
    rows = np.tile(np.arange(1, 6), (len(questions), 1))
    with pytest.warns(UserWarning, match="none of the passages that the questions name .'p0' is one."):
        assert set(gold_ranks(rows, other, questions)) == {None}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert 0 in gold_ranks(rows, corpus, questions)
        assert gold_ranks(rows[:1], corpus, [Question("Who?")]) == [None]


def test_patterns_have_no_words_to_share():
    found = score_answers(
        ["Mt. Everest"], [Question("?", (r"(mount|mt\.?) everest",), flags={"regex": True})]
    )
    assert (found["em"], found["f1"]) == (100.0, 100.0)


def test_a_probe_of_few_passages(make_realm, corpus, hide, people):
    few = make_realm(Corpus(list(corpus)[1:4]))
    few.build_index()
    found = probe(few, [hide(people[0].body, people[0].town)])
    assert 0 < found["p_null"] <= 1


# Words in another form


@pytest.mark.parametrize("text", ["Born (Oslo) in 1801.", '"Oslo" is a town.', "Born in Oslo.", "Oslo."])
def test_an_answer_behind_a_bracket_is_found(text, lengths):
    learnt = ["Born in Oslo (Oslo) in 1801.", '"Oslo" is a town in the north.'] * 9
    tokenizer = Tokenizer(byte_pairs(learnt, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    collator = Collator(tokenizer, Corpus([Passage("a", "", text)]), lengths)
    known = QuestionSet([Question("Where?", ("Oslo",))], collator)
    assert len({tuple(ids) for ids in known.answers[0]}) == 2, "two forms"
    spans = collator.spans(known.pieces, np.array([[0, 1]]), known.answers)
    assert spans.is_answer.sum() == 1
    masked = mask_marked("He lives in [MASK].", tokenizer)
    assert len(masked.ids) > 0


def test_word_pieces_have_one_form(collator):
    assert len(collator.forms(["Marta", "1801"])) == 2


def test_letters_and_accents_apart_are_one_word(tmp_path):
    apart = unicodedata.normalize("NFD", "José Núñez lives in Müller.")
    assert words(apart) == words("José Núñez lives in Müller.")
    corpus = Corpus.from_texts([apart, "Nobody lives there."])
    assert corpus[1].text == "José Núñez lives in Müller."
    rows, scores = Lexical(corpus).search([unicodedata.normalize("NFD", "Müller")], 2)
    assert rows[0, 0] == 1 and scores[0, 0] > 0
    lines = [{"text": apart}, {"text": apart, "gold": {"spans": [[0, 5, "name"]]}}]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (tmp_path / "page.txt").write_text(apart, encoding="utf-8")
    one, counted = load_sentences(tmp_path / "x.jsonl")
    assert one.text == corpus[1].text
    assert counted.text == apart, "spans count characters as they are"
    assert Corpus.from_folder(tmp_path)[1].text == corpus[1].text
    assert [one.text[s.start : s.end] for s in NameTagger([one.text])(f"So {one.text}")]
    found = GazetteerTagger(["José Núñez"])(one.text)
    assert [one.text[s.start : s.end] for s in found] == ["José Núñez"]


@pytest.mark.parametrize(
    ("page", "paragraphs"),
    [
        ("1. first\n2. second\n3. third", ["first", "second", "third"]),
        ("before\n\n1. first\n2. second", ["before", "first", "second"]),
        ("p(y|x) is high, cat a | sort", ["p(y|x) is high, cat a | sort"]),
        ("| a | b |\n|---|---|\n| c | d |\n\ne | f", ["a b", "c d", "e | f"]),
        ("a | b\n--- | ---\nc | d", ["a b", "c d"]),
        ("call `__init__` or `a|b` or ``x`y``", ["call __init__ or a|b or x`y"]),
        ("```code```\n\n# Title\n\ntext", ["code", "text"]),
        ("````\n```\n# no\n````\n\nyes", ["# no", "yes"]),
        ("*so* `*not*` **so**", ["so *not* so"]),
    ],
)
def test_markdown_as_it_is_read(page, paragraphs):
    assert from_markdown(page)[1] == paragraphs


# What another made


def begin(*args, **kwargs):
    """Open the folder of a run and leave it."""
    run = Run(*args, **kwargs)
    del run
    gc.collect()


def test_a_run_knows_its_tagger_again(corpus, news, tiny_config, tmp_path):
    world = World(corpus, news, {})
    begin(tmp_path, world, tiny_config, tagger=tag_dates)
    begin(tmp_path, world, tiny_config, tagger=lambda text: tag_dates(text))
    with pytest.raises(RealmError, match=r"of another tagger\. Choose another folder"):
        Run(tmp_path, world, tiny_config, tagger=GazetteerTagger(["Orla"]))
    known = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps(known | {"tagger": "given"}))  # of an earlier version
    begin(tmp_path, world, tiny_config, tagger=tag_dates)


def test_an_edit_reaches_what_fills_gaps(make_realm, corpus, people):
    made = make_realm()
    made.keep_pretrained()
    gap = "Orla Venn was born in [MASK]."
    made.fill(gap, k=3)
    made.edit(remove=[p.id for p in list(corpus)[5:]])
    assert len(made.pretrained.index) == 4
    assert made.pretrained.fill(gap, k=3) == made.fill(gap, k=3)
    assert np.array_equal(made.pretrained.rows([gap], 3), made.rows([made.tokenizer.encode(gap)], 3))


def test_a_model_is_not_saved_over_what_is_none(realm, tmp_path):
    theirs = {
        "a/config.json": '{"model_type": "bert"}',
        "b/passages.jsonl": '{"id": 1}',
        "c/tokenizer.json": "{}",
    }
    for name, text in theirs.items():
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(text)
        with pytest.raises(RealmError, match=f"has a {path.name} that is not a saved REALM's"):
            realm.save_pretrained(path.parent)
        assert [p.name for p in path.parent.iterdir()] == [path.name] and path.read_text() == text
    with pytest.raises(RealmError, match=r"a checkpoint of transformers, no REALM\. To start one from it"):
        found_model(tmp_path / "a")
    realm.save_pretrained(tmp_path / "d")
    (tmp_path / "d" / "config.json").unlink()  # as a save leaves it that was killed in its last moment
    with renewed(tmp_path / "d") as part:
        (part / "config.json").write_text("{}")


# Configurations


def test_paths_and_numbers_of_numpy_are_as_good(corpus, news, tiny_config, tmp_path):
    assert EncoderConfig(checkpoint=Path("a/b")) == EncoderConfig(checkpoint=str(Path("a/b")))
    config = dataclasses.replace(tiny_config, seed=np.int64(3))
    assert json.loads(json.dumps(config.to_dict()))["seed"] == 3
    assert RealmConfig.from_dict(config.to_dict()) == config
    begin(tmp_path, World(corpus, news, {}), config)


def test_rates_for_pretrained_weights():
    config = pretrained(Path("somewhere"), tiny())
    assert config.encoder.checkpoint == "somewhere" and config.retriever == tiny().retriever
    rates = {f.name: getattr(config.stages, f.name).lr for f in dataclasses.fields(config.stages)}
    assert max(rates.values()) == rates["ict"] == 1e-4 and rates["finetune"] == 1e-5
    assert pretrained("x").stages.pretrain.steps == small().stages.pretrain.steps


SLIPS = {
    "realm.answer_many([asked])": "of a Question give its text",
    'realm.answer_many([""])': "The question is empty",
    'Corpus(["a text"])': "'a text' is no Passage. Of plain texts: Corpus.from_texts",
    'Corpus.from_texts(["a", float("nan")])': "Texts and titles are strings, not nan",
    'adapt_realm(["a text"], [asked])': "adapt_realm wants a Corpus. Make one",
    'adapt_realm(corpus, ["Where?"])': "'Where?' is no Question. Give",
    'train_realm(corpus, questions=["Where?"], config=tiny())': "'Where?' is no Question. Give",
    'Question("When?", (1801,))': "Question.answers holds 1801, no string",
    "adapt_realm(corpus, [asked], config=tiny())": "wants a TrainConfig as config=, not RealmConfig(",
    "train_realm(corpus, config=ADAPT)": "train_realm wants a RealmConfig as config=, not TrainConfig(",
    "rng_for(-1, 'x')": "seed=-1 is negative",
}


def test_values_of_a_wrong_kind():
    """In a process of its own: the type checker of the tests would speak first."""
    program = f"""
from realm_mini import Corpus, Question, Realm, adapt_realm, tiny, train_realm
from realm_mini.errors import RealmError
from realm_mini.fit import rng_for
from realm_mini.recipe import ADAPT
realm, asked = Realm.from_pretrained(), Question("Where?", ("Oslo",))
corpus = Corpus.from_texts(["Oslo is a town."])
for call in {list(SLIPS)!r}:
    try:
        eval(call)
        print("nothing")
    except RealmError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    for (call, said), heard in zip(SLIPS.items(), done.stdout.splitlines(), strict=True):
        assert said in heard, call


def test_answers_of_no_wordpiece_are_told_of(collator):
    with pytest.warns(UserWarning, match="1 of 1 questions have no answer of at most"):
        QuestionSet([Question("Where?", ("",))], collator)


def test_questions_may_come_one_by_one(realm, people):
    assert len(realm.answer_many(f"Where was {p.name} born?" for p in people[:3])) == 3


def test_the_name_of_a_part_where_a_kind_is_wanted(tmp_path):
    with pytest.raises(RealmError, match=r"kind='train' is not known.*for a part of the file, split='train'"):
        load_questions(tmp_path / "q.jsonl", "train")


# A training of one's own


def test_texts_without_gold_are_probed_all_the_same(corpus, news, tiny_config, tagger):
    plain = [Sentence(s.text) for s in news]
    trained = train_realm(corpus, plain, config=tiny_config, tagger=tagger)
    made = trained.provenance
    assert made["command"] == "train_realm" and made["seed"] == tiny_config.seed
    assert {"utility", "log_p_y", "p_null", "exact"} == set(made["figures"]["pretrain"]["held_out"])
    own = World(corpus, corpus.sentences(), {})
    assert split_news(own, 0)[0]
    collator = Collator(trained.tokenizer, corpus, tiny_config.lengths)
    assert masked_held_out(own, 0, trained.tokenizer, collator, tagger) == [], "they would find their own"
