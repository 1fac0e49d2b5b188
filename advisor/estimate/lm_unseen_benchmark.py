"""Part (c) of the lm protocol: how models rank on a benchmark that nobody measured, from the others and its description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.matrix import Cells, cells_of, scale_of
from advisor.estimate.model_similarity import log10_size
from advisor.estimate.task_similarity import similarity, task_parts
from advisor.stats.ranks import spearman

if TYPE_CHECKING:
    from numpy.typing import NDArray

POOL: Final = "language-model"
FOLDS: Final = 8
MODELS_LEAST: Final = 30
"""Models that a benchmark needs for its ranking to be asked about."""
OURS: Final = "ours"
_WEIGHTS: Final = {
    "all": 1.0, "family": 0.3, "type": 0.3, "languages": 0.3, "domains": 0.1, "metric": 0.2, "harness": 0.3,
    "name": 0.5, "description": 1.0,
}  # fmt: skip
"""Parts of the covariance of two benchmarks. Source: METHOD.md#lm"""
_NOISE: Final = 2.0
_FEW: Final = 20.0
"""A benchmark's noise is _NOISE · (1 + _FEW / its models): few models standardise a score badly."""
_SHARPNESS: Final = 4

TABLE: Final = pl.Schema(
    {
        "task_id": pl.String, "twin_group": pl.String, "harness": pl.String, "estimator": pl.String,
        "n_models": pl.Int64, "spearman": pl.Float64,
    }
)  # fmt: skip
"""One benchmark left out and estimator a row; spearman over the models measured on it, 0 where it is undefined."""


def unseen_backtest(
    scores: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame, *, seed: int
) -> pl.DataFrame:
    """TABLE: an eighth of the twin groups leaves at a time; sub-benchmarks of one suite are one group."""
    cells = cells_of(scores, tasks, models, POOL)
    groups = cells.tasks["twin_group"].fill_null("").to_numpy()
    names, code = np.unique(groups.astype(np.str_), return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(len(names)) % FOLDS)[code]
    enough = cells.per_task() >= MODELS_LEAST
    parts = []
    for part in range(FOLDS):
        asked = np.flatnonzero((fold == part) & enough)
        seen = cells.only(fold[cells.col] != part)
        for name, table in unseen_columns(seen, asked).items():
            parts += [_row(cells, int(task), name, table[:, i]) for i, task in enumerate(asked)]
    return pl.DataFrame(parts, schema=TABLE, orient="row")


def unseen_summary(table: pl.DataFrame) -> pl.DataFrame:
    """Per estimator: Spearman averaged over benchmarks, and over twin groups so that no suite counts many times."""
    by_group = table.group_by("estimator", "twin_group").agg(pl.col("spearman").mean())
    return (
        table.group_by("estimator")
        .agg(
            n_benchmarks=pl.len(),
            spearman=pl.col("spearman").mean(),
            at_least_half=(pl.col("spearman") >= 0.5).mean(),
        )
        .join(
            by_group.group_by("estimator").agg(
                n_groups=pl.len(), spearman_of_groups=pl.col("spearman").mean()
            ),
            on="estimator",
        )
        .sort("spearman", descending=True)
    )


def unseen_columns(seen: Cells, asked: NDArray[np.intp]) -> dict[str, NDArray[np.float64]]:
    """(models, asked) merit per estimator, in standard deviations; NaN for a model without any score.

    seen: cells without the asked tasks and their twins.
    """
    size = log10_size(seen.models)
    return {
        OURS: process_columns(seen, asked),
        "nearest by description": _nearest(seen, asked),
        "leader by mean": np.repeat(_mean(seen)[:, None], len(asked), axis=1),
        "biggest model": np.repeat(size[:, None], len(asked), axis=1),
    }


def process_columns(seen: Cells, asked: NDArray[np.intp]) -> NDArray[np.float64]:
    """(models, asked) posterior mean of a Gaussian process over benchmarks, each model from its own scores alone.

    Two benchmarks covary as their catalogue entries are alike. Models measured on the same benchmarks share one
    small linear system.
    """
    parts = task_parts(seen.tasks)
    kernel = sum(weight * parts[name] for name, weight in _WEIGHTS.items())
    noise = _NOISE * (1.0 + _FEW / np.maximum(seen.per_task(), 1.0))
    found = np.full((seen.shape[0], len(asked)), np.nan)
    for tasks, members, z in _patterns(seen):
        own = np.asarray(kernel)[np.ix_(tasks, tasks)] + np.diag(noise[tasks])
        found[members] = z @ np.linalg.solve(own, np.asarray(kernel)[np.ix_(tasks, asked)])
    return found


def _patterns(
    seen: Cells,
) -> list[tuple[NDArray[np.intp], list[int], NDArray[np.float64]]]:
    """Models that were measured on the same tasks: the tasks, the models, their (models, tasks) standard scores."""
    order = np.lexsort((seen.col, seen.row))
    row, col, z = seen.row[order], seen.col[order], scale_of(seen).to_z(seen)[order]
    models, starts = np.unique(row, return_index=True)
    groups: dict[bytes, tuple[NDArray[np.intp], list[int], list[NDArray[np.float64]]]] = {}
    for model, start, end in zip(models, starts, [*starts[1:], len(row)], strict=True):
        tasks = col[start:end]
        group = groups.setdefault(tasks.tobytes(), (tasks, [], []))
        group[1].append(int(model))
        group[2].append(z[start:end])
    return [(tasks, members, np.stack(rows)) for tasks, members, rows in groups.values()]


def _nearest(seen: Cells, asked: NDArray[np.intp]) -> NDArray[np.float64]:
    z = scale_of(seen).to_z(seen)
    likeness = similarity(seen.tasks) ** _SHARPNESS
    found = np.full((seen.shape[0], len(asked)), np.nan)
    for i, task in enumerate(asked):
        weight = likeness[task][seen.col] + 1e-9
        total = seen.per_model(weight)
        found[:, i] = np.where(
            total > 0, seen.per_model(weight * z) / np.maximum(total, 1e-12), np.nan
        )
    return found


def _mean(seen: Cells) -> NDArray[np.float64]:
    count = seen.per_model()
    total = seen.per_model(scale_of(seen).to_z(seen))
    mean: NDArray[np.float64] = np.where(count > 0, total / np.maximum(count, 1.0), np.nan)
    return mean


def _row(
    cells: Cells, task: int, estimator: str, merit: NDArray[np.float64]
) -> tuple[str, str, str, str, int, float]:
    chosen = cells.col == task
    known = merit[cells.row[chosen]]
    # A model of which nothing is known, not even its size, is put in the middle.
    middle = float(np.nanmedian(known)) if np.isfinite(known).any() else 0.0
    entry = cells.tasks.row(task, named=True)
    return (
        entry["task_id"],
        entry["twin_group"] or "",
        entry["harness"],
        estimator,
        int(chosen.sum()),
        spearman(np.where(np.isfinite(known), known, middle), cells.value[chosen]),
    )
