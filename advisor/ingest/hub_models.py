"""What the Hub said of its models, at several dates: how much they are used, how large they are, what binds them."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from advisor.core.ids import SIZE_CLASSES, SIZE_EDGES
from advisor.ingest.licences import commercial_use
from advisor.ingest.model_size_rule import FILE, SIZE_COLUMNS, best_size, judged
from advisor.ingest.reporting import Report
from advisor.tables.columns import filled, require_columns
from advisor.tables.locate import data_file
from advisor.tables.schema import MODELS, MODELS_KEY, check_table

if TYPE_CHECKING:
    from pathlib import Path

SOURCE_IDS: Final = {
    "jpcompartir/huggingfaceR": "hub-huggingfacer",
    "AlexsJones/llmfit": "hub-llmfit",
    "mosesy5688-cell/ai-nexus": "hub-ai-nexus",
    "hyeonseo2/daily-huggingface": "hub-daily-huggingface",
}

POPULARITY_KEY: Final = ["model_id", "date", "source_id"]
POPULARITY: Final = pl.Schema(
    {
        "model_id": pl.String,
        "date": pl.Date,
        "downloads_30d": pl.Int64,
        "downloads_all_time": pl.Int64,
        "likes": pl.Int64,
        "pipeline_tag": pl.String,
        "library": pl.String,
        "n_parameters": pl.Int64,
        "n_parameters_basis": pl.String,
        "params_suspect": pl.Boolean,
        "size_class": pl.String,
        "ranking_note": pl.String,
        "is_test_fixture": pl.Boolean,
        "source_id": pl.String,
    }
)
"""One model on one day in one source. ranking_note: how that source chose its models; shares of different
choices must not be compared. size_class: core.ids, of neural models; "undisclosed" where no size is known."""

NEEDED: Final = [
    "model", "downloads_30d", "likes", "n_parameters", "n_parameters_basis", "active_parameters", "pipeline_tag",
    "library", "licence_of_model", "created", "params_suspect", "is_test_fixture", "snapshot_date", "ranking_note",
    "source",
]  # fmt: skip

BROKEN_DAYS: Final = (pl.date(2025, 11, 19), pl.date(2025, 11, 21))
"""ai-nexus added its repeated crawls up on these days: every figure is a multiple of 5, and doubled within a day;
models with millions of downloads show 0. Source: METHOD.md#hub-dirt"""

JUMP_FACTOR: Final = 20
JUMP_FLOOR: Final = 50_000_000
"""A count of at least JUMP_FLOOR that is JUMP_FACTOR times the least of the year before is a slip: new releases do
grow twentyfold (gemma-4-31B-it to 12 million), but only a handful of models ever pass 50 million."""

WHY_ZERO: Final = "missing, not zero: it has 100 likes, or 1,000 downloads on another day"
WHY_JUMP: Final = f"{JUMP_FLOOR:,} or more, and {JUMP_FACTOR} times the least of the year before"


class HubTables(NamedTuple):
    """The Hub's tables: POPULARITY over time, MODELS as last seen, and the count of what was set aside."""

    popularity: pl.DataFrame
    models: pl.DataFrame
    report: pl.DataFrame


@lru_cache(maxsize=1)
def aliases() -> dict[str, str]:
    """Present Hub id of each model that was renamed, by its old id."""
    with data_file("hub_aliases.toml").open("rb") as stream:
        found: dict[str, str] = tomllib.load(stream)["aliases"]
    return found


def canonical_ids(model_ids: pl.Series) -> pl.Series:
    """Model ids with the Hub's old names replaced by the present ones; others unchanged."""
    return model_ids.replace(aliases())


