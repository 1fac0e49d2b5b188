"""What this machine is: the facts that a timing is worth nothing without."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import polars as pl

from advisor.ingest.hardware import hardware_id

LIBRARIES: Final = (
    "codecarbon", "interpret-core", "lm-eval", "mteb", "numpy", "openai", "polars", "scikit-learn", "scipy",
    "sentence-transformers", "tokenizers", "torch", "transformers", "vllm", "xgboost", "xgboost-cpu",
)  # fmt: skip
MACHINE: Final = pl.Schema(
    {
        "hardware_id": pl.String,
        "name": pl.String,
        "kind": pl.String,
        "cores": pl.Int64,
        "memory_bytes": pl.Int64,
        "system": pl.String,
        "python": pl.String,
        "libraries": pl.String,
        "load_1min": pl.Float64,
        "memory_limit_bytes": pl.Int64,
        "clock_hz": pl.Float64,
        "boost": pl.Boolean,
        "accelerator": pl.String,
        "n_accelerators": pl.Int64,
        "accelerator_memory_bytes": pl.Int64,
        "driver": pl.String,
    }
)
"""The hardware row."""
_ASK_S: Final = 10.0
"""Seconds that the driver may take to answer."""
_NO_LIMIT: Final = 1 << 60
"""Memory limits above this mean none (the kernel's own word for it is nearly 2^63)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """One accelerator as its driver describes it."""

    name: str
    memory_bytes: int | None
    driver: str


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


def memory_limit_bytes(root: Path = Path("/")) -> int | None:
    """What the container may use at most, by its control group; None where there is no limit or no telling."""
    groups = root / "sys/fs/cgroup"
    own = root / "proc/self/cgroup"
    lines = own.read_text(encoding="utf-8").splitlines() if own.is_file() else []
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            found += [_number(folder / "memory.max") for folder in _upwards(groups, path)]
        elif "memory" in controllers.split(","):
            found += [
                _number(folder / "memory.limit_in_bytes")
                for folder in _upwards(groups / "memory", path)
            ]
    limits = [limit for limit in found if limit is not None and limit < _NO_LIMIT]
    return min(limits, default=None)


def _upwards(top: Path, path: str) -> list[Path]:
    """The group's folder and every one above it: the least limit on the way holds."""
    folder = top / path.strip("/")
    return [folder, *(parent for parent in folder.parents if parent.is_relative_to(top))]


def _number(file: Path) -> int | None:
    """A file's one number; None where it is not there or holds a word ("max")."""
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def clock_hz(root: Path = Path("/")) -> float | None:
    """The processor's highest clock as the kernel lists it, else the clock it states now; None: not told."""
    if (
        kilohertz := _number(root / "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")
    ) is not None:
        return kilohertz * 1e3
    info = root / "proc/cpuinfo"
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "cpu MHz" and value.strip():
                return float(value) * 1e6
    return None


def boosts(root: Path = Path("/")) -> bool | None:
    """Whether the processor may raise its clock for a while; None: not told."""
    cpu = root / "sys/devices/system/cpu"
    if (allowed := _number(cpu / "cpufreq/boost")) is not None:
        return bool(allowed)
    barred = _number(cpu / "intel_pstate/no_turbo")
    return None if barred is None else not barred


def accelerators() -> list[Accelerator]:
    """NVIDIA devices by `nvidia-smi`; empty where there is none or it does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    asked = [
        program,
        "--query-gpu=name,memory.total,driver_version",
        "--format=csv,noheader,nounits",
    ]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=_ASK_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return []
    return read_accelerators(said.stdout)


def read_accelerators(said: str) -> list[Accelerator]:
    """Lines of "name, memory in MiB, driver" (nvidia-smi's CSV without header and units)."""
    found = []
    for line in said.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) != 3:
            continue
        size = int(parts[1]) << 20 if parts[1].isdecimal() else None
        found.append(Accelerator(name=parts[0], memory_bytes=size, driver=parts[2]))
    return found


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
    """One row with the columns of MACHINE.

    The id is the processor's. What the system does not tell is null.
    """
    name = cpu_name()
    devices = accelerators()
    first = devices[0] if devices else None
    row = {
        "hardware_id": hardware_id(name),
        "name": name,
        "kind": "cpu",
        "cores": os.cpu_count(),
        "memory_bytes": memory_total_bytes(),
        "system": platform.system() + " " + platform.machine(),
        "python": platform.python_version(),
        "libraries": library_versions(),
        "load_1min": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "memory_limit_bytes": memory_limit_bytes(),
        "clock_hz": clock_hz(),
        "boost": boosts(),
        "accelerator": first.name if first else None,
        "n_accelerators": len(devices),
        "accelerator_memory_bytes": first.memory_bytes if first else None,
        "driver": first.driver if first else None,
    }
    return pl.DataFrame([row], schema=MACHINE)
