"""Settings of the whole process that make training on a CPU quicker.  Level 1.

They change nothing that is computed, only how: so a command sets them, an import never does.
"""

import ctypes
import sys

import torch

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
LARGEST = 2**31 - 1  # its arguments are C ints


def tune() -> None:
    """Let torch take its quickest float32 products, and glibc keep the memory it was given.

    "medium" sends products to oneDNN, which uses AVX-512 where MKL, on processors not made by Intel, does
    not.  (Where the processor has bfloat16 tiles it also allows these.)  And a training step frees and
    takes blocks of many megabytes; handed back to the system each time, every page faults again.
    """
    torch.set_float32_matmul_precision("medium")
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, LARGEST)
        libc.mallopt(M_TRIM_THRESHOLD, LARGEST)
