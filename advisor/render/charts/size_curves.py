"""Draws score against size: points by kind, the fitted curve in its band, the best up to each size, and the knee."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor._lazy import need
from advisor.core.ids import MODEL_KINDS
from advisor.core.units import format_count
from advisor.render.charts import theme
from advisor.render.charts.labels import Named, Plot, name_points, span
from advisor.render.charts.names import model, shown
from advisor.render.charts.panels import Panel, grid, lines_of
from advisor.render.charts.ticks import log_axis

if TYPE_CHECKING:
    from advisor.figures.chart import Chart
    from advisor.render.charts.labels import Span
    from advisor.render.charts.theme import Style

CURVE: Final = "curve, 90% band"
FRONT: Final = "best so far by size"
KNEE: Final = "knee"
ONE: Final = "one model for all tasks"
EACH: Final = "a model for each task"
_FRONT: Final = theme.PALETTE["tree"]
_HOVER: Final = (
    "<b>%{customdata[0]}</b><br>%{customdata[1]} parameters, %{y:.1f} points<br>%{customdata[2]}"
    "<extra>%{fullData.name}</extra>"
)
_LABELS: Final = 9
"""Models that are named beside their point, at most."""


def draw(chart: Chart, style: Style) -> Any:
    """One plot per scope; below a single one, the share of the best that is reached under each cap."""
    scopes = chart.frame["scope"].unique(maintain_order=True).to_list()
    kinds = [kind for kind in MODEL_KINDS if kind in set(chart.frame["kind"])]
    entries = [*(theme.KIND_WORDS[kind] for kind in kinds), CURVE, FRONT, KNEE]
    if len(scopes) == 1:
        return _single(chart, style, entries)
    columns = 1 if style.phone else 2
    deep = -(-len(scopes) // columns)
    wide = (style.width - 120) / columns
    titles = max(len(lines_of(scope, wide, style)) for scope in scopes)
    figure, rows = grid(
        chart, style, [260.0 if style.phone else 300.0] * deep, columns=(1.0,) * columns,
        above=[10 + titles * style.font_size * 1.4] + [52 + titles * style.font_size * 1.4] * (deep - 1),
        between=64, legend=entries,
    )  # fmt: skip
    figure.update_layout(legend={"tracegroupgap": 0})
    plots = [plot for row in rows for plot in row]
    for number, (scope, plot) in enumerate(zip(scopes, plots, strict=False)):
        last = number >= len(scopes) - columns
        _plot(
            figure,
            chart,
            _Place(scope=scope, plot=plot, titled=last, first=number == 0, names=3),
            style,
        )
        plot.title(figure, scope, style)
    for plot in plots[len(scopes) :]:
        plot.set_axes(figure, {"visible": False}, {"visible": False})
    return figure


def _single(chart: Chart, style: Style, entries: list[str]) -> Any:
    scope = chart.frame["scope"][0]
    told = chart.parts["shares"].filter(pl.col("share").is_not_null())
    if told.is_empty():
        figure, ((plot,),) = grid(
            chart, style, [float(style.plot_height)], above=[6.0], legend=entries
        )
        figure.update_layout(legend={"tracegroupgap": 0})
        _plot(
            figure,
            chart,
            _Place(scope=scope, plot=plot, titled=True, first=True, names=_LABELS),
            style,
        )
        return figure
    high = float(style.plot_height - (60 if style.phone else 110))
    title = lines_of(_shares_title(2, style), style.width - 90, style)
    figure, ((plot,), (below,)) = grid(
        chart, style, [high, 96.0], above=[6.0, 40.0 + style.font_size * 1.4 * len(title)], legend=entries
    )  # fmt: skip
    figure.update_layout(legend={"tracegroupgap": 0})
    x = _plot(
        figure,
        chart,
        _Place(scope=scope, plot=plot, titled=False, first=True, names=_LABELS),
        style,
    )
    _shares(figure, told, below, x, style)
    return figure


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where one scope is drawn, and how much is written there."""

    scope: str
    plot: Panel
    titled: bool
    """Whether its size axis has a title."""
    first: bool
    """Whether its traces are those in the legend."""
    names: int
    """Models named beside their points, at most."""


