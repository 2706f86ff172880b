"""The tables of the book, made of the result files and of nothing else."""

from pathlib import Path
from typing import Any

import numpy as np

from experiments.bootstrap import correlation
from experiments.cells import Found, cell, figure, part_of
from experiments.realtable import real_text
from experiments.results import FOLDER, REALM, difference, load_results
from experiments.rows import load_rows
from experiments.scarce import SYSTEMS
from realm_mini.errors import read_json
from realm_mini.results import markdown_table

TABLES = Path(__file__).parent / "tables.md"
MASKINGS = {REALM: "salient", "mask-span": "random spans", "mask-uniform": "uniform"}
REAL_SIZES = {"realtext": "Real text", "realtext-large": "Real text, the large configuration"}
FEWEST = 4  # runs that a correlation needs


def render(folder: Path = FOLDER) -> str:
    """Return all tables as Markdown; what has not been measured is left out, and named at the end."""
    found = load_results(folder)
    parts = ["# Tables", "Made by `python -m experiments tables` of the files in `experiments/results`."]
    parts += [table_1(found), table_2(found), figure_4(found)]
    for name, made in (
        ("fermat", table_3),
        ("swap", table_4),
        ("scarce", few_questions),
        ("failures", error_analysis),
    ):
        if (folder / f"{name}.json").exists():
            parts.append(made(read_json(folder / f"{name}.json")))
    parts += [real_text(load_results(folder / size), title) for size, title in REAL_SIZES.items()]
    missing = [f"{row.name} ({row.title})" for row in load_rows() if row.seeds and row.name not in found]
    if missing:
        parts += ["## Not measured yet", "\n".join(f"- {name}" for name in missing)]
    return "\n\n".join(part for part in parts if part) + "\n"


def table_1(found: Found) -> str:
    """Return exact match and size of whole systems, on test questions where they were asked."""
    rows = []
    for result in found.values():
        if 1 not in result["row"]["tables"]:
            continue
        split, part = part_of(result, "test")
        weights = next(iter(result["seeds"].values()))["weights"]
        paper = result["row"]["paper"]
        paper = paper.get("test_em", paper.get("em", ""))
        cells = [cell(figure(part, "em", s)) for s in ("all", "fact not in X", "unseen wording")]
        rows.append([result["row"]["title"], f"{weights / 1e6:.2f}", *cells, split, _count(part), f"{paper}"])
    if not rows:
        return ""
    head = [
        "system",
        "million weights",
        "EM",
        "EM, fact not in X",
        "EM, unseen wording",
        "questions",
        "seeds",
    ]
    return "## Table 1: exact match\n\n" + markdown_table([*head, "the paper, NQ"], rows)


def table_2(found: Found) -> str:
    """Return the ablations: exact match, its difference to REALM, recall before any question."""
    base, rows = found.get(REALM), []
    for result in found.values():
        if 2 not in result["row"]["tables"]:
            continue
        split, part = part_of(result, "dev")
        away = ["", ""]
        if base is not None and result is not base and split in base["parts"]:
            apart = [difference(part, base["parts"][split], name) for name in ("em", "zero_gold")]
            away = ["" if d is None else f"{d[0]:+.1f} ({d[1]:+.1f} to {d[2]:+.1f})" for d in apart]
        paper = result["row"]["paper"]
        theirs = f"{paper.get('em', '')} / {paper.get('recall', '')}" if "recall" in paper else ""
        zero = [cell(figure(part, name)) for name in ("zero_answer", "zero_gold")]
        minutes = np.mean([how["core_minutes"]["whole"] for how in result["seeds"].values()])
        row = [result["row"]["title"], cell(figure(part, "em")), away[0], *zero, away[1], split, _count(part)]
        rows.append([*row, f"{minutes:.0f}", theirs])
    if not rows:
        return ""
    head = ["", "EM", "EM less REALM's", "zero-shot recall@5, answer", "zero-shot recall@5, gold"]
    head += ["the same less REALM's", "questions", "seeds", "core-minutes a seed", "the paper: EM / recall@5"]
    return "## Table 2: ablations\n\n" + markdown_table(head, rows)


def _count(part: dict[str, Any]) -> str:
    return str(len(part["bits"]))


def pretrainings(found: Found) -> list[dict[str, float]]:
    """Return, for each run with joint pre-training, what held-out texts said at its end and its EM."""
    runs = []
    for name, result in found.items():
        split, part = part_of(result, "dev")
        for seed, em in zip(part["bits"], part["figures"]["em"]["all"]["seeds"], strict=True):
            held = result["seeds"][seed].get("pretraining", {}).get("held_out")
            if held:
                runs.append({"row": name, "split": split, "em": em} | held)
    return runs


