"""What the asker wants of the answer itself, beside what the task needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

LicenceWish = Literal["any", "open", "commercial"]
InterpretableWish = Literal["no", "prefer", "require"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Wishes that are not limits on a quantity."""

    license: LicenceWish = "any"
    """open: an open-source or Creative Commons licence; commercial: commercial use is known to be allowed."""
    open_weights: bool = False
    interpretable: InterpretableWish = "no"
    hardware: str | None = None
    """A hardware_id of the snapshot's hardware table; null is the CPU that the timings come from."""
    as_of: date | None = None
    """Models released after this day, or on a day that nobody states, do not compete; null: all do."""
    top: int = 10
    """Ranked models to list."""
    explain: bool = False
    """Attach the evidence rows behind the named model's estimate."""
