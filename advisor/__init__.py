"""Benchmarks language models, small and large, and advises which is small enough.

>>> from advisor import recommend
>>> answer = recommend("English FAQ retrieval for RAG, under 15 ms on CPU, at most 150M parameters")
>>> answer.verdict.sentence
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.core.constraint import Constraint
    from advisor.core.errors import (
        AdvisorError,
        BadInput,
        MissingData,
        MissingExtra,
        Unclear,
        UnknownName,
    )
    from advisor.core.estimate import Estimate
    from advisor.core.profile import Constraints, TaskProfile
    from advisor.core.recommendation import Recommendation
    from advisor.recommend.api import compare, open_snapshot, predict, recommend
    from advisor.tables.snapshot import Snapshot

_HOMES = {
    "AdvisorError": "advisor.core.errors",
    "BadInput": "advisor.core.errors",
    "Constraint": "advisor.core.constraint",
    "Constraints": "advisor.core.profile",
    "Estimate": "advisor.core.estimate",
    "MissingData": "advisor.core.errors",
    "MissingExtra": "advisor.core.errors",
    "Recommendation": "advisor.core.recommendation",
    "Snapshot": "advisor.tables.snapshot",
    "TaskProfile": "advisor.core.profile",
    "Unclear": "advisor.core.errors",
    "UnknownName": "advisor.core.errors",
    "compare": "advisor.recommend.api",
    "open_snapshot": "advisor.recommend.api",
    "predict": "advisor.recommend.api",
    "recommend": "advisor.recommend.api",
}

__all__ = [
    "AdvisorError",
    "BadInput",
    "Constraint",
    "Constraints",
    "Estimate",
    "MissingData",
    "MissingExtra",
    "Recommendation",
    "Snapshot",
    "TaskProfile",
    "Unclear",
    "UnknownName",
    "compare",
    "open_snapshot",
    "predict",
    "recommend",
]


def __getattr__(name: str) -> Any:
    """A public name from its home, imported when first asked for: `import advisor` itself stays instant."""
    if name not in _HOMES:
        raise AttributeError(f"module 'advisor' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
