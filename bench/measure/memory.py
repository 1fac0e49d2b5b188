"""Peak memory of this process, as the kernel keeps it; each model has a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from bench.rows import Reading

_CLEAR: Final = Path("/proc/self/clear_refs")
_RESET_PEAK: Final = "5"
"""What the kernel wants written to forget a process's high-water mark (Linux 4.0 and later)."""


def peak_bytes() -> int:
    """Largest resident size of this process so far, or since `forget_peak` did its work."""
    import resource  # not on every system

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forget_peak() -> bool:
    """Let the high-water mark start again from what is in use now; False where the kernel does not let us."""
    try:
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return True


class MemoryWatch:
    """The peak before and during a phase; made before the phase begins."""

    def __init__(self) -> None:
        self._before = peak_bytes()
        self._resets = forget_peak()

    def readings(self, runtime_bytes: int | None = None) -> list[Reading]:
        """memory_peak_bytes of the whole process so far, and parts of it.

        memory_serving_bytes is the phase's own, where the kernel tells them apart; memory_runtime_bytes is
        `runtime_bytes` as given.
        """
        during = peak_bytes()
        sizes = {"memory_peak_bytes": (max(self._before, during), "of the job's own process")}
        if self._resets:
            sizes["memory_serving_bytes"] = (during, "while predicting")
        if runtime_bytes is not None:
            sizes["memory_runtime_bytes"] = (runtime_bytes, "before the model was there")
        return [
            Reading(
                metric=metric, value=float(size), n=1,
                method=f"the kernel's high-water mark {what}; one process, no interval",
            )
            for metric, (size, what) in sizes.items()
        ]  # fmt: skip
