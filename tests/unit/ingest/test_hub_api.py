"""Records of the Hub API: genuine ones are read, arbitrary ones never crash."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.ingest.hub_api import API_MODELS, read_api_records

RECORDS = orjson.loads(
    (Path(__file__).parents[2] / "fixtures" / "hub" / "api_models_list.json").read_bytes()
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
FIELDS = (
    "id", "modelId", "downloads", "likes", "tags", "cardData", "safetensors", "gated", "createdAt", "lastModified",
    "pipeline_tag", "library_name", "sha", "private", "disabled", "downloadsAllTime", "gguf", "config", "baseModels",
)  # fmt: skip


def test_each_genuine_record_is_one_row_with_its_own_values():
    found = read_api_records(RECORDS)
    rows = {row["model_id"]: row for row in found.models.to_dicts()}
    assert len(rows) == len(RECORDS)
    for record in RECORDS:
        row = rows[record["id"]]
        tagged = [tag for tag in record["tags"] if tag.startswith("license:")]
        assert row["downloads_30d"] == record["downloads"]
        assert row["likes"] == record["likes"]
        assert row["library"] == record.get("library_name")
        assert row["pipeline_tag"] == record.get("pipeline_tag")
        assert row["released"] == record["createdAt"][:10]
        assert row["gated"] is (record["gated"] is not False)
        assert (row["license"] is None) == (not tagged)
        # No count of the weights in these answers: a size is the name's, where it states one.
        assert row["n_parameters_basis"] in (None, "name")
        assert (row["n_parameters"] is None) == (row["n_parameters_basis"] is None)


def test_a_detail_record_gives_size_base_model_and_licence():
    record = {
        "id": "gpt2", "downloads": 7, "likes": 3, "gated": "manual", "createdAt": "2022-03-02T23:29:04.000Z",
        "safetensors": {"total": 137_022_720}, "cardData": {"license": "mit", "base_model": ["a/b"]},
    }  # fmt: skip
    row = read_api_records([record]).models.row(0, named=True)
    assert row["model_id"] == "openai-community/gpt2"
    assert (row["n_parameters"], row["base_model"], row["license"]) == (137_022_720, "a/b", "mit")
    assert row["gated"] is True


@pytest.mark.parametrize(
    ("stated", "bases"),
    [
        ({"relation": "finetune", "models": [{"_id": "1", "id": "a/b"}]}, ["a/b"]),
        ({"relation": "merge", "models": [{"id": "c/d"}, {"id": "a/b"}, {"id": "a/b"}]}, ["a/b", "c/d"]),
        (["a/b"], ["a/b"]),
        ({"models": "a/b"}, ["x/card"]),
        ({"models": [5, {"id": None}, {}]}, ["x/tag"]),
        (None, ["x/card"]),
    ],
)  # fmt: skip
def test_base_models_as_the_hub_found_them_go_before_card_and_tags(stated, bases):
    record = {"id": "x/y", "baseModels": stated, "cardData": {"base_model": "x/card"}, "tags": ["base_model:finetune:x/tag"]}  # fmt: skip
    row = read_api_records([record]).models.row(0, named=True)
    assert row["base_models"] == bases
    assert row["base_model"] == (bases[0] if len(bases) == 1 else None)


def test_counts_by_type_tags_and_config_make_the_size():
    record = {
        "id": "x/big-7B-GPTQ", "tags": ["gptq", "4-bit", "license:mit"], "downloadsAllTime": 12, "sha": "f" * 40,
        "safetensors": {"parameters": {"I32": 830_000_000, "F16": 330_000_000, "odd": "x"}, "total": 1_160_000_000},
        "config": {"architectures": ["LlamaForCausalLM"], "quantization_config": {"quant_method": "gptq", "bits": 4}},
    }  # fmt: skip
    row = read_api_records([record]).models.row(0, named=True)
    assert (row["n_parameters"], row["n_parameters_basis"]) == (6_970_000_000, "safetensors (unpacked)")  # fmt: skip
    assert (row["safetensors_total"], row["safetensors_by_type"]) == (1_160_000_000, '{"F16":330000000,"I32":830000000}')  # fmt: skip
    assert (row["architecture"], row["downloads_all_time"]) == ("LlamaForCausalLM", 12)


def test_a_merge_of_several_has_no_single_base():
    record = {"id": "x/y", "tags": ["base_model:a/b", "base_model:merge:a/b", "base_model:c/d"]}
    assert read_api_records([record]).models["base_model"].to_list() == [None]


def test_what_is_set_aside_is_counted_by_reason():
    records = [{"id": "x/y", "likes": 1}, {"id": "x/y", "likes": 2}, {"id": "p/q", "private": True}, {"id": 5}, None, []]  # fmt: skip
    found = read_api_records(records)
    assert found.models.select("model_id", "likes").rows() == [("x/y", 2)]
    counts = dict(found.report.select("kind", "n_rows").rows())
    assert counts == {
        "records: read": 6,
        "records: no model id": 3,
        "records: private or disabled": 1,
        "records: model again": 1,
        "models: rows": 1,
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)), max_size=4))
def test_arbitrary_json_never_crashes_it(records):
    found = read_api_records(records)
    assert found.models.schema == API_MODELS
    assert found.models["model_id"].is_unique().all()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(RECORDS), st.sampled_from(FIELDS), JSON)
def test_one_spoilt_field_spoils_no_other(record, field, value):
    before = read_api_records([record]).models
    spoilt = read_api_records([{**record, field: value}]).models
    if field in ("id", "modelId", "private", "disabled"):
        return
    size = ["n_parameters", "n_parameters_basis", "params_suspect", "n_active_parameters"]
    bases = ["base_model", "base_models"]
    touched = {
        "downloads": ["downloads_30d"], "likes": ["likes"], "tags": ["license", *bases, "tags", *size],
        "cardData": ["license", *bases], "safetensors": [*size, "safetensors_total", "safetensors_by_type"], "gated": ["gated"],
        "downloadsAllTime": ["downloads_all_time"], "gguf": [*size, "gguf_total"], "config": [*size, "architecture"], "baseModels": bases,
        "createdAt": ["released"], "lastModified": ["last_modified"], "pipeline_tag": ["pipeline_tag"],
        "library_name": ["library"], "sha": ["sha"],
    }[field]  # fmt: skip
    assert spoilt.drop(touched).equals(before.drop(touched))
