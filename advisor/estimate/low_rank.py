"""Regularised low-rank completion: every score is a task's centre plus a few products of hidden traits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.matrix import Cells


def complete(
    cells: Cells,
    z: NDArray[np.float64],
    *,
    rank: int = 24,
    ridge: float = 7.0,
    rounds: int = 12,
    seed: int = 0,
) -> NDArray[np.float64]:
    """(models, tasks) completed table: model effect + task effect + `rank` products.

    z: (cells,) standardised values. Alternating ridge regressions; the effects carry a ridge of 1.
    Source: METHOD.md#cells
    """
    n_models, n_tasks = cells.shape
    rng = np.random.default_rng(seed)
    model_traits = rng.normal(0.0, 0.1, (n_models, rank))
    task_traits = rng.normal(0.0, 0.1, (n_tasks, rank))
    model_effect, task_effect = np.zeros(n_models), np.zeros(n_tasks)
    penalty = np.diag(np.r_[1.0, np.full(rank, ridge)])
    by_model = _groups(cells.row, n_models)
    by_task = _groups(cells.col, n_tasks)
    for _ in range(rounds):
        fit = _ridge_rows(by_model, cells.col, z - task_effect[cells.col], task_traits, penalty)
        model_effect, model_traits = fit[:, 0], fit[:, 1:]
        fit = _ridge_rows(by_task, cells.row, z - model_effect[cells.row], model_traits, penalty)
        task_effect, task_traits = fit[:, 0], fit[:, 1:]
    table: NDArray[np.float64] = model_effect[:, None] + task_effect + model_traits @ task_traits.T
    return table


def _groups(labels: NDArray[np.intp], count: int) -> list[NDArray[np.intp]]:
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, count)))


def _ridge_rows(
    groups: list[NDArray[np.intp]],
    other: NDArray[np.intp],
    target: NDArray[np.float64],
    traits: NDArray[np.float64],
    penalty: NDArray[np.float64],
) -> NDArray[np.float64]:
    """One ridge regression per group; a group without cells gets zeros."""
    design = np.c_[np.ones(len(traits)), traits]
    found = np.zeros((len(groups), design.shape[1]))
    for i, members in enumerate(groups):
        if members.size:
            part = design[other[members]]
            found[i] = np.linalg.solve(part.T @ part + penalty, part.T @ target[members])
    return found
