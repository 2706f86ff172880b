"""The losses, each ``-> (loss, info)``: inverse cloze, masked LM, REALM, questions.

``info`` holds plain numbers for the log.  ``workers``: the processes among which a batch is split; what is
returned is this one's part, and the mean over the processes is the loss of the whole batch.  Level 5: shapes
and probabilities come from :mod:`realm_mini.marginal`, nothing is computed twice.
"""

import torch
from jaxtyping import Bool, Float
from torch import nn

from realm_mini.config import MarginalKind, SpanKind
from realm_mini.fit import Info
from realm_mini.inputs import CandidateBatch, JointBatch, QueryBatch, SpanBatch
from realm_mini.marginal import (
    NULL_SLOT,
    credit,
    log_marginal,
    log_marginal_per_token,
    log_marginal_spans_joint,
    log_p_spans,
    log_p_y_given_z,
    log_p_z,
    marginal_utility,
)
from realm_mini.parallel import ALONE, Workers
from realm_mini.reader import Reader
from realm_mini.retriever import Retriever


def ict_loss(retriever: Retriever, queries: QueryBatch, blocks: CandidateBatch) -> tuple[torch.Tensor, Info]:
    """Return the inverse cloze loss: each sentence must find its block among those of the batch.

    Softmax over the batch's blocks, from query to block only, as in ORQA.
    """
    scores = retriever.embed_query(queries) @ retriever.embed_doc(blocks).T
    wanted = blocks.place[:, 0]
    loss = nn.functional.cross_entropy(scores, wanted)
    return loss, {"accuracy": (scores.argmax(1) == wanted).float().mean().item()}


def mlm_loss(reader: Reader, joint: JointBatch, workers: Workers = ALONE) -> tuple[torch.Tensor, Info]:
    """Return the mean negative log-likelihood of hidden wordpieces, padding left out."""
    return _token_loss(reader.log_p_token(joint), joint, workers)


def _token_loss(
    log_p: Float[torch.Tensor, "batch k masks"], joint: JointBatch, workers: Workers
) -> tuple[torch.Tensor, Info]:
    found = log_p[joint.target_mask.unsqueeze(1).expand_as(log_p)]
    count = workers.share_of(len(found))
    return -found.sum() / count, {"p_token": (found.detach().exp().sum() / count).item()}


def cloze_loss(
    reader: Reader, joint: JointBatch, spans: SpanBatch, workers: Workers = ALONE
) -> tuple[torch.Tensor, Info]:
    """Return the loss of hidden wordpieces plus that of pointing at them in the passage.

    One pass through the encoder serves both heads: x with its gap is a cloze question whose answer is a
    span of z, so the span head learns here what questions will ask of it.
    """
    states = reader.states(joint)
    token_loss, info = _token_loss(reader.log_p_token(joint, states), joint, workers)
    span_loss, span_info = _pointing_loss(reader, spans, states, workers)
    return span_loss + token_loss, info | span_info


def _pointing_loss(
    reader: Reader, spans: SpanBatch, states: Float[torch.Tensor, "batch k jlen hidden"], workers: Workers
) -> tuple[torch.Tensor, Info]:
    """Return the mean of -log p(span|z,x) over the (x, z) where z holds what is hidden; 0 without any."""
    read, held = spans.answering()
    count = workers.share_of(int(held.sum()))
    if not held.any():
        return torch.zeros((), device=states.device), {"p_span": 0.0}
    log_p_y = log_p_spans(reader.span_logits(read, states[held].unsqueeze(1)), read.is_span, read.is_answer)
    return -log_p_y.sum() / count, {"p_span": (log_p_y.detach().exp().sum() / count).item()}


