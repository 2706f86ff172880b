"""The heart: p(z|x), p(y|x), r(z), RU and the span marginal, each against a formula or by hand."""

import itertools
import math

import numpy as np
import pytest
import torch

from realm_mini import marginal as m

INF = float("inf")


def draw(seed, k, batch=5, absent=0.0, impossible=0.0):
    """Scores f(x,z) and log p(y|z,x) in float64; some candidates absent, some unable to give y."""
    rng = torch.Generator().manual_seed(seed)
    scores = 4 * torch.randn(batch, k, generator=rng, dtype=torch.float64)
    log_p_y = -6 * torch.rand(batch, k, generator=rng, dtype=torch.float64)
    if k > 1:
        scores[:, 1:][torch.rand(batch, k - 1, generator=rng) < absent] = -INF
        log_p_y[:, 1:][torch.rand(batch, k - 1, generator=rng) < impossible] = -INF
    return scores, log_p_y


CASES = [
    (seed, k, absent, impossible)
    for seed, (k, absent, impossible) in enumerate(
        itertools.product((1, 2, 3, 8, 33), (0.0, 0.4), (0.0, 0.5))
    )
]


@pytest.mark.parametrize(("seed", "k", "absent", "impossible"), CASES)
def test_gradient_of_log_marginal_is_credit(seed, k, absent, impossible):
    """Appendix A: d log p(y|x) / d f(x,z) = r(z), with absent candidates and impossible ones too."""
    scores, log_p_y = draw(seed, k, absent=absent, impossible=impossible)
    scores.requires_grad_()
    m.log_marginal(m.log_p_z(scores), log_p_y).sum().backward()
    credit = m.credit(m.log_p_z(scores.detach()), log_p_y)
    assert torch.isfinite(scores.grad).all()
    torch.testing.assert_close(scores.grad, credit, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("seed", "k", "absent", "impossible"), CASES)
def test_gradient_to_the_reader_is_the_posterior(seed, k, absent, impossible):
    """The reader learns from each passage by p(z|x,y)."""
    scores, log_p_y = draw(seed, k, absent=absent, impossible=impossible)
    log_p_y.requires_grad_()
    m.log_marginal(m.log_p_z(scores), log_p_y).sum().backward()
    posterior = m.log_posterior(m.log_p_z(scores), log_p_y.detach()).exp()
    torch.testing.assert_close(log_p_y.grad, posterior, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("seed", "k", "absent", "impossible"), CASES)
def test_credit_is_positive_exactly_where_the_passage_helps_and_sums_to_zero(seed, k, absent, impossible):
    scores, log_p_y = draw(seed, k, absent=absent, impossible=impossible)
    z = m.log_p_z(scores)
    credit, log_p = m.credit(z, log_p_y), m.log_marginal(z, log_p_y)
    there = torch.isfinite(scores)
    torch.testing.assert_close(
        credit.sum(1), torch.zeros(len(credit), dtype=torch.float64), rtol=0, atol=1e-12
    )
    clear = there & ((log_p_y - log_p.unsqueeze(1)).abs() > 1e-9)
    assert ((credit > 0) == (log_p_y > log_p.unsqueeze(1)))[clear].all()
    assert (credit[~there] == 0).all()


def test_credit_equals_the_other_form_of_appendix_a():
    """r(z) = [p(y|z,x) / p(y|x) - 1] p(z|x)."""
    scores, log_p_y = draw(7, 6)
    z = m.log_p_z(scores)
    other = ((log_p_y - m.log_marginal(z, log_p_y).unsqueeze(1)).exp() - 1) * z.exp()
    torch.testing.assert_close(m.credit(z, log_p_y), other)


