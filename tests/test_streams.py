"""Endless streams of masked texts: repeatable, honest about what cannot be masked, never a silent loop."""

import itertools

import pytest

from realm_mini.config import ObjectiveConfig
from realm_mini.corpus import Corpus, Sentence
from realm_mini.errors import RealmError
from realm_mini.fit import rng_for
from realm_mini.lexical import Lexical
from realm_mini.masking import Span
from realm_mini.pipeline import Run
from realm_mini.streams import HELD_OUT, examples, holds, masked_held_out, readable, split_news
from realm_mini.world import World


def stream(realm, texts, tagger, name="mask", **objective):
    return examples(
        texts, realm.tokenizer, realm.collator, rng_for(0, name), ObjectiveConfig(**objective), tagger
    )


@pytest.mark.parametrize("mask", ["salient", "span", "uniform"])
def test_examples_are_well_formed_endless_and_repeatable(realm, news, tagger, mask):
    def first(name):
        return list(itertools.islice(stream(realm, news, tagger, name, mask=mask), 100))

    found = first("a")
    assert {e.text for e in found} == {s.text for s in news}
    assert all(realm.collator.fits(e) for e in found)
    positions = [e.positions.tolist() for e in found]
    assert (
        positions == [e.positions.tolist() for e in first("a")] != [e.positions.tolist() for e in first("b")]
    )


def test_examples_know_their_origin(realm, corpus, tagger):
    for example in itertools.islice(stream(realm, corpus.sentences(), tagger), 30):
        assert example.text in corpus[corpus.row(example.origin)].text


def test_texts_with_nothing_to_hide_are_passed_over(realm, tagger):
    texts = [Sentence("nothing here"), Sentence("Born in 1801"), Sentence("born " * 60 + "in 1801")]
    with pytest.warns(UserWarning, match="A text has 62 wordpieces, and its end is not seen"):
        assert {e.text for e in itertools.islice(stream(realm, texts, tagger), 20)} == {"Born in 1801"}


@pytest.mark.parametrize(
    ("text", "mask", "message"),
    [
        (None, "salient", "nothing to train on"),
        ("nothing here", "salient", "No text has a salient span that could be hidden"),
        pytest.param(
            *("born " * 60 + "in 1801", "salient", r"beyond LengthConfig\.qlen=32 wordpieces.*Raise these"),
            marks=pytest.mark.filterwarnings("ignore:A text has 62 wordpieces"),
        ),
        ("  ", "uniform", "No text has words that could be hidden"),
    ],
)
def test_nothing_to_hide_at_all_is_an_error_and_no_endless_loop(realm, tagger, text, mask, message):
    texts = [] if text is None else [Sentence(text)]
    with pytest.raises(RealmError, match=message):
        next(stream(realm, texts, tagger, mask=mask))


def test_salient_masking_needs_a_tagger(realm, news):
    with pytest.raises(RealmError, match='mask="salient" needs a tagger'):
        next(stream(realm, news, None))


# --- texts kept out of training -------------------------------------------------------------------


@pytest.mark.parametrize(("count", "kept"), [(9, 0), (24, 2), (10 * HELD_OUT + 50, HELD_OUT)])
def test_news_are_kept_out_of_training_or_learnt_from(count, kept, corpus):
    news = [Sentence(f"text {i}") for i in range(count)]
    held_out, learnt = split_news(World(corpus, news), seed=1)
    assert len(held_out) == kept
    assert {s.text for s in held_out} | {s.text for s in learnt} == {s.text for s in news}
    assert len(held_out) + len(learnt) == count
    if kept:
        assert split_news(World(corpus, news), seed=1)[0] == held_out != split_news(World(corpus, news), 2)[0]


def test_what_a_run_keeps_out_is_masked_without_its_folder_too(corpus, news, tiny_config, tmp_path):
    world = World(corpus, [*news, *news])
    run = Run(tmp_path, world, tiny_config)
    found = masked_held_out(world, run.config.seed, run.tokenizer, run.realm.collator)
    assert [e.text for e in found] == [s.text for s in run.held_out] and len(found) == 4
    assert [e.hidden_text for e in found] == [s.text[3:7] for s in run.held_out]
    again = run.masked_held_out()
    assert [e.positions.tolist() for e in again] == [e.positions.tolist() for e in found]


@pytest.mark.parametrize(
    "text",
    [Sentence("in 1801"), Sentence("born " * 60 + "in 1801", gold={"spans": [[303, 307, "date"]]})],
    ids=["no span", "cut before it"],
)
def test_held_out_texts_without_a_span_to_hide_are_left_out(text, realm, corpus):
    assert split_news(World(corpus, [text] * 20), 0)[0] == [text] * 2
    assert masked_held_out(World(corpus, [text] * 20), 0, realm.tokenizer, realm.collator) == []


# --- texts with a passage that answers them ------------------------------------------------------


def test_holds(corpus, hide, people):
    """Whole words of the body, after normalisation; the null holds nothing."""
    example = hide(people[2].news, people[2].year)
    assert holds(corpus, [0, 1, 3], example)
    assert not holds(corpus, [0, 1, 2], example)
    assert not holds(corpus, [], example)
    part = Corpus.from_texts(["It was 18150 to one."])
    assert not holds(part, [1], hide("Born in 1815.", "1815"))


def test_each_text_comes_with_a_passage_that_holds_the_hidden_words_but_never_its_origin(
    realm, corpus, tagger
):
    masked = stream(realm, corpus.sentences(), tagger)
    for example, row in itertools.islice(readable(masked, realm.collator, Lexical(corpus)), 60):
        assert example.hidden_text in corpus[row].text
        assert row not in corpus.banned_rows(example.origin)


def test_it_is_the_best_of_bm25_that_holds_them(realm, news, corpus, tagger):
    """And none from beyond the first k: with one only, that one holds them or the text is passed over."""
    lexical = Lexical(corpus)
    for k in (1, 4):
        for example, row in itertools.islice(
            readable(stream(realm, news, tagger), realm.collator, lexical, k), 30
        ):
            near = lexical.search([example.visible_text()], k)[0][0].tolist()
            assert row == next(r for r in near if example.hidden_text in corpus[r].text)


def marked(word):
    return lambda text: [Span(text.index(word), text.index(word) + len(word), "")]


def test_no_text_with_a_passage_and_no_origin_is_an_error_and_no_endless_loop(realm, corpus):
    masked = stream(realm, [Sentence("Nobody was born in 1066.")], marked("1066"))
    with pytest.raises(RealmError, match="No passage holds what the masked texts hide"):
        next(readable(masked, realm.collator, Lexical(corpus)))


def test_where_nothing_is_told_twice_each_text_comes_with_its_origin_and_a_warning(make_realm, tagger):
    corpus = Corpus.from_texts([f"Somebody was born in {year}. Who knows." for year in range(1801, 1809)])
    realm = make_realm(corpus=corpus)
    masked = stream(realm, corpus.sentences(), tagger)
    pairs = readable(masked, realm.collator, Lexical(corpus))
    with pytest.warns(UserWarning, match="No passage tells what another one tells"):
        first = next(pairs)
    for example, row in [first, *itertools.islice(pairs, 20)]:
        assert row == corpus.row(example.origin)
        assert example.hidden_text in corpus[row].text
