"""Score against latency, memory or cost: everybody as points, the front as a line, the limit and the band of tolerance."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor._lazy import need
from advisor.core.ids import MODEL_KINDS
from advisor.render.charts import said, theme
from advisor.render.charts.labels import Named, Span, name_points, span, whole
from advisor.render.charts.ticks import log_axis

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Style

_PALE: Final = 0.3
_BEADS: Final = 24
_LAST: Final = 2000
_FRONT: Final = "Pareto front"
_CLEAR: Final = "clear of what takes less"


def draw(chart: Chart, style: Style) -> Any:
    """The chart as a plotly figure."""
    quantity = str(chart.facts["quantity"])
    x, y = _spans(chart)
    nobody = not chart.frame["eligible"].any()
    kinds = [kind for kind in MODEL_KINDS if kind in set(chart.frame["kind"])]
    bars = dict(chart.parts["bars"].iter_rows())
    figure = theme.figure(chart, style, legend=_legend(chart, kinds, bars, quantity))
    _band(figure, bars, x, style)
    _line(figure, chart, style)
    _intervals(figure, chart.frame, y, style)
    for kind in kinds:
        said.legend_entry(figure, kind, style)
        _points(figure, chart.frame.filter(kind=kind), quantity, style, nobody=nobody)
    _rings(figure, chart.frame, style)
    _limit(figure, bars, y, quantity, style)
    words = said.AXIS[quantity]
    figure.update_layout(legend={"tracegroupgap": 0})
    figure.update_xaxes(
        **theme.axis(style, words if style.phone else f"{words} (log scale)"),
        **log_axis(x, said.UNIT[quantity], style),
    )
    metric = chart.facts["metric"]
    figure.update_yaxes(**theme.axis(style, f"{metric}, points", range=y.range, nticks=8))
    there = zip(chart.frame["taken"], chart.frame["score"] * said.POINTS, strict=True)
    others = [*there, *_along(chart, y)]
    name_points(figure, _names(chart.frame, style), whole(figure, style, x, y), style, avoid=others)
    return figure


def _spans(chart: Chart) -> tuple[Span, Span]:
    frame = chart.frame
    sure = frame.filter(pl.col("on_front") | (pl.col("role") == "named"))
    limits = chart.parts["bars"].filter(bar="limit")["value"].to_list()
    x = span([*frame["taken"], *sure["taken_lo"], *sure["taken_hi"], *limits], log=True, air=0.04)
    ends = [*sure["score_lo"].clip(0.0, 1.0), *sure["score_hi"].clip(0.0, 1.0)]
    y = span([said.POINTS * value for value in (*frame["score"], *ends)], air=0.04)
    return x, y


def _legend(chart: Chart, kinds: Sequence[str], bars: dict[str, float], quantity: str) -> list[str]:
    entries = [theme.KIND_WORDS[kind] for kind in kinds]
    if chart.parts["front"].height:
        entries.append(_FRONT)
    if (chart.frame["certainty"] == "clear").any():
        entries.append(_CLEAR)
    if "best" in bars:
        entries.append(_band_words(bars))
    if "limit" in bars:
        entries.append(_limit_words(bars, quantity))
    return entries


def _band_words(bars: dict[str, float]) -> str:
    return f"at most {said.POINTS * (bars['best'] - bars['tolerance']):.3g} below the best"


def _limit_words(bars: dict[str, float], quantity: str) -> str:
    return f"limit: {said.amount(quantity, bars['limit'])}"


def _band(figure: Any, bars: dict[str, float], x: Span, style: Style) -> None:
    if "best" not in bars:
        return
    go = need("plotly.graph_objects", extra="charts")
    low, high = said.POINTS * bars["tolerance"], said.POINTS * bars["best"]
    figure.add_trace(
        go.Scatter(
            x=[x.low, x.high, x.high, x.low], y=[low, low, high, high], fill="toself", mode="lines",
            line={"width": 0}, fillcolor=theme.translucent(style.accent, 0.10), hoverinfo="skip",
            name=_band_words(bars), legendrank=_LAST,
        )
    )  # fmt: skip


def _limit(figure: Any, bars: dict[str, float], y: Span, quantity: str, style: Style) -> None:
    if "limit" not in bars:
        return
    go = need("plotly.graph_objects", extra="charts")
    figure.add_trace(
        go.Scatter(
            x=[bars["limit"]] * 2, y=[y.low, y.high], mode="lines", hoverinfo="skip",
            line={"color": style.accent, "width": 1.6, "dash": "dash"}, name=_limit_words(bars, quantity),
            legendrank=_LAST,
        )
    )  # fmt: skip


def _line(figure: Any, chart: Chart, style: Style) -> None:
    front = chart.parts["front"]
    if front.is_empty():
        return
    go = need("plotly.graph_objects", extra="charts")
    figure.add_trace(
        go.Scatter(
            x=front["taken"].to_list(), y=(front["score"] * said.POINTS).to_list(), mode="lines",
            line={"color": style.ink, "width": 1.4, "shape": "hv"}, hoverinfo="skip", name=_FRONT,
            legendrank=_LAST,
        )
    )  # fmt: skip


def _along(chart: Chart, y: Span) -> Iterable[tuple[float, float]]:
    """Points on the front's line and on the named model's intervals, so close that no name lies on them unseen."""
    steps = chart.parts["front"].select("taken", "score").iter_rows()
    for (x, score), (there, _) in pairwise(steps):
        yield from ((x * (there / x) ** (i / _BEADS), score * said.POINTS) for i in range(_BEADS))
    for row in chart.frame.filter(role="named").iter_rows(named=True):
        score, low, high = (said.POINTS * row[end] for end in ("score", "score_lo", "score_hi"))
        low, high = max(low, y.low), min(high, y.high)
        lo, hi = row["taken_lo"], row["taken_hi"]
        for share in (i / (2 * _BEADS) for i in range(2 * _BEADS + 1)):
            if lo > 0:
                yield lo * (hi / lo) ** share, score
            yield row["taken"], low + (high - low) * share


def _intervals(figure: Any, frame: pl.DataFrame, y: Span, style: Style) -> None:
    """Of the front and the named model alone: those of three hundred models would hide them all."""
    go = need("plotly.graph_objects", extra="charts")
    for role in ("other", "named"):
        of_role = pl.col("role") == "named"
        sure = frame.filter(of_role if role == "named" else ~of_role & pl.col("on_front"))
        if sure.is_empty():
            continue
        score = {end: sure[end] * said.POINTS for end in ("score", "score_lo", "score_hi")}
        colour = style.accent if role == "named" else style.faint
        line = {"color": colour, "thickness": 1.6 if role == "named" else 0.8, "width": 3}
        figure.add_trace(
            go.Scatter(
                x=sure["taken"].to_list(), y=score["score"].to_list(), mode="markers", showlegend=False,
                marker={"size": 1, "color": colour}, hoverinfo="skip", opacity=0.9 if role == "named" else 0.4,
                error_x={"type": "data", "symmetric": False, **line,
                         "array": (sure["taken_hi"] - sure["taken"]).to_list(),
                         "arrayminus": (sure["taken"] - sure["taken_lo"]).to_list()},
                error_y={"type": "data", "symmetric": False, **line,
                         "array": (score["score_hi"].clip(upper_bound=y.high) - score["score"]).to_list(),
                         "arrayminus": (score["score"] - score["score_lo"].clip(y.low)).to_list()},
            )
        )  # fmt: skip


def _points(figure: Any, frame: pl.DataFrame, quantity: str, style: Style, *, nobody: bool) -> None:
    """One kind's models: filled where measured, open where predicted, pale where they may not be named.

    nobody: no model is eligible, so that being so sets none apart.
    """
    go = need("plotly.graph_objects", extra="charts")
    kind = frame["kind"][0]
    measured = pl.col("score_basis") == "measured"
    pale = pl.col("evidence") == "predicted"
    if not nobody:
        pale |= ~pl.col("eligible").fill_null(value=False)
    for is_measured, is_pale in ((True, False), (False, False), (True, True), (False, True)):
        rows = frame.filter(measured if is_measured else ~measured, pale if is_pale else ~pale)
        if rows.is_empty():
            continue
        marker = theme.marker(
            theme.PALETTE[kind], style, measured=is_measured, size=7 if is_pale else 9
        )
        figure.add_trace(
            go.Scatter(
                x=rows["taken"].to_list(), y=(rows["score"] * said.POINTS).to_list(), mode="markers",
                marker=marker | {"opacity": _PALE if is_pale else 0.9}, name=theme.KIND_WORDS[kind],
                legendgroup=kind, showlegend=False, customdata=rows["model_id"].to_list(),
                hovertext=[_hover(row, quantity) for row in rows.iter_rows(named=True)], hoverinfo="text",
            )
        )  # fmt: skip


def _rings(figure: Any, frame: pl.DataFrame, style: Style) -> None:
    go = need("plotly.graph_objects", extra="charts")
    clear = frame.filter(pl.col("certainty") == "clear")
    if clear.height:
        figure.add_trace(
            go.Scatter(
                x=clear["taken"].to_list(), y=(clear["score"] * said.POINTS).to_list(), mode="markers",
                marker={"symbol": "circle-open", "size": 17, "color": style.ink, "line": {"width": 1.6}},
                hoverinfo="skip", name=_CLEAR, legendrank=_LAST,
            )
        )  # fmt: skip
    named = frame.filter(pl.col("role") == "named")
    if named.height:
        figure.add_trace(
            go.Scatter(
                x=named["taken"].to_list(), y=(named["score"] * said.POINTS).to_list(), mode="markers",
                marker={"symbol": "circle-open", "size": 23, "color": style.accent, "line": {"width": 2.6}},
                hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip


def _hover(row: dict[str, Any], quantity: str) -> str:
    lines = [
        f"score {said.span('score', row, 'score')}",
        f"{said.AXIS[quantity]} {said.span(quantity, row, 'taken')}",
        said.odds(row["p_good_enough"]),
    ]
    if row["role"] != "other":
        lines.append(str(row["role"]))
    if row["eligible"] is False:
        lines.append("outside the stated limits, or not known to be within")
    if row["way"] is not None:
        lines.append(f"cost by {row['way']}")
    if row["on_front"]:
        lines.append(
            f"on the front; {row['level_with']} takes less and may be as good"
            if row["level_with"]
            else "on the front"
        )
    return said.hover(row, *lines)


def _names(frame: pl.DataFrame, style: Style) -> list[Named]:
    """The named model, the reference, the runner-up, then the front from its most accurate on, as far as there is room."""
    wanted: list[dict[str, Any]] = []
    for role in ("named", "large reference", "runner-up", "best"):
        wanted += frame.filter(role=role).iter_rows(named=True)
    front = frame.filter("on_front", ~pl.col("model_id").is_in([row["model_id"] for row in wanted]))
    ordered = list(front.sort("score", descending=True).iter_rows(named=True))
    most = 1 if style.phone else 5
    step = max(1, len(ordered) // most)
    wanted += ordered[::step][:most]
    return [
        Named(
            x=row["taken"],
            y=row["score"] * said.POINTS,
            name=row["model_id"],
            bold=row["role"] == "named",
            colour=style.accent if row["role"] == "named" else None,
        )
        for row in wanted
    ]
