"""Efficiency as a score: latency, memory and cost on declared log scales, for the stated workload."""

from __future__ import annotations

from typing import Final

import polars as pl

from advisor.score.scales import (
    COST_ANCHORS_USD,
    LATENCY_ANCHORS_S,
    MEMORY_ANCHORS_BYTES,
    falling_log,
)

_ANCHORS: Final = {
    "latency_p95_s": LATENCY_ANCHORS_S,
    "memory_bytes": MEMORY_ANCHORS_BYTES,
    "cost_usd_per_1k_items": COST_ANCHORS_USD,
}
_BASIS_ORDER: Final = ("measured", "interpolated", "extrapolated", "prior")


def efficiency(quantities: pl.DataFrame) -> pl.DataFrame:
    """One row per model with a known quantity: model_id, value, lo, hi in [0, 1], basis.

    The mean over the quantities that are known; the basis is the weakest of theirs. A model of which
    nothing is known has no row.

    quantities: long, model_id, quantity (a key of the scales), value, lo, hi, basis.
    Source: METHOD.md#efficiency
    """
    parts = [
        quantities.filter(pl.col("quantity") == name, pl.col("value").is_not_null()).select(
            "model_id",
            "basis",
            value=falling_log(pl.col("value"), anchors),
            # A longer wait is a lower score, so the ends change places.
            lo=falling_log(pl.col("hi"), anchors),
            hi=falling_log(pl.col("lo"), anchors),
        )
        for name, anchors in _ANCHORS.items()
    ]
    return (
        pl.concat(parts)
        .with_columns(pl.col("basis").cast(pl.Enum(_BASIS_ORDER)))
        .group_by("model_id")
        .agg(
            pl.col("value").mean(), pl.col("lo").mean(), pl.col("hi").mean(), pl.col("basis").max()
        )
        .with_columns(pl.col("basis").cast(pl.String))
        .sort("model_id")
    )
