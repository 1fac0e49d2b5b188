"""The same model on the tasks nearest to this one, and the nearest models on this task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.gaussian import Kernels
    from advisor.estimate.matrix import Cells

COLUMNS: Final = (
    "near_mean", "near_sd", "near_tasks", "near_models",
    "task_like_1", "task_like_2", "task_like_5", "model_like_1", "model_like_2", "model_like_5",
    "task_z_1", "task_z_2", "task_z_3", "model_z_1", "model_z_2", "model_z_3",
    "task_z_mean", "model_z_mean", "task_z_spread", "model_z_spread",
)  # fmt: skip
"""near_mean, near_sd: kernel regression on the neighbours and its own standard deviation; *_like_k: likeness of
the k-th neighbour (0: none); *_z_k: its standardised score (NaN: none); *_mean of five, *_spread of eight."""

_CHUNK = 2000
_NONE = -9.0


@dataclass(frozen=True, kw_only=True)
class Neighbourhood:
    """What `look` searches: kernels, standardised cells and their noise, as full tables."""

    by_model: NDArray[np.float32]
    by_task: NDArray[np.float32]
    z: NDArray[np.float32]
    """(models, tasks), NaN where not measured."""
    noise: NDArray[np.float32]
    """(models, tasks) noise variance, 0 where not measured."""
    reach: int = 16
    """Neighbours in each direction."""


def neighbourhood(
    kernels: Kernels, cells: Cells, z: NDArray[np.float64], noise: NDArray[np.float64]
) -> Neighbourhood:
    """The searchable form of the measured cells."""
    table = np.full(cells.shape, np.nan, dtype=np.float32)
    table[cells.row, cells.col] = z
    variance = np.zeros(cells.shape, dtype=np.float32)
    variance[cells.row, cells.col] = noise
    # Single precision: the sums are short, and a million cells are looked up.
    return Neighbourhood(
        by_model=kernels.models.astype(np.float32),
        by_task=kernels.tasks.astype(np.float32),
        z=table,
        noise=variance,
    )


def look(near: Neighbourhood, row: NDArray[np.intp], col: NDArray[np.intp]) -> NDArray[np.float32]:
    """(n, len(COLUMNS)) what the neighbours of each asked cell say, the cell itself left out."""
    parts = [
        _look_some(near, row[i : i + _CHUNK], col[i : i + _CHUNK])
        for i in range(0, len(row), _CHUNK)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, len(COLUMNS)), dtype=np.float32)


def _nearest(
    likeness: NDArray[np.float32], allowed: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.bool_]]:
    """Places, likeness and existence of the `count` most alike allowed entries of each row, best first."""
    marked = np.where(allowed, likeness, _NONE)
    count = min(count, marked.shape[1])
    place = np.argpartition(-marked, count - 1, axis=1)[:, :count]
    found = np.take_along_axis(marked, place, 1)
    order = np.argsort(-found, axis=1, kind="stable")
    place, found = np.take_along_axis(place, order, 1), np.take_along_axis(found, order, 1)
    exists = found > _NONE
    return place, np.where(exists, found, np.float32(0.0)), exists


def _look_some(
    near: Neighbourhood, row: NDArray[np.intp], col: NDArray[np.intp]
) -> NDArray[np.float32]:
    by_model, by_task = near.by_model, near.by_task
    here = np.arange(len(row))
    seen_tasks = ~np.isnan(near.z[row])
    seen_tasks[here, col] = False
    seen_models = ~np.isnan(near.z[:, col]).T
    seen_models[here, row] = False
    tasks, task_like, has_task = _nearest(by_task[col], seen_tasks, near.reach)
    models, model_like, has_model = _nearest(by_model[row], seen_models, near.reach)
    rows = np.concatenate([np.broadcast_to(row[:, None], tasks.shape), models], axis=1)
    cols = np.concatenate([tasks, np.broadcast_to(col[:, None], models.shape)], axis=1)
    exists = np.concatenate([has_task, has_model], axis=1)
    z = np.where(exists, near.z[rows, cols], np.float32(0.0))
    mean, sd = _regress(near, (row, col), (rows, cols), z, exists)
    split = tasks.shape[1]
    task_z = np.where(has_task, z[:, :split], np.nan)
    model_z = np.where(has_model, z[:, split:], np.nan)
    columns = [
        mean, sd, has_task.sum(1), has_model.sum(1),
        *_at(task_like, (0, 1, 4), 0.0), *_at(model_like, (0, 1, 4), 0.0),
        *_at(task_z, (0, 1, 2), np.nan), *_at(model_z, (0, 1, 2), np.nan),
        _mean(task_z[:, :5]), _mean(model_z[:, :5]), _spread(task_z[:, :8]), _spread(model_z[:, :8]),
    ]  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


def _regress(
    near: Neighbourhood,
    asked: tuple[NDArray[np.intp], NDArray[np.intp]],
    given: tuple[NDArray[np.intp], NDArray[np.intp]],
    z: NDArray[np.float32],
    exists: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of each asked cell given its neighbours alone."""
    by_model, by_task = near.by_model, near.by_task
    (row, col), (rows, cols) = asked, given
    among = (
        by_model[rows[:, :, None], rows[:, None, :]] * by_task[cols[:, :, None], cols[:, None, :]]
    )
    among *= exists[:, :, None] & exists[:, None, :]
    own = np.arange(rows.shape[1])
    among[:, own, own] += np.where(
        exists, near.noise[rows, cols] + np.float32(1e-6), np.float32(1.0)
    )
    to_them = by_model[rows, row[:, None]] * by_task[cols, col[:, None]] * exists
    pull = np.linalg.solve(among, to_them[:, :, None])[:, :, 0]
    left = by_model[row, row] * by_task[col, col] - (pull * to_them).sum(1)
    return (pull * z).sum(1), np.sqrt(np.maximum(left, 0.0))


def _at(
    table: NDArray[np.float32], places: tuple[int, ...], missing: float
) -> list[NDArray[np.float32]]:
    width = table.shape[1]
    return [table[:, k] if k < width else np.full(len(table), missing) for k in places]


def _mean(table: NDArray[np.float32]) -> NDArray[np.float32]:
    known = ~np.isnan(table)
    count = known.sum(1, dtype=np.float32)
    total = np.where(known, table, np.float32(0.0)).sum(1)
    empty = np.full(len(table), np.nan, dtype=np.float32)
    mean: NDArray[np.float32] = np.divide(total, count, out=empty, where=count > 0)
    return mean


def _spread(table: NDArray[np.float32]) -> NDArray[np.float32]:
    middle = _mean(table)
    spread: NDArray[np.float32] = np.sqrt(_mean((table - middle[:, None]) ** 2))
    return spread