def realm_loss(
    retriever: Retriever,
    reader: Reader,
    queries: QueryBatch,
    candidates: CandidateBatch,
    joint: JointBatch,
    *,
    marginal: MarginalKind = "whole",
    null: bool = True,
    spans: SpanBatch | None = None,
    others: Bool[torch.Tensor, "batch docs"] | None = None,
    workers: Workers = ALONE,
) -> tuple[torch.Tensor, Info]:
    """Return the mean of -log p(y|x) (equation 1), divided by nothing but the batch.

    Candidates are scored afresh here, so the gradient reaches both towers; the reader learns from
    each passage by its posterior weight.  With ``spans`` its span head goes on learning, as in
    :func:`cloze_loss`; the retriever has no part in that.

    ``others``: which of the distinct passages in ``candidates`` stand in the softmax of each text without
    being read: p(y|z,x) of theirs is taken to be that of the null document.  So a text has as many
    passages to tell its own from as the batch has, for the price of some inner products.
    """
    if others is None:
        scores = retriever.score(queries, candidates)
    else:  # together they are one more candidate, which reads as the null document does
        scores = torch.cat(retriever.score_with_rest(queries, candidates, others), dim=1)
    states = None if spans is None else reader.states(joint)
    log_p_token = reader.log_p_token(joint, states)
    if others is not None:
        log_p_token = torch.cat((log_p_token, log_p_token[:, NULL_SLOT : NULL_SLOT + 1]), dim=1)
    z = log_p_z(scores)
    y_given_z = log_p_y_given_z(log_p_token, joint.target_mask)
    if marginal == "whole":
        log_p_y = log_marginal(z, y_given_z)
    else:
        log_p_y = log_marginal_per_token(z, log_p_token, joint.target_mask)
    with torch.no_grad():
        info = {"p_y": log_p_y.exp().mean().item(), "credit": credit(z, y_given_z).abs().mean().item()}
        if null:
            info["p_null"] = z[:, NULL_SLOT].exp().mean().item()
            info["utility"] = marginal_utility(log_marginal(z, y_given_z), y_given_z).mean().item()
        if others is not None:
            info["p_others"] = z[:, -1].exp().mean().item()
    if spans is None or states is None:
        return -log_p_y.mean(), info
    span_loss, span_info = _pointing_loss(reader, spans, states, workers)
    return span_loss - log_p_y.mean(), info | span_info


def qa_loss(
    scores: Float[torch.Tensor, "batch k"],
    reader: Reader,
    spans: SpanBatch,
    *,
    span: SpanKind = "passage",
    workers: Workers = ALONE,
) -> tuple[torch.Tensor, Info]:
    """Return the mean of -log p(y|x) over the questions that some passage answers.

    ``scores`` are f(x, z) of the candidates, whoever computed them.  A question without an
    answering passage counts nothing; a batch without any gives the loss 0, never NaN.
    """
    if span == "passage":
        return qa_loss_by_passage(scores, reader, *spans.answering(), workers)
    log_p_y = log_marginal_spans_joint(
        log_p_z(scores), reader.span_logits(spans), spans.is_span, spans.is_answer
    )
    return _mean_of_answered(log_p_y, spans.is_answer.flatten(1).any(dim=1), workers)


def qa_loss_by_passage(
    scores: Float[torch.Tensor, "batch k"],
    reader: Reader,
    read: SpanBatch | None,
    held: Bool[torch.Tensor, "batch k"],
    workers: Workers = ALONE,
) -> tuple[torch.Tensor, Info]:
    """Return the same with a softmax of its own for each passage (the paper), from what holds an answer.

    p(y|z,x) is 0 where z does not hold y, whatever the reader thinks.  So only the passages that do
    are read: ``read`` has one a row, ``held`` says which candidate of which question it is.
    """
    z, answered = log_p_z(scores), held.any(dim=1)
    y_given_z = torch.full_like(z, float("-inf"))
    if read is not None and held.any():
        y_given_z[held] = log_p_spans(reader.span_logits(read), read.is_span, read.is_answer).squeeze(1)
    # A row of nothing but -inf would give logsumexp a NaN gradient: it is set aside beforehand.
    log_p_y = log_marginal(z, torch.where(answered.unsqueeze(1), y_given_z, 0.0))
    return _mean_of_answered(log_p_y, answered, workers)


def _mean_of_answered(
    log_p_y: Float[torch.Tensor, " batch"], answered: Bool[torch.Tensor, " batch"], workers: Workers
) -> tuple[torch.Tensor, Info]:
    loss = -torch.where(answered, log_p_y, 0.0).sum() / workers.share_of(int(answered.sum()))
    p_y = torch.where(answered, log_p_y.detach().exp(), 0.0)
    return loss, {"answered": answered.float().mean().item(), "p_y": p_y.mean().item()}
