"""The fronts: who is on them by a second route, what limits and order do to them, and that nobody is lost silently."""

import asked
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.figures import pareto
from advisor.recommend import api

CHARTS = {"latency": pareto.latency, "memory": pareto.memory, "cost": pareto.cost}
ANSWERS = ["model", "free", "cannot tell", "named task", "as of"]
POINTS = st.lists(
    st.tuples(st.sampled_from([0.5, 1.0, 2.0, 4.0, 8.0]), st.sampled_from([0.1, 0.2, 0.3, 0.4])),
    min_size=1,
    max_size=30,
)


def dominated(one, by) -> bool:
    no_worse = by[0] <= one[0] and by[1] >= one[1]
    return no_worse and by != one


def a_frame(points) -> pl.DataFrame:
    return pl.DataFrame(points, schema=["taken", "score"], orient="row")


@given(POINTS)
def test_on_the_front_is_whoever_nobody_dominates(points):
    flags = pareto.on_front(a_frame(points)).to_list()
    assert flags == [not any(dominated(one, by) for by in points) for one in points]


@given(POINTS, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(points, rng):
    shuffled = points.copy()
    rng.shuffle(shuffled)
    first = dict(zip(points, pareto.on_front(a_frame(points)).to_list(), strict=True))
    again = dict(zip(shuffled, pareto.on_front(a_frame(shuffled)).to_list(), strict=True))
    assert first == again


@given(POINTS, st.sampled_from([0.5, 1.0, 2.0, 4.0]))
def test_below_a_limit_the_front_is_what_it_was(points, limit):
    within = [p for p in points if p[0] <= limit]
    if not within:
        return
    whole = a_frame(points).with_columns(pareto.on_front(a_frame(points)))
    cut = a_frame(within).with_columns(pareto.on_front(a_frame(within)))
    kept = whole.filter("on_front", pl.col("taken") <= limit)
    assert set(cut.filter("on_front").rows()) == set(kept.rows())


@pytest.mark.parametrize("word", CHARTS)
@pytest.mark.parametrize("name", ANSWERS)
def test_the_front_of_an_answer_by_a_second_route(name, word):
    chart = CHARTS[word](asked.wanted(name), asked.the_snapshot())
    may = [
        (row["taken"], row["score"], row["model_id"])
        for row in chart.frame.iter_rows(named=True)
        if row["eligible"] and row["evidence"] != "predicted"
    ]
    expected = {m for t, s, m in may if not any(dominated((t, s), (a, b)) for a, b, _ in may)}
    assert set(chart.frame.filter("on_front")["model_id"]) == expected
    assert set(chart.parts["front"]["model_id"]) == expected


@pytest.mark.parametrize("word", CHARTS)
@pytest.mark.parametrize("name", ANSWERS)
def test_every_eligible_model_is_drawn_or_counted(name, word):
    answer = asked.answer(name)
    chart = CHARTS[word](asked.wanted(name), asked.the_snapshot())
    quantity = {"latency": "latency_p95_s", "memory": "memory_bytes"}.get(
        word, "cost_usd_per_1k_items"
    )
    known = {m.model_id: m for m in answer.ranked if quantity in m.efficiency}
    drawn = chart.frame.filter("eligible")
    assert set(drawn["model_id"]) == set(known)
    missing = len(answer.ranked) - len(known)
    assert chart.facts["n_missing"] == missing
    said = [note for note in chart.notes if f"have no known {word}" in note]
    assert said == ([] if not missing else said)
    assert not missing or said[0].startswith(f"{missing:,} of {len(answer.ranked):,} ")
    for row in drawn.iter_rows(named=True):
        model = known[row["model_id"]]
        assert (row["taken"], row["taken_lo"], row["taken_hi"]) == (
            model.efficiency[quantity].value,
            model.efficiency[quantity].lo,
            model.efficiency[quantity].hi,
        )
        assert (row["score"], row["score_lo"]) == (model.estimate.value, model.estimate.lo)


def test_a_tighter_limit_never_adds_an_eligible_point():
    loose, tight = (
        pareto.latency(
            asked.Wanted(
                answer=api.recommend(
                    "find the right FAQ answer",
                    max_latency_ms=ms,
                    top=1000,
                    snapshot=asked.the_snapshot(),
                )
            ),
            asked.the_snapshot(),
        )
        for ms in (200, 50)
    )
    outer, inner = (set(c.frame.filter("eligible")["model_id"]) for c in (loose, tight))
    assert inner < outer
    assert loose.parts["bars"].filter(pl.col("bar") == "limit")["value"].item() == 0.2


def test_the_named_model_the_reference_and_the_band_are_the_answers():
    answer = asked.answer("model")
    chart = pareto.latency(asked.wanted("model"), asked.the_snapshot())
    named = chart.frame.filter(pl.col("role") == "named")
    assert named["model_id"].to_list() == [answer.verdict.model_id]
    bars = dict(chart.parts["bars"].iter_rows())
    best = next(m for m in answer.ranked if m.model_id == answer.leaders.best)
    assert bars["limit"] == pytest.approx(0.015)
    assert bars["best"] - bars["tolerance"] == pytest.approx(answer.profile.tolerance / 100)
    assert bars["best"] == best.estimate.value
    assert answer.verdict.model_id in chart.reading


def test_where_nobody_is_eligible_all_who_compete_are_shown_and_none_is_on_a_front():
    chart = pareto.memory(asked.wanted("none feasible"), asked.the_snapshot())
    assert not chart.empty
    assert not chart.frame["on_front"].any()
    assert not chart.frame["eligible"].any()
    assert "No model is known to meet every limit" in chart.reading


def test_without_any_cost_the_chart_says_what_is_missing():
    chart = pareto.cost(asked.wanted("model"), asked.the_snapshot())
    assert chart.empty
    assert "no cost is known" in chart.reading


def test_a_cheaper_model_that_may_be_as_good_takes_no_more_and_is_named():
    frame = pareto.latency(asked.wanted("free"), asked.the_snapshot()).frame
    taken = dict(frame.select("model_id", "taken").iter_rows())
    unsure = frame.filter(pl.col("certainty") == "not clear")
    assert unsure.height
    assert all(
        taken[other] <= own for other, own in unsure.select("level_with", "taken").iter_rows()
    )
    cheapest = frame.filter("on_front").sort("taken").row(0, named=True)
    assert cheapest["certainty"] == "clear"


def test_a_cost_says_whose_price_it_is():
    chart = pareto.cost(asked.wanted("cannot tell"), asked.the_snapshot())
    assert set(chart.frame["way"]) == {"api"}
    assert any("a provider's price" in note for note in chart.notes)
