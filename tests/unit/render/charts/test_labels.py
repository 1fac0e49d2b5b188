from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.figures.chart import Chart
from advisor.render.charts import labels, theme

CHART = Chart(
    name="any", title="t", reading="r", frame=pl.DataFrame({"x": [1.0]}), pool="p", snapshot_id="s"
)
POINTS = st.lists(
    st.tuples(st.floats(1e6, 1e11), st.floats(0, 1), st.text("abcdefg/-", min_size=1, max_size=40)),
    min_size=1,
    max_size=40,
)


def boxes(figure: object, plot: labels.Plot, style: theme.Style) -> list[labels.Box]:
    """Each written name's rectangle, from the figure alone."""
    found = []
    for note in figure.layout.annotations:
        x = 10 ** float(note.x) if plot.x.log else float(note.x)
        left, top = plot.pixel(x, float(note.y))
        left, top = left + note.xshift, top - note.yshift
        size = style.font_size - 1
        wide = len(note.text) * size * labels.LETTER
        found.append(labels.Box(left=left, top=top, right=left + wide, bottom=top + size * 1.35))
    return found


@pytest.mark.parametrize("width", [1280, 390])
@settings(max_examples=60, deadline=None)
@given(points=POINTS)
def test_no_name_lies_on_another_and_none_leaves_the_plot(
    width: int, points: list[tuple[float, float, str]]
) -> None:
    style = theme.Style(width=width)
    figure = theme.figure(CHART, theme.Style(width=width, framed=False))
    plot = labels.whole(
        figure, style, labels.span([p[0] for p in points], log=True), labels.span([0.0, 1.0])
    )
    wanted = [labels.Named(x=x, y=y, name=name) for x, y, name in points]
    written = labels.name_points(figure, wanted, plot, style)
    assert len(written) == len(figure.layout.annotations)
    placed = boxes(figure, plot, style)
    for i, box in enumerate(placed):
        assert box.left >= -0.01
        assert box.right <= plot.pixels[0] + 0.01
        assert box.top >= -0.01
        assert box.bottom <= plot.pixels[1] + 0.01
        assert not any(box.meets(other) for other in placed[i + 1 :])


def test_the_first_of_two_at_one_place_is_written() -> None:
    style = theme.Style(width=1280, framed=False)
    figure = theme.figure(CHART, style)
    crowd = [labels.Named(x=0.5, y=0.5, name=f"model-{i}" * 4) for i in range(60)]
    plot = labels.whole(figure, style, labels.Span(low=0, high=1), labels.Span(low=0, high=1))
    written = labels.name_points(figure, crowd, plot, style)
    assert written[0] == crowd[0].name
    assert len(written) <= 8


@given(low=st.floats(1e-6, 1e6), factor=st.floats(1.001, 1e6), log=st.booleans())
def test_an_axis_holds_what_it_was_made_for(low: float, factor: float, log: bool) -> None:
    shown = labels.span([low, low * factor], log=log)
    assert shown.low < low
    assert shown.high > low * factor
    assert math.isclose(shown.share(shown.low), 0, abs_tol=1e-9)
    assert math.isclose(shown.share(shown.high), 1, abs_tol=1e-9)


def test_nothing_known_still_gives_an_axis() -> None:
    assert labels.span([None, None]).range == [0.0, 1.0]
    assert labels.span([None, -1.0], log=True).range == [0.0, 1.0]
