"""Models side by side: one small plot a measure, and what each scored on the tasks most like the question's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.figures import words as spelt
from advisor.figures.side_by_side import MEASURES
from advisor.recommend.ties import TIED_FROM
from advisor.render import labels
from advisor.render.charts import panels, rows, said, theme
from advisor.render.charts.labels import span
from advisor.render.charts.names import model
from advisor.render.charts.ticks import log_axis

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Style

_ROW: Final = 27
"""Pixels of one model, or of one task."""
_TITLES: Final = {
    "score": "score",
    "parameters": "size, parameters",
    "latency_p95_s": "p95 latency",
    "memory_bytes": "memory",
    "cost_usd_per_1k_items": "USD per 1,000 items",
    "generality": "generality, 0 to 1",
    "efficiency": "efficiency, 0 to 1",
    "interpretability": "interpretability, 0 to 1",
}
_TICK: Final = 90
"""Pixels of a plot for each of its log ticks: a page may squeeze it to half."""
_COLUMNS: Final = 3
_WIDE: Final = 1000
"""Pixels from which three plots stand beside each other."""
_DIFFERENCE: Final = "difference"


def draw(chart: Chart, style: Style) -> Any:
    """One plot a measure, and one of the differences to the first; the models are the rows."""
    names = list(dict.fromkeys(chart.frame["model_id"]))
    high = _ROW * len(names) + 8
    kinds = list(dict.fromkeys(chart.frame["kind"]))
    columns = _columns(style)
    plots = [MEASURES[0], _DIFFERENCE, *MEASURES[1:]]
    n_rows = -(-len(plots) // columns)
    figure, grid = panels.grid(
        chart,
        style,
        [high] * n_rows,
        columns=(1.0,) * columns,
        above=_above(n_rows, style),
        between=34,
        legend=[theme.KIND_WORDS[kind] for kind in kinds],
        left=rows.margin(names, style),
        bottom=34,
    )
    figure.update_layout(legend={"tracegroupgap": 0})
    for kind in kinds:
        said.legend_entry(figure, kind, style)
    for i, measure in enumerate(plots):
        panel = grid[i // columns][i % columns]
        y = rows.model_axis(names, style, named=i % columns == 0)
        if measure == _DIFFERENCE:
            _differences(figure, chart, panel, y, style)
            continue
        part = chart.frame.filter(measure=measure)
        title = f"{chart.facts['metric']}, points" if measure == "score" else _TITLES[measure]
        panel.title(figure, title, style)
        panel.set_axes(figure, _axis(part, measure, panel.pixels[0], style), y)
        for row in part.iter_rows(named=True):
            _point(figure, row, panel, style)
    return figure


def _columns(style: Style) -> int:
    if style.phone:
        return 1
    return 2 if style.width < _WIDE else _COLUMNS


def _above(n_rows: int, style: Style) -> list[float]:
    """Pixels above each row; the titles of narrow plots take two lines."""
    more = 20 if not style.phone and style.width < _WIDE else 0
    return [26.0 + more, *[50.0 + more] * (n_rows - 1)]


def _differences(
    figure: Any, chart: Chart, panel: panels.Panel, y: dict[str, Any], style: Style
) -> None:
    """The first model's estimate less each other's: filled where one is better, open where they are level."""
    go = need("plotly.graph_objects", extra="charts")
    frame = chart.parts["differences"]
    ends = [v * said.POINTS for name in ("value", "lo", "hi") for v in frame[name] if v is not None]
    shown = span([0.0, *ends], air=0.08)
    panel.title(figure, "first less this one, points", style)
    x = theme.axis(style, "", range=shown.range, nticks=5)
    panel.set_axes(figure, x | {"zeroline": True, "zerolinecolor": style.faint}, y)
    rows.say(figure, panel, 0, style, "the first")
    for at, row in enumerate(frame.iter_rows(named=True), start=1):
        if row["value"] is None:
            rows.say(figure, panel, at, style)
            continue
        value, lo, hi = (said.POINTS * row[key] for key in ("value", "lo", "hi"))
        look = theme.Look(light=style.ink, dark=style.ink, symbol="circle", dash="solid")
        is_level = TIED_FROM <= row["p_level"] <= 1 - TIED_FROM
        words = f"the first scores {value:.1f} points more ({lo:.1f} to {hi:.1f})"
        figure.add_trace(
            go.Scatter(
                x=[value], y=[at], mode="markers", showlegend=False, **panel.axes,
                marker=theme.marker(look, style, measured=not is_level, size=11) | {"opacity": 1},
                error_x={"type": "data", "symmetric": False, "array": [hi - value], "arrayminus": [value - lo],
                         "thickness": 2, "width": 4, "color": style.ink},
                hovertext=[said.hover(row, words, "level on average" if is_level else "not level on average")], hoverinfo="text",
            )
        )  # fmt: skip


def _axis(part: pl.DataFrame, measure: str, pixels: float, style: Style) -> dict[str, Any]:
    values = [*part["value"], *part["lo"], *part["hi"]]
    if not any(value is not None for value in values):
        return theme.axis(style, "") | {"range": [0, 1], "tickvals": [], "showgrid": False}
    if measure in said.UNIT:
        # A narrow plot has room for a phone's ticks only.
        narrow = replace(style, width=theme.PHONE) if pixels < theme.PHONE else style
        shown = span(values, log=True, air=0.12)
        axis = log_axis(shown, said.UNIT[measure], narrow)
        every = -(-len(axis["tickvals"]) // max(2, int(pixels // _TICK)))
        thin = {name: axis[name][::every] for name in ("tickvals", "ticktext")}
        return theme.axis(style, "") | axis | thin
    if measure == "score":
        shown = span([said.POINTS * value for value in values if value is not None], air=0.08)
        return theme.axis(style, "", range=shown.range, nticks=5)
    return theme.axis(style, "", range=[-0.03, 1.03]) | {"tickvals": [0, 0.5, 1]}


def _point(figure: Any, row: Mapping[str, Any], panel: panels.Panel, style: Style) -> None:
    go = need("plotly.graph_objects", extra="charts")
    if row["measure"] == "parameters" and spelt.is_sizeless(row["kind"], row["value"]):
        rows.say(figure, panel, row["order"], style, spelt.NO_SIZE)
        return
    if row["value"] is None:
        rows.say(figure, panel, row["order"], style)
        return
    if row["measure"] in said.UNIT and row["value"] <= 0:
        rows.say(figure, panel, row["order"], style, "none")
        return
    scale = said.POINTS if row["measure"] == "score" else 1.0
    value = scale * row["value"]
    look = theme.PALETTE.get(str(row["kind"]), theme.PALETTE["other"])
    error = None
    if row["lo"] is not None:
        error = {
            "type": "data", "symmetric": False, "array": [scale * row["hi"] - value], "thickness": 2, "width": 4,
            "arrayminus": [value - scale * row["lo"]], "color": look.colour(style),
        }  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=[value], y=[row["order"]], mode="markers", showlegend=False, legendgroup=row["kind"], **panel.axes,
            marker=theme.marker(look, style, measured=row["basis"] == "measured", size=11) | {"opacity": 1},
            error_x=error, customdata=[row["model_id"]], hovertext=[_hover(row)], hoverinfo="text",
        )
    )  # fmt: skip


def _hover(row: Mapping[str, Any]) -> str:
    measure = row["measure"]
    words = f"{_TITLES[measure].partition(',')[0]} {said.span(measure, row)}"
    where = "outside the stated limits" if row["eligible"] is False else ""
    return said.hover(
        row, spelt.size_class(str(row["part"])), f"licence {row['license'] or '?'}", words, where
    )


def tasks(chart: Chart, style: Style) -> Any:
    """One line a similar task, from its lowest to its highest score among the models."""
    frame = chart.frame
    places = {name: i for i, name in enumerate(dict.fromkeys(frame["task_id"]))}
    names = dict(
        frame.sort("order").select("model_id", "order").unique(maintain_order=True).iter_rows()
    )
    looks = {name: theme.SEQUENCE[order % len(theme.SEQUENCE)] for name, order in names.items()}
    left = rows.margin(list(places), style)
    figure = theme.figure(
        chart,
        replace(style, plot_height=_ROW * len(places) + 10),
        legend=[f"{model(name, rows.letters(style))}  " for name in names],
        left=left,
    )
    go = need("plotly.graph_objects", extra="charts")
    for name, at in places.items():
        there = frame.filter(task_id=name)["value"] * said.POINTS
        figure.add_trace(
            go.Scatter(
                x=[there.min(), there.max()], y=[at, at], mode="lines", showlegend=False, hoverinfo="skip",
                line={"color": style.faint, "width": 1.4},
            )
        )  # fmt: skip
    for name, look in looks.items():
        part = frame.filter(model_id=name)
        figure.add_trace(
            go.Scatter(
                x=(part["value"] * said.POINTS).to_list(), y=[places[task] for task in part["task_id"]], mode="markers",
                name=model(name, rows.letters(style)), marker=theme.marker(look, style, size=11),
                customdata=part["model_id"].to_list(), hoverinfo="text",
                hovertext=[_task_hover(row) for row in part.iter_rows(named=True)],
            )
        )  # fmt: skip
    shown = span((frame["value"] * said.POINTS).to_list())
    figure.update_xaxes(
        **theme.axis(style, "main score of the task, points", range=shown.range, nticks=8)
    )
    axis = rows.model_axis(list(places), style)
    axis["ticktext"] = [model(name, rows.letters(style)) for name in places]
    figure.update_yaxes(**axis)
    return figure


def _task_hover(row: Mapping[str, Any]) -> str:
    words = f"{row['task_id']}: {said.amount('score', row['value'])}, {labels.BASIS['measured'].split(' on ')[0]}"
    return said.hover(row, words, f"similarity to the question {row['similarity']:.2f}")
