from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.estimate import goodness
from advisor.stats.chances import FEATURES, RISING, Scenarios, p_best
from tests.estimate_tables import real_questions


def a_question(rng, *, n=30, m=12, noise=0.02, task_id="t", cap=None):
    """Models of known skill on tasks of known difficulty, and one more task that nobody saw."""
    skill = rng.normal(0.5, 0.1, n)
    values = np.clip(skill[:, None] + rng.normal(0, noise, (n, m)), 0, 1)
    return goodness.Question(
        task_id=task_id,
        cap=cap,
        scenarios=Scenarios(
            values=values,
            spreads=np.zeros((n, m)),
            decides=np.ones((n, m), dtype=bool),
            weights=np.ones(m),
            column=values.mean(axis=1),
            pool="embedding",
        ),
        half=0.05,
        similarity=0.6,
        actual=np.clip(skill + rng.normal(0, noise, n), 0, 1),
        grounded=np.ones(n, dtype=bool),
        n_parameters=10.0 ** rng.uniform(7, 10, n),
        standing=skill,
    )


@pytest.fixture(scope="module")
def asked():
    rng = np.random.default_rng(5)
    return [a_question(rng, task_id=f"t{i}") for i in range(120)]


@pytest.fixture(scope="module")
def curve(asked):
    pytest.importorskip("scipy")
    return goodness.fit(asked[:60])


@pytest.fixture(scope="module")
def real_curve():
    pytest.importorskip("scipy")
    return goodness.fit(real_questions())


def with_curve(questions, curve):
    return [(q, curve) for q in questions]


def test_the_odds_come_true_on_questions_that_the_curve_never_saw(asked, curve):
    table = goodness.reliability(with_curve(asked[60:], curve))
    assert goodness.expected_calibration_error(table) < 0.05
    likely = table.filter(table["bin"] >= 7)
    assert likely["n"].sum() > 20, "the curve never dares to be sure"


def test_calibration_error_is_the_weighted_gap():
    table = pl.DataFrame(
        {"bin": [0, 9], "n": [3, 1], "stated": [0.1, 0.9], "came_true": [0.2, 0.5]}
    )
    assert goodness.expected_calibration_error(table) == pytest.approx((3 * 0.1 + 1 * 0.4) / 4)


def test_coefficients_of_rising_features_are_never_negative(curve):
    found = dict(zip(curve["feature"], curve["coef"], strict=True))
    assert list(found) == [*FEATURES, "intercept"]
    assert all(found[name] >= 0 for name in RISING)


def raised(scenarios, row, gain):
    """The same with every score of one model, and the one expected of it, higher by `gain`."""
    values, column = scenarios.values.copy(), scenarios.column.copy()
    values[row] += gain
    column[row] += gain
    return replace(scenarios, values=values, column=column)


@settings(deadline=None, max_examples=100)
@given(
    pick=st.integers(0, 10**6),
    gain=st.floats(0, 0.2),
    tolerance=st.sampled_from([0.01, 0.03, 0.05]),
)
def test_a_higher_score_never_lowers_a_models_odds_nor_raises_another_s(
    real_curve, pick, gain, tolerance
):
    """If this breaks, doing better could cost a model its place."""
    q = real_questions()[pick % len(real_questions())].scenarios
    row = pick // 7 % len(q.values)
    better = raised(q, row, gain)
    gained = goodness.odds(better, tolerance, real_curve) - goodness.odds(q, tolerance, real_curve)
    assert gained[row] >= -1e-9
    assert np.delete(gained, row).max() <= 1e-9


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), gain=st.floats(0, 0.2))
def test_a_higher_score_on_some_tasks_never_lowers_a_models_odds(curve, seed, gain):
    """If this breaks, doing better could cost a model its place."""
    q = a_question(np.random.default_rng(seed)).scenarios
    values = q.values.copy()
    # Not above the others' best: a new best would move the bar for all.
    values[0] = np.minimum(values[0] + gain, np.maximum(values[1:].max(axis=0), values[0]))
    better = replace(q, values=values, column=values.mean(axis=1))
    before, after = (goodness.odds(s, 0.03, curve)[0] for s in (q, better))
    assert after >= before - 0.02  # the set's typical spread moves a little with any one model


