"""The data dictionary names every column of every table, and every facts file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from advisor.build import refresh_scores, refresh_tables
from advisor.ingest import efficiency_rows, hardware, hub_models, prices, tabular_results
from advisor.tables.schema import EVIDENCE, SCORES, SHIPPED_MODELS, SOURCES, TASKS

DATA = Path(__file__).parents[3] / "data"
TEXT = (DATA / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """From the heading that begins with `title` to the next heading of its level or above."""
    level = re.search(rf"^(#+) {re.escape(title)}", TEXT, re.MULTILINE)
    assert level, title
    rest = TEXT[level.end() :]
    end = re.search(rf"^#{{2,{len(level[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


@pytest.mark.parametrize(
    ("title", "columns"),
    [
        ("evidence_mteb", EVIDENCE),
        ("scores", SCORES),
        ("models", SHIPPED_MODELS),
        ("tasks", TASKS),
        ("popularity", hub_models.POPULARITY),
        ("hub_facts", refresh_tables.HUB_FACTS),
        ("hub_facts", refresh_scores.FOLDERS_SCHEMA),
        ("prices", prices.PRICES),
        ("prices", prices.MODEL_PRICES),
        ("hardware", hardware.HARDWARE),
        ("sources", SOURCES),
        ("hub/", hub_models.NEEDED),
        ("cost/", prices.NEEDED),
        ("cost/", hardware.NEEDED),
        ("cost/", hardware.PRICE_NEEDED),
        ("cost/", efficiency_rows.NEEDED),
        ("tabular/", tabular_results.NEEDED),
    ],
)
def test_every_column_is_described(title, columns):
    words = set(re.findall(r"`([a-z0-9_]+)`", section(title)))
    shared = {"source", "source_path", "commit", "licence", "model_id", "task_id"}
    assert set(columns) - words - shared == set()


def test_every_facts_file_is_listed():
    listed = section("Facts files")
    files = {file.name for file in DATA.glob("*.toml")}
    assert {name for name in files if f"`{name}`" not in listed and not name.startswith("understand_")} == set()  # fmt: skip
