"""Doing one job: the boundary where any failure becomes data."""

from __future__ import annotations

import time
import traceback

from advisor.core.errors import AdvisorError, MissingExtra, Unreachable
from bench.protocol import Job, JobOutcome
from bench.registry import harness


def run_job(job: Job) -> JobOutcome:
    """Never raises for a failing job: one bad model must not lose the other results."""
    start = time.perf_counter()
    try:
        measured = harness(job.harness).run(job)
    except (MissingExtra, Unreachable) as missing:
        return JobOutcome(job=job, status="not_run", reason=one_line(str(missing)))
    except AdvisorError as error:
        return _failed(job, one_line(str(error)), start)
    except Exception as error:  # noqa: BLE001 - the boundary; the traceback stays with the job
        return _failed(job, one_line(f"{type(error).__name__}: {error}"), start)
    return JobOutcome(job=job, status="done", measured=measured, wall_s=time.perf_counter() - start)


def one_line(words: str, *, at_most: int = 300) -> str:
    """The first line that says something, shortened."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    line = lines[0] if lines else "no reason given"
    return line if len(line) <= at_most else line[: at_most - 1] + "…"


def _failed(job: Job, reason: str, start: float) -> JobOutcome:
    return JobOutcome(
        job=job, status="failed", reason=reason, detail=traceback.format_exc(),
        wall_s=time.perf_counter() - start,
    )  # fmt: skip
