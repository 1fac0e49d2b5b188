"""The track record printed under each answer: how picks did on held-out questions, per family and size cap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from advisor.estimate.goodness import odds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.estimate.goodness import Question

POINTS = 100.0
TOLERANCE = 0.05
CONFIDENCE = 0.5
"""What a verdict asks for unless told otherwise: within 5 points with odds of one half."""


def receipts(tried: Sequence[tuple[Question, pl.DataFrame]], tasks: pl.DataFrame) -> pl.DataFrame:
    """Per task family and cap: n_questions, the regret of each rule's pick in points, and what was stated and true.

    Regret is the best measured score under the cap less the pick's, on a task whose scores the rule did
    not see. The rules pick among the same models: ours the highest expected score, `biggest` the most parameters,
    `leader` the best mean standard score over all other tasks of the pool. coverage: share of the measured scores
    inside their 90 % intervals. named_good_enough: share of the verdicts at a tolerance of 5 points and odds of one
    half that were within it; n_named: how many named a model. tried: questions with a curve fitted without them.
    Source: METHOD.md#receipt
    """
    rows = []
    for question, curve in tried:
        regret = question.actual.max() - question.actual
        column = question.scenarios.column
        ours = regret[int(np.argmax(np.where(question.grounded, column, -np.inf)))]
        leader = int(np.argmax(np.where(question.grounded, question.standing, -np.inf)))
        known = np.where(np.isfinite(question.n_parameters), question.n_parameters, -1.0)
        chance = odds(question.scenarios, TOLERANCE, curve)
        able = np.flatnonzero(question.grounded & (chance >= CONFIDENCE))
        named = int(able[np.argmin(question.n_parameters[able])]) if able.size else None
        rows.append(
            {
                "task_id": question.task_id,
                "cap": question.cap,
                "ours": float(ours) * POINTS,
                "biggest": float(regret[int(np.argmax(known))]) * POINTS,
                "leader": float(regret[leader]) * POINTS,
                "covered": float(np.mean(np.abs(question.actual - column) <= question.half)),
                "enough": None if named is None else bool(regret[named] <= TOLERANCE + 1e-12),
            }
        )
    schema = {
        "task_id": pl.String, "cap": pl.Int64, "ours": pl.Float64, "biggest": pl.Float64,
        "leader": pl.Float64, "covered": pl.Float64, "enough": pl.Boolean,
    }  # fmt: skip
    families = tasks.select("task_id", "task_family")
    return (
        pl.DataFrame(rows, schema=schema)
        .join(families, on="task_id")
        .group_by("task_family", "cap")
        .agg(
            n_questions=pl.len(),
            regret_mean_points=pl.col("ours").mean(),
            regret_median_points=pl.col("ours").median(),
            regret_biggest_points=pl.col("biggest").mean(),
            regret_leader_points=pl.col("leader").mean(),
            within_1_point=(pl.col("ours") <= 1.0).mean(),
            coverage=pl.col("covered").mean(),
            n_named=pl.col("enough").is_not_null().sum(),
            named_good_enough=pl.col("enough").mean(),
        )
        .sort("task_family", "cap", nulls_last=True)
    )
