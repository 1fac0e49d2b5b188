from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import BadInput
from advisor.estimate.intervals import (
    EVERYTHING,
    GROUP_LEAST,
    group_numbers,
    multipliers,
    quantile_table,
)
from advisor.stats.conformal import margin

RATIOS = np.abs(np.random.default_rng(0).normal(size=1000))
LABELS = ["narrow"] * 400 + ["small"] * (GROUP_LEAST - 1) + ["wide"] * (600 - GROUP_LEAST + 1)


@cache
def table():
    return quantile_table("embedding", np.where(np.arange(1000) < 400, 0.1, 1.0) * RATIOS, LABELS)


def at(level, group):
    return multipliers(table(), level=level).filter(pl.col("group") == group)["multiplier"][0]


def test_a_group_with_enough_cells_has_its_own_width():
    narrow, small, wide = group_numbers(table(), ["narrow", "small", "wide"])
    assert small == EVERYTHING
    assert at(0.9, narrow) == pytest.approx(margin(0.1 * RATIOS[:400], 0.9))
    assert at(0.9, narrow) < at(0.9, EVERYTHING) < at(0.9, wide)


def test_a_label_nobody_saw_takes_the_pool_s_width():
    assert group_numbers(table(), ["unheard of", None]).tolist() == [EVERYTHING, EVERYTHING]


@given(levels=st.tuples(st.floats(0.01, 0.999), st.floats(0.01, 0.999)).map(sorted))
def test_a_wider_level_never_narrows_a_group(levels):
    for group in range(3):
        low, high = (at(level, group) for level in levels)
        assert high is None or low <= high


def test_a_level_between_two_kept_ones_is_served_by_the_wider():
    assert at(0.901, EVERYTHING) == at(0.91, EVERYTHING)


def test_a_level_that_no_group_can_support_has_no_width():
    assert at(0.9999, EVERYTHING) is None


def test_a_group_too_small_for_a_level_takes_its_pool_s():
    narrow = group_numbers(table(), ["narrow"])[0]
    assert at(0.999, narrow) == at(0.999, EVERYTHING)


@pytest.mark.parametrize("level", [0.0, 1.0, 90.0, -0.1])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(BadInput, match="must lie between 0 and 1"):
        multipliers(table(), level=level)
