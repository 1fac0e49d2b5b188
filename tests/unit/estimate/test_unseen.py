"""Tasks of the real slice hidden whole, and predicted from the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from advisor.estimate import unseen_tables
from advisor.estimate.intervals import multipliers
from advisor.estimate.matrix import Cells, cells_of
from advisor.estimate.unseen import (
    NEAREST,
    SHARPNESS,
    fit_unseen,
    model_kernel,
    nearness,
    predict_unseen,
    try_unseen,
    twin_folds,
    typical_miss,
)
from advisor.estimate.unseen_tables import candidates_of, miss_points, new_column, scale_at, widths
from advisor.tables.likeness import wanted_of
from tests.estimate_tables import (
    beside,
    reader,
    real_slice,
    some_models,
    some_scores,
    some_tasks,
    task_likeness,
    words_of,
)

HIDDEN = np.arange(3, 62, 8)


@pytest.fixture(scope="module")
def cells():
    return cells_of(*real_slice(), "embedding")


@pytest.fixture(scope="module")
def kernels(cells):
    """Likeness of tasks, covariance of models."""
    return task_likeness(cells.tasks), model_kernel(cells)


@pytest.fixture(scope="module")
def seen(cells):
    return cells.only(~np.isin(cells.col, HIDDEN))


@pytest.fixture(scope="module")
def fitted(seen, kernels):
    return fit_unseen(seen, *kernels)


@pytest.fixture(scope="module")
def trial(cells, kernels):
    return try_unseen(cells, *kernels)


def predicted(cells, trial):
    """(cells,) what the trial expected of each cell."""
    return cells.value - trial.miss * trial.spread[cells.col]


def test_weights_are_powers_of_the_likeness():
    assert nearness(np.array([1.0, 0.5])) == pytest.approx(
        np.array([1, 0.5**SHARPNESS]) / (1 + 0.5**SHARPNESS)
    )
    assert nearness(np.zeros(4)).tolist() == [0.25] * 4


def test_hidden_tasks_rank_models_much_as_they_were_measured(cells, seen):
    """A task's own scores against its predicted ones: the plain mean over the other tasks does worse."""
    found = predict_unseen(seen, HIDDEN, task_likeness(seen.tasks))
    means = seen.per_model(seen.value) / seen.per_model()
    ours, plain = [], []
    for j, task in enumerate(HIDDEN):
        own = cells.col == task
        rows, truth = cells.row[own], pl.Series(cells.value[own]).rank()
        for into, guess in ((ours, found[rows, j]), (plain, means[rows])):
            into.append(np.corrcoef(truth, pl.Series(guess).rank())[0, 1])
    assert np.mean(ours) > 0.75
    assert np.mean(ours) > np.mean(plain) + 0.02


def test_a_column_is_half_the_process_and_half_the_standing_on_the_nearest(fitted, kernels):
    """By plain sums over the tasks."""
    shared = kernels[0][HIDDEN[0]]
    column = fitted.column(shared)
    usable = [j for j in range(len(shared)) if fitted.usable[j]]
    nearest = sorted(usable, key=lambda j: -shared[j])[:NEAREST]
    near = [shared[j] ** SHARPNESS for j in nearest]
    near = [w / sum(near) for w in near]
    assert column.nearest.tolist() == nearest
    centre = sum(w * fitted.scale.centre[j] for w, j in zip(near, nearest, strict=True))
    for model in (0, 7, 31):
        process = sum(float(w) * s for w, s in zip(fitted.weights[model], shared, strict=True))
        standing = sum(
            w * float(fitted.standing[model, j]) for w, j in zip(near, nearest, strict=True)
        )
        z = (process + standing) / 2
        assert column.value[model] == pytest.approx(centre + column.spread * z, abs=1e-5)


def test_a_column_read_from_the_tables_is_the_column_that_was_fitted(cells, seen, fitted, kernels):
    scores, tasks, models = real_slice()
    grid = [
        (cells.tasks["task_id"][j], cells.models["model_id"][i], fitted.scale.centre[j] + fitted.scale.spread[j] * float(fitted.standing[i, j]))
        for i in range(cells.shape[0])
        for j in range(cells.shape[1])
    ]  # fmt: skip
    visible = scores.filter(
        ~pl.col("task_id").is_in(cells.tasks["task_id"].gather(HIDDEN).implode())
    )
    ids = cells.tasks["task_id"]
    tables = unseen_tables.unseen_tables(seen, "embedding", words_of(seen.tasks), seed=0) | beside(
        visible, tasks, models
    )
    tables |= {
        "grid": pl.DataFrame(
            grid, schema=["task_id", "model_id", "value"], orient="row"
        ).with_columns(scale=pl.lit(0.1), group=pl.lit(0, pl.UInt8)),
        "task_bounds": ids.to_frame().with_columns(pool=pl.lit("embedding")),
    }
    facts = {row["task_id"]: row for row in tasks.iter_rows(named=True)}
    for task in HIDDEN.tolist():
        shared = kernels[0][task]
        column = fitted.column(shared)
        near = [(ids[j], float(shared[j])) for j in column.nearest.tolist()]
        found = new_column(reader(tables), wanted_of(facts[ids[task]]), "embedding", near)
        assert found.model_ids == cells.models["model_id"].to_list()
        assert found.spread == pytest.approx(column.spread)
        off = np.abs(found.value - column.value).max() / column.spread
        assert off < 0.01


