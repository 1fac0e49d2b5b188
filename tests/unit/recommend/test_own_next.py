"""Placing models that were not run on the scale of those that were, and what running them could change."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from builders import a_profile

from advisor.recommend.information import _Rule, _worth
from advisor.recommend.own_next import placed, what_changes
from advisor.stats.chances import Scenarios


def a_field(values, names):
    values = np.asarray(values, dtype=float)
    return SimpleNamespace(
        models=pl.DataFrame({"model_id": names}),
        scenarios=Scenarios(
            values=values, spreads=np.zeros_like(values), decides=np.ones(values.shape, bool),
            weights=np.ones(values.shape[1]), column=values.mean(axis=1), pool="embedding",
        ),
    )  # fmt: skip


def test_the_anchor_keeps_its_own_score_and_the_order_of_a_task_is_kept():
    field = a_field([[0.5, 0.6], [0.6, 0.7], [0.4, 0.5]], ["anchor", "better", "worse"])
    found = placed(field, {"anchor": 0.9})
    assert found[0] == pytest.approx(0.9)
    assert (found[1] > found[0]).all()
    assert (found[2] < found[0]).all()
    assert ((found > 0) & (found < 1)).all()


def test_without_a_common_model_nothing_is_placed():
    assert placed(a_field([[0.5], [0.6]], ["a", "b"]), {"other": 0.9}) is None


def an_own_standing(draws, names):
    draws = np.asarray(draws, dtype=float)
    models = pl.DataFrame(
        {
            "model_id": names, "size_class": "under 200M", "n_parameters": [10 * (i + 1) for i in range(len(names))],
            "kind": "encoder", "value": draws.mean(axis=1),
        }
    )  # fmt: skip
    return SimpleNamespace(
        competing=SimpleNamespace(models=models, scenarios=SimpleNamespace(values=draws))
    )


def candidate(n_parameters, value):
    frame = pl.DataFrame(
        {
            "model_id": ["new"], "size_class": ["under 200M"], "n_parameters": [n_parameters], "kind": ["encoder"],
            "value": [float(np.mean(value))],
        }
    )  # fmt: skip
    return frame, np.asarray(value, dtype=float)[None, :]


@pytest.mark.parametrize(
    ("size", "values", "p_changes", "p_good"),
    [
        (5, [0.90, 0.90], 1.0, 1.0),  # smaller, and within the tolerance
        (5, [0.80, 0.90], 0.5, 0.5),  # smaller, but in one of two ways too bad
        (
            99,
            [0.90, 0.93],
            0.0,
            1.0,
        ),  # larger, and not so much better that the named one falls short
        (99, [0.99, 0.99], 1.0, 1.0),  # larger, and so good that nothing measured is near
    ],
)
def test_what_a_run_would_change(size, values, p_changes, p_good):
    own = an_own_standing([[0.90, 0.90], [0.92, 0.92]], ["small", "large"])
    models, scores = candidate(size, values)
    profile = a_profile(tolerance=5.0, confidence=0.5)
    row = what_changes(own, models, scores, profile, named="small", barred=set()).row(0, named=True)
    assert row["p_changes"] == p_changes
    assert row["p_good_enough"] == pytest.approx((2 * p_good + 0.5) / 3)
    assert row["changes"].count(True) == p_changes * 2


def test_worth_is_the_points_won_and_for_a_smaller_model_the_tolerance_less_what_is_lost():
    rule = _Rule(
        models=pl.DataFrame(), scenarios=None, place=np.array([0, 1, 2]), p_now=np.zeros(3), tolerance=0.05,
        confidence=0.5,
    )  # fmt: skip
    expected = np.array([[0.80, 0.82, 0.90]])
    worth = lambda now, then: _worth(rule, expected, now, now, np.array([then]))  # noqa: E731
    assert worth(1, 1)[:2] == (0.0, 0.0)
    assert worth(1, 2)[:2] == pytest.approx((1.0, 8.0))
    assert worth(1, 0)[:2] == pytest.approx((1.0, 3.0))
    assert _worth(rule, expected, 2**62, None, np.array([0]))[:2] == pytest.approx((1.0, 5.0))
