"""One process a job: a crash, a hang or a leak loses that job alone, and its memory goes back."""

from __future__ import annotations

import select
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.protocol import JobOutcome
from bench.runner.child import TICK_S, Child

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from bench.protocol import Job


@dataclass(kw_only=True)
class ProcessRunner:
    """Jobs in fresh interpreters, `parallel` at a time, with their time and memory limits held."""

    parallel: int = 1
    name: str = "process"

    def run(self, jobs: Iterable[Job]) -> Generator[JobOutcome, None, None]:
        """Each job's outcome as it ends; in order, where one runs at a time."""
        waiting, working = iter(jobs), list[Child]()
        try:
            while True:
                while len(working) < self.parallel and (job := next(waiting, None)) is not None:
                    try:
                        working.append(Child(job))
                    except OSError as error:
                        yield not_started(job, error)
                if not working:
                    return
                select.select([end for child in working for end in child.listening], [], [], TICK_S)
                for child in list(working):
                    if (outcome := child.look()) is not None:
                        working.remove(child)
                        child.close()
                        yield outcome
        finally:
            for child in working:
                child.close()


def not_started(job: Job, error: OSError) -> JobOutcome:
    """The outcome of a job that the system gave no process for."""
    reason = f"its process could not be started ({error.strerror})"
    return JobOutcome(job=job, status="failed", reason=reason)
