"""Reading candidates for an answer: from span scores to answers with their evidence.  Level 5."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int

from realm_mini.answers import Answer, best_answer
from realm_mini.batch import Collator
from realm_mini.config import SpanKind
from realm_mini.marginal import log_p_z_of_spans
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
    *,
    span: SpanKind = "passage",
) -> list[Answer]:
    """Return the best answer to each text given its candidates and their log p(z|x).

    ``span``: the form that the reader was trained in.  In the joint one a passage weighs, in the answer
    and its evidence, as much as its spans do in one softmax over all of them; the null document, which
    has none, weighs nothing.
    """
    reader.eval()
    spans = collator.spans(pieces, rows).to(log_p_z.device)
    span_logits = reader.span_logits(spans)
    if span == "joint":
        log_p_z = log_p_z_of_spans(log_p_z, span_logits, spans.is_span)
    logits = span_logits.masked_fill(~spans.is_span, float("-inf"))
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
