"""What every bench command shares: its options, running its jobs with progress on stderr, and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import output
from advisor.core.errors import JobsFailed
from advisor.core.units import parse_bytes, parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.measurement import BenchReport
    from bench.engine import Runner
    from bench.protocol import Job

FormatOption = Annotated[str, typer.Option("--format", help="text or json.", metavar="FORMAT")]
RunsOption = Annotated[
    str | None,
    typer.Option(
        "--runs",
        help="Folder of runs; default $ADVISOR_RUNS or beside your snapshots.",
        metavar="DIR",
    ),
]
RunnerOption = Annotated[
    str, typer.Option("--runner", help="process, serial or ray.", metavar="NAME")
]
SeedOption = Annotated[int, typer.Option(help="Of splits and fits.", min=0)]
ThreadsOption = Annotated[int, typer.Option(help="Threads a job may use; recorded.", min=1)]
TimeoutOption = Annotated[
    str | None, typer.Option("--job-timeout", help="Of one job, like 90s, 10m, 1h.", metavar="TIME")
]
MemoryOption = Annotated[
    str | None, typer.Option("--job-memory", help="Of one job, like 4GB.", metavar="SIZE")
]


def limits(timeout: str | None, memory: str | None) -> dict[str, float | int | None]:
    """The limits of one job, by the fields of bench.protocol.Limits."""
    return {
        "timeout_s": None if timeout is None else parse_duration(timeout, field="--job-timeout"),
        "memory_bytes": None if memory is None else parse_bytes(memory, field="--job-memory"),
    }


def run(jobs: Sequence[Job], *, runs: str | None, runner: str) -> BenchReport:
    """Run the jobs (those that an earlier run finished are read), collect their evidence, report.

    Raises: UnknownName: no such runner; BadInput: the folder cannot be written.
    """
    from bench.engine import environment, run_jobs
    from bench.report import report
    from bench.store import Store, default_root, run_id_of

    store = Store(root=Path(runs) if runs else default_root())
    run_id = run_id_of(jobs)
    folder = store.write_run(run_id, jobs, command=" ".join(sys.argv[1:]))
    earlier: list[str] = []

    def heard(outcome: object, was_finished: bool) -> None:
        if was_finished:
            earlier.append(outcome.job.job_id)  # type: ignore[attr-defined]

    outcomes = run_jobs(jobs, store, named_runner(runner), on_outcome=heard)
    return report(
        outcomes, run_id=run_id, folder=folder, machine=environment(), n_earlier=len(earlier)
    )


def named_runner(name: str) -> Runner:
    """The runner of that name. Raises: UnknownName; MissingExtra: ray is not installed."""
    from advisor.core.errors import UnknownName

    if name == "serial":
        from bench.runner.serial import SerialRunner

        return SerialRunner()
    if name == "process":
        from bench.runner.process import ProcessRunner

        return ProcessRunner()
    raise UnknownName(f"--runner: {name!r} is not accepted; type process, serial or ray")


def finish(report: BenchReport, style: str) -> None:
    """Print the report; end with exit code 4 where a job failed."""
    if style == "json":
        output.emit(report.model_dump_json(indent=2) + "\n")
    else:
        from advisor.render import bench

        output.write(bench.render(report, width=output.width()))
    if report.n_failed:
        raise JobsFailed(
            f"{report.n_done} done, {report.n_failed} failed, {report.n_not_run} not run"
        )
