"""The actor on a cluster's machine: it keeps one model's worker process and does that model's jobs in it."""

from __future__ import annotations

import select
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson
import polars as pl

from bench.engine import environment
from bench.runner.child import TICK_S, Child
from bench.runner.process import not_started
from bench.wire import from_json, to_bytes

if TYPE_CHECKING:
    from bench.protocol import Job, JobOutcome

RETRIES: Final = 2
"""Of a job whose worker was killed or whose machine was lost. A job that fails by itself is not tried again."""


class ModelActor:
    """Limits are held here, beside the worker; a worker that was killed is started again."""

    def __init__(self) -> None:
        self._child: Child | None = None

    def run(self, job: bytes) -> bytes:
        """The outcome of a job, both as bench.wire has them; what the worker loaded stays for the next."""
        wanted = from_json(orjson.loads(job))
        try:
            outcome = self._done(wanted)
            for n_times in range(2, RETRIES + 2):
                if self._child is None or not self._child.was_killed:
                    break
                self._end()
                outcome = self._done(wanted)
                if outcome.status == "failed":
                    outcome = replace(outcome, reason=f"{outcome.reason}, {n_times} times")
        except OSError as error:
            outcome = not_started(wanted, error)
        if outcome.status != "done":
            self._end()
        return to_bytes(at_this_machine(outcome))

    def _done(self, job: Job) -> JobOutcome:
        if self._child is None:
            self._child = Child(job)
        else:
            self._child.give(job)
        while (outcome := self._child.look()) is None:
            select.select(self._child.listening, [], [], TICK_S)
        return outcome

    def _end(self) -> None:
        if self._child is not None:
            self._child.close()
        self._child = None


def at_this_machine(outcome: JobOutcome) -> JobOutcome:
    """With this machine's facts; its name goes into the rows where the job named another."""
    env = environment()
    measured = outcome.measured
    if measured is not None and outcome.job.hardware_id not in ("unknown", env["hardware_id"]):
        rows = measured.rows.with_columns(hardware_id=pl.lit(env["hardware_id"]))
        measured = replace(measured, rows=rows)
    return replace(outcome, env=env, measured=measured)
