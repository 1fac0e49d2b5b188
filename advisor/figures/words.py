"""The house's closed vocabularies as charts print them: metrics, size classes and sizes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from advisor.core.ids import NOT_NEURAL
from advisor.core.metrics import METRICS
from advisor.core.units import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping

_BETWEEN: Final = re.compile(r"(?<=[0-9kMBT])-(?=[0-9])")
NO_SIZE: Final = "none"
"""The size of a model without parameters."""


def metric(name: str) -> str:
    """A metric's name as papers print it; unknown ones with spaces for underscores."""
    known = METRICS.get(name)
    return known.label if known is not None else name.replace("_", " ")


def size_class(name: str) -> str:
    """A size class as it is printed, also one of other edges than the house's: "1B-6B" → "1B–6B"."""
    return "no neural net" if name == "no neural model" else _BETWEEN.sub("–", name)


def is_sizeless(kind: object, n: object) -> bool:
    """Whether a model of this kind with `n` known parameters has none: no neural network, or none to count."""
    return kind in NOT_NEURAL or n == 0


def size(model: Mapping[str, object]) -> str:
    """Parameters of a model with its `kind`: "22.7M", "none" without a neural network, "?" where not disclosed."""
    n = model.get("n_parameters")
    if is_sizeless(model.get("kind"), n):
        return NO_SIZE
    return format_count(n if isinstance(n, int) else None)


def beside_name(model: Mapping[str, object]) -> str:
    """The same to follow a model's name, where "none" alone would puzzle: "22.7M", "size none"; empty where not disclosed."""
    known = size(model)
    return f"size {NO_SIZE}" if known == NO_SIZE else known.replace("?", "")
