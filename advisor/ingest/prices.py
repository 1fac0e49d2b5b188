"""What hosted models cost per token, by provider, and what that says of the models in our catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from advisor.ingest.names import resolve_names
from advisor.ingest.reporting import Report
from advisor.tables.columns import require_columns
from advisor.tables.schema import check_table

if TYPE_CHECKING:
    from pathlib import Path

SOURCE_ID: Final = "litellm-prices"
TEXT_MODES: Final = ("chat", "completion", "responses", "embedding", "rerank")
NO_OUTPUT_MODES: Final = ("embedding", "rerank")

EMBEDDING_CEILING_USD: Final = 10.0
CHAT_CEILING_USD: Final = 1_000.0
"""USD per million input tokens above which a price is a slip of the unit: the dearest embedding service takes
below 1, the dearest language model (o1-pro) 150. Source: METHOD.md#prices"""

PRICES_KEY: Final = ["listing"]
PRICES: Final = pl.Schema(
    {
        "listing": pl.String,
        "provider": pl.String,
        "mode": pl.String,
        "usd_per_1m_input": pl.Float64,
        "usd_per_1m_output": pl.Float64,
        "usd_per_1m_cached_input": pl.Float64,
        "usd_per_1m_input_batch": pl.Float64,
        "context_tokens": pl.Int64,
        "max_output_tokens": pl.Int64,
        "embed_dim": pl.Int64,
        "n_parameters": pl.Int64,
        "n_parameters_basis": pl.String,
        "n_active_parameters": pl.Int64,
        "deprecated_on": pl.String,
        "flag": pl.String,
        "source_id": pl.String,
    }
)
"""One listing of one provider a row. listing: the provider's own name. Prices null where not stated, 0 (free
tiers and gaps look alike) or implausible; `flag` says which. Output is null where nothing is written."""

MODEL_PRICES: Final = pl.Schema(
    {
        "model_id": pl.String,
        "usd_per_1m_input": pl.Float64,
        "usd_per_1m_output": pl.Float64,
        "usd_per_1m_input_min": pl.Float64,
        "usd_per_1m_output_min": pl.Float64,
        "n_providers": pl.Int64,
        "provider_cheapest": pl.String,
        "listing_cheapest": pl.String,
        "how": pl.String,
        "source_id": pl.String,
    }
)
"""One model a row: medians over providers, and the provider with the lowest input plus output price."""

NEEDED: Final = [
    "model", "provider", "mode", "usd_per_1m_input", "usd_per_1m_output", "usd_per_1m_cached_input",
    "usd_per_1m_input_batch", "max_input_tokens", "max_output_tokens", "output_vector_size", "n_parameters",
    "active_parameters", "n_parameters_basis", "deprecation_date",
]  # fmt: skip


class PriceTables(NamedTuple):
    """PRICES and the count of what was changed or set aside."""

    prices: pl.DataFrame
    report: pl.DataFrame


def read_prices(folder: Path) -> PriceTables:
    """Token prices from `folder`/api_prices.parquet.

    Raises: BadInput: a column is missing, or a listing stands twice.
    """
    raw = require_columns(pl.read_parquet(folder / "api_prices.parquet"), NEEDED, "api_prices")
    lines = Report(SOURCE_ID)
    lines.add("rows: listings", raw.height, action="read", why="one model at one provider")
    kept = lines.set_aside(
        raw,
        pl.col("model").str.contains(r"^(?:fireworks|together)-ai-.*(?:up-to|above|\d-to-)"),
        kind="rows: price tiers",
        why="a price for every model of a size, not a model",
    )
    kept = lines.set_aside(
        kept,
        ~pl.col("mode").is_in(TEXT_MODES) | pl.col("mode").is_null(),
        kind="rows: not priced by text tokens",
        why="images, audio, moderation and others price other units",
    )
    tidy = _corrected(kept, lines)
    prices = check_table("prices", tidy, PRICES, PRICES_KEY).sort(PRICES_KEY)
    lines.add("rows: prices", prices.height, action="kept", why="one a listing")
    return PriceTables(prices, lines.frame())


