"""What `advisor bench` writes is what advisor.tables.run_folders reads: the bench's own store is the second route."""

from __future__ import annotations

import orjson
import pytest
from fake_jobs import a_job
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import MissingData
from advisor.core.measurement import Hardware, LadderReport, LadderVerdict
from advisor.tables import paired_runs
from advisor.tables.locate import runs_folder
from advisor.tables.run_folders import stored_runs
from bench import compare
from bench.engine import run_jobs
from bench.protocol import Job, Limits
from bench.report import entry
from bench.runner.serial import SerialRunner
from bench.store import Store, default_root, run_id_of
from bench.wire import as_json


@pytest.fixture
def store(tmp_path):
    return Store(root=tmp_path / "runs")


def run(store, *jobs, command="bench run x"):
    run_id = run_id_of(jobs)
    store.write_run(run_id, jobs, command=command)
    run_jobs(jobs, store, SerialRunner())
    return run_id


def test_no_folder_is_no_runs(tmp_path) -> None:
    found = stored_runs(tmp_path / "nowhere")
    assert (found.found, found.warnings) == ((), ())
    with pytest.raises(MissingData, match=r"no run 'x' under .*; there are none"):
        found.run("x")


def test_both_look_in_the_same_place(monkeypatch, tmp_path) -> None:
    assert runs_folder() == default_root()
    monkeypatch.setenv("ADVISOR_RUNS", str(tmp_path))
    assert runs_folder() == default_root() == tmp_path


def test_jobs_are_those_of_the_store_with_their_ids_and_states(store) -> None:
    jobs = [
        a_job(model="good", note="ü ∑ \N{SNOWMAN}", share=0.1, many=[1, 2.5, None, {"a": True}]),
        a_job("bad-input", model="bad"),
        a_job("unreachable", model="away"),
    ]
    run_id = run(store, *jobs)
    later = a_job(model="later", limits=Limits(timeout_s=3.0))
    store.write_run(run_id, [*jobs, later], command="bench run x")
    (found,) = stored_runs(store.root).found
    every = [*jobs, later]
    assert [job.job_id for job in found.jobs] == [job.job_id for job in every]
    assert [job.state for job in found.jobs] == ["done", "failed", "not_run", "pending"]
    assert [job.state for job in found.jobs] == [store.state(job) or "pending" for job in every]
    assert [job.reason for job in found.jobs[1:3]] == [store.failure(j).reason for j in jobs[1:]]
    line = found.line
    assert (line.n_jobs, line.n_done, line.n_failed, line.n_not_run, line.n_pending) == (
        4,
        1,
        1,
        1,
        1,
    )
    stored = store.stored_run(run_id)
    assert (line.run_id, line.command, line.created_at, line.last_at, line.file) == (
        stored.run_id, stored.command, stored.created_at, stored.last_at, str(stored.file),
    )  # fmt: skip


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(options=st.dictionaries(st.text(max_size=12), _VALUES, max_size=4), seed=st.integers(-1, 99))
def test_whatever_a_job_is_asked_its_folder_is_found(tmp_path_factory, options, seed) -> None:
    job = Job(harness="fake", model="m", task="t", seed=seed, options=options)
    root = tmp_path_factory.mktemp("runs")
    (root / "runs").mkdir()
    said = {"command": "x", "created_at": "a", "last_at": "b", "jobs": [as_json(job)]}
    (root / "runs" / "r.json").write_bytes(orjson.dumps(said))
    (found,) = stored_runs(root).found
    assert found.jobs[0].job_id == job.job_id


def test_entries_and_measurements_are_the_benchs_own(store) -> None:
    jobs = [a_job(model=f"m{i}", n_items=60, accuracy=0.9 - i / 5, seed=3) for i in range(3)]
    run_id = run(store, *jobs, a_job("bad-input", model="bad"))
    found = stored_runs(store.root).run(run_id)
    outcomes = [store.finished(job) for job in jobs]
    assert found.entries()[:3] == [entry(outcome) for outcome in outcomes]
    assert found.entries()[3].status == "failed"
    mine = paired_runs.compare([run_id], found.measurements(), tolerance_points=1.0)
    theirs = compare.compare([run_id], store, tolerance_points=1.0)
    assert mine.tasks == theirs.tasks
    assert len(mine.tasks[0].pairs) == 3


def test_a_damaged_job_is_failed_and_says_what_to_do(store) -> None:
    job = a_job(model="m")
    run_id = run(store, job)
    (store.folder(job) / "rows.parquet").write_bytes(b"PAR1 nonsense")
    found = stored_runs(store.root).run(run_id)
    (said,) = found.entries()
    assert (said.status, said.reason) == ("failed", "its files are damaged; run it again")
    assert found.measurements() == []


def test_a_run_that_cannot_be_read_is_a_line_and_hides_no_other(store) -> None:
    run_id = run(store, a_job(model="m"))
    for name, content in {"cut": b'{"jobs": [', "odd": b'{"jobs": 3}', "list": b"[]"}.items():
        (store.root / "runs" / f"{name}.json").write_bytes(content)
    found = stored_runs(store.root)
    assert [line.run_id for line in found.lines] == [run_id]
    assert sorted(w.split("runs/")[-1].split(".json")[0] for w in found.warnings) == ["cut", "list", "odd"]  # fmt: skip


def test_the_report_of_a_ladder_comes_back_whole(store) -> None:
    run_id = run(store, a_job(model="m"))
    found = stored_runs(store.root).run(run_id)
    assert found.ladder() is None
    report = LadderReport(
        task_id="toy", data="toy.csv", kind="classification", metric="accuracy", n_train=5, n_test=10,
        rungs=found.entries(), comparisons=[], not_run=[], labels=None, run_id=run_id, folder="f", warnings=[],
        verdict=LadderVerdict(
            kind="named", model="m", sentence="m: good.", against=None, tolerance=0.01, confidence=0.95, p=0.01,
            gain_lo=None, gain_hi=None, stopped="every rung was measured",
        ),
        hardware=Hardware(
            hardware_id="x", name="X", cores=2, memory_bytes=None, accelerator=None, driver=None, system="Linux",
            python="3.11", libraries="",
        ),
        seconds=1.0,
    )  # fmt: skip
    file = store.write_report(run_id, report.model_dump_json(indent=2))
    assert found.ladder() == report
    assert [line.run_id for line in stored_runs(store.root).lines] == [run_id]
    file.write_text('{"task_id": 1}')
    assert found.ladder() is None
