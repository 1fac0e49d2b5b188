"""Which scores of a pool the rest of the table finds wildly unexpected, and which runs are broken in part.

A run whose scores are wrong in large part teaches the predictors wrong things about its model, so the table is
gone over several times, each time without what looked wrong before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.cell import fold_of
from advisor.estimate.matrix import bounds_of
from advisor.estimate.surprise import surprise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.matrix import Cells

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

THRESHOLD: Final = 4.3
"""Usual widths from its expectation at which a score is unexpected. Source: METHOD.md#guard"""
FOLDS: Final = 5

_OFF = 3.0
_OFF_AGAIN = 2.0
_OFF_LEAST = 3
_OFF_SHARE = 0.12
"""A run is suspect when at least _OFF_LEAST and _OFF_SHARE of its scores are _OFF widths off; then those beyond
_OFF_AGAIN are not learned from."""
_BROKEN_SHARE = 0.2
_TYPE_SHARE = 0.5
_TYPE_LEAST = 4
_OFF_POINTS = 0.04
_BELOW_SHARE = 0.15
_WHOLE_SHARE = 0.75
"""A score of a broken run is at least _OFF_POINTS (fraction) off, and at least _BELOW_SHARE of such scores of the run
are below what is expected: a run that is better than expected throughout is news, not broken. With more than _WHOLE_SHARE off, the whole model is unlike what the table expects."""
_BOTTOM = 0.03
_BOTTOM_LEAST = 20
_TOLERANCE = 0.02


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Per measured cell."""

    expected: Floats
    width: Floats
    distance: Floats
    """|value - expected| / width; infinity where the value is not possible"""
    possible: Mask
    """inside what the metric can be"""
    unexpected: Mask
    broken: Mask
    """off, in a run or a part of one that is off in many places"""
    share: Floats
    """of the run, or of its part, that is off; 0 where it is not broken"""
    part: NDArray[np.object_]
    """"scores", or the task type's scores, where broken"""


def judge(cells: Cells, *, seed: int = 0) -> Verdicts:
    """Every cell's verdict, from three passes over random folds and one over (model, task type) blocks."""
    possible = inside(cells)
    bottom = at_the_bottom(cells)
    random = fold_of(cells, folds=FOLDS, seed=seed)
    trusted = possible
    found = surprise(cells, trusted, random)
    doubtful = _half_at_the_bottom(cells, bottom)[cells.row] & bottom
    for last in (False, True):
        distance = found.distance(cells)
        suspect = _suspects(cells, distance, possible)[cells.row]
        trusted = possible & (distance <= THRESHOLD) & ~doubtful
        trusted &= ~(suspect & ((distance > _OFF_AGAIN) | bottom))
        found = surprise(cells, trusted, random, sharpen=last)
        doubtful = np.zeros_like(possible)
    distance = found.distance(cells)
    types = _type_codes(cells)
    blocks = surprise(cells, trusted, _block_folds(cells, types, seed))
    low = (cells.value - blocks.expected) / blocks.width < -_OFF_AGAIN
    off = (distance > _OFF_AGAIN) & (np.abs(cells.value - found.expected) > _OFF_POINTS)
    broken, share, part = _runs(cells, types, (off, cells.value < found.expected), low & bottom)
    # What the model's other types let expect, where its own type was taken for granted.
    whole = broken & ~off
    return Verdicts(
        expected=np.where(whole, blocks.expected, found.expected),
        width=np.where(whole, blocks.width, found.width),
        distance=np.where(possible, distance, np.inf),
        possible=possible,
        unexpected=(~possible | (distance > THRESHOLD)) & ~broken,
        broken=broken,
        share=share,
        part=part,
    )


