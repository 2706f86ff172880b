"""Pre-trained encoders as a start: their tokenizer, their limits, their masked-LM head.  Level 2."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer as Backend
from torch import nn

from realm_mini.config import EncoderConfig, LengthConfig, RealmConfig
from realm_mini.encoder import Encoder, MaskHead
from realm_mini.errors import RealmError, reason_of, write_text
from realm_mini.text import Tokenizer

STRUCTURE = "encoder"  # the folder of a saved REALM that tells the structure of its encoder


def tokenizer_of(checkpoint: str) -> Tokenizer:
    """Return the tokenizer that belongs to a checkpoint, a folder or a hub name.

    Raises:
        RealmError: there is none, or it knows no mask.
    """
    path = Path(checkpoint) / "tokenizer.json"
    if path.is_file():
        return Tokenizer.load(path)
    from transformers import AutoTokenizer

    try:
        found = AutoTokenizer.from_pretrained(checkpoint, use_fast=True)
        return Tokenizer(Backend.from_str(found.backend_tokenizer.to_str()))
    except RealmError:
        raise
    except Exception as error:  # every kind of tokenizer has errors of its own
        raise RealmError(
            f"No tokenizer could be loaded from {checkpoint!r} ({reason_of(error)}). "
            "Give a folder with tokenizer.json or vocab.txt, or a hub name where a network is at hand."
        ) from error


def tokenizer_for(config: EncoderConfig, texts: Iterable[str]) -> Tokenizer:
    """Return the tokenizer of the checkpoint that the encoder starts from, or one trained on ``texts``."""
    return tokenizer_of(config.checkpoint) if config.checkpoint else Tokenizer.train(texts, config.vocab)


def check_fit(tokenizer: Tokenizer, encoder: Encoder, lengths: LengthConfig) -> None:
    """Check that an encoder can take what the tokenizer and the lengths will give it.

    Raises:
        RealmError: the tokenizer has more wordpieces, or a length is beyond the last position.
    """
    if tokenizer.vocab > (known := len(encoder.token_embedding)):
        raise RealmError(
            f"The tokenizer has {tokenizer.vocab} wordpieces, the encoder knows {known}. "
            "Raise EncoderConfig.vocab, or take the tokenizer of the checkpoint."
        )
    for name in ("qlen", "dlen", "jlen"):
        if (length := getattr(lengths, name)) > encoder.positions:
            raise RealmError(
                f"LengthConfig.{name}={length} is longer than the encoder can take ({encoder.positions} "
                f"wordpieces). Lower {name}, or start from another checkpoint."
            )


def saved_config(config: RealmConfig) -> dict[str, Any]:
    """Return the configuration as a saved REALM keeps it, without the place of the checkpoint."""
    values = config.to_dict()
    if config.encoder.checkpoint:
        values["encoder"]["checkpoint"] = STRUCTURE
    return values


def loaded_config(config: RealmConfig, folder: Path) -> RealmConfig:
    """Return the configuration of a REALM saved in ``folder``, its encoder's structure found there.

    Raises:
        RealmError: it is not there.
    """
    if not config.encoder.checkpoint:
        return config
    if not (folder / STRUCTURE / "config.json").is_file():
        raise RealmError(f"{folder / STRUCTURE / 'config.json'} is missing. Copy the whole folder again.")
    return replace(config, encoder=replace(config.encoder, checkpoint=str(folder / STRUCTURE)))


def save_structure(config: RealmConfig, encoder: Encoder, head: MaskHead, folder: Path) -> None:
    """Write what ``transformers`` needs to make the encoder again; its weights are kept elsewhere."""
    if config.encoder.checkpoint:
        described = type(encoder.model.config).from_dict(encoder.model.config.to_dict())
        described.weights_elsewhere, described.mask_head_eps = True, head.norm.eps
        write_text(folder / STRUCTURE / "config.json", described.to_json_string(use_diff=False))


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep ``transformers`` from warnings and progress bars for a while."""
    from transformers.utils import logging

    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()


@torch.no_grad()
def warm_mask_head(head: MaskHead, checkpoint: str) -> bool:
    """Copy the masked-LM head of a checkpoint into ``head``; return whether it has one."""
    from transformers import AutoConfig, AutoModelForMaskedLM

    known = AutoConfig.from_pretrained(checkpoint)
    if getattr(known, "weights_elsewhere", False):  # saved by us: no weight, but how the norm counts
        head.norm.eps = getattr(known, "mask_head_eps", head.norm.eps)
        return False
    try:
        with _hushed():  # a checkpoint without a head is nothing to be warned of: it was asked for one
            model, info = AutoModelForMaskedLM.from_pretrained(checkpoint, output_loading_info=True)
    except (ValueError, KeyError, AttributeError):  # a kind of encoder without such a head
        return False
    inner = {id(m) for m in model.base_model.modules()}
    outer = [m for m in model.modules() if id(m) not in inner]
    dense = [m for m in outer if isinstance(m, nn.Linear) and m.weight.shape == head.dense.weight.shape]
    norms = [m for m in outer if isinstance(m, nn.LayerNorm)]
    bias = [
        p
        for name, p in model.named_parameters()
        if p.shape == head.bias.shape and not name.startswith(f"{model.base_model_prefix}.")
    ]
    missing = [name for name in info["missing_keys"] if not name.startswith(f"{model.base_model_prefix}.")]
    if len(dense) != 1 or len(norms) != 1 or not bias or missing:
        return False
    for mine, theirs in ((head.dense, dense[0]), (head.norm, norms[0])):
        mine.weight.copy_(theirs.weight)
        if theirs.bias is None:
            mine.bias.zero_()
        else:
            mine.bias.copy_(theirs.bias)
    head.norm.eps = norms[0].eps
    head.bias.copy_(bias[0])
    return True
