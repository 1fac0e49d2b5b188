"""A file's name and size, before anything of it is read."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import AdvisorError, BadInput
from advisor.recommend import api
from dashboards import uploads


@given(st.text(max_size=300))
def test_any_name_is_one_harmless_part_of_a_path(name):
    kept = uploads.file_name(name)
    assert kept
    assert Path(kept).name == kept
    assert kept.lstrip(".-~ ") == kept
    assert kept.isprintable()
    assert "\\" not in kept


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("tickets.csv", "tickets.csv"),
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\me\\table.tsv", "table.tsv"),
        (".csv", "table.csv"),
        ("-rf.csv", "rf.csv"),
        ("a\x1b[31mb.csv", "ab.csv"),
        ("", "table.csv"),
        (f"{'x' * 300}.parquet", f"{'x' * 80}.parquet"),
    ],
)
def test_a_name_keeps_its_last_part_and_its_ending(name, kept):
    assert uploads.file_name(name) == kept


def test_more_than_is_read_is_refused_before_it_is_read():
    with pytest.raises(BadInput, match=r"big\.csv has 20 MB; at most 20 MB are read here"):
        uploads.profile_of("big.csv", bytes(20_000_001), snapshot=None, asked={})


@pytest.mark.parametrize(
    "content", [b"text,label\nhello,a\nworld,b\n" * 2, b"", b"\x00", b"a,b\n1\n"]
)
def test_whatever_is_given_no_file_is_left(content, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with contextlib.suppress(AdvisorError):
        found = uploads.profile_of("t.csv", content, snapshot=api.open_snapshot(), asked={})
        assert found.text == "t.csv"
    assert list(tmp_path.iterdir()) == []
