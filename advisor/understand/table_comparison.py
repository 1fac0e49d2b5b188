"""A data file held against the measured tasks nearest to it: their size, their chance level, their languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.core.profile import TaskProfile

_NEAREST: Final = 3


def compared(profile: TaskProfile, read: Callable[[str], pl.LazyFrame]) -> TaskProfile:
    """The profile of a table with `compared_with`: one statement per nearest measured task.

    read: gives a lazy frame of a snapshot's table by name. What the catalogue does not state is left out.
    """
    if profile.table is None or not profile.neighbours:
        return profile
    nearest = {n.task_id: n.similarity for n in profile.neighbours[:_NEAREST]}
    rows = (
        read("tasks")
        .filter(pl.col("task_id").is_in(list(nearest)))
        .select("task_id", "n_items", "chance", "languages", "n_models")
        .collect()
        .iter_rows(named=True)
    )
    found = {row["task_id"]: row for row in rows}
    words = [_words(found[name], likeness) for name, likeness in nearest.items() if name in found]
    return profile.model_copy(update={"table": profile.table | {"compared_with": words}})


def _words(row: dict[str, object], likeness: float) -> str:
    parts = [f"alike {likeness:.2f}"]
    if isinstance(row["n_items"], int):
        parts.append(f"{row['n_items']:,} items")
    if isinstance(row["chance"], float) and row["chance"] > 0:
        parts.append(f"guessing reaches {100 * row['chance']:.0f}")
    languages = row["languages"] if isinstance(row["languages"], list) else []
    if languages:
        more = f" and {len(languages) - 2} more" if len(languages) > 2 else ""
        parts.append(", ".join(sorted(map(str, languages))[:2]) + more)
    parts.append(f"{row['n_models']} models measured")
    return f"{row['task_id']} ({', '.join(parts)})"
