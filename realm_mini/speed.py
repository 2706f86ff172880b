"""Where a command computes, and settings of the whole process that make training on a CPU quicker.

The settings change nothing that is computed, only how: so a command sets them, an import never does.  Devices
are chosen here and nowhere else: all others ask where their module is.  Level 1.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from realm_mini.errors import RealmError, reason_of


def tune() -> None:
    """Let torch take its quickest float32 products.

    "medium" sends products to oneDNN, which uses AVX-512 where MKL, on processors not made by Intel, does
    not: about twice as quick, with the same error.  Where the processor has bfloat16 tiles, "medium" also
    allows these, as it allows TF32 on a GPU.
    """
    torch.set_float32_matmul_precision("medium")


@contextmanager
def using_threads(count: int) -> Iterator[None]:
    """Let torch use so many threads for a while; sums come out a little different with another number."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def tuned_device(name: str) -> str:
    """Return the device that ``--device`` names, "auto" for a GPU where there is one; :func:`tune` besides.

    Raises:
        RealmError: torch cannot use it here.
    """
    tune()
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise RealmError(f"--device {name!r} cannot be used ({reason_of(error)}). Use cpu.") from error
    return name
