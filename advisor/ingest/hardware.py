"""Machines and what they can do: arithmetic, memory, bandwidth, power, and the price of an hour."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from advisor.ingest.reporting import Report
from advisor.tables.columns import filled, require_columns
from advisor.tables.locate import data_file
from advisor.tables.schema import check_table

if TYPE_CHECKING:
    from pathlib import Path

SOURCE_IDS: Final = {
    "Epoch AI, Machine Learning Hardware (copy in pimpale/foo)": "epoch-ml-hardware",
    "mlco2/codecarbon 3.3.2": "codecarbon",
    "dstackai/gpuhunt": "gpuhunt",
    "AlexsJones/llmfit": "llmfit",
}

HARDWARE_KEY: Final = ["hardware_id"]
HARDWARE: Final = pl.Schema(
    {
        "hardware_id": pl.String,
        "name": pl.String,
        "kind": pl.String,
        "manufacturer": pl.String,
        "fp16_flops": pl.Float64,
        "fp32_flops": pl.Float64,
        "memory_bytes": pl.Int64,
        "bandwidth_bytes_s": pl.Float64,
        "tdp_w": pl.Float64,
        "released": pl.String,
        "release_price_usd": pl.Float64,
        "usd_per_hour": pl.Float64,
        "usd_per_hour_spot": pl.Float64,
        "price_note": pl.String,
        "source_id": pl.String,
    }
)
"""One device a row. kind: "cpu", "gpu" or "accelerator" (TPU, NPU ...). fp16_flops, fp32_flops: vendors' dense peaks,
FLOP/s (fp16 on tensor cores where there are any). bandwidth: device memory, bytes/s. usd_per_hour: one device,
on demand, at one cloud. source_id: all sources of the row's facts, joined by "+"."""

NEEDED: Final = [
    "name", "manufacturer", "type", "release_date", "release_price_usd", "fp16_tensor_tflops", "fp16_tflops",
    "fp32_tflops", "memory_gb", "memory_bandwidth_gbps", "tdp_w", "source",
]  # fmt: skip
PRICE_NEEDED: Final = ["hardware", "usd_per_hour", "usd_per_hour_spot", "provider", "note"]

GPU_TYPES: Final = ("GPU", "GPGPU", "GPU (substring of the device name)", "GPU memory only")
_SLUG: Final = re.compile(r"[^a-z0-9]+")
_DECORATION: Final = re.compile(r"\((?:r|tm|c)\)|®|™|@.*$|\bcpu\b|\bprocessor\b|\b\d+-core\b")


class HardwareTables(NamedTuple):
    """HARDWARE and the count of what was merged or set aside."""

    hardware: pl.DataFrame
    report: pl.DataFrame


def slug(name: str) -> str:
    """A device's name as an id: lower case, words joined by "-"; "(R)", "CPU" and clock speeds left out."""
    return _SLUG.sub("-", _DECORATION.sub(" ", name.strip().lower())).strip("-")


@lru_cache(maxsize=1)
def aliases() -> dict[str, str]:
    """hardware_id by the slug of another spelling of the device, from data/hardware_aliases.toml."""
    with data_file("hardware_aliases.toml").open("rb") as stream:
        found: dict[str, str] = tomllib.load(stream)["aliases"]
    return found


def hardware_id(name: str | None) -> str:
    """The id of a device named in a source or by a user; "unknown" for none."""
    plain = slug(name or "")
    return aliases().get(plain, plain) or "unknown"


