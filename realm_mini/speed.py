"""Where a command computes, and settings of the whole process that make training on a CPU quicker.

The settings change how something is computed, never what: so a command sets them, an import never does.
Devices are chosen here and nowhere else: all others ask where their module is.  Level 0.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch

from realm_mini.errors import RealmError, reason_of


def tune() -> None:
    """Let torch take its quickest float32 products.

    "medium" sends products to oneDNN, which uses AVX-512 where MKL, on processors not made by Intel, does
    not: about twice as quick, with the same error.  It also allows bfloat16 inside of products; torch itself
    makes use of that only where a processor has tiles for it (and of TF32 on a GPU), encoders in training
    wherever it pays: see :func:`training_products`.
    """
    torch.set_float32_matmul_precision("medium")


def training_products(device: torch.device) -> torch.autocast:
    """Return the context in which an encoder is called: bfloat16 products while it is trained, if allowed.

    They are allowed by :func:`tune`, and made where the device has them.  Weights, norms, sums over passages
    and losses stay float32, and so does everything that no gradient is asked of: search, the index,
    evaluation.
    """
    return torch.autocast(
        device.type, torch.bfloat16, enabled=torch.is_grad_enabled() and trains_in_bfloat16(device.type)
    )


def is_tuned() -> bool:
    """Return whether this process multiplies as :func:`tune` says."""
    return torch.get_float32_matmul_precision() == "medium"


def trains_in_bfloat16(kind: str) -> bool:
    """Return whether encoders on this kind of device ("cpu", "cuda") are trained in bfloat16 products."""
    return is_tuned() and _has_bfloat16(kind)


@cache
def _has_bfloat16(kind: str) -> bool:
    """Return whether bfloat16 products are quick there; without instructions for them they are slow."""
    if kind == "cuda":
        return torch.cuda.get_device_capability()[0] >= 8  # is_bf16_supported() counts emulation as well
    return kind == "cpu" and getattr(torch.cpu, "_is_avx512_bf16_supported", bool)()


@contextmanager
def using_threads(count: int) -> Iterator[None]:
    """Let torch use so many threads for a while; sums come out a little different with another number."""
    before = torch.get_num_threads()
    set_threads(count)
    try:
        yield
    finally:
        set_threads(before)


def set_threads(count: int) -> None:
    """Let torch use so many threads from now on."""
    if count != torch.get_num_threads():
        torch.set_num_threads(count)


def tuned_device(name: str, *, exact: bool = False) -> str:
    """Return the device that is named, "auto" for a GPU where there is one.

    Unless ``exact``, the process is tuned besides (:func:`tune`).

    Raises:
        RealmError: torch cannot use it here.
    """
    if not exact:
        tune()
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
        if name.startswith("cuda:"):
            torch.cuda.set_device(name)  # whose generator of chance is saved and restored
    except (RuntimeError, AssertionError) as error:
        raise RealmError(f"The device {name!r} cannot be used ({reason_of(error)}). Use cpu.") from error
    return name


def chance() -> dict[str, torch.Tensor]:
    """Return the states of torch's generators of chance, those of a GPU where there is one."""
    states = {"cpu": torch.random.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def set_chance(states: dict[str, torch.Tensor]) -> None:
    """Put the generators to these states; one of a device that is not here is left out."""
    torch.random.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
