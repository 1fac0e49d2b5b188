"""Paired tests, each against another route: scipy, simulation, or arithmetic by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from advisor.stats.noninferiority import (
    difference_interval,
    holm,
    mcnemar,
    p_bootstrap_gain_exceeds,
    p_gain_exceeds,
    score_statistic,
    share_interval,
)

counts = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 400)).map(
    lambda t: (t[0], t[1], t[0] + t[1] + t[2])
)


@given(b=st.integers(0, 300), c=st.integers(0, 300))
def test_mcnemar_is_scipys_binomial_test(b, c):
    expected = stats.binomtest(b, b + c).pvalue if b + c else 1.0
    assert mcnemar(b, c) == pytest.approx(min(1.0, expected), rel=1e-9)


def test_the_score_intervals_ends_are_where_the_test_turns():
    """The ends are where the score test turns, which is how the paper defines them."""
    low, high = difference_interval(12, 2, 14, level=0.95)
    assert score_statistic(12, 2, 14, low) == pytest.approx(1.959964, abs=1e-5)
    assert score_statistic(12, 2, 14, high) == pytest.approx(-1.959964, abs=1e-5)


@given(counts)
def test_the_interval_holds_the_difference_and_turns_with_the_models(table):
    b, c, n = table
    low, high = difference_interval(b, c, n, level=0.95)
    assert low - 1e-9 <= (b - c) / n <= high + 1e-9
    back = difference_interval(c, b, n, level=0.95)
    assert back[0] == pytest.approx(-high, abs=1e-7)
    assert back[1] == pytest.approx(-low, abs=1e-7)


@given(counts, st.floats(0.001, 0.2), st.floats(0.001, 0.2))
def test_a_wider_margin_is_never_harder_to_hold(table, one, other):
    b, c, n = table
    small, large = sorted([one, other])
    assert p_gain_exceeds(b, c, n, large) <= p_gain_exceeds(b, c, n, small) + 1e-12


def test_at_no_margin_the_statistic_is_mcnemars():
    assert score_statistic(30, 12, 500, 0.0) == pytest.approx((30 - 12) / np.sqrt(30 + 12))


@pytest.mark.parametrize(
    ("n", "both", "margin"), [(200, 0.80, 0.02), (1000, 0.9, 0.01), (400, 0.6, 0.05)]
)
def test_a_model_worse_by_the_margin_is_cleared_no_more_often_than_stated(n, both, margin):
    """If this breaks, the ladder names models that are too small more often than its confidence says."""
    rng = np.random.default_rng(5)
    spread = (1 - both) / 3
    shares = [both, spread + margin, spread, 1 - both - 2 * spread - margin]
    drawn = rng.multinomial(n, shares, size=4000)
    cleared = np.mean([p_gain_exceeds(b, c, n, margin) < 0.05 for _, b, c, _ in drawn])
    assert cleared < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000) + 0.005


def test_the_bootstrap_agrees_with_the_score_test_on_shares():
    rng = np.random.default_rng(1)
    first, second = rng.random(800) < 0.86, rng.random(800) < 0.85
    drawn = rng.integers(0, 800, (2000, 800))
    gains = first[drawn].mean(axis=1) - second[drawn].mean(axis=1)
    b, c = int((first & ~second).sum()), int((~first & second).sum())
    p = p_bootstrap_gain_exceeds(gains, first.mean() - second.mean(), 0.05)
    assert p == pytest.approx(p_gain_exceeds(b, c, 800, 0.05), abs=0.02)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_a_p_and_keeps_their_order(ps):
    adjusted = holm(ps)
    assert all(a >= p for a, p in zip(adjusted, ps, strict=True))
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    assert all(adjusted[i] <= adjusted[j] for i, j in pairwise(order))


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (912, 1000)])
def test_wilson_against_scipy(k, n):
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert share_interval(k, n, level=0.95) == pytest.approx(
        (expected.low, expected.high), abs=1e-6
    )


@given(counts, st.floats(0.005, 0.3))
def test_the_variance_is_that_of_the_likeliest_table_with_the_difference(table, difference):
    """Tango's closed form against a search over the tables in which the shares differ by just that much."""
    b, c, n = table
    q = np.linspace(1e-9, (1 - difference) / 2 - 1e-9, 400_001)
    likelihood = (
        b * np.log(q + difference) + c * np.log(q) + (n - b - c) * np.log1p(-2 * q - difference)
    )
    best = q[likelihood.argmax()]
    z = (b - c - n * difference) / np.sqrt(n * (2 * best + difference * (1 - difference)))
    assert score_statistic(b, c, n, difference) == pytest.approx(z, rel=1e-3, abs=1e-3)
