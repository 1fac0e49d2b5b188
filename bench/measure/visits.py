"""Timing several kinds of calls in turn, so that each kind's calls are spread over the whole time budget."""

from __future__ import annotations

import time
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ClockName = Literal["processor", "wall"]

BURST_S: Final = 0.02
"""Seconds (or one call) that a kind of call keeps its turn: long against a cold cache, short against a spell."""
WAITS: Final = 0.5
"""Times a call gave up the processor of its own accord, from which on it is taken to wait for something."""
CORES: Final = 1.15
"""Processor seconds per second on the wall, above which more than one thread was at work."""


def _no_waits() -> int:
    return 0


def _voluntary_switches() -> int:
    import resource  # not on every system

    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Where time is read; tests give their own."""

    wall: Callable[[], float] = time.perf_counter
    used: Callable[[], float] = time.process_time
    """Processor seconds of this process, all threads."""
    waits: Callable[[], int] = _no_waits
    """How often this process gave up the processor of its own accord so far."""


def system_clocks() -> Clocks:
    """The machine's own."""
    try:
        _voluntary_switches()
    except ImportError:
        return Clocks()
    return Clocks(waits=_voluntary_switches)


@dataclass(slots=True)
class Kind:
    """One kind of call: the same few inputs again and again."""

    inputs: Sequence[Any]
    """What the call is given, one entry a call; gone through round after round, each time in another order."""
    share: float
    """Its part of the time budget."""
    wall_s: array[float] = field(default_factory=lambda: array("d"))
    """Seconds on the wall, a call each."""
    used_s: array[float] = field(default_factory=lambda: array("d"))
    """Seconds of processor time, a call each."""
    which: array[int] = field(default_factory=lambda: array("q"))
    """Place in `inputs`, a call each."""
    spent_s: float = 0.0
    waits: int = 0
    _rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    _ahead: list[int] = field(default_factory=list)

    def seconds(self, clock: ClockName) -> NDArray[np.float64]:
        """Shape (calls,), in the order of time."""
        return np.array(self.wall_s if clock == "wall" else self.used_s, dtype=np.float64)

    def places(self) -> NDArray[np.int64]:
        """Shape (calls,): which input each call had, renumbered so that every number occurs."""
        return np.unique(np.array(self.which, dtype=np.int64), return_inverse=True)[1]

    def next(self) -> int:
        """Whose turn it is. Another order each round, so that no input always has the same neighbours in time."""
        if not self._ahead:
            self._ahead = self._rng.permutation(len(self.inputs)).tolist()
        return self._ahead.pop()

    def clock(self, threads: int) -> ClockName:
        """Processor time for calls of one thread that wait for nobody, else the wall."""
        within = sum(self.used_s) <= CORES * sum(self.wall_s)
        alone = threads == 1 and within and self.waits < WAITS * len(self.wall_s)
        return "processor" if alone else "wall"


def time_in_turn(
    call: Callable[[Any], object], kinds: Sequence[Kind], *, budget_s: float, clocks: Clocks
) -> None:
    """Fill the seconds of each kind: whoever has had least of its share goes next, until the budget is spent.

    Every kind gets one call at least, whatever it takes.
    """
    begun = clocks.wall()
    while True:
        waiting = [kind for kind in kinds if not kind.wall_s]
        if not waiting and clocks.wall() - begun >= budget_s:
            return
        _burst(call, waiting[0] if waiting else min(kinds, key=_had), clocks)


def _had(kind: Kind) -> float:
    return kind.spent_s / kind.share


def _burst(call: Callable[[Any], object], kind: Kind, clocks: Clocks) -> None:
    begun, waits = clocks.wall(), clocks.waits()
    while True:
        place = kind.next()
        given = kind.inputs[place]
        wall, used = clocks.wall(), clocks.used()
        call(given)
        used = clocks.used() - used
        now = clocks.wall()
        kind.wall_s.append(now - wall)
        kind.used_s.append(used)
        kind.which.append(place)
        if now - begun >= BURST_S:
            break
    kind.waits += clocks.waits() - waits
    kind.spent_s += clocks.wall() - begun
