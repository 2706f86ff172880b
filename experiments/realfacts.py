"""What real texts are like before anything is trained on them: sizes, what BM25 finds, what can be hidden."""

from typing import Any

import numpy as np

from experiments.realtext import RealText
from experiments.shared import Given
from realm_mini.corpus import Sentence
from realm_mini.evaluate import lexical_recall
from realm_mini.fit import rng_for
from realm_mini.lexical import Lexical
from realm_mini.masking import mask_salient
from realm_mini.metrics import has_answer
from realm_mini.streams import holds
from realm_mini.world import World

SAMPLE = 500  # sentences that are masked to see what could be read
NEAR = 5  # passages of BM25 that are looked at, as in warm-up


def facts(texts: RealText, world: World, given: Given) -> dict[str, Any]:
    """Return counts, BM25's recall on development questions, and what masked sentences of both kinds find."""
    lexical, blocks = Lexical(world.corpus), list(world.corpus)[1:]
    sizes, words = given.tokenizer.lengths([b.text for b in blocks]), [len(b.text.split()) for b in blocks]
    asked = [q for part in world.questions.values() for q in part]
    gold = [[world.corpus[r].text for r in world.corpus.gold_rows(q.passages)] for q in asked]
    answered = [any(has_answer(t, q.answers) for t in held) for q, held in zip(asked, gold, strict=True)]
    found: dict[str, Any] = {
        "articles": len({p.title for p in texts.paragraphs}),
        "paragraphs": len(texts.paragraphs),
        "blocks": len(blocks),
        "wordpieces of a block, median and longest": [int(np.median(sizes)), max(sizes)],
        "wordpieces a word": round(sum(sizes) / sum(words), 2),
        "questions": {split: len(part) for split, part in world.questions.items()},
        "questions answered in a gold block": round(float(np.mean(answered)), 3),
    }
    if dev := world.questions["dev"]:
        recall = lexical_recall(lexical, world.corpus, dev).to_dict()
        found["BM25 on dev"] = {k: _rounded(recall[k]) for k in ("gold", "answer")}
    for name, sentences in (("blocks", world.corpus.sentences()), ("leads", world.news)):
        if sentences:
            found[f"masked sentences of {name}"] = readable(sentences, world, given, lexical)
    return found


def readable(sentences: list[Sentence], world: World, given: Given, lexical: Lexical) -> dict[str, Any]:
    """Return of how many sentences something can be hidden, and how many of a sample BM25 finds it for.

    ``held``: the mean share of BM25's passages that hold the hidden words, where any does; one of five is
    what a retriever can learn from, five of five is not.
    """
    rng, hidden, tried, shares = rng_for(0, "readable"), 0, 0, []
    for number in rng.permutation(len(sentences))[:SAMPLE].tolist():
        sentence, tried = sentences[number], tried + 1
        pieces, spans = given.tokenizer.encode(sentence.text), given.tagger(sentence.text)
        example = mask_salient(sentence.text, pieces, spans, rng, origin=sentence.origin)
        if example is None:
            continue
        hidden += 1
        banned = world.corpus.banned_rows(sentence.origin)
        k = min(NEAR + len(banned), len(world.corpus) - 1)
        near = [r for r in lexical.search([example.visible_text()], k)[0][0].tolist() if r not in banned]
        share = float(np.mean([holds(world.corpus, [r], example) for r in near[:NEAR]]))
        shares += [share] if share else []
    return {
        "sentences": len(sentences),
        "with something to hide": round(hidden / tried, 3),
        "found by BM25": round(len(shares) / max(hidden, 1), 3),
        "held": round(float(np.mean(shares)), 3) if shares else 0.0,
    }


def _rounded(values: dict[int, float]) -> dict[int, float]:
    return {k: round(v, 3) for k, v in values.items()}
