from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.core.errors import BadInput
from advisor.estimate import predict
from advisor.estimate.fit import fit
from advisor.estimate.surface import REMEASURED_SD
from advisor.tables.likeness import wanted_of
from tests.estimate_tables import (
    beside,
    reader,
    real_slice,
    some_models,
    some_scores,
    some_tasks,
)

LAWS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Z90 = 1.6448536269514722


def language_models(rng):
    """A small made-up pool: 30 models, 6 tasks, one skill, a tenth of the cells missing."""
    skill = rng.normal(0.0, 0.1, 30)
    rows = [
        (f"lm/{i:02}", f"exam{j}", float(np.clip(0.5 + skill[i] + 0.01 * rng.normal(), 0, 1)))
        for i in range(30)
        for j in range(6)
        if (i + j) % 10
    ]
    tasks = some_tasks(
        *(f"exam{j}" for j in range(6)),
        pool="language-model",
        task_family="question-answering",
        metric="acc",
        n_models=30,
    )
    models = some_models(*(f"lm/{i:02}" for i in range(30)), pool="language-model", kind="decoder")
    return some_scores(*rows, n_items=400), tasks, models


@pytest.fixture(scope="module")
def tables():
    """A fitted snapshot: 30 tasks of the real slice and the made-up language models."""
    scores, tasks, models = real_slice()
    tasks = tasks.sort("task_id").head(30)
    more = language_models(np.random.default_rng(0))
    scores = pl.concat([scores.join(tasks, on="task_id", how="semi"), more[0]])
    tasks = pl.concat([tasks, more[1], some_tasks("unmeasured")])
    models = pl.concat([models, more[2], some_models("known/unmeasured")], how="diagonal")
    return fit(scores, tasks, models) | beside(scores, tasks, models)


@pytest.fixture(scope="module")
def read(tables):
    return reader(tables)


@pytest.fixture(scope="module")
def a_task(tables):
    return str(tables["grid"]["task_id"].value_counts().sort("count", "task_id")["task_id"][0])


def test_a_measured_cell_comes_back_as_measured(read, tables, a_task):
    found = predict.estimates_for_task(read, a_task, None)
    joined = found.filter(pl.col("basis") == "measured").join(
        tables["scores"].filter(pl.col("task_id") == a_task), on="model_id", suffix="_as_stored"
    )
    assert joined.height == tables["scores"].filter(pl.col("task_id") == a_task).height
    assert joined["value"].equals(joined["value_as_stored"])
    assert joined["n_evidence"].unique().to_list() == [1]
    inner = joined.filter(pl.col("value").is_between(0.1, 0.9))
    assert (inner["hi"] - inner["value"]).to_numpy() == pytest.approx(
        Z90 * REMEASURED_SD["embedding"]
    )


def test_every_model_of_the_pool_has_one_estimate_inside_its_interval(read, tables, a_task):
    found = predict.estimates_for_task(read, a_task, None)
    pool = tables["models"].filter(pl.col("pool").list.contains("embedding"))
    assert found["model_id"].to_list() == sorted(pool["model_id"])
    assert found.filter(~pl.col("value").is_between("lo", "hi")).is_empty()
    assert found.schema == predict.ESTIMATES


def test_a_model_that_nobody_measured_is_predicted_with_no_evidence_and_a_wider_interval(
    read, a_task
):
    found = predict.estimates_for_task(read, a_task, None).filter(pl.col("basis") == "interpolated")
    width = found.with_columns(width=pl.col("hi") - pl.col("lo"))
    unknown = width.filter(pl.col("model_id") == "known/unmeasured").row(0, named=True)
    assert unknown["n_evidence"] == 0
    assert unknown["width"] > width["width"].median()


def test_asking_for_some_models_gives_the_same_rows(read, a_task):
    whole = predict.estimates_for_task(read, a_task, None)
    some = whole["model_id"].gather_every(7).to_list()
    part = predict.estimates_for_task(read, a_task, some)
    assert part.equals(whole.filter(pl.col("model_id").is_in(some)))


@LAWS
@given(levels=st.tuples(st.floats(0.02, 0.999), st.floats(0.02, 0.999)).map(sorted))
def test_a_wider_level_never_narrows_an_interval(read, levels, a_task):
    for task in (a_task, "exam3"):
        low, high = (predict.estimates_for_task(read, task, None, level=x) for x in levels)
        assert ((low["lo"] >= high["lo"] - 1e-12) & (low["hi"] <= high["hi"] + 1e-12)).all()
        assert low["value"].equals(high["value"])


def test_a_level_beyond_the_evidence_gives_the_metric_s_whole_range(read):
    found = predict.estimates_for_task(read, "exam3", None, level=0.9999)
    ends = found.filter(pl.col("basis") == "interpolated").select("lo", "hi").unique()
    assert ends.rows() == [(0.0, 1.0)]


