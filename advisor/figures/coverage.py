"""Who was measured on what: how many models of each size class and kind have scores in each task family or language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import BadInput, UnknownName
from advisor.core.ids import MODEL_KINDS, NOT_NEURAL, SIZE_CLASSES, TASK_FAMILIES
from advisor.core.languages import NAMES, parse_language
from advisor.figures.chart import Chart
from advisor.figures.popularity import class_names
from advisor.recommend.names import hint
from advisor.tables.measured import measured_scores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

FEW: Final = 10
"""Fewer models than this are too few for a group's best to be known."""
MOST_LANGUAGES: Final = 20
SIZES: Final = "size class"
KINDS: Final = "kind"
MODELS: Final = "model"
FRAME: Final = pl.Schema(
    {
        "facet": pl.String, "group": pl.String, "row": pl.String, "n_measured": pl.Int64, "n_models": pl.Int64,
        "share": pl.Float64, "n_scores": pl.Int64, "n_tasks": pl.Int64, "n_shown": pl.Int64, "group_position": pl.Int64,
        "row_position": pl.Int64,
    }
)  # fmt: skip
"""One cell a row. n_measured: models of the group with a score in the row, of n_models in the group; n_scores: their scores,
n_tasks: different tasks among these. n_shown: the number in the cell: n_measured, or n_scores where the group is one model."""


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Models measured in each task family, by size class and by kind.

    Reads wanted.tasks (families, in their order; none: all), wanted.models (model ids: one column each; or size classes:
    only their models, by kind; none: all that compete), wanted.edges and wanted.as_of (models released later are
    invisible). Raises: UnknownName: a family or model. Source: METHOD.md#coverage-of-evidence
    """
    rows = tuple(wanted.tasks) or TASK_FAMILIES
    for name in rows:
        if name not in TASK_FAMILIES:
            raise UnknownName(
                f"unknown task family {name!r}{hint(name, TASK_FAMILIES, otherwise=', '.join(TASK_FAMILIES))}"
            )
    cells = _cells(snapshot).with_columns(row="task_family")
    return _chart(cells, rows, wanted, snapshot, name="coverage", what="task family")


def build_languages(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """Models measured in each language, by size class and by kind; only tasks in one language alone count.

    Reads wanted.tasks as languages (names or codes; none: the MOST_LANGUAGES with the most scores), the rest as build.
    Raises: UnknownName: a language or model.
    """
    alone = _cells(snapshot).filter(pl.col("languages").list.len() == 1)
    cells = alone.with_columns(code=pl.col("languages").list.first())
    codes = tuple(parse_language(name) for name in wanted.tasks) or tuple(
        cells.filter(pl.col("code").is_in(list(NAMES)))
        .group_by("code")
        .len()
        .sort(["len", "code"], descending=[True, False])["code"]
        .head(MOST_LANGUAGES)
    )
    rows = tuple(NAMES.get(code, code) for code in codes)
    named = cells.with_columns(row=pl.col("code").replace(NAMES))
    return _chart(named, rows, wanted, snapshot, name="coverage-languages", what="language")


def _cells(snapshot: Snapshot) -> pl.DataFrame:
    """Every score of a task with its family and languages: model_id, task_id, task_family, languages."""
    tasks = snapshot.scan("tasks").select("task_id", "task_family", "languages")
    scores = measured_scores(snapshot.scan).select("model_id", "task_id")
    return snapshot.remember(
        "scores with family and languages",
        lambda: snapshot.collect(scores.join(tasks, on="task_id", how="inner")),
    )


def _competing(snapshot: Snapshot, edges: Sequence[int], as_of: date | None) -> pl.DataFrame:
    """model_id, kind, size_class of every model that competes in some pool."""
    names = class_names(edges)
    board_only = (pl.col("pool") == ["language-model"]) & ~pl.col("verified")
    models = snapshot.collect(
        snapshot.scan("models").filter((pl.col("kind") != "other") & ~board_only)
    )
    if as_of is not None:
        models = models.filter(pl.col("released") <= as_of.isoformat())
    above = pl.sum_horizontal([(pl.col("n_parameters") >= edge).cast(pl.Int64) for edge in edges])
    by_size = above.replace_strict(dict(enumerate(names)), return_dtype=pl.String)
    size = (
        pl.when(pl.col("kind").is_in(list(NOT_NEURAL)))
        .then(pl.lit(SIZE_CLASSES[0]))
        .when(pl.col("n_parameters").is_null())
        .then(pl.lit(SIZE_CLASSES[-1]))
        .otherwise(by_size)
    )
    return models.select("model_id", "kind", size_class=size)


def _chart(
    cells: pl.DataFrame, rows: Sequence[str], wanted: Wanted, snapshot: Snapshot, *, name: str, what: str
) -> Chart:  # fmt: skip
    models = _competing(snapshot, wanted.edges, wanted.as_of)
    classes = (SIZE_CLASSES[0], *class_names(wanted.edges), SIZE_CLASSES[-1])
    who, facets = _groups(models, wanted.models, classes, snapshot)
    of_rows = cells.filter(pl.col("row").is_in(list(rows)))
    frame = pl.concat([_counted(of_rows, who, *facet, rows) for facet in facets])
    outside = cells.join(models, on="model_id", how="anti")
    chosen = f" of {', '.join(wanted.models)}" if wanted.models else ""
    return Chart(
        name=name,
        title=f"Who was measured on what: models{chosen} by {what}",
        reading=_reading(frame, what),
        frame=frame,
        notes=_notes(frame, outside, cells, what),
        pool=f"{who.height:,} models that compete in some pool, {of_rows.join(who, on='model_id').height:,} scores",
        snapshot_id=snapshot.id,
        as_of=wanted.as_of,
        facts=_facts(frame),
    )


def _groups(
    models: pl.DataFrame, asked: Sequence[str], classes: Sequence[str], snapshot: Snapshot
) -> tuple[pl.DataFrame, list[tuple[str, list[str]]]]:
    """The models that count, with a column per facet, and each facet's groups in order."""
    if not asked:
        kinds: list[str] = [kind for kind in MODEL_KINDS if kind in set(models["kind"])]
        held = [name for name in classes if name in set(models["size_class"])]
        who = models.rename({"size_class": SIZES})
        return who, [(SIZES, held), (KINDS, kinds)]
    of_class = [name for name in asked if name in classes]
    if len(of_class) == len(asked):
        who = models.filter(pl.col("size_class").is_in(of_class))
        kinds = [kind for kind in MODEL_KINDS if kind in set(who["kind"])]
        return who, [(KINDS, kinds)]
    if of_class:
        raise BadInput(f"models: {', '.join(asked)}: name models or size classes, not both")
    every = snapshot.table("models")
    for name in asked:
        if name not in set(every["model_id"]):
            near = hint(
                name, every["model_id"], otherwise="`advisor models` searches the catalogue"
            )
            raise UnknownName(f"unknown model {name!r}{near}")
    who = every.filter(pl.col("model_id").is_in(list(asked))).select(
        "model_id", pl.col("model_id").alias(MODELS)
    )
    return who, [(MODELS, list(asked))]


