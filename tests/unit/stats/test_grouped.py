from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from advisor.stats.grouped import paired_interval
from advisor.stats.ranks import mean_ranks, spearman


def test_a_difference_that_is_the_same_everywhere_is_known_exactly():
    groups = np.array(["a", "a", "b", "c"])
    ends = paired_interval(np.full(4, 0.25), groups, np.random.default_rng(0))
    assert ends == pytest.approx((0.25, 0.25))


def test_questions_of_one_group_count_as_one():
    # 400 answers that are two facts said 200 times: the mean of two coin flips can be -1, 0 or 1.
    difference = np.repeat([-1.0, 1.0], 200)
    few = paired_interval(difference, np.repeat(["a", "b"], 200), np.random.default_rng(0))
    many = paired_interval(difference, np.arange(400).astype(str), np.random.default_rng(0))
    assert few == (-1.0, 1.0)
    assert many[1] - many[0] < 0.25


def test_the_interval_of_a_mean_is_as_wide_as_the_textbook_says():
    rng = np.random.default_rng(3)
    difference = rng.normal(0.0, 2.0, 400)
    lower, upper = paired_interval(difference, np.arange(400).astype(str), rng)
    assert upper - lower == pytest.approx(2 * 1.96 * difference.std() / 20.0, rel=0.1)


def test_rank_correlation_is_scipys_with_ties_and_0_for_a_constant():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 6, 50).astype(float), rng.normal(size=50)
    assert spearman(one, other) == pytest.approx(spearmanr(one, other)[0])
    assert spearman(np.ones(5), np.arange(5.0)) == 0.0


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_equal_values_share_the_mean_of_their_ranks(values):
    found = mean_ranks(np.array(values, dtype=np.float64))
    assert found == pytest.approx(rankdata(values))
