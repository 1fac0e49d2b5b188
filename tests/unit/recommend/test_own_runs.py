"""Which own runs are compared, what the odds among them are, and what those that were not run may score."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from builders import a_profile

from advisor.recommend.own_field import base_id, published_id
from advisor.recommend.own_runs import column_of_runs, runs_elsewhere, runs_on
from advisor.tables.own import own_evidence
from bench.collect import collect
from bench.protocol import Job, JobOutcome, Measured
from bench.rows import Cell, Reading, items, model_row, rows

DIGEST = "0123456789ab"


def a_run(
    model, right, *, digest=DIGEST, label="queue", split="test", metric="accuracy", value=None, first=0,
    at="2026-05-01T00:00:00+00:00", more=(), n_shot=-1, **columns,
):  # fmt: skip
    """One model's outcomes on rows `first`, `first` + 1, ... of tickets.csv."""
    right = np.asarray(right, dtype=float)
    job = Job(
        harness="own", model=model, task="tickets",
        options={"data": "somewhere/tickets.csv", "data_hash": digest, "split": split, "at": at, "n_shot": n_shot},
    )  # fmt: skip
    cell = Cell(
        model_id=model, model_revision="1", precision="float32", task_id="tickets", dataset_revision=digest,
        subset=label, split=split, n_shot=n_shot, harness_version="1", measured_at=at,
    )  # fmt: skip
    main = float(right.mean()) if value is None else value
    made = [Reading(metric=metric, value=main, lo=main - 0.02, hi=main + 0.02, n=right.size), *more]
    records = [
        {
            "item_id": str(first + i),
            "value": float(v),
            **{name: c[i] for name, c in columns.items()},
        }
        for i, v in enumerate(right)
    ]
    measured = Measured(
        rows=rows(job, cell, made), items=items(records), model=model_row(model, kind="linear"),
        facts={"main_score": metric},
    )  # fmt: skip
    return JobOutcome(job=job, status="done", measured=measured)


def a_table(digest=DIGEST, target="queue", path="elsewhere/tickets.csv"):
    return a_profile(
        source="table", text=path, task_family="text-classification", metric="accuracy",
        table={"data_hash": digest, "target": target, "labelled_rows": 100},
    )  # fmt: skip


@pytest.fixture
def kept(tmp_path):
    def collected(*outcomes):
        collect(list(outcomes), folder=tmp_path)
        return own_evidence(tmp_path)

    return collected


def shares(n, n_right):
    return np.arange(n) < n_right


def test_the_odds_are_the_share_of_paired_resamples(kept):
    rng = np.random.default_rng(1)
    a, b = rng.random(200) < 0.8, rng.random(200) < 0.85
    found = runs_on(a_table(), kept(a_run("a", a), a_run("b", b)))
    gap = found.scores[1:, 1] - found.scores[1:, 0]
    # A second route: items drawn one by one.
    again = np.random.default_rng(7)
    drawn = [(b[at].mean() - a[at].mean()) for at in again.integers(0, 200, (4000, 200))]
    assert (gap <= 0.05).mean() == pytest.approx((np.array(drawn) <= 0.05).mean(), abs=0.03)
    assert found.paired
    assert found.scores[0].tolist() == [a.mean(), b.mean()]


def test_another_file_another_column_and_no_run_at_all_are_not_compared(kept):
    own = kept(a_run("a", shares(50, 40)), a_run("b", shares(50, 45)))
    assert runs_on(a_table(digest="ffffffffffff"), own) is None
    assert runs_on(a_table(target="priority"), own) is None
    assert "another version of this file" in runs_elsewhere(a_table(digest="ffffffffffff"), own)[0]
    assert "column queue" in runs_elsewhere(a_table(target="priority"), own)[0]
    assert runs_elsewhere(a_table(digest="ffffffffffff", path="x/other.csv"), own) == []
    assert column_of_runs(own, DIGEST) == "queue"
    assert column_of_runs(own, "ffffffffffff") is None


def test_only_runs_on_the_same_items_are_compared_and_the_others_are_counted(kept):
    own = kept(
        a_run("a", shares(50, 40)), a_run("b", shares(50, 45)), a_run("c", shares(20, 20)),
        a_run("d", shares(50, 50), split="cv3"),
    )  # fmt: skip
    found = runs_on(a_table(), own)
    assert found.jobs["model_id"].to_list() == ["a", "b"]
    assert found.n_items == 50
    assert "2 more of your models" in found.warnings[0]


def test_of_one_model_the_best_way_of_running_it_and_of_each_way_the_newest_counts(kept):
    own = kept(
        a_run("a", shares(50, 30), n_shot=0),
        a_run("a", shares(50, 44), n_shot=5, at="2026-05-02T00:00:00+00:00"),
        a_run("a", shares(50, 41), n_shot=5, at="2026-05-03T00:00:00+00:00"),
    )
    assert runs_on(a_table(), own).jobs["value"].to_list() == [41 / 50]


def test_an_error_gives_way_to_r2_where_that_was_measured_too(kept):
    target = np.linspace(0, 10, 60)
    said = [target + np.random.default_rng(s).normal(0, s, 60) for s in (1, 2)]
    runs = []
    for name, guess in zip("ab", said, strict=True):
        errors = (target - guess) ** 2
        r2 = float(1 - errors.sum() / ((target - target.mean()) ** 2).sum())
        runs.append(
            a_run(
                name, errors, metric="rmse", value=float(np.sqrt(errors.mean())), target=[repr(float(t)) for t in target],
                prediction=[repr(float(g)) for g in guess], more=[Reading(metric="r2", value=r2, n=60)],
            )
        )  # fmt: skip
    found = runs_on(a_table(), kept(*runs))
    assert found.metric == "r2"
    assert found.paired
    assert found.scores[0, 0] > found.scores[0, 1]
    lone = a_run("c", [1.0, 4.0], metric="rmse", value=1.58, digest="cccccccccccc")
    assert runs_on(a_table(digest="cccccccccccc"), kept(lone)) is None


def test_a_score_that_the_items_cannot_give_again_is_drawn_from_its_interval_aloud(kept):
    own = kept(a_run("a", shares(50, 40), value=0.7), a_run("b", shares(50, 45)))
    found = runs_on(a_table(), own)
    assert not found.paired
    assert "not on paired items" in found.warnings[0]
    assert found.scores[1:, 0].std() == pytest.approx(0.04 / 3.92, rel=0.1)


@pytest.mark.parametrize(
    ("name", "base", "public"),
    [
        ("org/name+linear", "org/name", "org/name"),
        ("org/name+finetuned", "org/name", None),
        ("baseline/xgboost", "baseline/xgboost", "XGBoost (default)"),
        ("org/name", "org/name", "org/name"),
    ],
)
def test_a_run_is_held_against_published_scores_only_where_it_was_run_alike(name, base, public):
    assert (base_id(name), published_id(name)) == (base, public)


def test_every_published_name_of_our_baselines_is_in_the_snapshot():
    from shipped import table

    from advisor.recommend.own_field import _PUBLISHED
    from advisor.recommend.plan_jobs import _TABLE_METHODS

    names = set(table("models")["model_id"])
    assert set(_PUBLISHED.values()) <= names
    assert set(_TABLE_METHODS) <= names


def test_own_evidence_of_another_version_is_refused(kept, tmp_path):
    own = kept(a_run("a", shares(50, 40)))
    own.stored._cache["jobs"] = own.table("jobs").drop("runs")
    from advisor.core.errors import MissingData

    with pytest.raises(MissingData, match="another version"):
        own.table("jobs")
    assert isinstance(own.stored.table("jobs"), pl.DataFrame)
