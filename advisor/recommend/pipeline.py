"""From a profile to a recommendation; reads like the method section."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import polars as pl

from advisor.core.profile import Constraints, TaskProfile
from advisor.core.recommendation import Pool, Recommendation, Rejected, Undecided
from advisor.recommend.candidates import candidates
from advisor.recommend.differences import Differences
from advisor.recommend.explain import evidence_rows, receipt
from advisor.recommend.far import far_warnings
from advisor.recommend.field import LEVEL, POINT, Field, chances, field
from advisor.recommend.ladder import size_ladder
from advisor.recommend.limits import SIZE_LIMITS, judge
from advisor.recommend.options import Options
from advisor.recommend.quantities import quantities
from advisor.recommend.rank import dimensions, ranked_models, with_utility
from advisor.recommend.shadow_prices import shadow_prices
from advisor.recommend.ties import leaders
from advisor.recommend.verdict import large_reference, verdict

if TYPE_CHECKING:
    from datetime import date

    from advisor.core.recommendation import Verdict
    from advisor.recommend.candidates import Candidates
    from advisor.tables.snapshot import Snapshot

LISTED = 50
"""Rejected and undecided models that are listed by name; `pool` counts them all."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a verdict is weighed from: who competes, what each takes, and how sure their differences are."""

    pool: Candidates
    competing: Field
    taken: pl.DataFrame
    """See quantities."""
    apart: Differences


def recommend(
    profile: TaskProfile, snapshot: Snapshot, *, options: Options | None = None
) -> Recommendation:
    """Rank the snapshot's models for `profile` and name the smallest that is good enough.

    Same snapshot, profile, options and version give the same bytes.
    """
    as_of = None if options is None else options.as_of
    return weighed(
        standing_kept(profile, snapshot, as_of=as_of), profile, snapshot, options=options
    )


def standing_kept(
    profile: TaskProfile, snapshot: Snapshot, *, as_of: date | None = None
) -> Standing:
    """The same as `standing`, kept for the last tasks: asked again with another limit, only the weighing is anew."""
    return _kept(_Asked(snapshot, limits_aside(profile)), as_of)


def limits_aside(profile: TaskProfile) -> TaskProfile:
    """The profile without what only the weighing reads: limits, tolerance, confidence, weights, warnings.

    The labels at hand stay, since learning from them costs; so do the words of the text that state a limit,
    since a task is compared by the other words.
    """
    usual = TaskProfile.model_fields
    return profile.model_copy(
        update={
            "constraints": Constraints(n_labels=profile.constraints.n_labels),
            "read_from": {k: v for k, v in profile.read_from.items() if v in profile.text},
            "tolerance": usual["tolerance"].default,
            "confidence": usual["confidence"].default,
            "weights": {},
            "warnings": [],
        }
    )


class _Asked:
    """A snapshot, by identity, with a profile, by its content: what a kept standing is found by."""

    def __init__(self, snapshot: Snapshot, profile: TaskProfile) -> None:
        self.snapshot, self.profile = snapshot, profile
        self._words = profile.model_dump_json()

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Asked)
            and self.snapshot is other.snapshot
            and self._words == other._words
        )

    def __hash__(self) -> int:
        return hash((id(self.snapshot), self._words))


@lru_cache(maxsize=8)
def _kept(asked: _Asked, as_of: date | None) -> Standing:
    return standing(asked.profile, asked.snapshot, as_of=as_of)


def standing(profile: TaskProfile, snapshot: Snapshot, *, as_of: date | None = None) -> Standing:
    """The snapshot's candidates for the task, estimated from its scores; see candidates for `as_of`."""
    pool = candidates(profile, snapshot, as_of=as_of)
    competing = field(profile, pool, snapshot)
    return Standing(
        pool=pool,
        competing=competing,
        taken=quantities(profile, pool, snapshot, level=LEVEL),
        apart=Differences(competing),
    )


