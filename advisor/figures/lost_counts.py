"""What a list of models lost since the list before: counts that its source repeated unrefreshed were set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.units import format_count

if TYPE_CHECKING:
    from advisor.figures.chart import Chart

SERIES: Final = ["source_id", "ranking_note"]
LISTING: Final = [*SERIES, "date"]
MUCH: Final = 0.1
"""Share of a list's downloads from which on what it lost changes what it says."""


def lost(rows: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Per listing of `shown` that follows another of its series: what the earlier list's models without a count took.

    rows: POPULARITY rows that count. Returns LISTING, `before` (date of the list before), n_lost, n_before,
    lost_downloads (theirs on that date) and lost_share (of the downloads counted on the listing's own date).
    Source: METHOD.md#figure-1
    """
    dates = rows.select(LISTING).unique().sort(LISTING)
    followed = dates.with_columns(before=pl.col("date").shift(1).over(SERIES)).drop_nulls("before")
    followed = followed.join(shown, on=LISTING, how="semi")
    then = rows.select(*SERIES, "model_id", before="date", downloads_before="downloads_30d")
    now = rows.select(*LISTING, "model_id", "downloads_30d")
    both = followed.join(then, on=[*SERIES, "before"]).join(
        now, on=[*LISTING, "model_id"], how="left"
    )
    gone = pl.col("downloads_30d").is_null()
    totals = rows.group_by(LISTING).agg(total=pl.col("downloads_30d").sum())
    return (
        both.group_by(*LISTING, "before")
        .agg(
            n_lost=gone.sum(),
            n_before=pl.len(),
            lost_downloads=pl.col("downloads_before").filter(gone).sum(),
        )
        .join(totals, on=LISTING)
        .with_columns(lost_share=pl.col("lost_downloads") / pl.col("total"))
        .drop("total")
        .sort(LISTING)
    )


def said(chart: Chart, rows: pl.DataFrame, shown: pl.DataFrame) -> Chart:
    """The chart with a note on each list that lost models, and in its reading those that lost much."""
    from dataclasses import replace

    found = lost(rows, shown).filter(pl.col("n_lost") > 0)
    if chart.empty or found.is_empty():
        return chart
    notes = tuple(
        f"{row['date']}: {row['n_lost']} of the {row['n_before']} models of the list of {row['before']} have no count "
        f"of that day (a figure shown again unrefreshed does not count); they had "
        f"{format_count(row['lost_downloads'])} downloads before, {row['lost_share']:.0%} of what is counted."
        for row in found.iter_rows(named=True)
    )
    much = [str(day) for day in found.filter(pl.col("lost_share") >= MUCH)["date"]]
    more = f" Incomplete: {', '.join(much)} (see the notes)." if much else ""
    return replace(chart, reading=chart.reading + more, notes=(*chart.notes, *notes))
