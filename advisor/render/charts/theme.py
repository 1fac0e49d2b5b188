"""How every chart looks: one palette by model kind, one layout at any width, light and dark.

A chart is drawn for a width in pixels. `framed` pictures (PNG, SVG, PDF) carry title, notes and footer inside; unframed
ones (HTML, dashboard) leave them to the page around, whose text wraps by itself.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.render.charts.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.figures.chart import Chart

FONT: Final = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
PHONE: Final = 390
"""Widths up to this many pixels (and a little over) get the phone's layout."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """For what a chart is drawn."""

    width: int = 1280
    """Pixels: 1280 for a slide, 700 for a paper, 390 for a phone."""
    plot_height: int = 520
    """Pixels of the plot alone; title, legend and notes come on top."""
    dark: bool = False
    framed: bool = True
    """Whether title, reading, notes and footer are inside the picture."""
    fluid: bool = False
    """Whether the page stretches the picture: no width is fixed, labels are those of `width`."""

    @property
    def phone(self) -> bool:
        """Whether there is room for one column only."""
        return self.width <= PHONE + 60

    @property
    def ink(self) -> str:
        """Text and axes."""
        return "#E8E6E3" if self.dark else "#1F2430"

    @property
    def faint(self) -> str:
        """Second-rank text: notes, footers."""
        return "#A9B0BA" if self.dark else "#59626F"

    @property
    def grid(self) -> str:
        """Grid lines, which nobody should notice."""
        return "#2C3440" if self.dark else "#E6E9EE"

    @property
    def paper(self) -> str:
        """Background."""
        return "#11161D" if self.dark else "#FFFFFF"

    @property
    def accent(self) -> str:
        """What the chart is about: the named model, the reference line."""
        return "#FFD166" if self.dark else "#B00020"

    @property
    def font_size(self) -> int:
        """Pixels of ordinary text."""
        return 12 if self.phone else 14


@dataclass(frozen=True, kw_only=True)
class Look:
    """Colour and symbol of one group: never colour alone."""

    light: str
    dark: str
    symbol: str
    dash: str

    def colour(self, style: Style) -> str:
        """The colour on this background."""
        return self.dark if style.dark else self.light


PALETTE: Final[Mapping[str, Look]] = {
    "linear": Look(light="#B36B00", dark="#F0B35A", symbol="diamond", dash="dot"),
    "tree": Look(light="#00795A", dark="#35C49A", symbol="square", dash="dash"),
    "lexical": Look(light="#6B7280", dark="#AEB6C2", symbol="x", dash="dot"),
    "static_embedding": Look(light="#2E86C1", dark="#7CC4F2", symbol="triangle-up", dash="dashdot"),
    "encoder": Look(light="#0055A4", dark="#5B9DF0", symbol="circle", dash="solid"),
    "cross_encoder": Look(light="#0055A4", dark="#5B9DF0", symbol="cross", dash="dash"),
    "late_interaction": Look(light="#2E86C1", dark="#7CC4F2", symbol="hexagon", dash="longdash"),
    "decoder": Look(light="#C2410C", dark="#F98B5B", symbol="triangle-down", dash="solid"),
    "api": Look(light="#A8418A", dark="#E08FC6", symbol="star", dash="longdashdot"),
    "tabular_foundation": Look(light="#C2410C", dark="#F98B5B", symbol="pentagon", dash="dash"),
    "deep_tabular": Look(light="#0055A4", dark="#5B9DF0", symbol="hourglass", dash="longdash"),
    "other": Look(light="#6B7280", dark="#AEB6C2", symbol="circle-x", dash="longdashdot"),
}
"""By advisor.core.ids.MODEL_KINDS: after Okabe and Ito's colour-blind-safe set, darkened on white and lightened on
black until each has three times the background's contrast (WCAG 2.2, 1.4.11). Kinds of one hue differ by symbol."""

SEQUENCE: Final[tuple[Look, ...]] = tuple(
    PALETTE[kind]
    for kind in ("encoder", "decoder", "tree", "api", "linear", "static_embedding", "lexical")
)
"""For groups that are not kinds: in this order, each with its own symbol and dash."""

KIND_WORDS: Final[Mapping[str, str]] = {
    "linear": "linear",
    "tree": "trees",
    "lexical": "lexical",
    "static_embedding": "static embeddings",
    "encoder": "encoders",
    "cross_encoder": "cross-encoders",
    "late_interaction": "late interaction",
    "decoder": "decoders",
    "api": "API",
    "tabular_foundation": "tabular foundation",
    "deep_tabular": "deep tabular",
    "other": "other",
}
"""Legend entries."""


