"""Latency, memory and cost of every candidate on the stated workload, in one long frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.recommendation import Quantity
from advisor.estimate.cost import cost
from advisor.estimate.latency import latency
from advisor.estimate.memory import memory
from advisor.estimate.training_cost import training_cost

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.recommend.candidates import Candidates
    from advisor.tables.snapshot import Snapshot

_ADAPTING: Final = {
    "linear probe fit_time_s": "probe_fit_time_s",
    "fine-tune fit_time_s": "fine_tune_time_s",
    "fine-tune memory_bytes": "fine_tune_memory_bytes",
}
COLUMNS: Final = ["model_id", "quantity", "value", "lo", "hi", "basis"]


def quantities(
    profile: TaskProfile, pool: Candidates, snapshot: Snapshot, *, level: float
) -> pl.DataFrame:
    """What each model takes: model_id, quantity, value, lo, hi, basis; no row where nothing is known.

    Quantities: latency_p95_s, memory_bytes, cost_usd_per_1k_items; where labels are at hand, also
    probe_fit_time_s, fine_tune_time_s and fine_tune_memory_bytes.
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
    if profile.constraints.n_labels is not None and pool.pool == "embedding":
        frames.append(_adapting(profile, pool, snapshot, profile.constraints.n_labels))
    return pl.concat([frame.select(COLUMNS) for frame in frames]).filter(
        pl.col("value").is_not_null()
    )


def _adapting(
    profile: TaskProfile, pool: Candidates, snapshot: Snapshot, n_labels: int
) -> pl.DataFrame:
    """What `n_labels` labelled texts cost to learn from: a linear probe on frozen vectors, or fine-tuning."""
    cost_of = training_cost(snapshot.scan, pool.models, n_labels, workload=profile.workload)
    named = (pl.col("way") + " " + pl.col("quantity")).replace_strict(_ADAPTING, default=None)
    return cost_of.with_columns(quantity=named).filter(pl.col("quantity").is_not_null())


def per_model(frame: pl.DataFrame) -> dict[str, dict[str, Quantity]]:
    """The same as typed objects: model_id → quantity → value with interval."""
    result: dict[str, dict[str, Quantity]] = {}
    for row in frame.sort("model_id", "quantity").iter_rows(named=True):
        result.setdefault(row["model_id"], {})[row["quantity"]] = Quantity(
            value=row["value"], lo=row["lo"], hi=row["hi"], basis=row["basis"]
        )
    return result
