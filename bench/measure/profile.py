"""How fast and how hungry a predictor is: latency of single items, throughput by batch, memory, energy and cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import numpy as np

from advisor.core.errors import BadInput, MissingData
from bench.measure.cost import HourlyPrice, hardware_price, hourly_cost, stated_price
from bench.measure.energy import Energy, check_country, energy_of
from bench.measure.memory import MemoryWatch
from bench.measure.spread import Effects, Range, effects, in_order, quiet
from bench.measure.visits import Clocks, Kind, one_call, system_clocks, time_in_turn
from bench.rows import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from bench.protocol import Job

T = TypeVar("T")

WARM_UP: Final = 3
"""Calls that are not counted: first calls load, compile and fill caches."""
BATCHES: Final = (8, 32, 128)
ROUNDS: Final = 5
"""Visits that each input is to get: as many inputs are timed as the budget allows so often."""
BATCH_ROUNDS: Final = 30
"""The same of a batch: inputs differ less there, and the machine's pace is told best by one batch again and again."""
MOST_INPUTS: Final = 100
MOST_CHUNKS: Final = 4
"""Different batches of one size."""
_SINGLE_SHARE: Final = 0.5
NO_PRICE: Final = "no price of an hour of this machine is known; state one with --usd-per-hour"
_OF_A_MACHINE: Final = ("memory_peak_bytes", "energy_j_per_item", "cost_usd_per_1k_items")
_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What is known of the process, and what is asked for beside times and memory."""

    threads: int = 1
    """What the process holds itself to."""
    runtime_bytes: int | None = None
    """`peak_bytes()` before the model was loaded."""
    energy: Energy | None = None
    usd_per_hour: HourlyPrice | None = None
    """Of this machine; None where nobody knows it."""
    remote: bool = False
    """Whether a server does the work: its memory, energy and hours are not ours to measure."""
    clocks: Clocks | None = None
    """Another clock than the machine's."""


def extras_of(job: Job, *, runtime_bytes: int | None = None) -> Extras:
    """A job's own: options threads, energy (true or false), country, usd_per_hour; else the snapshot's price.

    Raises: BadInput: a price or a country that cannot be.
    """
    said = job.options
    stated = said.get("usd_per_hour")
    country = said.get("country")
    energy = Energy(country=check_country(str(country)) if country else None)
    return Extras(
        threads=int(said.get("threads", 1)),
        runtime_bytes=runtime_bytes,
        energy=energy if said.get("energy") or country else None,
        usd_per_hour=_listed(job) if stated is None else stated_price(float(stated)),
    )


def _listed(job: Job) -> HourlyPrice | None:
    try:
        return hardware_price(job.hardware_id)
    except MissingData:  # no snapshot here: a price less, nothing else
        return None


def profile(
    call: Callable[[Sequence[T]], object],
    inputs: Sequence[T],
    *,
    budget_s: float = 5.0,
    seed: int = 0,
    extras: Extras | None = None,
    missing: dict[str, str] | None = None,
) -> list[Reading]:
    """Readings of latency at batch 1, throughput by batch, memory, and where asked for energy and cost.

    call: predicts for a list of inputs. inputs: real ones, at least one; drawn in a fixed random order.
    budget_s: seconds of timing; half goes to single items, the rest to batches, in turn. extras: what else
    is known or asked for. missing: filled with what could not be measured, metric → reason. The process must
    have loaded this model alone. Source: METHOD.md#bench-measuring
    Raises: BadInput: no inputs.
    """
    if len(inputs) == 0:
        raise BadInput("nothing to time: there are no inputs")
    reasons = {} if missing is None else missing
    said = extras or Extras()
    read = said.clocks or system_clocks()
    order = np.random.default_rng(seed).permutation(len(inputs))
    shuffled = [inputs[int(i)] for i in order]
    memory = MemoryWatch()
    kinds = _kinds(call, shuffled, budget_s, read, reasons)
    time_in_turn(call, list(kinds.values()), budget_s=budget_s, clocks=read)
    held = memory.readings(said.runtime_bytes)
    timed = {batch: _timed(kind, said.threads) for batch, kind in kinds.items()}
    speeds = {batch: _throughput(part, batch) for batch, part in timed.items()}
    found = [*_latency(timed[1]), *_on_the_wall(kinds[1]), *speeds.values()]
    if said.remote:
        reasons.update(dict.fromkeys(_OF_A_MACHINE, "a server does the work"))
        return found
    best = max(speeds, key=lambda batch: speeds[batch].value)
    found += held
    if said.energy is None:
        reasons["energy_j_per_item"] = "not asked for (--energy)"
    else:
        found += energy_of(call, kinds[best].inputs, said.energy, reasons)
    if said.usd_per_hour is None:
        reasons["cost_usd_per_1k_items"] = NO_PRICE
    else:
        found.append(hourly_cost(speeds[best], said.usd_per_hour))
    return found


