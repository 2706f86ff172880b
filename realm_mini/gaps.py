"""Filling a gap: what a [MASK] may stand for, and the likeliest words for it.  Level 4."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from realm_mini.answers import Answer, ReadPassage, by_weight
from realm_mini.batch import Collator
from realm_mini.corpus import NULL_ROW, Corpus
from realm_mini.errors import RealmError
from realm_mini.masking import MaskedExample, mask_marked, with_masks
from realm_mini.text import Tokenizer

FILL_PIECES = 6  # wordpieces that a single [MASK] may stand for


def fillings(text: str, tokenizer: Tokenizer, collator: Collator) -> list[MaskedExample]:
    """Return the text with one to six masks in place of its [MASK]; several side by side stay as many.

    Raises:
        RealmError: no [MASK], more than one masked span, or no room for it.
    """
    marked = mask_marked(text, tokenizer)
    places = np.flatnonzero(marked.ids == tokenizer.mask)
    one = len(places) == 1
    lengths = range(1, min(FILL_PIECES, collator.lengths.masks) + 1) if one else [len(places)]
    tried = [with_masks(text, marked, int(places[0]), len(places), n) for n in lengths]
    if not (fitting := [example for example in tried if collator.fits(example)]):
        raise RealmError(
            f"The masks are more than LengthConfig.masks={collator.lengths.masks}, or stand behind the "
            f"first LengthConfig.qlen={collator.lengths.qlen} wordpieces. Use fewer, or shorten the text."
        )
    collator.warn_of_long([fitting[0].pieces], what="texts", stacklevel=4)
    return fitting


def best_filling(
    example: MaskedExample,
    corpus: Corpus,
    tokenizer: Tokenizer,
    rows: Int[np.ndarray, " k"],
    log_p_z: Float[Tensor, " k"],
    log_p_word: Float[Tensor, "k masks vocab"],
) -> Answer:
    """Return the words with the largest p(y|x) among those that each candidate would write itself."""
    words = log_p_word[..., : tokenizer.vocab].clone()
    words[..., list(tokenizer.special)] = float("-inf")
    guesses = words.argmax(-1)  # (k, masks): what each passage would write
    log_p_y = torch.stack(  # (guess, k): how likely each passage finds each guess
        [log_p_word.gather(2, g.expand(len(guesses), -1).unsqueeze(2)).squeeze(2).sum(1) for g in guesses]
    )
    total = torch.logsumexp(log_p_z + log_p_y, dim=1)
    best, names = int(total.argmax()), [tokenizer.decode(g.tolist()) for g in guesses]
    passages = [
        ReadPassage(z.id, z.title, z.text, float(log_p_z[i].exp()), names[i], float(log_p_y[i, i].exp()))
        for i, z in ((i, corpus[r]) for i, r in enumerate(rows.tolist()) if r != NULL_ROW)
    ]
    p_null = float(log_p_z.exp()[torch.from_numpy(rows == NULL_ROW)].sum())
    return Answer(example.text, names[best], float(total[best].exp()), by_weight(passages), p_null)
