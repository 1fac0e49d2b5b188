"""Peak memory of this process, as the kernel keeps it; it never falls, so each model has a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_bytes() -> int:
    """Largest resident size of this process so far.

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
