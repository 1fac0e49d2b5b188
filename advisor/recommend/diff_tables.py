"""Rows, names, scores and downloads of two snapshots held against each other, by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from advisor.recommend.field import POINT
from advisor.tables.schema import EVIDENCE_KEY

if TYPE_CHECKING:
    from advisor.tables.snapshot import Snapshot


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
    """Rows per source of one table: before, after, added, removed, changed; (source_id, n) each."""
    both = [_lazy(snapshot, name) for snapshot in (before, after)]
    totals = [
        snapshot.collect(_by_source(lazy))
        for snapshot, lazy in zip((before, after), both, strict=True)
    ]
    if _same(before, after, name):
        return totals
    gone, new = _unlike(before, after, both)
    kept = new.join(gone, on=EVIDENCE_KEY, how="semi")
    parts = (
        new.join(kept, on=EVIDENCE_KEY, how="anti"),
        gone.join(kept, on=EVIDENCE_KEY, how="anti"),
        kept,
    )
    return totals + [_by_source(part.lazy()).collect() for part in parts]


def _unlike(
    before: Snapshot, after: Snapshot, both: list[pl.LazyFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Key columns of the rows that only one of the two has just so; rows are compared by a 64-bit hash."""
    columns = [c for c in both[0].collect_schema() if c in both[1].collect_schema()]
    hashes = [
        snapshot.collect(lazy.select(pl.struct(columns).hash().alias("hash")).with_row_index())
        for snapshot, lazy in zip((before, after), both, strict=True)
    ]
    rows = []
    for snapshot, lazy, own, other in zip(
        (before, after), both, hashes, reversed(hashes), strict=True
    ):
        odd = own.join(other, on="hash", how="anti").select("index")
        keyed = lazy.select(EVIDENCE_KEY).with_row_index()
        rows.append(snapshot.collect(keyed.join(odd.lazy(), on="index", how="semi")))
    return rows[0], rows[1]


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
            before=n, after=n, added=0, removed=0, changed=0, median_points=None, largest=[]
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
    return ScoresChange(
        before=here.height,
        after=there.height,
        added=there.height - both.height,
        removed=here.height - both.height,
        changed=moved.height,
        median_points=None if size is None else float(size),
        largest=[ScoreMove(**row) for row in ordered.head(most).iter_rows(named=True)],
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
    """A table read from its file, not kept in memory; empty evidence where a snapshot has none of that name."""
    if name in snapshot.manifest["tables"]:
        return snapshot.scan(name)
    from advisor.tables.schema import EVIDENCE, SCORES, SHIPPED_MODELS, TASKS

    schemas = {"scores": SCORES, "models": SHIPPED_MODELS, "tasks": TASKS}
    return pl.LazyFrame(schema=schemas.get(name, EVIDENCE))


def _by_source(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.group_by("source_id").len().sort("source_id")
