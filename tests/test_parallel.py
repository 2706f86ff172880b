"""Two processes with half the batch each give the gradients of one with the whole, in every stage."""

import math
import os
from dataclasses import replace

import numpy as np
import pytest
import torch

from realm_mini import streams
from realm_mini import train as tr
from realm_mini.baselines import ClosedBook, LexicalReader
from realm_mini.config import ObjectiveConfig, SearchConfig, TrainConfig
from realm_mini.errors import RealmError
from realm_mini.finetuning import finetune
from realm_mini.fit import LossError, fit, rng_for
from realm_mini.lexical import Lexical
from realm_mini.masking import MaskedExample
from realm_mini.objectives import mlm_loss
from realm_mini.parallel import ALONE, LeftError, Workers, workers
from realm_mini.refresh import Refresher
from realm_mini.weights import load_tensors, save_tensors
from tests.forks import can_fork, in_processes

STEPS = 3
CONFIG = TrainConfig(steps=STEPS, batch=8, lr=1e-3, warmup=1)
# The gradients differ by the order of additions only; their largest entries are about 0.1.
TOLERANCE = {"rtol": 1e-4, "atol": 2e-6}
pytestmark = [can_fork, pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")]


class Recording(Workers):
    """Keeps the averaged gradients of the first step, and the loss of each."""

    def __init__(self, rank, count):
        super().__init__(rank, count)
        self.losses = []

    def mean(self, loss, info):
        found = super().mean(loss, info)
        self.losses.append(found[0])
        return found

    def average(self, parameters):
        super().average(parameters)
        if not hasattr(self, "gradients"):
            self.gradients = {str(i): p.grad.clone() for i, p in enumerate(parameters) if p.grad is not None}


def joint(realm, texts, questions, team, *, pointing=True):
    objective = ObjectiveConfig(refresh=2, pointing=pointing)
    refresher = Refresher(realm.build_index, objective.refresh) if team.is_first else None
    return tr.pretrain(
        realm.retriever,
        realm.reader,
        realm.collator,
        texts,
        CONFIG,
        SearchConfig(k=4, lexical=1, fade=4),
        objective,
        refresher,
        Lexical(realm.corpus),
        team,
    )


def without_pointing(realm, texts, questions, team):
    return joint(realm, texts, questions, team, pointing=False)


def warm_up(realm, texts, questions, team):
    return tr.warm_up(realm.reader, realm.collator, Lexical(realm.corpus), texts, CONFIG, team)


def closed_book(realm, texts, questions, team):
    return ClosedBook(realm.reader, realm.collator).pretrain(texts, CONFIG, team)


def closed_questions(realm, texts, questions, team):
    return ClosedBook(realm.reader, realm.collator).finetune(questions, CONFIG, rng_for(0, "q"), team)


def by_passage(realm, texts, questions, team, *, span="passage"):
    parts, objective = (realm.retriever, realm.reader, realm.collator), ObjectiveConfig(span=span)
    return finetune(*parts, questions, CONFIG, objective, rng_for(0, "q"), k=4, workers=team)


def by_all_spans(realm, texts, questions, team):
    return by_passage(realm, texts, questions, team, span="joint")


def refreshed(realm, texts, questions, team):
    parts, objective = (realm.retriever, realm.reader, realm.collator), ObjectiveConfig()
    how = {"k": 4, "refresher": Refresher(realm.build_index, 2) if team.is_first else None, "workers": team}
    return finetune(*parts, questions, CONFIG, objective, rng_for(0, "q"), **how)


def lexical(realm, texts, questions, team):
    system = LexicalReader(realm, Lexical(realm.corpus))
    return system.finetune(questions, CONFIG, ObjectiveConfig(), rng_for(0, "q"), 3, team)


STAGES = (
    joint,
    without_pointing,
    warm_up,
    closed_book,
    closed_questions,
    by_passage,
    by_all_spans,
    refreshed,
    lexical,
)


def found(stage, make_realm, news, tagger, questions, team):
    """Take the steps of a stage; return the gradients of the first one and all losses."""
    realm, recording = make_realm(), Recording(team.rank, team.count)
    masked = streams.examples(
        news, realm.tokenizer, realm.collator, rng_for(0, "mask"), ObjectiveConfig(), tagger
    )
    steps = list(stage(realm, masked, questions, recording))
    assert [s.loss for s in steps] == recording.losses and len(steps) == STEPS
    return recording.gradients | {"losses": torch.tensor(recording.losses)}


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_two_processes_give_the_gradients_of_one(make_realm, news, tagger, questions, tmp_path, stage):
    """Also where one has more passages to point at, more wordpieces, or more questions with an answer."""
    whole = found(stage, make_realm, news, tagger, questions, ALONE)

    def work(team):
        mine = found(stage, make_realm, news, tagger, questions, team)
        save_tensors(mine, tmp_path / f"{team.rank}.safetensors")

    assert in_processes(2, work) == [0, 0]
    halves = [load_tensors(tmp_path / f"{rank}.safetensors")[0] for rank in (0, 1)]
    assert whole.keys() == halves[0].keys() == halves[1].keys()
    assert max(g.abs().max() for n, g in whole.items() if n != "losses") > 0.01
    for name, gradient in whole.items():
        assert torch.equal(halves[0][name], halves[1][name])
        torch.testing.assert_close(halves[0][name], gradient, **TOLERANCE)


def test_a_mean_over_unequal_parts_is_not_the_mean_of_their_means(realm, news, tagger, tmp_path):
    """What the gradients above would differ by: here the parts have 2 and 8 hidden wordpieces, or so."""
    stream = streams.examples(
        news, realm.tokenizer, realm.collator, rng_for(0, "mask"), ObjectiveConfig(), tagger
    )
    texts = sorted((next(stream) for _ in range(8)), key=lambda e: len(e.positions))
    assert len(texts[0].positions) < len(texts[-1].positions)

    def loss(batch: list[MaskedExample], team=ALONE):
        rows = np.zeros((len(batch), 1), dtype=np.int64)
        return mlm_loss(realm.reader, realm.collator.joint(batch, rows), team)[0].item()

    def work(team):
        mine = texts[:4] if team.is_first else texts[4:]
        assert team.mean(loss(mine, team), {})[0] == pytest.approx(loss(texts), rel=1e-5)
        assert team.mean(loss(mine), {})[0] != pytest.approx(loss(texts), rel=1e-4)

    assert in_processes(2, work) == [0, 0]


def test_a_gradient_that_only_one_has_counts_and_one_that_nobody_has_stays_absent():
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


def test_a_loss_without_a_gradient_in_one_process_waits_for_the_others():
    def work(team):
        module = torch.nn.Linear(1, 1)
        with torch.no_grad():
            module.weight.fill_(1.0)

        def loss(batch):
            return (module.weight.sum(), {}) if team.rank else (torch.zeros(()), {})

        steps = list(fit(loss, range(9), [(module, 1.0)], TrainConfig(steps=2, batch=1, lr=0.1), team))
        assert steps[0].loss == 0.5
        assert module.weight.item() < 1.0

    assert in_processes(2, work) == [0, 0]


@pytest.mark.parametrize("what", ["loss", "gradient"])
def test_a_loss_that_is_no_number_in_one_process_stops_all_at_that_step(what):
    def work(team):
        module = torch.nn.Linear(1, 1)
        bad = math.nan if what == "loss" else 0.0

        def loss(batch):
            if team.rank == 1 and batch == 2:  # the root has no slope at 0
                return torch.sqrt((module.weight * bad).abs()).sum(), {}
            return module.weight.abs().sum(), {}

        training = fit(loss, range(9), [(module, 1.0)], TrainConfig(steps=9, batch=1, lr=0.1), team)
        with pytest.raises(LossError, match=f"The {what} became nan at step 2"):
            list(training)
        assert math.isfinite(module.weight.item())

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
        assert team.share(lambda: {"a": (1, 2)}) == {"a": (1, 2)}


def test_what_the_first_process_makes_all_have():
    def work(team):
        assert team.first(lambda: team.rank) == (0 if team.is_first else None)
        told = team.share(lambda: {"rank": team.rank, "rows": [[1, 2]], "name": "Åsa", "none": None})
        assert told == {"rank": 0, "rows": [[1, 2]], "name": "Åsa", "none": None}
        tensors = {"a": torch.arange(3) + team.rank, "empty": torch.zeros(0)}
        tensors = team.share_tensors(lambda: tensors)
        assert tensors["a"].tolist() == [0, 1, 2] and len(tensors["empty"]) == 0
        assert team.largest(15 * team.rank) == 15
        assert team.total(np.eye(2, dtype=np.float32)).tolist() == [[2, 0], [0, 2]]

    assert in_processes(2, work) == [0, 0]


def test_the_first_works_as_if_it_were_alone_while_the_others_wait():
    def work(team):
        threads = torch.get_num_threads()

        def alone():
            inner = team.share(lambda: team.count) + team.largest(0) + len(team.part([1, 2, 3]))
            return inner, torch.get_num_threads()

        several = replace_here(team, 2)
        counted = several.share(alone)
        assert list(counted) == [4, min(2, os.cpu_count())]
        assert (team.count, torch.get_num_threads()) == (2, threads)

    def replace_here(team, here):
        team.here = here
        return team

    assert in_processes(2, work) == [0, 0]


def test_what_fails_in_the_first_process_ends_the_others_too():
    def work(team):
        def fail():
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError if team.is_first else LeftError):
            team.share(fail)
        assert team.share(lambda: "and on") == "and on"

    assert in_processes(2, work) == [0, 0]


