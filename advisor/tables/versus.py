"""The pairwise tests of one group of models on the same items. Source: METHOD.md#bench-compare."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from advisor.core.errors import BadInput
from advisor.core.metrics import spec
from advisor.core.runs import Contender, Pair, TaskComparison
from advisor.stats import noninferiority as tests
from advisor.stats.resampled import DRAWS, resampled_scores
from advisor.stats.tie_groups import letters, tie_groups
from advisor.tables.outcomes import outcomes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.tables.paired_runs import Measurement

CLOSE = 1e-6
"""A score computed from items is the reported one when it is as near as this, relative to 1 or to itself."""
_MOST_DRAWN = 40_000_000
"""Items drawn in all resamples of a group together."""


@dataclass(frozen=True, kw_only=True)
class _Entrant:
    """One model with what the tests need; `sign` turns differences so that positive is better."""

    one: Measurement
    value: float
    lo: float
    hi: float
    right: NDArray[np.bool_] | None
    """Where items are right or wrong."""
    draws: NDArray[np.float64] | None
    """The score of each resample, the same items for every model."""
    sign: float


def compare_group(
    group: Sequence[Measurement], *, tolerance_points: float | None, confidence: float
) -> TaskComparison:
    """Every pair tested; Holm's correction over all pairs of the group. Raises: BadInput: no score by item."""
    metric, entrants = _entrants(group, confidence=confidence)
    better = spec(metric).better
    entrants.sort(key=lambda e: (-e.sign * e.value, e.one.n_parameters or 0, e.one.label))
    tolerance = _in_unit(tolerance_points, metric)
    pairs = _pairs(entrants, tolerance=tolerance or 0.0, confidence=confidence)
    place = {e.one.label: i for i, e in enumerate(entrants)}
    groups = tie_groups(
        len(entrants), [(place[p.first], place[p.second]) for p in pairs if p.differ]
    )
    first = group[0]
    return TaskComparison(
        task_id=first.task_id, metric=metric, n_items=first.items.height, better=better, tolerance=tolerance,
        **{name: first.data[name] for name in ("dataset_revision", "subset", "split", "seed")},
        models=[
            _contender(e, said) for e, said in zip(entrants, letters(len(entrants), groups), strict=True)
        ],
        pairs=pairs,
        tie_groups=[[entrants[i].one.label for i in members] for members in groups],
    )  # fmt: skip


def _in_unit(points: float | None, metric: str) -> float | None:
    if points is None:
        return None
    return points / 100.0 if spec(metric).unit in {"fraction", "correlation"} else points


def _entrants(group: Sequence[Measurement], *, confidence: float) -> tuple[str, list[_Entrant]]:
    names = {one.metric for one in group}
    if len(names) > 1:
        raise BadInput(
            f"{group[0].task_id}: the models' main scores differ ({', '.join(sorted(names))}); nothing to pair"
        )
    metric = names.pop()
    values = [_values(one) for one in group]
    right = [v.astype(bool) for v in values if v is not None and np.isin(v, (0.0, 1.0)).all()]
    all_right = len(right) == len(group)
    counted = (
        [_counted(one, r, confidence) for one, r in zip(group, right, strict=True)]
        if all_right
        else []
    )
    if counted and all(abs(e.value - e.one.value) < CLOSE for e in counted):
        return metric, counted
    drawn = _drawn(group, metric)
    if drawn is not None:
        return metric, [
            _resampled(one, drawn[1:, place], metric, confidence) for place, one in enumerate(group)
        ]
    if counted:
        return "accuracy", counted
    raise BadInput(
        f"{group[0].task_id}: the items that were kept do not give {metric} again; it cannot be compared by item"
    )


