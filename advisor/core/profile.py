"""What the user wants, as the rest of the house sees it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from advisor.core.ids import TaskFamily

DIMENSIONS = ("accuracy", "generality", "efficiency", "interpretability")
"""The survey's four dimensions (arXiv 2409.06857, section 3)."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Neighbour(_Frozen):
    """A measured task that resembles the user's."""

    task_id: str
    similarity: float
    """0 (nothing shared) to 1 (the same task)."""


class Constraints(_Frozen):
    """What was stated, and nothing else: an absent key is null here and left out of the JSON."""

    max_latency_ms: float | None = None
    """p95 of one item, milliseconds."""
    max_memory_gb: float | None = None
    """10⁹ bytes, RAM or VRAM."""
    max_parameters: int | None = None
    max_cost_usd_per_1k: float | None = None
    """USD per 1,000 items."""
    interpretable: Literal[True] | None = None
    local_only: Literal[True] | None = None
    commercial_licence: Literal[True] | None = None
    no_gpu: Literal[True] | None = None
    n_labels: int | None = None
    """Labelled examples at hand."""


class Workload(_Frozen):
    """What one item looks like and where it runs; the defaults are stated in every answer."""

    input_tokens: int = 128
    """Tokens of one item (median)."""
    output_tokens: int = 128
    """Tokens written per item by a generating model."""
    batch_size: int = 1
    hardware_id: str | None = None
    """Null: a CPU, the one that the latency evidence was measured on."""


QUERY_TOKENS = 32
"""Tokens of one search query, with room to spare: what is waited for in retrieval is the query's embedding."""


def usual_workload(family: str) -> Workload:
    """What one item of a family is taken to be while nothing is said; the answer states it."""
    return Workload(input_tokens=QUERY_TOKENS) if family == "retrieval" else Workload()


class TaskProfile(_Frozen):
    """One task: what it is, what it resembles, what must hold, and what matters."""

    text: str
    source: Literal["text", "task", "table"] = "text"
    """Free words, a catalogued task's name, or a file of the user's."""
    task_id: str | None = None
    """The catalogued task that was named, if one was."""
    task_family: TaskFamily
    metric: str
    """The main score that estimates are in, e.g. ndcg_at_10."""
    languages: list[str] = Field(default_factory=list)
    """ISO 639-3 codes of the data, named or implied; empty when the text says nothing."""
    domain: str | None = None
    constraints: Constraints = Constraints()
    neighbours: list[Neighbour] = Field(default_factory=list)
    read_from: dict[str, str] = Field(default_factory=dict)
    """Which words each part was read from: {"constraints.max_latency_ms": "under 15 ms", ...}."""
    table: dict[str, int | float | str | list[str]] | None = None
    """For a data file: rows, classes, balance, lengths ..."""
    workload: Workload = Workload()
    tolerance: float = 5.0
    """Points of the main score (hundredths of its 0-1 scale) that may be given up."""
    confidence: float = 0.5
    """Least probability of being within the tolerance. For a task that nobody measured, higher odds are
    rarely to be had from published scores alone (METHOD.md#good-enough); one's own data gives them."""
    weights: dict[str, float] = Field(
        default_factory=lambda: {
            "accuracy": 0.6,
            "generality": 0.1,
            "efficiency": 0.2,
            "interpretability": 0.1,
        }
    )
    warnings: list[str] = Field(default_factory=list)

    @field_validator("weights")
    @classmethod
    def _weights_sum_to_one(cls, weights: dict[str, float]) -> dict[str, float]:
        if set(weights) != set(DIMENSIONS):
            raise ValueError(
                f"weights need exactly {', '.join(DIMENSIONS)}; got {', '.join(sorted(weights))}"
            )
        if any(value < 0 for value in weights.values()) or abs(sum(weights.values()) - 1) > 1e-6:
            raise ValueError(
                f"weights must be at least 0 and sum to 1; they sum to {sum(weights.values()):g}"
            )
        return weights
