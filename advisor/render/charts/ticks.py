"""Tick marks in readers' units on log axes: 10M, 1B; 1 ms, 100 ms; 100 MB, 8 GB; $0.01."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from advisor.core.units import format_bytes, format_count, format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.render.charts.labels import Span
    from advisor.render.charts.theme import Style


def usd(value: float) -> str:
    """Like "$0.02" or "$150"."""
    return f"${value:,.0f}" if value >= 100 else f"${value:.3g}"


UNITS: dict[str, Callable[[float], str]] = {
    "parameters": format_count,
    "seconds": format_seconds,
    "bytes": format_bytes,
    "usd": usd,
    "count": format_count,
}


_FEWEST: Final = 2
_MINUTE: Final = 60.0
_LONG: Final = (60.0, 600.0, 3_600.0, 36_000.0, 864_000.0)
"""Round long times, seconds: 1 min, 10 min, 1 h, 10 h, 10 d; powers of ten would be 16.7 min."""
_LONG_FINE: Final = [
    unit * step for unit, steps in ((60.0, (1, 2, 5, 10, 20, 30)), (3_600.0, (1, 2, 5, 10)), (86_400.0, (1, 2, 5, 10, 20, 50)))
    for step in steps
]  # fmt: skip
"""The same for an axis of few powers of ten."""


def log_axis(shown: Span, unit: str, style: Style) -> dict[str, Any]:
    """Plotly's properties of a log axis over `shown`: type, range, and ticks at powers of ten, or finer on a short one.

    unit: one of UNITS.
    """
    spell = UNITS[unit]
    low, high = math.log10(shown.low), math.log10(shown.high)
    steps = (1,) if high - low > (1.5 if style.phone else 2.2) else (1, 2, 5)
    marks = [
        step * 10.0**power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for step in steps
    ]
    if unit == "seconds" and steps == (1,):
        marks = [mark for mark in marks if mark < _MINUTE] + [*_LONG]
    ticks = [mark for mark in marks if shown.low <= mark <= shown.high]
    if unit == "seconds" and (steps != (1,) or len(ticks) < _FEWEST) and shown.high > _MINUTE:
        marks = [mark for mark in marks if mark < _MINUTE] + _LONG_FINE
        ticks = [mark for mark in marks if shown.low <= mark <= shown.high]
    if len(ticks) < _FEWEST:
        fine = (
            step * 10.0**power
            for power in range(math.floor(low), math.ceil(high) + 1)
            for step in range(1, 10)
        )
        ticks = [mark for mark in fine if shown.low <= mark <= shown.high]
    most = 5 if style.phone else 10
    if len(ticks) > most:
        ticks = ticks[:: math.ceil(len(ticks) / most)]
    if not ticks:  # a span within one step
        ticks = [shown.low, shown.high]
    return {
        "type": "log",
        "range": shown.range,
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [spell(tick) for tick in ticks],
        "minor": {"ticks": ""},
    }