def _kinds(
    call: Callable[[Sequence[T]], object],
    inputs: Sequence[T],
    budget_s: float,
    clocks: Clocks,
    missing: dict[str, str],
) -> dict[int, Kind]:
    """Warm up, then choose how many inputs and which batch sizes fit the budget. Keys: batch sizes."""
    single_s = _warm_up(call, inputs, budget_s, clocks)
    fits = _SINGLE_SHARE * budget_s / single_s / ROUNDS
    n_inputs = int(min(max(fits, 1), len(inputs), MOST_INPUTS))
    kinds = {1: Kind([[item] for item in inputs[:n_inputs]], _SINGLE_SHARE)}
    for batch in BATCHES:
        if len(inputs) < batch:
            missing[f"throughput_items_s, batch {batch}"] = f"only {len(inputs)} inputs"
        elif batch * single_s > budget_s:
            missing[f"throughput_items_s, batch {batch}"] = (
                f"{batch} items may take more than the {budget_s:g} s of timing"
            )
        else:
            share = (1 - _SINGLE_SHARE) / len(BATCHES)
            fits = share * budget_s / (batch * single_s) / BATCH_ROUNDS
            n_chunks = int(min(max(fits, 1), len(inputs) // batch, MOST_CHUNKS))
            chunks = [inputs[i * batch : (i + 1) * batch] for i in range(n_chunks)]
            kinds[batch] = Kind(chunks, share)
    for batch, kind in kinds.items():
        if batch > 1:
            call(kind.inputs[0])
    return kinds


def _warm_up(
    call: Callable[[Sequence[T]], object], inputs: Sequence[T], budget_s: float, clocks: Clocks
) -> float:
    """Seconds of the quickest of WARM_UP single calls; one is enough where it is slow."""
    taken = Kind([[item] for item in inputs[:WARM_UP]], 1.0)
    while len(taken.which) < WARM_UP and sum(taken.wall_s) < budget_s:
        one_call(call, taken, clocks)
    return max(float(taken.seconds("wall" if taken.waiting else "processor").min()), 1e-9)


class _Timed(NamedTuple):
    """A kind of call after its time is over."""

    seconds: NDArray[np.float64]
    found: Effects | None
    """None for calls that wait: how long is not this machine's doing, and each of them counts as it went."""
    contention: float
    words: str

    def of(self, statistic: Callable[[NDArray[np.float64]], Any]) -> Range:
        """statistic: (…, inputs or calls) seconds to (…)."""
        if self.found is None:
            return in_order(self.seconds[:, None], lambda values: statistic(values[..., 0]))
        return quiet(self.found, self.seconds.size, statistic, contention=self.contention)


def _timed(kind: Kind, threads: int) -> _Timed:
    clock = kind.clock(threads)
    seconds, contention = kind.seconds(clock), kind.contention(clock)
    calls = f"{len(kind.which)} calls on {len(set(kind.which))} inputs after {WARM_UP} to warm up"
    on = f"{threads} thread{'s' * (threads > 1)}"
    if kind.waiting:
        words = f"wall, {on}; {calls}; the calls wait for something, so each counts as it went"
        return _Timed(seconds, None, contention, words)
    read = (
        f"processor time ({contention:.1f} s on the wall a second)"
        if clock == "processor"
        else "wall"
    )
    words = f"{read}, {on}; {calls}; at the machine's quietest pace"
    return _Timed(seconds, effects(seconds, kind.places()), contention, words)


def _latency(timed: _Timed) -> list[Reading]:
    return [
        _reading(f"latency_{name}_s", timed.of(_quantile(q)), timed)
        for name, q in _QUANTILES.items()
    ]


def _on_the_wall(kind: Kind) -> list[Reading]:
    """What a user of the machine met during the run: every call, whatever else was going on."""
    seconds = kind.seconds("wall")
    return [
        Reading(
            metric=f"wall_{name}_s", value=float(np.quantile(seconds, q)), n=seconds.size,
            method="every call as it went, other programs included; another hour differs, so no interval",
        )
        for name, q in _QUANTILES.items()
    ]  # fmt: skip


def _throughput(timed: _Timed, batch: int) -> Reading:
    speed = timed.of(lambda each: batch / each.mean(axis=-1))
    return _reading("throughput_items_s", speed, timed, subset=f"batch {batch}")


def _quantile(q: float) -> Callable[[NDArray[np.float64]], Any]:
    return lambda seconds: np.quantile(seconds, q, axis=-1)


def _reading(metric: str, found: Range, timed: _Timed, subset: str | None = None) -> Reading:
    ends = "too few calls for an interval" if found.lo is None else "interval for a second run"
    return Reading(
        metric=metric, value=found.value, lo=found.lo, hi=found.hi, n=timed.seconds.size, subset=subset,
        method=f"{timed.words}; {ends}",
    )  # fmt: skip
