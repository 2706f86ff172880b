"""A joint pre-training step by the public REALM classes; runs in an environment of its own (see ``step``).

    python -m benchmarks.public_step FOLDER plain|tuned THREADS

Reads a number of steps a line from standard input, answers each line with the seconds of each step, by the
clock and of the processor, and the last loss, as JSON.  ``tuned``: with what ``realm_mini.speed.tune`` sets
for a process.  Needs torch, NumPy and a transformers that still has these classes (4.40.2 is the last).
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
import torch


def steps(folder: Path) -> Callable[[], float]:
    """Return a function that takes one step on the next batch and returns its loss."""
    from transformers import RealmConfig, RealmKnowledgeAugEncoder, RealmScorer

    sizes = json.loads((folder / "sizes.json").read_text())
    torch.manual_seed(0)
    config = RealmConfig(
        vocab_size=sizes["vocab"],
        hidden_size=sizes["hidden"],
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        intermediate_size=sizes["feedforward"],
        max_position_embeddings=sizes["positions"],
        retriever_proj_size=sizes["dim"],
        num_candidates=sizes["k"],
        hidden_dropout_prob=0.0,  # ours has none either
        attention_probs_dropout_prob=0.0,
        pad_token_id=sizes["pad"],
    )
    scorer, reader = RealmScorer(config).train(), RealmKnowledgeAugEncoder(config).train()
    parameters = [*scorer.parameters(), *reader.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.01)
    batches: Iterator[dict[str, torch.Tensor]] = cycle(
        [
            {name: torch.from_numpy(array) for name, array in np.load(path).items()}
            for path in sorted(folder.glob("batch-*.npz"))
        ]
    )

    def step() -> float:
        b = next(batches)
        score = scorer(
            input_ids=b["query_ids"],
            attention_mask=b["query_mask"],
            candidate_input_ids=b["candidate_ids"],
            candidate_attention_mask=b["candidate_mask"],
            candidate_token_type_ids=b["candidate_segments"],
        ).relevance_score
        loss = reader(
            input_ids=b["joint_ids"],
            attention_mask=b["joint_mask"],
            token_type_ids=b["joint_segments"],
            relevance_score=score,
            labels=b["labels"],
            mlm_mask=b["label_mask"],
        ).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        return loss.item()

    return step


def serve(step: Callable[[], float]) -> None:
    """Take as many steps as each line of standard input says, and tell how long each took."""
    for line in sys.stdin:
        wall, processor, loss = [], [], 0.0
        for _ in range(int(line)):
            began, spent = time.perf_counter(), time.process_time()
            loss = step()
            wall.append(time.perf_counter() - began)
            processor.append(time.process_time() - spent)
        sys.stdout.write(json.dumps({"wall": wall, "processor": processor, "loss": loss}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[3]))
    if sys.argv[2] == "tuned":
        from realm_mini.speed import tune

        tune()
    serve(steps(Path(sys.argv[1])))
