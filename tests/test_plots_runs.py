"""The figures of training runs and of results: what is drawn is what was given."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

from realm_mini.fit import Step
from realm_mini.plots import result_bars, run_curves


@pytest.fixture(autouse=True)
def closed():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def test_run_curves_draws_each_run_faint_and_smooth_in_each_panel():
    history = [Step(step=i, loss=float(i), lr=0.1, info={"utility": 2.0 * i}) for i in range(4)]
    figure, panels = run_curves({"one": history, "two": history[:2]}, {"loss": "loss", "utility": "RU"}, 2)
    assert len(panels) == 2 and panels[1].get_ylabel() == "RU"
    raw, smooth, *others = panels[1].lines
    assert raw.get_ydata().tolist() == [0, 2, 4, 6]
    assert smooth.get_ydata().tolist() == [0, 1, 3, 5]
    assert len(others) == 2
    assert figure.get_facecolor() == (1.0, 1.0, 1.0, 1.0)


def test_run_curves_takes_a_single_panel():
    history = [Step(step=3, loss=1.0, lr=0.1)]
    _, panel = run_curves({"one": history}, {"loss": "loss"})
    assert panel.lines[0].get_xdata().tolist() == [3]


def test_result_bars_draws_percent_and_two_standard_errors():
    results = {
        "a": {"all": {"count": 100, "em": 50.0}, "hard": {"count": 25, "em": 0.0}},
        "b": {"all": {"count": 100, "em": 20.0}, "hard": {"count": 25, "em": 100.0}},
    }
    _, ax = result_bars(results, ["all", "hard"])
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == pytest.approx([50, 20, 0, 100])
    ends = np.array(ax.collections[0].get_segments())[:, :, 1]
    assert (ends[:, 1] - ends[:, 0]).tolist() == pytest.approx([20, 16])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]
    assert ax.get_ylabel() == "exact match, %"
