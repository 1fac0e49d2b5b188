"""Groups of tasks that share data, so that a backtest never keeps one and leaves out its copy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_VARIANT: Final = re.compile(r"\.v\d+$|HardNegatives$|[-_](?:PL|NL|VN|Fa)$")
_SAME_TEXTS: Final = (
    ("MassiveIntentClassification", "MassiveScenarioClassification"),
    ("MTOPDomainClassification", "MTOPIntentClassification"),
)
"""The same utterances under two label sets."""


def stems(task: str) -> set[str]:
    """Names that `task` may be a version, translation or subsample of, itself left out."""
    found: set[str] = set()
    stem = task
    while True:
        shorter = _VARIANT.sub("", stem).removeprefix("Nano")
        if shorter == stem:
            break
        stem = shorter
        found |= {stem, stem.removesuffix("Retrieval"), f"{stem}Retrieval"}
    found.add(task.replace("S2S", "P2P"))
    return found - {task, ""}


def twin_groups(tasks: Iterable[str], links: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Task to the alphabetically first task of its group: the connected parts of links and name variants.

    Args:
        tasks: every task's name.
        links: task to anything it shares data with: other tasks (also names no longer in use), data paths.
    """
    names = sorted(set(tasks))
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    known = set(names)
    for name in names:
        for other in [*links.get(name, ()), *(stems(name) & known)]:
            parent[root(name)] = root(other)
    for one, other in _SAME_TEXTS:
        if {one, other} <= known:
            parent[root(one)] = root(other)
    first: dict[str, str] = {}
    return {name: first.setdefault(root(name), name) for name in names}
