from __future__ import annotations

import polars as pl
import pytest

from advisor.estimate import baselines
from tests.estimate_tables import some_models, some_scores, some_tasks

SCORES = some_scores(
    ("a", "x", 0.2), ("b", "x", 0.4), ("a", "y", 0.6), ("b", "y", 0.8), ("c", "y", 0.7)
)
TASKS = some_tasks("x", "y", "z")
CELLS = pl.DataFrame({"model_id": ["c", "a"], "task_id": ["x", "z"]})


def test_task_mean_is_the_mean_of_the_task_and_of_all_for_an_unmeasured_one():
    found = baselines.task_mean(SCORES, TASKS, CELLS)
    assert found["value"].to_list() == pytest.approx([0.3, 0.54])
    assert found.select("model_id", "task_id").equals(CELLS)


def test_additive_adds_a_model_s_edge_to_the_task_s_level():
    rows = [(f"m{i}", f"t{j}", 0.01 * i + 0.02 * j) for i in range(30) for j in range(30)]
    kept = [r for r in rows if r[:2] != ("m29", "t10")]
    cells = pl.DataFrame({"model_id": ["m29"], "task_id": ["t10"]})
    value = baselines.additive(some_scores(*kept), TASKS, cells)["value"][0]
    assert baselines.task_mean(some_scores(*kept), TASKS, cells)["value"][0] == pytest.approx(0.34)
    assert value == pytest.approx(0.49, abs=0.015)  # the pull towards 0 costs a little


def test_same_type_mean_ignores_tasks_of_another_type():
    tasks = pl.concat([some_tasks("x", "y"), some_tasks("z", task_type="Clustering")])
    scores = some_scores(
        ("a", "x", 0.9), ("b", "x", 0.1), ("a", "z", 0.1), ("b", "z", 0.9), ("b", "y", 0.5)
    )
    cells = pl.DataFrame({"model_id": ["a"], "task_id": ["y"]})
    # 0.4 above the mean on one task, pulled by two pseudo-cells: 0.4 / 3.
    assert baselines.same_type_mean(scores, tasks, cells)["value"][0] == pytest.approx(
        0.5 + 0.4 / 3
    )


def test_borda_and_the_mean_rank_the_better_model_first():
    for rule in (baselines.borda, baselines.leader_by_mean):
        found = dict(rule(SCORES, some_models("a")).rows())
        assert found["b"] > found["a"]


def test_borda_counts_the_share_of_others_beaten():
    assert dict(baselines.borda(SCORES, some_models("a")).rows()) == pytest.approx(
        {"a": 0.0, "b": 1.0, "c": 0.5}
    )


def test_models_of_unknown_size_cannot_be_the_biggest():
    models = pl.concat([some_models("a", n_parameters=5), some_models("b", n_parameters=None)])
    assert baselines.biggest(SCORES, models).rows() == [("a", 5.0)]


def test_models_nobody_measured_here_are_not_picked_for_their_downloads():
    models = some_models("a", "unmeasured", downloads_30d=7)
    assert baselines.most_downloaded(SCORES, models).rows() == [("a", 7.0)]
