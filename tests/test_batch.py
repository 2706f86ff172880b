"""Text becomes tensors in one place: what stands where, and what is cut."""

import dataclasses
import unicodedata

import numpy as np
import pytest
import torch

from realm_mini.batch import Collator
from realm_mini.config import LengthConfig
from realm_mini.corpus import Corpus, Passage
from realm_mini.inputs import CandidateBatch, pad
from realm_mini.masking import MaskedExample


def words_of(tokenizer, ids, mask):
    return [tokenizer.backend.id_to_token(int(i)) for i in ids[mask]]


def test_pad():
    rows = [np.array([5, 6, 7]), np.array([], dtype=np.int64), np.array([8])]
    ids, mask = pad(rows, 9)
    assert ids.tolist() == [[5, 6, 7], [9, 9, 9], [8, 9, 9]]
    assert mask.sum(1).tolist() == [3, 0, 1]
    assert ids.dtype == torch.int64
    assert mask.dtype == torch.bool
    empty, none = pad([np.array([]), np.array([])])
    assert empty.shape == (2, 1)
    assert not none.any()


def test_query_is_cls_x_sep(collator, tokenizer, hide, people):
    """join_BERT(x) = [CLS] x [SEP]; hidden wordpieces are [MASK], and only these."""
    example = hide(people[0].news, people[0].year)
    plain = tokenizer.encode("born in Tarmo")
    batch = collator.queries([example, plain])
    assert words_of(tokenizer, batch.query_ids[1], batch.query_mask[1]) == [
        "[CLS]",
        "born",
        "in",
        "tarmo",
        "[SEP]",
    ]
    ids = batch.query_ids[0][batch.query_mask[0]][1:-1].numpy()
    assert (ids == tokenizer.mask).nonzero()[0].tolist() == example.positions.tolist()
    seen = np.delete(np.arange(len(ids)), example.positions)
    assert np.array_equal(ids[seen], example.pieces.ids[seen])
    assert (batch.query_ids[~batch.query_mask] == tokenizer.pad).all()


def test_hidden_wordpieces_appear_nowhere_in_the_inputs(collator, tokenizer, hide, people):
    """y is in the targets, and in no input but the passages that hold it."""
    example = hide(people[0].news, people[0].year)
    rows = np.array([[0, 2]])
    joint = collator.joint([example], rows)
    year = set(example.targets.tolist())
    assert joint.target_ids[0][joint.target_mask[0]].tolist() == example.targets.tolist()
    assert not year & set(joint.joint_ids[0, 0].tolist())
    assert not year & set(collator.queries([example]).query_ids.flatten().tolist())


def test_candidate_is_title_and_body_with_segments(collator, tokenizer, people):
    """join_BERT(title, body) = [CLS] title [SEP] body [SEP]."""
    batch = collator.candidates(np.array([[1]]))
    words = words_of(tokenizer, batch.candidate_ids[0], batch.candidate_mask[0])
    title = [tokenizer.backend.id_to_token(int(i)) for i in tokenizer.encode(people[0].name).ids]
    body = [tokenizer.backend.id_to_token(int(i)) for i in tokenizer.encode(people[0].body).ids]
    assert words == ["[CLS]", *title, "[SEP]", *body, "[SEP]"]
    assert batch.candidate_segments[0].tolist() == [0] * (len(title) + 2) + [1] * (len(body) + 1)
    assert collator.doc_length(1) == len(words)


def test_the_null_document_is_two_separators(collator, tokenizer):
    batch = collator.candidates(np.array([[0]]))
    assert words_of(tokenizer, batch.candidate_ids[0], batch.candidate_mask[0]) == ["[CLS]", "[SEP]", "[SEP]"]
    assert collator.doc_length(0) == 3


