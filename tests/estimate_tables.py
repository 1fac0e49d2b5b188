"""Small SCORES, TASKS and MODELS frames, made up or cut from real results, for the estimation tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from advisor.estimate.distance import DISTANCE
from advisor.estimate.questions import questions
from advisor.ingest.mteb_comparable import COMPARABLE
from advisor.tables.likeness import likeness_among
from advisor.tables.schema import SCORES, SHIPPED_MODELS, TASKS
from advisor.tables.task_words import build_index

if TYPE_CHECKING:
    import numpy as np

    from advisor.estimate.goodness import Question

SLICE = Path(__file__).parent / "fixtures" / "estimate"


def real_slice() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """(scores, tasks, models): 60 models on 62 text tasks, from MTEB."""
    scores, tasks, models = (
        pl.read_parquet(SLICE / f"{name}_slice.parquet") for name in ("scores", "tasks", "models")
    )
    return scores, tasks, models


@cache
def real_questions() -> tuple[Question, ...]:
    """What the 60 models of the slice are asked about its tasks, each held out in turn."""
    scores, tasks, models = real_slice()
    tables = {"scores": scores, "tasks": tasks, "models": models}
    return tuple(questions(tables, "embedding", most=100, seed=0))


def beside(
    scores: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """The tables that stand beside the fitted ones: every score comparable, no task far, measured tasks indexed."""
    return {
        "scores": scores,
        "tasks": tasks,
        "models": models,
        "comparable": COMPARABLE.to_frame(),
        "distance": DISTANCE.to_frame(),
        "task_index": build_index(tasks),
    }


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
    known = {
        "kind": "encoder", "n_parameters": 100_000_000, "modalities": ["text"], "verified": True,
    } | facts  # fmt: skip
    return pl.DataFrame(
        [dict.fromkeys(SHIPPED_MODELS) | known | {"model_id": m, "pool": [pool]} for m in names],
        schema=SHIPPED_MODELS,
    )


def reader(tables: dict[str, pl.DataFrame]):
    """What a snapshot's `scan` is, over frames in memory."""
    return lambda name: tables[name].lazy()


def words_of(tasks: pl.DataFrame) -> pl.DataFrame:
    """The index of the tasks' words, as a snapshot has it, measured or not."""
    return build_index(tasks.with_columns(n_models=pl.lit(1)))


def task_likeness(tasks: pl.DataFrame) -> np.ndarray:
    """(tasks, tasks) likeness by the words of these tasks alone."""
    return likeness_among(words_of(tasks), tasks)
