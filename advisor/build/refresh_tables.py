"""The snapshot's tables after the Hub has answered: counts of a day added, cards brought up to date, sizes settled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.ids import size_class
from advisor.ingest.hub_api import API_MODELS, SOURCE_ID
from advisor.ingest.hub_models import (
    POPULARITY,
    POPULARITY_KEY,
    WHY_JUMP,
    WHY_ZERO,
    implausible_jump,
    zero_of_used,
)
from advisor.ingest.licences import commercial_use, is_open
from advisor.ingest.model_size_rule import Size, is_tied_twice, settled
from advisor.ingest.mteb_kinds import ModelFacts, family_of, kind_of
from advisor.ingest.reporting import Report
from advisor.tables.columns import filled
from advisor.tables.schema import MODELS_KEY, SHIPPED_MODELS, SOURCES, check_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

HUB_FACTS: Final = pl.Schema({**API_MODELS, "date": pl.Date})  # type: ignore[arg-type]
"""API_MODELS with the day on which the Hub said so; the latest of each model."""

TOP: Final = re.compile(r"top (\d+) by downloads")
_IMAGES: Final = re.compile(
    r"image|video|audio|speech|vision|visual|3d|depth|object|mask-generation|robotics|reinforcement|voice|tabular|time-series"
)
"""In a pipeline tag: the model does not (only) read text."""
_RERANKS: Final = "text-ranking"
_STATIC: Final = frozenset({"model2vec", "static-embedding"})


@dataclass(frozen=True, kw_only=True)
class Moved:
    """How many models of each kind of change."""

    n_new: int
    n_downloads_changed: int
    n_sizes_changed: int
    n_sizes_filled: int
    n_sizes_doubted: int
    n_tied_twice: int
    n_licences_filled: int


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """The tables that a refresh replaces, by name, and what changed in them."""

    tables: dict[str, pl.DataFrame]
    moved: Moved


def without_slips(
    rows: pl.DataFrame, popularity: pl.DataFrame, *, day: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with a null for each count that cannot be meant, and the lines that say how many. Source: METHOD.md#hub-dirt."""
    columns = ["model_id", "date", "downloads_30d", "likes"]
    today = rows.with_columns(date=pl.lit(day)).select(columns)
    earlier = popularity.filter(pl.col("date") < day).select(columns)
    both = pl.concat([earlier, today]).sort("model_id", "date")
    flagged = both.select(*columns[:2], zero=zero_of_used(), jump=implausible_jump())
    slips = flagged.filter(pl.col("date") == day).with_columns(pl.col("zero", "jump").fill_null(value=False))  # fmt: skip
    lines = Report(SOURCE_ID)
    for column, kind, why in (
        ("zero", "counts: zero downloads of a used model", WHY_ZERO),
        ("jump", "counts: implausible jump", WHY_JUMP),
    ):
        lines.add(kind, int(slips[column].sum()), action="set aside", why=why)
    joined = rows.join(slips, on="model_id", how="left", maintain_order="left")
    is_slip = pl.col("zero") | pl.col("jump")
    cleaned = joined.with_columns(downloads_30d=pl.when(~is_slip).then("downloads_30d"))
    return cleaned.select(rows.columns), lines.frame()


def refreshed(
    old: Mapping[str, pl.DataFrame], rows: pl.DataFrame, notes: Mapping[str, str], *, day: date
) -> Fresh:
    """The tables with the Hub's `rows` (API_MODELS) of `day` in them.

    old: models, popularity, sources, and hub_facts where an earlier refresh made it. notes: how each model was
    chosen. Rows without a download count tell facts, but are no count of that day.
    """
    models, sizes, moved = _models(old["models"], rows, day)
    popularity = _popularity(old["popularity"], rows, sizes, notes, day)
    facts = pl.concat([filled(old.get("hub_facts", HUB_FACTS.to_frame()), HUB_FACTS), filled(rows.with_columns(date=pl.lit(day)), HUB_FACTS)])  # fmt: skip
    return Fresh(
        tables={
            "models": models,
            "popularity": popularity,
            "hub_facts": facts.unique("model_id", keep="last", maintain_order=True).sort(
                "model_id"
            ),
            "sources": _sources(old["sources"], day),
        },
        moved=moved,
    )


def _popularity(
    old: pl.DataFrame, rows: pl.DataFrame, sizes: dict[str, Size], notes: Mapping[str, str], day: date
) -> pl.DataFrame:  # fmt: skip
    """POPULARITY with this day's rows; a refresh of the same day takes the place of the earlier one."""
    counted = rows.filter(pl.col("downloads_30d").is_not_null())
    new = counted.with_columns(
        date=pl.lit(day),
        ranking_note=pl.col("model_id").replace_strict(dict(notes), default="named", return_dtype=pl.String),
    )  # fmt: skip
    same_day = (pl.col("date") == day) & (pl.col("source_id") == SOURCE_ID)
    earlier = old.filter(same_day)
    new = filled(new, POPULARITY)
    kept = earlier.join(new, on="model_id", how="anti").with_columns(
        ranking_note=_note_of_kept(earlier, new)
    )
    new = _with_widest_choice(new, earlier)
    every = pl.concat([filled(old.filter(~same_day), POPULARITY), filled(kept, POPULARITY), new])
    return check_table(
        "popularity",
        _with_sizes(every, sizes).sort(POPULARITY_KEY),
        POPULARITY,
        POPULARITY_KEY,
    )


