"""The model card, and the hub: what is uploaded and fetched, with the network replaced by a folder."""

import json
import shutil
from pathlib import Path

import huggingface_hub
import pytest
import yaml

from realm_mini import hub
from realm_mini.errors import RealmError
from realm_mini.model import Realm

NAME = "ada/realm-notes"


@pytest.fixture(scope="module")
def trained(make_realm):
    made = make_realm()
    made.build_index()
    made.answers_questions = True
    return made


@pytest.fixture
def remote(tmp_path, monkeypatch):
    """A hub that is a folder; returns it with the calls that were made."""
    calls, place = [], tmp_path / "remote"

    class Api:
        def create_repo(self, name, **kwargs):
            calls.append(("create", name, kwargs))

        def file_exists(self, name, file):
            return (place / name / file).exists()

        def hf_hub_download(self, name, file):
            return str(place / name / file)

        def upload_folder(self, *, repo_id, folder_path, commit_message, delete_patterns):
            calls.append(("upload", repo_id, commit_message))
            for old in place.glob(f"{repo_id}/*"):
                if old.is_file() and any(old.match(pattern) for pattern in delete_patterns):
                    old.unlink()
            shutil.copytree(folder_path, place / repo_id, dirs_exist_ok=True)

    def snapshot_download(name, *, revision, allow_patterns):
        calls.append(("fetch", name, revision))
        assert allow_patterns
        return str(place / name)

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return place, calls


def card_of(folder):
    text = (Path(folder) / "README.md").read_text(encoding="utf-8")
    _, head, body = text.split("---\n", 2)
    return yaml.safe_load(head), body


def test_what_is_pushed_comes_back_by_name(trained, remote, monkeypatch, tmp_path):
    place, calls = remote
    monkeypatch.chdir(tmp_path)
    address = trained.push_to_hub(NAME, private=True, message="First", card={"license": "mit"})
    assert address == f"https://huggingface.co/{NAME}"
    assert calls == [("create", NAME, {"private": True, "exist_ok": True}), ("upload", NAME, "First")]
    loaded = Realm.from_pretrained(NAME, revision="v1")
    assert calls[-1] == ("fetch", NAME, "v1")
    question = "Where was Orla Venn born?"
    assert loaded.ask(question) == trained.ask(question)
    head, body = card_of(place / NAME)
    assert head["license"] == "mit" and f'Realm.from_pretrained("{NAME}")' in body


def test_nothing_stays_of_the_model_that_was_there_before(trained, make_realm, remote):
    place, _ = remote
    trained.push_to_hub(NAME)
    (place / NAME / "notes.txt").write_text("mine")
    assert (place / NAME / "index.faiss").exists()
    make_realm().push_to_hub(NAME)
    assert not list((place / NAME).glob("index.faiss*"))
    assert Realm.from_pretrained(NAME).index is None
    assert (place / NAME / "notes.txt").exists()


def test_what_others_put_beside_a_model_stays(trained, remote):
    place, _ = remote
    trained.push_to_hub(NAME)
    theirs = {
        "README.md": "# My own card",
        "results/eval.json": "{}",
        "train.jsonl": "{}",
        "x.safetensors": "",
    }
    for name, text in theirs.items():
        (place / NAME / name).parent.mkdir(exist_ok=True)
        (place / NAME / name).write_text(text)
    trained.push_to_hub(NAME)
    assert {name: (place / NAME / name).read_text() for name in theirs} == theirs


def test_every_file_of_a_model_is_fetched(trained, remote):
    """The patterns leave out foreign files, never one of ours."""
    from fnmatch import fnmatch

    trained.push_to_hub(NAME)
    files = [p.relative_to(remote[0] / NAME).as_posix() for p in (remote[0] / NAME).rglob("*") if p.is_file()]
    assert len(files) > 5
    assert [f for f in files if not any(fnmatch(f, pattern) for pattern in hub.FILES)] == []
    assert not any(fnmatch("model.pkl", pattern) or fnmatch("x.bin", pattern) for pattern in hub.FILES)


