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
"""Processor seconds (or one call) that a kind of call keeps its turn: long against a cold cache, short against a
spell."""
MOST_BURST_S: Final = 0.1
"""The same on the wall, for calls that wait."""
WAITS: Final = 0.5
"""Times a call gave up the processor of its own accord, from which on it is taken to wait for something."""
PATIENCE: Final = 2.0
"""Times the budget that may pass on the wall until so much processor time was had."""
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

    @property
    def waiting(self) -> bool:
        """Whether its calls wait for something, so that processor time does not tell how long they take."""
        return self.waits >= WAITS * len(self.which)

    def clock(self, threads: int) -> ClockName:
        """Processor time for calls of one thread that wait for nobody, else the wall."""
        within = sum(self.used_s) <= CORES * sum(self.wall_s)
        return "processor" if threads == 1 and within and not self.waiting else "wall"

    def contention(self, clock: ClockName) -> float:
        """Seconds on the wall per second of processor time; 1 on a core of one's own, and where the wall is read."""
        used = sum(self.used_s)
        return max(1.0, sum(self.wall_s) / used) if clock == "processor" and used > 0 else 1.0


def time_in_turn(
    call: Callable[[Any], object], kinds: Sequence[Kind], *, budget_s: float, clocks: Clocks
) -> None:
    """Fill the seconds of each kind: whoever has had least of its share goes next, until the budget is spent.

    budget_s: seconds on the wall; up to PATIENCE times as many where others leave this process less processor
    time than that. Every kind gets one call at least, whatever it takes.
    """
    begun, used = clocks.wall(), clocks.used()
    while True:
        new = [kind for kind in kinds if not kind.which]
        passed = clocks.wall() - begun
        if not new and passed >= budget_s:
            had = clocks.used() - used >= budget_s or any(kind.waiting for kind in kinds)
            if had or passed >= PATIENCE * budget_s:
                return
        _burst(call, new[0] if new else min(kinds, key=_had), clocks)


def _had(kind: Kind) -> float:
    return kind.spent_s / kind.share


def _burst(call: Callable[[Any], object], kind: Kind, clocks: Clocks) -> None:
    begun, used = clocks.wall(), clocks.used()
    while True:
        one_call(call, kind, clocks)
        passed = clocks.wall() - begun
        if clocks.used() - used >= BURST_S or passed >= MOST_BURST_S:
            break
    kind.spent_s += passed


def one_call(call: Callable[[Any], object], kind: Kind, clocks: Clocks) -> None:
    """Make the kind's next call and note what it took."""
    place = kind.next()
    given = kind.inputs[place]
    waits, wall, used = clocks.waits(), clocks.wall(), clocks.used()
    call(given)
    used, wall = clocks.used() - used, clocks.wall() - wall
    kind.waits += clocks.waits() - waits
    kind.wall_s.append(wall)
    kind.used_s.append(used)
    kind.which.append(place)
