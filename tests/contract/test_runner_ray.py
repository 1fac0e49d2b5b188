"""What only the cluster's runner does: models kept loaded, and jobs of killed workers tried again."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from fake_jobs import a_job

from advisor.core.errors import BadInput, MissingExtra
from bench.protocol import Limits
from bench.runner.ray_cluster import RayRunner, _groups
from bench.runner.ray_worker import at_this_machine
from bench.work import run_job


def test_without_the_package_the_message_is_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"pip install 'slm-advisor\[cluster\]'"):
        RayRunner()


def test_jobs_share_an_actor_when_model_threads_and_limits_are_the_same():
    jobs = [
        a_job(model="a", task="t1"), a_job(model="a", task="t2"), a_job(model="b"),
        a_job(model="a", threads=2), a_job(model="a", limits=Limits(num_gpus=1)),
    ]  # fmt: skip
    assert [[job.task for job in group.waiting] for group in _groups(jobs)] == [
        ["t1", "t2"], ["toy"], ["toy"], ["toy"],
    ]  # fmt: skip


def test_rows_name_the_machine_that_they_were_measured_on():
    from dataclasses import replace

    elsewhere = replace(a_job(), hardware_id="the-driver")
    moved = at_this_machine(run_job(elsewhere))
    assert set(moved.measured.rows["hardware_id"]) == {moved.env["hardware_id"]}
    unsaid = at_this_machine(run_job(a_job()))
    assert set(unsaid.measured.rows["hardware_id"]) == {"unknown"}


@pytest.mark.slow
def test_a_model_stays_loaded_from_job_to_job(cluster):
    outcomes = list(RayRunner().run([a_job(task=f"t{i}") for i in range(3)]))
    assert [o.measured.facts["n_runs"] for o in outcomes] == [1, 2, 3]


@pytest.mark.slow
def test_a_killed_worker_is_tried_again_and_a_failing_job_is_not(cluster, tmp_path):
    ran = tmp_path / "ran.txt"
    jobs = [
        a_job("kill", task="once", once=str(tmp_path / "once"), sentinel=str(ran)),
        a_job("raise", task="raises", sentinel=str(ran)),
    ]  # fmt: skip
    found = {o.job.task: o for o in RayRunner().run(jobs)}
    assert (found["once"].status, found["raises"].status) == ("done", "failed")
    assert [ran.read_text().split().count(job.job_id) for job in jobs] == [2, 1]


@pytest.mark.slow
def test_an_actor_that_is_killed_with_its_worker_is_replaced(cluster, tmp_path):
    """The actor's own process, as when its machine goes: its worker ends with it, another one does the job."""
    ran = tmp_path / "ran.txt"
    job = a_job("sleep", sleep_s=3, sentinel=str(ran))

    killer = threading.Thread(target=_kill_the_parent_of_the_worker, args=(ran,))
    killer.start()
    (outcome,) = RayRunner().run([job])
    killer.join()
    assert outcome.status == "done"
    assert len(ran.read_text().split()) == 2


def _kill_the_parent_of_the_worker(ran):
    """The worker has `bench.runner.worker` on its command line; its parent is the actor."""
    while not ran.exists():
        time.sleep(0.02)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_worker = b"bench.runner.worker" in (process / "cmdline").read_bytes()
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            is_actor = (
                (Path("/proc") / parent / "cmdline").read_bytes().startswith(b"ray::ModelActor")
            )
        except OSError:
            continue
        if is_worker and is_actor:
            os.kill(int(parent), signal.SIGKILL)


@pytest.mark.slow
def test_what_no_machine_has_is_not_run_and_says_so(cluster):
    (outcome,) = RayRunner().run([a_job(limits=Limits(num_gpus=8))])
    assert outcome.status == "not_run"
    assert "8 GPUs" in outcome.reason


@pytest.mark.slow
def test_an_address_without_a_cluster_is_one_line(monkeypatch):
    import ray

    if ray.is_initialized():
        monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(BadInput, match=r"--address: no Ray on 127\.0\.0\.1:1 "):
        list(RayRunner(address="127.0.0.1:1").run([a_job()]))
