"""The backtest on a slice of the shipped snapshot, small enough for every change: `python -m tests.backtest.figures`
prints it, and with `--write` makes it the baseline that the test holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

from advisor.estimate import goodness, questions
from advisor.estimate.backtest_cells import cells_backtest, cells_summary
from advisor.estimate.backtest_new_task import new_task_backtest, picks_summary
from advisor.estimate.backtest_sizing import without_doubted
from advisor.tables.measured import collected
from tests.shipped import read, table

BASELINE = Path(__file__).with_name("baseline.json")
SEED = 100
MODELS, TASKS = 160, 260
HIGHER_IS_BETTER = {"sizing: came true", "new-task: within 1 point", "cells: interval gain"}
TWO_SIDED = {"cells: coverage", "new-task: coverage"}


def slice_of_embeddings() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """(scores, tasks, models): the best measured MODELS models on the best measured TASKS tasks."""
    scores, tasks, models = collected(read)
    tasks = tasks.filter(pl.col("pool") == "embedding")
    scores = without_doubted(scores, table("flags")).join(tasks, on="task_id", how="semi")

    def most(column: str, n: int) -> pl.Series:
        counts = scores.group_by(column).len().sort(["len", column], descending=[True, False])
        return counts.head(n)[column]

    for column, n in (("task_id", TASKS), ("model_id", MODELS)):
        scores = scores.filter(pl.col(column).is_in(most(column, n).implode()))
    counts = scores.group_by("task_id").agg(n=pl.len().cast(pl.Int32))
    tasks = tasks.join(counts, on="task_id").with_columns(n_models="n").drop("n")
    return scores, tasks, models.join(scores, on="model_id", how="semi")


def figures() -> dict[str, float]:
    """Name -> value, rounded to what the baseline keeps."""
    scores, tasks, models = slice_of_embeddings()
    held = cells_summary(cells_backtest(scores, tasks, models, seed=SEED, pool="embedding"))
    cells = held.filter(pl.col("coverage").is_not_null()).sort("mae_points").row(0, named=True)
    picks = picks_summary(new_task_backtest(scores, tasks, models, seed=SEED))
    ours = picks.filter(pl.col("rule") == "ours").row(0, named=True)
    tables = {"scores": scores, "tasks": tasks, "models": models}
    asked = list(questions.questions(tables, "embedding", most=120, seed=SEED))
    tried = list(goodness.cross_fitted(asked, folds=5, seed=SEED))
    sizing = goodness.sizing_summary(goodness.sizing(tried)).filter(
        pl.col("pool") == "all", pl.col("tolerance") == 0.05, pl.col("confidence") == 0.5
    )
    stated = goodness.reliability(tried)
    found = {
        "cells: MAE, points": cells["mae_points"],
        "cells: coverage": cells["coverage"],
        "cells: interval gain": cells["score_gain"],
        "new-task: mean regret, points": ours["regret_mean_points"],
        "new-task: within 1 point": ours["within_1_point"],
        "new-task: coverage": ours["coverage"],
        "odds: calibration error": goodness.expected_calibration_error(stated),
        "sizing: came true": sizing["good_enough"][0],
        "sizing: cannot tell": sizing["cannot_tell"][0],
    }
    return {name: round(float(np.float64(value)), 4) for name, value in found.items()}


if __name__ == "__main__":
    made = json.dumps(figures(), indent=1) + "\n"
    if "--write" in sys.argv:
        BASELINE.write_text(made, encoding="utf-8")
    sys.stdout.write(made)
