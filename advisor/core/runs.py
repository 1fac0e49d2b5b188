"""What `advisor bench runs` and `advisor bench compare` say, as it crosses the JSON boundary."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RunLine(_Frozen):
    """One stored run."""

    run_id: str
    command: str
    tasks: list[str]
    """Names of the tasks, or of the user's files, in the order of the jobs."""
    n_jobs: int
    n_done: int
    n_failed: int
    n_not_run: int
    n_pending: int
    """Jobs without an outcome: the run was interrupted, or is still going."""
    created_at: str
    """ISO 8601, UTC, of the first time that the command was given."""
    last_at: str
    file: str


class Contender(_Frozen):
    """One model in a comparison."""

    label: str
    """The model as it was asked for, with what tells it from another of the same name."""
    job_id: str
    run_ids: list[str]
    model_id: str
    n_parameters: int | None
    value: float
    """In the unit of the comparison's metric, on the items compared."""
    lo: float | None
    hi: float | None
    letters: str
    """Models that share a letter cannot be told apart."""


class Pair(_Frozen):
    """Two models on the same items. Differences are in the metric's unit, positive where the first is better."""

    first: str
    second: str
    difference: float
    lo: float
    hi: float
    n_only_first: int | None
    """Items that only the first has right; null where items are not right or wrong."""
    n_only_second: int | None
    p: float
    """Two-sided, of no difference."""
    p_holm: float
    """The same, holding over all pairs of the task."""
    differ: bool
    """p_holm is below 1 - confidence."""
    p_first_worse: float
    """One-sided, of "the first is worse than the second by the tolerance or more"; small: it is not."""
    p_second_worse: float
    first_not_worse: bool
    """p_first_worse, corrected over the pairs and directions of the task, is below 1 - confidence."""
    second_not_worse: bool
    method: str


class TaskComparison(_Frozen):
    """All models that were measured on the same items of one task."""

    task_id: str
    dataset_revision: str
    subset: str
    split: str
    seed: int
    metric: str
    n_items: int
    tolerance: float | None
    """What may be given up, in the metric's unit."""
    better: Literal["higher", "lower"]
    models: list[Contender]
    """Best first."""
    pairs: list[Pair]
    tie_groups: list[list[str]]
    """Each a largest set of models of which no two can be told apart; best first."""


class Comparison(_Frozen):
    """What `advisor bench compare` found."""

    runs: list[str]
    confidence: float
    tasks: list[TaskComparison]
    warnings: list[str]
