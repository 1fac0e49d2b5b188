"""How fast and how hungry a predictor is: latency of single items, throughput by batch, peak memory of its process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from bench.measure.memory import peak_bytes
from bench.rows import LEVEL, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

T = TypeVar("T")

WARM_UP: Final = 3
"""Calls that are not counted: first calls load, compile and fill caches."""
MOST_CALLS: Final = 200
LEAST_CALLS: Final = 10
BATCHES: Final = (8, 32)
_DRAWS: Final = 400


def profile(
    call: Callable[[Sequence[T]], object],
    inputs: Sequence[T],
    *,
    budget_s: float = 5.0,
    seed: int = 0,
) -> list[Reading]:
    """Readings of latency_p50_s, _p95_s, _p99_s at batch 1, throughput_items_s by batch, memory_peak_bytes.

    call: predicts for a list of inputs. inputs: real ones, at least one; drawn in a fixed random order.
    budget_s: about half goes to single items, the rest to batches. The process must have loaded this
    model alone, on the number of threads that the job records. Source: METHOD.md#bench-measuring
    """
    order = np.random.default_rng(seed).permutation(len(inputs))
    shuffled = [inputs[int(i)] for i in order]
    for item in shuffled[:WARM_UP]:
        call([item])
    taken = _timed(call, shuffled, batch=1, budget_s=budget_s / 2)
    found = [_quantile(taken, q, f"latency_p{round(100 * q)}_s") for q in (0.5, 0.95, 0.99)]
    for batch in BATCHES:
        if len(inputs) >= batch:
            per_call = _timed(call, shuffled, batch=batch, budget_s=budget_s / 2 / len(BATCHES))
            found.append(_throughput(per_call, batch))
    found.append(_throughput(taken, 1))
    found.append(
        Reading(
            metric="memory_peak_bytes",
            value=float(peak_bytes()),
            n=1,
            method="ru_maxrss of the job's process",
        )
    )
    return found


def _timed(
    call: Callable[[Sequence[T]], object], inputs: Sequence[T], *, batch: int, budget_s: float
) -> NDArray[np.float64]:
    """Seconds of each call on the wall: at least LEAST_CALLS unless they are slower than the budget."""
    taken: list[float] = []
    spent = 0.0
    while len(taken) < MOST_CALLS and (spent < budget_s or len(taken) < 2):
        start = len(taken) * batch % max(1, len(inputs) - batch + 1)
        begun = time.perf_counter()
        call(inputs[start : start + batch])
        taken.append(time.perf_counter() - begun)
        spent += taken[-1]
    return np.array(taken)


def _quantile(taken: NDArray[np.float64], q: float, metric: str) -> Reading:
    value = float(np.quantile(taken, q))
    draws = np.random.default_rng(0).choice(taken, (_DRAWS, taken.size))
    lo, hi = np.quantile(np.quantile(draws, q, axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Reading(
        metric=metric, value=value, lo=min(value, float(lo)), hi=max(value, float(hi)), n=taken.size,
        method=f"{taken.size} calls of one item after {WARM_UP} warm-up calls; bootstrap",
    )  # fmt: skip


def _throughput(taken: NDArray[np.float64], batch: int) -> Reading:
    draws = np.random.default_rng(0).choice(taken, (_DRAWS, taken.size))
    lo, hi = np.quantile(batch / np.median(draws, axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    value = batch / float(np.median(taken))
    return Reading(
        metric="throughput_items_s", value=value, lo=min(value, float(lo)), hi=max(value, float(hi)), n=taken.size,
        subset=f"batch {batch}", method="median call; bootstrap",
    )  # fmt: skip
