"""The encoder-or-LLM protocol: who wins on a language and task type left out, and where returns to size diminish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.errors import MissingData
from advisor.estimate.encoder_or_llm import HARNESS, expected_gap, majority, pairs
from advisor.estimate.task_demand import DEMANDING, Sized, demands, headroom, returns, sized
from advisor.stats.grouped import paired_interval
from advisor.stats.ranks import spearman

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.surface import Read

_DRAWS: Final = 500

_PREDICTORS: Final = (
    "demand", "demand_elsewhere", "headroom", "predicted_gain", "predicted_gain_new_type",
)  # fmt: skip
_AGREEMENT: Final = pl.Schema(
    {
        "tasks": pl.String, "returns": pl.String, "predictor": pl.String, "n": pl.Int64, "spearman": pl.Float64,
        "lo": pl.Float64, "hi": pl.Float64, "mae_points": pl.Float64, "constant_mae_points": pl.Float64,
    }
)  # fmt: skip

VERDICTS: Final = pl.Schema(
    {
        "left_out": pl.String, "task_id": pl.String, "task_type": pl.String, "language": pl.String, "gap": pl.Float64,
        "expected_gap": pl.Float64, "right": pl.Boolean, "majority_right": pl.Boolean,
    }
)  # fmt: skip
"""One task a row. left_out: what the training part lacks: this "pair" of language and task type, all of the
"language", or all of the "task type". gap: the best encoder less the best generative model, fractions."""


def encoder_or_llm_backtest(read: Read, *, seed: int) -> dict[str, pl.DataFrame]:
    """Verdicts and demands, one row per task, and a summary of each.

    seed: of the bootstraps alone; every pair is left out once, so nothing else is drawn.
    Raises: MissingData: no task was run with both kinds of model.
    """
    scores, tasks, models = (read(name).collect() for name in ("scores", "tasks", "models"))
    known = pairs(scores, tasks, models)
    if known.is_empty():
        raise MissingData(
            f"the snapshot holds no {HARNESS} task with encoders and generative models"
        )
    verdicts = verdict_table(known)
    demand = demand_table(sized(scores, tasks, models))
    return {
        "backtest_encoder_or_llm": verdicts,
        "backtest_encoder_or_llm_summary": verdict_summary(verdicts, seed=seed),
        "backtest_task_demand": demand,
        "backtest_task_demand_summary": demand_summary(demand, seed=seed),
    }


def verdict_table(known: pl.DataFrame) -> pl.DataFrame:
    """VERDICTS: every pair of language and task type told from the rest."""
    rows = []
    for row in known.iter_rows(named=True):
        same_type = pl.col("task_type") == row["task_type"]
        same_language = pl.col("language") == row["language"]
        hidden = {
            "pair": same_type & same_language,
            "language": same_language,
            "task type": same_type,
        }
        for name, left_out in hidden.items():
            train = known.filter(~left_out)
            expected = expected_gap(train, row["task_type"])
            truth = row["gap"] > 0
            rows.append(
                {
                    "left_out": name,
                    **{key: row[key] for key in ("task_id", "task_type", "language", "gap")},
                    "expected_gap": expected,
                    "right": (expected > 0) == truth,
                    "majority_right": majority(train) == truth,
                }
            )
    return pl.DataFrame(rows, schema=VERDICTS)


def verdict_summary(verdicts: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Per kind of hiding: share of right verdicts, of the majority's, and the 95 % paired interval of the difference.

    Languages are drawn anew whole. by_gap_points: what following the verdict loses to the better side on average.
    """
    rows = []
    for (name,), part in sorted(verdicts.partition_by("left_out", as_dict=True).items()):
        ours, theirs = (
            part[column].cast(pl.Float64).to_numpy() for column in ("right", "majority_right")
        )
        language = part["language"].to_numpy().astype(np.str_)
        lower, upper = paired_interval(ours - theirs, language, np.random.default_rng(seed))
        lost = part.select(
            100.0 * pl.when("right").then(0.0).otherwise(pl.col("gap").abs()).mean()
        ).item()
        rows.append(
            (name, len(ours), float(ours.mean()), float(theirs.mean()), lower, upper, float(lost))
        )
    columns = (
        "left_out", "n", "right", "majority_right", "difference_lo", "difference_hi", "regret_points",
    )  # fmt: skip
    return pl.DataFrame(rows, schema=columns, orient="row")


