"""The dashboard's pages beside Ask, driven without a browser: what they show is counted again from the tables themselves."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from dashboard_app import address, column, opened, table, tables, tags, words
from fake_jobs import a_job

from advisor.core.metrics import METRICS
from advisor.render import document
from advisor.tables.locate import shipped_folder
from advisor.tables.run_folders import stored_runs
from advisor.tables.snapshot import load

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
HOSTILE = "<script>alert(1)</script> **bold** $x^2$ :red[red] <img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def _nobodys_runs(monkeypatch, tmp_path):
    for name in ("ADVISOR_OWN", "ADVISOR_RUNS", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture(scope="module")
def shipped():
    return load(shipped_folder())


@pytest.fixture(scope="module")
def evidence(shipped):
    return pl.concat([shipped.scan(f"evidence_{part}") for part in ("lm", "mteb", "other")])


def text(app, label):
    return next(one for one in app.text_input if one.label == label)


def pick(app, label):
    return next(one for one in app.multiselect if one.label.startswith(label))


def show(app, value):
    return app.button_group[0].set_value(value).run()


# Evidence


def test_filters_narrow_the_evidence_and_stand_in_the_address(evidence):
    app = opened("evidence")
    total = evidence.select(pl.len()).collect().item()
    assert f"{total:,} scores" in words(app)
    text(app, "Model").set_value(MINILM).run()
    pick(app, "Metric").select("accuracy").run()
    kept = evidence.filter(pl.col("model_id") == MINILM, pl.col("metric") == "accuracy").collect()
    assert f"{kept.height:,} scores" in words(app)
    rows = table(app, "Rows 1 to 50")
    assert column(rows, "task") == kept["task_id"].head(50).to_list()
    assert column(rows, "value") == [f"{value:.4g}" for value in kept["value"].head(50)]
    assert address(app) == {"model": [MINILM], "metric": ["accuracy"]}


def test_a_link_shows_the_same_page_of_the_same_rows(evidence):
    app = opened("evidence", model=MINILM, page="3")
    kept = evidence.filter(pl.col("model_id") == MINILM).slice(100, 50).collect()
    assert column(table(app, "Rows 101 to 150"), "task") == kept["task_id"].to_list()
    next(one for one in app.button if one.label == "Next").click().run()
    assert address(app)["page"] == ["4"]
    text(app, "Task").set_value("banking77").run()
    assert "page" not in address(app), "a changed filter begins at the first page"


def test_a_page_beyond_the_last_is_the_last():
    app = opened("evidence", model=MINILM, task="Banking77Classification", page="999")
    assert not [one for one in app.button if one.label == "Next"]
    assert len(tables(app)) == 1


def test_doubted_scores_are_those_of_the_guard(shipped):
    app = opened("evidence", show="doubts", flag="size in doubt")
    flags = shipped.table("flags").filter(pl.col("flag") == "size in doubt")
    assert f"{flags.height} doubts" in words(app)
    rows = table(app, "Rows 1 to 50")
    assert column(rows, "model") == flags["model_id"].head(50).to_list()
    assert column(rows, "in detail") == flags["detail"].head(50).to_list()


def test_every_source_stands_there_with_licence_commit_and_scores(shipped, evidence):
    rows = table(opened("evidence", show="sources"), "sources of snapshot")
    counts = dict(evidence.group_by("source_id").len().collect().iter_rows())
    said = {row[0]: row for row in rows[1:]}
    assert set(said) == set(shipped.table("sources")["source_id"])
    for row in shipped.table("sources").iter_rows(named=True):
        shown = dict(zip(rows[0], said[row["source_id"]], strict=True))
        assert shown["scores"] == f"{counts.get(row['source_id'], 0):,}"
        assert shown["licence"] == (row["licence"] or "not stated")
        assert shown["commit"] == (row["commit"] or "not stated")


@pytest.mark.parametrize("label", ["Model", "Task"])
def test_hostile_words_in_a_filter_find_nothing_and_stay_text(label):
    app = opened("evidence")
    text(app, label).set_value(HOSTILE).run()
    assert not app.exception
    assert "No score fits all of these filters" in words(app)
    assert not tags(app) & {"script", "img"}
    again = opened("evidence", source=HOSTILE, flag=HOSTILE, page=HOSTILE, show=HOSTILE)
    assert "<script>" in words(again)
    assert not tags(again) & {"script", "img"}


# My runs


def runs_under(folder, *jobs):
    from bench.engine import run_jobs
    from bench.runner.serial import SerialRunner
    from bench.store import Store, run_id_of

    store, run_id = Store(root=Path(folder)), run_id_of(jobs)
    store.write_run(run_id, jobs, command=f"bench run {HOSTILE}")
    run_jobs(jobs, store, SerialRunner())
    return run_id


def test_without_runs_two_lines_say_how_to_make_one():
    app = opened("runs")
    assert "There are no runs" in words(app)
    assert [line.split()[:3] for line in app.code[0].value.splitlines()] == [
        ["advisor", "bench", "ladder"],
        ["advisor", "bench", "compare"],
    ]


def test_a_run_shows_what_each_job_measured_and_models_paired_by_item(monkeypatch, tmp_path):
    monkeypatch.setenv("ADVISOR_RUNS", str(tmp_path))
    jobs = [
        a_job(model=name, n_items=400, accuracy=accuracy, seed=3)
        for name, accuracy in (("good", 0.9), ("fair", 0.6), (HOSTILE, 0.5))
    ]
    run_id = runs_under(tmp_path, *jobs, a_job("unreachable", model="away"))
    app = opened("runs")
    rows = table(app, f"Run {run_id}")
    assert column(rows, "model") == ["good", "fair", HOSTILE, "away"]
    draws = np.random.default_rng(3).random(400)
    shares = [100 * (draws < accuracy).mean() for accuracy in (0.9, 0.6, 0.5)]
    assert [cell.split(" ")[0] for cell in column(rows, "score (95 %)")[:3]] == [
        f"{share:.1f}" for share in shares
    ]
    assert column(rows, "note")[3], "why it was not run"
    only = int(((draws < 0.9) & ~(draws < 0.6)).sum())
    assert f"Of 400 items {only} are right with good alone and 0 with fair alone." in words(app)
    items = table(app, "Items that they answered differently")
    wrong = [str(i) for i in np.flatnonzero((draws < 0.9) & ~(draws < 0.6))]
    assert column(items, "item") == sorted(wrong)[:20]
    assert not tags(app) & {"script", "img"}
    app.selectbox[1].set_value(HOSTILE).run()
    assert not app.exception
    assert address(app)["second"] == [HOSTILE]
    third = int(((draws < 0.9) & ~(draws < 0.5)).sum())
    assert f"Of 400 items {third} are right with good alone" in words(app)


def test_models_of_the_same_name_on_two_tasks_are_kept_apart(monkeypatch, tmp_path):
    monkeypatch.setenv("ADVISOR_RUNS", str(tmp_path))
    for task, seed in (("toy", 3), ("other", 4)):
        runs_under(
            tmp_path,
            *(a_job(model=f"m{i}", task=task, n_items=100, accuracy=0.9 - i / 3, seed=seed) for i in (0, 1)),
        )  # fmt: skip
    known = [run.line.run_id for run in stored_runs(tmp_path).found]
    app = opened("runs", run=known, on="other")
    draws = np.random.default_rng(4).random(100)
    only = int(((draws < 0.9) & ~(draws < 0.9 - 1 / 3)).sum())
    assert f"Of 100 items {only} are right with m0 alone" in words(app)
    app.selectbox[0].set_value("toy").run()
    draws = np.random.default_rng(3).random(100)
    only = int(((draws < 0.9) & ~(draws < 0.9 - 1 / 3)).sum())
    assert f"Of 100 items {only} are right with m0 alone" in words(app)
    assert address(app)["on"] == ["toy"]


def test_the_sentence_of_a_ladder_is_the_one_that_was_printed(monkeypatch, tmp_path):
    monkeypatch.setenv("ADVISOR_RUNS", str(tmp_path))
    run_id = runs_under(tmp_path, a_job(model="tfidf", n_items=50, accuracy=0.9, seed=1))
    verdict = {
        "kind": "named", "model": "tfidf", "sentence": f"tfidf: good. {HOSTILE}", "against": None, "tolerance": 0.01,
        "confidence": 0.95, "p": 0.01, "gain_lo": None, "gain_hi": None, "stopped": "every rung was measured",
    }  # fmt: skip
    machine = dict.fromkeys(("cores", "memory_bytes", "accelerator", "driver"))
    machine |= {"hardware_id": "x", "name": "X", "system": "Linux", "python": "3", "libraries": ""}
    report = {
        "task_id": "toy", "data": "toy.csv", "kind": "classification", "metric": "accuracy", "n_train": 5,
        "n_test": 50, "rungs": [], "comparisons": [], "verdict": verdict, "labels": None, "run_id": run_id,
        "not_run": [{"model": "embed:big", "reason": "not needed", "is_needed": False}], "folder": "f",
        "hardware": machine, "warnings": [], "seconds": 1.0,
    }  # fmt: skip
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / f"{run_id}.json").write_text(json.dumps(report))
    app = opened("runs", run=run_id)
    assert f"tfidf: good. {HOSTILE}" in words(app)
    assert "embed:big was not run: not needed" in words(app)
    assert column(table(app, f"Run {run_id}"), "model") == ["tfidf (named)"]
    assert "nothing to compare" in words(app)
    assert not tags(app) & {"script", "img"}


def test_a_run_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("ADVISOR_RUNS", str(tmp_path))
    runs_under(tmp_path, a_job(model="m"))
    assert "no run '../../etc/passwd'" in words(opened("runs", run="../../etc/passwd"))


# Is it right?


def test_misses_stand_first_and_are_counted_from_the_receipts(shipped):
    app = opened("right")
    tally = {row[0]: row[1:] for row in table(app, "What is promised")[1:]}
    picks = shipped.table("receipts").filter(pl.col("n_questions") >= 20)
    worse = sum(
        picks.filter(pl.col(rule) < pl.col("regret_mean_points")).height
        for rule in ("regret_leader_points", "regret_biggest_points")
    )
    assert tally["our pick costs no more than the rule a reader would use instead"][0] == str(worse)
    assert len(table(app, "Missed: our pick")) == worse + 1


def test_receipts_are_filtered_by_family(shipped):
    app = show(opened("right"), "picks")
    pick(app, "Task families").select("clustering").run()
    kept = shipped.table("receipts").filter(pl.col("task_family") == "clustering")
    rows = table(app, "Points below the best model")
    assert column(rows, "our pick costs: mean") == [f"{v:.1f}" for v in kept["regret_mean_points"]]
    assert address(app) == {"show": ["picks"], "family": ["clustering"]}


@pytest.mark.parametrize("view", ["misses", "verdicts", "odds", "intervals", "picks"])
def test_each_view_of_trust_has_its_tables(view):
    app = opened("right", show=view)
    assert all(len(rows) > 1 for rows in tables(app).values())
    assert tables(app)


# Method


def test_a_link_opens_a_section_whose_mentions_are_links():
    app = opened("method", section="good-enough")
    assert [heading.value for heading in app.header] == ["Good enough"]
    assert "[#guard](method?section=guard)" in app.markdown[-1].value
    app.selectbox[0].set_value("guard").run()
    assert [heading.value for heading in app.header] == ["guard"]
    assert address(app)["section"] == ["guard"]


def test_words_narrow_the_sections():
    app = opened("method", words="codecarbon")
    every = document.read("METHOD.md")
    holding = [one.anchor for one in every if "codecarbon" in f"{one.title}\n{one.text}".lower()]
    assert f"({len(holding)} of {len(every)} hold the words)" in app.selectbox[0].label
    assert "There is no section <b>x</b>" in words(opened("method", section="<b>x</b>"))


def test_metrics_data_and_versions_are_told(shipped):
    assert len(table(opened("method", show="metrics"), "metrics")) == len(METRICS) + 1
    rows = table(opened("method", show="data"), "What was read")
    assert len(rows) == len(shipped.manifest["rows"]) + 1
    versions = dict(row for row in table(opened("method", show="versions"), "What answers")[1:])
    assert versions["snapshot"] == shipped.id
    age = (dt.datetime.now(dt.UTC).date() - dt.date.fromisoformat(shipped.manifest["created_at"])).days  # fmt: skip
    assert versions["built"].endswith(f"{age:,} days ago")
