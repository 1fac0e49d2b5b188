"""Outcomes of jobs as the report that a command prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from advisor.core.measurement import BenchReport, Entry, Hardware, Metric
from advisor.core.runs import RunLine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.protocol import JobOutcome
    from bench.store import Store


def report(
    outcomes: Sequence[JobOutcome],
    *,
    run_id: str,
    folder: Path,
    machine: Mapping[str, Any],
    n_earlier: int = 0,
    warnings: Sequence[str] = (),
) -> BenchReport:
    """One entry a job, in the order given. machine: a row of measure.hardware.this_machine."""
    states = [outcome.status for outcome in outcomes]
    return BenchReport(
        run_id=run_id,
        folder=str(folder),
        harness="+".join(sorted({outcome.job.harness for outcome in outcomes})),
        entries=[entry(outcome) for outcome in outcomes],
        n_done=states.count("done"),
        n_failed=states.count("failed"),
        n_not_run=states.count("not_run"),
        n_earlier=n_earlier,
        hardware=hardware(machine),
        warnings=list(warnings),
    )


def entry(outcome: JobOutcome) -> Entry:
    """One job as the report shows it."""
    job, measured = outcome.job, outcome.measured
    said: dict[str, Any] = {
        "job_id": job.job_id, "model": job.model, "status": outcome.status, "reason": outcome.reason,
        "task_id": job.task, "model_id": None, "model_revision": None, "kind": None, "n_parameters": None,
        "main_score": None, "metrics": {}, "subsets": {}, "warnings": [], "facts": {},
    }  # fmt: skip
    if measured is None:
        return Entry(**said)
    model, first = measured.model.row(0, named=True), measured.rows.row(0, named=True)
    return Entry(
        **{
            **said, "model_id": model["model_id"], "kind": model["kind"], "n_parameters": model["n_parameters"],
            "model_revision": first["model_revision"], "task_id": first["task_id"],
            "main_score": measured.facts.get("main_score", first["metric"]),
            "metrics": metrics(measured.rows.filter(_in_first_cell(first))),
            "subsets": {
                str(name): metrics(part)
                for (name,), part in measured.rows.filter(~_in_first_cell(first)).group_by(
                    _part_name(first), maintain_order=True
                )
            },
            "warnings": list(measured.warnings), "facts": dict(measured.facts),
        }
    )  # fmt: skip


def _in_first_cell(first: Mapping[str, Any]) -> pl.Expr:
    here: pl.Expr = pl.col("subset") == first["subset"]
    same_task: pl.Expr = pl.col("task_id") == first["task_id"]
    return here & same_task


def _part_name(first: Mapping[str, Any]) -> pl.Expr:
    """The subset; of a task beside the first (a group's member), the task, and its subset where it is another."""
    task, subset = pl.col("task_id"), pl.col("subset")
    elsewhere = pl.when(subset == first["subset"]).then(task).otherwise(task + " " + subset)
    return pl.when(task == first["task_id"]).then(subset).otherwise(elsewhere)


def metrics(rows: pl.DataFrame) -> dict[str, Metric]:
    """Rows of one cell by metric."""
    return {
        row["metric"]: Metric(
            value=row["value"], lo=row["lo"], hi=row["hi"], level=row["level"], n=row["n_items"],
            basis=row["basis"], method=row["method"],
        )
        for row in rows.iter_rows(named=True)
    }  # fmt: skip


def hardware(machine: Mapping[str, Any]) -> Hardware:
    """The machine's row as the report shows it; what it lacks is null."""
    return Hardware(**{name: machine.get(name) for name in Hardware.model_fields})


def run_lines(store: Store) -> tuple[list[RunLine], list[str]]:
    """Every stored run, the latest last, and a line for each one that cannot be read."""
    lines, warnings = [], []
    for run in store.runs():
        if isinstance(run, str):
            warnings.append(run)
            continue
        states = [store.state(job) for job in run.jobs]
        lines.append(
            RunLine(
                run_id=run.run_id, command=run.command, tasks=list(dict.fromkeys(job.task for job in run.jobs)),
                n_jobs=len(states), n_done=states.count("done"),
                n_failed=states.count("failed"), n_not_run=states.count("not_run"), n_pending=states.count(None),
                created_at=run.created_at, last_at=run.last_at, file=str(run.file),
            )
        )  # fmt: skip
    return lines, warnings