def test_a_language_model_s_missing_exam_follows_its_other_exams(read, tables):
    scores = tables["scores"].filter(pl.col("task_id").str.starts_with("exam"))
    means = dict(scores.group_by("model_id").agg(pl.col("value").mean()).rows())
    found = predict.estimates_for_task(read, "exam3", None).filter(
        pl.col("basis") == "interpolated"
    )
    assert found.height == 3
    for row in found.iter_rows(named=True):
        assert row["value"] == pytest.approx(means[row["model_id"]], abs=0.04)
        assert row["n_evidence"] == scores.filter(pl.col("model_id") == row["model_id"]).height


def test_a_share_of_400_items_has_the_noise_of_a_share_of_400_items(read):
    found = predict.estimates_for_task(read, "exam3", None).filter(pl.col("basis") == "measured")
    row = found.sort((pl.col("value") - 0.5).abs()).row(0, named=True)
    assert row["hi"] - row["value"] == pytest.approx(Z90 * 0.5 / 400**0.5, rel=0.02)


def test_a_task_that_nobody_measured_has_no_rows(read):
    assert predict.estimates_for_task(read, "unmeasured", None).is_empty()


def alike(read, task, n=10):
    """What a catalogued task is compared by, and the real tasks beside it, ten of them, less and less alike."""
    rows = read("tasks").collect()
    others = rows.filter(pl.col("pool") == "embedding", pl.col("n_models") > 0)["task_id"].sort()
    wanted = wanted_of(rows.filter(pl.col("task_id") == task).row(0, named=True))
    return wanted, [(name, 0.9 - 0.02 * i) for i, name in enumerate(others.head(n))]


def test_a_new_task_has_one_estimate_per_model_of_its_pool_inside_the_metric_s_range(read, tables):
    wanted, near = alike(read, "unmeasured")
    found = predict.estimates_for_new_task(read, wanted, "embedding", near)
    pool = tables["models"].filter(pl.col("pool").list.contains("embedding"))
    assert found["model_id"].to_list() == sorted(pool["model_id"])
    assert found["basis"].unique().to_list() == ["extrapolated"]
    assert found.filter(~pl.col("value").is_between("lo", "hi")).is_empty()
    assert found["lo"].min() >= 0
    assert found["hi"].max() <= 1
    assert found.schema == predict.ESTIMATES


def test_a_new_task_just_like_a_measured_one_ranks_models_as_that_one_does(read, a_task):
    wanted, _ = alike(read, a_task)
    new = predict.estimates_for_new_task(read, wanted, "embedding", [(a_task, 1.0)])
    own = predict.estimates_for_task(read, a_task, None).filter(pl.col("basis") == "measured")
    both = own.join(new, on="model_id", suffix="_new")
    assert both.select(pl.corr("value", "value_new", method="spearman")).item() > 0.9


def test_a_new_task_without_measured_neighbours_has_no_rows(read):
    wanted, near = alike(read, "unmeasured")
    ask = predict.estimates_for_new_task
    assert ask(read, wanted, "embedding", [("unmeasured", 1.0)]).is_empty()
    assert ask(read, wanted, "embedding", []).is_empty()
    assert ask(read, wanted, "tabular", near).is_empty()


def test_only_models_of_the_pool_that_is_asked_for_are_estimated(read, a_task):
    wanted, _ = alike(read, "unmeasured")
    both = [(a_task, 0.5), ("exam1", 0.5)]
    for pool, of_lm in (("embedding", False), ("language-model", True)):
        found = predict.estimates_for_new_task(read, wanted, pool, both)
        assert {m.startswith("lm/") for m in found["model_id"]} == {of_lm}


def test_an_interval_is_as_much_wider_as_the_table_says_where_a_task_is_far(read, tables):
    far = pl.DataFrame({"pool": ["embedding"], "threshold": [0.6], "wider": [1.5]})
    told = reader(tables | {"distance": far})
    wanted, near = alike(read, "unmeasured")
    for drop, factor in ((0.0, 1.0), (0.4, 1.5)):
        moved = [(name, value - drop) for name, value in near]
        usual, found = (
            predict.estimates_for_new_task(r, wanted, "embedding", moved, level=0.5)
            for r in (read, told)
        )
        inside = (found["lo"] > 0) & (found["hi"] < 1)
        assert inside.sum() > 5
        ratio = ((found["hi"] - found["lo"]) / (usual["hi"] - usual["lo"])).filter(inside)
        assert ratio.to_numpy() == pytest.approx(factor)


@pytest.mark.parametrize(
    ("similarity", "factor"), [(0.59, 1.5), (0.6, 1.5), (0.61, 1.0), (0.9, 1.0)]
)
def test_a_task_is_far_up_to_its_pool_s_threshold_alone(tables, similarity, factor):
    far = pl.DataFrame({"pool": ["embedding"], "threshold": [0.6], "wider": [1.5]})
    read = reader(tables | {"distance": far})
    assert predict.far_factor(read, "embedding", similarity) == factor
    assert predict.far_factor(read, "tabular", similarity) == 1.0


