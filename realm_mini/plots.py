"""Figures of the book, in one line each for a run of one's own, and two small parts of its explorers.

Every figure has a white ground, so that it is legible on light and dark pages alike, and colours that
colour-blind readers can tell apart.  Matplotlib and ipywidgets are imported where needed.  Level 11.
"""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle
from typing import Any

import numpy as np

from realm_mini.masking import Span
from realm_mini.metrics import recall_at

BLUE, RED, GREEN, OCHRE, GREY = "#3b6ea5", "#b3493a", "#3a8a5f", "#c8963e", "#7a7a7a"
INK = "#333333"  # for words: ochre and green would be too faint
COLOURS = (BLUE, RED, GREEN, OCHRE, GREY)
MARKERS = ("o", "s", "^", "D", "v")


def axes(width: float = 7.0, height: float = 3.2, columns: int = 1) -> tuple[Any, Any]:
    """Return a white figure and its axes, an array of them for several columns."""
    import matplotlib.pyplot as plt

    figure, made = plt.subplots(1, columns, figsize=(width, height), facecolor="white", layout="constrained")
    for one in np.atleast_1d(made):
        one.spines[["top", "right"]].set_visible(False)
    return figure, made


def recall_curves(
    ranks: Mapping[str, Sequence[int | None]], cuts: Sequence[int] = (1, 2, 3, 5, 10, 20)
) -> tuple[Any, Any]:
    """Draw recall at each cut, one curve a name; ``ranks`` are those of the first good passage, from 0.

    :func:`realm_mini.metrics.first_rank` finds them.  Each curve carries its name at its right end.
    """
    figure, ax = axes()
    for (name, found), colour, marker in zip(ranks.items(), cycle(COLOURS), cycle(MARKERS), strict=False):
        heights = [recall_at(found, cut) for cut in cuts]
        ax.plot(range(len(cuts)), heights, color=colour, marker=marker, label=name)
        beside = {"xytext": (8, 0), "textcoords": "offset points", "va": "center", "color": INK}
        ax.annotate(f"{name} ({len(found):,})", (len(cuts) - 1, heights[-1]), **beside)
    ax.set_xticks(range(len(cuts)), [str(cut) for cut in cuts])
    ax.set(xlabel="passages looked at, k", ylabel="recall@k", ylim=(0, 1.03))
    ax.yaxis.grid(visible=True, color="#dddddd", linewidth=0.6)
    return figure, ax


def loss_curve(
    losses: Mapping[str, Sequence[float]], levels: Mapping[str, float] | None = None, window: int = 10
) -> tuple[Any, Any]:
    """Draw losses step by step: each faint, its mean over the last ``window`` steps in full colour.

    ``levels``: horizontal lines to compare with, such as the loss of a uniform guess.
    """
    figure, ax = axes()
    for (name, values), colour in zip(losses.items(), cycle(COLOURS), strict=False):
        smooth = [float(np.mean(values[max(0, i + 1 - window) : i + 1])) for i in range(len(values))]
        ax.plot(values, color=colour, alpha=0.25, linewidth=0.8)
        ax.plot(smooth, color=colour, label=name)
    for name, height in (levels or {}).items():
        ax.axhline(height, color=GREY, linewidth=0.9, linestyle="--")
        ax.annotate(
            name,
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            color=INK,
        )
    if len(losses) > 1:
        ax.legend(frameon=False)
    ax.set(xlabel="step", ylabel="loss, nats a hidden wordpiece", ylim=(0, None))
    return figure, ax