def read_hub(folder: Path) -> HubTables:
    """The Hub's tables from `folder`/hub_models.parquet.

    Raises: BadInput: a column is missing.
    """
    raw = require_columns(pl.read_parquet(folder / "hub_models.parquet"), NEEDED, "hub_models")
    lines = Report("hub")
    lines.add(
        "rows: model, day and source",
        raw.height,
        action="read",
        why="downloads over 30 days, likes, size, licence",
    )
    renamed = raw["model"].is_in(list(aliases())).sum()
    lines.add("rows: old model id", int(renamed), action="changed", why="the Hub's present id")
    tidy = raw.select(
        pl.col("model").replace(aliases()).alias("model_id"),
        pl.col("snapshot_date").cast(pl.Date).alias("date"),
        "downloads_30d",
        "likes",
        "pipeline_tag",
        "library",
        "n_parameters",
        "n_parameters_basis",
        "params_suspect",
        pl.col("active_parameters").alias("n_active_parameters"),
        "is_test_fixture",
        "ranking_note",
        pl.col("licence_of_model").alias("license"),
        pl.col("created").cast(pl.String).alias("released"),
        pl.col("source").replace(SOURCE_IDS).alias("source_id"),
    ).sort("model_id", "date", "source_id", "downloads_30d")
    # Sizes and licences are told by every row; only the counts of a broken day are worthless.
    sizes, facts = best_size(_judged(tidy, lines)), _latest_facts(tidy)
    counted = _without_slips(tidy, lines)
    sized = counted.drop(SIZE_COLUMNS).join(sizes, on="model_id", how="left")
    popularity = check_table(
        "popularity",
        sized.with_columns(size_class=_size_class(), downloads_all_time=pl.lit(None)).sort(
            POPULARITY_KEY
        ),
        POPULARITY,
        POPULARITY_KEY,
    )
    models = _models(popularity, sizes, facts)
    lines.add(
        "rows: popularity",
        popularity.height,
        action="kept",
        why="one a model, day and source",
    )
    lines.add(
        "models: test fixtures",
        popularity.filter("is_test_fixture")["model_id"].n_unique(),
        action="kept",
        why="tiny-random and the like: marked in popularity, left out of the model cards",
    )
    lines.add(
        "models: size in doubt", int(models["params_suspect"].sum()), action="kept", why="params_suspect"
    )  # fmt: skip
    lines.add(
        "models: no size known",
        models["n_parameters"].null_count(),
        action="kept",
        why="null: size class 'undisclosed'",
    )
    lost = set(tidy["model_id"]) - set(popularity["model_id"])
    lines.add(
        "models: no count left", len(lost), action="set aside", why="every row of theirs was a slip"
    )
    lines.add("models: cards", models.height, action="kept", why="as last seen")
    return HubTables(popularity, models, lines.frame())


def _without_slips(tidy: pl.DataFrame, lines: Report) -> pl.DataFrame:
    of_day = pl.struct("model_id", "date", "source_id")
    steps = [
        (
            "rows: crawls added up",
            (pl.col("source_id") == "hub-ai-nexus") & pl.col("date").is_between(*BROKEN_DAYS),
            "ai-nexus, 2025-11-19 to -21: sums of several crawls (multiples of 5), and zeros",
        ),
        ("rows: zero downloads of a used model", zero_of_used(), WHY_ZERO),
        (
            "rows: figure not refreshed",
            _stale(),
            "the source shows the count of an earlier day or file again",
        ),
        (
            "rows: second count of a day",
            ~of_day.is_last_distinct(),
            "the higher one, of the later crawl, stays",
        ),
        ("rows: implausible jump", implausible_jump(), WHY_JUMP),
    ]
    for kind, bad, why in steps:
        tidy = lines.set_aside(tidy, bad, kind=kind, why=why)
    return tidy


def zero_of_used() -> pl.Expr:
    """Of rows of several days: the count is 0 although the model is used. Source: METHOD.md#hub-dirt."""
    used = (pl.col("downloads_30d").max().over("model_id") >= 1_000) | (pl.col("likes") >= 100)
    return (pl.col("downloads_30d") == 0) & used


