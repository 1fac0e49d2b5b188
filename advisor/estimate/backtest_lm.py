"""The lm protocol: the Open LLM Leaderboards' scores from other scores, from smaller siblings and from descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from advisor.estimate.leaderboards import SOURCES, board
from advisor.estimate.lm_family_ladder import ladder_backtest, ladder_summary
from advisor.estimate.lm_from_others import OURS, from_others_backtest
from advisor.estimate.lm_ladders import ladders
from advisor.estimate.lm_unseen_benchmark import unseen_backtest, unseen_summary
from advisor.stats.grouped import paired_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.surface import Read


def lm_backtest(read: Read, *, seed: int) -> dict[str, pl.DataFrame]:
    """Three pairs of tables, one row per prediction and its summary, for parts (a), (b) and (c).

    "backtest_lm_from_others": TABLE of lm_from_others. "backtest_lm_family_ladder": TABLE of lm_family_ladder.
    "backtest_lm_unseen_benchmark": TABLE of lm_unseen_benchmark. The same names with "_summary" are what the
    command prints. Needs the build extra.
    """
    boards = [board(read, name) for name in SOURCES]
    scores, tasks, models = (read(name).collect() for name in ("scores", "tasks", "models"))
    others = pl.concat(
        from_others_backtest(known, folds=folds, seed=seed)
        for known in boards
        for folds in ("model", "family")
    )
    rungs = pl.concat(ladder_backtest(ladders(known, models)) for known in boards)
    unseen = unseen_backtest(scores, tasks, models, seed=seed)
    return {
        "backtest_lm_from_others": others,
        "backtest_lm_from_others_summary": from_others_summary(others, seed=seed),
        "backtest_lm_family_ladder": rungs,
        "backtest_lm_family_ladder_summary": with_lead(ladder_summary(rungs), rungs, seed=seed),
        "backtest_lm_unseen_benchmark": unseen,
        "backtest_lm_unseen_benchmark_summary": unseen_summary(unseen),
    }


def from_others_summary(table: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Per set, kind of fold and estimator: n, mean |error| in points, and how far ours is below it.

    ours_less_lo, ours_less_hi: 95 % paired interval of this estimator's |error| less ours, families drawn anew.
    """
    rows = []
    for (name, folds), part in sorted(table.partition_by("set", "folds", as_dict=True).items()):
        miss = {
            estimator: 100.0 * (one["actual"] - one["value"]).abs().to_numpy()
            for (estimator,), one in part.partition_by("estimator", as_dict=True).items()
        }
        group = part.filter(pl.col("estimator") == OURS)["group"].to_numpy().astype(np.str_)
        for estimator, found in miss.items():
            ends = _lead(found - miss[OURS], group, seed) if estimator != OURS else (None, None)
            rows.append((name, folds, estimator, len(found), float(found.mean()), *ends))
    columns = {
        "set": pl.String, "folds": pl.String, "estimator": pl.String, "n": pl.Int64, "mae_points": pl.Float64,
        "ours_less_lo": pl.Float64, "ours_less_hi": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=columns, orient="row").sort("set", "folds", "mae_points")


def with_lead(summary: pl.DataFrame, table: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """The summary of part (b) with the 95 % paired interval of each estimator's family mean less ours."""
    means = (
        table.with_columns(miss=100.0 * (pl.col("actual") - pl.col("value")).abs())
        .group_by("set", "estimator", "family", "ladder")
        .agg(pl.col("miss").mean())
        .group_by("set", "estimator", "family")
        .agg(pl.col("miss").mean())
        .sort("set", "family")
    )
    rows = []
    for name, estimator in summary.select("set", "estimator").rows():
        part = means.filter(pl.col("set") == name)
        own = part.filter(pl.col("estimator") == OURS)
        other = part.filter(pl.col("estimator") == estimator)
        family = own["family"].to_numpy().astype(np.str_)
        ends = _lead((other["miss"] - own["miss"]).to_numpy(), family, seed)
        rows.append((name, estimator, *(ends if estimator != OURS else (None, None))))
    ends_of = pl.DataFrame(
        rows,
        schema={
            "set": pl.String,
            "estimator": pl.String,
            "ours_less_lo": pl.Float64,
            "ours_less_hi": pl.Float64,
        },
        orient="row",
    )
    return summary.join(ends_of, on=["set", "estimator"], maintain_order="left")


def _lead(
    difference: NDArray[np.float64], group: NDArray[np.str_], seed: int
) -> tuple[float, float]:
    return paired_interval(difference, group, np.random.default_rng(seed))
