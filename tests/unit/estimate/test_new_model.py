from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from advisor.estimate import backtest_new_model, features, fold_in, low_rank, new_model
from advisor.estimate.cell import declared_kernels
from advisor.estimate.matrix import Cells, cells_of
from tests.estimate_tables import real_slice


@pytest.fixture(scope="module")
def cells():
    return cells_of(*real_slice(), "embedding")


def ground_without(cells, model):
    return fold_in.ground(cells.only(cells.row != model), declared_kernels(cells))


@pytest.fixture(scope="module")
def model(cells):
    return int(np.argmax(cells.per_model()))


@pytest.fixture(scope="module")
def found(cells, model):
    return ground_without(cells, model)


def question(cells, model, count):
    own = np.flatnonzero(cells.row == model)
    return new_model.Question(model=model, known=own[:count], asked=own[20:])


def with_values(cells, places, values):
    changed = cells.value.copy()
    changed[places] = values
    return Cells(
        models=cells.models, tasks=cells.tasks, row=cells.row, col=cells.col, value=changed, share=cells.share
    )  # fmt: skip


def test_the_conditional_is_the_textbook_formula(cells, model, found):
    new = new_model.known_of(found, cells, question(cells, model, 3))
    kernel, s, noise = found.kernels.tasks, new.tasks, np.array([0.1, 0.2, 0.3])
    mean = found.process[model]
    value, sd = fold_in._conditional(kernel, mean, new, noise)
    inverse = np.linalg.inv(kernel[s][:, s] + np.diag(noise))
    t = 40
    assert value[t] == pytest.approx(mean[t] + kernel[t, s] @ inverse @ (new.z - mean[s]))
    assert sd[t] ** 2 == pytest.approx(kernel[t, t] - kernel[t, s] @ inverse @ kernel[s, t])


def test_without_known_scores_the_metadata_alone_decides(cells, model, found):
    rows = fold_in.fold_in(found, new_model.known_of(found, cells, question(cells, model, 0)))
    assert rows["once"] == pytest.approx(found.process[model])
    assert all(np.isfinite(row).all() for row in rows.values())


def test_a_known_score_pulls_the_row_towards_itself(cells, model, found):
    asked = question(cells, model, 1)
    first = fold_in.fold_in(found, new_model.known_of(found, cells, asked))
    raised = with_values(cells, asked.known, cells.value[asked.known] + 0.1)
    second = fold_in.fold_in(found, new_model.known_of(found, raised, asked))
    task = cells.col[asked.known[0]]
    rise = 0.1 / found.scale.spread[task]
    assert 0 < second["once"][task] - first["once"][task] < rise


def test_what_is_told_never_holds_the_asked_scores(cells, model, found):
    facts = features.facts_of(cells)
    asked = question(cells, model, 5)
    told = new_model.describe(found, facts, cells, [asked])
    other = with_values(cells, asked.asked, 0.123)
    again = new_model.describe(found, facts, other, [asked])
    assert np.array_equal(told.table, again.table, equal_nan=True)
    assert told.value == pytest.approx(again.value)


def test_pairs_of_tasks_agree_with_one_pair_at_a_time(cells, model, found):
    new = new_model.known_of(found, cells, question(cells, model, 2))
    row = fold_in.fold_in(found, new)["pairs_6"]
    slope, level, left = (x.astype(float) for x in found.pairs)
    t = 50
    value = [level[s, t] + slope[s, t] * z for s, z in zip(new.tasks, new.z, strict=True)]
    weight = [left[s, t] ** -3 for s in new.tasks]
    assert row[t] == pytest.approx(np.average(value, weights=weight), rel=1e-6)


def test_questions_are_nested_and_never_ask_a_twin_of_a_known_task(cells, model):
    twins = np.array(["same"] * 30 + [f"t{i}" for i in range(cells.shape[1] - 30)])
    some = new_model.questions(cells, np.array([model]), twins, np.random.default_rng(0))
    assert [len(q.known) for q in some] == [0, 3, 5, 10, 20]
    for fewer, more in itertools.pairwise(some):
        assert set(fewer.known) < set(more.known)
        assert fewer.asked.tolist() == more.asked.tolist()
    known, asked = twins[cells.col[some[-1].known]], twins[cells.col[some[-1].asked]]
    assert not set(known) & set(asked)
    assert not set(some[-1].known) & set(some[-1].asked)