def test_each_distinct_passage_is_embedded_once_and_found_again(collator):
    rows = np.array([[0, 7, 3], [0, 3, 9], [7, 7, 7]])
    batch = collator.candidates(rows)
    assert len(batch.candidate_ids) == 4
    alone = {row: collator.candidates(np.array([[row]])) for row in (0, 3, 7, 9)}
    for b, k in np.ndindex(rows.shape):
        place = batch.place[b, k]
        ids = batch.candidate_ids[place][batch.candidate_mask[place]]
        assert torch.equal(ids, alone[int(rows[b, k])].candidate_ids[0])


def test_joint_is_x_and_the_body_without_the_title(tokenizer, lengths):
    """join_BERT(x, z_body): the reader never sees the title."""
    corpus = Corpus([Passage(id="1", title="Tarmo", text="born in Oxley")])
    collator = Collator(tokenizer, corpus, lengths)
    pieces = tokenizer.encode("was still born")
    joint = collator.joint([MaskedExample("was still born", pieces, np.array([1]))], np.array([[0, 1]]))
    assert words_of(tokenizer, joint.joint_ids[0, 1], joint.joint_mask[0, 1]) == [
        "[CLS]", "was", "[MASK]", "born", "[SEP]", "born", "in", "oxley", "[SEP]",
    ]  # fmt: skip
    assert words_of(tokenizer, joint.joint_ids[0, 0], joint.joint_mask[0, 0]) == [
        "[CLS]", "was", "[MASK]", "born", "[SEP]", "[SEP]",
    ]  # fmt: skip
    assert joint.joint_segments[0, 1].tolist() == [0] * 5 + [1] * 4
    assert joint.joint_ids[0, :, joint.mask_places[0, 0]].tolist() == [tokenizer.mask] * 2


def test_mask_places_point_at_masks(collator, tokenizer, hide, people):
    examples = [hide(p.news, hidden) for p in people[:4] for hidden in (p.name, p.year, p.town)]
    rows = np.arange(len(examples) * 3).reshape(-1, 3) % 25
    joint = collator.joint(examples, rows)
    assert {int(n) for n in joint.target_mask.sum(1)} >= {1, 2}
    for b, example in enumerate(examples):
        count = len(example.positions)
        assert joint.target_mask[b].tolist() == [True] * count + [False] * (
            joint.target_mask.shape[1] - count
        )
        for k in range(3):
            there = joint.joint_ids[b, k][joint.mask_places[b, :count]]
            assert (there == tokenizer.mask).all()
            assert (joint.joint_ids[b, k] == tokenizer.mask).sum() == count


def test_only_examples_whose_mask_survives_the_cut_fit(collator, tokenizer, hide):
    filler = "born " * (collator.lengths.qlen - 3)
    assert collator.fits(hide(f"{filler} Tarmo", "Tarmo"))
    assert not collator.fits(hide(f"{filler} in Tarmo", "Tarmo"))
    assert collator.fits(hide(f"Tarmo {filler} {filler}", "Tarmo"))
    text = "born " * 12
    assert not collator.fits(
        MaskedExample(text, tokenizer.encode(text), np.arange(collator.lengths.masks + 1))
    )


def test_lengths_are_obeyed(tokenizer, corpus, people, hide):
    lengths = LengthConfig(qlen=12, dlen=20, jlen=24, masks=4, span=4)
    collator = Collator(tokenizer, corpus, lengths)
    with (
        pytest.warns(UserWarning, match="does not see the ends of 24 of 24"),
        pytest.warns(UserWarning, match="24 of 24 passages are longer"),
    ):
        collator.prepare()
    texts = [hide(p.news, p.year) for p in people]
    rows = np.tile(np.arange(24) + 1, (24, 1))
    assert collator.queries(texts).query_ids.shape[1] == 12
    assert collator.candidates(rows).candidate_ids.shape[1] == 20
    joint = collator.joint(texts, rows)
    assert joint.joint_ids.shape[2] == 24
    last = joint.joint_ids.gather(2, joint.joint_mask.sum(2, keepdim=True) - 1)
    assert (last == tokenizer.sep).all()
    spans = collator.spans([t.pieces for t in texts], rows, [[tokenizer.encode(p.town).ids] for p in people])
    assert spans.span_end.max() < 24 - 1
    ends = spans.joint_ids.gather(2, spans.span_end.flatten(2))
    assert not ((ends == tokenizer.sep) & spans.is_span).any()


