"""The knowledge-augmented encoder p(y|z,x): reads x together with a passage (section 3.2).

Pre-training predicts the hidden wordpieces, question answering scores the spans of the body.
Level 4.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from realm_mini.checkpoints import warm_mask_head
from realm_mini.config import EncoderConfig
from realm_mini.encoder import Encoder, MaskHead
from realm_mini.inputs import JointBatch, SpanBatch

LOT = 512  # the lists of states and spans have a multiple of so many rows


class Reader(nn.Module):
    """One encoder, distinct from the retriever's, with a masked-LM head and a span head."""

    def __init__(self, config: EncoderConfig, pad: int = 0, vocab: int | None = None) -> None:
        super().__init__()
        self.encoder = Encoder(config, pad, copying=True)
        hidden = self.encoder.hidden
        known, width = self.encoder.token_embedding.shape
        self.mask_head = MaskHead(hidden, vocab or known, width)
        if config.checkpoint:
            warm_mask_head(self.mask_head, config.checkpoint)
        self.span_start = nn.Linear(hidden, hidden)
        self.span_end = nn.Linear(hidden, hidden)
        self.span_norm = nn.LayerNorm(hidden)
        self.span_out = nn.Linear(hidden, 1)

    def states(self, joint: JointBatch | SpanBatch) -> Float[Tensor, "batch k jlen hidden"]:
        """Return the hidden states of each text joined with each of its passages."""
        shape = joint.joint_ids.shape
        states = self.encoder(
            joint.joint_ids.flatten(0, 1), joint.joint_mask.flatten(0, 1), joint.joint_segments.flatten(0, 1)
        )
        return states.view(*shape, -1)

    def vocab_logits(
        self, joint: JointBatch, states: Float[Tensor, "batch k jlen hidden"] | None = None
    ) -> Float[Tensor, "batch k masks vocab"]:
        """Return the scores of all wordpieces at the hidden places only, before the softmax.

        ``states``: those of :meth:`states`, where they are known already.
        """
        states = self.states(joint) if states is None else states
        return self.mask_head(_at_masks(states, joint), self.encoder.token_embedding)

    def log_p_token(
        self, joint: JointBatch, states: Float[Tensor, "batch k jlen hidden"] | None = None
    ) -> Float[Tensor, "batch k masks"]:
        """Return log p(y_j|z,x) of each hidden wordpiece, 0 at padded places.

        Only the places that are there are scored: each costs a product with the whole vocabulary.
        """
        states = self.states(joint) if states is None else states
        shape = (*states.shape[:2], joint.target_mask.shape[1])
        is_there = joint.target_mask[:, None].expand(shape)
        wanted = joint.target_ids[:, None].expand(shape)[is_there]
        logits = self.mask_head(
            _in_lots(_at_masks(states, joint)[is_there], 64), self.encoder.token_embedding
        )
        log_p = -nn.functional.cross_entropy(logits[: len(wanted)], wanted, reduction="none")
        return log_p.new_zeros(shape).masked_scatter(is_there, log_p)

    def span_logits(
        self, joint: SpanBatch, states: Float[Tensor, "batch k jlen hidden"] | None = None
    ) -> Float[Tensor, "batch k spans"]:
        """Return MLP([h_START; h_END]) of each span (section 3.2); padded places hold 0.

        The first layer is split over its two inputs and added, which is the same map; the MLP is
        that of the official code: w . LayerNorm(relu(W_s h_START + W_e h_END)).
        """
        states = self.states(joint) if states is None else states
        batch, k, length, _ = states.shape
        first = torch.arange(0, batch * k * length, length, device=states.device).view(batch, k, 1)
        # One list of all states and one of the spans that there are: a third of the places would be padding.
        flat = _in_lots(states.flatten(0, 2))
        starts = _in_lots((joint.span_start + first)[joint.is_span])
        ends = _in_lots((joint.span_end + first)[joint.is_span])
        pair = nn.functional.embedding(starts, self.span_start(flat)) + nn.functional.embedding(
            ends, self.span_end(flat)
        )
        scores = self.span_out(self.span_norm(torch.relu(pair))).squeeze(-1)
        return scores.new_zeros(joint.is_span.shape).masked_scatter(joint.is_span, scores)


def _at_masks(
    states: Float[Tensor, "batch k jlen hidden"], joint: JointBatch
) -> Float[Tensor, "batch k masks hidden"]:
    """Return the states at the hidden places."""
    places = joint.mask_places[:, None, :, None].expand(-1, states.shape[1], -1, states.shape[3])
    return states.gather(2, places)


def _in_lots(rows: Tensor, lot: int = LOT) -> Tensor:
    """Pad to a multiple of ``lot`` rows, with zeros: a product of new shape costs the making of a kernel."""
    return torch.cat((rows, rows.new_zeros(-len(rows) % lot, *rows.shape[1:])))
