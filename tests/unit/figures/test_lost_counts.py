from __future__ import annotations

from datetime import date

import polars as pl

from advisor.figures import lost_counts
from advisor.figures.chart import Wanted
from advisor.figures.downloads_by_size import build
from advisor.recommend import api

DECEMBER = date(2025, 12, 12)
NOVEMBER = date(2025, 11, 27)


def test_what_a_list_lost_is_counted_by_hand() -> None:
    table = api.open_snapshot().table("popularity").filter(~pl.col("is_test_fixture"))
    of_source = table.filter(pl.col("source_id") == "hub-ai-nexus").to_dicts()
    then = {row["model_id"]: row["downloads_30d"] for row in of_source if row["date"] == NOVEMBER}
    now = {row["model_id"]: row["downloads_30d"] for row in of_source if row["date"] == DECEMBER}
    gone = set(then) - set(now)
    chart = build(Wanted(), api.open_snapshot())
    shown = chart.frame.select(lost_counts.LISTING).unique()
    found = lost_counts.lost(table, shown).filter(pl.col("date") == DECEMBER).row(0, named=True)
    assert found["before"] == NOVEMBER
    assert found["n_lost"] == len(gone) > 0
    assert found["n_before"] == len(then)
    assert found["lost_downloads"] == sum(then[name] for name in gone)
    assert found["lost_share"] == sum(then[name] for name in gone) / sum(now.values())
    assert f"2025-12-12: {len(gone)} of the {len(then)} models" in " ".join(chart.notes)
    assert ("Incomplete: 2025-12-12" in chart.reading) == (found["lost_share"] >= lost_counts.MUCH)


def test_the_first_list_of_a_series_lost_nothing() -> None:
    chart = build(Wanted(as_of=date(2023, 1, 1)), api.open_snapshot())
    assert "have no count" not in " ".join(chart.notes)
    assert "Incomplete" not in chart.reading
