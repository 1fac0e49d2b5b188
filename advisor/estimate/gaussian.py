"""A Gaussian process over the whole (model, task) table, with a kernel for models times one for tasks.

Its covariance of two cells is likeness(models) x likeness(tasks), so a score is predicted from the same
model elsewhere, from other models here, and from similar models on similar tasks, in one linear solve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from advisor.estimate.matrix import Cells

_RANK = 400
"""Eigenpairs in the preconditioner; more cost set-up, fewer cost iterations."""


@dataclass(frozen=True, kw_only=True)
class Kernels:
    """Covariances of models and of tasks, each with mean diagonal 1."""

    models: NDArray[np.float64]
    tasks: NDArray[np.float64]


def mixed(
    parts: Mapping[str, NDArray[np.float64]], weights: Mapping[str, float]
) -> NDArray[np.float64]:
    """The weighted sum of `parts`, scaled to a mean diagonal of 1."""
    return unit_diagonal(np.sum([parts[name] * w for name, w in sorted(weights.items())], axis=0))


def unit_diagonal(kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """`kernel` divided by the mean of its diagonal (as it is when that is 0)."""
    mean = float(np.trace(kernel)) / max(len(kernel), 1)
    return kernel / mean if mean > 0 else kernel


def blended(
    declared: Kernels, surface: NDArray[np.float64], *, models: float, tasks: float
) -> Kernels:
    """Kernels that mix metadata with what a first prediction of the whole table shows.

    surface: (models, tasks), the first prediction. models, tasks: weight of the learned part, 0 to 1.
    """
    by_task = unit_diagonal(surface.T @ surface)
    by_model = unit_diagonal(surface @ surface.T)
    return Kernels(
        models=unit_diagonal((1 - models) * declared.models + models * by_model),
        tasks=unit_diagonal((1 - tasks) * declared.tasks + tasks * by_task),
    )


def predict(
    kernels: Kernels,
    cells: Cells,
    z: NDArray[np.float64],
    noise: NDArray[np.float64],
    *,
    iterations: int = 60,
    start: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The process's mean on every cell of the table, and the solved weights of the measured ones.

    z, noise: (cells,) standardised values and their noise variances. Returns (models, tasks) and (cells,).
    The system is solved by preconditioned conjugate gradients from `start` (0 unless given), stopped after
    `iterations` or at a relative residual of 1e-3. Source: METHOD.md#cells
    """
    measured, row = np.unique(cells.row, return_inverse=True)
    inner = Kernels(models=kernels.models[np.ix_(measured, measured)], tasks=kernels.tasks)
    # Single precision in the products alone: the sums that steer the search stay in double.
    by_model, by_task = inner.models.astype(np.float32), inner.tasks.astype(np.float32)

    def placed(x: NDArray[np.float64]) -> NDArray[np.float32]:
        table = np.zeros((len(measured), len(by_task)), dtype=np.float32)
        table[row, cells.col] = x
        return table

    def times(x: NDArray[np.float64]) -> NDArray[np.float64]:
        table = by_model @ placed(x) @ by_task
        product: NDArray[np.float64] = table[row, cells.col] + noise * x
        return product

    weights = conjugate_gradients(
        times,
        z,
        precondition=_preconditioner(inner, (row, cells.col), noise),
        iterations=iterations,
        start=start,
    )
    table = kernels.models[:, measured].astype(np.float32) @ placed(weights) @ by_task
    return table.astype(np.float64), weights


def robust_noise(
    noise: NDArray[np.float64], weights: NDArray[np.float64], *, width: float = 2.0
) -> NDArray[np.float64]:
    """Noise variances raised for cells that a first fit could not reach, so that outliers pull less.

    The residual of cell i in the first fit is noise_i x weights_i; beyond `width` times the median residual the
    variance grows in proportion (Huber's weights).
    """
    miss = np.abs(noise * weights)
    typical = float(np.median(miss)) if miss.size else 0.0
    if typical <= 0:
        return noise
    raised: NDArray[np.float64] = noise * np.maximum(1.0, miss / (width * typical))
    return raised


def conjugate_gradients(
    times: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    right: NDArray[np.float64],
    *,
    precondition: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    iterations: int,
    start: NDArray[np.float64] | None = None,
    tolerance: float = 1e-3,
) -> NDArray[np.float64]:
    """X with A x close to `right`, for a positive definite A given by its product."""
    x = np.zeros_like(right) if start is None else start.copy()
    residual = right.copy() if start is None else right - times(x)
    enough = tolerance * float(np.linalg.norm(right))
    if float(np.linalg.norm(residual)) <= enough:
        return x
    step = precondition(residual)
    direction, size = step.copy(), float(residual @ step)
    for _ in range(iterations):
        image = times(direction)
        pace = size / float(direction @ image)
        x += pace * direction
        residual -= pace * image
        if float(np.linalg.norm(residual)) <= enough:
            break
        step = precondition(residual)
        grown = float(residual @ step)
        direction = step + (grown / size) * direction
        size = grown
    return x


def _preconditioner(
    kernels: Kernels, at: tuple[NDArray[np.intp], NDArray[np.intp]], noise: NDArray[np.float64]
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Inverse of (leading eigenpairs of the product kernel + a diagonal), by Woodbury's identity."""
    row, col = at
    by_model, model_axes = np.linalg.eigh(kernels.models)
    by_task, task_axes = np.linalg.eigh(kernels.tasks)
    products = np.outer(by_model, by_task)
    leading = np.argsort(products, axis=None)[::-1][: min(_RANK, products.size)]
    i, j = np.unravel_index(leading, products.shape)
    keep = products[i, j] > 1e-9
    i, j = i[keep], j[keep]
    strength = products[i, j]
    basis = (model_axes[:, i].astype(np.float32)[row]) * (task_axes[:, j].astype(np.float32)[col])
    whole = np.diag(kernels.models)[row] * np.diag(kernels.tasks)[col]
    rest = np.maximum(whole - np.square(basis) @ strength.astype(np.float32), 1e-6) + noise
    scaled = basis / rest[:, None].astype(np.float32)
    inner = (basis.T @ scaled).astype(np.float64)
    core = np.linalg.inv(np.diag(1.0 / strength) + (inner + inner.T) / 2.0)

    def apply(x: NDArray[np.float64]) -> NDArray[np.float64]:
        seen = (scaled.T @ x.astype(np.float32)).astype(np.float64)
        answer: NDArray[np.float64] = x / rest - scaled @ (core @ seen).astype(np.float32)
        return answer

    return apply
