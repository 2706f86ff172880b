"""Measure how large and how hard the pocket world is, and write it into data/README.md.

``python -m data.world.hardness`` rewrites the part of the file between the two markers; a test
proves that the numbers there are those of the data.
"""

from collections import Counter
from pathlib import Path

from realm_mini.corpus import Question, data_path
from realm_mini.errors import write_text
from realm_mini.evaluate import lexical_recall
from realm_mini.lexical import Lexical
from realm_mini.results import markdown_table
from realm_mini.text import Tokenizer
from realm_mini.world import World

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
KINDS = {
    "named": "names its subject",
    "described": "describes its subject",
    "who": "describes, asks for the name",
}


def percent(part: int, whole: int) -> str:
    """Return a share in whole percents."""
    return f"{100 * part / whole:.0f} %"


def sizes(world: World) -> list[str]:
    """Return the lines that say how much there is."""
    texts = [p.text for p in list(world.corpus)[1:]]
    tokenizer = Tokenizer.train(texts + [s.text for s in world.news], 8000)
    pieces = sorted(len(p) for p in tokenizer.encode_many(texts))
    facts = [len(spans) for spans in world.annotated.values()]
    questions = [q for part in world.questions.values() for q in part]
    keys = {q.flags["key"] for q in questions}
    in_x = sum(q.flags["fact_in_x"] for q in questions)
    described = sum(q.flags["kind"] != "named" for q in questions)
    domains = Counter(p.id.split(":")[0].split("/")[0] for p in list(world.corpus)[1:])
    return [
        f"- {len(texts):,} passages of {pieces[0]} to {pieces[-1]} wordpieces, "
        f"median {pieces[len(pieces) // 2]}; "
        f"{sum(facts):,} marked facts, median {sorted(facts)[len(facts) // 2]} a passage; "
        f"{len(domains)} kinds of subject",
        f"- {len(world.news):,} news texts",
        f"- {len(questions):,} questions about {len(keys):,} facts: "
        + ", ".join(f"{len(part):,} {split}" for split, part in world.questions.items())
        + f"; {percent(described, len(questions))} describe their subject instead of naming it; "
        f"{percent(in_x, len(questions))} ask for a fact that news states too",
    ]


def recall_table(world: World) -> str:
    """Return BM25's recall on the test questions, by kind, as a Markdown table."""
    lexical = Lexical(world.corpus)
    test = world.questions["test"]
    parts: dict[str, list[Question]] = {"all test questions": test}
    parts |= {label: [q for q in test if q.flags["kind"] == kind] for kind, label in KINDS.items()}
    parts["unseen wording"] = [q for q in test if q.flags["unseen_wording"]]
    parts["fact not in X"] = [q for q in test if not q.flags["fact_in_x"]]
    rows = []
    for label, part in parts.items():
        gold = lexical_recall(lexical, world.corpus, part).gold
        rows.append([label, f"{len(part):,}", *(f"{100 * gold[k]:.0f}" for k in (1, 5, 20))])
    return markdown_table(["BM25, gold passage", "questions", "recall@1", "@5", "@20"], rows)


def measured() -> str:
    """Return the whole measured part of data/README.md."""
    world = World.load(data_path("passages.jsonl").parent)
    return "\n".join([BEGIN, "", *sizes(world), "", recall_table(world), "", END])


def main() -> None:
    """Write the measured part into data/README.md."""
    text = README.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    write_text(README, head + measured() + rest.split(END)[1])


if __name__ == "__main__":
    main()
