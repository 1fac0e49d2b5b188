"""Held-out questions with known answers, asked just as a user asks: the tasks stand in for users' own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.core.ids import size_class
from advisor.estimate.goodness import Question
from advisor.estimate.intervals import multipliers
from advisor.estimate.matrix import Cells, cells_of
from advisor.estimate.scenarios import closest, missed
from advisor.estimate.unseen import (
    Unseen,
    fit_unseen,
    model_kernel,
    nearness,
    try_unseen,
    twin_folds,
)
from advisor.estimate.unseen_tables import candidates_of, miss_points, scale_at, widths
from advisor.stats.chances import is_grounded
from advisor.tables.likeness import likeness_among
from advisor.tables.task_words import build_index

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl
    from numpy.typing import NDArray

CAPS: Final = (50_000_000, 200_000_000, 500_000_000, 1_000_000_000, 6_000_000_000, None)
"""Size caps that each held-out task is asked under; None is no cap."""
MIN_MODELS: Final = 40
"""Models measured on a task before it can say who is best on it."""
MIN_CANDIDATES: Final = 10
MIN_SIMILAR: Final = 3
"""Similar tasks that a question needs."""
_FOLDS: Final = 5
LEVEL: Final = 0.90
_SHRINK: Final = 3.0
"""Tasks at the mean that a leaderboard mean is pulled by, so that one lucky task does not lead."""


@dataclass(frozen=True, kw_only=True)
class _Fold:
    """A pool's scores without a fifth of its tasks, and what they let expect of a task."""

    pool: str
    cells: Cells
    shared: NDArray[np.float64]
    """(tasks, tasks) likeness, of the tasks left out as well."""
    fitted: Unseen
    misses: NDArray[np.float64]
    """(models, tasks) in spreads, NaN where not measured or not tried."""
    points: NDArray[np.float64]
    """(tasks,) typical miss of a tried task, a fraction."""
    widths: dict[str, float]
    """Family -> half an interval in units of the scale."""
    sizes: NDArray[np.float64]
    candidate: NDArray[np.bool_]
    standing: NDArray[np.float64]
    """(models,) mean standard score over the tasks that are left, pulled towards 0 where few."""


def questions(
    tables: Mapping[str, pl.DataFrame], pool: str, *, most: int, seed: int
) -> Iterator[Question]:
    """One question per held-out task and cap, for at most `most` tasks of a pool.

    A fifth of the twin groups at a time is held out: none of their scores is in what predicts them, nor in the
    misses that say how sure that is. tables: scores (comparable ones), tasks, models.
    Source: METHOD.md#good-enough
    """
    cells = candidates_of(cells_of(tables["scores"], tables["tasks"], tables["models"], pool), pool)
    if not cells.value.size:
        return
    rng = np.random.default_rng(seed)
    fold_of = twin_folds(cells, folds=_FOLDS, seed=seed)
    able = (
        (cells.per_task() >= MIN_MODELS)
        & cells.tasks["task_family"].is_not_null().to_numpy()
        & ~cells.tasks["is_aggregate"].fill_null(value=False).to_numpy()
    )
    chosen = set(rng.permutation(np.flatnonzero(able))[:most].tolist())
    shared = likeness_among(build_index(tables["tasks"]), cells.tasks)
    by_model = model_kernel(cells)
    for k in range(_FOLDS):
        asked = sorted(chosen & set(np.flatnonzero(fold_of == k).tolist()))
        if asked:
            fold = _without(cells, fold_of != k, (shared, by_model), pool)
            for task in asked:
                yield from _asked(cells, fold, task)


def _without(
    cells: Cells,
    inside: NDArray[np.bool_],
    kernels: tuple[NDArray[np.float64], NDArray[np.float64]],
    pool: str,
) -> _Fold:
    seen = cells.only(inside[cells.col])
    shared, by_model = kernels
    fitted = fit_unseen(seen, shared, by_model)
    trial = try_unseen(seen, shared, by_model)
    misses = np.full(cells.shape, np.nan)
    misses[seen.row, seen.col] = np.where(fitted.usable[seen.col], trial.miss, np.nan)
    scale = fitted.scale
    facts = cells.models.select("n_parameters", "kind").iter_rows()
    table = widths(seen, pool, trial)
    labels = table.select("group", "label").unique()
    found = multipliers(table, level=LEVEL).join(labels, on="group").drop_nulls()
    return _Fold(
        pool=pool,
        cells=seen,
        shared=shared,
        fitted=fitted,
        misses=misses,
        points=miss_points(trial, seen),
        widths=dict(found.select("label", "multiplier").iter_rows()),
        sizes=np.array([_size(n, kind or "other") for n, kind in facts]),
        candidate=(cells.models["kind"].fill_null("other") != "other").to_numpy(),
        standing=seen.per_model(scale.to_z(seen)) / (seen.per_model() + _SHRINK),
    )


def _size(n_parameters: int | None, kind: str) -> float:
    if size_class(n_parameters, kind) == "no neural model":
        return 0.0
    return float("inf") if n_parameters is None else float(n_parameters)


def _asked(cells: Cells, fold: _Fold, task: int) -> Iterator[Question]:
    held = cells.only(cells.col == task)
    column = fold.fitted.column(fold.shared[task])
    near = _neighbours(fold, task, column.nearest)
    if len(near) < MIN_SIMILAR:
        return
    columns = np.array([place for place, _ in near], dtype=np.intp)
    known = np.isfinite(fold.misses[np.ix_(held.row, columns)]).any(axis=1)
    able = fold.candidate[held.row] & known
    rows, actual = held.row[able], held.value[able]
    weights = np.array([weight for _, weight in near])
    spread = float(np.exp(nearness(weights) @ np.log(fold.fitted.scale.spread[columns])))
    everyone = missed(
        column.value[rows], spread, fold.misses[np.ix_(rows, columns)], weights, pool=fold.pool
    )
    family = cells.tasks["task_family"][task]
    unit = scale_at(fold.points[column.nearest], np.ones(len(column.nearest)))
    half = unit * fold.widths.get(family, fold.widths.get("all", np.inf))
    for cap in CAPS:
        under = np.flatnonzero(fold.sizes[rows] <= (np.inf if cap is None else cap))
        if len(under) < MIN_CANDIDATES:
            continue
        among = everyone.only(under)
        if among.decides.any(axis=0).sum() < MIN_SIMILAR:
            continue
        yield Question(
            task_id=cells.tasks["task_id"][task],
            cap=cap,
            scenarios=among,
            half=half,
            similarity=float(fold.shared[task][column.nearest[0]]),
            actual=actual[under],
            grounded=is_grounded(among),
            n_parameters=fold.sizes[rows][under],
            standing=fold.standing[rows][under],
        )


def _neighbours(fold: _Fold, task: int, nearest: NDArray[np.intp]) -> list[tuple[int, float]]:
    """(column, similarity) of the tasks that may speak for the held-out one."""
    measured = np.isfinite(fold.misses).sum(axis=0)
    alike = [(str(j), float(fold.shared[task, j])) for j in nearest.tolist()]
    kept = closest(alike, {str(j): int(measured[j]) for j in nearest.tolist()})
    return [(int(name), weight) for name, weight in kept if weight > 0]
