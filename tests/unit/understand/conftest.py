"""A small snapshot to read from: the fixture's tasks and the index made of them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from advisor.tables.task_words import build_index
from advisor.understand import Catalogue

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "understand"


@pytest.fixture(scope="session")
def read():
    tasks = pl.read_parquet(FIXTURES / "tasks.parquet")
    tables = {"tasks": tasks, "task_index": build_index(tasks)}
    return lambda name: tables[name].lazy()


@pytest.fixture(scope="session")
def catalogue(read):
    return Catalogue(read)
