"""Chances of being good enough and of being best, over tasks that stand in for the user's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ERF = np.vectorize(math.erf, otypes=[np.float64])

FEATURES: Final = (
    "logit_within",
    "logit_within_double",
    "logit_within_nearest",
    "gap_z",
    "lead_z",
    "lead",
    "log_n_models",
    "log_tolerance",
    "log_spread",
    "behind",
    "behind_in_spreads",
    "place",
    "measured_share",
    "similarity",
    "language_model",
    "tabular",
)
"""What the odds of being good enough are read from, in this order (METHOD.md#good-enough)."""
RISING: Final = frozenset(
    {
        "logit_within", "logit_within_double", "logit_within_nearest", "gap_z", "lead_z", "lead", "behind",
        "behind_in_spreads", "place", "measured_share",
    }
)  # fmt: skip
"""Features that grow with a model's scores: their coefficients may not be negative, so that a model that
is better everywhere never has lower odds."""


GROUNDED_SHARE: Final = 0.25
"""Part of the similar tasks' weight on which a model must be measured to be named or stand for its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenarios:
    """Scores of n models on m tasks, each task one way the user's task may turn out."""

    values: NDArray[np.float64]
    """(n, m), fractions on the tasks' scales; measured where measured, else predicted."""
    spreads: NDArray[np.float64]
    """(n, m), standard deviation of each value, same unit; 0 for an exact one."""
    decides: NDArray[np.bool_]
    """(n, m), True where the value is measured and so sets the bar with its whole height."""
    weights: NDArray[np.float64]
    """(m,), how much each task resembles the user's, 0 to 1."""
    column: NDArray[np.float64]
    """(n,), the scores expected of the user's task, fractions."""
    pool: str
    """Which models compete: "embedding", "language-model" or "tabular"."""

    def only(self, rows: NDArray[np.intp]) -> Scenarios:
        """The same tasks, with these models alone."""
        return Scenarios(
            values=self.values[rows],
            spreads=self.spreads[rows],
            decides=self.decides[rows],
            weights=self.weights,
            column=self.column[rows],
            pool=self.pool,
        )

    def with_a_bar(self) -> Scenarios:
        """The same models, on the tasks that at least one of them was measured on."""
        some = self.decides.any(axis=0)
        return Scenarios(
            values=self.values[:, some],
            spreads=self.spreads[:, some],
            decides=self.decides[:, some],
            weights=self.weights[some],
            column=self.column,
            pool=self.pool,
        )


def is_grounded(scenarios: Scenarios) -> NDArray[np.bool_]:
    """(n,) whether a model was measured on tasks that carry GROUNDED_SHARE of the weight: it may be named."""
    usable = scenarios.with_a_bar()
    if not usable.weights.size:
        return np.zeros(len(scenarios.values), dtype=np.bool_)
    grounded: NDArray[np.bool_] = _share(usable.decides, usable.weights) >= GROUNDED_SHARE
    return grounded


def p_within(scenarios: Scenarios, tolerance: float) -> NDArray[np.float64]:
    """(n,) weighted share of the tasks on which a model is within `tolerance` of the best measured one.

    A measured score counts whole; a predicted one, or one with measurement noise, counts with the
    normal probability of lying above the bar. NaN for every model when no task has a bar.
    """
    usable = scenarios.with_a_bar()
    if not usable.weights.size:
        return np.full(len(scenarios.values), np.nan)
    return _share(_above(_gaps(usable), usable.spreads, tolerance), usable.weights)


def p_best(scenarios: Scenarios) -> NDArray[np.float64]:
    """(n,) chance of being the best of the set; sums to 1 over the models, ties shared; NaN without a bar."""
    usable = scenarios.with_a_bar()
    if not usable.weights.size:
        return np.full(len(scenarios.values), np.nan)
    above = _above(_gaps(usable), usable.spreads, 0.0)
    return _share(above / above.sum(axis=0), usable.weights)


def features(scenarios: Scenarios, tolerance: float) -> NDArray[np.float64]:
    """(n, len(FEATURES)) what is known of each model's odds among this set; NaN rows without a bar.

    tolerance: fraction of the main score's scale, above 0. Source: METHOD.md#good-enough
    """
    usable = scenarios.with_a_bar()
    n = len(scenarios.values)
    if not usable.weights.size:
        return np.full((n, len(FEATURES)), np.nan)
    gaps, noise = _gaps(usable), usable.spreads
    near, nearest = usable.weights**2, usable.weights**6
    mean = gaps @ near / near.sum()
    # One spread for the whole set: with its own, a model could gain by being erratic. Around each model's own mean,
    # so that a model that does better everywhere does not change it.
    own = usable.values - (usable.values @ near / near.sum())[:, None]
    spread = float(np.median(np.sqrt((own**2 + noise**2) @ near / near.sum())))
    lead = mean - mean.max()
    share = _share(usable.decides, usable.weights)
    grounded = share >= GROUNDED_SHARE
    bar = usable.column[grounded].max() if grounded.any() else usable.column.max()
    # How many well-evidenced models are expected to do better; equals share a place.
    better = (usable.column[grounded] > usable.column[:, None] + 1e-12).sum(axis=1)
    columns = {
        "logit_within": _logit(_share(_above(gaps, noise, tolerance), near)),
        "logit_within_double": _logit(_share(_above(gaps, noise, 2 * tolerance), near)),
        "logit_within_nearest": _logit(_share(_above(gaps, noise, tolerance), nearest)),
        "gap_z": (mean + tolerance) / (spread + 0.01),
        "lead_z": (lead + tolerance) / (spread + 0.01),
        "lead": lead / 0.05,
        "log_n_models": np.full(n, math.log(n)),
        "log_tolerance": np.full(n, math.log(tolerance)),
        "log_spread": np.full(n, math.log(spread + 0.005)),
        "behind": (usable.column - bar) / 0.05,
        "behind_in_spreads": (usable.column - bar) / (spread + 0.005),
        "place": -np.log1p(better),
        "measured_share": share,
        "similarity": np.full(n, usable.weights.max()),
        "language_model": np.full(n, float(usable.pool == "language-model")),
        "tabular": np.full(n, float(usable.pool == "tabular")),
    }
    return np.column_stack([columns[name] for name in FEATURES])


def normal_cdf(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard normal distribution function, element by element."""
    result: NDArray[np.float64] = 0.5 * (1.0 + _ERF(np.clip(z, -9, 9) / math.sqrt(2.0)))
    return result


def _gaps(usable: Scenarios) -> NDArray[np.float64]:
    """(n, m) each value less the best of its task.

    A predicted value counts for the best with its lower end, one standard deviation down: where only weak
    models were measured, a strong one still sets the bar, and a wild guess does not.
    """
    ends = usable.values - np.where(usable.decides, 0.0, usable.spreads)
    best = ends.max(axis=0)
    gaps: NDArray[np.float64] = usable.values - best
    return gaps


def _above(
    gaps: NDArray[np.float64], noise: NDArray[np.float64], tolerance: float
) -> NDArray[np.float64]:
    """(n, m) probability that each score reaches the bar `tolerance` below its task's best."""
    reach = gaps + tolerance
    chance = (reach >= -1e-12).astype(np.float64)
    noisy = noise > 0
    chance[noisy] = normal_cdf(reach[noisy] / noise[noisy])
    return chance


def _share(
    chances: NDArray[np.float64] | NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    share: NDArray[np.float64] = chances @ weights / weights.sum()
    return share


def _logit(share: NDArray[np.float64]) -> NDArray[np.float64]:
    # Twenty tasks cannot tell 0 from 2 %: the ends are pulled in by that much.
    odds: NDArray[np.float64] = np.log((share + 0.02) / (1.02 - share))
    return odds
