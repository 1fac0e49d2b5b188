"""Fractions, seconds and bytes in the units that readers use; percent and points exist only here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.core.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from advisor.core.ids import Basis
    from advisor.core.recommendation import Quantity, ScoreEstimate

UNKNOWN = "?"


def mark(basis: Basis) -> str:
    """A tilde before every number that was not measured."""
    return "" if basis == "measured" else "~"


def points(fraction: float) -> str:
    """Hundredths of the metric's scale, one decimal: 0.5213 → "52.1"."""
    shown = f"{100 * fraction:.1f}"
    return "0.0" if shown == "-0.0" else shown


def percent(fraction: float | None) -> str:
    """Like "86%"; a probability that is not exactly 0 or 1 is never rounded to it."""
    if fraction is None:
        return UNKNOWN
    if 0 < fraction < 0.005:
        return "<1%"
    if 0.995 <= fraction < 1:
        return ">99%"
    return f"{100 * fraction:.0f}%"


def score(estimate: ScoreEstimate) -> str:
    """Like "~52.1": points, with a tilde where predicted."""
    return mark(estimate.basis) + points(estimate.value)


def spread(estimate: ScoreEstimate) -> str:
    """Like "49.8–54.4", the interval's ends in points."""
    low, high = points(estimate.lo), points(estimate.hi)
    return f"{low} to {high}" if low.startswith("-") or high.startswith("-") else f"{low}–{high}"


def quantity(name: str, value: Quantity | None) -> str:
    """Latency, memory or cost with its unit, a tilde where it was not measured, "?" where unknown."""
    if value is None:
        return UNKNOWN
    return mark(value.basis) + _with_unit(name, value.value)


def quantity_spread(name: str, value: Quantity) -> str:
    """Like "7.1 ms to 12 ms"."""
    return f"{_with_unit(name, value.lo)} to {_with_unit(name, value.hi)}"


def _with_unit(name: str, value: float) -> str:
    if name.endswith("_s"):
        return format_seconds(value)
    if name.endswith("_bytes"):
        return format_bytes(value)
    if "_usd_" in name:
        return f"${value:.3g}"
    return f"{value:.3g}"


def downloads(count: int | None) -> str:
    """Like "5.2M" a month; "?" where the hub does not say."""
    if count is None:
        return UNKNOWN
    if count < 1000:
        return str(count)
    return f"{count / 1e6:.1f}M" if count >= 999_500 else f"{count / 1e3:.0f}k"


def ratio(value: float) -> str:
    """How many times: "227×", "3.4×"; "1/3.4 of" would be harder to read than "0.3×"."""
    return f"{value:,.0f}×" if value >= 9.95 else f"{value:.1f}×"
