"""Split-conformal intervals: half-widths from residuals of cells that were held out of the fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def margin(residuals: NDArray[np.float64], level: float) -> float | None:
    """Half-width that covers a new exchangeable point with probability >= `level`.

    Residuals: shape (n,); result in the same unit. None when no finite width is honest
    (n < level / (1 - level): nine points cannot support 95 %). Source: METHOD.md#intervals
    """
    return margins(residuals, [level])[0]


def margins(residuals: NDArray[np.float64], levels: Sequence[float]) -> list[float | None]:
    """`margin` for several levels with one sort; never decreasing in the level."""
    ordered = np.sort(np.abs(residuals))
    ranks = [math.ceil((ordered.size + 1) * level - 1e-9) for level in levels]
    return [
        float(ordered[max(rank, 1) - 1]) if ordered.size > 0 and rank <= ordered.size else None
        for rank in ranks
    ]


def coverage(
    actual: NDArray[np.float64], lo: NDArray[np.float64], hi: NDArray[np.float64]
) -> float:
    """Share of points inside their interval; NaN for none."""
    if actual.size == 0:
        return math.nan
    return float(np.mean((lo <= actual) & (actual <= hi)))


def interval_score(
    actual: NDArray[np.float64], lo: NDArray[np.float64], hi: NDArray[np.float64], level: float
) -> float:
    """Mean width plus 2/(1-level) times what lies outside: lower is better, in the values' unit.

    Source: Gneiting and Raftery 2007, equation 43.
    """
    outside = np.maximum(lo - actual, 0.0) + np.maximum(actual - hi, 0.0)
    return float(np.mean(hi - lo + 2.0 / (1.0 - level) * outside))
