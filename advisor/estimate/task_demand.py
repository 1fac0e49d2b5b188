"""How much a task asks of knowledge and reasoning, and how much models above 10 B gain on it: one predicts the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.encoder_or_llm import GENERATIVE_MOST, HARNESS

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEMANDING: Final = ("common-sense-reasoning", "knowledge")
"""Task types whose scores stand for what a model knows and can reason out."""
SMALL_MOST: Final = 3_500_000_000
LARGE_LEAST: Final = 20_000_000_000
"""Ends of the size classes: up to 3.5 B, up to 10 B, from 20 B."""
MODELS_LEAST: Final = 8
"""Models that a size class needs on a task."""
_GOOD: Final = 0.8
"""A class is spoken for by this quantile of its scores: models that are merely bad say nothing about size."""


@dataclass(frozen=True, kw_only=True)
class Sized:
    """Generative models with a known size on one harness's tasks."""

    tasks: pl.DataFrame
    """(task_id, task_type, language, twin_group), one a column of `values`."""
    parameters: NDArray[np.float64]
    values: NDArray[np.float64]
    """(models, tasks) fractions, NaN where not measured."""


def sized(scores: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame) -> Sized:
    """EuroEval's generative models whose size is known."""
    own = tasks.filter(pl.col("harness") == HARNESS)
    known = models.filter(pl.col("kind") == "decoder", pl.col("n_parameters").is_not_null())
    rows = scores.join(own.select("task_id"), on="task_id", how="semi")
    wide = (
        rows.join(known.select("model_id", "n_parameters"), on="model_id")
        .pivot(on="task_id", index=["model_id", "n_parameters"], values="value")
        .sort("model_id")
    )
    names = sorted(set(wide.columns) - {"model_id", "n_parameters"})
    facts = own.select(
        "task_id", "task_type", "twin_group", language=pl.col("languages").list.first()
    )
    return Sized(
        tasks=facts.filter(pl.col("task_id").is_in(names)).sort("task_id"),
        parameters=wide["n_parameters"].to_numpy().astype(np.float64),
        values=wide.select(names).fill_null(np.nan).to_numpy().astype(np.float64),
    )


def demands(known: Sized) -> NDArray[np.float64]:
    """(tasks,) how many standard deviations a task's score rises with one of knowledge and reasoning; NaN unknown.

    Among models of at most 10 B: the coefficient of a model's mean standard score on the tasks of DEMANDING, beside
    its mean on all other types, in a least-squares fit of the task's standard scores. Both means leave out the
    task's own language and its twins. Above 10 B nothing is looked at. Source: METHOD.md#task-demand
    """
    small = known.values[known.parameters <= GENERATIVE_MOST]
    z = _standardised(small)
    kind, language, twins = (
        known.tasks[name].to_numpy() for name in ("task_type", "language", "twin_group")
    )
    demanding = np.isin(kind, DEMANDING)
    found = np.full(len(kind), np.nan)
    for task in range(len(kind)):
        apart = (language != language[task]) & (twins != twins[task])
        design = np.column_stack(
            [_row_means(z[:, demanding & apart]), _row_means(z[:, ~demanding & apart])]
        )
        usable = np.isfinite(design).all(1) & np.isfinite(z[:, task])
        if usable.sum() >= MODELS_LEAST:
            design = np.column_stack([np.ones(int(usable.sum())), design[usable]])
            found[task] = np.linalg.lstsq(design, z[usable, task], rcond=None)[0][1]
    return found


def returns(known: Sized) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(tasks,) gain from the class up to 10 B to that from 20 B (fractions), and its share of the gain from 3.5 B on.

    A small share: returns to size diminish before 10 B. NaN where a class has fewer than MODELS_LEAST models.
    """
    size = known.parameters
    classes = (
        size <= SMALL_MOST,
        (size > SMALL_MOST) & (size <= GENERATIVE_MOST),
        size >= LARGE_LEAST,
    )
    small, middle, large = (_good(known.values[one]) for one in classes)
    late = large - middle
    whole = large - small
    share = np.divide(late, whole, out=np.full(len(late), np.nan), where=whole > 0)
    return late, share


def headroom(known: Sized) -> NDArray[np.float64]:
    """(tasks,) 1 less the score of good models up to 10 B: the naive rule that a hard task rewards size."""
    size = known.parameters
    return 1.0 - _good(known.values[(size > SMALL_MOST) & (size <= GENERATIVE_MOST)])


def _good(values: NDArray[np.float64]) -> NDArray[np.float64]:
    enough = np.isfinite(values).sum(0) >= MODELS_LEAST
    found = np.full(values.shape[1], np.nan)
    found[enough] = np.nanquantile(values[:, enough], _GOOD, axis=0)
    return found


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    measured = np.isfinite(values)
    filled = np.where(measured, values, 0.0)
    count = np.maximum(measured.sum(0), 1)
    mean = filled.sum(0) / count
    spread = np.sqrt(np.where(measured, (values - mean) ** 2, 0.0).sum(0) / count)
    z: NDArray[np.float64] = (values - mean) / np.where(spread > 0, spread, 1.0)
    return z


def _row_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    measured = np.isfinite(values)
    count = measured.sum(1)
    total = np.where(measured, values, 0.0).sum(1)
    mean: NDArray[np.float64] = np.divide(
        total, count, out=np.full(len(values), np.nan), where=count > 0
    )
    return mean
