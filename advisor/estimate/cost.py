"""What 1,000 items cost: a provider's price per token, or an hour of the stated machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.estimate.latency import latency
from advisor.estimate.ways import embeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.core.profile import Workload

    Read = Callable[[str], pl.LazyFrame]

ITEMS: Final = 1_000.0
TOKENS_PRICED: Final = 1e6
SECONDS_PER_HOUR: Final = 3_600.0
COLUMNS: Final = pl.Schema(
    {
        "model_id": pl.String,
        "quantity": pl.String,
        "value": pl.Float64,
        "lo": pl.Float64,
        "hi": pl.Float64,
        "basis": pl.String,
        "n_evidence": pl.Int64,
        "way": pl.String,
    }
)
"""way: "own machine" or "api"."""


def cost(
    read: Read, models: pl.DataFrame, workload: Workload, *, pool: str | None = None
) -> pl.DataFrame:
    """USD per 1,000 items: one row a model (COLUMNS), sorted by model_id; value null where no price is known.

    The stated machine's hour, where it has a price and the model's time on it is known, else the median of the
    providers' token prices. Nobody need pay more than that median, and the cheapest provider is `lo`. An own
    machine is taken to be busy: idle hours cost extra. No price of a CPU hour is known.

    pool: as for latency. read: gives the snapshot's tables model_prices, hardware, latency_model and evidence_other.
    Source: METHOD.md#cost
    """
    listed = _listed(read, models, workload, pool)
    own = _own(read, models, workload, pool)
    if own is None:
        return listed
    taken = own.filter(pl.col("value").is_not_null())
    return pl.concat([taken, listed.join(taken, on="model_id", how="anti")]).sort("model_id")


def _listed(read: Read, models: pl.DataFrame, workload: Workload, pool: str | None) -> pl.DataFrame:
    prices = read("model_prices").select(
        "model_id", "usd_per_1m_input", "usd_per_1m_output", "usd_per_1m_input_min", "usd_per_1m_output_min",
        "n_providers",
    ).collect()  # fmt: skip
    joined = models.select("model_id", "pool", "kind").join(prices, on="model_id", how="left")
    writes = ~embeds(pool)

    def usd(read_price: str, written_price: str) -> pl.Expr:
        read_usd = pl.col(read_price) * workload.input_tokens
        written = (
            pl.when(writes).then(pl.col(written_price) * workload.output_tokens).otherwise(0.0)
        )
        return (read_usd + written) * ITEMS / TOKENS_PRICED

    value = usd("usd_per_1m_input", "usd_per_1m_output")
    known = value.is_not_null()
    frame = joined.select(
        "model_id",
        quantity=pl.lit("cost_usd_per_1k_items"),
        value=value,
        lo=pl.min_horizontal(
            usd("usd_per_1m_input_min", "usd_per_1m_output_min").fill_null(value), value
        ),
        hi=value,
        basis=pl.when(known).then(pl.lit("measured")),
        n_evidence=pl.when(known).then("n_providers"),
        way=pl.when(known).then(pl.lit("api")),
    )
    return frame.select(pl.col(c).cast(dtype) for c, dtype in COLUMNS.items()).sort("model_id")


def _own(
    read: Read, models: pl.DataFrame, workload: Workload, pool: str | None
) -> pl.DataFrame | None:
    """The same from an hour of the stated machine; None when that has no price."""
    if workload.hardware_id is None:
        return None
    price = (
        read("hardware")
        .filter(pl.col("hardware_id") == workload.hardware_id)
        .select("usd_per_hour")
        .collect()
    )
    if price.is_empty() or price["usd_per_hour"][0] is None:
        return None
    usd_per_item_second = float(price["usd_per_hour"][0]) / SECONDS_PER_HOUR / workload.batch_size
    times = latency(read, models, workload, pool=pool)
    return times.select(
        pl.col("model_id"),
        pl.lit("cost_usd_per_1k_items").alias("quantity"),
        *(pl.col(end) * usd_per_item_second * ITEMS for end in ("value", "lo", "hi")),
        pl.col("basis"),
        pl.col("n_evidence"),
        pl.when(pl.col("value").is_not_null()).then(pl.lit("own machine")).alias("way"),
    ).sort("model_id")
