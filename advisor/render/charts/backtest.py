"""Draws the backtests: stated odds, intervals, regret of picks, and the verdict by the confidence asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.figures import backtest_odds, backtest_regret, backtest_sizing, words
from advisor.figures.backtest_intervals import NOMINAL
from advisor.render.charts import theme
from advisor.render.charts.names import shown
from advisor.render.charts.panels import Panel, grid, lines_of

if TYPE_CHECKING:
    import polars as pl

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Look, Style

_SHARES: Final = {
    "tickmode": "array",
    "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1.0],
    "ticktext": ["0%", "20%", "40%", "60%", "80%", "100%"],
}


def draw_odds(chart: Chart, style: Style) -> Any:
    """One plot per kind of odds, the diagonal where they come true as stated."""
    parts = chart.frame.partition_by("what", maintain_order=True)
    stacked = style.phone
    air = 12 + style.font_size * 1.3
    rows = len(parts) if stacked else 1
    figure, plots = grid(
        chart, style, [260.0 if stacked else 400.0] * rows, columns=[1.0] * (1 if stacked else len(parts)),
        above=[air, *([64 + air] * (rows - 1))], between=80,
    )  # fmt: skip
    looks = {backtest_odds.ENOUGH: theme.SEQUENCE[0], backtest_odds.BEST: theme.SEQUENCE[1]}
    for part, panel in zip(parts, [p for row in plots for p in row], strict=True):
        _diagonal(figure, panel, style, 0.0, 1.0)
        what = str(part["what"][0])
        _odds(figure, part, panel, style, looks[what])
        panel.title(figure, f"odds of being {what} (open: off by more than chance)", style)
        panel.set_axes(
            figure,
            theme.axis(style, "odds stated", range=[-0.02, 1.02], **_SHARES),
            theme.axis(style, "came true", range=[-0.02, 1.02], **_SHARES),
        )
    return figure


def draw_intervals(chart: Chart, style: Style) -> Any:
    """A dot per group on the axis of coverage, the line where it should be."""
    parts = chart.frame.partition_by("protocol", maintain_order=True)
    left = 208 if style.phone else 330
    air = style.font_size * 1.3
    wide = style.width - 40
    titles = [str(part["protocol"][0]) for part in parts]
    above = [
        (10 if i == 0 else 44) + air * len(lines_of(title, wide, style))
        for i, title in enumerate(titles)
    ]
    step = 19.0 if style.phone else 22.0
    figure, plots = grid(
        chart, style, [step * part.height + 8 for part in parts], above=above, left=left
    )
    low = min(0.8, float(chart.frame["coverage"].min()), float(chart.frame["lo"].min() or 1)) - 0.02  # type: ignore[arg-type]
    for part, (panel,) in zip(parts, plots, strict=True):
        _line(figure, panel, style, x=[NOMINAL, NOMINAL], y=[-0.6, part.height - 0.4])
        hover = [_coverage_hover(row) for row in part.iter_rows(named=True)]
        _dots(figure, part, panel, style, hover)
        panel.title(figure, str(part["protocol"][0]), style, across=wide)
        figure.layout.annotations[-1].update(xshift=-(left - 12))
        last = panel is plots[-1][0]
        ticks = [t / 100 for t in range(70, 101, 10 if style.phone else 5) if t / 100 > low]
        panel.set_axes(
            figure,
            theme.axis(style, "truth inside the 90 % interval" if last else "", range=[low, 1.01], tickmode="array",
                       tickvals=ticks, ticktext=[f"{t:.0%}" for t in ticks]),
            theme.axis(style, "", tickmode="array", tickvals=list(range(part.height)), showgrid=False, ticks="",
                       ticktext=[_group_words(row, style) for row in part.iter_rows(named=True)],
                       range=[part.height - 0.4, -0.6]),
        )  # fmt: skip
    return figure


def draw_regret(chart: Chart, style: Style) -> Any:
    """Three marks per group: what each rule's pick costs."""
    parts = chart.frame.partition_by("panel", maintain_order=True)
    rules = chart.frame["rule"].unique(maintain_order=True).to_list()
    left = 168 if style.phone else 240
    air = style.font_size * 1.3
    step = 21.0 if style.phone else 25.0
    figure, plots = grid(
        chart, style, [step * part["position"].n_unique() + 8 for part in parts],
        above=[(12 if i == 0 else 46) + air for i in range(len(parts))], legend=rules, left=left,
    )  # fmt: skip
    figure.update_layout(legend={"tracegroupgap": 0})
    high = float(chart.frame["regret_points"].max() or 1) * 1.04  # type: ignore[arg-type]
    for part, (panel,) in zip(parts, plots, strict=True):
        for number, rule in enumerate(rules):
            _rule(figure, part.filter(rule=rule), panel, style, theme.SEQUENCE[number])
        names = part.unique("position").sort("position")
        last = panel is plots[-1][0]
        panel.title(figure, str(part["panel"][0]), style)
        panel.set_axes(
            figure,
            theme.axis(style, "points below the best, mean" if last else "", range=[0, high], nticks=6),
            theme.axis(style, "", tickmode="array", tickvals=names["position"].to_list(), ticks="",
                       ticktext=[f"{shown(_narrow(g, style))} ({n:,})" for g, n in
                                 names.select("group", "n_questions").iter_rows()],
                       range=[names.height - 0.4, -0.6]),
        )  # fmt: skip
    return figure


