"""Two models' outcomes on the same items, compared: how much the larger gains, and whether that can matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from advisor.core.errors import BadInput
from advisor.core.measurement import Comparison
from advisor.core.metrics import spec
from advisor.stats.noninferiority import (
    difference_interval,
    mcnemar,
    p_bootstrap_gain_exceeds,
    p_gain_exceeds,
)
from advisor.stats.resampled import DRAWS, resampled_scores
from advisor.tables.outcomes import outcomes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from bench.protocol import JobOutcome

SHARES = frozenset({"accuracy", "exact_match"})
"""Scores that are shares of right items: exact tests and score intervals instead of a bootstrap."""


def comparison(
    smaller: JobOutcome, larger: JobOutcome, *, metric: str, tolerance: float, level: float
) -> Comparison:
    """The larger against the smaller on the items that both answered.

    tolerance: in the metric's unit. level: of the two-sided interval.
    Raises: BadInput: they answered different items.
    """
    one, two = _aligned(smaller, larger)
    if metric in SHARES and set(one["value"].unique()) | set(two["value"].unique()) <= {0.0, 1.0}:
        b = int(((two["value"] == 1.0) & (one["value"] == 0.0)).sum())
        c = int(((two["value"] == 0.0) & (one["value"] == 1.0)).sum())
        n = one.height
        lo, hi = difference_interval(b, c, n, level=level)
        return Comparison(
            smaller=smaller.job.model, larger=larger.job.model, gain=(b - c) / n, lo=lo, hi=hi, level=level, n=n,
            p_real=mcnemar(b, c), p_not_worse=p_gain_exceeds(b, c, n, tolerance),
            p_smaller_not_better=p_gain_exceeds(c, b, n, tolerance),
            method="paired shares: Tango's score interval and test, McNemar exact",
        )  # fmt: skip
    return _by_bootstrap(smaller, larger, metric=metric, tolerance=tolerance, level=level)


def _aligned(smaller: JobOutcome, larger: JobOutcome) -> tuple[pl.DataFrame, pl.DataFrame]:
    one, two = _items(smaller), _items(larger)
    if not one.select("subset", "item_id", "target").equals(
        two.select("subset", "item_id", "target")
    ):
        raise BadInput(
            f"{smaller.job.model} and {larger.job.model} did not answer the same items; run both again on one file and seed"
        )
    return one, two


def _by_bootstrap(
    smaller: JobOutcome, larger: JobOutcome, *, metric: str, tolerance: float, level: float
) -> Comparison:
    drawn = drawn_scores([smaller, larger], metric)
    sign = 1.0 if spec(metric).better == "higher" else -1.0
    all_gains = sign * (drawn[:, 1] - drawn[:, 0])
    gain, gains = float(all_gains[0]), all_gains[1:][np.isfinite(all_gains[1:])]
    lo, hi = np.quantile(gains, [(1 - level) / 2, (1 + level) / 2])
    below = float((1 + (gains <= 0.0).sum()) / (1 + gains.size))
    above = float((1 + (gains >= 0.0).sum()) / (1 + gains.size))
    return Comparison(
        smaller=smaller.job.model, larger=larger.job.model, gain=gain, lo=min(float(lo), gain),
        hi=max(float(hi), gain), level=level, n=_items(smaller).height, p_real=min(1.0, 2 * min(below, above)),
        p_not_worse=p_bootstrap_gain_exceeds(gains, gain, tolerance),
        p_smaller_not_better=p_bootstrap_gain_exceeds(-gains, -gain, tolerance),
        method=f"paired bootstrap over items, {gains.size:,} draws",
    )  # fmt: skip


def drawn_scores(
    outcomes: Sequence[JobOutcome], metric: str, *, draws: int = DRAWS
) -> NDArray[np.float64]:
    """(1 + draws, models) the metric on the items, then on the same resamples of them for every model.

    Raises: BadInput: what was kept does not hold what the metric needs.
    """
    found = resampled_scores(metric, [outcomes_of(_items(o)) for o in outcomes], draws=draws)
    if found is None:
        raise BadInput(
            f"{metric!r} cannot be computed from the items that {outcomes[0].job.model} left"
        )
    return found


def _items(outcome: JobOutcome) -> pl.DataFrame:
    assert outcome.measured is not None  # noqa: S101 - only measured rungs are compared
    return outcome.measured.items.sort("subset", "item_id")
