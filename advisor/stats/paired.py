"""Two models on the same tasks: how far apart they are, from the difference on each task and not from two intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS: Final = 400
"""Resamples of the tasks: a share of 0.05 is then known to about 0.01."""
_ANGLES: Final = 4001


def n_effective(weights: NDArray[np.float64]) -> float:
    """How many equally weighted tasks the weights are worth: (Σw)² / Σw²."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def student_quantile(p: float, df: float) -> float:
    """The p-quantile of Student's t, 0.5 <= p < 1, df at least 1 and not necessarily whole; to four digits.

    With x = √df · tan θ the density is cosᵈᶠ⁻¹ θ, whose integral over half a right angle's range is half
    the mass: no gamma function is needed.
    """
    angle = np.linspace(0.0, math.pi / 2, _ANGLES)
    density = np.cos(angle) ** (df - 1.0)
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2.0)])
    return math.sqrt(df) * math.tan(float(np.interp(2.0 * p - 1.0, mass / mass[-1], angle)))


def half_width(
    differences: NDArray[np.float64],
    noise: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    level: float,
) -> float | None:
    """Half the interval for the difference on one more task like these; null where they are worth less than two.

    differences, noise, weights: (m,), one model less the other on each task, and the standard deviation of
    that where a score is predicted. Student's prediction interval with n_effective tasks.
    Source: METHOD.md#verdict
    """
    n = n_effective(weights)
    if n < 2.0 - 1e-9:
        return None
    share = weights / weights.sum()
    around = (share * (differences - share @ differences) ** 2).sum() * n / (n - 1.0)
    variance = around + share @ noise**2
    return student_quantile((1.0 + level) / 2.0, n - 1.0) * math.sqrt(variance * (1.0 + 1.0 / n))


def bootstrap_means(
    differences: NDArray[np.float64],
    noise: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> NDArray[np.float64]:
    """(draws, n) mean differences of n models over resampled tasks, paired: one resample for all of them.

    differences, noise: (n, m); weights: (m,), the tasks' chances of being drawn. A resample draws one task
    less than the weights are worth, so that its spread is that of the mean and not too small.
    Source: METHOD.md#verdict
    """
    size = max(1, round(n_effective(weights)) - 1)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(size, weights / weights.sum(), size=draws) / size
    deviation = np.sqrt(drawn**2 @ (noise**2).T)
    means: NDArray[np.float64] = drawn @ differences.T + deviation * rng.standard_normal(
        deviation.shape
    )
    return means
