"""Part (a) of the lm protocol: a held-out benchmark of a held-out model, told by the model's other benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor._lazy import need
from advisor.estimate.leaderboards import facts, families, folds_of, makers
from advisor.estimate.lm_neighbours import Nearest, kin_columns, nearest_names, nearest_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.leaderboards import Board

FOLDS: Final = 5
OURS: Final = "ours"
_INNER: Final = 5
_LANDMARKS: Final = 300
_WIDTH: Final = 1.5
"""Radius of a landmark's influence, in standard deviations of the other benchmarks."""
_RIDGE: Final = 10.0
_KERNEL_RIDGE: Final = 100.0
_ROUNDS: Final = 250
_TREES: Final = {
    "objective": "reg:pseudohubererror", "huber_slope": 0.02, "base_score": 0.0, "eta": 0.06, "max_depth": 6,
    "min_child_weight": 8, "subsample": 0.8, "colsample_bytree": 0.5, "max_bin": 128, "nthread": 1, "seed": 0,
}  # fmt: skip
"""Settings of every set of trees here, the reference's too; tuned on seed 0. Source: METHOD.md#lm"""

TABLE: Final = pl.Schema(
    {
        "set": pl.String, "folds": pl.String, "estimator": pl.String, "model_id": pl.String, "group": pl.String,
        "task_id": pl.String, "actual": pl.Float64, "value": pl.Float64,
    }
)  # fmt: skip
"""One held-out score and estimator a row. folds "model": any model may be alone in the held-out fifth, so its kin may
be in the training part. folds "family": a family (for a model without one, its maker) is held out whole."""


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What is known of every model about one benchmark before any score of it is seen."""

    plain: NDArray[np.float64]
    """(n, others + 5) the other benchmarks and the model's facts: what the references see as well."""
    standard: NDArray[np.float64]
    """(n, others + 1) the other benchmarks and the size, standardised."""
    names: Nearest
    scores: Nearest
    labels: tuple[NDArray[np.str_], ...]


def from_others_backtest(board: Board, *, folds: str, seed: int) -> pl.DataFrame:
    """TABLE for one leaderboard, five-fold by "model" or by "family". Needs the build extra.

    Every estimator answers the same cells from the same training models.
    """
    rng = np.random.default_rng(seed)
    ids = board.models["model_id"].to_numpy().astype(np.str_)
    kin = families(board.models)
    groups = ids if folds == "model" else kin
    fold = folds_of(groups, FOLDS, rng)
    names = nearest_names(ids.tolist())
    parts = []
    for at, task in enumerate(board.tasks):
        told = _told(board, at, names)
        actual = board.values[:, at]
        value = {name: np.full(len(ids), np.nan) for name in (OURS, "trees", "ridge", "mean")}
        for part in range(FOLDS):
            asked = fold == part
            for name, found in _estimates(told, actual, asked, groups, rng).items():
                value[name][asked] = np.clip(found, 0.0, 1.0)
        parts += [
            pl.DataFrame(
                {
                    "set": board.name, "folds": folds, "estimator": name, "model_id": ids, "group": kin,
                    "task_id": task, "actual": actual, "value": found,
                },
                schema=TABLE,
            )
            for name, found in value.items()
        ]  # fmt: skip
    return pl.concat(parts)


