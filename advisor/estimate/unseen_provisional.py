"""Every model's score on tasks that nobody measured, from metadata kernels and the tasks most like them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.estimate import fold_in
from advisor.estimate.blend import weights_of
from advisor.estimate.cell import declared_kernels
from advisor.estimate.task_similarity import similarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.matrix import Cells

NEAREST: Final = 10
"""Measured tasks that a task's level and half of its ranking are taken from."""
_TASK_LEAST: Final = 8
"""Models that a task needs to be one of them."""
_LEAST_MISS: Final = 0.03


def predict_unseen(
    seen: Cells, asked: NDArray[np.intp], *, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and typical errors, (models, asked) fractions each.

    seen: holds every task's metadata, and no cell of the asked ones or of their twins. Half of a value's standing
    is the process's own prediction of the column, half the models' standing on the most alike measured tasks; level
    and spread are those tasks'.
    """
    found = fold_in.ground(seen, declared_kernels(seen), seed=seed)
    rows = found.process.copy()
    rows[found.measured] = found.filled
    count = seen.per_task()
    likeness = np.where(count >= min(_TASK_LEAST, count.max()), similarity(seen.tasks)[asked], -1.0)
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :NEAREST]
    shape = (seen.shape[0], len(asked))
    value, error = np.empty(shape), np.empty(shape)
    for place, (task, near) in enumerate(zip(asked, nearest, strict=True)):
        weight = weights_of(likeness[place, near])
        centre = float(weight @ found.scale.centre[near])
        spread = float(weight @ found.scale.spread[near])
        standing = rows[:, near] @ weight
        value[:, place] = centre + spread * 0.5 * (found.process[:, task] + standing)
        apart = np.sqrt(np.square(rows[:, near] - standing[:, None]) @ weight)
        error[:, place] = _LEAST_MISS + spread * apart
    return value, error
