"""Every row of the backtests' frames is drawn, at its value and with its interval."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from advisor.figures import backtest_intervals, backtest_odds, backtest_regret, backtest_sizing
from advisor.figures.chart import Chart, Wanted
from advisor.render.charts import backtest
from advisor.render.charts.theme import Style
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder

if TYPE_CHECKING:
    from collections.abc import Callable

CASES: dict[str, tuple[Any, Callable[..., Any], str, str]] = {
    "odds": (backtest_odds, backtest.draw_odds, "y", "came_true"),
    "intervals": (backtest_intervals, backtest.draw_intervals, "x", "coverage"),
    "regret": (backtest_regret, backtest.draw_regret, "x", "regret_points"),
    "sizing": (backtest_sizing, backtest.draw_sizing, "y", "value"),
}


@cache
def chart(name: str) -> Chart:
    made: Chart = CASES[name][0].build(Wanted(), snapshot.load(shipped_folder()))
    return made


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", CASES)
def test_every_row_is_drawn_once(name: str, width: int) -> None:
    _, draw, side, column = CASES[name]
    figure = draw(chart(name), Style(width=width))
    drawn = [v for trace in figure.data if trace.mode != "lines" for v in getattr(trace, side)]
    assert sorted(drawn) == sorted(chart(name).frame[column].to_list())


@pytest.mark.parametrize("name", ["odds", "intervals", "sizing"])
def test_intervals_are_drawn_as_the_frame_has_them(name: str) -> None:
    _, draw, side, column = CASES[name]
    figure = draw(chart(name), Style())
    ends = []
    for trace in figure.data:
        bars = getattr(trace, f"error_{side}")
        if trace.mode == "lines" or bars.array is None:
            continue
        ends += [v + a for v, a in zip(getattr(trace, side), bars.array, strict=True)]
    frame = chart(name).frame
    wanted = frame["hi"].fill_null(frame[column]).to_list()
    assert sorted(ends) == pytest.approx(sorted(wanted))
