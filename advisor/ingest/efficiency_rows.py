"""Published measurements of speed, memory, energy and cost as evidence rows; the workload goes into `subset`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from advisor.core.errors import BadInput
from advisor.ingest.hardware import hardware_id
from advisor.ingest.reporting import Report
from advisor.tables.columns import require_columns
from advisor.tables.schema import EVIDENCE, EVIDENCE_KEY, check_table

if TYPE_CHECKING:
    from pathlib import Path

TASK_ID: Final = "speed"
"""The task of every efficiency row: what was run stands in `subset`, on what in `hardware_id`."""

SOURCE_IDS: Final = {
    "ml-energy/leaderboard-v2": "ml-energy",
    "AlexsJones/llmfit": "llmfit-community",
    "ScandEval/scandeval.github.io": "scandeval-speed",
    "huggingface/optimum-benchmark": "optimum-benchmark",
    "evaleval/every_eval_ever": "helm-latency",
    "Aider-AI/aider": "aider-cost",
}
COMMUNITY: Final = "llmfit-community"
"""Runs that anyone could send in: unverified, so that the slips below are looked for."""

METRICS: Final = {
    ("latency", "s/request"): ("latency_mean_s", 1.0),
    ("latency", "s/case"): ("latency_mean_s", 1.0),
    ("forward_latency", "ms"): ("latency_mean_s", 1e-3),
    ("forward_throughput", "samples/s"): ("throughput_items_s", 1.0),
    ("ttft", "ms"): ("ttft_s", 1e-3),
    ("prefill_latency", "ms"): ("ttft_s", 1e-3),
    ("time_per_output_token", "ms"): ("time_per_output_token_s", 1e-3),
    ("decode_throughput", "tokens/s"): ("decode_tokens_s", 1.0),
    ("output_throughput", "tokens/s"): ("output_tokens_s", 1.0),
    ("prefill_throughput", "tokens/s"): ("prefill_tokens_s", 1.0),
    ("throughput", "tokens/s"): ("prefill_tokens_s", 1.0),
    ("throughput_short_documents", "tokens/s"): ("prefill_tokens_s", 1.0),
    ("peak_memory", "GB"): ("memory_peak_bytes", 1e9),
    ("avg_power", "W"): ("power_mean_w", 1.0),
    ("energy_per_token", "J/token"): ("energy_j_per_token", 1.0),
    ("energy_per_request", "J/request"): ("energy_j_per_request", 1.0),
    ("cost_per_case", "USD/case"): ("cost_usd_per_1k_items", 1e3),
}
"""Our metric and the factor to its unit, by the source's metric and unit."""

PHASES: Final = {
    "forward_latency": "forward",
    "forward_throughput": "forward",
    "prefill_latency": "prefill",
    "throughput": "long documents",
    "throughput_short_documents": "short documents",
}

NEEDED: Final = [
    "model", "n_parameters", "hardware", "n_devices", "engine", "precision", "batch", "prompt_tokens",
    "generated_tokens", "workload", "metric", "unit", "value", "date", "source",
]  # fmt: skip

MOST_MEMORY_BYTES: Final = 1e12
LEAST_BYTES_PER_PARAMETER: Final = 0.05
MOST_PREFILL_TOKENS_S: Final = 100_000
SLOW_TTFT_S: Final = 60.0
SHORT_PROMPT_TOKENS: Final = 8_192
LARGE_MODEL: Final = 1_000_000_000
MOST_REQUESTS: Final = 256
"""Bounds of plausible community rows. Source: METHOD.md#efficiency-slips"""


class EfficiencyTables(NamedTuple):
    """EVIDENCE rows and the count of what was changed or set aside."""

    evidence: pl.DataFrame
    report: pl.DataFrame


