"""Few questions: what joint pre-training is worth when there is little to fine-tune on.

Both systems start from the shipped stages and are fine-tuned alike on the same part of the training
questions; nothing but joint pre-training lies between them.
"""

from typing import Any

import numpy as np
import torch

from experiments.bootstrap import interval
from realm_mini.config import TrainConfig
from realm_mini.corpus import Question, data_path
from realm_mini.evaluate import is_right
from realm_mini.finetuning import finetune
from realm_mini.fit import rng_for
from realm_mini.model import Realm
from realm_mini.weights import load_weights
from realm_mini.world import World

STEPS = {500: 300, 2000: 600, 8000: 1200}  # questions to train on, and steps of 16 of them
SYSTEMS = ("REALM", "ICT only")


def scarce(world: World, device: torch.device | str = "cpu", split: str = "dev") -> dict[str, Any]:
    """Return exact match and gold recall@5 of both systems after each number of training questions."""
    every = world.questions["train"]
    order = rng_for(0, "scarce").permutation(len(every))
    asked, rows = world.questions[split], []
    for count, steps in STEPS.items():
        part = [every[i] for i in order[:count]]
        hits = {name: measure(trained(name, part, steps, world, device), asked) for name in SYSTEMS}
        apart = np.subtract(*(np.array(hits[name]["em"], dtype=float) for name in SYSTEMS))
        row = {"questions": count, "steps": steps, "apart": _interval(apart)}
        rows.append(row | {name: {k: _interval(v) for k, v in hits[name].items()} for name in SYSTEMS})
    return {"split": split, "count": len(asked), "rows": rows}


def trained(
    name: str, questions: list[Question], steps: int, world: World, device: torch.device | str
) -> Realm:
    """Return a system fine-tuned on ``questions`` from its shipped start."""
    model = Realm.from_pretrained(corpus=world.corpus, with_index=False).pretrained.to(device)
    if name == "ICT only":
        load_weights(model.retriever, data_path("checkpoints/ict/retriever.safetensors"))
        load_weights(model.reader, data_path("checkpoints/warmup/reader.safetensors"))
    train = TrainConfig(steps=steps, batch=16, lr=1.2e-3, retriever_ratio=0.4)
    parts, k = (model.retriever, model.reader, model.collator), model.config.questions_k
    for _ in finetune(*parts, questions, train, model.config.objective, rng_for(0, "questions"), k=k):
        pass
    model.answers_questions = True
    model.build_index()
    return model


def measure(model: Realm, asked: list[Question]) -> dict[str, list[bool]]:
    """Return for each question whether the answer is right, and whether a gold passage is among five."""
    answers = model.answer_many([q.text for q in asked])
    rows = model.rows(model.tokenizer.encode_many([q.text for q in asked]), 5)
    gold = [set(model.corpus.gold_rows(q.passages)) for q in asked]
    return {
        "em": [is_right(a.answer, q) for a, q in zip(answers, asked, strict=True)],
        "recall@5": [bool(g & set(r)) for g, r in zip(gold, rows.tolist(), strict=True)],
    }


def _interval(values: list[bool] | np.ndarray) -> dict[str, float]:
    mean, low, high = interval(np.asarray(values, dtype=float)[None])
    return {"mean": round(mean, 2), "low": round(low, 2), "high": round(high, 2)}
