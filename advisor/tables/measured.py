"""The scores that estimates and verdicts rest on: published ones, those that cannot be compared set right or aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

_PAIR = ["model_id", "task_id"]


def measured_scores(read: Callable[[str], pl.LazyFrame]) -> pl.LazyFrame:
    """SCORES of a snapshot with "comparable" applied: its values instead of the published ones, its nulls left out.

    Source: METHOD.md#comparable
    """
    return with_comparable(read("scores"), read("comparable"))


def collected(
    read: Callable[[str], pl.LazyFrame],
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """What a backtest fits on: measured scores, tasks and models."""
    return measured_scores(read).collect(), read("tasks").collect(), read("models").collect()


def with_comparable(scores: pl.LazyFrame, comparable: pl.LazyFrame) -> pl.LazyFrame:
    """`scores` with the values of `comparable` where it has a row, without the rows where that is null."""
    known = comparable.select(*_PAIR, over_own="value", changed=pl.lit(value=True))
    joined = scores.join(known, on=_PAIR, how="left", maintain_order="left")
    return (
        joined.with_columns(value=pl.when("changed").then("over_own").otherwise("value"))
        .filter(pl.col("value").is_not_null())
        .drop("over_own", "changed")
    )
