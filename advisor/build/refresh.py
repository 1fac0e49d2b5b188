"""From what the Hub says today to a snapshot of its own: ask, settle, write beside the old one, which stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor._lazy import need
from advisor.build.refresh_scores import (
    FOLDERS,
    FOLDERS_SCHEMA,
    WAITING,
    NewScores,
    read_new,
    refit,
)
from advisor.build.refresh_tables import Moved, refreshed, without_slips
from advisor.core.errors import AdvisorError, BadInput, MissingData
from advisor.ingest.fetch import Client, Limits
from advisor.ingest.hub_api import SOURCE_ID, missing_fields, read_api_records
from advisor.ingest.hub_pages import Asked, Hub, every, no_progress
from advisor.ingest.journal import cache_folder, one_refresh, open_journal
from advisor.ingest.mteb_remote import Fetched, fetch_results
from advisor.tables.locate import shipped_folder, user_folder
from advisor.tables.snapshot import Snapshot, derive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from advisor.ingest.journal import Journal

TOP_BY_DEFAULT: Final = 2_000
CHANGED_FIELDS: Final = 0.5
"""Where more of the records than this lack a field that all have, the Hub's answers have changed."""
OUT_OF_ORDER: Final = 0.05
"""More neighbours than this share in the wrong order make a list that was not sorted."""
FEW: Final = 10
"""Fewer records say nothing of the Hub's answers as a whole."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for: the most downloaded models, the changed ones, named ones, the snapshot's own, new scores."""

    top: int | None = TOP_BY_DEFAULT
    """So many, most downloaded first; with `since` the most that are asked for. None: no list."""
    since: date | None = None
    """Created or changed on this day or later."""
    names: Sequence[str] | None = None
    """These, whatever else."""
    own: bool = True
    """Those of the snapshot in use that an answer may name."""
    results: Path | None = None
    """A folder of MTEB results: a copy of the results repository, or mteb's own cache."""
    n_results: int = 0
    """Models whose results are fetched from the results repository, at most."""
    refit: bool = False
    """Fit the predictions again, if scores are waiting for it."""

    @property
    def asks_hub(self) -> bool:
        """Whether anything is to come over the network."""
        return bool(self.top or self.names or self.own or self.n_results)


@dataclass(frozen=True, kw_only=True)
class RefreshReport:
    """What was asked, what came, what moved, and where it lies."""

    day: str
    endpoint: str | None
    """Null where nothing was asked of the Hub."""
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
    moved: Moved | None
    """Null where nothing was asked of the Hub."""
    scores: NewScores | None
    """Null where no results were looked at."""
    n_folders_left: int
    """Models with new results that were not fetched this time."""
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


@dataclass(kw_only=True)
class _Came:
    """What a refresh found before it is reported."""

    now: datetime
    day: date
    """Of the answers; of one that went on from yesterday it is yesterday."""
    chosen: list[str] = field(default_factory=list)
    asked: Asked = field(default_factory=Asked)
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    rows: list[pl.DataFrame] = field(default_factory=list)
    moved: Moved | None = None
    scores: NewScores | None = None
    fetched: Fetched | None = None
    endpoint: str | None = None
    n_requests: int = 0


def refresh(
    open_base: Callable[[], Snapshot], wanted: Wanted, out: Path, *, now: datetime, manner: Manner
) -> RefreshReport:
    """Ask the Hub and write a new snapshot under `out` from the one in use and the answers; that one stays as it is.

    open_base: opens the snapshot to begin from, once no other refresh can replace it. now: the moment that the
    answers are dated by.
    Raises: Unreachable: offline, refused, out of time; what came is kept for the next call. MissingData: the
    answers are not the Hub's, or the snapshot is damaged. BadInput: nothing to ask, a folder cannot be written.
    Source: METHOD.md#refresh
    """
    if not wanted.asks_hub and wanted.results is None and not wanted.refit:
        raise BadInput("nothing to refresh: --limit 0 asks the Hub nothing; name --models, --since or --mteb-results")  # fmt: skip
    for module in ("sklearn", "xgboost") if wanted.refit else ():
        need(module, extra="build")  # told before anything is asked
    with one_refresh(cache_folder()):
        came = _Came(now=now, day=now.date())
        base = open_base()
        journal = _ask_hub(base, wanted, came, manner) if wanted.asks_hub else None
        report = _finished(base, wanted, out, came=came, manner=manner)
        if journal is not None:
            journal.finish()
    return report


