"""Prices on the shipped snapshot, each checked by asking again with the looser limit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.recommend import api
from advisor.recommend.shadow_prices import FURTHEST, MATTERS, round_up

if TYPE_CHECKING:
    from advisor.core.recommendation import Recommendation

OPTIONS = {
    "max_parameters": "max_params",
    "max_latency_ms": "max_latency_ms",
    "max_memory_gb": "max_memory",
    "max_cost_usd_per_1k": "max_cost",
}
ASKED = [
    ("English FAQ retrieval for RAG", {"max_params": "150M", "max_latency_ms": 15, "license": "commercial"}),
    ("Solve grade-school maths word problems", {"max_params": "3B"}),
    ("Predict credit default from a table of customers", {"interpretable": "require"}),
    ("Banking77Classification", {"max_params": "50M", "max_memory": "1GB"}),
    ("Generate Python code", {"license": "commercial", "max_memory": "8GB"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def snapshot():
    return api.open_snapshot()


def best(answer: Recommendation) -> tuple[str, float] | None:
    """The best eligible model that was measured enough to be named."""
    able = [m for m in answer.ranked if not any("too few" in reason for reason in m.reasons)]
    top = min(able, key=lambda m: (-m.estimate.value, m.model_id), default=None)
    return None if top is None else (top.model_id, top.estimate.value)


def relaxed(asked: dict, price, to: float | None = None) -> dict:
    options = dict(asked)
    if price.to_limit is None:
        name = {"commercial_licence": "license"}.get(price.constraint, price.constraint)
        return options | {name: "any" if name == "license" else "no"}
    to = price.to_limit if to is None else to
    name = OPTIONS[price.constraint]
    scale = 1e9 if name == "max_memory" else 1
    return options | {name: f"{round(to * scale)}" if name == "max_params" else to * scale}


@pytest.mark.parametrize(("task", "asked"), ASKED, ids=[task for task, _ in ASKED])
def test_a_price_is_what_the_looser_question_answers(snapshot, task, asked):
    now = api.recommend(task, snapshot=snapshot, top=1000, **asked)
    assert now.shadow_prices
    before = best(now)
    for price in now.shadow_prices:
        then = best(api.recommend(task, snapshot=snapshot, top=1000, **relaxed(asked, price)))
        gain = price.gain_points
        if gain is None:
            assert price.reason
            continue
        assert then[0] == price.model_id
        assert gain.value == pytest.approx(100 * (then[1] - before[1]), abs=1e-9)
        assert gain.lo <= gain.value <= gain.hi
        assert gain.hi >= MATTERS


def test_nothing_means_that_the_best_stays_the_best_up_to_four_times_the_limit(snapshot):
    task, asked = ASKED[0]
    now = api.recommend(task, snapshot=snapshot, top=1000, **asked)
    price = next(p for p in now.shadow_prices if p.gain_points is None and p.to_limit)
    assert price.to_limit == pytest.approx(FURTHEST * price.from_limit)
    then = api.recommend(task, snapshot=snapshot, top=1000, **relaxed(asked, price))
    assert best(then) == best(now)


def test_the_step_is_the_first_that_matters(snapshot):
    task, asked = ASKED[0]
    now = api.recommend(task, snapshot=snapshot, top=1000, **asked)
    price = next(p for p in now.shadow_prices if p.constraint == "max_latency_ms")
    assert price.from_limit < price.to_limit <= FURTHEST * price.from_limit
    # Well below the rounded step, nobody half a point better is let in.
    between = price.from_limit + 0.25 * (price.to_limit - price.from_limit)
    then = best(api.recommend(task, snapshot=snapshot, top=1000, **relaxed(asked, price, between)))
    assert 100 * (then[1] - best(now)[1]) < MATTERS


def test_without_limits_there_is_nothing_to_relax(snapshot):
    assert api.recommend("English FAQ retrieval for RAG", snapshot=snapshot).shadow_prices == []


def test_a_limit_that_bars_nobody_has_no_price(snapshot):
    answer = api.recommend(
        "Predict credit default from a table", snapshot=snapshot, max_params="900T"
    )
    assert answer.shadow_prices == []


def test_where_nothing_fits_the_price_says_who_would(snapshot):
    task = "Banking77Classification"
    tight = api.recommend(task, snapshot=snapshot, max_params="1M", max_memory="64GB")
    assert tight.verdict.kind == "none_feasible" or not best(tight)
    price = next(p for p in tight.shadow_prices if p.constraint == "max_parameters")
    looser = api.recommend(
        task, snapshot=snapshot, top=1000, max_params=str(round(price.to_limit)), max_memory="64GB"
    )
    assert price.gain_points is None
    assert (price.model_id is None) == (best(looser) is None)
    if price.model_id:
        assert best(looser)[0] == price.model_id


@given(
    need=st.floats(1e-6, 1e12),
    constraint=st.sampled_from(["max_parameters", "max_memory_gb", "max_latency_ms"]),
)
def test_a_rounded_limit_admits_and_is_not_far_off(need, constraint):
    factor = {"max_parameters": 1.0, "max_memory_gb": 1e9, "max_latency_ms": 1e-3}[constraint]
    to = round_up(need, constraint)
    assert to * factor >= need
    if need / factor > 2**-10:  # the smallest memory that is spoken of
        assert to * factor <= 1.51 * need
    if need / factor < 2**11:
        digits = to / 10 ** math.floor(math.log10(to))
        assert round(digits, 1) == pytest.approx(digits) or constraint == "max_memory_gb"
