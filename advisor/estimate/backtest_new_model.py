"""New-model protocol: a model known by its metadata and a few measured tasks, asked about its other tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate import features, fold_in, low_rank, new_model
from advisor.estimate.baselines import additive
from advisor.estimate.cell import declared_kernels
from advisor.estimate.matrix import Cells, cells_of, limits
from advisor.estimate.model_similarity import log10_size, release_year
from advisor.tables.measured import collected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.surface import Read

    Values = NDArray[np.float64]

FOLDS: Final = 5
TASK_LEAST: Final = 8
"""Models that a task needs before it is known or asked."""
MODEL_LEAST: Final = 40
"""Measured tasks that a model needs before it is asked about, so that 20 can be known and the same ones asked at
every count."""
COPY_SHARED: Final = 10
COPY_GAP: Final = 0.002
"""Two models are near copies where their median gap over at least ten shared tasks is at most 0.2 points."""
PENALTY: Final = {0: 1.0, 3: 1.0, 5: 3.0, 10: 10.0, 20: 10.0}
"""Known tasks -> the ridge's penalty in squared task spreads: the best of 1, 3, 10, 30 for it (seed 0)."""
REFERENCE: Final = "ridge"
_PULL: Final = 2.0

TABLE: Final = pl.Schema(
    {
        "estimator": pl.String, "split": pl.String, "known": pl.Int64, "model_id": pl.String, "task_id": pl.String,
        "actual": pl.Float64, "value": pl.Float64,
    }
)  # fmt: skip
"""One asked cell, count of known tasks and estimator a row."""


def new_model_tables(read: Read, *, seed: int = 100) -> dict[str, pl.DataFrame]:
    """Table "backtest_new_model_summary". Needs the build extra; some minutes.

    read: gives the snapshot's tables by name.
    """
    scores, tasks, models = collected(read)
    return {
        "backtest_new_model_summary": new_model_summary(
            new_model_backtest(scores, tasks, models, seed=seed)
        )
    }


def new_model_backtest(
    scores: pl.DataFrame,
    tasks: pl.DataFrame,
    models: pl.DataFrame,
    *,
    seed: int,
    pool: str = "embedding",
) -> pl.DataFrame:
    """TABLE: every model with enough tasks is new once; a fifth of the models, near copies together, at a time.

    Ours is fitted on the other folds; its trees learn from each of those folds pretended to be new in turn, on a
    ground that saw neither that fold nor the asked one. scores, tasks, models: SCORES, TASKS, MODELS.
    """
    whole = cells_of(scores, tasks, models, pool)
    cells = whole.only((whole.per_task() >= TASK_LEAST)[whole.col])
    rng = np.random.default_rng(seed)
    fold = folds(near_copies(cells), rng)
    asked = _questions(cells, fold, rng)
    kernels, facts = declared_kernels(cells), features.facts_of(cells)
    taught: dict[tuple[int, int], new_model.Told] = {}
    for i in range(FOLDS):
        for j in range(i):
            found = fold_in.ground(
                cells.only((fold[cells.row] != i) & (fold[cells.row] != j)), kernels
            )
            taught[i, j] = new_model.describe(found, facts, cells, new_model.sampled(asked[j], rng))
            taught[j, i] = new_model.describe(found, facts, cells, new_model.sampled(asked[i], rng))
    parts = []
    for i in range(FOLDS):
        found = fold_in.ground(cells.only(fold[cells.row] != i), kernels)
        lessons = new_model.together([taught[i, j] for j in range(FOLDS) if j != i])
        trees = new_model.fit_trees(lessons, cells.value[lessons.cell])
        full = [q for q in asked[i] if _measured(cells, q.model) >= MODEL_LEAST]
        told = new_model.describe(found, facts, cells, full)
        named = {
            "ours": new_model.predict(trees, told),
            "fold-in": told.value,
            **references(found, cells, full),
        }
        bounds = limits(found.cells)
        parts += [_rows(cells, told, seed, name, value, bounds) for name, value in named.items()]
    return pl.concat(parts)


def near_copies(cells: Cells) -> NDArray[np.intp]:
    """(models,) a label that near copies share: models whose scores are the same on most shared tasks."""
    table = np.full(cells.shape, np.nan)
    table[cells.row, cells.col] = cells.value
    label = np.arange(cells.shape[0])
    rich = np.flatnonzero(cells.per_model() >= COPY_SHARED)
    for place, model in enumerate(rich):
        others = rich[place + 1 :]
        gap = np.abs(table[others] - table[model])
        shared = (~np.isnan(gap)).sum(1)
        close = (gap <= COPY_GAP).sum(1)
        for other in others[(shared >= COPY_SHARED) & (2 * close >= shared)]:
            label[label == label[other]] = label[model]
    return label


