"""How much better one candidate is than another on the user's task: paired over the similar tasks."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.estimate.unseen import nearness
from advisor.recommend.field import LEVEL
from advisor.stats.chances import normal_cdf
from advisor.stats.paired import bootstrap_means, half_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.recommend.field import Field

_TAIL: Final = (1.0 - LEVEL) / 2.0


class Differences:
    """Paired comparisons of one field's models; rows are positions in `field.models`."""

    def __init__(self, field: Field) -> None:
        """Take the field as it is; nothing is computed until it is asked for."""
        columns = field.models.select("value", "lo", "hi").to_numpy()
        self._value = columns[:, 0]
        z = NormalDist().inv_cdf(1.0 - _TAIL)
        self._sd = (columns[:, 2] - columns[:, 1]) / (2.0 * z)
        self._is_named = field.is_named
        self._scenarios = field.scenarios
        self._row = {name: i for i, name in enumerate(field.models["model_id"])}

    def row(self, model_id: str) -> int:
        """Position of a model."""
        return self._row[model_id]

    def interval(self, better: int, worse: int) -> tuple[float, float, float]:
        """Estimate of `better` less that of `worse`, with the ends of its interval at LEVEL, fractions.

        On a task that nobody measured: from how the difference varies over the similar tasks. On a named one,
        or where a single task stands in for it: from the two estimates' own errors. Source: METHOD.md#verdict
        """
        value = float(self._value[better] - self._value[worse])
        half = None
        if not self._is_named:
            gaps, noise = self._paired(np.array([better]), worse)
            half = half_width(gaps[0], noise[0], self._scenarios.weights, level=LEVEL)
        if half is None:
            half = NormalDist().inv_cdf(1.0 - _TAIL) * float(np.hypot(*self._sd[[better, worse]]))
        return value, max(value - half, -1.0), min(value + half, 1.0)

    def p_level(self, best: str, others: Sequence[str]) -> dict[str, float]:
        """Chance that each of `others` is at least as good as `best`: the share of paired resamples of the tasks.

        On a named task the tasks are not resampled; the two scores' own errors decide. The best itself has 1.
        """
        rows, first = np.array([self._row[name] for name in others], dtype=np.intp), self._row[best]
        if not rows.size:
            return {}
        if self._is_named:
            gap = self._value[rows] - self._value[first]
            spread = np.hypot(self._sd[rows], self._sd[first])
            sure = (gap >= 0).astype(np.float64)
            chance = np.where(spread > 0, normal_cdf(gap / np.where(spread > 0, spread, 1.0)), sure)
        else:
            gaps, noise = self._paired(rows, first)
            # Weighed as in the estimate, so that the middle of the resamples is the difference of the estimates.
            means = bootstrap_means(gaps, noise, nearness(self._scenarios.weights))
            chance = (means >= 0).mean(axis=0)
        chance = np.where(rows == first, 1.0, chance)
        return dict(zip(others, chance.tolist(), strict=True))

    def _paired(
        self, rows: NDArray[np.intp], other: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n, m) differences on each similar task, and their standard deviations."""
        values, spreads = self._scenarios.values, self._scenarios.spreads
        noise = np.hypot(spreads[rows], spreads[other])
        noise[rows == other] = 0.0
        return values[rows] - values[other], noise
