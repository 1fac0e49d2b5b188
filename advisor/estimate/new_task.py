"""A task that nobody measured: what its measured neighbours say, and how far off that was on tasks held out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate import low_rank
from advisor.estimate.blend import blend
from advisor.estimate.factors import fit_factors
from advisor.estimate.intervals import QUANTILES, quantile_table
from advisor.estimate.matrix import Cells, scale_of
from advisor.estimate.task_similarity import similarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBOURS: Final = 10
"""Neighbour tasks that a held-out task is estimated from when the widths are calibrated."""
_TASK_LEAST = 8
_TASK_MOST = 60
_FOLDS = 5


def calibrate(cells: Cells, pool: str, *, seed: int = 0) -> pl.DataFrame:
    """QUANTILES for tasks nobody measured: a fifth of the twin groups at a time is held out.

    Labels are task families. Each held-out task is estimated from its NEIGHBOURS most alike remaining tasks,
    in whose columns holes are filled without it; at most 60 models per task enter, so that a few popular tasks do
    not decide. An empty table when no task has eight models. Source: METHOD.md#intervals
    """
    likeness = similarity(cells.tasks)
    rng = np.random.default_rng(seed)
    fold = _twin_folds(cells.tasks["twin_group"].fill_null("").to_list(), rng)
    count = cells.per_task()
    ratios: list[NDArray[np.float64]] = []
    labels: list[str | None] = []
    families = cells.tasks["task_family"].to_list()
    for k in range(_FOLDS):
        inside = fold != k
        seen = cells.only(inside[cells.col])
        if seen.value.size == 0:
            continue
        table = filled_table(seen, pool, seed=seed)
        for task in np.flatnonzero((fold == k) & (count >= _TASK_LEAST)):
            ratio = _ratios(
                cells, table, int(task), np.where(inside & (count > 0), likeness[task], -1.0), rng
            )
            ratios.append(ratio)
            labels += [families[task]] * len(ratio)
    if not ratios:
        return pl.DataFrame(schema=QUANTILES)
    return quantile_table(pool, np.concatenate(ratios), labels)


def filled_table(cells: Cells, pool: str, *, seed: int) -> NDArray[np.float64]:
    """(models, tasks) measured values, with quick low-rank predictions in the holes."""
    if pool == "language-model":
        fitted = fit_factors(cells, seed=seed)
        scale, z = fitted.scale, fitted.traits @ fitted.loadings.T
    else:
        scale = scale_of(cells)
        z = low_rank.complete(cells, scale.to_z(cells), seed=seed)
    table = scale.centre + scale.spread * z
    table[cells.row, cells.col] = cells.value
    return table


def _ratios(
    cells: Cells,
    table: NDArray[np.float64],
    task: int,
    likeness: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    nearest = np.argsort(-likeness, kind="stable")[:NEIGHBOURS]
    nearest = nearest[likeness[nearest] >= 0]
    chosen = np.flatnonzero(cells.col == task)
    if len(chosen) > _TASK_MOST:
        chosen = rng.choice(chosen, _TASK_MOST, replace=False)
    value, scale = blend(table[np.ix_(cells.row[chosen], nearest)], likeness[nearest])
    ratio: NDArray[np.float64] = np.abs(cells.value[chosen] - value) / scale
    return ratio[np.isfinite(ratio)]


def _twin_folds(groups: list[str], rng: np.random.Generator) -> NDArray[np.intp]:
    names = sorted(set(groups))
    place = dict(zip(names, rng.permutation(len(names)) % _FOLDS, strict=True))
    return np.array([place[name] for name in groups], dtype=np.intp)
