"""Peak memory of this process, as the kernel keeps it; each model has a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from bench.rows import Reading

_CLEAR: Final = Path("/proc/self/clear_refs")
_RESET_PEAK: Final = "5"
"""What the kernel wants written to forget a process's high-water mark (Linux 4.0 and later)."""


class _Earlier:
    """The highest mark among those that were reset."""

    n_bytes = 0


def peak_bytes() -> int:
    """Largest resident size of this process so far, whatever was forgotten in between."""
    return max(_Earlier.n_bytes, phase_bytes())


def phase_bytes() -> int:
    """The same since the last `forget_peak` that the kernel let through.

    On Linux from /proc: getrusage starts a new program at the size of the process that started it.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name == "VmHWM":
                return int(value.split()[0]) * 1024
    import resource  # not on every system

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forget_peak() -> bool:
    """Let the kernel's mark start again from what is in use now; False where it does not let us."""
    before = peak_bytes()
    try:
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    _Earlier.n_bytes = before
    return True


class MemoryWatch:
    """The peak of a phase beside that of the process; made before the phase begins."""

    def __init__(self) -> None:
        self._resets = forget_peak()

    def readings(self, runtime_bytes: int | None = None) -> list[Reading]:
        """memory_peak_bytes of the whole process so far, and parts of it.

        memory_serving_bytes is the phase's own, where the kernel tells them apart; memory_runtime_bytes is
        `runtime_bytes` as given.
        """
        sizes = {"memory_peak_bytes": (peak_bytes(), "of the job's own process")}
        if self._resets:
            sizes["memory_serving_bytes"] = (phase_bytes(), "while predicting")
        if runtime_bytes is not None:
            sizes["memory_runtime_bytes"] = (runtime_bytes, "before the model was there")
        return [
            Reading(
                metric=metric, value=float(size), n=1,
                method=f"the kernel's high-water mark {what}; one process, no interval",
            )
            for metric, (size, what) in sizes.items()
        ]  # fmt: skip
