"""How few models make most of the downloads: cumulative shares, the most downloaded first, by size class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.figures import words
from advisor.figures.chart import Chart
from advisor.figures.popularity import (
    LEAST_MODELS,
    LISTING,
    SIZE_UNKNOWN,
    counted,
    latest_of_each,
    listings,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

EVERY: Final = "all sizes"
HALF: Final = 0.5
_POINTS: Final = 60
"""Ranks that a curve is drawn at, evenly spread on a log axis, its first and last among them."""
FRAME: Final = pl.Schema(
    {
        "panel": pl.String, "source_id": pl.String, "ranking_note": pl.String, "date": pl.Date, "size_class": pl.String,
        "position": pl.Int64, "rank": pl.Int64, "n_models": pl.Int64, "cumulative_share": pl.Float64, "n_half": pl.Int64,
    }
)  # fmt: skip
"""One rank of one class of one list a row. cumulative_share: of the class's downloads, by its `rank` most downloaded models of
`n_models`; n_half: how many of them have half of the downloads."""


def build(wanted: Wanted, snapshot: Snapshot, *, least_models: int = LEAST_MODELS) -> Chart:
    """Cumulative share of downloads by rank, one panel per list of models.

    Reads wanted.edges, wanted.as_of, and wanted.tasks as pipeline tags. Raises: as downloads_by_size.build.
    Source: METHOD.md#figure-1
    """
    everything = counted(snapshot, wanted.edges, as_of=wanted.as_of)
    shown = latest_of_each(listings(everything.rows), least=least_models)
    table = counted(snapshot, wanted.edges, as_of=wanted.as_of, tags=wanted.tasks)
    rows = table.rows.join(shown, on=LISTING, how="semi")
    made = [
        part
        for one in rows.sort("date", *LISTING[:2]).partition_by(LISTING, maintain_order=True)
        for part in _curves(one, table.classes)
    ]
    frame = pl.concat(made) if made else FRAME.to_frame()
    tags = f", pipeline tag {', '.join(wanted.tasks)}" if wanted.tasks else ""
    return Chart(
        name="downloads-concentration",
        title=f"How few models make most downloads{tags}",
        reading=_reading(frame),
        frame=frame,
        notes=(
            "Each list's models were chosen in another way: the panels do not compare. Only a list of the whole Hub holds every "
            "model; lists of much used models leave out the long tail, which makes them look less concentrated."
            if frame["panel"].n_unique() > 1
            else "A list of much used models leaves out the long tail.",
            "Test fixtures are set aside. One model has many names on the Hub (repackagings, copies): each name counts as a model.",
            "No sampling interval: every model of a list is counted.",
        ),
        pool="; ".join(
            f"{row['n_models']:,} models, {row['panel']}"
            for row in frame.filter(size_class=EVERY, rank=1).iter_rows(named=True)
        ),
        snapshot_id=snapshot.id,
        as_of=wanted.as_of,
        facts={
            f"{row['panel']}: {row['size_class']}: models with half of the downloads": row["n_half"]
            for row in frame.filter(rank=1).iter_rows(named=True)
        },
    )  # fmt: skip


def _curves(one: pl.DataFrame, classes: Sequence[str]) -> list[pl.DataFrame]:
    """FRAME rows of one list, all sizes first; classes of fewer than two models or without downloads have no curve."""
    found = [_curve(one, EVERY, 0)]
    for position, name in enumerate(classes):
        if name != SIZE_UNKNOWN:
            found.append(_curve(one.filter(size_class=name), name, position + 1))
    return [curve for curve in found if curve is not None]


def _curve(rows: pl.DataFrame, name: str, position: int) -> pl.DataFrame | None:
    downloads = np.sort(rows["downloads_30d"].to_numpy())[::-1]
    if len(downloads) < 2 or not downloads.sum():
        return None
    share = np.cumsum(downloads) / downloads.sum()
    n = len(share)
    ranks = np.unique(np.geomspace(1, n, _POINTS).round().astype(np.int64))
    facts = rows.select(LISTING).row(0, named=True)
    return pl.DataFrame({"rank": ranks, "cumulative_share": share[ranks - 1]}).with_columns(
        panel=pl.lit(f"{facts['date']} · {facts['ranking_note']}"),
        size_class=pl.lit(name), position=pl.lit(position), n_models=pl.lit(n),
        n_half=pl.lit(int(np.searchsorted(share, HALF)) + 1), **{key: pl.lit(value) for key, value in facts.items()},
    ).select(pl.col(key).cast(dtype) for key, dtype in FRAME.items())  # fmt: skip


def _reading(frame: pl.DataFrame) -> str:
    if frame.is_empty():
        return "No list of models with downloads is large enough."
    whole = frame.filter(size_class=EVERY, rank=1)
    parts = [
        f"{row['n_half']:,} of {row['n_models']:,} models on {row['date']}"
        for row in whole.iter_rows(named=True)
    ]
    largest = whole.sort("n_models", descending=True).row(0, named=True)
    classes = frame.filter(
        pl.col("panel") == largest["panel"], pl.col("size_class") != EVERY, pl.col("rank") == 1
    )
    each = ", ".join(
        f"{words.size_class(row['size_class'])} {row['n_half']:,} of {row['n_models']:,}"
        for row in classes.iter_rows(named=True)
    )
    return f"Half of all downloads go to {', '.join(parts)}; by size on {largest['date']}: {each}."
