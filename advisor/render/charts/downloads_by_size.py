"""Draws downloads per size class: a row of two plots, total and median, for each list of models or pipeline tag."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.core.units import format_count
from advisor.figures.popularity import SIZE_UNKNOWN
from advisor.render.charts import theme
from advisor.render.charts.names import model, size_class
from advisor.render.charts.panels import Panel, grid, lines_of

if TYPE_CHECKING:
    import polars as pl

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Style

_LOOK: Final = theme.PALETTE["encoder"]
_UNKNOWN: Final = theme.PALETTE["lexical"]
_MEDIAN: Final = theme.PALETTE["decoder"]
_AIR: Final = 6
NARROWEST: Final = 300
"""Pixels of a picture, at least: a phone's window less the page's margins."""
_ROOMY: Final = 500
"""Pixels of a plot that hold the long titles of its axis."""


def draw(chart: Chart, style: Style) -> Any:
    """Total as bars with their share, median as points with the middle half; one row of plots per panel."""
    panels = chart.frame.partition_by("panel", maintain_order=True)
    bar = 19 if style.phone else 22
    classes = chart.frame["position"].n_unique()
    heights = [float(bar * classes)] * len(panels)
    across = style.width - 40
    title = style.font_size * 1.3
    above = [
        (8 if i == 0 else 34) + title * len(lines_of(str(panel["panel"][0]), across, style))
        for i, panel in enumerate(panels)
    ]
    figure, rows = grid(
        chart, style, heights, columns=(1.15, 1.0), above=above, between=18 if style.phone else 48,
        left=_left(style), bottom=52,
    )  # fmt: skip
    for i, (panel, (total, middle)) in enumerate(zip(panels, rows, strict=True)):
        last = i == len(panels) - 1
        _totals(figure, panel, total, style, titled=last)
        _medians(figure, panel, middle, style, titled=last)
        total.title(figure, str(panel["panel"][0]), style, across=across)
        # From the picture's left edge: the class names below it are part of the row.
        figure.layout.annotations[-1].update(xshift=-(figure.layout.margin.l - 12))
    return figure


def _left(style: Style) -> int:
    return 94 if style.phone else 120


def _least(pixels: float, style: Style) -> float:
    """Pixels of a plot in the narrowest column that a page squeezes a phone's picture into."""
    if not style.phone:
        return pixels
    margins = _left(style) + 16
    return pixels * (min(NARROWEST, style.width) - margins) / (style.width - margins)


def _totals(figure: Any, rows: pl.DataFrame, panel: Panel, style: Style, *, titled: bool) -> None:
    go = need("plotly.graph_objects", extra="charts")
    names = [size_class(name) for name in rows["size_class"]]
    totals = rows["downloads_30d_total"].to_list()
    unknown = _unknown_total(rows)
    known = [name != SIZE_UNKNOWN for name in rows["size_class"]]
    reach = [unknown if sized else 0 for sized in known]
    colours = [(_LOOK if sized else _UNKNOWN).colour(style) for sized in known]
    words = [
        _total_words(row, style)
        for row in rows.select("downloads_30d_total", "downloads_share").iter_rows(named=True)
    ]
    figure.add_trace(
        go.Bar(
            x=totals, y=names, orientation="h", name="total",
            marker={"color": colours, "pattern": {"shape": ["" if sized else "/" for sized in known],
                    "fgcolor": style.paper, "size": 5}, "line": {"width": 0}},
            error_x={"type": "data", "symmetric": False, "array": reach, "arrayminus": [0] * len(reach),
                     "color": style.faint, "thickness": 1, "width": 3},
            customdata=_details(rows), hovertemplate=_TOTAL_HOVER, showlegend=False, **panel.axes,
        )
    )  # fmt: skip
    ends = [total + more for total, more in zip(totals, reach, strict=True)]
    figure.add_trace(
        go.Scatter(
            x=ends, y=names, mode="text", text=words, textposition="middle right", name="labels",
            textfont={"size": style.font_size - 1, "color": style.ink}, cliponaxis=False,
            hoverinfo="skip", showlegend=False, **panel.axes,
        )
    )  # fmt: skip
    high = _room(ends, words, _least(panel.pixels[0], style), style)
    ticks = _linear_ticks(high, 3 if style.phone else 5)
    title = (
        ("30-day total" if style.phone else "total in 30 days")
        if panel.pixels[0] < _ROOMY
        else "downloads in the 30 days before, total"
    )
    x = theme.axis(
        style, title if titled else "", range=[0, high], tickmode="array", tickvals=ticks,
        ticktext=[_short(tick) for tick in ticks],
    )  # fmt: skip
    panel.set_axes(figure, x, _classes_axis(names, style, labelled=True))


