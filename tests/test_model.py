"""A whole REALM: answers with their evidence, and the folder it is saved in."""

import dataclasses
import errno
import json
import math
import os

import numpy as np
import pytest
import torch

from realm_mini import errors
from realm_mini.answers import Answer
from realm_mini.config import ObjectiveConfig, RetrieverConfig, SearchConfig
from realm_mini.corpus import Corpus
from realm_mini.errors import RealmError
from realm_mini.finetuning import finetune
from realm_mini.fit import rng_for
from realm_mini.model import Realm
from realm_mini.text import normalize_answer


def well_formed(answer, k, corpus):
    assert isinstance(answer, Answer)
    assert len(answer.passages) == k
    assert len({p.id for p in answer.passages}) == k
    weights = [p.p_z for p in answer.passages]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) + answer.p_null == pytest.approx(1.0, abs=1e-5)
    assert 0 < answer.p_y <= 1
    assert answer.answer.strip()
    for p in answer.passages:
        original = corpus[corpus.row(p.id)]
        assert (p.title, p.text) == (original.title, original.text)
        assert 0 <= p.p_y <= 1
    assert json.loads(json.dumps(answer.to_dict()))["p_null"] == answer.p_null


@pytest.mark.parametrize("k", [1, 5, 24])
def test_ask(realm, corpus, k):
    answer = realm.ask("Where was Orla Venn born?", k=k)
    well_formed(answer, k, corpus)
    assert answer.question == "Where was Orla Venn born?"
    assert any(normalize_answer(answer.answer) in normalize_answer(p.text) for p in answer.passages)
    for p in answer.passages:
        assert p.answer in p.text


@pytest.mark.parametrize(
    "text",
    ["Orla Venn was born in [MASK].", "[MASK]", "born in [MASK] [MASK]", "In [MASK][MASK][MASK], Orla Venn"],
)
def test_fill(realm, corpus, tokenizer, text):
    answer = realm.fill(text, k=4)
    well_formed(answer, 4, corpus)
    count = text.count("[MASK]")
    for written in (answer.answer, *(p.answer for p in answer.passages)):
        pieces = len(tokenizer.encode(written))
        assert pieces == count or "##" in written or count == 1


def test_fill_is_the_best_guess_of_a_passage_under_the_marginal(make_realm, tokenizer, lively):
    """Two masks, all numbers again by hand: p(y|z,x) of each passage, p(y|x) of the answer."""
    realm = make_realm()
    lively(realm.reader)
    lively(realm.retriever)
    text = "Orla Venn was born in [MASK] [MASK]."
    answer = realm.fill(text, k=3)
    pieces = tokenizer.encode(text)
    from realm_mini.masking import MaskedExample

    example = MaskedExample(text, pieces, np.flatnonzero(pieces.ids == tokenizer.mask))
    rows = realm.rows([example], 3)
    p_z = realm.log_p_z([example], rows)[0].exp().numpy()
    with torch.no_grad():
        p = torch.softmax(realm.reader.vocab_logits(realm.collator.joint([example], rows)), -1)[0].numpy()
    guesses = p.argmax(-1)
    totals = [sum(p_z[k] * p[k, 0, g[0]] * p[k, 1, g[1]] for k in range(4)) for g in guesses]
    best = int(np.argmax(totals))
    assert answer.answer == tokenizer.decode(guesses[best])
    assert answer.p_y == pytest.approx(totals[best], rel=1e-4)
    assert answer.p_null == pytest.approx(p_z[0], rel=1e-4)
    for passage in answer.passages:
        place = rows[0].tolist().index(realm.corpus.row(passage.id))
        assert passage.p_z == pytest.approx(p_z[place], rel=1e-4)
        assert passage.p_y == pytest.approx(p[place].max(-1).prod(), rel=1e-4)


def test_fill_never_writes_what_is_no_word(make_realm, tokenizer):
    """Neither [PAD] nor [CLS] nor an id that the tokenizer does not know."""
    realm = make_realm(encoder=make_realm().config.encoder)
    with torch.no_grad():
        realm.reader.mask_head.bias[[tokenizer.pad, tokenizer.cls, tokenizer.sep, tokenizer.mask]] = 50.0
    answer = realm.fill("Orla Venn was born in [MASK].", k=2)
    assert not {"[PAD]", "[CLS]", "[SEP]", "[MASK]"} & set(answer.answer.split())