def test_a_folder_that_is_here_is_never_looked_for_elsewhere(trained, remote, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained.save_pretrained("runs/mine")
    Realm.from_pretrained("runs/mine")
    with pytest.raises(RealmError, match="holds no model"):
        Realm.from_pretrained(Path("runs/other"))
    with pytest.raises(RealmError, match="holds no model"):
        Realm.from_pretrained("../elsewhere")
    assert remote[1] == []


def test_without_a_network_the_sentence_says_so(trained, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def fail(*args, **kwargs):
        raise ConnectionError("no route to host\nand a long story")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    monkeypatch.setattr(huggingface_hub.HfApi, "create_repo", fail)
    with pytest.raises(RealmError, match=r"^'a/b' is no folder here.*\(no route to host\).*a network\.$"):
        Realm.from_pretrained("a/b")
    with pytest.raises(RealmError, match=r"could not be uploaded as 'a/b' \(no route to host\)"):
        trained.push_to_hub("a/b")
    with pytest.raises(RealmError, match=r"'notes' is not the name of a model on the hub\. Write"):
        trained.push_to_hub("notes")


def test_what_was_fetched_and_is_no_model(remote, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (remote[0] / "a/b").mkdir(parents=True)
    with pytest.raises(RealmError, match=r"^a/b holds no model"):
        Realm.from_pretrained("a/b")


def test_the_card_says_what_the_hub_asks_for(trained, tmp_path):
    provenance = {"command": "realm-mini train", "seed": 0, "commit": "abc"}
    trained.save_pretrained(tmp_path / "notes", provenance, card={"language": ["en", "nl"]})
    head, body = card_of(tmp_path / "notes")
    assert head["library_name"] == "realm-mini" and head["pipeline_tag"] == "question-answering"
    assert "realm" in head["tags"] and head["language"] == ["en", "nl"]
    assert "# notes\n" in body and "passages: 24," in body and "`realm-mini train`" in body
    count = sum(p.numel() for p in [*trained.retriever.parameters(), *trained.reader.parameters()])
    assert f"weights: {count:,} numbers" in body
    huggingface_hub.ModelCard((tmp_path / "notes" / "README.md").read_text())  # it takes it for a card


def test_results_are_told_of_the_corpus_they_were_measured_on(trained, tmp_path):
    meta = {"corpus": "pocket", "answers_questions": True, "config": trained.config.to_dict()}
    provenance = {"results": {"REALM": {"all": {"em": 47.7, "count": 2586}}}}
    hub.write_card(tmp_path, meta, provenance, name=NAME, title="", passages=7293, parameters=10)
    head, body = card_of(tmp_path)
    assert head["model-index"][0]["name"] == "realm-notes" and head["language"] == "en"
    assert head["model-index"][0]["results"][0]["metrics"][0]["value"] == 47.7
    assert "exact match on the pocket world's test questions: 47.7" in body
    meta["corpus"] = "passages.jsonl"
    hub.write_card(tmp_path, meta, provenance, name=NAME, title="", passages=9, parameters=10)
    head, body = card_of(tmp_path)
    assert "model-index" not in head and "47.7" not in body


def test_a_model_that_only_fills_says_so(make_realm, tmp_path):
    make_realm().save_pretrained(tmp_path / "m")
    head, body = card_of(tmp_path / "m")
    assert head["pipeline_tag"] == "fill-mask" and "model-index" not in head
    assert "never taught to answer" in body and "model.fill(" in body and "Nothing was written down" in body


def test_a_card_of_ones_own_is_kept_and_ours_is_renewed(trained, tmp_path):
    card = tmp_path / "README.md"
    trained.save_pretrained(tmp_path)
    trained.save_pretrained(tmp_path, {"command": "second"})
    assert "second" in card.read_text()
    card.write_text("# Mine\n")
    trained.save_pretrained(tmp_path)
    assert card.read_text() == "# Mine\n"


def test_how_a_model_was_made_is_not_lost_when_it_is_saved_again(trained, tmp_path):
    trained.save_pretrained(tmp_path / "one", {"command": "first"})
    Realm.from_pretrained(tmp_path / "one").save_pretrained(tmp_path / "two")
    assert json.loads((tmp_path / "two" / "provenance.json").read_text()) == {"command": "first"}
