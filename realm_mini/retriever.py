"""The knowledge retriever p(z|x): a dual encoder, the embedding of a corpus, the top-k search.

Level 4.
"""

import copy
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from realm_mini.batch import Collator
from realm_mini.config import EncoderConfig, RetrieverConfig
from realm_mini.corpus import NULL_ROW
from realm_mini.encoder import Encoder
from realm_mini.errors import RealmError
from realm_mini.index import FIRST_ROW, Index
from realm_mini.inputs import CandidateBatch, QueryBatch
from realm_mini.marginal import rest_score


class Retriever(nn.Module):
    """Embed_input and Embed_doc (section 3.2), with f(x, z) their inner product.

    Departure: a LayerNorm without weights follows the projection (as in the official code) and
    vectors are divided by dim**(1/4), so that abs(f) <= sqrt(dim) and the softmax neither starts flat
    nor saturates.  One tower serves both sides by default (as in the official code).
    """

    def __init__(self, config: RetrieverConfig, encoder: EncoderConfig, pad: int = 0) -> None:
        super().__init__()
        self.dim, self.pooling = config.dim, config.pooling
        self.query_tower = Encoder(encoder, pad)
        self.proj_query = nn.Linear(self.query_tower.hidden, config.dim)
        self.doc_tower = self.query_tower if config.share_towers else Encoder(encoder, pad)
        self.proj_doc = (
            self.proj_query if config.share_towers else nn.Linear(self.doc_tower.hidden, config.dim)
        )
        if encoder.checkpoint:
            self._keep_angles()

    @torch.no_grad()
    def _keep_angles(self) -> None:
        """Start with a projection that keeps inner products, both sides the same.

        An encoder trained to embed sentences then retrieves before its first step, and needs no ICT.
        """
        nn.init.orthogonal_(self.proj_query.weight)
        self.proj_doc.weight.copy_(self.proj_query.weight)
        self.proj_query.bias.zero_()
        self.proj_doc.bias.zero_()

    @property
    def is_shared(self) -> bool:
        """Return whether one tower serves both sides."""
        return self.doc_tower is self.query_tower

    def untie(self) -> None:
        """Give the document side a tower of its own, equal to the query side's so far.

        Fine-tuning does so first: passage vectors stay frozen while the query tower moves on, and
        a passage added later must still be embedded by the tower that embedded all others.
        """
        if self.is_shared:
            self.doc_tower = copy.deepcopy(self.query_tower)
            self.proj_doc = copy.deepcopy(self.proj_query)

    def document_view(self) -> "Retriever":
        """Return a retriever whose two sides are this one's document side, no weight copied.

        After :meth:`untie` that is the shared retriever as it was before.
        """
        view = copy.copy(self)
        view._modules = self._modules.copy()
        view.query_tower, view.proj_query = self.doc_tower, self.proj_doc
        return view

    def embed_query(self, queries: QueryBatch) -> Float[Tensor, "batch dim"]:
        """Return Embed_input(x)."""
        states = self.query_tower(queries.query_ids, queries.query_mask)
        return self._scale(self.proj_query(self._pool(states, queries.query_mask)))

    def embed_doc(self, candidates: CandidateBatch) -> Float[Tensor, "docs dim"]:
        """Return Embed_doc(z) of each distinct passage, from title and body."""
        states = self.doc_tower(
            candidates.candidate_ids, candidates.candidate_mask, candidates.candidate_segments
        )
        return self._scale(self.proj_doc(self._pool(states, candidates.candidate_mask)))

    def score(self, queries: QueryBatch, candidates: CandidateBatch) -> Float[Tensor, "batch k"]:
        """Return f(x, z) of each query with each of its candidates, with gradient on both sides."""
        return inner_products(self.embed_query(queries), self.embed_doc(candidates)[candidates.place])

    def score_with_rest(
        self, queries: QueryBatch, candidates: CandidateBatch, others: Bool[Tensor, "batch docs"]
    ) -> tuple[Float[Tensor, "batch k"], Float[Tensor, "batch 1"]]:
        """Return the same, and one score for all the ``others`` among the distinct passages together."""
        query_emb, doc_emb = self.embed_query(queries), self.embed_doc(candidates)
        rest = rest_score(query_emb @ doc_emb.T, others)
        return inner_products(query_emb, doc_emb[candidates.place]), rest.unsqueeze(1)

    def _pool(
        self, states: Float[Tensor, "rows length hidden"], mask: Bool[Tensor, "rows length"]
    ) -> Float[Tensor, "rows hidden"]:
        if self.pooling == "cls":
            return states[:, 0]
        # Padded states are not defined, so they are replaced, not multiplied by 0.
        return torch.where(mask.unsqueeze(-1), states, 0.0).sum(1) / mask.sum(1, keepdim=True)

    def _scale(self, vectors: Float[Tensor, "rows dim"]) -> Float[Tensor, "rows dim"]:
        return nn.functional.layer_norm(vectors, (self.dim,)) / self.dim**0.25


