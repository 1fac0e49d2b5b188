"""One column from several: what the tasks nearest to a new one say about each model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARPNESS: Final = 6.0
"""Weights are similarity to this power: the nearest tasks count most. Tuned on half of the tasks."""
_SPREAD_FLOOR = 0.03
"""Fractions added to the neighbours' spread: even tasks that agree are not the user's task."""


def weights_of(similarities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights that sum to 1, larger for more alike tasks; equal ones when nothing is alike."""
    raised = np.maximum(similarities, 0.0) ** SHARPNESS
    total = raised.sum()
    if total <= 0:
        return np.full(len(raised), 1.0 / max(len(raised), 1))
    result: NDArray[np.float64] = raised / total
    return result


def blend(
    values: NDArray[np.float64], similarities: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each model's similarity-weighted mean over the neighbour tasks, and the scale of its error.

    values: (models, neighbours) fractions, NaN where neither measured nor predicted (its weight goes to the
    others; NaN when nothing is left). Source: METHOD.md#new-task
    """
    known = ~np.isnan(values)
    mass = known * weights_of(similarities)
    total = mass.sum(1, keepdims=True)
    share = np.divide(mass, total, out=np.zeros_like(mass), where=total > 0)
    filled = np.where(known, values, 0.0)
    mean = np.where(total[:, 0] > 0, (share * filled).sum(1), np.nan)
    spread = np.sqrt((share * (filled - mean[:, None]) ** 2).sum(1))
    return mean, spread + _SPREAD_FLOOR
