from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from advisor.estimate import backtest_as_of, backtest_new_task
from advisor.estimate.matrix import cells_of
from tests.estimate_tables import real_slice


def asked(scores, tasks, models):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest_new_task, "TASK_LEAST", 35)
        patch.setattr(backtest_new_task, "TASKS", 8)
        patch.setattr(backtest_as_of, "MODELS_LEAST", 30)
        return backtest_as_of.as_of_backtest(scores, tasks, models, seed=0)


@pytest.fixture(scope="module")
def table():
    return asked(*real_slice())


def test_every_rule_answers_the_same_questions(table):
    assert table.group_by("rule").len()["len"].n_unique() == 1
    assert table["date"].n_unique() >= 2
    assert not set(table["rule"]) & set(backtest_as_of.UNKNOWABLE)


def test_only_models_released_before_the_date_are_picked(table):
    dates = real_slice()[2].select("model_id", "released")
    assert table.join(dates, on="model_id").filter(pl.col("released") >= pl.col("date")).is_empty()


def test_regret_and_later_gain_follow_from_the_scores_and_dates_alone(table):
    scores, _, models = real_slice()
    row = table.filter(rule="ours").filter(pl.col("cap").is_not_null()).row(3, named=True)
    there = (
        scores.filter(task_id=row["task_id"])
        .join(models.select("model_id", "released", "n_parameters"), on="model_id")
        .filter(pl.col("n_parameters") <= row["cap"], pl.col("released").is_not_null())
    )
    then = there.filter(pl.col("released") < row["date"])
    pick = then.filter(model_id=row["model_id"])["value"].item()
    assert row["n_models"] == then.height
    assert row["regret_points"] == pytest.approx(100 * (then["value"].max() - pick))
    assert row["later_points"] == pytest.approx(100 * (there["value"].max() - then["value"].max()))


def test_neither_hidden_scores_nor_the_future_change_a_pick(table):
    scores, tasks, models = real_slice()
    first = table["date"].min()
    hidden = table["task_id"].unique().to_list()
    late = models.filter(pl.col("released") >= first)["model_id"].to_list()
    closed = pl.col("task_id").is_in(hidden) | pl.col("model_id").is_in(late)
    again = asked(
        scores.with_columns(
            value=pl.when(closed).then(0.9 - 0.5 * pl.col("value")).otherwise("value")
        ),
        tasks,
        models,
    )
    same = ["date", "task_id", "cap", "rule", "model_id"]
    one, other = table.filter(date=first), again.filter(date=first)
    assert one.select(same).equals(other.select(same))
    assert not one["regret_points"].equals(other["regret_points"])


def test_dates_are_half_years_with_enough_models_before_them():
    cells = cells_of(*real_slice(), "embedding")
    found = backtest_as_of.dates(cells)
    released = (
        cells.models.filter(pl.Series(cells.per_model() > 0))["released"].drop_nulls().to_list()
    )
    assert all(day[5:] in {"01-01", "07-01"} for day in found)
    counts = [sum(x < day for x in released) for day in found]
    assert counts == sorted(counts)
    assert min(counts) >= backtest_as_of.MODELS_LEAST
    assert found[-1] <= max(released)


def test_models_without_a_date_are_counted():
    scores, tasks, models = real_slice()
    name = scores["model_id"][0]
    some = models.with_columns(
        released=pl.when(pl.col("model_id") == name).then(None).otherwise("released")
    )
    before, after = (
        backtest_as_of.undated(cells_of(scores, tasks, m, "embedding")) for m in (models, some)
    )
    assert after == before + 1


def test_the_summaries_of_a_known_table_can_be_checked_by_hand():
    rows = [
        ("2024-01-01", "ours", 1.0, 4.0), ("2024-01-01", "x", 3.0, 4.0), ("2024-01-01", "y", 2.0, 4.0),
        ("2025-01-01", "ours", 0.0, 0.5), ("2025-01-01", "x", 1.0, 0.5), ("2025-01-01", "y", 2.0, 0.5),
    ]  # fmt: skip
    columns = ["date", "rule", "regret_points", "later_points"]
    table = pl.DataFrame(rows, schema=columns, orient="row").with_columns(n_models=pl.lit(7))
    by_rule = dict(
        backtest_as_of.as_of_summary(table).select("rule", "regret_mean_points").iter_rows()
    )
    assert by_rule == {"ours": 0.5, "x": 2.0, "y": 2.0}
    first, second = backtest_as_of.dates_summary(table).rows(named=True)
    assert (first["best_naive"], first["best_naive_points"], first["moved"]) == ("y", 2.0, 1.0)
    assert (second["best_naive"], second["later_mean_points"], second["moved"]) == ("x", 0.5, 0.0)
    assert np.isclose(second["ours_points"], 0.0)
