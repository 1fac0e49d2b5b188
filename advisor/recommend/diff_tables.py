"""Rows, names, scores and downloads of two snapshots held against each other, by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.recommend.field import POINT
from advisor.tables.schema import EVIDENCE, EVIDENCE_KEY, SCORES, SHIPPED_MODELS, TASKS

if TYPE_CHECKING:
    from advisor.tables.snapshot import Snapshot

_SCHEMAS: Final = {"scores": SCORES, "models": SHIPPED_MODELS, "tasks": TASKS}
"""Of tables other than evidence; a snapshot of an older schema may lack columns."""


@dataclass(frozen=True, kw_only=True)
class SourceChange:
    """One source's evidence rows. changed: the key is the same, the number or what is said of it is not."""

    source_id: str
    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, kw_only=True)
class NamesChange:
    """What a catalogue gained and lost; the most used or most measured first."""

    before: int
    after: int
    n_new: int
    n_gone: int
    new: list[str]
    gone: list[str]


@dataclass(frozen=True, kw_only=True)
class ScoreMove:
    """One (model, task) whose score changed; fractions, and points between them."""

    model_id: str
    task_id: str
    before: float
    after: float
    points: float


@dataclass(frozen=True, kw_only=True)
class ScoresChange:
    """Default scores, one per (model, task)."""

    before: int
    after: int
    added: int
    removed: int
    changed: int
    median_points: float | None
    """Median of |change| over the changed ones, points; null where none changed."""
    largest: list[ScoreMove]
    new_of: list[str]
    """Models with new scores, those with most of them first."""


@dataclass(frozen=True, kw_only=True)
class DownloadMove:
    """One model's downloads in 30 days."""

    model_id: str
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class DownloadsChange:
    """Downloads in 30 days, summed over the models that both snapshots count, and who moved most."""

    n_models: int
    n_counted_new: int
    """Models that only the later snapshot has a count of."""
    total_before: int
    total_after: int
    date_before: str | None
    """The newest count's date."""
    date_after: str | None
    largest: list[DownloadMove]


def evidence_change(before: Snapshot, after: Snapshot) -> list[SourceChange]:
    """One entry per source that has rows in either; the most changed first, then by name."""
    tables = [
        name
        for name in sorted({*before.manifest["tables"], *after.manifest["tables"]})
        if name.startswith("evidence")
    ]
    counts: dict[str, list[int]] = {}
    for name in tables:
        for column, frame in enumerate(_row_counts(before, after, name)):
            for source, n in frame.iter_rows():
                counts.setdefault(source, [0] * 5)[column] += n
    found = [
        SourceChange(source_id=s, rows_before=n[0], rows_after=n[1], added=n[2], removed=n[3], changed=n[4])
        for s, n in counts.items()
    ]  # fmt: skip
    return sorted(found, key=lambda s: (-(s.added + s.removed + s.changed), s.source_id))


def _row_counts(before: Snapshot, after: Snapshot, name: str) -> list[pl.DataFrame]:
    """Rows per source of one table: before, after, added, removed, changed; (source_id, n) each.

    Keys and rows are compared by 64-bit hashes, so that each file is read once. A column that only one of
    the two has changes no row.
    """
    if _same(before, after, name):
        total = before.collect(_by_source(_scan(before, name)))
        return [total, total]
    both = [_scan(snapshot, name) for snapshot in (before, after)]
    columns = [c for c in EVIDENCE if all(c in lazy.collect_schema() for lazy in both)]
    here, there = (
        snapshot.collect(
            _filled(lazy, EVIDENCE).select(
                "source_id",
                key=pl.struct(EVIDENCE_KEY).hash(),
                row=pl.struct(columns).hash(),
            )
        )
        for snapshot, lazy in zip((before, after), both, strict=True)
    )
    new, gone = (
        one.join(other, on="row", how="anti") for one, other in ((there, here), (here, there))
    )
    kept = new.join(gone, on="key", how="semi")
    added, removed = (part.join(kept, on="key", how="anti") for part in (new, gone))
    return [_by_source(part.lazy()).collect() for part in (here, there, added, removed, kept)]


