"""Boosted trees that sharpen what is expected of a score, and how wide: the guard's last pass over the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor._lazy import need
from advisor.estimate.cell import fold_of
from advisor.estimate.features import facts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.matrix import Cells

    Floats = NDArray[np.float64]

LEAST: Final = 10_000
"""Cells below which the trees have too little to learn from."""
_FOLDS = 3
_SEED = 5
_LEAST_MISS = 0.003
_SHARED: Final = {
    "eta": 0.1, "subsample": 0.8, "colsample_bytree": 0.45, "max_bin": 64, "nthread": 1, "seed": 0, "base_score": 0.0,
}  # fmt: skip
_VALUE: Final = _SHARED | {
    "objective": "reg:pseudohubererror", "huber_slope": 0.02, "max_depth": 7, "min_child_weight": 8,
}  # fmt: skip
_WIDTH: Final = _SHARED | {
    "objective": "reg:squarederror", "max_depth": 5, "min_child_weight": 30,
}  # fmt: skip
_ROUNDS: Final = {"value": 120, "width": 60}


def sharpened(
    cells: Cells,
    told: Floats,
    expected: Floats,
    width: Floats,
    trusted: NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """(cells,) expectation and width, fractions, each corrected by trees that did not see the cell's fold.

    told: (cells, facts) what the first expectation was made from. Needs the build extra.
    """
    facts = facts_of(cells)
    columns = [
        told,
        np.stack([expected, width, cells.share], axis=1),
        np.stack([fact[cells.row] for fact in facts.by_model.values()], axis=1),
        np.stack([fact[cells.col] for fact in facts.by_task.values()], axis=1),
        np.stack([table[cells.row, cells.col] for table in (facts.speaks, facts.trained)], axis=1),
    ]
    table = np.concatenate(columns, axis=1).astype(np.float32)
    fold = fold_of(cells, folds=_FOLDS, seed=_SEED)
    miss = cells.value - expected
    expected = expected + _cross_fitted(table, miss, (trusted, fold), _VALUE, _ROUNDS["value"])
    size = np.log(np.abs(cells.value - expected) + _LEAST_MISS)
    wider = size - np.log(width)
    usual = float(np.median(wider[trusted]))
    table = np.c_[table, np.log(width)].astype(np.float32)
    shift = _cross_fitted(table, wider - usual, (trusted, fold), _WIDTH, _ROUNDS["width"])
    return expected, width * np.exp(shift)


def _cross_fitted(
    table: NDArray[np.float32],
    target: Floats,
    at: tuple[NDArray[np.bool_], NDArray[np.intp]],
    settings: dict[str, Any],
    rounds: int,
) -> Floats:
    xgboost = need("xgboost", extra="build")
    trusted, fold = at
    found = np.zeros(len(target))
    for k in range(_FOLDS):
        seen, asked = (fold != k) & trusted, fold == k
        learned = xgboost.train(settings, xgboost.DMatrix(table[seen], target[seen]), rounds)
        found[asked] = learned.predict(xgboost.DMatrix(table[asked]))
    return found
