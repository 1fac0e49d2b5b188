"""What every bench command shares: its options, running its jobs with progress on stderr, and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.cli import output
from advisor.cli.bench.progress import Progress
from advisor.core.errors import JobsFailed
from advisor.core.units import parse_bytes, parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.measurement import BenchReport
    from bench.engine import Runner
    from bench.protocol import Job, JobOutcome
    from bench.store import Store

RUNNERS = ("process", "serial", "ray")
INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""

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
AddressOption = Annotated[
    str | None,
    typer.Option(
        "--address",
        help="Of a Ray cluster, with --runner ray; else one is started here.",
        metavar="URL",
    ),
]
ParallelOption = Annotated[
    int,
    typer.Option(help="Jobs at a time. More than one makes timings less steady.", min=1),
]
SeedOption = Annotated[int, typer.Option(help="Of splits and fits.", min=0)]
ThreadsOption = Annotated[int, typer.Option(help="Threads a job may use; recorded.", min=1)]
TimeoutOption = Annotated[
    str | None, typer.Option("--job-timeout", help="Of one job, like 90s, 10m, 1h.", metavar="TIME")
]
MemoryOption = Annotated[
    str | None, typer.Option("--job-memory", help="Of one job, like 4GB.", metavar="SIZE")
]
MeasureOption = Annotated[
    str | None,
    typer.Option("--measure-time", help="Timing of each model, like 5s.", metavar="TIME"),
]
EnergyOption = Annotated[
    bool, typer.Option("--energy", help="Also energy; said whether a counter or a model tells it.")
]
CountryOption = Annotated[
    str | None, typer.Option(help="For CO2 beside energy, like DEU.", metavar="CODE")
]
HourOption = Annotated[
    float | None, typer.Option("--usd-per-hour", help="What this machine costs.", min=0.0)
]


def meters(
    measure: str | None, *, energy: bool, country: str | None, usd_per_hour: float | None
) -> dict[str, Any]:
    """What is measured beside quality, as a job's options; what was not said is left out.

    Raises: BadInput: a time or a country that cannot be read.
    """
    said: dict[str, Any] = {}
    if measure is not None:
        said["measure_s"] = parse_duration(measure, field="--measure-time")
    if country is not None:
        from bench.measure.energy import check_country

        said["country"] = check_country(country)
    if energy or country is not None:
        said["energy"] = True
    if usd_per_hour is not None:
        said["usd_per_hour"] = usd_per_hour
    return said


def limits(timeout: str | None, memory: str | None) -> dict[str, float | int | None]:
    """The limits of one job, by the fields of bench.protocol.Limits."""
    return {
        "timeout_s": None if timeout is None else parse_duration(timeout, field="--job-timeout"),
        "memory_bytes": None if memory is None else parse_bytes(memory, field="--job-memory"),
    }


def run(
    jobs: Sequence[Job],
    *,
    runs: str | None,
    runner: str,
    address: str | None = None,
    parallel: int = 1,
) -> BenchReport:
    """Run the jobs (those that an earlier run finished are read), collect their evidence, report.

    Raises: UnknownName: no such runner; BadInput: the folder cannot be written; SystemExit: interrupted, with
    what is finished kept.
    """
    from bench.engine import environment, run_jobs
    from bench.report import report
    from bench.store import Store, run_id_of

    chosen = named_runner(runner, address=address, parallel=parallel)
    store = Store(root=folder_of(runs))
    run_id = run_id_of(jobs)
    file = store.write_run(run_id, jobs, command=" ".join(sys.argv[1:]))
    with Progress(len({job.job_id for job in jobs})) as progress:
        try:
            outcomes = run_jobs(
                jobs, store, chosen,
                on_outcome=progress.ended, on_start=progress.started, on_wait=progress.waiting,
            )  # fmt: skip
        except KeyboardInterrupt:
            raise interrupted(progress) from None
    warnings = collected(outcomes, store)
    return report(
        outcomes, run_id=run_id, folder=file, machine=environment(), n_earlier=progress.n_earlier, warnings=warnings,
    )  # fmt: skip


def collected(outcomes: Sequence[JobOutcome], store: Store) -> list[str]:
    """What was measured enters the user's own evidence; a warning where it cannot: the runs are kept either way."""
    from advisor.core.errors import AdvisorError
    from bench.collect import collect

    try:
        collect(outcomes, runs=store.root)
    except AdvisorError as error:
        return [f"kept, but not collected for `advisor recommend`: {error}"]
    return []


def folder_of(runs: str | None) -> Path:
    """The folder that --runs names, or the default one."""
    from bench.store import default_root

    return Path(runs).expanduser() if runs else default_root()


def named_runner(name: str, *, address: str | None = None, parallel: int = 1) -> Runner:
    """The runner of that name.

    Raises: UnknownName; BadInput: an option that it does not have; MissingExtra: ray is not installed.
    """
    from advisor.core.errors import BadInput, UnknownName

    if name not in RUNNERS:
        raise UnknownName(f"--runner: {name!r} is not accepted; type one of {', '.join(RUNNERS)}")
    if address is not None and name != "ray":
        raise BadInput(f"--address is a Ray cluster's; add --runner ray (this is {name!r})")
    if parallel > 1 and name == "serial":
        raise BadInput("--parallel: the serial runner does one job at a time; use --runner process")
    if name == "serial":
        from bench.runner.serial import SerialRunner

        return SerialRunner()
    if name == "ray":
        from bench.runner.ray_cluster import RayRunner

        return RayRunner(address=address)
    from bench.runner.process import ProcessRunner

    return ProcessRunner(parallel=parallel)


def finish(report: BenchReport, style: str) -> None:
    """Print the report; where a job failed, its reason in one line, and end with exit code 4."""
    if style == "json":
        output.emit(report.model_dump_json(indent=2) + "\n")
    else:
        from advisor.render import bench

        output.write(bench.render(report, width=output.width()))
    failed = [entry for entry in report.entries if entry.status == "failed"]
    for entry in failed:
        output.note(
            f"failed: {entry.model} on {entry.task_id}: {entry.reason} (job {entry.job_id})"
        )
    if failed:
        not_run = f", {report.n_not_run} not run" if report.n_not_run else ""
        raise JobsFailed(
            f"{report.n_done} done, {report.n_failed} failed{not_run}; the same command tries those again, "
            f"logs are in {Path(report.folder).parent.parent / 'jobs'}"
        )


def interrupted(progress: Progress) -> SystemExit:
    """Said and ended as shells have it: what is finished stays."""
    kept = progress.counts["done"]
    output.fail(
        f"interrupted; {kept} of {progress.n_jobs} done and kept, the same command goes on from there"
    )
    return SystemExit(INTERRUPTED)
