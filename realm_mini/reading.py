"""Reading candidates for an answer: from span scores to answers with their evidence.  Level 5."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int

from realm_mini.answers import Answer, best_answer
from realm_mini.batch import Collator
from realm_mini.reader import Reader
from realm_mini.text import Pieces


@torch.no_grad()
def read_spans(
    reader: Reader,
    collator: Collator,
    texts: Sequence[str],
    pieces: Sequence[Pieces],
    rows: Int[np.ndarray, "batch k"],
    log_p_z: Float[torch.Tensor, "batch k"],
) -> list[Answer]:
    """Return the best answer to each text given its candidates and their log p(z|x)."""
    reader.eval()
    spans = collator.spans(pieces, rows).to(log_p_z.device)
    logits = reader.span_logits(spans).masked_fill(~spans.is_span, float("-inf"))
    p_span = torch.softmax(logits, dim=-1).nan_to_num(0.0).cpu().numpy()
    p_z = log_p_z.exp().cpu().numpy()
    starts, ends = spans.span_start.cpu().numpy(), spans.span_end.cpu().numpy()
    answers = []
    for i, text in enumerate(texts):
        offset = len(collator.query_ids(pieces[i])) + 2

        def span_text(place: int, s: int, i: int = i, offset: int = offset) -> str:
            bounds = (int(starts[i, place, s]) - offset, int(ends[i, place, s]) - offset)
            return collator.span_text(int(rows[i, place]), *bounds)

        answers.append(best_answer(text, collator.corpus, rows[i], p_z[i], p_span[i], span_text))
    return answers
