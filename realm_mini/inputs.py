"""What models take: padded tensors of queries, passages and joint inputs.  Level 2.

Masks are True where there is something.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

_Batch = TypeVar("_Batch")  # not Self: the run-time shape checks of the tests do not know it


class _OnDevice:
    def to(self: _Batch, device: torch.device | str) -> _Batch:
        """Return the batch on another device."""
        return type(self)(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class QueryBatch(_OnDevice):
    """join_BERT(x) = [CLS] x [SEP] (section 3.2)."""

    query_ids: Int[Tensor, "batch qlen"]
    query_mask: Bool[Tensor, "batch qlen"]


@dataclass(frozen=True, slots=True)
class CandidateBatch(_OnDevice):
    """join_BERT(title, body) of each *distinct* passage of a batch, and where it is used.

    ``place[b, k]`` says which of the ``docs`` passages is candidate k of query b: a passage that
    several queries propose is embedded once.
    """

    candidate_ids: Int[Tensor, "docs dlen"]
    candidate_mask: Bool[Tensor, "docs dlen"]
    candidate_segments: Int[Tensor, "docs dlen"]
    place: Int[Tensor, "batch k"]


@dataclass(frozen=True, slots=True)
class JointBatch(_OnDevice):
    """join_BERT(x, body) = [CLS] x [SEP] body [SEP], and the hidden wordpieces y of x."""

    joint_ids: Int[Tensor, "batch k jlen"]
    joint_mask: Bool[Tensor, "batch k jlen"]
    joint_segments: Int[Tensor, "batch k jlen"]
    mask_places: Int[Tensor, "batch masks"]
    target_ids: Int[Tensor, "batch masks"]
    target_mask: Bool[Tensor, "batch masks"]


@dataclass(frozen=True, slots=True)
class SpanBatch(_OnDevice):
    """join_BERT(question, body) with all answer spans of each body.

    ``span_start`` and ``span_end`` (inclusive) are places in the joint input.
    """

    joint_ids: Int[Tensor, "batch k jlen"]
    joint_mask: Bool[Tensor, "batch k jlen"]
    joint_segments: Int[Tensor, "batch k jlen"]
    span_start: Int[Tensor, "batch k spans"]
    span_end: Int[Tensor, "batch k spans"]
    is_span: Bool[Tensor, "batch k spans"]
    is_answer: Bool[Tensor, "batch k spans"]

    def answering(self) -> tuple["SpanBatch", Bool[Tensor, "batch k"]]:
        """Return the (question, passage) pairs that hold an answer, as a batch with k = 1, and where."""
        held = self.is_answer.any(dim=-1)
        return SpanBatch(**{f.name: getattr(self, f.name)[held].unsqueeze(1) for f in fields(self)}), held


def pad(
    rows: Sequence[np.ndarray], value: int = 0
) -> tuple[Int[Tensor, "rows length"], Bool[Tensor, "rows length"]]:
    """Return the rows as one tensor, filled up with ``value``, and the mask of what is real.

    >>> pad([np.array([5, 6]), np.array([7])])
    (tensor([[5, 6],
            [7, 0]]), tensor([[ True,  True],
            [ True, False]]))
    """
    lengths = np.array([len(r) for r in rows])
    mask = np.arange(max(int(lengths.max(initial=0)), 1)) < lengths[:, None]
    out = np.full(mask.shape, value, dtype=np.int64)
    if lengths.any():
        out[mask] = np.concatenate([np.asarray(r, dtype=np.int64) for r in rows])
    return torch.from_numpy(out), torch.from_numpy(mask)
