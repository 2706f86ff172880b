"""Table 3: how likely is what is hidden with nothing to read, with the best passage, and in all.

The sentence is found by a rule, and the distribution over all sentences stands beside it.
"""

import math
from typing import Any

import numpy as np
import torch

from realm_mini.marginal import log_marginal, log_p_y_given_z
from realm_mini.masking import MaskedExample
from realm_mini.model import Realm
from realm_mini.streams import masked_held_out
from realm_mini.world import World

CANDIDATES = 8  # the null document included, as in the paper's table
# The paper's pattern: next to nothing without retrieval, near certainty with the best passage, and less than
# that in all, because the retriever does not put all its trust in one.
WITHOUT, BEST, IN_ALL = 1e-6, 0.95, (0.05, 0.5)
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@torch.no_grad()
def likelihoods(realm: Realm, masked: list[MaskedExample], batch: int = 16) -> list[dict[str, Any]]:
    """Return log p(y|null, x), log p(y|z, x) of the best z, and log p(y|x), a dictionary a text."""
    realm.reader.eval()
    found = []
    for start in range(0, len(masked), batch):
        part = masked[start : start + batch]
        rows = realm.rows(part, min(CANDIDATES, len(realm.corpus)) - 1)
        joint = realm.collator.joint(part, rows).to(realm.device)
        y = log_p_y_given_z(realm.reader.log_p_token(joint), joint.target_mask)
        z = realm.log_p_z(part, rows)
        best = y[:, 1:].argmax(1) + 1
        total = log_marginal(z, y)
        for i in range(len(part)):
            place = int(best[i])
            found.append(
                {
                    "null": float(y[i, 0]),
                    "best": float(y[i, place]),
                    "all": float(total[i]),
                    "p_z": float(z[i, place].exp()),
                    "row": int(rows[i, place]),
                }
            )
    return found


def fits_pattern(found: dict[str, Any]) -> bool:
    """Return whether the three likelihoods of a text differ as those of the paper's sentence do."""
    low, high = (math.log(p) for p in IN_ALL)
    return found["null"] < math.log(WITHOUT) and found["best"] > math.log(BEST) and low < found["all"] < high


def fermat(model: Realm, world: World) -> dict[str, Any]:
    """Return our counterpart of the paper's sentence, and the distribution over all held-out texts.

    The rule: of the held-out news in the order in which they were drawn, the first that fits the pattern.
    """
    realm = model.pretrained or model
    realm.index = model.index
    masked = masked_held_out(world, realm.config.seed, realm.tokenizer, realm.collator)
    found = likelihoods(realm, masked)
    fitting = [i for i, f in enumerate(found) if fits_pattern(f)]
    told = {name: np.array([f[name] for f in found]) for name in ("null", "best", "all")}
    gains = {"best over null": told["best"] - told["null"], "all over null": told["all"] - told["null"]}
    made: dict[str, Any] = {
        "rule": {"without": WITHOUT, "best": BEST, "in all": list(IN_ALL), "candidates": CANDIDATES},
        "texts": len(found),
        "fitting": len(fitting),
        "higher with retrieval": int((gains["all over null"] > 0).sum()),
        "quantiles": list(QUANTILES),
        "log10": {
            name: [round(float(v) / math.log(10), 2) for v in np.quantile(values, QUANTILES)]
            for name, values in (told | gains).items()
        },
    }
    if fitting:
        at = fitting[0]
        z = realm.corpus[found[at]["row"]]
        made["sentence"] = {
            "x": masked[at].visible_text("____"),
            "y": masked[at].hidden_text,
            "passage": z.text,
            "title": z.title,
            "p_z": found[at]["p_z"],
        } | {name: math.exp(found[at][name]) for name in ("null", "best", "all")}
    return made
