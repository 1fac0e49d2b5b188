"""Where the numbers come from: the evidence behind the verdict, and the rule's own track record."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.recommend.doubts import per_score
from advisor.recommend.field import LEVEL

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import Verdict
    from advisor.recommend.field import Field
    from advisor.tables.snapshot import Snapshot

_NO_CAP: Final = 2**62
"""Stands for no limit on the size: further from every cap than they are from each other."""

Cell = str | float | int | None


def evidence_rows(answer: Verdict, competing: Field, snapshot: Snapshot) -> list[dict[str, Cell]]:
    """The named model's scores on the similar tasks, with revision and source; empty when none is named."""
    if answer.model_id is None:
        return []
    scores = snapshot.scan("scores").filter(pl.col("model_id") == answer.model_id)
    tasks = competing.tasks.lazy().select("task_id", "similarity", "metric")
    sources = snapshot.scan("sources").select("source_id", "url", "commit", "licence")
    rows = snapshot.collect(
        tasks.join(scores, on="task_id", how="inner")
        .join(sources, on="source_id", how="left")
        .join(per_score(competing.flags).lazy(), on=["model_id", "task_id"], how="left")
        .sort(["similarity", "task_id"], descending=[True, False])
        .select(
            "model_id", "model_revision", "task_id", "similarity", "metric", "value", "n_rows", "source_id",
            "url", "commit", "licence", "flag",
        )
    )  # fmt: skip
    return list(rows.iter_rows(named=True))


def receipt(profile: TaskProfile, pool: str, snapshot: Snapshot) -> dict[str, Cell]:
    """How this rule did on held-out questions of the same family and size cap, from the snapshot's table.

    Regret and, where the table has them, `coverage` (share of held-out scores that the intervals of `level`
    held) are of that row alone; what starts with cells_ is of the whole pool. Empty when the backtest holds
    no question of the family. Source: METHOD.md#receipt
    """
    table = snapshot.table("receipts").filter(pl.col("task_family") == profile.task_family)
    if table.is_empty():
        return {}
    limit = profile.constraints.max_parameters
    # The backtest's cap nearest to the asked one, on a log scale; no limit is the row without a cap.
    wanted = math.log(limit if limit is not None else _NO_CAP)
    distance = (table["cap"].fill_null(_NO_CAP).cast(pl.Float64).log() - wanted).abs()
    row = {
        str(name): value for name, value in table.row(distance.arg_min() or 0, named=True).items()
    }
    if row.get("coverage") is not None:
        row.setdefault("level", LEVEL)
    return row | _cells(pool, snapshot)


def _cells(pool: str, snapshot: Snapshot) -> dict[str, Cell]:
    """How far predicted scores were off on cells held out at random, in the task's pool."""
    if "backtest_cells_summary" not in snapshot.manifest["tables"]:
        return {}
    table = snapshot.table("backtest_cells_summary")
    found = table.filter(pl.col("pool") == pool, pl.col("coverage").is_not_null())
    if found.is_empty():
        return {}
    best = found.sort("mae_points").row(0, named=True)
    return {
        "cells_mae_points": best["mae_points"],
        "cells_coverage": best["coverage"],
        "cells_level": best["level"],
    }
