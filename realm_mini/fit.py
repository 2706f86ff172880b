"""One generic training loop, and the small things that every stage needs.

``fit`` is an iterator of :class:`Step` records: a notebook plots them live, a test takes three, the
pipeline logs them.  Between two steps it can say where it is, and go on from there another day.  Nothing
here prints, saves or evaluates.  Level 1.
"""

import math
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from realm_mini.config import TrainConfig
from realm_mini.errors import RealmError
from realm_mini.flow import Epochs, Grouped, State, stateful
from realm_mini.parallel import ALONE, Workers
from realm_mini.speed import chance, set_chance

Info = dict[str, float]


@dataclass(frozen=True, slots=True)
class Step:
    """What one training step did; ``info`` holds the numbers of the objective."""

    step: int
    loss: float
    lr: float
    info: Info = field(default_factory=dict)


def rng_for(seed: int, name: str) -> np.random.Generator:
    """Return a generator for one purpose, so that a new use of chance shifts no old one."""
    if seed < 0:
        raise RealmError(f"seed={seed} is negative. Use 0 or more.")
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


@contextmanager
def seeded(seed: int, name: str) -> Iterator[None]:
    """Seed torch's own chance (dropout) for one purpose; afterwards it is as it was before."""
    before = chance()
    torch.manual_seed(int(rng_for(seed, name).integers(2**31)))
    try:
        yield
    finally:
        set_chance(before)


class LossError(RealmError):
    """The loss or its gradient is no number; ``batch`` is what it was computed from."""

    def __init__(self, text: str, batch: Any) -> None:  # noqa: ANN401
        super().__init__(text)
        self.batch = batch


class Fit(Iterator[Step]):
    """The training of some modules, step by step; made by :func:`fit`.

    ``step``: the number of the step that comes next, or that is under way.
    """

    def __init__(
        self,
        objective: Callable[[Any], tuple[torch.Tensor, Info]],
        batches: Iterable[Any],
        groups: Sequence[tuple[nn.Module, float]],
        config: TrainConfig,
        workers: Workers = ALONE,
    ) -> None:
        self.step, self._config, self._workers = 0, config, workers
        self._modules = [module for module, _ in groups]
        self._objective, self._batches = objective, stateful(batches)
        self._optimizer = torch.optim.AdamW(
            [
                {"params": list(_fresh_parameters(groups, i)), "share": share}
                for i, (_, share) in enumerate(groups)
            ],
            lr=config.lr,
            betas=(0.9, 0.98),
            eps=1e-6,
            weight_decay=0.01,
            fused=True,  # one pass over each tensor: on a CPU several times as quick
        )
        self._parameters = [p for group in self._optimizer.param_groups for p in group["params"]]

    def __next__(self) -> Step:
        if self.step >= self._config.steps:
            raise StopIteration
        batch = next(self._batches)
        lr = self._config.lr * schedule(self.step, self._config)
        for group in self._optimizer.param_groups:
            group["lr"] = lr * group["share"]
        for module in self._modules:  # whoever looked at it between two steps may have left it in eval mode
            module.train()
        loss, info = self._objective(batch)
        value, info = self._workers.mean(loss.item(), info)
        self._check("loss", value, lr, batch)
        self._optimizer.zero_grad(set_to_none=True)
        if loss.requires_grad:
            loss.backward()
        self._workers.average(self._parameters)
        if any(p.grad is not None for p in self._parameters):
            norm = torch.nn.utils.clip_grad_norm_(self._parameters, self._config.clip)
            self._check("gradient", norm.item(), lr, batch)  # the weights are still whole
            self._optimizer.step()
        self.step += 1
        return Step(step=self.step - 1, loss=value, lr=lr, info=info)

    def _check(self, what: str, value: float, lr: float, batch: Any) -> None:  # noqa: ANN401
        if not math.isfinite(value):
            raise LossError(
                f"The {what} became {value} at step {self.step} (lr {lr:g}). "
                "Lower TrainConfig.lr or TrainConfig.clip.",
                batch,
            )

    def state(self) -> tuple[dict[str, torch.Tensor], State]:
        """Return all but the modules: the optimiser's tensors, the place in the data, the next step."""
        kept = self._optimizer.state_dict()["state"]
        tensors = {
            f"{number}/{key}": value for number, values in kept.items() for key, value in values.items()
        }
        return tensors, {"step": self.step, "batches": self._batches.state()}

    def restore(self, tensors: dict[str, torch.Tensor], state: State) -> None:
        """Go on where the training was whose :meth:`state` this is."""
        kept: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in tensors.items():
            number, _, key = name.partition("/")
            kept.setdefault(int(number), {})[key] = value
        self._optimizer.load_state_dict(self._optimizer.state_dict() | {"state": kept})
        self._batches.restore(state["batches"])
        self.step = state["step"]


def fit(
    objective: Callable[[Any], tuple[torch.Tensor, Info]],
    batches: Iterable[Any],
    groups: Sequence[tuple[nn.Module, float]],
    config: TrainConfig,
    workers: Workers = ALONE,
) -> Fit:
    """Train the modules of ``groups``, each with its share of the learning rate, step by step.

    ``workers``: the processes that take each step together.  All draw the same batches; ``objective``
    computes the loss of this one's part.  The gradients are averaged, and so is the loss that is reported.

    Raises:
        LossError: the loss or its gradient is no longer a finite number; the weights are those before.
    """
    return Fit(objective, batches, groups, config, workers)


def _fresh_parameters(groups: Sequence[tuple[nn.Module, float]], number: int) -> Iterator[nn.Parameter]:
    earlier = {id(p) for module, _ in groups[:number] for p in module.parameters()}
    return (p for p in groups[number][0].parameters() if p.requires_grad and id(p) not in earlier)


def schedule(step: int, config: TrainConfig) -> float:
    """Return the share of the peak learning rate at ``step``.

    >>> config = TrainConfig(steps=10, batch=1, lr=0.1, warmup=2)
    >>> [round(schedule(s, config), 3) for s in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.125]
    """
    if step < config.warmup:
        return (step + 1) / config.warmup
    if not config.decay:
        return 1.0
    return (config.steps - step) / max(config.steps - config.warmup, 1)


def epochs(count: int, rng: np.random.Generator) -> Epochs:
    """Return 0 ... count-1 in a new random order each time round, without end."""
    return Epochs(count, rng)


def grouped(items: Iterable, size: int) -> Grouped:
    """Return lists of ``size`` items."""
    return Grouped(items, size)
