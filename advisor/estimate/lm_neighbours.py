"""What the models nearest by name, scores, maker or family were off by: for models whose kin is in the training part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor._lazy import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NEAREST: Final = 60
"""Neighbours kept for each model, so that enough are left when a fold is hidden."""
_CLOSE: Final = 12
_BLOCK: Final = 1_000
_PSEUDO_NAMES: Final = 0.05
_PSEUDO_SCORES: Final = 1.0
_PSEUDO_LABELS: Final = 3.0


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """The nearest rows of each row, nearest first, and how much each counts."""

    place: NDArray[np.intp]
    """(n, NEAREST) row numbers, never the row's own."""
    weight: NDArray[np.float64]
    """(n, NEAREST)"""


def nearest_names(names: Sequence[str]) -> Nearest:
    """By the letters of the model ids: cosine of 2- to 4-letter pieces weighted by rarity, to the fourth power."""
    text = need("sklearn.feature_extraction.text", extra="build")
    plain = [name.lower().translate(str.maketrans("/-_", "   ")) for name in names]
    pieces = text.TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), min_df=min(3, len(names)), sublinear_tf=True
    ).fit_transform(plain)
    found = [
        _best((pieces[at : at + _BLOCK] @ pieces.T).toarray(), at)
        for at in range(0, len(names), _BLOCK)
    ]
    return Nearest(
        place=np.concatenate([place for place, _ in found]),
        weight=np.maximum(np.concatenate([likeness for _, likeness in found]), 0.0) ** 4,
    )


def nearest_points(points: NDArray[np.float64]) -> Nearest:
    """By distance: weight 1 / (distance + 0.05)², points (n, dimensions) standardised."""
    square = (points**2).sum(1)
    found = [
        _best(
            2.0 * points[at : at + _BLOCK] @ points.T - square[at : at + _BLOCK, None] - square, at
        )
        for at in range(0, len(points), _BLOCK)
    ]
    distance = np.sqrt(np.maximum(-np.concatenate([likeness for _, likeness in found]), 0.0))
    return Nearest(
        place=np.concatenate([place for place, _ in found]), weight=1.0 / (distance + 0.05) ** 2
    )


def _best(
    likeness: NDArray[np.float64], start: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    rows = np.arange(len(likeness))
    likeness[rows, rows + start] = -np.inf
    count = min(NEAREST, likeness.shape[1] - 1)
    place = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
    found = np.take_along_axis(likeness, place, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    return np.take_along_axis(place, order, axis=1), np.take_along_axis(found, order, axis=1)


def neighbour_misses(
    near: Nearest, misses: NDArray[np.float64], fold: NDArray[np.intp], *, pseudo: float, most: int
) -> NDArray[np.float64]:
    """(n, 4) weighted mean miss of the `most` nearest, their weight, the nearest's miss and its weight.

    fold: -1 for a row whose score is hidden; only rows of another fold, never hidden ones, are looked at.
    """
    allowed = (fold[near.place] >= 0) & (fold[near.place] != fold[:, None])
    allowed &= np.cumsum(allowed, axis=1) <= most
    weight = near.weight * allowed
    miss = np.where(allowed, misses[near.place], 0.0)
    total = weight.sum(1)
    first, rows = np.argmax(allowed, axis=1), np.arange(len(fold))
    one = allowed[rows, first]
    return np.column_stack(
        [
            (weight * miss).sum(1) / (total + pseudo),
            total,
            np.where(one, miss[rows, first], np.nan),
            np.where(one, near.weight[rows, first], 0.0),
        ]
    )


def label_misses(
    labels: NDArray[np.str_], misses: NDArray[np.float64], fold: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(n, 2) mean miss of the rows with the same label in other folds, pulled towards 0, and how many they are."""
    _, code = np.unique(labels, return_inverse=True)
    count = int(code.max()) + 1
    found = np.zeros((len(fold), 2))
    for part in np.unique(fold):
        use, asked = (fold >= 0) & (fold != part), fold == part
        total = np.bincount(code[use], misses[use], count)
        number = np.bincount(code[use], minlength=count).astype(np.float64)
        found[asked] = np.column_stack([total / (number + _PSEUDO_LABELS), number])[code[asked]]
    return found


def kin_columns(
    names: Nearest,
    scores: Nearest,
    labels: Sequence[NDArray[np.str_]],
    misses: NDArray[np.float64],
    fold: NDArray[np.intp],
) -> NDArray[np.float64]:
    """(n, 8 + 2 per kind of label) everything above side by side."""
    return np.column_stack(
        [
            neighbour_misses(names, misses, fold, pseudo=_PSEUDO_NAMES, most=NEAREST),
            neighbour_misses(scores, misses, fold, pseudo=_PSEUDO_SCORES, most=_CLOSE),
            *(label_misses(kind, misses, fold) for kind in labels),
        ]
    )
