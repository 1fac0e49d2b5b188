"""Declared 0-to-1 scales, so that a score means the same in every answer. Source: METHOD.md#scales."""

from __future__ import annotations

from typing import Final

import polars as pl

SCALE_VERSION: Final = 1

LATENCY_ANCHORS_S: Final = (1e-4, 60.0)
"""1 and 0 of the latency scale: a lookup nobody notices, a wait nobody accepts. Log scale between."""
MEMORY_ANCHORS_BYTES: Final = (1e6, 1e12)
"""1 and 0 of the memory scale: a linear model in a browser, more than any one server holds."""
COST_ANCHORS_USD: Final = (1e-5, 100.0)
"""1 and 0 of the cost scale, USD per 1,000 items: below any bill, a dollar for ten items."""


def falling_log(value: pl.Expr, anchors: tuple[float, float]) -> pl.Expr:
    """1 at or below the first anchor, 0 at or above the second, linear in the logarithm between."""
    low, high = anchors
    width = pl.lit(high).log10() - pl.lit(low).log10()
    return (1.0 - (value.log10() - pl.lit(low).log10()) / width).clip(0.0, 1.0)


def chance_to_ceiling(value: pl.Expr, chance: pl.Expr) -> pl.Expr:
    """0 at chance level, 1 at the metric's ceiling of 1, clipped; never the min and max of a pool."""
    return ((value - chance) / (1.0 - chance)).clip(0.0, 1.0)
