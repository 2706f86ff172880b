"""The figures that any run may draw: what is on them, not how it looks."""

import matplotlib.pyplot as plt
import pytest

from realm_mini.masking import Span
from realm_mini.plots import loss_curve, marked, recall_curves, switch


@pytest.fixture(autouse=True)
def quiet():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


def test_recall_curves_draw_the_recall_of_each_name():
    _, ax = recall_curves({"named": [0, 0, 3], "described": [None, 1]}, cuts=(1, 5))
    assert [line.get_ydata().tolist() for line in ax.lines] == [[2 / 3, 1.0], [0.0, 0.5]]
    assert [text.get_text() for text in ax.texts] == ["named (3)", "described (2)"]


def test_loss_curves_are_smoothed_and_compared_with_levels():
    _, ax = loss_curve({"a": [4.0, 2.0, 0.0]}, {"ln V": 8.0}, window=2)
    raw, smooth, level = ax.lines
    assert list(raw.get_ydata()) == [4.0, 2.0, 0.0]
    assert list(smooth.get_ydata()) == [4.0, 3.0, 1.0]
    assert list(level.get_ydata()) == [8.0, 8.0]
    assert ax.get_legend() is None


def test_more_curves_than_colours_are_all_drawn():
    names = [str(number) for number in range(7)]
    _, ax = loss_curve({name: [1.0, 2.0] for name in names})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == names
    _, ax = recall_curves({name: [0] for name in names})
    assert len(ax.lines) == 7


def test_several_losses_have_a_legend():
    _, ax = loss_curve({"a": [1.0], "b": [2.0]})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


def test_marked_text_is_escaped_and_complete():
    html = marked("<b> in 1901 & 1902", [Span(14, 18, "date"), Span(7, 11, "date")], note="x < y")
    assert html.count("<mark") == 2 and html.index("1901") < html.index("1902")
    assert "<b>" not in html and "&lt;b&gt;" in html and "&amp;" in html and "x &lt; y" in html


def test_a_switch_shows_the_panel_that_its_control_names():
    widgets = pytest.importorskip("ipywidgets")
    panels, slider = [widgets.Label("a"), widgets.Label("b")], widgets.IntSlider(1, 0, 1)
    assert switch(panels, slider).selected_index == 1


def test_without_stack_the_kernel_makes_the_link(monkeypatch):
    widgets = pytest.importorskip("ipywidgets")
    monkeypatch.delattr(widgets, "Stack")
    panels, slider = [widgets.Label("a"), widgets.Label("b")], widgets.IntSlider(1, 0, 1)
    box = switch(panels, slider)
    assert box.children == (panels[1],)
    slider.value = 0
    assert box.children == (panels[0],)
