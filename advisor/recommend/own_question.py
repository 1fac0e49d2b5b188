"""A question asked where there are runs of the user's own: which of them answer it, and how they enter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.recommend.own_answer import recommend_from_own
from advisor.recommend.own_field import measured_quantities, with_measured
from advisor.recommend.own_runs import column_of_runs, runs_elsewhere, runs_on
from advisor.recommend.own_scores import overlaid
from advisor.recommend.pipeline import recommend, standing, weighed
from advisor.recommend.request import request

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import Recommendation
    from advisor.recommend.options import Options
    from advisor.recommend.request import Asked
    from advisor.tables.own import OwnEvidence
    from advisor.tables.snapshot import Snapshot


def recommend_with_own(
    task: str | Path | TaskProfile,
    profile: TaskProfile,
    options: Options,
    *,
    snapshot: Snapshot,
    own: OwnEvidence,
    asked: Asked,
) -> Recommendation:
    """The answer from own runs on the same data; with own scores in their place on a named task; else as without.

    Where no column was asked for, the one that the runs predicted is taken. Source: METHOD.md#own-evidence
    """
    profile = for_the_column_of_the_runs(task, profile, snapshot, own, asked)
    is_measured = profile.task_id is not None and any(
        n.task_id == profile.task_id for n in profile.neighbours
    )
    if profile.table is None and profile.task_id is None:
        return recommend(profile, snapshot, options=options)
    if is_measured:
        return _on_named_task(profile, options, snapshot, own)
    found = recommend_from_own(profile, snapshot, own, options=options)
    if found is not None:
        return found
    answer = recommend(profile, snapshot, options=options)
    compared = runs_on(profile, own)
    words = runs_elsewhere(profile, own)
    if compared is not None:
        n = compared.jobs.height
        words = [
            f"{'the model' if n == 1 else f'none of the {n} models'} that you ran on {compared.where} "
            f"{'does not meet' if n == 1 else 'meets'} your limits; this answer rests on published scores"
        ]
    if not words:
        return answer
    return answer.model_copy(
        update={"warnings": [*words, *answer.warnings], "own_evidence_id": own.id}
    )


def _on_named_task(
    profile: TaskProfile, options: Options, snapshot: Snapshot, own: OwnEvidence
) -> Recommendation:
    with_own = overlaid(snapshot, own, str(profile.task_id))
    if with_own is None:
        return recommend(profile, snapshot, options=options)
    stand = standing(profile, with_own.snapshot)
    measured = measured_quantities(with_own.rows, profile)
    stand = replace(stand, taken=with_measured(stand.taken, measured))
    return with_own.marked(weighed(stand, profile, with_own.snapshot, options=options))


def for_the_column_of_the_runs(
    task: str | Path | TaskProfile,
    profile: TaskProfile,
    snapshot: Snapshot,
    own: OwnEvidence,
    asked: Asked,
) -> TaskProfile:
    """The profile of a file with the column that own runs on it predicted, where none was asked for."""
    table = profile.table
    if table is None or asked.get("target") is not None:
        return profile
    column = column_of_runs(own, str(table.get("data_hash")))
    if column is None or column == table.get("target"):
        return profile
    there: Asked = {**asked, "target": column}
    again, _ = request(task, snapshot=snapshot, **there)
    words = f"column {column!r} is predicted, as in your own runs; name another with --target"
    return again.model_copy(update={"warnings": [words, *again.warnings]})
