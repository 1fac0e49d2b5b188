"""What an answer was weighed from, found again, for whoever shows more of it than the answer holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.recommend.own_field import measured_quantities, own_standing, with_measured
from advisor.recommend.own_runs import runs_on
from advisor.recommend.own_scores import overlaid
from advisor.recommend.pipeline import standing, standing_kept
from advisor.tables.own import own_evidence

if TYPE_CHECKING:
    from advisor.core.recommendation import Recommendation
    from advisor.recommend.pipeline import Standing
    from advisor.tables.own import OwnEvidence
    from advisor.tables.snapshot import Snapshot


def standing_behind(answer: Recommendation, snapshot: Snapshot) -> Standing | None:
    """Everybody who competed for the answer, eligible or not, with what each takes and how sure differences are.

    snapshot: the one that the answer names. Nobody of another snapshot's answer, or of runs that are no longer
    there, can be found again: None.
    """
    if answer.snapshot_id != snapshot.id:
        return None
    if answer.own_evidence_id is None:
        return standing_kept(answer.profile, snapshot, as_of=answer.as_of)
    own = own_evidence()
    if own is None or own.id != answer.own_evidence_id:
        return None
    return _with_own(answer, snapshot, own)


def _with_own(answer: Recommendation, snapshot: Snapshot, own: OwnEvidence) -> Standing | None:
    profile = answer.profile
    if answer.own_runs is not None:
        compared = runs_on(profile, own)
        return None if compared is None else own_standing(compared, profile, snapshot)
    if profile.task_id is not None and profile.table is None:
        with_own = overlaid(snapshot, own, profile.task_id)
        if with_own is not None:
            stand = standing(profile, with_own.snapshot)
            measured = measured_quantities(with_own.rows, profile)
            return replace(stand, taken=with_measured(stand.taken, measured))
    return standing(profile, snapshot)
