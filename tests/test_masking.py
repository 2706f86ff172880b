"""Taggers find what is worth hiding; maskers hide it, as often as they should, and nothing leaks."""

import copy
import re
import unicodedata
from itertools import pairwise

import numpy as np
import pytest

from realm_mini import masking as mk
from realm_mini.errors import RealmError
from realm_mini.masking import GazetteerTagger, MaskedExample, Span


def found(text, tagger=mk.tag_dates):
    return [text[s.start : s.end] for s in tagger(text)]


DATES = """
4 July 1776; 4th July 1776; 4th of July 1776; 4th of July, 1776; July 4, 1776; July 4 1776; July 4th, 1776
Sept. 3, 1783; 3 Sept 1783; Jan. 1; 31 December; December 31; 1st of May; July 1776; 22nd of March 1999
Feb 29, 2000; 1776-07-04; 1776; 1066; 2024; 1776-83; 1914–1918; 1914 - 1918; 1770s; the 1770s; the early 1900s
late 1890s; mid-1950s; the 900s; the late 2010s; 44 BC; 476 AD; AD 79; 1200 BC; 1066 AD; AD 1066
"""
NO_DATES = """
1,790 men; a height of 12345 m; 3.1415 or so; 0.1905 m; room 999; It may be so.; May I?; 500 BCE; 4 Julyish
in March they left; 12 monkeys; A1905; 1905b; 1905.5 km; 19055; HD 209458 b; the 3rd man; 1,905,300; Mayor 5
"""


def listed(text):
    return [item.strip() for item in re.split(r"[;\n]", text.strip())]


@pytest.mark.parametrize("date", listed(DATES))
@pytest.mark.parametrize(
    "frame", ["{}", "It was {}, they say.", "Born ({}) far away", "From {}; then", "on {}."]
)
def test_dates_of_many_styles_are_one_span(date, frame):
    assert found(frame.format(date)) == [date]


@pytest.mark.parametrize("text", listed(NO_DATES))
def test_numbers_that_are_no_dates(text):
    assert found(text) == []


def test_several_dates_in_one_text():
    text = "From 4 July 1776 to Sept. 3, 1783; in 1790 and the 1800s; 1,790 men, 5 of May."
    assert found(text) == ["4 July 1776", "Sept. 3, 1783", "1790", "the 1800s", "5 of May"]
    assert {s.label for s in mk.tag_dates(text)} == {"date"}


def test_gazetteer_prefers_the_longest_name_and_whole_words():
    tag = GazetteerTagger(["New York", "York", "Lake Van (Turkey)", "O'Higgins", "St. John's", "x"])
    assert found("New York, Yorkshire and York.", tag) == ["New York", "York"]
    assert found("Near Lake Van and the lake van.", tag) == ["Lake Van"]
    assert found("O'Higgins of St. John's met x.", tag) == ["O'Higgins", "St. John's"]
    assert found("new york YORK", tag) == []
    assert GazetteerTagger([])("New York") == []


def test_union_keeps_the_longer_of_two_overlapping_spans():
    tag = mk.union(
        lambda _: [Span(0, 5, "a"), Span(10, 12, "a")],
        lambda _: [Span(3, 9, "b"), Span(10, 12, "b"), Span(20, 21, "b")],
    )
    assert tag("") == [Span(3, 9, "b"), Span(10, 12, "a"), Span(20, 21, "b")]


def test_union_never_overlaps():
    rng = np.random.default_rng(0)
    for _ in range(200):
        spans = [
            Span(int(a), int(a + n), "")
            for a, n in zip(rng.integers(0, 40, 8), rng.integers(1, 9, 8), strict=True)
        ]
        kept = mk.union(lambda _, s=spans: s[:4], lambda _, s=spans: s[4:])("")
        assert kept == sorted(kept)
        assert all(a.end <= b.start for a, b in pairwise(kept))
        assert all(any(s.start < k.end and k.start < s.end for k in kept) for s in spans)


def test_tagger_scores_by_hand():
    gold = [[Span(0, 4, "x"), Span(9, 12, "x")], [Span(1, 2, "x")]]
    tagged = [[Span(0, 4, "y"), Span(9, 11, "y")], []]
    scores = mk.tagger_scores(tagged, gold)
    assert scores == pytest.approx({"precision": 1 / 2, "recall": 1 / 3, "f1": 0.4})
    assert mk.tagger_scores([[]], [[]]) == {"precision": 0.0, "recall": 0.0, "f1": 0.0}


# --- maskers ---------------------------------------------------------------------------------


def maskers(tagger):
    return {
        "salient": lambda text, pieces, rng: mk.mask_salient(text, pieces, tagger(text), rng),
        "span": lambda text, pieces, rng: mk.mask_span(text, pieces, rng),
        "uniform": lambda text, pieces, rng: mk.mask_uniform(text, pieces, rng),
    }


