"""Two models on the same tasks: how far apart they are, from the difference on each task and not from two intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.stats.chances import normal_cdf

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS: Final = 400
"""Resamples of the tasks: a share of 0.05 is then known to about 0.01."""
_HALVINGS: Final = 40
_FAR: Final = 6.0
"""Standard deviations beyond which a normal part of a mixture holds nothing that matters."""


def mixture_quantiles(
    centres: NDArray[np.float64],
    spreads: NDArray[np.float64],
    weights: NDArray[np.float64],
    levels: tuple[float, ...],
) -> NDArray[np.float64]:
    """(len(levels),) quantiles of a weighted mixture: a normal around each centre, a point where its spread is 0.

    centres, spreads, weights: (m,), weights at least 0 with a positive sum. A quantile is the least value
    whose distribution function reaches the level, to within 40 halvings of the mixture's range.
    """
    share = weights / weights.sum()
    low = np.full(len(levels), float((centres - _FAR * spreads).min()))
    high = np.full(len(levels), float((centres + _FAR * spreads).max()))
    wanted = np.asarray(levels) - 1e-12
    exact, noise = spreads == 0, np.where(spreads == 0, 1.0, spreads)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        gap = middle[:, None] - centres
        below = np.where(exact, gap >= 0, normal_cdf(gap / noise)) @ share
        reached = below >= wanted
        high = np.where(reached, middle, high)
        low = np.where(reached, low, middle)
    return high


def bootstrap_means(
    differences: NDArray[np.float64],
    noise: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> NDArray[np.float64]:
    """(draws, n) weighted mean differences of n models over resampled tasks, paired: one resample for all.

    differences, noise: (n, m), a model less the other on each task, and the standard deviation of that
    where one of the two scores is predicted. weights: (m,). A resample draws as many tasks as the weights
    are worth, (Σw)² / Σw², each with its weight's chance, so that many weak neighbours do not pass for
    much evidence. Source: METHOD.md#verdict
    """
    share = weights / weights.sum()
    size = max(1, math.ceil(1.0 / float((share**2).sum()) - 1e-9))
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(size, share, size=draws) / size
    deviation = np.sqrt(drawn**2 @ (noise**2).T)
    means: NDArray[np.float64] = drawn @ differences.T + deviation * rng.standard_normal(
        deviation.shape
    )
    return means
