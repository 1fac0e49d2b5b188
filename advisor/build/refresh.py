"""From what the Hub says today to a snapshot of its own: ask, settle, write beside the old one, which stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from advisor.build.refresh_tables import Moved, refreshed
from advisor.core.errors import AdvisorError, MissingData
from advisor.ingest.fetch import Client, Limits
from advisor.ingest.hub_api import SOURCE_ID, missing_fields, read_api_records
from advisor.ingest.hub_pages import Asked, Hub, every, no_progress
from advisor.ingest.journal import cache_folder, open_journal
from advisor.tables.snapshot import Snapshot, derive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from pathlib import Path

TOP_BY_DEFAULT: Final = 2_000
MOST_NAMED: Final = 12
"""Names of one kind that the report lists; the counts beside them are whole."""
CHANGED_FIELDS: Final = 0.5
"""Where more of the records than this lack a field that all have, the Hub's answers have changed."""
FEW: Final = 10
"""Fewer records say nothing of the Hub's answers as a whole."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which models are asked for: the most downloaded, the changed ones, named ones, the snapshot's own."""

    top: int | None = TOP_BY_DEFAULT
    """So many, most downloaded first; with `since` the most that are asked for. None: no list."""
    since: date | None = None
    """Created or changed on this day or later."""
    names: Sequence[str] | None = None
    """These, whatever else."""
    own: bool = True
    """Those of the snapshot in use that an answer may name."""


@dataclass(frozen=True, kw_only=True)
class RefreshReport:
    """What was asked, what came, what moved, and where it lies."""

    day: str
    endpoint: str
    chosen: list[str]
    """How the models were chosen, one line a choice."""
    before: str
    """Id of the snapshot that was in use."""
    after: str
    path: str
    n_asked: int
    n_found: int
    n_absent: int
    n_refused: int
    n_renamed: int
    absent: list[str]
    refused: list[str]
    renamed: dict[str, str]
    n_requests: int
    n_unchanged: int
    """Answers that the Hub said are as they were."""
    n_resumed: int
    """Answers of a refresh that broke off before."""
    moved: Moved
    predictions: str
    """What became of them."""
    next: str
    """What to type next."""
    warnings: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    """source, kind, n_rows, action, why."""


