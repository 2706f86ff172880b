"""The checks of the exercises on editing knowledge: right answers, and mistakes called by name."""

import pytest

from realm_mini.exercises.editing import check_edit, check_rows, check_stale, check_threshold
from realm_mini.metrics import has_answer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda t, a, b, w: t[:a] + w + t[b:], "Correct"),
        (lambda t, a, b, w: t.replace(t[a:b], w), "another fact"),
        (lambda t, a, b, w: t[:a] + w + t[b + 1 :], "exclusive"),
        (lambda t, a, b, w: t[: a - 1] + w + t[b:], "space before"),
        (lambda t, a, b, w: t[:a] + w + t[a:], "still there"),
        (lambda t, a, b, w: t[:a] + w, "behind the span is missing"),
        (lambda t, a, b, w: t, "unchanged"),
        (lambda t, a, b, w: t.replace(t[a:b], w, 1), "not a search"),
        (lambda t, a, b, w: w, "what comes before"),
    ],
)
def test_edit(answer, said, capsys):
    check_edit(answer)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (0.9 / 1.7, "Correct"),
        (0.53, "Correct"),
        (0.47, "the *other*"),
        (0.5, "same confidence"),
        (0.889, "ratio of the readings"),
        (1.125, "sum to 1"),
        (0.9, "not a weight"),
        (0.1, "When is the first larger"),
    ],
)
def test_threshold(answer, said, capsys):
    check_threshold(answer)
    assert said in capsys.readouterr().out


def differing(old, new, start=1):
    return [row for row, (a, b) in enumerate(zip(old, new, strict=True), start=start) if a != b]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (differing, "Correct"),
        (lambda old, new: differing(old, new, 0), "row 0 is the null"),
        (lambda old, new: differing([p[1] for p in old], [p[1] for p in new]), "the title too"),
        (lambda old, new: differing([p[0] for p in old], [p[0] for p in new]), "a changed body"),
        (lambda old, new: [1, 4], "stay as they are"),
        (lambda old, new: [1, 2, 3, 4], "all of them"),
        (lambda old, new: [2, 3], "without a change"),
        (lambda old, new: [], "count from 1"),
    ],
)
def test_rows(answer, said, capsys):
    check_rows(answer)
    assert said in capsys.readouterr().out


def both(bodies, subject, old, start=1, holds=lambda body, text: has_answer(body, [text])):
    return [r for r, body in enumerate(bodies, start=start) if holds(body, subject) and holds(body, old)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (both, "Correct"),
        (lambda b, s, o: both(b, s, o, 0), "rows count from 1"),
        (lambda b, s, o: both(b, s, o, 1, lambda body, t: t.lower() in body.lower()), "part of another word"),
        (lambda b, s, o: both(b, s, o, 1, lambda body, t: t in body), "case does not count"),
        (lambda b, s, o: both(b, s, o)[:1], "case and punctuation"),
        (lambda b, s, o: [1, 2, 5], "does not mention the subject"),
        (lambda b, s, o: [1, 3, 4, 5], "the old value"),
        (lambda b, s, o: [1, 2, 3, 4, 5], "both must be"),
        (lambda b, s, o: [], "keep the rows"),
    ],
)
def test_stale(answer, said, capsys):
    check_stale(answer)
    assert said in capsys.readouterr().out
