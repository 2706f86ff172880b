"""Weights on disk: the same to the bit, or half of it; and every damage is named."""

import errno
import os

import pytest
import torch

from realm_mini import errors
from realm_mini.errors import RealmError
from realm_mini.weights import load_weights, save_weights


def make(seed, width=3):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return torch.nn.Sequential(torch.nn.Linear(2, width), torch.nn.BatchNorm1d(width))


def same(left, right):
    return all(
        torch.equal(a, b)
        for a, b in zip(left.state_dict().values(), right.state_dict().values(), strict=True)
    )


def test_round_trip(tmp_path):
    first, second = make(0), make(1)
    save_weights(first, tmp_path / "w.safetensors")
    assert not same(first, second)
    load_weights(second, tmp_path / "w.safetensors")
    assert same(first, second)
    assert os.listdir(tmp_path) == ["w.safetensors"]


def test_half_precision_is_half_the_size_and_nearly_the_same(tmp_path):
    first, second = torch.nn.Linear(100, 100), torch.nn.Linear(100, 100)
    save_weights(first, tmp_path / "whole")
    save_weights(first, tmp_path / "half", half=True)
    assert os.path.getsize(tmp_path / "half") < 0.55 * os.path.getsize(tmp_path / "whole")
    load_weights(second, tmp_path / "half")
    assert second.weight.dtype == torch.float32
    torch.testing.assert_close(second.weight, first.weight, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("share", [True, False])
def test_a_shared_tower_is_stored_once_and_stays_shared(tmp_path, make_realm, share):
    first, second = make_realm().retriever, make_realm(seed=1).retriever
    if not share:
        first.untie()
        second.untie()
    save_weights(first, tmp_path / "w")
    load_weights(second, tmp_path / "w")
    assert same(first, second)
    assert second.is_shared is share
    one = sum(p.numel() for p in make_realm().retriever.parameters())
    assert os.path.getsize(tmp_path / "w") == pytest.approx(4 * one * (1 if share else 2), rel=0.1)


def test_of_another_shape_or_with_other_names(tmp_path):
    save_weights(make(0, 3), tmp_path / "w")
    with pytest.raises(RealmError, match=r"does not fit its configuration \(first at '0\.bias'\)"):
        load_weights(make(0, 4), tmp_path / "w")
    with pytest.raises(RealmError, match="does not fit its configuration"):
        load_weights(torch.nn.Linear(2, 3), tmp_path / "w")


def test_a_file_that_does_not_fit_changes_nothing(tmp_path):
    save_weights(make(0, 3), tmp_path / "w")
    module = make(1, 4)
    before = make(1, 4)
    with pytest.raises(RealmError):
        load_weights(module, tmp_path / "w")
    assert same(module, before)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_cut_short(tmp_path, share):
    path = tmp_path / "w.safetensors"
    save_weights(make(0), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(RealmError, match=r"w\.safetensors is missing or damaged .*Copy it again"):
        load_weights(make(1), path)


def test_missing(tmp_path):
    with pytest.raises(RealmError, match="is missing or damaged"):
        load_weights(make(0), tmp_path / "none")


def test_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "w"
    save_weights(make(0), path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(errors.os, "replace", full)
    with pytest.raises(RealmError, match=r"w could not be written \(No space left on device\)"):
        save_weights(make(1), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["w"]


def test_no_byte_is_lost_silently(tmp_path, no_file_larger_than):
    """safetensors has an error of its own for a write that fails."""
    module = torch.nn.Linear(30, 30)
    with (
        no_file_larger_than(1000),
        pytest.raises(RealmError, match=r"w could not be written \(.*File too large"),
    ):
        save_weights(module, tmp_path / "w")
    assert os.listdir(tmp_path) == []
