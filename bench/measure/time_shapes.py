"""`python -m bench.measure.time_shapes --out FILE`: time the declared shapes on this machine's CPU."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import polars as pl
import typer

from advisor.core.errors import AdvisorError, JobsFailed, UnknownName
from bench.measure.hardware import this_machine
from bench.measure.shapes import BY_NAME, SHAPES

STEP_SHAPES: Final = ("minilm-l6", "bert-base")
DIMS: Final = (384, 1024)
"""Widths of the embeddings that a logistic regression is fitted on."""
_BUDGET_S: Final = 6.0
_ENVIRONMENT: Final = {
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    # Threads that wait sleep: spinning ones took 30 times as long when another program wanted a core.
    "OMP_WAIT_POLICY": "PASSIVE",
}
_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""For jobs without torch, whose thread count nothing else sets."""
_TIME_LIMIT_S: Final = 300


def one_job(job: str, budget_s: float) -> dict[str, Any] | list[dict[str, Any]]:
    """Run one job in this process. job: "shape:NAME", "step:NAME" or "logistic:DIM"."""
    kind, _, name = job.partition(":")
    if kind == "shape":
        from bench.measure.cells import run_shape

        return run_shape(BY_NAME[name], budget_s=budget_s)
    from bench.measure.training import run_logistic, run_steps

    return (
        run_steps(BY_NAME[name], threads=1, budget_s=budget_s)
        if kind == "step"
        else run_logistic(int(name))
    )


def uses_torch(job: str) -> bool:
    """Whether a job sets its own thread count."""
    kind, _, name = job.partition(":")
    return kind == "step" or (kind == "shape" and bool(BY_NAME[name].config_class))


def in_own_process(job: str, budget_s: float) -> Any:
    """The job's record, made by a fresh process so that its peak memory is its own.

    Raises: JobsFailed: the process failed or took too long; the message ends with what it said last.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "record.json"
        command = [
            sys.executable,
            "-m",
            "bench.measure.time_shapes",
            "--out",
            str(out),
            "--job",
            job,
            "--budget",
            str(budget_s),
        ]
        threads = {} if uses_torch(job) else _ONE_THREAD
        try:
            done = subprocess.run(  # noqa: S603 (our own module, our own arguments)
                command, env=os.environ | _ENVIRONMENT | threads, capture_output=True, text=True, timeout=_TIME_LIMIT_S, check=False
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise JobsFailed(f"{job}: took more than {_TIME_LIMIT_S} s") from None
        if done.returncode:
            raise JobsFailed(f"{job}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
        return orjson.loads(out.read_bytes())


def jobs_of(names: list[str], *, training: bool) -> list[str]:
    """The jobs behind the asked shapes. Raises: UnknownName: no such shape."""
    if unknown := sorted(set(names) - set(BY_NAME)):
        raise UnknownName(
            f"--shape: unknown shape {unknown[0]!r}; known are {', '.join(sorted(BY_NAME))}"
        )
    jobs = [f"shape:{name}" for name in names]
    if training:
        jobs += [f"step:{name}" for name in STEP_SHAPES] + [f"logistic:{dim}" for dim in DIMS]
    return jobs


def time_shapes(jobs: list[str], budget_s: float) -> tuple[dict[str, Any], list[str]]:
    """Records of all jobs, one process each, and what failed, one line a job. Progress goes to stderr."""
    records: dict[str, list[Any]] = {"shape": [], "step": [], "logistic": []}
    failed = []
    for job in jobs:
        typer.echo(f"timing {job}", err=True)
        try:
            record = in_own_process(job, budget_s)
        except JobsFailed as error:
            failed.append(str(error))
            continue
        records[job.partition(":")[0]] += record if isinstance(record, list) else [record]
    return records, failed


def main(
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    shape: Annotated[
        list[str] | None, typer.Option(help="Only these shapes; all when absent.")
    ] = None,
    budget: Annotated[float, typer.Option(help="Seconds of timing a shape.")] = _BUDGET_S,
    earlier: Annotated[
        list[Path] | None,
        typer.Option(help="Earlier timings of this machine; of each cell the quieter run is kept."),
    ] = None,
    training: Annotated[bool, typer.Option(help="Also time fitting.")] = True,  # noqa: FBT002 (typer option)
    job: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Time randomly initialised models of real shapes on this CPU and write evidence rows."""
    if job is not None:
        out.write_bytes(orjson.dumps(one_job(job, budget)))
        return
    from bench.measure.timing_rows import quietest, timing_rows

    machine = this_machine().row(0, named=True)
    typer.echo(
        f"{machine['name']}, {machine['cores']} cores, load {machine['load_1min']:.1f}", err=True
    )
    try:
        jobs = jobs_of(shape or [entry.name for entry in SHAPES], training=training)
        records, failed = time_shapes(jobs, budget)
        rows = timing_rows(
            records,
            hardware_id=machine["hardware_id"],
            libraries=machine["libraries"],
            measured_at=datetime.now(UTC).date().isoformat(),
        )
    except AdvisorError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    rows = quietest([rows, *(pl.read_parquet(file) for file in earlier or [])])
    temporary = out.with_name(f".{out.name}.part")
    rows.write_parquet(temporary, compression="zstd", compression_level=19)
    temporary.replace(out)
    typer.echo(f"{rows.height} rows in {out}", err=True)
    for line in failed:
        typer.echo(f"error: {line}", err=True)
    if failed:
        raise typer.Exit(JobsFailed.exit_code)


if __name__ == "__main__":
    typer.run(main)
