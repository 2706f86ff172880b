"""Streams of data that know where they are and can go back there, in another process too.

A run that was killed goes on with the very texts and masks it would have met.  A stream says where it is in
plain JSON values; a generator of chance that several share is put back by each of them to the same place.
Level 0: no torch.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from realm_mini.errors import RealmError

State = dict[str, Any]
Item = TypeVar("Item")


@runtime_checkable
class Stream(Protocol):
    """An iterator with a place."""

    def __iter__(self) -> Iterator: ...

    def __next__(self) -> Any: ...  # noqa: ANN401

    def state(self) -> State:
        """Return where it is."""

    def restore(self, state: State) -> None:
        """Go to where a stream like this one was."""


class Counted(Iterator[Item]):
    """Any iterator: it goes to a place by drawing again from its beginning.

    Right for whatever is cheap to draw and a function of its seed alone.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items, self._drawn = iter(items), 0

    def __next__(self) -> Item:
        item = next(self._items)
        self._drawn += 1
        return item

    def state(self) -> State:
        """Return how many were drawn."""
        return {"drawn": self._drawn}

    def restore(self, state: State) -> None:
        """Draw as many, and forget them."""
        while self._drawn < state["drawn"]:
            next(self)


def stateful(items: Iterable) -> Stream:
    """Return the iterable as a stream with a place."""
    return items if isinstance(items, Stream) else Counted(items)


class Drawn(Iterator[Item]):
    """Whatever ``draw`` draws from a generator, without end; others may draw from it in between."""

    def __init__(self, rng: np.random.Generator, draw: Callable[[], Item]) -> None:
        self._rng, self._draw = rng, draw

    def __next__(self) -> Item:
        return self._draw()

    def state(self) -> State:
        """Return the generator's state."""
        return {"rng": self._rng.bit_generator.state}

    def restore(self, state: State) -> None:
        """Put the generator back."""
        self._rng.bit_generator.state = state["rng"]


class Epochs(Iterator[int]):
    """0 ... count-1 in a new random order each time round, without end."""

    def __init__(self, count: int, rng: np.random.Generator) -> None:
        """Raise RealmError where ``count`` is 0, which would never yield anything."""
        if count < 1:
            raise RealmError("There is nothing to train on. Give at least one text or question that fits.")
        self._count, self._rng = count, rng
        self._before: State | None = None  # the generator's state when this round's order was drawn
        self._order: list[int] = []
        self._place = 0

    def __next__(self) -> int:
        if self._place == len(self._order):
            self._before = self._rng.bit_generator.state
            self._order, self._place = self._rng.permutation(self._count).tolist(), 0
        self._place += 1
        return self._order[self._place - 1]

    def state(self) -> State:
        """Return the generator's state, now and before the order of this round, and the place in it."""
        return {"rng": self._rng.bit_generator.state, "before": self._before, "place": self._place}

    def restore(self, state: State) -> None:
        """Draw this round's order again, and put the generator to where it was later."""
        self._before, self._place, self._order = state["before"], state["place"], []
        if self._before is not None:
            self._rng.bit_generator.state = self._before
            self._order = self._rng.permutation(self._count).tolist()
        self._rng.bit_generator.state = state["rng"]


class Grouped(Iterator[list]):
    """Lists of ``size`` items."""

    def __init__(self, items: Iterable, size: int) -> None:
        self._items, self._size = stateful(items), size

    def __next__(self) -> list:
        return [next(self._items) for _ in range(self._size)]

    def state(self) -> State:
        """Return where the items are; no list is ever begun and left."""
        return self._items.state()

    def restore(self, state: State) -> None:
        """Go to where the items were."""
        self._items.restore(state)
