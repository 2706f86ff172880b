"""The figures of the retriever and of the marginal likelihood: what is drawn is what was given."""

import re

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

from realm_mini.plots import BLUE, GREEN, RED, bars, credit_bars, embedding_map, plane, probability_maps


@pytest.fixture(autouse=True)
def closed():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def test_credit_bars_shows_three_numbers_of_each_candidate():
    figure, panels = credit_bars(["(null)", "one"], [0.4, 0.6], [0.1, 0.9], [-0.3, 0.3])
    widths = [[bar.get_width() for bar in panel.patches] for panel in panels]
    assert widths == [[0.4, 0.6], [0.1, 0.9], [-0.3, 0.3]]
    assert panels[2].patches[0].get_facecolor() != panels[2].patches[1].get_facecolor()
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["(null)", "one"]
    figure.canvas.draw()


def test_probability_maps_share_one_scale():
    figure, panels = probability_maps({"before": [[0.5, 0.5]], "after": [[0.0, 1.0]]})
    assert [panel.get_title() for panel in panels] == ["before", "after"]
    assert {panel.images[0].get_clim() for panel in panels} == {(0.0, 1.0)}
    figure.canvas.draw()


def test_one_probability_map_is_enough():
    figure, _ = probability_maps({"only": np.eye(2)})
    figure.canvas.draw()


def test_the_plane_keeps_the_widest_directions_and_has_no_loose_signs():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 2)) @ np.array([[5.0, 0.0, 0.0], [0.0, 3.0, 0.0]]) + 7.0
    coordinates, share = plane(vectors)
    assert share == pytest.approx(1.0)
    centred = vectors - vectors.mean(0)
    assert np.linalg.norm(coordinates, axis=1) == pytest.approx(np.linalg.norm(centred, axis=1))
    again, _ = plane(np.vstack([vectors[::-1]]))
    assert again[::-1] == pytest.approx(coordinates)


def test_embedding_map_has_a_colour_and_a_count_for_each_group():
    vectors = np.random.default_rng(0).normal(size=(6, 4))
    figure, ax = embedding_map(vectors, ["a", "a", "b", "b", "b", "c"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a (2)", "b (3)", "c (1)"]
    assert len({tuple(dots.get_facecolor()[0]) for dots in ax.collections}) == 3
    figure.canvas.draw()


def test_bars_escape_text_and_tell_negative_from_positive():
    html = bars(["<b>"], {"r(z)": [-0.25], "p": [0.5]}, note="a & b")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "-0.25" in html
    assert ">0.50</td>" in html
    assert "a &amp; b" in html
    assert html.count("width:12px") == 1
    assert html.count("width:25px") == 1
    assert html.count(f"background:{RED}") == html.count(f"background:{BLUE}") == 1


def test_bars_of_both_signs_meet_at_one_line():
    """Below zero to its left and red, above to its right and green; the numbers behind them in one column."""
    html = bars(["down", "up"], {"r(z)": [-0.5, 0.25]})
    ends = []
    for width, after, before, side in re.findall(
        r"width:(\d+)px;margin:0 (\d+)px 0 (\d+)px;border-(right|left)", html
    ):
        ends.append(int(before) + (int(width) if side == "right" else 0))
        assert int(before) + int(width) + int(after) == 106
    assert ends == [50, 50]
    assert html.index(RED) < html.index(GREEN)


def test_bars_are_drawn_to_the_largest_of_a_column():
    html = bars(["one", "two"], {"f": [2.0, 4.0]})
    assert "width:25px" in html
    assert "width:50px" in html