def test_scenarios_keep_the_order_asked_for_and_leave_other_pools_unknown(read, tables, a_task):
    models = [
        "lm/04",
        *tables["scores"].filter(pl.col("task_id") == a_task)["model_id"].head(2).to_list(),
    ]
    neighbours = [("exam1", 0.4), ("unmeasured", 0.9), (a_task, 0.6)]
    tasks, values, spreads = predict.scenario_matrix(read, neighbours, models)
    assert tasks == ["exam1", a_task]
    assert np.isnan(values).tolist() == [[False, True], [True, False], [True, False]]
    assert spreads[1:, 1].tolist() == [REMEASURED_SD["embedding"]] * 2


def nothing(_):
    """No task is asked about that nobody measured."""
    raise AssertionError


def test_cells_come_back_in_their_order_with_unknown_names_named(read, a_task):
    cells = pl.DataFrame(
        {
            "note": [1, 2, 3, 4, 5],
            "model_id": ["lm/04", "no/such", "known/unmeasured", "lm/04", "known/unmeasured"],
            "task_id": ["exam3", "exam3", "no-such-task", a_task, a_task],
        }
    )
    found, unknown = predict.predict_cells(read, cells, describe=nothing)
    assert found.select(cells.columns).equals(cells)
    assert unknown == ["no/such", "no-such-task"]
    assert found["value"].is_null().to_list() == [False, True, True, True, False]


def test_a_catalogued_task_that_nobody_measured_is_predicted_as_a_new_one(read):
    cells = pl.DataFrame({"model_id": ["known/unmeasured"], "task_id": ["unmeasured"]})
    wanted, near = alike(read, "unmeasured")
    found, unknown = predict.predict_cells(
        read,
        cells,
        describe=lambda task: (wanted, "embedding", near) if task == "unmeasured" else None,
    )
    whole = predict.estimates_for_new_task(read, wanted, "embedding", near)
    alone = whole.filter(pl.col("model_id") == "known/unmeasured")
    assert unknown == []
    assert found.select(predict.ESTIMATES.names()).equals(alone.select(predict.ESTIMATES.names()))


def test_cells_and_tasks_agree(read, a_task):
    whole = predict.estimates_for_task(read, a_task, None, level=0.8)
    cells = whole.select("model_id").with_columns(task_id=pl.lit(a_task)).reverse()
    found, _ = predict.predict_cells(read, cells, describe=nothing, level=0.8)
    assert found.sort("model_id").select(whole.columns).equals(whole)


@pytest.mark.parametrize("level", [0.0, 1.0, 90.0])
def test_a_level_that_is_no_share_is_refused(read, level, a_task):
    with pytest.raises(BadInput, match=r"write it like 0\.90"):
        predict.estimates_for_task(read, a_task, None, level=level)


def test_the_grid_holds_predicted_cells_alone_sorted_for_reading_one_task(tables):
    grid = tables["grid"]
    assert grid.join(tables["scores"], on=["model_id", "task_id"], how="semi").is_empty()
    assert grid.select("task_id", "model_id").equals(
        grid.select("task_id", "model_id").sort("task_id", "model_id")
    )


def test_evidence_for_one_model_never_changes_another_s_measured_value(tables, a_task):
    more = some_scores(("known/unmeasured", a_task, 0.99))
    changed = reader(tables | {"scores": pl.concat([tables["scores"], more])})
    before = predict.estimates_for_task(reader(tables), a_task, None)
    after = predict.estimates_for_task(changed, a_task, None)
    measured = before.filter(pl.col("basis") == "measured")
    assert after.join(measured.select("model_id"), on="model_id", how="semi").equals(measured)


@pytest.mark.parametrize("pool", ["embedding", "tabular", "language-model"])
@pytest.mark.parametrize(("n_models", "n_tasks"), [(1, 1), (1, 3), (3, 1)])
def test_a_pool_of_a_few_cells_is_fitted_and_answers(pool, n_models, n_tasks):
    names, exams = [f"m{i}" for i in range(n_models)], [f"t{j}" for j in range(n_tasks)]
    scores = some_scores(*((m, t, 0.4) for m in names for t in exams))
    tasks = some_tasks(*exams, pool=pool, languages=None)
    models = some_models(*names, "m9", pool=pool, n_parameters=None)
    tables = fit(scores, tasks, models) | beside(scores, tasks, models)
    found = predict.estimates_for_task(reader(tables), "t0", None)
    assert found["basis"].to_list() == ["measured"] * n_models + ["interpolated"]
    assert found.select(pl.all_horizontal(pl.col("lo", "value", "hi").is_finite().all())).item()
