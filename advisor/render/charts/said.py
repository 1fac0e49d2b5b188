"""What the charts of one answer say on hover, and how they spell scores, quantities and odds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from advisor._lazy import need
from advisor.core.units import format_bytes, format_count, format_seconds
from advisor.figures import words as spelt
from advisor.render import labels, numbers
from advisor.render.charts import theme
from advisor.render.charts.names import shown
from advisor.render.charts.ticks import usd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from advisor.render.charts.theme import Style

POINTS: Final = 100.0
"""Points of a fraction."""
SPELT: Final[dict[str, Callable[[float], str]]] = {
    "latency_p95_s": format_seconds,
    "memory_bytes": format_bytes,
    "cost_usd_per_1k_items": usd,
    "parameters": format_count,
}
UNIT: Final = {
    "latency_p95_s": "seconds",
    "memory_bytes": "bytes",
    "cost_usd_per_1k_items": "usd",
    "parameters": "parameters",
}
AXIS: Final = {
    "latency_p95_s": "p95 latency of one item",
    "memory_bytes": "memory where it runs",
    "cost_usd_per_1k_items": "USD per 1,000 items",
    "parameters": "parameters",
    "score": "score",
}


def amount(measure: str, value: float | None) -> str:
    """A quantity in the reader's unit; a score or a dimension as it is usually written; "?" where unknown."""
    if value is None:
        return "?"
    if measure == "score":
        return numbers.points(value)
    return SPELT[measure](value) if measure in SPELT else f"{value:.2f}"


def span(measure: str, row: Mapping[str, Any], name: str = "value") -> str:
    """Like "11 ms (7 ms to 19 ms), predicted from other tasks"; keys `name`, with _lo, _hi and _basis or lo, hi, basis."""
    keys = (
        ("lo", "hi", "basis") if name == "value" else (f"{name}_lo", f"{name}_hi", f"{name}_basis")
    )
    lo, hi, basis = (row.get(key) for key in keys)
    if row[name] is None:
        return "not known"
    text = amount(measure, row[name])
    if lo is not None and hi is not None:
        text += f" ({amount(measure, lo)} to {amount(measure, hi)})"
    return text + (f", {labels.BASIS[str(basis)]}" if basis in labels.BASIS else "")


def hover(row: Mapping[str, Any], *lines: str) -> str:
    """The hover text of one model: its name, what it is, then `lines`; escaped."""
    first = f"<b>{shown(str(row['model_id']))}</b>"
    about = theme.KIND_WORDS.get(str(row.get("kind")), "")
    if "n_parameters" in row and (size := spelt.size(row)) != "?":
        about += ", no parameters" if size == spelt.NO_SIZE else f", {size} parameters"
    return "<br>".join([first, *(shown(line) for line in (about, *lines) if line)])


def odds(p: float | None) -> str:
    """The odds of being good enough; nothing where they were not computed."""
    return "" if p is None else f"good enough: {numbers.percent(p)}"


def legend_entry(figure: Any, kind: str, style: Style) -> None:
    """A kind's line in the legend, filled and full, however its first model is drawn; it shows and hides them all."""
    go = need("plotly.graph_objects", extra="charts")
    figure.add_trace(
        go.Scatter(
            x=[None], y=[None], mode="markers", name=theme.KIND_WORDS.get(kind, kind), legendgroup=kind,
            marker=theme.marker(theme.PALETTE.get(kind, theme.PALETTE["other"]), style), hoverinfo="skip",
        )
    )  # fmt: skip
