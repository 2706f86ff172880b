"""Whole configurations: ``small`` is the book's, ``tiny`` is for tests and very small texts.  Level 1."""

from dataclasses import fields, replace
from pathlib import Path

from realm_mini.config import (
    EncoderConfig,
    ObjectiveConfig,
    RealmConfig,
    RetrieverConfig,
    SearchConfig,
    StagesConfig,
    TrainConfig,
)


def small() -> RealmConfig:
    """Return the pocket world's configuration: two cores, well under an hour."""
    return RealmConfig(
        stages=StagesConfig(
            tagger=TrainConfig(steps=300, batch=32, lr=1e-3),
            ict=TrainConfig(steps=400, batch=128, lr=1e-3),
            warmup=TrainConfig(steps=1500, batch=64, lr=3e-3),
            pretrain=TrainConfig(steps=900, batch=16, lr=1e-3),
            finetune=TrainConfig(steps=6400, batch=16, lr=1.2e-3, retriever_ratio=0.4),
            closed_pretrain=TrainConfig(steps=1500, batch=64, lr=2e-3),
            closed_finetune=TrainConfig(steps=800, batch=64, lr=1e-3),
        ),
    )


def pretrained(checkpoint: str | Path, config: RealmConfig | None = None) -> RealmConfig:
    """Return ``config`` (:func:`small` unless given) with a pre-trained encoder, and learning rates for one.

    ``checkpoint``: a folder or hub name of an encoder such as BERT.  The rates of :func:`small` are for
    random weights, up to a hundred times the paper's.  These are 3e-5 in joint pre-training (section 4.3),
    1e-4 for inverse cloze and 1e-5 on questions (ORQA's code), 5e-5 for the rest; none was measured here.
    """
    config = small() if config is None else config
    rates = {"ict": 1e-4, "pretrain": 3e-5, "finetune": 1e-5}
    stages = {
        f.name: replace(getattr(config.stages, f.name), lr=rates.get(f.name, 5e-5))
        for f in fields(config.stages)
    }
    encoder = replace(config.encoder, checkpoint=str(checkpoint))
    return replace(config, encoder=encoder, stages=replace(config.stages, **stages))


def tiny() -> RealmConfig:
    """Return a configuration that trains in about a minute, for tests and very small texts."""
    return RealmConfig(
        encoder=EncoderConfig(vocab=2000, hidden=64, layers=2, heads=2, feedforward=128),
        retriever=RetrieverConfig(dim=64),
        search=SearchConfig(k=4, lexical=1, fade=20),
        objective=ObjectiveConfig(refresh=20),
        stages=StagesConfig(
            tagger=TrainConfig(steps=30, batch=16, lr=2e-3, warmup=5),
            ict=TrainConfig(steps=60, batch=32, lr=2e-3, warmup=5),
            warmup=TrainConfig(steps=40, batch=16, lr=2e-3, warmup=5),
            pretrain=TrainConfig(steps=40, batch=8, lr=1e-3, warmup=5),
            finetune=TrainConfig(steps=40, batch=8, lr=1e-3, warmup=5, retriever_ratio=0.2),
            closed_pretrain=TrainConfig(steps=20, batch=16, lr=2e-3, warmup=5),
            closed_finetune=TrainConfig(steps=20, batch=16, lr=2e-3, warmup=5),
        ),
    )
