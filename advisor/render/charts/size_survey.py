"""Draws score against size on several task types: one plot each, a curve in its band and points per data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor._lazy import need
from advisor.core.units import format_count
from advisor.render.charts import theme
from advisor.render.charts.labels import span
from advisor.render.charts.names import model, short, shown
from advisor.render.charts.panels import Panel, grid
from advisor.render.charts.size_curves import band
from advisor.render.charts.ticks import log_axis

if TYPE_CHECKING:
    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Look, Style

SIGNS: Final = {
    "circle": "●", "triangle-down": "▼", "square": "■", "star": "★", "diamond": "◆", "triangle-up": "▲", "x": "✕",
}  # fmt: skip
"""A look's symbol as a letter, for the key above a plot."""
_WIDE: Final = 1000
"""Pixels from which a plot is as high as on a slide."""
_HOVER: Final = (
    "<b>%{customdata[0]}</b><br>%{customdata[1]} parameters, %{y:.1f} points on %{fullData.name}"
    "<br>%{customdata[2]}<extra></extra>"
)


def draw(chart: Chart, style: Style) -> Any:
    """Two plots beside each other on wide pictures, one below the other on a phone; the key above each."""
    panels = chart.frame["panel"].unique(maintain_order=True).to_list()
    columns = 1 if style.phone or len(panels) == 1 else 2
    deep = -(-len(panels) // columns)
    between = 56
    wide = (style.width - 90 - between * (columns - 1)) / columns
    keys = {panel: _key(_scopes(chart, panel), wide, style) for panel in panels}
    line = style.font_size * 1.3
    lines = [
        1 + max(len(keys[panel]) for panel in panels[row * columns : (row + 1) * columns])
        for row in range(deep)
    ]
    figure, rows = grid(
        chart, style, [_high(style)] * deep, columns=(1.0,) * columns,
        above=[(6 if i == 0 else 44) + line * n for i, n in enumerate(lines)], between=between,
    )  # fmt: skip
    plots = [plot for row in rows for plot in row]
    for number, (panel, plot) in enumerate(zip(panels, plots, strict=False)):
        last = number >= len(panels) - columns
        _plot(figure, chart, panel, plot, style, titled=last)
        title = f"<b>{shown(panel)}</b>"
        figure.add_annotation(
            text="<br>".join([title, *keys[panel]]), showarrow=False, align="left", xref="paper",
            x=plot.x_domain[0], xanchor="left", yref="paper", y=plot.y_domain[1], yanchor="bottom",
            font={"size": style.font_size - 1, "color": style.ink}, name="panel",
        )  # fmt: skip
    for plot in plots[len(panels) :]:
        plot.set_axes(figure, {"visible": False}, {"visible": False})
    return figure


def _high(style: Style) -> float:
    """Pixels of a plot: two beside each other in a paper are narrow, and as low."""
    if style.phone:
        return 250.0
    return 290.0 if style.width >= _WIDE else 200.0


def _scopes(chart: Chart, panel: str) -> list[str]:
    found = chart.frame.filter(pl.col("panel") == panel)["scope"]
    return [str(name) for name in found.unique(maintain_order=True)]


def _look(position: int) -> Look:
    return theme.SEQUENCE[position % len(theme.SEQUENCE)]


def _key(scopes: list[str], wide: float, style: Style) -> list[str]:
    """Sign and name of each data set in its colour, in lines that fit."""
    letters = 24 if style.phone else 30
    room = wide / ((style.font_size - 1) * 0.58)
    lines: list[str] = []
    used = room
    for position, name in enumerate(scopes):
        look = _look(position)
        text = short(name, letters)
        word = f'<span style="color:{look.colour(style)}">{SIGNS[look.symbol]} {shown(text)}</span>'
        if used + len(text) + 5 > room:
            lines.append(word)
            used = len(text) + 2
        else:
            lines[-1] += f"   {word}"
            used += len(text) + 5
    return lines


def _plot(
    figure: Any, chart: Chart, panel: str, plot: Panel, style: Style, *, titled: bool
) -> None:
    points = chart.frame.filter(pl.col("panel") == panel)
    curves = chart.parts["curve"].filter(pl.col("panel") == panel)
    x = span(chart.frame["n_parameters"].to_list(), log=True, air=0.03)  # the same in every plot
    y = span([100 * value for value in [*points["value"], *curves["value"]]], air=0.03)
    scopes = _scopes(chart, panel)
    of_scope = {name: curves.filter(pl.col("scope") == name) for name in scopes}
    for position, name in enumerate(scopes):
        band(figure, of_scope[name], plot, style, _look(position), opacity=0.11)
    for position, name in enumerate(scopes):
        own = points.filter(pl.col("scope") == name)
        _points(figure, own, plot, style, _look(position))
    for position, name in enumerate(scopes):
        _line(figure, of_scope[name], plot, style, _look(position))
    size_title = "parameters" if style.phone else "parameters (logarithmic)"
    plot.set_axes(
        figure,
        theme.axis(style, size_title if titled else "", **log_axis(x, "parameters", style)),
        theme.axis(
            style, "main score, points" if plot.x_domain[0] == 0 else "", range=y.range, nticks=6
        ),
    )


def _points(figure: Any, rows: pl.DataFrame, plot: Panel, style: Style, look: Look) -> None:
    go = need("plotly.graph_objects", extra="charts")
    figure.add_trace(
        go.Scatter(
            x=rows["n_parameters"].to_list(), y=[100 * value for value in rows["value"]], mode="markers",
            name=shown(rows["scope"][0]), showlegend=False,
            marker={"symbol": look.symbol, "size": 4 if style.phone else 5, "color": look.colour(style), "opacity": 0.35},
            customdata=[
                [model(row["model_id"], 60), format_count(row["n_parameters"]),
                 f"released {row['released']}" if row["released"] else ""]
                for row in rows.iter_rows(named=True)
            ],
            hovertemplate=_HOVER, meta="points", **plot.axes,
        )
    )  # fmt: skip


def _line(figure: Any, curve: pl.DataFrame, plot: Panel, style: Style, look: Look) -> None:
    go = need("plotly.graph_objects", extra="charts")
    if curve.is_empty():
        return
    figure.add_trace(
        go.Scatter(
            x=curve["n_parameters"].to_list(), y=[100 * value for value in curve["value"]], mode="lines",
            line={"color": look.colour(style), "width": 2.4, "dash": look.dash}, name=shown(curve["scope"][0]),
            showlegend=False, hoverinfo="skip", meta="curve", **plot.axes,
        )
    )  # fmt: skip
