"""How far each measured score lies from what the rest of the table expects, in widths that fit its place.

Every cell is predicted by fits that did not see it (random folds), or that saw nothing of its model on its task's
type (block folds); a robust regression says how wide such predictions usually miss at that model, task and point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.estimate import factors, low_rank, pairwise
from advisor.estimate.matrix import scale_of
from advisor.estimate.surprise_trees import LEAST, sharpened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.matrix import Cells

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Fold = NDArray[np.intp]

MAD_TO_SD: Final = 1.4826
"""Standard deviations in a median absolute deviation of a normal distribution."""
MODEL_SIDE_MOST: Final = 2_000
"""Models above which pairs of models, which need a square of them, are left out, and factors stand for the low rank."""

_CLIP = 12.0
"""Standard deviations at which a value is cut before it is fitted on, so that 85 for 0.85 does no harm."""

_ROUNDS = 6
"""Half of what predictions get: the stack makes up for it, and the guard goes over the table twenty times."""
_HUBER = 1.5
_FLOOR = 0.02
"""Added to a standardised miss before its logarithm is taken."""
_GROUP_PULL = 10.0
_TASK_TAIL = 0.85
"""Part of a task's misses that its tail is read from: a score that two protocols share has many large ones."""


@dataclass(frozen=True, kw_only=True)
class Surprise:
    """Per measured cell: what was expected of it, and how wide the expectation is."""

    expected: Floats
    """(cells,) fractions"""
    width: Floats
    """(cells,) robust standard deviation of value - expected, fractions"""
    spread: Floats
    """(cells,) standard deviation of the scores on the cell's task, fractions"""

    def distance(self, cells: Cells) -> Floats:
        """(cells,) how many widths each value lies from its expectation."""
        away: Floats = np.abs(cells.value - self.expected) / self.width
        return away


