from __future__ import annotations

import numpy as np
import pytest

from advisor.estimate import picks
from advisor.estimate.matrix import cells_of, scale_of
from tests.estimate_tables import real_slice, some_models, some_scores, some_tasks


def three():
    """Three tasks of one type, three models; m2 was not measured on c."""
    scores = some_scores(
        ("m0", "a", 0.1), ("m1", "a", 0.5), ("m2", "a", 0.9),
        ("m0", "b", 0.2), ("m1", "b", 0.6), ("m2", "b", 0.1),
        ("m0", "c", 0.3), ("m1", "c", 0.1),
    )  # fmt: skip
    return cells_of(scores, some_tasks("a", "b", "c"), some_models("m0", "m1", "m2"), "embedding")


def test_each_rule_picks_its_highest_merit_among_the_able_and_pays_the_gap():
    merits = {"x": np.array([3.0, 2.0, 1.0]), "y": np.array([0.0, 5.0, -np.inf])}
    found = picks.ask(
        ["m0", "m1", "m2"], np.array([1, 2]), np.array([0.4, 0.7]), merits, merits["x"]
    )
    assert found == [("x", "m1", pytest.approx(30.0), 2), ("y", "m1", pytest.approx(30.0), 2)]


def test_a_rule_without_any_merit_takes_the_fallbacks_pick():
    merits = {"x": np.full(3, -np.inf)}
    found = picks.ask(
        ["m0", "m1", "m2"], np.array([0, 2]), np.array([0.4, 0.7]), merits, np.arange(3.0)
    )
    assert found == [("x", "m2", 0.0, 2)]
    assert not picks.ask(["m0", "m1", "m2"], np.array([0]), np.array([0.4]), merits, merits["x"])


def test_the_nearest_task_is_the_most_alike_measured_one():
    seen = three()
    visible = seen.only(seen.col != 2)
    found = picks.near(visible, 2, np.array([0.2, 0.8, 1.0]))["nearest task"]
    z = (np.array([0.2, 0.6, 0.1]) - scale_of(visible).centre[1]) / scale_of(visible).spread[1]
    assert found == pytest.approx(z)


def test_the_leader_of_the_type_is_the_mean_pulled_to_zero():
    seen = three()
    visible = seen.only(seen.col != 0)
    found = picks.near(visible, 0, np.array([1.0, 0.5, 0.5]))["leader of the type"]
    z = scale_of(visible).to_z(visible)
    for model in range(3):
        own = z[visible.row == model]
        assert found[model] == pytest.approx(own.sum() / (len(own) + 2))


def test_a_model_that_nobody_measured_has_no_merit_by_any_rule():
    cells = cells_of(*real_slice(), "embedding")
    model = int(np.argmax(cells.per_model()))
    seen = cells.only(cells.row != model)
    found = picks.overall(seen) | picks.near(seen, 0, np.linspace(0, 1, cells.shape[1]))
    assert set(found) == {
        "leader by mean", "borda", "biggest", "most downloaded", "leader of the type", "nearest task", "nearest ten",
    }  # fmt: skip
    assert all(merit[model] == -np.inf for merit in found.values())
    assert not np.isnan(np.concatenate(list(found.values()))).any()
