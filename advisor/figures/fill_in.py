"""A benchmark's missing scores, filled in from the others by the house's low-rank completion, with how far off they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.low_rank import complete
from advisor.estimate.matrix import Cells, scale_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

RANK: Final = 8
RIDGE: Final = 2.0
"""Hidden traits and their penalty, for a table of tens of tasks. Source: METHOD.md#size-curves"""
FOLDS: Final = 5
"""Parts of the scores that take turns in being hidden."""


def filled_in(scores: pl.DataFrame) -> pl.DataFrame:
    """(model_id, task_id, value, error) of every pair of a model and a task of `scores`, as its other scores let expect.

    scores: model_id, task_id, value, one row a pair, not all pairs there. error: root mean square miss on the task's
    scores when they were hidden, a fifth at a time. The order of the rows does not matter.
    """
    cells = _cells(scores)
    table = _completed(cells)
    error = _errors(cells)
    n_models, n_tasks = cells.shape
    return pl.DataFrame(
        {
            "model_id": np.repeat(cells.models["model_id"].to_numpy(), n_tasks),
            "task_id": np.tile(cells.tasks["task_id"].to_numpy(), n_models),
            "value": table.ravel(),
            "error": np.tile(error, n_models),
        }
    )


def _cells(scores: pl.DataFrame) -> Cells:
    ordered = scores.sort("model_id", "task_id")
    models = ordered.select("model_id").unique().sort("model_id")
    tasks = ordered.select("task_id").unique().sort("task_id")
    return Cells(
        models=models,
        tasks=tasks,
        row=models["model_id"].search_sorted(ordered["model_id"]).to_numpy().astype(np.intp),
        col=tasks["task_id"].search_sorted(ordered["task_id"]).to_numpy().astype(np.intp),
        value=ordered["value"].to_numpy().astype(np.float64),
        share=np.ones(ordered.height),
    )


def _completed(cells: Cells) -> NDArray[np.float64]:
    """(models, tasks) fractions."""
    scale = scale_of(cells)
    z = complete(cells, scale.to_z(cells), rank=RANK, ridge=RIDGE)
    table: NDArray[np.float64] = z * scale.spread + scale.centre
    return table


def _errors(cells: Cells) -> NDArray[np.float64]:
    """(tasks,) root mean square miss of hidden scores."""
    fold = np.random.default_rng(0).permutation(len(cells.row)) % FOLDS
    squares = np.zeros(len(cells.row))
    for k in range(FOLDS):
        hidden = fold == k
        table = _completed(cells.only(~hidden))
        miss = table[cells.row[hidden], cells.col[hidden]] - cells.value[hidden]
        squares[hidden] = miss**2
    error: NDArray[np.float64] = np.sqrt(cells.per_task(squares) / cells.per_task())
    return error
