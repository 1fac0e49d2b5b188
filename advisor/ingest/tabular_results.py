"""Published results on tables: trees, linear models, neural networks, foundation models and LLMs on one scale a data set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from advisor.core.errors import BadInput
from advisor.ingest.reporting import Report
from advisor.ingest.tabular_methods import method_models, methods, model_id
from advisor.tables.columns import filled, require_columns
from advisor.tables.schema import (
    EVIDENCE,
    EVIDENCE_KEY,
    SCORES,
    SCORES_KEY,
    TASKS,
    TASKS_KEY,
    check_table,
)

if TYPE_CHECKING:
    from pathlib import Path

RELATIVE: Final = "relative_error_score"
"""Least error of any method measured on the data set, over this method's error: 1 is the best method.
Source: METHOD.md#tabular-scores"""


class Origin(NamedTuple):
    """How one source's rows are named."""

    source_id: str
    prefix: str
    harness: str
    url: str


ORIGINS: Final = {
    "TabArena-Lite (one split per data set)": Origin(
        "tabarena-lite", "tabarena", "tabarena", "https://tabarena.ai"
    ),
    "TabArena-Lite leaderboard (June 2026)": Origin(
        "tabarena-leaderboard-2026-06", "tabarena-leaderboard", "tabarena", "https://tabarena.ai"
    ),
    "TabArena-v0.1 leaderboard (full, Dec 2025)": Origin(
        "tabarena-leaderboard-2025-12", "tabarena-leaderboard", "tabarena", "https://tabarena.ai"
    ),
    "PyTorch Frame benchmark": Origin(
        "pytorch-frame", "pytorch-frame", "pytorch-frame", "https://github.com/pyg-team/pytorch-frame"
    ),
    "TabuLa-8B (arXiv 2406.12031)": Origin(
        "tabula-8b", "tabula", "rtfm", "https://arxiv.org/abs/2406.12031"
    ),
    "Yang et al. 2024, predictive tabular tasks with LLMs (second-hand)": Origin(
        "yang-2024-second-hand", "yang-2024", "reported", "https://arxiv.org/abs/2403.20208"
    ),
    "FeatLLM (second-hand)": Origin(
        "featllm-second-hand", "featllm", "reported", "https://arxiv.org/abs/2404.09491"
    ),
    "GBM-perf (airline data)": Origin(
        "gbm-perf-second-hand", "gbm-perf", "reported", "https://github.com/szilard/GBM-perf"
    ),
}  # fmt: skip
SECOND_HAND: Final = "-second-hand"
"""Ends the source_id of figures read from a note about a paper or an issue thread: used, and named so."""

MAIN: Final = {
    "1 - roc_auc": ("roc_auc", 1 - pl.col("value")),
    "roc_auc": ("roc_auc", pl.col("value")),
    "accuracy": ("accuracy", pl.col("value")),
    "r2": ("r2", pl.col("value")),
    # On a standardised target the mean squared error is the unexplained share of the variance.
    "rmse (target standardised)": ("r2", 1 - pl.col("value") ** 2),
    "log_loss": (RELATIVE, pl.col("best") / pl.col("value")),
    "rmse": (RELATIVE, pl.col("best") / pl.col("value")),
}
"""Main score, higher is better, and how it follows from `value` (and `best`: the least on the data set)."""

REGRESSION: Final = ("r2", "rmse", "rmse (target standardised)")
CHANCE: Final = {"roc_auc": 0.5, "r2": 0.0}
DEFAULT_SHOTS: Final = 32
"""In-context examples of the default protocol: the most that over half of TabuLa's tasks can hold."""

BASELINE: Final = "Random baseline"

NEEDED: Final = [
    "source", "dataset", "dataset_in_this_folder", "model", "config", "n_rows", "n_train", "shots", "metric",
    "mean", "std", "fit_time_s", "predict_time_s", "imputed",
]  # fmt: skip


class TabularTables(NamedTuple):
    """EVIDENCE, SCORES, MODELS and TASKS of the tables, and the count of what was set aside."""

    evidence: pl.DataFrame
    scores: pl.DataFrame
    models: pl.DataFrame
    tasks: pl.DataFrame
    report: pl.DataFrame


def read_tabular(folder: Path) -> TabularTables:
    """The tabular tables from `folder`/published_results.parquet.

    Raises: BadInput: a column is missing, or a source or metric is not known here.
    """
    raw = require_columns(
        pl.read_parquet(folder / "published_results.parquet"), NEEDED, "published_results"
    )
    lines = Report("tabular")
    lines.add("rows: results", raw.height, action="read", why="one method on one data set")
    measured, chances = _measured(_named(raw), lines)
    evidence = _evidence(measured)
    lines.add("rows: evidence", evidence.height, action="kept", why="scores, fit and predict times")
    lines.add(
        "rows: second-hand",
        measured.filter(pl.col("source_id").str.ends_with(SECOND_HAND)).height,
        action="kept",
        why=f"figures only: source_id ends in {SECOND_HAND!r}",
    )
    default = _default_protocol(measured, lines)
    scores = _scores(default)
    lines.add("pairs: scored", scores.height, action="kept", why="one a method and data set")
    tasks = _tasks(default, scores, chances)
    models = method_models(
        measured.select("model_id", "model"), measured.select("model_id", "source_id")
    )
    unlisted = sorted(set(measured["model"]) - set(methods()))
    lines.add(
        "methods: not in the facts file",
        len(unlisted),
        action="kept",
        why=f"kind 'other': {', '.join(unlisted)}" if unlisted else "none new",
    )
    return TabularTables(evidence, scores, models, tasks, lines.frame())  # fmt: skip


