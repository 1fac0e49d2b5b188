"""Every model of the frame is drawn once: with its downloads, or apart where they are not known."""

from __future__ import annotations

from functools import cache

import pytest

from advisor.figures import downloads_and_quality
from advisor.figures.chart import Chart, Wanted
from advisor.render.charts.downloads_and_quality import draw
from advisor.render.charts.theme import Style
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder


@cache
def chart() -> Chart:
    return downloads_and_quality.build(Wanted(), snapshot.load(shipped_folder()))


@pytest.mark.parametrize("width", [1280, 390])
def test_every_model_is_drawn_once_at_its_level(width: int) -> None:
    figure = draw(chart(), Style(width=width))
    drawn = sorted(
        (name, level)
        for trace in figure.data
        for name, level in zip(trace.customdata, trace.y, strict=True)
    )
    assert drawn == sorted(chart().frame.select("model_id", "level").iter_rows())


def test_what_is_not_listed_stands_left_of_every_count() -> None:
    figure = draw(chart(), Style())
    for axis in {trace.xaxis for trace in figure.data}:
        own = [trace for trace in figure.data if trace.xaxis == axis]
        apart = [x for trace in own if trace.name == "not listed" for x in trace.x]
        listed = [x for trace in own if trace.name != "not listed" for x in trace.x]
        assert max(apart) < min(listed)