def test_long_passages_are_cut_with_a_warning_that_counts(tokenizer, people, lengths):
    texts = [p.body for p in people[:3]] + [" ".join(p.body for p in people)] * 2
    for already in ([], [4], [0, 1, 4, 5]):
        collator = Collator(tokenizer, Corpus.from_texts(texts), lengths)
        assert all(collator.doc_length(row) <= 64 for row in already)
        with pytest.warns(
            UserWarning, match=r"^2 of 5 passages are longer than LengthConfig\.dlen=64 wordpieces"
        ):
            collator.prepare()
        collator.prepare()
        assert 60 < collator.doc_length(5) <= 64
    Collator(tokenizer, Corpus.from_texts(texts[:3]), lengths).prepare()


def test_a_long_title_leaves_room_for_the_body(tokenizer, lengths):
    corpus = Corpus([Passage(id="1", title="born " * 100, text="in Tarmo " * 5)])
    collator = Collator(tokenizer, corpus, lengths)
    assert collator.doc_length(1) <= lengths.dlen
    assert len(collator.body(1)) == 10


# --- answer spans ----------------------------------------------------------------------------


def spans_of(tokenizer, lengths, text, *answers, question="where?"):
    collator = Collator(tokenizer, Corpus.from_texts([text]), lengths)
    pieces = tokenizer.encode(question)
    wanted = [[tokenizer.encode(a).ids for a in answers]]
    batch = collator.spans([pieces], np.array([[0, 1]]), wanted)
    offset = len(pieces) + 2

    def texts(which):
        found = zip(batch.span_start[0, 1][which] - offset, batch.span_end[0, 1][which] - offset, strict=True)
        return [collator.span_text(1, int(a), int(b)) for a, b in found]

    return batch, texts(batch.is_span[0, 1]), texts(batch.is_answer[0, 1])


def test_spans_are_all_runs_of_whole_words(tokenizer, lengths):
    batch, spans, answers = spans_of(tokenizer, lengths, "Born in Tarmo.", "tarmo")
    words = ["Born", " in", " Tarmo", "."]
    assert sorted(spans) == sorted("".join(words[a:b]).strip() for a in range(4) for b in range(a + 1, 5))
    assert answers == ["Tarmo"]
    assert not batch.is_span[0, 0].any()
    assert not (batch.is_answer & ~batch.is_span).any()


def test_every_occurrence_of_every_answer_counts(tokenizer, lengths):
    _, _, answers = spans_of(tokenizer, lengths, "Tarmo or Oxley, TARMO again.", "Tarmo", "oxley")
    assert sorted(answers) == ["Oxley", "TARMO", "Tarmo"]


def test_an_answer_inside_a_longer_word_is_no_answer(tokenizer, lengths):
    """The wordpieces of the answer begin the longer word, yet the words differ."""
    longer = "tarmoxx"
    inside, answer = tokenizer.encode(longer), tokenizer.encode("tarmo")
    assert inside.ids[: len(answer)].tolist() == answer.ids.tolist()
    assert len(inside) > len(answer)
    _, spans, answers = spans_of(tokenizer, lengths, f"Born in {longer} once", "tarmo")
    assert answers == []
    assert "tarmoxx" in spans


def test_a_word_that_the_cut_halves_is_no_answer(tokenizer):
    """A body that ends within "tarmoxx" must not end in the answer "tarmo"."""
    head = len(tokenizer.encode("born in tarmo"))
    lengths = LengthConfig(qlen=8, dlen=head + 3, jlen=60, masks=4, span=6)
    _, spans, answers = spans_of(tokenizer, lengths, "Born in tarmoxx once", "tarmo")
    assert answers == []
    assert sorted(spans) == ["Born", "Born in", "in"]


