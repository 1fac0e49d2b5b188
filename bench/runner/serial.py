"""One job after another in this process: for tests and for debugging a harness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.work import run_job

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.protocol import Job, JobOutcome


class SerialRunner:
    """Time and memory limits are not held here: a job that hangs, hangs the run."""

    name = "serial"

    def run(self, jobs: Sequence[Job]) -> Iterator[JobOutcome]:
        """Each job's outcome, in order."""
        for job in jobs:
            yield run_job(job)
