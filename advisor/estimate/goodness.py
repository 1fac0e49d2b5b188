"""From what is known of a model to the odds that it is good enough: a logistic curve, fitted on held-out tasks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import polars as pl

from advisor._lazy import need
from advisor.stats.chances import FEATURES, RISING, features, p_best

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from advisor.stats.chances import Scenarios

RIDGE: Final = 1.0
"""Strength of the penalty on standardised coefficients; a stabiliser, far below the data's weight."""
BINS: Final = 10
SEVEN: Final = (6.0e9, 9.0e9)
"""Parameters of what people call "a 7 B"."""
TOLERANCES: Final = (0.01, 0.03, 0.05)
"""Tolerances (fractions) that the curve is fitted and reported on: 1, 3 and 5 points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One held-out task under one size cap, with the truth."""

    task_id: str
    cap: int | None
    scenarios: Scenarios
    """The candidates (rows) on the tasks that resemble the held-out one; none of its own scores in it."""
    half: float
    """Half of the 90 % interval of each expected score, a fraction."""
    similarity: float
    """Of the most alike measured task, 0 to 1."""
    actual: NDArray[np.float64]
    """(n,) measured scores on the held-out task."""
    grounded: NDArray[np.bool_]
    """(n,) measured on enough of the similar tasks to be named."""
    n_parameters: NDArray[np.float64]
    """(n,) sizes, infinity where not disclosed."""
    standing: NDArray[np.float64]
    """(n,) mean standard score over all of the pool's other tasks: what a leaderboard's mean ranks by."""


def fit(questions: Iterable[Question]) -> pl.DataFrame:
    """The curve: feature, mean, sd, coef; a last row "intercept". Needs scipy.

    Each question counts the same, however many models it has. Coefficients of RISING features are kept
    at or above 0. Source: METHOD.md#good-enough
    """
    parts = [(x, y, 1.0 / len(y)) for q in questions for x, y in _examples(q) if len(y)]
    x = np.concatenate([part[0] for part in parts])
    y = np.concatenate([part[1] for part in parts]).astype(np.float64)
    weight = np.concatenate([np.full(len(part[1]), part[2]) for part in parts])
    mean, sd = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.column_stack([(x - mean) / sd, np.ones(len(x))])
    penalty = np.array([RIDGE] * len(FEATURES) + [0.0])

    def loss(coef: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = z @ coef
        value = float(weight @ (np.logaddexp(0.0, margin) - y * margin) + 0.5 * penalty @ coef**2)
        slope = z.T @ (weight * (1.0 / (1.0 + np.exp(-margin)) - y)) + penalty * coef
        return value, slope

    bounds = [(0.0, None) if name in RISING else (None, None) for name in FEATURES] + [(None, None)]
    minimize = need("scipy.optimize", extra="build").minimize
    found = minimize(loss, np.zeros(len(bounds)), jac=True, bounds=bounds, method="L-BFGS-B")
    return pl.DataFrame(
        {
            "feature": [*FEATURES, "intercept"],
            "mean": [*mean, 0.0],
            "sd": [*sd, 1.0],
            "coef": found.x,
        }
    )


def odds(scenarios: Scenarios, tolerance: float, curve: pl.DataFrame) -> NDArray[np.float64]:
    """(n,) probability of being within `tolerance` of the best of the set; NaN where no task has a bar."""
    x = features(scenarios, tolerance)
    mean, sd, coef = (curve[name].to_numpy() for name in ("mean", "sd", "coef"))
    margin = ((x - mean[:-1]) / sd[:-1]) @ coef[:-1] + coef[-1]
    chance: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-margin))
    return chance


Asked: TypeAlias = "Iterable[tuple[Question, pl.DataFrame]]"
"""Questions, each with a curve that was fitted without its task."""


def cross_fitted(questions: Sequence[Question], *, folds: int, seed: int) -> Asked:
    """Every question with the curve fitted on the tasks of the other folds."""
    names = sorted({q.task_id for q in questions})
    order = np.random.default_rng(seed).permutation(len(names)) % folds
    place = dict(zip(names, order.tolist(), strict=True))
    for k in range(folds):
        inside = [q for q in questions if place[q.task_id] == k]
        if inside:
            curve = fit(q for q in questions if place[q.task_id] != k)
            yield from ((q, curve) for q in inside)


def reliability(asked: Asked) -> pl.DataFrame:
    """Ten bins of stated odds over grounded models and TOLERANCES: bin, n, stated (mean), came_true (share)."""
    parts = [
        (odds(q.scenarios, t, curve)[q.grounded], _true(q, t)[q.grounded])
        for q, curve in asked
        for t in TOLERANCES
    ]
    return binned(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))


