"""The estimates that the rest of the house asks for: a task, a new task, a list of cells, scenarios."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.intervals import check_level, multipliers
from advisor.estimate.surface import columns_of
from advisor.estimate.unseen_tables import new_column

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from advisor.estimate.surface import Read
    from advisor.tables.likeness import Wanted

__all__ = [
    "ESTIMATES", "estimates_for_new_task", "estimates_for_task", "fit", "predict_cells", "scenario_matrix",
]  # fmt: skip

ESTIMATES: Final = pl.Schema(
    {
        "model_id": pl.String,
        "value": pl.Float64,
        "lo": pl.Float64,
        "hi": pl.Float64,
        "level": pl.Float64,
        "basis": pl.String,
        "n_evidence": pl.Int64,
    }
)
"""value, lo, hi: fractions on the task's main score. n_evidence: 1 for a measured cell, else the model's measured
cells in the pool."""

_SD_LEVEL = 0.68
"""A multiplier at this level turns a scale into something like a standard deviation."""


def fit(
    scores: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame, *, seed: int = 0
) -> dict[str, pl.DataFrame]:
    """The tables that the functions below read, by name: see `advisor.estimate.fit.fit`."""
    from advisor.estimate.fit import (
        fit as fit_pools,
    )  # answering does not pay for what fitting imports

    return fit_pools(scores, tasks, models, seed=seed)


def estimates_for_task(
    read: Read, task_id: str, model_ids: Sequence[str] | None, *, level: float = 0.90
) -> pl.DataFrame:
    """ESTIMATES of every model of the task's pool (or of those named), sorted by model_id.

    Measured where measured, else interpolated. Empty for a task that nobody measured: use
    `estimates_for_new_task`. Raises: BadInput: level outside (0, 1).
    """
    cells = columns_of(read, [task_id], model_ids)
    return _with_intervals(read, cells, level=level).select(list(ESTIMATES)).sort("model_id")


def estimates_for_new_task(
    read: Read,
    wanted: Wanted,
    pool: str,
    neighbours: Sequence[tuple[str, float]],
    *,
    level: float = 0.90,
) -> pl.DataFrame:
    """ESTIMATES, basis "extrapolated", of every candidate of the pool on a task nobody measured.

    wanted: what the task is compared by; its family chooses the widths. neighbours: (task_id, similarity 0 to 1) of
    the measured tasks most like it. Empty when none of them was measured. Raises: BadInput: level outside (0, 1).
    """
    check_level(level)
    column = new_column(read, wanted, pool, neighbours)
    if column is None:
        return ESTIMATES.to_frame()
    names = [name for name, _ in neighbours]
    bounds = (
        read("task_bounds")
        .filter(pl.col("task_id").is_in(names), pl.col("pool") == pool)
        .select(pl.col("lower").min(), pl.col("upper").max())
    )
    frame = pl.DataFrame({"model_id": column.model_ids, "value": column.value})
    multiplier = _width(read, pool, wanted.family or "", level)
    if multiplier is not None:
        multiplier *= far_factor(read, pool, max(alike for _, alike in neighbours))
    joined = (
        frame.with_columns(
            pool=pl.lit(pool),
            half=pl.lit(None if multiplier is None else multiplier * column.scale, pl.Float64),
        )
        .join(bounds.collect(), how="cross")
        .join(_evidence(read), on=["pool", "model_id"], how="left")
    )
    return (
        _clipped(joined, level)
        .with_columns(basis=pl.lit("extrapolated"), n_evidence=pl.col("n_evidence").fill_null(0))
        .select(pl.col(c).cast(t) for c, t in ESTIMATES.items())
        .sort("model_id")
    )


def scenario_matrix(
    read: Read, neighbours: Sequence[tuple[str, float]], model_ids: Sequence[str]
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Scores of `model_ids` (rows, in order) on the measured neighbour tasks, each a way the task may turn out.

    Returns the task ids in the order of `neighbours`, (models, tasks) values, NaN where the model is of another
    pool, and (models, tasks) standard deviations: of the noise of a measured score, of the error of a predicted one.
    """
    cells = columns_of(read, [task for task, _ in neighbours], model_ids)
    sizes = multipliers(read("interval_quantiles").collect(), level=_SD_LEVEL)
    cells = cells.join(sizes, on=["pool", "group"], how="left").with_columns(
        sd=pl.when("measured").then("scale").otherwise(pl.col("scale") * pl.col("multiplier"))
    )
    present = set(cells["task_id"].unique())
    tasks = [task for task, _ in dict(neighbours).items() if task in present]
    values = np.full((len(model_ids), len(tasks)), np.nan)
    spreads = np.full((len(model_ids), len(tasks)), np.nan)
    row = {name: i for i, name in enumerate(model_ids)}
    column = {name: j for j, name in enumerate(tasks)}
    at = (
        cells["model_id"].replace_strict(row, return_dtype=pl.Int64).to_numpy(),
        cells["task_id"].replace_strict(column, return_dtype=pl.Int64).to_numpy(),
    )
    values[at] = cells["value"].to_numpy()
    spreads[at] = cells["sd"].to_numpy()
    return tasks, values, spreads


