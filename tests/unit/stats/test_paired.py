from __future__ import annotations

from statistics import NormalDist

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from advisor.stats.paired import bootstrap_means, mixture_quantiles

parts = st.lists(
    st.tuples(st.floats(-1, 1), st.floats(0.01, 1)).map(lambda pair: (round(pair[0], 3), pair[1])),
    min_size=1,
    max_size=12,
)


@given(parts=parts, level=st.floats(0.02, 0.98))
def test_without_noise_a_quantile_is_the_first_value_whose_weight_reaches_the_level(parts, level):
    values, weights = (np.array(column) for column in zip(*parts, strict=True))
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum() >= level - 1e-12
    expected = values[order][int(np.argmax(reached))]
    found = mixture_quantiles(values, np.zeros_like(values), weights, (level,))
    assert abs(found[0] - expected) < 1e-9


@given(centre=st.floats(-1, 1), spread=st.floats(0.001, 1), level=st.floats(0.01, 0.99))
def test_one_normal_has_its_own_quantiles(centre, spread, level):
    found = mixture_quantiles(np.array([centre]), np.array([spread]), np.array([2.0]), (level,))
    assert abs(found[0] - NormalDist(centre, spread).inv_cdf(level)) < 1e-6 * (1 + spread)


def test_a_mixture_of_noise_and_points_is_what_many_draws_say():
    rng = np.random.default_rng(1)
    centres, spreads = np.array([-0.1, 0.0, 0.3]), np.array([0.05, 0.0, 0.2])
    weights = np.array([1.0, 2.0, 1.0])
    which = rng.choice(3, size=200_000, p=weights / 4)
    drawn = centres[which] + spreads[which] * rng.standard_normal(which.size)
    found = mixture_quantiles(centres, spreads, weights, (0.05, 0.95))
    assert np.abs(found - np.quantile(drawn, [0.05, 0.95])).max() < 0.005


def test_resampled_means_have_the_mean_and_the_variance_that_theory_gives():
    rng = np.random.default_rng(2)
    differences, noise = rng.normal(0.1, 0.3, (5, 9)), rng.uniform(0, 0.1, (5, 9))
    weights = np.full(9, 0.7)
    means = bootstrap_means(differences, noise, weights, draws=40_000)
    assert np.abs(means.mean(0) - differences.mean(1)).max() < 0.01
    # Drawing 9 of 9 with replacement; a task drawn twice carries one error twice.
    expected = differences.var(1) / 9 + (noise**2).mean(1) * (1 / 9) * (2 - 1 / 9)
    assert np.abs(means.std(0) - np.sqrt(expected)).max() < 0.003


def test_the_same_seed_gives_the_same_draws_and_equal_models_stay_equal():
    gaps, still = np.array([[0.1, -0.2, 0.3], [0.0, 0.0, 0.0]]), np.zeros((2, 3))
    weights = np.array([1.0, 0.5, 0.1])
    first, second = (bootstrap_means(gaps, still, weights) for _ in range(2))
    assert np.array_equal(first, second)
    assert not first[:, 1].any()


def test_a_task_of_overwhelming_weight_decides_alone():
    gaps = np.array([[0.1, -0.9]])
    means = bootstrap_means(gaps, np.zeros((1, 2)), np.array([1.0, 1e-9]))
    assert (means == 0.1).mean() > 0.99
