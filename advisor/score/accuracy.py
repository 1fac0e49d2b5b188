"""Accuracy as a score: the estimate between chance and the metric's ceiling."""

from __future__ import annotations

import polars as pl

from advisor.score.scales import chance_to_ceiling


def accuracy(estimates: pl.DataFrame, *, chance: float) -> pl.DataFrame:
    """One row per estimate: model_id, value, lo, hi in [0, 1], basis.

    estimates: model_id, value, lo, hi (fractions of the main score), basis.
    chance: what guessing reaches on this task, 0 where the sources state none.
    Source: METHOD.md#accuracy
    """
    level = pl.lit(chance)
    return estimates.select(
        "model_id",
        *(chance_to_ceiling(pl.col(name), level).alias(name) for name in ("value", "lo", "hi")),
        "basis",
    )
