"""Runs on one's own file, from the bench to the answer: they decide at once, above anything published."""

from __future__ import annotations

import html
import json
import os
from pathlib import Path

import jsonschema
import polars as pl
import pytest
from typer.testing import CliRunner

from advisor.cli.app import app
from advisor.tables.own import own_evidence
from bench.collect import collect
from bench.data_file import data_hash
from bench.engine import run_jobs
from bench.protocol import Job, JobOutcome, Measured
from bench.rows import Cell, Reading, items, model_row, rows
from bench.runner.serial import SerialRunner
from bench.store import Store
from bench.wire import from_json

ROOT = Path(__file__).resolve().parents[2]
MINILM = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A file of 600 real descriptions with their task family, and two baselines run on it."""
    folder = tmp_path_factory.mktemp("own")
    lines = (ROOT / "tests/fixtures/understand/descriptions.jsonl").read_text("utf-8").splitlines()
    said = [json.loads(line) for line in lines]
    usual = {
        "text-classification",
        "retrieval",
        "semantic-similarity",
        "code-generation",
        "summarization",
    }
    table = [{"text": s["text"], "family": s["family"]} for s in said if s["family"] in usual]
    pl.DataFrame(table).write_csv(folder / "asked.csv")
    run(folder, "majority", "tfidf")
    return folder


def run(folder, *models, file="asked.csv"):
    path = folder / file
    options = {
        "data": str(path), "data_hash": data_hash(path), "inputs": ["text"], "label": "family", "measure_s": 0.1,
    }  # fmt: skip
    jobs = [
        Job(harness="own", model=m, task=path.stem, hardware_id="here", options=options)
        for m in models
    ]
    outcomes = run_jobs(jobs, Store(root=folder / "runs"), SerialRunner())
    assert [o.status for o in outcomes] == ["done"] * len(models), [o.reason for o in outcomes]
    collect(outcomes, folder=folder / "own", runs=folder / "runs")
    return outcomes


def asked(*words, own=os.devnull, command="recommend"):
    """The command's JSON, in this process: a subprocess for each would take most of the time."""
    done = CliRunner().invoke(
        app, [command, "--format", "json", *words], env={"ADVISOR_OWN": str(own)}
    )
    assert done.exception is None, done.exception
    return json.loads(done.stdout)


@pytest.fixture
def ask(here):
    return lambda *words, **options: asked(*words, **({"own": here / "own"} | options))


def test_the_verdict_is_the_smallest_measured_model_and_says_whose_numbers_these_are(ask, here):
    file = str(here / "asked.csv")
    before, after = ask("--data", file, "--target", "family", own=os.devnull), ask("--data", file)
    assert before["own_runs"] is None
    assert before["own_evidence_id"] is None
    assert before["verdict"]["model_id"] != "baseline/tfidf-linear"
    assert after["verdict"]["model_id"] == "baseline/tfidf-linear"
    assert after["verdict"]["sentence"].startswith(
        "baseline/tfidf-linear (measured on your asked.csv: accuracy "
    )
    first = after["ranked"][0]
    assert first["estimate"]["basis"] == "measured"
    evidence = own_evidence(here / "own").table("evidence")
    score = evidence.filter(metric="accuracy", model_id="baseline/tfidf-linear")["value"].item()
    assert first["estimate"]["value"] == pytest.approx(score, abs=1e-6)
    assert first["efficiency"]["latency_p95_s"]["basis"] == "measured"
    assert after["own_runs"]["models"] == ["baseline/tfidf-linear", "baseline/majority"]
    schema = json.loads((ROOT / "data/recommendation.schema.json").read_text("utf-8"))
    jsonschema.validate(after, schema)


def test_the_same_evidence_gives_the_same_bytes(advisor, here):
    words = ("recommend", "--format", "json", "--data", str(here / "asked.csv"))
    first, second = (advisor(*words, ADVISOR_OWN=str(here / "own")).stdout for _ in range(2))
    assert first == second
    assert json.loads(first)["own_evidence_id"] == own_evidence(here / "own").id


def test_explain_leads_to_the_folder_of_the_run(ask, here):
    answer = ask("--data", str(here / "asked.csv"), "--explain")
    [accuracy] = [row for row in answer["evidence"] if row["metric"] == "accuracy"]
    assert accuracy["source_id"] == "own-runs"
    assert (Path(accuracy["url"]) / "items.parquet").is_file()


def test_text_and_markdown_show_the_runs_and_what_to_run_next(advisor, here):
    words = ("recommend", "--data", str(here / "asked.csv"))
    for style in ("text", "markdown"):
        done = advisor(*words, "--format", style, ADVISOR_OWN=str(here / "own"))
        assert done.returncode == 0, done.stderr
        said = " ".join(done.stdout.replace("\\", "").split())
        assert "your own run: accuracy" in said
        assert "Worth running next" in said
        assert "own runs " + own_evidence(here / "own").id in said


def test_a_file_that_has_changed_is_another_file_and_the_answer_warns(ask, here):
    other = here / "changed"
    other.mkdir(exist_ok=True)
    content = (here / "asked.csv").read_text("utf-8")
    (other / "asked.csv").write_text(content + "one more,retrieval\n", "utf-8")
    answer = ask("--data", str(other / "asked.csv"), "--target", "family")
    assert answer["own_runs"] is None
    assert any("another version of this file" in words for words in answer["warnings"])


def test_a_limit_that_no_measured_model_meets_falls_back_on_published_scores_aloud(ask, here):
    answer = ask("--data", str(here / "asked.csv"), "--max-latency-ms", "0.0000001")
    assert answer["own_runs"] is None
    assert any("none of the 2 models that you ran" in words for words in answer["warnings"])