def marked(text: str, spans: Sequence[Span], colour: str = OCHRE, note: str = "") -> str:
    """Return ``text`` as HTML with its spans underlined and tinted; everything else is escaped.

    ``note`` is put behind the text in small type.

    >>> marked("A < B in 1901", [Span(9, 13, "date")]).count("<mark")
    1
    """
    parts, last = [], 0
    for span in sorted(spans):
        parts.append(escape(text[last : span.start]))
        style = f"background:{colour}33;color:inherit;border-bottom:2px solid {colour};padding:0 2px"
        parts.append(f'<mark style="{style}">{escape(text[span.start : span.end])}</mark>')
        last = span.end
    tail = f' <small style="opacity:0.75">{escape(note)}</small>' if note else ""
    return f'<div style="line-height:1.7">{"".join(parts)}{escape(text[last:])}{tail}</div>'


def switch(panels: Sequence[Any], control: Any, trait: str = "value") -> Any:  # noqa: ANN401
    """Return a widget that shows ``panels[i]``, where i is what ``control`` says (its ``trait``).

    The link is made in the browser, so a page without a kernel can still be played with.  Versions of
    ipywidgets that have no Stack get a link through the kernel instead.
    """
    import ipywidgets as widgets

    if hasattr(widgets, "Stack"):
        stack = widgets.Stack(list(panels), selected_index=getattr(control, trait))
        widgets.jslink((control, trait), (stack, "selected_index"))
        return stack
    box = widgets.VBox([panels[getattr(control, trait)]])
    control.observe(lambda change: setattr(box, "children", [panels[change["new"]]]), trait)
    return box


def credit_bars(
    names: Sequence[str], p_z: Sequence[float], p_y_given_z: Sequence[float], credit: Sequence[float]
) -> tuple[Any, Any]:
    """Draw, candidate by candidate, p(z|x), p(y|z,x) and r(z): what training makes of one text."""
    figure, panels = axes(8.0, 0.42 * len(names) + 1.0, columns=3)
    places = range(len(names))
    panels[0].barh(places, list(p_z), color=BLUE)
    panels[1].barh(places, list(p_y_given_z), color=OCHRE)
    panels[2].barh(places, list(credit), color=[GREEN if value > 0 else RED for value in credit])
    panels[2].axvline(0, color="black", linewidth=0.8)
    titles = ("p(z|x), the retriever", "p(y|z,x), the reader", "r(z), the push")
    for panel, title in zip(panels, titles, strict=True):
        panel.set_title(title, fontsize=11)
        panel.set_yticks(places, [""] * len(names))
        panel.invert_yaxis()
    panels[0].set_yticks(places, list(names))
    return figure, panels


def probability_maps(
    tables: Mapping[str, Any], rows: str = "texts", columns: str = "passages"
) -> tuple[Any, Any]:
    """Draw tables of probabilities side by side on one scale, dark where they are large."""
    figure, panels = axes(3.6 * len(tables) + 0.8, 3.4, columns=len(tables))
    shown = None
    for panel, (name, table) in zip(np.atleast_1d(panels), tables.items(), strict=True):
        shown = panel.imshow(np.asarray(table), cmap="Blues", vmin=0.0, vmax=1.0)
        panel.set(title=name, xlabel=columns, ylabel=rows, xticks=[], yticks=[])
        panel.spines[:].set_visible(True)
    figure.colorbar(shown, ax=panels, shrink=0.85)
    return figure, panels


def plane(vectors: Any) -> tuple[np.ndarray, float]:  # noqa: ANN401
    """Return the two coordinates in which ``vectors`` (rows) spread most, and their share of the spread.

    >>> coordinates, share = plane([[1.0, 0.0, 5.0], [-1.0, 0.0, 5.0], [0.0, 0.5, 5.0], [0.0, -0.5, 5.0]])
    >>> np.abs(coordinates).round(1).tolist(), round(share, 2)
    ([[1.0, 0.0], [1.0, 0.0], [0.0, 0.5], [0.0, 0.5]], 1.0)
    """
    centred = np.asarray(vectors, dtype=np.float64)
    centred = centred - centred.mean(0)
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    # An axis may come out either way round: the larger entry of each is made positive.
    signs = np.sign(right[np.arange(len(sizes)), np.abs(right).argmax(1)])
    return (left * sizes * signs)[:, :2], float((sizes[:2] ** 2).sum() / (sizes**2).sum())


