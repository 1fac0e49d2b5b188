from __future__ import annotations

import numpy as np
import pytest

from advisor.estimate.factors import fit_factors
from advisor.estimate.matrix import cells_of
from tests.estimate_tables import some_models, some_scores, some_tasks


def a_table(rng, n=60, m=8, noise=0.01):
    skill = rng.normal(0.0, 0.1, n)
    return 0.5 + skill[:, None] * rng.uniform(0.5, 1.5, m) + rng.normal(0, noise, (n, m))


def cells(table, keep):
    n, m = table.shape
    rows = [
        (f"m{i:02}", f"t{j}", float(table[i, j])) for i in range(n) for j in range(m) if keep[i, j]
    ]
    models = some_models(*(f"m{i:02}" for i in range(n)), pool="language-model")
    tasks = some_tasks(*(f"t{j}" for j in range(m)), pool="language-model")
    return cells_of(some_scores(*rows), tasks, models, "language-model")


def test_one_skill_is_enough_to_fill_a_one_skill_table():
    rng = np.random.default_rng(0)
    table = a_table(rng)
    keep = rng.random(table.shape) < 0.6
    row, col = np.nonzero(~keep)
    value, _ = fit_factors(cells(table, keep), rank=3).predict(row, col)
    centre = np.abs(table - 0.5)[row, col].mean()
    assert np.abs(value - table[row, col]).mean() < 0.35 * centre


def test_a_model_that_is_known_less_is_less_sure():
    rng = np.random.default_rng(1)
    table = a_table(rng)
    keep = np.ones(table.shape, dtype=bool)
    keep[0, 1:] = False
    keep[1, 7] = False
    _, sd = fit_factors(cells(table, keep), rank=3).predict(np.array([0, 1]), np.array([7, 7]))
    assert sd[0] > sd[1]


def test_a_model_s_scores_do_not_depend_on_how_rows_are_ordered():
    rng = np.random.default_rng(2)
    made = cells(a_table(rng), np.ones((60, 8), dtype=bool))
    turned = made.only(np.arange(made.value.size)[::-1])
    at = np.array([3, 4]), np.array([1, 2])
    for one, two in zip(
        fit_factors(made).predict(*at), fit_factors(turned).predict(*at), strict=True
    ):
        assert one == pytest.approx(two, abs=1e-6)
