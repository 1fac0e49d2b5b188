from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.estimate.broken_runs import at_the_bottom, inside
from advisor.estimate.cell import fold_of
from advisor.estimate.matrix import cells_of
from advisor.estimate.surprise import pulled_quantiles, surprise
from tests.estimate_tables import real_slice, some_models, some_scores, some_tasks


@pytest.fixture(scope="module")
def cells():
    return cells_of(*real_slice(), "embedding")


def test_a_score_says_next_to_nothing_about_what_is_expected_of_itself(cells):
    fold = fold_of(cells, folds=4, seed=1)
    trusted = np.ones(cells.value.size, dtype=np.bool_)
    usual = surprise(cells, trusted, fold)
    cell = int(np.argmax(cells.per_task()[cells.col] + cells.per_model()[cells.row]))
    value = cells.value.copy()
    value[cell] -= 0.3
    moved = surprise(replace(cells, value=value), trusted, fold)
    # It moves its task's centre and the stack's weights, by a thirtieth of its own way at most.
    assert abs(moved.expected[cell] - usual.expected[cell]) < 0.01


def test_widths_fit_most_scores_and_are_wider_where_the_misses_are(cells):
    fold = fold_of(cells, folds=4, seed=1)
    found = surprise(cells, np.ones(cells.value.size, dtype=np.bool_), fold)
    distance = found.distance(cells)
    assert 0.5 <= (distance <= 1.0).mean() <= 0.8
    wide = found.width > np.median(found.width)
    miss = np.abs(cells.value - found.expected)
    assert miss[wide].mean() > 1.5 * miss[~wide].mean()


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-5, 5)), min_size=1, max_size=40))
def test_a_pulled_quantile_lies_between_its_groups_own_and_that_of_all(rows):
    group = np.array([g for g, _ in rows], dtype=np.intp)
    x = np.array([v for _, v in rows])
    found = pulled_quantiles(x, group, 4, np.ones(len(x), dtype=np.bool_), part=0.5)
    whole = np.quantile(x, 0.5)
    for k in range(4):
        own = np.sort(x[group == k])
        middle = own[(len(own) - 1) // 2] if own.size else whole
        assert min(middle, whole) - 1e-9 <= found[k] <= max(middle, whole) + 1e-9


def test_only_values_that_the_metric_cannot_have_are_outside():
    values = {"a": 0.8, "b": 0.7, "c": 82.0, "d": -0.3, "e": 0.75, "f": 0.6}
    values |= {f"m{i}": 0.5 + i / 100 for i in range(14)}
    scores = some_scores(*((m, "t", v) for m, v in values.items()))
    cells = cells_of(scores, some_tasks("t"), some_models(*values), "embedding")
    allowed = dict(zip(cells.models["model_id"].gather(cells.row), inside(cells), strict=True))
    assert sorted(m for m, ok in allowed.items() if not ok) == ["c", "d"]


def test_the_bottom_is_the_lowest_few_of_a_well_measured_task():
    values = {f"m{i:02}": i / 100 for i in range(40)}
    scores = some_scores(*((m, "t", v) for m, v in values.items()))
    cells = cells_of(scores, some_tasks("t"), some_models(*values), "embedding")
    low = cells.models["model_id"].gather(cells.row).filter(at_the_bottom(cells))
    assert low.to_list() == ["m00", "m01"]
