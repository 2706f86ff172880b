"""A small trained tagger of salient spans: the counterpart of the paper's BERT tagger (section 3.4).

The paper trains its tagger on CoNLL-2003; ours learns from the annotated passages of the pocket
world, the only use that training makes of gold spans.  Level 5.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import nn

from realm_mini.config import EncoderConfig
from realm_mini.encoder import Encoder
from realm_mini.errors import RealmError
from realm_mini.inputs import pad
from realm_mini.masking import Span, pieces_of
from realm_mini.text import Pieces, Tokenizer, split_sentences

OUTSIDE, BEGIN, INSIDE = 0, 1, 2


SHAPES = 4  # what the first character of a wordpiece is: other, small letter, capital, digit


class TokenTagger(nn.Module):
    """wordpieces -> outside, begin or inside of a salient span.

    The encoder is uncased, and capitals are what names are known by, so the shape of each wordpiece
    and of its neighbours goes to the output layer beside the hidden state.
    """

    def __init__(self, encoder: EncoderConfig, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.tokenizer, self.encoder = tokenizer, Encoder(encoder, tokenizer.pad)
        self.positions = self.encoder.positions
        self.shape = nn.Embedding(SHAPES, 8)
        self.out = nn.Sequential(nn.Linear(self.encoder.hidden + 24, 64), nn.ReLU(), nn.Linear(64, 3))

    def logits(self, texts: Sequence[str], pieces: Sequence[Pieces]) -> torch.Tensor:
        """Return the scores of the three labels, shape (rows, length, 3)."""
        t, device = self.tokenizer, self.shape.weight.device
        room = self.positions - 2
        ids, mask = pad([np.concatenate(([t.cls], p.ids[:room], [t.sep])) for p in pieces], t.pad)
        states = self.encoder(ids.to(device), mask.to(device))[:, 1:-1]
        shapes, _ = pad([shapes_of(text, p.cut(room)) for text, p in zip(texts, pieces, strict=True)])
        # One place of padding at either end: a longer text in the batch must not change the neighbours.
        shape = self.shape(nn.functional.pad(shapes[:, : states.shape[1]], (1, 1)).to(device))
        return self.out(torch.cat((states, shape[:, :-2], shape[:, 1:-1], shape[:, 2:]), dim=-1))

    @torch.no_grad()
    def tag_many(self, texts: Sequence[str], batch: int = 256) -> list[list[Span]]:
        """Return the salient spans of each text, whole words only."""
        self.eval()
        pieces = self.tokenizer.encode_many(list(texts))
        found: list[list[Span]] = [[] for _ in texts]
        order = np.argsort([len(p) for p in pieces], kind="stable")
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            labels = (
                self.logits([texts[i] for i in places], [pieces[i] for i in places]).argmax(-1).cpu().numpy()
            )
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


def shapes_of(text: str, pieces: Pieces) -> np.ndarray:
    """Return the shape of the first character of each wordpiece.

    >>> tokenizer = Tokenizer.train(["in paris , 19"] * 9, vocab=40)
    >>> shapes_of("In paris, 19", tokenizer.encode("In paris, 19"))[[0, 1, -1]].tolist()
    [2, 1, 3]
    """
    first = (text[i : i + 1] for i in pieces.starts.tolist())
    return np.array(
        [2 if c.isupper() else 1 if c.islower() else 3 if c.isdigit() else 0 for c in first], dtype=np.int64
    )


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


TaggingBatch = tuple[list[str], list[Pieces], list[np.ndarray]]


def tagging_batches(
    tagger: TokenTagger, examples: Sequence[tuple[str, list[Span]]], size: int, rng: np.random.Generator
) -> Iterator[TaggingBatch]:
    """Yield random batches of (texts, wordpieces, labels) without end."""
    if not examples:
        raise RealmError("There are no annotated sentences to train the tagger on. Give at least one.")
    texts = [text for text, _ in examples]
    pieces = tagger.tokenizer.encode_many(texts)
    while True:
        chosen = rng.integers(len(examples), size=size)
        labels = [labels_of(pieces[i], examples[i][1]) for i in chosen]
        yield [texts[i] for i in chosen], [pieces[i] for i in chosen], labels


def tagging_loss(tagger: TokenTagger, batch: TaggingBatch) -> tuple[torch.Tensor, dict[str, float]]:
    """Return the mean cross-entropy of the labels, padding left out."""
    texts, pieces, labels = batch
    logits = tagger.logits(texts, pieces)
    wanted, mask = (t.to(logits.device)[:, : logits.shape[1]] for t in pad(labels))
    loss = nn.functional.cross_entropy(logits[mask], wanted[mask])
    return loss, {"accuracy": (logits.argmax(-1) == wanted)[mask].float().mean().item()}
