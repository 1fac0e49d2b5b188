"""New-task protocol: tasks are hidden whole, twins too, and a model is picked for each from what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.baselines import PICK_RULES
from advisor.estimate.intervals import multipliers
from advisor.estimate.matrix import Cells, cells_of
from advisor.estimate.unseen import fit_unseen, model_kernel, try_unseen
from advisor.estimate.unseen_tables import candidates_of, miss_points, scale_at, widths
from advisor.tables.likeness import likeness_among
from advisor.tables.task_words import build_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

CAPS: Final = (50_000_000, 200_000_000, 500_000_000, 1_000_000_000, 6_000_000_000, None)
"""Largest allowed parameter counts; None is no limit."""
TASK_LEAST: Final = 60
TASKS: Final = 60
CANDIDATES_LEAST: Final = 2
"""Models measured on the task under the cap that make a question of it."""

REGRET_FACTS: Final = {
    "regret_mean_points": pl.col("regret_points").mean(),
    "regret_median_points": pl.col("regret_points").median(),
    "regret_worst_points": pl.col("regret_points").max(),
    "within_1_point": (pl.col("regret_points") <= 1.0).mean(),
}
"""What the regrets of many picks are summed up by."""

PICKS: Final = pl.Schema(
    {
        "task_id": pl.String, "task_family": pl.String, "cap": pl.Int64, "rule": pl.String, "model_id": pl.String,
        "regret_points": pl.Float64, "n_models": pl.Int64, "covered": pl.Float64, "level": pl.Float64,
    }
)  # fmt: skip
"""One question and rule a row. regret_points: the best measured score under the cap less the pick's. covered:
share of the question's models whose score lay inside its interval; null for rules without intervals."""


@dataclass(frozen=True, kw_only=True)
class _Hidden:
    """One hidden task: who was measured on it, how they did, and what was estimated."""

    task_id: str
    family: str | None
    models: NDArray[np.intp]
    actual: NDArray[np.float64]
    value: NDArray[np.float64]
    half: NDArray[np.float64]


def new_task_backtest(
    scores: pl.DataFrame,
    tasks: pl.DataFrame,
    models: pl.DataFrame,
    *,
    seed: int,
    pool: str = "embedding",
    level: float = 0.90,
) -> pl.DataFrame:
    """PICKS on a random sample of the pool's tasks with at least TASK_LEAST models.

    The sampled tasks and all their twins leave together, so that nothing of one helps with another. Nearest tasks
    come from metadata alone; ours picks the highest estimate, each rule of PICK_RULES the highest merit, among
    the models measured on the task under the cap.
    """
    cells = candidates_of(cells_of(scores, tasks, models, pool), pool)
    sample = sampled(cells, seed=seed)
    groups = np.array(cells.tasks["twin_group"].fill_null("").to_list())
    inside = ~np.isin(groups, groups[sample])
    seen = cells.only(inside[cells.col])
    shared = likeness_among(build_index(tasks), cells.tasks)
    by_model = model_kernel(cells)
    fitted = fit_unseen(seen, shared, by_model)
    trial = try_unseen(seen, shared, by_model)
    miss, labels = miss_points(trial, seen), _widths(widths(seen, pool, trial), level)
    merits = _merits(seen, cells.models)
    size = cells.models["n_parameters"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    found = []
    for task in sample.tolist():
        column = fitted.column(shared[task])
        unit = scale_at(miss[column.nearest], np.ones(len(column.nearest)))
        family = cells.tasks["task_family"][task]
        chosen = np.flatnonzero(cells.col == task)
        rows = cells.row[chosen]
        hidden = _Hidden(
            task_id=cells.tasks["task_id"][task],
            family=family,
            models=rows,
            actual=cells.value[chosen],
            value=column.value[rows],
            half=np.full(len(rows), unit * labels.get(family, labels.get("all", np.inf))),
        )
        found += _questions(hidden, size, merits, cells.models["model_id"], level)
    return pl.DataFrame(found, schema=PICKS, orient="row")


def sampled(cells: Cells, *, seed: int) -> NDArray[np.intp]:
    """Columns of the tasks asked about: at most TASKS, from all types in the proportion they have."""
    enough = np.flatnonzero(cells.per_task() >= TASK_LEAST)
    rng = np.random.default_rng(seed)
    chosen: NDArray[np.intp] = np.sort(rng.permutation(enough)[:TASKS])
    return chosen


def picks_summary(picks: pl.DataFrame) -> pl.DataFrame:
    """Per rule: n questions, mean and median regret in points, worst, share within a point, coverage."""
    return (
        picks.group_by("rule")
        .agg(
            n=pl.len(),
            **REGRET_FACTS,
            coverage=pl.col("covered").mean(),
        )
        .sort("regret_mean_points", "rule")
    )


def _widths(quantiles: pl.DataFrame, level: float) -> dict[str, float]:
    """Group label -> multiplier at `level`, for groups that have one."""
    labels = quantiles.select("pool", "group", "label").unique()
    found = multipliers(quantiles, level=level).join(labels, on=["pool", "group"])
    return dict(found.drop_nulls().select("label", "multiplier").rows())


def _merits(seen: Cells, models: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Rule -> (models,) merit, minus infinity for models that the rule leaves out."""
    scores = pl.DataFrame(
        {
            "model_id": seen.models["model_id"].gather(seen.row),
            "task_id": seen.tasks["task_id"].gather(seen.col),
            "value": seen.value,
        }
    )
    names = seen.models.select("model_id")
    return {
        rule: names.join(make(scores, models), on="model_id", how="left", maintain_order="left")[
            "merit"
        ]
        .fill_null(-np.inf)
        .to_numpy()
        for rule, make in PICK_RULES.items()
    }


def _questions(
    hidden: _Hidden,
    size: NDArray[np.float64],
    merits: dict[str, NDArray[np.float64]],
    names: pl.Series,
    level: float,
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for cap in CAPS:
        able = np.flatnonzero(size[hidden.models] <= (np.inf if cap is None else cap))
        if len(able) < CANDIDATES_LEAST:
            continue
        best = float(hidden.actual[able].max())
        inside = np.abs(hidden.actual[able] - hidden.value[able]) <= hidden.half[able]
        merit_of = {"ours": hidden.value[able]} | {
            rule: merit[hidden.models[able]] for rule, merit in merits.items()
        }
        for rule, merit in merit_of.items():
            if not np.isfinite(merit).any():
                continue
            pick = able[int(np.argmax(merit))]
            covered = float(inside.mean()) if rule == "ours" else None
            rows.append(
                (
                    hidden.task_id, hidden.family, cap, rule, names[int(hidden.models[pick])],
                    100.0 * (best - float(hidden.actual[pick])), len(able), covered,
                    level if rule == "ours" else None,
                )
            )  # fmt: skip
    return rows
