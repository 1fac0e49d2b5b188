"""Running a list of jobs: what is finished is read, the rest is run, each outcome is kept as soon as it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from bench.measure.hardware import this_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.protocol import Job, JobOutcome
    from bench.store import Store


class Runner(Protocol):
    """A way of running jobs: here, in processes, on a cluster."""

    name: str

    def run(self, jobs: Sequence[Job]) -> Iterator[JobOutcome]:
        """Each job's outcome as it ends, in any order; never raises for a job that fails."""
        ...


def run_jobs(
    jobs: Sequence[Job],
    store: Store,
    runner: Runner,
    *,
    on_outcome: Callable[[JobOutcome, bool], None] | None = None,
) -> list[JobOutcome]:
    """The outcomes in the order of `jobs`; finished ones are not run again.

    on_outcome: called with each outcome and whether an earlier run had finished it.
    Raises: BadInput: the store cannot be written.
    """
    heard = on_outcome or (lambda _outcome, _earlier: None)
    done: dict[str, JobOutcome] = {}
    for job in jobs:
        if (found := store.finished(job)) is not None:
            done[job.job_id] = found
            heard(found, True)  # noqa: FBT003 - a callback's place
    missing = list({job.job_id: job for job in jobs if job.job_id not in done}.values())
    env = environment() if missing else {}
    for outcome in runner.run(missing):
        store.write(outcome, env=env)
        done[outcome.job.job_id] = outcome
        heard(outcome, False)  # noqa: FBT003 - a callback's place
    return [done[job.job_id] for job in jobs]


def environment() -> dict[str, Any]:
    """The machine's row, as JSON values."""
    row: dict[str, Any] = this_machine().row(0, named=True)
    return row
