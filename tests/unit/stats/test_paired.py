from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.stats.paired import bootstrap_means, half_width, n_effective, student_quantile

# Published tables of Student's t.
TABLE = [
    (0.95, 1, 6.3138), (0.95, 2, 2.9200), (0.95, 5, 2.0150), (0.95, 10, 1.8125), (0.95, 30, 1.6973),
    (0.975, 1, 12.7062), (0.975, 4, 2.7764), (0.975, 20, 2.0860), (0.90, 3, 1.6377), (0.5, 7, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("p", "df", "expected"), TABLE)
def test_quantiles_of_students_t_are_those_of_the_tables(p, df, expected):
    assert student_quantile(p, df) == pytest.approx(expected, abs=2e-4)


@given(p=st.floats(0.55, 0.99), df=st.floats(1, 200))
def test_fewer_tasks_never_make_a_narrower_interval(p, df):
    assert student_quantile(p, df) >= student_quantile(p, df + 1) - 1e-9


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=20))
def test_weights_are_worth_at_most_their_number_and_at_least_one_task(weights):
    found = n_effective(np.array(weights))
    assert 1 - 1e-9 <= found <= len(weights) + 1e-9


def test_equal_weights_give_the_textbook_prediction_interval():
    gaps = np.array([0.01, 0.03, -0.02, 0.05, 0.00])
    mean = sum(gaps) / 5
    sd = math.sqrt(sum((x - mean) ** 2 for x in gaps) / 4)
    found = half_width(gaps, np.zeros(5), np.full(5, 0.3), level=0.9)
    assert found == pytest.approx(2.13185 * sd * math.sqrt(1 + 1 / 5), rel=1e-4)


def test_one_task_says_nothing_of_the_next():
    assert half_width(np.array([0.1]), np.zeros(1), np.ones(1), level=0.9) is None
    heavy = np.array([1.0, 0.01])
    assert half_width(np.array([0.1, 0.2]), np.zeros(2), heavy, level=0.9) is None


def test_the_interval_holds_the_stated_share_of_new_tasks():
    rng = np.random.default_rng(3)
    held = []
    for _ in range(4_000):
        gaps = rng.normal(0.02, 0.04, 9)
        half = half_width(gaps[:8], np.zeros(8), np.ones(8), level=0.9)
        held.append(abs(gaps[8] - gaps[:8].mean()) <= half)
    assert np.mean(held) == pytest.approx(0.9, abs=0.015)


def test_resampled_means_have_the_mean_and_the_variance_of_a_mean():
    rng = np.random.default_rng(2)
    differences = rng.normal(0.1, 0.3, (5, 9))
    means = bootstrap_means(differences, np.zeros((5, 9)), np.full(9, 0.7), draws=40_000)
    assert np.abs(means.mean(0) - differences.mean(1)).max() < 0.01
    # The unbiased variance of the mean of nine.
    assert means.std(0) == pytest.approx(np.sqrt(differences.var(1, ddof=1) / 9), rel=0.02)


def test_noise_of_predicted_scores_widens_the_resampled_means():
    gaps = np.zeros((1, 6))
    still = bootstrap_means(gaps, np.zeros((1, 6)), np.ones(6))
    noisy = bootstrap_means(gaps, np.full((1, 6), 0.1), np.ones(6))
    assert still.std() == 0
    assert 0.1 / math.sqrt(6) < noisy.std() < 0.1


def test_the_same_seed_gives_the_same_draws_and_equal_models_stay_equal():
    gaps, still = np.array([[0.1, -0.2, 0.3], [0.0, 0.0, 0.0]]), np.zeros((2, 3))
    weights = np.array([1.0, 0.5, 0.1])
    first, second = (bootstrap_means(gaps, still, weights) for _ in range(2))
    assert np.array_equal(first, second)
    assert not first[:, 1].any()