def implausible_jump() -> pl.Expr:
    """Of rows of several days, sorted by them: a slip rather than growth. Source: METHOD.md#hub-dirt."""
    year = pl.col("downloads_30d").rolling_min_by("date", window_size="365d", closed="left")
    return (pl.col("downloads_30d") >= JUMP_FLOOR) & (
        pl.col("downloads_30d") >= JUMP_FACTOR * year.over("model_id")
    )


def _stale() -> pl.Expr:
    """The figure stood there before: next to it, or to the last digit on any earlier day."""
    of_source = ["model_id", "source_id"]
    same = pl.col("downloads_30d") == pl.col("downloads_30d").shift(1).over(of_source)
    exact = (pl.col("downloads_30d") >= 1_000) & (pl.col("downloads_30d") % 1_000 != 0)
    return same | (exact & ~pl.struct(*of_source, "downloads_30d").is_first_distinct())


def _judged(tidy: pl.DataFrame, lines: Report) -> pl.DataFrame:
    """The rows with each file's total held against the model's name.

    Source: METHOD.md#hub-sizes
    """
    stated = tidy.select("model_id", "n_parameters", "n_parameters_basis").unique()
    found = [judged(*row) for row in stated.iter_rows()]
    ruled = stated.with_columns(
        ruled=pl.Series([size.n_parameters for size in found], dtype=pl.Int64),
        ruled_basis=pl.Series([size.basis for size in found], dtype=pl.String),
        doubted=pl.Series([size.suspect for size in found], dtype=pl.Boolean),
    )
    changed = ruled.filter(pl.col("ruled") != pl.col("n_parameters"))
    lines.add("models: file's count contradicts the name", changed["model_id"].n_unique(), action="changed", why="packed words, or an index read wrongly: the name's size")  # fmt: skip
    of_file = pl.col("n_parameters_basis") == FILE
    return tidy.join(
        ruled, on=["model_id", "n_parameters", "n_parameters_basis"], how="left", nulls_equal=True
    ).with_columns(
        n_parameters="ruled",
        n_parameters_basis="ruled_basis",
        params_suspect=pl.when(of_file).then("doubted").otherwise("params_suspect"),
    )


def _latest_facts(tidy: pl.DataFrame) -> pl.DataFrame:
    """Licence and birthday of a model: the last one stated; the earliest date of birth."""
    return (
        tidy.sort("model_id", "date")
        .group_by("model_id", maintain_order=True)
        .agg(pl.col("license").drop_nulls().last(), pl.col("released").min())
    )


def _size_class() -> pl.Expr:
    size = pl.col("n_parameters")
    label = pl.lit(SIZE_CLASSES[1 + len(SIZE_EDGES)])
    for edge, name in reversed(list(zip(SIZE_EDGES, SIZE_CLASSES[1:], strict=False))):
        label = pl.when(size < edge).then(pl.lit(name)).otherwise(label)
    return pl.when(size.is_null()).then(pl.lit("undisclosed")).otherwise(label)


def _models(popularity: pl.DataFrame, sizes: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    last = (
        popularity.filter(~pl.col("is_test_fixture"))
        .sort("model_id", "date", "downloads_30d", "source_id")
        .group_by("model_id", maintain_order=True)
        .agg(
            pl.col("downloads_30d", "source_id").last(),
            pl.col("date").last().cast(pl.String).alias("downloads_date"),
            pl.col("likes").drop_nulls().last(),
        )
    )
    cards = last.join(sizes, on="model_id", how="left").join(facts, on="model_id", how="left")
    cards = cards.with_columns(
        pool=pl.lit([], dtype=pl.List(pl.String)),
        open_weights=pl.lit(value=True),
        params_suspect=pl.col("params_suspect").fill_null(value=False),
        n_active_parameters=pl.when(pl.col("n_active_parameters") < pl.col("n_parameters")).then(
            pl.col("n_active_parameters")
        ),
        commercial_use=commercial_use(cards["license"]),
    )
    return check_table("hub models", filled(cards, MODELS).sort("model_id"), MODELS, MODELS_KEY)
