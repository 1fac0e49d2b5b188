"""`advisor bench run` killed, doubled, starved and interrupted: finished jobs stay, and are never done twice."""

from __future__ import annotations

import collections
import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import orjson
import pytest
from fake_jobs import a_job, jobs_with_sentinel, ran

from bench.store import Store
from bench.wire import as_json


def ended(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def until(true, *, at_most_s=60):
    deadline = time.monotonic() + at_most_s
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def is_gone(pid):
    """Ended, or waiting only for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def workers_of(pid):
    """Children of any of its threads; a thread may end while it is looked at."""
    found = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += [int(child) for child in listed.read_text().split()]
    return found


def leftovers(store):
    """Whatever lies among the jobs and is not a job's folder."""
    return [
        p.name for p in (store.root / "jobs").iterdir() if not (p.is_dir() and len(p.name) == 12)
    ]


def tables(store, jobs):
    return {
        job.job_id: [store.finished(job).measured.rows.rows(), store.finished(job).measured.items.rows()]
        for job in jobs
    }  # fmt: skip


def test_failures_are_counted_with_their_reasons_and_not_run_is_none(bench):
    jobs = [a_job(model="good"), a_job("raise", model="broken"), a_job("unreachable", model="away")]
    code, out, err = ended(bench(jobs, "--format", "json"))
    assert code == 4
    report = orjson.loads(out)
    assert [e["status"] for e in report["entries"]] == ["done", "failed", "not_run"]
    lines = err.splitlines()
    said = f"failed: broken on toy: RuntimeError: the model broke, as told (job {jobs[1].job_id})"
    assert said in lines
    assert lines[-1].startswith("error: 1 done, 1 failed, 1 not run")
    code, _, err = ended(bench([jobs[0], jobs[2]]))
    assert code == 0
    assert "error" not in err


def test_progress_is_on_stderr_a_line_for_each_job(bench):
    code, out, err = ended(bench([a_job(model="a"), a_job(model="b")]))
    assert code == 0
    assert [line.split(" ")[0] for line in err.splitlines()] == ["[1/2]", "[2/2]"]
    assert "left" in err.splitlines()[0]
    assert "[1/2]" not in out


@pytest.mark.slow
def test_a_job_that_swells_is_stopped_and_the_others_are_unharmed(bench):
    jobs = [
        a_job(model="before"), a_job("allocate", model="swells", allocate_bytes=900_000_000, sleep_s=20),
        a_job(model="after"),
    ]  # fmt: skip
    code, out, _ = ended(bench(jobs, "--job-memory", "500MB", "--format", "json"))
    assert code == 4
    entries = orjson.loads(out)["entries"]
    assert [e["status"] for e in entries] == ["done", "failed", "done"]
    assert entries[1]["reason"] == "needed more than 500 MB, its memory limit"


@pytest.mark.slow
def test_the_same_job_that_fits_under_a_limit_is_the_same_job_without_one(bench, tmp_path):
    jobs = jobs_with_sentinel(tmp_path, 1)
    ended(bench(jobs, "--job-memory", "2GB", "--job-timeout", "60s"))
    code, out, _ = ended(bench(jobs, "--format", "json"))
    assert (code, orjson.loads(out)["n_earlier"], len(ran(tmp_path))) == (0, 1, 1)


@pytest.mark.slow
def test_children_that_a_job_leaves_behind_end_with_it(bench, tmp_path):
    code, _, _ = ended(bench([a_job("children", children=str(tmp_path / "left"))]))
    assert code == 0
    left = [int(pid) for pid in (tmp_path / "left").read_text().split()]
    assert len(left) == 2
    until(lambda: all(is_gone(pid) for pid in left), at_most_s=5)


@pytest.mark.slow
def test_ctrl_c_ends_the_workers_keeps_what_is_done_and_exits_with_130(bench, tmp_path, store):
    jobs = jobs_with_sentinel(tmp_path, 2)
    slow = a_job("children", children=str(tmp_path / "left"), sleep_s=60)
    run = bench([*jobs, slow])
    until((tmp_path / "left").exists)
    until(lambda: (tmp_path / "left").read_text().count(" ") == 1)
    workers = workers_of(run.pid)
    run.send_signal(signal.SIGINT)
    code, out, err = ended(run)
    assert (code, out) == (130, "")
    assert "interrupted; 2 of 3 done and kept" in err.splitlines()[-1]
    assert "Traceback" not in err
    gone = [*workers, *map(int, (tmp_path / "left").read_text().split())]
    until(lambda: all(is_gone(pid) for pid in gone), at_most_s=5)
    assert [store.state(job) for job in [*jobs, slow]] == ["done", "done", None]
    assert leftovers(store) == []


@pytest.mark.slow
def test_workers_end_when_the_run_is_killed_outright(bench, tmp_path):
    run = bench([a_job("children", children=str(tmp_path / "left"), sleep_s=60)])
    until((tmp_path / "left").exists)
    until(lambda: (tmp_path / "left").read_text().count(" ") == 1)
    workers = workers_of(run.pid)
    assert workers
    run.kill()
    run.wait()
    # The child in the worker's own group goes as well; one that left for a session of its own may stay.
    grouped, apart = map(int, (tmp_path / "left").read_text().split())
    until(lambda: all(is_gone(pid) for pid in [*workers, grouped]), at_most_s=10)
    os.kill(apart, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_killed_at_random_moments_no_finished_job_runs_twice(bench, tmp_path, store, seed):
    """Kill -9 of the run, of its worker, or of both, again and again; then let it end."""
    rng = np.random.default_rng(seed)
    jobs = jobs_with_sentinel(tmp_path, 5, n_items=2000)
    finished: dict[str, int] = {}
    for _ in range(5):
        run = bench(jobs)
        until(lambda run=run: workers_of(run.pid) or run.poll() is not None)
        time.sleep(rng.uniform(0.0, 1.5))
        victims = [run.pid, *workers_of(run.pid)]
        for victim in rng.permutation(victims)[: rng.integers(1, 3)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(victim), signal.SIGKILL)
        if run.pid not in victims[:1] or rng.random() < 0.5:
            run.kill()
        run.communicate(timeout=60)
        count = collections.Counter(ran(tmp_path))
        for job_id, n in finished.items():
            assert count[job_id] == n, "a finished job ran again"
        finished |= {job.job_id: count[job.job_id] for job in jobs if store.finished(job)}
    code, out, _ = ended(bench(jobs, "--format", "json"))
    assert code == 0
    report = orjson.loads(out)
    assert report["n_done"] == 5
    assert len({e["job_id"] for e in report["entries"]}) == 5
    count = collections.Counter(ran(tmp_path))
    assert all(count[job_id] == n for job_id, n in finished.items())
    assert leftovers(store) == []
    assert [len(store.finished(job).measured.items) for job in jobs] == [2000] * 5


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["mkdtemp", "write_bytes", "fsync", "rename", "unlink"])
def test_killed_in_the_middle_of_a_write_the_job_is_whole_or_not_there(tmp_path, store, moment):
    """The process ends itself at its n-th call of what a write consists of; every n is tried until one is too many."""
    code = f"""
import os, pathlib, signal, sys, tempfile
from bench.engine import run_jobs
from bench.runner.serial import SerialRunner
from bench.store import Store
from bench.wire import from_json
import orjson
jobs = [from_json(job) for job in orjson.loads(sys.argv[1])]
left = [int(sys.argv[2])]
def dying(real):
    def call(*a, **k):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*a, **k)
    return call
name = {moment!r}
owner = dict(mkdtemp=tempfile, write_bytes=pathlib.Path, fsync=os, rename=pathlib.Path, unlink=pathlib.Path)[name]
setattr(owner, name, dying(getattr(owner, name)))
run_jobs(jobs, Store(root=pathlib.Path({str(store.root)!r})), SerialRunner())
"""
    jobs = jobs_with_sentinel(tmp_path, 2)
    said = orjson.dumps([as_json(job) for job in jobs]).decode()
    finished, n, killed = {}, 0, 0
    while True:
        n += 1
        done = subprocess.run(
            [sys.executable, "-c", code, said, str(n)], check=False, capture_output=True
        )
        count = collections.Counter(ran(tmp_path))
        assert all(count[job_id] == times for job_id, times in finished.items())
        finished |= {job.job_id: count[job.job_id] for job in jobs if store.finished(job)}
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        killed += 1
        assert n < 20
    assert killed
    assert len(finished) == 2
    assert leftovers(store) == []


@pytest.mark.slow
def test_two_runs_on_one_folder_share_the_work(bench, tmp_path, store):
    jobs = jobs_with_sentinel(tmp_path, 4, behaviour="sleep", sleep_s=0.3)
    first, second = bench(jobs, "--format", "json"), bench(jobs, "--format", "json")
    one, other = ended(first), ended(second)
    assert (one[0], other[0]) == (0, 0)
    assert sorted(ran(tmp_path)) == sorted(job.job_id for job in jobs)
    reports = [orjson.loads(one[1]), orjson.loads(other[1])]
    assert reports[0]["entries"] == reports[1]["entries"]
    assert sum(report["n_earlier"] for report in reports) == 4
    assert leftovers(store) == []


@pytest.mark.slow
def test_a_second_run_takes_over_from_one_that_is_killed(bench, tmp_path):
    jobs = jobs_with_sentinel(tmp_path, 1, behaviour="sleep", sleep_s=3)
    first = bench(jobs)
    until(lambda: len(ran(tmp_path)) == 1)
    second = bench(jobs)
    time.sleep(1)
    first.kill()
    code, _, _ = ended(second)
    assert code == 0
    assert len(ran(tmp_path)) == 2  # the first never finished


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_finished_jobs_stay(bench, tmp_path, store):
    small, big = a_job(model="small"), a_job(model="big", n_items=200_000)
    limit = 100_000  # bytes in one file: the big job's items do not fit

    def starve():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    code, out, err = ended(bench([small, big], preexec_fn=starve))
    assert (code, out) == (2, "")
    assert "cannot be written (File too large); free space" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert [store.state(job) for job in (small, big)] == ["done", None]
    assert leftovers(store) == []
    before = tables(store, [small])
    code, _, _ = ended(bench([small, big]))
    assert code == 0
    assert tables(store, [small]) == before


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 120 kB, where we may mount one."""
    at = tmp_path / "disk"
    at.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120k", "tmpfs", str(at)], check=False, capture_output=True)  # fmt: skip
    if mounted.returncode:
        pytest.skip("no right to mount a file system")
    yield at
    subprocess.run(["umount", str(at)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_really_full_is_one_line_too(bench, tiny_disk):
    small, big = a_job(model="small"), a_job(model="big", n_items=200_000)
    code, out, err = ended(bench([small, big], "--runs", str(tiny_disk)))
    assert (code, out) == (2, "")
    assert "No space left on device" in err.splitlines()[-1]
    store = Store(root=tiny_disk)
    assert [store.state(job) for job in (small, big)] == ["done", None]
    assert leftovers(store) == []


@pytest.mark.slow
def test_a_folder_that_is_only_read_is_one_line(bench, tiny_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    code, out, err = ended(bench([a_job()], "--runs", str(tiny_disk)))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "cannot be written (Read-only file system)" in err
