"""The guard: which scores, runs, copies, sizes and declared training data an answer should not rest on alone.

Nothing is removed: a flag says why a number is unexpected, and whoever reads it decides what it may decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.named_size import named_size_ratio
from advisor.estimate.broken_runs import Verdicts, judge
from advisor.estimate.flags import BROKEN, COPY, FLAGS, SIZE, TRAINED, UNEXPECTED
from advisor.estimate.matrix import cells_of

if TYPE_CHECKING:
    from advisor.estimate.matrix import Cells

POOLS: Final = ("embedding", "language-model")
SIZE_RATIO: Final = 2.0
"""How many times larger or smaller than its name says a model must be for its size to be in doubt."""


def flags(
    scores: pl.DataFrame,
    tasks: pl.DataFrame,
    models: pl.DataFrame,
    *,
    copies: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """FLAGS of everything measured: about 30 s on one thread for 75,000 embedding scores. Needs the build extra.

    scores, tasks, models: SCORES, TASKS, MODELS, in any row order. copies: model_id, copy_of, n_shared, n_equal
    (of ingest.mteb_copies), none when not given. Source: METHOD.md#guard
    """
    parts = [FLAGS.to_frame(), _sizes(models), _trained(scores, tasks, models)]
    for pool in POOLS:
        cells = cells_of(scores, tasks, models, pool)
        if cells.value.size:
            parts.append(cell_flags(cells))
    if copies is not None:
        parts.append(_copies(copies))
    return (
        pl.concat(parts, how="diagonal_relaxed")
        .select(pl.col(c).cast(t) for c, t in FLAGS.items())
        .sort("model_id", "task_id", "flag", "detail")
    )


def cell_flags(cells: Cells) -> pl.DataFrame:
    """FLAGS rows of one pool's scores: "unexpected" and "broken run"."""
    found = judge(cells)
    doubtful = np.flatnonzero(found.unexpected | found.broken)
    part = cells.only(doubtful)
    return pl.DataFrame(
        {
            "model_id": part.models["model_id"].gather(part.row),
            "task_id": part.tasks["task_id"].gather(part.col),
            "flag": np.where(found.broken[doubtful], BROKEN, UNEXPECTED).tolist(),
            "detail": [_words(cells, found, cell) for cell in doubtful.tolist()],
            "strength": np.where(found.broken, found.share, found.distance)[doubtful],
            "expected": found.expected[doubtful],
            "width": found.width[doubtful],
        },
        schema=FLAGS,
    )


def _words(cells: Cells, found: Verdicts, cell: int) -> str:
    value = f"{cells.value[cell]:.3g}"
    if not found.possible[cell]:
        return f"{value} is outside what the metric can be"
    expected = f"{found.expected[cell]:.3g} ± {found.width[cell]:.2g}"
    words = f"{value} where {expected} is expected"
    if not found.broken[cell]:
        return words
    return f"{words}; {100 * found.share[cell]:.0f}% of the run's {found.part[cell]} are off"


def _copies(copies: pl.DataFrame) -> pl.DataFrame:
    both = pl.concat(
        [copies, copies.select(pl.col("copy_of").alias("model_id"), pl.col("model_id").alias("copy_of"),
                               "n_shared", "n_equal")]
    )  # fmt: skip
    words = pl.format(
        "near copy of {}: {} of {} shared scores are equal", "copy_of", "n_equal", "n_shared"
    )
    return both.select(
        "model_id",
        task_id=pl.lit(None, dtype=pl.String),
        flag=pl.lit(COPY),
        detail=words,
        strength=pl.col("n_equal") / pl.col("n_shared"),
    )


def _sizes(models: pl.DataFrame) -> pl.DataFrame:
    rows: list[tuple[str, float | None, str]] = []
    facts = models.select("model_id", "n_parameters", "n_active_parameters", "params_suspect")
    for name, count, active, suspect in facts.iter_rows():
        ratio = named_size_ratio(name, count, active)
        if ratio is not None and ratio > SIZE_RATIO:
            rows.append((name, ratio, f"{count:,} parameters, {ratio:.3g} times off its name"))
        elif suspect:
            rows.append((name, None, "the sources give sizes that cannot be right"))
    frame = pl.DataFrame(
        rows,
        schema={"model_id": pl.String, "strength": pl.Float64, "detail": pl.String},
        orient="row",
    )
    return frame.with_columns(task_id=pl.lit(None, dtype=pl.String), flag=pl.lit(SIZE))


def _trained(scores: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """A model and each measured task that shares its data with one that the model declares as training data."""
    declared = (
        models.select("model_id", declared="training_datasets")
        .explode("declared")
        .drop_nulls()
        .unique()
    )
    groups = tasks.select("task_id", pl.coalesce("twin_group", "task_id").alias("twin_group"))
    measured = groups.join(scores, on="task_id", how="semi")
    pairs = declared.join(groups.rename({"task_id": "declared"}), on="declared").join(
        measured, on="twin_group"
    )
    own = pl.col("declared") == pl.col("task_id")
    return (
        pairs.sort("model_id", "task_id", own, "declared", descending=[False, False, True, False])
        .unique(["model_id", "task_id"], keep="first", maintain_order=True)
        .select(
            "model_id",
            "task_id",
            flag=pl.lit(TRAINED),
            detail=pl.when(own)
            .then(pl.lit("declared by the model's makers"))
            .otherwise(pl.format("declares {}, which shares its data", "declared")),
            strength=pl.lit(None, dtype=pl.Float64),
        )
    )
