from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from advisor.core.errors import MissingData
from advisor.estimate import backtest_encoder_or_llm as protocol
from advisor.estimate.encoder_or_llm import expected_gap, pairs
from advisor.estimate.task_demand import Sized, demands, returns, sized
from tests import shipped


@pytest.fixture(scope="module")
def known() -> pl.DataFrame:
    return pairs(*(shipped.table(name) for name in ("scores", "tasks", "models")))


@pytest.fixture(scope="module")
def verdicts(known) -> pl.DataFrame:
    return protocol.verdict_table(known)


@pytest.fixture(scope="module")
def generative() -> Sized:
    return sized(*(shipped.table(name) for name in ("scores", "tasks", "models")))


def test_both_sides_of_a_pair_are_the_best_of_their_size(known):
    task = "euroeval:scala_da"
    facts = {row["model_id"]: row for row in shipped.table("models").iter_rows(named=True)}
    best = {"encoder": -1.0, "generative": -1.0}
    for name, value in (
        shipped.table("scores").filter(pl.col("task_id") == task)["model_id", "value"].rows()
    ):
        model = facts.get(name, {"n_parameters": None})
        size = model["n_parameters"]
        if size is None:
            continue
        if model["tuning"] == "finetuned-encoder" and size <= 600e6:
            best["encoder"] = max(best["encoder"], value)
        if model["kind"] == "decoder" and size <= 10e9:
            best["generative"] = max(best["generative"], value)
    row = known.filter(pl.col("task_id") == task).row(0, named=True)
    assert {side: row[side] for side in best} == best
    assert row["gap"] == pytest.approx(best["encoder"] - best["generative"])


def test_a_snapshot_without_such_tasks_is_refused():
    def read(name):
        whole = shipped.read(name)
        return whole.filter(pl.col("harness") != "EuroEval") if name == "tasks" else whole

    with pytest.raises(MissingData, match="no EuroEval task"):
        protocol.encoder_or_llm_backtest(read, seed=0)


def test_the_verdict_beats_the_majority_answer_with_certainty(verdicts):
    found = protocol.verdict_summary(verdicts, seed=100)
    pair = found.filter(pl.col("left_out") == "pair").row(0, named=True)
    assert pair["n"] == verdicts.filter(pl.col("left_out") == "pair").height
    assert pair["difference_lo"] > 0
    # A simpler route: by the sign of the type's plain mean, the shares counted by hand.
    part = verdicts.filter(pl.col("left_out") == "pair")
    right = [
        (
            part.filter(
                pl.col("task_type") == row["task_type"], pl.col("task_id") != row["task_id"]
            )["gap"].mean()
            > 0
        )
        == (row["gap"] > 0)
        for row in part.iter_rows(named=True)
    ]
    assert pair["right"] == pytest.approx(np.mean(right), abs=0.02)


@pytest.mark.parametrize("hidden", ["language", "task_type"])
def test_the_left_out_scores_do_not_change_the_verdict(known, verdicts, hidden):
    label = known[hidden][0]
    wrong = known.with_columns(
        gap=pl.when(pl.col(hidden) == label).then(-pl.col("gap")).otherwise("gap")
    )
    name = hidden.replace("_", " ")
    chosen = (pl.col("left_out") == name) & (pl.col(hidden) == label)
    again = protocol.verdict_table(wrong).filter(chosen)["expected_gap"]
    assert len(again) > 0
    assert again.equals(verdicts.filter(chosen)["expected_gap"])


def test_a_type_that_nobody_measured_gets_the_overall_mean():
    known = pl.DataFrame({"task_type": ["a", "a", "b"], "gap": [0.3, 0.1, -0.1]})
    assert expected_gap(known, "c") == pytest.approx(0.1)
    assert expected_gap(known, "a") == pytest.approx((0.4 + 0.1) / 3)


def test_demand_looks_at_no_model_above_ten_billion(generative):
    values = generative.values.copy()
    values[generative.parameters > 10e9] = 0.5
    changed = Sized(tasks=generative.tasks, parameters=generative.parameters, values=values)
    assert np.array_equal(demands(changed), demands(generative), equal_nan=True)
    assert not np.array_equal(returns(changed)[0], returns(generative)[0], equal_nan=True)


def test_demand_finds_what_a_made_up_task_was_made_of():
    rng = np.random.default_rng(0)
    knowledge, language = rng.normal(size=(2, 300))
    kinds = [*["knowledge"] * 4, *["sentiment-classification"] * 4, "x", "y"]
    made_of = np.array([[1.0, 0.0]] * 4 + [[0.0, 1.0]] * 4 + [[0.8, 0.2], [0.0, 0.9]])
    values = 0.5 + 0.1 * (
        np.outer(knowledge, made_of[:, 0])
        + np.outer(language, made_of[:, 1])
        + 0.05 * rng.normal(size=(300, 10))
    )
    tasks = pl.DataFrame(
        {
            "task_id": [f"t{i}" for i in range(10)],
            "task_type": kinds,
            "language": [f"l{i}" for i in range(10)],
            "twin_group": [f"g{i}" for i in range(10)],
        }
    )
    found = demands(Sized(tasks=tasks, parameters=np.full(300, 1e9), values=values))
    assert found[8] > 0.8
    assert abs(found[9]) < 0.25


def test_gains_above_ten_billion_are_the_difference_of_the_classes(generative):
    late, share = returns(generative)
    task = int(np.flatnonzero(np.isfinite(share))[0])
    column, size = generative.values[:, task], generative.parameters

    def good(low, high):
        chosen = column[(size > low) & (size <= high)]
        return np.quantile(chosen[np.isfinite(chosen)], 0.8)

    small, middle, large = good(0, 3.5e9), good(3.5e9, 10e9), good(20e9 - 1, 1e15)
    assert late[task] == pytest.approx(large - middle)
    assert share[task] == pytest.approx((large - middle) / (large - small))


def test_demand_tells_where_size_pays_on_languages_that_it_did_not_see(generative):
    table = protocol.demand_table(generative)
    found = protocol.demand_summary(table, seed=100)
    row = found.filter(
        pl.col("tasks") == "all",
        pl.col("returns") == "gain_above_10b",
        pl.col("predictor") == "predicted_gain",
    ).row(0, named=True)
    assert row["lo"] > 0.8
    assert row["mae_points"] < 0.5 * row["constant_mae_points"]


def test_a_languages_own_large_models_do_not_enter_its_predicted_gains(generative):
    before = protocol.demand_table(generative)
    language = before["language"][0]
    values = generative.values.copy()
    here = (generative.tasks["language"] == language).to_numpy()
    values[np.ix_(generative.parameters > 10e9, here)] *= 0.5
    after = protocol.demand_table(
        Sized(tasks=generative.tasks, parameters=generative.parameters, values=values)
    )
    columns = ["task_id", "demand", "demand_elsewhere", "predicted_gain"]
    chosen = pl.col("language") == language
    after, before = after.filter(chosen), before.filter(chosen)
    assert after.select(columns).equals(
        before.filter(pl.col("task_id").is_in(after["task_id"].to_list())).select(columns)
    )
    assert not after["gain_above_10b"].equals(before["gain_above_10b"])
