"""A number with its interval, its basis and how much evidence stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.core.errors import BadInput

if TYPE_CHECKING:
    from advisor.core.ids import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One quantity, in that quantity's canonical unit (seconds, bytes, USD, fractions)."""

    quantity: str
    value: float
    lo: float
    hi: float
    level: float
    """Share of new cases that the interval is meant to cover, e.g. 0.90."""
    basis: Basis
    n_evidence: int
    """Evidence rows that the value rests on; 0 for a prior."""

    def __post_init__(self) -> None:
        """Refuse an interval that does not hold its own value."""
        if not self.lo <= self.value <= self.hi:
            raise BadInput(
                f"{self.quantity}: {self.value} lies outside its interval [{self.lo}, {self.hi}]"
            )
        if not 0 < self.level < 1:
            raise BadInput(f"{self.quantity}: level {self.level} must lie between 0 and 1")