def test_no_prediction_of_a_hidden_task_changes_when_its_scores_do(cells, kernels, trial):
    task = int(HIDDEN[2])
    own = cells.col == task
    value = cells.value.copy()
    value[own] = value[own][::-1] / 2
    other = try_unseen(replace(cells, value=value), *kernels)
    before, after = predicted(cells, trial), predicted(replace(cells, value=value), other)
    assert after[own] == pytest.approx(before[own], abs=1e-12)
    assert other.spread[task] == trial.spread[task]
    assert np.abs(after - before)[~own].max() > 1e-3, "others are predicted with its help"
    assert np.abs(other.miss[own] - trial.miss[own]).max() > 0.1


def test_models_in_another_order_are_predicted_the_same(cells, kernels):
    order = np.random.default_rng(4).permutation(cells.shape[0])
    place = np.argsort(order)
    turned = Cells(
        models=cells.models[order], tasks=cells.tasks, row=place[cells.row], col=cells.col, value=cells.value,
        share=cells.share,
    )  # fmt: skip
    hidden = ~np.isin(cells.col, HIDDEN)
    straight, other = (
        predict_unseen(cells.only(hidden), HIDDEN, task_likeness(cells.tasks)),
        predict_unseen(turned.only(hidden), HIDDEN, task_likeness(turned.tasks)),
    )
    assert np.abs(other - straight[order]).max() < 1e-3
    assert np.abs(other - straight).max() > 1e-2


def test_twins_are_hidden_together_and_never_help_each_other(cells, kernels):
    groups = [f"pair{j // 2}" for j in range(cells.shape[1])]
    paired = replace(cells, tasks=cells.tasks.with_columns(twin_group=pl.Series(groups)))
    fold = twin_folds(paired, folds=5, seed=0)
    assert (fold[::2] == fold[1::2]).all()
    assert len(set(fold.tolist())) == 5
    trial = try_unseen(paired, *kernels)
    leaned = {groups[j] for j in trial.nearest}
    assert len(leaned) == len(set(groups))
    for task, (nearest, near) in trial.nearest.items():
        assert groups[task] not in {groups[j] for j in nearest.tolist()}
        assert near.sum() == pytest.approx(1.0)


def test_a_miss_is_what_was_measured_less_what_was_expected(cells, trial):
    assert np.isfinite(trial.miss).all()
    by_task = typical_miss(trial, cells)
    points = miss_points(trial, cells)
    off = cells.value - predicted(cells, trial)
    for task in (0, 17, 40):
        own = [float(x) for x in off[cells.col == task]]
        assert points[task] == pytest.approx((sum(x * x for x in own) / len(own)) ** 0.5)
        assert points[task] == pytest.approx(by_task[task] * trial.spread[task])


def test_the_unit_of_the_widths_is_the_root_of_the_typical_miss():
    assert scale_at(np.array([0.04, 0.08]), np.ones(2)) == pytest.approx(0.004**0.25)
    assert scale_at(np.array([0.04, np.nan]), np.ones(2)) == pytest.approx(0.2)
    assert scale_at(np.full(2, np.nan), np.ones(2)) == pytest.approx(0.05**0.5)


def test_widths_grow_with_the_level_and_hold_the_cells_that_they_are_made_from(cells, trial):
    table = widths(cells, "embedding", trial)
    whole = table.filter(table["group"] == 0)
    found = whole.sort("level")["multiplier"].drop_nulls().to_list()
    assert found == sorted(found)
    assert whole["n_cells"][0] > 1000
    half = dict(multipliers(table, level=0.9).select("group", "multiplier").rows())[0]
    points = miss_points(trial, cells)
    unit = {t: scale_at(points[n], np.ones(len(n))) for t, (n, _) in trial.nearest.items()}
    ratio = np.abs(cells.value - predicted(cells, trial)) / [unit[int(j)] for j in cells.col]
    assert np.mean(ratio <= half) == pytest.approx(0.9, abs=0.01)


def test_only_vouched_for_language_models_compete():
    names = ("good/one", "bad/one", "odd/one", "old/one")
    models = pl.concat(
        some_models(name, pool="language-model", kind=kind, verified=verified)
        for name, kind, verified in zip(
            names,
            ("decoder", "decoder", "other", "decoder"),
            (True, False, True, None),
            strict=True,
        )
    )
    scores = some_scores(*((name, task, 0.1 * i) for i, name in enumerate(names) for task in "ab"))
    both = cells_of(scores, some_tasks("a", "b", pool="language-model"), models, "language-model")
    kept = candidates_of(both, "language-model")
    assert kept.models["model_id"].to_list() == ["good/one", "old/one"]
    found = {
        (kept.models["model_id"][i], kept.tasks["task_id"][j]): v
        for i, j, v in zip(kept.row.tolist(), kept.col.tolist(), kept.value.tolist(), strict=True)
    }
    own = scores.filter(pl.col("model_id").is_in(kept.models["model_id"].implode()))
    assert found == {(m, t): v for m, t, v in own.select("model_id", "task_id", "value").rows()}
    assert candidates_of(both, "embedding") is both


def test_a_pool_without_scores_gives_empty_tables_of_the_same_shape():
    none = cells_of(some_scores(), some_tasks("a"), some_models("m"), "embedding")
    found = unseen_tables.unseen_tables(none, "embedding", words_of(none.tasks), seed=0)
    assert {name: table.schema for name, table in found.items()} == unseen_tables.EMPTY
    assert all(table.is_empty() for table in found.values())
