"""Score against size: a smooth curve in the logarithm of the parameters and slopes per decade, with intervals over makers.

Models of one maker share data and recipes, so makers and not models are resampled: pairs cluster bootstrap after
Cameron, Gelbach and Miller, "Bootstrap-based improvements for inference with clustered errors" (2008), section II. The
curve is a natural cubic spline with Harrell's knots ("Regression modeling strategies", 2nd ed., section 2.4.6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST: Final = 8
"""Models below which nothing is fitted."""
GROUPS_LEAST: Final = 5
"""Makers below which a slope has no interval, and a side of the edge no slope of its own."""
SIDE_LEAST: Final = 10
"""Models that each side of the edge must have for slopes of their own."""
SPLINE_LEAST: Final = 30
"""Models below which the curve is the straight line."""
KNOTS: Final = (0.05, 0.35, 0.65, 0.95)
"""Quantiles of the sizes at which the spline's pieces meet. Source: Harrell, table 2.3."""
DRAWS: Final = 2_000
POINTS: Final = 41
"""Sizes at which the curve is given."""


@dataclass(frozen=True, kw_only=True)
class Slope:
    """Gain per tenfold parameters, in the scores' own unit; lo and hi null where makers are too few."""

    value: float
    lo: float | None
    hi: float | None

    @property
    def rises(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.lo is not None and self.lo > 0


@dataclass(frozen=True, kw_only=True)
class SizeCurve:
    """What size tells of a score among some models."""

    n_models: int
    n_groups: int
    level: float
    slope: Slope
    """Of one straight line over all sizes."""
    r2: float
    """Share of the scores' variance that the straight line explains."""
    edge: float | None
    """Parameters that part the smaller from the larger models; null where one side is too thin."""
    below: Slope | None
    """Of a line through the models below the edge alone."""
    above: Slope | None
    """Of a line through the models at or above the edge alone."""
    change: Slope | None
    """Slope above the edge less that below it, on the same resamples."""
    sizes: NDArray[np.float64]
    """(m,) parameters at which the curve is given, evenly spaced in the logarithm."""
    value: NDArray[np.float64]
    lo: NDArray[np.float64] | None
    hi: NDArray[np.float64] | None
    """(m,) band of the curve itself, not of a new model."""
    new_model: float | None
    """Half width of the interval for a new model: the level's quantile of how far models lie from the curve that was
    fitted without their maker."""


def size_curve(
    sizes: Sequence[float] | NDArray[np.float64],
    values: Sequence[float] | NDArray[np.float64],
    groups: Sequence[str],
    *,
    edge: float | None = None,
    level: float = 0.90,
    seed: int = 0,
) -> SizeCurve | None:
    """The curve through models of these sizes (parameters) and scores; None below LEAST models or with one size only.

    groups: each model's maker. edge: the slopes below and above it are found apart where each side has SIDE_LEAST
    models of GROUPS_LEAST makers. The order of the rows does not matter. Source: METHOD.md#size-curves
    """
    order = np.lexsort((np.asarray(values), np.asarray(sizes), np.asarray(groups)))
    x = np.log10(np.asarray(sizes, dtype=np.float64))[order]
    y = np.asarray(values, dtype=np.float64)[order]
    names, group = np.unique(np.asarray(groups)[order], return_inverse=True)
    if len(y) < LEAST or np.ptp(x) < 1e-9:
        return None
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=DRAWS)
    counts = drawn.astype(np.float64) if len(names) >= GROUPS_LEAST else None
    knots = _knots(x)
    line = _Fit(_line(x), y, group, counts)
    curve = _Fit(_spline(x, knots), y, group, counts)
    at = np.linspace(x.min(), x.max(), POINTS)
    band = _ends(None if curve.drawn is None else curve.drawn @ _spline(at, knots).T, level)
    sides = _sides(x, y, group, counts, edge)
    tilt = [_slope(side, level) for side in sides]
    return SizeCurve(
        n_models=len(y),
        n_groups=len(names),
        level=level,
        slope=_slope(line, level),
        r2=float(np.corrcoef(x, y)[0, 1] ** 2) if np.ptp(y) > 0 else 0.0,
        edge=edge if sides else None,
        below=tilt[0] if sides else None,
        above=tilt[1] if sides else None,
        change=_change(*sides, level) if sides else None,
        sizes=10.0**at,
        value=_spline(at, knots) @ curve.beta,
        lo=None if band is None else band[0],
        hi=None if band is None else band[1],
        new_model=curve.left_out(level),
    )


def _sides(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    group: NDArray[np.intp],
    counts: NDArray[np.float64] | None,
    edge: float | None,
) -> tuple[_Fit, _Fit] | tuple[()]:
    """A line below and one above the edge, on the same resamples of the makers; none where a side is too thin."""
    if edge is None or counts is None:
        return ()
    small = x < math.log10(edge)
    if not (_thick(x[small], group[small]) and _thick(x[~small], group[~small])):
        return ()
    below, above = (_Fit(_line(x[side]), y[side], group[side], counts) for side in (small, ~small))
    return below, above