def _named(raw: pl.DataFrame) -> pl.DataFrame:
    """Our names for the columns, ids for models, tasks and sources."""
    if strange := sorted(set(raw["source"]) - set(ORIGINS)):
        raise BadInput(f"published_results: unknown sources {strange}; known: {sorted(ORIGINS)}")
    origin = pl.DataFrame(
        [(name, *fields) for name, fields in ORIGINS.items()],
        schema=["source", *Origin._fields],
        orient="row",
    )
    ids = [model_id(method, config) for method, config in raw.select("model", "config").rows()]
    dataset = (
        pl.col("dataset").str.replace_all(r"^\((.*)\)$", "$1").str.replace_all(r"\s*\(.*\)$", "")
    )
    named = raw.join(origin, on="source", how="left", maintain_order="left")
    # One name for two preparations of a data set: they differ in the metric (jannis, binary and multiclass).
    two = pl.col("metric").is_in(list(MAIN)) & (
        pl.col("metric").n_unique().over("source", "dataset") > 1
    )
    task = pl.concat_str("prefix", pl.col("dataset").str.replace_all(" ", "-"), separator="/")
    return (
        named.with_columns(two=two)
        .with_columns(pl.Series("model_id", ids), value=pl.col("mean"), dataset=dataset)
        .with_columns(
            task_id=task + pl.when("two").then("-" + pl.col("metric")).otherwise(pl.lit("")),
            twin_group=_twin_group(),
            n_shot=pl.col("shots").fill_null(-1),
        )
    )  # fmt: skip


def _twin_group() -> pl.Expr:
    """Data sets of one name in several sources share rows and leave a backtest together."""
    ours = pl.col("dataset_in_this_folder").str.replace(r"\s*\(.*\)$", "")
    name = pl.col("dataset").str.extract(r"([^/]+)$").str.to_lowercase()
    return pl.lit("table:") + ours.fill_null(name.str.replace_all(r"[^a-z0-9]+", "_"))


def _measured(named: pl.DataFrame, lines: Report) -> tuple[pl.DataFrame, pl.DataFrame]:
    board = pl.col("prefix") == "tabarena-leaderboard"
    kept = lines.set_aside(
        named,
        pl.col("imputed") & ~board,
        kind="rows: imputed",
        why="the method did not run there and got the default random forest's error",
    )
    lines.add(
        "rows: ratings with imputed parts",
        kept.filter(pl.col("imputed") & board).height,
        action="kept",
        why="Elo and ranks of methods that did not run everywhere; evidence only, marked in `subset`",
    )
    is_baseline = pl.col("model") == BASELINE
    chances = kept.filter(is_baseline).select("task_id", chance="value")
    kept = lines.set_aside(
        kept, is_baseline, kind="rows: random baseline", why="not a model: it is the task's chance level"
    )  # fmt: skip
    odd = kept.filter(~pl.col("value").is_finite())
    lines.add("rows: not a number", odd.height, action="set aside", why="not a measurement")
    return kept.filter(pl.col("value").is_finite()), chances


def _evidence(measured: pl.DataFrame) -> pl.DataFrame:
    board = pl.col("prefix") == "tabarena-leaderboard"
    # Boards state improvability as a fraction; the metric's unit is percent.
    scale = pl.when(pl.col("metric") == "improvability").then(100.0).otherwise(1.0)
    unknown = pl.lit("unknown")
    base = measured.select(
        "model_id",
        unknown.alias("model_revision"),
        unknown.alias("precision"),
        "task_id",
        unknown.alias("dataset_revision"),
        _subset(board).alias("subset"),
        pl.when(pl.col("prefix") == "tabarena").then(pl.lit("first split")).otherwise(unknown).alias("split"),
        "metric",
        "n_shot",
        "harness",
        unknown.alias("harness_version"),
        unknown.alias("hardware_id"),
        pl.lit(-1).alias("seed"),
        "source_id",
        value=pl.col("value") * scale,
        stderr=pl.col("std"),
        published=pl.lit(value=True),
        fit_time_s="fit_time_s",
        predict_time_s="predict_time_s",
    )  # fmt: skip
    times = [
        base.filter(pl.col(metric).is_not_null())
        .with_columns(
            metric=pl.lit(metric),
            value=pl.col(metric),
            stderr=pl.lit(None, dtype=pl.Float64),
        )
        .unique([*EVIDENCE_KEY, "value"], maintain_order=True)
        for metric in ("fit_time_s", "predict_time_s")
    ]
    rows = pl.concat([filled(part, EVIDENCE) for part in (base, *times)])
    return check_table("tabular evidence", rows, EVIDENCE, EVIDENCE_KEY).sort(EVIDENCE_KEY)


