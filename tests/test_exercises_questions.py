"""The checks of the exercises on questions: right answers, and mistakes called by name."""

import pytest
import torch

from realm_mini import exact_match
from realm_mini.exercises.questions import check_count, check_matches, check_p_answer, check_verdict


@pytest.mark.parametrize(
    ("check", "answer", "said"),
    [
        (check_count, 155, "Correct"),
        (check_count, 200, "no room"),
        (check_count, 210, "every length"),
        (check_count, 110, "near the end are shorter"),
        (check_count, 11, "exactly ten"),
        (check_count, 135, "begins at two"),
        (check_count, 144, "stops at nine"),
        (check_count, 145, "20 - n + 1"),
        (check_count, sum(20 - n + 1 for n in range(1, 12)), "eleven"),
        (check_count, 190, "different ends"),
        (check_count, 7, "Add up"),
        (check_matches, [0, 1, 4], "Correct"),
        (check_matches, [1, 4], "articles"),
        (check_matches, [0, 4], "punctuation"),
        (check_matches, [0, 1, 2, 4], "behind it stays"),
        (check_matches, [0, 1, 3, 4], "list of accepted"),
        (check_matches, [0, 1], "second accepted"),
        (check_matches, [0, 1, 4, 5], "part of an answer"),
        (check_matches, [0, 1, 4, 9], "from 0 to 5"),
    ],
)
def test_plain_answers(check, answer, said, capsys):
    check(answer)
    assert said in capsys.readouterr().out


def share(logits, match):
    return torch.where(match, torch.softmax(logits, 0), 0.0).sum()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (share, "Correct"),
        (lambda logits, match: torch.softmax(logits, 0)[match].max(), "best matching"),
        (lambda logits, match: torch.softmax(logits, 0)[match].mean(), "the mean"),
        (lambda logits, match: share(logits, match).log(), "log p"),
        (lambda logits, match: logits[match].exp().sum(), "divide by"),
        (lambda logits, match: torch.softmax(logits[match], 0).sum(), "over all spans, not over"),
        (lambda logits, match: 1 - share(logits, match), "do not match"),
        (lambda logits, match: torch.softmax(logits, 0), "one number"),
        (lambda logits, match: share(logits, match) if match.any() else 0.5, "must return 0"),
        (lambda logits, match: 0.123, "then the sum"),
    ],
)
def test_p_answer(answer, said, capsys):
    check_p_answer(answer)
    assert said in capsys.readouterr().out


def verdict(given, accepted, read, gold):
    if exact_match(given, accepted):
        return "right"
    return "reading miss" if set(read) & set(gold) else "retrieval miss"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (verdict, "Correct"),
        (lambda g, a, r, z: "right" if g in a else verdict(g, a, r, z), "Correct"),
        (lambda g, a, r, z: "right" if g in a else "reading miss", "exact_match"),
        (lambda g, a, r, z: verdict(g, a, r, z) if set(r) & set(z) else "retrieval miss", "without a gold"),
        (lambda g, a, r, z: "right" if exact_match(g, a) else "retrieval miss", "misread"),
        (lambda g, a, r, z: "right" if exact_match(g, a) else "reading miss", "no gold passage was read"),
        (
            lambda g, a, r, z: "right" if exact_match(g, a) else verdict(g, a, r[:1], z[:1]),
            "misread",
        ),
    ],
)
def test_verdict(answer, said, capsys):
    check_verdict(answer)
    assert said in capsys.readouterr().out
