"""The heart of REALM, as pure functions of scores: p(z|x), p(y|x), r(z) and retrieval utility.

Everything is in natural-log space.  Axes: ``batch`` sentences or questions, ``k`` candidates (the
null document in slot 0 where there is one), ``masks`` masked wordpieces, ``spans`` answer spans.
Nothing here knows of text, models or files.

Level 0: imports nothing of ours.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

NULL_SLOT = 0


def log_p_z(scores: Float[Tensor, "batch k"]) -> Float[Tensor, "batch k"]:
    """Return log p(z|x): a softmax of f(x, z) over the candidates (section 3.2).

    A candidate that is not there is given the score ``-inf`` and gets probability 0.

    >>> log_p_z(torch.tensor([[0.0, 0.0]])).exp()
    tensor([[0.5000, 0.5000]])
    """
    return torch.log_softmax(scores, dim=-1)


def rest_score(
    scores: Float[Tensor, "batch docs"], is_rest: Bool[Tensor, "batch docs"]
) -> Float[Tensor, " batch"]:
    """Return the score of one candidate that stands for many in the softmax: the log of their sum of exp f.

    ``-inf`` (with no gradient, never NaN) where ``is_rest`` marks none.

    >>> rest_score(torch.tensor([[.5, .25, 9.]]).log(), torch.tensor([[True, True, False]])).exp()
    tensor([0.7500])
    """
    return _masked_logsumexp(scores, is_rest)


def log_marginal(
    log_p_z: Float[Tensor, "batch k"], log_p_y_given_z: Float[Tensor, "batch k"]
) -> Float[Tensor, " batch"]:
    """Return log p(y|x), the candidates summed out (equation 1).

    Probabilities are mixed, never logits: two passages that disagree keep their two peaks.  ``-inf``, with no
    gradient, where no candidate explains y.

    >>> log_marginal(torch.tensor([[.5, .5]]).log(), torch.tensor([[.8, .2]]).log()).exp()
    tensor([0.5000])
    """
    joint = log_p_z + log_p_y_given_z
    return _masked_logsumexp(joint, joint > float("-inf"))


def log_p_y_given_z(
    log_p_token: Float[Tensor, "batch k masks"], target_mask: Bool[Tensor, "batch masks"]
) -> Float[Tensor, "batch k"]:
    """Return log p(y|z,x), the product over the masked wordpieces of y (section 3.2).

    Padded places (``target_mask`` False) count nothing, whatever stands there.

    >>> log_p_y_given_z(torch.tensor([[[.5, .5, .1]]]).log(), torch.tensor([[True, True, False]])).exp()
    tensor([[0.2500]])
    """
    return torch.where(target_mask.unsqueeze(1), log_p_token, 0.0).sum(dim=-1)


def log_marginal_per_token(
    log_p_z: Float[Tensor, "batch k"],
    log_p_token: Float[Tensor, "batch k masks"],
    target_mask: Bool[Tensor, "batch masks"],
) -> Float[Tensor, " batch"]:
    """Return sum_j log p(y_j|x), the candidates summed out of each wordpiece (the official code).

    Equal to :func:`log_marginal` when one wordpiece is masked; otherwise neither bounds the other.

    >>> z = torch.tensor([[.5, .5]]).log()
    >>> token = torch.tensor([[[.8, .2], [.2, .8]]]).log()
    >>> log_marginal_per_token(z, token, torch.tensor([[True, True]])).exp()
    tensor([0.2500])
    >>> log_marginal(z, log_p_y_given_z(token, torch.tensor([[True, True]]))).exp()
    tensor([0.1600])
    """
    per_token = torch.logsumexp(log_p_z.unsqueeze(-1) + log_p_token, dim=1)
    return torch.where(target_mask, per_token, 0.0).sum(dim=-1)


def log_posterior(
    log_p_z: Float[Tensor, "batch k"], log_p_y_given_z: Float[Tensor, "batch k"]
) -> Float[Tensor, "batch k"]:
    """Return log p(z|x,y), which passages explain y once y is known (appendix A).

    Where no candidate explains y, it tells nothing about them, and log p(z|x) is returned.

    >>> log_posterior(torch.tensor([[.5, .5]]).log(), torch.tensor([[.9, .1]]).log()).exp()
    tensor([[0.9000, 0.1000]])
    """
    joint = log_p_z + log_p_y_given_z
    is_explained = (joint > float("-inf")).any(dim=-1, keepdim=True)
    return torch.log_softmax(torch.where(is_explained, joint, log_p_z), dim=-1)


def credit(
    log_p_z: Float[Tensor, "batch k"], log_p_y_given_z: Float[Tensor, "batch k"]
) -> Float[Tensor, "batch k"]:
    """Return r(z) = p(z|x,y) - p(z|x), the gradient of log p(y|x) to the score f(x, z) (app. A).

    Positive exactly where p(y|z,x) > p(y|x); the sum over z is 0.  All 0 where no candidate explains y.

    >>> credit(torch.tensor([[.5, .5]]).log(), torch.tensor([[.9, .1]]).log())
    tensor([[ 0.4000, -0.4000]])
    """
    return log_posterior(log_p_z, log_p_y_given_z).exp() - log_p_z.exp()


def utility(log_p_y_given_z: Float[Tensor, "batch k"]) -> Float[Tensor, "batch k"]:
    """Return RU(z|x) = log p(y|z,x) - log p(y|null,x) (equation 2); 0 for the null itself.

    0, too, where neither explains y at all.

    >>> utility(torch.tensor([[.1, .8, .05]]).log())
    tensor([[ 0.0000,  2.0794, -0.6931]])
    """
    null = log_p_y_given_z[:, NULL_SLOT : NULL_SLOT + 1]
    return torch.where(log_p_y_given_z == null, 0.0, log_p_y_given_z - null)


def marginal_utility(
    log_p_y: Float[Tensor, " batch"], log_p_y_given_z: Float[Tensor, "batch k"]
) -> Float[Tensor, " batch"]:
    """Return log p(y|x) - log p(y|null,x), what the official code logs as retrieval utility."""
    return log_p_y - log_p_y_given_z[:, NULL_SLOT]


def log_p_spans(
    span_logits: Float[Tensor, "batch k spans"],
    is_span: Bool[Tensor, "batch k spans"],
    is_answer: Bool[Tensor, "batch k spans"],
) -> Float[Tensor, "batch k"]:
    """Return log p(y|z,x) of a question: all spans that equal y, over all spans of z (section 3.2).

    ``is_span`` marks the spans that exist, ``is_answer`` those that match.  ``-inf`` (and never
    NaN, in values and gradients alike) where a passage holds no span or no matching one.
    """
    return _log_share(span_logits, is_span & is_answer, is_span)


def log_marginal_spans_joint(
    log_p_z: Float[Tensor, "batch k"],
    span_logits: Float[Tensor, "batch k spans"],
    is_span: Bool[Tensor, "batch k spans"],
    is_answer: Bool[Tensor, "batch k spans"],
) -> Float[Tensor, " batch"]:
    """Return log p(y|x) with one softmax over all (z, span) pairs (the official code).

    The logit of a pair is log p(z|x) + the span's; ``-inf`` where no passage holds the answer.
    """
    logits = (span_logits + log_p_z.unsqueeze(-1)).flatten(1)
    return _log_share(logits, (is_span & is_answer).flatten(1), is_span.flatten(1))


def log_p_z_of_spans(
    log_p_z: Float[Tensor, "batch k"],
    span_logits: Float[Tensor, "batch k spans"],
    is_span: Bool[Tensor, "batch k spans"],
) -> Float[Tensor, "batch k"]:
    """Return the log share of each z in one softmax over all (z, span) pairs (the official code).

    With it in the place of log p(z|x), :func:`log_marginal` of :func:`log_p_spans` is
    :func:`log_marginal_spans_joint`.  ``-inf`` where a passage holds no span; where none holds any,
    log p(z|x) stays as it is.

    >>> is_span = torch.tensor([[[True, True, True], [True, False, False]]])
    >>> log_p_z_of_spans(torch.tensor([[.5, .5]]).log(), torch.zeros(1, 2, 3), is_span).exp()
    tensor([[0.7500, 0.2500]])
    """
    pairs = log_p_z + _masked_logsumexp(span_logits, is_span)
    return torch.log_softmax(torch.where(is_span.flatten(1).any(dim=1, keepdim=True), pairs, log_p_z), dim=-1)


def _log_share(
    logits: Float[Tensor, "*rows spans"],
    part: Bool[Tensor, "*rows spans"],
    whole: Bool[Tensor, "*rows spans"],
) -> Float[Tensor, "*rows"]:
    share = _masked_logsumexp(logits, part) - _masked_logsumexp(logits, whole)
    return torch.where(part.any(dim=-1), share, float("-inf"))


def _masked_logsumexp(
    values: Float[Tensor, "*rows spans"], keep: Bool[Tensor, "*rows spans"]
) -> Float[Tensor, "*rows"]:
    # An empty row would make logsumexp's gradient NaN; it is computed on zeros and replaced,
    # so that neither value nor gradient of the other rows is touched.
    empty = ~keep.any(dim=-1)
    safe = keep | empty.unsqueeze(-1)
    filled = torch.where(safe, torch.where(keep, values, 0.0), float("-inf"))
    total = torch.logsumexp(filled, dim=-1)
    return torch.where(empty, torch.full_like(total, float("-inf")), total)
