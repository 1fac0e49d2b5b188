"""The size that a model's name states, held against its parameter count."""

from __future__ import annotations

import math
import re
from typing import Final

_SIZE: Final = re.compile(r"(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:[._]\d+)?)(b|m)(?![a-z0-9])")
"""A count of billions or millions that stands alone: "7b", "1_8b", "06b" (0.6), "8x7b" (eight experts)."""
_EXPERTS: Final = re.compile(r"(?<![a-z0-9.])(\d{1,3})e(?![a-z0-9])")
""""17b-16e": the size before is what a token passes through, and there are so many experts."""
_ACTIVE: Final = re.compile(r"(?<![a-z0-9.])a(\d+(?:[._]\d+)?)b(?![a-z0-9])")
"""The active part of a mixture: "30b-a3b"."""
_UNIT: Final = {"b": 1e9, "m": 1e6}
_LEAST: Final = 2e6
"""Smaller counts in a name are training steps and context lengths."""


def named_size_ratio(
    model_id: str, n_parameters: int | None, n_active: int | None = None
) -> float | None:
    """How many times the count is off the nearest size in the model's name, 1 or more; None when either is unknown.

    Of a mixture ("8x7b", "17b-16e") any count from one expert to all of them agrees with the name, and of two
    halves ("9b-9b") any from one to both.
    """
    ranges = named_ranges(model_id)
    counts = [float(n) for n in (n_parameters, n_active) if n]
    if not ranges or not n_parameters:
        return None
    return min(_off(count, low, high) for count in counts for low, high in ranges)


def named_size(model_id: str) -> int | None:
    """The one size that a name states; None where it states none, a mixture's range, or several."""
    ranges = set(named_ranges(model_id))
    if len(ranges) != 1:
        return None
    low, high = next(iter(ranges))
    return round(low) if low == high else None


def named_active(model_id: str) -> int | None:
    """Active parameters that the name of a mixture states: 3 billion of "30B-A3B"."""
    found = _ACTIVE.findall(model_id.rsplit("/", 1)[-1].lower())
    return round(float(found[0].replace("_", ".")) * 1e9) if len(found) == 1 else None


def named_ranges(model_id: str) -> list[tuple[float, float]]:
    """Every size in a name, from one expert or half to all of them; empty where there is none."""
    name = model_id.rsplit("/", 1)[-1].lower()
    experts = [int(n) for n in _EXPERTS.findall(name)]
    sizes = _SIZE.findall(name)
    found = []
    for several, digits, unit in sizes:
        for read in {digits.replace("_", "."), digits.rpartition("_")[2]}:
            # "06b" is how 0.6 billion is spelled where a point is not allowed.
            number = (
                float(read) if not read.startswith("0") or "." in read else float("0." + read[1:])
            )
            times = int(several or 1) * max([1, *experts])
            halves = sum(1 for _, again, same in sizes if (again, same) == (digits, unit))
            if number * _UNIT[unit] >= _LEAST:
                found.append((number * _UNIT[unit], number * _UNIT[unit] * max(times, halves)))
    return found


def _off(count: float, low: float, high: float) -> float:
    if low <= count <= high:
        return 1.0
    return math.exp(min(abs(math.log(count / low)), abs(math.log(count / high))))
