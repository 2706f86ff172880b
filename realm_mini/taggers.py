"""A small trained tagger of salient spans: the counterpart of the paper's BERT tagger (section 3.4).

The paper trains its tagger on CoNLL-2003; ours learns from the annotated passages of the pocket
world, the only use that training makes of gold spans.  Level 5.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import nn

from realm_mini.batch import pad
from realm_mini.config import EncoderConfig
from realm_mini.encoder import Encoder
from realm_mini.errors import RealmError
from realm_mini.masking import Span, pieces_of
from realm_mini.text import Pieces, Tokenizer, split_sentences

OUTSIDE, BEGIN, INSIDE = 0, 1, 2


class TokenTagger(nn.Module):
    """wordpieces -> outside, begin or inside of a salient span."""

    def __init__(self, encoder: EncoderConfig, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.tokenizer, self.positions = tokenizer, encoder.positions
        self.encoder = Encoder(encoder, tokenizer.pad)
        self.out = nn.Linear(self.encoder.hidden, 3)

    def logits(self, pieces: Sequence[Pieces]) -> torch.Tensor:
        """Return the scores of the three labels, shape (rows, length, 3)."""
        t = self.tokenizer
        ids, mask = pad(
            [np.concatenate(([t.cls], p.ids[: self.positions - 2], [t.sep])) for p in pieces], t.pad
        )
        device = self.out.weight.device
        return self.out(self.encoder(ids.to(device), mask.to(device)))[:, 1:]

    @torch.no_grad()
    def tag_many(self, texts: Sequence[str], batch: int = 256) -> list[list[Span]]:
        """Return the salient spans of each text, whole words only."""
        self.eval()
        pieces = self.tokenizer.encode_many(list(texts))
        found: list[list[Span]] = [[] for _ in texts]
        order = np.argsort([len(p) for p in pieces], kind="stable")
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            labels = self.logits([pieces[i] for i in places]).argmax(-1).cpu().numpy()
            for i, row in zip(places, labels, strict=True):
                found[i] = _spans(pieces[i], row)
        return found

    def __call__(self, *args, **kwargs) -> list[Span]:  # noqa: ANN002, ANN003
        """Tag one text: this makes the module a tagger like any other."""
        return self.tag_many([args[0]])[0]


def _spans(pieces: Pieces, labels: np.ndarray) -> list[Span]:
    spans: list[Span] = []
    length = min(len(pieces), len(labels))
    for i in range(length):
        first_of_word = i == 0 or pieces.words[i] != pieces.words[i - 1]
        runs_on = bool(spans) and i > 0 and spans[-1].end == pieces.ends[i - 1]
        if labels[i] == BEGIN and first_of_word:
            spans.append(Span(int(pieces.starts[i]), int(pieces.ends[i]), "tagged"))
        elif runs_on and (labels[i] != OUTSIDE or not first_of_word):
            spans[-1] = spans[-1]._replace(end=int(pieces.ends[i]))
    return spans


def labels_of(pieces: Pieces, spans: Sequence[Span]) -> np.ndarray:
    """Return the label of each wordpiece."""
    labels = np.zeros(len(pieces), dtype=np.int64)
    for span in spans:
        places = pieces_of(pieces, span)
        labels[places] = INSIDE
        labels[places[:1]] = BEGIN
    return labels


def tagging_examples(texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[tuple[str, list[Span]]]:
    """Return each sentence of each text with the spans inside it, moved to its own start."""
    found = []
    for text, gold in zip(texts, spans, strict=True):
        for start, end in split_sentences(text):
            inside = [
                Span(s.start - start, s.end - start, s.label)
                for s in gold
                if start <= s.start and s.end <= end
            ]
            found.append((text[start:end], inside))
    return found


def tagging_batches(
    tagger: TokenTagger, examples: Sequence[tuple[str, list[Span]]], size: int, rng: np.random.Generator
) -> Iterator[tuple[list[Pieces], list[np.ndarray]]]:
    """Yield random batches of (wordpieces, labels) without end."""
    if not examples:
        raise RealmError("There are no annotated sentences to train the tagger on.")
    pieces = tagger.tokenizer.encode_many([text for text, _ in examples])
    while True:
        chosen = rng.integers(len(examples), size=size)
        yield [pieces[i] for i in chosen], [labels_of(pieces[i], examples[i][1]) for i in chosen]


def tagging_loss(
    tagger: TokenTagger, batch: tuple[list[Pieces], list[np.ndarray]]
) -> tuple[torch.Tensor, dict[str, float]]:
    """Return the mean cross-entropy of the labels, padding left out."""
    pieces, labels = batch
    logits = tagger.logits(pieces)
    wanted, mask = pad(labels)
    wanted, mask = wanted.to(logits.device), mask.to(logits.device)
    width = wanted.shape[1]
    loss = nn.functional.cross_entropy(logits[:, :width][mask], wanted[mask])
    return loss, {"accuracy": (logits[:, :width].argmax(-1) == wanted)[mask].float().mean().item()}
