"""Sizing protocol: questions with known answers, asked just as a user asks, and how the verdicts on them came true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.estimate import goodness
from advisor.estimate.distance import distance
from advisor.estimate.flags import DOUBTED
from advisor.estimate.questions import questions
from advisor.estimate.receipts import receipts
from advisor.tables.measured import measured_scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.estimate.goodness import Question
    from advisor.estimate.surface import Read

TASKS: Final = {"embedding": 400, "language-model": 200, "tabular": 60}
"""Held-out tasks per pool that are asked about."""
FOLDS: Final = 5
"""The odds are reported by curves fitted on four fifths of the tasks."""


def without_doubted(scores: pl.DataFrame, flags: pl.DataFrame) -> pl.DataFrame:
    """`scores` without those that the guard doubts: they decide nothing in an answer, nor in what it is judged by."""
    doubted = flags.filter(pl.col("flag").is_in(DOUBTED))
    return scores.join(doubted, on=["model_id", "task_id"], how="anti")


def ask_all(
    scores: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame, *, seed: int
) -> list[Question]:
    """Every pool's questions. scores: comparable ones, doubted ones left out."""
    tables = {"scores": scores, "tasks": tasks, "models": models}
    return [
        q for pool, most in TASKS.items() for q in questions(tables, pool, most=most, seed=seed)
    ]


def judged(asked: list[Question], tasks: pl.DataFrame, *, seed: int) -> dict[str, pl.DataFrame]:
    """How stated odds, verdicts and picks came true, by curves that did not see the question's task.

    Tables: backtest_odds, backtest_best, backtest_sizing, backtest_calibration, receipts, distance.
    Source: METHOD.md#good-enough
    """
    tried = list(goodness.cross_fitted(asked, folds=FOLDS, seed=seed))
    stated, best = goodness.reliability(tried), goodness.best_reliability(tried)
    errors = [goodness.expected_calibration_error(table) for table in (stated, best)]
    return {
        "backtest_odds": stated,
        "backtest_best": best,
        "backtest_sizing": goodness.sizing_summary(goodness.sizing(tried)),
        "backtest_calibration": pl.DataFrame(
            {
                "what": ["good enough", "best"],
                "n_questions": [len(asked)] * 2,
                "expected_calibration_error": errors,
            }
        ),
        "receipts": receipts(tried, tasks),
        "distance": distance(asked),
    }


def sizing_backtest(read: Read, *, seed: int) -> dict[str, pl.DataFrame]:
    """`judged` on newly drawn held-out tasks, each table's name ending in "_summary"."""
    tasks, models = read("tasks").collect(), read("models").collect()
    scores = without_doubted(measured_scores(read).collect(), read("flags").collect())
    found: Mapping[str, pl.DataFrame] = judged(
        ask_all(scores, tasks, models, seed=seed), tasks, seed=seed
    )
    return {f"{name}_summary": table for name, table in found.items()}