def best_reliability(asked: Asked) -> pl.DataFrame:
    """The same of `p_best`: how often the model with these odds was truly the best of the set."""
    parts = [(p_best(q.scenarios), q.actual >= q.actual.max() - 1e-12) for q, _ in asked]
    return binned(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))


def binned(stated: NDArray[np.float64], true: NDArray[np.bool_]) -> pl.DataFrame:
    """Ten bins of stated odds: bin, n, stated (mean), came_true (share)."""
    place = np.clip(np.floor(stated * BINS).astype(np.intp), 0, BINS - 1)
    # Summed in one order, so that the same questions give the same bytes.
    weights = (None, stated, true.astype(np.float64))
    count, sums, hits = (np.bincount(place, w, minlength=BINS) for w in weights)
    met = np.flatnonzero(count)
    return pl.DataFrame(
        {
            "bin": pl.Series(met, dtype=pl.Int32),
            "n": pl.Series(count[met], dtype=pl.UInt32),
            "stated": sums[met] / count[met],
            "came_true": hits[met] / count[met],
        }
    )


def expected_calibration_error(table: pl.DataFrame) -> float:
    """Mean distance between stated and true share over the bins, weighted by their size."""
    gap = np.abs(table["stated"].to_numpy() - table["came_true"].to_numpy())
    return float(np.average(gap, weights=table["n"].to_numpy()))


def sizing(asked: Asked) -> pl.DataFrame:
    """The sizing backtest: one row per question, tolerance and confidence.

    Columns: pool, task_id, cap, tolerance, confidence, named (row of the question, null = cannot tell),
    good_enough (was it truly?), size_ratio (its parameters over the truly smallest sufficient model's),
    leader_good_enough and leader_size_ratio (the leader by mean), seven_good_enough and seven_size_ratio (the best
    by mean of the models of about 7 B parameters; null where there is none).
    """
    rows = []
    for q, curve in asked:
        leader = int(np.argmax(np.where(q.grounded, q.standing, -np.inf)))
        seven = _seven(q)
        for tolerance in TOLERANCES:
            true = _true(q, tolerance)
            smallest = max(float(q.n_parameters[true].min()), 1.0)
            chance = odds(q.scenarios, tolerance, curve)
            for confidence in (0.5, 0.6, 0.8, 0.9):
                able = np.flatnonzero(q.grounded & (chance >= confidence))
                named = None if not able.size else int(able[np.argmin(q.n_parameters[able])])
                row = {
                    "pool": q.scenarios.pool,
                    "task_id": q.task_id,
                    "cap": q.cap,
                    "tolerance": tolerance,
                    "confidence": confidence,
                    "named": named,
                    "good_enough": None if named is None else bool(true[named]),
                    "size_ratio": None
                    if named is None
                    else _ratio(q.n_parameters[named], smallest),
                    "leader_good_enough": bool(true[leader]),
                    "leader_size_ratio": _ratio(q.n_parameters[leader], smallest),
                    "seven_good_enough": None if seven is None else bool(true[seven]),
                    "seven_size_ratio": None
                    if seven is None
                    else _ratio(q.n_parameters[seven], smallest),
                }
                rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def sizing_summary(table: pl.DataFrame) -> pl.DataFrame:
    """Per pool ("all" first), tolerance and confidence: n, cannot_tell, and how each rule did.

    Of each rule good_enough (share of its answers) and size_ratio (median, against the truly smallest).
    """
    every = pl.concat([table.with_columns(pool=pl.lit("all")), table])
    rules = ("", "leader_", "seven_")
    return (
        every.group_by("pool", "tolerance", "confidence")
        .agg(
            n=pl.len(),
            cannot_tell=pl.col("named").is_null().mean(),
            **{f"{rule}good_enough": pl.col(f"{rule}good_enough").mean() for rule in rules},
            **{f"{rule}size_ratio": pl.col(f"{rule}size_ratio").median() for rule in rules},
        )
        .sort(pl.col("pool") != "all", "pool", "tolerance", "confidence")
    )


def _seven(q: Question) -> int | None:
    about = q.grounded & (q.n_parameters >= SEVEN[0]) & (q.n_parameters <= SEVEN[1])
    return int(np.argmax(np.where(about, q.standing, -np.inf))) if about.any() else None


def _ratio(size: np.float64, smallest: float) -> float | None:
    """Null where a size is not disclosed: it can be no ratio."""
    return float(size / smallest) if math.isfinite(size) and math.isfinite(smallest) else None


def _true(question: Question, tolerance: float) -> NDArray[np.bool_]:
    reached: NDArray[np.bool_] = question.actual >= question.actual.max() - tolerance - 1e-12
    return reached


def _examples(question: Question) -> Iterable[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    for tolerance in TOLERANCES:
        x = features(question.scenarios, tolerance)[question.grounded]
        yield x, _true(question, tolerance)[question.grounded]
