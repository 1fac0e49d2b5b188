"""Least squares whose coefficients are never negative: more work must never take less time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_SETTLED = 1e-12


def non_negative(matrix: Values, target: Values, *, sweeps: int = 20_000) -> Values:
    """Least squares with no negative coefficient, by coordinate descent on scaled columns.

    matrix: shape (n, k); target: shape (n,). Returns: shape (k,).
    """
    scale = np.sqrt((matrix**2).sum(axis=0))
    scale[scale == 0] = 1.0
    unit = matrix / scale
    gram, right = unit.T @ unit, unit.T @ target
    found = np.zeros(matrix.shape[1])
    for _ in range(sweeps):
        before = found.copy()
        for k in np.flatnonzero(gram.diagonal() > 0):
            found[k] = max(0.0, found[k] + (right[k] - gram[k] @ found) / gram[k, k])
        if np.max(np.abs(found - before)) < _SETTLED:
            break
    result: Values = found / scale
    return result


def relative_fit(work: Values, seconds: Values, weight: Values) -> Values:
    """Non-negative coefficients of `work` with the least squared relative error, centred on the median.

    work: shape (n, k), units of work; seconds: shape (n,), all above 0; weight: shape (n,).
    Returns: shape (k,), seconds per unit.
    """
    root = np.sqrt(weight)
    solution = non_negative(work / seconds[:, None] * root[:, None], root)
    fitted = work @ solution
    if np.any(fitted <= 0):
        return solution
    return solution * float(np.exp(np.median(np.log(seconds / fitted))))


def upper_margin(errors: Values, level: float) -> float:
    """What a new error stays below with probability `level`, never below 0; the largest seen when they are too few."""
    ordered = np.sort(errors[np.isfinite(errors)])
    if ordered.size == 0:
        return math.inf
    rank = min(math.ceil((ordered.size + 1) * level - 1e-9), ordered.size)
    return max(float(ordered[rank - 1]), 0.0)
