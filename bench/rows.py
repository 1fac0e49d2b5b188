"""Measured numbers as rows of the tables: one builder, so that every harness fills the same columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from advisor.core.errors import BadInput
from advisor.core.metrics import spec
from advisor.tables.schema import MODELS
from bench.protocol import ITEMS, ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.protocol import Job

SOURCE_ID = "own-runs"
"""The source of every row that this machine measured for its user."""
LEVEL = 0.95
"""What the printed intervals are meant to cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One number with its interval, in the metric's own unit (core.metrics)."""

    metric: str
    value: float
    lo: float | None = None
    hi: float | None = None
    stderr: float | None = None
    n: int
    """Items (calls, folds) that it rests on."""
    subset: str | None = None
    """Where it differs from the job's own, e.g. "batch 8" or a language."""
    basis: Literal["measured", "modelled"] = "measured"
    method: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The key columns that all rows of one job share."""

    model_id: str
    model_revision: str
    precision: str
    task_id: str
    dataset_revision: str
    subset: str
    split: str
    n_shot: int
    harness_version: str
    measured_at: str
    """ISO 8601, UTC, to the second."""
    extra: Mapping[str, Any] = field(default_factory=dict)


def rows(job: Job, cell: Cell, readings: Iterable[Reading]) -> pl.DataFrame:
    """Frame with the columns of ROWS, one row a reading.

    Raises: UnknownName: a metric that core.metrics does not hold; BadInput: a number that is not finite, or
    lies outside its interval.
    """
    fixed = {
        "model_id": cell.model_id, "model_revision": cell.model_revision, "precision": cell.precision,
        "task_id": cell.task_id, "dataset_revision": cell.dataset_revision, "split": cell.split,
        "n_shot": cell.n_shot, "harness": job.harness, "harness_version": cell.harness_version,
        "hardware_id": job.hardware_id, "seed": job.seed, "source_id": SOURCE_ID, "measured_at": cell.measured_at,
        "published": False,
    }  # fmt: skip
    made = [{**fixed, **_row(reading, cell.subset)} for reading in readings]
    return pl.DataFrame(made, schema=ROWS)


def _row(reading: Reading, subset: str) -> dict[str, Any]:
    spec(reading.metric)
    value, lo, hi = reading.value, reading.lo, reading.hi
    if not float("-inf") < value < float("inf"):
        raise BadInput(f"{reading.metric} came out as {value}; it must be a finite number")
    if lo is not None and hi is not None and not lo <= value <= hi:
        raise BadInput(f"{reading.metric}: {value} lies outside its interval [{lo}, {hi}]")
    return {
        "subset": reading.subset or subset, "metric": reading.metric, "value": value, "stderr": reading.stderr,
        "n_items": reading.n, "lo": lo, "hi": hi, "level": None if lo is None else LEVEL,
        "basis": reading.basis, "method": reading.method,
    }  # fmt: skip


def items(records: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Frame with the columns of ITEMS; a column that a record lacks is null, subset "default", fold 0."""
    made = [{"subset": "default", "fold": 0, **record} for record in records]
    return pl.DataFrame(made, schema=ITEMS)


def model_row(model_id: str, **facts: Any) -> pl.DataFrame:
    """One row with the columns of MODELS; what is not said is null, the source our own runs.

    Raises: BadInput: a fact that MODELS has no column for.
    """
    if unknown := sorted(set(facts) - set(MODELS)):
        raise BadInput(f"model {model_id!r}: MODELS has no columns {unknown}")
    said = {
        **dict.fromkeys(MODELS), "commercial_use": "unknown", "kind": "other", "params_suspect": False,
        "n_parameters_basis": "counted" if facts.get("n_parameters") is not None else "unknown",
        "source_id": SOURCE_ID, **facts, "model_id": model_id,
    }  # fmt: skip
    return pl.DataFrame([said], schema=MODELS)
