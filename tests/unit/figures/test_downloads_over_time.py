"""Dates are joined only within a list that was chosen alike, and the same models are followed as a plain chain would."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import polars as pl
import pytest

from advisor.figures import downloads_over_time
from advisor.figures.chart import Chart, Wanted
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder
from tests.shipped import table
from tests.unit.figures.hub import DAY, LATER, LIST, row
from tests.unit.figures.hub import snapshot as hub


@cache
def shipped() -> Chart:
    return downloads_over_time.build(Wanted(), snapshot.load(shipped_folder()))


def test_only_series_with_two_whole_dates_are_shown() -> None:
    frame = shipped().frame
    assert set(frame["source_id"]) == {"hub-llmfit"}
    dates = sorted(set(frame["date"]))
    assert dates[0] == date(2026, 2, 26)
    assert dates[-1] == date(2026, 5, 10)
    assert date(2026, 4, 24) not in dates, "121 of 911 models were read anew on that day"


def test_the_index_is_the_chain_of_a_plain_loop() -> None:
    listed = table("popularity").filter(source_id="hub-llmfit", is_test_fixture=False)
    small = listed.filter(pl.col("n_parameters") < 200_000_000)
    days = sorted(set(shipped().frame["date"]))
    index = 1.0
    for before, after in pairwise(days):
        one, two = (
            dict(small.filter(date=day).select("model_id", "downloads_30d").iter_rows())
            for day in (before, after)
        )
        both = one.keys() & two.keys()
        index *= sum(two[m] for m in both) / sum(one[m] for m in both)
    last = shipped().frame.filter(date=days[-1], size_class="under 200M").row(0, named=True)
    assert last["index"] == pytest.approx(index)
    assert last["n_followed"] == len(both)


def test_a_model_that_enters_moves_the_total_and_not_the_index() -> None:
    def listing(day: date, downloads: int, n: int) -> list[dict[str, object]]:
        return [row(f"m{i}", downloads, 5, date=day) for i in range(n)]

    rows = [*listing(DAY, 10, 12), *listing(LATER, 20, 12), row("new", 5000, 5, date=LATER)]
    big = [row(f"b{i}", 7, 50, date=day) for i in range(12) for day in (DAY, LATER)]
    chart = downloads_over_time.build(Wanted(edges=(10,)), hub(rows + big))
    end = chart.frame.filter(date=LATER, size_class="under 10").row(0, named=True)
    assert end["downloads_30d_total"] == 12 * 20 + 5000
    assert end["index"] == pytest.approx(2.0)


def test_lists_of_the_same_source_that_were_chosen_otherwise_are_other_series() -> None:
    rows = [
        row(f"{note}{i}", 10, 5 if i % 2 else 50, date=day, ranking_note=note)
        for note in ("top", LIST)
        for day in (DAY, DAY + timedelta(days=9))
        for i in range(24)
    ]
    chart = downloads_over_time.build(Wanted(edges=(10,)), hub(rows))
    assert chart.frame["series"].n_unique() == 2


def test_single_dates_leave_nothing_to_join_and_the_chart_says_so() -> None:
    chart = downloads_over_time.build(
        Wanted(as_of=date(2023, 1, 1)), snapshot.load(shipped_folder())
    )
    assert chart.empty
    assert "two dates up to 2023-01-01 with at least 10 models" in chart.reading
