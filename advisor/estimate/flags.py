"""The table of doubts: what the guard writes when a snapshot is built, and every answer reads."""

from __future__ import annotations

from typing import Final

import polars as pl

FLAGS: Final = pl.Schema(
    {
        "model_id": pl.String,
        "task_id": pl.String,
        "flag": pl.String,
        "detail": pl.String,
        "strength": pl.Float64,
        "expected": pl.Float64,
        "width": pl.Float64,
    }
)
"""One doubt a row, sorted by model_id, task_id and flag. task_id: null where the doubt is about the whole model.

flag: "unexpected" (a score; strength: its distance from the expectation in usual widths), "broken run" (a score of a
run of which many are off; strength: the share of the run's part that is off), "near copy" (strength: share of equal
scores), "size in doubt" (strength: how many times the count differs from the name's, null where the source says so),
"trained on this task" (strength null; the model says so itself). expected, width: for a doubted score, what the rest
of the table expects of it and the standard deviation of that, fractions; else null.
"""

UNEXPECTED: Final = "unexpected"
BROKEN: Final = "broken run"
COPY: Final = "near copy"
SIZE: Final = "size in doubt"
TRAINED: Final = "trained on this task"

DOUBTED: Final = (UNEXPECTED, BROKEN)
"""Flags of scores that may not set the bar nor ground a model."""
