"""How far a run is, on stderr: a moving line on a terminal, a line per job anywhere else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from advisor.cli import output
from advisor.cli.moving_bar import Bar
from advisor.core.units import format_seconds

if TYPE_CHECKING:
    from types import TracebackType

    from bench.protocol import Job, JobOutcome


class Progress:
    """Told what begins and what ends; says how many are done and about how long the rest takes.

    The time left is the time so far for each job that ended in this run, times the jobs left: unknown until one
    has ended.
    """

    def __init__(self, n_jobs: int) -> None:
        self.n_jobs = n_jobs
        self.counts = {"done": 0, "failed": 0, "not_run": 0}
        self.n_earlier = 0
        self._begun = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Progress:
        import sys

        if sys.stderr.isatty():
            self._bar = Bar(self.n_jobs)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _at: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    @property
    def n_ended(self) -> int:
        """Jobs with an outcome, of this run or an earlier one."""
        return sum(self.counts.values())

    def left_s(self) -> float | None:
        """Seconds until all jobs have ended, about; None before the first one of this run has."""
        ran = self.n_ended - self.n_earlier
        if not ran:
            return None
        return (time.monotonic() - self._begun) / ran * (self.n_jobs - self.n_ended)

    def expect(self, n: int) -> None:
        """So many more jobs come than were known at first."""
        self.n_jobs += n
        if self._bar is not None:
            self._bar.grow(self.n_jobs)

    def started(self, job: Job) -> None:
        """A job begins."""
        if self._bar is not None:
            self._bar.show(self.n_ended, self._left(), f"{job.model} on {job.task}")

    def waiting(self, job: Job) -> None:
        """Another run is at this job."""
        output.note(f"{job.model} on {job.task}: another run is at it; waiting for its outcome")

    def ended(self, outcome: JobOutcome, earlier: bool) -> None:
        """A job has its outcome; earlier: another run's."""
        self.counts[outcome.status] += 1
        self.n_earlier += earlier
        what = f"{outcome.job.model} on {outcome.job.task}"
        if self._bar is not None:
            self._bar.show(self.n_ended, self._left(), what)
        elif not earlier:
            state = outcome.status.replace("_", " ")
            how = f" in {format_seconds(outcome.wall_s)}" if outcome.status == "done" else ""
            left = f"; {words}" if (words := self._left()) else ""
            output.note(f"[{self.n_ended}/{self.n_jobs}] {what}: {state}{how}{left}")

    def _left(self) -> str:
        left = self.left_s()
        if left is None or self.n_ended == self.n_jobs:
            return ""
        return f"about {format_seconds(float(f'{left:.2g}'))} left"
