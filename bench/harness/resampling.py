"""Bootstrap over items by counting: each draw says how often each item was taken, and scores are read from counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike, NDArray

MOST_DRAWS: Final = 1000
LEAST_DRAWS: Final = 200
_CELLS: Final = 20_000_000
"""Draws times items at most, so that large tasks take fewer draws."""
_CHUNK: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Where a score would lie had other items of the same kind been drawn."""

    lo: float
    hi: float
    stderr: float
    n_draws: int


def spread(
    score: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    n_items: int,
    *,
    level: float,
    seed: int = 0,
) -> Spread | None:
    """Percentile interval of a score; None for fewer than two items or a score that no draw could give.

    score: counts of shape (draws, items) → values of shape (draws,). Source: METHOD.md#bench-mteb
    """
    if n_items < 2:
        return None
    n_draws = int(np.clip(_CELLS // n_items, LEAST_DRAWS, MOST_DRAWS))
    values = np.concatenate([score(counts) for counts in _counts(n_items, n_draws, seed)])
    values = values[np.isfinite(values)]
    if values.size < n_draws // 2:
        return None
    lo, hi = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Spread(lo=float(lo), hi=float(hi), stderr=float(values.std(ddof=1)), n_draws=values.size)


def _counts(n_items: int, n_draws: int, seed: int) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    per_chunk = max(1, _CHUNK // n_items)
    for start in range(0, n_draws, per_chunk):
        taken = rng.integers(0, n_items, (min(per_chunk, n_draws - start), n_items))
        rows = np.arange(taken.shape[0])[:, None] * n_items
        flat = np.bincount((taken + rows).ravel(), minlength=taken.shape[0] * n_items)
        yield flat.reshape(taken.shape).astype(np.float64)


def mean(values: ArrayLike) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The mean of one value an item."""
    given = np.asarray(values, dtype=np.float64)
    return lambda counts: counts @ given / counts.sum(axis=1)


def mean_of_experiments(
    right: ArrayLike, *, seed: int = 0
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The mean over items and experiments, both drawn anew. right: shape (experiments, items)."""
    given = np.asarray(right, dtype=np.float64)
    rng = np.random.default_rng(seed)

    def score(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        n = given.shape[0]
        taken = rng.multinomial(n, np.full(n, 1 / n), size=counts.shape[0])
        of_each = counts @ given.T / counts.sum(axis=1, keepdims=True)
        return np.asarray((of_each * taken).sum(axis=1) / n)

    return score


def f1_of_experiments(
    truth: ArrayLike, guesses: ArrayLike, *, is_weighted: bool, seed: int = 0
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """F1 averaged over classes (or by how often they occur), items and experiments both drawn anew.

    truth: classes of shape (items,); guesses: shape (experiments, items). A class that a draw neither holds nor
    names does not count, as in scikit-learn.
    """
    given, said = np.asarray(truth), np.asarray(guesses)
    classes = np.unique(np.concatenate([given, said.ravel()]))
    is_class = (given[None, :] == classes[:, None]).astype(np.float32)
    rng = np.random.default_rng(seed)

    def of_one(counts: NDArray[np.float32], guess: NDArray[np.generic]) -> NDArray[np.float64]:
        named = (guess[None, :] == classes[:, None]).astype(np.float32)
        held, called = counts @ is_class.T, counts @ named.T
        found = counts @ (is_class * named).T
        there = held + called > 0
        each = np.divide(2 * found, held + called, out=np.zeros_like(found), where=there)
        weights = held if is_weighted else there.astype(np.float32)
        return np.asarray((each * weights).sum(axis=1) / weights.sum(axis=1), dtype=np.float64)

    def score(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        few = counts.astype(np.float32)
        n = said.shape[0]
        taken = rng.multinomial(n, np.full(n, 1 / n), size=counts.shape[0])
        of_each = np.stack([of_one(few, guess) for guess in said], axis=1)
        return np.asarray((of_each * taken).sum(axis=1) / n)

    return score


def average_precision(
    labels: ArrayLike, scores: ArrayLike
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Area under precision and recall as scikit-learn has it, ties taken together. labels: 0 or 1."""
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    positive = np.asarray(labels, dtype=np.float64)[order]
    ends = _group_ends(np.asarray(scores, dtype=np.float64)[order])

    def score(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        weights = counts[:, order]
        found = np.cumsum(weights * positive, axis=1)[:, ends]
        seen = np.cumsum(weights, axis=1)[:, ends]
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.where(seen > 0, found / seen, 0.0)
            recall = found / found[:, -1:]
        return np.asarray((np.diff(recall, axis=1, prepend=0.0) * precision).sum(axis=1))

    return score


def best_accuracy(
    labels: ArrayLike, scores: ArrayLike
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Accuracy at the best threshold for the draw; as in mteb, some item lies above it and some below."""
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    positive = np.asarray(labels, dtype=np.float64)[order]

    def score(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        weights = counts[:, order]
        seen, total = np.cumsum(weights, axis=1), weights.sum(axis=1, keepdims=True)
        above = np.cumsum(weights * (2 * positive - 1), axis=1)
        above = np.where((seen > 0) & (seen < total), above, -np.inf)
        negatives = (weights * (1 - positive)).sum(axis=1)
        return np.asarray((above.max(axis=1) + negatives) / total[:, 0])

    return score


def spearman(
    first: ArrayLike, second: ArrayLike
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Rank correlation with the mean rank for ties."""
    ranks = (
        _ranks(np.asarray(first, dtype=np.float64)),
        _ranks(np.asarray(second, dtype=np.float64)),
    )
    return lambda counts: _correlation(counts, ranks[0](counts), ranks[1](counts))


def pearson(
    first: ArrayLike, second: ArrayLike
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Linear correlation."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    return lambda counts: _correlation(counts, a[None, :], b[None, :])


def _ranks(values: NDArray[np.float64]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    order = np.argsort(values, kind="stable")
    ends = _group_ends(values[order])
    starts = np.concatenate([[0], ends[:-1] + 1])
    group = np.empty(values.size, dtype=np.intp)
    group[order] = np.repeat(np.arange(ends.size), ends - starts + 1)

    def ranks(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        upto = np.cumsum(counts[:, order], axis=1)[:, ends]
        before = np.concatenate([np.zeros((counts.shape[0], 1)), upto[:, :-1]], axis=1)
        middle = (before + upto + 1) / 2
        return middle[:, group]

    return ranks


def _group_ends(ordered: NDArray[np.float64]) -> NDArray[np.intp]:
    """Where each run of equal values ends."""
    return np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), ordered.size - 1)


def _correlation(
    counts: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.float64]:
    n = counts.sum(axis=1, keepdims=True)
    a = a - (counts * a).sum(axis=1, keepdims=True) / n
    b = b - (counts * b).sum(axis=1, keepdims=True) / n
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(
            (counts * a * b).sum(axis=1)
            / np.sqrt((counts * a * a).sum(axis=1) * (counts * b * b).sum(axis=1))
        )
