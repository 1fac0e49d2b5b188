"""One pool's measured cells as arrays: what every estimator fits on and predicts into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIGNED: Final = (
    "spearman", "pearson", "kendall", "mcc", "p-mrr", "p_mrr", "kappa", "r2", "cosine_sim", "correlation",
)  # fmt: skip
"""Parts of a metric's name that say it runs from -1 to 1."""

_PSEUDO_ROWS: Final = 3.0
"""A task's spread is pulled towards the pool's by this many pseudo-models. Source: METHOD.md#cells"""


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The measured cells of one pool, each a (model row, task column, value)."""

    models: pl.DataFrame
    """MODELS rows, sorted by model_id; row i of the frame is row i of every matrix."""
    tasks: pl.DataFrame
    """TASKS rows, sorted by task_id; row j of the frame is column j of every matrix."""
    row: NDArray[np.intp]
    col: NDArray[np.intp]
    value: NDArray[np.float64]
    """Fractions, as stored."""
    share: NDArray[np.float64]
    """Part of the task's usual score rows (subsets) that this score averages, 0 to 1."""

    @property
    def shape(self) -> tuple[int, int]:
        """(number of models, number of tasks)."""
        return self.models.height, self.tasks.height

    def only(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Cells:
        """The same models and tasks with these cells alone."""
        return Cells(
            models=self.models,
            tasks=self.tasks,
            row=self.row[keep],
            col=self.col[keep],
            value=self.value[keep],
            share=self.share[keep],
        )

    def per_task(self, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """(tasks,) how many cells each task has, or the sum of `weights` over them."""
        return np.bincount(self.col, weights, minlength=self.shape[1]).astype(np.float64)

    def per_model(self, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """(models,) how many cells each model has, or the sum of `weights` over them."""
        return np.bincount(self.row, weights, minlength=self.shape[0]).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Each task's centre and spread; estimators work on (value - centre) / spread."""

    centre: NDArray[np.float64]
    spread: NDArray[np.float64]

    def to_z(self, cells: Cells) -> NDArray[np.float64]:
        """(cells,) standardised values."""
        z: NDArray[np.float64] = (cells.value - self.centre[cells.col]) / self.spread[cells.col]
        return z


def cells_of(scores: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame, pool: str) -> Cells:
    """The pool's measured text cells; tasks of other modalities and unknown names are left out.

    scores, tasks, models: SCORES, TASKS, MODELS. Models of the pool that nobody measured are rows too,
    without cells; a model without a MODELS row keeps its cells, with its metadata unknown.
    """
    chosen = (
        tasks.filter(pl.col("pool") == pool, is_text())
        .join(scores.select("task_id").unique(), on="task_id", how="semi")
        .sort("task_id")
    )
    part = scores.filter(pl.col("value").is_not_null()).join(
        chosen.select("task_id"), on="task_id", how="semi"
    )
    part = part.sort("model_id", "task_id")
    scored = part.select(pl.col("model_id").unique())
    candidates = models.filter(pl.col("pool").list.contains(pool), reads_text())
    names = pl.concat([scored, candidates.select("model_id")]).unique()
    known = names.join(models, on="model_id", how="left").sort("model_id")
    row = known["model_id"].search_sorted(part["model_id"]).to_numpy().astype(np.intp)
    col = chosen["task_id"].search_sorted(part["task_id"]).to_numpy().astype(np.intp)
    counts = part["n_rows"].fill_null(1).to_numpy().astype(np.float64)
    most = np.ones(chosen.height)
    np.maximum.at(most, col, counts)
    return Cells(
        models=known,
        tasks=chosen,
        row=row,
        col=col,
        value=part["value"].to_numpy().astype(np.float64),
        share=counts / most[col],
    )


def is_text() -> pl.Expr:
    """True for a task whose modalities are text or tables alone, or not stated."""
    kinds = pl.col("modalities")
    alone = kinds.list.eval(pl.element().is_in(["text", "tabular"])).list.all()
    return kinds.is_null() | (kinds.list.len() == 0) | alone


def reads_text() -> pl.Expr:
    """True for a model that takes text, or whose modalities are not stated."""
    kinds = pl.col("modalities")
    return kinds.is_null() | (kinds.list.len() == 0) | kinds.list.contains("text")


def scale_of(cells: Cells) -> Scale:
    """Each task's mean and standard deviation, the latter pulled towards the pool's when few models.

    Source: METHOD.md#cells
    """
    count = cells.per_task()
    total = cells.value.mean() if cells.value.size else 0.0
    centre = np.divide(
        cells.per_task(cells.value), count, out=np.full(len(count), total), where=count > 0
    )
    squares = cells.per_task((cells.value - centre[cells.col]) ** 2)
    typical = _typical_spread(squares, count)
    spread = np.sqrt(
        (squares + _PSEUDO_ROWS * typical**2) / (np.maximum(count - 1, 0) + _PSEUDO_ROWS)
    )
    return Scale(centre=centre, spread=spread)


def _typical_spread(squares: NDArray[np.float64], count: NDArray[np.float64]) -> float:
    for least in (10, 2):
        enough = count > least
        if enough.any():
            found = float(np.median(np.sqrt(squares[enough] / (count[enough] - 1))))
            if found > 0:
                return found
    return 0.1  # nothing to learn a spread from; ten points is the order of MTEB's


def bounds_of(tasks: pl.DataFrame, lowest: pl.Series, highest: pl.Series) -> pl.DataFrame:
    """(task_id, lower, upper): what a score on each task can be.

    A metric whose name says correlation runs from -1 to 1, any other from 0 to 1, unless the task's
    own measured values say otherwise (`lowest`, `highest`, aligned with `tasks`); outside both, the
    measured range widened by its own length on each side.
    """
    frame = tasks.select("task_id", pl.col("metric").fill_null("").str.to_lowercase()).with_columns(
        lowest=lowest, highest=highest
    )
    signed = pl.any_horizontal(
        pl.col("metric").str.contains(part, literal=True) for part in _SIGNED
    )
    signed = signed | (pl.col("lowest") < 0)
    free = (pl.col("highest") > 1) | (pl.col("lowest") < -1)
    length = pl.col("highest") - pl.col("lowest")
    return frame.select(
        "task_id",
        lower=pl.when(free).then(pl.col("lowest") - length).when(signed).then(-1.0).otherwise(0.0),
        upper=pl.when(free).then(pl.col("highest") + length).otherwise(1.0),
    )


def limits(cells: Cells) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(tasks,) least and greatest possible score of each task."""
    low = np.full(cells.shape[1], np.inf)
    high = np.full(cells.shape[1], -np.inf)
    np.minimum.at(low, cells.col, cells.value)
    np.maximum.at(high, cells.col, cells.value)
    found = bounds_of(cells.tasks, pl.Series(low), pl.Series(high))
    return found["lower"].to_numpy(), found["upper"].to_numpy()
