"""A job's outcome as a report shows it: its main score, the metrics of its first cell, and those of parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

import polars as pl

from advisor.core.measurement import Entry, Metric

if TYPE_CHECKING:
    from collections.abc import Mapping


class JobFacts(Protocol):
    """What was asked for."""

    @property
    def job_id(self) -> str:
        """Hash of all that decides the result."""
        ...

    @property
    def harness(self) -> str:
        """What measured it."""
        ...

    @property
    def model(self) -> str:
        """As it was asked for."""
        ...

    @property
    def task(self) -> str:
        """A task's name, or that of the user's file."""
        ...

    @property
    def hardware_id(self) -> str:
        """The machine."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """The harness's own."""
        ...


class JobTables(Protocol):
    """What was measured."""

    @property
    def rows(self) -> pl.DataFrame:
        """Evidence with intervals."""
        ...

    @property
    def items(self) -> pl.DataFrame:
        """Each item's outcome; empty where there are none."""
        ...

    @property
    def model(self) -> pl.DataFrame:
        """One row of MODELS."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """A line each."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """JSON values beside."""
        ...


def entry(
    job: JobFacts,
    tables: JobTables | None,
    *,
    status: Literal["done", "failed", "not_run"],
    reason: str | None = None,
) -> Entry:
    """One job as a report shows it. tables: None where it did not end."""
    said: dict[str, Any] = {
        "job_id": job.job_id, "model": job.model, "status": status, "reason": reason,
        "task_id": job.task, "model_id": None, "model_revision": None, "kind": None, "n_parameters": None,
        "main_score": None, "metrics": {}, "subsets": {}, "warnings": [], "facts": {},
    }  # fmt: skip
    if tables is None:
        return Entry(**said)
    model, first = tables.model.row(0, named=True), tables.rows.row(0, named=True)
    return Entry(
        **{
            **said, "model_id": model["model_id"], "kind": model["kind"], "n_parameters": model["n_parameters"],
            "model_revision": first["model_revision"], "task_id": first["task_id"],
            "main_score": tables.facts.get("main_score", first["metric"]),
            "metrics": metrics(tables.rows.filter(_in_first_cell(first))),
            "subsets": {
                str(name): metrics(part)
                for (name,), part in tables.rows.filter(~_in_first_cell(first)).group_by(
                    _part_name(first), maintain_order=True
                )
            },
            "warnings": list(tables.warnings), "facts": dict(tables.facts),
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
