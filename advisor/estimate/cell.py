"""The stack: boosted trees that correct the base predictions, and more that say how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor._lazy import need
from advisor.estimate import base, features
from advisor.estimate.gaussian import Kernels, mixed
from advisor.estimate.matrix import limits
from advisor.estimate.model_similarity import model_parts
from advisor.estimate.task_similarity import task_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.matrix import Cells

FOLDS: Final = 5
STACK_LEAST: Final = 1_500
"""Cells below which the trees have too little to learn from and the process's own mean is used."""

_TREES: Final = 600
_VALUE: Final = {
    "objective": "reg:pseudohubererror", "huber_slope": 0.02, "eta": 0.05, "max_depth": 8, "min_child_weight": 8,
    "subsample": 0.8, "colsample_bytree": 0.3, "max_bin": 128, "nthread": 2, "seed": 0, "base_score": 0.0,
}  # fmt: skip
_TRUST_TREES: Final = 150
_TRUST: Final = {
    "objective": "reg:squarederror", "eta": 0.06, "max_depth": 6, "min_child_weight": 40, "subsample": 0.8,
    "colsample_bytree": 0.5, "max_bin": 128, "nthread": 2, "seed": 0,
}  # fmt: skip
"""Settings of the two sets of trees, tuned on seed 0 of the cells backtest. Source: METHOD.md#cells"""

_THIN_ROUNDS: Final = 2
_THIN_PART: Final = 8
_THIN_LEAST: Final = 12
_THIN_KEEP: Final = (0, 1, 3, 0, 5, 8)
_THIN_ASK: Final = 40
_THIN_SEED: Final = 77
"""Rounds in which one model in _THIN_PART, of those with _THIN_LEAST cells, is cut to _THIN_KEEP cells and asked about
_THIN_ASK of the rest, so that little-known models get honest widths."""

_LEAST_MISS = 0.002
"""Fractions: a residual is never told apart from 0 below a fifth of a point, so that logarithms stay tame."""


@dataclass(frozen=True, kw_only=True)
class PoolFit:
    """Every cell's prediction in one pool, and how far off held-out cells were."""

    cells: Cells
    bases: base.Fitted
    value: NDArray[np.float64]
    """(models, tasks) predicted fraction, measured cells included."""
    scale: NDArray[np.float64]
    """(models, tasks) typical size of the error, fractions."""
    trial: Trial


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Measured cells predicted by fits that had not seen them: what the interval widths come from."""

    cell: NDArray[np.intp]
    """(n,) place of the cell in Cells."""
    seen: NDArray[np.float64]
    """(n,) cells of its model that the fit had seen."""
    value: NDArray[np.float64]
    scale: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class _Examples:
    """What the trees learn from."""

    told: Told
    cell: NDArray[np.intp]
    fold: NDArray[np.intp]
    """Of the cell: an example is never predicted by trees that saw its cell in another guise."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known of some cells before their value is looked at."""

    table: NDArray[np.float32]
    """(n, features)"""
    names: list[str]

    def column(self, name: str) -> NDArray[np.float64]:
        """One feature, (n,)."""
        return self.table[:, self.names.index(name)].astype(np.float64)

    def only(self, keep: NDArray[np.bool_]) -> Told:
        """The same features for these cells alone."""
        return Told(table=self.table[keep], names=self.names)


def fit_pool(cells: Cells, *, seed: int = 0, folds: int = FOLDS) -> PoolFit:
    """Fit base predictors and stack on `cells`, and predict the whole table.

    The stack learns from base predictions made out of fold, and its own held-out predictions, which calibrate
    the intervals, come from trees that did not see the cell's fold. Source: METHOD.md#cells
    """
    kernels = declared_kernels(cells)
    facts = features.facts_of(cells)
    examples = _examples(cells, kernels, facts, fold_of(cells, folds=folds, seed=seed))
    told, actual = examples.told, cells.value[examples.cell]
    lower, upper = limits(cells)
    col = cells.col[examples.cell]
    held_out = np.clip(_cross_fit(_fit_value, examples, actual), lower[col], upper[col])
    misses = np.abs(actual - held_out)
    bases = base.fit(cells, kernels)
    value, scale = _predict_table(
        bases, facts, (_fit_value(told, actual), _fit_trust(told, misses))
    )
    return PoolFit(
        cells=cells,
        bases=bases,
        value=np.clip(value, lower, upper),
        scale=scale,
        trial=Trial(
            cell=examples.cell,
            seen=told.column("model_count"),
            value=held_out,
            scale=_cross_fit(_fit_trust, examples, misses),
        ),
    )


def declared_kernels(cells: Cells) -> Kernels:
    """Covariances of the pool's models and tasks from metadata alone."""
    return Kernels(
        models=mixed(model_parts(cells.models), base.MODEL_WEIGHTS),
        tasks=mixed(task_parts(cells.tasks), base.TASK_WEIGHTS),
    )


