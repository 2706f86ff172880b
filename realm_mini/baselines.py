"""What REALM is compared with: a closed-book model, and BM25 with the same reader (Table 1).

Level 8.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from realm_mini.batch import Collator
from realm_mini.config import ObjectiveConfig, TrainConfig
from realm_mini.corpus import Question
from realm_mini.finetuning import QuestionSet
from realm_mini.fit import Info, Step, epochs, fit, grouped
from realm_mini.lexical import Lexical
from realm_mini.masking import MaskedExample
from realm_mini.model import TOP_K, Answer, Realm
from realm_mini.parallel import ALONE, Workers
from realm_mini.reader import Reader
from realm_mini.text import Pieces
from realm_mini.train import masked_lm

MAX_SLOTS = 8


def slots_example(question: Pieces, text: str, answer: np.ndarray) -> MaskedExample:
    """Return the question with its answer behind it, the answer hidden: [CLS] x [MASK]... [SEP]."""
    n, m = len(question), len(answer)
    pieces = Pieces(
        np.concatenate((question.ids, answer)),
        np.concatenate((question.starts, np.full(m, len(text), dtype=np.int32))),
        np.concatenate((question.ends, np.full(m, len(text), dtype=np.int32))),
        np.concatenate((question.words, np.full(m, -1, dtype=np.int32))),
    )
    return MaskedExample(text, pieces, np.arange(n, n + m))


class ClosedBook:
    """T5's counterpart: it knows only its weights, and writes answers into [MASK] slots.

    How many slots an answer has is chosen by the model's own score, the mean log-probability of a
    slot.
    """

    def __init__(self, reader: Reader, collator: Collator) -> None:
        self.reader, self.collator = reader, collator

    def pretrain(
        self, masked: Iterator[MaskedExample], config: TrainConfig, workers: Workers = ALONE
    ) -> Iterator[Step]:
        """Train it on masked texts of X and Z."""
        return masked_lm(self.reader, self.collator, masked, config, workers)

    def finetune(
        self,
        questions: Sequence[Question],
        config: TrainConfig,
        rng: np.random.Generator,
        workers: Workers = ALONE,
    ) -> Iterator[Step]:
        """Train it to write the canonical answer behind the question; patterns have none: left out."""
        known = QuestionSet(questions, self.collator)
        examples = [
            slots_example(pieces, text, answers[0])
            for pieces, text, answers in zip(known.pieces, known.texts, known.answers, strict=True)
            if answers and 0 < len(answers[0]) <= MAX_SLOTS
        ]
        fitting = [e for e in examples if self.collator.fits(e)]
        endless = (fitting[i] for i in epochs(len(fitting), rng))
        return masked_lm(self.reader, self.collator, endless, config, workers)

    def spelled(self, questions: Sequence[Question]) -> list[Question]:
        """Return the questions with their answers as this model would write them, to compare its own with.

        It writes wordpieces, which know neither capitals nor accents nor what stood between the parts of
        "Atlantic-Congo"; all others copy their answers from passages.  Patterns stay as they are.
        """
        tokenizer = self.collator.tokenizer
        return [
            question
            if question.has_patterns
            else replace(
                question,
                answers=tuple(tokenizer.decode(p.ids) for p in tokenizer.encode_many(question.answers)),
            )
            for question in questions
        ]

    @torch.no_grad()
    def answer_many(self, questions: Sequence[str], batch: int = 64) -> list[str]:
        """Return one answer a question, spelt in wordpieces; :meth:`spelled` makes it comparable."""
        self.reader.eval()
        tokenizer = self.collator.tokenizer
        device = next(self.reader.parameters()).device
        answers: list[str] = []
        for start in range(0, len(questions), batch):
            texts = list(questions[start : start + batch])
            room = self.collator.lengths.qlen - 2 - MAX_SLOTS
            pieces = [p.cut(room) for p in tokenizer.encode_many(texts)]
            best: list[tuple[float, str]] = [(float("-inf"), "")] * len(texts)
            for slots in range(1, MAX_SLOTS + 1):
                blank = np.full(slots, tokenizer.mask, dtype=np.int64)
                examples = [slots_example(p, t, blank) for p, t in zip(pieces, texts, strict=True)]
                joint = self.collator.joint(examples, np.zeros((len(texts), 1), dtype=np.int64)).to(device)
                log_p, guess = torch.log_softmax(self.reader.vocab_logits(joint)[:, 0], dim=-1).max(-1)
                for i, score in enumerate(log_p.mean(-1).tolist()):
                    if score > best[i][0]:
                        best[i] = (score, tokenizer.decode(guess[i].tolist()))
            answers += [text for _, text in best]
        return answers


class LexicalReader:
    """BM25 + the same reader: p(z|x) is a softmax of BM25 scores, their scale learnt."""

    def __init__(self, realm: Realm, lexical: Lexical) -> None:
        self.realm, self.lexical = realm, lexical
        self.reader = copy.deepcopy(realm.reader)
        self.scale = nn.ParameterList([nn.Parameter(torch.tensor(0.3))])

    def finetune(
        self,
        questions: Sequence[Question],
        config: TrainConfig,
        objective: ObjectiveConfig,
        rng: np.random.Generator,
        k: int = TOP_K,
        workers: Workers = ALONE,
    ) -> Iterator[Step]:
        """Train the reader on the passages that BM25 finds."""
        known = QuestionSet(questions, self.realm.collator)
        rows, scores = self.lexical.search(known.texts, k)
        device = self.realm.device
        self.scale.to(device)

        def loss(whole: list[int]) -> tuple[torch.Tensor, Info]:
            batch = workers.part(whole)
            scaled = self.scale[0] * torch.from_numpy(scores[batch]).to(device)
            return known.loss(batch, scaled, self.reader, rows[batch], objective.span, workers)

        groups = [(self.reader, 1.0), (self.scale, 10.0)]
        return fit(loss, grouped(epochs(len(questions), rng), config.batch), groups, config, workers)

    @torch.no_grad()
    def answer_many(self, questions: Sequence[str], k: int = TOP_K, batch: int = 32) -> list[Answer]:
        """Return one answer a question, with the passages of BM25."""
        view = copy.copy(self.realm)
        view.reader = self.reader
        answers: list[Answer] = []
        for start in range(0, len(questions), batch):
            texts = list(questions[start : start + batch])
            rows, scores = self.lexical.search(texts, k)
            log_p_z = torch.log_softmax(self.scale[0].cpu() * torch.from_numpy(scores), dim=-1)
            answers += view.read(texts, self.realm.tokenizer.encode_many(texts), rows, log_p_z)
        return answers
