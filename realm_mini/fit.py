"""One generic training loop, and the small things that every stage needs.

``fit`` is a generator of :class:`Step` records: a notebook plots them live, a test takes three, the
pipeline logs them.  Nothing here prints, saves or evaluates.  Level 1.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from realm_mini.config import TrainConfig
from realm_mini.errors import RealmError

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
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def fit(
    objective: Callable[[object], tuple[torch.Tensor, Info]],
    batches: Iterable[object],
    groups: Sequence[tuple[nn.Module, float]],
    config: TrainConfig,
) -> Iterator[Step]:
    """Train the modules of ``groups``, each with its share of the learning rate, step by step.

    Raises:
        RealmError: the loss is no longer a finite number.
    """
    optimizer = torch.optim.AdamW(
        [
            {"params": list(_fresh_parameters(groups, i)), "share": share}
            for i, (_, share) in enumerate(groups)
        ],
        lr=config.lr,
        betas=(0.9, 0.98),
        eps=1e-6,
        weight_decay=0.01,
    )
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for step, batch in zip(range(config.steps), batches, strict=False):
        lr = config.lr * schedule(step, config)
        for group in optimizer.param_groups:
            group["lr"] = lr * group["share"]
        loss, info = objective(batch)
        if not torch.isfinite(loss):
            raise RealmError(
                f"The loss became {loss.item()} at step {step} (lr {lr:g}). "
                "Lower TrainConfig.lr or TrainConfig.clip."
            )
        optimizer.zero_grad(set_to_none=True)
        if loss.requires_grad:
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, config.clip)
            optimizer.step()
        yield Step(step=step, loss=loss.item(), lr=lr, info=info)


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


def epochs(count: int, rng: np.random.Generator) -> Iterator[int]:
    """Yield 0 ... count-1 in a new random order each time round, without end.

    Raises:
        RealmError: ``count`` is 0, which would never yield anything.
    """
    if count < 1:
        raise RealmError("There is nothing to train on. Give at least one text or question that fits.")
    while True:
        yield from rng.permutation(count).tolist()


def grouped(items: Iterator, size: int) -> Iterator[list]:
    """Yield lists of ``size`` items."""
    while True:
        yield [next(items) for _ in range(size)]
