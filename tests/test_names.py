"""Names by their capitals: what a sentence's beginning hides, links, possessives, initials, and rarity."""

import itertools

import numpy as np
import pytest

from realm_mini.masking import tag_dates, union
from realm_mini.names import LONGEST, NameTagger, rare

TEXTS = [
    "The ferry left Bergen for the Faroe Islands in May. Fishing is hard there. They say Fishing once.",
    "He wrote to Ada and fishing stopped. The fishing of cod pays.",
    "A letter from Mikkel lies there, and one from Oslo.",
]


@pytest.fixture(scope="module")
def names():
    return NameTagger(TEXTS)


def found(tag, text):
    return [text[s.start : s.end] for s in tag(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("They left Bergen.", ["Bergen"]),
        ("Bergen lies by the sea. Ada lives there.", ["Bergen", "Ada"]),  # known from within sentences
        ("Fishing pays, Fishing too.", ["Fishing"]),  # at the beginning the small form is more frequent
        ("Whales pass.", []),  # never seen elsewhere, so nothing says that it is a name
        ('He said: "Whales are fish", and "Ada knows".', ["Ada"]),  # a quotation begins like a sentence
        ("It was the Kingdom of the Isles.", ["Kingdom of the Isles"]),
        ("It was a matter of Oslo.", ["Oslo"]),
        ("He saw the King of.", ["King"]),  # a link that nothing follows
        ("It is Ada's house.", ["Ada"]),
        ("In Ada's Bergen one walks.", ["Ada", "Bergen"]),
        ("So J. S. Bach came.", ["J. S. Bach"]),
        ("It fell to the U.S. Navy then.", ["U.S. Navy"]),
        ("He met St. Olaf, Mikkel and Ada there.", ["St. Olaf", "Mikkel", "Ada"]),
        ("They came in May, on a Monday.", []),
        ("And I and X left.", []),  # a single letter
        ("So I'm here, I've seen Ada and I’ll go.", ["Ada"]),
        ("He likes the Franco-Prussian side and Smith & Sons.", ["Franco-Prussian", "Smith & Sons"]),
        ("He sang " + "La " * (LONGEST + 1) + "there.", []),
        ("", []),
        ("... 1999 !!", []),
    ],
)
def test_names(names, text, wanted):
    assert found(names, text) == wanted


def test_spans_are_whole_words_in_order_and_never_overlap(names, people):
    rng = np.random.default_rng(0)
    parts = ["Ada", "of", "the", "Oslo's", "J.", "saw", ".", "?", '"', "May", "St.", "1801", "&", "Élan", "ø"]
    texts = [" ".join(rng.choice(parts, size=12)) for _ in range(300)] + [p.body for p in people]
    for text in texts:
        spans = union(tag_dates, names)(text)
        assert all(0 <= a.end <= b.start for a, b in itertools.pairwise(spans))
        for start, end, _ in spans:
            assert text[start:end].strip() == text[start:end] != ""
            assert start == 0 or not text[start - 1].isalnum()
            assert end == len(text) or not text[end].isalnum()


def test_what_stands_in_many_texts_is_left_out(names):
    texts = [
        f"Then {name} saw Bergen in {year}."
        for name, year in (("Ada", 1801), ("Mikkel", 1802), ("Oslo", 1802))
    ]
    tag = union(tag_dates, names)
    assert found(rare(tag, texts, 3), texts[1]) == ["Mikkel", "Bergen", "1802"]
    assert found(rare(tag, texts, 2), texts[1]) == ["Mikkel", "1802"]
    assert found(rare(tag, texts, 1), texts[1]) == ["Mikkel"]
    assert found(rare(tag, texts, 3, least=2), texts[1]) == ["Bergen", "1802"]
    assert found(rare(tag, texts, 2, least=2), texts[1]) == ["1802"]
    twice = ["Ada met ada, and Ada met Ada."]
    assert found(rare(names, twice, 1), twice[0]) == ["Ada", "Ada", "Ada"], "texts are counted, not places"