@pytest.mark.parametrize("star", [0, 2, 4])
def test_one_passage_that_explains_all_makes_it_supervised_retrieval(star):
    """Appendix B: p(y|z*,x) = 1 and 0 elsewhere gives the loss and gradient of -log p(z*|x)."""
    scores, _ = draw(star, 5)
    log_p_y = torch.full_like(scores, -INF)
    log_p_y[:, star] = 0.0
    ours, theirs = scores.clone().requires_grad_(), scores.clone().requires_grad_()
    log_p = m.log_marginal(m.log_p_z(ours), log_p_y)
    wanted = m.log_p_z(theirs)[:, star]
    torch.testing.assert_close(log_p, wanted)
    log_p.sum().backward()
    wanted.sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)
    one_hot = torch.nn.functional.one_hot(torch.tensor([star] * len(scores)), 5).double()
    torch.testing.assert_close(ours.grad, one_hot - m.log_p_z(scores).exp())


@pytest.mark.parametrize("p", [1.0, 0.25, 1e-12])
def test_uninformative_passages_get_no_credit_and_change_nothing(p):
    scores, _ = draw(3, 6)
    log_p_y = torch.full_like(scores, math.log(p))
    z = m.log_p_z(scores)
    torch.testing.assert_close(m.log_marginal(z, log_p_y), log_p_y[:, 0])
    torch.testing.assert_close(m.credit(z, log_p_y), torch.zeros_like(z), rtol=0, atol=1e-14)


def test_utility_of_the_null_is_zero_to_the_bit():
    for seed in range(20):
        _, log_p_y = draw(seed, 1 + seed % 8)
        assert (m.utility(log_p_y.float() * 1e3)[:, m.NULL_SLOT] == 0).all()


def test_utility_by_hand():
    log_p_y = torch.tensor([[0.1, 0.8, 0.05]], dtype=torch.float64).log()
    expected = torch.tensor([[0.0, math.log(8), -math.log(2)]], dtype=torch.float64)
    torch.testing.assert_close(m.utility(log_p_y), expected)


def test_marginal_utility_by_hand():
    z, log_p_y = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.1, 0.7]]).log()
    found = m.marginal_utility(m.log_marginal(z, log_p_y), log_p_y)
    torch.testing.assert_close(found, torch.tensor([math.log(0.4 / 0.1)]))


def test_posterior_is_bayes_by_hand():
    z, log_p_y = torch.tensor([[0.6, 0.3, 0.1]]).log(), torch.tensor([[0.1, 0.5, 0.9]]).log()
    joint = np.array([0.06, 0.15, 0.09])
    torch.testing.assert_close(
        m.log_posterior(z, log_p_y).exp(), torch.from_numpy(joint / joint.sum())[None].float()
    )


def test_a_common_shift_of_the_scores_changes_nothing():
    scores, log_p_y = draw(11, 7)
    torch.testing.assert_close(m.log_p_z(scores + 100.0), m.log_p_z(scores))
    assert m.log_p_z(scores).exp().sum(1).allclose(torch.ones(len(scores), dtype=torch.float64))
    assert (m.log_marginal(m.log_p_z(scores), log_p_y) <= 0).all()


def test_order_of_candidates_does_not_matter_and_absent_ones_do_not_count():
    scores, log_p_y = draw(12, 7)
    log_p = m.log_marginal(m.log_p_z(scores), log_p_y)
    order = torch.tensor([3, 1, 6, 0, 2, 5, 4])
    torch.testing.assert_close(m.log_marginal(m.log_p_z(scores[:, order]), log_p_y[:, order]), log_p)
    absent = torch.full((len(scores), 2), -INF, dtype=torch.float64)
    wider = m.log_p_z(torch.cat((scores, absent), 1))
    torch.testing.assert_close(m.log_marginal(wider, torch.cat((log_p_y, absent + 1), 1)), log_p)


def test_very_small_probabilities_survive():
    z, log_p_y = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[-5000.0, -5001.0]])
    expected = -5000 + math.log(0.5 * (1 + math.exp(-1)))
    torch.testing.assert_close(m.log_marginal(z, log_p_y), torch.tensor([expected]))


# --- wordpieces of y -------------------------------------------------------------------------


