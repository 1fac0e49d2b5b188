from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.stats.size_curve import LEAST, size_curve

EDGE = 500e6


def some_models(rng, n=120, makers=30, *, slope=0.05, bend=0.0, noise=0.05):
    """Sizes from 10 M to 10 B, scores on a (bent) line, each maker off by something of its own."""
    x = rng.uniform(7, 10, n)
    maker = rng.integers(0, makers, n)
    own = rng.normal(0, noise, makers)
    y = 0.4 + slope * (x - 7) + bend * np.maximum(x - np.log10(EDGE), 0) + own[maker]
    return 10**x, y + rng.normal(0, noise / 2, n), [f"maker{m}" for m in maker]


def test_slope_r2_and_the_sides_are_what_a_polynomial_fit_gives():
    sizes, values, makers = some_models(np.random.default_rng(1))
    curve = size_curve(sizes, values, makers, edge=EDGE)
    x, small = np.log10(sizes), sizes < EDGE
    assert curve.slope.value == pytest.approx(np.polyfit(x, values, 1)[0])
    assert curve.r2 == pytest.approx(np.corrcoef(x, values)[0, 1] ** 2)
    assert curve.below.value == pytest.approx(np.polyfit(x[small], values[small], 1)[0])
    assert curve.above.value == pytest.approx(np.polyfit(x[~small], values[~small], 1)[0])
    assert curve.change.value == pytest.approx(curve.above.value - curve.below.value)


def test_a_straight_line_is_found_exactly_by_line_and_spline():
    rng = np.random.default_rng(2)
    sizes, _, makers = some_models(rng)
    values = 0.1 + 0.07 * (np.log10(sizes) - 7)
    curve = size_curve(sizes, values, makers, edge=EDGE)
    for slope in (curve.slope, curve.below, curve.above):
        assert (slope.value, slope.lo, slope.hi) == pytest.approx((0.07, 0.07, 0.07))
    assert curve.value == pytest.approx(0.1 + 0.07 * (np.log10(curve.sizes) - 7))
    assert curve.new_model == pytest.approx(0.0, abs=1e-9)


def test_the_spline_is_the_least_squares_one_on_its_own_basis():
    """A second route: a natural cubic spline written as cubics on the pieces, fitted by numpy under its constraints."""
    sizes, values, makers = some_models(np.random.default_rng(3), bend=-0.05)
    curve = size_curve(sizes, values, makers)
    x, at = np.log10(sizes), np.log10(curve.sizes)
    knots = np.quantile(x, (0.05, 0.35, 0.65, 0.95))

    def free(v):
        return np.column_stack(
            [v**k for k in range(4)] + [np.maximum(v - t, 0) ** 3 for t in knots]
        )

    def bent(v):  # second derivative of each column
        return np.column_stack(
            [0 * v, 0 * v, 2 + 0 * v, 6 * v] + [6 * np.maximum(v - t, 0) for t in knots]
        )

    tied = bent(np.array([knots[0] - 1, knots[0] - 0.5, knots[-1] + 0.5, knots[-1] + 1]))
    _, _, vt = np.linalg.svd(tied)
    basis = vt[np.linalg.matrix_rank(tied) :].T
    beta = np.linalg.lstsq(free(x) @ basis, values, rcond=None)[0]
    assert curve.value == pytest.approx(free(at) @ basis @ beta, abs=1e-6)


@settings(max_examples=15)
@given(st.integers(0, 30), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(seed, shuffler):
    sizes, values, makers = some_models(np.random.default_rng(seed), n=40, makers=8)
    order = list(range(40))
    shuffler.shuffle(order)
    one = size_curve(sizes, values, makers, edge=EDGE)
    other = size_curve(sizes[order], values[order], [makers[i] for i in order], edge=EDGE)
    assert one.slope == other.slope
    assert (one.above, one.change, one.new_model) == (other.above, other.change, other.new_model)
    assert np.array_equal(one.lo, other.lo)


def test_nine_of_ten_intervals_hold_the_true_slope_although_makers_differ():
    held = []
    for seed in range(80):
        sizes, values, makers = some_models(np.random.default_rng(1000 + seed), noise=0.08)
        slope = size_curve(sizes, values, makers).slope
        held.append(slope.lo <= 0.05 <= slope.hi)
    assert 0.80 <= np.mean(held) <= 0.97


def test_nine_of_ten_models_of_a_new_maker_lie_within_the_interval_for_a_new_model():
    held = []
    for seed in range(40):
        rng = np.random.default_rng(2000 + seed)
        sizes, values, makers = some_models(rng, n=150, makers=60)
        new = np.array([m in {f"maker{k}" for k in range(20)} for m in makers])
        old = [m for m, fresh in zip(makers, new, strict=True) if not fresh]
        curve = size_curve(sizes[~new], values[~new], old)
        expected = np.interp(np.log10(sizes[new]), np.log10(curve.sizes), curve.value)
        held += list(np.abs(values[new] - expected) <= curve.new_model)
    assert 0.85 <= np.mean(held) <= 0.96


def test_a_bend_is_seen_and_its_direction_told():
    sizes, values, makers = some_models(
        np.random.default_rng(4), n=300, makers=60, slope=0.1, bend=-0.1, noise=0.02
    )
    curve = size_curve(sizes, values, makers, edge=EDGE)
    assert curve.below.rises
    assert not curve.above.rises
    assert curve.change.hi < 0


def test_few_models_have_no_curve_and_few_makers_no_interval():
    sizes, values, makers = some_models(np.random.default_rng(5), n=LEAST - 1)
    assert size_curve(sizes, values, makers) is None
    assert size_curve([1e8] * 20, list(range(20)), ["a"] * 20) is None
    sizes, values, _ = some_models(np.random.default_rng(6), n=20)
    lonely = size_curve(sizes, values, ["a", "b"] * 10, edge=EDGE)
    assert (lonely.slope.lo, lonely.lo, lonely.above, lonely.new_model) == (None, None, None, None)
