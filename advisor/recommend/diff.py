"""What changed between two snapshots: in the evidence, in the scores, in the downloads, and in the advice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from advisor.recommend.diff_advice import advice_change
from advisor.recommend.diff_cards import cards_change, days_added, waiting_change
from advisor.recommend.diff_tables import (
    downloads_change,
    evidence_change,
    names_change,
    scores_change,
)

if TYPE_CHECKING:
    from advisor.recommend.diff_advice import AdviceChange
    from advisor.recommend.diff_cards import CardsChange, SeriesDay, WaitingChange
    from advisor.recommend.diff_tables import (
        DownloadsChange,
        NamesChange,
        ScoresChange,
        SourceChange,
    )
    from advisor.tables.snapshot import Snapshot

MOST_LISTED: Final = 10
"""Changes of one kind that are listed; the counts beside them are whole."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two snapshots."""

    id: str
    created_at: str | None


@dataclass(frozen=True, kw_only=True)
class SnapshotDiff:
    """Everything that differs; all counts are over whole tables, lists are cut at MOST_LISTED."""

    before: Side
    after: Side
    tables: list[str]
    """Tables whose content differs, or that only one of the two has."""
    evidence: list[SourceChange]
    """One per source with rows in either, changed ones first."""
    models: NamesChange
    tasks: NamesChange
    scores: ScoresChange
    waiting: WaitingChange
    cards: CardsChange
    downloads: DownloadsChange
    days: list[SeriesDay]
    """Days that only the later one counts downloads of."""
    advice: AdviceChange | None
    """Null where no task was named."""


def diff(before: Snapshot, after: Snapshot, *, task: str | None = None) -> SnapshotDiff:
    """Compare two snapshots; tables whose hashes agree are not opened.

    task: a question, as `recommend` takes it, that is asked of both. Raises: BadInput, Unclear, MissingData.
    """
    advice = None if task is None else advice_change(before, after, task)
    return SnapshotDiff(
        before=_side(before),
        after=_side(after),
        tables=changed_tables(before, after),
        evidence=evidence_change(before, after),
        models=names_change(before, after, "models", "model_id", most=MOST_LISTED),
        tasks=names_change(before, after, "tasks", "task_id", most=MOST_LISTED),
        scores=scores_change(before, after, most=MOST_LISTED),
        waiting=waiting_change(before, after, most=MOST_LISTED),
        cards=cards_change(before, after, most=MOST_LISTED),
        downloads=downloads_change(before, after, most=MOST_LISTED),
        days=days_added(before, after, most=MOST_LISTED),
        advice=advice,
    )


def changed_tables(before: Snapshot, after: Snapshot) -> list[str]:
    """Names of the tables whose sha256 differs, or that one of the two lacks."""
    here, there = before.manifest["tables"], after.manifest["tables"]

    def content(tables: dict[str, dict[str, object]], name: str) -> object:
        return tables.get(name, {}).get("sha256")

    return sorted(n for n in {*here, *there} if content(here, n) != content(there, n))


def _side(snapshot: Snapshot) -> Side:
    created = snapshot.manifest.get("created_at")
    return Side(id=snapshot.id, created_at=None if created is None else str(created))
