"""Every cell of the frame is drawn once, with its number, at every width."""

from __future__ import annotations

from functools import cache

import pytest

from advisor.figures import coverage
from advisor.figures.chart import Chart, Wanted
from advisor.render.charts.coverage import draw
from advisor.render.charts.theme import Style
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder


@cache
def chart() -> Chart:
    return coverage.build(Wanted(), snapshot.load(shipped_folder()))


@pytest.mark.parametrize("width", [1280, 390])
def test_the_numbers_drawn_are_the_frames(width: int) -> None:
    figure = draw(chart(), Style(width=width))
    numbers = [n for trace in figure.data if trace.name == "numbers" for n in trace.customdata]
    assert numbers == chart().frame["n_shown"].to_list()
    held = [
        (cell[0], cell[2], cell[4])
        for trace in figure.data
        if trace.name == "cells"
        for line in trace.customdata
        for cell in line
    ]
    assert held == list(chart().frame.select("row", "n_measured", "n_scores").iter_rows())


def test_a_phones_numbers_have_room_for_three_digits() -> None:
    figure = draw(chart(), Style(width=390))
    axes = [figure.layout.xaxis, figure.layout.xaxis2]
    room = 390 - figure.layout.margin.l - figure.layout.margin.r
    for axis in axes:
        columns = len(axis.tickvals)
        assert room / columns >= 3 * 0.6 * 10
