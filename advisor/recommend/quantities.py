"""Latency, memory and cost of every candidate on the stated workload, in one long frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.recommendation import Quantity
from advisor.estimate.cost import cost
from advisor.estimate.latency import latency
from advisor.estimate.memory import memory

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.recommend.candidates import Candidates
    from advisor.tables.snapshot import Snapshot

COLUMNS: Final = ["model_id", "quantity", "value", "lo", "hi", "basis"]


def quantities(
    profile: TaskProfile, pool: Candidates, snapshot: Snapshot, *, level: float
) -> pl.DataFrame:
    """What each model takes: model_id, quantity, value, lo, hi, basis; no row where nothing is known.

    Quantities: latency_p95_s, memory_bytes, cost_usd_per_1k_items.
    """
    frames = [
        latency(snapshot.scan, pool.models, profile.workload, level=level, pool=pool.pool),
        memory(
            pool.models,
            batch_size=profile.workload.batch_size,
            tokens=profile.workload.input_tokens,
            pool=pool.pool,
        ),
        cost(snapshot.scan, pool.models, profile.workload, pool=pool.pool),
    ]
    return pl.concat([frame.select(COLUMNS) for frame in frames]).filter(
        pl.col("value").is_not_null()
    )


def per_model(frame: pl.DataFrame) -> dict[str, dict[str, Quantity]]:
    """The same as typed objects: model_id → quantity → value with interval."""
    result: dict[str, dict[str, Quantity]] = {}
    for row in frame.sort("model_id", "quantity").iter_rows(named=True):
        result.setdefault(row["model_id"], {})[row["quantity"]] = Quantity(
            value=row["value"], lo=row["lo"], hi=row["hi"], basis=row["basis"]
        )
    return result
