"""The shipped snapshot's tables, for tests that need more real scores than a fixture should hold."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder

if TYPE_CHECKING:
    import polars as pl


@cache
def table(name: str) -> pl.DataFrame:
    return snapshot.load(shipped_folder()).table(name)


def read(name: str) -> pl.LazyFrame:
    return table(name).lazy()
