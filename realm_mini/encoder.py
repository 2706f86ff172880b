"""Transformer encoders, made by ``transformers`` and called in one way.

Level 1.  ``transformers`` is imported when an encoder is made, not before: it takes seconds.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from realm_mini.config import EncoderConfig
from realm_mini.errors import RealmError, reason_of
from realm_mini.speed import training_products

GROUP_ROWS = 24  # rows that are encoded together at least
ROUND = 8  # rows and lengths are multiples of it on a CPU
MATCH_GAIN, MATCH_NOISE, PASS_GAIN = 0.7, 0.02, 1.5


class Encoder(nn.Module):
    """token ids -> hidden states, for any encoder that ``transformers.AutoModel`` knows.

    ``copying``: start a fresh "modernbert" encoder so that it soon learns to copy (see below); the
    reader's does, the retriever's is better without.
    """

    def __init__(self, config: EncoderConfig, pad: int = 0, *, copying: bool = False) -> None:
        super().__init__()
        fresh = not config.checkpoint
        self.model = _fresh(config, pad, copying) if fresh else _pretrained(config.checkpoint)
        self.hidden: int = self.model.config.hidden_size
        self.has_segments = getattr(self.model.config, "type_vocab_size", 0) > 1

    @property
    def token_embedding(self) -> Float[Tensor, "vocab width"]:
        """Return the input embeddings, tied to the masked-LM head; some are narrower than the states."""
        return self.model.get_input_embeddings().weight

    @property
    def positions(self) -> int:
        """Return the length of the longest input that the encoder can take."""
        table = getattr(getattr(self.model, "embeddings", None), "position_embeddings", None)
        if isinstance(table, nn.Embedding):
            # RoBERTa numbers places from behind its padding token, and these numbers are lost.
            return table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1)
        return self.model.config.max_position_embeddings

    def forward(
        self,
        ids: Int[Tensor, "rows length"],
        mask: Bool[Tensor, "rows length"],
        segments: Int[Tensor, "rows length"] | None = None,
    ) -> Float[Tensor, "rows length hidden"]:
        """Return the last hidden states; padding (``mask`` False) influences no other place.

        Rows are encoded in groups of like length, so that little work is spent on padding; states
        at padded places are not defined.
        """
        lengths = mask.sum(dim=1)
        groups = _groups(lengths)
        if len(groups) == 1:
            return self._encode(ids, mask, segments)
        width = ids.shape[1]
        parts = []
        for rows in groups:
            longest = int(lengths[rows].max())
            part = self._encode(
                ids[rows, :longest],
                mask[rows, :longest],
                None if segments is None else segments[rows, :longest],
            )
            parts.append(nn.functional.pad(part, (0, 0, 0, width - longest)))
        return torch.cat(parts)[torch.argsort(torch.cat(groups))]

    def _encode(self, ids: Tensor, mask: Tensor, segments: Tensor | None) -> Tensor:
        rows, length = ids.shape
        if ids.device.type == "cpu":
            ids, mask, segments = (None if t is None else self._rounded(t) for t in (ids, mask, segments))
        extra = {"token_type_ids": segments} if self.has_segments and segments is not None else {}
        with training_products(ids.device):
            states = self.model(input_ids=ids, attention_mask=mask.long(), **extra).last_hidden_state
        return states[:rows, :length].to(self.token_embedding.dtype)

    def _rounded(self, table: Tensor) -> Tensor:
        """Pad to multiples of ROUND: a product of new shape costs the making of a kernel (oneDNN).

        Rows are added by repeating the last one, for one of nothing but padding has no softmax.
        """
        rows, length = table.shape
        wide = -(-length // ROUND) * ROUND
        wide = length if wide > self.positions else wide
        table = nn.functional.pad(table, (0, wide - length))
        return torch.cat((table, table[-1:].expand(-rows % ROUND, -1)))


def _groups(lengths: Int[Tensor, " rows"]) -> list[Int[Tensor, " group"]]:
    """Split rows into groups of like length; on a GPU one group, where launches cost more."""
    rows = len(lengths)
    count = 1 if lengths.is_cuda else max(1, min(8, rows // GROUP_ROWS))
    if count == 1 or int(lengths.min()) == int(lengths.max()):
        return [torch.arange(rows, device=lengths.device)]
    return list(torch.argsort(lengths, stable=True).tensor_split(count))


def _fresh(config: EncoderConfig, pad: int, copying: bool) -> nn.Module:
    from transformers import AutoModel, BertConfig, ModernBertConfig

    shared = {
        "vocab_size": config.vocab,
        "hidden_size": config.hidden,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "intermediate_size": config.feedforward,
        "max_position_embeddings": config.positions,
        "pad_token_id": pad,
    }
    if config.kind == "bert":
        return AutoModel.from_config(
            BertConfig(**shared, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0),
            add_pooling_layer=False,
        )
    model = AutoModel.from_config(
        ModernBertConfig(
            **shared,
            # The usual 0.02 is made for 768 hidden units: with 128, attention hardly moves at first.
            initializer_range=config.hidden**-0.5 if copying else 0.02,
            global_attn_every_n_layers=1,
            bos_token_id=None,
            eos_token_id=None,
            cls_token_id=None,
            sep_token_id=None,
            attn_implementation="eager",  # for short rows quicker than torch's fused kernel on a CPU
        )
    )
    if copying:
        _mimetic(model, config)
    return model


@torch.no_grad()
def _mimetic(model: nn.Module, config: EncoderConfig) -> None:
    """Start attention where training would take it: like looks at like, and is passed on as it is.

    Departure: the paper starts from BERT.  From random weights, matching the words of x with those of z
    and copying what stands beside them takes thousands of steps to emerge; with queries equal to keys
    in most heads and values passed through by the output (mimetic initialisation, Trockman and
    Kolter 2023) it takes some hundreds.  The first layer keeps all heads but one random.
    """
    hidden, size = config.hidden, config.hidden // config.heads
    for number, layer in enumerate(model.layers):
        qkv, out = layer.attn.Wqkv.weight, layer.attn.Wo.weight
        alike = MATCH_GAIN * _orthogonal(hidden)
        for head in range(1 if number == 0 else max(1, config.heads - 1)):
            rows = slice(head * size, (head + 1) * size)
            for part in (qkv[:hidden], qkv[hidden : 2 * hidden]):
                part[rows] = alike[rows] + MATCH_NOISE * torch.randn(size, hidden)
        passed = PASS_GAIN**0.5 * _orthogonal(hidden)
        qkv[2 * hidden :] = passed
        out.copy_(passed.T)


def _orthogonal(size: int) -> Float[Tensor, "hidden hidden"]:
    return torch.linalg.qr(torch.randn(size, size))[0]


def _pretrained(checkpoint: str) -> nn.Module:
    """Return the encoder of a checkpoint; of one that a saved REALM keeps, only its structure is there."""
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModel

    try:
        config = AutoConfig.from_pretrained(checkpoint)
        if getattr(config, "weights_elsewhere", False):
            model = AutoModel.from_config(config)
        else:
            model = AutoModel.from_pretrained(checkpoint)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise RealmError(
            f"No encoder could be loaded from {checkpoint!r} ({reason_of(error)}). "
            "Give a folder with config.json and model.safetensors, or a hub name where a network is at hand."
        ) from error
    if config.is_encoder_decoder or model.get_input_embeddings() is None:
        raise RealmError(f"{checkpoint!r} ({config.model_type}) is no encoder of text. Use one like BERT.")
    if getattr(model, "pooler", None) is not None:
        model.pooler = None  # we pool ourselves; weights that nothing uses would only be carried along
    return model.float()  # the heads around it are float32, whatever the file was written in


class MaskHead(nn.Module):
    """hidden states at masked places -> log-probabilities of wordpieces (section 3.2)."""

    def __init__(self, hidden: int, vocab: int, width: int | None = None) -> None:
        """Make the head; ``width`` of the embeddings, where that is not ``hidden`` (ALBERT, ELECTRA)."""
        super().__init__()
        self.dense = nn.Linear(hidden, width or hidden)
        self.norm = nn.LayerNorm(width or hidden)
        self.bias = nn.Parameter(torch.zeros(vocab))

    def forward(
        self, states: Float[Tensor, "*rows hidden"], token_embedding: Float[Tensor, "vocab width"]
    ) -> Float[Tensor, "*rows vocab"]:
        """Return the scores w_j . h of all wordpieces, before the softmax."""
        shaped = self.norm(nn.functional.gelu(self.dense(states)))
        return nn.functional.linear(shaped, token_embedding, self.bias)
