"""Outcomes on disk: whole or not there, read back as they were, done again when damaged."""

import errno
import os
import subprocess
import sys

import orjson
import pytest
from fake_jobs import a_job, jobs_with_sentinel, ran

from advisor.core.errors import BadInput, MissingData
from advisor.tables import locks
from bench.engine import run_jobs
from bench.protocol import JobOutcome
from bench.runner.serial import SerialRunner
from bench.store import Store, run_id_of, write_atomically
from bench.wire import framed, from_bytes, from_json, plain_json, to_bytes, unframed
from bench.work import run_job

FILES = ["job.json", "env.json", "rows.parquet", "items.parquet", "model.parquet", "outcome.json"]


@pytest.fixture
def store(tmp_path):
    return Store(root=tmp_path / "runs")


def written(store, job):
    outcome = run_job(job)
    store.write(outcome, env={"name": "X"})
    return outcome


def same(one, other):
    a, b = one.measured, other.measured
    return all(
        getattr(a, t).equals(getattr(b, t)) and getattr(a, t).schema == getattr(b, t).schema
        for t in ("rows", "items", "model")
    ) and (a.facts, a.warnings) == (b.facts, b.warnings)


def test_what_is_read_is_what_was_written(store):
    job = a_job(threads=1)
    outcome = written(store, job)
    assert same(store.finished(job), outcome)
    assert store.state(job) == "done"
    assert from_json(orjson.loads((store.folder(job) / "job.json").read_bytes())) == job


