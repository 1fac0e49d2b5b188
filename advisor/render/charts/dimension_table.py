"""Draws the four dimensions as a table: per row a small and a large model with their intervals, who is better, and the claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor._lazy import need
from advisor.figures import words as spelt
from advisor.render.charts import theme
from advisor.render.charts.names import model, short, shown

if TYPE_CHECKING:
    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Look, Style

SIGNS: Final = {"yes": "✓", "no": "✗", "equal": "=", "cannot tell": "?"}
LOOKS: Final[dict[str, Look]] = {
    "small": theme.PALETTE["encoder"],
    "large": theme.PALETTE["decoder"],
}
_BARS: Final = {"small": 0.52, "large": 0.80}
"""Where the two bars lie in a row of height 1, from its top."""


def draw(chart: Chart, style: Style) -> Any:
    """One row per dimension: words on top, the small model's bar, the large one's; marks and numbers at the right."""
    go = need("plotly.graph_objects", extra="charts")
    dimensions = chart.frame["dimension"].unique(maintain_order=True).to_list()
    row = 108 if style.phone else 100
    from dataclasses import replace

    names = [_legend(chart.frame, side, style) for side in LOOKS]
    figure = theme.figure(
        chart, replace(style, plot_height=row * len(dimensions)), legend=names, left=20, bottom=58
    )
    figure.update_layout(margin={"r": 78 if style.phone else 190}, legend={"tracegroupgap": 0})
    for side, look in LOOKS.items():
        rows = chart.frame.filter(pl.col("side") == side)
        figure.add_trace(
            go.Scatter(
                x=rows["value"].to_list(), y=[dimensions.index(d) + _BARS[side] for d in rows["dimension"]],
                mode="markers", name=_legend(chart.frame, side, style), marker=_markers(rows, look, style),
                error_x={
                    "type": "data", "symmetric": False, "color": look.colour(style), "thickness": 2.4, "width": 5,
                    "array": _reach(rows, "hi", "value"), "arrayminus": _reach(rows, "value", "lo"),
                },
                customdata=[_words(each) for each in rows.iter_rows(named=True)], cliponaxis=False,
                hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>", meta=side,
            )
        )  # fmt: skip
        for each in rows.iter_rows(named=True):
            _result(figure, each, dimensions.index(each["dimension"]) + _BARS[side], style)
    compared = {each["dimension"]: each for each in chart.parts["comparison"].to_dicts()}
    for number, dimension in enumerate(dimensions):
        _head(figure, number, compared[dimension], style)
    figure.update_xaxes(
        theme.axis(
            style, "score, 0 to 1", range=[-0.015, 1.015], tickvals=[0, 0.25, 0.5, 0.75, 1],
            ticktext=["0", "0.25", "0.5", "0.75", "1"],
        )
    )  # fmt: skip
    figure.update_yaxes(range=[len(dimensions), -0.02], visible=False, fixedrange=True)
    return figure


def _legend(frame: pl.DataFrame, side: str, style: Style) -> str:
    """Like "small: all-MiniLM-L6-v2 (22.7M)"."""
    row = frame.filter(pl.col("side") == side).row(0, named=True)
    size = f" ({known})" if (known := spelt.beside_name(row)) else ""
    return shown(f"{side}: {short(row['model_id'], 26 if style.phone else 40)}{size}")


def _markers(rows: pl.DataFrame, look: Look, style: Style) -> dict[str, Any]:
    """Filled where measured, open where predicted or a prior."""
    each = [
        theme.marker(look, style, measured=basis == "measured", size=11) for basis in rows["basis"]
    ]
    return each[0] | {
        "symbol": [one["symbol"] for one in each],
        "line": {
            "width": [one["line"]["width"] for one in each],
            "color": [one["line"]["color"] for one in each],
        },
        "opacity": 1,
    }


def _reach(rows: pl.DataFrame, high: str, low: str) -> list[float]:
    return [
        0.0 if a is None or b is None else max(a - b, 0.0)
        for a, b in rows.select(high, low).iter_rows()
    ]


def _number(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "unknown"
    return f"{row['value']:.2f} ({row['lo']:.2f} to {row['hi']:.2f})"


def _words(row: dict[str, Any]) -> list[str]:
    return [
        model(row["model_id"], 60),
        f"{row['dimension']} {_number(row)}, {row['basis']}; better: {row['better']}",
    ]


def _result(figure: Any, row: dict[str, Any], y: float, style: Style) -> None:
    """The mark and the number at the end of a bar."""
    known = row["value"] is not None
    brief = f"{row['value']:.2f}" if known else "n/a"
    number = brief if style.phone else _number(row)
    look = LOOKS[row["side"]].colour(style) if row["better"] == "yes" else style.faint
    figure.add_annotation(
        text=f'<b><span style="color:{look}">{SIGNS[row["better"]]}</span></b>  {number}', showarrow=False,
        x=1, xref="paper", xanchor="left", xshift=10, y=y, yref="y", yanchor="middle", align="left",
        font={"size": style.font_size, "color": style.ink}, name="result",
    )  # fmt: skip


def _head(figure: Any, number: int, compared: dict[str, Any], style: Style) -> None:
    """The row's title, the survey's claim and whether it holds here."""
    title = f"<b>{compared['dimension'].capitalize()}</b>"
    claim = f"survey: {compared['survey']} better · here: {_here(compared)}"
    text = f"{title}<br>{claim}" if style.phone else f"{title}   {claim}"
    figure.add_annotation(
        text=text, showarrow=False, x=0, xref="paper", xanchor="left", y=number + 0.04, yref="y", yanchor="top",
        align="left", font={"size": style.font_size, "color": style.ink}, name="panel",
    )  # fmt: skip
    if number:
        figure.add_shape(
            type="line", xref="paper", x0=0, x1=1, yref="y", y0=number, y1=number,
            line={"color": style.grid, "width": 1.5}, layer="below",
        )  # fmt: skip


def _here(compared: dict[str, Any]) -> str:
    if compared["claim"] == "cannot tell":
        return "cannot tell"
    if compared["better"] == "equal":
        return "the same, does not hold"
    return f"{compared['better']} better, {compared['claim'].removesuffix(' here')}"
