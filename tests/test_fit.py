"""The loop: schedule, optimiser, streams of chance, and the refusal to go on with NaN."""

import math

import numpy as np
import pytest
import torch

from realm_mini.config import TrainConfig
from realm_mini.errors import RealmError
from realm_mini.fit import epochs, fit, grouped, rng_for, schedule


def config(**changes):
    return TrainConfig(**({"steps": 20, "batch": 1, "lr": 0.1, "warmup": 5} | changes))


def weight(value=1.0):
    module = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(module.weight, value)
    return module


def test_schedule_rises_then_falls_to_nearly_nothing():
    shares = [schedule(step, config()) for step in range(20)]
    assert shares[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert shares[5:] == pytest.approx([1 - i / 15 for i in range(15)])
    assert all(0 < s <= 1 for s in shares)
    assert shares[-1] == pytest.approx(1 / 15)


def test_schedule_without_decay_or_warmup():
    assert [schedule(s, config(decay=False)) for s in (0, 4, 5, 19, 10_000)] == [0.2, 1.0, 1.0, 1.0, 1.0]
    assert schedule(0, config(warmup=0)) == 1.0
    assert [schedule(s, config(steps=3, warmup=10)) for s in range(3)] == pytest.approx([0.1, 0.2, 0.3])


def test_fit_yields_one_record_a_step_and_descends():
    module = weight()
    steps = list(
        fit(lambda _: ((module.weight**2).sum(), {"a": 1.0}), iter(range(100)), [(module, 1.0)], config())
    )
    assert [s.step for s in steps] == list(range(20))
    assert [s.lr for s in steps] == pytest.approx([0.1 * schedule(s, config()) for s in range(20)])
    assert steps[0].loss == pytest.approx(1.0)
    assert steps[-1].loss < 0.1
    assert steps[3].info == {"a": 1.0}


def test_what_is_trained_is_in_training_mode_whoever_looked_at_it_in_between():
    module, modes = weight(), []
    module.eval()

    def objective(_):
        modes.append(module.training)
        return (module.weight**2).sum(), {}

    for _ in fit(objective, iter(range(100)), [(module, 1.0)], config(steps=3)):
        module.eval()
    assert modes == [True] * 3


def test_fit_takes_no_more_batches_than_steps_and_stops_where_they_end():
    module, batches = weight(), iter(range(100))

    def loss(_):
        return (module.weight**2).sum(), {}

    assert len(list(fit(loss, batches, [(module, 1.0)], config(steps=3)))) == 3
    assert next(batches) == 3
    assert len(list(fit(loss, range(4), [(module, 1.0)], config()))) == 4
    assert list(fit(loss, range(4), [(module, 1.0)], config(steps=0))) == []


def test_each_group_has_its_share_of_the_learning_rate():
    """AdamW's first step is about the learning rate, whatever the gradient."""
    modules = [weight(), weight(), weight()]
    shares = [1.0, 0.2, 0.0]

    def loss(_):
        return sum(m.weight.sum() for m in modules), {}

    list(fit(loss, range(1), list(zip(modules, shares, strict=True)), config(steps=1, warmup=1)))
    moved = [1 - m.weight.item() for m in modules]
    assert moved == pytest.approx([0.1, 0.02, 0.0], rel=0.05, abs=1e-9)


def test_a_weight_in_two_groups_is_trained_once_and_frozen_ones_stay():
    module, frozen = weight(), weight()
    frozen.weight.requires_grad_(False)

    def loss(_):
        return (module.weight + frozen.weight).sum(), {}

    list(fit(loss, range(1), [(module, 1.0), (module, 1.0), (frozen, 1.0)], config(steps=1, warmup=1)))
    assert 1 - module.weight.item() == pytest.approx(0.1, rel=0.05)
    assert frozen.weight.item() == 1.0


def test_gradients_are_clipped():
    """AdamW hides the size of a first gradient, so it is looked at after the step."""
    module = weight()
    next(fit(lambda _: (1e6 * module.weight.sum(), {}), range(1), [(module, 1.0)], config(clip=0.5)))
    assert module.weight.grad.item() == pytest.approx(0.5, rel=1e-3)


def test_no_gradient_is_left_over_from_the_step_before():
    module, seen = weight(), []

    def loss(batch):
        return batch * module.weight.sum(), {}

    for _ in fit(loss, [3.0, 0.25], [(module, 1.0)], config(clip=100.0)):
        seen.append(module.weight.grad.item())
    assert seen == [3.0, 0.25]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_stops_training_before_it_hurts(bad):
    module = weight()

    def loss(batch):
        return (module.weight * (bad if batch == 2 else 1.0)).sum(), {}

    seen = []
    with pytest.raises(
        RealmError, match=rf"The loss became {bad} at step 2 \(lr 0\.06\)\. Lower TrainConfig\.lr"
    ):
        for step in fit(loss, range(9), [(module, 1.0)], config()):
            seen.append((step.step, module.weight.item()))
    assert [s for s, _ in seen] == [0, 1]
    assert module.weight.item() == seen[-1][1]


def test_a_loss_without_gradient_is_a_step_that_learns_nothing():
    module = weight()
    steps = list(fit(lambda _: (torch.tensor(0.0), {}), range(2), [(module, 1.0)], config()))
    assert [s.loss for s in steps] == [0.0, 0.0]
    assert module.weight.item() == 1.0


def test_streams_of_chance_are_apart_and_repeat():
    draws = {
        (seed, name): tuple(rng_for(seed, name).integers(1 << 30, size=4))
        for seed in (0, 1)
        for name in ("a", "b")
    }
    assert len(set(draws.values())) == 4
    assert draws[0, "a"] == tuple(rng_for(0, "a").integers(1 << 30, size=4))


def test_epochs_are_permutations_in_new_orders():
    stream = epochs(10, np.random.default_rng(0))
    rounds = [[next(stream) for _ in range(10)] for _ in range(5)]
    assert all(sorted(r) == list(range(10)) for r in rounds)
    assert len({tuple(r) for r in rounds}) == 5


def test_epochs_of_nothing_are_refused_instead_of_hanging():
    with pytest.raises(RealmError, match="There is nothing to train on"):
        next(epochs(0, np.random.default_rng(0)))


def test_grouped():
    batches = grouped(iter(range(100)), 3)
    assert [next(batches), next(batches)] == [[0, 1, 2], [3, 4, 5]]
