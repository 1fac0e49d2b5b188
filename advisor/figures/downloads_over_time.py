"""Downloads per size class over the dates of lists that were chosen alike, and of the same models from date to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.figures import words
from advisor.figures.chart import Chart
from advisor.figures.popularity import (
    LISTING,
    SIZE_UNKNOWN,
    by_class,
    counted,
    listings,
)

if TYPE_CHECKING:
    from datetime import date

    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

SERIES: Final = ["source_id", "ranking_note"]
PARTIAL: Final = 0.5
"""A list with less than this share of the models of the list before it was read in part."""
LEAST_OF_CLASS: Final = 10
"""A date on which a size class has fewer models is not shown: one model would move the class."""


def build(wanted: Wanted, snapshot: Snapshot, *, least_of_class: int = LEAST_OF_CLASS) -> Chart:
    """Total and median downloads per size class on each date of each series of lists, and an index of the same models.

    The index chains the change of the downloads of the models that are on two consecutive lists; it is 1 on the
    series' first date. A series with a single date is left to Figure 1. Reads wanted.edges, wanted.as_of and
    wanted.tasks as pipeline tags. Raises: as downloads_by_size.build. Source: METHOD.md#figure-1
    """
    table = counted(snapshot, wanted.edges, as_of=wanted.as_of, tags=wanted.tasks)
    found = listings(table.rows)
    sized = [name for name in table.classes if name != SIZE_UNKNOWN]
    every = by_class(table.rows, sized, LISTING)
    held = every.group_by(LISTING).agg(full=pl.col("n_models").min() >= least_of_class)
    shown = _whole(found.join(held.filter("full"), on=LISTING, how="semi"))
    rows = table.rows.join(shown, on=LISTING, how="semi")
    levels = by_class(rows, table.classes, LISTING).filter(pl.col("n_models") > 0)
    frame = (
        levels.join(_same_models(rows, sized), on=[*LISTING, "size_class"], how="left")
        .with_columns(series=pl.format("{} ({})", "ranking_note", "source_id"))
        .sort("series", "position", "date")
    )
    return Chart(
        name="downloads-over-time",
        title="Downloads by size class from date to date, lists chosen alike",
        reading=_reading(frame) if frame.height else _nothing(wanted.as_of),
        frame=frame,
        notes=_notes(frame, found, shown),
        pool=_pool(frame),
        snapshot_id=snapshot.id,
        as_of=wanted.as_of,
        facts=_facts(frame),
    )


def _whole(found: pl.DataFrame) -> pl.DataFrame:
    """Of each series the lists that were not read in part, where there are at least two."""
    kept = []
    for series in found.sort("date").partition_by(SERIES, maintain_order=True):
        lists: list[dict[str, object]] = []
        before = 0
        for row in series.iter_rows(named=True):
            if row["n_models"] >= PARTIAL * before:
                lists.append(row)
                before = row["n_models"]
        if len(lists) > 1:
            kept.append(pl.DataFrame(lists, schema=found.schema))
    return pl.concat(kept) if kept else found.clear()


def _same_models(rows: pl.DataFrame, classes: list[str]) -> pl.DataFrame:
    """Per listing and class: `index` of the downloads of the same models, 1 on the first date, and `n_followed`.

    n_followed: models on this list and the one before; null on the first date. The index ends where fewer than
    LEAST_OF_CLASS are.
    """
    made: list[dict[str, object]] = []
    for series in rows.partition_by(SERIES):
        days = [
            day.select("model_id", "downloads_30d", "size_class", *LISTING)
            for day in series.sort("date").partition_by("date", maintain_order=True)
        ]
        for name in classes:
            made += _chained([day.filter(size_class=name) for day in days], name, days)
    words = {"size_class": pl.String(), "index": pl.Float64(), "n_followed": pl.Int64()}
    return pl.DataFrame(made, schema=pl.Schema({**rows.select(LISTING).schema, **words}))


def _chained(
    of_class: list[pl.DataFrame], name: str, days: list[pl.DataFrame]
) -> list[dict[str, object]]:
    index: float | None = 1.0
    made: list[dict[str, object]] = []
    for i, day in enumerate(of_class):
        followed: int | None = None
        if i:
            both = of_class[i - 1].join(day, on="model_id", suffix="_after")
            before, after = (float(both[f"downloads_30d{when}"].sum()) for when in ("", "_after"))
            followed = both.height
            known = index is not None and followed >= LEAST_OF_CLASS and before > 0
            index = index * after / before if known and index is not None else None
        where = days[i].select(LISTING).row(0, named=True)
        made.append(where | {"size_class": name, "index": index, "n_followed": followed})
    return made


def _reading(frame: pl.DataFrame) -> str:
    sentences = []
    for series in frame.partition_by("series", maintain_order=True):
        days = series["date"].sort().to_list()
        first, last = days[0], days[-1]
        models = series.group_by("date").agg(pl.col("n_models").sum()).sort("date")["n_models"]
        end = series.filter(date=last).drop_nulls("index").sort("index", descending=True)
        moved = ", ".join(
            f"{row['index']:.2f} times ({words.size_class(row['size_class'])})"
            for row in end.iter_rows(named=True)
        )
        followed = (
            f"models that stayed listed had {moved} the downloads"
            if moved
            else "too few models stayed"
        )
        sentences.append(
            f"From {first} to {last} the list grew from {models[0]:,} to {models[-1]:,} models, and its totals with "
            f"it; {followed}."
        )
    return " ".join(sentences)


def _notes(frame: pl.DataFrame, found: pl.DataFrame, shown: pl.DataFrame) -> tuple[str, ...]:
    if frame.is_empty():
        return ()
    series = shown.select(SERIES).unique()
    rest = found.join(series, on=SERIES, how="semi").join(shown, on=LISTING, how="anti")
    others = found.join(series, on=SERIES, how="anti")
    return (
        "A line joins only dates whose models were chosen alike; what was chosen otherwise is not on it: "
        f"{others.height} lists, {rest.height} more dates of the same list had "
        "too few models in a class or were read in part.",
        "Same models: downloads of the models on two consecutive lists, chained, 1 at the first date; it says nothing "
        "of the Hub, only of models that somebody listed, and new models rise in their first weeks.",
        "No sampling interval: every model of a list is counted, and a chosen list is no random sample.",
    )


def _pool(frame: pl.DataFrame) -> str:
    if frame.is_empty():
        return "no model"
    each = frame.group_by("series", maintain_order=True).agg(
        pl.col("date").n_unique(), n=pl.col("n_models").sum()
    )
    return "; ".join(
        f"{row['n']:,} downloads counts on {row['date']} dates: {row['series']}"
        for row in each.iter_rows(named=True)
    )


def _facts(frame: pl.DataFrame) -> dict[str, float | int | str | None]:
    last = frame.filter(pl.col("date") == pl.col("date").max().over("series"))
    return {
        f"{row['size_class']}: index on {row['date']}": row["index"]
        for row in last.drop_nulls("index").iter_rows(named=True)
    }


def _nothing(as_of: date | None) -> str:
    when = f" up to {as_of}" if as_of else ""
    return (
        f"No list of models was read on two dates{when} with at least {LEAST_OF_CLASS} models in every size class: there is "
        "nothing to join. Figure 1 shows single dates."
    )
