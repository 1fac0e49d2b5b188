from __future__ import annotations

import math
import random
from types import SimpleNamespace

import numpy as np
import pytest
from frames import a_candidate, candidates

from advisor.recommend import api
from advisor.recommend.differences import Differences
from advisor.recommend.ties import leaders, tied
from advisor.stats.chances import Scenarios

TASKS = 8
BEST = np.array([0.60, 0.62, 0.58, 0.61, 0.63, 0.59, 0.60, 0.62])
SAME = BEST + np.array([0.01, -0.02, 0.02, -0.01, -0.01, 0.01, -0.02, 0.01])
WORSE = BEST - np.array([0.05, 0.06, 0.04, 0.05, 0.07, 0.05, 0.06, 0.05])


def a_field(*scores, names=("best", "same", "worse"), is_named=False, spread=0.0):
    rows = [
        a_candidate(name, float(column.mean()), 0.5, n_parameters=10**8 * (i + 1))
        for i, (name, column) in enumerate(zip(names, scores, strict=False))
    ]
    values = np.array(scores)
    outlook = Scenarios(
        values=values,
        spreads=np.full_like(values, spread),
        decides=np.full(values.shape, spread == 0),
        weights=np.full(TASKS, 0.8),
        column=values.mean(axis=1),
        pool="embedding",
    )
    return SimpleNamespace(models=candidates(*rows), scenarios=outlook, is_named=is_named)


def test_models_that_trade_places_over_the_tasks_are_level_and_a_steady_gap_is_not():
    """Both differ from the best by less than their intervals: only pairing tells which gap is real."""
    found = Differences(a_field(BEST, SAME, WORSE)).p_level("best", ["best", "same", "worse"])
    assert found["best"] == 1.0
    assert 0.1 < found["same"] < 0.6
    assert found["worse"] == 0.0


def test_the_resampled_share_is_that_of_a_plain_loop():
    rng = random.Random(4)
    gaps = [float(x) for x in SAME - BEST]
    hits = 0
    for _ in range(20_000):
        hits += sum(rng.choice(gaps) for _ in range(TASKS - 1)) >= 0
    found = Differences(a_field(BEST, SAME)).p_level("best", ["same"])
    assert found["same"] == pytest.approx(hits / 20_000, abs=0.06)


def test_errors_of_predicted_scores_make_a_tie_likelier():
    measured, predicted = (
        Differences(a_field(BEST, WORSE, names=("best", "worse"), spread=spread)).p_level(
            "best", ["worse"]
        )
        for spread in (0.0, 0.15)
    )
    assert measured["worse"] < 0.01 < predicted["worse"]


def test_on_a_named_task_the_two_scores_own_errors_decide():
    field = a_field(BEST, WORSE, names=("best", "worse"), is_named=True)
    gap = float(WORSE.mean() - BEST.mean())
    deviation = math.hypot(0.05, 0.05) / 1.6448536  # half widths of 90 % intervals
    expected = 0.5 * (1 + math.erf(gap / deviation / math.sqrt(2)))
    assert Differences(field).p_level("best", ["worse"])["worse"] == pytest.approx(expected)
    value, lo, hi = Differences(field).interval(1, 0)
    assert (value, hi - value) == pytest.approx((gap, math.hypot(0.05, 0.05)))
    assert value - lo == pytest.approx(hi - value)


def test_the_paired_interval_is_narrower_than_two_intervals_side_by_side():
    value, lo, hi = Differences(a_field(BEST, WORSE, names=("best", "worse"))).interval(0, 1)
    assert value == pytest.approx(float((BEST - WORSE).mean()))
    assert 0 < lo < value < hi
    assert hi - lo < 2 * math.hypot(0.05, 0.05)


def test_the_smallest_of_the_tied_leads_then_the_most_open_then_the_most_downloaded():
    best = a_candidate("best", 0.60, 0.9, n_parameters=7_000_000_000)
    small = a_candidate("small", 0.58, 0.2, n_parameters=100_000_000, open_weights=False)
    open_ = a_candidate("open", 0.57, 0.2, n_parameters=105_000_000, downloads_30d=1)
    liked = a_candidate("liked", 0.56, 0.2, n_parameters=105_000_000, downloads_30d=9)
    tiny = a_candidate("tiny", 0.40, 0.0, n_parameters=1_000_000)

    def p_level(_best, others):
        return {name: 0.0 if name == "tiny" else 0.4 for name in others}

    found = leaders(candidates(best, small, open_, liked, tiny), p_level)
    assert (found.best, found.n_models) == ("best", 4)
    assert [m.model_id for m in found.models] == ["liked", "small", "open", "best"]
    assert found.models[-1].p_tie == 1.0


def test_nobody_leads_where_nobody_was_measured_enough():
    thin = a_candidate("thin", 0.6, 0.9, grounded=False)
    assert leaders(candidates(thin), lambda _best, others: dict.fromkeys(others, 1.0)) is None


def test_the_best_is_always_tied_with_itself():
    rows = candidates(a_candidate("a", 0.5, 0.5), a_candidate("b", 0.4, 0.5))
    only = tied(rows, lambda _best, others: dict.fromkeys(others, 0.0))
    assert only.select("model_id", "p_tie").rows() == [("a", 1.0)]


@pytest.mark.parametrize("task", ["English FAQ retrieval for RAG", "Banking77Classification"])
def test_an_answer_names_its_leaders(task):
    answer = api.recommend(task, top=1000)
    found = {m.model_id: m for m in answer.ranked}
    able = [m for m in answer.ranked if not any("too few" in reason for reason in m.reasons)]
    assert answer.leaders.best == max(able, key=lambda m: m.estimate.value).model_id
    assert all(0.05 <= m.p_tie <= 1 for m in answer.leaders.models)
    sizes = [found[m.model_id].n_parameters or math.inf for m in answer.leaders.models[1:]]
    assert sizes == sorted(sizes)
    assert set(answer.verdict.tie_set) <= set(found)
