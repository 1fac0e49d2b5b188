"""How far a task may be from everything measured before the track record stops speaking for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.estimate.goodness import Question

FAR_SHARE: Final = 0.10
"""A task is far when the measured task nearest to it is no more alike than for this share of the held-out ones."""
LEVEL: Final = 0.90
LEAST: Final = 20
"""Held-out tasks of a pool before it has a threshold."""

DISTANCE: Final = pl.Schema(
    {
        "pool": pl.String,
        "threshold": pl.Float64,
        "n_tasks": pl.Int64,
        "regret_far_points": pl.Float64,
        "regret_near_points": pl.Float64,
        "coverage_far": pl.Float64,
        "coverage_near": pl.Float64,
        "wider": pl.Float64,
    }
)
"""At or below `threshold` (similarity of the nearest measured task) a task is far; 0 where far tasks did no worse. regret, coverage: of our picks and of the
90 % intervals on held-out tasks on either side. wider: the factor, at least 1, on far tasks' intervals."""


def distance(questions: Sequence[Question]) -> pl.DataFrame:
    """DISTANCE of each pool with enough held-out tasks.

    Source: METHOD.md#distance
    """
    rows = []
    for pool in sorted({q.scenarios.pool for q in questions}):
        # The widest question of a task speaks for it: caps below repeat its errors.
        own = {q.task_id: q for q in questions if q.scenarios.pool == pool}
        if len(own) < LEAST:
            continue
        widest = list(own.values())
        alike = np.array([q.similarity for q in widest])
        threshold = float(np.quantile(alike, FAR_SHARE))
        far = alike <= threshold
        if far.all():
            continue
        ratio = [np.abs(q.actual - q.scenarios.column) / q.half for q in widest]
        held = np.array([np.mean(r <= 1.0) for r in ratio])
        lost = np.array([_regret(q) for q in widest])
        wider = float(
            np.quantile(np.concatenate([r for r, f in zip(ratio, far, strict=True) if f]), LEVEL)
        )
        far_regret, near_regret = float(lost[far].mean()), float(lost[~far].mean())
        rows.append(
            {
                "pool": pool,
                # Where far tasks did no worse there is nothing to warn of.
                "threshold": threshold if wider > 1.0 or far_regret > near_regret else 0.0,
                "n_tasks": len(widest),
                "regret_far_points": far_regret,
                "regret_near_points": near_regret,
                "coverage_far": float(held[far].mean()),
                "coverage_near": float(held[~far].mean()),
                "wider": max(1.0, wider),
            }
        )
    return pl.DataFrame(rows, schema=DISTANCE)


def _regret(question: Question) -> float:
    """Points that the pick of the highest expected score lost."""
    pick = int(np.argmax(np.where(question.grounded, question.scenarios.column, -np.inf)))
    return 100.0 * float(question.actual.max() - question.actual[pick])
