from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from advisor.stats.chances import FEATURES, RISING, Scenarios, features, p_best, p_within


def scenarios(values, *, spreads=None, decides=None, weights=None, pool="embedding"):
    """Tasks as they stand; the expected column is their plain mean."""
    values = np.asarray(values, dtype=np.float64)
    n, m = values.shape
    return Scenarios(
        values=values,
        spreads=np.zeros((n, m)) if spreads is None else np.asarray(spreads, dtype=np.float64),
        decides=np.ones((n, m), dtype=bool) if decides is None else np.asarray(decides),
        weights=np.ones(m) if weights is None else np.asarray(weights, dtype=np.float64),
        column=values.mean(axis=1),
        pool=pool,
    )


def test_the_share_of_tasks_within_the_tolerance_is_counted_by_hand():
    # Bests are 0.80, 0.70, 0.60. The second model is 0.02, 0.05 and 0.00 below: two of three within 0.03.
    three = scenarios([[0.80, 0.70, 0.50], [0.78, 0.65, 0.60]])
    np.testing.assert_allclose(p_within(three, 0.03), [2 / 3, 2 / 3])
    np.testing.assert_allclose(p_within(three, 0.01), [2 / 3, 1 / 3])


def test_a_task_that_resembles_more_counts_more():
    two = scenarios([[0.9, 0.5], [0.5, 0.9]], weights=[3.0, 1.0])
    np.testing.assert_allclose(p_best(two), [0.75, 0.25])


def test_a_predicted_score_counts_with_its_normal_probability():
    # Its value lies one standard deviation below the bar: Phi(-1) = 0.1587.
    two = scenarios([[0.8], [0.7]], spreads=[[0.0], [0.1]], decides=[[True], [False]])
    assert p_within(two, 1e-15)[1] == pytest.approx(0.158655, abs=1e-6)


def test_a_prediction_sets_the_bar_only_with_its_lower_end():
    sure = scenarios([[0.8], [0.99]], spreads=[[0.0], [0.01]], decides=[[True], [False]])
    assert p_within(sure, 0.01)[0] == 0.0
    wild = scenarios([[0.8], [0.99]], spreads=[[0.0], [0.30]], decides=[[True], [False]])
    assert p_within(wild, 0.01)[0] == 1.0


def test_without_a_measured_score_nothing_is_claimed():
    blind = scenarios([[0.8], [0.7]], decides=[[False], [False]])
    assert np.isnan(p_within(blind, 0.05)).all()
    assert np.isnan(p_best(blind)).all()
    assert np.isnan(features(blind, 0.05)).all()


tables = arrays(
    np.float64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.floats(0, 1)
)


@given(values=tables, small=st.floats(0.001, 0.2), more=st.floats(0, 0.2))
def test_a_wider_tolerance_never_lowers_the_odds(values, small, more):
    """If this breaks, being content with less could cost a model its place."""
    many = scenarios(values)
    assert (p_within(many, small + more) >= p_within(many, small) - 1e-12).all()


@given(values=tables, tolerance=st.floats(0.001, 0.2))
def test_a_model_that_is_better_everywhere_never_has_lower_odds(values, tolerance):
    """If this breaks, a dominated model could be named before its dominator."""
    values = np.vstack([values, values[0] * 0.9])
    table = features(scenarios(values), tolerance)
    rising = [
        i for i, name in enumerate(FEATURES) if name in RISING and name not in {"gap_z", "lead_z"}
    ]
    assert (table[0, rising] >= table[-1, rising] - 1e-9).all()


@given(values=tables)
def test_the_chances_of_being_best_sum_to_one(values):
    assert p_best(scenarios(values)).sum() == pytest.approx(1.0)


@given(values=tables, seed=st.integers(0, 99))
def test_the_order_of_the_models_does_not_matter(values, seed):
    order = np.random.default_rng(seed).permutation(len(values))
    np.testing.assert_allclose(
        features(scenarios(values), 0.03)[order],
        features(scenarios(values[order]), 0.03),
        atol=1e-9,
    )


def test_what_stands_behind_the_bar_is_counted_by_hand():
    """The bar is the best expected of a well-measured model; a better one that nobody measured sets none."""
    known = np.ones((3, 4), dtype=bool)
    known[2] = False
    three = scenarios([[0.80] * 4, [0.75] * 4, [0.90] * 4], decides=known)
    found = dict(zip(FEATURES, features(three, 0.03).T, strict=True))
    np.testing.assert_allclose(found["behind"], [0.0, -1.0, 2.0], atol=1e-9)
    np.testing.assert_allclose(found["place"], [0.0, -np.log(2), 0.0], atol=1e-9)
    np.testing.assert_allclose(found["measured_share"], [1.0, 1.0, 0.0])
    np.testing.assert_allclose(found["log_n_models"], np.log(3))


def test_the_expected_column_and_not_the_scenarios_says_who_is_behind():
    """A task's misses say how sure the column is; who leads it is the column's own say."""
    two = scenarios([[0.5, 0.9], [0.7, 0.7]])
    two = replace(two, column=np.array([0.6, 0.5]))
    behind = features(two, 0.03)[:, FEATURES.index("behind")]
    np.testing.assert_allclose(behind, [0.0, -2.0])


@pytest.mark.parametrize(
    ("pool", "own"),
    [("embedding", None), ("language-model", "language_model"), ("tabular", "tabular")],
)
def test_each_pool_may_have_odds_of_its_own(pool, own):
    found = dict(zip(FEATURES, features(scenarios([[0.5], [0.6]], pool=pool), 0.03).T, strict=True))
    for name in ("language_model", "tabular"):
        assert found[name].tolist() == [float(name == own)] * 2