def surprise(cells: Cells, trusted: Mask, fold: Fold, *, sharpen: bool = False) -> Surprise:
    """Expectation and width of every cell, from the trusted cells of the other folds.

    trusted: (cells,) False for cells that no fit may learn from. fold: (cells,) cells of one fold are predicted
    together. sharpen: trees correct both, where the pool is large enough for them. Source: METHOD.md#guard
    """
    scale = scale_of(cells.only(trusted))
    spread = scale.spread[cells.col]
    z = np.clip(scale.to_z(cells), -_CLIP, _CLIP)
    told = _out_of_fold(cells, z, trusted, fold)
    expected = _stacked(told.values, z, trusted)
    width = _widths(told, z - expected, spread, cells, trusted)
    expected, width = expected * spread + scale.centre[cells.col], width * spread
    if sharpen and cells.value.size >= LEAST:
        facts = np.c_[told.values, told.misses, told.counts, spread, scale.centre[cells.col]]
        expected, width = sharpened(cells, facts, expected, width, trusted)
        ratio = np.median(np.abs(cells.value - expected)[trusted] / width[trusted])
        width = width * MAD_TO_SD * float(ratio)
    return Surprise(expected=expected, width=width, spread=spread)


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What the base predictors of the other folds say of each cell."""

    values: Floats
    """(cells, predictors) standardised"""
    misses: Floats
    """(cells, predictors) how far off some of them expect to be"""
    counts: Floats
    """(cells, 2) cells of the model and of the task that were seen"""


def _out_of_fold(cells: Cells, z: Floats, trusted: Mask, fold: Fold) -> _Told:
    parts: list[tuple[NDArray[np.intp], list[Floats], list[Floats], Floats]] = []
    for k in range(int(fold.max(initial=-1)) + 1):
        keep, asked = (fold != k) & trusted, np.flatnonzero(fold == k)
        seen = cells.only(keep)
        at = (cells.row[asked], cells.col[asked])
        values, misses = _base_predictions(seen, z[keep], at)
        counts = np.stack([seen.per_model()[at[0]], seen.per_task()[at[1]]], axis=1)
        parts.append((asked, values, misses, counts))
    back = np.argsort(np.concatenate([p[0] for p in parts]), kind="stable")
    return _Told(
        values=np.concatenate([np.stack(p[1], axis=1) for p in parts])[back],
        misses=np.concatenate([np.stack(p[2], axis=1) for p in parts])[back],
        counts=np.concatenate([p[3] for p in parts])[back],
    )


def _base_predictions(
    seen: Cells,
    z: Floats,
    at: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> tuple[list[Floats], list[Floats]]:
    """Predictions and expected misses, (asked,) each, of the cells at (row, col) `at`."""
    table = np.full(seen.shape, np.nan, dtype=np.float32)
    table[seen.row, seen.col] = z
    values: list[Floats] = []
    pairs: list[tuple[Floats, Floats]] = [_at(found, at) for found in pairwise.predict(table)]
    if seen.shape[0] <= MODEL_SIDE_MOST:
        values.append(low_rank.complete(seen, z, rounds=_ROUNDS)[at])
        types = seen.tasks["task_type"].to_list()
        for found in (pairwise.predict(table.T), pairwise.predict_within(table.T, types)):
            pairs += [_at((value.T, miss.T), at) for value, miss in found]
    else:
        value, sd = factors.fit_factors(replace(seen, value=z)).predict(*at)
        pairs.append((value, sd))
    values += [value for value, _ in pairs]
    return values, [miss for _, miss in pairs]


def _at(
    found: tuple[NDArray[np.float32], NDArray[np.float32]],
    at: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> tuple[Floats, Floats]:
    value, miss = found
    return value[at].astype(np.float64), miss[at].astype(np.float64)


def _stacked(values: Floats, z: Floats, trusted: Mask) -> Floats:
    """(cells,) robust linear stack of the predictors (Huber's weights)."""
    design = np.c_[np.ones(len(z)), values]
    ridge = 1e-5 * len(z) * np.eye(design.shape[1])
    weight = trusted.astype(np.float64)
    fitted = np.zeros(len(z))
    for _ in range(8):
        weighted = design * weight[:, None]
        fitted = design @ np.linalg.solve(weighted.T @ design + ridge, weighted.T @ z)
        miss = np.abs(z - fitted)
        usual = float(np.median(miss[trusted]))
        weight = trusted * np.minimum(1.0, _HUBER * MAD_TO_SD * usual / np.maximum(miss, 1e-9))
    return fitted


def _widths(told: _Told, miss: Floats, spread: Floats, cells: Cells, trusted: Mask) -> Floats:
    """(cells,) robust standard deviation of `miss` by regression of its logarithm on what is known beforehand."""
    size = np.log(np.abs(miss) + _FLOOR)
    columns = [
        np.ones(len(miss)),
        np.log(told.values.std(axis=1) + _FLOOR),
        np.log(spread),
        *np.log(told.counts + 1.0).T,
        *np.log(told.misses + _FLOOR).T,
        pulled_quantiles(size, cells.row, cells.shape[0], trusted, part=0.5)[cells.row],
        pulled_quantiles(size, cells.col, cells.shape[1], trusted, part=0.5)[cells.col],
        pulled_quantiles(size, cells.col, cells.shape[1], trusted, part=_TASK_TAIL)[cells.col],
    ]
    design = np.stack(columns, axis=1)
    found = np.linalg.lstsq(design[trusted], size[trusted], rcond=None)[0]
    width = np.exp(design @ found)
    ratio = float(np.median(np.abs(miss[trusted]) / width[trusted])) if trusted.any() else 1.0
    widths: Floats = width * max(ratio, 1e-6) * MAD_TO_SD
    return widths


def pulled_quantiles(
    x: Floats, group: NDArray[np.intp], size: int, trusted: Mask, *, part: float
) -> Floats:
    """(size,) the `part` quantile of the trusted `x` in each group, pulled towards that of all by _GROUP_PULL cells."""
    whole = float(np.quantile(x[trusted], part)) if trusted.any() else 0.0
    known, label = x[trusted], group[trusted]
    order = np.lexsort((known, label))
    ends = np.searchsorted(label[order], np.arange(size + 1))
    start, count = ends[:-1], np.diff(ends)
    found = np.full(size, whole)
    some = count > 0
    found[some] = known[order][(start + ((count - 1) * part).astype(np.intp))[some]]
    pulled: Floats = (found * count + whole * _GROUP_PULL) / (count + _GROUP_PULL)
    return pulled
