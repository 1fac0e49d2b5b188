"""What every runner does, whichever it is: each job one outcome, and one job's trouble is its own."""

from __future__ import annotations

import pytest
from fake_jobs import a_job, ran

from bench.engine import run_jobs
from bench.protocol import Limits
from bench.runner.process import ProcessRunner
from bench.runner.serial import SerialRunner
from bench.store import Store

RUNNERS = [
    pytest.param("serial"),
    pytest.param("process", marks=pytest.mark.slow),
    pytest.param("two processes", marks=pytest.mark.slow),
    pytest.param("ray", marks=pytest.mark.slow),
]
APART = RUNNERS[1:]
"""Those that do a job in another process."""


@pytest.fixture
def runner(request):
    if request.param == "ray":
        request.getfixturevalue("cluster")
        from bench.runner.ray_cluster import RayRunner

        return RayRunner()
    return {
        "serial": SerialRunner(),
        "process": ProcessRunner(),
        "two processes": ProcessRunner(parallel=2),
    }[request.param]


def by_task(outcomes):
    return {outcome.job.task: outcome for outcome in outcomes}


@pytest.mark.parametrize("runner", RUNNERS, indirect=True)
def test_every_job_has_one_outcome_and_failures_are_data(runner):
    wanted = [
        a_job("answer", task="good"), a_job("raise", task="broken"), a_job("bad-input", task="misread"),
        a_job("unreachable", task="away"), a_job("quit", task="quitter"), a_job("odd-facts", task="odd"),
        a_job("nothing", task="empty"), a_job("panic", task="panics"), a_job("answer", task="last"),
    ]  # fmt: skip
    outcomes = list(runner.run(wanted))
    assert len(outcomes) == len(wanted)
    found = by_task(outcomes)
    assert {task: o.status for task, o in found.items()} == {
        "good": "done", "broken": "failed", "misread": "failed", "away": "not_run", "quitter": "failed",
        "odd": "failed", "empty": "failed", "panics": "failed", "last": "done",
    }  # fmt: skip
    assert found["broken"].reason == "RuntimeError: the model broke, as told"
    assert "Traceback" in found["broken"].detail
    assert found["misread"].reason == "fake: bad input, as told"
    assert found["away"].reason == "fake: no key, as told"
    assert "the library gave up" in found["quitter"].reason
    assert "facts are no JSON" in found["odd"].reason
    assert "no rows" in found["empty"].reason
    assert found["panics"].reason == "Panic: the library panicked, as told"
    assert [o.job for o in outcomes if o.job.task == "good"] == [wanted[0]]


@pytest.mark.parametrize("runner", APART, indirect=True)
def test_rows_and_items_are_those_of_the_serial_runner(runner):
    wanted = [a_job(model=f"m{i % 2}", task=f"t{i}", seed=i) for i in range(4)]
    here = {o.job.job_id: o.measured for o in SerialRunner().run(wanted)}
    there = {o.job.job_id: o.measured for o in runner.run(wanted)}
    assert here.keys() == there.keys()
    for job_id, measured in here.items():
        for table in ("rows", "items", "model"):
            assert getattr(measured, table).equals(getattr(there[job_id], table))
            assert getattr(measured, table).schema == getattr(there[job_id], table).schema
        assert measured.facts["main_score"] == there[job_id].facts["main_score"]


@pytest.mark.parametrize("runner", APART, indirect=True)
def test_a_worker_that_dies_hangs_or_swells_costs_its_own_job(runner):
    small, short = Limits(memory_bytes=500_000_000), Limits(timeout_s=2)
    wanted = [
        a_job("exit", task="exits"), a_job("kill", task="killed"), a_job("crash", task="crashes"), a_job("forge", task="forges"),
        a_job("sleep", task="sleeps", limits=short),
        a_job("allocate", task="swells", limits=small, allocate_bytes=900_000_000, sleep_s=20),
        a_job("allocate", task="fits", limits=small, allocate_bytes=50_000_000), a_job(task="good"),
    ]  # fmt: skip
    found = by_task(runner.run(wanted))
    assert found["exits"].reason == "its process ended with code 7 before it answered"
    assert "was killed (SIGKILL" in found["killed"].reason
    assert "crashed (SIGSEGV)" in found["crashes"].reason
    assert "cannot be read" in found["forges"].reason
    assert "Segmentation fault" in found["crashes"].log  # where it happened
    assert found["sleeps"].reason == "stopped after 2 s, its time limit"
    assert found["swells"].reason == "needed more than 500 MB, its memory limit"
    assert found["swells"].wall_s < 15
    assert found["fits"].status == found["good"].status == "done"


@pytest.mark.parametrize("runner", APART, indirect=True)
def test_the_threads_are_set_before_anything_is_imported(runner):
    wanted = [a_job(task="two", threads=2), a_job(task="unsaid")]
    found = by_task(runner.run(wanted))
    assert found["two"].measured.facts["threads"] == "2"
    assert found["unsaid"].measured.facts["threads"] == "1"


@pytest.mark.parametrize("runner", RUNNERS, indirect=True)
def test_what_a_job_prints_never_reaches_stdout(runner, capfd):
    (outcome,) = runner.run([a_job("print")])
    assert outcome.status == "done"
    out, err = capfd.readouterr()
    assert out == ""
    said = err if runner.name == "serial" else outcome.log
    assert "{'not': json}" in said
    assert "garbage" in said
    assert "a warning" in said


@pytest.mark.parametrize("runner", RUNNERS, indirect=True)
def test_through_the_engine_nothing_runs_twice(runner, tmp_path):
    store = Store(root=tmp_path / "runs")
    wanted = [a_job(task=f"t{i}", sentinel=str(tmp_path / "ran.txt")) for i in range(3)]
    first = run_jobs(wanted, store, runner)
    second = run_jobs(wanted, store, runner)
    assert sorted(ran(tmp_path)) == sorted(job.job_id for job in wanted)
    assert [o.measured.rows.rows() for o in first] == [o.measured.rows.rows() for o in second]
    assert not list((tmp_path / "runs" / "jobs").glob("*.lock"))
