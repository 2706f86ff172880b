"""Configurations are checked when made, frozen, and survive JSON."""

import dataclasses
import json

import pytest

from realm_mini import config as c
from realm_mini import presets
from realm_mini.errors import RealmError

PRESETS = [presets.small, presets.tiny]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.__name__)
def test_json_round_trip(preset):
    config = preset()
    assert c.RealmConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    changed = dataclasses.replace(config, seed=7, search=c.SearchConfig(k=9, proposal="dense", null=False))
    assert c.RealmConfig.from_dict(json.loads(json.dumps(changed.to_dict()))) == changed != config


def test_one_softmax_over_all_passages_has_as_many_candidates_as_pretraining():
    """All of them have to be read then."""
    search = c.SearchConfig(k=7, questions_k=15)
    found = {
        span: dataclasses.replace(
            presets.tiny(), search=search, objective=c.ObjectiveConfig(span=span)
        ).questions_k
        for span in ("passage", "joint")
    }
    assert found == {"passage": 15, "joint": 7}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.__name__)
def test_configurations_are_frozen(preset):
    config = preset()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.seed = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.encoder.hidden = 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: c.EncoderConfig(kind="brt"),
            r"EncoderConfig\.kind='brt' is not known\. Choose one of: modernbert, bert",
        ),
        (lambda: c.EncoderConfig(vocab=3), r"EncoderConfig\.vocab=3 is too small"),
        (lambda: c.EncoderConfig(hidden=30, heads=4), r"hidden=30 cannot be split over heads=4"),
        (lambda: c.EncoderConfig(heads=0), r"EncoderConfig\.heads=0 is too small\. Use at least 1"),
        (lambda: c.EncoderConfig(layers=0), r"EncoderConfig\.layers=0 is too small"),
        (lambda: c.LengthConfig(masks=0), r"LengthConfig\.masks=0 is too small"),
        (lambda: c.LengthConfig(qlen=64, jlen=65), r"jlen=65 leaves no room for a passage after qlen=64"),
        (lambda: c.LengthConfig(qlen=2), r"LengthConfig\.qlen=2 is too small\. Use at least 3"),
        (lambda: c.LengthConfig(dlen=3), r"LengthConfig\.dlen=3 is too small\. Use at least 4"),
        (lambda: c.RetrieverConfig(dim=0), r"RetrieverConfig\.dim=0"),
        (lambda: c.SearchConfig(fade=-5), r"SearchConfig\.fade=-5 is too small\. Use at least 0"),
        (lambda: c.SearchConfig(look=0), r"SearchConfig\.look=0 is too small\. Use at least 1"),
        (lambda: c.TrainConfig(steps=1, batch=1, lr=0.1, warmup=-1), r"TrainConfig\.warmup=-1"),
        (lambda: c.TrainConfig(steps=1, batch=1, lr=0.1, clip=0.0), r"TrainConfig\.clip=0\.0 is too small"),
        (
            lambda: c.TrainConfig(steps=1, batch=1, lr=0.1, retriever_ratio=-1.0),
            r"TrainConfig\.retriever_ratio=-1\.0",
        ),
        (lambda: dataclasses.replace(presets.tiny(), seed=-1), r"RealmConfig\.seed=-1 is too small"),
        (
            lambda: dataclasses.replace(presets.tiny(), lengths=c.LengthConfig(dlen=999)),
            r"dlen=999 is longer than EncoderConfig\.positions=256\. Lower dlen or raise positions",
        ),
        (lambda: c.RetrieverConfig(pooling="max"), r"pooling='max' is not known\. Choose one of: cls, mean"),
        (lambda: c.RetrieverConfig(dim=1), r"RetrieverConfig\.dim=1 is too small\. Use at least 2"),
        (lambda: c.SearchConfig(k=1), r"SearchConfig\.k=1 is too small\. Use at least 2"),
        (lambda: c.SearchConfig(proposal="bm25"), r"Choose one of: dense, mixed, lexical"),
        (lambda: c.SearchConfig(k=3, lexical=3), r"lexical=3 is more than the 2 real places that k=3 leaves"),
        (lambda: c.TrainConfig(steps=-1, batch=1, lr=0.1), r"TrainConfig\.steps=-1"),
        (lambda: c.TrainConfig(steps=1, batch=0, lr=0.1), r"TrainConfig\.batch=0"),
        (lambda: c.TrainConfig(steps=1, batch=1, lr=1.5), r"lr=1\.5 is not a learning rate"),
        (lambda: c.TrainConfig(steps=1, batch=1, lr=float("nan")), r"lr=nan is not a learning rate"),
        (
            lambda: c.ObjectiveConfig(mask="salent"),
            r"mask='salent' is not known\. Choose one of: salient, span, uniform",
        ),
        (lambda: c.ObjectiveConfig(marginal="word"), r"Choose one of: whole, token"),
        (lambda: c.ObjectiveConfig(span="all"), r"Choose one of: passage, joint"),
        (lambda: c.RefreshConfig(questions=-1), r"RefreshConfig\.questions=-1 is too small"),
        (lambda: c.ObjectiveConfig(refresh=-1), r"ObjectiveConfig\.refresh=-1"),
        (
            lambda: dataclasses.replace(presets.tiny(), lengths=c.LengthConfig(jlen=999)),
            r"jlen=999 is longer than EncoderConfig\.positions=256",
        ),
        (
            lambda: dataclasses.replace(
                presets.tiny(), objective=c.ObjectiveConfig(others=True), search=c.SearchConfig(null=False)
            ),
            r"ObjectiveConfig\.others needs the null document",
        ),
    ],
)
def test_bad_values_are_named_with_what_is_allowed(make, message):
    with pytest.raises(RealmError, match=message):
        make()