def test_fill_takes_the_number_of_wordpieces_that_makes_the_likeliest_answer(
    make_realm, tokenizer, fixed_reader
):
    """One mask may stand for one to six wordpieces; several side by side for exactly so many."""
    words = tokenizer.encode("tarmo oxley velm").ids.tolist()

    class Sure(fixed_reader):
        """p of the best word of each slot: .2 where one is masked, .7 where three are, else .1."""

        def vocab_logits(self, joint, states=None):
            count = joint.target_ids.shape[1]
            p = {1: 0.2, 3: 0.7}.get(count, 0.1)
            logits = torch.full(
                (1, joint.joint_ids.shape[1], count, tokenizer.vocab),
                math.log((1 - p) / (tokenizer.vocab - 1)),
            )
            for place in range(count):
                logits[:, :, place, words[place % 3]] = math.log(p)
            return logits

    realm = make_realm()
    realm.reader = Sure(torch.zeros(1))
    answer = realm.fill("born in [MASK].", k=2)
    assert answer.answer == "tarmo oxley velm"
    assert answer.p_y == pytest.approx(0.7**3, rel=1e-4)
    assert realm.fill("born in [MASK] [MASK].", k=2).answer == "tarmo oxley"


def test_fill_at_the_end_of_a_long_text(make_realm, lengths):
    """A mask with room for just one wordpiece is filled with one."""
    realm = make_realm()
    text = "born " * (lengths.qlen - 3) + "[MASK]"
    assert realm.fill(text, k=2).answer
    with pytest.raises(RealmError, match=r"stand behind the first LengthConfig\.qlen=32"):
        realm.fill("born " + text, k=2)


def test_answers_do_not_depend_on_the_batch(realm, questions):
    texts = [q.text for q in questions[:7]] + [
        "born?",
        "Where in the world was it that the people praise him?",
    ]
    together = realm.answer_many(texts, k=3, batch=4)
    for answer, text in zip(together, texts, strict=True):
        alone = realm.ask(text, k=3)
        assert (answer.question, answer.answer) == (text, alone.answer)
        assert answer.p_y == pytest.approx(alone.p_y, rel=1e-4)
        assert [p.id for p in answer.passages] == [p.id for p in alone.passages]
        assert [p.p_z for p in answer.passages] == pytest.approx([p.p_z for p in alone.passages], rel=1e-4)
    assert realm.answer_many([]) == []


@pytest.mark.parametrize("form", ["passage", "joint"])
def test_answer_adds_up_all_spans_of_all_passages(form, make_realm, tokenizer, lengths):
    """Against an enumeration: short passages, so that every span is looked at."""
    corpus = Corpus.from_texts(["Tarmo or Oxley", "in Tarmo", "Oxley, Tarmo"])
    realm = make_realm(corpus=corpus, objective=ObjectiveConfig(span=form))
    realm.answers_questions = True
    answer = realm.ask("Where was he born?", k=3)
    pieces = tokenizer.encode_many(["Where was he born?"])
    rows = realm.rows(pieces, 3)
    p_z = realm.log_p_z(pieces, rows)[0].exp().numpy()
    spans = realm.collator.spans(pieces, rows)
    with torch.no_grad():
        logits = realm.reader.span_logits(spans)[0].numpy()
    offset = len(pieces[0]) + 2
    totals = {"passage": {}, "joint": {}}
    every = (p_z[:, None] * np.exp(logits) * spans.is_span[0].numpy()).sum()
    for k, row in enumerate(rows[0].tolist()):
        there = spans.is_span[0, k].numpy()
        weights = np.exp(logits[k]) * there
        for s in np.flatnonzero(there):
            start, end = int(spans.span_start[0, k, s]) - offset, int(spans.span_end[0, k, s]) - offset
            name = normalize_answer(realm.collator.span_text(row, start, end))
            if name:
                for kind, whole in (("passage", weights.sum()), ("joint", every)):
                    totals[kind][name] = totals[kind].get(name, 0.0) + p_z[k] * weights[s] / whole
    total, other = totals[form], totals[{"passage": "joint", "joint": "passage"}[form]]
    assert normalize_answer(answer.answer) == max(total, key=total.get)
    assert answer.p_y == pytest.approx(max(total.values()), rel=1e-4)
    assert answer.p_y != pytest.approx(max(other.values()), rel=1e-2), (
        "the forms must differ to be told apart"
    )
    assert sum(p.p_z for p in answer.passages) + answer.p_null == pytest.approx(1, abs=1e-5)
    assert (answer.p_null == 0) == (form == "joint")


