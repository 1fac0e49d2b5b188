"""What is drawn of size curves and of Table 1 is exactly the frame, at each width."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from advisor.figures.chart import MOST_MODELS, Chart, Wanted
from advisor.recommend import api
from advisor.render.charts import catalogue
from advisor.render.charts.theme import Style
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder

WIDTHS = [1280, 700, 390]
CHARTS = {
    "one": ("size-curves", ("MTEB(eng, v2): STS",)),
    "several": ("size-curves", ("Retrieval", "mmlu", "STS")),
    "survey": ("figure-3", ("Retrieval", "STS")),
}


@cache
def chart(case: str) -> Chart:
    name, tasks = CHARTS[case]
    return catalogue.build(name, Wanted(tasks=tasks), snapshot.load(shipped_folder()))


@cache
def table() -> Chart:
    shipped = snapshot.load(shipped_folder())
    answer = api.recommend(
        "Banking77Classification", snapshot=shipped, max_params="150M", top=MOST_MODELS
    )
    return catalogue.build("table-1", Wanted(answer=answer), shipped)


@pytest.mark.parametrize("case", CHARTS)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_row_is_one_point_and_every_curve_is_drawn_as_given(case: str, width: int) -> None:
    found = chart(case)
    figure = catalogue.draw(found, Style(width=width))
    drawn = sorted(
        (x, round(y, 9))
        for trace in figure.data
        if trace.meta == "points"
        for x, y in zip(trace.x, trace.y, strict=True)
    )
    rows = found.frame.select("n_parameters", pl.col("value") * 100).rows()
    assert drawn == sorted((x, round(y, 9)) for x, y in rows)
    curve = sorted(round(y, 9) for trace in figure.data if trace.meta == "curve" for y in trace.y)
    assert curve == sorted(round(100 * value, 9) for value in found.parts["curve"]["value"])


def test_filled_in_scores_are_open_points() -> None:
    found = chart("one")
    figure = catalogue.draw(found, Style())
    opened = sum(
        symbol.endswith("-open")
        for trace in figure.data
        if trace.meta == "points"
        for symbol in trace.marker.symbol
    )
    assert opened == found.frame.filter(~pl.col("measured")).height > 0


def test_the_knee_is_ringed_and_the_shares_are_drawn_below() -> None:
    found = chart("one")
    figure = catalogue.draw(found, Style())
    knee = next(trace for trace in figure.data if trace.meta == "knee")
    assert list(knee.x) == found.frame.filter("is_knee")["n_parameters"].to_list()
    shares = next(trace for trace in figure.data if trace.meta == "share")
    told = found.parts["shares"]
    assert list(shares.y) == [100 * value for value in told["share"]]


def test_kinds_keep_the_houses_colours_in_every_plot() -> None:
    figure = catalogue.draw(chart("several"), Style())
    colours: dict[str, set[str]] = {}
    for trace in figure.data:
        if trace.meta == "points":
            colours.setdefault(trace.name, set()).add(trace.marker.color)
    assert all(len(found) == 1 for found in colours.values())


@pytest.mark.parametrize("width", WIDTHS)
def test_the_table_draws_each_score_once_with_its_ends_and_mark(width: int) -> None:
    found = table()
    figure = catalogue.draw(found, Style(width=width))
    for trace in figure.data:
        rows = found.frame.filter(pl.col("side") == trace.meta)
        assert list(trace.x) == rows["value"].to_list()
        known = rows.drop_nulls("value")
        at = [i for i, value in enumerate(rows["value"]) if value is not None]
        right = [trace.x[i] + trace.error_x.array[i] for i in at]
        assert right == pytest.approx(known["hi"].to_list())
    marks = [a.text for a in figure.layout.annotations if a.name == "result"]
    assert len(marks) == found.frame.height
    ticks = sum("✓" in mark for mark in marks)
    assert ticks == found.frame.filter(pl.col("better") == "yes").height


def test_a_model_named_like_a_tag_is_escaped() -> None:
    from dataclasses import replace

    evil = "<b>org</b>/<script>x"
    found = chart("one")
    renamed = replace(
        found, frame=found.frame.with_columns(model_id=pl.lit(evil) + pl.col("model_id"))
    )
    figure = catalogue.draw(renamed, Style())
    texts = [a.text for a in figure.layout.annotations if a.name == "label"]
    hovers = [row[0] for t in figure.data if t.meta == "points" for row in t.customdata]
    assert texts
    assert not any("<script" in text for text in [*texts, *hovers])


def test_a_scope_without_models_says_so() -> None:
    empty = catalogue.build(
        "size-curves", Wanted(tasks=("bias-detection",)), snapshot.load(shipped_folder())
    )
    assert empty.empty
    assert "no competing model of known size" in empty.reading
    figure = catalogue.draw(empty, Style(width=390))
    assert any(a.text == "nothing to draw" for a in figure.layout.annotations)
