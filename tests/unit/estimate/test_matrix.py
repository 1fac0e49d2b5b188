from __future__ import annotations

import polars as pl
import pytest

from advisor.estimate.matrix import bounds_of, cells_of, limits, scale_of
from tests.estimate_tables import some_models, some_scores, some_tasks


def test_cells_point_at_sorted_models_and_tasks():
    scores = some_scores(("b", "y", 0.2), ("a", "x", 0.1), ("a", "y", 0.3))
    cells = cells_of(scores, some_tasks("y", "x"), some_models("b", "a"), "embedding")
    named = [
        (cells.models["model_id"][int(i)], cells.tasks["task_id"][int(j)], v)
        for i, j, v in zip(cells.row, cells.col, cells.value, strict=True)
    ]
    assert named == [("a", "x", 0.1), ("a", "y", 0.3), ("b", "y", 0.2)]


def test_a_model_of_the_pool_that_nobody_measured_is_a_row_without_cells():
    cells = cells_of(
        some_scores(("a", "x", 0.1)), some_tasks("x"), some_models("a", "z"), "embedding"
    )
    assert cells.models["model_id"].to_list() == ["a", "z"]
    assert cells.per_model().tolist() == [1.0, 0.0]


def test_image_tasks_other_pools_and_null_scores_stay_out():
    tasks = pl.concat(
        [
            some_tasks("x"),
            some_tasks("picture", modalities=["text", "image"]),
            some_tasks("other", pool="language-model"),
        ]
    )
    scores = some_scores(
        ("a", "x", 0.1), ("a", "picture", 0.2), ("a", "other", 0.3), ("b", "x", None)
    )
    cells = cells_of(scores, tasks, some_models("a", "b"), "embedding")
    assert cells.tasks["task_id"].to_list() == ["x"]
    assert cells.value.tolist() == [0.1]


def test_row_order_never_matters():
    scores = some_scores(("b", "y", 0.2), ("a", "x", 0.1), ("a", "y", 0.3))
    tasks, models = some_tasks("x", "y"), some_models("a", "b")
    one = cells_of(scores, tasks, models, "embedding")
    two = cells_of(scores.reverse(), tasks.reverse(), models.reverse(), "embedding")
    assert one.value.tolist() == two.value.tolist()
    assert one.models.equals(two.models)


def test_a_score_over_fewer_subsets_than_others_has_a_share_below_one():
    scores = pl.concat(
        [some_scores(("a", "x", 0.1), n_rows=4), some_scores(("b", "x", 0.2), n_rows=1)]
    )
    cells = cells_of(scores, some_tasks("x"), some_models("a", "b"), "embedding")
    assert cells.share.tolist() == [1.0, 0.25]


def test_a_task_with_many_models_keeps_its_own_spread_and_one_with_few_is_pulled():
    many = [(f"m{i:02}", "wide", 0.1 + 0.02 * i) for i in range(40)]
    scores = some_scores(*many, ("m00", "thin", 0.5), ("m01", "thin", 0.5))
    models = some_models(*(f"m{i:02}" for i in range(40)))
    cells = cells_of(scores, some_tasks("wide", "thin"), models, "embedding")
    scale = scale_of(cells)
    own = pl.Series([v for _, _, v in many]).std()
    assert scale.spread[1] == pytest.approx(own, rel=0.02)
    assert scale.spread[0] == pytest.approx(
        own * (3 / 4) ** 0.5, rel=0.02
    )  # 3 pseudo-models, 1 degree


@pytest.mark.parametrize(
    ("metric", "low", "high", "expected"),
    [
        ("accuracy", 0.2, 0.9, (0.0, 1.0)),
        ("cosine_spearman", 0.2, 0.9, (-1.0, 1.0)),
        ("accuracy", -0.1, 0.9, (-1.0, 1.0)),
        ("rmse", 2.0, 5.0, (-1.0, 8.0)),
    ],
)
def test_a_metric_s_range_follows_its_name_unless_the_scores_say_otherwise(
    metric, low, high, expected
):
    found = bounds_of(some_tasks("x", metric=metric), pl.Series([low]), pl.Series([high]))
    assert found.row(0) == ("x", *expected)


def test_limits_are_read_from_the_cells():
    cells = cells_of(some_scores(("a", "x", 0.4)), some_tasks("x"), some_models("a"), "embedding")
    assert [x.tolist() for x in limits(cells)] == [[0.0], [1.0]]
