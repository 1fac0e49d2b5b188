"""Peak memory of this process, as the kernel keeps it; it never falls, so each model has a process of its own."""

from __future__ import annotations

import sys


def peak_bytes() -> int:
    """Largest resident size of this process so far."""
    import resource  # not on every system

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
