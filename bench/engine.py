"""Running a list of jobs: what is finished is read, the rest is run, each outcome is kept as soon as it is there."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol

from bench.measure.hardware import this_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from advisor.tables.locks import Lock
    from bench.protocol import Job, JobOutcome
    from bench.store import Store


class Runner(Protocol):
    """A way of running jobs: here, in processes, on a cluster."""

    name: str

    def run(self, jobs: Iterable[Job]) -> Generator[JobOutcome, None, None]:
        """Each job's outcome as it ends, in any order; never raises for a job that fails.

        A job is drawn from `jobs` when there is room for it. Closing the generator ends what still runs.
        """
        ...


def run_jobs(
    jobs: Sequence[Job],
    store: Store,
    runner: Runner,
    *,
    on_outcome: Callable[[JobOutcome, bool], None] | None = None,
    on_start: Callable[[Job], None] | None = None,
    on_wait: Callable[[Job], None] | None = None,
) -> list[JobOutcome]:
    """The outcomes in the order of `jobs`; finished ones are not run again.

    A job that another run is at is waited for, and its outcome read; where that run dies, it is done here.
    on_outcome: called with each outcome and whether another run had finished it. on_start, on_wait: called
    with a job that begins, and with one that another run is at.
    Raises: BadInput: the store cannot be written.
    """
    at = _Run(store, on_outcome or _silent, on_start or _silent)
    store.sweep()
    missing = [job for job in {job.job_id: job for job in jobs}.values() if not at.found(job)]
    try:
        at.all_of(runner, at.free(missing))
        for job, _ in list(at.busy.values()):
            (on_wait or _silent)(job)
            at.all_of(runner, at.awaited(job))
    finally:
        at.release()
    return [at.done[job.job_id] for job in jobs]


class _Run:
    """Which jobs are done, which are ours, and which another process has."""

    def __init__(
        self, store: Store, heard: Callable[[JobOutcome, bool], None], began: Callable[[Job], None]
    ) -> None:
        self.store, self.heard, self.began = store, heard, began
        self.done: dict[str, JobOutcome] = {}
        self.busy: dict[str, tuple[Job, object]] = {}
        """Another process's jobs, each with the mark of its last failure."""
        self.locks: dict[str, Lock] = {}
        self.env: dict[str, Any] = {}

    def found(self, job: Job) -> bool:
        """Whether it was finished before; it is then told."""
        outcome = self.store.finished(job)
        return outcome is not None and self.told(outcome)

    def told(self, outcome: JobOutcome) -> bool:
        self.done[outcome.job.job_id] = outcome
        self.heard(outcome, True)  # noqa: FBT003 - a callback's place
        return True

    def free(self, jobs: Iterable[Job]) -> Iterator[Job]:
        """Those that nobody is at, each locked as it is drawn; the others are noted as busy."""
        for job in jobs:
            mark, lock = self.store.attempt(job), self.store.lock(job)
            if lock is None:
                self.busy[job.job_id] = (job, mark)
            elif self.ours(job, lock):
                yield job

    def awaited(self, job: Job) -> Iterator[Job]:
        """The job once its holder is through, if it is still to be done."""
        lock = self.store.lock(job, wait=True)
        _, mark = self.busy[job.job_id]
        failure = self.store.failure(job) if self.store.attempt(job) != mark else None
        if lock is not None and self.ours(job, lock, failed=failure):
            yield job

    def ours(self, job: Job, lock: Lock, *, failed: JobOutcome | None = None) -> bool:
        """Whether the job is left to us, now that its lock is; its last holder may have ended it."""
        if self.found(job) or (failed is not None and self.told(failed)):
            lock.release()
            return False
        self.locks[job.job_id] = lock
        self.began(job)
        return True

    def all_of(self, runner: Runner, jobs: Iterator[Job]) -> None:
        """Run them; keep each outcome, then give its lock back."""
        with closing(runner.run(jobs)) as outcomes:
            for outcome in outcomes:
                self.env = self.env or environment()
                self.store.write(outcome, env=self.env)
                self.done[outcome.job.job_id] = outcome
                self.locks.pop(outcome.job.job_id).release()
                self.heard(outcome, False)  # noqa: FBT003 - a callback's place

    def release(self) -> None:
        for lock in self.locks.values():
            lock.release()


def environment() -> dict[str, Any]:
    """The machine's row, as JSON values."""
    row: dict[str, Any] = this_machine().row(0, named=True)
    return row


def _silent(*_said: object) -> None:
    """Nobody listens."""
