"""The Hub's downloads as charts read them: which rows count, which were chosen alike, and the size class of each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import BadInput, UnknownName
from advisor.core.units import format_count
from advisor.recommend.names import hint

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from advisor.tables.snapshot import Snapshot

LEAST_MODELS: Final = 100
"""A date with fewer models says nothing of a size class: five classes would share them."""
SIZE_UNKNOWN: Final = "size unknown"
ALL_TAGS: Final = "all"
NO_TAG: Final = "no tag"
_NO_TAGS: Final = ["N/A", ""]
"""What a source writes where the Hub says nothing."""
UNTOLD: Final = "how its models were chosen is not known"
LISTING: Final = ["source_id", "ranking_note", "date"]
"""One list of models on one day; the first two are its series: lists chosen alike."""
_QUANTISED: Final = (
    r"(?i)gguf|awq|gptq|mlx|fp8|nvfp4|mxfp4|exl2|[48]-?bit|int[48]\b|quantized|quantised"
)
"""What a repository's name says when it is a repackaging of another model's weights."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The rows of the table that count, and what was left out of them."""

    rows: pl.DataFrame
    """POPULARITY rows with downloads, test fixtures aside, with `size_class` by the edges asked for, `tag`, `in_doubt`
    (its size, by this table or by the catalogue) and `is_repackaged` (other number formats, by its name)."""
    aside: pl.DataFrame
    """Per listing: `n_fixtures` and their `fixture_downloads`, `n_unread` (no download count)."""
    classes: tuple[str, ...]
    """Names of the size classes, the smallest first; SIZE_UNKNOWN last."""


def class_names(edges: Sequence[int]) -> tuple[str, ...]:
    """Names of the classes between the edges, the smallest first, like "under 200M", "200M-500M".

    Raises: BadInput: no edges, or edges that are not ascending positive counts.
    """
    if not edges or list(edges) != sorted(set(edges)) or edges[0] <= 0:
        raise BadInput(
            f"edges: {list(edges)}: give ascending parameter counts, like 200M, 500M, 1B, 6B"
        )
    shown = [format_count(edge) for edge in edges]
    between = [f"{low}-{high}" for low, high in itertools.pairwise(shown)]
    return (f"under {shown[0]}", *between, f"{shown[-1]} and over")


def counted(
    snapshot: Snapshot,
    edges: Sequence[int],
    *,
    as_of: date | None = None,
    tags: Collection[str] = (),
) -> Counted:
    """The listings up to `as_of`, each model in its size class.

    tags: pipeline tags, NO_TAG for models without one; none given: every tag.
    Raises: BadInput: edges as in class_names. UnknownName: a tag that no model has.
    """
    names = class_names(edges)
    table = snapshot.table("popularity")
    if as_of is not None:
        table = table.filter(pl.col("date") <= as_of)
    doubted = snapshot.table("models").filter("params_suspect")["model_id"].to_list()
    table = table.with_columns(
        in_doubt=pl.col("params_suspect").fill_null(value=False)
        | pl.col("model_id").is_in(doubted),
        tag=pl.col("pipeline_tag").replace(_NO_TAGS, NO_TAG).fill_null(NO_TAG),
        ranking_note=pl.col("ranking_note").fill_null(UNTOLD),
        size_class=_class_of(edges, names),
        is_test_fixture=pl.col("is_test_fixture").fill_null(value=False),
        is_repackaged=pl.col("model_id").str.contains(_QUANTISED),
    )
    if tags:
        _check_tags(
            tags,
            table["tag"]
            .value_counts()
            .sort(["count", "tag"], descending=[True, False])["tag"]
            .to_list(),
        )
        table = table.filter(pl.col("tag").is_in(list(tags)))
    fixture, unread = pl.col("is_test_fixture"), pl.col("downloads_30d").is_null()
    aside = table.group_by(LISTING).agg(
        n_fixtures=fixture.sum(),
        fixture_downloads=pl.col("downloads_30d").filter(fixture).sum(),
        n_unread=(unread & ~fixture).sum(),
    )
    rows = table.filter(~fixture & ~unread).sort(*LISTING, "model_id")
    return Counted(rows=rows, aside=aside.sort(LISTING), classes=(*names, SIZE_UNKNOWN))


