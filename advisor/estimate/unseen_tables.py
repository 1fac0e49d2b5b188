"""The prediction of new tasks as tables of a snapshot, and a new task's column read from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.intervals import QUANTILES, quantile_table
from advisor.estimate.matrix import Cells
from advisor.estimate.surface import columns_of
from advisor.estimate.unseen import (
    Trial,
    Unseen,
    fit_unseen,
    model_kernel,
    nearness,
    try_unseen,
    typical_miss,
)
from advisor.tables.likeness import likeness, likeness_among

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.estimate.surface import Read
    from advisor.tables.likeness import Wanted

UNSEEN_TASKS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        "pool": pl.String,
        "task_id": pl.String,
        "centre": pl.Float64,
        "spread": pl.Float64,
        "miss": pl.Float64,
        "step": pl.Float64,
        "weights": pl.Binary,
        "task_family": pl.String,
        "languages": pl.List(pl.String),
        "domains": pl.List(pl.String),
    }
)
"""One task a row. centre, spread: of its scores over models, fractions. miss: root mean square error (fraction) of its
scores when it was predicted as if new, null where not tried. weights x step: one 16-bit integer (little-endian) per
model of UNSEEN_MODELS, in that order; a new task's standings are the sum over tasks of likeness x weights. Twelve bits a weight
move a standing by 0.003 spreads (standard deviation), 0.014 at most."""

UNSEEN_MODELS: Final = pl.Schema({"pool": pl.String, "model_id": pl.String})
"""The models that a new task is predicted for, in the order of the weights."""

UNSEEN_MISSES: Final = pl.Schema({"task_id": pl.String, "model_id": pl.String, "miss": pl.Float32})
"""Measured less predicted as if new, in spreads of the task as it was guessed; tasks that can stand for others."""

EMPTY: Final = {
    "unseen_tasks": UNSEEN_TASKS,
    "unseen_models": UNSEEN_MODELS,
    "unseen_misses": UNSEEN_MISSES,
    "new_task_quantiles": QUANTILES,
}
_MISS_DIGITS = 3
_STEPS = 2_000
_CODE = np.dtype("<i2")
_FEW: Final = 0.05
"""Fractions: the typical miss where none of the nearest tasks was tried."""


def candidates_of(cells: Cells, pool: str) -> Cells:
    """The cells of the models that may compete: in the language-model pool, those that somebody vouches for."""
    if pool != "language-model":
        return cells
    models = cells.models
    able = (
        models["verified"].fill_null(value=True) & (models["kind"].fill_null("other") != "other")
    ).to_numpy()
    place = np.cumsum(able) - 1
    kept = able[cells.row]
    return Cells(
        models=models.filter(pl.Series(able)),
        tasks=cells.tasks,
        row=place[cells.row[kept]],
        col=cells.col[kept],
        value=cells.value[kept],
        share=cells.share[kept],
    )


def unseen_tables(
    cells: Cells, pool: str, index: pl.DataFrame, *, seed: int
) -> dict[str, pl.DataFrame]:
    """The tables of EMPTY for one pool; no rows when there are no cells. index: the catalogue's task_index."""
    cells = candidates_of(cells, pool)
    if not cells.value.size:
        return {name: schema.to_frame() for name, schema in EMPTY.items()}
    shared, by_model = likeness_among(index, cells.tasks), model_kernel(cells)
    fitted = fit_unseen(cells, shared, by_model)
    trial = try_unseen(cells, shared, by_model, seed=seed)
    return {
        "unseen_tasks": _tasks(cells, pool, fitted, miss_points(trial, cells)),
        "unseen_models": cells.models.select(pl.lit(pool).alias("pool"), "model_id"),
        "unseen_misses": _misses(cells, fitted, trial),
        "new_task_quantiles": widths(cells, pool, trial),
    }


def miss_points(trial: Trial, cells: Cells) -> NDArray[np.float64]:
    """(tasks,) root mean square error of each tried task as a fraction; NaN where not tried."""
    return typical_miss(trial, cells) * trial.spread


def scale_at(miss: NDArray[np.float64], near: NDArray[np.float64]) -> float:
    """The unit of a new task's widths: root of the typical error (fraction) on its nearest tasks.

    The root, because a task's own error is only half as far from the pool's as its neighbours' are.
    miss, near: (k,), NaN where a neighbour was not tried. Source: METHOD.md#intervals
    """
    tried = np.isfinite(miss)
    mass = float(near[tried].sum())
    typical = float(np.sqrt(near[tried] @ miss[tried] ** 2 / mass)) if mass > 0 else _FEW
    return float(np.sqrt(max(typical, 0.25 * _FEW)))