@pytest.mark.parametrize("name", ["rows.parquet", "items.parquet", "model.parquet", "outcome.json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "noise", "empty"])
def test_a_damaged_outcome_is_no_outcome_and_is_done_again(store, tmp_path, name, damage):
    (job,) = jobs_with_sentinel(tmp_path, 1)
    run_jobs([job], store, SerialRunner())
    file = store.folder(job) / name
    content = file.read_bytes()
    if damage == "gone":
        file.unlink()
    elif damage == "noise":
        middle = len(content) // 2
        file.write_bytes(content[:middle] + b"\x00\xff" + content[middle + 2 :])
    else:
        file.write_bytes(content[: len(content) // 2] if damage == "cut" else b"")
    assert store.finished(job) is None
    (again,) = run_jobs([job], store, SerialRunner())
    assert again.status == "done"
    assert same(store.finished(job), again)
    assert len(ran(tmp_path)) == 2


def test_a_failure_is_kept_with_its_log_and_tried_again(store, tmp_path):
    job = a_job("raise", once=str(tmp_path / "once"))
    (first,) = run_jobs([job], store, SerialRunner())
    assert first.status == store.state(job) == "failed"
    kept = orjson.loads((store.folder(job) / "failure.json").read_bytes())
    assert kept["reason"] == "RuntimeError: the model broke, as told"
    assert "Traceback" in kept["detail"]
    assert store.failure(job).reason == kept["reason"]
    (second,) = run_jobs([job], store, SerialRunner())
    assert second.status == store.state(job) == "done"
    assert not (store.folder(job) / "failure.json").exists()


def test_a_failure_never_hides_what_was_measured(store):
    job = a_job()
    outcome = written(store, job)
    store.write(JobOutcome(job=job, status="failed", reason="later"), env={})
    assert same(store.finished(job), outcome)


def test_the_log_is_kept_beside_the_outcome(store):
    job = a_job()
    outcome = run_job(job)
    store.write(JobOutcome(job=job, status="done", measured=outcome.measured, log="said\n"), env={})
    assert (store.folder(job) / "log.txt").read_text() == "said\n"


@pytest.mark.parametrize("behaviour", ["answer", "raise", "unreachable"])
def test_an_outcome_survives_the_wire(behaviour):
    outcome = run_job(a_job(behaviour))
    back = from_bytes(to_bytes(outcome))
    if outcome.measured is not None:
        assert same(back, outcome)
    assert [getattr(back, f) for f in ("job", "status", "reason", "detail", "wall_s")] == [
        getattr(outcome, f) for f in ("job", "status", "reason", "detail", "wall_s")
    ]


@pytest.mark.parametrize("cut", [0, 5, 8, 40, -1])
def test_an_outcome_that_was_cut_off_is_told_from_a_whole_one(cut):
    content = framed(to_bytes(run_job(a_job())))
    assert unframed(content[:cut]) is None
    assert unframed(content) is not None


def test_facts_become_what_json_will_give_back():
    import numpy as np

    said = {"n": np.int64(3), "x": np.array([1.0, 2.0]), "nan": float("nan"), 4: "four"}
    assert plain_json(said) == {"n": 3, "x": [1.0, 2.0], "nan": None, "4": "four"}
    with pytest.raises(TypeError):
        plain_json({"odd": object()})


def test_a_run_lists_its_jobs_and_keeps_its_first_command(store):
    jobs = [a_job(model="a"), a_job(model="b")]
    run_id = run_id_of(jobs)
    store.write_run(run_id, jobs, command="bench own")
    first = store.stored_run(run_id)
    store.write_run(run_id, jobs, command="bench run x")
    again = store.stored_run(run_id)
    assert list(again.jobs) == jobs
    assert (again.command, again.created_at) == ("bench own", first.created_at)
    assert not list((store.root / "runs").glob(".*"))
    assert [run.run_id for run in store.runs()] == [run_id]


def test_an_unknown_or_damaged_run_is_one_line(store):
    jobs = [a_job()]
    run_id = run_id_of(jobs)
    file = store.write_run(run_id, jobs, command="x")
    with pytest.raises(MissingData, match=f"no run 'nothing' under .*; there are {run_id}"):
        store.run("nothing")
    file.write_bytes(b"{")
    with pytest.raises(MissingData, match="not a readable run"):
        store.run(run_id)
    assert "not a readable run" in next(store.runs())


def test_leftovers_of_dead_processes_are_swept_and_those_of_live_ones_stay(store):
    dead, alive, done = a_job(model="dead"), a_job(model="alive"), a_job(model="done")
    written(store, done)
    jobs = store.root / "jobs"
    for job in (dead, alive):
        (jobs / f".{job.job_id}-abc123").mkdir()
        (jobs / f".{job.job_id}-abc123" / "rows.parquet").write_bytes(b"half")
    (jobs / f"{dead.job_id}.lock").touch()  # its holder was killed
    held = store.lock(alive)
    store.sweep()
    assert not (jobs / f".{dead.job_id}-abc123").exists()
    assert (jobs / f".{alive.job_id}-abc123").exists()
    held.release()
    store.sweep()
    assert sorted(p.name for p in jobs.iterdir()) == [done.job_id]
    assert store.state(done) == "done"


def test_a_lock_has_one_holder_and_outlives_nobody(tmp_path):
    file = tmp_path / "x.lock"
    held = locks.take(file)
    assert locks.take(file) is None
    held.release()
    assert not file.exists()
    code = (
        f"import time; from pathlib import Path; from advisor.tables import locks; held = locks.take(Path({str(file)!r})); "
        "print('held', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        assert locks.take(file) is None
        other.kill()
    again = locks.take(file, wait=True)  # at once: the system ended the dead one's lock
    assert again is not None
    again.release()


def test_who_waits_for_a_lock_does_not_get_the_file_that_was_taken_away(tmp_path):
    """Many processes count in turn; without the second look at the name two would hold it at once."""
    file, count = tmp_path / "x.lock", tmp_path / "n"
    count.write_text("0")
    code = f"""
from pathlib import Path
from advisor.tables import locks
count = Path({str(count)!r})
for _ in range(40):
    held = locks.take(Path({str(file)!r}), wait=True)
    count.write_text(str(int(count.read_text()) + 1))
    held.release()
"""
    others = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [other.wait() for other in others] == [0, 0, 0]
    assert count.read_text() == "120"


def test_where_the_file_system_has_no_locks_work_goes_on(tmp_path, monkeypatch):
    import fcntl

    def refuse(*_arguments):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert locks.take(tmp_path / "x.lock") is not None


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    store = Store(root=tmp_path / "file")
    for act in (
        lambda: store.write_run("x", [], command=""),
        lambda: store.lock(a_job()),
        lambda: store.write(run_job(a_job()), env={}),
    ):
        with pytest.raises(BadInput, match=r"cannot be written .*--runs DIR"):
            act()


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "x.json"
    write_atomically(file, b"old")

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


def test_a_full_disk_keeps_what_is_finished_and_nothing_half(store, monkeypatch):
    done, next_one = a_job(model="a"), a_job(model="b")
    run_jobs([done], store, SerialRunner())

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(BadInput, match="No space left on device"):
            run_jobs([done, next_one], store, SerialRunner())
    assert [p.name for p in (store.root / "jobs").iterdir()] == [done.job_id]
    (_, second) = run_jobs([done, next_one], store, SerialRunner())
    assert second.status == "done"


def test_a_job_named_twice_runs_once(store, tmp_path):
    (job,) = jobs_with_sentinel(tmp_path, 1)
    outcomes = run_jobs([job, job], store, SerialRunner())
    assert outcomes[0] is outcomes[1]
    assert len(ran(tmp_path)) == 1


def test_another_runs_failure_is_taken_over_while_waiting(store, tmp_path):
    """The first run is at the job; the second waits, and does not try what has just failed."""
    (job,) = jobs_with_sentinel(tmp_path, 1, behaviour="raise")
    held = store.lock(job)
    waited = []

    def first_ends(_job):
        waited.append(_job)
        store.write(JobOutcome(job=job, status="failed", reason="as the first run found"), env={})
        held.release()

    (outcome,) = run_jobs([job], store, SerialRunner(), on_wait=first_ends)
    assert outcome.reason == "as the first run found"
    assert waited == [job]
    assert ran(tmp_path) == []


def test_a_job_whose_other_run_died_is_done_here(store, tmp_path):
    (job,) = jobs_with_sentinel(tmp_path, 1)
    held = store.lock(job)
    (outcome,) = run_jobs([job], store, SerialRunner(), on_wait=lambda _job: held.release())
    assert outcome.status == "done"
    assert ran(tmp_path) == [job.job_id]


def test_the_order_of_outcomes_is_that_of_the_jobs(store):
    jobs = [a_job(model=m) for m in "dcab"]
    held = store.lock(jobs[0])
    outcomes = run_jobs(jobs, store, SerialRunner(), on_wait=lambda _job: held.release())
    assert [o.job.model for o in outcomes] == list("dcab")
