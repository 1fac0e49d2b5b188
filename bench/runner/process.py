"""One spawned process a job: a crash, a hang or a leak loses that job alone, and its memory goes back."""

from __future__ import annotations

import multiprocessing
import time
from typing import TYPE_CHECKING

from bench.protocol import JobOutcome
from bench.work import run_job

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from bench.protocol import Job


class ProcessRunner:
    """Jobs one after another, each in a fresh interpreter, with its time and memory limits held."""

    name = "process"

    def run(self, jobs: Sequence[Job]) -> Iterator[JobOutcome]:
        """Each job's outcome, in order."""
        context = multiprocessing.get_context("spawn")
        for job in jobs:
            ours, theirs = context.Pipe(duplex=False)
            worker = context.Process(target=_work, args=(job, theirs), daemon=False)
            start = time.perf_counter()
            worker.start()
            theirs.close()
            try:
                yield _wait(job, ours, start)
            finally:
                worker.kill()
                worker.join()


def _wait(job: Job, ours: Connection, start: float) -> JobOutcome:
    if not ours.poll(job.limits.timeout_s):
        reason = f"stopped after {job.limits.timeout_s:g} s, its time limit"
    else:
        try:
            outcome: JobOutcome = ours.recv()
        except EOFError:
            reason = "its process died without a word (killed, or out of memory)"
        else:
            return outcome
    return JobOutcome(job=job, status="failed", reason=reason, wall_s=time.perf_counter() - start)


def _work(job: Job, theirs: Connection) -> None:
    if job.limits.memory_bytes is not None:
        import resource  # not on every system

        resource.setrlimit(resource.RLIMIT_AS, (job.limits.memory_bytes, job.limits.memory_bytes))
    theirs.send(run_job(job))
    theirs.close()
