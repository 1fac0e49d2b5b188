"""One question asked of two snapshots: what changed in the verdict, the ladder and the ranking."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from advisor.recommend.request import MOST_RANKED, request

if TYPE_CHECKING:
    from advisor.core.recommendation import RankedModel, Recommendation
    from advisor.tables.snapshot import Snapshot

SHOWN: Final = 10
"""Places of either ranking whose models are followed."""
_ODDS: Final = 0.005
"""Odds that move by less are the same: one more model in the pool moves all of them a little."""
_Place = tuple[int | None, float | None, float | None]
"""Rank, estimate, odds; nulls where the model was not eligible."""


@dataclass(frozen=True, kw_only=True)
class VerdictSide:
    """The verdict of one snapshot."""

    kind: str
    model_id: str | None
    p_good_enough: float | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class RungChange:
    """The best model of a size class before and after; null where the class had no well-evidenced model."""

    size_class: str
    model_before: str | None
    model_after: str | None
    score_before: float | None
    """Fraction of the metric's scale."""
    score_after: float | None


@dataclass(frozen=True, kw_only=True)
class RankChange:
    """One model of either top: its place, estimate and odds before and after; null where it was not eligible."""

    model_id: str
    rank_before: int | None
    rank_after: int | None
    score_before: float | None
    score_after: float | None
    p_before: float | None
    p_after: float | None


@dataclass(frozen=True, kw_only=True)
class AdviceChange:
    """What the same question gets from both snapshots."""

    task: str
    same_model: bool
    before: VerdictSide
    after: VerdictSide
    n_eligible_before: int
    n_eligible_after: int
    ladder: list[RungChange]
    """Size classes, smallest first, whose best model or its score changed."""
    ranking: list[RankChange]
    """Models among the first ten of either whose place, score or odds changed, in the order after."""


def advice_change(before: Snapshot, after: Snapshot, task: str) -> AdviceChange:
    """Ask both. Raises: BadInput, Unclear, MissingData."""
    here, there = (_answer(snapshot, task) for snapshot in (before, after))
    return AdviceChange(
        task=task,
        same_model=here.verdict.model_id == there.verdict.model_id,
        before=_side(here),
        after=_side(there),
        n_eligible_before=here.pool.n_eligible,
        n_eligible_after=there.pool.n_eligible,
        ladder=_ladder(here, there),
        ranking=_ranking(here, there),
    )


def _answer(snapshot: Snapshot, task: str) -> Recommendation:
    from advisor.recommend.pipeline import recommend

    profile, options = request(task, snapshot=snapshot)
    return recommend(profile, snapshot, options=replace(options, top=MOST_RANKED))


def _side(answer: Recommendation) -> VerdictSide:
    verdict = answer.verdict
    return VerdictSide(
        kind=verdict.kind,
        model_id=verdict.model_id,
        p_good_enough=verdict.p_good_enough,
        sentence=verdict.sentence,
    )


def _ladder(here: Recommendation, there: Recommendation) -> list[RungChange]:
    from advisor.core.ids import SIZE_CLASSES

    rungs = [{rung.size_class: rung for rung in answer.size_ladder} for answer in (here, there)]
    changes = []
    for name in SIZE_CLASSES:
        old, new = (side.get(name) for side in rungs)
        change = RungChange(
            size_class=name,
            model_before=old.model_id if old else None,
            model_after=new.model_id if new else None,
            score_before=old.estimate.value if old else None,
            score_after=new.estimate.value if new else None,
        )
        if (change.model_before, change.score_before) != (change.model_after, change.score_after):
            changes.append(change)
    return changes


def _ranking(here: Recommendation, there: Recommendation) -> list[RankChange]:
    old, new = (
        {model.model_id: (rank, model) for rank, model in enumerate(answer.ranked, start=1)}
        for answer in (here, there)
    )
    names = [m.model_id for m in there.ranked[:SHOWN]]
    names += [m.model_id for m in here.ranked[:SHOWN] if m.model_id not in names]
    changes = []
    for name in names:
        first, second = _place(old.get(name)), _place(new.get(name))
        if not _alike(first, second):
            changes.append(
                RankChange(
                    model_id=name, rank_before=first[0], rank_after=second[0], score_before=first[1],
                    score_after=second[1], p_before=first[2], p_after=second[2],
                )
            )  # fmt: skip
    return changes


def _alike(first: _Place, second: _Place) -> bool:
    """The same place and score, and odds that differ by less than half a percent."""
    odds = abs((first[2] or 0.0) - (second[2] or 0.0))
    return first[:2] == second[:2] and odds < _ODDS


def _place(
    found: tuple[int, RankedModel] | None,
) -> _Place:
    if found is None:
        return None, None, None
    rank, model = found
    return rank, model.estimate.value, model.p_good_enough
