"""The seam between jobs and harnesses: what is asked for, what comes back, and failure as data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import orjson
import polars as pl

from advisor.core.errors import BadInput
from advisor.tables.schema import EVIDENCE, EVIDENCE_KEY, MODELS, MODELS_KEY, check_table

if TYPE_CHECKING:
    from collections.abc import Mapping

Status = Literal["done", "failed", "not_run"]

ROWS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        **EVIDENCE,
        "lo": pl.Float64,
        "hi": pl.Float64,
        "level": pl.Float64,
        "basis": pl.String,
        "method": pl.String,
    }
)
"""EVIDENCE with its interval. lo, hi: null where there is none; level: what the interval is meant to cover.

basis: "measured", or "modelled" where a formula stands between the meter and the number (energy without a
counter, cost from a price list). method: how value and interval were made, in a few words.
"""

ITEMS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        "item_id": pl.String,
        "subset": pl.String,
        "fold": pl.Int32,
        "target": pl.String,
        "prediction": pl.String,
        "value": pl.Float64,
        "p_target": pl.Float64,
        "probability": pl.List(pl.Float64),
        "latency_s": pl.Float64,
    }
)
"""One item's outcome. value: its share in the main score (1 right, 0 wrong; squared error; null where the
score does not split by item); p_target: probability given to the true class; probability: of every class, in
the order of the sorted labels, or the predicted number alone; null where there is none.
"""
ITEMS_KEY: Final = ["item_id", "subset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a job may take. Not part of its identity: the same job under another limit is the same job."""

    timeout_s: float | None = None
    memory_bytes: int | None = None
    num_cpus: float = 1.0
    num_gpus: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that decides one measurement."""

    harness: str
    model: str
    """The model as harnesses spell it, e.g. "tfidf", "hf:org/name", "openai:URL#name"."""
    task: str
    """The task's name; a file's own name for the user's data."""
    seed: int = 0
    hardware_id: str = "unknown"
    options: Mapping[str, Any] = field(default_factory=dict)
    """JSON values: the data's hash and columns, shots, threads, precision, the model's weight hash, ..."""
    limits: Limits = field(default_factory=Limits)

    @property
    def job_id(self) -> str:
        """First 12 hex digits of the SHA-256 of the job's canonical JSON, limits left out."""
        return hashlib.sha256(self.canonical()).hexdigest()[:12]

    def canonical(self) -> bytes:
        """The same bytes for the same job, whatever the order of its options.

        Raises: BadInput: an option that JSON cannot hold.
        """
        said = {
            "harness": self.harness, "model": self.model, "task": self.task, "seed": self.seed,
            "hardware_id": self.hardware_id, "options": dict(self.options),
        }  # fmt: skip
        try:
            return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        except TypeError as error:
            raise BadInput(
                f"job {self.model} on {self.task}: an option is no JSON ({error})"
            ) from None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a harness found: tidy rows, each item's outcome, and what the model is."""

    rows: pl.DataFrame
    """Columns of ROWS; keys are unique."""
    items: pl.DataFrame
    """Columns of ITEMS; empty where the work has no items."""
    model: pl.DataFrame
    """One row with the columns of MODELS."""
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values beside: the labels' order, leakage found, the settings chosen by search, ..."""

    def __post_init__(self) -> None:
        """Refuse what does not fit the tables. Raises: BadInput."""
        check_table("bench rows", self.rows, ROWS, EVIDENCE_KEY)
        check_table("bench items", self.items, ITEMS, ITEMS_KEY)
        check_table("bench model", self.model, MODELS, MODELS_KEY)
        if self.model.height != 1:
            raise BadInput(f"bench model: one row is needed, not {self.model.height}")


@dataclass(frozen=True, kw_only=True)
class JobOutcome:
    """One job's end: measured, failed, or not run because something it needs is not here."""

    job: Job
    status: Status
    measured: Measured | None = None
    reason: str | None = None
    """One line, for "failed" and "not_run"."""
    detail: str | None = None
    """The traceback of a failure."""
    wall_s: float = 0.0
    log: str = ""
    """What the job wrote to its stdout and stderr; its end, where that was much."""
    peak_bytes: int | None = None
    """Largest resident size of the job's process; None where it shared one."""
    env: Mapping[str, Any] | None = None
    """The machine's row, where the job ran on another one than the run."""


class Harness(Protocol):
    """One way of turning a job into measured rows; a class with no arguments, registered in bench.registry."""

    name: str

    def run(self, job: Job) -> Measured:
        """Do the job in this process.

        Raises: AdvisorError: what was asked for cannot be done (one line for the user); Unreachable or
        MissingExtra where something the job needs is not here. Anything else is a failure with a traceback.
        """
        ...