def workload(**parts: float | str | None) -> str:
    """A workload in the one spelling that `subset` uses: "batch=1;input_tokens=512;output_tokens=128;threads=1".

    Keys come in the order batch, input_tokens, output_tokens, threads, devices, phase, task; what is None is
    left out; whole numbers are written without a point. All left out gives "unknown".

    Raises: BadInput: a key outside the list.
    """
    if unknown := [key for key in parts if key not in WORKLOAD_KEYS]:
        raise BadInput(f"workload: unknown keys {unknown}; it takes {list(WORKLOAD_KEYS)}")
    said = [(key, parts[key]) for key in WORKLOAD_KEYS if parts.get(key) is not None]
    return ";".join(f"{key}={_plain(value)}" for key, value in said) or "unknown"


WORKLOAD_KEYS: Final = (
    "batch", "input_tokens", "output_tokens", "threads", "devices", "phase", "task",
)  # fmt: skip


def parse_workload(subset: str) -> dict[str, str]:
    """The parts of a workload string, by key; empty for "unknown". The inverse of `workload`."""
    pairs = (part.partition("=") for part in subset.split(";"))
    return {key: value for key, equals, value in pairs if equals and key in WORKLOAD_KEYS}


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}" if value != int(value) else f"{int(value)}"
    return str(value).replace(";", ",").replace("=", ":")


def read_efficiency(folder: Path) -> EfficiencyTables:
    """Evidence rows from `folder`/measured_efficiency.parquet.

    Raises: BadInput: a column is missing, or a metric and unit that METRICS does not translate.
    """
    file = folder / "measured_efficiency.parquet"
    raw = require_columns(pl.read_parquet(file), NEEDED, "measured_efficiency")
    met = raw.select("metric", "unit").unique().rows()
    if strange := sorted(set(met) - set(METRICS)):
        raise BadInput(f"measured_efficiency: metric and unit {strange}; accepted: {list(METRICS)}")
    lines = Report("efficiency")
    lines.add("rows: measurements", raw.height, action="read", why="speed, memory, energy, cost")
    kept = _without_slips(_in_our_units(raw, lines), lines)
    rows = _as_evidence(kept, lines)
    evidence = check_table("efficiency", rows, EVIDENCE, EVIDENCE_KEY).sort(EVIDENCE_KEY)
    lines.add("rows: evidence", evidence.height, action="kept", why=f"task {TASK_ID!r}")
    lines.add(
        "rows: community runs",
        evidence.filter(pl.col("source_id") == COMMUNITY).height,
        action="kept",
        why=f"unverified: source_id {COMMUNITY!r}",
    )
    return EfficiencyTables(evidence, lines.frame())


def _in_our_units(raw: pl.DataFrame, lines: Report) -> pl.DataFrame:
    names = pl.DataFrame(
        [(metric, unit, name, factor) for (metric, unit), (name, factor) in METRICS.items()],
        schema=["metric", "unit", "name", "factor"],
        orient="row",
    )
    # llama.cpp's -b is the size of a prompt chunk and not a number of requests.
    chunk = pl.col("batch") > MOST_REQUESTS
    known = pl.col("source").is_in(list(SOURCE_IDS))
    of_community = pl.col("source").replace(SOURCE_IDS) == COMMUNITY
    lines.add(
        "rows: batch is a chunk size",
        raw.filter(chunk & of_community).height,
        action="changed",
        why=f"above {MOST_REQUESTS} in a community run: batch not known",
    )
    whole = lines.set_aside(
        raw, ~known, kind="rows: source not known", why="no source_id and licence for it"
    )
    return whole.join(names, on=["metric", "unit"], how="left").select(
        "model",
        "n_parameters",
        "hardware",
        "n_devices",
        "engine",
        "precision",
        pl.when(~(chunk & of_community)).then("batch").alias("batch"),
        *(pl.when(pl.col(c) > 0).then(c).alias(c) for c in ("prompt_tokens", "generated_tokens")),
        pl.col("metric").replace_strict(PHASES, default=None, return_dtype=pl.String).alias("phase"),
        pl.col("workload"),
        pl.col("name").alias("metric"),
        (pl.col("value") * pl.col("factor")).alias("value"),
        "date",
        pl.col("source").replace(SOURCE_IDS).alias("source_id"),
    )  # fmt: skip


