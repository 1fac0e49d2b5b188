"""What a bench command says of its own runs, as it crosses the JSON boundary."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Metric(_Frozen):
    """One measured number, in its metric's own unit (core.metrics)."""

    value: float
    lo: float | None
    """Null where no interval is honest; `method` says why."""
    hi: float | None
    level: float | None
    n: int
    """Items, folds or calls that it rests on."""
    basis: Literal["measured", "modelled"]
    method: str


class Entry(_Frozen):
    """One model on one task."""

    job_id: str
    model: str
    """As it was asked for."""
    model_id: str | None
    """As the evidence table names it; null where the job did not end."""
    model_revision: str | None
    task_id: str
    kind: str | None
    n_parameters: int | None
    status: Literal["done", "failed", "not_run"]
    reason: str | None
    """One line, for a job that failed or was not run."""
    main_score: str | None
    """The metric that decides; a key of `metrics`."""
    metrics: dict[str, Metric]
    """By the field's names: accuracy, f1_macro, roc_auc, latency_p95_s, ..."""
    subsets: dict[str, dict[str, Metric]]
    """Metrics of a part only: a batch size, a fold, a language."""
    warnings: list[str]
    facts: dict[str, Any]


class Hardware(_Frozen):
    """The machine that the numbers were measured on."""

    hardware_id: str
    name: str
    cores: int | None
    memory_bytes: int | None
    accelerator: str | None
    driver: str | None
    system: str
    python: str
    libraries: str


class BenchReport(_Frozen):
    """What one command measured."""

    run_id: str
    folder: str
    """Where the run's evidence and each item's outcome lie."""
    harness: str
    entries: list[Entry]
    n_done: int
    n_failed: int
    n_not_run: int
    n_earlier: int
    """Jobs of `n_done` that an earlier run had already finished."""
    hardware: Hardware
    warnings: list[str]
