"""What a refresh moves: sizes and licences on the cards, days in the series of downloads, scores that wait for a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from advisor.tables.snapshot import Snapshot

WAITING: Final = "scores_waiting"


@dataclass(frozen=True, kw_only=True)
class SizeMove:
    """One model's size, parameters; null: not known."""

    model_id: str
    before: int | None
    after: int | None
    basis: str | None
    """How the later one is known."""


@dataclass(frozen=True, kw_only=True)
class LicenceMove:
    """One model's licence; null: none stated."""

    model_id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class CardsChange:
    """Cards of models that both snapshots know: sizes and licences that are others, the most used first."""

    n_sizes_filled: int
    n_sizes_changed: int
    sizes: list[SizeMove]
    """Changed ones; those that were only filled in are counted."""
    n_licences_filled: int
    n_licences_changed: int
    licences: list[LicenceMove]


@dataclass(frozen=True, kw_only=True)
class SeriesDay:
    """A day that the later snapshot counts downloads of and the earlier one does not."""

    date: str
    source_id: str
    ranking_note: str | None
    """How the models of the day were chosen."""
    n_models: int


@dataclass(frozen=True, kw_only=True)
class WaitingChange:
    """Scores that came after the last fit: no answer shows them yet."""

    before: int
    after: int
    models: list[str]
    """Of the later snapshot's, those with most of them."""


def cards_change(before: Snapshot, after: Snapshot, *, most: int) -> CardsChange:
    """Sizes and licences that were filled in or changed."""
    columns = [
        "model_id", "n_parameters", "n_parameters_basis", "license", "downloads_30d",
    ]  # fmt: skip
    here, there = (_columns(snapshot, "models", columns) for snapshot in (before, after))
    both = here.join(there, on="model_id", suffix="_after").sort(
        pl.col("downloads_30d_after").fill_null(-1), "model_id", descending=[True, False]
    )
    sizes = both.filter(pl.col("n_parameters").ne_missing(pl.col("n_parameters_after")))
    licences = both.filter(pl.col("license").ne_missing(pl.col("license_after")))
    resized = sizes.filter(pl.col("n_parameters").is_not_null())
    relicensed = licences.filter(pl.col("license").is_not_null())
    return CardsChange(
        n_sizes_filled=sizes.height - resized.height,
        n_sizes_changed=resized.height,
        sizes=[
            SizeMove(model_id=name, before=old, after=new, basis=basis)
            for name, old, new, basis in resized.head(most)
            .select("model_id", "n_parameters", "n_parameters_after", "n_parameters_basis_after")
            .iter_rows()
        ],
        n_licences_filled=licences.height - relicensed.height,
        n_licences_changed=relicensed.height,
        licences=[
            LicenceMove(model_id=name, before=old, after=new)
            for name, old, new in relicensed.head(most)
            .select("model_id", "license", "license_after")
            .iter_rows()
        ],
    )


def days_added(before: Snapshot, after: Snapshot, *, most: int) -> list[SeriesDay]:
    """Days, sources and choices of models that the earlier snapshot has no downloads of, the latest first."""
    of = ["date", "source_id", "ranking_note"]
    here, there = (_columns(snapshot, "popularity", [*of, "model_id"]) for snapshot in (before, after))  # fmt: skip
    new = there.join(here.select(of).unique(), on=of, how="anti", nulls_equal=True)
    days = new.group_by(of).len().sort([*of, "len"], descending=[True, False, False, False])
    return [
        SeriesDay(date=str(day), source_id=source, ranking_note=note, n_models=n)
        for day, source, note, n in days.head(most).iter_rows()
    ]


def waiting_change(before: Snapshot, after: Snapshot, *, most: int) -> WaitingChange:
    """How many scores wait in each of the two."""
    here, there = (_columns(snapshot, WAITING, ["model_id"]) for snapshot in (before, after))
    models = there.group_by("model_id").len().sort(["len", "model_id"], descending=[True, False])
    return WaitingChange(
        before=here.height, after=there.height, models=models["model_id"].head(most).to_list()
    )


_TYPES: Final = {"n_parameters": pl.Int64, "downloads_30d": pl.Int64, "date": pl.Date}


def _columns(snapshot: Snapshot, table: str, columns: list[str]) -> pl.DataFrame:
    """These columns of a table, null where it lacks them; no rows where the snapshot has no such table."""
    schema = {name: _TYPES.get(name, pl.String) for name in columns}
    if table not in snapshot.manifest["tables"]:
        return pl.DataFrame(schema=schema)
    lazy = snapshot.scan(table)
    there = lazy.collect_schema()
    return snapshot.collect(
        lazy.select(
            (pl.col(name) if name in there else pl.lit(None)).cast(kind).alias(name)
            for name, kind in schema.items()
        )
    )
