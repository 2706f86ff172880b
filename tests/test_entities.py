"""Taggers made of other libraries' pipelines: stand-ins made here, with the real interfaces."""

import builtins
import sys
from types import SimpleNamespace

import pytest
import torch

from realm_mini.entities import SALIENT, pipeline_tagger, spacy_tagger, whole_words
from realm_mini.errors import RealmError
from realm_mini.masking import Span, tag_dates, union
from realm_mini.streams import examples
from tests.conftest import TOWN

TEXT = "Orla Venn was born in Tarmo in 1801."


def words(text, spans):
    return [(text[s.start : s.end], s.label) for s in spans]


@pytest.fixture
def nlp():
    """A spaCy pipeline that knows two towns and a year, or what stands in where spaCy is not installed."""
    patterns = {"Tarmo": "GPE", "Oxley": "GPE", "1801": "DATE", "nine": "CARDINAL"}
    try:
        import spacy
    except ImportError:

        def find(text):
            found = [(text.find(w), w, label) for w, label in patterns.items() if w in text]
            ents = [SimpleNamespace(start_char=i, end_char=i + len(w), label_=n) for i, w, n in found]
            return SimpleNamespace(ents=ents)

        find.pipe_labels = {"tagger": ["NN"], "entity_ruler": sorted(set(patterns.values()))}
        return find
    made = spacy.blank("en")
    ruler = made.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": word} for word, label in patterns.items()])
    return made


def test_spacy_entities_are_spans(nlp):
    tag = spacy_tagger(nlp)
    assert words(TEXT, tag(TEXT)) == [("Tarmo", "GPE"), ("1801", "DATE")]
    assert tag("The nine bells of the town.") == []  # plain numbers are no knowledge
    assert words("nine bells", spacy_tagger(nlp, ["cardinal"])("nine bells")) == [("nine", "CARDINAL")]


def test_labels_that_the_pipeline_does_not_have_are_refused(nlp):
    with pytest.raises(RealmError, match=r"None of the tagger's labels \(CARDINAL, DATE, GPE\) .*labels="):
        spacy_tagger(nlp, ["TOWN"])


def test_without_spacy_the_sentence_says_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def absent(name, *args, **kwargs):
        if name == "spacy":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(RealmError, match=r"needs spaCy, which is not installed\. Run: pip install spacy$"):
        spacy_tagger()


def test_without_its_pipeline_the_sentence_names_it(monkeypatch):
    def load(name):
        raise OSError(f"[E050] Can't find model '{name}'")

    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(load=load))
    with pytest.raises(RealmError, match="spacy download en_core_web_sm, or give its folder"):
        spacy_tagger("en_core_web_sm")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, tokenizer):
    """A token classifier that calls a wordpiece what its own number says: no layer but the last one."""
    import transformers as hf

    folder = tmp_path_factory.mktemp("tagger")
    names = ["O", "B-LOC", "I-LOC", "B-CARDINAL"]
    vocab = tokenizer.vocab
    config = hf.BertConfig(
        vocab_size=vocab,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=40,
        id2label=dict(enumerate(names)),
        label2id={n: i for i, n in enumerate(names)},
    )
    model = hf.BertForTokenClassification(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        for module in model.modules():
            if isinstance(module, torch.nn.LayerNorm):
                module.weight.fill_(1.0)
        table = model.bert.embeddings.word_embeddings.weight  # one direction for each label
        table[:, 0] = 1.0
        first = [tokenizer.encode(town).ids.tolist()[0] for town in TOWN]
        table[first] = torch.eye(32)[1]
        table[tokenizer.encode("1801").ids.tolist()] = torch.eye(32)[3]
        model.classifier.weight.copy_(torch.eye(32)[:4])
    model.save_pretrained(folder)
    hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
    return folder


def test_entities_of_a_transformers_pipeline_are_whole_words(checkpoint):
    """The model tags the first piece of a town only; the rest of the word must not be given away."""
    tag = pipeline_tagger(str(checkpoint))
    for town in TOWN:
        text = f"Orla Venn was born in {town}."
        assert words(text, tag(text)) == [(town, "LOC")]
    assert tag("") == tag("  ") == []
    years = pipeline_tagger(str(checkpoint), labels=["CARDINAL"])
    assert words(TEXT, years(TEXT)) == [("1801", "CARDINAL")]


def test_a_text_longer_than_the_model_is_read_to_its_end(checkpoint):
    text = "The people still praise him. " * 12 + "He was born in Tarmo."
    assert words(text, pipeline_tagger(str(checkpoint))(text)) == [("Tarmo", "LOC")]


def test_models_that_are_no_taggers(checkpoint, tmp_path):
    with pytest.raises(RealmError, match=r"No tagger could be loaded from .*nothing"):
        pipeline_tagger(str(tmp_path / "nothing"))
    with pytest.raises(RealmError, match=r"labels \(CARDINAL, LOC\)"):
        pipeline_tagger(str(checkpoint), labels=["TOWN"])


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([(22, 25, "LOC")], ["Tarmo"]),
        ([(22, 29, "LOC")], ["Tarmo in"]),
        ([(21, 28, "LOC")], ["Tarmo"]),
        ([(0, 4, "PER"), (2, 9, "PER")], ["Orla Venn"]),
        ([(5, 9, "PER"), (0, 4, "PER")], ["Orla", "Venn"]),
        ([(4, 5, "PER"), (35, 36, "LOC")], []),
        ([(22, 27, "OTHER")], []),
    ],
)
def test_whole_words(found, expected):
    spans = whole_words(TEXT, found, SALIENT)
    assert [TEXT[s.start : s.end] for s in spans] == expected


def test_it_hides_words_like_any_tagger(checkpoint, people, tokenizer, collator):
    """Masked examples through the package's one door, dates from the regular expression beside them."""
    from numpy.random import default_rng

    from realm_mini.config import ObjectiveConfig
    from realm_mini.corpus import Sentence

    tag = union(pipeline_tagger(str(checkpoint)), tag_dates)
    texts = [Sentence(text=p.news) for p in people]
    stream = examples(texts, tokenizer, collator, default_rng(0), ObjectiveConfig(), tag)
    hidden = {next(stream).hidden_text for _ in range(60)}
    assert hidden <= {p.town for p in people} | {p.year for p in people}
    assert hidden & {p.town for p in people} and hidden & {p.year for p in people}
    assert all(isinstance(s, Span) for s in tag(people[0].news))
