"""The size ladder: climb from the smallest rung while a larger one can still be worth more than the tolerance.

The claim is "this rung is not worse than the best by more than the tolerance". A rung is cleared when its
one-sided p against *each* other rung, multiplied by the number of rungs that could have been named, is below
1 - confidence. The largest of a rung's p only grows as more rungs are measured, so looking after each rung
costs nothing; the multiplication pays for choosing the smallest. Source: METHOD.md#ladder-own
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from advisor.core.measurement import Comparison, NotRun
from advisor.core.metrics import spec
from advisor.core.units import format_seconds
from bench.pairing import SHARES, comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.protocol import Job, JobOutcome

INTERVAL: Final = 0.95
PATIENCE: Final = 2
"""Larger rungs in a row that must gain no more than the tolerance before the climb ends."""
LATE: Final = 0.98
"""Share of the time left from which a rung that ended without a result ran out of it."""
CEILING_SHARE: Final = 0.1
"""A rung may be cleared in two ways, so the error allowed is shared out between them: a tenth to the ceiling."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """When a rung is small enough, and when the climb ends."""

    metric: str
    tolerance: float
    """In the metric's unit."""
    confidence: float = 0.95
    budget_s: float = 1800.0
    patience: int = PATIENCE


@dataclass(kw_only=True)
class Climb:
    """What has been measured so far."""

    rungs: list[JobOutcome] = field(default_factory=list)
    comparisons: dict[tuple[int, int], Comparison] = field(default_factory=dict)
    """By the places of the smaller and the larger rung."""
    not_run: list[NotRun] = field(default_factory=list)
    failed: list[JobOutcome] = field(default_factory=list)
    n_planned: int = 0
    stopped: str = "every rung was measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A rung that may be named: its place, and the p that clears it."""

    place: int
    p: float
    """Corrected for the rungs that could have been named."""
    by: str
    """ "comparison" with every other rung, or "ceiling": nothing can score higher by the tolerance."""


def climb(
    jobs: Sequence[Job],
    run: Callable[[Job], JobOutcome],
    rules: Rules,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Climb:
    """Measure the rungs, smallest first, until nothing larger can matter or the budget is spent."""
    begun, at = clock(), Climb(n_planned=len(jobs))
    for place, job in enumerate(jobs):
        left = rules.budget_s - (clock() - begun)
        if left <= 0.0:
            at.stopped = f"the budget of {format_seconds(rules.budget_s)} is spent"
            at.not_run += [_spared(j, at.stopped, needed=True) for j in jobs[place:]]
            break
        _take(run(_within(job, left)), at, rules, left)
        if (why := _why_stop(at, rules)) is not None:
            at.stopped = why
            at.not_run += [
                _spared(j, f"not needed: {why}", needed=False) for j in jobs[place + 1 :]
            ]
            break
    return at


def _spared(job: Job, reason: str, *, needed: bool) -> NotRun:
    return NotRun(model=job.model, reason=reason, is_needed=needed)


def _within(job: Job, left: float) -> Job:
    """The job with what is left of the budget as its time limit; its identity stays."""
    own = job.limits.timeout_s
    return replace(
        job, limits=replace(job.limits, timeout_s=left if own is None else min(own, left))
    )


def _take(outcome: JobOutcome, at: Climb, rules: Rules, left: float) -> None:
    if outcome.status != "done":
        at.n_planned -= 1
        is_late = outcome.status == "failed" and outcome.wall_s >= LATE * left
        reason = outcome.reason or "no reason given"
        if is_late:
            at.stopped = f"the budget of {format_seconds(rules.budget_s)} is spent"
            reason = f"stopped when the budget of {format_seconds(rules.budget_s)} was spent"
        elif outcome.status == "failed":
            reason = f"failed: {reason}"
            at.failed.append(outcome)
        at.not_run.append(NotRun(model=outcome.job.model, reason=reason, is_needed=True))
        return
    new = len(at.rungs)
    at.rungs.append(outcome)
    for place in range(new):
        at.comparisons[place, new] = comparison(
            at.rungs[place], outcome, metric=rules.metric, tolerance=rules.tolerance, level=INTERVAL
        )


def _why_stop(at: Climb, rules: Rules) -> str | None:
    """Why nothing larger can matter; None while it can."""
    found = smallest_cleared(at, rules)
    if found is None:
        return None
    name, larger = at.rungs[found.place].job.model, len(at.rungs) - 1 - found.place
    given = _given(rules)
    if found.by == "ceiling":
        return f"nothing can score {given} higher than {name} already does"
    if larger >= rules.patience:
        many = (
            "the next larger rung gains"
            if larger == 1
            else f"the {larger} larger rungs measured gain"
        )
        return f"{many} no more than {given} over {name}"
    return None


def _given(rules: Rules) -> str:
    return amount(rules.metric, rules.tolerance)


def amount(metric: str, value: float) -> str:
    """A difference of scores in the words of its metric: points where it is a fraction."""
    if spec(metric).unit in {"fraction", "correlation"}:
        points = f"{100 * value:.3g}"
        return f"{points} point{'' if points == '1' else 's'}"
    return f"{value:.3g} of {spec(metric).label}"


def smallest_cleared(at: Climb, rules: Rules) -> Cleared | None:
    """The smallest rung that is not worse than any other by more than the tolerance; None where none is shown to be."""
    for place in range(len(at.rungs)):
        p, by = rung_p(at, place, rules)
        corrected = min(1.0, p * max(1, at.n_planned - 1))
        if corrected < 1.0 - rules.confidence:
            return Cleared(place=place, p=corrected, by=by)
    return None


def rung_p(at: Climb, place: int, rules: Rules) -> tuple[float, str]:
    """The rung's largest one-sided p against any other, and where it comes from; 1 where there is no other."""
    ceiling = _p_ceiling(at.rungs[place], rules)
    others = [_p_against(at, place, other) for other in range(len(at.rungs)) if other != place]
    compared = max(others, default=1.0)
    two_ways = {"ceiling": ceiling / CEILING_SHARE, "comparison": compared / (1.0 - CEILING_SHARE)}
    by = min(two_ways, key=lambda way: two_ways[way])
    return min(1.0, two_ways[by]), by


def _p_against(at: Climb, place: int, other: int) -> float:
    """One-sided p against "the other is better by the tolerance or more"."""
    if place < other:
        return at.comparisons[place, other].p_not_worse
    return at.comparisons[other, place].p_smaller_not_better


def _p_ceiling(outcome: JobOutcome, rules: Rules) -> float:
    """One-sided exact p against "the true share right leaves the tolerance or more above it"; 1 for other metrics."""
    upper = spec(rules.metric).upper
    assert outcome.measured is not None  # noqa: S101 - only measured rungs stand in the climb
    if rules.metric not in SHARES or upper is None or rules.tolerance <= 0.0:
        return 1.0
    values = outcome.measured.items["value"]
    return binomial_tail(int(values.sum()), len(values), upper - rules.tolerance)


def binomial_tail(k: int, n: int, share: float) -> float:
    """P(at least k of n) where each comes with the probability `share`. Source: Clopper and Pearson 1934."""
    if k <= 0 or share >= 1.0:
        return 1.0
    if share <= 0.0:
        return 0.0
    logs = [
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
        + i * math.log(share) + (n - i) * math.log1p(-share)
        for i in range(k, n + 1)
    ]  # fmt: skip
    return min(1.0, math.fsum(math.exp(x) for x in logs))
