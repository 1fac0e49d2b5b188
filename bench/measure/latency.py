"""Timing on a machine that others use too: which clock to believe, and what the undisturbed calls say."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

BLOCK: Final = 5
"""Calls in a block; one visit to a cell times at least one block, unless the calls are slow."""
SLOW_S: Final = 0.5
"""Calls that took this long together end a visit, however few they are."""
MOST_CALLS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One cell's latency, seconds a call."""

    p50_s: float
    """Median of the fastest block."""
    p95_s: float
    """95th percentile over the faster half of the blocks."""
    p99_s: float
    n_calls: int
    noise: float
    """Median time on the wall over `p50_s`: 1 on a quiet machine, 2 when the core was shared by two."""


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall and seconds of processor time of one call."""
    wall, used = time.perf_counter(), time.process_time()
    call()
    used = time.process_time() - used
    return time.perf_counter() - wall, used


def visit(call: Callable[[], object], *, budget_s: float) -> NDArray[np.float64]:
    """Consecutive calls until `budget_s` is spent: at least BLOCK, fewer if they are slow.

    Returns: shape (calls, 2), columns wall and processor time in seconds.
    """
    taken: list[tuple[float, float]] = []
    spent = 0.0
    while len(taken) < MOST_CALLS:
        taken.append(timed(call))
        spent += taken[-1][0]
        if (len(taken) >= BLOCK or spent >= SLOW_S) and spent >= budget_s:
            break
    return np.array(taken)


def timing(visits: list[NDArray[np.float64]], *, threads: int) -> Timing:
    """A cell's latency from its visits, which lie apart in time.

    A call on one thread takes its processor time when nobody else wants the core, so that clock is
    believed; with more threads some wait for others, and the wall's is. Blocks of consecutive calls are
    ranked by their median: what others slowed down (shared caches and memory) counts least.
    Raises: ValueError: no call at all. Source: METHOD.md#timing
    """
    if not visits:
        raise ValueError("timing: no calls")
    column = 1 if threads == 1 else 0
    blocks = [block[:, column] for part in visits for block in _blocks(part)]
    order = sorted(blocks, key=lambda block: float(np.median(block)))
    quiet = np.concatenate(order[: (len(order) + 1) // 2])
    p50 = float(np.median(order[0]))
    walls = np.concatenate([part[:, 0] for part in visits])
    return Timing(
        p50_s=p50,
        p95_s=max(p50, float(np.percentile(quiet, 95))),
        p99_s=max(p50, float(np.percentile(quiet, 99))),
        n_calls=int(walls.size),
        noise=float(np.median(walls)) / p50,
    )


def _blocks(part: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    cuts = np.arange(BLOCK, part.shape[0] - BLOCK + 1, BLOCK)
    return [block for block in np.split(part, cuts) if block.shape[0]]
