"""Pre-trained encoders in four layouts, made and saved here: each serves as retriever and reader."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch
from tokenizers import AddedToken, decoders, models, pre_tokenizers, processors, trainers
from tokenizers import Tokenizer as Backend

from realm_mini.checkpoints import tokenizer_for, tokenizer_of, warm_mask_head
from realm_mini.config import EncoderConfig, RetrieverConfig
from realm_mini.encoder import Encoder, MaskHead
from realm_mini.errors import RealmError
from realm_mini.marginal import log_marginal, log_p_y_given_z, log_p_z
from realm_mini.model import Realm
from realm_mini.pipeline import Run
from realm_mini.retriever import Retriever
from realm_mini.text import Tokenizer
from realm_mini.world import World

LAYOUTS = ("bert", "roberta", "distilbert", "modernbert")
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def byte_pairs(texts, special):
    """A cased byte-level tokenizer as RoBERTa and ModernBERT have."""
    backend = Backend(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    names = [AddedToken(s, lstrip=True, special=True) if "mask" in s.lower() else s for s in special]
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=names, initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(texts, trainer)
    if special is ROBERTA:
        backend.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return backend


def save(layout, folder, tokenizer, texts):
    """Write a checkpoint of a masked language model with random weights, and its tokenizer."""
    import transformers as hf

    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    if layout == "roberta":
        backend = byte_pairs(texts, ROBERTA)
    elif layout == "modernbert":
        backend = byte_pairs(texts, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    else:
        backend = Backend.from_str(tokenizer.backend.to_str())
        backend.decoder = decoders.WordPiece()
    vocab = backend.get_vocab_size()
    config, kind = {
        "bert": (hf.BertConfig(vocab_size=vocab, max_position_embeddings=120, **sizes), hf.BertForMaskedLM),
        "roberta": (
            hf.RobertaConfig(vocab_size=vocab, max_position_embeddings=122, pad_token_id=1, **sizes),
            hf.RobertaForMaskedLM,
        ),
        "distilbert": (
            hf.DistilBertConfig(
                vocab_size=vocab, max_position_embeddings=120, dim=32, n_layers=2, n_heads=2, hidden_dim=48
            ),
            hf.DistilBertForMaskedLM,
        ),
        "modernbert": (
            hf.ModernBertConfig(
                vocab_size=vocab,
                max_position_embeddings=120,
                pad_token_id=0,
                bos_token_id=None,
                eos_token_id=None,
                cls_token_id=None,
                sep_token_id=None,
                attn_implementation="sdpa",
                **sizes,
            ),
            hf.ModernBertForMaskedLM,
        ),
    }[layout]
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = kind(config)
        for weight in model.parameters():  # as large as after training; biases that are not zero
            torch.nn.init.normal_(weight, 1.0 if weight.dim() == 1 else 0.0, 0.3)
        model.tie_weights()
    model.save_pretrained(folder)
    if layout == "distilbert":  # the oldest form: a list of words
        words = sorted(backend.get_vocab().items(), key=lambda item: item[1])
        (folder / "vocab.txt").write_text("".join(f"{word}\n" for word, _ in words), encoding="utf-8")
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "DistilBertTokenizer"}))
    else:
        backend.save(str(folder / "tokenizer.json"))


@pytest.fixture(scope="module", params=LAYOUTS)
def layout(request):
    return request.param


@pytest.fixture(scope="module")
def checkpoint(layout, tmp_path_factory, tokenizer, people):
    folder = tmp_path_factory.mktemp(layout) / "checkpoint"
    folder.mkdir()
    save(layout, folder, tokenizer, [f"{p.body} {p.news}" for p in people] * 2)
    return folder


@pytest.fixture(scope="module")
def cut(checkpoint):
    return tokenizer_of(str(checkpoint))


@pytest.fixture(scope="module")
def encoder(checkpoint):
    return Encoder(EncoderConfig(checkpoint=str(checkpoint))).eval()


def rows(length=20, count=5, vocab=300):
    rng = torch.Generator().manual_seed(length)
    lengths = torch.randint(2, length + 1, (count,), generator=rng)
    lengths[0] = length
    mask = torch.arange(length) < lengths.unsqueeze(1)
    return torch.randint(10, vocab, (count, length), generator=rng), mask


def padded(ids, mask, pad):
    return torch.where(mask, ids, pad)


def test_states_are_those_of_transformers_whatever_the_padding(checkpoint, encoder, cut):
    from transformers import AutoModel

    ids, mask = rows()
    states = encoder(padded(ids, mask, cut.pad), mask)
    assert states.shape == (5, 20, 32) == (*ids.shape, encoder.hidden)
    theirs = AutoModel.from_pretrained(checkpoint).eval()
    for row, length in zip(ids, mask.sum(1), strict=True):
        alone = theirs(input_ids=row[None, :length]).last_hidden_state[0]
        torch.testing.assert_close(encoder(row[None, :length], mask[:1, :length])[0], alone, **CLOSE)
    wide = torch.nn.functional.pad
    more = encoder(wide(padded(ids, mask, cut.pad), (0, 7), value=cut.pad), wide(mask, (0, 7)))
    torch.testing.assert_close(more[:, :20][mask], states[mask], **CLOSE)


def test_the_longest_input_is_known(encoder, layout):
    assert encoder.positions == 120
    ids, mask = rows(120, 2)
    assert encoder(ids, mask).isfinite().all()
    if layout != "modernbert":  # its positions are rotations: beyond them it is only untrained
        with pytest.raises((IndexError, RuntimeError)):
            encoder(*rows(121, 2))


def test_the_tokenizer_points_at_its_words_and_writes_them_back(cut, people):
    for text in (*(p.body for p in people), "Ünïcode – in (Málaga)…", " two  spaces ", "naïve 1,790"):
        pieces = cut.encode(text)
        covered = np.zeros(len(text), dtype=bool)
        for a, b in zip(pieces.starts, pieces.ends, strict=True):
            covered[a:b] = True
        assert [c for c, seen in zip(text, covered, strict=True) if not seen and not c.isspace()] == []
        spans = [text[a:b] for a, b in zip(pieces.starts, pieces.ends, strict=True)]
        assert all(s == s.strip() for s in spans)
    for p in people:
        written = cut.decode(cut.encode(p.body).ids)
        assert written in (p.body, p.body.lower())


def test_an_answer_is_found_in_a_text_by_its_pieces(cut, people):
    for p in people:
        body = cut.encode(p.body).ids.tolist()
        for answer in (p.name, p.town, p.year):
            ids = cut.encode(answer).ids.tolist()
            assert any(body[i : i + len(ids)] == ids for i in range(len(body))), answer


def test_the_mask_is_written_as_mask_in_every_layout(cut):
    pieces = cut.encode("born in [MASK] there")
    place = pieces.ids.tolist().index(cut.mask)
    assert "born in [MASK] there"[pieces.starts[place] : pieces.ends[place]] == "[MASK]"
    assert cut.mask not in cut.encode("born in mask").ids
    with pytest.raises(RealmError, match=r'"a \\ud800" holds half a character'):
        cut.encode("a \ud800")
    assert len(set(cut.special)) == 5


def test_lengths_are_those_of_the_middle_of_a_text(cut, people):
    for p in people:
        parts = p.body.split(". ")
        assert len(cut.encode(". ".join(parts))) <= sum(cut.lengths([f"{part}." for part in parts]))


def test_the_masked_lm_head_is_that_of_the_checkpoint(checkpoint, encoder):
    from transformers import AutoModelForMaskedLM

    head = MaskHead(32, len(encoder.token_embedding))
    assert warm_mask_head(head, str(checkpoint))
    ids, mask = rows(12, 1)
    with torch.no_grad():
        expected = AutoModelForMaskedLM.from_pretrained(checkpoint).eval()(input_ids=ids).logits
        found = head(encoder(ids, mask), encoder.token_embedding)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def test_a_checkpoint_without_a_head_is_no_cause_for_alarm(checkpoint, encoder, tmp_path, capfd):
    """Sentence embedders have none; ``transformers`` by itself calls such a checkpoint corrupted."""
    from transformers import AutoModel
    from transformers.utils import logging

    AutoModel.from_pretrained(checkpoint).save_pretrained(tmp_path)
    head, how = MaskHead(32, len(encoder.token_embedding)), logging.get_verbosity()
    fresh = {name: weight.clone() for name, weight in head.state_dict().items()}
    capfd.readouterr()
    assert not warm_mask_head(head, str(tmp_path))
    assert capfd.readouterr() == ("", "")
    assert logging.get_verbosity() == how and logging.is_progress_bar_enabled()
    assert all(torch.equal(weight, fresh[name]) for name, weight in head.state_dict().items())


@pytest.fixture
def made(checkpoint, cut, corpus, tiny_config):
    config = dataclasses.replace(tiny_config, encoder=EncoderConfig(checkpoint=str(checkpoint)))
    realm = Realm.create(config, cut, corpus)
    realm.answers_questions = True
    return realm


def test_a_realm_of_it_asks_fills_and_learns(made, corpus, people, hide):
    answer = made.ask("Where was Orla Venn born?", k=3)
    assert sum(p.p_z for p in answer.passages) + answer.p_null == pytest.approx(1, abs=1e-5)
    assert answer.answer and answer.answer in " ".join(p.text for p in answer.passages)
    assert made.fill("Orla Venn was born in [MASK].", k=3).answer
    from realm_mini.masking import Span, mask_salient

    text = people[0].news
    start = text.index(people[0].town)
    span = Span(start, start + len(people[0].town), "")
    example = mask_salient(text, made.tokenizer.encode(text), [span], np.random.default_rng(0))
    rows = np.array([[0, 1, 2, 3]])
    z = log_p_z(made.retriever.score(made.collator.queries([example]), made.collator.candidates(rows)))
    joint = made.collator.joint([example], rows)
    loss = -log_marginal(z, log_p_y_given_z(made.reader.log_p_token(joint), joint.target_mask)).mean()
    loss.backward()
    assert loss.isfinite()
    for module in (made.retriever.query_tower, made.reader.encoder):
        assert module.token_embedding.grad.abs().sum() > 0
    bare = {n for m in (made.retriever, made.reader) for n, p in m.named_parameters() if p.grad is None}
    assert not {n for n in bare if not n.startswith("span_")}, "weights that nothing uses"


def test_a_saved_realm_needs_its_checkpoint_no_more(made, checkpoint, tmp_path):
    made.build_index()
    question = "Where was Orla Venn born?"
    before = made.ask(question, k=3)
    made.save_pretrained(tmp_path / "one")
    hidden = checkpoint.with_name("elsewhere")
    checkpoint.rename(hidden)
    try:
        loaded = Realm.from_pretrained(tmp_path / "one")
        loaded.save_pretrained(tmp_path / "two")
        shutil.rmtree(tmp_path / "one")
        for realm in (loaded, Realm.from_pretrained(tmp_path / "two")):
            after = realm.ask(question, k=3)
            assert after.answer == before.answer
            assert after.p_y == pytest.approx(before.p_y, abs=1e-5)
            assert realm.reader.mask_head.norm.eps == made.reader.mask_head.norm.eps
    finally:
        hidden.rename(checkpoint)
    kept = "".join(p.read_text() for p in (tmp_path / "two").rglob("*.json") if p.name != "tokenizer.json")
    assert str(checkpoint.parent) not in kept
    (tmp_path / "two" / "encoder" / "config.json").unlink()
    with pytest.raises(RealmError, match=r"encoder/config\.json is missing"):
        Realm.from_pretrained(tmp_path / "two")


def test_lengths_beyond_the_checkpoint_are_refused(made, checkpoint, cut, corpus):
    lengths = dataclasses.replace(made.config.lengths, jlen=121)
    with pytest.raises(RealmError, match=r"LengthConfig\.jlen=121 is longer than the encoder can take \(120"):
        Realm.create(dataclasses.replace(made.config, lengths=lengths), cut, corpus)


def test_a_run_takes_the_tokenizer_of_its_checkpoint(checkpoint, cut, people):
    """A new one would use the same numbers for other words, and nothing would say so."""
    texts = [p.body for p in people]
    taken = tokenizer_for(EncoderConfig(checkpoint=str(checkpoint)), texts)
    assert taken.encode(texts[0]).ids.tolist() == cut.encode(texts[0]).ids.tolist()
    assert tokenizer_for(EncoderConfig(vocab=300), texts).vocab <= 300


def test_a_tokenizer_of_another_checkpoint_is_refused(made, corpus, people):
    larger = Tokenizer.train([" ".join(f"w{i}" for i in range(900))] * 2, vocab=2000)
    with pytest.raises(RealmError, match=r"wordpieces, the encoder knows"):
        Realm.create(made.config, larger, corpus)


def test_a_projection_of_a_checkpoint_keeps_the_angles(checkpoint):
    """So a sentence encoder retrieves before its first step: no ICT is needed."""
    made = Retriever(RetrieverConfig(dim=32), EncoderConfig(checkpoint=str(checkpoint)))
    rng = torch.Generator().manual_seed(0)
    left, right = (torch.randn(200, 32, generator=rng) for _ in "ab")
    with torch.no_grad():
        score = (made._scale(made.proj_query(left)) * made._scale(made.proj_doc(right))).sum(1)
    angle = torch.nn.functional.cosine_similarity(left, right)
    assert np.corrcoef(score, angle)[0, 1] > 0.9


def test_checkpoints_that_are_none(tmp_path, checkpoint):
    broken = tmp_path / "broken"
    shutil.copytree(checkpoint, broken)
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(RealmError, match=r"No encoder could be loaded from .*broken"):
        Encoder(EncoderConfig(checkpoint=str(broken)))
    (broken / "config.json").write_text('{"model_type": "t5", "d_model": 8, "num_heads": 2, "num_layers": 1, '
                                        '"d_kv": 4, "d_ff": 8, "vocab_size": 20}')  # fmt: skip
    weights.unlink()
    with pytest.raises(RealmError, match=r"No encoder could be loaded|is no encoder of text"):
        Encoder(EncoderConfig(checkpoint=str(broken)))
    with pytest.raises(RealmError, match=r"No tokenizer could be loaded from .*nothing"):
        tokenizer_of(str(tmp_path / "nothing"))


# --- other kinds of checkpoints -----------------------------------------------------------------------


@pytest.fixture
def bert(tmp_path, tokenizer, people):
    (folder := tmp_path / "bert").mkdir()
    save("bert", folder, tokenizer, [])
    return folder


@pytest.mark.parametrize("kept", [torch.float16, torch.bfloat16], ids=str)
def test_weights_kept_in_half_precision_become_whole(kept, bert, corpus, tokenizer, tiny_config, tmp_path):
    from transformers import AutoModelForMaskedLM

    AutoModelForMaskedLM.from_pretrained(bert).to(kept).save_pretrained(bert)
    config = dataclasses.replace(tiny_config, encoder=EncoderConfig(checkpoint=str(bert)))
    realm = Realm.create(config, tokenizer_of(str(bert)), corpus)
    realm.answers_questions = True
    assert {p.dtype for m in (realm.retriever, realm.reader) for p in m.parameters()} == {torch.float32}
    before = realm.ask("Where was Orla Venn born?", k=3)
    assert realm.fill("Orla Venn was born in [MASK].", k=3).answer
    realm.save_pretrained(tmp_path / "saved")
    assert Realm.from_pretrained(tmp_path / "saved").ask("Where was Orla Venn born?", k=3) == before


def test_embeddings_narrower_than_the_states_have_the_head_of_their_checkpoint(
    tmp_path, tokenizer, corpus, hide, tiny_config
):
    """ALBERT's and ELECTRA's are: the masked-LM head goes down to their width."""
    import transformers as hf

    torch.manual_seed(3)
    sizes = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
    config = hf.AlbertConfig(vocab_size=tokenizer.vocab, embedding_size=16, hidden_size=32, **sizes)
    model = hf.AlbertForMaskedLM(config).eval()
    model.save_pretrained(tmp_path)
    tokenizer.save(tmp_path / "tokenizer.json")
    made = dataclasses.replace(tiny_config, encoder=EncoderConfig(checkpoint=str(tmp_path)))
    realm = Realm.create(made, tokenizer, corpus)
    realm.reader.eval()
    example = hide("Orla Venn was born in Tarmo.", "Tarmo")
    joint = realm.collator.joint([example], np.array([[1]]))
    with torch.no_grad():
        theirs = model(input_ids=joint.joint_ids[0], token_type_ids=joint.joint_segments[0]).logits
        mine = realm.reader.vocab_logits(joint)[0, 0]
    wanted = theirs[0, joint.mask_places[0]]
    # Its activation is the tanh form of gelu, ours the exact one.
    np.testing.assert_allclose(mine.softmax(-1), wanted.softmax(-1), atol=1e-4)


def test_what_dropout_drops_is_decided_by_the_seed(bert, corpus, news, questions, tiny_config, tmp_path):
    config = dataclasses.replace(tiny_config, encoder=EncoderConfig(checkpoint=str(bert)))
    world = World(corpus, news, {"train": questions})
    ends = []
    for number in range(3):
        torch.manual_seed(number)  # whatever this process did before
        run = Run(tmp_path / f"run{number}", world, config)
        assert any(isinstance(m, torch.nn.Dropout) and m.p > 0 for m in run.realm.reader.modules())
        if number == 2:  # a process of its own for the second half, as after a kill between two stages
            shutil.copytree(tmp_path / "run0" / "stages" / "ict", run.stages / "ict")
        run.pretrain()
        ends.append(run.realm.reader.span_out.weight.clone())
    assert torch.equal(ends[0], ends[1]) and torch.equal(ends[0], ends[2])
