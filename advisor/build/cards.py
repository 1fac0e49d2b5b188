"""One card per model out of what several sources say of it, by one written precedence."""

from __future__ import annotations

from typing import Final

import polars as pl

from advisor.ingest.licences import commercial_use, is_open
from advisor.tables.schema import MODELS, MODELS_KEY, SHIPPED_MODELS, check_table

UNVERIFIED: Final = frozenset(
    {"open-llm-leaderboard-v1", "open-llm-leaderboard-v2", "dclm", "open-lm-scaling"}
)
"""A model known only from these is not verified: boards to which anyone could send a model, and two
studies whose hundreds of checkpoints were trained to be compared and not to be used."""


def merge_cards(parts: list[pl.DataFrame], hub: pl.DataFrame) -> pl.DataFrame:
    """One row per model (MODELS): each field from the first source that states it, pools united.

    parts: MODELS frames, most trusted first (MTEB's registry, lm sources, tables). hub: MODELS frame of
    the Hub's own facts; it fills what is still missing, and its downloads and likes always count.
    Source: METHOD.md#cards
    """
    ranked = [
        part.select(list(MODELS)).with_columns(rank=pl.lit(i)) for i, part in enumerate(parts)
    ]
    known = pl.concat(ranked).select("model_id").unique()
    living = (
        hub.select(list(MODELS))
        .join(known, on="model_id", how="semi")
        .with_columns(rank=pl.lit(len(parts)))
    )
    everything = pl.concat([*ranked, living]).sort("model_id", "rank")
    first = [
        pl.col(c).drop_nulls().first()
        for c in MODELS
        if c not in ("model_id", "pool", "params_suspect")
    ]
    merged = everything.group_by("model_id", maintain_order=True).agg(
        *first,
        pool=pl.col("pool").explode().drop_nulls().unique().sort(),
        # In doubt only if the source that gave the number doubts it.
        params_suspect=pl.col("params_suspect")
        .filter(pl.col("n_parameters").is_not_null())
        .first(),
    )
    fresh = living.select("model_id", "downloads_30d", "downloads_date", "likes").rename(
        {"downloads_30d": "hub_downloads", "downloads_date": "hub_date", "likes": "hub_likes"}
    )
    merged = (
        merged.join(fresh, on="model_id", how="left")
        .with_columns(
            downloads_30d=pl.coalesce("hub_downloads", "downloads_30d"),
            downloads_date=pl.coalesce("hub_date", "downloads_date"),
            likes=pl.coalesce("hub_likes", "likes"),
            params_suspect=pl.col("params_suspect").fill_null(value=False),
        )
        .with_columns(commercial_use=commercial_use(merged["license"]))
    )
    return check_table("models", merged, MODELS, MODELS_KEY)


def describe_measured(
    models: pl.DataFrame, scores: pl.DataFrame, tasks: pl.DataFrame
) -> pl.DataFrame:
    """Add what the scores say of each model: `verified`, `measured_languages`, and the licence's openness.

    verified: measured by a source outside UNVERIFIED, or counted by the Hub, and not a merge.
    """
    by_model = (
        scores.join(tasks.select("task_id", "languages"), on="task_id", how="left")
        .group_by("model_id")
        .agg(
            measured_languages=pl.col("languages").explode().drop_nulls().unique().sort(),
            curated=(~pl.col("source_id").is_in(list(UNVERIFIED))).any(),
        )
    )
    described = (
        models.join(by_model, on="model_id", how="left")
        .with_columns(
            verified=(
                pl.col("curated").fill_null(value=False) | pl.col("downloads_30d").is_not_null()
            )
            & (pl.col("tuning").fill_null("") != "merge"),
            is_open_license=is_open(models["license"]),
            measured_languages=pl.col("measured_languages").fill_null([]),
        )
        .sort("model_id")
    )
    return check_table("models", described, SHIPPED_MODELS, MODELS_KEY)
