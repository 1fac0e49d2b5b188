"""The collected language-model tables as evidence, scores, models and tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.ingest.lmeval_evidence import read_runs
from advisor.ingest.lmeval_families import NOTHING, Families, load_families
from advisor.ingest.lmeval_models import POOL, load_aliases, read_models
from advisor.ingest.lmeval_protocols import (
    default_protocols,
    default_scores,
    eligible,
    protocol_words,
)
from advisor.tables.schema import (
    EVIDENCE,
    EVIDENCE_KEY,
    MODELS,
    MODELS_KEY,
    SCORES,
    SCORES_KEY,
    TASKS,
    TASKS_KEY,
    check_table,
)

if TYPE_CHECKING:
    from pathlib import Path

LM_POOL: Final = POOL


@dataclass(frozen=True, kw_only=True)
class LmTables:
    """What the language-model tables say, checked against the schemas."""

    evidence: pl.DataFrame
    """EVIDENCE"""
    scores: pl.DataFrame
    """SCORES, under each task's default protocol"""
    models: pl.DataFrame
    """MODELS; commercial_use is "unknown" until a licence map is applied"""
    tasks: pl.DataFrame
    """TASKS, measured ones only"""
    report: pl.DataFrame
    """source, kind, n_rows, action, why"""


def read_tables(folder: Path, *, families: Path | None = None) -> LmTables:
    """Read lm_scores, lm_models, lm_values_other and pythia_checkpoints from `folder`.

    families: the facts file on tasks; by default the one that ships with the package.
    Raises: MissingData: one of the files is missing or damaged. BadInput: the facts file is wrong.
    """
    facts, aliases = load_families(families), load_aliases()
    runs = read_runs(folder, facts, aliases=aliases)
    rows = eligible(runs.rows)
    protocols = default_protocols(rows)
    scores = default_scores(rows, protocols)
    evidence = runs.rows.select(EVIDENCE.names())
    models = read_models(folder, evidence, aliases=aliases)
    return LmTables(
        evidence=check_table("evidence", evidence, EVIDENCE, EVIDENCE_KEY),
        scores=check_table("scores", scores, SCORES, SCORES_KEY),
        models=check_table("models", models, MODELS, MODELS_KEY),
        tasks=check_table("tasks", _tasks(evidence, protocols, scores, facts), TASKS, TASKS_KEY),
        report=runs.report,
    )


def _tasks(
    evidence: pl.DataFrame, protocols: pl.DataFrame, scores: pl.DataFrame, families: Families
) -> pl.DataFrame:
    """One row per task of the evidence; one measured only in part has no protocol of its own yet."""
    main = (
        evidence.group_by("task_id", "source_id", "harness", "metric")
        .agg(pl.len().alias("n"))
        .sort(["task_id", "n", "source_id", "harness", "metric"], descending=[False, True, False, False, False])
        .unique("task_id", keep="first", maintain_order=True)
        .select("task_id", "source_id", pl.col("harness").alias("any_harness"), pl.col("metric").alias("any_metric"))
    )  # fmt: skip
    sizes = scores.group_by("task_id").agg(pl.len().cast(pl.Int32).alias("n_models"))
    # How many items a task has does not hang on the protocol; partial runs never have the most.
    sizes = sizes.join(
        evidence.group_by("task_id").agg(pl.col("n_items").max()),
        on="task_id",
        how="full",
        coalesce=True,
    )
    table = main.join(protocols.drop("n_models"), on="task_id", how="left").join(
        sizes, on="task_id", how="left"
    )
    known = [families.facts(task) or NOTHING for task in table["task_id"]]
    table = table.with_columns(
        pl.coalesce("harness", "any_harness").alias("harness"),
        pl.coalesce("metric", "any_metric").alias("metric"),
        pl.col("protocol_shot").fill_null(-1).alias("n_shot"),
        pl.col("n_models").fill_null(0),
    )
    facts: dict[str, pl.Expr | pl.Series] = {
        "task_type": pl.Series([fact.type for fact in known], dtype=pl.String),
        "task_family": pl.Series([fact.family for fact in known], dtype=pl.String),
        "pool": pl.lit(LM_POOL),
        "protocol": pl.Series(
            [protocol_words(*row) for row in table.select("harness", "metric", "n_shot").iter_rows()],
            dtype=pl.String,
        ),
        "description": pl.Series([fact.description for fact in known], dtype=pl.String),
        "languages": pl.Series([_list(fact.languages) for fact in known], dtype=pl.List(pl.String)),
        "domains": pl.Series([_list(fact.domains) for fact in known], dtype=pl.List(pl.String)),
        "modalities": pl.lit(["text"]),
        "chance": pl.Series([fact.chance for fact in known], dtype=pl.Float64),
        "twin_group": pl.Series(
            [fact.twin or name for fact, name in zip(known, table["task_id"], strict=True)], dtype=pl.String
        ),
        "is_aggregate": pl.Series([fact.aggregate for fact in known], dtype=pl.Boolean),
    }  # fmt: skip
    table = table.with_columns(column.alias(name) for name, column in facts.items())
    return table.select(
        (pl.col(name) if name in table.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in TASKS.items()
    ).sort(TASKS_KEY)


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)