KINDS = ("salient", "span", "uniform")


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_mask_other_seed_other_mask(kind, tokenizer, tagger, people):
    mask = maskers(tagger)[kind]

    def run(seed):
        rng = np.random.default_rng(seed)
        return [mask(p.body, tokenizer.encode(p.body), rng).positions.tolist() for p in people]

    assert run(1) == run(1) != run(2)


@pytest.mark.parametrize("kind", KINDS)
def test_maskers_leave_their_input_untouched(kind, tokenizer, tagger, people):
    for seed, person in enumerate(people):
        pieces = tokenizer.encode(person.body)
        before = copy.deepcopy(pieces)
        example = maskers(tagger)[kind](person.body, pieces, np.random.default_rng(seed))
        example.visible_text()
        repr(example)
        for name in ("ids", "starts", "ends", "words"):
            assert np.array_equal(getattr(pieces, name), getattr(before, name))


@pytest.mark.parametrize("kind", KINDS)
def test_a_mask_is_well_formed(kind, tokenizer, tagger, people):
    rng = np.random.default_rng(0)
    for person in people * 10:
        pieces = tokenizer.encode(person.body)
        example = maskers(tagger)[kind](person.body, pieces, rng)
        places = example.positions
        assert 1 <= len(places) <= 10
        assert (np.diff(places) > 0).all()
        assert 0 <= places[0] <= places[-1] < len(pieces)
        assert np.array_equal(example.targets, pieces.ids[places])
        if kind != "uniform":
            assert (np.diff(places) == 1).all()


def test_salient_mask_hides_exactly_one_tagged_span(tokenizer, tagger, people):
    rng = np.random.default_rng(0)
    for person in people:
        spans = tagger(person.body)
        texts = {person.body[s.start : s.end] for s in spans}
        assert {person.name, person.town, person.year} == texts
        hidden = {
            mk.mask_salient(person.body, tokenizer.encode(person.body), spans, rng).hidden_text
            for _ in range(60)
        }
        assert hidden == texts


def test_salient_spans_are_drawn_uniformly(tokenizer, people):
    text = people[0].body
    pieces, rng, draws = tokenizer.encode(text), np.random.default_rng(3), 3000
    spans = [Span(m.start(), m.end(), "") for m in re.finditer(r"Tarmo|1801|clocks", text)]
    assert len(spans) == 4
    firsts = [int(mk.mask_salient(text, pieces, spans, rng).positions[0]) for _ in range(draws)]
    sigma = np.sqrt(draws * 0.25 * 0.75)
    for count in np.unique(firsts, return_counts=True)[1]:
        assert abs(count - draws / 4) < 3 * sigma


def test_salient_spans_too_long_or_outside_are_never_hidden(tokenizer, people):
    text = people[0].body
    pieces, rng = tokenizer.encode(text), np.random.default_rng(0)
    long = Span(0, len(text), "")
    assert mk.mask_salient(text, pieces, [], rng) is None
    assert mk.mask_salient(text, pieces, [long], rng, limit=10) is None
    assert (
        mk.mask_salient(text, pieces.cut(3), [Span(text.index("1801"), text.index("1801") + 4, "")], rng)
        is None
    )
    year = Span(text.index("1801"), text.index("1801") + 4, "")
    assert mk.mask_salient(text, pieces, [long, year], rng, limit=10).hidden_text == "1801"


def test_a_span_covers_every_piece_that_it_touches(tokenizer):
    pieces = tokenizer.encode("was born in Tarmo in 1801")
    for start in range(25):
        for end in range(start + 1, 26):
            places = mk.pieces_of(pieces, Span(start, end, ""))
            touched = [
                i
                for i in range(len(pieces))
                if set(range(start, end)) & set(range(pieces.starts[i], pieces.ends[i]))
            ]
            assert places.tolist() == touched


def test_uniform_rate_is_fifteen_percent_everywhere(tokenizer):
    """Each place is hidden with the same probability, 15 % overall: within three sigma."""
    text, draws, rng = "born " * 40, 4000, np.random.default_rng(0)
    pieces = tokenizer.encode(text)
    counts = np.zeros(40)
    for _ in range(draws):
        counts[mk.mask_uniform(text, pieces, rng).positions] += 1
    assert counts.sum() == 0.15 * 40 * draws
    sigma = np.sqrt(draws * 0.15 * 0.85)
    assert (np.abs(counts - 0.15 * draws) < 3 * sigma).mean() >= 0.97
    halves = counts[:20].sum() - counts[20:].sum()
    assert abs(halves) < 3 * np.sqrt(40) * sigma


