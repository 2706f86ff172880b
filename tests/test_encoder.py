"""Encoders: padding and grouping change nothing, and the model is that of transformers."""

import dataclasses
from itertools import pairwise

import pytest
import torch

from realm_mini import encoder as enc
from realm_mini.config import EncoderConfig
from realm_mini.encoder import Encoder, MaskHead
from realm_mini.errors import RealmError

KINDS = ("modernbert", "bert")
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture(scope="module", params=KINDS)
def encoder(request, lively):
    """Two layers whose weights are as large as after training: fresh ones hardly look around."""
    config = EncoderConfig(
        kind=request.param, vocab=60, hidden=32, layers=2, heads=2, feedforward=64, positions=64
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return lively(Encoder(config))


def rows(count=30, longest=20, seed=0):
    """Random rows of very different lengths, with the longest not in front."""
    rng = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, longest + 1, (count,), generator=rng)
    lengths[count // 2] = longest
    mask = torch.arange(longest) < lengths.unsqueeze(1)
    ids = torch.randint(5, 60, (count, longest), generator=rng)
    return torch.where(mask, ids, 0), mask, (torch.arange(longest) >= lengths.unsqueeze(1) // 2).long()


def test_shape(encoder):
    ids, mask, segments = rows()
    assert encoder(ids, mask, segments).shape == (*ids.shape, encoder.hidden)


@pytest.mark.parametrize("group_rows", [2, 5, 10, 15])
def test_grouping_rows_by_length_changes_neither_states_nor_gradients(encoder, monkeypatch, group_rows):
    ids, mask, segments = rows()
    weight = torch.randn(*ids.shape, encoder.hidden, generator=torch.Generator().manual_seed(1))

    def run():
        encoder.zero_grad()
        states = encoder(ids, mask, segments)
        (states * weight)[mask].sum().backward()
        return states.detach(), {
            n: p.grad.clone() for n, p in encoder.named_parameters() if p.grad is not None
        }

    monkeypatch.setattr(enc, "GROUP_ROWS", 10_000)
    assert len(enc._groups(mask.sum(1))) == 1
    whole, whole_grad = run()
    monkeypatch.setattr(enc, "GROUP_ROWS", group_rows)
    assert len(enc._groups(mask.sum(1))) > 1
    grouped, grouped_grad = run()
    torch.testing.assert_close(grouped[mask], whole[mask], **CLOSE)
    assert whole_grad.keys() == grouped_grad.keys()
    for name, grad in whole_grad.items():
        torch.testing.assert_close(
            grouped_grad[name], grad, rtol=1e-3, atol=1e-4, msg=lambda m, n=name: f"{n}: {m}"
        )


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_a_partition_by_length(seed, monkeypatch):
    rng = torch.Generator().manual_seed(seed)
    monkeypatch.setattr(enc, "GROUP_ROWS", 1 + seed)
    lengths = torch.randint(1, 9, (int(torch.randint(1, 90, (1,), generator=rng)),), generator=rng)
    groups = enc._groups(lengths)
    assert sorted(torch.cat(groups).tolist()) == list(range(len(lengths)))
    for shorter, longer in pairwise(groups):
        assert lengths[shorter].max() <= lengths[longer].min()


def test_padding_influences_nothing(encoder):
    """Longer padding, and other ids under it, leave the states of the real places alone."""
    ids, mask, segments = rows(6)
    states = encoder(ids, mask, segments)
    wide = torch.nn.functional.pad
    more = encoder(wide(ids, (0, 9), value=7), wide(mask, (0, 9)), wide(segments, (0, 9)))
    torch.testing.assert_close(more[:, :20][mask], states[mask], **CLOSE)
    other = encoder(torch.where(mask, ids, 33), mask, segments)
    torch.testing.assert_close(other[mask], states[mask], **CLOSE)


def test_rows_do_not_influence_each_other(encoder):
    ids, mask, segments = rows(8)
    states = encoder(ids, mask, segments)
    order = torch.randperm(8, generator=torch.Generator().manual_seed(2))
    shuffled = encoder(ids[order], mask[order], segments[order])
    torch.testing.assert_close(shuffled[mask[order]], states[order][mask[order]], **CLOSE)
    alone = encoder(ids[3:4], mask[3:4], segments[3:4])
    torch.testing.assert_close(alone[mask[3:4]], states[3:4][mask[3:4]], **CLOSE)


def test_every_real_place_is_read(encoder):
    """The first state depends on each real token, however far away: attention is global."""
    ids, mask, segments = rows(1, longest=40)
    first = encoder(ids, mask, segments)[0, 0]
    for place in range(int(mask.sum())):
        changed = ids.clone()
        changed[0, place] = 59 - changed[0, place] % 50
        assert not torch.allclose(encoder(changed, mask, segments)[0, 0], first, atol=1e-4)


def test_order_of_tokens_matters(encoder):
    ids, mask, _ = rows(1, longest=12)
    swapped = ids.clone()
    swapped[0, [3, 9]] = ids[0, [9, 3]]
    change = (encoder(swapped, mask)[0, 0] - encoder(ids, mask)[0, 0]).abs().max()
    assert change > 1e-3


def test_segments_matter_to_bert_only(encoder):
    ids, mask, segments = rows(4)
    same = torch.allclose(encoder(ids, mask, segments)[mask], encoder(ids, mask)[mask])
    assert same == (not encoder.has_segments)


def test_states_are_those_of_transformers(encoder):
    ids, mask, segments = rows(5)
    extra = {"token_type_ids": segments} if encoder.has_segments else {}
    expected = encoder.model(input_ids=ids, attention_mask=mask.long(), **extra).last_hidden_state
    torch.testing.assert_close(encoder(ids, mask, segments)[mask], expected[mask], **CLOSE)


def test_there_is_no_dropout(encoder):
    ids, mask, segments = rows(3)
    encoder.train()
    assert torch.equal(encoder(ids, mask, segments), encoder(ids, mask, segments))
    encoder.eval()
    probabilities = {m.p for m in encoder.modules() if isinstance(m, torch.nn.Dropout)}
    assert probabilities <= {0.0}


def test_configuration_is_obeyed():
    config = EncoderConfig(vocab=50, hidden=24, layers=3, heads=3, feedforward=40, positions=32)
    for kind in KINDS:
        made = Encoder(dataclasses.replace(config, kind=kind), pad=4)
        settings = made.model.config
        assert (settings.hidden_size, settings.num_hidden_layers, settings.num_attention_heads) == (24, 3, 3)
        assert (settings.vocab_size, settings.intermediate_size, settings.pad_token_id) == (50, 40, 4)
        assert made.token_embedding.shape == (50, 24)
        assert made.hidden == 24


def test_a_checkpoint_overrides_the_rest(tmp_path):
    config = EncoderConfig(vocab=50, hidden=24, layers=1, heads=3, feedforward=40, positions=32)
    made = Encoder(config)
    made.model.save_pretrained(tmp_path)
    loaded = Encoder(EncoderConfig(checkpoint=str(tmp_path)))
    assert loaded.hidden == 24
    ids, mask, _ = rows(3)
    torch.testing.assert_close(loaded(ids % 50, mask)[mask], made(ids % 50, mask)[mask])


def test_a_checkpoint_that_is_none(tmp_path):
    with pytest.raises(
        RealmError, match=r"No encoder could be loaded from .*Give a folder with config\.json"
    ):
        Encoder(EncoderConfig(checkpoint=str(tmp_path)))


def test_mask_head_is_tied_to_the_embeddings():
    """w_j of equation p(y_j|z,x) is the input embedding of wordpiece j (section 3.2)."""
    torch.manual_seed(0)
    head, table, states = MaskHead(16, 30), torch.randn(30, 16, requires_grad=True), torch.randn(2, 3, 16)
    logits = head(states, table)
    assert logits.shape == (2, 3, 30)
    moved = head(states, table + torch.eye(30, 16))
    assert not torch.allclose(moved[..., :16], logits[..., :16])
    torch.testing.assert_close(moved[..., 16:], logits[..., 16:])
    logits.sum().backward()
    assert table.grad.abs().sum() > 0
