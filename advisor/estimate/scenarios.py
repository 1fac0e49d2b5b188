"""Tasks that stand in for the user's own, as the scores of many models on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.predict import scenario_matrix
from advisor.estimate.unseen import nearness
from advisor.stats.chances import Scenarios
from advisor.tables.measured import measured_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


LEAST_SIMILAR: Final = 8
"""Similar tasks that are kept however unlike the nearest one they are."""
NEAR_ENOUGH: Final = 0.85
"""Beyond those, a task is kept while its similarity is at least this part of the nearest one's."""
TRUSTED_AT: Final = 200
"""Measured models at which the discount for few models, n / (n + this), is one half before its root."""
_SOFTENED: Final = 1.0 / 6.0
"""Power of that discount: few models make a task speak a little more softly, and do not silence it."""


def closest(
    neighbours: list[tuple[str, float]], n_models: Mapping[str, int]
) -> list[tuple[str, float]]:
    """The similar tasks that may speak for the user's, most similar first, better measured ones louder.

    neighbours: (task_id, similarity), most similar first. n_models: candidates measured on each task.
    Returns: (task_id, similarity, lowered where few models were measured). Source: METHOD.md#good-enough
    """
    if not neighbours:
        return []
    bar = NEAR_ENOUGH * neighbours[0][1]
    kept = [(t, s) for i, (t, s) in enumerate(neighbours) if i < LEAST_SIMILAR or s >= bar]
    return [(t, s * (n_models[t] / (n_models[t] + TRUSTED_AT)) ** _SOFTENED) for t, s in kept]


def scenarios(
    read: Callable[[str], pl.LazyFrame],
    neighbours: list[tuple[str, float]],
    models: list[str],
    *,
    pool: str,
) -> Scenarios:
    """Scores of `models` (rows, in order) on the neighbour tasks, measured where measured, else predicted.

    neighbours: (task_id, similarity 0 to 1), the user's own first; the similarities become the weights.
    """
    tasks, values, spreads = scenario_matrix(read, neighbours, models)
    decides = _at(measured_scores(read), tasks, models, "value")
    similarity = dict(neighbours)
    return Scenarios(
        values=values,
        spreads=np.where(np.isfinite(decides), 0.0, spreads),
        decides=np.isfinite(decides),
        weights=np.array([similarity[task] for task in tasks], dtype=np.float64),
        column=values[:, 0] if tasks else np.full(len(models), np.nan),
        pool=pool,
    )


def outlooks(
    read: Callable[[str], pl.LazyFrame],
    neighbours: list[tuple[str, float]],
    models: list[str],
    column: NDArray[np.float64],
    *,
    pool: str,
) -> Scenarios:
    """Ways a task that nobody measured may turn out: its predicted column, missed as similar tasks' columns were.

    column: (models,) predicted fractions. A model measured on a similar task deviates from its prediction as it
    did there; another one by as much as models usually did. Source: METHOD.md#good-enough
    """
    similarity = dict(neighbours)
    wide = read("unseen_tasks").filter(pl.col("task_id").is_in(list(similarity)))
    spreads = dict(wide.select("task_id", "spread").collect().iter_rows())
    tasks = [task for task in similarity if task in spreads]
    misses = _at(read("unseen_misses"), tasks, models, "miss")
    weights = np.array([similarity[task] for task in tasks])
    spread = float(np.exp(nearness(weights) @ np.log([spreads[task] for task in tasks])))
    return missed(column, spread, misses, weights, pool=pool)


def missed(
    column: NDArray[np.float64],
    spread: float,
    misses: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    pool: str,
) -> Scenarios:
    """Scenarios of a column (models,) from misses (models, tasks) in spreads of a task, NaN where not measured.

    Tasks without any miss are left out. A task's mean miss is taken off: it moves all models alike.
    """
    known = np.isfinite(misses)
    some = known.any(axis=0)
    known, misses, weights = known[:, some], misses[:, some], weights[some]
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, misses, 0.0).sum(axis=0) / count
    away = np.where(known, misses - mean, 0.0)
    usual = np.sqrt((away**2).sum(axis=0) / count)
    return Scenarios(
        values=column[:, None] + spread * away,
        spreads=np.where(known, 0.0, spread * usual),
        decides=known,
        weights=weights,
        column=column,
        pool=pool,
    )


def _at(
    table: pl.LazyFrame, tasks: list[str], models: list[str], column: str
) -> NDArray[np.float64]:
    """(models, tasks) the table's values, NaN where it has no row."""
    found = (
        table.filter(pl.col("task_id").is_in(tasks), pl.col("model_id").is_in(models))
        .select("model_id", "task_id", column)
        .collect()
    )
    row = {name: i for i, name in enumerate(models)}
    place = {name: i for i, name in enumerate(tasks)}
    values = np.full((len(models), len(tasks)), np.nan)
    if found.is_empty():
        return values
    at = (
        found["model_id"].replace_strict(row, return_dtype=pl.Int64).to_numpy(),
        found["task_id"].replace_strict(place, return_dtype=pl.Int64).to_numpy(),
    )
    values[at] = found[column].to_numpy()
    return values
