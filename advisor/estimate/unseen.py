"""A task that nobody measured: every model's score on it, from what is known of the tasks that are like it.

Half of a model's standing is a Gaussian process whose covariance of two cells is likeness(models) x likeness(tasks),
both from metadata alone, so that the user's own task has its place among the measured ones; half is the model's
standing on the most alike measured tasks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.estimate import gaussian
from advisor.estimate.base import MODEL_WEIGHTS
from advisor.estimate.gaussian import Kernels, mixed
from advisor.estimate.matrix import Cells, Scale, scale_of
from advisor.estimate.model_similarity import model_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

OWN_WEIGHT: Final = 0.10
"""Variance of what is a task's own and no other task can tell, beside 1 for what tasks share."""
NOISE: Final = 0.03
"""Noise variance of a score, in squared task spreads."""
NEAREST: Final = 20
"""Measured tasks that a new task's level and half of its standings are taken from."""
SHARPNESS: Final = 10.0
"""Their weights are likeness to this power. Source of all four: METHOD.md#new-task"""
FOLDS: Final = 5
NEIGHBOUR_LEAST: Final = 30
"""Models measured on a task before it can stand for others."""
TRIAL_LEAST: Final = 8
"""Models measured on a task before its misses say anything."""
_ITERATIONS = 40


def nearness(shared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights that sum to 1, larger for more alike tasks; equal ones when nothing is alike."""
    raised = np.maximum(shared, 0.0) ** SHARPNESS
    total = raised.sum()
    if total <= 0:
        return np.full(len(raised), 1.0 / max(len(raised), 1))
    weights: NDArray[np.float64] = raised / total
    return weights


@dataclass(frozen=True, kw_only=True)
class Column:
    """A new task's predicted column."""

    value: NDArray[np.float64]
    """(models,) fractions."""
    spread: float
    """The task's spread over models as guessed, a fraction."""
    nearest: NDArray[np.intp]
    """(k,) the measured tasks that it leans on, most alike first."""


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """What was learned from the measured cells: enough to predict any task's column from its likenesses."""

    weights: NDArray[np.float32]
    """(models, tasks): `weights @ likeness(task, tasks)` are standings, in spreads of the task."""
    standing: NDArray[np.float32]
    """(models, tasks) standardised scores, the process's own where not measured."""
    scale: Scale
    usable: NDArray[np.bool_]
    """(tasks,) measured on enough models to stand for others."""

    def column(self, shared: NDArray[np.float64]) -> Column:
        """The column of a task with these likenesses (tasks,)."""
        alike = np.where(self.usable, shared, -1.0)
        nearest = np.argsort(-alike, kind="stable")[: min(NEAREST, int(self.usable.sum()))]
        near = nearness(shared[nearest])
        z = 0.5 * (self.weights @ shared) + 0.5 * (self.standing[:, nearest] @ near)
        spread = float(np.exp(near @ np.log(self.scale.spread[nearest])))
        centre = float(near @ self.scale.centre[nearest])
        return Column(value=centre + spread * z, spread=spread, nearest=nearest)


def model_kernel(cells: Cells) -> NDArray[np.float64]:
    """(models, models) covariance of the pool's models from metadata alone."""
    return mixed(model_parts(cells.models), MODEL_WEIGHTS)


def fit_unseen(cells: Cells, shared: NDArray[np.float64], by_model: NDArray[np.float64]) -> Unseen:
    """Fit on `cells`. shared: (tasks, tasks) likeness; tasks without cells are allowed."""
    count = cells.per_task()
    kernels = Kernels(models=by_model, tasks=shared + OWN_WEIGHT * np.eye(len(shared)))
    scale = scale_of(cells)
    z = scale.to_z(cells)
    _, solved = gaussian.predict(
        kernels, cells, z, np.full(cells.value.size, NOISE), iterations=_ITERATIONS
    )
    table = np.zeros(cells.shape, dtype=np.float32)
    table[cells.row, cells.col] = solved
    weights = by_model.astype(np.float32) @ table
    standing = weights @ kernels.tasks.astype(np.float32)
    standing[cells.row, cells.col] = z
    own = cells.tasks["task_family"].is_not_null() & ~cells.tasks["is_aggregate"].fill_null(
        value=False
    )
    count = np.where(own.to_numpy(), count, 0.0)
    usable = count >= min(NEIGHBOUR_LEAST, max(count.max(initial=0.0), 1.0))
    return Unseen(weights=weights, standing=standing, scale=scale, usable=usable)


def predict_unseen(
    seen: Cells, asked: NDArray[np.intp], shared: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(models, asked) fractions on tasks of which `seen` holds the metadata, and no cell of theirs or of their twins.

    shared: (tasks, tasks) likeness.
    """
    fitted = fit_unseen(seen, shared, model_kernel(seen))
    return np.stack([fitted.column(shared[task]).value for task in asked], axis=1)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Measured tasks predicted as if nobody had measured them: how far off each cell was."""

    miss: NDArray[np.float64]
    """(cells,) measured less predicted, in spreads of the task as guessed; NaN where not tried."""
    spread: NDArray[np.float64]
    """(tasks,) that guess, a fraction; NaN where not tried."""
    nearest: dict[int, tuple[NDArray[np.intp], NDArray[np.float64]]]
    """Task -> the visible tasks that it leaned on, and their weights."""


def try_unseen(
    cells: Cells,
    shared: NDArray[np.float64],
    by_model: NDArray[np.float64],
    *,
    folds: int = FOLDS,
    seed: int = 0,
) -> Trial:
    """Hide a fold of the twin groups at a time and predict their columns from the other tasks."""
    fold = twin_folds(cells, folds=folds, seed=seed)
    enough = cells.per_task() >= TRIAL_LEAST
    miss = np.full(cells.value.size, np.nan)
    spread = np.full(cells.shape[1], np.nan)
    nearest: dict[int, tuple[NDArray[np.intp], NDArray[np.float64]]] = {}
    for k in range(folds):
        visible = cells.only(fold[cells.col] != k)
        hidden = np.flatnonzero((fold == k) & enough)
        if visible.value.size == 0 or not hidden.size:
            continue
        fitted = fit_unseen(visible, shared, by_model)
        for task in hidden.tolist():
            column = fitted.column(shared[task])
            own = np.flatnonzero(cells.col == task)
            spread[task] = column.spread
            miss[own] = (cells.value[own] - column.value[cells.row[own]]) / column.spread
            nearest[task] = (column.nearest, nearness(shared[task][column.nearest]))
    return Trial(miss=miss, spread=spread, nearest=nearest)


def typical_miss(trial: Trial, cells: Cells) -> NDArray[np.float64]:
    """(tasks,) root mean square miss of each tried task, NaN where not tried."""
    tried = np.isfinite(trial.miss)
    squares = np.bincount(cells.col[tried], trial.miss[tried] ** 2, minlength=cells.shape[1])
    count = np.bincount(cells.col[tried], minlength=cells.shape[1])
    typical: NDArray[np.float64] = np.sqrt(
        np.divide(squares, count, out=np.full(len(count), np.nan), where=count > 0)
    )
    return typical


def twin_folds(cells: Cells, *, folds: int, seed: int) -> NDArray[np.intp]:
    """(tasks,) fold of each task, twins in one."""
    groups = cells.tasks["twin_group"].fill_null("").to_list()
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names)) % folds
    place = dict(zip(names, order.tolist(), strict=True))
    return np.array([place[group] for group in groups], dtype=np.intp)
