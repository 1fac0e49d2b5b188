"""Every published score of a snapshot, found by model, task, source, metric and doubt; a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.estimate.flags import BROKEN, COPY, FLAGS, SIZE, TRAINED, UNEXPECTED
from advisor.tables.schema import EVIDENCE, SOURCES

if TYPE_CHECKING:
    from advisor.tables.snapshot import Snapshot

KINDS: Final = (UNEXPECTED, BROKEN, TRAINED, COPY, SIZE)
"""What the guard may say of a score or of a model."""
MOST: Final = 100_000
"""Rows of one download; the whole of the evidence is the snapshot's own parquet files."""
COLUMNS: Final = (*EVIDENCE, "licence", "flags")
_PAIR: Final = ["model_id", "task_id"]


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which scores are wanted; an empty field leaves all in."""

    model: str = ""
    """Words that all stand in the model's id, whatever their case; a whole id means that model alone."""
    task: str = ""
    """The same of the task's name."""
    sources: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    """Of KINDS: scores of a model on a task, or of a model, of which the guard says one of them."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Some of the rows that were asked for."""

    frame: pl.DataFrame
    n_rows: int
    """Of all that the filter leaves."""


def scores(snapshot: Snapshot, wanted: Filter, *, offset: int = 0, limit: int = 50) -> Found:
    """COLUMNS of the rows from `offset` on, in the order of the snapshot's tables.

    licence: of the source. flags: what the guard says of the model's score on the task and of the model, joined by
    commas; empty where it says nothing. A row is one subset, split and metric; a doubt is about model and task.
    Raises: MissingData: a table cannot be read.
    """
    keep = _conditions(snapshot, wanted)
    total, parts, left = 0, [], limit
    for name in _tables(snapshot):
        query = _filtered(snapshot, snapshot.scan(name).filter(keep), wanted)
        n_rows = int(snapshot.collect(query.select(pl.len())).item())
        start = max(0, offset - total)
        total += n_rows
        if left > 0 and start < n_rows:
            part = snapshot.collect(query.slice(start, left).select(list(EVIDENCE)))
            parts.append(part)
            left -= part.height
    frame = pl.concat(parts) if parts else EVIDENCE.to_frame()
    return Found(frame=_told(snapshot, frame), n_rows=total)


def flags(snapshot: Snapshot, wanted: Filter, *, offset: int = 0, limit: int = 50) -> Found:
    """FLAGS rows about the models, tasks and kinds that are wanted; sources and metrics do not tell them apart."""
    found = _flags(snapshot).filter(_names(snapshot, wanted))
    if wanted.flags:
        found = found.filter(pl.col("flag").is_in(wanted.flags))
    return Found(frame=found.slice(offset, limit), n_rows=found.height)


def sources(snapshot: Snapshot) -> pl.DataFrame:
    """SOURCES with n_rows (0: a source of prices, speeds or catalogues), n_models and n_tasks, most rows first."""
    counted = snapshot.remember("evidence by source", lambda: _counted(snapshot))
    return (
        snapshot.table("sources")
        .join(counted, on="source_id", how="left")
        .with_columns(pl.col("n_rows", "n_models", "n_tasks").fill_null(0))
        .select(*SOURCES, "n_rows", "n_models", "n_tasks")
        .sort("n_rows", "source_id", descending=[True, False])
    )


def metrics(snapshot: Snapshot) -> list[str]:
    """The metrics that the evidence holds, the commonest first."""
    counted = snapshot.remember("evidence by metric", lambda: _by_metric(snapshot))
    return [str(name) for name in counted["metric"]]


def _tables(snapshot: Snapshot) -> list[str]:
    return sorted(name for name in snapshot.manifest["tables"] if name.startswith("evidence"))


def _flags(snapshot: Snapshot) -> pl.DataFrame:
    """The guard's table; none for a snapshot made before there was a guard."""
    if "flags" not in snapshot.manifest["tables"]:
        return FLAGS.to_frame()
    return snapshot.table("flags").select(list(FLAGS))


