"""Where a command computes, and a setting of the whole process that makes training on a CPU quicker.

The setting changes nothing that is computed, only how: so a command sets it, an import never does.  Devices
are chosen here and nowhere else: all others ask where their module is.  Level 1.
"""

import torch

from realm_mini.errors import RealmError, reason_of


def tune() -> None:
    """Let torch take its quickest float32 products.

    "medium" sends products to oneDNN, which uses AVX-512 where MKL, on processors not made by Intel, does
    not: about twice as quick, with the same error.  Where the processor has bfloat16 tiles, "medium" also
    allows these, as it allows TF32 on a GPU.
    """
    torch.set_float32_matmul_precision("medium")


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