def inside(cells: Cells) -> Mask:
    """(cells,) True where the metric allows the value, judged by its name and by the middle of the task's scores."""
    frame = pl.DataFrame({"col": cells.col, "value": cells.value}).group_by("col").agg(
        low=pl.col("value").quantile(0.1, "nearest"), high=pl.col("value").quantile(0.9, "nearest")
    )  # fmt: skip
    ends = pl.DataFrame({"col": np.arange(cells.shape[1])}).join(
        frame, on="col", how="left", maintain_order="left"
    )
    bounds = bounds_of(cells.tasks, ends["low"], ends["high"])
    lower, upper = (bounds[name].fill_null(0.0).to_numpy() for name in ("lower", "upper"))
    allowed: Mask = (cells.value >= lower[cells.col] - _TOLERANCE) & (
        cells.value <= upper[cells.col] + _TOLERANCE
    )
    return allowed


def at_the_bottom(cells: Cells) -> Mask:
    """(cells,) True for the lowest _BOTTOM of a task's scores, where the task has _BOTTOM_LEAST, or at its chance."""
    order = np.lexsort((cells.value, cells.col))
    ends = np.searchsorted(cells.col[order], np.arange(cells.shape[1] + 1))
    place = np.empty(cells.value.size)
    place[order] = np.arange(cells.value.size) - ends[:-1][cells.col[order]]
    count = cells.per_task()[cells.col]
    low = (place <= _BOTTOM * count) & (count >= _BOTTOM_LEAST)
    chance = cells.tasks["chance"].cast(pl.Float64).fill_null(-np.inf).to_numpy()[cells.col]
    bottom: Mask = low | (cells.value <= chance + 0.01)
    return bottom


def _suspects(cells: Cells, distance: Floats, possible: Mask) -> Mask:
    off = cells.per_model(((distance > _OFF) & possible).astype(np.float64))
    suspects: Mask = (off >= _OFF_LEAST) & (off >= _OFF_SHARE * cells.per_model())
    return suspects


def _half_at_the_bottom(cells: Cells, bottom: Mask) -> Mask:
    low = cells.per_model(bottom.astype(np.float64))
    count = np.maximum(cells.per_model(), 1)
    return (low >= _TYPE_LEAST) & (low / count >= 0.15) & (low / count <= 0.7)


def _type_codes(cells: Cells) -> NDArray[np.intp]:
    _, code = np.unique(
        np.array(cells.tasks["task_type"].fill_null("").to_list()), return_inverse=True
    )
    return code.astype(np.intp)[cells.col]


def _block_folds(cells: Cells, types: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """(cells,) fold of each cell: all cells of a model on one task type are left out together."""
    n_types = int(types.max(initial=0)) + 1
    rng = np.random.default_rng(seed)
    fold = np.argsort(rng.random((cells.shape[0], n_types)), axis=1) % FOLDS
    blocks: NDArray[np.intp] = fold[cells.row, types]
    return blocks


def _runs(
    cells: Cells, types: NDArray[np.intp], off: tuple[Mask, Mask], low: Mask
) -> tuple[Mask, Floats, NDArray[np.object_]]:
    """Broken cells, the share of their run's part that is off, and what the part is called.

    off: the cells that are off, and those that are below what is expected. low: those that are far below what the
    model's other task types let expect, and at the bottom of their task.
    """
    wrong, below = off
    broken = np.zeros(low.size, dtype=np.bool_)
    share = np.zeros(low.size)
    part = np.full(low.size, "", dtype=object)
    partly = cells.per_model((wrong | low).astype(np.float64)) <= _WHOLE_SHARE * cells.per_model()
    names = np.array(cells.tasks["task_type"].fill_null("").to_list(), dtype=object)[cells.col]
    blocks = cells.row * (int(types.max(initial=0)) + 1) + types
    for group, found, least, called in (
        (blocks, wrong, _TYPE_SHARE, names + " scores"),
        (blocks, low, _TYPE_SHARE, names + " scores"),
        (cells.row, wrong, _BROKEN_SHARE, np.full(low.size, "scores", dtype=object)),
    ):
        size, hit = np.bincount(group), np.bincount(group, found)
        bad = (hit >= _TYPE_LEAST) & (hit >= least * size)
        bad &= np.bincount(group, found & below) >= _BELOW_SHARE * hit
        new = bad[group] & found & ~broken & partly[cells.row]
        broken |= new
        share[new] = (hit / np.maximum(size, 1))[group[new]]
        part[new] = called[new]
    return broken, share, part