def test_uniform_hides_at_least_one_and_at_most_the_limit(tokenizer):
    rng = np.random.default_rng(0)
    assert len(mk.mask_uniform("born", tokenizer.encode("born"), rng).positions) == 1
    long = "born " * 200
    assert len(mk.mask_uniform(long, tokenizer.encode(long), rng, limit=7).positions) == 7
    assert mk.mask_uniform("", tokenizer.encode(""), rng) is None


def test_span_lengths_are_those_of_spanbert():
    """Geometric with p = 0.2, cut at 10 words and normalised: 3.8 words on average."""
    words = np.arange(40, dtype=np.int32)
    text = "x" * 40
    pieces = mk.Pieces(words.astype(np.int64), words, words + 1, words)
    rng, draws = np.random.default_rng(0), 6000
    lengths = np.array([len(mk.mask_span(text, pieces, rng).positions) for _ in range(draws)])
    expected = 0.2 * 0.8 ** np.arange(10)
    expected /= expected.sum()
    sigma = np.sqrt(draws * expected * (1 - expected))
    counts = np.bincount(lengths, minlength=11)[1:]
    assert counts.sum() == draws
    assert (np.abs(counts - draws * expected) < 3 * sigma).all()
    mean, spread = (expected * np.arange(1, 11)).sum(), 2.7 / np.sqrt(draws)
    assert mean == pytest.approx(3.8, abs=0.01)
    assert abs(lengths.mean() - mean) < 3 * spread


def test_random_spans_hide_whole_words_anywhere(tokenizer, people):
    rng, firsts = np.random.default_rng(0), set()
    for person in people * 20:
        pieces = tokenizer.encode(person.body)
        example = mk.mask_span(person.body, pieces, rng, limit=100)
        inside = set(pieces.words[example.positions].tolist())
        assert np.isin(pieces.words, list(inside)).sum() == len(example.positions)
        firsts.add(int(example.positions[0]))
    assert {0, 1, 2} <= firsts
    assert max(firsts) >= 17
    assert mk.mask_span("", tokenizer.encode(""), rng) is None


@pytest.mark.parametrize("kind", KINDS)
def test_visible_text_never_leaks_a_hidden_word(kind, tokenizer, tagger, people):
    """What BM25 may see holds no letter of a word of which any piece is hidden, and all the rest."""
    rng = np.random.default_rng(0)
    for person in people * 10:
        pieces = tokenizer.encode(person.news)
        example = maskers(tagger)[kind](person.news, pieces, rng)
        hidden = set(pieces.words[example.positions].tolist())
        kept, lost = [], []
        for word in sorted(set(pieces.words.tolist())):
            places = np.flatnonzero(pieces.words == word)
            written = person.news[pieces.starts[places[0]] : pieces.ends[places[-1]]]
            (lost if word in hidden else kept).append(written)
        visible = example.visible_text()
        assert "".join(visible.split()) == "".join(kept)
        if kind == "salient" and example.hidden_text != person.town:
            assert example.hidden_text not in visible
        assert example.visible_text("#").replace("#", "").split() == visible.split()


def test_visible_text_by_hand(hide, tokenizer):
    text = "Orla Venn, born in Tarmo, died."
    assert hide(text, "Venn").visible_text("_") == "Orla _, born in Tarmo, died."
    assert hide(text, "Orla Venn").visible_text("_") == "_ _, born in Tarmo, died."
    assert hide(text, "died.").visible_text("_") == "Orla Venn, born in Tarmo, _"
    assert hide(text, "Orla").visible_text() == "  Venn, born in Tarmo, died."
    word = "unfathomable"
    pieces = tokenizer.encode(f"in {word} in")
    middle = MaskedExample(f"in {word} in", pieces, np.array([len(pieces) // 2]))
    assert len(pieces) > 4
    assert middle.visible_text("_") == "in _ in"


def test_accents_do_not_leak(tokenizer):
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, "in Málàgä in")
        pieces = tokenizer.encode(text)
        example = MaskedExample(text, pieces, np.flatnonzero(pieces.words == 1)[:1])
        assert example.visible_text("_") == "in _ in"


def test_repr_shows_the_blank(hide):
    assert repr(hide("Born in 1801.", "1801")) == "MaskedExample('Born in ____.', hidden='1801')"


@pytest.mark.parametrize(
    ("text", "count"),
    [("in [MASK].", 1), ("[MASK] [MASK] in", 2), ("[MASK][MASK][MASK]", 3), ("in [MASK]", 1)],
)
def test_marked_texts(text, count, tokenizer):
    assert (mk.mask_marked(text, tokenizer).ids == tokenizer.mask).sum() == count


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no mask", r"The text has no \[MASK\]"),
        ("[mask] in", r"The text has no \[MASK\]"),
        ("", r"The text has no \[MASK\]"),
        ("[MASK] in [MASK]", "more than one masked span"),
    ],
)
def test_badly_marked_texts(text, message, tokenizer):
    with pytest.raises(RealmError, match=message):
        mk.mask_marked(text, tokenizer)
