"""Doing one job: the boundary where any failure becomes data."""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from advisor.core.errors import AdvisorError, BadInput, MissingExtra, Unreachable
from bench.protocol import Job, JobOutcome
from bench.registry import harness
from bench.wire import plain_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.protocol import Harness, Measured

THREAD_VARIABLES: Final = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS",
)  # fmt: skip
"""What numerical libraries read once, when they are imported."""


def thread_environment(job: Job) -> dict[str, str]:
    """The variables that hold a job to its number of threads, one where it does not say."""
    said = job.options.get("threads", 1)
    threads = max(1, said) if isinstance(said, int) else 1
    parallel = {"TOKENIZERS_PARALLELISM": "false" if threads == 1 else "true"}
    return dict.fromkeys(THREAD_VARIABLES, str(threads)) | parallel


def run_job(job: Job, *, made: Callable[[str], Harness] = harness) -> JobOutcome:
    """Never raises for a failing job: one bad model must not lose the other results.

    made: gives the harness of a name; one that is kept between jobs keeps what it has loaded.
    """
    start = time.perf_counter()
    try:
        measured = _as_stored(made(job.harness).run(job))
    except (MissingExtra, Unreachable) as missing:
        return JobOutcome(job=job, status="not_run", reason=one_line(str(missing)))
    except AdvisorError as error:
        return _failed(job, one_line(str(error)), start)
    except MemoryError:
        return _failed(job, "needed more memory than it could get", start)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the boundary: sys.exit() and panics of libraries in Rust too
        return _failed(job, one_line(f"{type(error).__name__}: {error}"), start)
    return JobOutcome(job=job, status="done", measured=measured, wall_s=time.perf_counter() - start)


def _as_stored(measured: Measured) -> Measured:
    """With its facts as they will read back. Raises: BadInput: they are no JSON, or there are no rows."""
    if measured.rows.is_empty():
        raise BadInput("the harness measured nothing: no rows came back")
    try:
        return replace(measured, facts=plain_json(measured.facts))
    except TypeError as error:
        raise BadInput(f"the harness's facts are no JSON ({error})") from None


def one_line(words: str, *, at_most: int = 300) -> str:
    """The first line that says something, shortened; what no file can hold is replaced."""
    lines = [line.strip() for line in _storable(words).splitlines() if line.strip()]
    line = lines[0] if lines else "no reason given"
    return line if len(line) <= at_most else line[: at_most - 1] + "…"


def _storable(words: str) -> str:
    return words.encode("utf-8", errors="replace").decode("utf-8")


def _failed(job: Job, reason: str, start: float) -> JobOutcome:
    return JobOutcome(
        job=job, status="failed", reason=reason, detail=_storable(traceback.format_exc()),
        wall_s=time.perf_counter() - start,
    )  # fmt: skip
