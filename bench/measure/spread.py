"""How far off a timing may be: what a second run on the same machine would print, from one run's calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from bench.rows import LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]

SEGMENTS: Final = 6
"""Parts of the time budget; a spell of a busy neighbour fills some of them and seldom all."""
QUICK: Final = 0.1
"""Quantile of an input's visits in a segment that stands for its time there."""
FLOOR: Final = 0.10
"""Half-width (log) that an interval has at least: how far two runs lie apart for reasons neither can see."""
DRAWS: Final = 400
_LEAST: Final = 5
"""Calls below which no interval is given."""


class Range(NamedTuple):
    """A value with the interval in which 95 of 100 second runs fall; None where there is no telling."""

    value: float
    lo: float | None
    hi: float | None


def segment_times(rounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shape (segments, inputs): each input's QUICK quantile of its visits in a segment of consecutive rounds.

    rounds: shape (rounds, inputs), seconds in the order of time.
    """
    parts = np.array_split(rounds, min(SEGMENTS, rounds.shape[0]))
    return np.stack([np.quantile(part, QUICK, axis=0) for part in parts])


def quiet(rounds: NDArray[np.float64], statistic: Statistic) -> Range:
    """`statistic` of every input's time in its quietest segment.

    What else runs on the machine makes a call slower, never faster, in spells of milliseconds to minutes.
    statistic: (…, inputs) seconds to (…) values. Interval: one bootstrap over segments, one over inputs, put
    together by `again`. Source: METHOD.md#bench-measuring
    """
    times = segment_times(rounds)
    value = float(statistic(times.min(axis=0)))
    if rounds.size < _LEAST:
        return Range(value, None, None)
    rng = np.random.default_rng(0)
    n_segments, n_inputs = times.shape
    least = times.min(axis=0)
    other_inputs = statistic(least[rng.integers(n_inputs, size=(DRAWS, n_inputs))])
    spells = rng.integers(n_segments, size=(DRAWS, n_segments))
    other_spells = np.array([statistic(times[drawn].min(axis=0)) for drawn in spells])
    return again(value, other_spells, other_inputs)


def in_order(values: NDArray[np.float64], statistic: Statistic) -> Range:
    """`statistic` of all calls, none left out, for calls that are made once each.

    values: shape (calls, columns), in the order of time. statistic: (…, calls, columns) to (…). Interval: a
    bootstrap of blocks of n^(1/2) consecutive calls (neighbours in time are alike), widened by `again`.
    """
    n = values.shape[0]
    value = float(statistic(values))
    if n < _LEAST:
        return Range(value, None, None)
    rng = np.random.default_rng(0)
    block = max(1, round(n**0.5))
    starts = rng.integers(n, size=(DRAWS, -(-n // block), 1))
    index = ((starts + np.arange(block)) % n).reshape(DRAWS, -1)[:, :n]
    return again(value, statistic(values[index]))


def again(
    value: float, runs: NDArray[np.float64], inputs: NDArray[np.float64] | None = None
) -> Range:
    """The interval for a second run: value × exp(±√(2·d² + e² + FLOOR²)), each side with its own d and e.

    d: log distance of `value` to the 95 % end of `runs`, bootstrap values of one run; both runs err alike, so
    their difference varies twice as much. e: the same of `inputs`, bootstrap values of another draw of inputs;
    None where `runs` draws them already. Raises: ValueError: a value that is not above 0.
    """
    if value <= 0.0:
        raise ValueError(f"a time or speed must be above 0, not {value}")
    below, above = _distances(value, runs)
    more_below, more_above = (0.0, 0.0) if inputs is None else _distances(value, inputs)
    return Range(
        value,
        value * float(np.exp(-_together(below, more_below))),
        value * float(np.exp(_together(above, more_above))),
    )


def _distances(value: float, draws: NDArray[np.float64]) -> tuple[float, float]:
    """Log distances from `value` down and up to the ends of the draws' central 95 %; 0 where an end is beyond."""
    lo, hi = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    least = float(np.finfo(float).tiny)
    return max(0.0, float(np.log(value / max(lo, least)))), max(0.0, float(np.log(hi / value)))


def _together(run: float, inputs: float) -> float:
    return float(np.sqrt(2.0 * run**2 + inputs**2 + FLOOR**2))
