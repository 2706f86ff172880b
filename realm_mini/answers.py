"""What a reader's spans amount to: one answer with its evidence.  Level 3: no torch."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float, Int

from realm_mini.corpus import NULL_ROW, Corpus
from realm_mini.text import normalize_answer

KEEP = 20  # likeliest spans of a passage that are looked at


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """One passage as it was read: p(z|x), its own best answer y, and p(y|z,x)."""

    id: str
    title: str
    text: str
    p_z: float
    answer: str
    p_y: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer with the largest p(y|x), and the evidence for it, likeliest passage first.

    The p_z of the passages and ``p_null`` sum to 1.
    """

    question: str
    answer: str
    p_y: float
    passages: tuple[ReadPassage, ...]
    p_null: float

    def to_dict(self) -> dict:
        """Return plain dictionaries, ready for JSON."""
        return asdict(self)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks; all text is escaped."""
        from html import escape

        cells = "".join(
            f"<tr><td>{p.p_z:.2f}</td><td>{p.p_y:.2f}</td><td>{escape(p.answer)}</td>"
            f"<td style='text-align:left'><b>{escape(p.title)}</b> {escape(p.text)}</td></tr>"
            for p in self.passages
        )
        return (
            f"<p>{escape(self.question)}<br><b>{escape(self.answer)}</b> (p(y|x) = {self.p_y:.2f})</p>"
            "<table><tr><th>p(z|x)</th><th>p(y|z,x)</th><th>answer in it</th><th>passage</th></tr>"
            f"{cells}<tr><td>{self.p_null:.2f}</td><td></td><td></td><td>the null document</td></tr></table>"
        )


def best_answer(
    question: str,
    corpus: Corpus,
    rows: Int[np.ndarray, " k"],
    p_z: Float[np.ndarray, " k"],
    p_span: Float[np.ndarray, "k spans"],
    span_text: Callable[[int, int], str],
) -> Answer:
    """Return the string with the largest p(y|x) = sum_z p(z|x) sum_s p(s|z,x) (equation 1).

    Spans that are the same string after normalisation are added up, within and across passages.
    ``span_text(place, s)`` writes out span s of candidate ``place``.
    """
    total: dict[str, float] = {}
    best: dict[str, tuple[float, str]] = {}
    passages = []
    for place, row in enumerate(rows.tolist()):
        if row == NULL_ROW:
            continue
        here, written = _strings(p_span[place], lambda s, place=place: span_text(place, s))
        for name, p in here.items():
            share = float(p_z[place]) * p
            total[name] = total.get(name, 0.0) + share
            best[name] = max(best.get(name, (0.0, "")), (share, written[name]))
        top = max(here, key=here.__getitem__, default="")
        z = corpus[row]
        passages.append(
            ReadPassage(z.id, z.title, z.text, float(p_z[place]), written.get(top, ""), here.get(top, 0.0))
        )
    winner = max(total, key=total.__getitem__, default="")
    return Answer(
        question=question,
        answer=best[winner][1] if winner else "",
        p_y=total.get(winner, 0.0),
        passages=by_weight(passages),
        p_null=float(p_z[rows == NULL_ROW].sum()),
    )


def by_weight(passages: Sequence[ReadPassage]) -> tuple[ReadPassage, ...]:
    """Return the passages with the largest p(z|x) first."""
    return tuple(sorted(passages, key=lambda p: -p.p_z))


def _strings(p_span: Float[np.ndarray, " spans"], text_of: Callable[[int], str]) -> tuple[dict, dict]:
    """Return p(y|z,x) by normalised string, and how the likeliest span of each is written."""
    here: dict[str, float] = {}
    written: dict[str, str] = {}
    for s in np.argsort(-p_span, kind="stable")[:KEEP].tolist():
        if p_span[s] <= 0:
            break
        text = text_of(s)
        if name := normalize_answer(text):
            here[name] = here.get(name, 0.0) + float(p_span[s])
            written.setdefault(name, text)
    return here, written
