"""The survey's Figure 1 anew: downloads of open models by size class, one panel per list of models or per pipeline tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.errors import BadInput
from advisor.figures import words
from advisor.figures.chart import Chart
from advisor.figures.lost_counts import said
from advisor.figures.popularity import (
    ALL_TAGS,
    LEAST_MODELS,
    LISTING,
    SIZE_UNKNOWN,
    by_class,
    counted,
    latest_of_each,
    listings,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from advisor.figures.chart import Wanted
    from advisor.figures.popularity import Counted
    from advisor.tables.snapshot import Snapshot

MOST_TAGS: Final = 6
"""Panels of pipeline tags that are shown unless tags are named."""
NOT_COMPARABLE: Final = (
    "Each date's models were chosen in another way: the panels do not compare, and no difference between them "
    "is a trend."
)
_WHAT_DOWNLOADS_ARE: Final = (
    "Downloads are the Hub's count of the 30 days before the date: automatic tests and mirrors count like "
    "people, a fetch of several files can count more than once, and what is passed on elsewhere is not counted."
)
_NO_INTERVAL: Final = "No sampling interval: every model of a list is counted, and a chosen list is no random sample of the Hub."


def build(
    wanted: Wanted,
    snapshot: Snapshot,
    *,
    dates: Collection[date] = (),
    least_models: int = LEAST_MODELS,
) -> Chart:
    """Downloads per size class, total and median, one panel per list of models.

    Reads wanted.edges, wanted.as_of, and wanted.tasks as pipeline tags ("no tag": models without one), which
    narrow what is counted. dates: the dates to show; none: of each way of choosing models the last date with
    `least_models`. Raises: BadInput: edges, or a date without a list. UnknownName: a tag.
    Source: Figure 1 of arXiv 2409.06857; METHOD.md#figure-1
    """
    everything = counted(snapshot, wanted.edges, as_of=wanted.as_of)
    found = listings(everything.rows)
    shown = _on(found, dates) if dates else latest_of_each(found, least=least_models)
    of_tags = counted(snapshot, wanted.edges, as_of=wanted.as_of, tags=wanted.tasks)
    rows = of_tags.rows.join(shown, on=LISTING, how="semi")
    tag = ", ".join(wanted.tasks) if wanted.tasks else ALL_TAGS
    frame = by_class(rows, of_tags.classes, LISTING)
    frame = frame.with_columns(
        pipeline_tag=pl.lit(tag),
        panel=_panel_of_listing(),
        short=pl.col("date").dt.to_string("%Y-%m-%d"),
    )
    frame = frame.sort("date", "source_id", "ranking_note", "position")
    what = "all pipeline tags" if tag == ALL_TAGS else f"pipeline tag {tag}"
    left_out = found.join(shown, on=LISTING, how="anti")
    chart = Chart(
        name="figure-1",
        title=f"Downloads of open models by size, {what}",
        reading=_reading(frame) if frame.height else _nothing(found, wanted.as_of),
        frame=frame,
        notes=(
            (NOT_COMPARABLE,) * (shown.height > 1)
            + _notes(frame, of_tags, rows)
            + _left_out(left_out, least_models, chosen=bool(dates))
        ),
        pool=_pool(frame),
        snapshot_id=snapshot.id,
        as_of=wanted.as_of,
        facts=_facts(frame),
    )

    return said(chart, of_tags.rows, shown)


def build_by_tag(wanted: Wanted, snapshot: Snapshot, *, on: date | None = None) -> Chart:
    """Downloads per size class, total and median, one panel per pipeline tag of one list of models.

    Reads wanted.edges, wanted.as_of and wanted.tasks: pipeline tags in the order shown; none: the MOST_TAGS
    with the most downloads. on: the list's date; None: the list with the most models. Raises: as build.
    """
    every = counted(snapshot, wanted.edges, as_of=wanted.as_of, tags=wanted.tasks)
    found = listings(counted(snapshot, wanted.edges, as_of=wanted.as_of).rows)
    one = (_on(found, [on]) if on else found).sort("n_models", descending=True).head(1)
    rows = every.rows.join(one, on=LISTING, how="semi")
    order = wanted.tasks or tuple(
        rows.group_by("tag")
        .agg(pl.col("downloads_30d").sum())
        .sort("downloads_30d", "tag", descending=[True, False])["tag"][:MOST_TAGS]
    )
    others = rows.filter(~pl.col("tag").is_in(list(order)))
    rows = rows.filter(pl.col("tag").is_in(list(order)))
    frame = by_class(rows, every.classes, [*LISTING, "tag"]).rename({"tag": "pipeline_tag"})
    rank = {tag: i for i, tag in enumerate(order)}
    frame = frame.with_columns(panel=pl.col("pipeline_tag"), short=pl.col("pipeline_tag")).sort(
        pl.col("pipeline_tag").replace_strict(rank, return_dtype=pl.Int64), "position"
    )
    listing = f"{one['ranking_note'][0]}, {one['date'][0]}" if one.height else ""
    unseen = (
        (
            f"{others['tag'].n_unique()} further tags with {_count(others['downloads_30d'].sum())} downloads "
            "are not shown; name them to see them.",
        )
        if others.height
        else ()
    )
    return Chart(
        name="downloads-by-tag",
        title=f"Downloads of open models by size and pipeline tag: {listing}",
        reading=_tag_reading(frame) if frame.height else _nothing(found, wanted.as_of),
        frame=frame,
        notes=_notes(frame, every, rows) + unseen,
        pool=_pool(frame),
        snapshot_id=snapshot.id,
        as_of=wanted.as_of,
        facts=_facts(frame),
    )


def _on(found: pl.DataFrame, dates: Collection[date]) -> pl.DataFrame:
    missing = sorted(set(dates) - set(found["date"].to_list()))
    if missing:
        large = found.sort("n_models", descending=True)["date"].head(3).to_list()
        raise BadInput(
            f"no list of models is dated {', '.join(map(str, missing))}; "
            f"the largest are of {', '.join(map(str, sorted(large)))}"
        )
    return found.filter(pl.col("date").is_in(list(dates)))


def _panel_of_listing() -> pl.Expr:
    return pl.format("{} · {}", pl.col("date").dt.to_string("%Y-%m-%d"), pl.col("ranking_note"))


def _panels(frame: pl.DataFrame) -> list[pl.DataFrame]:
    return frame.partition_by("panel", maintain_order=True)


def _reading(frame: pl.DataFrame) -> str:
    led = [lead for panel in _panels(frame) if (lead := _leader(panel))]
    if not led:
        return "No download of a model whose size is known."
    parts = [
        f"models {_of(str(row['size_class']))} had {_share(row['downloads_share'])} on {row['short']} ({_flat(row['ranking_note'])})"
        for row in led
    ]
    trend = " The lists were chosen differently: this is no trend." if len(parts) > 1 else ""
    return (
        f"Of the downloads whose model's size is known, {'; '.join(parts)}.{trend} {_typical(frame)}"
    ).rstrip()


def _flat(note: str) -> str:
    """A note that can stand in brackets."""
    return note.replace(" (", ", ").replace(")", "")


def _leader(panel: pl.DataFrame) -> dict[str, Any] | None:
    """The class with the most downloads of sized models."""
    sized = panel.drop_nulls("downloads_share").sort("downloads_share", descending=True)
    return sized.row(0, named=True) if sized.height else None


def _typical(frame: pl.DataFrame) -> str:
    """What the median model of each class had, on the list with the most models."""
    largest = max(_panels(frame), key=lambda panel: int(panel["n_models"].sum()))
    medians = largest.filter(pl.col("size_class") != SIZE_UNKNOWN).drop_nulls(
        "downloads_30d_median"
    )
    if medians.is_empty():
        return ""
    medians = medians.sort("downloads_30d_median")
    low, high = medians.row(0, named=True), medians.row(-1, named=True)
    return (
        f"The median model had {_count(low['downloads_30d_median'])} ({words.size_class(low['size_class'])}) to "
        f"{_count(high['downloads_30d_median'])} downloads ({words.size_class(high['size_class'])}) on {largest['short'][0]}: totals "
        "are made by few models."
    )


def _of(size_class: str) -> str:
    return size_class if size_class.startswith("under") else f"of {words.size_class(size_class)}"


def _tag_reading(frame: pl.DataFrame) -> str:
    leading = [
        (str(top["size_class"]), str(top["panel"]), top["downloads_share"])
        for panel in _panels(frame)
        if (top := _leader(panel))
    ]
    by_leader: dict[str, list[str]] = {}
    for size, tag, share in leading:
        by_leader.setdefault(size, []).append(f"{tag} ({share:.0%})")
    parts = [f"models {_of(size)} lead in {', '.join(tags)}" for size, tags in by_leader.items()]
    return f"Of the downloads whose model's size is known, {'; '.join(parts)}."


def _notes(frame: pl.DataFrame, table: Counted, rows: pl.DataFrame) -> tuple[str, ...]:
    if frame.is_empty():
        return ()
    return (
        _unknown_note(frame),
        _basis_note(rows, table.classes),
        _aside_note(table.aside.join(rows, on=LISTING, how="semi")) + _top_note(frame),
        _WHAT_DOWNLOADS_ARE,
        _NO_INTERVAL,
    )


def _unknown_note(frame: pl.DataFrame) -> str:
    parts = [
        f"{_share(panel['unknown_models_share'][0])} of models with "
        f"{_share(panel['unknown_downloads_share'][0])} of downloads ({panel['short'][0]})"
        for panel in _panels(frame)
    ]
    return (
        f"Size unknown: {', '.join(parts)}. The thin line beyond a total shows how far it would reach if all these "
        "downloads were in that class; the line at a median spans the middle half of the class's models."
    )


def _basis_note(rows: pl.DataFrame, classes: Sequence[str]) -> str:
    """How well the sizes are known, by downloads, for each list shown; and who leads where only exact ones count."""
    sized = rows.filter(pl.col("n_parameters").is_not_null())
    guessed = (
        pl.col("n_parameters_basis").str.contains("^family-estimate|^name").fill_null(value=True)
    )
    downloads = pl.col("downloads_30d")
    each = (
        sized.group_by(LISTING)
        .agg(
            guessed=downloads.filter(guessed).sum() / downloads.sum(),
            doubt=downloads.filter("in_doubt").sum() / downloads.sum(),
            packed=downloads.filter("is_repackaged").sum() / downloads.sum(),
        )
        .sort("date", "source_id")
    )
    exact = by_class(sized.filter(~guessed), classes, LISTING).drop_nulls("downloads_share")
    first = exact.sort("downloads_share", descending=True).unique(LISTING, keep="first")
    parts = [
        f"{row['date']}: {_share(row['guessed'])} sized by name or architecture only (without them: "
        f"{words.size_class(row['size_class'])} {_share(row['downloads_share'])}), {_share(row['doubt'])} with a size in doubt, "
        f"{_share(row['packed'])} repackagings by name"
        for row in each.join(first, on=LISTING, how="inner")
        .sort("date", "source_id")
        .iter_rows(named=True)
    ]
    return (
        f"Of the sized downloads: {'; '.join(parts)}." if parts else "No download of a sized model."
    )


def _aside_note(aside: pl.DataFrame) -> str:
    fixtures, unread = aside["n_fixtures"].sum(), aside["n_unread"].sum()
    more = f"; {unread:,} models without a download count" if unread else ""
    return (
        f"Left out: {fixtures:,} test fixtures (tiny-random and the like) with "
        f"{_count(aside['fixture_downloads'].sum())} downloads{more}."
    )


def _top_note(frame: pl.DataFrame) -> str:
    sized = frame.filter(pl.col("n_models") > 1).drop_nulls(
        ["most_downloaded_share", "downloads_share"]
    )
    if sized.is_empty():
        return ""
    top = sized.sort("most_downloaded_share", "panel", descending=[True, False]).row(0, named=True)
    return (
        f" One model can carry a total: {top['most_downloaded']} has {_share(top['most_downloaded_share'])} of "
        f"{words.size_class(top['size_class'])} ({top['short']})."
    )


def _left_out(rest: pl.DataFrame, least: int, *, chosen: bool) -> tuple[str, ...]:
    if rest.is_empty() or chosen:
        return ()
    small = rest.filter(pl.col("n_models") < least)
    older = rest.height - small.height
    return (
        f"{older} earlier dates of the same lists and {small.height} lists of fewer than {least} models "
        "(daily lists of twelve and the like) are not shown.",
    )


def _nothing(found: pl.DataFrame, as_of: date | None) -> str:
    when = f" up to {as_of}" if as_of else ""
    if found.is_empty():
        return f"The snapshot holds no downloads{when}."
    return f"No list of models{when} is large enough to be split by size; name its date to see it all the same."


def _pool(frame: pl.DataFrame) -> str:
    if frame.is_empty():
        return "no model"
    each = frame.group_by(LISTING, maintain_order=True).agg(pl.col("n_models").sum())
    parts = [
        f"{row['n_models']:,} models on {row['date']} ({row['ranking_note']}; {row['source_id']})"
        for row in each.iter_rows(named=True)
    ]
    return "; ".join(parts)


def _facts(frame: pl.DataFrame) -> dict[str, float | int | str | None]:
    facts: dict[str, float | int | str | None] = {}
    for row in frame.iter_rows(named=True):
        facts[f"{row['panel']}: {row['size_class']}: downloads_share"] = row["downloads_share"]
        facts[f"{row['panel']}: {row['size_class']}: downloads_30d_median"] = row[
            "downloads_30d_median"
        ]
        facts[f"{row['panel']}: unknown_downloads_share"] = row["unknown_downloads_share"]
    return facts


def _count(value: Any) -> str:
    """Downloads as people say them: "8", "44,365", "150M"."""
    if value < 100_000:
        return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
    return f"{value / 1e6:.3g}M" if value >= 999_500 else f"{value / 1e3:.3g}k"


def _share(fraction: float | None) -> str:
    """Like "80.8%", "0%"; what is not 0 is never rounded to it; null: a share of nothing."""
    if fraction is None:
        return "none"
    if 0 < fraction < 0.0005:
        return "<0.1%"
    return f"{fraction:.0%}" if fraction in (0.0, 1.0) else f"{fraction:.1%}"
