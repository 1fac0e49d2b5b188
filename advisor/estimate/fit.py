"""Everything that `recommend` reads at start-up, fitted once when a snapshot is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.cell import PoolFit, fit_pool, fold_of
from advisor.estimate.factors import fit_factors
from advisor.estimate.intervals import QUANTILES, group_numbers, multipliers, quantile_table
from advisor.estimate.matrix import Cells, cells_of, limits
from advisor.estimate.unseen_tables import EMPTY, unseen_tables
from advisor.tables.task_words import build_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRID_POOLS: Final = ("embedding", "tabular")
FACTOR_POOL: Final = "language-model"
POOLS: Final = (*GRID_POOLS, FACTOR_POOL)

GRID: Final = pl.Schema(
    {
        "task_id": pl.String,
        "model_id": pl.String,
        "value": pl.Float32,
        "scale": pl.Float32,
        "group": pl.UInt8,
    }
)
"""One predicted cell a row, sorted by task_id then model_id; measured cells are not in it."""

BOUNDS: Final = pl.Schema(
    {"task_id": pl.String, "pool": pl.String, "lower": pl.Float64, "upper": pl.Float64}
)
POOL_MODELS: Final = pl.Schema({"pool": pl.String, "model_id": pl.String, "n_measured": pl.Int32})

FEW: Final = 10
"""Measured tasks below which a model counts as little known."""
_GRID_DIGITS = 4
_FACTOR_DIGITS = 3
_FACTOR_FOLDS = 5


def fit(
    scores: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame, *, seed: int = 0
) -> dict[str, pl.DataFrame]:
    """Artefact tables by name, for the snapshot: see `advisor.estimate.predict` for their readers.

    scores, tasks, models: SCORES, TASKS, SHIPPED_MODELS. Pools are fitted apart. Needs the build extra.
    """
    made: dict[str, list[pl.DataFrame]] = {}
    index = build_index(tasks)
    for pool in POOLS:
        cells = cells_of(scores, tasks, models, pool)
        if cells.value.size:
            for name, frame in fit_one(cells, pool, index, seed=seed).items():
                made.setdefault(name, []).append(frame)
    empty = {
        "grid": GRID, "task_bounds": BOUNDS, "pool_models": POOL_MODELS, "interval_quantiles": QUANTILES,
        "lm_model_factors": _factor_schema("model_id"),
        "lm_task_factors": _factor_schema("task_id"), **EMPTY,
    }  # fmt: skip
    tables = {
        name: pl.concat(made[name]) if name in made else schema.to_frame()
        for name, schema in empty.items()
    }
    tables["grid"] = tables["grid"].sort("task_id", "model_id")
    return tables


def fit_one(cells: Cells, pool: str, index: pl.DataFrame, *, seed: int) -> dict[str, pl.DataFrame]:
    """The artefact tables of one pool."""
    common = {
        "task_bounds": _bounds(cells, pool),
        "pool_models": pl.DataFrame(
            {
                "pool": pool,
                "model_id": cells.models["model_id"],
                "n_measured": cells.per_model().astype(np.int32),
            },
            schema=POOL_MODELS,
        ),
    } | unseen_tables(cells, pool, index, seed=seed)
    return common | (_factors(cells, seed) if pool == FACTOR_POOL else _grid(cells, pool, seed))


def _grid(cells: Cells, pool: str, seed: int) -> dict[str, pl.DataFrame]:
    fitted = fit_pool(cells, seed=seed)
    quantiles, _ = cell_widths(fitted, pool, cells)
    n_models, n_tasks = cells.shape
    hole = np.ones((n_tasks, n_models), dtype=np.bool_)
    hole[cells.col, cells.row] = False
    col, row = np.nonzero(hole)
    labels = group_labels(cells, col, cells.per_model()[row])
    grid = pl.DataFrame(
        {
            "task_id": cells.tasks["task_id"].gather(col),
            "model_id": cells.models["model_id"].gather(row),
            "value": fitted.value[row, col].round(_GRID_DIGITS),
            "scale": np.maximum(fitted.scale[row, col].round(_GRID_DIGITS), 10.0**-_GRID_DIGITS),
            "group": group_numbers(quantiles, labels),
        },
        schema=GRID,
    )
    return {"grid": grid, "interval_quantiles": quantiles}


def group_labels(
    cells: Cells, col: NDArray[np.intp], seen: NDArray[np.float64]
) -> list[str | None]:
    """The group that each cell's width is learned in: its task's family, unless its model is little known.

    seen: how many measured cells of the cell's model the prediction rests on.
    """
    families = cells.tasks["task_family"].to_list()
    few = [f"model measured on under {FEW} tasks", "model never measured"]
    return [
        few[int(n == 0)] if n < FEW else families[j]
        for j, n in zip(col.tolist(), seen.tolist(), strict=True)
    ]


def cell_widths(fitted: PoolFit, pool: str, asked: Cells) -> tuple[pl.DataFrame, list[str | None]]:
    """QUANTILES from the fit's own held-out cells, and the group label of each asked cell."""
    cells, trial = fitted.cells, fitted.trial
    ratios = np.abs(cells.value[trial.cell] - trial.value) / trial.scale
    quantiles = quantile_table(pool, ratios, group_labels(cells, cells.col[trial.cell], trial.seen))
    return quantiles, group_labels(cells, asked.col, cells.per_model()[asked.row])


