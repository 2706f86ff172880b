"""Few questions: what joint pre-training is worth when there is little to fine-tune on.

Both systems start from the shipped stages and are fine-tuned alike on the same part of the training
questions; nothing but joint pre-training lies between them.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from experiments.bits import gold_found, matches
from experiments.bootstrap import rounded
from experiments.systems import CUT
from realm_mini.corpus import Question, data_path
from realm_mini.evaluate import dense_rows
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
        row = {"questions": count, "steps": steps, "apart": rounded(apart[None])}
        rows.append(row | {n: {k: rounded(np.array([v])) for k, v in hits[n].items()} for n in SYSTEMS})
    return {"split": split, "count": len(asked), "rows": rows}


def trained(
    name: str, questions: list[Question], steps: int, world: World, device: torch.device | str
) -> Realm:
    """Return a system fine-tuned on ``questions`` from its shipped start."""
    model = Realm.from_pretrained(corpus=world.corpus, with_index=False).pretrained.to(device)
    if name == "ICT only":
        load_weights(model.retriever, data_path("checkpoints/ict/retriever.safetensors"))
        load_weights(model.reader, data_path("checkpoints/warmup/reader.safetensors"))
    train = replace(model.config.stages.finetune, steps=steps)
    parts, k = (model.retriever, model.reader, model.collator), model.config.questions_k
    for _ in finetune(*parts, questions, train, model.config.objective, rng_for(0, "questions"), k=k):
        pass
    model.answers_questions = True
    model.build_index()
    return model


def measure(model: Realm, asked: list[Question]) -> dict[str, list[bool]]:
    """Return for each question whether the answer is right, and whether a gold passage is among five."""
    texts = [q.text for q in asked]
    found = dense_rows(model, model.tokenizer.encode_many(texts), CUT)
    return {
        "em": matches([a.answer for a in model.answer_many(texts)], asked),
        "recall@5": gold_found(found, model.corpus, asked),
    }
