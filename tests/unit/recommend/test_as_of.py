"""An answer as of a day: who had not been released does not compete, and the answer says so."""

from datetime import date

import polars as pl
import pytest
import shipped

from advisor.core.errors import BadInput, MissingData
from advisor.recommend import api
from advisor.render import json

ASK = "find the right FAQ answer"
DAY = date(2024, 6, 30)


@pytest.fixture(scope="module")
def then():
    return api.recommend(ASK, as_of="2024-06-30", top=1000)


@pytest.fixture(scope="module")
def now():
    return api.recommend(ASK, top=1000)


def test_nobody_who_was_released_later_is_in_the_answer(then):
    days = dict(shipped.table("models").select("model_id", "released").iter_rows())
    reference = [then.large_reference.model_id] if then.large_reference else []
    shown = [m.model_id for m in then.ranked] + [r.model_id for r in then.size_ladder] + reference
    assert shown
    assert max(days[name] for name in shown) <= "2024-06-30"


def test_the_answer_states_the_day_and_how_many_it_left_out(then):
    models = shipped.table("models").filter(
        pl.col("pool").list.contains("embedding"), ~pl.col("kind").is_in(["other", "cross_encoder"])
    )
    later = int((models["released"] > "2024-06-30").sum())
    assert then.as_of == DAY
    assert any(f"{later:,} models released later do not compete" in w for w in then.warnings)
    assert json.parse(json.render(then)).as_of == DAY


def test_without_a_day_the_json_does_not_speak_of_one(now):
    assert now.as_of is None
    assert '"as_of"' not in json.render(now)


def test_a_day_after_everything_changes_no_estimate(now):
    late = api.recommend(ASK, as_of="2099-01-01", top=1000)
    assert [m.estimate for m in late.ranked] == [m.estimate for m in now.ranked]
    assert late.verdict == now.verdict


def test_an_earlier_day_never_admits_more_models(then):
    earlier = api.recommend(ASK, as_of=date(2023, 6, 30), top=1000)
    assert {m.model_id for m in earlier.ranked} <= {m.model_id for m in then.ranked}
    assert 0 < earlier.pool.n_models < then.pool.n_models


def test_models_of_unknown_date_are_counted_and_left_out():
    answer = api.recommend("solve grade-school maths word problems", as_of=DAY)
    models = shipped.table("models").filter(
        pl.col("pool").list.contains("language-model"),
        pl.col("kind") != "other",
        pl.col("verified"),
    )
    unknown = models["released"].null_count()
    assert unknown > 0
    assert any(f"{unknown:,} whose release date is unknown" in w for w in answer.warnings)


def test_a_pool_without_any_date_is_refused_and_a_day_that_is_none_too():
    with pytest.raises(MissingData, match="no release date"):
        api.recommend("predict churn from a table of customers", as_of=DAY)
    with pytest.raises(BadInput, match="write it like 2024-12-31"):
        api.recommend(ASK, as_of="last year")
