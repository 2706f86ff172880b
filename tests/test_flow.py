"""Streams of data go back to where they were, in another process too."""

import itertools
import json

import numpy as np
import pytest

from realm_mini.config import ObjectiveConfig
from realm_mini.errors import RealmError
from realm_mini.fit import epochs, grouped, rng_for
from realm_mini.flow import Counted, Drawn, Epochs, Stream, stateful
from realm_mini.lexical import Lexical
from realm_mini.streams import examples, readable


def simple(kind):
    rng = np.random.default_rng(3)
    return {
        "counted": lambda: Counted(rng.integers(100) for _ in itertools.count()),
        "drawn": lambda: Drawn(rng, lambda: rng.choice(9, size=3, replace=False).tolist()),
        "epochs": lambda: Epochs(7, rng),
        "groups of epochs": lambda: grouped(epochs(7, rng), 3),
        "groups of anything": lambda: grouped(iter(range(10**6)), 4),
    }[kind]()


def resumes(make, seed, show=lambda x: x):
    """A stream that was put to the place of another gives what that one gives next."""
    head, tail = (int(n) for n in np.random.default_rng(seed).integers(0, 25, size=2))
    first = make()
    for _ in range(head):
        next(first)
    state = json.loads(json.dumps(first.state()))
    wanted = [show(next(first)) for _ in range(tail + 1)]
    second = make()
    if seed % 2:  # one that has moved already
        next(second)
    if not isinstance(second, Counted) or head:
        second.restore(state)
        assert [show(next(second)) for _ in range(tail + 1)] == wanted


KINDS = ("counted", "drawn", "epochs", "groups of epochs", "groups of anything")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(0, 20, 2))
def test_a_stream_goes_on_where_another_was(kind, seed):
    resumes(lambda: simple(kind), seed)


@pytest.mark.parametrize("kind", ["drawn", "epochs", "groups of epochs"])
@pytest.mark.parametrize("seed", range(1, 20, 2))
def test_a_stream_that_has_moved_can_be_put_back(kind, seed):
    resumes(lambda: simple(kind), seed)


@pytest.mark.parametrize("mask", ["salient", "span", "uniform"])
@pytest.mark.parametrize("seed", range(4))
def test_masked_texts_go_on(realm, news, tagger, mask, seed):
    def make():
        objective = ObjectiveConfig(mask=mask)
        return examples(news, realm.tokenizer, realm.collator, rng_for(0, "m"), objective, tagger)

    resumes(make, seed, lambda e: (e.text, e.positions.tolist()))


@pytest.mark.parametrize("seed", range(4))
def test_masked_texts_with_their_passages_go_on(realm, corpus, news, tagger, seed):
    lexical = Lexical(corpus)

    def make():
        masked = examples(news, realm.tokenizer, realm.collator, rng_for(0, "m"), ObjectiveConfig(), tagger)
        return grouped(readable(masked, realm.collator, lexical), 2)

    resumes(make, seed, lambda pairs: [(e.text, e.positions.tolist(), row) for e, row in pairs])


def test_a_generator_that_is_shared_is_put_back_by_each_of_its_streams():
    def run(resume):
        rng = np.random.default_rng(0)
        stream = epochs(5, rng)
        found = []
        for step in range(20):
            if step == 8 and resume:
                state, rng = stream.state(), np.random.default_rng(99)
                stream = epochs(5, rng)
                stream.restore(state)
            found.append((next(stream), int(rng.integers(1000))))
        return found

    assert run(True) == run(False)


def test_what_has_a_place_is_left_as_it_is():
    stream = epochs(3, np.random.default_rng(0))
    assert stateful(stream) is stream
    assert isinstance(stateful([1, 2]), Stream)
    assert list(stateful([1, 2])) == [1, 2]


def test_epochs_of_nothing_are_refused():
    with pytest.raises(RealmError, match="nothing to train on"):
        Epochs(0, np.random.default_rng(0))
