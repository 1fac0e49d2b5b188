"""Cells protocol: a share of all measured scores is hidden, everything is fitted again, and the gap is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.ids import size_class
from advisor.estimate.baselines import CELL_RULES
from advisor.estimate.cell import PoolFit, fit_pool
from advisor.estimate.factors import fit_factors
from advisor.estimate.fit import FACTOR_POOL, cell_widths, factor_widths
from advisor.estimate.intervals import group_numbers, multipliers
from advisor.estimate.matrix import Cells, cells_of, limits
from advisor.stats.conformal import coverage, interval_score

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARE: Final = 0.08
TASK_LEAST: Final = 8
"""Models that a task needs for its cells to be asked about."""
OURS: Final = {"embedding": "stack", "tabular": "stack", FACTOR_POOL: "factors"}
"""The estimator that serves each pool."""

TABLE: Final = pl.Schema(
    {
        "estimator": pl.String, "split": pl.String, "model_id": pl.String, "task_id": pl.String, "metric": pl.String,
        "actual": pl.Float64, "value": pl.Float64, "lo": pl.Float64, "hi": pl.Float64, "level": pl.Float64,
    }
)  # fmt: skip
"""One held-out cell and estimator a row; lo, hi and level are null for estimators without intervals."""


def hidden(cells: Cells, *, seed: int, share: float = SHARE) -> NDArray[np.bool_]:
    """(cells,) True for a random `share` of the cells of tasks with at least TASK_LEAST models."""
    enough = np.flatnonzero(cells.per_task()[cells.col] >= TASK_LEAST)
    rng = np.random.default_rng(seed)
    mask = np.zeros(cells.value.size, dtype=np.bool_)
    mask[rng.choice(enough, int(share * len(enough)), replace=False)] = True
    return mask


def cells_backtest(
    scores: pl.DataFrame,
    tasks: pl.DataFrame,
    models: pl.DataFrame,
    *,
    seed: int,
    pool: str = "embedding",
    level: float = 0.90,
) -> pl.DataFrame:
    """TABLE for one pool: baselines, base predictors and the estimator that serves it.

    scores, tasks, models: SCORES, TASKS, MODELS. Each estimator sees the same cells. Needs the build extra.
    """
    cells = cells_of(scores, tasks, models, pool)
    mask = hidden(cells, seed=seed)
    seen, asked = cells.only(~mask), cells.only(mask)
    rows = [_rows(asked, seed, name, value) for name, value in _baselines(seen, asked, tasks)]
    if pool == FACTOR_POOL:
        fitted = fit_factors(seen)
        value, scale = fitted.predict(asked.row, asked.col)
        value = _inside(seen, asked, value)
        half = scale * factor_widths(seen, seed=0, asked=asked, level=level)
        return pl.concat([*rows, _rows(asked, seed, OURS[pool], value, half=half, level=level)])
    stack = fit_pool(seen)
    rows += [_rows(asked, seed, name, value) for name, value in _bases(stack, asked)]
    value = stack.value[asked.row, asked.col]
    quantiles, labels = cell_widths(stack, pool, asked)
    size = dict(multipliers(quantiles, level=level).select("group", "multiplier").rows())
    half = stack.scale[asked.row, asked.col] * np.array(
        [
            size[g] if size[g] is not None else np.inf
            for g in group_numbers(quantiles, labels).tolist()
        ]
    )
    return pl.concat([*rows, _rows(asked, seed, OURS[pool], value, half=half, level=level)])


def cells_summary(table: pl.DataFrame) -> pl.DataFrame:
    """Per estimator: n, mean and median |error| and interval width in points, coverage, skill, interval score.

    skill: 1 - MAE / MAE of the additive rule. score_gain: 1 - interval score / that of one constant width with the
    same coverage. Both null where they cannot be formed.
    """
    rows = []
    reference = _mae(table.filter(pl.col("estimator") == "additive"))
    for (name,), part in sorted(table.partition_by("estimator", as_dict=True).items()):
        mae = _mae(part)
        row: dict[str, object] = {
            "estimator": name,
            "n": part.height,
            "mae_points": mae,
            "median_points": _points((part["value"] - part["actual"]).abs().median()),
            "skill": 1.0 - mae / reference if mae is not None and reference else None,
        }
        rows.append(row | _interval_facts(part))
    return pl.DataFrame(rows, schema=_SUMMARY).sort("mae_points")


_SUMMARY: Final = {
    "estimator": pl.String, "n": pl.Int64, "mae_points": pl.Float64, "median_points": pl.Float64, "skill": pl.Float64,
    "level": pl.Float64, "coverage": pl.Float64, "width_points": pl.Float64, "score_gain": pl.Float64,
}  # fmt: skip


def groups_summary(
    table: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame, *, least: int = 200
) -> pl.DataFrame:
    """Coverage, width and MAE of the interval-giving estimators per family x size class of at least `least` cells."""
    sizes = models.select("model_id", "n_parameters", pl.col("kind").fill_null("other"))
    classes = [size_class(n, kind) for _, n, kind in sizes.iter_rows()]
    return (
        table.filter(pl.col("lo").is_not_null())
        .join(tasks.select("task_id", "task_family"), on="task_id", how="left")
        .join(sizes.select("model_id", size_class=pl.Series(classes)), on="model_id", how="left")
        .group_by("estimator", "task_family", "size_class")
        .agg(
            n=pl.len(),
            mae_points=100.0 * (pl.col("actual") - pl.col("value")).abs().mean(),
            coverage=pl.col("actual").is_between(pl.col("lo"), pl.col("hi")).mean(),
            width_points=100.0 * (pl.col("hi") - pl.col("lo")).mean(),
        )
        .filter(pl.col("n") >= least)
        .sort("estimator", "task_family", "size_class")
    )


def _interval_facts(part: pl.DataFrame) -> dict[str, object]:
    known = part.drop_nulls(["lo", "hi"])
    if known.is_empty():
        return {}
    actual, value = known["actual"].to_numpy(), known["value"].to_numpy()
    lo, hi = known["lo"].to_numpy(), known["hi"].to_numpy()
    level = float(known["level"][0])
    covered = coverage(actual, lo, hi)
    constant = float(np.quantile(np.abs(actual - value), covered))
    plain = interval_score(actual, value - constant, value + constant, level)
    return {
        "level": level,
        "coverage": covered,
        "width_points": 100.0 * float(np.mean(hi - lo)),
        "score_gain": 1.0 - interval_score(actual, lo, hi, level) / plain if plain > 0 else None,
    }


def _baselines(
    seen: Cells, asked: Cells, tasks: pl.DataFrame
) -> list[tuple[str, NDArray[np.float64]]]:
    scores, wanted = _frame(seen), _frame(asked).drop("value")
    return [
        (name, rule(scores, tasks, wanted)["value"].to_numpy()) for name, rule in CELL_RULES.items()
    ]


def _bases(stack: PoolFit, asked: Cells) -> list[tuple[str, NDArray[np.float64]]]:
    bases, at = stack.bases, (asked.row, asked.col)
    spread, centre = bases.scale.spread[asked.col], bases.scale.centre[asked.col]
    tables: dict[str, NDArray[np.float64] | NDArray[np.float32]] = {
        "low rank": bases.low_rank,
        "process, metadata": bases.declared,
        "process, learned": bases.process,
        "pairs of tasks": bases.pairs["task_pairs_20"],
        "pairs of models": bases.pairs["model_pairs_20"],
    }
    return [
        (name, _inside(stack.cells, asked, table[at] * spread + centre))
        for name, table in tables.items()
    ]


def _inside(seen: Cells, asked: Cells, value: NDArray[np.float64]) -> NDArray[np.float64]:
    lower, upper = limits(seen)
    return np.clip(value, lower[asked.col], upper[asked.col])


def _frame(cells: Cells) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "model_id": cells.models["model_id"].gather(cells.row),
            "task_id": cells.tasks["task_id"].gather(cells.col),
            "value": cells.value,
        }
    )


def _rows(
    asked: Cells,
    seed: int,
    estimator: str,
    value: NDArray[np.float64],
    *,
    half: NDArray[np.float64] | None = None,
    level: float | None = None,
) -> pl.DataFrame:
    ends: dict[str, NDArray[np.float64] | None] = {"lo": None, "hi": None}
    if half is not None:
        lower, upper = limits(asked)
        ends["lo"] = np.maximum(value - half, np.minimum(lower[asked.col], value))
        ends["hi"] = np.minimum(value + half, np.maximum(upper[asked.col], value))
    known = _frame(asked).rename({"value": "actual"})
    metric = asked.tasks["metric"].gather(asked.col)
    return known.with_columns(
        **{name: pl.lit(None) if x is None else pl.Series(x) for name, x in ends.items()},
        estimator=pl.lit(estimator),
        split=pl.lit(f"cells, seed {seed}"),
        metric=metric,
        value=pl.Series(value),
        level=pl.lit(level),
    ).select(pl.col(c).cast(t) for c, t in TABLE.items())


def _mae(part: pl.DataFrame) -> float | None:
    return _points((part["value"] - part["actual"]).abs().mean())


def _points(fraction: object) -> float | None:
    return 100.0 * fraction if isinstance(fraction, float) else None
