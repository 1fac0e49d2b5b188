"""API prices: slips are null and flagged, and a model's price is a median over providers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from advisor.ingest.prices import price_for_models, read_prices

FOLDER = Path(__file__).parents[2] / "fixtures" / "cost"
RAW = pl.read_parquet(FOLDER / "api_prices.parquet")


@pytest.fixture(scope="module")
def tables():
    return read_prices(FOLDER)


def row(tables, listing):
    return tables.prices.row(by_predicate=pl.col("listing") == listing, named=True)


def test_every_listing_is_kept_or_counted_as_set_aside(tables):
    aside = tables.report.filter(pl.col("action") == "set aside")["n_rows"].sum()
    assert tables.prices.height + aside == RAW.height
    assert aside > 0


def test_no_price_is_zero(tables):
    """If this breaks, a free tier or a gap makes a model the cheapest of all."""
    columns = [c for c in tables.prices.columns if c.startswith("usd_")]
    assert RAW.filter(pl.col("usd_per_1m_input") == 0).height > 0
    assert not any((tables.prices[c] <= 0).any() for c in columns)


def test_a_thousandfold_embedding_price_is_null_and_flagged(tables):
    slip = row(tables, "embed-multilingual-light-v3.0")
    assert slip["usd_per_1m_input"] is None
    assert slip["flag"] == "implausible price"
    assert row(tables, "o1-pro")["usd_per_1m_input"] == 150.0


def test_a_06b_model_is_no_6b_model(tables):
    listing = "databricks/databricks-qwen3-embedding-0-6b"
    stated = RAW.filter(pl.col("model") == listing)["n_parameters"].item()
    assert (stated, row(tables, listing)["n_parameters"]) == (6_000_000_000, 600_000_000)
    assert row(tables, "fireworks_ai/accounts/fireworks/models/qwen2p5-0p5b-instruct")["n_parameters"] == 500_000_000  # fmt: skip
    assert row(tables, "fireworks_ai/accounts/fireworks/models/yi-6b")["n_parameters"] == 6_000_000_000  # fmt: skip


def test_what_is_not_priced_by_text_is_left_out(tables):
    assert set(tables.prices["mode"]) <= {"chat", "completion", "responses", "embedding", "rerank"}
    assert not tables.prices["listing"].str.contains("up-to|above").any()


def test_an_embedding_has_no_output_price(tables):
    assert row(tables, "text-embedding-3-small")["usd_per_1m_output"] is None


def test_a_models_price_is_the_median_of_its_providers_lowest(tables):
    """By hand: provider a lists it twice (2 + 2 and 1 + 1), b at 4 + 8, c at 10 + 2, d without a price."""
    empty = tables.prices.clear()
    listed = [
        ("us.meta.llama3-1-8b-instruct-v1:0", "a", 2.0, 2.0),
        ("eu.meta.llama3-1-8b-instruct-v1:0", "a", 1.0, 1.0),
        ("b/meta-llama/Llama-3.1-8B-Instruct", "b", 4.0, 8.0),
        ("c/llama-v3p1-8b-instruct-fp8", "c", 10.0, 2.0),
        ("d/llama-3.1-8b-instruct", "d", None, 1.0),
        ("b/meta-llama/Llama-3-8B-Instruct", "b", 0.1, 0.1),
    ]
    names = ["listing", "provider", "usd_per_1m_input", "usd_per_1m_output"]
    rows = pl.DataFrame(listed, schema=names, orient="row").with_columns(mode=pl.lit("chat"))
    prices = pl.concat([empty, rows], how="diagonal")
    found = price_for_models(
        prices, pl.DataFrame({"model_id": ["meta-llama/Llama-3.1-8B-Instruct"]})
    )
    row = found.row(0, named=True)
    assert (row["usd_per_1m_input"], row["usd_per_1m_output"]) == (4.0, 2.0)
    assert (row["usd_per_1m_input_min"], row["usd_per_1m_output_min"]) == (1.0, 1.0)
    assert (row["n_providers"], row["provider_cheapest"]) == (3, "a")
    assert row["listing_cheapest"] == "eu.meta.llama3-1-8b-instruct-v1:0"


def test_models_that_nobody_hosts_have_no_price(tables):
    wanted = ["meta-llama/Llama-3.1-8B-Instruct", "Qwen/Qwen3-Embedding-8B", "nobody/hosts-this"]
    found = price_for_models(tables.prices, pl.DataFrame({"model_id": wanted}))
    assert found["model_id"].to_list() == sorted(wanted[:2])
    assert found["n_providers"].to_list()[1] > 5


def test_a_price_of_one_model_never_changes_anothers(tables):
    both = price_for_models(
        tables.prices, pl.DataFrame({"model_id": ["BAAI/bge-m3", "Qwen/Qwen3-8B"]})
    )
    alone = price_for_models(tables.prices, pl.DataFrame({"model_id": ["BAAI/bge-m3"]}))
    assert both.filter(pl.col("model_id") == "BAAI/bge-m3").equals(alone)