def factor_ratios(cells: Cells, *, seed: int) -> NDArray[np.float64]:
    """(cells,) held-out |error| over predicted standard deviation, each cell left out once."""
    fold = fold_of(cells, folds=_FACTOR_FOLDS, seed=seed)
    ratios = np.empty(cells.value.size)
    lower, upper = limits(cells)
    for k in range(_FACTOR_FOLDS):
        out = fold == k
        value, sd = fit_factors(cells.only(~out)).predict(cells.row[out], cells.col[out])
        value = np.clip(value, lower[cells.col[out]], upper[cells.col[out]])
        ratios[out] = np.abs(cells.value[out] - value) / sd
    return ratios


def factor_widths(seen: Cells, *, seed: int, asked: Cells, level: float) -> NDArray[np.float64]:
    """(asked cells,) how many predicted standard deviations wide each half-interval is; infinity if none is honest."""
    families = seen.tasks["task_family"].to_list()
    quantiles = quantile_table(
        FACTOR_POOL, factor_ratios(seen, seed=seed), [families[j] for j in seen.col]
    )
    size = dict(multipliers(quantiles, level=level).select("group", "multiplier").rows())
    groups = group_numbers(quantiles, [families[j] for j in asked.col]).tolist()
    return np.array([size[g] if size[g] is not None else np.inf for g in groups])


def _factors(cells: Cells, seed: int) -> dict[str, pl.DataFrame]:
    ratios = factor_ratios(cells, seed=seed)
    families = cells.tasks["task_family"].to_list()
    quantiles = quantile_table(FACTOR_POOL, ratios, [families[j] for j in cells.col])
    fitted = fit_factors(cells)
    task_table = pl.DataFrame(
        {
            "task_id": cells.tasks["task_id"],
            "group": group_numbers(quantiles, families),
            "centre": fitted.scale.centre.astype(np.float32),
            "spread": fitted.scale.spread.astype(np.float32),
            "noise": fitted.noise.astype(np.float32),
            "level": fitted.loadings[:, 0].astype(np.float32),
            **_columns("w", fitted.loadings[:, 1:]),
        }
    )
    model_table = pl.DataFrame(
        {
            "model_id": cells.models["model_id"],
            **_columns("t", fitted.traits[:, 1:]),
            **_columns("u", fitted.unsure),
        }
    )
    return {
        "interval_quantiles": quantiles,
        "lm_task_factors": task_table,
        "lm_model_factors": model_table,
    }


def _columns(letter: str, table: NDArray[np.float64]) -> dict[str, NDArray[np.float32]]:
    rounded = table.round(_FACTOR_DIGITS).astype(np.float32)
    return {f"{letter}{i}": rounded[:, i] for i in range(table.shape[1])}


def _factor_schema(key: str) -> pl.Schema:
    return pl.Schema({key: pl.String})


def _bounds(cells: Cells, pool: str) -> pl.DataFrame:
    lower, upper = limits(cells)
    return pl.DataFrame(
        {"task_id": cells.tasks["task_id"], "pool": pool, "lower": lower, "upper": upper},
        schema=BOUNDS,
    )