def _conditions(snapshot: Snapshot, wanted: Filter) -> pl.Expr:
    keep = _names(snapshot, wanted)
    if wanted.sources:
        keep &= pl.col("source_id").is_in(wanted.sources)
    if wanted.metrics:
        keep &= pl.col("metric").is_in(wanted.metrics)
    return keep


def _names(snapshot: Snapshot, wanted: Filter) -> pl.Expr:
    keep = pl.lit(value=True)
    for column, words in (("model_id", wanted.model), ("task_id", wanted.task)):
        if words.split():
            keep &= pl.col(column).is_in(_matching(snapshot, column, words))
    return keep


def _matching(snapshot: Snapshot, column: str, words: str) -> list[str]:
    """Names of the evidence that hold all the words; one that is typed whole alone."""
    known = snapshot.remember(f"evidence {column}", lambda: _known(snapshot, column))[column]
    if (known == words.strip()).any():
        return [words.strip()]
    lower = known.str.to_lowercase()
    keep = pl.Series([True]).new_from_index(0, len(known))
    for word in words.lower().split():
        keep &= lower.str.contains(word, literal=True)
    return known.filter(keep).to_list()


def _known(snapshot: Snapshot, column: str) -> pl.DataFrame:
    parts = [
        snapshot.collect(snapshot.scan(name).select(pl.col(column).unique()))
        for name in _tables(snapshot)
    ]
    parts.append(_flags(snapshot).select(pl.col(column).drop_nulls().unique()))
    return pl.concat(parts).unique().sort(column)


def _filtered(snapshot: Snapshot, query: pl.LazyFrame, wanted: Filter) -> pl.LazyFrame:
    """The rows whose model on the task, or whose model as a whole, has one of the doubts asked for."""
    if not wanted.flags:
        return query
    doubted = _flags(snapshot).filter(pl.col("flag").is_in(wanted.flags))
    whole = doubted.filter(pl.col("task_id").is_null())["model_id"].unique().to_list()
    marked = doubted.filter(pl.col("task_id").is_not_null()).select(_PAIR).unique()
    told = marked.with_columns(_marked=pl.lit(value=True)).lazy()
    joined = query.join(told, on=_PAIR, how="left", maintain_order="left")
    return joined.filter(pl.col("_marked").is_not_null() | pl.col("model_id").is_in(whole))


def _told(snapshot: Snapshot, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with their source's licence and the guard's words."""
    licences = snapshot.table("sources").select("source_id", "licence")
    said = _flags(snapshot).join(frame.select("model_id").unique(), on="model_id", how="semi")
    words = pl.col("flag").unique().sort().str.join(", ")
    of_task = said.filter(pl.col("task_id").is_not_null()).group_by(_PAIR).agg(_task=words)
    of_model = said.filter(pl.col("task_id").is_null()).group_by("model_id").agg(_model=words)
    return (
        frame.join(licences, on="source_id", how="left", maintain_order="left")
        .join(of_task, on=_PAIR, how="left", maintain_order="left")
        .join(of_model, on="model_id", how="left", maintain_order="left")
        .with_columns(flags=pl.concat_str("_task", "_model", separator=", ", ignore_nulls=True))
        .select(COLUMNS)
    )


def _counted(snapshot: Snapshot) -> pl.DataFrame:
    parts = [
        snapshot.collect(
            snapshot.scan(name).group_by("source_id").agg(
                n_rows=pl.len(), n_models=pl.col("model_id").unique(), n_tasks=pl.col("task_id").unique()
            )
        )
        for name in _tables(snapshot)
    ]  # fmt: skip
    together = pl.concat(parts).group_by("source_id").agg(
        pl.col("n_rows").sum(),
        pl.col("n_models", "n_tasks").explode().n_unique(),
    )  # fmt: skip
    return together.with_columns(pl.col("n_rows", "n_models", "n_tasks").cast(pl.Int64))


def _by_metric(snapshot: Snapshot) -> pl.DataFrame:
    parts = [
        snapshot.collect(snapshot.scan(name).group_by("metric").agg(n_rows=pl.len()))
        for name in _tables(snapshot)
    ]
    counted = pl.concat(parts).group_by("metric").agg(pl.col("n_rows").sum())
    return counted.sort("n_rows", "metric", descending=[True, False])
