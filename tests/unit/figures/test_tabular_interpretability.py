"""The price of interpretability: the two best by a second route, a tie said as a tie, the rubric said as a prior."""

import asked
import polars as pl
import pytest

from advisor.figures import tabular_interpretability as chart_of
from advisor.recommend.behind import standing_behind
from advisor.score.interpretability import rubric


@pytest.fixture(scope="module", params=["table", "interpretable"])
def name(request):
    return request.param


def test_everybody_who_competes_is_shown_with_the_rubrics_value(name):
    chart = chart_of.build(asked.wanted(name), asked.the_snapshot())
    stand = standing_behind(asked.answer(name), asked.the_snapshot())
    assert set(chart.frame["model_id"]) == set(stand.competing.models["model_id"])
    for model_class, value in chart.frame.select("model_class", "transparency").iter_rows():
        assert rubric()["transparency"][model_class]["value"] == value
    eligible = {m.model_id for m in asked.answer(name).ranked}
    assert set(chart.frame.filter("eligible")["model_id"]) == eligible


def test_the_two_best_and_the_price_between_them(name):
    chart = chart_of.build(asked.wanted(name), asked.the_snapshot())
    stand = standing_behind(asked.answer(name), asked.the_snapshot())
    accepted = rubric()["accepted"]["classes"]
    grounded = stand.competing.models.filter("grounded")
    best = {}
    for row in chart.frame.sort("score", "model_id").iter_rows(named=True):
        if row["model_id"] in set(grounded["model_id"]):
            best[row["model_class"] in accepted] = row["model_id"]
    assert chart.facts["best_interpretable"] == best[True]
    assert chart.facts["best_black_box"] == best[False]
    apart = stand.apart
    price = apart.interval(apart.row(best[False]), apart.row(best[True]))
    assert (chart.facts["price"], chart.facts["price_lo"], chart.facts["price_hi"]) == price


def test_a_tie_is_said_as_a_tie(name):
    chart = chart_of.build(asked.wanted(name), asked.the_snapshot())
    assert chart.reading.startswith("A tie") == (0.05 <= chart.facts["p_level"] <= 0.95)


def test_the_rubric_is_called_a_prior_and_what_is_barred_is_counted():
    chart = chart_of.build(asked.wanted("interpretable"), asked.the_snapshot())
    assert any("a prior and no measurement" in note for note in chart.notes)
    barred = chart.frame.filter(~pl.col("eligible")).height
    assert barred
    assert any(note.startswith(f"{barred} of {chart.frame.height} ") for note in chart.notes)


def test_a_question_about_texts_has_no_such_chart():
    chart = chart_of.build(asked.wanted("model"), asked.the_snapshot())
    assert chart.empty
    assert "about tables" in chart.reading
