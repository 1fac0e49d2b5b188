"""The drawn figures hold exactly the frame's rows, and no line leaves the lists that were chosen alike."""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl
import pytest

from advisor.figures import downloads_by_size, downloads_over_time
from advisor.figures.chart import Chart, Wanted
from advisor.render.charts import downloads_by_size as draw_sizes
from advisor.render.charts import downloads_over_time as draw_dates
from advisor.render.charts.theme import Style
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder
from tests.unit.figures.hub import row
from tests.unit.figures.hub import snapshot as hub

WIDTHS = [1280, 700, 390, 300]


@cache
def figure_1() -> Chart:
    return downloads_by_size.build(Wanted(), snapshot.load(shipped_folder()))


@cache
def over_time() -> Chart:
    return downloads_over_time.build(Wanted(), snapshot.load(shipped_folder()))


@pytest.mark.parametrize("width", WIDTHS)
def test_every_total_and_median_of_the_frame_is_drawn_and_nothing_else(width: int) -> None:
    figure = draw_sizes.draw(figure_1(), Style(width=width))
    bars = [x for trace in figure.data if trace.name == "total" for x in trace.x]
    medians = [
        row[2] for trace in figure.data if trace.name == "median" for row in trace.customdata
    ]
    frame = figure_1().frame
    assert bars == frame["downloads_30d_total"].to_list()
    assert medians == frame["downloads_30d_median"].drop_nulls().to_list()


@pytest.mark.parametrize("width", [300, 390])
def test_a_bars_words_end_inside_its_plot_when_a_page_squeezes_it(width: int) -> None:
    style = Style(width=width, fluid=True)
    figure = draw_sizes.draw(figure_1(), style)
    margins = figure.layout.margin.l + figure.layout.margin.r
    bars = [trace.xaxis for trace in figure.data if trace.name == "total"]
    for trace in figure.data:
        if trace.name != "labels" or trace.xaxis not in bars:
            continue
        axis = figure.layout[f"xaxis{trace.xaxis[1:]}"]
        pixels = (axis.domain[1] - axis.domain[0]) * (draw_sizes.NARROWEST - margins)
        for end, text in zip(trace.x, trace.text, strict=True):
            words = len(text.strip()) * (style.font_size - 1) * 0.6
            assert end / axis.range[1] * pixels + words <= pixels + 1


def test_the_picture_of_sizes_has_no_line_between_its_dates() -> None:
    figure = draw_sizes.draw(figure_1(), Style())
    assert {trace.mode for trace in figure.data if trace.type == "scatter"} == {"text", "markers"}


@pytest.mark.parametrize("width", WIDTHS)
def test_a_line_joins_only_dates_of_one_series(width: int) -> None:
    figure = draw_dates.draw(over_time(), Style(width=width))
    frame = over_time().frame
    for trace in figure.data:
        of_class = frame.filter(
            series=trace.meta["series"], size_class=trace.name.replace("–", "-")
        )
        assert list(trace.x) == of_class["date"].to_list()
        assert list(trace.y) == of_class[trace.meta["measure"]].to_list()
        assert of_class.select("source_id", "ranking_note").unique().height == 1
    assert sum(len(trace.x) for trace in figure.data) == 3 * frame.height


def test_two_lists_on_the_same_dates_are_never_one_line() -> None:
    rows = [
        row(f"{note}{i}", 10 + i, 5 if i % 2 else 50, date=date(2024, 1, day), ranking_note=note)
        for note in ("top", "favourites")
        for day in (1, 9)
        for i in range(24)
    ]
    chart = downloads_over_time.build(Wanted(edges=(10,)), hub(rows))
    figure = draw_dates.draw(chart, Style())
    assert len({trace.meta["series"] for trace in figure.data}) == 2
    assert all(len(trace.x) == 2 for trace in figure.data)


def test_names_from_outside_are_escaped_in_the_hover() -> None:
    chart = downloads_by_size.build(
        Wanted(), hub([row("<b>evil</b>", 9, 10), row("b", 1, None)]), least_models=1
    )
    figure = draw_sizes.draw(chart, Style())
    details = str([trace.customdata for trace in figure.data])
    assert "<b>evil" not in details
    assert "&lt;b&gt;evil" in details


def test_bounds_reach_as_far_as_the_frame_says() -> None:
    figure = draw_sizes.draw(figure_1(), Style())
    frame = figure_1().frame
    every = pl.col("downloads_30d_total").sum().over("panel")
    wanted = frame.with_columns(
        more=((pl.col("downloads_share_high") - pl.col("downloads_share_low")) * every).fill_null(0)
    )["more"]
    drawn = [x for trace in figure.data if trace.name == "total" for x in trace.error_x.array]
    assert drawn == pytest.approx(wanted.to_list())
