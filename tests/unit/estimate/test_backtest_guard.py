from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from advisor.estimate import backtest_guard, backtest_new_task
from advisor.estimate.matrix import cells_of
from advisor.estimate.planted import KINDS, plant
from tests.estimate_tables import real_slice


@pytest.fixture(scope="module")
def cells():
    return cells_of(*real_slice(), "embedding")


@pytest.fixture(scope="module")
def table(cells):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest_new_task, "TASK_LEAST", 35)
        patch.setattr(backtest_new_task, "TASKS", 12)
        return backtest_guard.pool_backtest(cells, seed=1)


def test_the_table_has_every_kind_and_only_shares_and_regrets(table):
    recall = table.filter(pl.col("measure") == "recall")
    assert set(recall["kind"]) == {*KINDS, "all single scores", "scores of broken runs"}
    assert table["share"].drop_nulls().is_between(0, 1).all()
    assert table["regret_mean_points"].drop_nulls().min() >= 0
    assert table.filter(pl.col("share").is_null(), pl.col("regret_mean_points").is_null())[
        "n"
    ].sum() in {0, None}


def test_untouched_and_planted_scores_are_all_the_scores(cells, table):
    counts = dict(table.select(pl.concat_str("measure", "kind", separator=": "), "n").iter_rows())
    planted = counts["recall: all single scores"] + counts["recall: scores of broken runs"]
    assert planted + counts["flagged, untouched: unexpected"] == cells.value.size
    assert counts["flagged, nothing planted: unexpected"] == cells.value.size


def test_the_same_seed_plants_the_same_scores_and_another_does_not(cells):
    first, again, other = plant(cells, seed=3), plant(cells, seed=3), plant(cells, seed=4)
    assert np.array_equal(first.cells.value, again.cells.value)
    assert not np.array_equal(first.cells.value, other.cells.value)


def test_each_kind_is_corrupted_as_it_says(cells):
    planted = plant(replace(cells, value=cells.value), seed=0)
    true, wrong = cells.value, planted.cells.value
    slip = planted.kind == "slip"
    ratio = wrong[slip] / true[slip]
    assert set(np.round(ratio, 6)) <= {0.01, 100.0}
    for cell in np.flatnonzero(planted.kind == "swapped"):
        others = (cells.col == cells.col[cell]) & (np.arange(true.size) != cell)
        assert wrong[cell] in true[others]
    flipped = planted.kind == "flipped"
    turned = np.minimum(np.abs(wrong + true), np.abs(wrong - (1 - true)))
    assert turned[flipped].max() < 1e-12
    assert planted.moved[planted.kind == "shifted"].max() <= 0.3 + 1e-12


def test_scores_without_errors_give_the_rule_the_same_regret_with_nothing_left_out(cells):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest_new_task, "TASK_LEAST", 35)
        asked = backtest_new_task.sampled(cells, seed=0)[:6]
    whole = backtest_guard.pick_regrets(cells, cells, asked)
    assert whole == backtest_guard.pick_regrets(
        cells, cells.only(np.arange(cells.value.size)), asked
    )
    assert min(whole) >= 0
