"""The checks of the exercises on why to retrieve: right answers, and mistakes called by name."""

import pytest

from realm_mini.exercises.why import check_remedies, check_size, check_vectors, check_without


@pytest.mark.parametrize(
    ("check", "answer", "said"),
    [
        (check_size, 11318 / 330, "Correct"),
        (check_size, 34.3, "Correct"),
        (check_size, 0.02916, "other way round"),
        (check_size, 10988, "difference"),
        (check_size, 102.9, "one BERT"),
        (check_size, 2, "formula"),
        (check_vectors, 20.5, "Correct"),
        (check_vectors, 10.26, "not one"),
        (check_vectors, 41.0, "single precision"),
        (check_vectors, 164.1, "bits"),
        (check_vectors, 3.419, "not 128"),
        (check_vectors, 19.1, "GiB"),
        (check_vectors, 20511, "in MB"),
        (check_vectors, 20511310848, "in bytes"),
        (check_vectors, 3, "formula"),
        (check_remedies, {"a", "c"}, "Correct"),
        (check_remedies, "(A) (C)".split(), "Correct"),
        (check_remedies, {"a", "b"}, "nobody reads the news"),
        (check_remedies, {"d"}, "knows nothing"),
        (check_remedies, {"a"}, "one is missing"),
        (check_remedies, {"e"}, "out of a, b, c, d"),
    ],
)
def test_plain_answers(check, answer, said, capsys):
    check(answer)
    assert said in capsys.readouterr().out


def right(rows, gold, k):
    return [0, *[r for r in rows if r != 0 and r not in gold][:k]]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (right, "Correct"),
        (lambda rows, gold, k: rows[: k + 1], "still there"),
        (lambda rows, gold, k: rows[:k], "still there"),
        (lambda rows, gold, k: [r for r in rows[: k + 1] if r not in gold], "cut before"),
        (lambda rows, gold, k: [r for r in rows if r not in gold][:k], "was counted"),
        (lambda rows, gold, k: right(rows, gold, k)[1:], "null document is missing"),
        (lambda rows, gold, k: right(rows, gold, 99), "cut to k"),
        (lambda rows, gold, k: [0, *gold], "the gold ones"),
        (lambda rows, gold, k: [0, 3, 4, 8], "without gold rows"),
        (lambda rows, gold, k: [], "row 0 first"),
    ],
)
def test_without(answer, said, capsys):
    check_without(answer)
    assert said in capsys.readouterr().out
