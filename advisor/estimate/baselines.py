"""The naive rules that every estimator must beat: for the score of a cell, and for which model to pick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS: Final = 10
_PULL: Final = 2.0
"""Rounds of the additive fit, and pseudo-cells that pull each effect towards 0."""


def task_mean(scores: pl.DataFrame, tasks: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """`cells` with `value`: the mean of the task's measured scores; the mean of all where it has none.

    scores: model_id, task_id, value (fractions). tasks: TASKS. cells: model_id, task_id.
    """
    del tasks  # the same signature as its siblings
    means = scores.group_by("task_id").agg(value=pl.col("value").mean())
    return _joined(cells, means, "task_id").with_columns(
        pl.col("value").fill_null(scores["value"].mean())
    )


def additive(scores: pl.DataFrame, tasks: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """`cells` with `value`: mean + task effect + model effect, fitted in turns on the measured scores."""
    del tasks
    mean = scores["value"].mean()
    left = scores.select("model_id", "task_id", left=pl.col("value") - mean)
    by_model = scores.select("model_id").unique().with_columns(model=pl.lit(0.0))
    by_task = scores.select("task_id").unique().with_columns(task=pl.lit(0.0))
    effect = pl.col("left").sum() / (pl.len() + _PULL)
    for _ in range(_ROUNDS):
        rest = left.join(by_model, on="model_id").with_columns(pl.col("left") - pl.col("model"))
        by_task = rest.group_by("task_id").agg(task=effect)
        rest = left.join(by_task, on="task_id").with_columns(pl.col("left") - pl.col("task"))
        by_model = rest.group_by("model_id").agg(model=effect)
    found = _joined(_joined(cells, by_task, "task_id"), by_model, "model_id")
    total = pl.lit(mean) + pl.col("task").fill_null(0.0) + pl.col("model").fill_null(0.0)
    return found.with_columns(value=total).drop("task", "model")


def same_type_mean(scores: pl.DataFrame, tasks: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """`cells` with `value`: task mean plus the model's mean distance from it on tasks of the same type."""
    types = tasks.select("task_id", pl.col("task_type").fill_null("unknown"))
    centred = task_mean(scores, tasks, scores.select("model_id", "task_id")).rename(
        {"value": "centre"}
    )
    away = (
        scores.select("model_id", "task_id", "value")
        .join(centred, on=["model_id", "task_id"])
        .join(types, on="task_id")
        .group_by("model_id", "task_type")
        .agg(away=(pl.col("value") - pl.col("centre")).sum() / (pl.len() + _PULL))
    )
    found = _joined(task_mean(scores, tasks, cells), types, "task_id").join(
        away, on=["model_id", "task_type"], how="left", maintain_order="left"
    )
    return found.with_columns(pl.col("value") + pl.col("away").fill_null(0.0)).drop(
        "task_type", "away"
    )


def leader_by_mean(scores: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """(model_id, merit): mean standardised score over the tasks a model was measured on.

    A task's scores are standardised by its own mean and standard deviation; tasks with one score count 0.
    """
    del models
    standing = (pl.col("value") - pl.col("value").mean()) / pl.col("value").std()
    return _ranked(
        scores.with_columns(merit=standing.over("task_id").fill_nan(0.0).fill_null(0.0)),
        pl.col("merit").mean(),
    )


def borda(scores: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """(model_id, merit): mean share of the other models that a model beats, task by task; ties count half."""
    del models
    place = (pl.col("value").rank("average") - 1.0) / (pl.len() - 1)
    beaten = pl.when(pl.len() > 1).then(place).otherwise(0.5)
    return _ranked(scores.with_columns(merit=beaten.over("task_id")), pl.col("merit").mean())


def biggest(scores: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """(model_id, merit): the parameter count; models of unknown size are left out."""
    return _fact(scores, models, "n_parameters")


def most_downloaded(scores: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """(model_id, merit): downloads in 30 days; models without a count are left out."""
    return _fact(scores, models, "downloads_30d")


CELL_RULES: Final[dict[str, Callable[[pl.DataFrame, pl.DataFrame, pl.DataFrame], pl.DataFrame]]] = {
    "task mean": task_mean,
    "additive": additive,
    "same-type mean": same_type_mean,
}
"""Name -> (scores, tasks, cells) -> cells with value."""

PICK_RULES: Final[dict[str, Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]]] = {
    "leader by mean": leader_by_mean,
    "borda": borda,
    "biggest": biggest,
    "most downloaded": most_downloaded,
}
"""Name -> (scores, models) -> model_id, merit; the model of highest merit is picked."""


def _joined(cells: pl.DataFrame, facts: pl.DataFrame, key: str) -> pl.DataFrame:
    return cells.join(facts, on=key, how="left", maintain_order="left")


def _ranked(scores: pl.DataFrame, merit: pl.Expr) -> pl.DataFrame:
    return scores.group_by("model_id").agg(merit=merit).sort("model_id")


def _fact(scores: pl.DataFrame, models: pl.DataFrame, column: str) -> pl.DataFrame:
    return (
        models.select("model_id", merit=pl.col(column).cast(pl.Float64))
        .join(scores, on="model_id", how="semi")
        .drop_nulls()
        .sort("model_id")
    )
