"""Held-out questions on the real slice, each task asked about as if nobody had measured it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from advisor.estimate.questions import CAPS, MIN_CANDIDATES, MIN_MODELS, MIN_SIMILAR, questions
from tests.estimate_tables import real_questions, real_slice


@pytest.fixture(scope="module")
def facts():
    """(model, task) -> score, and model -> size."""
    scores, _, models = real_slice()
    return (
        {(m, t): v for m, t, v in scores.select("model_id", "task_id", "value").rows()},
        dict(models.select("model_id", "n_parameters").rows()),
    )


def test_a_question_holds_the_tasks_own_scores_as_its_truth_and_nowhere_else(facts):
    score = facts[0]
    for q in real_questions():
        own = sorted(v for (_, t), v in score.items() if t == q.task_id)
        assert len(own) >= MIN_MODELS
        assert set(q.actual.tolist()) <= set(own)
        assert len(q.actual) >= MIN_CANDIDATES
        assert len(q.scenarios.weights) >= MIN_SIMILAR
        assert 0 < q.half < 1
        assert 0 < q.similarity < 1


def test_caps_only_take_models_away():
    by_task = {}
    for q in real_questions():
        by_task.setdefault(q.task_id, []).append(q)
    for asked in by_task.values():
        caps = [np.inf if q.cap is None else q.cap for q in asked]
        assert caps == sorted(caps)
        assert len({q.half for q in asked}) == len({q.similarity for q in asked}) == 1
        for q, cap in zip(asked, caps, strict=True):
            assert q.cap in CAPS
            assert q.n_parameters.max() <= cap
        for small, large in pairwise(asked):
            assert set(small.actual.tolist()) <= set(large.actual.tolist())


def test_nothing_of_a_question_but_its_truth_changes_with_the_tasks_own_scores():
    scores, tasks, models = real_slice()
    task = real_questions()[-1].task_id
    # Turned round over the models: the same models measured, on other scores.
    own = pl.col("task_id") == task
    turned = scores.filter(own).with_columns(pl.col("value").reverse() / 2)
    tables = {"scores": pl.concat([scores.filter(~own), turned]), "tasks": tasks, "models": models}
    before = [q for q in real_questions() if q.task_id == task]
    after = [q for q in questions(tables, "embedding", most=100, seed=0) if q.task_id == task]
    assert len(before) == len(after) > 0
    for one, other in zip(before, after, strict=True):
        for name in ("values", "spreads", "decides", "weights", "column"):
            there, here = getattr(one.scenarios, name), getattr(other.scenarios, name)
            assert np.array_equal(there, here), name
        assert (one.half, one.similarity) == (other.half, other.similarity)
        assert np.array_equal(one.standing, other.standing)
        assert np.array_equal(one.grounded, other.grounded)
        assert not np.allclose(one.actual, other.actual)


def test_no_more_tasks_are_asked_about_than_wanted_and_none_twice():
    found = [(q.task_id, q.cap) for q in real_questions()]
    assert len(found) == len(set(found))
    scores, tasks, models = real_slice()
    tables = {"scores": scores, "tasks": tasks, "models": models}
    assert not list(questions(tables, "tabular", most=5, seed=0))
    few = {q.task_id for q in questions(tables, "embedding", most=2, seed=1)}
    assert 0 < len(few) <= 2
