"""A small invented world, a tokenizer trained on it, and untrained models of a few thousand weights.

The types and shapes written in the annotations are checked while the tests run, but for the modules
that check what users write themselves; the import hook has to be there before their first import.
"""

import dataclasses
import json
from contextlib import contextmanager
from pathlib import Path

import jaxtyping
import pytest
import torch

import tests.shapes  # noqa: F401 - the hook looks it up by name

TRUSTING = {"__init__", "__main__", "config", "errors"}
MODULES = sorted(path.stem for path in (Path(__file__).parents[1] / "realm_mini").glob("*.py"))
jaxtyping.install_import_hook([f"realm_mini.{m}" for m in MODULES if m not in TRUSTING], "tests.shapes.check")

from realm_mini.batch import Collator  # noqa: E402
from realm_mini.config import (  # noqa: E402
    EncoderConfig,
    LengthConfig,
    ObjectiveConfig,
    RealmConfig,
    RetrieverConfig,
    SearchConfig,
    StagesConfig,
    TrainConfig,
)
from realm_mini.corpus import Corpus, Passage, Question, Sentence  # noqa: E402
from realm_mini.masking import GazetteerTagger, Span, mask_salient, tag_dates, union  # noqa: E402
from realm_mini.model import Realm  # noqa: E402
from realm_mini.reader import Reader  # noqa: E402
from realm_mini.text import Tokenizer  # noqa: E402
from realm_mini.world import World  # noqa: E402

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def precision():
    """Commands set how the whole process multiplies: put it back after each test."""
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


FIRST = "Orla Bram Tilda Hugo Maren Ivo Sanna Pell Greta Odo Runa Kasper".split()
LAST = (
    "Venn Askel Dorrit Quill Tarn Lomax Brisk Fenwick Oster Hale Ruddock Sorrel "
    "Tipping Umber Vane Wick Yarrow Zell Abbet Cobb Draper Elm Frost Gannet"
).split()
TOWN = "Tarmo Lindel Oxley Perrin Gostad Marrow Velm Hask Corrie Dunmar Eskel Fallow".split()
CRAFT = "clocks violins bridges kites lenses maps organs boats bells saddles lamps mills".split()


@dataclasses.dataclass(frozen=True)
class Person:
    name: str
    town: str
    year: str
    craft: str

    @property
    def body(self):
        return (
            f"{self.name} was born in {self.town} in {self.year}. "
            f"The people of {self.town} still praise the {self.craft} of {self.name}."
        )

    @property
    def news(self):
        return f"In {self.year} {self.name}, a maker of {self.craft}, first saw the light in {self.town}."


