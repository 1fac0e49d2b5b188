"""How sure a difference of two methods is when both answered the same questions: a bootstrap over whole groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def paired_interval(
    difference: NDArray[np.float64],
    groups: NDArray[np.str_],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    draws: int = 2_000,
) -> tuple[float, float]:
    """Lower and upper end of the mean of `difference` when groups, not single questions, are drawn anew.

    difference: (n,) one method's loss less the other's, question by question. groups: (n,) questions of one group
    are drawn together, for they are not independent.
    """
    _, code = np.unique(groups, return_inverse=True)
    total = np.bincount(code, difference)
    count = np.bincount(code).astype(np.float64)
    picks = rng.integers(0, len(total), (draws, len(total)))
    means = total[picks].sum(1) / count[picks].sum(1)
    tail = (1.0 - level) / 2.0
    lower, upper = np.quantile(means, [tail, 1.0 - tail])
    return float(lower), float(upper)