def _counted(
    cells: pl.DataFrame, who: pl.DataFrame, facet: str, groups: list[str], rows: Sequence[str]
) -> pl.DataFrame:
    """FRAME rows of one facet, every cell of the grid."""
    members = who.select("model_id", group=facet)
    sizes = members.group_by("group").agg(n_models=pl.len().cast(pl.Int64))
    found = (
        cells.join(members, on="model_id")
        .group_by("group", "row")
        .agg(
            n_measured=pl.col("model_id").n_unique().cast(pl.Int64),
            n_scores=pl.len().cast(pl.Int64),
            n_tasks=pl.col("task_id").n_unique().cast(pl.Int64),
        )
    )
    columns = {"group": pl.String, "group_position": pl.Int64}
    numbered = {"group": groups, "group_position": list(range(len(groups)))}
    grid = pl.DataFrame(numbered, schema=columns).join(
        pl.DataFrame({"row": list(rows), "row_position": range(len(rows))}), how="cross"
    )
    full = (
        grid.join(sizes, on="group", how="left")
        .join(found, on=["group", "row"], how="left")
        .with_columns(pl.col("n_models", "n_measured", "n_scores", "n_tasks").fill_null(0))
    )
    shown = "n_scores" if facet == MODELS else "n_measured"
    made = full.with_columns(
        facet=pl.lit(facet),
        share=pl.when(pl.col("n_models") > 0).then(pl.col("n_measured") / pl.col("n_models")),
        n_shown=pl.col(shown),
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in FRAME.items()).sort(
        "row_position", "group_position"
    )


def _reading(frame: pl.DataFrame, what: str) -> str:
    if frame.is_empty():
        return "No model competed by then: nothing was measured on anything."
    if frame["facet"][0] == MODELS:
        none = frame.filter(n_scores=0).height
        return f"{none} of {frame.height} cells hold no score at all: there the advice on these models is a prediction."
    first = frame.filter(facet=frame["facet"][0])
    empty, few = first.filter(n_measured=0).height, first.filter(pl.col("n_measured") < FEW).height
    total = int(first["n_scores"].sum())
    by_row = first.group_by("row", "row_position").agg(pl.col("n_scores").sum()).sort(
        ["n_scores", "row_position"], descending=[True, False]
    )  # fmt: skip
    top, last = by_row.row(0, named=True), by_row.row(-1, named=True)
    share = top["n_scores"] / total if total else 0.0
    return (
        f"{empty} of {first.height} cells ({what} by {first['facet'][0]}) hold no measured model, and {few - empty} more "
        f"fewer than {FEW}: there advice rests on little. {top['row']} alone has {share:.0%} of the {total:,} scores, "
        f"{last['row']} {last['n_scores']:,} scores."
    )


def _notes(
    frame: pl.DataFrame, outside: pl.DataFrame, cells: pl.DataFrame, what: str
) -> tuple[str, ...]:
    if frame.is_empty():
        return ()
    number = "its scores" if frame["facet"][0] == MODELS else "models with at least one score"
    notes = [
        f"The number in a cell: {number}; where there is room, also their share of the group and the number of scores. Bold "
        f"and coloured: fewer than {FEW}. 0: nobody was measured, so every estimate there is predicted.",
        f"Not counted: {outside.height:,} scores of {outside['model_id'].n_unique():,} models that do not compete (leaderboards' "
        "unverified fine-tunes and merges, baselines, models of other media).",
    ]
    if what == "language":
        notes.append(
            "Only tasks in one language alone count: the score of a task in many languages says little of any one of them."
        )
    else:
        nobody = cells.filter(pl.col("task_family").is_null()).height
        notes.append(
            f"{nobody:,} scores are of tasks outside these families (images, sound and the like). A model measured in two "
            "families counts in both; families are measured by different harnesses on different kinds of models."
        )
    return tuple(notes)


def _facts(frame: pl.DataFrame) -> dict[str, float | int | str | None]:
    return {
        f"{facet}: cells below {FEW}": part.filter(pl.col("n_shown") < FEW).height
        for (facet,), part in frame.group_by(["facet"], maintain_order=True)
    }
