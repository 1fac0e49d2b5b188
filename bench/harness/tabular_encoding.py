"""What a fold's training rows teach about its columns: levels worth keeping, means, scales; then arrays for a learner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bench.harness.tabular_columns import MISSING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.harness.tabular_columns import Features

    Floats = NDArray[np.float64]

_SMOOTHING: Final = 20.0
"""Rows that the overall mean counts for in a level's mean target."""
_PARTS: Final = 5
_MANY_CLASSES: Final = 20
_FAR: Final = 10.0
"""Standard deviations at which a number is cut, so that one slip of the pen does not tilt a linear model."""


class Pool:
    """Levels seen often enough keep a code of their own; the rest, and unseen ones, share the last."""

    def __init__(self, train: Features, *, at_least: int, at_most: int) -> None:
        self._maps = [
            _kept(column, len(levels), at_least, at_most)
            for column, levels in zip(train.codes.T, train.levels, strict=True)
        ]
        self.sizes = [int(m[:-1].max(initial=-1)) + 1 for m in self._maps]
        """Levels by column, the shared one counted."""

    def codes(self, given: Features) -> NDArray[np.int32]:
        """[n_rows, n_categorical]: 0 … size-1, MISSING where missing."""
        if not self._maps:
            return given.codes
        return np.column_stack([m[c] for m, c in zip(self._maps, given.codes.T, strict=True)])


def _kept(column: NDArray[np.int32], n_levels: int, at_least: int, at_most: int) -> Any:
    """New code of each old one; the last place is for MISSING (index -1)."""
    counts = np.bincount(column[column >= 0], minlength=n_levels)
    order = np.argsort(-counts, kind="stable")
    kept = order[counts[order] >= max(1, at_least)][: at_most - 1]
    made = np.full(n_levels + 1, kept.size, dtype=np.int32)
    made[np.sort(kept)] = np.arange(kept.size, dtype=np.int32)
    made[-1] = MISSING
    return made


class TargetMeans:
    """Columns with many levels as the smoothed mean target of the level, cross-fitted on the training rows."""

    def __init__(self, train: Features, target: Floats, *, above: int, seed: int) -> None:
        self._columns = [n for n, levels in enumerate(train.levels) if len(levels) > above]
        self._sizes = [len(train.levels[c]) + 1 for c in self._columns]
        self._signals = _signals(target)
        self._seed = seed
        codes = train.codes[:, self._columns]
        self._tables = self._means(codes, self._signals)
        self._train = codes

    def fitted(self) -> Floats:
        """The training rows' own values: each from the other four fifths, so that no row meets its own target."""
        n = len(self._train)
        part = np.random.default_rng(self._seed).permutation(n) % _PARTS
        made = np.empty((n, len(self._columns) * self._signals.shape[1]))
        for p in range(_PARTS if self._columns else 0):
            here = part == p
            made[here] = _lookup(
                self._means(self._train[~here], self._signals[~here]), self._train[here]
            )
        return made

    def values(self, given: Features) -> Floats:
        """[n_rows, n_columns x n_signals]."""
        return _lookup(self._tables, given.codes[:, self._columns])

    def _means(self, codes: NDArray[np.int32], signals: Floats) -> list[Floats]:
        """By column [n_levels + 1, n_signals]; the last row is for MISSING, which indexes it as -1."""
        prior, made = signals.mean(axis=0), []
        for column, size in zip(codes.T, self._sizes, strict=True):
            at = np.where(column == MISSING, size - 1, column)
            sums = np.column_stack([np.bincount(at, s, minlength=size) for s in signals.T])
            counts = np.bincount(at, minlength=size)[:, None]
            made.append((sums + _SMOOTHING * prior) / (counts + _SMOOTHING))
        return made

    def __getstate__(self) -> dict[str, Any]:
        """Without the training rows, which prediction does not need."""
        return {**self.__dict__, "_train": None, "_signals": None}


def _lookup(tables: list[Floats], codes: NDArray[np.int32]) -> Floats:
    found = [table[column] for table, column in zip(tables, codes.T, strict=True)]
    return np.hstack(found) if found else np.empty((len(codes), 0))