def widths(cells: Cells, pool: str, trial: Trial) -> pl.DataFrame:
    """QUANTILES of |error| / scale_at over the tried cells, by task family."""
    miss = miss_points(trial, cells)
    unit = np.ones(cells.shape[1])
    for task, (nearest, near) in trial.nearest.items():
        unit[task] = scale_at(miss[nearest], np.full(len(near), 1.0))
    tried = np.flatnonzero(np.isfinite(trial.miss))
    col = cells.col[tried]
    ratio = np.abs(trial.miss[tried]) * trial.spread[col] / unit[col]
    families = cells.tasks["task_family"].to_list()
    return quantile_table(pool, ratio, [families[j] for j in col.tolist()])


def _tasks(cells: Cells, pool: str, fitted: Unseen, miss: NDArray[np.float64]) -> pl.DataFrame:
    weights = fitted.weights.T
    step = np.maximum(np.abs(weights).max(axis=1), 1e-12) / _STEPS
    codes = np.round(weights / step[:, None]).astype(_CODE)
    measured = cells.per_task() > 0
    return pl.DataFrame(
        {
            "pool": pool,
            "task_id": cells.tasks["task_id"],
            "centre": fitted.scale.centre,
            "spread": fitted.scale.spread,
            "miss": pl.Series(miss).fill_nan(None),
            "step": step.astype(np.float64),
            "weights": pl.Series([row.tobytes() for row in codes], dtype=pl.Binary),
            **{name: cells.tasks[name] for name in ("task_family", "languages", "domains")},
        },
        schema=UNSEEN_TASKS,
    ).filter(pl.Series(measured))


def _misses(cells: Cells, fitted: Unseen, trial: Trial) -> pl.DataFrame:
    kept = np.flatnonzero(np.isfinite(trial.miss) & fitted.usable[cells.col])
    return pl.DataFrame(
        {
            "task_id": cells.tasks["task_id"].gather(cells.col[kept]),
            "model_id": cells.models["model_id"].gather(cells.row[kept]),
            "miss": trial.miss[kept].round(_MISS_DIGITS),
        },
        schema=UNSEEN_MISSES,
    ).sort("task_id", "model_id")


@dataclass(frozen=True, kw_only=True)
class NewColumn:
    """A new task's predicted scores, one per model of its pool."""

    model_ids: list[str]
    value: NDArray[np.float64]
    """(models,) fractions."""
    spread: float
    """Of the task over models, as guessed from the nearest tasks, a fraction."""
    scale: float
    """The unit of the widths."""


def new_column(
    read: Read, wanted: Wanted, pool: str, neighbours: Sequence[tuple[str, float]]
) -> NewColumn | None:
    """The column of a task nobody measured, None where no neighbour is measured in the pool.

    wanted: what the task is compared by. neighbours: (task_id, likeness) of the measured tasks most like it. The
    arithmetic is that of `Unseen.column`, with the snapshot's own predictions where a standing was not measured. Source: METHOD.md#new-task
    """
    tasks = read("unseen_tasks").filter(pl.col("pool") == pool).collect()
    place = {name: i for i, name in enumerate(tasks["task_id"])}
    kept = [(name, alike) for name, alike in neighbours if name in place]
    if not kept:
        return None
    models = read("unseen_models").filter(pl.col("pool") == pool).collect()["model_id"].to_list()
    shared = likeness(read("task_index"), wanted, tasks)
    codes = np.frombuffer(b"".join(tasks["weights"].to_list()), dtype=_CODE)
    process = (shared * tasks["step"].to_numpy()).astype(np.float32) @ codes.reshape(
        tasks.height, len(models)
    ).astype(np.float32)
    near = nearness(np.array([alike for _, alike in kept]))
    at = [place[name] for name, _ in kept]
    centre, spread = tasks["centre"].to_numpy()[at], tasks["spread"].to_numpy()[at]
    standing = _standings(read, [name for name, _ in kept], models, centre, spread)
    own = float(np.exp(near @ np.log(spread)))
    value = float(near @ centre) + own * (0.5 * process + 0.5 * (standing @ near))
    miss = tasks["miss"].cast(pl.Float64).fill_null(np.nan).to_numpy()[at]
    return NewColumn(
        model_ids=models, value=value, spread=own, scale=scale_at(miss, np.ones(len(at)))
    )


def _standings(
    read: Read,
    tasks: list[str],
    models: list[str],
    centre: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(models, tasks) standardised scores, measured or predicted; 0, the middle, where there is neither."""
    cells = columns_of(read, tasks, models)
    row = {name: i for i, name in enumerate(models)}
    column = {name: j for j, name in enumerate(tasks)}
    table = np.full((len(models), len(tasks)), np.nan)
    at = (
        cells["model_id"].replace_strict(row, return_dtype=pl.Int64).to_numpy(),
        cells["task_id"].replace_strict(column, return_dtype=pl.Int64).to_numpy(),
    )
    table[at] = cells["value"].to_numpy()
    standing: NDArray[np.float64] = np.nan_to_num((table - centre) / spread)
    return standing
