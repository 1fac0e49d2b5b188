"""Published timings of the very model on the very machine, where the workload is alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.estimate.workload_words import subset_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.core.profile import Workload

    Read = Callable[[str], pl.LazyFrame]

SPEED_TASK: Final = "speed"
"""The task_id of efficiency rows."""
PRECISIONS: Final = ("fp16", "bf16", "float16", "bfloat16", "float32", "fp32", "unknown")
"""A quantised copy is another model; what states no number format was run as published."""
UNVERIFIED: Final = ("llmfit-community",)
LEAST_WRITTEN: Final = 20
"""Written tokens below which a request's time says little about one token's."""
ALIKE: Final = 2.0
"""Factor within which the input's length must agree."""


def measured_latency(read: Read, workload: Workload, hardware_id: str) -> pl.DataFrame:
    """model_id, way, value, lo, hi, basis "measured", n_evidence: seconds of one call, from rows on one such device.

    way "generate": time to the first token plus the measured time per token; or a request's mean time,
    per token written. way "encode": a forward pass at a like length. lo and hi: the least and the most
    of several rows. Means stand for p95 here: the sources give no more. Source: METHOD.md#latency
    """
    batch = float(workload.batch_size)
    rows = (
        read("evidence_other")
        .filter(
            pl.col("task_id") == SPEED_TASK,
            pl.col("hardware_id") == hardware_id,
            pl.col("precision").is_in(list(PRECISIONS)),
            ~pl.col("source_id").is_in(list(UNVERIFIED)),
            pl.col("published"),
        )
        .select("model_id", "metric", "value", "subset")
        .collect()
        .with_columns(*subset_columns("batch", "input_tokens", "output_tokens"), *_flags())
        .filter(pl.col("batch") == batch, pl.col("devices").fill_null("1") == "1")
    )
    like = pl.col("input_tokens").is_between(
        workload.input_tokens / ALIKE, workload.input_tokens * ALIKE
    )
    metric, value = pl.col("metric"), pl.col("value")
    reads = rows.filter(metric == "latency_mean_s", pl.col("phase") == "forward", like)
    per_token = rows.select(
        "model_id",
        seconds=pl.when(metric == "time_per_output_token_s")
        .then(value)
        .when(metric == "decode_tokens_s")
        .then(1.0 / value)
        .when((metric == "latency_mean_s") & pl.col("phase").is_null() & (pl.col("output_tokens") > LEAST_WRITTEN))
        .then(value / pl.col("output_tokens")),
    ).drop_nulls()  # fmt: skip
    first = rows.filter(metric == "ttft_s", like).group_by("model_id").agg(first=value.median())
    writes = per_token.join(first, on="model_id", how="left").select(
        "model_id",
        way=pl.lit("generate"),
        value=pl.col("first").fill_null(0.0) + workload.output_tokens * pl.col("seconds"),
    )
    found = pl.concat([reads.select("model_id", way=pl.lit("encode"), value="value"), writes])
    return (
        found.group_by("model_id", "way")
        .agg(
            pl.col("value").median(),
            lo=pl.col("value").min(),
            hi=pl.col("value").max(),
            n_evidence=pl.len().cast(pl.Int64),
        )
        .with_columns(basis=pl.lit("measured"))
        .sort("model_id", "way")
    )


def _flags() -> list[pl.Expr]:
    return [
        pl.col("subset").str.extract(rf"(?:^|;){name}=([^;]*)").alias(name)
        for name in ("phase", "devices")
    ]
