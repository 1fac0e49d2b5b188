"""`python -m bench.measure.accelerator_cells --from DIR --out FILE`: published timings with the device's facts beside.

Only sources whose licence lets us pass their rows on are read; data/README.md lists them.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import Annotated, Final

import polars as pl
import typer

from advisor.estimate.accelerators import CELLS
from advisor.estimate.model_size import with_inner_size
from advisor.ingest.hardware import hardware_id, read_hardware

OPTIMUM: Final = "huggingface/optimum-benchmark"
ML_ENERGY: Final = "ml-energy/leaderboard-v2"
COMMUNITY: Final = "AlexsJones/llmfit"
SOURCE_IDS: Final = {
    OPTIMUM: "optimum-benchmark",
    ML_ENERGY: "ml-energy",
    COMMUNITY: "llmfit-community",
}

BITS: Final = {
    "BF16": 16.0, "Q8_0": 8.5, "Q6_K": 6.56, "Q5_K_M": 5.7, "Q4_K_XL": 4.9, "UD-Q4_K_XL": 4.9, "Q4_K_M": 4.85,
    "Q4_K_S": 4.6, "Q4_0": 4.5, "IQ4_XS": 4.25, "Q3_K_M": 3.9, "Q2_K": 2.9,
}  # fmt: skip
"""Bits a weight of llama.cpp's number formats. Source: the table of tools/quantize in ggml-org/llama.cpp."""

_BGE_DEVICE: Final = "nvidia-a100-sxm4-80-gb"
"""The source's BGE sweeps do not name the device; its other runs of the same weeks are on this one."""
_BGE_INNER: Final = 85_647_360.0
"""BERT-base without its token table."""
_LEAST_WRITTEN: Final = 20
"""Tokens below which a request's time says little about one token's."""


def accelerator_cells(folder: Path) -> pl.DataFrame:
    """One row a published timing (CELLS), from `folder`/measured_efficiency.parquet and hardware.parquet.

    Half-precision PyTorch runs (optimum-benchmark, ml-energy at batch 1), PyTorch float32 of BGE-base, and
    decoding speeds of community runs whose number format and device are known.
    """
    raw = pl.read_parquet(folder / "measured_efficiency.parquet").with_columns(
        hardware_id=pl.col("hardware").map_elements(
            hardware_id, return_dtype=pl.String, skip_nulls=False
        ),
        kind=pl.lit("decoder"),
        n_embedding_parameters=pl.lit(None, dtype=pl.Int64),
        n_active_parameters=pl.col("active_parameters"),
    )
    sized = with_inner_size(raw.filter(pl.col("source").is_in(list(SOURCE_IDS))))
    rows = pl.concat([_optimum(sized), _bge(sized), _ml_energy(sized), _community(sized)])
    facts = read_hardware(folder).hardware.select(
        "hardware_id", "fp16_flops", "fp32_flops", "bandwidth_bytes_s"
    )
    joined = rows.join(facts, on="hardware_id", how="left").with_columns(
        peak_flops=pl.when(pl.col("bytes_per_weight") == 4.0)
        .then("fp32_flops")
        .otherwise("fp16_flops"),
        source_id=pl.col("source").replace(SOURCE_IDS),
    )
    usable = joined.filter(pl.col("bandwidth_bytes_s").is_not_null(), pl.col("size").is_not_null())
    return usable.select(pl.col(c).cast(t) for c, t in CELLS.items()).unique().sort(list(CELLS))


def _picked(
    rows: pl.DataFrame, phase: str, size: pl.Expr, width: pl.Expr, seconds: pl.Expr
) -> pl.DataFrame:
    return rows.select(
        "source", "model", "hardware_id", phase=pl.lit(phase), size=size, bytes_per_weight=width,
        tokens=pl.lit(1.0) if phase == "write" else pl.col("prompt_tokens"), batch="batch", seconds=seconds,
    )  # fmt: skip


def _optimum(rows: pl.DataFrame) -> pl.DataFrame:
    plain = rows.filter(
        pl.col("source") == OPTIMUM, pl.col("precision") == "fp16", pl.col("engine") == "pytorch",
        ~pl.col("model").str.contains("bge|GPTQ"),
    )  # fmt: skip
    read = plain.filter(pl.col("metric").is_in(["forward_latency", "prefill_latency"]))
    written = plain.filter(pl.col("metric") == "output_throughput")
    half = pl.lit(2.0)
    return pl.concat(
        [
            _picked(read, "read", pl.col("inner"), half, pl.col("value") / 1e3),
            _picked(
                written, "write", pl.col("read_per_token"), half, pl.col("batch") / pl.col("value")
            ),
        ]
    )


def _bge(rows: pl.DataFrame) -> pl.DataFrame:
    sweep = rows.filter(
        pl.col("source") == OPTIMUM, pl.col("model").str.contains("bge"), pl.col("engine") == "PyTorch",
        pl.col("metric") == "forward_latency",
    ).with_columns(hardware_id=pl.lit(_BGE_DEVICE))  # fmt: skip
    return _picked(sweep, "read", pl.lit(_BGE_INNER), pl.lit(4.0), pl.col("value") / 1e3)


def _ml_energy(rows: pl.DataFrame) -> pl.DataFrame:
    single = rows.filter(
        pl.col("source") == ML_ENERGY, pl.col("batch") == 1, pl.col("metric") == "latency",
        pl.col("generated_tokens") > _LEAST_WRITTEN,
    )  # fmt: skip
    return _picked(
        single,
        "write",
        pl.col("read_per_token"),
        pl.lit(2.0),
        pl.col("value") / pl.col("generated_tokens"),
    )


def _community(rows: pl.DataFrame) -> pl.DataFrame:
    known = rows.filter(
        pl.col("source") == COMMUNITY, pl.col("metric") == "decode_throughput", pl.col("precision").is_in(list(BITS)),
        pl.col("value") > 0,
    )  # fmt: skip
    width = pl.col("precision").replace_strict(BITS, return_dtype=pl.Float64) / 8.0
    # `batch` is often the size of a prompt chunk there; a decoding speed is one request's.
    return _picked(
        known.with_columns(batch=pl.lit(1.0)),
        "write",
        pl.col("read_per_token"),
        width,
        1.0 / pl.col("value"),
    )


def main(
    source: Annotated[
        Path,
        typer.Option(
            "--from", help="Folder with measured_efficiency.parquet and hardware.parquet."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
) -> None:
    """Write the published timings that latency on accelerators is fitted on."""
    rows = accelerator_cells(source)
    rows.write_parquet(out, compression="zstd", compression_level=19)
    typer.echo(f"{rows.height} rows in {out}", err=True)


if __name__ == "__main__":
    typer.run(main)