def _drawn(group: Sequence[Measurement], metric: str) -> NDArray[np.float64] | None:
    """(1 + draws, models) the score over all items, or as the mean of the folds' own; None where neither is the one reported."""
    n, n_pairs = group[0].items.height, len(group) * (len(group) - 1) // 2
    # Holm multiplies p by the number of pairs, and a bootstrap's p is never below 1 / (draws + 1).
    n_draws = max(DRAWS, min(200 * n_pairs, _MOST_DRAWN // n))
    outcomes = [outcomes_of(one.items) for one in group]
    folds = group[0].items["fold"].fill_null(0).cast(pl.Int64)
    same = all((one.items["fold"].fill_null(0) == folds).all() for one in group)
    for by in [None, folds.to_numpy()] if same and folds.n_unique() > 1 else [None]:
        found = resampled_scores(metric, outcomes, folds=by, draws=n_draws)
        if found is not None and all(
            math.isclose(found[0, place], one.value, rel_tol=CLOSE, abs_tol=CLOSE)
            for place, one in enumerate(group)
        ):
            return found
    return None


def _values(one: Measurement) -> NDArray[np.float64] | None:
    """Each item's share in the main score; None where one has none."""
    values = one.items["value"]
    return None if values.is_empty() or values.null_count() else values.to_numpy()


def _counted(one: Measurement, right: NDArray[np.bool_], confidence: float) -> _Entrant:
    lo, hi = tests.share_interval(int(right.sum()), right.size, level=confidence)
    return _Entrant(
        one=one, value=float(right.mean()), lo=lo, hi=hi, right=right, draws=None, sign=1.0
    )


def _resampled(
    one: Measurement, draws: NDArray[np.float64], metric: str, confidence: float
) -> _Entrant:
    lo, hi = _middle(draws, confidence)
    sign = 1.0 if spec(metric).better == "higher" else -1.0
    return _Entrant(one=one, value=one.value, lo=lo, hi=hi, right=None, draws=draws, sign=sign)


def _middle(draws: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    kept = draws[np.isfinite(draws)]
    lo, hi = np.quantile(kept, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(lo), float(hi)


def _contender(e: _Entrant, said: str) -> Contender:
    return Contender(
        label=e.one.label, job_id=e.one.job_id, run_ids=e.one.run_ids, model_id=e.one.model_id,
        n_parameters=e.one.n_parameters, value=e.value, lo=min(e.lo, e.value), hi=max(e.hi, e.value),
        letters=said,
    )  # fmt: skip


def _pairs(entrants: Sequence[_Entrant], *, tolerance: float, confidence: float) -> list[Pair]:
    raw = [_tested(a, b, tolerance, confidence) for a, b in combinations(entrants, 2)]
    level = 1.0 - confidence
    equal = tests.holm([one["p"] for one in raw])
    worse = tests.holm([one[side] for one in raw for side in ("p_first_worse", "p_second_worse")])
    return [
        Pair(
            **one, p_holm=p, differ=p < level, first_not_worse=worse[2 * i] < level,
            second_not_worse=worse[2 * i + 1] < level,
        )
        for i, (one, p) in enumerate(zip(raw, equal, strict=True))
    ]  # fmt: skip


def _tested(a: _Entrant, b: _Entrant, tolerance: float, confidence: float) -> dict[str, Any]:
    names = {"first": a.one.label, "second": b.one.label}
    if a.right is not None and b.right is not None:
        return names | _right_or_wrong(a.right, b.right, tolerance, confidence)
    assert a.draws is not None  # noqa: S101 - one kind in a group
    assert b.draws is not None  # noqa: S101
    gains, gain = a.sign * (a.draws - b.draws), a.sign * (a.value - b.value)
    lo, hi = _middle(gains, confidence)
    exceeds = tests.p_bootstrap_gain_exceeds
    return names | {
        "difference": gain, "lo": min(lo, gain), "hi": max(hi, gain), "n_only_first": None, "n_only_second": None,
        "p": min(1.0, 2.0 * min(exceeds(gains, gain, 0.0), exceeds(-gains, -gain, 0.0))),
        "p_first_worse": exceeds(-gains, -gain, tolerance), "p_second_worse": exceeds(gains, gain, tolerance),
        "method": f"paired bootstrap, {gains.size} resamples",
    }  # fmt: skip


def _right_or_wrong(
    a: NDArray[np.bool_], b: NDArray[np.bool_], tolerance: float, confidence: float
) -> dict[str, Any]:
    only_a, only_b, n = int((a & ~b).sum()), int((b & ~a).sum()), a.size
    lo, hi = tests.difference_interval(only_a, only_b, n, level=confidence)
    gain = (only_a - only_b) / n
    return {
        "difference": gain, "lo": min(lo, gain), "hi": max(hi, gain), "n_only_first": only_a, "n_only_second": only_b,
        "p": tests.mcnemar(only_a, only_b),
        "p_first_worse": tests.p_gain_exceeds(only_b, only_a, n, tolerance),
        "p_second_worse": tests.p_gain_exceeds(only_a, only_b, n, tolerance),
        "method": "McNemar, exact; Tango's score interval",
    }  # fmt: skip