@pytest.mark.parametrize("rubbish", [0.0, -3.0, 50.0, -INF, float("nan")])
def test_padded_places_count_nothing_whatever_stands_there(rubbish):
    """In the value and in the gradient, for the whole-span and the per-token form."""
    z = torch.tensor([[0.3, 0.7]]).log()
    mask = torch.tensor([[True, True, False]])
    log_p = torch.tensor([[[0.5, 0.25, 1.0], [0.125, 0.5, 1.0]]]).log()
    log_p[:, :, 2] = rubbish
    log_p.requires_grad_()
    y = m.log_p_y_given_z(log_p, mask)
    torch.testing.assert_close(y.exp(), torch.tensor([[0.125, 0.0625]]))
    y.sum().backward()
    torch.testing.assert_close(log_p.grad, mask.unsqueeze(1).expand_as(log_p).float())
    if not math.isnan(rubbish):
        short = m.log_marginal_per_token(z, log_p.detach()[:, :, :2], mask[:, :2])
        torch.testing.assert_close(m.log_marginal_per_token(z, log_p.detach(), mask), short)


def test_whole_and_per_token_marginals_by_hand():
    """Where the passages share the work per-token is larger; where one knows all, whole is."""
    z, mask = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[True, True]])
    for token, whole, per_token in (
        ([[0.8, 0.2], [0.2, 0.8]], 0.16, 0.25),
        ([[0.8, 0.8], [0.2, 0.2]], 0.34, 0.25),
    ):
        log_p = torch.tensor([token]).log()
        torch.testing.assert_close(
            m.log_marginal(z, m.log_p_y_given_z(log_p, mask)).exp(), torch.tensor([whole])
        )
        torch.testing.assert_close(m.log_marginal_per_token(z, log_p, mask).exp(), torch.tensor([per_token]))


def test_whole_and_per_token_agree_on_one_wordpiece():
    scores, log_p_y = draw(5, 6)
    z, token = m.log_p_z(scores), log_p_y.unsqueeze(2)
    mask = torch.ones(len(z), 1, dtype=torch.bool)
    whole = m.log_marginal(z, m.log_p_y_given_z(token, mask))
    torch.testing.assert_close(m.log_marginal_per_token(z, token, mask), whole)


def test_gradient_of_the_per_token_form_is_one_credit_a_wordpiece():
    rng = torch.Generator().manual_seed(0)
    scores = torch.randn(3, 4, generator=rng, dtype=torch.float64, requires_grad=True)
    token = -3 * torch.rand(3, 4, 5, generator=rng, dtype=torch.float64)
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2, [True] + [False] * 4])
    m.log_marginal_per_token(m.log_p_z(scores), token, mask).sum().backward()
    z = m.log_p_z(scores.detach())
    expected = sum(m.credit(z, token[:, :, j]) * mask[:, j : j + 1] for j in range(5))
    torch.testing.assert_close(scores.grad, expected)


# --- spans of questions ----------------------------------------------------------------------


def enumerate_spans(z, logits, is_span, is_answer, joint):
    """p(y|x) of one question, by adding up in plain Python."""
    if joint:
        pairs = [
            (z[k] * math.exp(logits[k][s]), is_answer[k][s])
            for k in range(len(z))
            for s in range(len(logits[k]))
            if is_span[k][s]
        ]
        whole = sum(w for w, _ in pairs)
        return sum(w for w, good in pairs if good) / whole if whole else 0.0
    total = 0.0
    for k in range(len(z)):
        weights = [math.exp(v) for v, s in zip(logits[k], is_span[k], strict=True) if s]
        good = [math.exp(v) for v, s, a in zip(logits[k], is_span[k], is_answer[k], strict=True) if s and a]
        total += z[k] * sum(good) / sum(weights) if weights else 0.0
    return total