def _signals(target: Floats) -> Floats:
    """What is averaged: the number itself, or membership of each class (one column where there are two)."""
    if target.dtype.kind != "i":
        return target[:, None]
    k = int(target.max()) + 1
    if k == 2 or k > _MANY_CLASSES:
        return target[:, None].astype(np.float64)
    return np.eye(k)[target.astype(np.intp)]


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """What is usual in the numbers of the training rows."""

    median: Floats
    mean: Floats
    scale: Floats
    gaps: NDArray[np.intp]
    """Columns in which the training rows have gaps."""

    @classmethod
    def of(cls, numeric: Floats) -> Ranges:
        """Of the training rows; an empty column has median 0."""
        seen = ~np.isnan(numeric)
        median = np.zeros(numeric.shape[1])
        some = seen.any(axis=0)
        if some.any():
            median[some] = np.nanmedian(numeric[:, some], axis=0)
        filled = np.where(seen, numeric, median)
        scale = filled.std(axis=0)
        return cls(
            median=median, mean=filled.mean(axis=0), scale=np.where(scale > 0, scale, 1.0),
            gaps=np.flatnonzero(~seen.all(axis=0)),
        )  # fmt: skip


class LinearArray:
    """Standardised numbers with gaps at the median and marked, levels one-hot with rare ones pooled; sparse.

    at_least: rows from which a level has a column of its own. at_most: such columns per categorical column.
    """

    def __init__(self, train: Features, *, at_least: int, at_most: int) -> None:
        self._pool = Pool(train, at_least=at_least, at_most=at_most)
        self._ranges = Ranges.of(train.numeric)

    def __call__(self, given: Features) -> Any:
        """CSR [n_rows, n_columns]."""
        from scipy import sparse

        ranges, n = self._ranges, len(given)
        gaps = np.isnan(given.numeric)
        numeric = (np.where(gaps, ranges.median, given.numeric) - ranges.mean) / ranges.scale
        dense = np.hstack([np.clip(numeric, -_FAR, _FAR), gaps[:, ranges.gaps]])
        codes, sizes = self._pool.codes(given), self._pool.sizes
        # A missing level is a level of its own, behind the pooled one.
        widths = np.array([size + 1 for size in sizes], dtype=np.intp)
        starts = np.concatenate([[0], np.cumsum(widths)])
        at = np.where(codes == MISSING, np.array(sizes, dtype=np.intp), codes) + starts[:-1]
        row = np.repeat(np.arange(n), len(sizes))
        hot = sparse.csr_matrix((np.ones(at.size), (row, at.ravel())), shape=(n, int(starts[-1])))
        return sparse.hstack([sparse.csr_matrix(dense), hot], format="csr")


class TreeArray:
    """Numbers with NaN for gaps, then codes, then mean targets of columns with many levels; dense.

    one_hot: columns with at most so many levels become 0/1 columns, others with more than `means_above` levels
    keep no codes but their mean targets alone where `codes` is False.
    """

    def __init__(
        self,
        train: Features,
        target: Floats,
        *,
        at_least: int,
        at_most: int,
        means_above: int,
        seed: int,
    ) -> None:
        self._pool = Pool(train, at_least=at_least, at_most=at_most)
        self._means = TargetMeans(train, target, above=means_above, seed=seed)
        self.n_numeric = train.numeric.shape[1]
        self.sizes = self._pool.sizes
        self.n_codes = len(self.sizes)

    def fitted(self, train: Features) -> Floats:
        """The training rows, their mean targets cross-fitted."""
        return self._array(train, self._means.fitted())

    def __call__(self, given: Features) -> Floats:
        """[n_rows, n_numeric + n_codes + n_means]."""
        return self._array(given, self._means.values(given))

    def _array(self, given: Features, means: Floats) -> Floats:
        codes = self._pool.codes(given).astype(np.float64)
        codes[codes == MISSING] = np.nan
        return np.hstack([given.numeric, codes, means])
