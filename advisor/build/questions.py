"""Held-out questions with known answers, asked just as a user asks: the tasks stand in for users' own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.core.ids import size_class
from advisor.estimate.goodness import Question
from advisor.estimate.matrix import Cells, cells_of, scale_of
from advisor.estimate.new_task import filled_table
from advisor.estimate.scenarios import closest
from advisor.stats.chances import Scenarios, is_grounded
from advisor.understand.similarity import nearest_to_task

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl
    from numpy.typing import NDArray

CAPS: Final = (50_000_000, 200_000_000, 500_000_000, 1_000_000_000, 6_000_000_000, None)
"""Size caps that each held-out task is asked under; None is no cap."""
MIN_MODELS: Final = 40
"""Models measured on a task before it can say who is best on it."""
MIN_CANDIDATES: Final = 10
FILLING_ERROR: Final = 0.45
"""Error of a filled hole in units of its task's spread: root mean square 0.44 and 0.42 on 8 % of the embedding and
language-model cells left out. On tables it is 1.1, by a few tasks with one wild method (0.44 for two in three cells)."""
MIN_SIMILAR: Final = 3
"""Similar tasks that a question needs."""
NEIGHBOURS: Final = 20
_FOLDS: Final = 5
_SHRINK: Final = 3.0
"""Tasks at the mean that a leaderboard mean is pulled by, so that one lucky task does not lead."""


@dataclass(frozen=True, kw_only=True)
class _Fold:
    """A pool's scores without a fifth of its tasks, holes filled without them."""

    cells: Cells
    values: NDArray[np.float64]
    """(models, tasks) measured where measured, else predicted; fractions."""
    spreads: NDArray[np.float64]
    """(tasks,) typical error of a predicted value."""
    measured: NDArray[np.bool_]
    candidate: NDArray[np.bool_]
    """(models,) may compete at all."""
    sizes: NDArray[np.float64]
    standing: NDArray[np.float64]
    """(models,) mean standard score over the tasks that are left, pulled towards 0 where few."""


def questions(
    tables: Mapping[str, pl.DataFrame], pool: str, *, most: int, seed: int
) -> Iterator[Question]:
    """One question per held-out task and cap, for at most `most` tasks of a pool.

    A fifth of the twin groups at a time is held out: none of their scores is in the scenarios, nor in
    what fills the holes. tables: scores, tasks, models (as a snapshot has them) and task_index.
    Source: METHOD.md#good-enough
    """
    cells = cells_of(tables["scores"], tables["tasks"], tables["models"], pool)
    rng = np.random.default_rng(seed)
    groups = cells.tasks["twin_group"].to_list()
    names = sorted(set(groups))
    place = dict(zip(names, rng.permutation(len(names)) % _FOLDS, strict=True))
    fold_of = np.array([place[group] for group in groups], dtype=np.intp)
    able = (
        (cells.per_task() >= MIN_MODELS)
        & cells.tasks["task_family"].is_not_null().to_numpy()
        & ~cells.tasks["is_aggregate"].fill_null(value=False).to_numpy()
    )
    chosen = set(rng.permutation(np.flatnonzero(able))[:most].tolist())
    for k in range(_FOLDS):
        fold = _without(cells, fold_of != k, pool, seed)
        for task in sorted(chosen & set(np.flatnonzero(fold_of == k).tolist())):
            yield from _asked(tables, cells, fold, task)


def _without(cells: Cells, inside: NDArray[np.bool_], pool: str, seed: int) -> _Fold:
    seen = cells.only(inside[cells.col])
    scale = scale_of(seen)
    measured = np.zeros(cells.shape, dtype=np.bool_)
    measured[seen.row, seen.col] = True
    models = cells.models
    verified = models["verified"].fill_null(value=True).to_numpy() | (pool != "language-model")
    facts = models.select("n_parameters", "kind").iter_rows()
    return _Fold(
        cells=seen,
        values=filled_table(seen, pool, seed=seed),
        spreads=FILLING_ERROR * scale.spread,
        measured=measured,
        candidate=verified & (models["kind"].fill_null("other") != "other").to_numpy(),
        sizes=np.array([_size(n, kind or "other") for n, kind in facts]),
        standing=seen.per_model(scale.to_z(seen)) / (seen.per_model() + _SHRINK),
    )


def _size(n_parameters: int | None, kind: str) -> float:
    if size_class(n_parameters, kind) == "no neural model":
        return 0.0
    return float("inf") if n_parameters is None else float(n_parameters)


def _asked(
    tables: Mapping[str, pl.DataFrame], cells: Cells, fold: _Fold, task: int
) -> Iterator[Question]:
    task_id = cells.tasks["task_id"][task]
    near = _neighbours(tables, fold, task_id)
    held = cells.only(cells.col == task)
    able = fold.candidate[held.row]
    if len(near) < MIN_SIMILAR:
        return
    columns = np.array([column for column, _ in near], dtype=np.intp)
    able &= fold.measured[np.ix_(held.row, columns)].any(axis=1)
    rows, actual = held.row[able], held.value[able]
    measured = fold.measured[np.ix_(rows, columns)]
    everyone = Scenarios(
        values=fold.values[np.ix_(rows, columns)],
        spreads=np.where(measured, 0.0, fold.spreads[columns]),
        decides=measured,
        weights=np.array([weight for _, weight in near]),
    )
    for cap in CAPS:
        under = np.flatnonzero(fold.sizes[rows] <= (np.inf if cap is None else cap))
        among = everyone.only(under)
        if len(under) < MIN_CANDIDATES or among.decides.any(axis=0).sum() < MIN_SIMILAR:
            continue
        yield Question(
            task_id=task_id,
            cap=cap,
            scenarios=among,
            actual=actual[under],
            grounded=is_grounded(among),
            n_parameters=fold.sizes[rows][under],
            standing=fold.standing[rows][under],
        )


def _neighbours(
    tables: Mapping[str, pl.DataFrame], fold: _Fold, task_id: str
) -> list[tuple[int, float]]:
    """(column, similarity) of the tasks most like the held-out one whose scores this fold still has."""
    column = {name: j for j, name in enumerate(fold.cells.tasks["task_id"])}
    visible = np.count_nonzero(fold.measured, axis=0) > 0
    found = nearest_to_task(lambda name: tables[name].lazy(), task_id, k=4 * NEIGHBOURS)
    count: NDArray[np.intp] = fold.measured[fold.candidate].sum(axis=0)
    near = [(n.task_id, n.similarity) for n in found if n.task_id in column]
    near = [(name, weight) for name, weight in near if visible[column[name]]][:NEIGHBOURS]
    n_models = dict(zip(fold.cells.tasks["task_id"], count.tolist(), strict=True))
    kept = closest(near, n_models)
    return [(column[name], weight) for name, weight in kept if weight > 0]