def test_near_copies_share_a_fold(cells):
    twin = cells.only(np.arange(cells.value.size))
    first, second = np.argsort(-cells.per_model())[:2]
    shared = np.intersect1d(cells.col[cells.row == first], cells.col[cells.row == second])
    value = cells.value.copy()
    of = dict(zip(cells.col[cells.row == first], value[cells.row == first], strict=True))
    for place in np.flatnonzero((cells.row == second) & np.isin(cells.col, shared)):
        value[place] = of[cells.col[place]] + 0.001
    label = backtest_new_model.near_copies(with_values(twin, np.arange(len(value)), value))
    assert label[first] == label[second]
    before = backtest_new_model.near_copies(cells)
    assert before[first] != before[second]
    fold = backtest_new_model.folds(label, np.random.default_rng(0))
    assert fold[first] == fold[second]


@pytest.fixture(scope="module")
def table():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(new_model, "_TREES", 30)
        patch.setattr(new_model, "_ASK", 5)
        patch.setattr(backtest_new_model, "FOLDS", 3)
        return backtest_new_model.new_model_backtest(*real_slice(), seed=1)


def test_every_estimator_answers_the_same_cells_and_ours_beats_ridge(table):
    counts = table.group_by("estimator", "known").len().sort("estimator", "known")["len"]
    assert counts.n_unique() == 1
    mae = {
        (known, name): mae
        for known, name, mae in backtest_new_model.new_model_summary(table)
        .select("known", "estimator", "mae_points")
        .iter_rows()
    }
    assert all(mae[k, "ours"] < 0.9 * mae[k, "ridge"] for k in (3, 5))
    assert mae[20, "ours"] < mae[0, "ours"]


def test_the_same_seed_gives_the_same_table_and_no_asked_score_changes_a_prediction(table):
    scores, tasks, models = real_slice()
    name = table["model_id"][0]
    asked = table.filter(model_id=name)["task_id"].unique().to_list()
    # Truth moved by 0.3 points at most: what is a near copy of what stays as it was.
    hidden = (pl.col("model_id") == name) & pl.col("task_id").is_in(asked)
    moved = scores.with_columns(
        value=pl.when(hidden).then(pl.col("value") * 0.997).otherwise("value")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(new_model, "_TREES", 30)
        patch.setattr(new_model, "_ASK", 5)
        patch.setattr(backtest_new_model, "FOLDS", 3)
        again = backtest_new_model.new_model_backtest(moved, tasks, models, seed=1)
    key = ["estimator", "known", "task_id"]
    first = table.filter(model_id=name).sort(key)
    second = again.filter(model_id=name).sort(key)
    assert (first["actual"] != second["actual"]).all()
    assert first["value"].equals(second["value"])


def test_the_ridge_agrees_with_one_regression_solved_alone(cells, model, found):
    asked = question(cells, model, 3)
    values = backtest_new_model.references(found, cells, [asked])["ridge"]
    new = new_model.known_of(found, cells, asked)
    task = int(cells.col[asked.asked[0]])
    there = found.known[:, task] > 0
    rows = low_rank.complete(found.cells, found.scale.to_z(found.cells))[found.measured]
    filled = np.where(found.known > 0, found.scores, rows)
    x = np.c_[np.ones(there.sum()), filled[there][:, new.tasks]]
    penalty = np.diag([0.01, 1.0, 1.0, 1.0])
    slopes = np.linalg.solve(x.T @ x + penalty, x.T @ found.scores[there, task])
    z = slopes @ np.r_[1.0, new.z]
    expected = z * found.scale.spread[task] + found.scale.centre[task]
    assert values[0] == pytest.approx(expected)


def test_the_summary_of_a_known_table_can_be_checked_by_hand():
    rows = {
        "estimator": ["ridge"] * 3 + ["ours"] * 3,
        "known": [3] * 6,
        "model_id": ["a", "a", "b"] * 2,
        "actual": [0.5] * 6,
        "value": [0.6, 0.4, 0.3, 0.55, 0.45, 0.6],
    }
    found = backtest_new_model.new_model_summary(pl.DataFrame(rows)).rows(named=True)
    assert [x["estimator"] for x in found] == ["ours", "ridge"]
    assert found[0]["mae_points"] == pytest.approx((5 + 10) / 2)
    assert found[0]["mae_cells_points"] == pytest.approx((5 + 5 + 10) / 3)
    assert found[1]["mae_points"] == pytest.approx((10 + 20) / 2)
    assert found[0]["against_ridge"] == pytest.approx(0.5)
    assert found[0]["n_cells"] == 3