def demand_table(known: Sized) -> pl.DataFrame:
    """One task a row: its demand, what its type demands in other languages, headroom, and the returns to size."""
    late, share = returns(known)
    table = known.tasks.select("task_id", "task_type", "language").with_columns(
        demand=pl.Series(demands(known)),
        headroom=pl.Series(headroom(known)),
        gain_above_10b=pl.Series(late),
        share_above_10b=pl.Series(share),
    )
    table = table.filter(pl.all_horizontal(pl.selectors.float().is_finite()))
    told = [
        table.filter(pl.col("task_type") == kind, pl.col("language") != language)["demand"].mean()
        for kind, language in table.select("task_type", "language").iter_rows()
    ]
    return table.with_columns(
        demand_elsewhere=pl.Series(told, dtype=pl.Float64),
        predicted_gain=pl.Series(_predicted(table, "language")),
        predicted_gain_new_type=pl.Series(_predicted(table, "task_type")),
    )


def demand_summary(table: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Rank correlation of each predictor with each measure of returns to size, with a 95 % interval over languages.

    tasks: "all", or "others" without the types that demand is measured by. demand: from the task's own models of at
    most 10 B. demand_elsewhere: its type's in the other languages, so that the held-out language says nothing.
    predicted_gain: a line in `demand` fitted without the language; …_new_type: without the task type. mae_points:
    for those two, and the error of a constant beside it.
    """
    table = table.drop_nulls("demand_elsewhere")
    parts = {"all": table, "others": table.filter(~pl.col("task_type").is_in(DEMANDING))}
    rows = [
        {"tasks": name, "returns": target, "predictor": predictor}
        | _agreement(part, predictor, target, seed)
        for name, part in parts.items()
        for target in ("gain_above_10b", "share_above_10b")
        for predictor in _PREDICTORS
    ]
    return pl.DataFrame(rows, schema=_AGREEMENT)


def _agreement(part: pl.DataFrame, predictor: str, target: str, seed: int) -> dict[str, object]:
    value, truth = part[predictor].to_numpy(), part[target].to_numpy()
    language = part["language"].to_numpy().astype(np.str_)
    lower, upper = _interval(value, truth, language, np.random.default_rng(seed))
    found: dict[str, object] = {
        "n": len(truth),
        "spearman": spearman(value, truth),
        "lo": lower,
        "hi": upper,
    }
    if predictor.startswith("predicted") and target == "gain_above_10b":
        found["mae_points"] = 100.0 * float(np.abs(value - truth).mean())
        found["constant_mae_points"] = 100.0 * float(np.abs(truth.mean() - truth).mean())
    return found


def _predicted(table: pl.DataFrame, held_out: str) -> NDArray[np.float64]:
    """(tasks,) gain above 10 B by a line in the demand, fitted without the task's own `held_out` label."""
    label = table[held_out].to_numpy()
    demand, gain = (table[name].to_numpy() for name in ("demand", "gain_above_10b"))
    found = np.zeros(len(label))
    for one in np.unique(label):
        train = label != one
        slope, level = np.polyfit(demand[train], gain[train], 1)
        found[~train] = level + slope * demand[~train]
    return found


def _interval(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    groups: NDArray[np.str_],
    rng: np.random.Generator,
) -> tuple[float, float]:
    members = [np.flatnonzero(groups == name) for name in np.unique(groups)]
    found = []
    for _ in range(_DRAWS):
        rows = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        found.append(spearman(one[rows], other[rows]))
    lower, upper = np.quantile(found, [0.025, 0.975])
    return float(lower), float(upper)