def _ask_hub(base: Snapshot, wanted: Wanted, came: _Came, manner: Manner) -> Journal:
    """Everything that comes over the network, into `came`; each answer is in the journal as soon as it is there."""
    need("huggingface_hub", extra="hub")
    client = Client(limits=manner.limits, say=manner.say)
    journal = open_journal(
        cache_folder(), endpoint=client.endpoint, now=came.now, fresh=manner.fresh
    )
    if journal.is_resumed and (n := journal.n_kept):
        manner.say(f"going on with the refresh of {journal.begun:%Y-%m-%d %H:%M} UTC: {n:,} answers are here already")  # fmt: skip
    hub = Hub(client=client, journal=journal, asked=came.asked, tell=manner.tell)
    try:
        notes, came.chosen = _ask(hub, wanted, base)
        if wanted.n_results:
            came.fetched = _results(hub, wanted, base)
    except AdvisorError as error:
        raise _with_state(error, base, journal.n_kept) from None
    except KeyboardInterrupt:
        manner.say(f"{journal.n_kept:,} answers are kept: the same command goes on from there")
        raise
    came.endpoint, came.n_requests, came.day = client.endpoint, client.n_requests, journal.begun.date()  # fmt: skip
    if wanted.top or wanted.names or wanted.own:
        _settle(base, came, notes)
    return journal


def _settle(base: Snapshot, came: _Came, notes: dict[str, str]) -> None:
    """The tables with the Hub's answers in them."""
    found = read_api_records(
        [{**record, "asked_as": name} for name, record in came.asked.records.items()]
    )
    _check(came.asked, found.models)
    names = ("models", "popularity", "sources", "hub_facts")
    old = {name: base.table(name) for name in names if name in base.manifest["tables"]}
    rows, slips = without_slips(found.models, old["popularity"], day=came.day)
    new = refreshed(old, rows, notes, day=came.day)
    came.tables |= new.tables
    came.moved = new.moved
    came.rows += [found.report, slips]
    came.asked.warnings += [f"{n:,} {kind} set aside: {why}" for kind, n, why in slips.select("kind", "n_rows", "why").iter_rows() if n]  # fmt: skip


def _results(hub: Hub, wanted: Wanted, base: Snapshot) -> Fetched:
    """New score files from the results repository, beside the journal."""
    seen = {}
    if FOLDERS in base.manifest["tables"]:
        seen = dict(base.table(FOLDERS).iter_rows())
    known = base.collect(base.scan("evidence_mteb").select("model_id").unique())["model_id"]
    return fetch_results(
        hub, hub.journal.folder / "mteb", known=set(known), seen=seen, named=list(wanted.names or ()),
        most=wanted.n_results,
    )  # fmt: skip


def _finished(
    base: Snapshot, wanted: Wanted, out: Path, *, came: _Came, manner: Manner
) -> RefreshReport:
    """New scores read, predictions fitted where that is wanted, and all of it written."""
    roots = [wanted.results] if wanted.results is not None else []
    if came.fetched is not None and came.fetched.folders:
        roots.append(came.fetched.root)
    for root in roots:
        _read_scores(base, came, root)
    fitted_in = base.manifest.get("fitted_in", base.id)
    if wanted.refit:
        came.tables |= refit(base, came.tables, say=manner.say)
        fitted_in = None
    rows = [row for row in base.manifest.get("rows", []) if row.get("source") != SOURCE_ID]
    facts = {
        "created_at": came.now.isoformat(timespec="seconds"),
        "advisor_version": version("slm-advisor"),
        "rows": [*rows, *(row for part in came.rows for row in part.to_dicts())],
        "refreshed_from": base.id,
        **({"fitted_in": fitted_in} if fitted_in else {}),
    }
    manner.tell(came.n_requests, came.n_requests, "writing the snapshot")
    path = derive(base, out, came.tables, facts=facts)
    return _report(base, path, came, fitted_in=fitted_in or path.name)


