"""Timing several kinds of calls in turn, so that each kind's calls are spread over the whole time budget."""

from __future__ import annotations

import time
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
    """What the call is given, one entry a call; gone through in order, round after round."""
    share: float
    """Its part of the time budget."""
    taken: list[tuple[float, float]] = field(default_factory=list)
    """Seconds on the wall and of processor time, one pair a call."""
    spent_s: float = 0.0
    waits: int = 0

    def rounds(self, clock: ClockName) -> NDArray[np.float64]:
        """Seconds, shape (rounds, inputs).

        Calls of a last round that was not finished are left out, unless there is no other: then it is the one
        round, of the inputs that it reached.
        """
        seconds = np.array(self.taken, dtype=np.float64)[:, 0 if clock == "wall" else 1]
        width = len(self.inputs)
        whole = seconds.size // width
        return seconds[: whole * width].reshape(whole, width) if whole else seconds[None, :]

    def clock(self, threads: int) -> ClockName:
        """Processor time for calls of one thread that wait for nobody, else the wall."""
        wall, used = np.array(self.taken).sum(axis=0)
        alone = threads == 1 and used <= CORES * wall and self.waits < WAITS * len(self.taken)
        return "processor" if alone else "wall"


def time_in_turn(
    call: Callable[[Any], object], kinds: Sequence[Kind], *, budget_s: float, clocks: Clocks
) -> None:
    """Fill `taken` of each kind: whoever has had least of its share goes next, until the budget is spent.

    Every kind gets one call at least, whatever it takes.
    """
    begun = clocks.wall()
    while True:
        waiting = [kind for kind in kinds if not kind.taken]
        if not waiting and clocks.wall() - begun >= budget_s:
            return
        _burst(call, waiting[0] if waiting else min(kinds, key=_had), clocks)


def _had(kind: Kind) -> float:
    return kind.spent_s / kind.share


def _burst(call: Callable[[Any], object], kind: Kind, clocks: Clocks) -> None:
    begun, waits, width = clocks.wall(), clocks.waits(), len(kind.inputs)
    while True:
        given = kind.inputs[len(kind.taken) % width]
        wall, used = clocks.wall(), clocks.used()
        call(given)
        used = clocks.used() - used
        now = clocks.wall()
        kind.taken.append((now - wall, used))
        if now - begun >= BURST_S:
            break
    kind.waits += clocks.waits() - waits
    kind.spent_s += clocks.wall() - begun
