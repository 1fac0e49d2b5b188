"""The committed timings, fitted, and small tables beside them: what latency and cost read from a snapshot."""

from __future__ import annotations

from functools import cache

import polars as pl

from advisor.estimate.latency_fit import fit_latency
from advisor.ingest.hardware import HARDWARE
from advisor.ingest.prices import MODEL_PRICES
from advisor.tables.locate import data_file
from advisor.tables.schema import EVIDENCE

A_GPU = "test-gpu"
PRICED_GPU = "test-gpu-with-a-price"
SILENT_GPU = "test-gpu-without-facts"


@cache
def timings() -> pl.DataFrame:
    return pl.read_parquet(data_file("shape_timings.parquet"))


@cache
def accelerator_timings() -> pl.DataFrame:
    return pl.read_parquet(data_file("accelerator_timings.parquet"))


@cache
def latency_model() -> pl.DataFrame:
    return fit_latency(timings(), accelerator_timings())


def hardware() -> pl.DataFrame:
    a100 = {"fp16_flops": 312e12, "fp32_flops": 19.5e12, "bandwidth_bytes_s": 2.0e12, "kind": "gpu"}
    rows = [
        {"hardware_id": A_GPU, **a100},
        {"hardware_id": PRICED_GPU, **a100, "usd_per_hour": 3.6},
        {"hardware_id": SILENT_GPU, "kind": "gpu", "bandwidth_bytes_s": 1e12},
    ]
    return pl.DataFrame(rows, schema=HARDWARE)


def a_speed(model_id: str, metric: str, value: float, **facts) -> dict[str, object]:
    """An evidence row of a published timing."""
    usual = {
        "model_revision": "unknown", "precision": "fp16", "task_id": "speed", "dataset_revision": "unknown",
        "subset": "batch=1;input_tokens=128", "split": "unknown", "n_shot": -1, "harness": "pytorch",
        "harness_version": "unknown", "hardware_id": A_GPU, "seed": -1, "source_id": "optimum-benchmark",
        "published": True,
    }  # fmt: skip
    return usual | {"model_id": model_id, "metric": metric, "value": value} | facts


def a_price(model_id: str, **facts) -> dict[str, object]:
    usual = {
        "usd_per_1m_input": 2.0, "usd_per_1m_output": 10.0, "usd_per_1m_input_min": 1.0,
        "usd_per_1m_output_min": 4.0, "n_providers": 3, "source_id": "made-for-a-test",
    }  # fmt: skip
    return usual | {"model_id": model_id} | facts


def tables(*, speed: list[dict] | None = None, prices: list[dict] | None = None, **more):
    """A reader of tables, as Snapshot.scan is one."""
    held = {
        "latency_model": latency_model(),
        "hardware": hardware(),
        "evidence_other": pl.DataFrame(speed or [], schema=EVIDENCE),
        "model_prices": pl.DataFrame(prices or [], schema=MODEL_PRICES),
    } | more
    return lambda name: held[name].lazy()
