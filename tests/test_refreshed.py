"""A whole run whose questions train the document side too, and folders from before that was a choice."""

import json
from dataclasses import replace

import numpy as np
import pytest

from realm_mini.errors import RealmError
from realm_mini.model import Realm
from realm_mini.pipeline import Run
from realm_mini.retriever import embed_corpus
from realm_mini.world import World


@pytest.fixture(scope="module")
def asked(corpus, news, questions):
    return World(corpus, news, {"train": questions[:16], "test": questions[16:]})


def losses(run):
    records = [json.loads(line) for line in (run.folder / "log.jsonl").read_text().splitlines()]
    return [(r["stage"], r["step"], r["loss"]) for r in records]


def trained(folder, world, config, **kwargs):
    run = Run(folder, world, config, **kwargs)
    run.pretrain()
    run.finetune()
    return run


def test_it_goes_on_where_it_was_left_and_answers_by_an_index_of_its_own(asked, tiny_config, tmp_path):
    config = replace(tiny_config, refreshing=replace(tiny_config.refreshing, questions=2))
    plain, whole = trained(tmp_path / "plain", asked, tiny_config), trained(tmp_path / "whole", asked, config)

    def stop(stage, step, total):
        if stage == "finetune" and step.step == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "left", asked, config, log=stop, save_every=1)
    left = trained(tmp_path / "left", asked, config)
    assert losses(left) == losses(whole) != losses(plain)
    vectors = whole.realm.index.vectors()
    np.testing.assert_array_equal(vectors, left.realm.index.vectors())
    np.testing.assert_array_equal(vectors, embed_corpus(whole.realm.retriever, whole.realm.collator))
    assert np.abs(vectors - plain.realm.index.vectors()).max() > 1e-3
    assert whole.realm.retriever.is_shared and not plain.realm.retriever.is_shared
    assert whole.realm.pretrained is None and plain.realm.pretrained is not None

    whole.realm.save_pretrained(tmp_path / "model")
    again, question = Realm.from_pretrained(tmp_path / "model"), asked.questions["test"][0].text
    assert again.ask(question).p_y == pytest.approx(whole.realm.ask(question).p_y, abs=1e-6)


def test_a_folder_from_before_a_choice_existed_is_gone_on_with(asked, tiny_config, tmp_path):
    Run(tmp_path, asked, tiny_config)
    path = tmp_path / "run.json"
    written = json.loads(path.read_text())
    del written["config"]["refreshing"]["questions"]
    path.write_text(json.dumps(written))
    Run(tmp_path, asked, tiny_config)
    assert json.loads(path.read_text())["config"] == tiny_config.to_dict()
    del written["config"]["search"]["k"]  # at its default that is another number than here
    path.write_text(json.dumps(written))
    with pytest.raises(RealmError, match="another configuration or corpus"):
        Run(tmp_path, asked, tiny_config)
    path.write_text(json.dumps({"config": "none"}))
    with pytest.raises(RealmError, match="another configuration or corpus"):
        Run(tmp_path, asked, tiny_config)
