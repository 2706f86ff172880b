"""Weights of a module as a safetensors file, whole or not there.  Level 1."""

from pathlib import Path

import torch
from torch import nn

from realm_mini.errors import RealmError, whole_file


def save_weights(module: nn.Module, path: Path, *, half: bool = False) -> None:
    """Write the module's weights; one that is used twice is stored once.

    ``half``: store floating-point numbers in 16 bits.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    own = module.state_dict(keep_vars=True)
    tensors = {}
    for name in _stored_names(own):
        plain = own[name].detach().cpu().contiguous()
        tensors[name] = plain.half() if half and plain.is_floating_point() else plain
    with whole_file(path) as beside:
        try:
            save_file(tensors, str(beside))
        except SafetensorError as error:
            raise OSError(str(error)) from error


def load_weights(module: nn.Module, path: Path) -> None:
    """Read weights written by :func:`save_weights` into ``module``, in its own precision.

    Raises:
        RealmError: the file is missing or cut short, or belongs to another configuration.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(str(path))
    except (SafetensorError, OSError) as error:
        raise RealmError(f"{path} is missing or damaged ({error}). Copy it again, or train again.") from error
    own = module.state_dict(keep_vars=True)
    wanted = {name: own[name].shape for name in _stored_names(own)}
    names = wanted.keys() | tensors.keys()
    if odd := sorted(n for n in names if n not in tensors or wanted.get(n) != tensors[n].shape):
        raise RealmError(
            f"{path} does not fit its configuration (first at {odd[0]!r}). Keep the two files together."
        )
    with torch.no_grad():
        for name, tensor in tensors.items():
            own[name].copy_(tensor)


def _stored_names(own: dict[str, torch.Tensor]) -> list[str]:
    """Return the first name of each distinct tensor."""
    seen: set[int] = set()
    return [name for name, value in own.items() if not (id(value) in seen or seen.add(id(value)))]
