"""From a folder of sources to a snapshot in use: gather, fit, write whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from advisor.build.fit import fit_all
from advisor.build.gather import gather
from advisor.tables.snapshot import write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl


@dataclass(frozen=True, kw_only=True)
class BuildReport:
    """Where the snapshot is, and what became of every source's rows."""

    path: Path
    rows: pl.DataFrame
    """source, kind, n_rows, action (read, kept, changed, set aside, not read), why."""


def _silent(_: str) -> None:
    """Say nothing."""


def build_snapshot(
    source: Path, out: Path, *, created_at: str, say: Callable[[str], None] = _silent
) -> BuildReport:
    """Build a snapshot from `source` under `out` and make it the current one there.

    created_at: an ISO date for the manifest; the snapshot's id does not depend on it.
    Raises: MissingData: a source is missing; BadInput: `out` cannot be written.
    """
    gathered = gather(source, say=say)
    artefacts = fit_all(gathered.tables, say=say)
    say("writing")
    facts = {
        "created_at": created_at,
        "advisor_version": version("slm-advisor"),
        "rows": gathered.report.to_dicts(),
    }
    path = write(out, gathered.tables | artefacts, facts=facts)
    return BuildReport(path=path, rows=gathered.report)