def test_answers_are_cut_with_the_joint_input(tokenizer):
    body = len(tokenizer.encode("born in"))
    question = len(tokenizer.encode("where?"))
    lengths = LengthConfig(qlen=question + 2, dlen=60, jlen=question + 3 + body + 1, masks=4, span=6)
    _, spans, answers = spans_of(tokenizer, lengths, "born in tarmoxx once tarmo", "tarmo")
    assert answers == []
    assert sorted(spans) == ["born", "born in", "in"]


def test_spans_are_no_longer_than_allowed(tokenizer, collator, lengths, people):
    batch = collator.spans([tokenizer.encode("where?")], np.arange(25)[None], [[]])
    length = (batch.span_end - batch.span_start + 1)[batch.is_span]
    assert length.min() == 1
    assert length.max() == lengths.span
    assert not batch.is_answer.any()


def test_answers_of_no_wordpieces_match_nothing(tokenizer, lengths):
    assert spans_of(tokenizer, lengths, "Born in Tarmo.", "")[2] == []


def test_without_answers_nothing_is_an_answer(tokenizer, collator):
    batch = collator.spans([tokenizer.encode("where?")], np.array([[0, 1, 2]]))
    assert batch.is_span.any()
    assert not batch.is_answer.any()


def test_span_text_keeps_case_and_accents(tokenizer, lengths):
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, "Born in Tarmò, Orlà.")
        collator = Collator(tokenizer, Corpus([Passage("a", "", text)]), lengths)
        words = collator.body(1).words
        places = np.flatnonzero(words == 2)
        assert collator.span_text(1, int(places[0]), int(places[-1])) == unicodedata.normalize(form, "Tarmò")


def test_blocks_lose_exactly_the_given_pieces(collator):
    batch = collator.blocks([3, 5], [(2, 6), None])
    whole = [collator.candidates(np.array([[row]])) for row in (3, 5)]
    title = len(collator.title(3)) + 2
    kept = batch.candidate_ids[0][batch.candidate_mask[0]].tolist()
    full = whole[0].candidate_ids[0].tolist()
    assert kept == full[: title + 2] + full[title + 6 :]
    assert batch.candidate_ids[1][batch.candidate_mask[1]].tolist() == whole[1].candidate_ids[0].tolist()
    assert batch.place.tolist() == [[0], [1]]


def test_to_moves_every_field(collator):
    batch = collator.candidates(np.array([[1, 2]]))
    moved = batch.to("meta")
    assert isinstance(moved, CandidateBatch)
    assert {getattr(moved, f.name).device.type for f in dataclasses.fields(moved)} == {"meta"}
    assert batch.candidate_ids.device.type == "cpu"


def test_batches_are_frozen(collator):
    with pytest.raises(dataclasses.FrozenInstanceError):
        collator.candidates(np.array([[1]])).place = None


@pytest.mark.parametrize("seed", range(3))
def test_passages_that_hold_an_answer_are_found_without_joining_the_others(collator, tokenizer, people, seed):
    rng = np.random.default_rng(seed)
    questions = tokenizer.encode_many([f"where was {p.name} born?" for p in people[:6]])
    words = [[p.town, p.year][: 1 + i % 2] for i, p in enumerate(people[:6])]
    answers = [[tokenizer.encode(w).ids for w in some] for some in words]
    rows = rng.integers(0, 25, size=(6, 9))
    rows[:3, 0] = [1, 2, 3]
    expected, where = collator.spans(questions, rows, answers).answering()
    found, held = collator.answering_spans(questions, rows, answers)
    assert torch.equal(held, where) and held.any()
    for name in ("joint_ids", "span_start", "span_end", "is_span", "is_answer"):
        a, b = getattr(found, name), getattr(expected, name)
        assert torch.equal(a, b[..., : a.shape[-1]]) and not b[..., a.shape[-1] :].any()
    none, nowhere = collator.answering_spans(questions[:1], rows[:1], [[np.array([7, 7, 7])]])
    assert none is None and not nowhere.any()