def _class_of(edges: Sequence[int], names: Sequence[str]) -> pl.Expr:
    """The class whose upper edge is the first above the count: an edge itself belongs to the class above it."""
    size = pl.col("n_parameters")
    above = pl.sum_horizontal([(size >= edge).cast(pl.Int64) for edge in edges])
    named = above.replace_strict(dict(enumerate(names)), return_dtype=pl.String)
    return pl.when(size.is_null()).then(pl.lit(SIZE_UNKNOWN)).otherwise(named)


def _check_tags(tags: Collection[str], known: list[str]) -> None:
    for tag in tags:
        if tag not in known:
            near = hint(tag, known, otherwise=f"the most used are {', '.join(known[:4])}")
            raise UnknownName(f"unknown pipeline tag {tag!r}{near}")


def listings(rows: pl.DataFrame) -> pl.DataFrame:
    """Every listing with its number of models, in the order of dates."""
    return rows.group_by(LISTING).agg(n_models=pl.len()).sort("date", "source_id", "ranking_note")


def latest_of_each(found: pl.DataFrame, *, least: int) -> pl.DataFrame:
    """Of each series the last listing with at least `least` models; where none has, no row."""
    large = found.filter(pl.col("n_models") >= least)
    last = large.group_by("source_id", "ranking_note").agg(pl.col("date").max())
    return large.join(last, on=LISTING, how="semi").sort("date", "source_id", "ranking_note")


def by_class(rows: pl.DataFrame, classes: Sequence[str], by: list[str]) -> pl.DataFrame:
    """One row per group of `by` and size class, the unknown ones last; classes without a model have n_models 0.

    Adds n_models, downloads_30d_total, downloads_30d_median with the quartiles (null without a model), the
    most downloaded model with its share of the class, and per group: models_share, downloads_share (of sized
    models' downloads; null for the unknown), downloads_share_low and _high: the class's share of all downloads
    if none, or if all, of the models of unknown size were in it.
    """
    downloads = pl.col("downloads_30d")
    top = pl.col("model_id").sort_by([-downloads, pl.col("model_id")]).first()
    found = rows.group_by(*by, "size_class").agg(
        n_models=pl.len(),
        downloads_30d_total=downloads.sum(),
        downloads_30d_median=downloads.median(),
        downloads_30d_q25=downloads.quantile(0.25, interpolation="linear"),
        downloads_30d_q75=downloads.quantile(0.75, interpolation="linear"),
        most_downloaded=top,
        most_downloaded_share=downloads.max() / downloads.sum(),
    )
    order = pl.DataFrame({"size_class": list(classes), "position": range(len(classes))})
    grid = rows.select(by).unique().join(order, how="cross")
    full = grid.join(found, on=[*by, "size_class"], how="left").with_columns(
        pl.col("n_models", "downloads_30d_total").fill_null(0),
        pl.col("most_downloaded_share").fill_nan(None),
    )
    total, models = pl.col("downloads_30d_total"), pl.col("n_models")
    known = pl.col("size_class") != SIZE_UNKNOWN
    sized, unsized = total.filter(known).sum().over(by), total.filter(~known).sum().over(by)
    every = sized + unsized
    shares = full.with_columns(
        models_share=models / models.sum().over(by),
        downloads_share=pl.when(known).then(total / sized),
        downloads_share_low=pl.when(known).then(total / every),
        downloads_share_high=pl.when(known).then((total + unsized) / every),
        unknown_downloads_share=unsized / every,
        unknown_models_share=models.filter(~known).sum().over(by) / models.sum().over(by),
    )
    nan = pl.selectors.float()
    return shares.with_columns(nan.fill_nan(None)).sort(*by, "position")
