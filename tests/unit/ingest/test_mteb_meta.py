"""Cards out of model_meta.json, held against the registry's cards of the same models."""

from __future__ import annotations

from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.ingest.mteb_meta import read_meta_cards
from advisor.ingest.mteb_registry import read_models
from advisor.tables.schema import MODELS

MTEB = Path(__file__).parents[2] / "fixtures" / "mteb"
REGISTRY = read_models(MTEB / "mteb_models.parquet")


def test_the_files_say_what_the_registry_says():
    cards = read_meta_cards(MTEB / "results", REGISTRY["model_id"])
    assert cards.height > 15
    both = cards.join(REGISTRY, on="model_id", suffix="_registry")
    assert both.height == cards.height
    for column in ("kind", "family", "license", "open_weights", "embed_dim"):
        same = both.filter(pl.col(column).eq_missing(pl.col(f"{column}_registry"))).height
        assert same >= 0.8 * both.height, (column, same, both.height)
    counted = both.drop_nulls(["n_parameters", "n_parameters_registry"])
    near = (pl.col("n_parameters") / pl.col("n_parameters_registry") - 1).abs() < 0.05
    assert counted.filter(near).height >= 0.8 * counted.height


def test_only_the_wanted_models_have_cards():
    assert read_meta_cards(MTEB / "results", ["no/body"]).is_empty()
    one = read_meta_cards(MTEB / "results", ["minishlab/potion-base-8M"]).row(0, named=True)
    assert (one["kind"], one["n_parameters"], one["n_parameters_basis"]) == ("static_embedding", 7_559_168, "model_meta.json")  # fmt: skip
    assert one["context_tokens"] == 1_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
FIELDS = (
    "n_parameters", "memory_usage_mb", "max_tokens", "embed_dim", "license", "open_weights", "languages", "modalities",
    "training_datasets", "adapted_from", "model_type", "is_cross_encoder", "release_date", "use_instructions",
    "n_embedding_parameters", "n_active_parameters_override", "public_training_code",
)  # fmt: skip


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)))
def test_whatever_a_file_holds_there_is_a_card(tmp_path_factory, said):
    folder = tmp_path_factory.mktemp("meta")
    try:
        (folder / "model_meta.json").write_bytes(orjson.dumps({"name": "a/b", **said}))
    except TypeError:  # integers beyond 64 bits
        return
    card = read_meta_cards(folder, ["a/b"])
    assert card.schema == MODELS
    assert card["model_id"].to_list() == ["a/b"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"name": 5}', b"{", b"\xff"])
def test_a_file_that_is_no_card_is_passed_over(tmp_path, content):
    (tmp_path / "model_meta.json").write_bytes(content)
    assert read_meta_cards(tmp_path, ["a/b"]).is_empty()