def _subset(board: pl.Expr) -> pl.Expr:
    """What else was varied: the size of the training part, and a rating with imputed parts."""
    rows = pl.col("n_train").is_not_null() & (pl.col("shots").is_null())
    parts = [
        pl.when(rows).then(pl.format("train_rows={}", "n_train")),
        pl.when(board & pl.col("imputed").fill_null(value=False)).then(pl.lit("imputed_parts=yes")),
        pl.when(board).then(pl.lit("times=median per 1000 rows")),
    ]
    return pl.concat_str(parts, separator=";", ignore_nulls=True).replace("", "default")


def _default_protocol(measured: pl.DataFrame, lines: Report) -> pl.DataFrame:
    """The rows that scores are made of: one protocol a task."""
    kept = lines.set_aside(
        measured,
        ~pl.col("metric").is_in(list(MAIN)),
        kind="rows: ratings and speed",
        why="Elo, ranks, win rates and ms per row: evidence, not a data set's score",
    )
    shots = pl.when(pl.col("n_shot") <= DEFAULT_SHOTS).then("n_shot").max().over("task_id")
    kept = lines.set_aside(
        kept,
        pl.col("n_shot") != shots,
        kind="rows: other shot counts",
        why=f"evidence; the score is at {DEFAULT_SHOTS} shots, or the most below",
    )
    few = pl.col("shots").is_null() & (pl.col("n_train") < pl.col("n_train").max().over("task_id"))
    return lines.set_aside(
        kept, few, kind="rows: smaller training parts", why="evidence; the score is at the largest"
    )


def _scores(default: pl.DataFrame) -> pl.DataFrame:
    best = default.with_columns(best=pl.col("value").min().over("task_id"))
    parts = [
        best.filter(pl.col("metric") == metric).with_columns(value=formula)
        for metric, (_, formula) in MAIN.items()
    ]
    rows = pl.concat(parts).with_columns(
        n_rows=pl.lit(1),
        model_revision=pl.lit("unknown"),
        stderr=pl.when(pl.col("metric").is_in(["roc_auc", "accuracy"])).then("std"),
    )
    return check_table("tabular scores", filled(rows, SCORES), SCORES, SCORES_KEY).sort(SCORES_KEY)


def _tasks(default: pl.DataFrame, scores: pl.DataFrame, chances: pl.DataFrame) -> pl.DataFrame:
    main = {metric: name for metric, (name, _) in MAIN.items()}
    counted = scores.group_by("task_id").agg(n_models=pl.len())
    rows = (
        default.group_by("task_id")
        .agg(
            pl.col("harness", "dataset", "twin_group", "n_shot", "source_id", "url", "metric", "prefix").first(),
            n_items=pl.col("n_rows").max(),
            n_train=pl.col("n_train").max(),
        )
        .join(counted, on="task_id", how="left")
        .join(chances.unique("task_id"), on="task_id", how="left")
        .with_columns(native=pl.col("metric"), metric=pl.col("metric").replace_strict(main))
    )  # fmt: skip
    regression = pl.col("native").is_in(REGRESSION)
    rows = rows.with_columns(
        task_type=pl.when(regression).then(pl.lit("TabularRegression")).otherwise(pl.lit("TabularClassification")),
        task_family=pl.when(regression).then(pl.lit("tabular-regression")).otherwise(pl.lit("tabular-classification")),
        pool=pl.lit("tabular"),
        protocol=pl.format("{} {}", "harness", "native")
        + pl.when(pl.col("n_shot") >= 0).then(pl.format(" {}-shot", "n_shot")).otherwise(pl.lit("")),
        description=_description(),
        languages=pl.lit([], dtype=pl.List(pl.String)),
        domains=pl.lit([], dtype=pl.List(pl.String)),
        modalities=pl.lit(["tabular"]),
        chance=pl.col("chance").fill_null(
            pl.col("metric").replace_strict(CHANCE, default=None, return_dtype=pl.Float64)
        ),
        is_aggregate=pl.col("dataset").str.starts_with("mean of"),
        reference=pl.col("url"),
    )  # fmt: skip
    return check_table("tabular tasks", filled(rows, TASKS), TASKS, TASKS_KEY).sort(TASKS_KEY)


def _description() -> pl.Expr:
    words = pl.col("dataset").str.extract(r"([^/]+)$").str.replace_all(r"[_\-]+", " ")
    rows = pl.when(pl.col("n_items").is_not_null()).then(pl.format(" of {} rows", "n_items"))
    return pl.format("Predict a column of the table {}{}.", words, rows.otherwise(pl.lit("")))


def dataset_of(task_id: str) -> str:
    """The data set's own name in a task id: "tabarena/credit-g" → "credit-g"."""
    return re.sub(r"^[^/]+/", "", task_id)
