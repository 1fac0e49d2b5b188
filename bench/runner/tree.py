"""A process with all that it started: how much memory they hold together, and their end."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from pathlib import Path

_PROC = Path("/proc")


def descendants(pid: int) -> list[int]:
    """The process, its children and theirs; only the process itself where the system has no /proc."""
    found = [pid]
    for parent in found:
        for listed in _PROC.glob(f"{parent}/task/*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in listed.read_text().split()]
    return found


def resident_bytes(pid: int) -> int | None:
    """Memory of the process and its descendants, pages that they share counted for each; None where unknown."""
    if not _PROC.joinpath(str(pid)).is_dir():
        return _resident_elsewhere(pid)
    total, page = 0, os.sysconf("SC_PAGE_SIZE")
    for member in descendants(pid):
        with contextlib.suppress(OSError, IndexError, ValueError):
            total += int((_PROC / str(member) / "statm").read_text().split()[1]) * page
    return total


def _resident_elsewhere(pid: int) -> int | None:
    """Where there is no /proc: through psutil, which the bench's extra brings along."""
    if sys.platform == "linux":
        return None  # the process has ended
    try:
        psutil = importlib.import_module("psutil")
    except ModuleNotFoundError:
        return None
    with contextlib.suppress(psutil.Error):
        one = psutil.Process(pid)
        return sum(p.memory_info().rss for p in [one, *one.children(recursive=True)])
    return None


def end(pid: int) -> None:
    """Kill the process, what it started, and its process group. It must be a child that was not yet waited for."""
    members = descendants(pid)
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    for member in members:
        with contextlib.suppress(OSError):
            os.kill(member, signal.SIGKILL)
