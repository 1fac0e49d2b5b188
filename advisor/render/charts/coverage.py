"""Draws who was measured on what: a grid of numbers whose shade follows them, rows down, groups across."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.core.units import format_count
from advisor.figures.coverage import FEW, KINDS, MODELS
from advisor.render.charts import theme
from advisor.render.charts.names import model, short, shown, size_class
from advisor.render.charts.panels import Panel, grid
from advisor.render.numbers import percent

if TYPE_CHECKING:
    import polars as pl

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Style

_LOOK: Final = theme.PALETTE["encoder"]
_HOVER: Final = (
    "<b>%{customdata[0]}</b>, %{customdata[1]}<br>%{customdata[2]:,} of %{customdata[3]:,} models measured"
    "<br>%{customdata[4]:,} scores on %{customdata[5]:,} tasks<extra></extra>"
)


def draw(chart: Chart, style: Style) -> Any:
    """One grid per facet, one below the other."""
    facets = chart.frame.partition_by("facet", maintain_order=True)
    cell = 22.0 if style.phone else 34.0
    heights = [cell * part["row"].n_unique() for part in facets]
    above = [
        (108.0 if _steep(part, style) else 36.0) + (0 if i == 0 else 14)
        for i, part in enumerate(facets)
    ]
    figure, plots = grid(
        chart, style, heights, above=above, left=134 if style.phone else 190, bottom=10
    )
    for part, (panel,) in zip(facets, plots, strict=True):
        _cells(figure, part, panel, style)
    return figure


def _cells(figure: Any, part: pl.DataFrame, panel: Panel, style: Style) -> None:
    go = need("plotly.graph_objects", extra="charts")
    groups = part.unique("group").sort("group_position")["group"].to_list()
    rows = part.unique("row").sort("row_position")["row"].to_list()
    most = max(1, int(part["n_shown"].max()))  # type: ignore[arg-type]
    shades = [math.log1p(n) / math.log1p(most) for n in part["n_shown"]]
    at = {
        (g, r): i
        for i, (g, r) in enumerate(part.select("group_position", "row_position").iter_rows())
    }
    order = [[at[g, r] for g in range(len(groups))] for r in range(len(rows))]
    details = [
        [shown(row["row"]), model(row["group"], 40), row["n_measured"], row["n_models"], row["n_scores"], row["n_tasks"]]
        for row in part.iter_rows(named=True)
    ]  # fmt: skip
    base = _LOOK.light
    figure.add_trace(
        go.Heatmap(
            z=[[shades[i] for i in line] for line in order], x=list(range(len(groups))), y=list(range(len(rows))),
            zmin=0, zmax=1, showscale=False, xgap=2, ygap=2,
            colorscale=[[0, style.grid], [0.001, _mix(style.paper, base, 0.12)], [1, base]],
            customdata=[[details[i] for i in line] for line in order], hovertemplate=_HOVER, name="cells", **panel.axes,
        )
    )  # fmt: skip
    wide = panel.pixels[0] / len(groups)
    figure.add_trace(
        go.Scatter(
            x=part["group_position"].to_list(), y=part["row_position"].to_list(), mode="text", name="numbers",
            text=[_words(row, wide, style) for row in part.iter_rows(named=True)],
            textfont={"size": style.font_size - 2, "color": [_ink(n, shade, style) for n, shade in
                      zip(part["n_shown"], shades, strict=True)]},
            customdata=part["n_shown"].to_list(), hoverinfo="skip", showlegend=False, **panel.axes,
        )
    )  # fmt: skip
    letters = 20 if style.phone else 26
    steep = _steep(part, style)
    x = theme.axis(
        style, "", side="top", tickmode="array", tickvals=list(range(len(groups))),
        ticktext=[_column(name, str(part["facet"][0])) for name in groups],
        tickangle=-90 if steep else 0, range=[-0.5, len(groups) - 0.5], showgrid=False, showline=False, ticks="",
    )  # fmt: skip
    y = theme.axis(
        style, "", tickmode="array", tickvals=list(range(len(rows))),
        ticktext=[shown(short(name.replace("classification", "classif."), letters)) for name in rows],
        range=[len(rows) - 0.5, -0.5], showgrid=False, showline=False, ticks="",
    )  # fmt: skip
    panel.set_axes(figure, x, y)


def _steep(part: pl.DataFrame, style: Style) -> bool:
    """Whether the groups' names are too long to lie flat."""
    return style.width < 1000 or part["facet"][0] in (KINDS, MODELS)


def _column(name: str, facet: str) -> str:
    if facet == MODELS:
        return model(name, 14)
    if facet == KINDS:
        return shown(theme.KIND_WORDS.get(name, name).replace("static embeddings", "static emb.").replace(
            "tabular foundation", "tabular found."
        ))  # fmt: skip
    return size_class(name)


def _words(row: dict[str, Any], wide: float, style: Style) -> str:
    n = row["n_shown"]
    roomy = wide > 60
    number = "0" if n == 0 else (f"{n:,}" if n < (10_000 if roomy else 1000) else format_count(n))
    number = f"<b>{number}</b>" if 0 < n < FEW else number
    if wide < 130 or n == 0 or row["facet"] == MODELS:
        return number
    return f"{number} · {percent(row['share'])} · {format_count(row['n_scores'])} scores"


def _ink(n: int, shade: float, style: Style) -> str:
    if n == 0:
        return style.faint
    if n < FEW:
        return style.accent if shade < 0.55 else "#FFFFFF"
    return "#FFFFFF" if shade > 0.55 or style.dark else "#1F2430"


def _mix(one: str, other: str, share: float) -> str:
    """A colour between two: share 0 is the first."""
    parts = [
        round(int(one[i : i + 2], 16) * (1 - share) + int(other[i : i + 2], 16) * share)
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in parts)
