"""The stacked bars of outcomes: each count has its length, its place and its number."""

import matplotlib

matplotlib.use("Agg")

from realm_mini.plots import outcome_bars


def test_outcome_bars_stack_counts_in_the_order_given():
    import matplotlib.pyplot as plt

    counts = {"one": {"right": 3, "wrong": 1}, "two": {"wrong": 4}}
    figure, ax = outcome_bars(counts, ("right", "wrong"))
    bars = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    assert bars == [(0, 3), (0, 0), (3, 1), (0, 4)]
    assert [text.get_text() for text in ax.texts] == ["3", "", "1", "4"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["right", "wrong"]
    figure.canvas.draw()
    plt.close(figure)