@pytest.mark.parametrize("seed", range(8))
def test_span_marginals_equal_enumeration(seed):
    rng = np.random.default_rng(seed)
    batch, k, spans = 6, int(rng.integers(1, 5)), int(rng.integers(1, 7))
    scores, logits = rng.normal(size=(batch, k)), 3 * rng.normal(size=(batch, k, spans))
    is_span, is_answer = rng.random((batch, k, spans)) < 0.7, rng.random((batch, k, spans)) < 0.3
    z = m.log_p_z(torch.tensor(scores))
    args = (torch.tensor(logits), torch.tensor(is_span), torch.tensor(is_answer))
    passage = m.log_marginal(z, m.log_p_spans(*args)).exp().nan_to_num(0.0)
    joint = m.log_marginal_spans_joint(z, *args).exp()
    weights = m.log_p_z_of_spans(z, *args[:2])
    torch.testing.assert_close(weights.exp().sum(1), torch.ones(batch, dtype=torch.float64))
    by_share = m.log_marginal(weights, m.log_p_spans(*args)).exp().nan_to_num(0.0)
    torch.testing.assert_close(by_share, joint)
    for b in range(batch):
        case = (z[b].exp().tolist(), logits[b].tolist(), is_span[b].tolist(), is_answer[b].tolist())
        assert passage[b].item() == pytest.approx(enumerate_spans(*case, joint=False), abs=1e-12)
        assert joint[b].item() == pytest.approx(enumerate_spans(*case, joint=True), abs=1e-12)


def test_passage_and_joint_softmax_differ_by_hand():
    """Two passages of equal weight: one span of logit 0, against an answer beside two others."""
    z = torch.tensor([[0.5, 0.5]]).log()
    logits = torch.zeros(1, 2, 3)
    is_span = torch.tensor([[[True, False, False], [True, True, True]]])
    is_answer = torch.tensor([[[False, False, False], [True, False, False]]])
    passage = m.log_marginal(z, m.log_p_spans(logits, is_span, is_answer)).exp()
    torch.testing.assert_close(passage, torch.tensor([1 / 6]))
    joint = m.log_marginal_spans_joint(z, logits, is_span, is_answer).exp()
    torch.testing.assert_close(joint, torch.tensor([1 / 4]))


def test_without_any_span_the_retriever_has_the_only_say():
    z = m.log_p_z(torch.tensor([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]))
    logits = torch.zeros(3, 2, 2, requires_grad=True)
    is_span = torch.tensor([[[False] * 2] * 2, [[False] * 2, [True] * 2], [[True] * 2] * 2])
    found = m.log_p_z_of_spans(z, logits, is_span)
    torch.testing.assert_close(found[0], z[0])
    assert found[1].tolist() == [-INF, 0.0]
    torch.testing.assert_close(found[2], z[2])
    found.exp().square().sum().backward()
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("which", ["no span", "no answer", "an answer that is no span"])
def test_passages_without_an_answer_are_impossible_never_nan(which):
    """-inf in that place, the others untouched, and every gradient finite."""
    logits = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(1), requires_grad=True)
    is_span, is_answer = torch.ones(2, 3, 4, dtype=torch.bool), torch.zeros(2, 3, 4, dtype=torch.bool)
    is_answer[:, :, 0] = True
    if which == "no span":
        is_span[0, 1] = False
    elif which == "no answer":
        is_answer[0, 1] = False
    else:
        is_span[0, 1, 0] = False
    found = m.log_p_spans(logits, is_span, is_answer)
    assert found[0, 1] == -INF
    others = torch.ones(2, 3, dtype=torch.bool)
    others[0, 1] = False
    assert torch.isfinite(found[others]).all()
    z = m.log_p_z(torch.zeros(2, 3))
    m.log_marginal(z, found).sum().backward()
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad[0, 1] == 0).all()
    assert (logits.grad[0, 0] != 0).any()


def test_question_without_any_answer_is_impossible_never_nan_in_the_joint_form():
    logits = torch.zeros(2, 2, 2, requires_grad=True)
    is_span, is_answer = torch.ones(2, 2, 2, dtype=torch.bool), torch.zeros(2, 2, 2, dtype=torch.bool)
    is_answer[1, 0, 0] = True
    found = m.log_marginal_spans_joint(m.log_p_z(torch.zeros(2, 2)), logits, is_span, is_answer)
    assert found[0] == -INF
    torch.testing.assert_close(found[1].exp(), torch.tensor(0.25))
    found[1].backward()
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad[0] == 0).all()
