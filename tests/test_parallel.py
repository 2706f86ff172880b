"""Two processes with half the batch each give the gradients of one with the whole."""

import os
import socket
import sys

import numpy as np
import pytest
import torch

from realm_mini import streams
from realm_mini import train as tr
from realm_mini.config import ObjectiveConfig, SearchConfig, TrainConfig
from realm_mini.errors import RealmError
from realm_mini.fit import rng_for
from realm_mini.lexical import Lexical
from realm_mini.parallel import Workers, workers
from realm_mini.refresh import Refresher
from realm_mini.weights import load_tensors, save_tensors

STEPS = 3
# The gradients differ by the order of additions only; their largest entries are about 0.1.
TOLERANCE = {"rtol": 1e-4, "atol": 2e-6}

can_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, to be quick")


class Recording(Workers):
    """Keeps the averaged gradients of the first step."""

    def average(self, parameters):
        super().average(parameters)
        if not hasattr(self, "gradients"):
            self.gradients = {str(i): p.grad.clone() for i, p in enumerate(parameters) if p.grad is not None}


def gradients(make_realm, news, tagger, team):
    realm, objective = make_realm(), ObjectiveConfig(refresh=2, pointing=False)
    masked = streams.examples(news, realm.tokenizer, realm.collator, rng_for(0, "mask"), objective, tagger)
    recording = Recording(team.rank, team.count)
    steps = tr.pretrain(
        realm.retriever,
        realm.reader,
        realm.collator,
        masked,
        TrainConfig(steps=STEPS, batch=8, lr=1e-3, warmup=1),
        SearchConfig(k=4, lexical=1, fade=4),
        objective,
        Refresher(realm.build_index, objective.refresh),
        Lexical(realm.corpus),
        recording,
    )
    assert len(list(steps)) == STEPS
    return recording.gradients


def in_processes(count, work):
    """Run ``work`` in so many forks with the environment that torchrun gives; return their exit statuses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pids = []
    for rank in range(count):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.environ |= {"WORLD_SIZE": str(count), "RANK": str(rank), "LOCAL_RANK": str(rank)}
                os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
                with workers() as team:
                    work(team)
                status = 0
            except BaseException as error:
                sys.__stderr__.write(f"{error!r}\n")
            finally:
                os._exit(status)
        pids.append(pid)
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


@can_fork
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_two_processes_give_the_gradients_of_one(make_realm, news, tagger, tmp_path):
    whole = gradients(make_realm, news, tagger, Workers(0, 1))

    def work(team):
        found = gradients(make_realm, news, tagger, team)
        save_tensors(found, tmp_path / f"{team.rank}.safetensors")

    assert in_processes(2, work) == [0, 0]
    halves = [load_tensors(tmp_path / f"{rank}.safetensors")[0] for rank in (0, 1)]
    assert whole.keys() == halves[0].keys() == halves[1].keys()
    assert max(g.abs().max() for g in whole.values()) > 0.01
    for name, gradient in whole.items():
        assert torch.equal(halves[0][name], halves[1][name])
        torch.testing.assert_close(halves[0][name], gradient, **TOLERANCE)


@can_fork
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_gradient_that_only_one_has_counts_and_one_that_nobody_has_stays_absent(tmp_path):
    def work(team):
        parameters = [torch.nn.Parameter(torch.zeros(2)) for _ in range(3)]
        parameters[0].grad = torch.tensor([1.0, 3.0]) * (team.rank + 1)
        if team.rank == 1:
            parameters[1].grad = torch.tensor([4.0, 0.0])
        team.average(parameters)
        assert parameters[0].grad.tolist() == [1.5, 4.5]
        assert parameters[1].grad.tolist() == [2.0, 0.0]
        assert parameters[2].grad is None

    assert in_processes(2, work) == [0, 0]


def test_parts_are_the_whole_and_even():
    batch = np.arange(12)
    for count in (1, 2, 3, 4):
        parts = [Workers(rank, count).part(batch) for rank in range(count)]
        assert sorted(np.concatenate(parts).tolist()) == batch.tolist()
        assert len({len(p) for p in parts}) == 1
    with pytest.raises(RealmError, match=r"TrainConfig\.batch=12 cannot be split over 5 processes"):
        Workers(0, 5).part(batch)


def test_without_torchrun_there_is_one_worker():
    with workers() as team:
        assert (team.rank, team.count) == (0, 1)
        parameter = torch.nn.Parameter(torch.zeros(1))
        team.average([parameter])
        assert parameter.grad is None
