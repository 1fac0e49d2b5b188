"""One job after another in this process: for tests and for debugging a harness."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from bench.runner.logs import written_to
from bench.work import run_job

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from bench.protocol import Job, JobOutcome


class SerialRunner:
    """Limits are not held here: a job that hangs, hangs the run. What a job prints is seen at once, on stderr."""

    name = "serial"

    def run(self, jobs: Iterable[Job]) -> Generator[JobOutcome, None, None]:
        """Each job's outcome, in order."""
        for job in jobs:
            with contextlib.redirect_stdout(sys.stderr), written_to(2, streams=(1,)):
                outcome = run_job(job)
            yield outcome
