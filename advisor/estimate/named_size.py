"""The size that a model's name states, held against its parameter count."""

from __future__ import annotations

import math
import re
from typing import Final

_SIZE: Final = re.compile(r"(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:[._]\d+)?)(b|m)(?![a-z0-9])")
"""A count of billions or millions that stands alone: "7b", "1_8b", "06b" (0.6), "8x7b" (eight experts)."""
_UNIT: Final = {"b": 1e9, "m": 1e6}
_LEAST: Final = 2e6
"""Smaller counts in a name are training steps and context lengths."""


def named_size_ratio(
    model_id: str, n_parameters: int | None, n_active: int | None = None
) -> float | None:
    """How many times the count is off the nearest size in the model's name, 1 or more; None when either is unknown.

    Of a mixture ("8x7b") any count from one expert to all of them agrees with the name.
    """
    ranges = _named(model_id.rsplit("/", 1)[-1].lower())
    counts = [float(n) for n in (n_parameters, n_active) if n]
    if not ranges or not n_parameters:
        return None
    return min(_off(count, low, high) for count in counts for low, high in ranges)


def _named(name: str) -> list[tuple[float, float]]:
    found = []
    for experts, digits, unit in _SIZE.findall(name):
        for read in {digits.replace("_", "."), digits.rpartition("_")[2]}:
            # "06b" is how 0.6 billion is spelled where a point is not allowed.
            number = (
                float(read) if not read.startswith("0") or "." in read else float("0." + read[1:])
            )
            if number * _UNIT[unit] >= _LEAST:
                found.append((number * _UNIT[unit], number * _UNIT[unit] * int(experts or 1)))
    return found


def _off(count: float, low: float, high: float) -> float:
    if low <= count <= high:
        return 1.0
    return math.exp(min(abs(math.log(count / low)), abs(math.log(count / high))))