def folds(label: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """(models,) each model's fold at random, models of one label together."""
    names, place = np.unique(label, return_inverse=True)
    chosen: NDArray[np.intp] = rng.permutation(np.arange(len(names)) % FOLDS)[place]
    return chosen


def references(
    found: fold_in.Ground, cells: Cells, some: list[new_model.Question]
) -> dict[str, Values]:
    """What ours must beat, on the same cells from the same models: estimator -> (n,) fractions.

    "ridge": the asked task on the known ones over the other models measured on it, holes of the known ones filled
    by low-rank completion; nothing where no task is known. "ridge, size and date": those as further columns.
    "additive": task effect of the other models, and the model's own from its known scores.
    """
    rows = low_rank.complete(found.cells, found.scale.to_z(found.cells))[found.measured]
    filled = np.where(found.known > 0, found.scores, rows)
    facts = _size_and_date(found)
    nothing = np.zeros((len(facts), 0))
    level = _task_level(found.cells)
    parts: dict[str, list[Values]] = {
        name: [] for name in (REFERENCE, "ridge, size and date", "additive")
    }
    lower, upper = limits(found.cells)
    for question in some:
        known, col = cells.col[question.known], cells.col[question.asked]
        left = cells.value[question.known] - level[known]
        values = {
            REFERENCE: _ridge(found, cells, question, filled, nothing)
            if len(known)
            else np.full(len(col), np.nan),
            "ridge, size and date": _ridge(found, cells, question, filled, facts),
            "additive": level[col] + left.sum() / (len(left) + _PULL),
        }
        for name, value in values.items():
            parts[name].append(np.clip(value, lower[col], upper[col]))
    return {name: np.concatenate(values) for name, values in parts.items()}


def new_model_summary(table: pl.DataFrame) -> pl.DataFrame:
    """Per count of known tasks and estimator: models, cells, MAE in points over models and over cells.

    mae_points: mean over models of each one's mean |error|. against_ridge: 1 - mae_points / the ridge's.
    """
    miss = 100.0 * (pl.col("value") - pl.col("actual")).abs()
    by_model = (
        table.filter(pl.col("value").is_not_nan())
        .group_by("known", "estimator", "model_id")
        .agg(mae=miss.mean(), n=pl.len())
    )
    found = by_model.group_by("known", "estimator").agg(
        n_models=pl.len(),
        n_cells=pl.col("n").sum(),
        mae_points=pl.col("mae").mean(),
        mae_cells_points=(pl.col("mae") * pl.col("n")).sum() / pl.col("n").sum(),
        median_model_points=pl.col("mae").median(),
    )
    ridge = found.filter(pl.col("estimator") == REFERENCE).select("known", ridge="mae_points")
    return (
        found.join(ridge, on="known", how="left")
        .with_columns(against_ridge=1.0 - pl.col("mae_points") / pl.col("ridge"))
        .drop("ridge")
        .sort("known", "mae_points", "estimator")
    )


def _questions(
    cells: Cells, fold: NDArray[np.intp], rng: np.random.Generator
) -> dict[int, list[new_model.Question]]:
    twins = cells.tasks["twin_group"].fill_null("").to_numpy().astype(np.str_)
    rich = cells.per_model() >= TASK_LEAST
    return {
        i: new_model.questions(cells, np.flatnonzero((fold == i) & rich), twins, rng)
        for i in range(FOLDS)
    }


def _measured(cells: Cells, model: int) -> int:
    return int((cells.row == model).sum())


def _ridge(
    found: fold_in.Ground,
    cells: Cells,
    question: new_model.Question,
    filled: Values,
    facts: Values,
) -> Values:
    """(asked,) one ridge regression per asked task, all solved at once."""
    new = new_model.known_of(found, cells, question)
    col = cells.col[question.asked]
    own = facts_row(found, question.model) if facts.shape[1] else np.zeros(0)
    x = np.concatenate([np.ones((len(filled), 1)), filled[:, new.tasks], facts], axis=1)
    width = x.shape[1]
    there = found.known[:, col].T
    gram = (there @ (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)).reshape(-1, width, width)
    penalty = np.full(width, PENALTY.get(len(new.z), 10.0))
    penalty[0] = 0.01  # the level is hardly held back
    right = found.scores[:, col].T @ x
    slopes = np.linalg.solve(gram + np.diag(penalty), right[:, :, None])[:, :, 0]
    z = slopes @ np.concatenate([[1.0], new.z, own])
    fractions: Values = z * found.scale.spread[col] + found.scale.centre[col]
    return fractions


def _size_and_date(found: fold_in.Ground) -> Values:
    return np.stack([facts_row(found, int(m)) for m in found.measured])


def facts_row(found: fold_in.Ground, model: int) -> Values:
    """(4,) size (decades around 300 M), its square, release (years around 2024), and whether size is known."""
    frame = found.cells.models[model]
    size, year = float(log10_size(frame)[0]) - 8.5, float(release_year(frame)[0]) - 2024.0
    known = np.isfinite(size)
    return np.array(
        [
            size if known else 0.0,
            size**2 if known else 0.0,
            year if np.isfinite(year) else 0.0,
            known,
        ]
    )


def _task_level(cells: Cells) -> Values:
    """(tasks,) mean plus task effect of the additive rule fitted on these cells."""
    names = cells.tasks["task_id"]
    scores = pl.DataFrame(
        {
            "model_id": cells.models["model_id"].gather(cells.row),
            "task_id": names.gather(cells.col),
            "value": cells.value,
        }
    )
    wanted = pl.DataFrame({"model_id": [""] * len(names), "task_id": names})
    found: Values = additive(scores, cells.tasks, wanted)["value"].to_numpy()
    return found


def _rows(
    cells: Cells,
    told: new_model.Told,
    seed: int,
    estimator: str,
    value: Values,
    bounds: tuple[Values, Values],
) -> pl.DataFrame:
    lower, upper = bounds
    col = cells.col[told.cell]
    return pl.DataFrame(
        {
            "estimator": pl.Series([estimator] * len(col), dtype=pl.String),
            "split": pl.Series([f"new-model, seed {seed}"] * len(col), dtype=pl.String),
            "known": told.count,
            "model_id": cells.models["model_id"].gather(cells.row[told.cell]),
            "task_id": cells.tasks["task_id"].gather(col),
            "actual": cells.value[told.cell],
            "value": np.clip(value, lower[col], upper[col]),
        },
        schema=TABLE,
    )
