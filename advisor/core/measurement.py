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


class Comparison(_Frozen):
    """Two rungs on the same items, the larger against the smaller."""

    smaller: str
    larger: str
    gain: float
    """The larger's main score less the smaller's; of an error metric, by how much the error falls."""
    lo: float
    hi: float
    level: float
    n: int
    p_real: float
    """Two-sided p against "no difference": McNemar's exact test, else the paired bootstrap."""
    p_not_worse: float
    """One-sided p against "the larger gains the tolerance or more"; small clears the smaller rung."""
    p_smaller_not_better: float
    """One-sided p against "the smaller is better by the tolerance or more"; small clears the larger rung."""
    method: str


class NotRun(_Frozen):
    """A rung that was not measured, and why."""

    model: str
    reason: str
    is_needed: bool
    """True where it could still change the answer; False where what was measured rules that out."""


class LadderVerdict(_Frozen):
    """The sentence people came for, and the numbers in it."""

    kind: Literal["named", "cannot_tell"]
    model: str | None
    """As it was asked for; null when no rung is cleared."""
    sentence: str
    against: str | None
    """The best rung measured: the one with the highest main score."""
    tolerance: float
    """What may be given up, in the main score's own unit (a fraction for accuracy)."""
    confidence: float
    p: float | None
    """Largest one-sided p of the named rung against every other, times the rungs that could have been named."""
    gain_lo: float | None
    gain_hi: float | None
    """Two-sided interval of what the best rung gains over the named one."""
    stopped: str
    """Why the climb ended where it did."""


class LabelPoint(_Frozen):
    """A rung's main score after learning from so many labels."""

    model: str
    n_train: int
    main: Metric


class LabelAdvice(_Frozen):
    """What more labels would buy."""

    points: list[LabelPoint]
    sentence: str


class LadderReport(_Frozen):
    """The climb from the smallest rung."""

    task_id: str
    data: str
    kind: str
    """classification, multilabel, pairs, ..."""
    metric: str
    n_train: int
    n_test: int
    rungs: list[Entry]
    """Those that were measured, smallest first."""
    comparisons: list[Comparison]
    verdict: LadderVerdict
    not_run: list[NotRun]
    labels: LabelAdvice | None
    run_id: str
    folder: str
    hardware: Hardware
    warnings: list[str]
    seconds: float
    """Of measuring the rungs, on the wall, in this run or in the earlier ones whose jobs were read."""