def test_every_question_is_judged_once_by_a_curve_that_did_not_see_its_task(asked):
    """Other answers to one task's questions change no curve that it is judged by, and do change the others'."""
    pytest.importorskip("scipy")
    some = [replace(q, task_id=f"t{i // 2}") for i, q in enumerate(asked[:24])]
    wrong = [replace(q, actual=1 - q.actual) if q.task_id == "t5" else q for q in some]

    def curves(questions):
        tried = list(goodness.cross_fitted(questions, folds=4, seed=1))
        assert sorted(q.task_id for q, _ in tried) == sorted(q.task_id for q in questions)
        return {q.task_id: curve for q, curve in tried}

    first, second = curves(some), curves(wrong)
    assert first["t5"].equals(second["t5"])
    assert sum(not first[name].equals(second[name]) for name in first) >= 6


def test_bins_hold_what_was_stated_and_the_share_that_came_true():
    stated = np.array([0.0, 0.05, 0.31, 0.39, 1.0])
    table = goodness.binned(stated, np.array([False, True, True, False, True]))
    assert table["bin"].to_list() == [0, 3, 9]
    assert table["n"].to_list() == [2, 2, 1]
    assert table["stated"].to_list() == pytest.approx([0.025, 0.35, 1.0])
    assert table["came_true"].to_list() == [0.5, 0.5, 1.0]


def test_reliability_counts_the_grounded_models_at_each_tolerance(asked, curve):
    half = np.arange(30) % 2 == 0
    some = [replace(q, grounded=half) for q in asked[60:70]]
    table = goodness.reliability(with_curve(some, curve))
    assert table["n"].sum() == 10 * 15 * len(goodness.TOLERANCES)
    true = sum(
        int(q.actual[i] >= q.actual.max() - t - 1e-12)
        for q in some
        for t in goodness.TOLERANCES
        for i in range(0, 30, 2)
    )
    assert (table["came_true"] * table["n"]).sum() == pytest.approx(true)


def test_the_odds_of_being_best_are_judged_over_all_models(asked, curve):
    table = goodness.best_reliability(with_curve(asked[:20], curve))
    assert table["n"].sum() == 20 * 30
    assert (table["came_true"] * table["n"]).sum() == pytest.approx(20)
    stated = sum(float(p_best(q.scenarios).sum()) for q in asked[:20])
    assert (table["stated"] * table["n"]).sum() == pytest.approx(stated)


def test_sizing_counts_what_truly_was_enough_and_how_much_larger(curve):
    q = a_question(np.random.default_rng(1))
    sizes = np.where(np.isin(np.arange(30), [4, 9]), 7e9, q.n_parameters)
    q = replace(q, n_parameters=sizes)
    table = goodness.sizing([(q, curve)])
    row = table.filter((table["tolerance"] == 0.05) & (table["confidence"] == 0.6)).row(
        0, named=True
    )
    true = q.actual >= q.actual.max() - 0.05 - 1e-12
    chance = goodness.odds(q.scenarios, 0.05, curve)
    able = [i for i in range(30) if chance[i] >= 0.6]
    smallest = min(able, key=lambda i: q.n_parameters[i])
    assert row["pool"] == "embedding"
    assert row["named"] == smallest
    assert row["good_enough"] == bool(true[smallest])
    assert row["size_ratio"] == pytest.approx(q.n_parameters[smallest] / q.n_parameters[true].min())
    leader = max(range(30), key=lambda i: q.standing[i])
    assert row["leader_good_enough"] == bool(true[leader])
    assert row["seven_good_enough"] == bool(true[max(4, 9, key=lambda i: q.standing[i])])


def test_the_sizing_summary_is_per_pool_and_over_all(curve):
    rng = np.random.default_rng(8)
    embedding = [a_question(rng, task_id=f"e{i}") for i in range(6)]
    tabular = [a_question(rng, task_id=f"t{i}") for i in range(3)]
    tabular = [replace(q, scenarios=replace(q.scenarios, pool="tabular")) for q in tabular]
    table = goodness.sizing(with_curve(embedding + tabular, curve))
    found = goodness.sizing_summary(table)
    assert found["pool"].unique(maintain_order=True).to_list() == ["all", "embedding", "tabular"]
    assert found.height == 3 * 3 * 4
    own = pl.col("tolerance") == 0.05, pl.col("confidence") == 0.5
    counts = dict(found.filter(*own).select("pool", "n").rows())
    assert counts == {"all": 9, "embedding": 6, "tabular": 3}
    rows = [r for r in table.filter(*own).iter_rows(named=True) if r["pool"] == "tabular"]
    row = found.filter(*own, pl.col("pool") == "tabular").row(0, named=True)
    told = [r["good_enough"] for r in rows if r["named"] is not None]
    assert row["cannot_tell"] == pytest.approx(1 - len(told) / 3)
    assert row["leader_good_enough"] == pytest.approx(
        sum(r["leader_good_enough"] for r in rows) / 3
    )