@pytest.fixture(scope="session")
def people():
    """24 invented makers; names, years and pairs of town and craft are unique, towns are shared."""
    return [
        Person(f"{FIRST[i % 12]} {LAST[i]}", TOWN[(5 * i) % 12], str(1801 + 7 * i), CRAFT[(i + i // 12) % 12])
        for i in range(24)
    ]


@pytest.fixture(scope="session")
def corpus(people):
    return Corpus(Passage(id=f"p{i}", title=p.name, text=p.body) for i, p in enumerate(people))


@pytest.fixture(scope="session")
def news(people):
    """X other than Z: one sentence a person, without an origin, with gold for evaluation only."""
    return [
        Sentence(text=p.news, gold={"passages": [f"p{i}"], "spans": [[3, 7, "date"]]})
        for i, p in enumerate(people)
    ]


@pytest.fixture(scope="session")
def questions(people):
    return [
        Question(text=f"Where was {p.name} born?", answers=(p.town,), passages=(f"p{i}",))
        for i, p in enumerate(people)
    ]


@pytest.fixture(scope="session")
def tokenizer(people):
    texts = [f"{p.body} {p.news} Where was he born?" for p in people]
    return Tokenizer.train(texts * 2, vocab=320)


@pytest.fixture(scope="session")
def tagger(people):
    return union(tag_dates, GazetteerTagger([p.name for p in people] + TOWN))


@pytest.fixture(scope="session")
def lengths():
    return LengthConfig(qlen=32, dlen=64, jlen=100, masks=8, span=6)


@pytest.fixture(scope="session")
def tiny_config(tokenizer, lengths):
    """One layer, hidden 32: a step takes some milliseconds."""
    stage = TrainConfig(steps=3, batch=4, lr=1e-3, warmup=1)
    return RealmConfig(
        encoder=EncoderConfig(
            vocab=tokenizer.vocab, hidden=32, layers=1, heads=2, feedforward=64, positions=128
        ),
        lengths=lengths,
        retriever=RetrieverConfig(dim=16),
        search=SearchConfig(k=4, lexical=1, fade=4),
        objective=ObjectiveConfig(refresh=2),
        stages=StagesConfig(**{f.name: stage for f in dataclasses.fields(StagesConfig)}),
    )


@pytest.fixture(scope="session")
def make_realm(tiny_config, tokenizer, corpus):
    """Return a function that makes an untrained REALM of one's own, free to be trained or broken."""

    def make(corpus=corpus, tokenizer=tokenizer, **changes):
        return Realm.create(dataclasses.replace(tiny_config, **changes), tokenizer, corpus)

    return make


@pytest.fixture(scope="session")
def realm(make_realm):
    """An untrained REALM with an index. Shared: only look at it."""
    made = make_realm()
    made.build_index()
    made.answers_questions = True
    return made


@pytest.fixture(scope="session")
def collator(tokenizer, corpus, lengths):
    return Collator(tokenizer, corpus, lengths)


@pytest.fixture(scope="session")
def hide(tokenizer):
    """Return a function that hides one string of a text."""

    def make(text, hidden, origin=""):
        start = text.index(hidden)
        from numpy.random import default_rng

        from realm_mini.masking import Span

        span = Span(start, start + len(hidden), "")
        return mask_salient(text, tokenizer.encode(text), [span], default_rng(0), origin=origin)

    return make


@pytest.fixture(scope="session")
def lively():
    """Return a function that gives a module random weights which make all of its input count.

    However a fresh model starts, it may hardly look at its input, or see nothing but itself, and a
    test of what depends on what would find nothing.
    """

    def draw(module, seed=0):
        rng = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for weight in module.parameters():
                if weight.dim() > 1:
                    weight.normal_(0.0, 0.7 * weight.shape[-1] ** -0.5, generator=rng)
        return module

    return draw


@pytest.fixture(scope="session")
def no_file_larger_than():
    """Return a context in which the system refuses to let any file grow beyond so many bytes."""
    resource = pytest.importorskip("resource", reason="this system has no such limit")

    @contextmanager
    def limit(size):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit


class CopyReader(Reader):
    """A reader with no weights to learn: it favours the words of the passage, and the rest alike.

    What it says of y depends on z alone, so whatever is learnt with it is learnt by the retriever.
    """

    def __init__(self, vocab, strength=4.0):
        torch.nn.Module.__init__(self)
        self.vocab, self.strength = vocab, strength
        self.unused = torch.nn.Parameter(torch.zeros(1))

    def vocab_logits(self, joint, states=None):
        batch, k, _ = joint.joint_ids.shape
        inside = (joint.joint_segments == 1) & joint.joint_mask
        held = torch.zeros(batch, k, self.vocab).scatter_add_(2, joint.joint_ids, inside.float()) > 0
        return (self.strength * held.float()).unsqueeze(2).expand(-1, -1, joint.target_ids.shape[1], -1)

    def log_p_token(self, joint, states=None):
        log_p = torch.log_softmax(self.vocab_logits(joint), dim=-1)
        wanted = joint.target_ids[:, None, :, None].expand(-1, log_p.shape[1], -1, 1)
        return log_p.gather(3, wanted).squeeze(3)


class FixedReader(Reader):
    """A reader that says what it was told to say: log p(y_j|z,x), shape (batch, k, masks)."""

    def __init__(self, log_p):
        torch.nn.Module.__init__(self)
        self.log_p = torch.nn.Parameter(log_p)

    def log_p_token(self, joint, states=None):
        return self.log_p

    def span_logits(self, joint, states=None):
        """Look the logits up by the number that stands at the first place of each joint input."""
        return self.log_p.flatten(0, 1)[joint.joint_ids[:, :, 0]]


@pytest.fixture(scope="session")
def copy_reader(tokenizer):
    return CopyReader(tokenizer.vocab)


@pytest.fixture(scope="session")
def fixed_reader():
    return FixedReader


@pytest.fixture(scope="session")
def parted_world(corpus, news, questions, people):
    """A world with all that one has: three parts of questions, annotated passages."""
    annotated = {
        f"p{i}": [Span(p.body.index(p.town), p.body.index(p.town) + len(p.town), "town")]
        for i, p in enumerate(people)
    }
    parts = {"train": questions[:16], "dev": questions[16:20], "test": questions[20:]}
    return World(corpus, news, parts, annotated)


@pytest.fixture
def world_folder(parted_world, tmp_path):
    """The same world as files."""
    names = {"passages": "id title text", "news": "text gold", "questions": "question answers split passages"}
    rows = {
        "passages": [{"id": p.id, "title": p.title, "text": p.text} for p in list(parted_world.corpus)[1:]],
        "news": [{"text": s.text, "gold": dict(s.gold)} for s in parted_world.news],
        "questions": [
            {"question": q.text, "answers": list(q.answers), "split": split, "passages": list(q.passages)}
            for split, part in parted_world.questions.items()
            for q in part
        ],
    }
    rows["passages.annotations"] = [
        {"id": i, "spans": [list(s) for s in spans]} for i, spans in parted_world.annotated.items()
    ]
    target = tmp_path / "world"
    target.mkdir()
    for name, lines in rows.items():
        assert name not in names or set(lines[0]) == set(names[name].split())
        (target / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return target
