"""Scores that can be held against each other: over the subsets and splits that most models of a task ran."""

from __future__ import annotations

from typing import Final

import polars as pl

COMMON_SHARE: Final = 0.5
"""A (split, subset) is a task's own when at least this part of the most often run one's models ran it."""
COMPLETE: Final = 0.9
"""Part of a task's own subsets that a model must have run to be measured on the task."""

COMPARABLE: Final = pl.Schema({"model_id": pl.String, "task_id": pl.String, "value": pl.Float64})
"""The (model, task) pairs whose published score covers other subsets than the task's own. value: the mean over the
task's own subsets, null where the model ran too few of them to be compared."""

_DIGITS: Final = 12
"""A mean's last bits depend on the order of its rows; these do not."""
_ROW: Final = ["task_id", "split", "subset"]


def comparable(scores: pl.DataFrame, evidence: pl.DataFrame) -> pl.DataFrame:
    """COMPARABLE of one source, sorted; pairs that are not in it are comparable as they stand.

    scores: SCORES. evidence: EVIDENCE, the rows that the scores are the means of. A model that was run on one
    language of fifty has a mean over one: it is no measurement of the task that the others were measured on.
    Source: METHOD.md#comparable
    """
    pair = ["model_id", "task_id"]
    rows = (
        evidence.lazy()
        .filter(pl.col("value").is_not_null())
        .select(*pair, "model_revision", "split", "subset", "value")
        .join(
            scores.lazy().select(*pair, "model_revision"),
            on=[*pair, "model_revision"],
            how="semi",
        )
        .group_by(*pair, "split", "subset")
        .agg(pl.col("value").mean())
    )
    held = rows.group_by(_ROW).agg(n=pl.len())
    own = held.filter(pl.col("n") >= COMMON_SHARE * pl.col("n").max().over("task_id")).select(
        *_ROW, n_own=pl.len().over("task_id")
    )
    run = (
        rows.join(own, on=_ROW, how="left", nulls_equal=True)
        .group_by(pair)
        .agg(
            value=pl.col("value").filter(pl.col("n_own").is_not_null()).mean(),
            n_run=pl.col("n_own").is_not_null().sum(),
            n_own=pl.col("n_own").max(),
            n_other=pl.col("n_own").is_null().sum(),
        )
    )
    short = pl.col("n_own").is_null() | (pl.col("n_run") < COMPLETE * pl.col("n_own"))
    return (
        run.filter(short | (pl.col("n_other") > 0))
        .select(*pair, value=pl.when(~short).then(pl.col("value").round(_DIGITS)))
        .sort(pair)
        .select(pl.col(name).cast(kind) for name, kind in COMPARABLE.items())
        .collect()
    )
