"""The stacked bars of outcomes: each count has its length, its place and its number."""

import matplotlib

matplotlib.use("Agg")

from realm_mini.plots import interval_dots, outcome_bars


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


def test_interval_dots_draw_each_mean_between_its_ends():
    rows = {
        "REALM": {"EM": (40.0, 38.0, 43.0), "recall@5": (66.0, 65.0, 67.0)},
        "closed-book": {"EM": (4.0, 3.0, 5.0)},
    }
    _, ax = interval_dots(rows)
    em, recall = ax.containers
    assert em.lines[0].get_xdata().tolist() == [40.0, 4.0] and recall.lines[0].get_xdata().tolist() == [66.0]
    ends = [[point[0] for point in part] for part in em.lines[2][0].get_segments()]
    assert ends == [[38.0, 43.0], [3.0, 5.0]]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(rows)
    assert em.lines[0].get_ydata()[0] < recall.lines[0].get_ydata()[0] < em.lines[0].get_ydata()[1]
