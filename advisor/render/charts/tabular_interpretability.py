"""Tables: score along the axis, one lane per class of the rubric, the most transparent at the top."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor._lazy import need
from advisor.render import labels
from advisor.render.charts import said, theme
from advisor.render.charts.labels import Named, Span, name_points, span, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Style

_LANE: Final = 74
"""Pixels of one class."""
_SPREAD: Final = 0.66
"""Part of a lane over which its models are spread, so that equals do not hide each other."""
_BEADS: Final = 40
_ENDS: Final = 9
"""Models of a lane between which and the next the spread starts anew."""


def draw(chart: Chart, style: Style) -> Any:
    """The chart as a plotly figure."""
    frame = _placed(chart.frame)
    lanes = frame.select("model_class", "transparency", "own_explanation", "lane").unique(
        maintain_order=True
    )
    style = replace(style, plot_height=_LANE * lanes.height)
    kinds = list(dict.fromkeys(frame["kind"]))
    figure = theme.figure(
        chart,
        style,
        legend=[*(theme.KIND_WORDS[kind] for kind in kinds), "explain themselves"],
        left=122 if style.phone else 190,
    )
    best = frame.filter(pl.col("best_of").is_not_null())
    ends = [*best["score_lo"].clip(0, 1), *best["score_hi"].clip(0, 1)]
    x = span([said.POINTS * value for value in (*frame["score"], *ends)])
    figure.update_layout(legend={"tracegroupgap": 0})
    own = lanes.filter("own_explanation")["lane"].to_list()
    _shade(figure, own, (x.low, x.high), style)
    _intervals(figure, best, style)
    for kind in kinds:
        said.legend_entry(figure, kind, style)
        _points(figure, frame.filter(kind=kind), style)
    _rings(figure, best, style)
    metric = chart.facts["metric"]
    figure.update_xaxes(**theme.axis(style, f"{metric}, points", range=x.range, nticks=8))
    y = Span(low=0.5 - lanes.height, high=0.5)
    figure.update_yaxes(
        **theme.axis(style, "") | {"range": y.range, "showgrid": False},
        tickvals=lanes["lane"].to_list(),
        ticktext=[_lane(row, style) for row in lanes.iter_rows(named=True)],
    )
    named = [
        Named(
            x=row["score"] * said.POINTS, y=row["at"], name=row["model_id"],
            bold=row["role"] == "named", colour=style.accent if row["role"] == "named" else None,
        )
        for row in _worth_naming(frame)
    ]  # fmt: skip
    taken = [*zip(frame["score"] * said.POINTS, frame["at"], strict=True), *_along(best)]
    name_points(figure, named, whole(figure, style, x, y), style, avoid=taken)
    return figure


def _along(best: pl.DataFrame) -> Iterable[tuple[float, float]]:
    """Points on the drawn intervals, which a name should not cover either."""
    for lo, hi, at in best.select(
        pl.col("score_lo").clip(0, 1), pl.col("score_hi").clip(0, 1), "at"
    ).iter_rows():
        yield from ((said.POINTS * (lo + (hi - lo) * i / _BEADS), at) for i in range(_BEADS + 1))


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    """With `lane` (0 at the top, -1 below it) and `at`, the height within it: layout alone, the data has no such column."""
    order = {name: -i for i, name in enumerate(dict.fromkeys(frame["model_class"]))}
    lane = pl.col("model_class").replace_strict(order, return_dtype=pl.Int64)
    place = pl.int_range(pl.len()).over("model_class") % _ENDS
    most = pl.min_horizontal(pl.len().over("model_class"), pl.lit(_ENDS)) - 1
    share = pl.when(most > 0).then(place / most).otherwise(0.5)
    return frame.with_columns(lane=lane).with_columns(at=pl.col("lane") - _SPREAD * (share - 0.5))


def _lane(row: Mapping[str, Any], style: Style) -> str:
    words = str(row["model_class"]).replace("_", "<br>" if style.phone else " ")
    return f"{words} ({row['transparency']:g})"


def _shade(figure: Any, lanes: list[int], ends: tuple[float, float], style: Style) -> None:
    go = need("plotly.graph_objects", extra="charts")
    if not lanes:
        return
    low, high = min(lanes) - 0.5, max(lanes) + 0.5
    figure.add_trace(
        go.Scatter(
            x=[ends[0], ends[1], ends[1], ends[0]], y=[low, low, high, high], fill="toself", mode="lines",
            line={"width": 0}, fillcolor=theme.translucent(theme.PALETTE["tree"].colour(style), 0.10),
            hoverinfo="skip", name="explain themselves", legendrank=2000,
        )
    )  # fmt: skip


def _intervals(figure: Any, best: pl.DataFrame, style: Style) -> None:
    go = need("plotly.graph_objects", extra="charts")
    if best.is_empty():
        return
    score = best["score"] * said.POINTS
    figure.add_trace(
        go.Scatter(
            x=score.to_list(), y=best["at"].to_list(), mode="markers", showlegend=False, hoverinfo="skip",
            marker={"size": 1, "color": style.ink},
            error_x={"type": "data", "symmetric": False, "color": style.faint, "thickness": 1.4, "width": 5,
                     "array": (best["score_hi"].clip(upper_bound=1) * said.POINTS - score).to_list(),
                     "arrayminus": (score - best["score_lo"].clip(0) * said.POINTS).to_list()},
        )
    )  # fmt: skip


def _points(figure: Any, frame: pl.DataFrame, style: Style) -> None:
    go = need("plotly.graph_objects", extra="charts")
    kind = frame["kind"][0]
    measured = pl.col("score_basis") == "measured"
    for eligible, is_measured in product((True, False), repeat=2):
        rows = frame.filter(
            pl.col("eligible").fill_null(value=False) == eligible,
            measured if is_measured else ~measured,
        )
        if rows.is_empty():
            continue
        marker = theme.marker(theme.PALETTE[kind], style, measured=is_measured, size=10)
        figure.add_trace(
            go.Scatter(
                x=(rows["score"] * said.POINTS).to_list(), y=rows["at"].to_list(), mode="markers", showlegend=False,
                legendgroup=kind, marker=marker | {"opacity": 0.95 if eligible else 0.4},
                customdata=rows["model_id"].to_list(), hoverinfo="text",
                hovertext=[_hover(row) for row in rows.iter_rows(named=True)],
            )
        )  # fmt: skip


def _rings(figure: Any, best: pl.DataFrame, style: Style) -> None:
    go = need("plotly.graph_objects", extra="charts")
    figure.add_trace(
        go.Scatter(
            x=(best["score"] * said.POINTS).to_list(), y=best["at"].to_list(), mode="markers", showlegend=False,
            marker={"symbol": "circle-open", "size": 18, "color": style.ink, "line": {"width": 2}}, hoverinfo="skip",
        )
    )  # fmt: skip


def _worth_naming(frame: pl.DataFrame) -> list[dict[str, Any]]:
    best = frame.filter(pl.col("best_of").is_not_null()).sort("best_of", descending=True)
    named = frame.filter(pl.col("role") == "named", pl.col("best_of").is_null())
    return [*best.iter_rows(named=True), *named.iter_rows(named=True)]


def _hover(row: Mapping[str, Any]) -> str:
    basis = labels.BASIS[str(row["score_basis"])]
    score = (
        f"score {said.amount('score', row['score'])} ({said.amount('score', row['score_lo'])} to "
    )
    best = "" if row["best_of"] is None else f"the best {row['best_of']}"
    return said.hover(
        row,
        best,
        f"{score}{said.amount('score', row['score_hi'])}), {basis}",
        f"interpretability {row['interpretability']:.2f} ({row['interpretability_lo']:.2f} to "
        f"{row['interpretability_hi']:.2f}), a declared rubric",
        "does not meet the stated limits" if row["eligible"] is False else "",
    )
