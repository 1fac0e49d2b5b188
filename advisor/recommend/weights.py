"""The weights of the four dimensions, as people type them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from advisor.core.errors import BadInput, UnknownName
from advisor.core.profile import DIMENSIONS
from advisor.recommend.names import hint

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse_weights(given: str | Mapping[str, float]) -> dict[str, float]:
    """The four weights from "accuracy=0.5,efficiency=0.5"; a dimension that is not named weighs nothing.

    Raises: BadInput: not name=number, a negative one, or a sum that is not 1; UnknownName: no dimension.
    """
    pairs = (
        dict(_pairs(given)) if isinstance(given, str) else {k: float(v) for k, v in given.items()}
    )
    for name, value in pairs.items():
        if name not in DIMENSIONS:
            near = hint(name, DIMENSIONS, otherwise=f"the four are {', '.join(DIMENSIONS)}")
            raise UnknownName(f"--weights: unknown dimension {name!r}{near}")
        if not (math.isfinite(value) and value >= 0):
            raise BadInput(f"--weights: {name} is {value:g}; a weight must be 0 or more")
    total = sum(pairs.values())
    if abs(total - 1) > 1e-6:
        shown = ", ".join(f"{name} {value:g}" for name, value in pairs.items())
        raise BadInput(
            f"--weights: they sum to {total:g} ({shown}); they must sum to 1, like accuracy=0.6,efficiency=0.4"
        )
    return {name: pairs.get(name, 0.0) for name in DIMENSIONS}


def _pairs(text: str) -> list[tuple[str, float]]:
    pairs = []
    for part in text.split(","):
        name, equals, number = part.partition("=")
        try:
            value = float(number) if equals else math.nan
        except ValueError:
            value = math.nan
        if math.isnan(value):
            raise BadInput(f"--weights: cannot read {part!r}; write accuracy=0.6,efficiency=0.4")
        pairs.append((name.strip(), value))
    if len(dict(pairs)) < len(pairs):
        raise BadInput(f"--weights: {text!r} names a dimension twice; name each once")
    return pairs
