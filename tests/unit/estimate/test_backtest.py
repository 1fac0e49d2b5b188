from __future__ import annotations

from inspect import signature

import polars as pl
import pytest

from advisor.core.errors import BadInput
from advisor.estimate import backtest as backtest_module
from advisor.estimate import backtest_cells, backtest_new_task, cell
from advisor.estimate.backtest import PROTOCOLS, REPORT_SEED, backtest
from advisor.estimate.matrix import cells_of
from tests.estimate_tables import reader, real_slice

KNOWN_TABLES = {
    "scores",
    "comparable",
    "tasks",
    "models",
    "flags",
    "grid",
    "evidence_mteb",
    "evidence_lm",
}


@pytest.fixture(scope="module")
def table():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            cell, "_TREES", 200
        )  # a third of the trees shows the same in a third of the time
        return backtest_cells.cells_backtest(*real_slice(), seed=1)


def test_the_stack_beats_every_rule_and_every_base_predictor_on_real_scores(table):
    found = backtest_cells.cells_summary(table)
    assert found["estimator"][0] == "stack"
    mae = dict(found.select("estimator", "mae_points").rows())
    assert mae["stack"] < 0.6 * mae["additive"]
    assert mae["additive"] < mae["task mean"]


def test_every_estimator_answers_the_same_held_out_cells(table):
    keys = [
        part.select("model_id", "task_id", "actual").sort("model_id", "task_id")
        for part in table.partition_by("estimator")
    ]
    assert all(key.equals(keys[0]) for key in keys)
    assert table.schema == backtest_cells.TABLE


def test_intervals_of_the_stack_hold_their_value_and_cover_most_cells(table):
    stack = table.filter(pl.col("estimator") == "stack")
    assert stack.filter(~pl.col("value").is_between("lo", "hi")).is_empty()
    # 208 cells: two standard errors of a 90 % share are 4 points.
    covered = backtest_cells.cells_summary(table).filter(pl.col("estimator") == "stack")[
        "coverage"
    ][0]
    assert 0.82 <= covered <= 0.98


def test_hidden_cells_are_the_stated_share_of_the_tasks_with_enough_models():
    cells = cells_of(*real_slice(), "embedding")
    mask = backtest_cells.hidden(cells, seed=3)
    enough = cells.per_task()[cells.col] >= backtest_cells.TASK_LEAST
    assert mask.sum() == int(0.08 * enough.sum())
    assert enough[mask].all()
    assert (mask == backtest_cells.hidden(cells, seed=3)).all()


def test_the_summary_of_a_known_table_can_be_checked_by_hand():
    rows = {
        "estimator": ["additive", "additive", "mine", "mine"],
        "actual": [0.5, 0.5, 0.5, 0.5],
        "value": [0.6, 0.3, 0.51, 0.48],
        "lo": [None, None, 0.45, 0.49],
        "hi": [None, None, 0.55, 0.49],
        "level": [None, None, 0.9, 0.9],
    }
    found = backtest_cells.cells_summary(pl.DataFrame(rows, infer_schema_length=None)).row(
        0, named=True
    )
    assert found["estimator"] == "mine"
    assert found["mae_points"] == pytest.approx(1.5)
    assert found["skill"] == pytest.approx(1 - 1.5 / 15)
    assert found["coverage"] == 0.5
    assert found["width_points"] == pytest.approx(5.0)


def test_coverage_is_reported_for_groups_with_enough_cells(table):
    _, tasks, models = real_slice()
    found = backtest_cells.groups_summary(table, tasks, models, least=5)
    assert found["estimator"].unique().to_list() == ["stack"]
    assert found["n"].min() >= 5
    assert found["coverage"].is_between(0, 1).all()


@pytest.fixture(scope="module")
def picks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest_new_task, "TASK_LEAST", 35)
        patch.setattr(backtest_new_task, "TASKS", 12)
        return backtest_new_task.new_task_backtest(*real_slice(), seed=0)


def test_a_pick_is_never_better_than_the_best_and_no_rule_is_asked_more_than_another(picks):
    assert picks["regret_points"].min() >= 0
    asked = (
        picks.group_by("rule")
        .len()
        .filter(pl.col("rule").is_in(["ours", "borda", "leader by mean"]))
    )
    assert asked["len"].n_unique() == 1


def test_a_pick_obeys_its_cap(picks):
    sizes = real_slice()[2].select("model_id", "n_parameters")
    capped = picks.drop_nulls("cap").join(sizes, on="model_id")
    assert capped.filter(pl.col("n_parameters") > pl.col("cap")).is_empty()


def test_the_picks_summary_counts_hits_within_a_point():
    picks = pl.DataFrame(
        {"rule": ["ours"] * 3, "regret_points": [0.0, 1.0, 5.0], "covered": [1.0, 1.0, 0.4]}
    )
    row = backtest_new_task.picks_summary(picks).row(0, named=True)
    assert (row["n"], row["regret_mean_points"], row["regret_median_points"]) == (3, 2.0, 1.0)
    assert row["within_1_point"] == pytest.approx(2 / 3)
    assert row["coverage"] == pytest.approx(0.8)


def test_an_unknown_protocol_is_refused_before_anything_is_read_and_all_are_named():
    with pytest.raises(BadInput) as refused:
        backtest(reader({}), protocol="sells")
    line = str(refused.value)
    assert "'sells'" in line
    assert line.endswith(f"type one of {', '.join(PROTOCOLS)}")
    assert {"cells", "new-task", "loto", "as-of", "new-model", "lm", "guard", "sizing"} <= set(
        PROTOCOLS
    )


@pytest.mark.parametrize("name", PROTOCOLS)
def test_each_protocol_takes_a_snapshot_s_tables_and_a_seed(name):
    """Each is called as `advisor backtest` calls it, and reads the snapshot by table name."""

    class AskedFor(Exception):
        """A table was."""

    def read(table):
        raise AskedFor(table)

    taken = list(signature(PROTOCOLS[name]).parameters.values())
    assert taken[0].name == "read"
    assert taken[1].kind is taken[1].KEYWORD_ONLY
    with pytest.raises(AskedFor) as asked:
        backtest(read, protocol=name, seed=3)
    assert str(asked.value) in KNOWN_TABLES


def test_only_the_summaries_of_a_protocol_are_given_back():
    seeds = []

    def made_up(read, *, seed):
        del read
        seeds.append(seed)
        return {"x": pl.DataFrame({"a": [1]}), "x_summary": pl.DataFrame({"a": [seed]})}

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROTOCOLS, "made-up", made_up)
        found = backtest(reader({}), protocol="made-up")
    assert seeds == [REPORT_SEED]
    assert {name: table.rows() for name, table in found.items()} == {"x_summary": [(REPORT_SEED,)]}


def test_the_stored_tables_name_their_pool(table):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest_module, "cells_backtest", lambda *_, **__: table)
        found = backtest_module.cells_tables(*real_slice())
    assert found["backtest_cells_summary"]["pool"].unique().to_list() == ["embedding"]
    assert found["backtest_cells_summary"]["estimator"].n_unique() == 9
    assert found["backtest_cells_groups"].columns[0] == "pool"
