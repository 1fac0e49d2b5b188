"""Two models on the same items: is one better, and is one not worse than the other by more than a margin.

Differences are always larger model less smaller model; "margin" is what may be given up, in the same unit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


def mcnemar(b: int, c: int) -> float:
    """Two-sided exact p that two models are right equally often.

    b: items that only the first has right; c: items that only the second has right. 1 when there are none.
    Source: McNemar 1947; exact binomial form, doubled tail.
    """
    n = b + c
    if n == 0:
        return 1.0
    fewer = min(b, c)
    logs = [
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2.0)
        for k in range(fewer + 1)
    ]
    return min(1.0, 2.0 * math.fsum(math.exp(x) for x in logs))


def score_statistic(b: int, c: int, n: int, difference: float) -> float:
    """Standard score of "the share right of the first less that of the second is `difference`", for paired items.

    b: items only the first has right; c: only the second; n: all items; -1 < difference < 1. The variance is
    that of the likeliest table in which the difference holds.
    Source: Tango 1998, Statistics in Medicine 17:891-908.
    """
    a2, delta = 2.0 * n, difference
    middle = -b - c + (2.0 * n - b + c) * delta
    last = -c * delta * (1.0 - delta)
    q = (math.sqrt(max(middle**2 - 4.0 * a2 * last, 0.0)) - middle) / (2.0 * a2)
    variance = n * (2.0 * q + delta * (1.0 - delta))
    distance = b - c - n * delta
    if variance <= 0.0:
        return 0.0 if distance == 0.0 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def p_gain_exceeds(b: int, c: int, n: int, margin: float) -> float:
    """One-sided p against "the first is better by the margin or more": small means not worse by more than it.

    b, c, n: as in score_statistic, the first being the larger model. 0 <= margin < 1.
    Source: Tango 1998; non-inferiority of paired proportions.
    """
    return _lower_tail(score_statistic(b, c, n, margin))


def difference_interval(b: int, c: int, n: int, *, level: float) -> tuple[float, float]:
    """Two-sided interval for the first's share right less the second's: the score test turned round.

    Source: Tango 1998.
    """
    z = normal_quantile((1.0 + level) / 2.0)
    middle = (b - c) / n
    low = _crossing(lambda d: score_statistic(b, c, n, d) - z, -1.0 + 1e-12, middle)
    high = _crossing(lambda d: score_statistic(b, c, n, d) + z, middle, 1.0 - 1e-12)
    return low, high


def share_interval(k: float, n: int, *, level: float) -> tuple[float, float]:
    """Wilson's interval for a share of k in n. Source: Wilson 1927."""
    z = normal_quantile((1.0 + level) / 2.0)
    p, z2 = k / n, z * z
    centre, half = p + z2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low, high = (centre - half) / (1 + z2 / n), (centre + half) / (1 + z2 / n)
    # Rounding must not put a share of 0 or 1 outside its own interval.
    return max(0.0, min(low, p)), min(1.0, max(high, p))


def p_bootstrap_gain_exceeds(gains: NDArray[np.float64], gain: float, margin: float) -> float:
    """One-sided p against "the gain is the margin or more", from paired resamples of the gain.

    gains: (draws,), the larger model's score less the smaller one's on each resample; gain: on the items
    themselves. The resamples, moved so that their middle is the margin, say how often a gain as small as
    `gain` would be seen; one is added above and below, so p is never 0.
    Source: Davison and Hinkley 1997, chapter 4.
    """
    kept = gains[np.isfinite(gains)]
    moved = kept - kept.mean() + margin
    return float((1 + (moved <= gain).sum()) / (1 + kept.size))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values that hold together over all of them, in the order given. Source: Holm 1979."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, worst = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = worst
    return adjusted


def normal_quantile(p: float) -> float:
    """The p-quantile of the standard normal."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


def _lower_tail(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _crossing(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is 0 between two ends; the end where it does not cross."""
    if falling(low) <= 0.0:
        return low
    if falling(high) >= 0.0:
        return high
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if falling(middle) > 0.0 else (low, middle)
    return (low + high) / 2.0
