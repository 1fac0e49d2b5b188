"""Groups of things that pairwise tests cannot tell apart, as the letters beside a table show them."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def tie_groups(n: int, differ: Collection[tuple[int, int]]) -> list[list[int]]:
    """Every largest set of 0..n-1 in which no two differ, each in order; sets ordered by their members.

    differ: pairs that can be told apart, either way round. Two things share a set exactly when they are not
    told apart; "cannot be told apart" need not be transitive, so one thing can be in several sets.
    Source: Piepho 2004, Journal of Computational and Graphical Statistics 13:456-466 (insert and absorb).
    """
    groups = [frozenset(range(n))] if n else []
    for one, other in differ:
        split = [group for group in groups if {one, other} <= group]
        parts = {group - {out} for group in split for out in (one, other)}
        kept = {group for group in groups if group not in split} | parts
        groups = [group for group in kept if group and not any(group < wider for wider in kept)]
    return sorted(sorted(group) for group in groups)


def letters(n: int, groups: list[list[int]]) -> list[str]:
    """For each of 0..n-1 the letters of its groups: a for the first group, then b, ...; after z: aa, ab, ...

    Letters of one thing are put together without a blank while there are at most 26 groups, else with one.
    """
    names = [_name(i) for i in range(len(groups))]
    between = "" if len(groups) <= len(string.ascii_lowercase) else " "
    return [
        between.join(name for name, group in zip(names, groups, strict=True) if i in group)
        for i in range(n)
    ]


def _name(i: int) -> str:
    first, last = divmod(i, len(string.ascii_lowercase))
    return (_name(first - 1) if first else "") + string.ascii_lowercase[last]
