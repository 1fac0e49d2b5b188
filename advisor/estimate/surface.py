"""Reads the fitted tables of a snapshot: any tasks' full columns, measured where measured, else predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.tables.measured import measured_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Read = Callable[[str], pl.LazyFrame]
    """Gives a lazy frame over one table of a snapshot, by name."""

REMEASURED_SD: Final = {"embedding": 0.011, "tabular": 0.01, "language-model": 0.01}
"""Fractions: how far a score moves when the same model runs the same task again, where the score itself does not
say. Embedding: median standard deviation of the 37 (model, task) pairs that MTEB holds in two revisions; the others:
a point, the order of repeated Open LLM Leaderboard runs (mean 0.5, v2 1.2). Source: METHOD.md#measured"""

COLUMNS: Final = pl.Schema(
    {
        "model_id": pl.String,
        "task_id": pl.String,
        "pool": pl.String,
        "value": pl.Float64,
        "scale": pl.Float64,
        "group": pl.UInt8,
        "measured": pl.Boolean,
    }
)
"""scale: for a measured cell the standard deviation of its noise, for a predicted one the unit of `multiplier`."""


def columns_of(
    read: Read, task_ids: Sequence[str], model_ids: Sequence[str] | None = None
) -> pl.DataFrame:
    """COLUMNS rows of all models (or those named) on the named tasks, sorted by task and model.

    A task that nobody measured has no rows, nor has a model that is in none of the task's pool.
    """
    wanted = list(dict.fromkeys(task_ids))
    pools = read("task_bounds").filter(pl.col("task_id").is_in(wanted)).select("task_id", "pool")
    known = pools.collect()
    measured = _measured(read, known, model_ids)
    factored = known.filter(pl.col("pool") == "language-model")
    predicted = [_gridded(read, known.filter(pl.col("pool") != "language-model"), model_ids)]
    if factored.height:
        predicted.append(_factored(read, factored, model_ids))
    holes = pl.concat(predicted).join(measured, on=["model_id", "task_id"], how="anti")
    return pl.concat([measured, holes]).sort("task_id", "model_id")


def _among(model_ids: Sequence[str] | None) -> pl.Expr:
    return pl.lit(value=True) if model_ids is None else pl.col("model_id").is_in(list(model_ids))


def _measured(read: Read, known: pl.DataFrame, model_ids: Sequence[str] | None) -> pl.DataFrame:
    found = (
        measured_scores(read)
        .filter(pl.col("task_id").is_in(known["task_id"].to_list()), pl.col("value").is_not_null())
        .filter(_among(model_ids))
        .select("model_id", "task_id", "value", "stderr", "n_items")
        .collect()
        .join(known, on="task_id")
    )
    return found.select(
        "model_id",
        "task_id",
        "pool",
        "value",
        scale=measured_sd(),
        group=pl.lit(0, dtype=pl.UInt8),
        measured=pl.lit(value=True),
    )


def measured_sd() -> pl.Expr:
    """Standard deviation of a measured score's noise, from value, stderr, n_items and pool.

    The stated standard error; else, for a language model's score between 0 and 1 over n items, that of a share of
    n (one half counted as right or wrong keeps it above 0); else REMEASURED_SD. MTEB's n_items count documents
    as well as questions, so they say nothing about the noise. Source: METHOD.md#measured
    """
    share = (pl.col("value") * pl.col("n_items") + 0.5) / (pl.col("n_items") + 1.0)
    binomial = (share * (1.0 - share) / pl.col("n_items")).sqrt()
    is_share = (
        (pl.col("pool") == "language-model")
        & pl.col("value").is_between(0.0, 1.0)
        & (pl.col("n_items") > 0)
    )
    usual = pl.col("pool").replace_strict(REMEASURED_SD, default=0.01, return_dtype=pl.Float64)
    stated = pl.when(pl.col("stderr") > 0).then(pl.col("stderr"))
    return pl.coalesce(stated, pl.when(is_share).then(binomial), usual)


def _gridded(read: Read, known: pl.DataFrame, model_ids: Sequence[str] | None) -> pl.DataFrame:
    if known.is_empty():
        return COLUMNS.to_frame()
    return (
        read("grid")
        .filter(pl.col("task_id").is_in(known["task_id"].to_list()))
        .filter(_among(model_ids))
        .collect()
        .join(known, on="task_id")
        .select(
            "model_id",
            "task_id",
            "pool",
            pl.col("value").cast(pl.Float64),
            pl.col("scale").cast(pl.Float64),
            "group",
            measured=pl.lit(value=False),
        )
    )


def _factored(read: Read, known: pl.DataFrame, model_ids: Sequence[str] | None) -> pl.DataFrame:
    tasks = (
        read("lm_task_factors")
        .filter(pl.col("task_id").is_in(known["task_id"].to_list()))
        .collect()
    )
    models = read("lm_model_factors").filter(_among(model_ids)).collect()
    rank = sum(name.startswith("w") for name in tasks.columns)
    weights = tasks.select(f"w{i}" for i in range(rank)).to_numpy()
    traits = models.select(f"t{i}" for i in range(rank)).to_numpy()
    unsure = models.select(f"u{i}" for i in range(rank)).to_numpy()
    facts = {name: tasks[name].to_numpy() for name in ("centre", "spread", "noise", "level")}
    z = (traits @ weights.T + facts["level"]).astype(np.float64)
    doubt = (unsure @ (weights**2).T + facts["noise"]).astype(np.float64)
    n_models, n_tasks = z.shape
    return pl.DataFrame(
        {
            "model_id": models["model_id"].gather(np.repeat(np.arange(n_models), n_tasks)),
            "task_id": tasks["task_id"].gather(np.tile(np.arange(n_tasks), n_models)),
            "pool": "language-model",
            "value": (facts["centre"] + facts["spread"] * z).ravel(),
            "scale": (facts["spread"] * np.sqrt(doubt)).ravel(),
            "group": np.tile(tasks["group"].to_numpy(), n_models),
            "measured": False,
        },
        schema=COLUMNS,
    )