def _thick(x: NDArray[np.float64], group: NDArray[np.intp]) -> bool:
    return len(x) >= SIDE_LEAST and len(np.unique(group)) >= GROUPS_LEAST and float(np.ptp(x)) > 0.1


def _slope(fit: _Fit, level: float) -> Slope:
    ends = _ends(None if fit.drawn is None else fit.drawn[:, 1], level)
    lo, hi = (None, None) if ends is None else (float(ends[0]), float(ends[1]))
    return Slope(value=float(fit.beta[1]), lo=lo, hi=hi)


def _change(below: _Fit, above: _Fit, level: float) -> Slope:
    value = float(above.beta[1] - below.beta[1])
    if below.drawn is None or above.drawn is None:
        return Slope(value=value, lo=None, hi=None)
    lo, hi = np.nanquantile(
        above.drawn[:, 1] - below.drawn[:, 1], [(1 - level) / 2, (1 + level) / 2]
    )
    return Slope(value=value, lo=float(lo), hi=float(hi))


def _ends(drawn: NDArray[np.float64] | None, level: float) -> NDArray[np.float64] | None:
    """(2, ...) percentile interval over the resamples that pin the fit down."""
    if drawn is None:
        return None
    tail = (1.0 - level) / 2.0
    ends: NDArray[np.float64] = np.nanquantile(drawn, [tail, 1.0 - tail], axis=0)
    return ends


def _line(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2): one, and the logarithm of the size from a billion."""
    return np.column_stack([np.ones_like(x), x - 9.0])


def _knots(x: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Where the spline's pieces meet; None where sizes are too few or too alike for one."""
    if len(x) < SPLINE_LEAST:
        return None
    knots: NDArray[np.float64] = np.quantile(x, KNOTS)
    return knots if np.diff(knots).min() > 0.05 else None


def _spline(x: NDArray[np.float64], knots: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """(n, 4): a natural cubic spline's columns, straight beyond the outer knots; the line where there are no knots."""
    if knots is None:
        return _line(x)
    last, before = knots[-1], knots[-2]

    def cube(knot: float) -> NDArray[np.float64]:
        raised: NDArray[np.float64] = np.maximum(x - knot, 0.0) ** 3
        return raised

    bent = [
        cube(knot)
        - cube(before) * (last - knot) / (last - before)
        + cube(last) * (before - knot) / (last - before)
        for knot in knots[:-2]
    ]
    return np.column_stack([_line(x), *bent])


class _Fit:
    """Least squares, once on all models and once per resample of the makers."""

    def __init__(
        self,
        design: NDArray[np.float64],
        y: NDArray[np.float64],
        group: NDArray[np.intp],
        counts: NDArray[np.float64] | None,
    ) -> None:
        self._x, self._y, self._group = design, y, group
        n_groups = int(group.max()) + 1 if counts is None else counts.shape[1]
        width = design.shape[1]
        self._xx = np.zeros((n_groups, width, width))
        self._xy = np.zeros((n_groups, width))
        np.add.at(self._xx, group, design[:, :, None] * design[:, None, :])
        np.add.at(self._xy, group, design * y[:, None])
        self.beta: NDArray[np.float64] = _solved(
            self._xx.sum(axis=0)[None], self._xy.sum(axis=0)[None]
        )[0]
        self.drawn: NDArray[np.float64] | None = None
        """(draws, k) coefficients; NaN where a resample's makers do not pin them down."""
        if counts is not None:
            self.drawn = _solved(np.tensordot(counts, self._xx, 1), counts @ self._xy)

    def left_out(self, level: float) -> float | None:
        """The level's quantile of |score - curve fitted without its maker|, made conservative for few models."""
        if self.drawn is None:
            return None
        beta = _solved(self._xx.sum(axis=0) - self._xx, self._xy.sum(axis=0) - self._xy)
        miss = np.abs(self._y - np.einsum("nk,nk->n", self._x, beta[self._group]))
        miss = np.sort(miss[np.isfinite(miss)])
        place = math.ceil((len(miss) + 1) * level) - 1
        return float(miss[place]) if place < len(miss) else None


def _solved(xx: NDArray[np.float64], xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, k) solutions of m systems; NaN where one is as good as singular."""
    found = np.full(xy.shape, np.nan)
    scale = np.sqrt(np.einsum("mkk->mk", xx))
    scale[scale == 0] = 1.0
    even = xx / (scale[:, :, None] * scale[:, None, :])
    kept = np.linalg.cond(even) < 1e10
    found[kept] = np.linalg.solve(even[kept], (xy / scale)[kept][..., None])[..., 0] / scale[kept]
    return found
