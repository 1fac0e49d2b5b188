"""Latency on a device that nobody here has: its published facts times how much of them programs reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.arithmetic import flops_per_item, layers, layers_times_width
from advisor.estimate.latency_terms import LEVELS, margin_terms
from advisor.estimate.least_squares import relative_fit, upper_margin
from advisor.tables.columns import require_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

ACCELERATOR: Final = "accelerator"
"""hardware_id of the rows that hold for any device with published facts."""
COMMUNITY: Final = "llmfit-community"
"""Other engines and number formats than the fit's: they widen the interval and do not move its centre."""
HALF: Final = 2.0
"""Bytes a weight that a prediction assumes on an accelerator."""

CELLS: Final = pl.Schema(
    {
        "source_id": pl.String,
        "model": pl.String,
        "hardware_id": pl.String,
        "phase": pl.String,
        "size": pl.Float64,
        "bytes_per_weight": pl.Float64,
        "tokens": pl.Float64,
        "batch": pl.Float64,
        "peak_flops": pl.Float64,
        "bandwidth_bytes_s": pl.Float64,
        "seconds": pl.Float64,
    }
)
"""A published timing. phase: "read" (a forward pass over `tokens`) or "write" (one token). size: parameters that each
token passes through. peak_flops: dense, at the run's precision; null for devices that state none."""

_TERMS: Final = ("layer", "flops", "weight_bytes")


def work(cells: pl.DataFrame) -> Values:
    """Layers, seconds of arithmetic at the peak, seconds of reading the weights at full bandwidth; shape (n, 3).

    Arithmetic counts as 0 where the device states no peak: of a written token it is a hundredth of the rest.
    """
    size, tokens, batch, peak = (
        cells[c].to_numpy() for c in ("size", "tokens", "batch", "peak_flops")
    )
    flops = batch * flops_per_item(size, tokens, layers_times_width(size))
    read = cells["bytes_per_weight"].to_numpy() * size / cells["bandwidth_bytes_s"].to_numpy()
    return np.column_stack([layers(size), np.nan_to_num(flops / peak), read])


def fit_accelerators(cells: pl.DataFrame) -> pl.DataFrame:
    """Term and value: seconds per layer, peak over reached arithmetic and bandwidth, margins.

    Fitted on half-precision PyTorch runs, each device counting alike. The upper margin is that of such runs
    on a device left out; the lower one is that of all runs, faster engines and four-bit weights included.
    Raises: BadInput: columns missing. Source: METHOD.md#other-hardware
    """
    table = require_columns(cells, list(CELLS), "accelerator timings")
    own = table.filter(pl.col("source_id") != COMMUNITY)
    found = _fit(own)
    off = errors_left_out(table)
    plain = (table["source_id"] != COMMUNITY).to_numpy()
    terms = dict(zip(_TERMS, found.tolist(), strict=True)) | {
        "n_rows": float(table.height),
        "p95_over_p50": 1.0,
    }
    for level in LEVELS:
        side = (1.0 + level) / 2.0
        terms |= margin_terms(
            level, lower=upper_margin(-off, side), upper=upper_margin(off[plain], side)
        )
    return pl.DataFrame({"term": list(terms), "value": list(terms.values())})


def _fit(cells: pl.DataFrame) -> Values:
    weight = 1.0 / cells.select(pl.len().over("hardware_id", "phase")).to_series().to_numpy()
    return relative_fit(work(cells), cells["seconds"].to_numpy(), weight)


def errors_left_out(cells: pl.DataFrame) -> Values:
    """log(measured / predicted) of each cell, its device left out of the fit."""
    result = np.empty(cells.height)
    for device in cells["hardware_id"].unique(maintain_order=True):
        inside = (cells["hardware_id"] == device).to_numpy()
        rest = cells.filter(~inside, pl.col("source_id") != COMMUNITY)
        left = cells.filter(inside)
        result[inside] = np.log(left["seconds"].to_numpy() / (work(left) @ _fit(rest)))
    return result


def accelerator_terms(
    table: pl.DataFrame, facts: pl.DataFrame
) -> dict[str, dict[str, float]] | None:
    """Terms by kind for one device, as a timed machine has them; None when its facts do not suffice.

    table: LATENCY_MODEL rows. facts: one HARDWARE row or none. Needs half-precision FLOP/s and bandwidth.
    """
    rows = table.filter(pl.col("hardware_id") == ACCELERATOR)
    if rows.is_empty() or facts.is_empty():
        return None
    device = facts.row(0, named=True)
    peak, bandwidth = device["fp16_flops"], device["bandwidth_bytes_s"]
    if peak is None or bandwidth is None:
        return None
    general = dict(rows.select("term", "value").iter_rows())
    shared = {name: value for name, value in general.items() if name not in _TERMS}
    shared |= {
        "layer": general["layer"],
        "flops": general["flops"] / peak,
        "attention_flops": general["flops"] / peak,
        "weight_bytes": general["weight_bytes"] / bandwidth,
    }
    return {"transformer": shared, "decode": shared}