@pytest.mark.parametrize("victim", [0, 1])
def test_a_process_that_is_no_more_is_noticed_at_once(victim):
    def work(team):
        team.largest(0)
        if team.rank == victim:
            os._exit(9)
        with pytest.raises(LeftError, match=r"Another of the processes .* has ended"):
            while True:
                team.share(lambda: 1)
                team.average([torch.nn.Parameter(torch.zeros(1))])

    assert in_processes(2, work) == [9 * (rank == victim) for rank in (0, 1)]


def test_processes_that_drew_other_texts_are_told_apart(make_realm, news, tagger):
    def work(team):
        realm = make_realm()
        texts = [replace(s, text=s.text.replace("In ", "About ")) for s in news] if team.rank else news
        masked = streams.examples(
            texts, realm.tokenizer, realm.collator, rng_for(0, "mask"), ObjectiveConfig(), tagger
        )
        with pytest.raises(LeftError if team.is_first else RealmError) as error:
            list(joint(realm, masked, [], team))
        if not team.is_first:
            assert "drew other texts than the first one" in str(error.value)
            os._exit(0)  # as the command does: the first one then sees that it is gone

    assert in_processes(2, work) == [0, 0]


def test_it_is_shown_as_what_makes_it():
    assert repr(ALONE) == "Workers(0, 1, 1)" and repr(eval(repr(Workers(1, 4, 2)))) == "Workers(1, 4, 2)"
