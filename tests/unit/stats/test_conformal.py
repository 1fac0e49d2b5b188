from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.stats.conformal import coverage, interval_score, margin, margins


def test_nine_points_support_ninety_percent_with_their_largest_residual():
    assert margin(np.arange(1.0, 10.0), 0.9) == 9.0


def test_nine_points_cannot_support_ninety_five_percent():
    assert margin(np.arange(1.0, 10.0), 0.95) is None


def test_the_sign_of_a_residual_does_not_matter():
    assert margin(np.array([-3.0, 1.0, 2.0]), 0.5) == margin(np.array([3.0, 1.0, 2.0]), 0.5) == 2.0


def test_no_residuals_give_no_width():
    assert margin(np.array([]), 0.5) is None


@given(
    residuals=st.lists(st.floats(-10, 10), min_size=1, max_size=60),
    levels=st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)).map(sorted),
)
def test_a_wider_level_never_narrows_an_interval(residuals, levels):
    low, high = margins(np.array(residuals), levels)
    assert high is None or (low is not None and low <= high)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_exchangeable_points_are_covered_as_often_as_stated(level):
    rng = np.random.default_rng(1)
    hits = []
    for _ in range(4000):
        draw = rng.standard_t(3, 60)
        hits.append(abs(draw[0]) <= margin(draw[1:], level))
    assert level - 0.02 <= np.mean(hits) <= level + 1 / 60 + 0.02


def test_coverage_counts_both_ends_as_inside():
    actual, lo, hi = np.array([0.0, 1.0, 2.0]), np.zeros(3), np.ones(3)
    assert coverage(actual, lo, hi) == 2 / 3
    assert math.isnan(coverage(np.array([]), np.array([]), np.array([])))


def test_the_interval_score_charges_width_and_misses():
    score = interval_score(np.array([0.5, 1.5]), np.zeros(2), np.ones(2), 0.9)
    assert score == pytest.approx((1.0 + (1.0 + 20 * 0.5)) / 2)