def held_out_benchmark(
    board: Board, at: int, asked: NDArray[np.bool_], *, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Each estimator's values (fractions) on benchmark column `at` for the `asked` models, whose scores there are not read."""
    ids = board.models["model_id"].to_numpy().astype(np.str_)
    told = _told(board, at, nearest_names(ids.tolist()))
    return _estimates(told, board.values[:, at], asked, ids, np.random.default_rng(seed))


def _told(board: Board, at: int, names: Nearest) -> _Told:
    others = np.delete(board.values, at, axis=1)
    known = facts(board.models)
    standard = _standardised(np.column_stack([others, known[:, 0]]))
    return _Told(
        plain=np.column_stack([others, known]),
        standard=standard,
        names=names,
        scores=nearest_points(standard),
        labels=(makers(board.models), families(board.models)),
    )


def _estimates(
    told: _Told,
    actual: NDArray[np.float64],
    asked: NDArray[np.bool_],
    groups: NDArray[np.str_],
    rng: np.random.Generator,
) -> dict[str, NDArray[np.float64]]:
    seen = ~asked
    known = np.where(seen, actual, np.nan)
    mean = float(known[seen].mean())
    return {
        OURS: _ours(told, known, asked, groups, rng),
        "trees": mean + _trees(told.plain, known - mean, asked),
        "ridge": ridge(told.plain[seen], known[seen], told.plain[asked], strength=_RIDGE),
        "mean": np.full(int(asked.sum()), mean),
    }


def _ours(
    told: _Told,
    known: NDArray[np.float64],
    asked: NDArray[np.bool_],
    groups: NDArray[np.str_],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Kernel ridge on the other benchmarks; two sets of trees correct it, one of which also sees what kin was off by."""
    seen = np.flatnonzero(~asked)
    fold = np.full(len(known), -1)
    fold[seen] = folds_of(groups[seen], _INNER, rng)
    landmarks = told.standard[rng.choice(seen, min(_LANDMARKS, len(seen)), replace=False)]
    shape = np.column_stack([_products(told.standard), _near(told.standard, landmarks)])
    base = np.zeros(len(known))
    for part in np.unique(fold):
        use, ask = (fold >= 0) & (fold != part), fold == part
        base[ask] = ridge(shape[use], known[use], shape[ask], strength=_KERNEL_RIDGE)
    misses = known - base
    kin = kin_columns(told.names, told.scores, told.labels, misses, fold)
    alone = np.column_stack([told.plain, base])
    corrections = [_trees(x, misses, asked) for x in (alone, np.column_stack([alone, kin]))]
    value: NDArray[np.float64] = base[asked] + np.mean(corrections, axis=0)
    return value


def ridge(
    x: NDArray[np.float64], y: NDArray[np.float64], new: NDArray[np.float64], *, strength: float
) -> NDArray[np.float64]:
    """Ridge regression on columns standardised over `x`, the level unpenalised; values for the rows of `new`."""
    centre, spread = x.mean(0), x.std(0)
    spread = np.where(spread > 0, spread, 1.0)
    scaled, level = (x - centre) / spread, float(y.mean())
    slopes = np.linalg.solve(
        scaled.T @ scaled + strength * np.eye(x.shape[1]), scaled.T @ (y - level)
    )
    value: NDArray[np.float64] = level + (new - centre) / spread @ slopes
    return value


def _trees(
    table: NDArray[np.float64], target: NDArray[np.float64], asked: NDArray[np.bool_]
) -> NDArray[np.float64]:
    xgboost = need("xgboost", extra="build")
    learnt = xgboost.train(_TREES, xgboost.DMatrix(table[~asked], target[~asked]), _ROUNDS)
    return np.asarray(learnt.predict(xgboost.DMatrix(table[asked])), dtype=np.float64)


def _standardised(table: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = table.std(0)
    z: NDArray[np.float64] = (table - table.mean(0)) / np.where(spread > 0, spread, 1.0)
    return z


def _products(table: NDArray[np.float64]) -> NDArray[np.float64]:
    one, other = np.triu_indices(table.shape[1])
    return np.column_stack([table, table[:, one] * table[:, other]])


def _near(table: NDArray[np.float64], landmarks: NDArray[np.float64]) -> NDArray[np.float64]:
    square = (table**2).sum(1)[:, None] + (landmarks**2).sum(1) - 2.0 * table @ landmarks.T
    likeness: NDArray[np.float64] = np.exp(-np.maximum(square, 0.0) / (2.0 * _WIDTH**2))
    return likeness