def _without_slips(tidy: pl.DataFrame, lines: Report) -> pl.DataFrame:
    value, size = pl.col("value"), pl.col("n_parameters")
    large = size >= LARGE_MODEL
    prompt = pl.col("prompt_tokens")

    def of(metric: str) -> pl.Expr:
        return (pl.col("metric") == metric) & (pl.col("source_id") == COMMUNITY)

    steps = [
        ("rows: not above 0", ~(value > 0) | ~value.is_finite(), "not a measurement"),
        (
            "rows: memory above 1 TB",
            of("memory_peak_bytes") & (value > MOST_MEMORY_BYTES),
            "megabytes entered as gigabytes",
        ),
        (
            "rows: memory far below the weights",
            of("memory_peak_bytes") & (value < LEAST_BYTES_PER_PARAMETER * size),
            "less than 0.4 bits a parameter: a part of the memory, or a place holder",
        ),
        (
            "rows: first token after a minute",
            of("ttft_s") & (value > SLOW_TTFT_S) & (prompt.fill_null(0) < SHORT_PROMPT_TOKENS),
            "without a prompt that long: loading time or a unit slip",
        ),
        (
            "rows: first token too early",
            of("ttft_s") & large & (prompt / value > MOST_PREFILL_TOKENS_S),
            "the prompt was cached, or milliseconds entered as seconds",
        ),
        (
            "rows: prefill too fast",
            of("prefill_tokens_s") & large & (value > MOST_PREFILL_TOKENS_S),
            "the prompt was cached: beyond the arithmetic of the device",
        ),
        (
            "rows: said twice",
            ~pl.struct(pl.all()).is_first_distinct(),
            "every column equal, the value too",
        ),
    ]
    for kind, bad, why in steps:
        tidy = lines.set_aside(tidy, bad, kind=kind, why=why)
    return tidy


def _as_evidence(tidy: pl.DataFrame, lines: Report) -> pl.DataFrame:
    parts = pl.struct(
        batch="batch",
        input_tokens="prompt_tokens",
        output_tokens="generated_tokens",
        devices="n_devices",
        phase="phase",
        task="workload",
    )
    unknown = pl.lit("unknown")
    rows = tidy.select(
        pl.col("model").alias("model_id"),
        unknown.alias("model_revision"),
        pl.col("precision").fill_null("unknown").alias("precision"),
        pl.lit(TASK_ID).alias("task_id"),
        unknown.alias("dataset_revision"),
        parts.map_elements(lambda part: workload(**part), return_dtype=pl.String).alias("subset"),
        unknown.alias("split"),
        "metric",
        pl.lit(-1).alias("n_shot"),
        _engine().alias("harness"),
        _engine_version().alias("harness_version"),
        pl.col("hardware")
        .map_elements(hardware_id, return_dtype=pl.String, skip_nulls=False)
        .alias("hardware_id"),
        pl.lit(-1).alias("seed"),
        "source_id",
        "value",
        pl.lit(None).alias("stderr"),
        pl.lit(None).alias("n_items"),
        pl.col("date").alias("measured_at"),
        pl.lit(value=True).alias("published"),
    ).sort([*EVIDENCE_KEY, "value", "measured_at"])
    twin = pl.struct(EVIDENCE_KEY).is_duplicated()
    lines.add(
        "rows: several runs of one setting",
        rows.filter(twin).height,
        action="kept",
        why="told apart by `seed`, numbered from 0 by rising value",
    )
    number = pl.int_range(pl.len()).over(EVIDENCE_KEY)
    return rows.with_columns(
        twin=twin, number=number
    ).with_columns(seed=pl.when("twin").then("number").otherwise("seed"))  # fmt: skip


def _engine() -> pl.Expr:
    """The engine's name without version: "llama.cpp 13f2b28" and "llamacpp" are both llama.cpp."""
    first = pl.col("engine").str.extract(r"^(\S+)").str.to_lowercase()
    spelt = first.replace(
        {"llamacpp": "llama.cpp", "vllm": "vLLM", "euroeval/scandeval": "euroeval"}
    )
    return spelt.fill_null("unknown")


def _engine_version() -> pl.Expr:
    rest = pl.col("engine").str.extract(r"^\S+\s+(.+)$").str.strip_chars()
    return rest.fill_null("unknown")