def embedding_map(vectors: Any, groups: Sequence[str]) -> tuple[Any, Any]:  # noqa: ANN401
    """Draw vectors in the plane in which they spread most, with a colour and a marker for each group."""
    coordinates, share = plane(vectors)
    figure, ax = axes(7.0, 4.6)
    for number, group in enumerate(dict.fromkeys(groups)):
        inside = np.array([g == group for g in groups])
        ax.scatter(
            *coordinates[inside].T,
            s=22,
            alpha=0.75,
            color=COLOURS[number % len(COLOURS)],
            marker=MARKERS[number % len(MARKERS)],
            label=f"{group} ({inside.sum()})",
        )
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    ax.set(xlabel=f"two directions that hold {share:.0%} of the spread", xticks=[], yticks=[])
    return figure, ax


def bars(names: Sequence[str], columns: Mapping[str, Sequence[float]], note: str = "") -> str:
    """Return an HTML table of horizontal bars, for an explorer.

    In a column with negative values these are red, to the left of a line at zero, and the others green.
    Values are drawn to the largest size in their column, or to 1 where all are smaller.

    >>> bars(["a < b"], {"p": [0.5]}).count("a &lt; b")
    1
    """
    heads = "".join(f'<th style="text-align:left;padding:2px 6px">{escape(c)}</th>' for c in columns)
    full = {c: max(1.0, *(abs(v) for v in values)) for c, values in columns.items()}
    sign = {c: "+" if min(values) < 0 else "" for c, values in columns.items()}
    lines = []
    for row, name in enumerate(names):
        numbers = {c: values[row] for c, values in columns.items()}
        cells = "".join(_bar(v / full[c], f"{v:{sign[c]}.2f}", bool(sign[c])) for c, v in numbers.items())
        lines.append(f'<tr><td style="padding:2px 6px">{escape(name)}</td>{cells}</tr>')
    tail = f"<p>{escape(note)}</p>" if note else ""
    return f'<table style="border-collapse:collapse"><tr><th></th>{heads}</tr>{"".join(lines)}</table>{tail}'


def _bar(share: float, value: str, signed: bool) -> str:
    width, below = round(50 * abs(share)), share < 0
    colour, before, after, edge = BLUE, 0, 6, ""
    if signed:  # both kinds meet at a line, 50 pixels from the left
        colour, before, after = (RED, 50 - width, 56) if below else (GREEN, 50, 56 - width)
        edge = f"border-{'right' if below else 'left'}:1px solid #888;"
    bar = f"display:inline-block;height:12px;width:{width}px;margin:0 {after}px 0 {before}px;{edge}"
    drawn = f'<span style="{bar}background:{colour}"></span>'
    return f'<td style="padding:2px 6px;white-space:nowrap">{drawn}{value}</td>'


def run_curves(
    runs: Mapping[str, Sequence[Any]], panels: Mapping[str, str], window: int = 10
) -> tuple[Any, Any]:
    """Draw numbers of training runs step by step, one panel a number, one colour a run.

    ``runs`` hold :class:`realm_mini.fit.Step` records.  ``panels``: the label of "loss" or of a name in
    ``info``.  Each step is faint, the mean over the last ``window`` steps in full colour.
    """
    figure, drawn = axes(min(4.2 * len(panels), 8.0), 3.1, columns=len(panels))
    for panel, (key, label) in zip(np.atleast_1d(drawn), panels.items(), strict=True):
        for (name, history), colour in zip(runs.items(), cycle(COLOURS), strict=False):
            values = [step.loss if key == "loss" else step.info[key] for step in history]
            smooth = [float(np.mean(values[max(0, i + 1 - window) : i + 1])) for i in range(len(values))]
            at = [step.step for step in history]
            panel.plot(at, values, color=colour, alpha=0.25, linewidth=0.8)
            panel.plot(at, smooth, color=colour, label=name)
        panel.set(xlabel="step", ylabel=label)
    labelled = np.atleast_1d(drawn)[0].get_legend_handles_labels()
    figure.legend(*labelled, loc="outside upper center", ncols=len(runs), frameon=False)
    return figure, drawn