def _plot(figure: Any, chart: Chart, at: _Place, style: Style) -> Span:
    """Everything of one scope; returns what its x axis shows."""
    scope, plot, first = at.scope, at.plot, at.first
    points = chart.frame.filter(pl.col("scope") == scope)
    curve = chart.parts["curve"].filter(pl.col("scope") == scope)
    front = chart.parts["envelope"].filter(pl.col("scope") == scope)
    x = span(points["n_parameters"].to_list(), log=True, air=0.04)
    # The band is wide where hardly a model is: it may leave the plot, the points may not.
    y = span([100 * value for value in [*points["value"], *curve["value"]]])
    band(figure, curve, plot, style, theme.PALETTE["lexical"])
    _front(figure, front, plot, style, end=x.high, legend=first)
    _points(figure, points, plot, style, legend=first)
    line(figure, curve, plot, style, legend=first)
    knee = points.filter("is_knee")
    _knee(figure, knee, plot, style, legend=first)
    told = chart.parts["slopes"].filter(pl.col("scope") == scope)
    edge = told["edge"][0] if told.height else None
    if edge is not None:
        figure.add_shape(
            type="line", x0=edge, x1=edge, y0=0, y1=1, yref=f"{plot.axes['yaxis']} domain", xref=plot.axes["xaxis"],
            line={"color": style.faint, "width": 1, "dash": "dot"}, layer="below",
        )  # fmt: skip
    size_title = "parameters" if style.phone else "parameters (logarithmic)"
    metric = chart.facts.get("metric") or "main score"
    score_title = "points" if style.phone else f"{metric}, points"
    plot.set_axes(
        figure,
        theme.axis(style, size_title if at.titled else "", **log_axis(x, "parameters", style)),
        theme.axis(style, score_title, range=y.range, nticks=6),
    )
    place = Plot(x=x, y=y, pixels=plot.pixels, axes=(plot.axes["xaxis"], plot.axes["yaxis"]))
    all_points = [(n, 100 * v) for n, v in points.select("n_parameters", "value").iter_rows()]
    all_points += _stairs(front, x)
    name_points(
        figure,
        _named(points, knee, style)[: min(at.names, 2) if style.phone else at.names],
        place,
        style,
        avoid=all_points,
    )
    return x


def _stairs(front: pl.DataFrame, x: Span) -> list[tuple[float, float]]:
    """Points along the stairs, close enough that no name lies on them unseen."""
    starts, heights = front["n_parameters"].to_list(), [100 * v for v in front["value"]]
    ends = [*starts[1:], x.high]
    steps = 12
    return [
        (start * (end / start) ** (i / steps), height)
        for start, end, height in zip(starts, ends, heights, strict=True)
        for i in range(steps + 1)
    ]


