"""A few named models side by side on one task, whatever limits they would fail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from advisor.core.errors import BadInput, UnknownName
from advisor.core.profile import Constraints
from advisor.recommend.names import hint
from advisor.recommend.options import Options
from advisor.recommend.request import request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import RankedModel
    from advisor.tables.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Named models on one task; odds and ranks are among the whole pool, not among the named."""

    profile: TaskProfile
    snapshot_id: str
    models: list[RankedModel]
    """In the order they were named."""
    absent: dict[str, str]
    """Named models without an estimate here, and why."""


def compare_models(
    names: Sequence[str], task: str | TaskProfile, *, snapshot: Snapshot
) -> Comparison:
    """Estimate the named models for `task`, its limits set aside so that each can be shown.

    Raises: BadInput: fewer than two names; UnknownName: a name that the snapshot does not hold.
    """
    wanted = list(dict.fromkeys(names))
    if len(wanted) < 2:
        raise BadInput(f"compare: name at least two different models; got {wanted}")
    known = set(snapshot.collect(snapshot.scan("models").select("model_id"))["model_id"])
    for name in wanted:
        if name not in known:
            near = hint(name, known, otherwise="`advisor models QUERY` searches them")
            raise UnknownName(f"unknown model {name!r}{near}")
    from advisor.recommend.pipeline import recommend

    profile, _ = request(task, snapshot=snapshot)
    free = profile.model_copy(update={"constraints": Constraints(), "languages": []})
    answer = recommend(free, snapshot, options=replace(Options(), top=len(known)))
    found = {model.model_id: model for model in answer.ranked}
    return Comparison(
        profile=profile,
        snapshot_id=answer.snapshot_id,
        models=[found[name] for name in wanted if name in found],
        absent={
            name: f"does not compete on this task: {answer.pool.description} do"
            for name in wanted
            if name not in found
        },
    )