def figure_4(found: Found) -> str:
    """Return retrieval utility over pre-training for the maskings, and what predicts exact match."""
    texts = []
    curves = {}
    for name, title in MASKINGS.items():
        if name in found:
            seeds = [how["pretraining"]["probes"] for how in found[name]["seeds"].values()]
            if seeds and all(s.get("step") for s in seeds):
                curves[title] = {
                    key: np.mean([s[key] for s in seeds], axis=0) for key in ("step", "utility", "p_null")
                }
    if curves:
        steps = next(iter(curves.values()))["step"]
        head = ["masking", *(f"{s:.0f}" for s in steps)]
        rows = [[title, *(f"{v:.2f}" for v in c["utility"])] for title, c in curves.items()]
        texts.append(
            "Utility of held-out salient spans, in nats, by step (means over seeds):\n\n"
            + markdown_table(head, rows)
        )
    runs = pretrainings(found)
    if len(runs) >= FEWEST:
        em = np.array([r["em"] for r in runs])
        rows = []
        for key, title in (("utility", "retrieval utility"), ("log_p_y", "log-likelihood")):
            c = correlation(np.array([r[key] for r in runs]), em)
            rows.append(
                [title, f"{c['spearman']:.2f} ({c['low']:.2f} to {c['high']:.2f})", f"{c['pearson']:.2f}"]
            )
        head = ["at the end of pre-training", "Spearman's correlation with EM", "Pearson's"]
        texts.append(f"Over {len(runs)} runs:\n\n" + markdown_table(head, rows))
    return "## Figure 4: pre-training\n\n" + "\n\n".join(texts) if texts else ""


def table_3(found: dict[str, Any]) -> str:
    """Return our counterpart of the paper's sentence and the distribution it comes from."""
    texts = ["## Table 3: one sentence"]
    if (s := found.get("sentence")) is not None:
        texts.append(f'x = "{s["x"]}", y = "{s["y"]}"; best passage: "{s["passage"]}"')
        rows = [
            ["without a passage", f"{s['null']:.2g}"],
            ["with the best passage", f"{s['best']:.3f}"],
            [f"over {found['rule']['candidates']} candidates", f"{s['all']:.3f}"],
        ]
        texts.append(markdown_table(["", "p(y)"], rows))
    texts.append(
        f"The first of {found['fitting']} among {found['texts']} held-out texts that fit the pattern; "
        f"{found['higher with retrieval']} are likelier with retrieval than without."
    )
    head = ["log10 of", *(f"{100 * q:.0f} %" for q in found["quantiles"])]
    texts.append(
        markdown_table(
            head, [[name, *(f"{v:.1f}" for v in values)] for name, values in found["log10"].items()]
        )
    )
    return "\n\n".join(texts)


def table_4(found: dict[str, Any]) -> str:
    """Return what becomes of answers when facts are exchanged in the corpus."""
    rows = []
    for system in ("REALM", "closed-book"):
        for when, shares in found[system].items():
            cells = [cell(shares[k]) for k in ("new", "old", "neither")]
            rows.append([f"{system}, {when}", str(shares["count"]), *cells])
    head = ["answers, in %", "questions", "the new object", "the old one", "neither"]
    beside = found["bystanders"]
    return (
        "## Table 4: another corpus\n\n"
        f"{found['facts']} facts of {found['relations']} relations exchanged in {found['passages']} "
        f"passages, nothing trained.\n\n{markdown_table(head, rows)}\n\n"
        f"Of {beside['count']} questions on other facts {cell(beside['unchanged'])} % keep their answer."
    )


def few_questions(found: dict[str, Any]) -> str:
    """Return what joint pre-training is worth after fine-tuning on few questions."""
    rows = [
        [
            f"{row['questions']:,}",
            f"{row['steps']:,}",
            *(cell(row[name]["em"]) for name in SYSTEMS),
            cell(row["apart"]),
            *(cell(row[name]["recall@5"]) for name in SYSTEMS),
        ]
        for row in found["rows"]
    ]
    head = ["training questions", "steps of 16", *(f"{name}, EM" for name in SYSTEMS), "apart"]
    table = markdown_table([*head, *(f"{name}, recall@5, gold" for name in SYSTEMS)], rows)
    return f"## Few questions\n\n{found['count']} questions ({found['split']}), one seed.\n\n{table}"


def error_analysis(found: dict[str, Any]) -> str:
    """Return how many answers failed in which way, with examples."""
    total = found["questions"]
    rows = [[kind, str(n), f"{100 * n / total:.1f}"] for kind, n in found["counts"].items()]
    texts = [
        f"## What goes wrong\n\n{total} questions ({found['split']}).",
        markdown_table(["", "answers", "%"], rows),
    ]
    rows = [[kind, why, str(n)] for kind, whys in found["details"].items() for why, n in whys.items()]
    texts.append(markdown_table(["kind", "more exactly", "answers"], rows))
    rows = [
        [kind, e["question"], " / ".join(e["accepted"]), e["said"]]
        for kind, examples in found["examples"].items()
        for e in examples
    ]
    texts.append(markdown_table(["kind", "question", "accepted", "said"], rows))
    return "\n\n".join(texts)
