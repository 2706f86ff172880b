"""Training in several processes at once (``torchrun``), each with its part of every batch.  Level 0.

All draw the same texts and each computes the loss of its part; the gradients are averaged.  So two processes
take the steps of one, up to the order in which floating-point numbers are added (and up to dropout, which
our own encoders do not have: where a checkpoint has it, all processes drop the same places of other texts).
The first process alone has the folder of the run, the index and whatever else there must be once: the others
receive what it found.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
import torch
from torch import distributed, nn

from realm_mini.errors import RealmError

LONGEST_WAIT = timedelta(days=7)  # others wait while the first evaluates; that it ended they notice at once
Items = TypeVar("Items", bound=Sequence | np.ndarray)
Value = TypeVar("Value")


class LeftError(RealmError):
    """Another of the processes has ended, or has failed and said why."""

    def __init__(self) -> None:
        super().__init__(
            "Another of the processes that train together has ended. The same command goes on from the last "
            "saved state."
        )


class Workers:
    """The processes that train together, as one of them sees it.

    ``rank``: its number; ``count``: how many there are; ``here``: how many of them on this machine.
    """

    def __init__(self, rank: int, count: int, here: int = 1) -> None:
        self.rank, self.count, self.here = rank, count, here

    def __repr__(self) -> str:
        """Return what makes such an object, which is what the reference shows as a default."""
        return f"Workers({self.rank}, {self.count}, {self.here})"

    @property
    def is_first(self) -> bool:
        """Return whether this is the process that does what must be done once."""
        return self.rank == 0

    def part(self, batch: Items) -> Items:
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

    # --- what all have a part in ---------------------------------------------------------------

    def share_of(self, count: int) -> float:
        """Return by what to divide a sum over ``count`` things, for a mean over those of all processes.

        That is the mean of their counts, 1 if there is nothing at all: the mean over the processes of what
        comes out is then the mean over all things, whoever has how many.
        """
        if self.count == 1:
            return max(count, 1)
        return max(self._sum(torch.tensor([count])).item(), 1) / self.count

    def mean(self, loss: float, info: dict[str, float]) -> tuple[float, dict[str, float]]:
        """Return the mean over the processes of a loss and of the numbers beside it; NaN if one is."""
        if self.count == 1:
            return loss, info
        message = torch.tensor([loss, *info.values()], dtype=torch.float64)
        loss, *values = (self._sum(message) / self.count).tolist()
        return loss, dict(zip(info, values, strict=True))

    def average(self, parameters: Sequence[nn.Parameter]) -> None:
        """Replace each gradient by its mean over the processes; one that none of them has stays absent.

        One message for all: on small models the number of messages is what costs.
        """
        if self.count == 1:
            return
        flat = [p.grad.flatten() if p.grad is not None else p.new_zeros(p.numel()) for p in parameters]
        is_there = flat[0].new_tensor([p.grad is not None for p in parameters])
        message = self._sum(torch.cat([*flat, is_there]))
        *means, is_there = (message / self.count).split([*(len(f) for f in flat), len(flat)])
        for parameter, mean, there in zip(parameters, means, is_there.tolist(), strict=True):
            parameter.grad = mean.view_as(parameter) if there else None

    def total(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of the arrays of all processes."""
        return values if self.count == 1 else self._sum(torch.from_numpy(values)).numpy()

    def largest(self, number: int) -> int:
        """Return the largest of the numbers that the processes have."""
        if self.count == 1:
            return number
        message = torch.tensor([number])
        with _together():
            distributed.all_reduce(message, distributed.ReduceOp.MAX)
        return int(message.item())

    def _sum(self, message: torch.Tensor) -> torch.Tensor:
        with _together():
            distributed.all_reduce(message)
        return message

    # --- what only the first does --------------------------------------------------------------

    def first(self, work: Callable[[], Value]) -> Value | None:
        """Do something in the first process, as if it were alone; the others wait, and get None.

        Raises:
            LeftError: in the others, if it failed there.
        """
        return self._told(work, lambda _: b"done", lambda _: None)

    def share(self, make: Callable[[], Value]) -> Value:
        """Return in all processes the JSON value that ``make`` returns in the :meth:`first`."""
        return self._told(make, lambda value: json.dumps(value).encode(), json.loads)

    def share_tensors(self, make: Callable[[], dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
        """Return in all processes the tensors that ``make`` returns in the :meth:`first`."""
        from safetensors.torch import load, save

        return self._told(make, save, load)

    def _told(
        self, make: Callable[[], Any], pack: Callable[[Any], bytes], unpack: Callable[[bytes], Any]
    ) -> Any:  # noqa: ANN401
        if self.count == 1:
            return make()
        if not self.is_first:
            if not (message := _broadcast(b"")):
                raise LeftError
            return unpack(message)
        try:
            with self._alone():
                value = make()
            message = pack(value)
        except BaseException:
            with suppress(LeftError):
                _broadcast(b"")  # so that the others do not wait for what will not come
            raise
        _broadcast(message)
        return value

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let this process be the only one for a while, with the threads of those that wait for it."""
        count, threads = self.count, torch.get_num_threads()
        self.count = 1
        torch.set_num_threads(max(threads, min(threads * self.here, os.cpu_count() or 1)))
        try:
            yield
        finally:
            self.count = count
            torch.set_num_threads(threads)


ALONE = Workers(0, 1)


def _broadcast(message: bytes) -> bytes:
    """Return the message of the first process; the others' own is of no account."""
    with _together():
        length = torch.tensor([len(message)])
        distributed.broadcast(length, 0)
        data = torch.zeros(int(length.item()), dtype=torch.uint8)
        if message:
            data = torch.frombuffer(bytearray(message), dtype=torch.uint8)
        if len(data):
            distributed.broadcast(data, 0)
    return data.numpy().tobytes()


@contextmanager
def _together() -> Iterator[None]:
    """Say in our words that a message did not come through."""
    try:
        yield
    except RuntimeError as error:
        raise LeftError from error


@contextmanager
def workers(device: str = "cpu") -> Iterator[Workers]:
    """Join the processes that ``torchrun`` started; alone where it did not.

    Gradients travel by whatever is made for ``device`` (gloo on the CPU, nccl on a GPU), all else by gloo.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield ALONE
        return
    ways, kind = distributed.Backend.default_device_backend_map, torch.device(device).type
    backend = ways["cpu"] if kind == "cpu" else f"cpu:{ways['cpu']},{kind}:{ways[kind]}"
    distributed.init_process_group(backend, timeout=LONGEST_WAIT)
    try:
        yield Workers(distributed.get_rank(), count, int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    finally:
        distributed.destroy_process_group()
