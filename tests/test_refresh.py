"""The index in use: as old as its schedule allows, and what a rebuild of that moment would be."""

import numpy as np
import pytest

from realm_mini.index import Index
from realm_mini.refresh import Refresher


@pytest.fixture
def build():
    """Return a builder of indexes whose vectors are the step, and the list of its calls."""
    calls = []

    def make(step):
        calls.append(step)
        return Index.build(np.full((3, 2), float(step), dtype=np.float32), "f", step=step)

    make.calls = calls
    return make


def test_it_starts_with_an_index(build):
    assert Refresher(build, 100).index.step == 0
    assert build.calls == [0]


@pytest.mark.parametrize("every", [1, 3, 7])
def test_it_is_rebuilt_on_schedule_and_never_older(build, every):
    refresher = Refresher(build, every)
    ages = [refresher.tick(step) for step in range(22)]
    assert ages == [step % every for step in range(22)]
    assert build.calls == sorted({0, *range(every, 22, every)})


def test_never_means_never(build):
    refresher = Refresher(build, 0)
    assert [refresher.tick(step) for step in range(5)] == [0, 1, 2, 3, 4]
    assert build.calls == [0]


def test_a_reader_of_the_old_index_is_not_disturbed(build):
    """Swapping is one assignment: whoever holds the old index still holds a whole one."""
    refresher = Refresher(build, 1)
    old = refresher.index
    refresher.tick(5)
    assert refresher.index is not old
    assert len(old) == 3
    assert old.step == 0


def test_a_failing_build_keeps_the_old_index(build):
    refresher = Refresher(build, 1)
    old, refresher._build = refresher.index, lambda _: 1 / 0
    with pytest.raises(ZeroDivisionError):
        refresher.tick(1)
    assert refresher.index is old