def draw_sizing(chart: Chart, style: Style) -> Any:
    """One plot per measure against the confidence asked for, a line per pool and per rule that always names one."""
    parts = chart.frame.partition_by("measure", maintain_order=True)
    rules = chart.frame["rule"].unique(maintain_order=True).to_list()
    air = style.font_size * 1.3
    wide = style.width - 40
    stacked = style.phone
    rows = len(parts) if stacked else 1
    cell = wide if stacked else wide / len(parts) - 70
    titles = [lines_of(str(part["measure"][0]), cell, style) for part in parts]
    tall = max(len(lines) for lines in titles)
    figure, plots = grid(
        chart, style, [200.0 if stacked else 330.0] * rows, columns=[1.0] * (1 if stacked else len(parts)),
        above=[12 + air * tall, *([60 + air * tall] * (rows - 1))], between=70, legend=rules,
    )  # fmt: skip
    figure.update_layout(legend={"tracegroupgap": 0})
    seen: set[str] = set()
    for part, panel in zip(parts, [p for row in plots for p in row], strict=True):
        measure = str(part["measure"][0])
        if measure == backtest_sizing.GOOD_ENOUGH:
            _diagonal(figure, panel, style, 0.5, 0.9)
        for number, rule in enumerate(rules):
            _sized(figure, part.filter(rule=rule), panel, style, theme.SEQUENCE[number], seen)
        panel.title(figure, measure, style)
        share = measure != backtest_sizing.SIZE_RATIO
        most = float(part["value"].max() or 1)  # type: ignore[arg-type]
        y = (
            _SHARES | {"range": [-0.03, 1.03]}
            if share
            else {"range": [-0.04 * most, 1.06 * most], "nticks": 6}
        )
        panel.set_axes(
            figure,
            theme.axis(style, "confidence asked for", range=[0.46, 0.94], tickmode="array",
                       tickvals=[0.5, 0.6, 0.8, 0.9], ticktext=["50%", "60%", "80%", "90%"]),
            theme.axis(style, "share of questions" if share else "times", **y),
        )  # fmt: skip
    return figure


def _odds(figure: Any, part: pl.DataFrame, panel: Panel, style: Style, look: Look) -> None:
    go = need("plotly.graph_objects", extra="charts")
    colour = look.colour(style)
    hover = [
        f"stated {row['stated']:.1%}, came true {row['came_true']:.1%} ({row['lo']:.1%} to {row['hi']:.1%})"
        f"<br>{row['n']:,} cases{', off by more than chance' if row['off'] else ''}"
        for row in part.iter_rows(named=True)
    ]
    figure.add_trace(
        go.Scatter(
            x=part["stated"].to_list(), y=part["came_true"].to_list(), mode="markers", name=str(part["what"][0]),
            marker={"color": colour, "size": 9, "line": {"width": 1.4, "color": colour},
                    "symbol": [f"{look.symbol}-open" if off else look.symbol for off in part["off"]]},
            error_y={"type": "data", "symmetric": False, "color": colour, "thickness": 1.2, "width": 4,
                     "array": (part["hi"] - part["came_true"]).to_list(),
                     "arrayminus": (part["came_true"] - part["lo"]).to_list()},
            text=hover, hovertemplate="%{text}<extra></extra>", showlegend=False, **panel.axes,
        )
    )  # fmt: skip


def _dots(figure: Any, part: pl.DataFrame, panel: Panel, style: Style, hover: list[str]) -> None:
    go = need("plotly.graph_objects", extra="charts")
    look = theme.SEQUENCE[0] if part["lo"].null_count() == 0 else theme.SEQUENCE[1]
    colour = look.colour(style)
    figure.add_trace(
        go.Scatter(
            x=part["coverage"].to_list(), y=list(range(part.height)), mode="markers", showlegend=False,
            name=str(part["protocol"][0]),
            marker={"color": colour, "size": 9, "line": {"width": 1.4, "color": colour},
                    "symbol": [f"{look.symbol}-open" if off else look.symbol for off in part["off"]]},
            error_x={"type": "data", "symmetric": False, "color": colour, "thickness": 1.2, "width": 3,
                     "array": (part["hi"] - part["coverage"]).fill_null(0).to_list(),
                     "arrayminus": (part["coverage"] - part["lo"]).fill_null(0).to_list()},
            text=hover, hovertemplate="%{text}<extra></extra>", **panel.axes,
        )
    )  # fmt: skip


