"""Generality as a score: how well a model does on the other task families, with honest ignorance."""

from __future__ import annotations

import polars as pl

from advisor.stats.chances import normal_cdf

_Z90 = 1.6448536269514722


def generality(levels: pl.DataFrame, *, family: str, models: list[str]) -> pl.DataFrame:
    """One row per model with evidence outside `family`: model_id, value, lo, hi in [0, 1], basis.

    levels: the snapshot's `generality` table: model_id, task_family, level (mean standard score on the
    family's tasks, predicted where not measured), spread (standard deviation of that level's error),
    n_measured. The score is the normal probability of the mean level over the other families; little
    coverage makes the interval wide and never the score low. Basis "measured" when at least half of
    the families were measured, else "extrapolated". Source: METHOD.md#generality
    """
    rest = levels.filter(pl.col("task_family") != family, pl.col("model_id").is_in(models))
    per_model = (
        rest.group_by("model_id")
        .agg(
            level=pl.col("level").mean(),
            # Spread over families and the error of each level both make the mean uncertain.
            error=(
                (pl.col("level").var().fill_null(0.0) + (pl.col("spread") ** 2).mean()) / pl.len()
            ).sqrt(),
            covered=(pl.col("n_measured") > 0).mean(),
        )
        .sort("model_id")
    )
    level, error = per_model["level"].to_numpy(), per_model["error"].to_numpy()
    return per_model.select(
        "model_id",
        value=pl.Series(normal_cdf(level)),
        lo=pl.Series(normal_cdf(level - _Z90 * error)),
        hi=pl.Series(normal_cdf(level + _Z90 * error)),
        basis=pl.when(pl.col("covered") >= 0.5)
        .then(pl.lit("measured"))
        .otherwise(pl.lit("extrapolated")),
    )
