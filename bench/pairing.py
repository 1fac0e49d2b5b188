"""Two models' outcomes on the same items, compared: how much the larger gains, and whether that can matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from advisor.core.errors import BadInput
from advisor.core.measurement import Comparison
from advisor.core.metrics import spec
from advisor.stats.noninferiority import (
    DRAWS,
    difference_interval,
    mcnemar,
    p_bootstrap_gain_exceeds,
    p_gain_exceeds,
    resample,
)

if TYPE_CHECKING:
    from collections.abc import Callable

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
    frames = []
    for outcome in (smaller, larger):
        assert outcome.measured is not None  # noqa: S101 - only measured rungs are compared
        frames.append(outcome.measured.items.sort("subset", "item_id"))
    one, two = frames
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
    one, two = (scorer(outcome, metric) for outcome in (smaller, larger))
    n = _aligned(smaller, larger)[0].height
    sign = 1.0 if spec(metric).better == "higher" else -1.0
    everything, drawn = np.arange(n), resample(n, seed=0)
    gain = sign * (two(everything) - one(everything))
    gains = np.array([sign * (two(rows) - one(rows)) for rows in drawn])
    gains = gains[np.isfinite(gains)]
    lo, hi = np.quantile(gains, [(1 - level) / 2, (1 + level) / 2])
    below = float((1 + (gains <= 0.0).sum()) / (1 + gains.size))
    above = float((1 + (gains >= 0.0).sum()) / (1 + gains.size))
    return Comparison(
        smaller=smaller.job.model, larger=larger.job.model, gain=gain, lo=min(float(lo), gain),
        hi=max(float(hi), gain), level=level, n=n, p_real=min(1.0, 2 * min(below, above)),
        p_not_worse=p_bootstrap_gain_exceeds(gains, gain, tolerance),
        p_smaller_not_better=p_bootstrap_gain_exceeds(-gains, -gain, tolerance),
        method=f"paired bootstrap over items, {DRAWS} draws",
    )  # fmt: skip


def scorer(outcome: JobOutcome, metric: str) -> Callable[[NDArray[np.intp]], float]:
    """The metric as a function of the items that count, from the outcomes that were kept.

    Raises: BadInput: what was kept does not hold what the metric needs.
    """
    from bench.harness.own_scores import Judged, scorers_of

    assert outcome.measured is not None  # noqa: S101 - only measured rungs are compared
    kept, facts = outcome.measured.items.sort("subset", "item_id"), outcome.measured.facts
    stated = kept["probability"]
    found = scorers_of(
        Judged(
            kind=str(facts.get("kind")), labels=facts.get("labels") or [], truth=kept["target"].to_list(),
            prediction=kept["prediction"].to_list(),
            probability=None if stated.null_count() else np.array(stated.to_list(), dtype=float),
        )
    )  # fmt: skip
    if metric not in found:
        raise BadInput(f"{metric!r} cannot be computed from the items of {outcome.job.model}")
    return found[metric]
