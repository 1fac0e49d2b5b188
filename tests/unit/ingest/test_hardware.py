"""Devices: one row each, in canonical units, found under the names that people and drivers use."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from advisor.ingest.hardware import aliases, hardware_id, read_hardware, slug

FOLDER = Path(__file__).parents[2] / "fixtures" / "cost"
RAW = pl.read_parquet(FOLDER / "hardware.parquet")


@pytest.fixture(scope="module")
def tables():
    return read_hardware(FOLDER)


def row(tables, device):
    return tables.hardware.row(by_predicate=pl.col("hardware_id") == device, named=True)


def test_units_are_flops_bytes_watts_and_usd(tables):
    h100 = row(tables, "nvidia-h100-sxm5-80gb")
    assert h100["fp16_flops"] == pytest.approx(989.4e12)
    assert h100["fp32_flops"] == pytest.approx(66.91e12)
    assert h100["memory_bytes"] == 80_000_000_000
    assert h100["bandwidth_bytes_s"] == pytest.approx(3.35e12)
    assert (h100["tdp_w"], h100["usd_per_hour"], h100["usd_per_hour_spot"]) == (700.0, 3.9, 1.6)
    assert (h100["kind"], h100["price_note"]) == ("gpu", "crusoe")
    assert h100["source_id"].split("+")[0] == "epoch-ml-hardware"


def test_every_row_ends_in_a_device_or_is_counted(tables):
    counts = dict(tables.report.select("kind", "n_rows").rows())
    assert counts["rows: devices"] == RAW.height
    lost = counts["rows: one name, two memory sizes"] + counts["rows: same device again"]
    assert tables.hardware.height == RAW.height - lost


def test_a_name_sold_with_two_memory_sizes_has_none(tables):
    assert sorted(RAW.filter(pl.col("name") == "RTX3060")["memory_gb"]) == [8.0, 12.0]
    assert row(tables, "nvidia-geforce-rtx-3060")["memory_bytes"] is None
    assert row(tables, "nvidia-geforce-rtx-3060")["bandwidth_bytes_s"] == pytest.approx(3.6e11)


def test_a_cpu_has_its_power_and_nothing_made_up(tables):
    cpu = row(tables, "amd-ryzen-7-7840hs")
    assert cpu["kind"] == "cpu"
    assert cpu["tdp_w"] > 0
    assert cpu["fp16_flops"] is None
    assert cpu["usd_per_hour"] is None


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("NVIDIA H100 80GB HBM3", "nvidia-h100-sxm5-80gb"),
        ("RTX 4090", "nvidia-geforce-rtx-4090"),
        ("4090", "nvidia-geforce-rtx-4090"),
        ("NVIDIA GeForce RTX 4090", "nvidia-geforce-rtx-4090"),
        ("T4", "nvidia-tesla-t4"),
        ("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", "intel-xeon-e5-2680-v4"),
        ("hosted API", "hosted-api"),
        ("", "unknown"),
        (None, "unknown"),
        ("a machine nobody listed", "a-machine-nobody-listed"),
    ],
)
def test_a_device_is_found_under_the_names_people_use(name, device):
    assert hardware_id(name) == device


def test_aliases_are_slugs_and_lead_to_no_other_alias():
    for spelling, device in aliases().items():
        assert slug(spelling) == spelling
        assert aliases().get(device, device) == device


def test_prices_without_a_device_are_named(tables):
    why = tables.report.filter(pl.col("kind") == "prices: device not in the list")["why"].item()
    assert "a100-pcie-80gb" in why