def names_change(
    before: Snapshot, after: Snapshot, table: str, key: str, *, most: int
) -> NamesChange:
    """New and gone names of a catalogue; table: "models" or "tasks"."""
    weight = "downloads_30d" if table == "models" else "n_models"
    here, there = (
        snapshot.collect(_lazy(snapshot, table).select(key, weight)) for snapshot in (before, after)
    )
    new = there.join(here, on=key, how="anti").sort(
        pl.col(weight).fill_null(-1), key, descending=[True, False]
    )
    gone = here.join(there, on=key, how="anti").sort(
        pl.col(weight).fill_null(-1), key, descending=[True, False]
    )
    return NamesChange(
        before=here.height,
        after=there.height,
        n_new=new.height,
        n_gone=gone.height,
        new=new[key].head(most).to_list(),
        gone=gone[key].head(most).to_list(),
    )


def scores_change(before: Snapshot, after: Snapshot, *, most: int) -> ScoresChange:
    """Default scores by (model, task): how many came, went and moved, and which moved furthest."""
    key = ["model_id", "task_id"]
    if _same(before, after, "scores"):
        n = int(before.manifest["tables"].get("scores", {}).get("rows", 0))
        return ScoresChange(
            before=n,
            after=n,
            added=0,
            removed=0,
            changed=0,
            median_points=None,
            largest=[],
            new_of=[],
        )
    here, there = (
        snapshot.collect(_lazy(snapshot, "scores").select(*key, "value"))
        for snapshot in (before, after)
    )
    both = here.join(there, on=key, suffix="_after")
    moved = both.filter(pl.col("value") != pl.col("value_after")).select(
        *key,
        before="value",
        after="value_after",
        points=(pl.col("value_after") - pl.col("value")) / POINT,
    )
    ordered = moved.sort(pl.col("points").abs(), *key, descending=[True, False, False])
    size = moved.select(pl.col("points").abs().median()).item()
    new = there.join(here, on=key, how="anti").group_by("model_id").len()
    new = new.sort(["len", "model_id"], descending=[True, False])
    return ScoresChange(
        before=here.height,
        after=there.height,
        added=there.height - both.height,
        removed=here.height - both.height,
        changed=moved.height,
        median_points=None if size is None else float(size),
        largest=[ScoreMove(**row) for row in ordered.head(most).iter_rows(named=True)],
        new_of=new["model_id"].head(most).to_list(),
    )


def downloads_change(before: Snapshot, after: Snapshot, *, most: int) -> DownloadsChange:
    """Downloads of the models: totals over those that both count, and the largest moves by number."""
    columns = ["model_id", "downloads_30d", "downloads_date"]
    here, there = (
        snapshot.collect(_lazy(snapshot, "models").select(columns)) for snapshot in (before, after)
    )
    both = here.join(there, on="model_id", suffix="_after").rename(
        {"downloads_30d": "before", "downloads_30d_after": "after"}
    )
    counted = both.filter(pl.col("before").is_not_null(), pl.col("after").is_not_null())
    move = pl.col("after") - pl.col("before")
    moved = counted.filter(move != 0).sort(move.abs(), "model_id", descending=[True, False])
    return DownloadsChange(
        n_models=counted.height,
        n_counted_new=there["downloads_30d"].count() - counted.height,
        total_before=int(counted["before"].sum()),
        total_after=int(counted["after"].sum()),
        date_before=_newest(here),
        date_after=_newest(there),
        largest=[
            DownloadMove(**row)
            for row in moved.head(most).select("model_id", "before", "after").iter_rows(named=True)
        ],
    )


def _newest(models: pl.DataFrame) -> str | None:
    newest = models["downloads_date"].max()
    return None if newest is None else str(newest)


def _same(before: Snapshot, after: Snapshot, name: str) -> bool:
    """Whether both have the table and its hashes agree."""
    here, there = (s.manifest["tables"].get(name) for s in (before, after))
    return here is not None and there is not None and here["sha256"] == there["sha256"]


def _lazy(snapshot: Snapshot, name: str) -> pl.LazyFrame:
    """The models, tasks or scores; columns that the table lacks are null."""
    return _filled(_scan(snapshot, name), _SCHEMAS[name])


def _scan(snapshot: Snapshot, name: str) -> pl.LazyFrame:
    """A table as it is, or an empty one of its schema where a snapshot has none."""
    if name in snapshot.manifest["tables"]:
        return snapshot.scan(name)
    return pl.LazyFrame(schema=_SCHEMAS.get(name, EVIDENCE))


def _filled(lazy: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    there = lazy.collect_schema()
    return lazy.with_columns(
        pl.lit(None, dtype=dtype).alias(c) for c, dtype in schema.items() if c not in there
    )


def _by_source(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.group_by("source_id").len().sort("source_id")