def result_bars(
    results: Mapping[str, Mapping[str, Any]], subsets: Sequence[str], score: str = "em"
) -> tuple[Any, Any]:
    """Draw a score in percent by system, one colour a subset of the questions, as ``results.json`` has them.

    The thin lines are two standard errors of a share of so many questions: chance alone moves it that far.
    """
    figure, ax = axes(8.4, 3.6)
    width = 0.8 / len(subsets)
    for number, subset in enumerate(subsets):
        parts = [rows[subset] for rows in results.values()]
        shares = np.array([part[score] for part in parts]) / 100
        error = 200 * np.sqrt(shares * (1 - shares) / np.array([part["count"] for part in parts]))
        at = np.arange(len(results)) + (number - (len(subsets) - 1) / 2) * width
        style = {"ecolor": INK, "error_kw": {"elinewidth": 0.9}}
        drawn = ax.bar(
            at, 100 * shares, width * 0.92, yerr=error, color=COLOURS[number], label=subset, **style
        )
        ax.bar_label(drawn, fmt="%.0f", padding=2, color=INK, fontsize=9)
    ax.set_xticks(range(len(results)), list(results))
    ax.set(ylabel={"em": "exact match, %"}.get(score, f"{score}, %"))
    ax.margins(y=0.12)
    ax.legend(frameon=False)
    return figure, ax


def interval_dots(
    rows: Mapping[str, Mapping[str, tuple[float, float, float]]], label: str = "exact match, %"
) -> tuple[Any, Any]:
    """Draw means with their intervals, (mean, low, high), a line a row, one colour and marker a series.

    A dotted line goes down from each series' first row, to compare the others with.
    """
    series = list(dict.fromkeys(name for found in rows.values() for name in found))
    figure, ax = axes(7.6, 0.36 * len(rows) + 1.2)
    for number, name in enumerate(series):
        at = [(i, found[name]) for i, found in enumerate(rows.values()) if name in found]
        means, lows, highs = np.array([values for _, values in at]).T
        shift = 0.24 * (number - (len(series) - 1) / 2)
        style = {"color": COLOURS[number], "marker": MARKERS[number], "label": name, "linestyle": ""}
        ax.errorbar(means, [i + shift for i, _ in at], xerr=(means - lows, highs - means), **style)
        ax.axvline(means[0], color=COLOURS[number], linestyle=":", linewidth=0.9)
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set(xlabel=label)
    ax.invert_yaxis()
    if len(series) > 1:
        ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(series))
    return figure, ax


def outcome_bars(counts: Mapping[str, Mapping[str, int]], outcomes: Sequence[str]) -> tuple[Any, Any]:
    """Draw how often each outcome came out, a stacked bar a group, the larger numbers written on it."""
    figure, ax = axes(7.6, 0.55 * len(counts) + 1.3)
    starts, least = np.zeros(len(counts)), 0.03 * max(sum(found.values()) for found in counts.values())
    for outcome, colour in zip(outcomes, (BLUE, OCHRE, RED, GREY, GREEN), strict=False):
        widths = np.array([found.get(outcome, 0) for found in counts.values()], dtype=float)
        drawn = ax.barh(list(counts), widths, left=starts, color=colour, edgecolor="white", label=outcome)
        shown = [f"{width:.0f}" if width > least else "" for width in widths]
        ax.bar_label(drawn, shown, label_type="center", color="white", fontweight="bold")
        starts += widths
    ax.invert_yaxis()
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(outcomes))
    return figure, ax
