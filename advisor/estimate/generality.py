"""How well each model does on each task family, as standard scores that fit the four-dimension view."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import polars as pl

MIN_TASKS: Final = 3
"""Tasks of a family that a level needs; with fewer, one odd task would speak for the family."""
MIN_MODELS: Final = 8
"""Models that a task needs before its mean and spread say how hard it is."""


def levels(cells: pl.DataFrame, tasks: pl.DataFrame) -> pl.DataFrame:
    """One row per (model, task family): model_id, task_family, level, spread, n_measured.

    cells: model_id, task_id, value, scale (standard deviation of a predicted value's error, 0 where
    measured), measured. Every model has a cell on each task, so that a model measured only on hard
    tasks is not held against one measured on easy ones.
    level: mean standard score over the family's tasks. spread: standard deviation of that mean's error,
    from the tasks' disagreement and the predictions' own errors. Source: METHOD.md#generality
    """
    families = tasks.filter(pl.col("task_family").is_not_null()).select("task_id", "task_family")
    mean, sd = pl.col("value").mean().over("task_id"), pl.col("value").std().over("task_id")
    standard = (
        cells.join(families, on="task_id", how="inner")
        .filter(pl.len().over("task_id") >= MIN_MODELS)
        .with_columns(z=(pl.col("value") - mean) / sd, error=pl.col("scale") / sd)
        .filter(pl.col("z").is_finite())
    )
    return (
        standard.group_by("model_id", "task_family")
        .agg(
            level=pl.col("z").mean(),
            spread=(
                (pl.col("z").var().fill_null(1.0) + (pl.col("error") ** 2).mean()) / pl.len()
            ).sqrt(),
            n_measured=pl.col("measured").sum().cast(pl.Int32),
            n_tasks=pl.len(),
        )
        .filter(pl.col("n_tasks") >= MIN_TASKS)
        .drop("n_tasks")
        .sort("model_id", "task_family")
    )


def tables(
    scores: pl.DataFrame, grid: pl.DataFrame, tasks: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Tables "generality" and, on the embedding pool, "backtest_generality". grid: predictions of unmeasured cells."""
    embedding = tasks.filter(pl.col("pool") == "embedding")
    cells = _cells(scores, grid)
    halves = half_against_half(
        *(levels(part, embedding) for part in (cells, cells.filter("measured")))
    )
    return {"generality": levels(cells, tasks), "backtest_generality": halves}


def _cells(scores: pl.DataFrame, grid: pl.DataFrame) -> pl.DataFrame:
    """Every (model, task) cell that has a value: measured ones, and predictions of the gridded pools."""
    measured = scores.select(
        "model_id", "task_id", "value", scale=pl.lit(0.0), measured=pl.lit(value=True)
    )
    predicted = grid.select(
        "model_id",
        "task_id",
        pl.col("value").cast(pl.Float64),
        pl.col("scale").cast(pl.Float64),
        measured=pl.lit(value=False),
    )
    return pl.concat([measured, predicted])


def half_against_half(table: pl.DataFrame, measured: pl.DataFrame) -> pl.DataFrame:
    """Does generality from half of the families predict the measured level on the other half?

    table: `levels` of all cells, as shipped. measured: `levels` of the measured cells alone, so that no
    prediction is checked against itself. For each way of cutting the families in two: split, n_models,
    spearman. Models need a measured task in a family of each half.
    """
    names = sorted(measured["task_family"].unique())
    rows = []
    for chosen in combinations(names, len(names) // 2):
        half = pl.col("task_family").is_in(list(chosen))
        told = _mean_level(table.filter(half)).filter(pl.col("n_measured") > 0)
        both = told.join(_mean_level(measured.filter(~half)), on="model_id", suffix="_other")
        if both.height >= MIN_MODELS:
            rho = both.select(pl.corr("level", "level_other", method="spearman")).item()
            rows.append((" + ".join(chosen), both.height, rho))
    schema = {"split": pl.String, "n_models": pl.Int64, "spearman": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def summary(halves: pl.DataFrame) -> pl.DataFrame:
    """N cuts of the families, and the median and the worst rank correlation over them."""
    rho = pl.col("spearman")
    return halves.select(
        n=pl.len(),
        spearman_median=rho.median(),
        spearman_worst=rho.min(),
        n_models=pl.col("n_models").median(),
    )


def _mean_level(table: pl.DataFrame) -> pl.DataFrame:
    return table.group_by("model_id").agg(pl.col("level").mean(), pl.col("n_measured").sum())