def fold_of(cells: Cells, *, folds: int, seed: int) -> NDArray[np.intp]:
    """(cells,) each cell's fold, at random, all folds of the same size give or take one."""
    rng = np.random.default_rng(seed)
    fold: NDArray[np.intp] = rng.permutation(np.arange(cells.value.size) % folds)
    return fold


def _examples(
    cells: Cells, kernels: Kernels, facts: features.Facts, fold: NDArray[np.intp]
) -> _Examples:
    """Each cell told without its fold, then some cells of models that were made to look little known."""
    rounds = [fold == k for k in range(int(fold.max()) + 1)]
    asked = [np.flatnonzero(out) for out in rounds]
    rng = np.random.default_rng(_THIN_SEED)
    for _ in range(_THIN_ROUNDS):
        out, some = _thinned(cells, rng)
        rounds.append(out)
        asked.append(some)
    parts: list[NDArray[np.float32]] = []
    names: list[str] = []
    for out, cell in zip(rounds, asked, strict=True):
        fitted = base.fit(cells.only(~out), kernels)
        part, names = features.describe(fitted, facts, cells.row[cell], cells.col[cell])
        parts.append(part)
    cell = np.concatenate(asked)
    told = Told(table=np.concatenate(parts), names=names)
    return _Examples(told=told, cell=cell, fold=fold[cell])


def _thinned(cells: Cells, rng: np.random.Generator) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Cells to hide so that an eighth of the models keep 0 to 8 cells each, and a sample of the hidden ones."""
    count = cells.per_model()
    rich = np.flatnonzero(count >= _THIN_LEAST)
    chosen = rng.choice(rich, len(rich) // _THIN_PART, replace=False)
    hide = np.zeros(cells.value.size, dtype=np.bool_)
    asked = []
    for i, model in enumerate(chosen):
        own = rng.permutation(np.flatnonzero(cells.row == model))
        hidden = own[_THIN_KEEP[i % len(_THIN_KEEP)] :]
        hide[hidden] = True
        asked.append(hidden[:_THIN_ASK])
    return hide, np.sort(np.concatenate([np.zeros(0, dtype=np.intp), *asked]))


def _fit_value(told: Told, value: NDArray[np.float64]) -> Any:
    """Told -> predicted value; trees on what the process misses, or the process alone for a small pool."""
    if len(value) < STACK_LEAST:
        return lambda new: new.column("value")
    trees = _boost(_VALUE, told, value - told.column("value"), _TREES)
    return lambda new: new.column("value") + _apply(trees, new)


def _fit_trust(told: Told, misses: NDArray[np.float64]) -> Any:
    """Told -> typical size of the error (fractions), from the sizes of held-out errors."""
    if len(misses) < STACK_LEAST:
        return _plain_scale
    trees = _boost(_TRUST, told, np.log(misses + _LEAST_MISS), _TRUST_TREES)
    return lambda new: np.exp(_apply(trees, new))


def _plain_scale(new: Told) -> NDArray[np.float64]:
    """The neighbours' own doubt, plus that about the level of a model seen n times: variance 1 / 4(1 + n)."""
    doubt = new.column("near_sd") ** 2 + 0.25 / (1.0 + new.column("model_count"))
    scale: NDArray[np.float64] = _LEAST_MISS + np.sqrt(doubt) * new.column("spread")
    return scale


def _boost(settings: dict[str, Any], told: Told, target: NDArray[np.float64], rounds: int) -> Any:
    xgboost = need("xgboost", extra="build")
    return xgboost.train(settings, xgboost.DMatrix(told.table, label=target), rounds)


def _apply(trees: Any, told: Told) -> NDArray[np.float64]:
    found: NDArray[np.float64] = trees.inplace_predict(told.table).astype(np.float64)
    return found


def _cross_fit(learn: Any, examples: _Examples, target: NDArray[np.float64]) -> NDArray[np.float64]:
    """(examples,) each one's prediction by a learner that saw the other folds alone."""
    found = np.empty(len(target))
    for k in range(int(examples.fold.max()) + 1):
        out = examples.fold == k
        learned = learn(examples.told.only(~out), target[~out])
        found[out] = learned(examples.told.only(out))
    return found


def _predict_table(
    bases: base.Fitted, facts: features.Facts, learned: tuple[Any, Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Value and scale of every (model, task), a block of models at a time to bound memory."""
    n_models, n_tasks = bases.cells.shape
    value, scale = np.empty((n_models, n_tasks)), np.empty((n_models, n_tasks))
    predict_value, predict_scale = learned
    step = max(1, 60_000 // max(n_tasks, 1))
    for start in range(0, n_models, step):
        rows = np.arange(start, min(start + step, n_models))
        row, col = np.repeat(rows, n_tasks), np.tile(np.arange(n_tasks), len(rows))
        table, names = features.describe(bases, facts, row, col)
        told = Told(table=table, names=names)
        value[rows] = predict_value(told).reshape(len(rows), n_tasks)
        scale[rows] = predict_scale(told).reshape(len(rows), n_tasks)
    return value, scale
