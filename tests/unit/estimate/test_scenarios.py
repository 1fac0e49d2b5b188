from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from advisor.estimate.matrix import cells_of
from advisor.estimate.scenarios import (
    LEAST_SIMILAR,
    NEAR_ENOUGH,
    TRUSTED_AT,
    closest,
    missed,
    outlooks,
    scenarios,
)
from advisor.estimate.unseen import nearness
from advisor.estimate.unseen_tables import unseen_tables
from advisor.ingest.mteb_comparable import COMPARABLE
from tests.estimate_tables import beside, reader, real_slice, words_of

NAN = float("nan")


def of(column, misses, *, spread=0.1, weights=None):
    misses = np.asarray(misses, dtype=np.float64)
    weights = np.ones(misses.shape[1]) if weights is None else np.asarray(weights)
    return missed(np.asarray(column, dtype=np.float64), spread, misses, weights, pool="embedding")


def test_a_model_deviates_as_it_did_less_what_all_did():
    # Task 1 was missed by 2 and 0 spreads: 1 on the mean. Task 2 by -1, 1 and 3: also 1.
    found = of([0.5, 0.6, 0.7], [[2.0, -1.0], [0.0, 1.0], [NAN, 3.0]])
    assert found.values == pytest.approx(np.array([[0.6, 0.3], [0.5, 0.6], [0.7, 0.9]]))
    assert found.decides.tolist() == [[True, True], [True, True], [False, True]]
    # Where it was not measured, it may miss as models usually did there: by one spread.
    assert found.spreads == pytest.approx(np.array([[0, 0], [0, 0], [0.1, 0]]))
    assert found.column.tolist() == [0.5, 0.6, 0.7]
    assert found.pool == "embedding"


def test_a_task_on_which_nobody_was_tried_says_nothing():
    found = of([0.5, 0.6], [[NAN, 1.0, NAN], [NAN, -1.0, NAN]], weights=[0.9, 0.5, 0.4])
    assert found.weights.tolist() == [0.5]
    assert found.values.shape == (2, 1)


some_misses = arrays(
    np.float64,
    st.tuples(st.integers(2, 6), st.integers(1, 5)),
    elements=st.one_of(st.just(NAN), st.floats(-3, 3).map(lambda x: round(x, 3))),
)


@given(misses=some_misses, spread=st.floats(0.01, 0.3), shift=st.floats(-2, 2))
def test_a_miss_of_all_models_alike_moves_nothing(misses, spread, shift):
    column = np.linspace(0.3, 0.7, len(misses))
    one, other = of(column, misses, spread=spread), of(column, misses + shift, spread=spread)
    assert other.values == pytest.approx(one.values, abs=1e-9)
    assert other.spreads == pytest.approx(one.spreads, abs=1e-9)


@given(misses=some_misses, spread=st.floats(0.01, 0.3))
def test_measured_models_keep_their_mean_and_unmeasured_ones_are_unsure(misses, spread):
    column = np.linspace(0.3, 0.7, len(misses))
    found = of(column, misses, spread=spread)
    away = found.values - column[:, None]
    for j in range(found.values.shape[1]):
        known = found.decides[:, j]
        assert away[known, j].sum() == pytest.approx(0, abs=1e-9)
        assert away[~known, j].tolist() == [0.0] * int((~known).sum())
        assert (found.spreads[known, j] == 0).all()
        if np.ptp(away[known, j]) > 1e-9:
            assert (found.spreads[~known, j] > 0).all()


@given(misses=some_misses, gain=st.floats(0, 0.5), row=st.integers(0, 5))
def test_a_higher_expected_score_moves_its_own_model_alone(misses, gain, row):
    row %= len(misses)
    column = np.linspace(0.3, 0.7, len(misses))
    more = column.copy()
    more[row] += gain
    moved = of(more, misses).values - of(column, misses).values
    assert moved[row] == pytest.approx(gain)
    assert np.delete(moved, row, axis=0) == pytest.approx(0)


@pytest.fixture(scope="module")
def tables():
    scores, tasks, models = real_slice()
    cells = cells_of(scores, tasks, models, "embedding")
    return unseen_tables(cells, "embedding", words_of(cells.tasks), seed=0) | beside(
        scores, tasks, models
    )