def weighed(
    stand: Standing, profile: TaskProfile, snapshot: Snapshot, *, options: Options | None = None
) -> Recommendation:
    """The answer for those who compete: limits judged, the smallest that is good enough named, the rest ranked."""
    options = options or Options()
    pool, competing, taken, apart = stand.pool, stand.competing, stand.taken, stand.apart
    judged = judge(competing.models, taken, profile, options)
    models = with_status(competing, judged, profile, snapshot)
    eligible = models.filter("eligible")
    undecided, rejected = _kept_out(judged, models)
    answer = verdict(eligible, undecided["model_id"].n_unique(), profile, apart.p_level)
    scores = dimensions(competing, taken, profile, snapshot)
    ordered = with_utility(eligible, scores, profile, first=answer.model_id)
    shown = ordered.head(options.top)
    large = large_reference(models.filter("reference"), _named(models, answer))
    return Recommendation(
        advisor_version=version("slm-advisor"),
        snapshot_id=snapshot.id,
        as_of=options.as_of,
        profile=profile,
        verdict=answer,
        large_reference=large,
        size_ladder=size_ladder(models.filter("reference"), tolerance=profile.tolerance * POINT),
        leaders=leaders(eligible, apart.p_level),
        shadow_prices=shadow_prices(competing, judged, taken, profile, apart),
        ranked=ranked_models(shown, scores, taken, competing),
        undecided=[Undecided(**row) for row in undecided.head(LISTED).iter_rows(named=True)],
        rejected=[Rejected(**row) for row in rejected.head(LISTED).iter_rows(named=True)],
        pool=Pool(
            description=pool.description,
            n_models=models.height,
            n_eligible=eligible.height,
            n_undecided=undecided["model_id"].n_unique(),
            n_rejected=rejected["model_id"].n_unique(),
        ),
        receipt=receipt(profile, pool.pool, snapshot),
        evidence=evidence_rows(answer, competing, snapshot) if options.explain else [],
        warnings=[
            *far_warnings(competing, answer, large, pool=pool.pool, snapshot=snapshot),
            *profile.warnings,
            *pool.warnings,
            *_unmeasured(competing),
        ],
    )


def with_status(
    competing: Field, judged: pl.DataFrame, profile: TaskProfile, snapshot: Snapshot
) -> pl.DataFrame:
    """The field with eligible (all limits hold), reference (all but size limits), p_best, p_good_enough."""
    kept = judged.filter(pl.col("judgement") != "holds")
    barred = kept["model_id"].unique()
    barred_anyway = kept.filter(~pl.col("constraint").is_in(list(SIZE_LIMITS)))["model_id"].unique()
    name = pl.col("model_id")
    models = competing.models.with_columns(
        eligible=~name.is_in(barred.implode()), reference=~name.is_in(barred_anyway.implode())
    )
    rows = models["eligible"].arg_true().to_numpy()
    odds = chances(competing, rows, tolerance_points=profile.tolerance, snapshot=snapshot)
    return models.join(odds, on="model_id", how="left", maintain_order="left")


def _kept_out(judged: pl.DataFrame, models: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Undecided and rejected: model_id, constraint, why; one row per limit that bars, best model first."""
    failing = judged.filter(pl.col("judgement") == "fails")
    unknown = judged.filter(
        pl.col("judgement") == "unknown",
        ~pl.col("model_id").is_in(failing["model_id"].unique().implode()),
    )
    order = models.select("model_id", "value")
    columns = ["model_id", "constraint", "why"]
    first, second = (
        part.join(order, on="model_id")
        .sort(["value", "model_id", "constraint"], descending=[True, False, False])
        .select(columns)
        for part in (unknown, failing)
    )
    return first, second


def _unmeasured(competing: Field) -> list[str]:
    if not competing.n_unmeasured:
        return []
    count = competing.n_unmeasured
    return [f"{count:,} models that nobody measured on a task like yours do not compete"]


def _named(models: pl.DataFrame, answer: Verdict) -> dict[str, object] | None:
    if answer.model_id is None:
        return None
    return models.row(by_predicate=pl.col("model_id") == answer.model_id, named=True)
