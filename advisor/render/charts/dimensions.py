"""The four dimensions of a few models: bars with their intervals, and the radar of those that have all four."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.core.profile import DIMENSIONS
from advisor.figures import words as spelt
from advisor.render import labels
from advisor.render.charts import panels, rows, said, theme
from advisor.render.charts.names import model, size_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Style

_ROW: Final = 26
"""Pixels of one model."""
_RADAR: Final = 440


def bars(chart: Chart, style: Style) -> Any:
    """One plot a dimension, one bar a model."""
    names = list(dict.fromkeys(chart.frame["model_id"]))
    high = _ROW * len(names) + 10
    kinds = list(dict.fromkeys(chart.frame["kind"]))
    stacked = style.phone
    figure, grid = panels.grid(
        chart,
        style,
        [high] * 4 if stacked else [high],
        columns=(1.0,) if stacked else (1.0,) * 4,
        above=[26, 48, 48, 48] if stacked else [26],
        between=26,
        legend=[theme.KIND_WORDS[kind] for kind in kinds],
        left=rows.margin(names, style),
        bottom=44,
    )
    figure.update_layout(bargap=0.3, barmode="overlay", legend={"tracegroupgap": 0})
    for kind in kinds:
        said.legend_entry(figure, kind, style)
    for i, dimension in enumerate(DIMENSIONS):
        panel = grid[i][0] if stacked else grid[0][i]
        part = chart.frame.filter(dimension=dimension)
        panel.set_axes(
            figure,
            theme.axis(
                style,
                "0 (worst) to 1 (best)" if i == (3 if stacked else 0) else "",
                range=[0, 1.02],
            )
            | {"tickvals": [0, 0.5, 1]},
            rows.model_axis(names, style, named=stacked or i == 0),
        )
        panel.title(figure, dimension, style)
        _bars(figure, part, panel, style)
    return figure


def _bars(figure: Any, part: pl.DataFrame, panel: panels.Panel, style: Style) -> None:
    go = need("plotly.graph_objects", extra="charts")
    for row in part.iter_rows(named=True):
        if row["value"] is None:
            rows.say(figure, panel, row["order"], style)
            continue
        look = theme.PALETTE.get(str(row["kind"]), theme.PALETTE["other"])
        colour = look.colour(style)
        measured = row["basis"] == "measured"
        figure.add_trace(
            go.Bar(
                x=[row["value"]], y=[row["order"]], orientation="h", showlegend=False, customdata=[row["model_id"]],
                legendgroup=row["kind"], **panel.axes,
                marker={"color": colour if measured else theme.translucent(colour, 0.35),
                        "line": {"color": colour, "width": 1}},
                error_x={"type": "data", "symmetric": False, "array": [row["hi"] - row["value"]],
                         "arrayminus": [row["value"] - row["lo"]], "color": style.ink, "thickness": 1.2, "width": 4},
                hovertext=[_hover(row)], hoverinfo="text",
            )
        )  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=[row["value"]], y=[row["order"]], mode="markers", showlegend=False, hoverinfo="skip",
                legendgroup=row["kind"], **panel.axes, marker=theme.marker(look, style, measured=measured),
            )
        )  # fmt: skip


def _hover(row: Mapping[str, Any]) -> str:
    words = f"{row['dimension']} {row['value']:.2f} ({row['lo']:.2f} to {row['hi']:.2f}), {labels.BASIS[row['basis']]}"
    return said.hover(row, spelt.size_class(str(row["part"])), words)


def radar(chart: Chart, style: Style) -> Any:
    """A shape per model whose four dimensions are known; of others only the points that are."""
    from dataclasses import replace

    go = need("plotly.graph_objects", extra="charts")
    names = list(dict.fromkeys(chart.frame["model_id"]))
    entries = {name: _entry(chart.frame.filter(model_id=name), style) for name in names}
    high = 260 if style.phone else _RADAR
    figure = theme.figure(
        chart, replace(style, plot_height=high), legend=list(entries.values()), bottom=30
    )
    for i, name in enumerate(names):
        part = chart.frame.filter(model_id=name)
        look = theme.SEQUENCE[i % len(theme.SEQUENCE)]
        known = part.filter(part["value"].is_not_null())
        complete = bool(part["complete"].all())
        closed = [*known.iter_rows(named=True)]
        shape = [*closed, closed[0]] if complete else closed
        figure.add_trace(
            go.Scatterpolar(
                r=[row["value"] for row in shape], theta=[row["dimension"] for row in shape],
                mode="lines+markers" if complete else "markers", name=entries[name],
                line={"color": look.colour(style), "dash": look.dash, "width": 3 if i == 0 else 2},
                marker={"symbol": look.symbol, "size": 9, "color": look.colour(style)},
                fill="toself" if complete and i == 0 else "none",
                fillcolor=theme.translucent(look.colour(style), 0.12),
                customdata=[row["model_id"] for row in shape],
                hovertext=[_hover(row) for row in shape], hoverinfo="text",
            )
        )  # fmt: skip
    faint = {"size": style.font_size - 2, "color": style.faint}
    figure.update_layout(
        legend={"tracegroupgap": 0},
        polar={
            "bgcolor": style.paper,
            "domain": {"x": [0.1, 0.9] if style.phone else [0, 1], "y": [0.06, 0.94]},
            "radialaxis": {
                "range": [0, 1], "tickvals": [0.25, 0.5, 0.75, 1.0], "gridcolor": style.grid, "linecolor": style.grid,
                "tickfont": faint, "angle": 45, "tickangle": 45,
            },
            "angularaxis": {
                "gridcolor": style.faint, "linecolor": style.grid, "categoryorder": "array",
                "categoryarray": list(DIMENSIONS), "direction": "clockwise", "rotation": 90,
                "tickfont": {"size": style.font_size, "color": style.ink},
            },
        },
    )  # fmt: skip
    return figure


def _entry(part: pl.DataFrame, style: Style) -> str:
    row = part.row(0, named=True)
    words = f"{model(row['model_id'], rows.letters(style))}: {size_class(row['part'])}"
    missing = part.filter(part["value"].is_null())["dimension"].to_list()
    return f"{words}, {' and '.join(missing)} not known" if missing and not style.phone else words
