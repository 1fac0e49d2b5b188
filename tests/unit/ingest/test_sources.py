"""The list of sources: pinned, licensed, complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor.core.errors import BadInput
from advisor.ingest import efficiency_rows, hardware, hub_api, hub_models, prices, tabular_results
from advisor.ingest.lmeval_sources import SOURCES as LM_SOURCES
from advisor.ingest.sources import read_sources
from advisor.tables.locate import data_file

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

GOOD = """
[sources."a"]
title = "A"
url = "https://example.org"
commit = "0123456789012345678901234567890123456789"
licence = "MIT"
date = "2026-08-20"
"""


def read(tmp_path: Path, text: str) -> pl.DataFrame:
    file = tmp_path / "sources.toml"
    file.write_text(text, encoding="utf-8")
    return read_sources(file)


def test_every_source_that_the_parsers_name_is_listed():
    listed = set(read_sources(data_file("sources.toml"))["source_id"])
    named = {
        "mteb-results", "mteb-registry", "lm-eval-tasks", "own-shape-timings", hub_api.SOURCE_ID, prices.SOURCE_ID,
        *LM_SOURCES, *hub_models.SOURCE_IDS.values(), *hardware.SOURCE_IDS.values(),
        *efficiency_rows.SOURCE_IDS.values(), *(o.source_id for o in tabular_results.ORIGINS.values()),
    }  # fmt: skip
    assert named - listed == set()
    assert listed - named == set()


def test_licences_of_language_model_sources_agree_with_their_parser():
    licences = dict(read_sources(data_file("sources.toml")).select("source_id", "licence").rows())
    assert {k: licences[k] for k in LM_SOURCES} == {k: s.licence for k, s in LM_SOURCES.items()}


def test_a_good_entry_is_read(tmp_path):
    row = read(tmp_path, GOOD).row(0, named=True)
    assert row["source_id"] == "a"
    assert row["commit"] == "0123456789012345678901234567890123456789"
    assert row["sha256"] is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('commit = "0123456789012345678901234567890123456789"', "", "not pinned"),
        ('commit = "0123456789012345678901234567890123456789"', 'commit = "main"', "40 digits"),
        ('licence = "MIT"', "", "missing licence"),
        ('licence = "MIT"', 'licence = " "', "missing licence"),
        ('date = "2026-08-20"', 'date = "last week"', "last week"),
        ('title = "A"', 'titel = "A"', "titel"),
        ('url = "https://example.org"', 'url = "https://example.org"\nsha256 = "abc"', "64"),
        (GOOD, "[sources]\na = 3", "3 is not a table"),
        (GOOD, "", "no entry"),
        (GOOD, "= 5", "not TOML"),
    ],
)
def test_a_bad_entry_is_refused_with_what_to_write(tmp_path, old, new, said):
    with pytest.raises(BadInput, match=said):
        read(tmp_path, GOOD.replace(old, new))


def test_a_release_or_a_checksum_pins_too(tmp_path):
    line = 'commit = "0123456789012345678901234567890123456789"'
    assert read(tmp_path, GOOD.replace(line, 'release = "PyPI x 1.0"'))["commit"][0] == "PyPI x 1.0"
    assert read(tmp_path, GOOD.replace(line, f'sha256 = "{"0" * 64}"'))["commit"][0] is None
