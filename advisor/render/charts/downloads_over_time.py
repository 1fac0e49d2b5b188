"""Draws downloads per size class from date to date; a line never leaves its series of lists chosen alike."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.render.charts import theme
from advisor.render.charts.labels import span
from advisor.render.charts.names import size_class
from advisor.render.charts.panels import Panel, grid, lines_of
from advisor.render.charts.ticks import log_axis

if TYPE_CHECKING:
    import polars as pl

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Style

_MEASURES: Final = (
    ("downloads_30d_total", "total, all that are listed"),
    ("downloads_30d_median", "median model of the list"),
    ("index", "same models from date to date (first date = 1)"),
)
_HOVER: Final = (
    "<b>%{fullData.name}</b>, %{x|%Y-%m-%d}<br>%{y:,.3~f}<br>%{customdata[0]:,} models listed, "
    "%{customdata[1]} of them on the list before<extra></extra>"
)


def draw(chart: Chart, style: Style) -> Any:
    """One plot per measure and series, a line per size class."""
    series = chart.frame.partition_by("series", maintain_order=True)
    classes = chart.frame.unique("position").sort("position")["size_class"].to_list()
    titles = [
        (rows, column, f"{words}: {rows['series'][0]}" if len(series) > 1 else words)
        for rows in series
        for column, words in _MEASURES
    ]
    wide = style.width - 90
    above = [
        (10 if i == 0 else 42) + style.font_size * 1.3 * len(lines_of(title, wide, style))
        for i, (_, _, title) in enumerate(titles)
    ]
    tall = 170.0 if style.phone else 190.0
    figure, plots = grid(
        chart,
        style,
        [tall] * len(titles),
        above=above,
        legend=classes,
        left=64 if style.phone else 80,
    )
    figure.update_layout(legend={"tracegroupgap": 0})
    for number, ((rows, column, title), (plot,)) in enumerate(zip(titles, plots, strict=True)):
        _lines(figure, rows, column, plot, style, legend=number == 0)
        plot.title(figure, title, style)
        _axes(figure, rows, column, plot, style, last=number == len(titles) - 1)
    return figure


def _lines(
    figure: Any, rows: pl.DataFrame, column: str, plot: Panel, style: Style, *, legend: bool
) -> None:
    go = need("plotly.graph_objects", extra="charts")
    for of_class in rows.partition_by("position", maintain_order=True):
        look = theme.SEQUENCE[of_class["position"][0] % len(theme.SEQUENCE)]
        name = size_class(str(of_class["size_class"][0]))
        figure.add_trace(
            go.Scatter(
                x=of_class["date"].to_list(), y=of_class[column].to_list(), mode="lines+markers", name=name,
                legendgroup=name, showlegend=legend, connectgaps=False,
                line={"color": look.colour(style), "dash": look.dash, "width": 1.8},
                marker=theme.marker(look, style, size=7),
                customdata=[[n, "none" if f is None else f"{f:,}"]
                            for n, f in of_class.select("n_models", "n_followed").iter_rows()],
                meta={"series": of_class["series"][0], "measure": column},
                hovertemplate=_HOVER, **plot.axes,
            )
        )  # fmt: skip


def _axes(
    figure: Any, rows: pl.DataFrame, column: str, plot: Panel, style: Style, *, last: bool
) -> None:
    days = rows["date"].sort().to_list()
    air = timedelta(days=2)
    x = theme.axis(
        style, "date of the list" if last else "", type="date", nticks=4 if style.phone else 8,
        tickformat="%b %d\n%Y" if last else "%b %d", range=[days[0] - air, days[-1] + air],
    )  # fmt: skip
    values = rows[column].drop_nulls().to_list()
    if column == "index":
        held = span([1.0, *values])
        y = theme.axis(style, "times the first date", range=held.range, nticks=5)
    else:
        held = span([value for value in values if value > 0], log=True)
        y = theme.axis(style, "downloads, 30 days", **log_axis(held, "count", style))
    plot.set_axes(figure, x, y)