def _medians(figure: Any, rows: pl.DataFrame, panel: Panel, style: Style, *, titled: bool) -> None:
    go = need("plotly.graph_objects", extra="charts")
    names = [size_class(name) for name in rows["size_class"]]
    held = rows.filter(rows["downloads_30d_median"].is_not_null())
    middle, low, high = (
        [_scale(value) for value in held[f"downloads_30d_{part}"]]
        for part in ("median", "q25", "q75")
    )
    looks = [_MEDIAN if name != SIZE_UNKNOWN else _UNKNOWN for name in held["size_class"]]
    figure.add_trace(
        go.Scatter(
            x=middle, y=[size_class(name) for name in held["size_class"]], mode="markers", name="median",
            marker={"symbol": [look.symbol for look in looks], "size": 9,
                    "color": [look.colour(style) for look in looks]},
            error_x={"type": "data", "symmetric": False, "color": style.faint, "thickness": 1.4, "width": 0,
                     "array": [b - a for a, b in zip(middle, high, strict=True)],
                     "arrayminus": [a - b for a, b in zip(middle, low, strict=True)]},
            customdata=_details(held), hovertemplate=_MEDIAN_HOVER, showlegend=False, **panel.axes,
        )
    )  # fmt: skip
    words = [_short(value) for value in held["downloads_30d_median"]]
    start = _start(low)
    end = _end(start, high, words, _least(panel.pixels[0], style), style)
    figure.add_trace(
        go.Scatter(
            x=[end] * held.height, y=[size_class(name) for name in held["size_class"]], mode="text", text=words,
            textposition="middle left", textfont={"size": style.font_size - 1, "color": style.ink},
            hoverinfo="skip", showlegend=False, name="labels", **panel.axes,
        )
    )  # fmt: skip
    powers = range(max(1, math.ceil(start)), math.floor(end) + 1)
    step = max(1, math.ceil(len(powers) / (3 if style.phone else 5)))
    ticks = [10**power for power in list(powers)[::step]]
    if start < 0:
        near = 0.25 * (end - start) if style.phone else 0.0
        ticks = [0, *(tick for tick in ticks if _scale(tick) > near)]
    title = "median model" if style.phone else "of the median model (value at right)"
    x = theme.axis(
        style, title if titled else "", range=[start, end], tickmode="array",
        tickvals=[_scale(tick) for tick in ticks], ticktext=[_short(tick) for tick in ticks],
    )  # fmt: skip
    panel.set_axes(figure, x, _classes_axis(names, style, labelled=False))


def _classes_axis(names: list[str], style: Style, *, labelled: bool) -> dict[str, Any]:
    return theme.axis(
        style, "", type="category", categoryorder="array", categoryarray=names[::-1],
        range=[-0.6, len(names) - 0.4], showgrid=False, showticklabels=labelled, ticks="",
    )  # fmt: skip


def _unknown_total(rows: pl.DataFrame) -> int:
    of_unknown = rows["downloads_30d_total"].filter(rows["size_class"] == SIZE_UNKNOWN)
    return int(of_unknown.sum())


def _total_words(row: dict[str, Any], style: Style) -> str:
    total, share = row["downloads_30d_total"], row["downloads_share"]
    if share is None:
        return f" {_short(total)}"
    return f" {percent(share)}" if style.phone else f" {_short(total)} · {percent(share)}"


def percent(share: float) -> str:
    """Like "80.8%"; what is not 0 is not shown as 0."""
    return "<0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def _short(count: float) -> str:
    return "0" if count == 0 else format_count(count)


def _scale(count: float | None) -> float:
    """Where a count lies on an axis of powers of ten that also holds 0."""
    return math.log10(1 + (count or 0))


def _start(low: list[float]) -> float:
    """Where the axis of medians starts: at 0, or at a power of ten where all lie far above."""
    least = min(low, default=0.0)
    return float(math.floor(least)) if least > 2 else -0.12


def _end(start: float, high: list[float], words: list[str], pixels: float, style: Style) -> float:
    """Where the axis of medians ends, with a column left free for the numbers."""
    column = max(map(len, words), default=0) * (style.font_size - 1) * 0.6 + 2 * _AIR
    reach = max([start + 1.2, *high])
    return start + (reach - start) * pixels / (pixels - column)


def _room(ends: list[float], words: list[str], pixels: float, style: Style) -> float:
    """The axis's end that leaves room for the words right of where they start."""
    widths = [len(word) * (style.font_size - 1) * 0.6 + _AIR for word in words]
    needed = [
        end * pixels / max(pixels - width, 0.2 * pixels)
        for end, width in zip(ends, widths, strict=True)
    ]
    return max([*needed, 1e-9])


def _linear_ticks(high: float, most: int) -> list[float]:
    step = 10 ** math.floor(math.log10(high))
    for factor in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0):
        if high / (step * factor) <= most:
            step *= factor
            break
    return [i * step for i in range(math.floor(high / step) + 1)]


_COLUMNS: Final = (
    "n_models", "downloads_30d_total", "downloads_30d_median", "downloads_30d_q25", "downloads_30d_q75",
    "downloads_share", "downloads_share_low", "downloads_share_high", "models_share", "most_downloaded_share",
)  # fmt: skip
_TOTAL_HOVER: Final = (
    "<b>%{y}</b><br>%{customdata[1]:,} downloads by %{customdata[0]:,} models (%{customdata[8]:.1%} of models)"
    "<br>of sized downloads: %{customdata[5]:.1%}; with unknown sizes: %{customdata[6]:.1%} to %{customdata[7]:.1%}"
    "<br>most downloaded: %{customdata[10]} (%{customdata[9]:.0%} of the class)<extra></extra>"
)
_MEDIAN_HOVER: Final = (
    "<b>%{y}</b><br>median of %{customdata[0]:,} models: %{customdata[2]:,} downloads"
    "<br>middle half: %{customdata[3]:,} to %{customdata[4]:,}<extra></extra>"
)


def _details(rows: pl.DataFrame) -> list[list[Any]]:
    tops = [model(name or "none", 40) for name in rows["most_downloaded"]]
    return [[*row, top] for row, top in zip(rows.select(_COLUMNS).iter_rows(), tops, strict=True)]
