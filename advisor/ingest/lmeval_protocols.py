"""One default protocol (harness, metric, shots) per task name, and one score per model under it."""

from __future__ import annotations

from typing import Final

import polars as pl

from advisor.tables.merge import PRECEDENCE, prefer
from advisor.tables.schema import SCORES, SCORES_KEY

METRIC_ORDER: Final = (
    "acc_norm", "acc", "mcc", "micro_f1_no_misc", "f1", "exact_match", "exact_match:strict-match",
    "exact_match:flexible-extract", "exact_match:maj@5", "em", "bertscore", "sari", "rougeL",
    "length_controlled_win_rate", "pass@1", "mc2", "multiple_choice_grade", "pct_stereotype", "score", "chrf",
)  # fmt: skip
"""Which of several equally well measured metrics is the task's: the one its authors report first.

A metric that is not listed stands behind them all, by name.
"""
FIRST_HARNESS: Final = "lm-eval"
ANY_SHOTS: Final = ("EuroEval",)
"""Harnesses whose shots are a property of the model: EuroEval fine-tunes encoders, shows base and instruct models a
few examples, and asks reasoning and API models without any. Its own leaderboards rank them together."""
NOT_MIXED: Final = (("obsscaling", "leaderboard_math_hard"),)
"""(source, task) copies made before the task was scored anew; they stay evidence and give no score."""
PROTOCOL: Final = ["task_id", "harness", "metric", "protocol_shot"]


def metric_place(metric: str) -> tuple[int, str]:
    """Where `metric` stands in METRIC_ORDER; sorts before others when it is to be preferred."""
    place = METRIC_ORDER.index(metric) if metric in METRIC_ORDER else len(METRIC_ORDER)
    return place, metric


def eligible(runs: pl.DataFrame) -> pl.DataFrame:
    """The runs that may become a score, with `protocol_shot` and `shots` beside them.

    Left out: partial runs (`limit=`), training checkpoints of the checkpoint table, and NOT_MIXED.
    """
    barred = pl.any_horizontal(
        [(pl.col("source_id") == s) & (pl.col("task_id") == t) for s, t in NOT_MIXED]
    )
    free = pl.col("harness").is_in(ANY_SHOTS)
    return runs.filter(~pl.col("partial"), ~pl.col("checkpoint"), ~barred).with_columns(
        pl.when(free).then(pl.lit(-1)).otherwise("n_shot").cast(pl.Int16).alias("protocol_shot"),
        pl.when(free & pl.col("zero_shot"))
        .then(pl.lit("other"))
        .otherwise(pl.lit("protocol"))
        .alias("shots"),
    )


def default_protocols(runs: pl.DataFrame) -> pl.DataFrame:
    """One row per task: task_id, harness, metric, protocol_shot, n_models.

    runs: the result of `eligible`. The protocol with most models wins; ties go to lm-eval, then to
    the metric that METRIC_ORDER puts first, then to fewer shots, then by name.
    Source: METHOD.md#default-protocol
    """
    counts = runs.group_by(PROTOCOL).agg(pl.col("model_id").n_unique().alias("n_models"))
    metrics = counts["metric"].unique().to_list()
    places = {metric: metric_place(metric)[0] for metric in metrics}
    ordered = counts.sort(
        pl.col("task_id"),
        pl.col("n_models").cast(pl.Int64).neg(),
        pl.col("harness") != FIRST_HARNESS,
        pl.col("metric").replace_strict(
            list(places), list(places.values()), default=0, return_dtype=pl.Int32
        ),
        pl.col("metric"),
        pl.col("protocol_shot"),
        pl.col("harness"),
    )
    return ordered.unique("task_id", keep="first", maintain_order=True)


def default_scores(runs: pl.DataFrame, protocols: pl.DataFrame) -> pl.DataFrame:
    """SCORES: one score per model and task under the task's default protocol.

    runs: the result of `eligible`. Which of several runs speaks is decided by PRECEDENCE.
    """
    under = runs.join(protocols.select(PROTOCOL), on=PROTOCOL, how="semi")
    counts = under.group_by(SCORES_KEY).agg(pl.len().alias("n_rows"))
    chosen = prefer(under, PRECEDENCE, key=SCORES_KEY).join(counts, on=SCORES_KEY)
    return chosen.select(pl.col(name).cast(dtype) for name, dtype in SCORES.items()).sort(
        SCORES_KEY
    )


def protocol_words(harness: str, metric: str | None, n_shot: int) -> str:
    """Like "lm-eval acc_norm 25-shot"; what is unknown or not meant is left out."""
    shots = f"{n_shot}-shot" if n_shot >= 0 else None
    return " ".join(part for part in (harness, metric, shots) if part)
