"""Where a command computes."""

import pytest
import torch

from realm_mini.errors import RealmError
from realm_mini.speed import tuned_device


@pytest.fixture(autouse=True)
def precision():
    """The setting holds for the whole process, so put it back."""
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


def test_a_device_is_chosen_and_made_the_most_of():
    torch.set_float32_matmul_precision("highest")
    assert tuned_device("cpu") == "cpu"
    assert torch.get_float32_matmul_precision() == "medium"
    assert tuned_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("name", ["cuda:99", "toaster"])
def test_a_device_that_is_not_there_is_refused_in_one_sentence(name):
    with pytest.raises(RealmError, match=rf"--device '{name}' cannot be used \(.+\)\. Use cpu\."):
        tuned_device(name)
