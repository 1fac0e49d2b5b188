"""Sizes, memory and times as people write them, to and from canonical units (counts, bytes, seconds)."""

from __future__ import annotations

import math
import re

from advisor.core.errors import BadInput

_COUNT = {"": 1.0, "k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "t": 1e12}
_BYTES = {"b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "g": 1e9, "m": 1e6}
_BYTES |= {"kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40}
_NUMBER = re.compile(r"\s*([0-9][0-9_,]*(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-z]*)\s*")


def _read(text: str, *, scale: dict[str, float], field: str, example: str) -> float:
    match = _NUMBER.fullmatch(text)
    if match is None or match[2].lower() not in scale:
        raise BadInput(f"{field}: cannot read {text!r}; write it like {example}")
    value = float(match[1].replace("_", "").replace(",", "")) * scale[match[2].lower()]
    if not 1 <= value < math.inf:
        raise BadInput(f"{field}: {text!r} must be at least 1; write it like {example}")
    return value


def parse_count(text: str, *, field: str = "size") -> int:
    """Parameters as a whole number from "150M", "7B" or "150_000_000".

    Raises: BadInput: not a positive number with an optional K, M, B or T.
    """
    return round(_read(text, scale=_COUNT, field=field, example="150M, 7B or 150_000_000"))


def parse_bytes(text: str, *, field: str = "memory") -> int:
    """Bytes from "8GB" (10⁹), "8GiB" (2³⁰) or "500MB".

    Raises: BadInput: no unit, or not a positive number.
    """
    return round(_read(text, scale=_BYTES, field=field, example="8GB or 500MB"))


def _scaled(value: float, steps: tuple[tuple[float, str], ...], digits: int) -> str:
    for size, unit in steps:
        if value >= size * (1 - 0.5 * 10**-digits):
            number = value / size
            # Three significant digits are what a reader can use; none are invented below that.
            text = f"{number:.0f}" if number >= 100 else f"{number:.3g}"
            return f"{text}{unit}"
    return f"{value:.3g}"


def format_count(value: float | None) -> str:
    """Like "22.7M" or "7.62B"; "?" when the size is not disclosed."""
    if value is None:
        return "?"
    return _scaled(value, ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")), 3)


def format_bytes(value: float | None) -> str:
    """Like "8 GB" or "91 MB", in powers of ten; "?" when unknown."""
    if value is None:
        return "?"
    return _scaled(value, ((1e12, " TB"), (1e9, " GB"), (1e6, " MB"), (1e3, " kB"), (1, " B")), 3)


def format_seconds(value: float | None) -> str:
    """Like "14 ms", "2.3 s" or "80 µs"; "?" when unknown."""
    if value is None:
        return "?"
    if value >= 120:
        return _scaled(value, ((86400, " d"), (3600, " h"), (60, " min")), 3)
    return _scaled(value, ((1, " s"), (1e-3, " ms"), (1e-6, " µs")), 3)


_SECONDS = {
    "": 1.0,
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}


def parse_duration(text: str, *, field: str = "time") -> float:
    """Seconds from "90s", "30m", "1.5h", "500ms" or a bare number of seconds.

    Raises: BadInput: no such unit, or not above 0.
    """
    match = _NUMBER.fullmatch(text)
    if match is None or match[2].lower() not in _SECONDS:
        raise BadInput(f"{field}: cannot read {text!r}; write it like 90s, 30m or 1h")
    value = float(match[1].replace("_", "").replace(",", "")) * _SECONDS[match[2].lower()]
    if not 0 < value < math.inf:
        raise BadInput(f"{field}: {text!r} must be above 0; write it like 90s, 30m or 1h")
    return value