def inner_products(
    query_emb: Float[Tensor, "batch dim"], candidate_emb: Float[Tensor, "batch k dim"]
) -> Float[Tensor, "batch k"]:
    """Return f(x, z) = Embed_input(x) . Embed_doc(z).

    >>> inner_products(torch.tensor([[1.0, 2.0]]), torch.tensor([[[3.0, 4.0], [0.0, 1.0]]]))
    tensor([[11.,  2.]])
    """
    return torch.einsum("bd,bkd->bk", query_emb, candidate_emb)


def device_of(module: nn.Module) -> torch.device:
    """Return where the module's parameters are."""
    return next(module.parameters()).device


@torch.no_grad()
def embed_corpus(
    retriever: Retriever,
    collator: Collator,
    rows: Sequence[int] | None = None,
    batch: int = 128,
) -> Float[np.ndarray, "docs dim"]:
    """Return Embed_doc of real passages (all, or the given ``rows``), in the order asked for.

    Passages are embedded in order of length, so that little is spent on padding.
    """
    wanted = np.arange(FIRST_ROW, len(collator.corpus)) if rows is None else np.asarray(rows)
    if rows is None:
        collator.prepare()
    out = np.empty((len(wanted), retriever.dim), dtype=np.float32)
    order = np.argsort([collator.doc_length(int(r)) for r in wanted], kind="stable")
    was_training = retriever.training
    retriever.eval()
    for places in _chunks(order, batch):
        candidates = collator.candidates(wanted[places][:, None]).to(device_of(retriever))
        out[places] = retriever.embed_doc(candidates)[candidates.place[:, 0]].float().cpu().numpy()
    retriever.train(was_training)
    return out


@torch.no_grad()
def embed_queries(retriever: Retriever, collator: Collator, texts: Sequence, batch: int = 256) -> np.ndarray:
    """Return Embed_input of many texts (pieces or masked examples), shape (batch, dim)."""
    was_training = retriever.training
    retriever.eval()
    parts = [
        retriever.embed_query(collator.queries([texts[i] for i in places]).to(device_of(retriever)))
        .float()
        .cpu()
        .numpy()
        for places in _chunks(np.arange(len(texts)), batch)
    ]
    retriever.train(was_training)
    return np.concatenate(parts) if parts else np.empty((0, retriever.dim), dtype=np.float32)


def retrieve(
    query_emb: Float[np.ndarray, "batch dim"],
    index: Index,
    k: int,
    *,
    null: bool = True,
    banned: Sequence[AbstractSet[int]] | None = None,
    first: Sequence[Sequence[int]] | None = None,
) -> Int[np.ndarray, "batch k"]:
    """Return the corpus rows of ``k`` candidates a query, the null document in slot 0.

    Rows only, no scores: the likelihood is computed with fresh ones.  ``banned`` rows (the origin
    of a sentence) are dropped after fetching that many more, so that k never shrinks.  ``first``:
    rows proposed from elsewhere, kept in front; the search fills the rest, none twice.

    Raises:
        RealmError: k is larger than the corpus allows.
    """
    real = k - null
    banned = banned or [frozenset()] * len(query_emb)
    first = first or [()] * len(query_emb)
    spare = max((len(b) for b in banned), default=0)
    if not 1 <= real <= len(index) - spare:
        raise RealmError(
            f"k={k} candidates were asked for, but the corpus has {len(index)} passages"
            f"{f', {spare} of them banned' if spare else ''}. Use k <= {len(index) - spare + null} "
            "or add passages."
        )
    found = index.search(query_emb, min(real + spare + max(map(len, first), default=0), len(index)))
    rows = np.empty((len(query_emb), k), dtype=np.int64)
    for i, near in enumerate(found):
        wanted = dict.fromkeys(r for r in (*first[i], *near.tolist()) if r not in banned[i])
        rows[i] = [NULL_ROW] * null + list(wanted)[:real]
    return rows


def _chunks(order: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(order), size):
        yield order[start : start + size]
