"""What the snapshot in use is: id, age, where it lies, how much it holds, from which sources."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.tables.snapshot import Snapshot

SOURCE_COLUMNS = ["source_id", "title", "licence", "date", "commit", "url"]


def status(snapshot: Snapshot, *, today: date) -> dict[str, Any]:
    """Facts of one snapshot: id, created_at, age_days, refreshed_from, fitted_in (whose predictions it holds), path, tables (rows, bytes), sources."""
    created = snapshot.manifest.get("created_at")
    tables = snapshot.manifest["tables"]
    sources = []
    if "sources" in tables:
        frame = snapshot.table("sources")
        sources = (
            frame.select([c for c in SOURCE_COLUMNS if c in frame.columns])
            .sort("source_id")
            .to_dicts()
        )
    return {
        "id": snapshot.id,
        "schema_version": snapshot.manifest["schema_version"],
        "created_at": created,
        "age_days": _age(created, today),
        "refreshed_from": snapshot.manifest.get("refreshed_from"),
        "fitted_in": snapshot.manifest.get("fitted_in", snapshot.id),
        "path": str(snapshot.path),
        "tables": {
            name: {"rows": entry.get("rows"), "bytes": entry.get("bytes")}
            for name, entry in sorted(tables.items())
        },
        "sources": sources,
    }


def _age(created: object, today: date) -> int | None:
    """Days since `created`; null where the manifest does not say it as a date."""
    try:
        return (today - date.fromisoformat(str(created)[:10])).days
    except ValueError:
        return None