def test_the_null_gives_no_answer_but_keeps_its_weight(realm):
    answer = realm.ask("Where?", k=2)
    assert "" not in {p.id for p in answer.passages}
    assert 0 < answer.p_null < 1


def test_untrained_weights_come_from_the_seed_and_leave_chance_alone(make_realm):
    torch.manual_seed(123)
    before = torch.random.get_rng_state()
    first, same, other = make_realm(seed=3), make_realm(seed=3), make_realm(seed=4)
    assert torch.equal(torch.random.get_rng_state(), before)
    weights = [m.reader.span_start.weight for m in (first, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_asking_and_filling_take_no_gradient(realm):
    realm.ask("Where?", k=2)
    realm.fill("in [MASK]", k=2)
    assert all(p.grad is None for p in (*realm.reader.parameters(), *realm.retriever.parameters()))


def test_what_is_not_wanted_is_said(make_realm, realm):
    with pytest.raises(RealmError, match="never fine-tuned on questions"):
        make_realm().ask("Where?")
    for question in ("", " \n"):
        with pytest.raises(RealmError, match="The question is empty"):
            realm.ask(question)
    for text, message in (("no mask", r"has no \[MASK\]"), ("[MASK] in [MASK]", "more than one masked span")):
        with pytest.raises(RealmError, match=message):
            realm.fill(text)
    for run in (lambda: realm.ask("Where?", k=25), lambda: realm.fill("in [MASK]", k=25)):
        with pytest.raises(RealmError, match=r"k=25 passages were asked for, but the index holds 24"):
            run()


def test_to_returns_itself(make_realm):
    realm = make_realm()
    assert realm.to("cpu") is realm
    assert realm.device == torch.device("cpu")


# --- saved and loaded -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(make_realm, questions):
    """Three steps of fine-tuning: towers apart, an index, an answer to give."""
    realm = make_realm(retriever=RetrieverConfig(dim=16, share_towers=True))
    config = realm.config.stages.finetune
    list(
        finetune(
            realm.retriever,
            realm.reader,
            realm.collator,
            questions,
            config,
            ObjectiveConfig(),
            rng_for(0, "q"),
        )
    )
    realm.answers_questions = True
    realm.build_index(step=3)
    return realm


@pytest.fixture
def folder(trained, tmp_path):
    trained.save_pretrained(tmp_path / "model", {"command": "test"})
    return tmp_path / "model"


def test_round_trip(trained, folder):
    loaded = Realm.from_pretrained(folder)
    assert loaded.config == trained.config
    assert loaded.corpus.fingerprint == trained.corpus.fingerprint
    assert loaded.index.step == 3
    assert not loaded.retriever.is_shared
    for question in ("Where was Orla Venn born?", "Where was Bram Askel born?"):
        assert loaded.ask(question, k=3) == trained.ask(question, k=3)
    assert json.loads((folder / "provenance.json").read_text()) == {"command": "test"}
    assert not list(folder.glob(".*"))


def test_no_file_needs_pickle(folder):
    for path in folder.iterdir():
        assert path.suffix in (".json", ".safetensors", ".faiss", ".jsonl", ".md")
        assert not path.read_bytes().startswith((b"PK", b"\x80"))


def test_half_precision_answers_the_same(trained, folder, tmp_path):
    trained.save_pretrained(tmp_path / "half", half=True)
    loaded = Realm.from_pretrained(tmp_path / "half")
    whole, half = (
        sum(p.stat().st_size for p in f.glob("re*.safetensors")) for f in (folder, tmp_path / "half")
    )
    assert half < 0.6 * whole
    answer, expected = loaded.ask("Where was Orla Venn born?"), trained.ask("Where was Orla Venn born?")
    assert answer.answer == expected.answer
    assert answer.p_y == pytest.approx(expected.p_y, rel=0.05)


def test_other_passages_are_embedded_anew(folder, people):
    """Appendix C: the corpus is swapped, the weights stay."""
    other = Corpus.from_texts([p.body.replace(p.town, "Newtown") for p in people[:6]])
    loaded = Realm.from_pretrained(folder, other)
    assert loaded.index is None
    answer = loaded.ask("Where was Orla Venn born?", k=3)
    assert len(loaded.index) == 6
    well_formed(answer, 3, other)


@pytest.mark.parametrize("share", [True, False])
def test_a_model_that_answers_still_fills_as_it_did_before(make_realm, questions, tmp_path, share):
    """Training on questions moves reader and query side; fill keeps what it was, from the same index."""
    realm = make_realm(retriever=RetrieverConfig(dim=16, share_towers=share))
    realm.build_index()
    text = "Orla Venn was born in [MASK]."
    before = realm.fill(text, k=3)
    realm.keep_pretrained()
    parts, config = (realm.retriever, realm.reader, realm.collator), realm.config.stages.finetune
    list(finetune(*parts, questions, config, ObjectiveConfig(), rng_for(0, "q")))
    realm.answers_questions = True
    realm.build_index()
    assert realm.fill(text, k=3) == before
    realm.save_pretrained(tmp_path / "m")
    assert (tmp_path / "m" / "pretrained_retriever.safetensors").exists() != share
    loaded = Realm.from_pretrained(tmp_path / "m")
    assert loaded.fill(text, k=3) == before
    assert loaded.ask("Where was Orla Venn born?") == realm.ask("Where was Orla Venn born?")
    if share:  # the kept retriever is a view of the document side: not a byte more in memory
        kept, own = loaded.pretrained.retriever, loaded.retriever
        assert kept.query_tower is kept.doc_tower is own.doc_tower is not own.query_tower


def test_without_its_index_it_is_built_anew(trained, folder):
    loaded = Realm.from_pretrained(folder, with_index=False)
    assert loaded.index is None
    found, expected = loaded.ask("Where was Orla Venn born?"), trained.ask("Where was Orla Venn born?")
    assert (found.answer, found.passages) == (expected.answer, expected.passages)


def test_a_model_that_never_saw_questions_stays_one(make_realm, tmp_path):
    make_realm().save_pretrained(tmp_path / "m")
    loaded = Realm.from_pretrained(tmp_path / "m")
    assert loaded.retriever.is_shared
    with pytest.raises(RealmError, match="never fine-tuned"):
        loaded.ask("Where?")
    assert loaded.fill("in [MASK]", k=2).answer


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("config.json", r"holds no model \(no config\.json\)"),
        ("tokenizer.json", r"tokenizer\.json cannot be read"),
        ("reader.safetensors", r"reader\.safetensors is missing or damaged"),
        ("retriever.safetensors", r"retriever\.safetensors is missing or damaged"),
        ("passages.jsonl", r"passages\.jsonl cannot be read"),
        ("index.faiss", r"index\.faiss is missing or damaged"),
    ],
)
def test_a_missing_file_is_named(folder, name, message):
    (folder / name).unlink()
    with pytest.raises(RealmError, match=message):
        Realm.from_pretrained(folder)


