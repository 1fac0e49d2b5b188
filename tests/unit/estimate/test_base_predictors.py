from __future__ import annotations

import numpy as np
import pytest

from advisor.estimate import gaussian, low_rank, neighbours, pairwise
from advisor.estimate.gaussian import Kernels
from advisor.estimate.matrix import cells_of
from tests.estimate_tables import some_models, some_scores, some_tasks


def made(values):
    """Cells of a (models, tasks) table, NaN where not measured."""
    n, m = values.shape
    rows = [
        (f"m{i:02}", f"t{j:02}", float(values[i, j]))
        for i in range(n)
        for j in range(m)
        if not np.isnan(values[i, j])
    ]
    models = some_models(*(f"m{i:02}" for i in range(n)))
    return cells_of(
        some_scores(*rows), some_tasks(*(f"t{j:02}" for j in range(m))), models, "embedding"
    )


def with_holes(rng, n=14, m=11, share=0.3):
    table = rng.normal(size=(n, 2)) @ rng.normal(size=(2, m))
    holes = table.copy()
    holes[rng.random((n, m)) < share] = np.nan
    holes[0, :] = table[0, :]
    holes[:, 0] = table[:, 0]
    return table, holes


def a_kernel(rng, n):
    x = rng.normal(size=(n, n))
    return gaussian.unit_diagonal(x @ x.T + n * np.eye(n))


def test_the_iterative_solution_equals_the_direct_one():
    rng = np.random.default_rng(0)
    _, holes = with_holes(rng)
    cells = made(holes)
    kernels = Kernels(models=a_kernel(rng, 14), tasks=a_kernel(rng, 11))
    noise = rng.uniform(0.05, 0.2, cells.value.size)
    found, _ = gaussian.predict(kernels, cells, cells.value, noise, iterations=300)
    whole = np.kron(kernels.models, kernels.tasks)
    place = cells.row * 11 + cells.col
    direct = whole[:, place] @ np.linalg.solve(
        whole[np.ix_(place, place)] + np.diag(noise), cells.value
    )
    assert found.ravel() == pytest.approx(direct, abs=0.02)


def test_a_start_from_the_solution_stays_there():
    rng = np.random.default_rng(1)
    _, holes = with_holes(rng)
    cells = made(holes)
    kernels = Kernels(models=a_kernel(rng, 14), tasks=a_kernel(rng, 11))
    noise = np.full(cells.value.size, 0.1)
    found, weights = gaussian.predict(kernels, cells, cells.value, noise, iterations=300)
    again, _ = gaussian.predict(kernels, cells, cells.value, noise, iterations=0, start=weights)
    assert again == pytest.approx(found)


def test_noise_grows_only_for_cells_that_the_fit_could_not_reach():
    noise = np.full(5, 0.1)
    weights = np.array([1.0, -1.0, 1.0, 1.0, 30.0])
    raised = gaussian.robust_noise(noise, weights)
    assert raised.tolist() == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.1 * 3.0 / 0.2])


def test_low_rank_completion_fills_a_low_rank_table():
    rng = np.random.default_rng(2)
    table, holes = with_holes(rng, n=40, m=30, share=0.3)
    cells = made(holes)
    found = low_rank.complete(cells, cells.value, rank=4, ridge=0.01, rounds=40)
    hidden = np.isnan(holes)
    assert np.abs(found - table)[hidden].mean() < 0.1 * np.abs(table)[hidden].mean()


def test_low_rank_completion_is_the_same_every_time():
    cells = made(with_holes(np.random.default_rng(3))[1])
    assert (low_rank.complete(cells, cells.value) == low_rank.complete(cells, cells.value)).all()


def test_a_pair_of_equal_tasks_predicts_one_from_the_other():
    rng = np.random.default_rng(4)
    table = rng.normal(size=(60, 6))
    table[:, 1] = table[:, 0]
    holes = table.copy()
    holes[:10, 1] = np.nan
    (_, _), (sharp, miss) = pairwise.predict(holes)
    assert sharp[:10, 1] == pytest.approx(table[:10, 0], abs=0.25)
    assert miss[:10, 1].max() < miss[:10, 2].min()


def test_a_cell_s_own_value_never_shapes_its_pair_prediction():
    rng = np.random.default_rng(5)
    table = rng.normal(size=(30, 5))
    changed = table.copy()
    changed[3, 2] += 1e-3
    (before, _), _ = pairwise.predict(table)
    (after, _), _ = pairwise.predict(changed)
    # The pair's slope moves a little with any cell; the prediction of the cell must not follow it.
    assert abs(after[3, 2] - before[3, 2]) < 1e-3


def test_rows_of_another_group_do_not_shape_a_pair():
    rng = np.random.default_rng(6)
    table = rng.normal(size=(20, 4))
    groups = ["a"] * 10 + ["b"] * 10
    changed = table.copy()
    changed[10:] = rng.normal(size=(10, 4))
    one, two = pairwise.predict_within(table, groups), pairwise.predict_within(changed, groups)
    assert one[0][0][:10] == pytest.approx(two[0][0][:10])


def test_a_row_without_scores_is_predicted_at_the_centre():
    table = np.random.default_rng(7).normal(size=(12, 4))
    table[0] = np.nan
    assert (pairwise.predict(table)[0][0][0] == 0).all()


def test_neighbours_leave_the_asked_cell_out():
    rng = np.random.default_rng(8)
    table, _ = with_holes(rng)
    cells = made(table)
    kernels = Kernels(models=a_kernel(rng, 14), tasks=a_kernel(rng, 11))
    noise = np.full(cells.value.size, 0.1)
    changed = cells.value.copy()
    changed[5] += 100.0
    at = cells.row[5:6], cells.col[5:6]
    one = neighbours.look(neighbours.neighbourhood(kernels, cells, cells.value, noise), *at)
    two = neighbours.look(neighbours.neighbourhood(kernels, cells, changed, noise), *at)
    assert one == pytest.approx(two, nan_ok=True)


def test_kernel_regression_on_all_neighbours_equals_the_formula():
    rng = np.random.default_rng(9)
    table, _ = with_holes(rng, n=5, m=4)
    cells = made(table)
    kernels = Kernels(models=a_kernel(rng, 5), tasks=a_kernel(rng, 4))
    near = neighbours.neighbourhood(kernels, cells, cells.value, np.full(cells.value.size, 0.1))
    found = neighbours.look(near, np.array([1]), np.array([2]))[0]
    given = [(1, j) for j in (0, 1, 3)] + [(i, 2) for i in (0, 2, 3, 4)]
    cov = lambda a, b: kernels.models[a[0], b[0]] * kernels.tasks[a[1], b[1]]  # noqa: E731
    among = np.array([[cov(a, b) for b in given] for a in given]) + 0.1 * np.eye(7)
    to_them = np.array([cov((1, 2), b) for b in given])
    pull = np.linalg.solve(among, to_them)
    z = np.array([table[a] for a in given])
    assert found[0] == pytest.approx(pull @ z, abs=1e-3)
    assert found[1] ** 2 == pytest.approx(cov((1, 2), (1, 2)) - pull @ to_them, abs=1e-3)