def _rule(figure: Any, part: pl.DataFrame, panel: Panel, style: Style, look: Look) -> None:
    go = need("plotly.graph_objects", extra="charts")
    ours = part["rule"][0] == backtest_regret.OURS
    hover = []
    for row in part.iter_rows(named=True):
        words = f"<b>{shown(row['group'])}</b>, {shown(row['rule'])}: {row['regret_points']:.1f} points, {row['n_questions']:,} questions"
        if ours:
            middle = "" if row["median_points"] is None else f", median {row['median_points']:.1f}"
            words += f"{middle}<br>within 1 point in {row['within_1_point']:.0%}"
            if row["named_good_enough"] is not None:
                words += (
                    f"; of {row['n_named']:,} named, {row['named_good_enough']:.0%} good enough"
                )
        hover.append(words)
    figure.add_trace(
        go.Scatter(
            x=part["regret_points"].to_list(), y=part["position"].to_list(), mode="markers", name=shown(part["rule"][0]),
            legendgroup=part["rule"][0], showlegend=panel.number == 1,
            marker=theme.marker(look, style, size=11 if ours else 9), text=hover,
            hovertemplate="%{text}<extra></extra>", cliponaxis=False, **panel.axes,
        )
    )  # fmt: skip


def _sized(
    figure: Any, part: pl.DataFrame, panel: Panel, style: Style, look: Look, seen: set[str]
) -> None:
    if part.is_empty():
        return
    go = need("plotly.graph_objects", extra="charts")
    rule = str(part["rule"][0])
    bars = part["lo"].null_count() < part.height
    figure.add_trace(
        go.Scatter(
            x=part["confidence"].to_list(), y=part["value"].to_list(), mode="lines+markers", name=shown(rule),
            legendgroup=rule, showlegend=rule not in seen, marker=theme.marker(look, style, size=8),
            line={"color": look.colour(style), "dash": look.dash, "width": 1.6},
            error_y={"type": "data", "symmetric": False, "visible": bars, "thickness": 1, "width": 3,
                     "color": look.colour(style),
                     "array": (part["hi"] - part["value"]).fill_null(0).to_list(),
                     "arrayminus": (part["value"] - part["lo"]).fill_null(0).to_list()},
            customdata=["?" if n is None else f"{n:,}" for n in part["n"]], meta=part["measure"][0],
            hovertemplate="<b>%{fullData.name}</b><br>asked %{x:.0%}: %{y:.3~g}<br>%{customdata} questions<extra></extra>",
            **panel.axes,
        )
    )  # fmt: skip
    seen.add(rule)


def _diagonal(figure: Any, panel: Panel, style: Style, low: float, high: float) -> None:
    _line(figure, panel, style, x=[low, high], y=[low, high])


def _line(figure: Any, panel: Panel, style: Style, *, x: list[float], y: list[float]) -> None:
    go = need("plotly.graph_objects", extra="charts")
    figure.add_trace(
        go.Scatter(
            x=x, y=y, mode="lines", line={"color": style.accent, "width": 1.2, "dash": "dash"}, name="as stated",
            hoverinfo="skip", showlegend=False, **panel.axes,
        )
    )  # fmt: skip


def _coverage_hover(row: dict[str, Any]) -> str:
    ends = "" if row["lo"] is None else f" ({row['lo']:.1%} to {row['hi']:.1%})"
    wide = "" if row["width_points"] is None else f"<br>mean width {row['width_points']:.1f} points"
    of = "questions" if row["lo"] is None else "hidden scores"
    return (
        f"<b>{_group_plain(row)}</b><br>{row['coverage']:.1%} inside{ends}, {row['n']:,} {of}{wide}"
    )


def _group_plain(row: dict[str, Any]) -> str:
    return shown(
        row["task_family"]
        + (f", {words.size_class(row['size_class'])}" if row["size_class"] else "")
    )


_BRIEF: Final = {
    "classification": "classif.", "information-extraction": "extraction", "question-answering": "question-answ.",
    "instruction-following": "instructions", "semantic-similarity": "similarity", "6B and over": "≥6B", "under 200M": "<200M",
}  # fmt: skip


def _narrow(words: str, style: Style) -> str:
    if style.phone:
        for long, brief in _BRIEF.items():
            words = words.replace(long, brief)
    return words


def _group_words(row: dict[str, Any], style: Style) -> str:
    family = row["task_family"] + (
        f", {words.size_class(row['size_class'])}" if row["size_class"] else ""
    )
    count = f"{row['n']:,}" if row["n"] < 10_000 else f"{math.floor(row['n'] / 1000)}k"
    return f"{shown(_narrow(family, style))} ({count})"
