"""Hub statistics: what is a count and what only looks like one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from advisor.core.errors import BadInput
from advisor.core.ids import size_class
from advisor.ingest.hub_models import POPULARITY_KEY, aliases, canonical_ids, read_hub

FOLDER = Path(__file__).parents[2] / "fixtures" / "hub"
RAW = pl.read_parquet(FOLDER / "hub_models.parquet")


@pytest.fixture(scope="module")
def hub():
    return read_hub(FOLDER)


def counts(report: pl.DataFrame) -> dict[str, int]:
    return dict(report.select("kind", "n_rows").rows())


def test_every_row_is_kept_or_counted_as_set_aside(hub):
    lines = hub.report.filter(pl.col("kind").str.starts_with("rows:"))
    aside = lines.filter(pl.col("action") == "set aside")["n_rows"].sum()
    assert counts(lines)["rows: model, day and source"] == RAW.height
    assert hub.popularity.height + aside == RAW.height
    assert hub.popularity.select(POPULARITY_KEY).is_duplicated().sum() == 0


def test_days_on_which_a_crawler_added_up_are_left_out(hub):
    broken = hub.popularity.filter(
        (pl.col("source_id") == "hub-ai-nexus")
        & pl.col("date").is_between(dt.date(2025, 11, 19), dt.date(2025, 11, 21))
    )
    assert broken.height == 0
    # Why: one model's count stands there once, twice and three times over on one day.
    day = RAW.filter(
        (pl.col("model") == "CobraMamba/mamba-gpt-3b-v2")
        & (pl.col("snapshot_date") == dt.date(2025, 11, 20))
    )["downloads_30d"].sort()
    assert day[1] == 2 * day[0]
    assert counts(hub.report)["rows: crawls added up"] == RAW.filter(
        pl.col("source").str.contains("ai-nexus")
        & pl.col("snapshot_date").cast(pl.String).str.contains("2025-11-(19|20|21)")
    ).height  # fmt: skip


def test_a_famous_model_never_has_zero_downloads(hub):
    """If this breaks, a missing figure makes the most used models look unused."""
    most = hub.popularity.group_by("model_id").agg(pl.col("downloads_30d").min().alias("lo"), pl.col("downloads_30d").max().alias("hi"))  # fmt: skip
    assert most.filter((pl.col("lo") == 0) & (pl.col("hi") >= 1000)).height == 0
    assert RAW.filter((pl.col("model") == "Qwen/Qwen3-0.6B") & (pl.col("downloads_30d") == 0)).height == 1  # fmt: skip


def test_the_187_million_slip_is_set_aside_and_slower_growth_is_kept(hub):
    slip = hub.popularity.filter(pl.col("model_id") == "Qwen/Qwen3-VL-2B-Instruct")
    assert slip["downloads_30d"].max() == 2_389_050
    grown = hub.popularity.filter(pl.col("model_id") == "google/gemma-4-31B-it")["downloads_30d"]
    assert grown.max() == 12_700_000
    card = hub.models.row(
        by_predicate=pl.col("model_id") == "Qwen/Qwen3-VL-2B-Instruct", named=True
    )
    assert (card["downloads_30d"], card["downloads_date"]) == (1_955_978, "2026-04-08")


def test_a_figure_shown_again_is_no_new_count(hub):
    tidy = hub.popularity.sort("model_id", "source_id", "date")
    same = pl.col("downloads_30d") == pl.col("downloads_30d").shift(1).over("model_id", "source_id")
    assert tidy.filter(same).height == 0


def test_old_ids_join_the_present_ones(hub):
    bert = hub.popularity.filter(pl.col("model_id") == "google-bert/bert-base-uncased")
    assert bert["date"].min() == dt.date(2022, 7, 2)
    assert "bert-base-uncased" not in hub.popularity["model_id"]
    assert canonical_ids(pl.Series(["gpt2", "a/b"])).to_list() == ["openai-community/gpt2", "a/b"]
    assert not set(aliases()) & set(aliases().values())


def test_the_best_basis_speaks_for_the_size(hub):
    # google-bert/bert-base-uncased has a family estimate of 109 M and a safetensors total in other rows.
    sizes = RAW.filter(pl.col("model").str.contains("bert-base-uncased$")).select(
        "n_parameters_basis"
    )
    assert set(sizes.to_series()) == {"family-estimate", "safetensors"}
    bert = hub.models.row(
        by_predicate=pl.col("model_id") == "google-bert/bert-base-uncased", named=True
    )
    assert (bert["n_parameters"], bert["n_parameters_basis"]) == (110_106_428, "safetensors")
    minilm = hub.models.filter(pl.col("model_id").str.ends_with("all-MiniLM-L6-v2"))
    assert minilm["n_parameters"].to_list() == [22_713_216]


def test_size_classes_are_those_of_the_vocabulary(hub):
    for n_parameters, label in hub.popularity.select("n_parameters", "size_class").unique().rows():
        assert label == size_class(n_parameters, "encoder")


def test_test_fixtures_are_marked_and_have_no_card(hub):
    fixtures = hub.popularity.filter("is_test_fixture")["model_id"].unique()
    assert len(fixtures) >= 1
    assert hub.models.filter(pl.col("model_id").is_in(fixtures.to_list())).height == 0


def test_order_of_rows_never_matters(hub, tmp_path):
    RAW.sample(fraction=1.0, shuffle=True, seed=3).write_parquet(tmp_path / "hub_models.parquet")
    again = read_hub(tmp_path)
    assert again.popularity.equals(hub.popularity)
    assert again.models.equals(hub.models)


def test_a_missing_column_is_named(tmp_path):
    RAW.drop("likes").write_parquet(tmp_path / "hub_models.parquet")
    with pytest.raises(BadInput, match=r"hub_models: missing columns \['likes'\]"):
        read_hub(tmp_path)
