"""What this machine is: the facts that a timing is worth nothing without."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import polars as pl

from advisor.ingest.hardware import hardware_id

LIBRARIES: Final = ("torch", "transformers", "numpy", "scikit-learn", "tokenizers")


def cpu_name() -> str:
    """The processor's name as the system reports it; the architecture where it does not."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return value.strip()
    return platform.processor() or platform.machine() or "unknown"


def memory_total_bytes() -> int | None:
    """Physical memory; None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def library_versions() -> str:
    """Like "numpy 2.4.6, torch 2.13.0"; a library that is not installed is left out."""
    found = []
    for name in sorted(LIBRARIES):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def this_machine() -> pl.DataFrame:
    """One row: hardware_id, name, kind, cores, memory_bytes, system, python, libraries, load_1min."""
    name = cpu_name()
    return pl.DataFrame(
        {
            "hardware_id": [hardware_id(name)],
            "name": [name],
            "kind": ["cpu"],
            "cores": [os.cpu_count()],
            "memory_bytes": [memory_total_bytes()],
            "system": [platform.system() + " " + platform.machine()],
            "python": [platform.python_version()],
            "libraries": [library_versions()],
            "load_1min": [os.getloadavg()[0] if hasattr(os, "getloadavg") else None],
        }
    )