def predict_cells(
    read: Read,
    cells: pl.DataFrame,
    *,
    describe: Callable[[str], tuple[Wanted, str, list[tuple[str, float]]]],
    level: float = 0.90,
) -> tuple[pl.DataFrame, list[str]]:
    """The same rows in the same order with value, lo, hi, level, basis, n_evidence; and the unknown names.

    cells: columns model_id, task_id (others are kept). describe: a catalogued task that nobody measured -> what
    it is compared by, its pool, and its most alike measured tasks. Rows with an unknown name, or a model of another pool than the task's, are null.
    Raises: BadInput: level outside (0, 1).
    """
    check_level(level)
    known_models = set(read("models").select("model_id").collect()["model_id"])
    known_models |= set(read("pool_models").select("model_id").collect()["model_id"])
    families = dict(read("tasks").select("task_id", "task_family").collect().rows())
    asked = cells.select("model_id", "task_id").unique(maintain_order=True)
    tasks = [t for t in asked["task_id"].unique(maintain_order=True) if t in families]
    measured = set(read("task_bounds").filter(pl.col("task_id").is_in(tasks)).collect()["task_id"])
    parts = [_asked_cells(read, asked, [t for t in tasks if t in measured], level)]
    for task in tasks:
        if task not in measured:
            wanted, pool, neighbours = describe(task)
            found = estimates_for_new_task(read, wanted, pool, neighbours, level=level)
            parts.append(found.with_columns(task_id=pl.lit(task)))
    estimates = pl.concat([p.select("task_id", *ESTIMATES) for p in parts])
    joined = cells.join(estimates, on=["model_id", "task_id"], how="left", maintain_order="left")
    unknown = [m for m in asked["model_id"].unique(maintain_order=True) if m not in known_models]
    unknown += [t for t in asked["task_id"].unique(maintain_order=True) if t not in families]
    return joined.with_columns(level=pl.lit(level)), unknown


_TASKS_AT_ONCE = 50


def _asked_cells(read: Read, asked: pl.DataFrame, tasks: list[str], level: float) -> pl.DataFrame:
    """Estimates of the asked cells of measured tasks, a few tasks at a time to bound memory."""
    found = [ESTIMATES.to_frame().with_columns(task_id=pl.lit("")).clear()]
    for start in range(0, len(tasks), _TASKS_AT_ONCE):
        part = asked.filter(pl.col("task_id").is_in(tasks[start : start + _TASKS_AT_ONCE]))
        cells = columns_of(read, part["task_id"].to_list(), part["model_id"].unique().to_list())
        cells = cells.join(part, on=["model_id", "task_id"], how="semi")
        found.append(_with_intervals(read, cells, level=level))
    return pl.concat([f.select("task_id", *ESTIMATES) for f in found])


def _with_intervals(read: Read, cells: pl.DataFrame, *, level: float) -> pl.DataFrame:
    """COLUMNS rows -> the same cells with ESTIMATES columns beside task_id."""
    sizes = multipliers(read("interval_quantiles").collect(), level=level)
    tasks = cells["task_id"].unique().to_list()
    bounds = read("task_bounds").filter(pl.col("task_id").is_in(tasks)).drop("pool").collect()
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    joined = (
        cells.join(sizes, on=["pool", "group"], how="left")
        .join(bounds, on="task_id", how="left")
        .join(_evidence(read), on=["pool", "model_id"], how="left")
        .with_columns(
            half=pl.when("measured")
            .then(pl.col("scale") * z)
            .otherwise(pl.col("scale") * pl.col("multiplier")),
            n_evidence=pl.when("measured").then(1).otherwise(pl.col("n_evidence").fill_null(0)),
            basis=pl.when("measured").then(pl.lit("measured")).otherwise(pl.lit("interpolated")),
        )
    )
    return _clipped(joined, level).select(
        "task_id", *(pl.col(c).cast(t) for c, t in ESTIMATES.items())
    )


def _clipped(frame: pl.DataFrame, level: float) -> pl.DataFrame:
    """value, lo and hi inside the metric's range; the whole range where no finite width is honest."""
    value = pl.col("value").clip(pl.col("lower"), pl.col("upper"))
    lo = pl.max_horizontal(value - pl.col("half"), "lower")
    hi = pl.min_horizontal(value + pl.col("half"), "upper")
    return frame.with_columns(
        value=value,
        lo=pl.when(pl.col("half").is_null()).then("lower").otherwise(lo),
        hi=pl.when(pl.col("half").is_null()).then("upper").otherwise(hi),
        level=pl.lit(level),
    )


def _evidence(read: Read) -> pl.DataFrame:
    return read("pool_models").collect().rename({"n_measured": "n_evidence"})


def far_factor(read: Read, pool: str, similarity: float) -> float:
    """The factor on the widths of a task whose nearest measured one is this alike; 1 unless it is far."""
    row = read("distance").filter(pl.col("pool") == pool, pl.col("threshold") >= similarity)
    found = row.collect()["wider"]
    return float(found[0]) if len(found) else 1.0


def _width(read: Read, pool: str, family: str, level: float) -> float | None:
    """Half an interval in units of the scale, for a task of `family` that nobody measured; null: none is honest."""
    table = read("new_task_quantiles").filter(pl.col("pool") == pool).collect()
    labels = dict(table.select("label", "group").unique().rows())
    found = dict(multipliers(table, level=level).select("group", "multiplier").rows())
    own = found.get(labels.get(family, 0))
    width: float | None = own if own is not None else found.get(0)
    return width
