"""The track record printed under each answer: how picks did on held-out questions, per family and size cap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from advisor.stats.chances import FEATURES, features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.estimate.goodness import Question

POINTS = 100.0


def receipts(questions: Sequence[Question], tasks: pl.DataFrame) -> pl.DataFrame:
    """Per task family and cap: n_questions and the regret of each rule's pick, in points.

    Regret is the best measured score under the cap less the pick's, on a task whose scores the rule did
    not see. The rules pick among the same models: ours the best mean over the similar tasks, `biggest`
    the most parameters, `leader` the best mean standard score over all other tasks of the pool.
    Source: METHOD.md#receipt
    """
    rows = []
    for question in questions:
        regret = question.actual.max() - question.actual
        lead = features(question.scenarios, 0.03)[:, FEATURES.index("lead")]
        ours = regret[int(np.argmax(np.where(question.grounded, lead, -np.inf)))]
        leader = int(np.argmax(np.where(question.grounded, question.standing, -np.inf)))
        known = np.where(np.isfinite(question.n_parameters), question.n_parameters, -1.0)
        rows.append(
            {
                "task_id": question.task_id,
                "cap": question.cap,
                "ours": float(ours) * POINTS,
                "biggest": float(regret[int(np.argmax(known))]) * POINTS,
                "leader": float(regret[leader]) * POINTS,
            }
        )
    families = tasks.select("task_id", "task_family")
    return (
        pl.DataFrame(
            rows,
            schema={
                "task_id": pl.String,
                "cap": pl.Int64,
                "ours": pl.Float64,
                "biggest": pl.Float64,
                "leader": pl.Float64,
            },
        )
        .join(families, on="task_id")
        .group_by("task_family", "cap")
        .agg(
            n_questions=pl.len(),
            regret_mean_points=pl.col("ours").mean(),
            regret_median_points=pl.col("ours").median(),
            regret_biggest_points=pl.col("biggest").mean(),
            regret_leader_points=pl.col("leader").mean(),
            within_1_point=(pl.col("ours") <= 1.0).mean(),
        )
        .sort("task_family", "cap", nulls_last=True)
    )
