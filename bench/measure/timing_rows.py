"""Timings of shapes as rows of the evidence table, with the dimensions that explain them beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.estimate.latency_fit import DIMENSIONS
from advisor.tables.schema import EVIDENCE, EVIDENCE_KEY, check_table
from bench.measure.cells import item_flops
from bench.measure.shapes import BY_NAME, Counts
from bench.measure.training import STEP_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HARNESS: Final = "bench-measure"
SOURCE_ID: Final = "own-shape-timings"
VERSION: Final = "1"


def timing_rows(
    records: Mapping[str, Any], *, hardware_id: str, libraries: str, measured_at: str
) -> pl.DataFrame:
    """Evidence rows (columns of EVIDENCE, then DIMENSIONS) from the records of all shapes.

    records: "shape", "step" and "logistic", as the runs of bench.measure.cells and training return them.
    Raises: BadInput: two rows with one key.
    """
    fixed = {
        "model_revision": "random-init", "precision": "float32", "task_id": "speed", "dataset_revision": "made-up-words",
        "split": "unknown", "n_shot": -1, "harness": HARNESS, "harness_version": VERSION + "; " + libraries,
        "hardware_id": hardware_id, "seed": 0, "source_id": SOURCE_ID, "stderr": None, "measured_at": measured_at,
        "published": False,
    }  # fmt: skip
    parts = [
        *_shape_rows(records["shape"]),
        *_step_rows(records["step"]),
        *_logistic_rows(records["logistic"]),
    ]
    schema = pl.Schema({**EVIDENCE, **DIMENSIONS})
    frame = pl.DataFrame([{**fixed, **row} for row in parts], schema=schema)
    check_table("shape timings", frame, EVIDENCE, EVIDENCE_KEY)
    return frame.sort(EVIDENCE_KEY)


def quietest(runs: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows of several runs of one machine: of each shape and workload, those of the fastest run.

    What others do on the machine makes a run slower and never faster.
    """
    cell = ["hardware_id", "model_id", "subset"]
    marked = pl.concat(run.with_columns(run=pl.lit(place)) for place, run in enumerate(runs))
    value = pl.col("value")
    seconds = (
        pl.when(pl.col("metric").is_in(["latency_p50_s", "fit_time_s"]))
        .then(value)
        .when(pl.col("metric") == "decode_tokens_s")
        .then(1.0 / value)
    )
    fastest = (
        marked.with_columns(seconds=seconds)
        .drop_nulls("seconds")
        .sort([*cell, "seconds", "run"])
        .unique(cell, keep="first", maintain_order=True)
        .select([*cell, "run"])
    )
    return marked.join(fastest, on=[*cell, "run"], how="semi").drop("run").sort(EVIDENCE_KEY)


def _dimensions(name: str, counts: Counts, record: Mapping[str, Any]) -> dict[str, Any]:
    shape = BY_NAME[name]
    return {
        "kind": shape.kind,
        "stands_for": shape.stands_for,
        "twin_group": shape.twin_of or shape.name,
        "n_parameters": counts.n_parameters,
        "n_embedding_parameters": counts.n_embedding_parameters,
        "n_layers": counts.n_layers,
        "hidden": counts.hidden,
        "flops_per_item": item_flops(counts, record["input_tokens"]) if counts.n_layers else None,
        "runtime_bytes": record.get("runtime_bytes"),
        "noise": record.get("noise"),
    }


def _shape_rows(shapes: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in shapes:
        counts = Counts(**entry["counts"])
        for record in [*entry["cells"], *entry["written"]]:
            about = {
                "model_id": BY_NAME[entry["shape"]].model_id,
                "subset": record["subset"],
                **_dimensions(
                    entry["shape"], counts, {**record, "runtime_bytes": entry["runtime_bytes"]}
                ),
            }
            for metric, value, n_items in _metrics(record):
                yield about | {"metric": metric, "value": value, "n_items": n_items}


def _metrics(record: Mapping[str, Any]) -> Iterator[tuple[str, float, int]]:
    if "p50_s" in record:
        yield "latency_p50_s", record["p50_s"], record["n_calls"]
        yield "latency_p95_s", record["p95_s"], record["n_calls"]
        yield "throughput_items_s", record["batch"] / record["p50_s"], record["n_calls"]
    else:
        yield "ttft_s", record["ttft_s"], record["n_first"]
        yield "decode_tokens_s", record["decode_tokens_s"], record["n_calls"]
    yield "memory_peak_bytes", float(record["peak_bytes"]), 1


def _step_rows(steps: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for record in steps:
        about = {
            "model_id": BY_NAME[record["shape"]].model_id,
            "subset": record["subset"],
            **_dimensions(
                record["shape"], Counts(**record["counts"]), {**record, "input_tokens": STEP_TOKENS}
            ),
        }
        yield about | {
            "metric": "fit_time_s",
            "value": record["fit_time_s"],
            "n_items": record["n_calls"],
        }
        yield about | {
            "metric": "memory_peak_bytes",
            "value": float(record["peak_bytes"]),
            "n_items": 1,
        }


def _logistic_rows(records: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for record in records:
        about = {
            "model_id": f"shape/logistic-on-{record['dim']}", "subset": record["subset"], "kind": "linear",
            "stands_for": "logistic regression on embeddings", "twin_group": "logistic", "hidden": record["dim"],
            "noise": record["noise"],
        }  # fmt: skip
        yield about | {
            "metric": "fit_time_s",
            "value": record["fit_time_s"],
            "n_items": record["n_calls"],
        }
        yield about | {
            "metric": "memory_peak_bytes",
            "value": float(record["peak_bytes"]),
            "n_items": 1,
        }