def test_one_candidate_is_enough_without_the_null():
    assert c.SearchConfig(k=1, null=False, lexical=0).k == 1


def broken(change):
    values = presets.tiny().to_dict()
    change(values)
    return values


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], r"config must be a JSON object, not list"),
        (broken(lambda v: v.update(sed=1)), r"config has no 'sed'\. Known: stages, encoder"),
        (
            broken(lambda v: v["encoder"].update(width=1)),
            r"config\.encoder has no 'width'\. Known: kind, checkpoint",
        ),
        (broken(lambda v: v["stages"].pop("ict")), r"config\.stages cannot be read .*ict"),
        (
            broken(lambda v: v["stages"]["ict"].update(lr="fast")),
            r"config\.stages\.ict\.lr is 'fast', but must be of type float",
        ),
        (
            broken(lambda v: v["stages"]["ict"].update(batch=16.0)),
            r"ict\.batch is 16\.0, but must be of type int",
        ),
        (broken(lambda v: v["search"].update(k=True)), r"search\.k is True, but must be of type int"),
        (
            broken(lambda v: v["retriever"].update(share_towers="false")),
            r"retriever\.share_towers is 'false', but must be of type bool",
        ),
        (broken(lambda v: v.update(search=None)), r"config\.search must be a JSON object, not NoneType"),
        (broken(lambda v: v["objective"].update(mask="x")), r"ObjectiveConfig\.mask='x' is not known"),
    ],
)
def test_bad_json_names_the_place_and_the_known_keys(values, message):
    with pytest.raises(RealmError, match=message):
        c.RealmConfig.from_dict(values)


def test_a_whole_number_is_a_number_too():
    values = broken(lambda v: v["stages"]["ict"].update(clip=1))
    assert c.RealmConfig.from_dict(values).stages.ict.clip == 1


def test_tiny_is_smaller_than_small():
    small, tiny = presets.small(), presets.tiny()
    for name in ("vocab", "hidden", "layers"):
        assert getattr(tiny.encoder, name) < getattr(small.encoder, name)
    for stage in dataclasses.fields(c.StagesConfig):
        assert getattr(tiny.stages, stage.name).steps < getattr(small.stages, stage.name).steps
