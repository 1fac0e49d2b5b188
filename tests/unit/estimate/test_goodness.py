from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.estimate import goodness
from advisor.estimate.receipts import receipts
from advisor.stats.chances import FEATURES, RISING, Scenarios


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
        ),
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


def test_the_odds_come_true_on_questions_that_the_curve_never_saw(asked, curve):
    table = goodness.reliability(asked[60:], curve)
    assert goodness.expected_calibration_error(table) < 0.05
    likely = table.filter(table["bin"] >= 7)
    assert likely["n"].sum() > 20, "the curve never dares to be sure"


def test_calibration_error_is_the_weighted_gap():
    import polars as pl

    table = pl.DataFrame(
        {"bin": [0, 9], "n": [3, 1], "stated": [0.1, 0.9], "came_true": [0.2, 0.5]}
    )
    assert goodness.expected_calibration_error(table) == pytest.approx((3 * 0.1 + 1 * 0.4) / 4)


def test_coefficients_of_rising_features_are_never_negative(curve):
    found = dict(zip(curve["feature"], curve["coef"], strict=True))
    assert list(found) == [*FEATURES, "intercept"]
    assert all(found[name] >= 0 for name in RISING)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), gain=st.floats(0, 0.2))
def test_a_higher_score_never_lowers_a_models_odds(curve, seed, gain):
    """If this breaks, doing better could cost a model its place."""
    q = a_question(np.random.default_rng(seed))
    values = q.scenarios.values.copy()
    # Not above the others' best: a new best would move the bar for all.
    values[0] = np.minimum(values[0] + gain, np.maximum(values[1:].max(axis=0), values[0]))
    better = Scenarios(
        values=values,
        spreads=q.scenarios.spreads,
        decides=q.scenarios.decides,
        weights=q.scenarios.weights,
    )
    before, after = (goodness.odds(s, 0.03, curve)[0] for s in (q.scenarios, better))
    assert after >= before - 0.02  # the set's typical spread moves a little with any one model


def test_sizing_counts_what_truly_was_enough_and_how_much_larger(curve):
    q = a_question(np.random.default_rng(1))
    table = goodness.sizing([q], curve)
    row = table.filter((table["tolerance"] == 0.05) & (table["confidence"] == 0.6)).row(
        0, named=True
    )
    true = q.actual >= q.actual.max() - 0.05 - 1e-12
    chance = goodness.odds(q.scenarios, 0.05, curve)
    able = [i for i in range(30) if chance[i] >= 0.6]
    smallest = min(able, key=lambda i: q.n_parameters[i])
    assert row["named"] == smallest
    assert row["good_enough"] == bool(true[smallest])
    assert row["size_ratio"] == pytest.approx(q.n_parameters[smallest] / q.n_parameters[true].min())


def test_a_receipt_is_the_regret_of_the_pick_counted_by_hand():
    import polars as pl

    q = a_question(np.random.default_rng(2), task_id="a")
    tasks = pl.DataFrame({"task_id": ["a"], "task_family": ["retrieval"]})
    row = receipts([q], tasks).row(0, named=True)
    best = q.actual.max()
    pick = int(np.argmax(q.scenarios.values.mean(axis=1)))
    assert row["regret_mean_points"] == pytest.approx(100 * (best - q.actual[pick]))
    assert row["regret_biggest_points"] == pytest.approx(
        100 * (best - q.actual[np.argmax(q.n_parameters)])
    )
    assert (row["task_family"], row["cap"], row["n_questions"]) == ("retrieval", None, 1)
