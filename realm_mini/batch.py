"""The only door from text to tensors: padded batches of queries, passages and joint inputs.

Masks are True where there is something.  A :class:`Collator` holds the tokenized corpus, so that a
passage is cut into wordpieces once.  Level 3.
"""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Bool, Int
from tokenizers import models
from torch import Tensor

from realm_mini.config import LengthConfig
from realm_mini.corpus import Corpus
from realm_mini.inputs import CandidateBatch, JointBatch, QueryBatch, SpanBatch, pad
from realm_mini.masking import MaskedExample
from realm_mini.text import Pieces, Tokenizer


class Collator:
    """Makes the batches of one corpus, one tokenizer and one set of lengths."""

    def __init__(self, tokenizer: Tokenizer, corpus: Corpus, lengths: LengthConfig) -> None:
        self.tokenizer, self.corpus, self.lengths = tokenizer, corpus, lengths
        self._has_one_form = isinstance(tokenizer.backend.model, models.WordPiece)
        self._docs: dict[int, tuple[np.ndarray, Pieces]] = {}
        self._spans: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self.cut = 0  # passages cut short that no warning has told of
        self._crowded = 0  # and those whose ends a long question may leave no room for

    def prepare(self) -> None:
        """Cut all passages into wordpieces at once; otherwise each is cut when it is first needed.

        Warns how many passages are longer than ``LengthConfig.dlen`` and were cut short, and of how many
        the reader may not see the end, ``LengthConfig.jlen`` being small.
        """
        if missing := [row for row in range(len(self.corpus)) if row not in self._docs]:
            self._encode(missing)
        self.warn_of_cuts(stacklevel=3)

    def warn_of_cuts(self, stacklevel: int = 2) -> None:
        """Warn how many passages were cut short since the last such warning, if any were."""
        if self.cut:
            warnings.warn(
                f"{self.cut} of {len(self.corpus) - 1} passages are longer than LengthConfig.dlen="
                f"{self.lengths.dlen} wordpieces and were cut. Split them, or raise dlen.",
                stacklevel=stacklevel,
            )
        if self._crowded:
            least = self.lengths.qlen + self.lengths.dlen - 2
            warnings.warn(
                f"Beside a long text x the reader does not see the ends of {self._crowded} of "
                f"{len(self.corpus) - 1} passages: LengthConfig.jlen={self.lengths.jlen}. "
                f"Raise jlen to {least}.",
                stacklevel=stacklevel,
            )
        self.cut = self._crowded = 0

    def warn_of_long(self, texts: Sequence[Pieces], stacklevel: int = 3, what: str = "questions") -> None:
        """Warn of texts that are longer than ``LengthConfig.qlen``: the model does not see their ends."""
        if cut := sum(len(text) > self.lengths.qlen - 2 for text in texts):
            warnings.warn(
                f"{cut} of {len(texts)} {what} are longer than LengthConfig.qlen={self.lengths.qlen} "
                "wordpieces, and their ends are not seen. Shorten them, or raise qlen.",
                stacklevel=stacklevel,
            )

    def adopt(self, other: "Collator", places: dict[int, int]) -> None:
        """Take over the wordpieces that another collator cut: its row ``old`` is ``places[old]`` here."""
        self._docs |= {places[old]: pieces for old, pieces in other._docs.items() if old in places}

    def title(self, row: int) -> np.ndarray:
        """Return the wordpiece ids of a passage's title, at most half of what there is room for."""
        return self._doc_pieces(row)[0]

    def body(self, row: int) -> Pieces:
        """Return the wordpieces of a passage's body, cut to ``LengthConfig.dlen`` with its title."""
        return self._doc_pieces(row)[1]

    def _doc_pieces(self, row: int) -> tuple[np.ndarray, Pieces]:
        if row not in self._docs:
            self._encode([row])
        return self._docs[row]

    def _encode(self, rows: Sequence[int]) -> None:
        """Cut passages into wordpieces, and count those that are too long."""
        room = self.lengths.dlen - 3
        titles = self.tokenizer.encode_many([self.corpus[r].title for r in rows])
        bodies = self.tokenizer.encode_many([self.corpus[r].text for r in rows])
        for row, title, body in zip(rows, titles, bodies, strict=True):
            ids = title.ids[: room // 2]
            end = room - len(ids)
            if len(body) > end:
                self.cut += 1
                # Never within a word: its beginning could pass for an answer.
                end = max(np.flatnonzero(np.diff(body.words[: end + 1])) + 1, default=end)
            self._docs[row] = (ids, body.cut(end))
            self._crowded += len(self._docs[row][1]) > self.lengths.jlen - self.lengths.qlen - 1

    def queries(self, texts: Sequence[Pieces | MaskedExample]) -> QueryBatch:
        """Return [CLS] x [SEP] of each text; hidden wordpieces become [MASK]."""
        rows = [self._wrap(self.query_ids(t)) for t in texts]
        return QueryBatch(*pad(rows, self.tokenizer.pad))

    def query_ids(self, text: Pieces | MaskedExample) -> np.ndarray:
        """Return the wordpieces of x as the model sees them, cut to ``LengthConfig.qlen``."""
        room = self.lengths.qlen - 2
        if isinstance(text, Pieces):
            return text.ids[:room]
        ids = text.pieces.ids.copy()
        ids[text.positions] = self.tokenizer.mask
        return ids[:room]

    def fits(self, example: MaskedExample) -> bool:
        """Return whether no hidden wordpiece of the example would be cut off."""
        return (
            int(example.positions[-1]) < self.lengths.qlen - 2
            and len(example.positions) <= self.lengths.masks
        )

    def candidates(self, rows: Int[np.ndarray, "batch k"]) -> CandidateBatch:
        """Return the distinct passages among ``rows``, title and body, ready to embed."""
        distinct, place = np.unique(rows, return_inverse=True)
        ids, segments = zip(*(self._doc(int(row)) for row in distinct), strict=True)
        candidate_ids, candidate_mask = pad(ids, self.tokenizer.pad)
        return CandidateBatch(
            candidate_ids, candidate_mask, pad(segments)[0], torch.from_numpy(place.reshape(rows.shape))
        )

    def blocks(self, rows: Sequence[int], without: Sequence[tuple[int, int] | None]) -> CandidateBatch:
        """Return one block a row for the inverse cloze task, a run of body wordpieces taken out."""
        ids, segments = zip(*(self._doc(r, w) for r, w in zip(rows, without, strict=True)), strict=True)
        candidate_ids, candidate_mask = pad(ids, self.tokenizer.pad)
        return CandidateBatch(
            candidate_ids, candidate_mask, pad(segments)[0], torch.arange(len(rows)).unsqueeze(1)
        )

    def doc_length(self, row: int) -> int:
        """Return the number of wordpieces of one passage as :meth:`candidates` makes it."""
        return len(self.title(row)) + len(self.body(row)) + 3

    def joint(self, examples: Sequence[MaskedExample], rows: Int[np.ndarray, "batch k"]) -> JointBatch:
        """Return each masked text joined with the body of each of its candidates."""
        queries = [self.query_ids(e) for e in examples]
        joint = self._join(queries, rows)
        places, target_mask = pad([e.positions + 1 for e in examples])
        targets, _ = pad([e.targets for e in examples], self.tokenizer.pad)
        return JointBatch(*joint, mask_places=places, target_ids=targets, target_mask=target_mask)

    def spans(
        self,
        questions: Sequence[Pieces | MaskedExample],
        rows: Int[np.ndarray, "batch k"],
        answers: Sequence[Sequence[np.ndarray]] | None = None,
    ) -> SpanBatch:
        """Return each question joined with its passages, and the spans that may answer it.

        ``answers``: the wordpieces of the accepted answers of each question; a span is an answer
        when its wordpieces equal one of them, whole words on both sides.
        """
        queries = [self.query_ids(q) for q in questions]
        joint = self._join(queries, rows)
        starts, ends, matches = [], [], []
        for number, query in enumerate(queries):
            offset = len(query) + 2
            for row in rows[number]:
                room = self.lengths.jlen - len(query) - 3
                start, end = self._body_spans(int(row))
                inside = end < room
                start, end = start[inside], end[inside]
                starts.append(start + offset)
                ends.append(end + offset)
                wanted = answers[number] if answers is not None else ()
                matches.append(_equal_spans(self.body(row).ids, start, end, wanted))
        shape = (*rows.shape, -1)
        span_start, is_span = pad(starts)
        return SpanBatch(
            *joint,
            span_start=span_start.view(shape),
            span_end=pad(ends)[0].view(shape),
            is_span=is_span.view(shape),
            is_answer=pad(matches)[0].bool().view(shape),
        )

    def answering_spans(
        self,
        questions: Sequence[Pieces],
        rows: Int[np.ndarray, "batch k"],
        answers: Sequence[Sequence[np.ndarray]],
    ) -> tuple[SpanBatch | None, Bool[Tensor, "batch k"]]:
        """Return what ``spans(...).answering()`` does, the other passages not even looked at closely.

        None where no passage holds an answer.
        """
        held = np.array(
            [
                [any(self.holds(int(r), a) for a in wanted) for r in candidates]
                for wanted, candidates in zip(answers, rows, strict=True)
            ]
        )
        if not (pairs := np.argwhere(held).tolist()):
            return None, torch.from_numpy(held)
        read = self.spans(
            [questions[q] for q, _ in pairs],
            np.array([[rows[q, c]] for q, c in pairs]),
            [answers[q] for q, _ in pairs],
        )
        kept, exact = read.answering()  # whole words only, and only what the length leaves
        held[held] = exact[:, 0].numpy()
        return (kept if len(kept.joint_ids) else None), torch.from_numpy(held)

    def forms(self, answers: Sequence[str]) -> list[Int[np.ndarray, " masks"]]:
        """Return the wordpieces of answers as a passage may hold them.

        Byte-level tokenizers cut a word behind a bracket or quote otherwise than behind a space: two forms.
        """
        known = [p.ids for p in self.tokenizer.encode_many(answers)]
        if self._has_one_form:
            return known
        behind = self.tokenizer.encode_many([f"({answer}" for answer in answers])
        others = [p.ids[p.starts > 0] for p in behind]
        return known + [o for o, ids in zip(others, known, strict=True) if not np.array_equal(o, ids)]

    def wanted(self, example: MaskedExample) -> list[Int[np.ndarray, " masks"]]:
        """Return the hidden words as a passage may hold them: as they stand in x, and in other forms."""
        others = [] if self._has_one_form else self.forms([example.hidden_text])
        return [example.targets, *(o for o in others if not np.array_equal(o, example.targets))]

    def holds(self, row: int, pieces: Int[np.ndarray, " masks"]) -> bool:
        """Return whether the wordpieces stand side by side in the body of a passage."""
        return next(_places(self.body(row).ids, pieces), None) is not None

    def span_text(self, row: int, start: int, end: int) -> str:
        """Return the characters of a passage from body wordpiece ``start`` to ``end`` inclusive."""
        body = self.body(row)
        return self.corpus[row].text[body.starts[start] : body.ends[end]]

    def _wrap(self, ids: np.ndarray) -> np.ndarray:
        return np.concatenate(([self.tokenizer.cls], ids, [self.tokenizer.sep]))

    def _doc(self, row: int, without: tuple[int, int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        title, body = self.title(row), self.body(row).ids
        if without is not None:
            body = np.delete(body, slice(*without))
        ids = np.concatenate((self._wrap(title), body, [self.tokenizer.sep]))
        return ids, np.repeat([0, 1], [len(title) + 2, len(body) + 1])

    def _join(
        self, queries: Sequence[np.ndarray], rows: Int[np.ndarray, "batch k"]
    ) -> tuple[Int[Tensor, "batch k jlen"], Bool[Tensor, "batch k jlen"], Int[Tensor, "batch k jlen"]]:
        joined, segments = [], []
        for query, candidates in zip(queries, rows, strict=True):
            head = self._wrap(query)
            for row in candidates:
                body = self.body(row).ids[: self.lengths.jlen - len(head) - 1]
                joined.append(np.concatenate((head, body, [self.tokenizer.sep])))
                segments.append(np.repeat([0, 1], [len(head), len(body) + 1]))
        ids, mask = pad(joined, self.tokenizer.pad)
        shape = (*rows.shape, -1)
        return ids.view(shape), mask.view(shape), pad(segments)[0].view(shape)

    def _body_spans(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (start, end) of all runs of whole words of at most ``LengthConfig.span`` pieces."""
        if row not in self._spans:
            words = self.body(row).words
            edge = np.flatnonzero(np.diff(words, prepend=-2, append=-2))
            first, last = edge[:-1], edge[1:] - 1
            start, end = np.meshgrid(first, last, indexing="ij")
            keep = (end >= start) & (end - start < self.lengths.span)
            self._spans[row] = (start[keep], end[keep])
        return self._spans[row]


def _places(body: np.ndarray, answer: np.ndarray) -> Iterator[int]:
    """Yield where in the body the wordpieces of the answer begin."""
    last = len(body) - len(answer)
    if len(answer) and last >= 0:
        for first in np.flatnonzero(body[: last + 1] == answer[0]).tolist():
            if np.array_equal(body[first : first + len(answer)], answer):
                yield first


def _equal_spans(
    body: np.ndarray, start: np.ndarray, end: np.ndarray, answers: Sequence[np.ndarray]
) -> np.ndarray:
    found = np.zeros(len(start), dtype=np.int64)
    for answer in answers:
        for first in _places(body, answer):
            found[(start == first) & (end == first + len(answer) - 1)] = 1
    return found