def _corrected(kept: pl.DataFrame, lines: Report) -> pl.DataFrame:
    price_in, price_out = pl.col("usd_per_1m_input"), pl.col("usd_per_1m_output")
    silent = pl.col("mode").is_in(NO_OUTPUT_MODES)
    ceiling = pl.when(silent).then(EMBEDDING_CEILING_USD).otherwise(CHAT_CEILING_USD)
    decimal = (
        pl.col("model").str.to_lowercase().str.extract(r"(?:^|[^0-9.])0[-_.p](\d+)b(?:[^a-z]|$)")
    )
    small = (pl.lit("0.") + decimal).cast(pl.Float64) * 1e9
    faults = {
        "zero price": ((price_in == 0) | ((price_out == 0) & ~silent), "0 is a free tier or a gap: null"),
        "implausible price": (price_in > ceiling, "above every known price of its kind: null"),
        "size misread": (
            decimal.is_not_null() & (pl.col("n_parameters").fill_null(0) != small.round()),
            "the name says 0.6B (0-6b, 0p6b): size corrected",
        ),
    }  # fmt: skip
    flagged = kept.with_columns(
        small=small, **{name: fault.fill_null(value=False) for name, (fault, _) in faults.items()}
    )
    for name, (_, why) in faults.items():
        lines.add(f"rows: {name}", int(flagged[name].sum()), action="changed", why=why)
    priced = ~pl.col("implausible price")
    return flagged.select(
        pl.col("model").alias("listing"),
        "provider",
        "mode",
        *(
            pl.when((pl.col(column) > 0) & priced).then(pl.col(column)).alias(column)
            for column in (
                "usd_per_1m_input",
                "usd_per_1m_output",
                "usd_per_1m_cached_input",
                "usd_per_1m_input_batch",
            )
        ),
        pl.col("max_input_tokens").alias("context_tokens"),
        "max_output_tokens",
        pl.col("output_vector_size").alias("embed_dim"),
        pl.when("size misread").then("small").otherwise("n_parameters").round().alias("n_parameters"),
        pl.when("size misread").then(pl.lit("name")).otherwise("n_parameters_basis").alias("n_parameters_basis"),
        pl.col("active_parameters").alias("n_active_parameters"),
        pl.col("deprecation_date").alias("deprecated_on"),
        pl.concat_str(
            [pl.when(name).then(pl.lit(name)) for name in faults], separator="; ", ignore_nulls=True
        ).replace("", None).alias("flag"),
        pl.lit(SOURCE_ID).alias("source_id"),
    )  # fmt: skip


def price_for_models(prices: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """MODEL_PRICES for the models that some provider lists at a price, sorted by model_id.

    A provider with several listings of a model (regions, versions) counts once, with its lowest.
    Listings without an input price, and language models' without an output price, do not count.

    Args:
        prices: PRICES.
        models: column model_id.
    Source: METHOD.md#prices
    """
    silent = pl.col("mode").is_in(NO_OUTPUT_MODES)
    usable = prices.filter(
        pl.col("usd_per_1m_input").is_not_null() & (silent | pl.col("usd_per_1m_output").is_not_null())
    )  # fmt: skip
    names = usable.select(name="listing", is_chat=pl.col("mode").is_in(["chat", "responses"]))
    matched = usable.join(
        resolve_names(names, models["model_id"]), left_on="listing", right_on="name", how="inner"
    )
    total = pl.col("usd_per_1m_input") + pl.col("usd_per_1m_output").fill_null(0)
    by_provider = (
        matched.with_columns(total=total)
        .sort("model_id", "provider", "total", "listing")
        .unique(["model_id", "provider"], keep="first", maintain_order=True)
        .sort("model_id", "total", "provider")
    )
    return (
        by_provider.group_by("model_id", maintain_order=True)
        .agg(
            pl.col("usd_per_1m_input", "usd_per_1m_output").median(),
            pl.col("usd_per_1m_input").min().alias("usd_per_1m_input_min"),
            pl.col("usd_per_1m_output").min().alias("usd_per_1m_output_min"),
            pl.len().alias("n_providers"),
            pl.col("provider").first().alias("provider_cheapest"),
            pl.col("listing").first().alias("listing_cheapest"),
            pl.col("how").first(),
            pl.lit(SOURCE_ID).alias("source_id"),
        )
        .select(pl.col(column).cast(dtype) for column, dtype in MODEL_PRICES.items())
        .sort("model_id")
    )
