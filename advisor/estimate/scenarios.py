"""Tasks that stand in for the user's own, as the scores of many models on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.predict import scenario_matrix
from advisor.stats.chances import Scenarios

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


LEAST_SIMILAR: Final = 8
"""Similar tasks that are kept however unlike the nearest one they are."""
NEAR_ENOUGH: Final = 0.85
"""Beyond those, a task is kept while its similarity is at least this part of the nearest one's."""
TRUSTED_AT: Final = 200
"""Measured models at which a task counts half of what its likeness alone would give it."""
_SHARPNESS: Final = 6.0


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
    # Estimates weigh tasks by the sixth power of likeness; the root makes the evidence count once.
    return [
        (t, s * (n_models[t] / (n_models[t] + TRUSTED_AT)) ** (1 / _SHARPNESS)) for t, s in kept
    ]


def scenarios(
    read: Callable[[str], pl.LazyFrame], neighbours: list[tuple[str, float]], models: list[str]
) -> Scenarios:
    """Scores of `models` (rows, in order) on the neighbour tasks, measured where measured, else predicted.

    neighbours: (task_id, similarity 0 to 1); the similarities become the weights.
    """
    tasks, values, spreads = scenario_matrix(read, neighbours, models)
    seen = read("scores").filter(pl.col("task_id").is_in(tasks), pl.col("model_id").is_in(models))
    row = {name: i for i, name in enumerate(models)}
    column = {name: i for i, name in enumerate(tasks)}
    decides = np.zeros((len(models), len(tasks)), dtype=np.bool_)
    for model, task in seen.select("model_id", "task_id").collect().iter_rows():
        decides[row[model], column[task]] = True
    similarity = dict(neighbours)
    return Scenarios(
        values=values,
        spreads=np.where(decides, 0.0, spreads),
        decides=decides,
        weights=np.array([similarity[task] for task in tasks], dtype=np.float64),
    )