def _silent(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How the Hub is asked."""

    fresh: bool = False
    """Forget what earlier refreshes kept."""
    limits: Limits = field(default_factory=Limits)
    say: Callable[[str], None] = _silent
    """Notes on the way."""
    tell: Callable[[int, int, str], None] = no_progress
    """How far it is: done, of, what."""


class _Made(NamedTuple):
    """What a refresh found before it is reported."""

    chosen: list[str]
    moved: Moved
    rows: pl.DataFrame
    day: date


def refresh(
    base: Snapshot, wanted: Wanted, out: Path, *, now: datetime, manner: Manner
) -> RefreshReport:
    """Ask the Hub and write a new snapshot under `out` from `base` and the answers; `base` stays as it is.

    now: the moment that the answers are dated by.
    Raises: Unreachable: offline, refused, out of time; what came is kept for the next call. MissingData: the
    answers are not the Hub's, or the snapshot is damaged. BadInput: nothing to ask, a folder cannot be written.
    Source: METHOD.md#refresh
    """
    client = Client(limits=manner.limits, say=manner.say)
    journal = open_journal(cache_folder(), endpoint=client.endpoint, now=now, fresh=manner.fresh)
    try:
        if journal.is_resumed and (n := journal.n_kept):
            manner.say(f"going on with the refresh of {journal.begun:%Y-%m-%d %H:%M} UTC: {n:,} answers are here already")  # fmt: skip
        hub = Hub(client=client, journal=journal, tell=manner.tell)
        try:
            notes, chosen = _ask(hub, wanted, base)
        except AdvisorError as error:
            raise _with_state(error, base, journal.n_kept) from None
        day = journal.begun.date()
        found = read_api_records(
            [{**record, "asked_as": name} for name, record in hub.asked.records.items()]
        )
        _check(hub.asked, found.models)
        old = {n: base.table(n) for n in ("models", "popularity", "sources")}
        if "hub_facts" in base.manifest["tables"]:
            old["hub_facts"] = base.table("hub_facts")
        new = refreshed(old, found.models, notes, day=day)
        path = derive(base, out, new.tables, facts=_facts(base, now, found.report, wanted))
        journal.finish()
    except BaseException:
        journal.close()
        raise
    return _report(hub, base, path, _Made(chosen, new.moved, found.report, day))


def _ask(hub: Hub, wanted: Wanted, base: Snapshot) -> tuple[dict[str, str], list[str]]:
    """Every answer that is wanted: how each model was chosen, and the choices in words."""
    notes: dict[str, str] = {}
    chosen = []
    if wanted.names is not None:
        found = hub.named(list(every(wanted.names)))
        chosen.append(f"{len(wanted.names):,} named models")
        notes |= dict.fromkeys(found, "named in a file")
    if wanted.since is not None:
        since, most = wanted.since.isoformat(), wanted.top or TOP_BY_DEFAULT
        found = hub.listed(sort="lastModified", most=most, stop=lambda r: str(r.get("lastModified", ""))[:10] < since)  # fmt: skip
        cut = f", the latest {most:,}" if len(found) == most else ""
        if cut:
            hub.asked.warnings.append(f"more than {most:,} models changed since {since}: raise --limit to reach back to that day")  # fmt: skip
        chosen.append(f"{len(found):,} models changed since {since}{cut}")
        notes |= {name: notes.get(name, f"changed since {since}{cut}") for name in found}
    elif wanted.top:
        found = hub.listed(sort="downloads", most=wanted.top, stop=lambda _: False)
        chosen.append(f"the {len(found):,} most downloaded")
        notes |= dict.fromkeys(found, f"top {len(found)} by downloads")
    if wanted.own:
        own = _own(base)
        found = hub.named(own)
        chosen.append(f"{len(own):,} models of snapshot {base.id} that advice may name")
        notes |= {name: notes.get(name, "models of the snapshot") for name in found}
    return notes, chosen


def _own(base: Snapshot) -> list[str]:
    """Models of the snapshot that are vouched for and can be on the Hub, the most used first."""
    cards = base.collect(
        base.scan("models").filter(
            pl.col("verified"),
            pl.col("kind") != "api",
            pl.col("model_id").str.contains(r"^[^/\s]+/[^/\s]+$"),
        )
    )
    order = pl.col("downloads_30d").fill_null(-1)
    return cards.sort(order, "model_id", descending=[True, False])["model_id"].to_list()


def _check(asked: Asked, rows: pl.DataFrame) -> None:
    """Nothing for answers that can be used. Raises: MissingData: none, or none that hold what the Hub always says."""
    records = list(asked.records.values())
    if rows.is_empty():
        raise MissingData(
            "the Hub knows none of the models that were asked for; nothing was changed"
        )
    for name, n in missing_fields(records).items():
        if len(records) >= FEW and n > CHANGED_FIELDS * len(records):
            raise MissingData(
                f"{n:,} of {len(records):,} answers of the Hub lack the field {name!r}: its API has changed; "
                "update slm-advisor. Nothing was changed"
            )
        asked.warnings.append(
            f"{n:,} of {len(records):,} answers lack the field {name!r}: left empty"
        )


def _with_state(error: AdvisorError, base: Snapshot, n_kept: int) -> AdvisorError:
    """The error with what is in use meanwhile, and what was kept."""
    words = f"{error}; snapshot {base.id} stays in use"
    if n_kept:
        words += f"; {n_kept:,} answers are kept: the same command goes on from there"
    changed = type(error)(words)
    changed.__notes__ = getattr(error, "__notes__", [])
    return changed


def _facts(
    base: Snapshot, now: datetime, report: pl.DataFrame, wanted: Wanted
) -> dict[str, object]:
    rows = [row for row in base.manifest.get("rows", []) if row.get("source") != SOURCE_ID]
    return {
        "created_at": now.isoformat(timespec="seconds"),
        "advisor_version": version("slm-advisor"),
        "rows": [*rows, *report.to_dicts()],
        "refreshed_from": base.id,
        "fitted_in": base.manifest.get("fitted_in", base.id),
        "asked": {
            "top": wanted.top, "since": wanted.since.isoformat() if wanted.since else None,
            "n_named": None if wanted.names is None else len(wanted.names), "own": wanted.own,
        },
    }  # fmt: skip


def _report(hub: Hub, base: Snapshot, path: Path, made: _Made) -> RefreshReport:
    asked, moved = hub.asked, made.moved
    fitted = base.manifest.get("fitted_in", base.id)
    sizes = moved.n_sizes_changed + moved.n_sizes_filled
    resized = f"; {sizes:,} sizes are others than they were fitted with" if sizes else ""
    return RefreshReport(
        day=made.day.isoformat(), endpoint=hub.client.endpoint, chosen=made.chosen, before=base.id, after=path.name, path=str(path),
        n_asked=len(asked.records) + len(asked.absent) + len(asked.refused), n_found=len(asked.records),
        n_absent=len(asked.absent), n_refused=len(asked.refused), n_renamed=len(asked.renamed),
        absent=asked.absent[:MOST_NAMED], refused=asked.refused[:MOST_NAMED],
        renamed=dict(list(asked.renamed.items())[:MOST_NAMED]), n_requests=hub.client.n_requests,
        n_unchanged=asked.n_unchanged, n_resumed=asked.n_resumed, moved=moved,
        predictions=f"kept as fitted in snapshot {fitted}: counts, licences and dates do not enter them{resized}",
        next=f"advisor diff {base.id} {path.name}", warnings=asked.warnings, rows=made.rows.to_dicts(),
    )  # fmt: skip
