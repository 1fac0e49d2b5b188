"""What to measure next, as it crosses the JSON boundary; `jobs` is what `advisor bench run` takes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedJob(_Frozen):
    """One job, by the fields of the bench's own."""

    harness: str
    model: str
    task: str
    options: dict[str, Any]


class Missing(_Frozen):
    """One (model, task) that nobody measured, and what measuring it could change."""

    model_id: str
    task_id: str
    n_parameters: int | None
    p_changes: float | None
    """Chance that the answer would name another model; null where nothing published tells."""
    gain_points: float | None
    """Mean worth of such a change, in points of the main score; null where `p_changes` is."""
    cost_s: float | None
    """Expected seconds: a start and each item once at the model's predicted latency; null where that is unknown."""
    cost_usd: float | None
    """Of a hosted model; null where nobody charges for items, or the price is unknown."""
    memory_bytes: float | None
    value_per_hour: float | None
    """p_changes times gain_points, per hour of cost_s."""
    why: str
    job: PlannedJob | None
    """Null where none of the harnesses can run it."""


class Plan(_Frozen):
    """The cells that would change the answer most for what they cost, the best worth first."""

    snapshot_id: str
    own_evidence_id: str | None
    task: str
    """As it was asked."""
    answer: str
    """The sentence that the measurements may change."""
    model_id: str | None
    """The model that it names."""
    budget_s: float | None
    cells: list[Missing]
    """At most ten, within the budget; what only repeats another cell's news is left out."""
    p_changes: float | None
    """Chance that the cells together change the named model; null where nothing published tells."""
    spent_s: float
    """Expected seconds of `cells`."""
    n_considered: int
    """Cells that could change the answer."""
    jobs: list[PlannedJob]
    notes: list[str]
