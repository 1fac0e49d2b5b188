"""Published measurements: canonical units, workloads in one spelling, slips set aside."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import BadInput
from advisor.core.metrics import METRICS as KNOWN
from advisor.ingest.efficiency_rows import METRICS, parse_workload, read_efficiency, workload

FOLDER = Path(__file__).parents[2] / "fixtures" / "cost"
RAW = pl.read_parquet(FOLDER / "measured_efficiency.parquet")


@pytest.fixture(scope="module")
def tables():
    return read_efficiency(FOLDER)


def counts(tables):
    return dict(tables.report.select("kind", "n_rows").rows())


def test_every_row_is_kept_or_counted_as_set_aside(tables):
    aside = tables.report.filter(pl.col("action") == "set aside")["n_rows"].sum()
    assert tables.evidence.height + aside == RAW.height


def test_every_metric_is_in_the_list_of_metrics():
    assert {name for name, _ in METRICS.values()} <= set(KNOWN)


def test_units_are_canonical(tables):
    """Expected: by hand, per source unit."""
    factor = {"GB": 1e9, "ms": 1e-3, "USD/case": 1e3}
    kept = tables.evidence.group_by("metric").agg(pl.col("value").sort())
    mine = dict(kept.rows())
    for metric, name in [("peak_memory", "memory_peak_bytes"), ("time_per_output_token", "time_per_output_token_s"), ("cost_per_case", "cost_usd_per_1k_items")]:  # fmt: skip
        stated = RAW.filter(pl.col("metric") == metric)
        expected = {round(v * factor[stated["unit"][0]], 9) for v in stated["value"]}
        assert {round(v, 9) for v in mine[name]} <= expected
        assert len(mine[name]) > 0


def test_23_terabytes_of_memory_are_a_slip(tables):
    memory = tables.evidence.filter(pl.col("metric") == "memory_peak_bytes")
    assert RAW.filter((pl.col("metric") == "peak_memory") & (pl.col("value") > 1000)).height == 1
    assert counts(tables)["rows: memory above 1 TB"] == 1
    assert memory["value"].max() < 1e12
    assert counts(tables)["rows: memory far below the weights"] > 0


def test_a_slow_first_token_needs_a_long_prompt(tables):
    slow = tables.evidence.filter((pl.col("metric") == "ttft_s") & (pl.col("value") > 60))
    assert slow.height > 0
    assert all(float(parse_workload(s)["input_tokens"]) >= 8192 for s in slow["subset"])
    assert counts(tables)["rows: first token after a minute"] == 2


def test_prefill_beyond_any_device_is_set_aside(tables):
    prefill = tables.evidence.filter(pl.col("metric") == "prefill_tokens_s")
    assert RAW.filter(pl.col("metric") == "prefill_throughput")["value"].max() > 200_000
    assert prefill.filter(pl.col("source_id") == "llmfit-community")["value"].max() <= 100_000


def test_a_chunk_size_is_no_batch(tables):
    community = tables.evidence.filter(pl.col("source_id") == "llmfit-community")
    batches = [parse_workload(s).get("batch") for s in community["subset"]]
    assert RAW.filter(pl.col("source").str.contains("llmfit"))["batch"].max() > 256
    assert all(batch is None or float(batch) <= 256 for batch in batches)


def test_repeated_runs_are_told_apart_by_seed(tables):
    runs = tables.evidence.filter(pl.col("seed") >= 0)
    assert runs.height == counts(tables)["rows: several runs of one setting"] > 0
    key = [c for c in tables.evidence.columns[:14] if c != "seed"]
    for part in runs.partition_by(key):
        assert sorted(part["seed"]) == list(range(part.height))


def test_a_metric_in_an_unknown_unit_is_refused(tmp_path):
    RAW.with_columns(unit=pl.lit("furlongs")).write_parquet(
        tmp_path / "measured_efficiency.parquet"
    )
    with pytest.raises(BadInput, match="furlongs"):
        read_efficiency(tmp_path)


def test_order_of_rows_never_matters(tables, tmp_path):
    shuffled = RAW.sample(fraction=1.0, shuffle=True, seed=5)
    shuffled.write_parquet(tmp_path / "measured_efficiency.parquet")
    assert read_efficiency(tmp_path).evidence.equals(tables.evidence)


def test_a_workload_is_written_in_one_order():
    said = workload(threads=1, output_tokens=128.0, input_tokens=512, batch=1)
    assert said == "batch=1;input_tokens=512;output_tokens=128;threads=1"
    assert workload() == "unknown"
    with pytest.raises(BadInput, match="colour"):
        workload(colour="red")


@given(
    st.fixed_dictionaries(
        {}, optional={"batch": st.integers(1, 512), "input_tokens": st.floats(1, 1e6), "threads": st.integers(1, 64), "task": st.text(max_size=20)}
    )
)  # fmt: skip
def test_a_workload_is_read_back_as_written(parts):
    read = parse_workload(workload(**parts))
    assert set(read) == set(parts)
    for key in set(parts) & {"batch", "threads"}:
        assert int(read[key]) == parts[key]
    if "input_tokens" in parts:
        assert float(read["input_tokens"]) == pytest.approx(parts["input_tokens"], rel=1e-5)
