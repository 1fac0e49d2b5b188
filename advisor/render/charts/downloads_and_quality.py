"""Draws level against downloads, one plot per set of tasks; what is not listed stands apart at the left."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.core.units import format_count
from advisor.figures import words as spelt
from advisor.figures.downloads_and_quality import DOMINATED, GEM, RARE
from advisor.render.charts import theme
from advisor.render.charts.labels import Named, Plot, Span, name_points, span
from advisor.render.charts.names import model
from advisor.render.charts.panels import Panel, grid
from advisor.render.charts.ticks import log_axis

if TYPE_CHECKING:
    import polars as pl

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Look, Style

_NOT_LISTED: Final = "not listed"
_LOOKS: Final[dict[str, tuple[str, Look, str]]] = {
    GEM: ("hidden gem", theme.PALETTE["tree"], "star"),
    DOMINATED: ("popular, dominated", theme.PALETTE["decoder"], "x"),
    RARE: ("dominated, less used", theme.PALETTE["linear"], "x-thin"),
    "": ("neither", theme.PALETTE["encoder"], "circle"),
}
_STRIP: Final = 76
"""Pixels at the left for the models without a download count."""
_NAMED: Final = 4
"""Names written per mark and plot."""


def draw(chart: Chart, style: Style) -> Any:
    """One plot per scope, side by side where there is room."""
    scopes = chart.frame.partition_by("scope", maintain_order=True)
    beside = not style.phone and len(scopes) > 1
    rows = 1 if beside else len(scopes)
    tall = 300.0 if style.phone else 460.0
    air = style.font_size * 1.3
    above = [10 + air, *([62 + air] * (rows - 1))]
    legend = [words for words, _, _ in _LOOKS.values()]
    figure, plots = grid(
        chart, style, [tall] * rows, columns=[1.0] * (len(scopes) if beside else 1), above=above, between=70,
        legend=[*legend, _NOT_LISTED],
    )  # fmt: skip
    figure.update_layout(legend={"tracegroupgap": 0})
    panels = [panel for row in plots for panel in row]
    shown: set[str] = set()
    for part, panel in zip(scopes, panels, strict=True):
        _scope(figure, part, panel, style, shown)
        panel.title(figure, str(part["scope"][0]), style)
    return figure


def _scope(figure: Any, part: pl.DataFrame, panel: Panel, style: Style, shown: set[str]) -> None:
    listed = part.drop_nulls("downloads_30d")
    held = span(listed["downloads_30d"].to_list(), log=True)
    decades = math.log10(held.high) - math.log10(held.low)
    strip = decades * _STRIP / (panel.pixels[0] - _STRIP)
    x = Span(low=held.low / 10**strip, high=held.high, log=True)
    y = span(
        [*part["level"].to_list(), *listed["level_lo"].to_list(), *listed["level_hi"].to_list()]
    )
    apart = part.filter(part["downloads_30d"].is_null())
    at = held.low / 10 ** (strip * 0.55)
    _points(figure, apart, panel, style, shown, at=at)
    for mark in ("", RARE, DOMINATED, GEM):
        _points(figure, listed.filter(mark=mark), panel, style, shown)
    axis = log_axis(held, "count", style) | {"range": x.range}
    axis["tickvals"] = [at, *axis["tickvals"]]
    axis["ticktext"] = [_NOT_LISTED.replace(" ", "<br>"), *axis["ticktext"]]
    panel.set_axes(
        figure,
        theme.axis(style, "downloads in 30 days", **axis),
        theme.axis(
            style, "mean main score, points", range=y.range, tickmode="array",
            **_points_ticks(y),
        ),
    )  # fmt: skip
    plot = Plot(x=x, y=y, pixels=panel.pixels, axes=(panel.axes["xaxis"], panel.axes["yaxis"]))
    most = 2 if style.phone else _NAMED
    wanted = [
        Named(x=row["downloads_30d"], y=row["level"], name=row["model_id"], bold=mark == GEM,
              colour=_LOOKS[mark][1].colour(style))
        for mark, by in ((GEM, "level"), (DOMINATED, "downloads_30d"))
        for row in listed.filter(mark=mark).sort(by, descending=True).head(most).iter_rows(named=True)
    ]  # fmt: skip
    dots = list(listed.select("downloads_30d", "level").iter_rows())
    dots += [(at, level) for level in apart["level"]]
    name_points(figure, wanted, plot, style, avoid=dots, letters=22)


def _points(
    figure: Any, rows: pl.DataFrame, panel: Panel, style: Style, shown: set[str], at: float | None = None
) -> None:  # fmt: skip
    """One mark's models; at: where those without a download count stand."""
    if rows.is_empty():
        return
    go = need("plotly.graph_objects", extra="charts")
    mark = str(rows["mark"][0])
    words, look, symbol = (
        _LOOKS[mark] if at is None else (_NOT_LISTED, theme.PALETTE["lexical"], "line-ew")
    )
    colour = look.colour(style)
    measured = (rows["basis"] == "measured").to_list()
    symbols = [
        symbol if seen or symbol in {"line-ew", "x-thin"} else f"{symbol}-open" for seen in measured
    ]
    bars = at is None
    figure.add_trace(
        go.Scatter(
            x=[at] * rows.height if at else [max(1, n) for n in rows["downloads_30d"]], y=rows["level"].to_list(),
            mode="markers", name=words, legendgroup=words, showlegend=words not in shown,
            marker={"symbol": symbols, "color": colour, "size": 11 if mark == GEM else 8, "opacity": 0.9 if bars else 0.5,
                    "line": {"width": 1.6 if symbol in {"line-ew", "x-thin"} else 0.6,
                             "color": colour if symbol in {"line-ew", "x-thin"} else style.paper}},
            error_y={"type": "data", "symmetric": False, "visible": bars, "thickness": 0.8, "width": 0,
                     "color": theme.translucent(colour, 0.35),
                     "array": (rows["level_hi"] - rows["level"]).to_list(),
                     "arrayminus": (rows["level"] - rows["level_lo"]).to_list()},
            customdata=rows["model_id"].to_list(), text=[_hover(row) for row in rows.iter_rows(named=True)],
            hovertemplate="%{text}<extra></extra>", **panel.axes,
        )
    )  # fmt: skip
    shown.add(words)


