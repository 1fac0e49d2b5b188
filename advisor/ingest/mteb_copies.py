"""Models that score the same on nearly every task: one model under two names, or a copy of another."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

COPIES: Final = pl.Schema(
    {
        "model_id": pl.String,
        "copy_of": pl.String,
        "n_shared": pl.Int64,
        "n_equal": pl.Int64,
    }
)


def find_copies(
    scores: pl.DataFrame, *, min_shared: int = 10, min_equal: float = 0.9, within: float = 5e-5
) -> pl.DataFrame:
    """Pairs of models, `model_id` before `copy_of`, that agree on at least `min_equal` of their shared tasks.

    Args:
        scores: SCORES; only `model_id`, `task_id` and `value` are read.
        min_shared: tasks that both must have; fewer can agree by chance.
        min_equal: share of the shared tasks on which the two scores agree.
        within: how far apart, in points of the score, two equal scores may lie. Files are rounded to 5 or 6 places.

    Returns: COPIES, sorted; empty when there is none.
    Source: METHOD.md#mteb-copies
    """
    wide = scores.pivot("task_id", index="model_id", values="value").sort("model_id")
    names = wide["model_id"].to_list()
    table = wide.drop("model_id").cast(pl.Float64).to_numpy()
    rows: list[tuple[str, str, int, int]] = []
    for first in range(len(names) - 1):
        gap = np.abs(table[first + 1 :] - table[first])
        n_shared = np.sum(~np.isnan(gap), axis=1)
        n_equal = np.sum(gap <= within, axis=1)
        alike = np.flatnonzero((n_shared >= min_shared) & (n_equal >= min_equal * n_shared))
        rows += [
            (names[first], names[first + 1 + other], int(n_shared[other]), int(n_equal[other]))
            for other in alike
        ]
    return pl.DataFrame(rows, schema=COPIES, orient="row")
