"""The columns of every table that crosses a file boundary, and the one gate that checks them."""

from __future__ import annotations

from typing import Final

import polars as pl

from advisor.core.errors import BadInput

EVIDENCE_KEY: Final = [
    "model_id", "model_revision", "precision", "task_id", "dataset_revision", "subset", "split", "metric",
    "n_shot", "harness", "harness_version", "hardware_id", "seed", "source_id",
]  # fmt: skip
"""Unknown in a key column is "unknown" (text) or -1 (n_shot, seed), never null."""

EVIDENCE: Final = pl.Schema(
    {
        "model_id": pl.String,
        "model_revision": pl.String,
        "precision": pl.String,
        "task_id": pl.String,
        "dataset_revision": pl.String,
        "subset": pl.String,
        "split": pl.String,
        "metric": pl.String,
        "n_shot": pl.Int16,
        "harness": pl.String,
        "harness_version": pl.String,
        "hardware_id": pl.String,
        "seed": pl.Int32,
        "source_id": pl.String,
        "value": pl.Float64,
        "stderr": pl.Float64,
        "n_items": pl.Int64,
        "measured_at": pl.String,
        "published": pl.Boolean,
    }
)
"""One measured number a row. `value` is in the metric's own unit (see core.metrics); never NaN."""

SCORES_KEY: Final = ["model_id", "task_id"]
SCORES: Final = pl.Schema(
    {
        "model_id": pl.String,
        "task_id": pl.String,
        "value": pl.Float64,
        "stderr": pl.Float64,
        "n_items": pl.Int64,
        "n_rows": pl.Int32,
        "model_revision": pl.String,
        "source_id": pl.String,
    }
)
"""One score per (model, task) under the task's default protocol; higher is better unless METRICS says not."""

MODELS_KEY: Final = ["model_id"]
MODELS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        "model_id": pl.String,
        "pool": pl.List(pl.String),
        "kind": pl.String,
        "family": pl.String,
        "tuning": pl.String,
        "n_parameters": pl.Int64,
        "n_parameters_basis": pl.String,
        "params_suspect": pl.Boolean,
        "n_active_parameters": pl.Int64,
        "n_embedding_parameters": pl.Int64,
        "weights_bytes": pl.Int64,
        "context_tokens": pl.Int64,
        "embed_dim": pl.Int64,
        "open_weights": pl.Boolean,
        "open_code": pl.Boolean,
        "open_data": pl.Boolean,
        "license": pl.String,
        "commercial_use": pl.String,
        "released": pl.String,
        "base_model": pl.String,
        "languages": pl.List(pl.String),
        "modalities": pl.List(pl.String),
        "training_datasets": pl.List(pl.String),
        "use_instructions": pl.Boolean,
        "downloads_30d": pl.Int64,
        "downloads_date": pl.String,
        "likes": pl.Int64,
        "superseded_by": pl.String,
        "source_id": pl.String,
    }
)
"""One model a row.

pool: "embedding", "language-model", "tabular" (a model can be in several). commercial_use: yes, no, unknown.
n_active_parameters: active experts of a mixture, null for a dense model. n_embedding_parameters: the
embedding table's part of the total, where known. languages: ISO 639-3, null when not declared.
training_datasets: task names declared as trained on, null when not declared.
"""

SHIPPED_MODELS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        **MODELS,
        "verified": pl.Boolean,
        "is_open_license": pl.Boolean,
        "measured_languages": pl.List(pl.String),
    }
)
"""MODELS as a snapshot holds it. verified: somebody other than an open leaderboard vouches for it.

is_open_license: the licence is open source or Creative Commons, null when unknown. measured_languages:
ISO 639-3 codes of the tasks that it was measured on.
"""

TASKS_KEY: Final = ["task_id"]
TASKS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        "task_id": pl.String,
        "harness": pl.String,
        "task_type": pl.String,
        "task_family": pl.String,
        "pool": pl.String,
        "metric": pl.String,
        "n_shot": pl.Int16,
        "protocol": pl.String,
        "description": pl.String,
        "languages": pl.List(pl.String),
        "domains": pl.List(pl.String),
        "modalities": pl.List(pl.String),
        "n_items": pl.Int64,
        "chance": pl.Float64,
        "twin_group": pl.String,
        "superseded_by": pl.String,
        "is_aggregate": pl.Boolean,
        "license": pl.String,
        "reference": pl.String,
        "n_models": pl.Int32,
        "source_id": pl.String,
    }
)
"""One task a row, measured (n_models > 0) or not.

task_family: one of core.ids.TASK_FAMILIES, null where the task is outside them (images, audio).
pool: which models it is measured on: "embedding", "language-model", "tabular".
protocol: the default protocol's words, e.g. "lm-eval acc_norm 25-shot". n_shot -1: unknown or not meant.
twin_group: tasks with the same group share data and leave a backtest together; never null.
"""

SOURCES: Final = pl.Schema(
    {
        "source_id": pl.String,
        "title": pl.String,
        "url": pl.String,
        "commit": pl.String,
        "sha256": pl.String,
        "licence": pl.String,
        "date": pl.String,
    }
)


def check_table(name: str, table: pl.DataFrame, schema: pl.Schema, key: list[str]) -> pl.DataFrame:
    """Return `table` with exactly `schema`'s columns and a unique, complete key.

    Raises: BadInput: missing columns, NaN, null in the key, or two rows with one key.
    """
    if missing := [column for column in schema if column not in table.columns]:
        raise BadInput(f"{name}: missing columns {missing}; found {table.columns}")
    table = table.select(pl.col(column).cast(dtype) for column, dtype in schema.items())
    if nans := [c for c, dtype in schema.items() if dtype.is_float() and table[c].is_nan().any()]:
        raise BadInput(f"{name}: NaN in {nans}; write null for 'not measured'")
    if key and table.select(key).null_count().sum_horizontal().item():
        raise BadInput(f"{name}: null in key columns {key}")
    if key and (twins := table.filter(table.select(key).is_duplicated())).height:
        raise BadInput(f"{name}: {twins.height} rows share a key {key}, e.g. {twins.row(0)}")
    return table
