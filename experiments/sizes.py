"""Configurations for real text: ``laptop`` for two cores, ``large`` for a GPU.

What differs from the pocket world's ``small`` has its reason in the texts: they are longer, have more words,
and say less often in one place what is hidden in another.
"""

from collections.abc import Callable
from dataclasses import replace

from realm_mini.config import (
    EncoderConfig,
    LengthConfig,
    ObjectiveConfig,
    RealmConfig,
    SearchConfig,
    StagesConfig,
    TrainConfig,
)


def laptop() -> RealmConfig:
    """Return the configuration for two cores and an hour or two."""
    return RealmConfig(
        encoder=EncoderConfig(vocab=16000),
        lengths=LengthConfig(qlen=64, dlen=136, jlen=200),
        search=SearchConfig(k=6, questions_k=11, lexical=3, fade=100_000, look=4),  # BM25 keeps its share
        # Among its own candidates alone a text teaches little here, and the retriever forgets (LOG.md).
        objective=ObjectiveConfig(refresh=100, others=True),
        stages=StagesConfig(
            tagger=TrainConfig(steps=0, batch=1, lr=1e-3),
            ict=TrainConfig(steps=1200, batch=128, lr=1e-3),
            warmup=TrainConfig(steps=2000, batch=64, lr=3e-3),
            pretrain=TrainConfig(steps=400, batch=16, lr=5e-4),  # about half of the sentences, once
            finetune=TrainConfig(steps=3000, batch=32, lr=1.5e-3, retriever_ratio=0.4),
            closed_pretrain=TrainConfig(steps=0, batch=64, lr=2e-3),
            closed_finetune=TrainConfig(steps=0, batch=64, lr=1e-3),
        ),
    )


def large() -> RealmConfig:
    """Return the same recipe for a GPU: six layers of 384, larger batches, more steps; never measured yet."""
    config = laptop()
    stages = replace(
        config.stages,
        ict=TrainConfig(steps=4000, batch=512, lr=6e-4, warmup=200),
        warmup=TrainConfig(steps=4000, batch=128, lr=1e-3, warmup=200),
        pretrain=TrainConfig(steps=3000, batch=64, lr=4e-4, warmup=200),
        finetune=TrainConfig(steps=6000, batch=64, lr=5e-4, warmup=200, retriever_ratio=0.4),
    )
    return replace(
        config,
        encoder=EncoderConfig(vocab=24000, hidden=384, layers=6, heads=6, feedforward=768),
        stages=stages,
    )


SIZES: dict[str, Callable[[], RealmConfig]] = {"laptop": laptop, "large": large}
