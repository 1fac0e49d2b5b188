"""The tasks that have a name: looking one up, and the nearest names to one that is not there."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

_PROFILE_COLUMNS = [
    "task_id", "task_family", "metric", "languages", "domains", "modalities", "description", "n_models", "twin_group",
]  # fmt: skip
_SHARED_PIECES = 0.25
"""Least share of common letter triples before two names are compared letter by letter."""


class Catalogue:
    """Names → rows of the `tasks` table. `read` gives a lazy frame of a snapshot's table by its name."""

    def __init__(self, read: Callable[[str], pl.LazyFrame]) -> None:
        self.read = read
        self._names: list[str] | None = None

    def names(self) -> list[str]:
        """Every task's name, sorted; read once."""
        if self._names is None:
            frame = self.read("tasks").select("task_id").collect()
            self._names = sorted(frame["task_id"].to_list())
        return self._names

    def find(self, name: str) -> str | None:
        """The catalogued name that `name` is: exactly, or the only one when case is ignored."""
        alike = pl.col("task_id").str.to_lowercase() == name.lower()
        same = self.read("tasks").filter(alike).select("task_id").collect()["task_id"].to_list()
        if name in same:
            return name
        return str(same[0]) if len(same) == 1 else None

    def row(self, task_id: str) -> dict[str, Any]:
        """What the catalogue says about one task; only columns that its table has."""
        tasks = self.read("tasks")
        there = [c for c in _PROFILE_COLUMNS if c in tasks.collect_schema().names()]
        return tasks.filter(pl.col("task_id") == task_id).select(there).collect().row(0, named=True)

    def metrics(self, task_ids: list[str]) -> dict[str, str]:
        """The main score's name of each of these tasks that has one."""
        rows = (
            self.read("tasks")
            .filter(pl.col("task_id").is_in(task_ids) & pl.col("metric").is_not_null())
            .select("task_id", "metric")
            .collect()
        )
        return dict(rows.iter_rows())

    def suggest(self, name: str, *, n: int = 3, at_least: float = 0.6) -> list[str]:
        """Up to `n` catalogued names that look like `name`, nearest first."""
        wanted = _triples(name)
        near = [
            known
            for known in self.names()
            if len(wanted & (found := _triples(known)))
            >= _SHARED_PIECES * max(len(wanted), len(found))
        ]
        lowered = {known.lower(): known for known in reversed(near)}
        closest = difflib.get_close_matches(name.lower(), sorted(lowered), n=n, cutoff=at_least)
        return [lowered[known] for known in closest]


def _triples(name: str) -> set[str]:
    plain = f"  {re.sub('[^a-z0-9]', '', name.lower())}"
    return {plain[i : i + 3] for i in range(len(plain) - 2)}