@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "tokenizer.json",
        "reader.safetensors",
        "retriever.safetensors",
        "index.faiss",
        "passages.jsonl",
    ],
)
def test_a_file_cut_short_is_named(folder, name):
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2 - 5])
    with pytest.raises(RealmError, match=name.replace(".", r"\.")):
        Realm.from_pretrained(folder)


def test_files_of_two_models_are_not_mixed(folder, make_realm, tmp_path):
    make_realm(retriever=RetrieverConfig(dim=8)).save_pretrained(tmp_path / "other")
    os.replace(tmp_path / "other" / "retriever.safetensors", folder / "retriever.safetensors")
    with pytest.raises(RealmError, match=r"retriever\.safetensors does not fit its configuration"):
        Realm.from_pretrained(folder)


def test_index_of_another_corpus_is_refused(folder):
    lines = (folder / "passages.jsonl").read_text().splitlines()
    (folder / "passages.jsonl").write_text("\n".join(reversed(lines)))
    with pytest.raises(RealmError, match=r"index\.faiss was made from another corpus"):
        Realm.from_pretrained(folder)


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"config": {}, "corpus": "x"}', '{"config": {"sed": 1}, "corpus": "x"}']
)
def test_a_config_of_something_else(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(RealmError, match="config"):
        Realm.from_pretrained(folder)


def test_a_full_disk_leaves_no_model_that_looks_whole(trained, tmp_path, monkeypatch):
    """config.json comes last: whatever fails, a folder without one is no model."""
    real, calls = os.replace, []

    def count(source, target):
        calls.append(str(target))
        real(source, target)

    monkeypatch.setattr(errors.os, "replace", count)
    trained.save_pretrained(tmp_path / "all")
    assert calls[-1].endswith("config.json")
    for failing in range(len(calls)):
        left = iter(range(len(calls)))

        def full(source, target, left=left, failing=failing):
            if next(left) == failing:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(source, target)

        monkeypatch.setattr(errors.os, "replace", full)
        folder = tmp_path / f"m{failing}"
        with pytest.raises(RealmError, match="No space left on device"):
            trained.save_pretrained(folder)
        assert not list(folder.glob("*.part")) + list(folder.glob(".*"))
        with pytest.raises(RealmError, match="holds no model"):
            Realm.from_pretrained(folder)


def test_a_model_saved_over_another_is_all_its_own(trained, make_realm, tmp_path):
    """The index of other weights must not be taken for its own, nor what was kept for filling."""
    trained.save_pretrained(tmp_path)
    other = make_realm(seed=5)
    other.save_pretrained(tmp_path)
    loaded = Realm.from_pretrained(tmp_path)
    assert loaded.index is None and loaded.pretrained is None
    assert loaded.fill("in [MASK]", k=2) == other.fill("in [MASK]", k=2)


def test_a_full_disk_while_saving_over_a_model_leaves_that_model(trained, make_realm, tmp_path, monkeypatch):
    trained.save_pretrained(tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    real, other = os.replace, make_realm(seed=5)
    for failing in ("reader.safetensors", "config.json"):

        def full(source, target, failing=failing):
            if str(target).endswith(failing) and ".part" in str(target):
                raise OSError(errno.ENOSPC, "No space left on device")
            real(source, target)

        monkeypatch.setattr(errors.os, "replace", full)
        with pytest.raises(RealmError, match="No space left on device"):
            other.save_pretrained(tmp_path)
        monkeypatch.setattr(errors.os, "replace", real)
        assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_retriever_kept_twice_comes_back(make_realm, tmp_path):
    """Kept when its towers were untied already, it has weights of its own whatever the configuration says."""
    realm = make_realm()
    realm.keep_pretrained()
    with torch.no_grad():
        realm.retriever.proj_query.weight.mul_(-1.0)
    realm.keep_pretrained()
    realm.save_pretrained(tmp_path)
    loaded = Realm.from_pretrained(tmp_path)
    text = "Orla Venn was born in [MASK]."
    assert loaded.fill(text, k=3) == realm.fill(text, k=3)


def test_search_factory_is_obeyed(make_realm):
    realm = make_realm(search=SearchConfig(k=4, lexical=1, factory="SQfp16"))
    assert realm.build_index().factory == "SQfp16"


def test_p_z_is_a_softmax_over_the_candidates_read(realm, tokenizer):
    pieces = tokenizer.encode_many(["Where was Orla Venn born?"])
    rows = realm.rows(pieces, 4)
    assert rows.shape == (1, 5)
    assert rows[0, 0] == 0
    log_p = realm.log_p_z(pieces, rows)
    scores = realm.retriever.score(realm.collator.queries(pieces), realm.collator.candidates(rows))[
        0
    ].tolist()
    expected = [s - math.log(sum(math.exp(t) for t in scores)) for s in scores]
    assert log_p[0].tolist() == pytest.approx(expected, abs=1e-5)
    assert scores[1:] == pytest.approx(sorted(scores[1:], reverse=True), abs=1e-5)


def test_a_tokenizer_larger_than_the_encoder_is_refused(make_realm, tiny_config):
    with pytest.raises(
        RealmError, match=r"tokenizer has 320 wordpieces, the encoder knows 100\. Raise EncoderConfig\.vocab"
    ):
        make_realm(encoder=dataclasses.replace(tiny_config.encoder, vocab=100))
