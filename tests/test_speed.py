"""Where a command computes."""

import pytest
import torch
from torch import nn

from realm_mini import speed
from realm_mini.config import EncoderConfig
from realm_mini.encoder import Encoder
from realm_mini.errors import RealmError
from realm_mini.speed import tuned_device


def test_a_device_is_chosen_and_made_the_most_of():
    torch.set_float32_matmul_precision("highest")
    assert tuned_device("cpu", exact=True) == "cpu"
    assert torch.get_float32_matmul_precision() == "highest"
    assert tuned_device("cpu") == "cpu"
    assert torch.get_float32_matmul_precision() == "medium"
    assert tuned_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("name", ["cuda:99", "toaster"])
def test_a_device_that_is_not_there_is_refused_in_one_sentence(name):
    with pytest.raises(RealmError, match=rf"The device '{name}' cannot be used \(.+\)\. Use cpu\."):
        tuned_device(name)


def test_encoders_train_in_bfloat16_only_where_it_is_allowed_and_there(monkeypatch):
    cpu = torch.device("cpu")
    for there, precision, with_gradient, wanted in [
        (True, "medium", True, True),
        (True, "medium", False, False),
        (True, "highest", True, False),
        (False, "medium", True, False),
    ]:
        monkeypatch.setattr(speed, "_has_bfloat16", lambda kind, there=there: there)
        torch.set_float32_matmul_precision(precision)
        with torch.set_grad_enabled(with_gradient), speed.training_products(cpu):
            assert torch.is_autocast_enabled("cpu") == wanted
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == (
                torch.bfloat16 if wanted else torch.float32
            )


def test_an_unknown_kind_of_device_has_no_bfloat16():
    assert not speed._has_bfloat16("meta")


def test_gradients_in_bfloat16_are_nearly_those_of_float32(monkeypatch):
    encoder = Encoder(EncoderConfig(vocab=50, hidden=64, layers=2, heads=2, feedforward=128), copying=True)
    ids = torch.randint(5, 50, (6, 24), generator=torch.Generator().manual_seed(0))
    wanted = torch.randn(6, 24, 64, generator=torch.Generator().manual_seed(1))

    def gradient(precision: str) -> torch.Tensor:
        torch.set_float32_matmul_precision(precision)
        encoder.zero_grad()
        states = encoder(ids, torch.ones_like(ids, dtype=torch.bool))
        assert states.dtype == torch.float32
        nn.functional.mse_loss(states, wanted).backward()
        return torch.cat([p.grad.flatten() for p in encoder.parameters() if p.grad is not None])

    monkeypatch.setattr(speed, "_has_bfloat16", lambda kind: True)
    exact, quick = gradient("highest"), gradient("medium")
    assert not torch.equal(exact, quick)
    assert nn.functional.cosine_similarity(exact, quick, dim=0) > 0.999
    assert quick.norm() / exact.norm() == pytest.approx(1.0, abs=0.02)
