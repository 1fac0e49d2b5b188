"""Draws cumulative shares of downloads by rank, a plot per list of models, a line per size class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor._lazy import need
from advisor.figures import words
from advisor.figures.downloads_concentration import EVERY, HALF
from advisor.render.charts import theme
from advisor.render.charts.labels import span
from advisor.render.charts.names import size_class
from advisor.render.charts.panels import Panel, grid, lines_of
from advisor.render.charts.ticks import log_axis

if TYPE_CHECKING:
    import polars as pl

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Style

_HOVER = (
    "<b>%{fullData.name}</b><br>the %{x:,} most downloaded of %{customdata[0]:,} have %{y:.1%}"
    "<br>half of the downloads: %{customdata[1]:,}<extra></extra>"
)


def draw(chart: Chart, style: Style) -> Any:
    """Plots side by side where there is room, one axis of shares for all."""
    parts = chart.frame.partition_by("panel", maintain_order=True)
    classes = chart.frame.unique("position").sort("position")["size_class"].to_list()
    stacked = style.phone
    rows = len(parts) if stacked else 1
    columns = 1 if stacked else len(parts)
    cell = (style.width - 110) / columns - (0 if stacked else 40)
    tall = max(len(lines_of(str(part["panel"][0]), cell, style)) for part in parts)
    air = style.font_size * 1.3 * tall
    figure, plots = grid(
        chart, style, [220.0 if stacked else 360.0] * rows, columns=[1.0] * columns,
        above=[12 + air, *([60 + air] * (rows - 1))], between=56, legend=[words.size_class(name) for name in classes],
    )  # fmt: skip
    figure.update_layout(legend={"tracegroupgap": 0})
    seen: set[str] = set()
    for part, panel in zip(parts, [p for row in plots for p in row], strict=True):
        _lines(figure, part, panel, style, seen)
        panel.title(figure, str(part["panel"][0]), style)
        held = span(part["rank"].to_list(), log=True)
        panel.set_axes(
            figure,
            theme.axis(style, "models, by rank", **log_axis(held, "count", style)),
            theme.axis(style, "share of the class's downloads" if panel.number == 1 or stacked else "",
                       range=[-0.02, 1.02], tickmode="array", tickvals=[0, 0.25, HALF, 0.75, 1],
                       ticktext=["0%", "25%", "50%", "75%", "100%"]),
        )  # fmt: skip
    return figure


def _lines(figure: Any, part: pl.DataFrame, panel: Panel, style: Style, seen: set[str]) -> None:
    go = need("plotly.graph_objects", extra="charts")
    for curve in part.partition_by("position", maintain_order=True):
        name = str(curve["size_class"][0])
        every = name == EVERY
        look = theme.SEQUENCE[(int(curve["position"][0]) - 1) % len(theme.SEQUENCE)]
        colour = style.ink if every else look.colour(style)
        figure.add_trace(
            go.Scatter(
                x=curve["rank"].to_list(), y=curve["cumulative_share"].to_list(), mode="lines" if every else "lines+markers",
                name=size_class(name),
                legendgroup=name, showlegend=name not in seen,
                line={"color": colour, "dash": "solid" if every else look.dash, "width": 3 if every else 1.6},
                # Lines that differ by colour alone are told apart by a few symbols.
                marker={"symbol": look.symbol, "size": 7, "maxdisplayed": 8},
                customdata=curve.select("n_models", "n_half").rows(), hovertemplate=_HOVER, **panel.axes,
            )
        )  # fmt: skip
        seen.add(name)
