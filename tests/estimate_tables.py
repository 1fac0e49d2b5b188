"""Small SCORES, TASKS and MODELS frames, made up or cut from real results, for the estimation tests."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from advisor.tables.schema import MODELS, SCORES, TASKS

SLICE = Path(__file__).parent / "fixtures" / "estimate"


def real_slice() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """(scores, tasks, models): 60 models on 62 text tasks, from MTEB."""
    scores, tasks, models = (
        pl.read_parquet(SLICE / f"{name}_slice.parquet") for name in ("scores", "tasks", "models")
    )
    return scores, tasks, models


def some_scores(*rows: tuple[str, str, float], **facts) -> pl.DataFrame:
    """SCORES from (model_id, task_id, value) rows."""
    known = {"n_rows": 1, "model_revision": "r", "source_id": "made-up"} | facts
    return pl.DataFrame(
        [
            dict.fromkeys(SCORES) | {"model_id": m, "task_id": t, "value": v} | known
            for m, t, v in rows
        ],
        schema=SCORES,
    )


def some_tasks(*names: str, pool: str = "embedding", **facts) -> pl.DataFrame:
    """TASKS, one plain English retrieval task per name."""
    known = {
        "harness": "mteb", "task_type": "Retrieval", "task_family": "retrieval", "pool": pool, "metric": "ndcg_at_10",
        "languages": ["eng"], "modalities": ["text"], "is_aggregate": False, "n_models": 0,
    } | facts  # fmt: skip
    return pl.DataFrame(
        [dict.fromkeys(TASKS) | known | {"task_id": t, "twin_group": t} for t in names],
        schema=TASKS,
    )


def some_models(*names: str, pool: str = "embedding", **facts) -> pl.DataFrame:
    """MODELS, one 100 M encoder per name."""
    known = {"kind": "encoder", "n_parameters": 100_000_000, "modalities": ["text"]} | facts
    return pl.DataFrame(
        [dict.fromkeys(MODELS) | known | {"model_id": m, "pool": [pool]} for m in names],
        schema=MODELS,
    )


def reader(tables: dict[str, pl.DataFrame]):
    """What a snapshot's `scan` is, over frames in memory."""
    return lambda name: tables[name].lazy()
