"""A task that nobody measured: every model's score on it, from what is known of tasks that are like it.

A Gaussian process whose covariance of two cells is likeness(models) x likeness(tasks), both from metadata alone,
so that the user's own task, which has no scores, has its place among the measured ones.
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
    from collections.abc import Mapping

    from numpy.typing import NDArray

PART_WEIGHTS: Final = {
    "all": 0.30, "family": 0.10, "group": 0.05, "languages": 0.10, "text": 0.15, "domains": 0.03,
    "family-languages": 0.15, "family-text": 0.15, "family-languages-text": 0.15,
}  # fmt: skip
"""Weights of what two tasks may share; a product counts where both are shared. Source: METHOD.md#new-task"""
OWN_WEIGHT: Final = 0.10
"""Weight of what is a task's own and no other task can tell."""
NOISE: Final = 0.03
"""Noise variance of a score, in squared task spreads."""
SHARPNESS: Final = 6.0
"""Weights of similar tasks are likeness to this power, where a task's level and spread are guessed."""
FOLDS: Final = 5
TRIAL_LEAST: Final = 8
"""Models measured on a task before its misses say anything."""
_ITERATIONS = 40


def likeness(parts: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """What tasks share, 0 (nothing) to 1 (everything but what is their own), from its parts, each 0 to 1.

    parts: "family", "group", "languages", "text", "domains", arrays of one shape.
    """
    family = parts["family"]
    products = {
        "all": np.ones_like(family),
        "family-languages": family * parts["languages"],
        "family-text": family * parts["text"],
        "family-languages-text": family * parts["languages"] * parts["text"],
    }
    both = dict(parts) | products
    total = sum(PART_WEIGHTS.values())
    shared: NDArray[np.float64] = sum(both[k] * (w / total) for k, w in PART_WEIGHTS.items())
    return shared


@dataclass(frozen=True, kw_only=True)
class Process:
    """What was learned from the measured cells: enough to predict any task's column from its likenesses."""

    weights: NDArray[np.float32]
    """(models, tasks): a column is `weights @ likeness(task, tasks)`, in spreads of the task."""
    scale: Scale
    measured: NDArray[np.bool_]
    """(tasks,) has cells."""

    def level(self, shared: NDArray[np.float64]) -> tuple[float, float]:
        """Centre and spread (fractions) of a task with these likenesses (tasks,), from the measured ones."""
        near = np.where(self.measured, np.maximum(shared, 0.0), 0.0) ** SHARPNESS
        near /= near.sum()
        centre = float(near @ self.scale.centre)
        return centre, float(np.exp(near @ np.log(self.scale.spread)))

    def column(self, shared: NDArray[np.float64]) -> NDArray[np.float64]:
        """(models,) predicted fractions on a task with these likenesses."""
        centre, spread = self.level(shared)
        z: NDArray[np.float64] = self.weights.astype(np.float64) @ shared
        return centre + spread * z


def model_kernel(cells: Cells) -> NDArray[np.float64]:
    """(models, models) covariance of the pool's models from metadata alone."""
    return mixed(model_parts(cells.models), MODEL_WEIGHTS)


def fit_process(
    cells: Cells, shared: NDArray[np.float64], by_model: NDArray[np.float64]
) -> Process:
    """The process fitted on `cells`. shared: (tasks, tasks) likeness; tasks without cells are allowed."""
    count = cells.per_task()
    kernels = Kernels(models=by_model, tasks=shared + OWN_WEIGHT * np.eye(len(shared)))
    scale = scale_of(cells)
    _, solved = gaussian.predict(
        kernels, cells, scale.to_z(cells), np.full(cells.value.size, NOISE), iterations=_ITERATIONS
    )
    table = np.zeros(cells.shape)
    table[cells.row, cells.col] = solved
    return Process(
        weights=(by_model @ table).astype(np.float32), scale=scale, measured=count > 0
    )


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Measured tasks predicted as if nobody had measured them: how far off each cell was."""

    miss: NDArray[np.float64]
    """(cells,) measured less predicted, in spreads of the task as guessed; NaN where not tried."""
    spread: NDArray[np.float64]
    """(tasks,) that guess, a fraction; NaN where not tried."""
    best: NDArray[np.float64]
    """(tasks,) likeness of the most alike visible task; NaN where not tried."""


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
    spread, best = np.full(cells.shape[1], np.nan), np.full(cells.shape[1], np.nan)
    for k in range(folds):
        visible = cells.only(fold[cells.col] != k)
        if visible.value.size == 0:
            continue
        process = fit_process(visible, shared, by_model)
        for task in np.flatnonzero((fold == k) & enough):
            seen = np.where(process.measured, shared[task], 0.0)
            value = process.column(seen)
            own = np.flatnonzero(cells.col == task)
            spread[task] = process.level(seen)[1]
            best[task] = seen.max()
            miss[own] = (cells.value[own] - value[cells.row[own]]) / spread[task]
    return Trial(miss=miss, spread=spread, best=best)


def twin_folds(cells: Cells, *, folds: int, seed: int) -> NDArray[np.intp]:
    """(tasks,) fold of each task, twins in one."""
    groups = cells.tasks["twin_group"].fill_null("").to_list()
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names)) % folds
    place = dict(zip(names, order.tolist(), strict=True))
    return np.array([place[group] for group in groups], dtype=np.intp)