def _named(points: pl.DataFrame, knee: pl.DataFrame, style: Style) -> list[Named]:
    """The knee, then the envelope from its top down: what a chooser looks for."""
    front = points.filter("on_envelope").sort("value", descending=True)
    rows = pl.concat([knee, front]).unique("model_id", keep="first", maintain_order=True)
    return [
        Named(
            x=row["n_parameters"], y=100 * row["value"], name=row["model_id"],
            bold=row["is_knee"], colour=style.accent if row["is_knee"] else None,
        )
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip


def _points(figure: Any, points: pl.DataFrame, plot: Panel, style: Style, *, legend: bool) -> None:
    go = need("plotly.graph_objects", extra="charts")
    for kind in MODEL_KINDS:
        rows = points.filter(pl.col("kind") == kind)
        if rows.is_empty():
            continue
        look = theme.PALETTE[kind]
        size = 6 if style.phone else 8
        looks = [
            theme.marker(look, style, measured=measured, size=size) for measured in rows["measured"]
        ]
        marker = looks[0] | {
            "symbol": [each["symbol"] for each in looks],
            "line": {
                "width": [each["line"]["width"] for each in looks],
                "color": [each["line"]["color"] for each in looks],
            },
            "opacity": 0.7,
        }
        figure.add_trace(
            go.Scatter(
                x=rows["n_parameters"].to_list(), y=[100 * value for value in rows["value"]], mode="markers",
                name=theme.KIND_WORDS[kind], legendgroup=kind, showlegend=legend, marker=marker, legendrank=1,
                customdata=[_words(row) for row in rows.iter_rows(named=True)], hovertemplate=_HOVER,
                meta="points", **plot.axes,
            )
        )  # fmt: skip


def _words(row: dict[str, Any]) -> list[str]:
    """What hovering over a point says: name, size, and on how much it rests."""
    rest = [f"{row['n_measured']} of {row['n_tasks']} tasks measured"] if row["n_tasks"] > 1 else []
    if not row["measured"]:
        rest.append(f"filled in: {100 * row['lo']:.1f} to {100 * row['hi']:.1f}")
    if row["released"]:
        rest.append(f"released {row['released']}")
    if row["is_knee"]:
        rest.append("the knee")
    return [model(row["model_id"], 60), format_count(row["n_parameters"]), shown("; ".join(rest))]


def band(
    figure: Any, curve: pl.DataFrame, plot: Panel, style: Style, look: theme.Look, *, opacity: float = 0.2
) -> None:  # fmt: skip
    """The curve's band; nothing where it has none."""
    go = need("plotly.graph_objects", extra="charts")
    known = curve.drop_nulls(["lo", "hi"])
    if known.is_empty():
        return
    there = known["n_parameters"].to_list()
    edge = [100 * value for value in known["hi"]] + [100 * value for value in known["lo"]][::-1]
    figure.add_trace(
        go.Scatter(
            x=there + there[::-1], y=edge, mode="lines", fill="toself", line={"width": 0}, hoverinfo="skip",
            fillcolor=theme.translucent(look.colour(style), opacity), showlegend=False, meta="band", **plot.axes,
        )
    )  # fmt: skip


def line(figure: Any, curve: pl.DataFrame, plot: Panel, style: Style, *, legend: bool) -> None:
    """The fitted curve."""
    go = need("plotly.graph_objects", extra="charts")
    if curve.is_empty():
        return
    figure.add_trace(
        go.Scatter(
            x=curve["n_parameters"].to_list(), y=[100 * value for value in curve["value"]], mode="lines",
            line={"color": style.ink, "width": 2.2}, name=CURVE, legendgroup=CURVE, showlegend=legend, legendrank=2,
            hoverinfo="skip", meta="curve", **plot.axes,
        )
    )  # fmt: skip


def _front(
    figure: Any, front: pl.DataFrame, plot: Panel, style: Style, *, end: float, legend: bool
) -> None:
    """The best score up to each size, as stairs to the plot's right edge."""
    go = need("plotly.graph_objects", extra="charts")
    if front.is_empty():
        return
    x, y = front["n_parameters"].to_list(), [100 * value for value in front["value"]]
    figure.add_trace(
        go.Scatter(
            x=[*x, end], y=[*y, y[-1]], mode="lines", name=FRONT, legendgroup=FRONT, showlegend=legend, legendrank=3,
            line={"color": _FRONT.colour(style), "width": 1.6, "dash": _FRONT.dash, "shape": "hv"},
            hoverinfo="skip", meta="front", **plot.axes,
        )
    )  # fmt: skip


def _knee(figure: Any, knee: pl.DataFrame, plot: Panel, style: Style, *, legend: bool) -> None:
    go = need("plotly.graph_objects", extra="charts")
    figure.add_trace(
        go.Scatter(
            x=knee["n_parameters"].to_list() or [None], y=[100 * v for v in knee["value"]] or [None], mode="markers",
            marker={"symbol": "circle-open", "size": 16, "color": style.accent, "line": {"width": 2.4}},
            name=KNEE, legendgroup=KNEE, showlegend=legend, legendrank=4, hoverinfo="skip", meta="knee", **plot.axes,
        )
    )  # fmt: skip


def _shares(figure: Any, told: pl.DataFrame, plot: Panel, x: Span, style: Style) -> None:
    """Share of the best under each cap, on the size axis of the plot above."""
    go = need("plotly.graph_objects", extra="charts")
    several = (told["share"] - told["share_per_task"]).abs().max()
    series = [(ONE, "share", theme.PALETTE["encoder"])]
    if isinstance(several, float) and several > 1e-9:
        series.append((EACH, "share_per_task", theme.PALETTE["decoder"]))
    for name, column, look in series:
        rows = told.filter(pl.col(column).is_not_null(), pl.col("cap") <= x.high)
        figure.add_trace(
            go.Scatter(
                x=rows["cap"].to_list(), y=[100 * value for value in rows[column]], mode="lines+markers", name=name,
                line={"color": look.colour(style), "dash": look.dash, "width": 1.6, "shape": "hv"},
                marker=theme.marker(look, style, size=7), showlegend=False,
                hovertemplate=f"%{{y:.0f}}% of the best under %{{x:.3s}} parameters<extra>{shown(name)}</extra>",
                meta=column, **plot.axes,
            )
        )  # fmt: skip
    low = min(100 * value for _, column, _ in series for value in told[column].drop_nulls())
    size_title = "parameters, at most" if style.phone else "parameters at most (logarithmic)"
    plot.set_axes(
        figure,
        theme.axis(style, size_title, **log_axis(x, "parameters", style)),
        theme.axis(style, "%", range=[low - 0.15 * (100 - low) - 1, 103], nticks=4),
    )
    plot.title(figure, _shares_title(len(series), style), style)


def _shares_title(series: int, style: Style) -> str:
    if series == 1:
        return "share of the best score under each size cap"
    if style.phone:
        return "share of the best under a cap: ● one model, ▼ one per task"
    return "share of the best reached under each size cap: ● one model for all tasks, ▼ a model for each task"