def test_outlooks_are_the_misses_that_the_snapshot_holds(tables):
    """The second route: one miss after the other, from the rows."""
    ids = sorted(tables["unseen_tasks"]["task_id"])[:6]
    near = [("not/measured", 0.95), *((t, 0.9 - 0.1 * i) for i, t in enumerate(ids))]
    models = sorted(tables["unseen_models"]["model_id"])[5:45]
    column = np.linspace(0.2, 0.8, len(models))
    found = outlooks(reader(tables), near, models, column, pool="embedding")
    held = {(m, t): x for t, m, x in tables["unseen_misses"].rows()}
    tried = [t for t in ids if any((m, t) in held for m in models)]
    spreads = dict(tables["unseen_tasks"].select("task_id", "spread").rows())
    weights = nearness(np.array([dict(near)[t] for t in ids]))
    spread = float(np.prod([spreads[t] ** w for t, w in zip(ids, weights, strict=True)]))
    assert found.values.shape == (len(models), len(tried))
    assert found.weights.tolist() == [dict(near)[t] for t in tried]
    for j, task in enumerate(tried):
        own = [held[m, task] for m in models if (m, task) in held]
        mean = sum(own) / len(own)
        usual = (sum((x - mean) ** 2 for x in own) / len(own)) ** 0.5
        for i, model in enumerate(models):
            miss = held.get((model, task))
            assert found.decides[i, j] == (miss is not None)
            away = 0.0 if miss is None else miss - mean
            assert found.values[i, j] == pytest.approx(column[i] + spread * away, abs=1e-6)
            unsure = spread * usual if miss is None else 0.0
            assert found.spreads[i, j] == pytest.approx(unsure, abs=1e-6)


def test_a_score_that_cannot_be_compared_decides_nothing(tables):
    task, model = tables["scores"].row(0)[1], tables["scores"].row(0)[0]
    models = tables["scores"].filter(pl.col("task_id") == task)["model_id"].to_list()
    about = pl.DataFrame([(model, task, None)], schema=COMPARABLE, orient="row")
    around = tables | {
        "task_bounds": pl.DataFrame({"task_id": [task], "pool": ["embedding"]}),
        "grid": pl.DataFrame(
            {"task_id": [task], "model_id": [model], "value": [0.25], "scale": [0.1]}
        ).with_columns(group=pl.lit(0, pl.UInt8)),
        "interval_quantiles": tables["new_task_quantiles"],
    }
    plain = scenarios(reader(around), [(task, 1.0)], models, pool="embedding")
    found = scenarios(
        reader(around | {"comparable": about}), [(task, 1.0)], models, pool="embedding"
    )
    place = models.index(model)
    assert plain.decides.all()
    assert np.flatnonzero(~found.decides[:, 0]).tolist() == [place]
    assert found.values[place, 0] == pytest.approx(0.25)
    assert found.spreads[place, 0] > 0
    others = np.arange(len(models)) != place
    assert (found.values[others] == plain.values[others]).all()
    assert (found.column == found.values[:, 0]).all()


def test_some_models_are_the_rows_of_all():
    whole = of([0.5, 0.6, 0.7], [[2.0, NAN], [0.0, NAN], [NAN, 3.0]])
    part = whole.only(np.array([2, 0]))
    assert part.column.tolist() == [0.7, 0.5]
    assert (part.values == whole.values[[2, 0]]).all()
    assert part.pool == whole.pool
    alone = whole.only(np.array([0, 1])).with_a_bar()
    assert alone.weights.size == 1
    assert replace(alone, pool="tabular").column.tolist() == [0.5, 0.6]


def test_tasks_that_are_much_less_alike_are_dropped_beyond_the_eighth():
    neighbours = [(f"t{i}", 0.9 - 0.05 * i) for i in range(12)]
    found = closest(neighbours, dict.fromkeys((t for t, _ in neighbours), 10**12))
    assert [t for t, _ in found] == [f"t{i}" for i in range(LEAST_SIMILAR)]
    flat = [(f"t{i}", 0.9 * NEAR_ENOUGH + 1e-9) for i in range(1, 12)]
    assert len(closest([("t0", 0.9), *flat], dict.fromkeys((f"t{i}" for i in range(12)), 1))) == 12
    assert closest([], {}) == []


def test_a_task_with_few_models_speaks_half_as_loud():
    (_, few), (_, many) = closest([("a", 0.8), ("b", 0.8)], {"a": TRUSTED_AT, "b": 10**12})
    assert (few / many) ** 6 == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize(("tasks", "models"), [([], ["m"]), (["t"], []), (["t"], ["m"])])
def test_a_table_without_the_wanted_cells_gives_none_of_them(tasks, models):
    from advisor.estimate.scenarios import _at

    table = pl.DataFrame({"model_id": ["other"], "task_id": ["t"], "value": [0.5]}).lazy()
    assert np.isnan(_at(table, tasks, models, "value")).all()
    assert _at(table, tasks, models, "value").shape == (len(models), len(tasks))
