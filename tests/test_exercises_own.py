"""The checks of the exercises on one's own text: right answers, and mistakes called by name."""

import re

import pytest

from realm_mini.exercises.own import PASSAGES, check_blocks, check_memory, check_refresh, check_tagger
from realm_mini.masking import Span


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (PASSAGES * 128 * 2 / 1e9, "Correct"),
        (3.42, "Correct"),
        (6.84, "two bytes"),
        (27.3, "bits"),
        (3.18, "GiB"),
        (20.5, "768"),
        (PASSAGES * 2 / 1e9, "128 numbers"),
        (12, "Write the formula"),
    ],
)
def test_memory(answer, said, capsys):
    check_memory(answer)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (400 * PASSAGES, "Correct"),
        (5.34e9, "Correct"),
        (PASSAGES, "one refresh"),
        (200_000 * PASSAGES, "every step"),
        (500 * PASSAGES, "between two"),
        (200_000 * 512 * 7, "index builder"),
        (400 * 512, "not a batch"),
        (7, "Write the formula"),
    ],
)
def test_refresh(answer, said, capsys):
    check_refresh(answer)
    assert said in capsys.readouterr().out


def rooms(pattern=r"[A-Z]\w+ Room", more=0):
    return lambda text: [Span(m.start(), m.end() + more, "room") for m in re.finditer(pattern, text)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (rooms(), "Correct"),
        (rooms(r"(?<= )[A-Z]\w+ Room"), "begins the text"),
        (lambda text: rooms()(text)[:1], "more than one"),
        (rooms(r"[A-Z]\w+(?= Room)"), "belongs to the name"),
        (rooms(more=-1), "one behind the last"),
        (rooms(more=1), "one character more"),
        (rooms(r"\w+ Room"), "capital letter"),
        (rooms(r"[A-Z]\w+"), "nothing else"),
        (lambda text: re.findall(r"[A-Z]\w+ Room", text), "list of Span"),
        (lambda text: [], "re.finditer"),
    ],
)
def test_tagger(answer, said, capsys):
    check_tagger(answer)
    assert said in capsys.readouterr().out


def greedy(lengths, limit, first=0, strict=False):
    count, room = first, 0
    for length in lengths:
        if length > room or (strict and length == room):
            count, room = count + 1, limit
        room -= length
    return count


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (greedy, "Correct"),
        (lambda lengths, limit: greedy(lengths, limit, strict=True), "fit exactly"),
        (lambda lengths, limit: max(1, greedy(lengths, limit)), "no sentences"),
        (lambda lengths, limit: greedy(lengths, limit) if len(lengths) < 9 else 9, "fails elsewhere"),
        (lambda lengths, limit: -(-sum(lengths) // limit), "rounded up"),
        (lambda lengths, limit: sum(lengths) // limit, "the rest counts"),
        (lambda lengths, limit: len(lengths), "one block a sentence"),
        (lambda lengths, limit: 99, "keep a sum"),
    ],
)
def test_blocks(answer, said, capsys):
    check_blocks(answer)
    assert said in capsys.readouterr().out
