"""Weights as safetensors files, whole or not there: of a module, or any tensors with a note.  Level 1."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from realm_mini.errors import RealmError, whole_file

NOTE = "realm_mini"  # the one entry of a file's header that is ours


def save_weights(module: nn.Module, path: Path, *, half: bool = False) -> None:
    """Write the module's weights; one that is used twice is stored once.

    ``half``: store floating-point numbers in 16 bits.
    """
    tensors = tensors_of(module)
    if half:
        tensors = {n: t.half() if t.is_floating_point() else t for n, t in tensors.items()}
    save_tensors(tensors, path)


def load_weights(module: nn.Module, path: Path) -> None:
    """Read weights written by :func:`save_weights` into ``module``, in its own precision.

    Raises:
        RealmError: the file is missing or cut short, or belongs to another configuration.
    """
    put_weights(module, load_tensors(path)[0], str(path))


def tensors_of(module: nn.Module) -> dict[str, torch.Tensor]:
    """Return the distinct weights of the module on the CPU; they share its memory where they can."""
    own = module.state_dict(keep_vars=True)
    return {name: own[name].detach().cpu().contiguous() for name in _stored_names(own)}


def put_weights(module: nn.Module, tensors: dict[str, torch.Tensor], where: str) -> None:
    """Copy the tensors into the module's weights; ``where`` they come from is for the error.

    Raises:
        RealmError: a name or a shape is not the module's.
    """
    own = module.state_dict(keep_vars=True)
    wanted = {name: own[name].shape for name in _stored_names(own)}
    names = wanted.keys() | tensors.keys()
    if odd := sorted(n for n in names if n not in tensors or wanted.get(n) != tensors[n].shape):
        raise RealmError(
            f"{where} does not fit its configuration (first at {odd[0]!r}). Keep the two files together."
        )
    with torch.no_grad():
        for name, tensor in tensors.items():
            own[name].copy_(tensor)


def save_tensors(tensors: dict[str, torch.Tensor], path: Path, note: dict[str, Any] | None = None) -> None:
    """Write tensors and a ``note`` of plain JSON values as one file, so that both are whole or neither."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    metadata = None if note is None else {NOTE: json.dumps(note)}
    with whole_file(path) as beside:
        try:
            save_file(tensors, str(beside), metadata)
        except SafetensorError as error:
            raise OSError(str(error)) from error


def load_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Return what :func:`save_tensors` wrote.

    Raises:
        RealmError: the file is missing or cut short.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as handle:
            note = (handle.metadata() or {}).get(NOTE, "{}")
            return {name: handle.get_tensor(name) for name in handle.keys()}, json.loads(note)
    except (SafetensorError, OSError, ValueError) as error:
        raise RealmError(f"{path} is missing or damaged ({error}). Copy it again, or train again.") from error


def _stored_names(own: dict[str, torch.Tensor]) -> list[str]:
    """Return the first name of each distinct tensor."""
    seen: set[int] = set()
    return [name for name, value in own.items() if not (id(value) in seen or seen.add(id(value)))]
