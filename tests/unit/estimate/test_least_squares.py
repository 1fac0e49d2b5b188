import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.estimate.least_squares import non_negative, relative_fit, upper_margin


def test_a_solution_inside_the_orthant_is_the_ordinary_one():
    rng = np.random.default_rng(0)
    matrix = rng.random((40, 3))
    target = matrix @ np.array([2.0, 0.5, 1.0])
    assert non_negative(matrix, target) == pytest.approx(np.linalg.lstsq(matrix, target)[0])


def test_a_column_that_wants_a_negative_weight_gets_none():
    matrix = np.column_stack([np.arange(1.0, 9.0), np.ones(8)])
    target = 2.0 * matrix[:, 0] - 1.0
    slope, intercept = non_negative(matrix, target)
    assert intercept == 0.0
    assert slope == pytest.approx((matrix[:, 0] @ target) / (matrix[:, 0] @ matrix[:, 0]))


def test_a_column_of_zeros_gets_no_weight():
    matrix = np.column_stack([np.ones(5), np.zeros(5)])
    assert non_negative(matrix, np.full(5, 3.0)).tolist() == pytest.approx([3.0, 0.0])


def test_each_time_counts_by_its_relative_error():
    # A microsecond and a second, both proportional to the work: one coefficient fits both.
    work = np.array([[1.0], [1e6]])
    assert relative_fit(work, np.array([2e-6, 2.0]), np.ones(2)) == pytest.approx([2e-6])


def test_half_of_the_times_lie_above_the_fit():
    rng = np.random.default_rng(1)
    work = rng.random((201, 2)) + 0.1
    seconds = work @ np.array([1.0, 2.0]) * np.exp(rng.normal(0.3, 0.5, 201))
    fitted = work @ relative_fit(work, seconds, np.ones(201))
    assert np.sum(seconds > fitted) == 100


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=50), st.floats(0.05, 0.9))
def test_a_margin_never_shrinks_when_the_level_rises(errors, level):
    sample = np.array(errors)
    assert 0 <= upper_margin(sample, level) <= upper_margin(sample, level + 0.05)


def test_a_margin_has_the_finite_sample_correction():
    # Nine errors at 90 %: rank ceil(10 * 0.9) = 9, the largest.
    assert upper_margin(np.arange(1.0, 10.0), 0.9) == 9.0
    assert upper_margin(np.arange(1.0, 20.0), 0.9) == 18.0


def test_without_errors_nothing_is_promised():
    assert upper_margin(np.array([np.nan]), 0.9) == math.inf
