"""One regression per pair of tasks (or of models) that share cells, the best pairs trusted most.

Where two tasks share their data, or two models their weights, one tells the other almost exactly; a sum over all
pairs, each weighted by a high power of its precision, finds such pairs without searching for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Table = NDArray[np.float64] | NDArray[np.float32]

POWERS: Final = (6, 20)
"""Precision powers: the first listens to many pairs, the second to the few best."""
_MIDDLE = 0.03
"""A middling residual variance; weights are relative to it so that high powers stay inside single precision."""
_PSEUDO_CELLS = 3.0
_PSEUDO_CORRELATION = 0.6
"""Every pair starts from this many shared cells with this correlation. Source: METHOD.md#cells"""


def predict(table: Table) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """For each of POWERS, every cell from its row's other cells: (prediction, expected miss), both like `table`.

    table: (rows, columns) standardised values, NaN where unknown. For pairs of rows, give the transpose.
    """
    slope, level, left = regressions(table)
    known = (~np.isnan(table)).astype(np.float32)
    filled = np.where(known > 0, table, 0.0).astype(np.float32)
    found: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
    for power in POWERS:
        weight = (left / _MIDDLE) ** np.float32(-power / 2)
        np.fill_diagonal(weight, 0.0)
        mass = np.maximum(known @ weight, np.float32(1e-36))
        value = (known @ (weight * level) + filled @ (weight * slope)) / mass
        value[known.sum(1) == 0] = 0.0
        miss = np.float32(_MIDDLE**0.5) * mass ** np.float32(-1.0 / power)
        found.append((value.astype(np.float32), np.minimum(miss, 2.0).astype(np.float32)))
    return found


def predict_within(
    table: Table, groups: Sequence[str | None]
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """`predict`, with rows compared on the rows of one group at a time.

    table: (rows, columns); groups: one label per row. Only rows of a cell's own group shape its prediction: two
    models may be near copies on retrieval and strangers on clustering.
    """
    found = [(np.zeros(table.shape, np.float32), np.zeros(table.shape, np.float32)) for _ in POWERS]
    labels = np.array([label or "" for label in groups])
    for label in sorted(set(labels.tolist())):
        rows = np.flatnonzero(labels == label)
        for (value, miss), (part, part_miss) in zip(found, predict(table[rows]), strict=True):
            value[rows], miss[rows] = part, part_miss
    return found


def regressions(
    table: Table,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Slope, intercept and residual variance of column b on column a, for all (a, b) at once."""
    known = (~np.isnan(table)).astype(np.float32)
    x = np.where(known > 0, table, 0.0).astype(np.float32)
    count = known.T @ known + np.float32(_PSEUDO_CELLS)
    mean_a = (x.T @ known) / count
    mean_b = mean_a.T
    square = (np.square(x).T @ known + np.float32(_PSEUDO_CELLS)) / count
    spread_a, spread_b = square - mean_a**2, square.T - mean_b**2
    together = (x.T @ x + np.float32(_PSEUDO_CELLS * _PSEUDO_CORRELATION)) / count - mean_a * mean_b
    slope = together / np.maximum(spread_a, np.float32(1e-3))
    left = np.maximum(spread_b - slope * together, np.float32(1e-3)) * (1.0 + 2.0 / count)
    return slope, mean_b - slope * mean_a, left
