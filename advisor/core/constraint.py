"""Limits, judged with the interval and not with the central value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from advisor.core.errors import BadInput

if TYPE_CHECKING:
    from advisor.core.estimate import Estimate

Judgement = Literal["holds", "fails", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A hard upper limit on one quantity, in that quantity's canonical unit."""

    quantity: str
    at_most: float

    def check(self, estimate: Estimate | None) -> Judgement:
        """A limit inside the interval is not known to hold."""
        if estimate is None:
            return "unknown"
        if estimate.quantity != self.quantity:
            raise BadInput(f"limit on {self.quantity!r} checked against {estimate.quantity!r}")
        if estimate.hi <= self.at_most:
            return "holds"
        return "fails" if estimate.lo > self.at_most else "unknown"