def _hover(row: dict[str, Any]) -> str:
    loads = row["downloads_30d"]
    lines = [
        f"<b>{model(row['model_id'], 48)}</b> ({spelt.size(row)})",
        f"{100 * row['level']:.1f} points ({100 * row['level_lo']:.1f} to {100 * row['level_hi']:.1f}), "
        f"{row['n_tasks']} tasks, {'measured' if row['basis'] == 'measured' else 'predicted'}",
        _NOT_LISTED if loads is None else f"{loads:,} downloads to {row['downloads_date']}",
    ]
    if row["beaten_by"]:
        lines.append(
            f"dominated by {model(row['beaten_by'], 40)} ({format_count(row['beaten_by_n_parameters'])}): "
            f"{100 * row['beaten_by_points']:.1f} points ({100 * row['beaten_by_lo']:.1f} to "
            f"{100 * row['beaten_by_hi']:.1f}) on {row['beaten_by_n_tasks']} tasks; {row['n_beaten_by']} in all"
        )
    if row["mark"] == GEM:
        lines.append(
            f"beats {model(row['beats'], 40)} ({format_count(row['beats_n_parameters'])}, "
            f"{row['beats_downloads_30d']:,} downloads) by {100 * row['beats_points']:.1f} points; {row['n_beats']} such"
        )
    return "<br>".join(lines)


def _points_ticks(shown: Span) -> dict[str, Any]:
    """Whole tens or fives of points within the span."""
    step = 0.05 if shown.high - shown.low < 0.3 else 0.1
    first = math.ceil(shown.low / step)
    ticks = [i * step for i in range(first, math.floor(shown.high / step) + 1)]
    return {"tickvals": ticks, "ticktext": [f"{100 * tick:.0f}" for tick in ticks]}
