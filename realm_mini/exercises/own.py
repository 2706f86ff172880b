"""Checks of the exercises on one's own text and on scale.  Level 12."""

import re
from collections.abc import Callable, Sequence

from realm_mini.exercises import judge_number, report
from realm_mini.masking import Span

PASSAGES = 13_353_718  # blocks of Wikipedia in the paper's corpus


def check_memory(answer: float) -> None:
    """Judge the GB that the paper's passage vectors take in 16 bits, where 32 take 6.84."""
    half = PASSAGES * 128 * 2 / 1e9
    mistakes = {
        2 * half: "Nearly: that is with four bytes a number. Sixteen bits are two bytes.",
        8 * half: "Not yet: those are bits. Eight of them are a byte.",
        half * 1e9 / 2**30: "Nearly: that is in GiB, of 2 to the 30 bytes. A GB has 10 to the 9.",
        6 * half: "Not yet: 768 is the width of the encoder; a passage vector has 128 numbers.",
        half / 128: "Not yet: a passage has 128 numbers, not one.",
    }
    why = "Half of 6.84 GB. About three digits are left, which is enough for the ranks."
    report(answer, lambda given: judge_number(given, half, mistakes, why, rel=0.01, wrong_rel=0.01))


def check_refresh(answer: float) -> None:
    """Judge the number of passages embedded in 200,000 steps with a new index every 500."""
    right = 400 * PASSAGES
    mistakes = {
        PASSAGES: "Not yet: that is one refresh. How many are there in 200,000 steps?",
        200_000 * PASSAGES: "Not yet: that is a refresh at every step; there is one in 500.",
        500 * PASSAGES: "Nearly: 500 is the number of steps between two refreshes, not of refreshes.",
        200_000
        * 512
        * 7: "Not yet: those are the candidates that training reads. Count the index builder's.",
        400 * 512: "Not yet: a refresh embeds the whole corpus, not a batch.",
    }
    why = "400 refreshes of the whole corpus, over five thousand million encodings."
    report(answer, lambda given: judge_number(given, right, mistakes, why, rel=0.01, wrong_rel=0.01))


def check_tagger(answer: Callable[[str], list[Span]]) -> None:
    """Judge a tagger that is to find rooms: a word with a capital letter before " Room"."""

    def judge(given: Callable[[str], list[Span]]) -> str:
        text = "From the Lamp Room to the Pilot Room. The Tower is no room, and Room 3 is closed."
        found = list(given(text))
        if any(not isinstance(s, tuple) or len(s) != 3 for s in found):
            return "Not yet: a tagger returns a list of Span(start, end, label)."
        written = [text[s[0] : s[1]] for s in found]
        if written == ["Lamp Room", "Pilot Room"]:
            again = [tuple(s)[:2] for s in given("Lamp Room")]
            return "Correct." if again == [(0, 9)] else "Nearly: it misses a room that begins the text."
        messages = (
            ([], "Not yet: it finds nothing. Try re.finditer on the text."),
            (["Lamp Room"], "Nearly: there may be more than one room in a text."),
            (["Lamp", "Pilot"], "Nearly: the word Room belongs to the name."),
            (["Lamp Roo", "Pilot Roo"], "Nearly: the end is exclusive, one behind the last character."),
            (["Lamp Room ", "Pilot Room."], "Nearly: the end is exclusive; yours takes one character more."),
        )
        for wrong, message in messages:
            if written == wrong:
                return message
        if any(re.search(r"Room 3|no room|and Room", words) for words in written):
            return "Nearly: a room has a name with a capital letter in front of Room."
        return "Not yet: return the places of Lamp Room and Pilot Room, and nothing else."

    report(answer, judge)


def check_blocks(answer: Callable[[Sequence[int], int], int]) -> None:
    """Judge a function that counts the blocks made, greedy by sentence, of sentences so many pieces long."""

    def judge(given: Callable[[Sequence[int], int], int]) -> str:
        found = int(given([200, 150, 150, 200, 60], 288))
        messages = {
            3: "Not yet: that is the sum over the limit, rounded up. Sentences stay whole, so room is lost.",
            2: "Not yet: that is the sum over the limit. Sentences stay whole, and the rest counts, too.",
            5: "Not yet: that is one block a sentence. They are gathered until the next one does not fit.",
        }
        if found != 4:
            return messages.get(found, "Not yet: keep a sum; where the next does not fit, begin a block.")
        if int(given([144, 144], 288)) != 1:
            return "Nearly: two sentences that fit exactly belong into one block."
        if int(given([], 288)) != 0:
            return "Nearly: of no sentences no block is made."
        cases = [([288], 1), ([200, 200, 88], 2), ([10] * 29, 2)]
        if any(int(given(lengths, 288)) != count for lengths, count in cases):
            return "Nearly: it fails elsewhere. Try [288], [200, 200, 88] and 29 sentences of 10."
        return "Correct. The last block is often short, and so is one before a long sentence."

    report(answer, judge)
