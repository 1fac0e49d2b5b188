"""The answer, as it crosses the JSON boundary. Its schema is what `advisor schema` prints."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from advisor.core.ids import Basis, SizeClass
from advisor.core.profile import TaskProfile

SCHEMA_VERSION = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScoreEstimate(_Frozen):
    """A model's main score on the task: fractions on the metric's own scale."""

    value: float
    lo: float
    hi: float
    level: float
    basis: Basis
    n_evidence: int


class DimensionScore(_Frozen):
    """One of the four dimensions on 0 to 1; value null when nothing is known."""

    value: float | None
    lo: float | None
    hi: float | None
    basis: Basis | Literal["unknown"]


class Verdict(_Frozen):
    """The sentence people came for, and the numbers in it."""

    kind: Literal["model", "tie", "cannot_tell", "none_feasible"]
    model_id: str | None
    n_parameters: int | None
    size_class: SizeClass | None
    p_good_enough: float | None
    """Probability that the model is within the tolerance of the best eligible one."""
    tie_set: list[str]
    """Good-enough models of the named one's size that cannot be told from the best of them; the named one first."""
    runner_up: str | None
    why_not_runner_up: str | None
    sentence: str


class LargeReference(_Frozen):
    """The best model when size, memory, latency and cost are no object."""

    model_id: str
    n_parameters: int | None
    size_class: SizeClass
    estimate: ScoreEstimate
    parameter_ratio: float | None
    """Its parameters over the named model's."""
    given_up: float | None
    """Its estimate less the named model's, fraction of the metric's scale."""


class Rung(_Frozen):
    """The best eligible model of one size class."""

    size_class: SizeClass
    model_id: str
    n_parameters: int | None
    estimate: ScoreEstimate
    share_of_best: float
    p_good_enough: float | None
    """Null where the model is not eligible under the stated limits."""
    eligible: bool
    is_knee: bool
    """The smallest rung that no larger one beats by more than the tolerance."""


class TiedModel(_Frozen):
    """A model that the evidence cannot tell from the best eligible one."""

    model_id: str
    n_parameters: int | None
    p_tie: float
    """Share of the paired resamples of the similar tasks in which it is at least as good as the best."""


class Leaders(_Frozen):
    """The tie set at the top, good enough or not: the 90 % interval of the difference to the best includes 0."""

    best: str
    """The eligible, well-evidenced model with the highest estimate."""
    n_models: int
    models: list[TiedModel]
    """The smallest first, then the most open, then the most downloaded; at most twenty."""


class Gain(_Frozen):
    """How much higher the best estimate would be, in points (hundredths of the main score's scale)."""

    value: float
    lo: float
    hi: float
    level: float


class ShadowPrice(_Frozen):
    """What relaxing one limit, all others as stated, would buy."""

    constraint: str
    from_limit: float | None
    """As stated, in the unit that the constraint's name says; null for a wish that holds or does not."""
    to_limit: float | None
    """The next limit at which something worth having enters, at most four times the stated one; null: dropped."""
    gain_points: Gain | None
    """Of the best well-evidenced model with the looser limit over the best without; null: nothing, see `reason`."""
    model_id: str | None
    """The model that it would buy."""
    reason: str | None
    """Why there is no gain to state; null where there is one."""


class Quantity(_Frozen):
    """Latency, memory or cost of one model on the stated workload, in the unit of its key."""

    value: float
    lo: float
    hi: float
    basis: Basis


class RankedModel(_Frozen):
    """One eligible model with everything that is known about it for this task."""

    model_id: str
    n_parameters: int | None
    n_active_parameters: int | None
    kind: str
    size_class: SizeClass
    license: str | None
    commercial_use: Literal["yes", "no", "unknown"]
    downloads_30d: int | None
    estimate: ScoreEstimate
    dimensions: dict[str, DimensionScore]
    efficiency: dict[str, Quantity]
    """latency_p95_s, memory_bytes, cost_usd_per_1k_items where known."""
    utility: float | None
    p_best: float
    p_good_enough: float
    flags: list[str]
    """E.g. "trained on this task", "size in doubt"."""
    reasons: list[str]


class Undecided(_Frozen):
    """A model that a missing fact keeps out: it never decides."""

    model_id: str
    constraint: str
    why: str


class Rejected(_Frozen):
    """A model that fails a constraint."""

    model_id: str
    constraint: str
    why: str


class Pool(_Frozen):
    """Who competed: every rank and P(best) is relative to it."""

    description: str
    n_models: int
    n_eligible: int
    n_undecided: int
    n_rejected: int


class OwnRuns(_Frozen):
    """The user's own runs on this very data: what the verdict and the first rows of `ranked` rest on."""

    task_id: str
    """As the runs name it: a file's name without its ending, or a benchmark's."""
    data_file: str | None
    """The file's name; null for a named task."""
    dataset_revision: str
    """For a file, the first 12 hex digits of the SHA-256 of its bytes."""
    subset: str
    """For a file, the column that was predicted."""
    split: str
    seed: int
    metric: str
    n_items: int
    """Items that every model of `models` answered."""
    models: list[str]
    """Compared with each other, item by item; the best first."""
    paired: bool
    """False where the score cannot be computed anew from the items: its interval then stands for them."""


class WorthMeasuring(_Frozen):
    """A model that was not run on the user's data, and what running it could change."""

    model_id: str
    n_parameters: int | None
    size_class: SizeClass
    p_changes: float | None
    """Chance that the named model would be another one; null where nothing ties the published scores to this data."""
    cost_s: float | None
    """Expected seconds on the stated hardware."""
    why: str


class Recommendation(_Frozen):
    """The whole answer to one question."""

    schema_version: int = SCHEMA_VERSION
    advisor_version: str
    snapshot_id: str
    own_evidence_id: str | None = None
    """Content hash of the user's own runs; null where the answer does not rest on any."""
    as_of: date | None = None
    """Models released later do not compete; absent where none was left out for its date."""
    profile: TaskProfile
    verdict: Verdict
    large_reference: LargeReference | None
    size_ladder: list[Rung]
    leaders: Leaders | None
    """Null where no eligible model was measured enough."""
    shadow_prices: list[ShadowPrice]
    """One per stated limit that bars a model."""
    ranked: list[RankedModel]
    undecided: list[Undecided]
    rejected: list[Rejected]
    pool: Pool
    receipt: dict[str, float | int | str | None]
    """How this rule did on held-out questions of the same family, from the snapshot's backtest table."""
    evidence: list[dict[str, str | float | int | None]]
    """With `explain`: the evidence rows behind the named model's estimate."""
    own_runs: OwnRuns | None = None
    """Null where the verdict rests on published scores."""
    worth_measuring: list[WorthMeasuring] = Field(default_factory=list)
    """Where the verdict rests on own runs: what to run next, the likeliest to change the answer first."""
    warnings: list[str]
