"""The index that training reads while the retriever moves on (section 3.3).

Here the plain, synchronous refresh: rebuild every so many steps, then swap one reference.  Level 5.
"""

from collections.abc import Callable

from realm_mini.index import Index


class Refresher:
    """Holds the index in use and rebuilds it when it has become ``every`` steps old; 0 for never."""

    def __init__(self, build: Callable[[int], Index], every: int) -> None:
        self._build, self.every = build, every
        self.index = build(0)

    def tick(self, step: int) -> int:
        """Rebuild the index if its time has come; return its age in steps at ``step``."""
        if self.every and step - self.index.step >= self.every:
            self.index = self._build(step)
        return step - self.index.step
