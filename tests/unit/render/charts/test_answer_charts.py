"""The charts of one answer as drawn: exactly the frame's rows, at any width, with names from outside escaped."""

from __future__ import annotations

from dataclasses import replace

import asked
import polars as pl
import pytest

from advisor.figures.chart import Wanted
from advisor.render.charts import catalogue
from advisor.render.charts.theme import Style

CHARTS = (
    "pareto-latency", "pareto-memory", "pareto-cost", "size-ladder", "dimensions", "radar", "side-by-side",
    "side-by-side-tasks", "tabular-interpretability",
)  # fmt: skip
HOSTILE = '<b>x</b><a href="javascript:alert(1)">m</a>\x1b[31m'


def drawn(chart, **style) -> list[tuple[str, float | None]]:
    """Model and its first number, of every point that stands for a row."""
    figure = catalogue.draw(chart, Style(**style))
    found = []
    for trace in figure.data:
        if trace.customdata is None:
            continue
        numbers = trace.r if trace.type == "scatterpolar" else trace.x
        found += list(zip(trace.customdata, numbers, strict=True))
    return found


def expected(chart) -> list[tuple[str, float]]:
    frame, name = chart.frame, chart.name
    if name.startswith("pareto"):
        return list(frame.select("model_id", "taken").iter_rows())
    if name in {"size-ladder", "tabular-interpretability"}:
        return list(frame.select("model_id", pl.col("score") * 100).iter_rows())
    if name == "side-by-side-tasks":
        return list(frame.select("model_id", pl.col("value") * 100).iter_rows())
    known = frame.filter(pl.col("value").is_not_null())
    if name == "side-by-side":
        # A size of none has no place on a log axis: it is written.
        scale = pl.when(measure="score").then(100.0).otherwise(1.0)
        none = (pl.col("measure") == "parameters") & (pl.col("value") <= 0)
        return list(known.filter(~none).select("model_id", pl.col("value") * scale).iter_rows())
    rows = list(known.select("model_id", "value").iter_rows())
    if name == "radar":  # a shape ends where it began
        first = known.filter("complete").group_by("model_id", maintain_order=True).first()
        rows += list(first.select("model_id", "value").iter_rows())
    return rows


@pytest.mark.parametrize(
    ("question", "width"),
    [
        ("model", 1280),
        ("model", 390),
        ("cannot tell", 1280),
        ("none feasible", 390),
        ("interpretable", 1280),
    ],
)
@pytest.mark.parametrize("name", CHARTS)
def test_the_figure_holds_exactly_the_frames_rows(name, question, width):
    chart = catalogue.build(name, asked.wanted(question), asked.the_snapshot())
    if chart.empty:
        assert catalogue.draw(chart, Style(width=width)).layout.annotations
        return
    there, wanted = sorted(drawn(chart, width=width)), sorted(expected(chart))
    assert [name for name, _ in there] == [name for name, _ in wanted]
    assert [value for _, value in there] == pytest.approx([value for _, value in wanted])


@pytest.mark.parametrize("name", CHARTS)
def test_an_answer_that_lists_a_few_models_draws_those_and_says_so(name):
    question = "table" if name.startswith("tabular") else "language model"
    full = asked.answer(question)
    few = full.model_copy(update={"ranked": full.ranked[:3]})
    chart = catalogue.build(name, Wanted(answer=few), asked.the_snapshot())
    there, wanted = sorted(drawn(chart)), sorted(expected(chart))
    assert [name for name, _ in there] == [name for name, _ in wanted]
    assert not any("outside the stated limits" in note for note in chart.notes)
    unlisted = full.pool.n_eligible - 3
    assert any(note.startswith(f"{unlisted:,} eligible models") for note in chart.notes)


@pytest.mark.parametrize("name", CHARTS)
def test_names_from_outside_are_text_wherever_they_stand(name):
    question = "interpretable" if name.startswith("tabular") else "language model"
    chart = catalogue.build(name, asked.wanted(question), asked.the_snapshot())
    first = chart.frame["model_id"][-1]
    frame = chart.frame.with_columns(pl.col("model_id").replace({first: HOSTILE}))
    parts = {
        key: part.with_columns(pl.col("model_id").replace({first: HOSTILE}))
        if "model_id" in part.columns
        else part
        for key, part in chart.parts.items()
    }
    hostile = replace(
        chart, frame=frame, parts=parts, title=HOSTILE, reading=HOSTILE, notes=(HOSTILE,)
    )
    figure = catalogue.draw(hostile, Style()).to_dict()
    # What plotly does not read as text may hold the name as it is.
    for trace in figure["data"]:
        trace.pop("customdata", None)
    said = str(figure)
    assert "<a href" not in said
    assert "<b>x</b>" not in said
    assert "\\x1b" not in said
    assert "&lt;b&gt;x" in said


@pytest.mark.parametrize("name", CHARTS)
def test_axes_have_titles_and_every_name_is_hidden_in_no_markup(name):
    question = "interpretable" if name.startswith("tabular") else "language model"
    chart = catalogue.build(name, asked.wanted(question), asked.the_snapshot())
    figure = catalogue.draw(chart, Style(dark=True))
    titles = [axis.title.text for axis in figure.select_xaxes() if axis.title.text]
    panels = [note.text for note in figure.layout.annotations if note.name == "panel"]
    assert titles or panels or name == "radar"
    assert chart.snapshot_id in " ".join(note.text or "" for note in figure.layout.annotations)


def test_the_named_model_and_the_limit_are_drawn():
    chart = catalogue.build("pareto-latency", asked.wanted("model"), asked.the_snapshot())
    figure = catalogue.draw(chart, Style())
    named = asked.answer("model").verdict.model_id.rpartition("/")[2]
    labels = [note.text for note in figure.layout.annotations if note.name == "label"]
    assert any(named in text and text.startswith("<b>") for text in labels)
    limit = next(trace for trace in figure.data if trace.name == "limit: 15 ms")
    assert set(limit.x) == {0.015}


def test_predicted_points_are_open_and_measured_ones_filled():
    for question in ("model", "named task"):
        chart = catalogue.build("pareto-latency", asked.wanted(question), asked.the_snapshot())
        figure = catalogue.draw(chart, Style())
        basis = dict(chart.frame.select("model_id", "score_basis").iter_rows())
        for trace in figure.data:
            for name in trace.customdata if trace.customdata is not None else ():
                assert trace.marker.symbol.endswith("-open") == (basis[name] != "measured")


def test_a_phone_gets_fewer_names():
    chart = catalogue.build("pareto-latency", asked.wanted("free"), asked.the_snapshot())
    counts = [
        sum(
            note.name == "label"
            for note in catalogue.draw(chart, Style(width=w)).layout.annotations
        )
        for w in (390, 1280)
    ]
    assert 0 < counts[0] < counts[1]
