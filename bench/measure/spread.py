"""How far off a timing may be: what a second run on the same machine would print, from one run's calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from bench.rows import LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]

WINDOW: Final = 5
"""Consecutive calls that share one pace of the machine."""
MOST_WINDOWS: Final = 300
SEGMENTS: Final = 6
"""Parts of the time budget; a spell of a busy neighbour fills some of them and seldom all."""
QUICK: Final = 0.1
"""Quantile of a segment's paces that stands for its quiet."""
FLOOR: Final = 0.15
"""Half-width (log) that an interval has at least: how far two runs lie apart for reasons neither can see."""
CROWDED: Final = 0.5
"""Exponent with which calls may have been slowed by the others' share of the core, beyond what they waited."""
DRAWS: Final = 400
LEAST: Final = 5
"""Calls below which no interval is given."""
_TICK: Final = 1e-9
"""The clock's own step, seconds: no call is quicker."""
_HAIR: Final = 1e-6
_SWEEPS: Final = 4
_CLOSE: Final = 0.005
"""Log distance below which a call counts in full."""


class Range(NamedTuple):
    """A value with the interval in which 95 of 100 second runs fall; None where there is no telling."""

    value: float
    lo: float | None
    hi: float | None


class Effects(NamedTuple):
    """Seconds of a call as an input's own times the machine's pace at the moment (median pace 1)."""

    own: NDArray[np.float64]
    """Shape (inputs,), seconds."""
    pace: NDArray[np.float64]
    """Shape (windows,), in the order of time."""

    def levels(self) -> NDArray[np.float64]:
        """Shape (segments,): the quiet pace of each segment of consecutive windows."""
        parts = np.array_split(self.pace, min(SEGMENTS, self.pace.size))
        return np.array([np.quantile(part, QUICK) for part in parts])


def effects(seconds: NDArray[np.float64], which: NDArray[np.int64]) -> Effects:
    """Least absolute deviations of log seconds from an input's effect plus a window's, by reweighting.

    seconds, which: shape (calls,), in the order of time; which of the inputs each call had, 0 to n - 1, each of
    them once at least. With less than two visits an input the two cannot be told apart: pace is 1 throughout.
    """
    n, n_inputs = seconds.size, int(which.max()) + 1
    logs = np.log(np.maximum(seconds, _TICK))
    if n < 2 * n_inputs:
        own = np.array(np.bincount(which, logs) / np.bincount(which), dtype=np.float64)
        return Effects(np.exp(own), np.ones(1))
    size = max(WINDOW if n_inputs > 1 else 1, -(-n // MOST_WINDOWS))
    window = np.minimum(np.arange(n) // size, max(n // size - 1, 0))
    own, pace = _two_way(logs, which, window, np.ones(n))
    for _ in range(_SWEEPS):
        off = np.abs(logs - own[which] - pace[window])
        own, pace = _two_way(logs, which, window, 1.0 / np.maximum(off, _CLOSE))
    middle = float(np.median(pace))
    return Effects(np.exp(own + middle), np.exp(pace - middle))


def _two_way(
    logs: NDArray[np.float64],
    which: NDArray[np.int64],
    window: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted least squares of two crossed effects, windows eliminated; inputs lean to their mean by a hair."""
    a, b = int(which.max()) + 1, int(window[-1]) + 1
    center = float(np.average(logs, weights=weights))
    left = np.bincount(which, weights, a)
    right = np.bincount(window, weights, b)
    both = np.bincount(which * b + window, weights, a * b).reshape(a, b)
    by_input = np.bincount(which, weights * (logs - center), a)
    by_window = np.bincount(window, weights * (logs - center), b)
    matrix = np.diag(left * (1.0 + _HAIR)) - (both / right) @ both.T
    own: NDArray[np.float64] = np.array(
        np.linalg.solve(matrix, by_input - (both / right) @ by_window), dtype=np.float64
    )
    return own + center, (by_window - both.T @ own) / right


def quiet(found: Effects, n_calls: int, statistic: Statistic, *, contention: float = 1.0) -> Range:
    """`statistic` of every input's own time at the machine's quietest pace.

    What else runs on the machine makes a call slower, never faster, in spells of milliseconds to minutes.
    found: of `n_calls` calls, all of which count. statistic: (…, inputs) seconds to (…) values. Interval: one
    bootstrap over segments, one over inputs, put together by `again`; towards the quicker side also
    contention^CROWDED, contention being the seconds on the wall per second of processor time: programs that
    share the core empty its caches. Source: METHOD.md#bench-measuring
    """
    own, levels = found.own, found.levels()
    value = float(statistic(own * levels.min()))
    if n_calls < LEAST:
        return Range(value, None, None)
    rng = np.random.default_rng(0)
    other_inputs = statistic(levels.min() * own[rng.integers(own.size, size=(DRAWS, own.size))])
    spells = levels[rng.integers(levels.size, size=(DRAWS, levels.size))].min(axis=1)
    alone = float(statistic(own * levels.min() / contention**CROWDED))
    return again(value, statistic(spells[:, None] * own), other_inputs, alone)


def in_order(values: NDArray[np.float64], statistic: Statistic) -> Range:
    """`statistic` of all calls, none left out, for calls that are made once each.

    values: shape (calls, columns), in the order of time. statistic: (…, calls, columns) to (…). Interval: a
    bootstrap of blocks of n^(1/2) consecutive calls (neighbours in time are alike), widened by `again`.
    """
    n = values.shape[0]
    value = float(statistic(values))
    if n < LEAST:
        return Range(value, None, None)
    rng = np.random.default_rng(0)
    block = max(1, round(n**0.5))
    starts = rng.integers(n, size=(DRAWS, -(-n // block), 1))
    index = ((starts + np.arange(block)) % n).reshape(DRAWS, -1)[:, :n]
    return again(value, statistic(values[index]))


def again(
    value: float,
    runs: NDArray[np.float64],
    inputs: NDArray[np.float64] | None = None,
    alone: float | None = None,
) -> Range:
    """The interval for a second run: value × exp(±√(2·d² + e² + f² + FLOOR²)), each side with its own terms.

    d: log distance of `value` to the 95 % end of `runs`, bootstrap values of one run; both runs err alike, so
    their difference varies twice as much. e: the same of `inputs`, bootstrap values of another draw of inputs;
    None where `runs` draws them already. f: log distance to `alone`, the value on a core without others, on
    its side. Raises: ValueError: a value that is not above 0.
    """
    if value <= 0.0:
        raise ValueError(f"a time or speed must be above 0, not {value}")
    fixed = np.array([value if alone is None else alone] * 2)
    parts = [(2.0, _distances(value, runs)), (1.0, _distances(value, fixed))]
    if inputs is not None:
        parts.append((1.0, _distances(value, inputs)))
    below, above = (
        float(np.sqrt(sum(weight * ends[side] ** 2 for weight, ends in parts) + FLOOR**2))
        for side in (0, 1)
    )
    return Range(value, value * float(np.exp(-below)), value * float(np.exp(above)))


def _distances(value: float, draws: NDArray[np.float64]) -> tuple[float, float]:
    """Log distances from `value` down and up to the ends of the draws' central 95 %; 0 where an end is beyond."""
    lo, hi = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    least = float(np.finfo(float).tiny)
    return max(0.0, float(np.log(value / max(lo, least)))), max(0.0, float(np.log(hi / value)))
