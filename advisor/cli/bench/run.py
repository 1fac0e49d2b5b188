"""`advisor bench run`: a list of jobs out of a file, or a stored run once more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli import output
from advisor.cli.bench import running


def command(
    plan: Annotated[
        str,
        typer.Argument(help="JSON file of jobs, or the id of a stored run.", metavar="PLAN"),
    ],
    style: running.FormatOption = "text",
    runs: running.RunsOption = None,
    runner: running.RunnerOption = "process",
    address: running.AddressOption = None,
    parallel: running.ParallelOption = 1,
    timeout: running.TimeoutOption = None,
    memory: running.MemoryOption = None,
) -> None:
    """Run a plan's jobs; finished ones are read."""
    chosen = output.style(style)
    from dataclasses import replace

    from bench.engine import environment
    from bench.plan_file import read_plan
    from bench.protocol import Limits
    from bench.store import Store
    from bench.wire import as_json

    file = Path(plan).expanduser()
    if file.is_file() or file.suffix == ".json":
        jobs = read_plan(file, hardware_id=environment()["hardware_id"])
    else:
        jobs = Store(root=running.folder_of(runs)).run(plan)
    stated = {name: n for name, n in running.limits(timeout, memory).items() if n is not None}
    jobs = [replace(job, limits=Limits(**{**as_json(job)["limits"], **stated})) for job in jobs]
    report = running.run(jobs, runs=runs, runner=runner, address=address, parallel=parallel)
    running.finish(report, chosen)
