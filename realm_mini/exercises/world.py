"""Checks of chapter 2, "A pocket world"."""

from collections.abc import Callable, Sequence
from math import inf, isclose, log
from typing import Any

from realm_mini.exercises import judge_number, report


def check_recall(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer`` is recall@5 of the ranks [2, None, 0, 5, 4], as a share or in per cent."""
    mistakes = {
        0.8: "Not quite: ranks count from 0, so rank 5 is the sixth passage.",
        0.75: "Not quite: a question without any good passage counts in the denominator too.",
        0.4: "Not quite: rank 4 is the fifth passage, and recall@5 looks at five.",
    }
    hint = "Count the ranks below 5 and divide by the number of questions."
    why = "Three of the five questions have a good passage among the first five."

    def judge(given: float) -> str:
        number = float(given)
        share = number / 100 if number > 1 else number
        return judge_number(share, 0.6, mistakes, why, absolute=5e-3, hint=hint)

    report(answer, judge)


def check_rarity(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer(n, total)`` is the rarity of a word in BM25."""
    cases = [(1, 10), (3, 10), (9, 10), (40, 7000)]

    def wrong(other: Callable[[int, int], float]) -> bool:
        return all(isclose(answer(n, t), other(n, t), abs_tol=1e-6) for n, t in cases)

    def judge(function: Callable[[int, int], float]) -> str:
        if wrong(lambda n, t: log(1 + (t - n + 0.5) / (n + 0.5))):
            return "Correct. It is positive for every word, and falls as the word gets common."
        if wrong(lambda n, t: log((t - n + 0.5) / (n + 0.5))):
            return "The 1 inside the logarithm is missing: a common word would count against a passage."
        if wrong(lambda n, t: log(t / n)):
            return "That is ln(N / n): the halves are missing. What of a word that stands in no passage?"
        for base in (2, 10):
            if wrong(lambda n, t, base=base: log(1 + (t - n + 0.5) / (n + 0.5), base)):
                return f"The fraction is right, but the logarithm is to base {base}. Use the natural one."
        if function(1, 10) < function(9, 10):
            return "The order is wrong: a rare word must count more than a common one."
        return "Not yet. Write the first factor of the formula: ln(1 + (N - n + 1/2) / (n + 1/2))."

    report(answer, judge)


def check_contains(answer: Any) -> None:  # noqa: ANN401
    """Print whether ``answer(text, answers)`` finds an accepted answer as whole words."""
    cases: Sequence[tuple[str, list[str], bool, str]] = [
        ("She was born in Paris.", ["Paris"], True, "an answer that stands before a full stop was not found"),
        ("PARIS it was", ["Paris"], True, "capitals must not matter"),
        ("She loved Parisian style.", ["Paris"], False, "'Paris' was found inside 'Parisian'"),
        ("He left for New York City", ["Boston", "New York"], True, "only the first answer was looked for"),
        ("He moved from York to New Delhi", ["New York"], False, "the words must stand side by side"),
        ("Nothing here.", ["Oslo"], False, "an answer was found that is not there"),
    ]

    def judge(function: Callable[[str, list[str]], bool]) -> str:
        for text, answers, wanted, mistake in cases:
            if bool(function(text, answers)) is not wanted:
                return f"Not yet: {mistake}. Try answer({text!r}, {answers!r})."
        return "Correct. This is how papers without annotations count a hit."

    report(answer, judge)


def check_rewriting(answer: Any) -> None:  # noqa: ANN401
    """Print by how much ``answer(text)`` improves BM25 on the described development questions."""

    def judge(function: Callable[[str], str]) -> str:
        if not isinstance(changed := function("The Swedes are chemists."), str):
            return f"The function must return a text, not {type(changed).__name__}. Join the words."
        if not changed.strip():
            return "Nothing is left of the text. Keep some of its words."
        plain, other = _described_recall(str), _described_recall(function)
        gain = f"recall@5 {plain:.2f} plain, {other:.2f} with your rewriting"
        if other >= plain + 0.02:
            return f"Correct. {gain}."
        if other < plain - 0.02:
            return f"That is worse: {gain}. Are different words made equal that should stay apart?"
        return f"Not enough yet: {gain}. Which forms of one word does it still keep apart?"

    report(answer, judge)


def _described_recall(rewrite: Callable[[str], str]) -> float:
    """Return recall@5 of BM25 on described development questions, all texts rewritten first."""
    from realm_mini.corpus import Corpus, Passage, data_path, load_questions
    from realm_mini.lexical import Lexical
    from realm_mini.metrics import first_rank, recall_at

    plain = Corpus.from_jsonl(data_path("passages.jsonl"))
    corpus = Corpus(
        Passage(p.id, rewrite(p.title) if p.title else "", rewrite(p.text) or ".") for p in list(plain)[1:]
    )
    dev = load_questions(data_path("questions.jsonl"), "dev")
    questions = [q for q in dev if q.flags.get("kind") == "described"]
    rows, _ = Lexical(corpus).search([rewrite(q.text) for q in questions], 5)
    gold = [corpus.gold_rows(q.passages) for q in questions]
    ranks = [first_rank(r.tolist(), g) for r, g in zip(rows, gold, strict=True)]
    return recall_at(ranks, 5) if ranks else -inf