def _tops(frame: pl.DataFrame) -> int:
    """The largest N of the frame's "top N by downloads" notes, 0 without one."""
    found = (TOP.fullmatch(note) for note in frame["ranking_note"].drop_nulls().unique())
    return max((int(match[1]) for match in found if match), default=0)


def _with_widest_choice(new: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """New rows under the widest choice of the day that they stood in.

    Whoever was among the top 2,000 in the morning and is named alone in the evening stays one of the top 2,000:
    a list from which some were taken out would no longer be that list.
    """
    widest = max(_tops(new), _tops(earlier))
    before = earlier.select("model_id", was=_note_of_kept(earlier, new))
    joined = new.join(before, on="model_id", how="left", maintain_order="left")
    stays = _width(pl.col("was")) > _width(pl.col("ranking_note"))
    note = pl.when(stays).then("was").otherwise("ranking_note")
    top = pl.lit(f"top {widest} by downloads")
    return joined.with_columns(
        ranking_note=pl.when(note.str.contains(TOP.pattern)).then(top).otherwise(note)
    ).drop("was")


def _width(note: pl.Expr) -> pl.Expr:
    """How wide a choice of models is, by its note; -1 for none."""
    return (
        pl.when(note.str.contains(TOP.pattern)).then(3)
        .when(note.str.starts_with("models of the snapshot")).then(2)
        .when(note.str.starts_with("changed since")).then(1)
        .when(note.is_not_null()).then(0)
        .otherwise(-1)
    )  # fmt: skip


def _note_of_kept(earlier: pl.DataFrame, new: pl.DataFrame) -> pl.Expr:
    """The note of rows that this refresh did not ask for again."""
    widest = max(_tops(new), _tops(earlier))
    is_top = pl.col("ranking_note").str.contains(TOP.pattern)
    if widest and widest == _tops(new):
        # They stood in the morning's list and do not in this one, which is as wide or wider.
        return pl.when(is_top).then(pl.lit("named")).otherwise("ranking_note")
    return pl.col("ranking_note")


def _with_sizes(popularity: pl.DataFrame, sizes: dict[str, Size]) -> pl.DataFrame:
    """Every row of a model with its one settled size, whatever the date."""
    if not sizes:
        return popularity
    settled_sizes = pl.DataFrame(
        [
            (name, s.n_parameters, s.basis, s.suspect, size_class(s.n_parameters, "encoder"))
            for name, s in sizes.items()
        ],
        schema={"model_id": pl.String, "n": pl.Int64, "b": pl.String, "s": pl.Boolean, "c": pl.String},
        orient="row",
    )  # fmt: skip
    joined = popularity.join(settled_sizes, on="model_id", how="left", maintain_order="left")
    told = pl.col("c").is_not_null()
    return joined.with_columns(
        n_parameters=pl.when(told).then("n").otherwise("n_parameters"),
        n_parameters_basis=pl.when(told).then("b").otherwise("n_parameters_basis"),
        params_suspect=pl.when(told).then("s").otherwise("params_suspect"),
        size_class=pl.when(told).then("c").otherwise("size_class"),
    )


def _models(
    old: pl.DataFrame, rows: pl.DataFrame, day: date
) -> tuple[pl.DataFrame, dict[str, Size], Moved]:
    """Cards brought up to date, one card more for each model not known before, and the settled sizes of all rows."""
    columns = ["model_id", "n_parameters", "n_parameters_basis", "params_suspect", "n_active_parameters"]  # fmt: skip
    known = {row[0]: row for row in old.join(rows, on="model_id", how="semi").select(*columns, "n_embedding_parameters", "kind").iter_rows()}  # fmt: skip
    sizes, n = {}, dict.fromkeys(("changed", "filled", "doubted", "tied"), 0)
    for name, count, basis, suspect, active in rows.select(columns).iter_rows():
        stated = Size(count, basis, suspect, active)
        if name not in known:
            sizes[name] = stated
            n["doubted"] += stated.suspect
            continue
        _, *before, table, kind = known[name]
        was = Size(before[0], before[1], bool(before[2]), before[3])
        # A repository under the name of a model that is only served holds something else than its weights.
        sizes[name] = now = was if kind == "api" else settled(name, was, stated)
        n["filled"] += was.n_parameters is None and now.n_parameters is not None
        n["changed"] += was.n_parameters is not None and now.n_parameters != was.n_parameters
        n["doubted"] += now.suspect and not was.suspect
        n["tied"] += bool(count and was.n_parameters and is_tied_twice(count, was.n_parameters, table))  # fmt: skip
    said = rows.with_columns(
        downloads_date=pl.when(pl.col("downloads_30d").is_not_null()).then(pl.lit(day.isoformat())),
        n_parameters=pl.Series([sizes[m].n_parameters for m in rows["model_id"]], dtype=pl.Int64),
        n_parameters_basis=pl.Series([sizes[m].basis for m in rows["model_id"]], dtype=pl.String),
        params_suspect=pl.Series([sizes[m].suspect for m in rows["model_id"]], dtype=pl.Boolean),
        n_active_parameters=pl.Series([sizes[m].n_active for m in rows["model_id"]], dtype=pl.Int64),
    )  # fmt: skip
    joined = old.join(said, on="model_id", how="left", suffix="_new", maintain_order="left")
    asked = pl.col("hub_id").is_not_null()
    newest = [
        pl.coalesce(f"{c}_new", c).alias(c) for c in ("downloads_30d", "downloads_date", "likes")
    ]
    filled_in = [pl.coalesce(c, f"{c}_new").alias(c) for c in ("license", "released", "base_model")]
    size = [pl.when(asked).then(f"{c}_new").otherwise(c).alias(c) for c in columns[1:]]
    updated = joined.with_columns(*newest, *filled_in, *size).with_columns(
        params_suspect=pl.col("params_suspect").fill_null(value=False)
    )
    moved = Moved(
        n_new=0,
        n_downloads_changed=updated.filter(
            asked & pl.col("downloads_30d").ne_missing(joined["downloads_30d"])
        ).height,
        n_sizes_changed=n["changed"],
        n_sizes_filled=n["filled"],
        n_sizes_doubted=n["doubted"],
        n_tied_twice=n["tied"],
        n_licences_filled=joined["license"].null_count() - updated["license"].null_count(),
    )
    new = _cards(said.join(old, on="model_id", how="anti").filter(~pl.col("is_test_fixture")))
    every = pl.concat([filled(updated, SHIPPED_MODELS), new])
    every = every.with_columns(
        commercial_use=commercial_use(every["license"]), is_open_license=is_open(every["license"])
    )
    models = check_table("models", every.sort("model_id"), SHIPPED_MODELS, MODELS_KEY)
    return models, sizes, Moved(**(vars(moved) | {"n_new": new.height}))


def _cards(rows: pl.DataFrame) -> pl.DataFrame:
    """Cards of models that nothing was measured of: in no pool, so that no advice names them."""
    cards = rows.with_columns(
        pool=pl.lit([], dtype=pl.List(pl.String)),
        kind=pl.Series([_kind(row) for row in rows.iter_rows(named=True)], dtype=pl.String),
        family=pl.Series([family_of(name) for name in rows["model_id"]], dtype=pl.String),
        open_weights=pl.lit(value=True),
        verified=pl.lit(value=False),
        measured_languages=pl.lit([], dtype=pl.List(pl.String)),
    )
    return filled(cards, SHIPPED_MODELS)


def _kind(row: dict[str, object]) -> str:
    """What sort of model it is, from its pipeline, its library and the names in its lineage."""
    task = str(row["pipeline_tag"] or "")
    tags = row["tags"] if isinstance(row["tags"], list) else []
    name, base = str(row["model_id"]), row["base_model"]
    if task == _RERANKS:
        return "cross_encoder"
    if row["library"] in _STATIC or not _STATIC.isdisjoint(tags):
        return "static_embedding"
    if task == "text-generation":
        return "decoder"
    n_parameters = row["n_parameters"]
    facts = ModelFacts(
        name=name, n_parameters=n_parameters if isinstance(n_parameters, int) else None, n_embedding=None, n_active=None,
        memory_mib=None, embed_dim=None, open_weights=True, model_type=(),
        modalities=("image",) if _IMAGES.search(task) else ("text",), adapted_from=None,
    )  # fmt: skip
    return kind_of(facts, [base, name] if isinstance(base, str) else [name])


def _sources(old: pl.DataFrame, day: date) -> pl.DataFrame:
    """SOURCES with the day of this refresh at the Hub's line."""
    line = old.filter(pl.col("source_id") == SOURCE_ID)
    if line.is_empty():
        facts = {
            "source_id": SOURCE_ID, "title": "Hugging Face Hub API, read by `advisor data refresh`",
            "url": "https://huggingface.co/api/models", "commit": "API as of the day of the refresh",
            "licence": "facts; terms at https://huggingface.co/terms-of-service",
        }  # fmt: skip
        line = filled(pl.DataFrame([facts]), SOURCES)
    line = line.with_columns(date=pl.lit(day.isoformat()))
    rest = old.filter(pl.col("source_id") != SOURCE_ID)
    return pl.concat([filled(rest, SOURCES), filled(line, SOURCES)]).sort("source_id")
