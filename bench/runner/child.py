"""A worker process as its parent sees it: given a job, looked at until it answers, ends or passes a limit."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson
import polars as pl

from advisor.core.errors import BadInput
from advisor.core.units import format_bytes
from bench.protocol import JobOutcome
from bench.runner.logs import log_file, text_of
from bench.runner.tree import end, resident_bytes
from bench.runner.worker import START
from bench.wire import as_json, framed, from_bytes, unframed
from bench.work import thread_environment

if TYPE_CHECKING:
    from bench.protocol import Job

TICK_S: Final = 0.05
"""Between two looks at a worker's memory: what it can take in that time is the limit's overshoot."""
_ALWAYS: Final = {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
"""A worker that is killed has then said all it said, and one that crashes says where."""


class Child:
    """A fresh interpreter that does jobs of one number of threads, in a process group of its own.

    The memory limit is on resident memory, of the worker and what it started together: libraries reserve far
    more addresses than they use, so a limit on addresses would stop jobs that fit.
    Raises, when made: OSError: no process can be started.
    """

    def __init__(self, job: Job) -> None:
        self.log = log_file()
        self.ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-c", START, str(theirs.fileno()), *sys.path],
                stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, pass_fds=[theirs.fileno()],
                start_new_session=True, env={**os.environ, **_ALWAYS, **thread_environment(job)},
            )  # fmt: skip
        self.was_killed = False
        """It ended by a signal that we did not send."""
        self._deaf = False
        self.give(job)

    def give(self, job: Job) -> None:
        """Have it do this job; the one before must have been answered."""
        self.job, self._begun, self._read = job, time.perf_counter(), bytearray()
        self._logged = os.fstat(self.log.fileno()).st_size
        self.ours.setblocking(True)  # noqa: FBT003 - the socket's own signature
        with contextlib.suppress(OSError):  # it died at once; look() says how
            self.ours.sendall(framed(orjson.dumps(as_json(job))))
        self.ours.setblocking(False)  # noqa: FBT003

    @property
    def listening(self) -> list[socket.socket]:
        """What to wait on for news of it."""
        return [] if self._deaf else [self.ours]

    def look(self) -> JobOutcome | None:
        """The outcome, once there is one: an answer, an end without one, or a limit passed.

        Except after an answer, the process is of no more use: close it.
        """
        ended = self.process.poll()
        self._hear()
        outcome = None
        if (answer := unframed(self._read)) is not None:
            outcome = self._answered(answer)
        elif ended is not None:
            self.was_killed = ended < 0
            outcome = self._failed(how_it_ended(ended))
        elif self._over_time():
            outcome = self._failed(f"stopped after {self.job.limits.timeout_s:g} s, its time limit")
        elif self._over_memory():
            outcome = self._failed(too_much_memory(self.job))
        return outcome and replace(outcome, log=text_of(self.log, start=self._logged))

    def close(self) -> None:
        """End the process and all that it started."""
        if self.process.returncode is None:
            end(self.process.pid)
        else:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.ours.close()
        self.log.close()

    def _hear(self) -> None:
        while not self._deaf:
            try:
                piece = self.ours.recv(1 << 20)
            except BlockingIOError:
                return
            except OSError:
                piece = b""
            self._deaf = not piece
            self._read += piece

    def _over_time(self) -> bool:
        limit = self.job.limits.timeout_s
        return limit is not None and time.perf_counter() - self._begun > limit

    def _over_memory(self) -> bool:
        limit = self.job.limits.memory_bytes
        return limit is not None and (resident_bytes(self.process.pid) or 0) > limit

    def _answered(self, answer: bytes) -> JobOutcome:
        """What it said; a peak between two looks counts as well, for the same job must not pass by luck."""
        try:
            outcome = from_bytes(answer)
        except (ValueError, KeyError, TypeError, BadInput, pl.exceptions.PolarsError) as error:
            return self._failed(f"its answer cannot be read ({error})")
        limit = self.job.limits.memory_bytes
        if outcome.status == "done" and limit is not None and (outcome.peak_bytes or 0) > limit:
            return self._failed(too_much_memory(self.job))
        return outcome

    def _failed(self, reason: str) -> JobOutcome:
        wall_s = time.perf_counter() - self._begun
        return JobOutcome(job=self.job, status="failed", reason=reason, wall_s=wall_s)


def too_much_memory(job: Job) -> str:
    """The reason of a job that passed its memory limit."""
    return f"needed more than {format_bytes(job.limits.memory_bytes)}, its memory limit"


def how_it_ended(code: int) -> str:
    """A process's exit code in words; negative codes are signals."""
    if code >= 0:
        return f"its process ended with code {code} before it answered"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    if name == "SIGKILL":
        return (
            "its process was killed (SIGKILL: the system ran out of memory, or somebody killed it)"
        )
    return f"its process crashed ({name}); see its log"
