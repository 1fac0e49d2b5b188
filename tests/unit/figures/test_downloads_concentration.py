"""Cumulative shares against a plain loop; a curve rises to one and bends one way."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.figures import downloads_concentration as few
from advisor.figures.chart import Chart, Wanted
from advisor.render.charts.downloads_concentration import draw
from advisor.render.charts.theme import Style
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder
from tests.shipped import table
from tests.unit.figures.hub import row
from tests.unit.figures.hub import snapshot as hub


@cache
def shipped() -> Chart:
    return few.build(Wanted(), snapshot.load(shipped_folder()))


def test_so_many_models_have_half_of_the_downloads_as_a_plain_loop_counts() -> None:
    day = date(2022, 7, 2)
    counts = table("popularity").filter(date=day, is_test_fixture=False)["downloads_30d"].to_list()
    total, sum_so_far, n = sum(counts), 0, 0
    for count in sorted(counts, reverse=True):
        sum_so_far += count
        n += 1
        if 2 * sum_so_far >= total:
            break
    whole = shipped().frame.filter(date=day, size_class=few.EVERY)
    assert set(whole["n_half"]) == {n}
    assert f"{n:,} of {len(counts):,} models on {day}" in shipped().reading


@settings(max_examples=30)
@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=40))
def test_a_curve_rises_to_one_from_the_largest_share(downloads: list[int]) -> None:
    chart = few.build(
        Wanted(), hub([row(f"m{i}", n, 5) for i, n in enumerate(downloads)]), least_models=1
    )
    if not sum(downloads):
        assert chart.empty
        return
    whole = chart.frame.filter(size_class=few.EVERY)
    shares = whole["cumulative_share"].to_list()
    assert shares[0] == pytest.approx(max(downloads) / sum(downloads))
    assert shares[-1] == pytest.approx(1)
    assert shares == sorted(shares)
    steps = whole["rank"].to_list()
    mean = [share / rank for share, rank in zip(shares, steps, strict=True)]
    assert all(a >= b - 1e-12 for a, b in pairwise(mean))


@pytest.mark.parametrize("width", [1280, 390])
def test_the_lines_hold_the_frame_and_nothing_else(width: int) -> None:
    figure = draw(shipped(), Style(width=width))
    drawn = [(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)]
    assert drawn == list(shipped().frame.select("rank", "cumulative_share").iter_rows())
