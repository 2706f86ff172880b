"""Training in several processes at once (``torchrun``), each with its part of every batch.  Level 1.

All draw the same texts, look for the same candidates and choose the same ones; each computes the loss of
its part, and the gradients are averaged.  So two processes take the steps of one, up to the order in which
floating-point numbers are added.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import distributed, nn

from realm_mini.errors import RealmError


class Workers:
    """The processes that train together, as one of them sees it."""

    def __init__(self, rank: int, count: int) -> None:
        self.rank, self.count = rank, count

    def part(self, batch: np.ndarray) -> np.ndarray:
        """Return this process's part of a batch.

        Raises:
            RealmError: the batch cannot be split evenly, so that the mean of the means were another mean.
        """
        if len(batch) % self.count:
            raise RealmError(
                f"TrainConfig.batch={len(batch)} cannot be split over {self.count} processes. "
                "Make it a multiple."
            )
        return batch[self.rank :: self.count]

    def average(self, parameters: Sequence[nn.Parameter]) -> None:
        """Replace each gradient by its mean over the processes; one that none of them has stays absent.

        One message for all: on small models the number of messages is what costs.
        """
        if self.count == 1:
            return
        flat = [p.grad.flatten() if p.grad is not None else p.new_zeros(p.numel()) for p in parameters]
        is_there = flat[0].new_tensor([p.grad is not None for p in parameters])
        message = torch.cat([*flat, is_there])
        distributed.all_reduce(message)
        *means, is_there = (message / self.count).split([*(len(f) for f in flat), len(flat)])
        for parameter, mean, there in zip(parameters, means, is_there.tolist(), strict=True):
            parameter.grad = mean.view_as(parameter) if there else None


@contextmanager
def workers() -> Iterator[Workers]:
    """Join the processes that ``torchrun`` started; alone where it did not."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Workers(0, 1)
        return
    distributed.init_process_group()  # gloo on the CPU, nccl beside it where there is a GPU
    try:
        yield Workers(distributed.get_rank(), count)
    finally:
        distributed.destroy_process_group()
