"""A small Hub to count by hand, as a snapshot that lives in memory."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from advisor.ingest.hub_models import POPULARITY
from advisor.tables.snapshot import Snapshot

DAY = date(2024, 1, 1)
LATER = date(2024, 2, 1)
HUB = "whole Hub"
LIST = "a list of favourites"


def row(model: str, downloads: int | None, size: int | None, **more: object) -> dict[str, object]:
    """One model of one list; `more` replaces any column."""
    known = {
        "model_id": model,
        "date": DAY,
        "downloads_30d": downloads,
        "pipeline_tag": "fill-mask",
        "n_parameters": size,
        "ranking_note": HUB,
        "is_test_fixture": False,
        "source_id": "hub-crawl",
    }
    return {name: (known | more).get(name) for name in POPULARITY}


def snapshot(rows: list[dict[str, object]], **tables: pl.DataFrame) -> Snapshot:
    """A snapshot whose only popular models are `rows`; other tables as given."""
    frame = pl.DataFrame(rows, schema=POPULARITY)
    models = pl.DataFrame(schema={"model_id": pl.String, "params_suspect": pl.Boolean})
    held = {"popularity": frame, "models": models} | tables
    return Snapshot(
        path=Path("nowhere"),
        manifest={"id": "by-hand", "tables": {}},
        _cache=dict(held),
    )
