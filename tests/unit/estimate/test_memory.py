import polars as pl
import pytest
from frames import a_model, models
from speed_tables import timings

from advisor.estimate.memory import RUNTIME_BYTES, memory
from advisor.estimate.workload_words import subset_columns

GB = 10**9


def held(*rows, **more) -> dict[str, dict]:
    return {row["model_id"]: row for row in memory(models(*rows), **more).iter_rows(named=True)}


def test_each_timed_shape_took_what_is_predicted():
    cells = timings().filter(metric="memory_peak_bytes").with_columns(subset_columns())
    cells = cells.filter(
        pl.col("labels").is_null(), output_tokens=0, threads=1, batch=1, input_tokens=128
    )
    cells = cells.with_columns(
        kind=pl.when(pl.col("kind") == "decoder").then(pl.lit("encoder")).otherwise("kind")
    )
    assert cells.height >= 15
    for row in cells.iter_rows(named=True):
        facts = {c: row[c] for c in ("kind", "n_parameters", "n_embedding_parameters")}
        found = held(a_model("a", weights_bytes=4 * row["n_parameters"], **facts))["a"]
        assert found["value"] == pytest.approx(row["value"], rel=0.05), row["model_id"]
        assert found["lo"] <= row["value"] <= found["hi"] * 1.05, row["model_id"]


def test_the_overhead_is_that_of_the_smallest_call():
    cells = timings().filter(metric="memory_peak_bytes").with_columns(subset_columns())
    cells = cells.filter(
        pl.col("labels").is_null(), output_tokens=0, threads=1, batch=1, input_tokens=16
    )
    over = cells.with_columns(over=pl.col("value") - 4 * pl.col("n_parameters"))
    kind = pl.col("kind").replace({"encoder": "transformer", "decoder": "transformer"})
    medians = dict(over.group_by(kind).agg(pl.col("over").median()).iter_rows())
    assert medians == pytest.approx(RUNTIME_BYTES, rel=0.05)


def test_published_bytes_decide_over_the_parameter_count():
    row = held(a_model("a", n_parameters=GB, weights_bytes=GB))["a"]
    assert row["lo"] == GB
    assert row["hi"] < 1.6 * GB
    assert row["basis"] == "interpolated"


def test_without_published_bytes_an_encoder_has_half_to_full_precision():
    row = held(a_model("a", n_parameters=GB))["a"]
    assert row["lo"] == 2 * GB
    assert 4 * GB < row["value"] <= row["hi"]
    assert row["basis"] == "extrapolated"


def test_a_language_model_is_held_in_sixteen_bits_and_its_cache_counts():
    row = a_model("lm", kind="decoder", pool=["language-model"], n_parameters=7 * GB)
    short, long = held(row, tokens=128)["lm"], held(row, tokens=8192)["lm"]
    assert 14 * GB == short["lo"] < short["value"] < short["hi"] < 15.5 * GB
    assert long["hi"] > short["hi"] + GB


def test_all_experts_of_a_mixture_are_held():
    facts = {"kind": "decoder", "pool": ["language-model"], "n_parameters": 46_700_000_000}
    row = held(a_model("a", **facts), a_model("b", n_active_parameters=12_900_000_000, **facts))
    assert row["a"]["lo"] == row["b"]["lo"] == 93.4 * GB


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "api"},
        {"n_parameters": None},
        {"kind": "tree", "pool": ["tabular"]},
        {"kind": "linear", "pool": ["tabular"]},
    ],
)
def test_what_is_not_known_is_null(facts):
    row = held(a_model("a", **facts))["a"]
    assert [row[c] for c in ("value", "lo", "hi", "basis", "n_evidence")] == [None] * 5


def test_a_text_classifier_needs_no_torch():
    rows = held(a_model("linear", kind="linear", n_parameters=None), a_model("bert"))
    assert rows["linear"]["value"] == RUNTIME_BYTES["linear"] < rows["bert"]["value"]
