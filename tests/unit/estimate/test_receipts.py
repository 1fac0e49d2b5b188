from __future__ import annotations

from statistics import median

import polars as pl
import pytest

from advisor.estimate import goodness
from advisor.estimate.receipts import receipts
from tests.estimate_tables import real_questions, real_slice


@pytest.fixture(scope="module")
def tried():
    pytest.importorskip("scipy")
    return list(goodness.cross_fitted(real_questions(), folds=3, seed=0))


@pytest.fixture(scope="module")
def table(tried):
    return receipts(tried, real_slice()[1])


def test_every_question_is_in_one_row_of_its_family_and_cap(table, tried):
    assert table.select("task_family", "cap").is_unique().all()
    assert table["n_questions"].sum() == len(tried)
    assert table["n_named"].sum() > 0
    assert (table["n_named"] <= table["n_questions"]).all()
    assert (table["named_good_enough"].is_null() == (table["n_named"] == 0)).all()
    assert table["coverage"].is_between(0, 1).all()


@pytest.mark.parametrize("cap", [None, 500_000_000])
def test_one_family_s_row_by_plain_python(table, tried, cap):
    families = dict(real_slice()[1].select("task_id", "task_family").rows())
    largest = table.filter(pl.col("cap").eq_missing(cap)).sort("n_questions", "task_family")
    row = largest.row(-1, named=True)
    some = [(q, c) for q, c in tried if (families[q.task_id], q.cap) == (row["task_family"], cap)]
    assert row["n_questions"] == len(some) >= 3
    ours, biggest, leader, covered, enough = [], [], [], [], []
    for q, curve in some:
        lost = [100 * (max(q.actual) - a) for a in q.actual]
        able = [i for i in range(len(lost)) if q.grounded[i]]
        ours.append(lost[max(able, key=lambda i: q.scenarios.column[i])])
        leader.append(lost[max(able, key=lambda i: q.standing[i])])
        told = [i for i in range(len(lost)) if q.n_parameters[i] < float("inf")]
        biggest.append(lost[max(told, key=lambda i: q.n_parameters[i])])
        inside = [abs(a - x) <= q.half for a, x in zip(q.actual, q.scenarios.column, strict=True)]
        covered.append(sum(inside) / len(inside))
        odds = goodness.odds(q.scenarios, 0.05, curve)
        if sure := [i for i in able if odds[i] >= 0.5]:
            enough.append(lost[min(sure, key=lambda i: q.n_parameters[i])] <= 5 + 1e-9)
    n = len(some)
    assert row["regret_mean_points"] == pytest.approx(sum(ours) / n)
    assert row["regret_median_points"] == pytest.approx(median(ours))
    assert row["regret_biggest_points"] == pytest.approx(sum(biggest) / n)
    assert row["regret_leader_points"] == pytest.approx(sum(leader) / n)
    assert row["within_1_point"] == pytest.approx(sum(x <= 1 for x in ours) / n)
    assert row["coverage"] == pytest.approx(sum(covered) / n)
    assert row["n_named"] == len(enough)
    assert row["named_good_enough"] == (
        pytest.approx(sum(enough) / len(enough)) if enough else None
    )