def read_hardware(folder: Path) -> HardwareTables:
    """Devices from `folder`/hardware.parquet, with prices from hardware_prices.parquet.

    A device in several sources is one row; each fact is taken from the first source that states it, in the
    order Epoch AI, codecarbon, gpuhunt (memory), llmfit (bandwidth).

    Raises: BadInput: a column is missing.
    """
    raw = require_columns(pl.read_parquet(folder / "hardware.parquet"), NEEDED, "hardware")
    lines = Report("hardware")
    lines.add("rows: devices", raw.height, action="read", why="one device in one source")
    rank = {name: place for place, name in enumerate(SOURCE_IDS)}
    tidy = raw.select(
        pl.col("name").map_elements(hardware_id, return_dtype=pl.String).alias("hardware_id"),
        "name",
        _kind().alias("kind"),
        pl.col("manufacturer").replace("", None),
        (pl.coalesce("fp16_tensor_tflops", "fp16_tflops") * 1e12).alias("fp16_flops"),
        (pl.col("fp32_tflops") * 1e12).alias("fp32_flops"),
        (pl.col("memory_gb") * 1e9).round().cast(pl.Int64).alias("memory_bytes"),
        (pl.col("memory_bandwidth_gbps") * 1e9).alias("bandwidth_bytes_s"),
        "tdp_w",
        pl.col("release_date").alias("released"),
        "release_price_usd",
        pl.col("source").replace(SOURCE_IDS).alias("source_id"),
        pl.col("source").replace_strict(rank, default=len(rank), return_dtype=pl.Int64).alias("rank"),
    )  # fmt: skip
    tidy = _without_two_sizes(tidy, lines)
    merged = _merged(tidy)
    lines.add(
        "rows: same device again",
        tidy.height - merged.height,
        action="changed",
        why="facts joined into one row; the first source that states a fact wins",
    )
    priced = _priced(merged, folder, lines)
    lines.add("devices: rows", priced.height, action="kept", why="one a device")
    hardware = check_table("hardware", filled(priced, HARDWARE), HARDWARE, HARDWARE_KEY)
    return HardwareTables(hardware.sort("hardware_id"), lines.frame())


def _kind() -> pl.Expr:
    kind = pl.col("type")
    return (
        pl.when(kind == "CPU")
        .then(pl.lit("cpu"))
        .when(kind.is_in(GPU_TYPES))
        .then(pl.lit("gpu"))
        .otherwise(pl.lit("accelerator"))
    )


def _without_two_sizes(tidy: pl.DataFrame, lines: Report) -> pl.DataFrame:
    """Set aside a name that its source gives two memory sizes: which one is meant cannot be told."""
    sizes = pl.col("memory_bytes").drop_nulls().n_unique().over("hardware_id", "source_id")
    return lines.set_aside(
        tidy,
        (sizes > 1) & (pl.col("source_id") == "gpuhunt"),
        kind="rows: one name, two memory sizes",
        why="sold with 8 and 16 GB, say: the plain name does not tell which",
    )


def _merged(tidy: pl.DataFrame) -> pl.DataFrame:
    facts = [c for c in tidy.columns if c not in ("hardware_id", "source_id", "rank")]
    return (
        tidy.sort("hardware_id", "rank", "name")
        .group_by("hardware_id", maintain_order=True)
        .agg(
            *(pl.col(fact).drop_nulls().first() for fact in facts),
            pl.col("source_id").unique(maintain_order=True).str.join("+"),
        )
    )


def _priced(devices: pl.DataFrame, folder: Path, lines: Report) -> pl.DataFrame:
    raw = pl.read_parquet(folder / "hardware_prices.parquet")
    prices = require_columns(raw, PRICE_NEEDED, "hardware_prices").select(
        pl.col("hardware").map_elements(hardware_id, return_dtype=pl.String).alias("hardware_id"),
        "usd_per_hour",
        "usd_per_hour_spot",
        pl.concat_str(["provider", "note"], separator=": ", ignore_nulls=True).alias("price_note"),
    )
    matched = prices.join(devices, on="hardware_id", how="semi")
    lines.add(
        "prices: of a known device", matched.height, action="kept", why="one device, one hour, on demand"
    )  # fmt: skip
    lost = sorted(set(prices["hardware_id"]) - set(matched["hardware_id"]))
    lines.add(
        "prices: device not in the list",
        len(lost),
        action="set aside",
        why=f"no facts to join: {', '.join(lost)}" if lost else "none",
    )
    return devices.join(
        matched.unique("hardware_id", maintain_order=True), on="hardware_id", how="left"
    )
