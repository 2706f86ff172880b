"""The tables of real text: after fine-tuning, before any question, and the differences between rows."""

from typing import Any

import numpy as np

from experiments.cells import Found, cell, figure, part_of
from experiments.results import CUTS, REALM, difference, measure_at
from realm_mini.results import markdown_table

ICT, FEW, FROZEN, REFRESHED = "ict", "ict-few", "frozen", "refreshed"
APART = (  # one row, another, a measure, and what their difference is
    (REALM, ICT, "zero_gold", "REALM above ICT only before any question, recall@5 of gold passages"),
    (REALM, ICT, "em", "REALM above ICT only, exact match"),
    (FROZEN, FEW, "recall_gold", "REALM above ICT only after short fine-tuning, recall@5 of gold passages"),
    (FROZEN, FEW, "em", "REALM above ICT only after short fine-tuning, exact match"),
    (REFRESHED, FROZEN, "recall_gold", "Document encoder trained above frozen, recall@5 of gold passages"),
    (REFRESHED, FROZEN, "em", "Document encoder trained above frozen, exact match"),
)
SOURCES = (
    "Z are the 18,891 training paragraphs of SQuAD v1.1 (Rajpurkar et al. 2016, CC BY-SA 4.0), cut into "
    "blocks. X are the sentences of the same blocks; the passage that a sentence was taken from is banned. "
    "The questions are asked without their paragraph, and training asks about no article that development "
    "or test questions are about. Many questions presuppose their paragraph, so exact match stays low."
)
UNASKED = "not asked yet"


def real_text(found: Found, title: str = "Real text") -> str:
    """Return the section on real text; nothing where nothing has been measured."""
    if not found:
        return ""
    parts = [f"## {title}", SOURCES, columns(found), after(found), before(found), differences(found)]
    return "\n\n".join(part for part in parts if part)


def columns(found: Found) -> str:
    """Return what the columns count, and over how many questions."""
    counts = {split: part["count"] for result in found.values() for split, part in result["parts"].items()}
    names = {"dev": "development", "test": "test"}
    asked = " and ".join(f"{counts[split]:,} {name}" for split, name in names.items() if split in counts)
    return (
        f"Asked are {asked} questions. *Gold*: a block of the question's own paragraph that holds the "
        "answer; *answer*: any block that holds it as a string; *minutes*: of one core, all stages of a row, "
        f"those included that other rows share. Recall (*@*) is of the {names[_split(found)]} questions. "
        f"Seeds a row: {_seeds(found)}."
    )


def _split(found: Found) -> str:
    """Return the part of the questions whose recall is told: one that all rows were asked."""
    return "test" if all("test" in result["parts"] for result in found.values()) else "dev"


def _seeds(found: Found) -> str:
    counts = sorted({len(part_of(result, _split(found))[1]["bits"]) for result in found.values()})
    return " to ".join(str(n) for n in dict.fromkeys((counts[0], counts[-1])))


def after(found: Found) -> str:
    """Return exact match and recall of whole systems, recall on test questions where all were asked them."""
    rows = []
    for result in found.values():
        _, part = part_of(result, _split(found))
        parts = [result["parts"].get(s) for s in ("dev", "test")]
        matches = [cell(figure(p, "em")) if p else UNASKED for p in parts]
        minutes = np.mean([how["core_minutes"]["whole"] for how in result["seeds"].values()])
        recalls = [_percent(figure(part, measure_at("recall_gold", cut))) for cut in CUTS]
        answer = _percent(figure(part, measure_at("recall_answer", 5)))
        rows.append([result["row"]["title"], *matches, *recalls, answer, f"{minutes:.0f}"])
    head = ["after fine-tuning", "EM, dev", "EM, test", *(f"@{cut}, gold" for cut in CUTS)]
    return markdown_table([*head, "@5, answer", "minutes"], rows)


def before(found: Found) -> str:
    """Return the recall of retrievers that no question has touched, each told once."""
    rows = []
    for name, result in found.items():
        if name in (FEW, FROZEN, REFRESHED):  # these differ from others in fine-tuning alone
            continue
        _, part = part_of(result, _split(found))
        gold = [cell(figure(part, measure_at("zero_gold", cut))) for cut in CUTS]
        answer = [_percent(figure(part, measure_at("zero_answer", cut))) for cut in CUTS]
        rows.append([result["row"]["title"], *gold, *answer])
    head = ["before any question", *(f"recall@{cut}, gold" for cut in CUTS)]
    return markdown_table([*head, *(f"@{cut}, answer" for cut in CUTS)], rows) if rows else ""


def differences(found: Found) -> str:
    """Return what joint pre-training gives, and what a refreshed index gives, as a list."""
    lines = []
    for one, other, measure, what in APART:
        if one not in found or other not in found:
            continue
        split, part = part_of(found[one], "test")
        theirs = found[other]["parts"].get(split)
        if theirs and (apart := difference(part, theirs, measure)) is not None:
            lines.append(f"- {what} ({split}): {apart[0]:+.1f} points ({apart[1]:+.1f} to {apart[2]:+.1f}).")
    return "\n".join(lines)


def _percent(found: dict[str, Any] | None) -> str:
    return "" if found is None else f"{found['mean']:.1f}"