def translucent(colour: str, opacity: float) -> str:
    """A palette colour for bands: "#0055A4", 0.2 → "rgba(0,85,164,0.2)"."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def figure(
    chart: Chart,
    style: Style,
    *,
    legend: Sequence[str] = (),
    left: int | None = None,
    bottom: int = 64,
) -> Any:
    """An empty figure of the house: add traces and axes to it.

    legend: the entries that will be shown, so that their rows are given room above the plot.
    left, bottom: pixels for the axes' tick labels and titles.
    """
    go = need("plotly.graph_objects", extra="charts")
    left = left if left is not None else (56 if style.phone else 76)
    right = 16 if style.phone else 28
    legend_rows, entry = _legend_rows(legend, style, room=style.width - left - right)
    room_for_legend = legend_rows * (style.font_size + 9)
    head = _head(chart, style) if style.framed else []
    foot = _foot(chart, style) if style.framed else []
    top = 16 + _height(head) + room_for_legend + 8
    below = bottom + _height(foot) + 12
    figure = go.Figure()
    figure.update_layout(
        template=None,
        autosize=style.fluid,
        width=None if style.fluid else style.width,
        height=top + style.plot_height + below,
        paper_bgcolor=style.paper,
        plot_bgcolor=style.paper,
        font={"family": FONT, "size": style.font_size, "color": style.ink},
        margin={"l": left, "r": right, "t": top, "b": below, "autoexpand": False},
        hoverlabel={"font": {"family": FONT, "size": style.font_size}, "align": "left"},
        hovermode="closest",
        showlegend=bool(legend),
        legend={
            "orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom",
            "font": {"size": style.font_size}, "entrywidth": entry, "entrywidthmode": "pixels",
            "itemsizing": "constant", "bgcolor": "rgba(0,0,0,0)",
        },
        dragmode=False if style.phone else "zoom",
        modebar={"remove": ["lasso2d", "select2d", "autoScale2d"], "bgcolor": "rgba(0,0,0,0)", "color": style.faint},
    )  # fmt: skip
    _write(figure, head, from_edge="top", left=left - 8)
    _write(figure, foot, from_edge="bottom", left=left - 8, reach=below, skip=bottom)
    return figure


def axis(style: Style, title: str, **more: Any) -> dict[str, Any]:
    """Properties of one axis: quiet grid, title with its unit, nothing zero-based by force."""
    return {
        "title": {"text": shown(title), "standoff": 8, "font": {"size": style.font_size}},
        "gridcolor": style.grid,
        "linecolor": style.faint,
        "tickcolor": style.faint,
        "ticks": "outside",
        "zeroline": False,
        "showline": True,
        "tickfont": {"size": style.font_size - 1},
        "automargin": False,
        "fixedrange": style.phone,
    } | more


def marker(look: Look, style: Style, *, measured: bool = True, size: float = 9) -> dict[str, Any]:
    """A point: filled where measured, open where predicted."""
    colour = look.colour(style)
    return {
        "symbol": look.symbol if measured else f"{look.symbol}-open",
        "size": size,
        "color": colour,
        "opacity": 0.85,
        "line": {"width": 0.6 if measured else 1.4, "color": style.paper if measured else colour},
    }


@dataclass(frozen=True, kw_only=True)
class _Line:
    text: str
    size: int
    colour: str
    bold: bool = False
    gap: int = 0
    """Pixels above it."""

    @property
    def height(self) -> int:
        return self.gap + round(self.size * 1.36)


def footer(chart: Chart) -> str:
    """Where the numbers come from, in one line."""
    when = f" · as of {chart.as_of.isoformat()}" if chart.as_of else ""
    better = f"better: {chart.better} · " if chart.better else ""
    return f"{better}{chart.pool} · snapshot {chart.snapshot_id}{when}"


def _head(chart: Chart, style: Style) -> list[_Line]:
    title = _Line(
        text="", size=style.font_size + (3 if style.phone else 7), colour=style.ink, bold=True
    )
    reading = _Line(text="", size=style.font_size, colour=style.ink)
    return [*_wrapped(chart.title, title, style), *_wrapped(chart.reading, reading, style, gap=4)]


def _foot(chart: Chart, style: Style) -> list[_Line]:
    note = _Line(text="", size=style.font_size - 2, colour=style.faint)
    lines: list[_Line] = []
    for text in (*chart.notes, footer(chart)):
        lines += _wrapped(text, note, style, gap=3)
    return lines


def _wrapped(text: str, like: _Line, style: Style, *, gap: int = 0) -> list[_Line]:
    """The text in lines that fit the width; an average letter is 0.52 of its size wide in the fonts named."""
    letters = max(20, math.floor((style.width - 40) / (like.size * (0.57 if like.bold else 0.52))))
    pieces = textwrap.wrap(text, letters) or []
    return [replace(like, text=piece, gap=gap if i == 0 else 0) for i, piece in enumerate(pieces)]


def _height(lines: Sequence[_Line]) -> int:
    return sum(line.height for line in lines)


def _legend_rows(legend: Sequence[str], style: Style, *, room: int) -> tuple[int, int]:
    """Rows that the entries take, and pixels of one entry's words."""
    if not legend:
        return 0, 0
    words = round(max(len(entry) for entry in legend) * style.font_size * 0.52) + 2
    columns = max(1, room // (words + 47))  # plotly's symbol and the gap to the next entry
    return math.ceil(len(legend) / columns), words


def _write(
    figure: Any,
    lines: Sequence[_Line],
    *,
    from_edge: str,
    left: int,
    reach: int = 0,
    skip: int = 0,
) -> None:
    """Lines of text above the plot (from the picture's top) or below its axis, left-aligned with the picture."""
    top = figure.layout.margin.t
    at = 14 if from_edge == "top" else skip + 4
    for line in lines:
        at += line.gap
        text = f"<b>{shown(line.text)}</b>" if line.bold else shown(line.text)
        figure.add_annotation(
            text=text, showarrow=False, align="left", xref="paper", x=0, xanchor="left", xshift=-left + 4,
            yref="paper", y=1 if from_edge == "top" else 0, yanchor="top",
            yshift=top - at if from_edge == "top" else -at,
            font={"size": line.size, "color": line.colour}, name="words",
        )  # fmt: skip
        at += line.height - line.gap
