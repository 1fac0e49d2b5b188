"""What the snapshot's guard says of models and scores, in the words that an answer marks them with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.estimate.flags import BROKEN, COPY, DOUBTED, FLAGS, SIZE, TRAINED, UNEXPECTED

if TYPE_CHECKING:
    from advisor.tables.snapshot import Snapshot

TABLE: Final = "flags"


def doubts(snapshot: Snapshot, tasks: list[str]) -> pl.DataFrame:
    """FLAGS rows about whole models, or about scores on `tasks`; none for a snapshot made before there was a guard.

    Raises: MissingData: the snapshot lists the table, and it cannot be read.
    """
    if TABLE not in snapshot.manifest["tables"]:
        return FLAGS.to_frame()
    about = pl.col("task_id").is_null() | pl.col("task_id").is_in(tasks)
    return snapshot.collect(snapshot.scan(TABLE).filter(about)).select(list(FLAGS))


def set_aside(scores: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """`scores` without the doubted ones: what the other scores let expect stands in their place, and decides nothing."""
    doubted = found.filter(pl.col("flag").is_in(DOUBTED))
    return scores.join(doubted, on=["model_id", "task_id"], how="anti")


def cautions(found: pl.DataFrame, *, named: bool) -> dict[str, list[str]]:
    """Per model, its doubts in words. found: FLAGS rows. named: the similar tasks are the user's own task."""
    where = "on this task" if named else "among the similar tasks"
    said: dict[str, list[str]] = {}
    counts = found.filter(pl.col("task_id").is_not_null()).group_by("model_id", "flag").len()
    for model, flag, count in counts.sort("model_id", "flag").iter_rows():
        if flag in DOUBTED:
            plural = "" if count == 1 else "s"
            run = " of a run that is broken in part" if flag == BROKEN else ""
            said.setdefault(model, []).append(f"{count} unexpected score{plural}{run} {where}")
        elif flag == TRAINED:
            words = TRAINED if named else f"trained on {count} of the similar tasks"
            said.setdefault(model, []).append(words)
    whole = found.filter(pl.col("flag").is_in([COPY, SIZE]))
    for model, flag, detail in whole.select("model_id", "flag", "detail").iter_rows():
        said.setdefault(model, []).append(SIZE if flag == SIZE else detail.partition(":")[0])
    return said


def per_score(found: pl.DataFrame) -> pl.DataFrame:
    """model_id, task_id, flag: each score's doubts on one line, joined by commas."""
    kinds = pl.col("flag").is_in([UNEXPECTED, BROKEN, TRAINED])
    return (
        found.filter(pl.col("task_id").is_not_null(), kinds)
        .sort("model_id", "task_id", "flag")
        .group_by("model_id", "task_id", maintain_order=True)
        .agg(pl.col("flag").str.join(", "))
    )