def an_mteb_run(model_id, value, task="Banking77Classification", n_shot=-1):
    job = Job(harness="mteb", model=model_id, task=task, options={"value": value})
    cell = Cell(
        model_id=model_id, model_revision="r", precision="float32", task_id=task, dataset_revision="x",
        subset="default", split="test", n_shot=n_shot, harness_version="1", measured_at="2026-05-01T00:00:00+00:00",
    )  # fmt: skip
    made = [Reading(metric="accuracy", value=value, lo=value - 0.005, hi=value + 0.005, n=3080)]
    measured = Measured(
        rows=rows(job, cell, made), items=items([]), model=model_row(model_id, kind="encoder", n_parameters=9_000_000),
        facts={"main_score": "accuracy"},
    )  # fmt: skip
    return JobOutcome(job=job, status="done", measured=measured)


def scores(answer):
    return {m["model_id"]: m["estimate"]["value"] for m in answer["ranked"]}


def test_on_a_named_task_own_scores_replace_published_ones_and_nobody_elses(tmp_path):
    words = ("--task", "Banking77Classification", "--top", "1000")
    plain = asked(*words)
    collect([an_mteb_run(MINILM, 0.5), an_mteb_run("local/mine", 0.95)], folder=tmp_path)
    own = asked(*words, own=tmp_path)
    before, after = scores(plain), scores(own)
    assert before[MINILM] == pytest.approx(0.80, abs=0.03)
    assert after[MINILM] == pytest.approx(0.5)
    assert after["local/mine"] == pytest.approx(0.95)
    assert {k: v for k, v in before.items() if k != MINILM} == {
        k: v for k, v in after.items() if k not in {MINILM, "local/mine"}
    }
    assert own["verdict"]["model_id"] == "local/mine"
    assert "your own run" in own["verdict"]["sentence"]
    marked = next(m for m in own["ranked"] if m["model_id"] == MINILM)
    assert marked["reasons"][0].startswith("your own run: accuracy 0.500 (published 0.")
    assert own["own_evidence_id"] == own_evidence(tmp_path).id


def test_a_question_that_own_runs_say_nothing_about_is_answered_as_without_them(ask):
    words = ("--task", "SciFact")
    assert ask(*words, own=os.devnull) == ask(*words)


def test_damaged_evidence_is_one_line_that_tells_the_cure_and_collect_heals_it(
    advisor, here, tmp_path
):
    collect(run(here, "tfidf"), folder=tmp_path / "own", runs=here / "runs")
    table = own_evidence(tmp_path / "own").stored.path / "jobs.parquet"
    table.write_bytes(b"PAR1 and nothing")
    words = ("recommend", "--data", str(here / "asked.csv"))
    done = advisor(*words, ADVISOR_OWN=str(tmp_path / "own"))
    assert done.returncode == 3
    assert "advisor bench collect --runs" in done.stderr
    healed = advisor(
        "bench", "collect", "--runs", str(here / "runs"), ADVISOR_OWN=str(tmp_path / "own")
    )
    assert healed.returncode == 0, healed.stderr
    assert advisor(*words, ADVISOR_OWN=str(tmp_path / "own")).returncode == 0


def test_a_plan_for_the_file_is_a_list_of_jobs_on_the_same_split(ask, here):
    found = ask("--data", str(here / "asked.csv"), command="plan")
    assert found["own_evidence_id"] == own_evidence(here / "own").id
    assert found["jobs"]
    jobs = [from_json(job) for job in found["jobs"]]
    assert {job.harness for job in jobs} == {"own"}
    assert all(job.options["data_hash"] == data_hash(here / "asked.csv") for job in jobs)
    assert all(job.options["label"] == "family" for job in jobs)
    assert not [job for job in jobs if job.model == "tfidf"]


def test_what_a_plan_proposes_shrinks_as_it_is_done(tmp_path):
    words = ("--task", "Banking77Classification", "--tolerance", "2")
    first = asked(*words, command="plan")["cells"][0]
    assert first["job"] == {
        "harness": "mteb", "model": first["model_id"], "task": "Banking77Classification", "options": {"threads": 1},
    }  # fmt: skip
    collect([an_mteb_run(first["model_id"], 0.6)], folder=tmp_path)
    after = asked(*words, own=tmp_path, command="plan")
    assert first["model_id"] not in {cell["model_id"] for cell in after["cells"]}
    assert after["own_evidence_id"] == own_evidence(tmp_path).id


def test_a_budget_is_kept(tmp_path):
    words = ("--task", "Banking77Classification", "--tolerance", "2", "--budget", "6h")
    found = asked(*words, "--out", str(tmp_path / "PLAN.json"), command="plan")
    assert found == json.loads((tmp_path / "PLAN.json").read_text("utf-8"))
    assert found["cells"]
    assert 0 < found["spent_s"] <= 6 * 3600
    assert all(cell["cost_s"] for cell in found["cells"])


def test_the_dashboard_answers_an_uploaded_file_from_the_runs_on_it(ask, here, monkeypatch):
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("ADVISOR_OWN", str(here / "own"))
    page = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=30).run()
    content = (here / "asked.csv").read_bytes()
    page.file_uploader[0].set_value(("asked.csv", content, "text/csv")).run()
    assert not page.exception
    said = html.unescape(" ".join(element.proto.body for element in page.get("html")))
    assert ask("--data", str(here / "asked.csv"))["verdict"]["sentence"] in said
    page.select_slider(key="limit_max_memory").set_value("1GB").run()
    said = html.unescape(" ".join(element.proto.body for element in page.get("html")))
    limited = ask("--data", str(here / "asked.csv"), "--max-memory", "1GB")
    assert limited["verdict"]["sentence"] in said
