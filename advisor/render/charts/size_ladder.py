"""The size ladder: one line per size class, smallest at the bottom, with the best model's estimate and its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.figures import words as spelt
from advisor.render import labels, numbers
from advisor.render.charts import said, theme
from advisor.render.charts.labels import span
from advisor.render.charts.names import model, size_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.figures.chart import Chart
    from advisor.render.charts.labels import Span
    from advisor.render.charts.theme import Style

_ROW: Final = 58
"""Pixels of one rung."""
_PALE: Final = 0.42
UNDECIDED: Final = "undecided"
"""Traces of the squares around rungs of which it is open whether they meet the limits; those outside are pale."""


def draw(chart: Chart, style: Style) -> Any:
    """The chart as a plotly figure."""
    from dataclasses import replace

    frame = chart.frame
    rows = list(frame.iter_rows(named=True))
    style = replace(style, plot_height=_ROW * len(rows))
    bars = dict(chart.parts["bars"].iter_rows())
    x = span(
        [said.POINTS * v for v in (*frame["score_lo"].clip(0, 1), *frame["score_hi"].clip(0, 1))]
    )
    kinds = list(dict.fromkeys(str(row["kind"]) for row in rows))
    band = f"at most {said.POINTS * (bars['best'] - bars['tolerance']):.3g} below the best"
    legend = [*(theme.KIND_WORDS[kind] for kind in kinds if kind in theme.KIND_WORDS), band]
    figure = theme.figure(chart, style, legend=legend, left=96 if style.phone else 130)
    _band(figure, bars, len(rows), band, style)
    for kind in kinds:
        _rungs(figure, [(i, row) for i, row in enumerate(rows) if row["kind"] == kind], kind, style)
    words = [text for i, row in enumerate(rows) for text in _words(i, row, x, style)]
    # All at once: plotly checks every annotation anew for each one that is added.
    figure.update_layout(annotations=[*figure.layout.annotations, *words])
    metric = chart.facts["metric"]
    figure.update_layout(legend={"tracegroupgap": 0})
    figure.update_xaxes(**theme.axis(style, f"{metric}, points", range=x.range, nticks=8))
    figure.update_yaxes(
        **theme.axis(style, ""),
        range=[-0.6, len(rows) - 0.4],
        tickvals=list(range(len(rows))),
        ticktext=[_tick(row) for row in rows],
        showgrid=False,
    )
    return figure


def _tick(row: Mapping[str, Any]) -> str:
    if row["rung"] == "pick":
        return "named"
    return size_class(row["size_class"])


def _band(figure: Any, bars: Mapping[str, float], n: int, name: str, style: Style) -> None:
    go = need("plotly.graph_objects", extra="charts")
    low, high = said.POINTS * bars["tolerance"], said.POINTS * bars["best"]
    figure.add_trace(
        go.Scatter(
            x=[low, high, high, low], y=[-0.6, -0.6, n - 0.4, n - 0.4], fill="toself", mode="lines",
            line={"width": 0}, fillcolor=theme.translucent(style.accent, 0.10), hoverinfo="skip", name=name,
            legendrank=2000,
        )
    )  # fmt: skip


def _rungs(figure: Any, rows: list[tuple[int, Mapping[str, Any]]], kind: str, style: Style) -> None:
    go = need("plotly.graph_objects", extra="charts")
    look = theme.PALETTE.get(kind, theme.PALETTE["other"])
    said.legend_entry(figure, kind, style)
    for i, row in rows:
        score, lo, hi = (said.POINTS * row[key] for key in ("score", "score_lo", "score_hi"))
        lo, hi = max(lo, 0.0), min(hi, said.POINTS)
        colour = look.colour(style)
        figure.add_trace(
            go.Scatter(
                x=[score], y=[i], mode="markers", name=theme.KIND_WORDS.get(kind, kind), legendgroup=kind,
                showlegend=False, customdata=[row["model_id"]],
                marker=theme.marker(look, style, measured=row["basis"] == "measured", size=12) | {"opacity": 1.0},
                opacity=1.0 if row["eligible"] or row["undecided"] else _PALE,
                error_x={"type": "data", "symmetric": False, "array": [hi - score], "arrayminus": [score - lo],
                         "color": colour, "thickness": 2, "width": 5},
                hovertext=[_hover(row)], hoverinfo="text",
            )
        )  # fmt: skip
        if row["undecided"]:
            figure.add_trace(
                go.Scatter(
                    x=[score], y=[i], mode="markers", showlegend=False, hoverinfo="skip", name=UNDECIDED,
                    marker={"symbol": "square-open-dot", "size": 22, "color": style.faint, "line": {"width": 1.6}},
                )
            )  # fmt: skip
        if row["is_pick"]:
            figure.add_trace(
                go.Scatter(
                    x=[score], y=[i], mode="markers", showlegend=False, hoverinfo="skip",
                    marker={"symbol": "circle-open", "size": 24, "color": style.accent, "line": {"width": 2.6}},
                )
            )  # fmt: skip


def _words(i: int, row: Mapping[str, Any], x: Span, style: Style) -> list[dict[str, Any]]:
    """The model's name above its dot, and beneath it what it reaches."""
    score = said.POINTS * row["score"]
    left = x.share(score) < 0.5
    letters = 24 if style.phone else 44
    name = model(row["model_id"], letters)
    facts = [f"{numbers.percent(row['share_of_best'])} of the best"]
    if row["p_good_enough"] is not None:
        facts.append(f"odds {numbers.percent(row['p_good_enough'])}")
    elif not row["eligible"]:
        facts.append(row["undecided"] or "outside the limits")
    if row["is_knee"]:
        facts.append("knee")
    if not style.phone and (size := spelt.beside_name(row)):
        facts.insert(0, size)
    ink = style.accent if row["is_pick"] else style.ink
    return [
        {
            "x": score, "y": i, "text": text, "showarrow": False, "yshift": shift, "xshift": -8 if left else 8,
            "xanchor": "left" if left else "right", "name": "label",
            "font": {"size": style.font_size - 2, "color": colour},
        }
        for text, shift, colour in (
            (f"<b>{name}</b>" if row["is_pick"] else name, 18, ink),
            (" · ".join(facts), -18, style.faint),
        )
    ]  # fmt: skip


def _hover(row: Mapping[str, Any]) -> str:
    return said.hover(
        row,
        f"score {said.amount('score', row['score'])} ({said.amount('score', row['score_lo'])} to "
        f"{said.amount('score', row['score_hi'])}), {labels.BASIS[row['basis']]}",
        f"{numbers.percent(row['share_of_best'])} of the best rung",
        said.odds(row["p_good_enough"]),
        "" if row["eligible"] else _kept_out(row),
        "the knee: no larger rung is more than the tolerance above it" if row["is_knee"] else "",
    )


def _kept_out(row: Mapping[str, Any]) -> str:
    why = row["undecided_why"]
    return f"may or may not meet the limits: {why}" if why else "outside the stated limits"
