"""Settings of the whole process that make training on a CPU quicker.  Level 1.

They change nothing that is computed, only how: so a command sets them, an import never does.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


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
