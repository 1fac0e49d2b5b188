"""The licence map: what an auditor may rely on."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from advisor.ingest.licences import commercial_use, is_open, report, reviewed

STRINGS = (
    (Path(__file__).parents[2] / "fixtures" / "hub" / "licence_strings.txt")
    .read_text(encoding="utf-8")
    .splitlines()
)


def test_every_string_that_the_sources_hold_was_reviewed():
    assert set(STRINGS) - set(reviewed()) == set()


@pytest.mark.parametrize(
    ("text", "answer", "open_licence"),
    [
        ("apache-2.0", "yes", True),
        ("  MIT ", "yes", True),
        ("AGPL-3.0", "yes", True),
        ("cc-by-sa-4.0", "yes", True),
        ("cc-by-nc-4.0", "no", False),
        ("cc-by-nd-4.0", "yes", False),
        ("llama3.1", "yes", False),
        ("gemma", "yes", False),
        ("bigscience-bloom-rail-1.0", "yes", False),
        ("deepfloyd-if-license", "no", False),
        ("cc", "unknown", None),
        ("other", "unknown", None),
        ("not specified", "unknown", None),
        (None, "unknown", None),
        ("a-licence-of-tomorrow", "unknown", None),
        ("https://huggingface.co/LiquidAI/LFM2-VL-450M/blob/main/LICENSE", "unknown", False),
    ],
)
def test_a_licence_means_what_its_text_says(text, answer, open_licence):
    strings = pl.Series([text], dtype=pl.String)
    assert commercial_use(strings).to_list() == [answer]
    assert is_open(strings).to_list() == [open_licence]


def test_no_non_commercial_licence_is_admitted_under_a_commercial_limit():
    """If this breaks, `--license commercial` recommends a model that a company must not use."""
    forbidding = [text for text in reviewed() if "-nc" in text or "research" in text]
    assert len(forbidding) > 8
    assert set(commercial_use(pl.Series(forbidding))) == {"no"}


def test_an_open_licence_is_never_closed_to_companies():
    """The Open Definition excludes non-commercial clauses, so a line that says both is a slip."""
    assert [
        text for text, line in reviewed().items() if line.is_open and line.commercial == "no"
    ] == []


def test_a_new_string_is_counted_and_named():
    lines = report("x", pl.Series(["mit", "brand-new", None, "other", "cc-by-nc-4.0", "brand-new"]))
    counts = dict(lines.select("kind", "n_rows").rows())
    assert counts == {
        "models: commercial use yes": 1,
        "models: commercial use no": 1,
        "models: licence does not settle commercial use": 1,
        "models: no licence stated": 1,
        "models: licence not in the map": 2,
    }
    assert "brand-new" in lines["why"][-1]
    assert lines["n_rows"].sum() == 6