def _read_scores(base: Snapshot, came: _Came, root: Path) -> None:
    names = ("evidence_mteb", "scores", "tasks", "models", WAITING, FOLDERS)
    old = {name: base.table(name) for name in names if name in base.manifest["tables"]}
    tables, scores, rows = read_new(old | came.tables, root)
    came.tables |= tables
    came.rows.append(rows)
    came.scores = scores if came.scores is None else came.scores.plus(scores)
    if came.fetched is not None and root == came.fetched.root:
        if left := came.fetched.left_out:
            came.asked.warnings.append(
                f"{len(left):,} result files could not be had, e.g. {left[0]}"
            )
        seen = pl.DataFrame(list(came.fetched.folders.items()), schema=FOLDERS_SCHEMA, orient="row")
        before = old.get(FOLDERS, FOLDERS_SCHEMA.to_frame())
        came.tables[FOLDERS] = pl.concat([before, seen]).unique("folder", keep="last", maintain_order=True).sort("folder")  # fmt: skip


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
        if _is_in_order(hub.asked, found):
            chosen.append(f"the {len(found):,} most downloaded")
            notes |= dict.fromkeys(found, f"top {len(found)} by downloads")
        else:
            hub.asked.warnings.append("the Hub's list is not in the order of downloads: which models are the most downloaded cannot be told")  # fmt: skip
            chosen.append(f"{len(found):,} that the Hub listed")
            notes |= dict.fromkeys(found, "listed by the Hub, in no order of downloads")
    if wanted.own:
        own = _own(base)
        found = hub.named(own)
        chosen.append(f"{len(own):,} models of snapshot {base.id} that advice may name")
        top = sum(note.startswith("top ") for note in notes.values())
        rest = f"models of the snapshot outside the top {top}" if top else "models of the snapshot"
        notes |= {name: notes.get(name, rest) for name in found}
    return notes, chosen


def _is_in_order(asked: Asked, names: list[str]) -> bool:
    """Whether the list falls by downloads, but for a few that moved between two pages."""
    counts = [n for name in names if isinstance(n := asked.records[name].get("downloads"), int)]
    rises = sum(later > before for before, later in pairwise(counts))
    return rises <= OUT_OF_ORDER * len(counts)


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


def _report(base: Snapshot, path: Path, came: _Came, *, fitted_in: str) -> RefreshReport:
    asked, moved = came.asked, came.moved
    return RefreshReport(
        day=came.day.isoformat(), endpoint=came.endpoint, chosen=came.chosen, before=base.id, after=path.name, path=str(path),
        n_asked=len(asked.records) + len(asked.absent) + len(asked.refused), n_found=len(asked.records),
        n_absent=len(asked.absent), n_refused=len(asked.refused), n_renamed=len(asked.renamed),
        absent=asked.absent, refused=asked.refused,
        renamed=asked.renamed, n_requests=came.n_requests,
        n_unchanged=asked.n_unchanged, n_resumed=asked.n_resumed, moved=moved, scores=came.scores,
        n_folders_left=came.fetched.n_left if came.fetched is not None else 0,
        predictions=_predictions(came, path, fitted_in), next=f"advisor diff {_typed(base.path)} {_typed(path)}",
        warnings=asked.warnings, rows=[row for part in came.rows for row in part.to_dicts()],
    )  # fmt: skip


def _typed(path: Path) -> str:
    """What to type for a snapshot: its id where it is looked for, else its folder."""
    homes = {folder.resolve() for folder in (user_folder(), shipped_folder())}
    return path.name if path.parent.resolve() in homes else str(path)


def _predictions(came: _Came, path: Path, fitted_in: str) -> str:
    """What became of the predictions, in words."""
    if fitted_in == path.name and came.tables.get("grid") is not None:
        return "fitted again, with all scores"
    words = f"kept as fitted in snapshot {fitted_in}: counts, licences and dates do not enter them"
    moved = came.moved
    if moved is not None and (sizes := moved.n_sizes_changed + moved.n_sizes_filled):
        words += f"; {sizes:,} sizes are others than they were fitted with"
    waiting = came.tables.get(WAITING)
    if waiting is not None and waiting.height:
        words += (
            f". New scores that wait: {waiting.height:,}. No answer shows them before "
            "`advisor data refresh --limit 0 --refit`, which needs slm-advisor[build] and takes as long as a build"
        )
    return words
