"""Benchmarks of text embedding models: which tasks they hold, and which splits and subsets of a task count."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from advisor.estimate.backtest_loto import benchmark as english
from advisor.tables.locate import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

MTEB_ENGLISH: Final = "MTEB(eng, v2)"
FILE: Final = "mteb_benchmarks.toml"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The part of a task that a benchmark scores: the plain mean over each subset of each split."""

    splits: tuple[str, ...]
    subsets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One benchmark of mteb's registry."""

    name: str
    tasks: tuple[str, ...]
    """In the benchmark's order."""
    rows: Mapping[str, Rows] = field(default_factory=dict)
    """Of the tasks that it narrows; another one counts with its own splits and subsets."""


@cache
def benchmarks() -> Mapping[str, Benchmark]:
    """By name; MTEB(eng, v2) first, with the one English subset of each of its tasks."""
    first = Benchmark(
        name=MTEB_ENGLISH,
        tasks=tuple(english()),
        rows={
            task: Rows(splits=("test",), subsets=(subset,)) for task, subset in english().items()
        },
    )
    with data_file(FILE).open("rb") as stream:
        listed: dict[str, Any] = tomllib.load(stream)
    others = {name: _benchmark(name, entry) for name, entry in listed.items()}
    return {MTEB_ENGLISH: first} | others


def _benchmark(name: str, entry: dict[str, Any]) -> Benchmark:
    rows = {
        str(task): Rows(splits=tuple(part["splits"]), subsets=tuple(part["subsets"]))
        for task, part in entry.get("rows", {}).items()
    }
    return Benchmark(name=name, tasks=tuple(entry["tasks"]), rows=rows)
