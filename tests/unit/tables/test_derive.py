"""A snapshot made from another one: the old one stays whole, and no damage is handed on."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import polars as pl
import pytest

from advisor.core.errors import BadInput, MissingData
from advisor.tables import snapshot

ONE = {"numbers": pl.DataFrame({"a": [1, 2, 3]}), "words": pl.DataFrame({"b": ["x"]})}


@pytest.fixture
def base(tmp_path):
    snapshot.write(tmp_path, ONE, facts={"created_at": "2026-01-01"})
    return snapshot.load(tmp_path)


def test_tables_are_replaced_added_or_the_same_files(base, tmp_path):
    path = snapshot.derive(
        base,
        tmp_path,
        {"numbers": pl.DataFrame({"a": [4]}), "more": ONE["words"]},
        facts={"refreshed_from": base.id},
    )
    made = snapshot.load(tmp_path)
    assert made.path == path
    assert made.id != base.id
    assert made.verify() == base.verify() == []
    assert made.table("numbers")["a"].to_list() == [4]
    assert made.table("more").equals(ONE["words"])
    assert (path / "words.parquet").samefile(base.path / "words.parquet")
    assert made.manifest["refreshed_from"] == base.id
    assert snapshot.load(base.path).table("numbers").equals(ONE["numbers"])


def test_the_id_is_that_of_writing_all_tables_at_once(base, tmp_path):
    path = snapshot.derive(base, tmp_path / "a", {"more": ONE["words"]}, facts={})
    assert snapshot.write(tmp_path / "b", ONE | {"more": ONE["words"]}, facts={}).name == path.name


def test_where_there_are_no_links_tables_are_copied(base, tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(snapshot.os, "link", no_links)
    path = snapshot.derive(base, tmp_path / "other", {"more": ONE["words"]}, facts={})
    assert snapshot.load(path).verify() == []
    assert not (path / "words.parquet").samefile(base.path / "words.parquet")


def test_nothing_new_is_the_same_snapshot_with_its_own_manifest(base, tmp_path):
    path = snapshot.derive(base, tmp_path, {"words": ONE["words"]}, facts={"created_at": "later"})
    assert path == base.path
    assert snapshot.load(tmp_path).manifest["created_at"] == "2026-01-01"


def test_a_folder_of_that_name_without_a_manifest_is_made_whole(base, tmp_path):
    name = snapshot.derive(base, tmp_path / "a", {"more": ONE["words"]}, facts={}).name
    (tmp_path / name).mkdir()
    (tmp_path / name / "numbers.parquet").write_text("half")
    path = snapshot.derive(base, tmp_path, {"more": ONE["words"]}, facts={})
    assert path.name == name
    assert snapshot.load(path).verify() == []


@pytest.mark.parametrize("spoil", [lambda file: file.unlink(), lambda file: file.write_bytes(b"x" * file.stat().st_size)])  # fmt: skip
def test_a_damaged_base_is_refused(base, tmp_path, spoil):
    spoil(base.path / "words.parquet")
    with pytest.raises(MissingData, match=r"words\.parquet is missing or damaged"):
        snapshot.derive(base, tmp_path, {"numbers": ONE["numbers"]}, facts={})
    assert snapshot.load(tmp_path).id == base.id
    assert list(tmp_path.glob(".refreshing-*")) == []


def test_a_folder_that_cannot_be_made_is_one_line(base, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="name another with --out"):
        snapshot.derive(base, tmp_path / "file" / "x", {}, facts={})


def test_a_disk_that_fills_up_leaves_the_old_one(base, tmp_path):
    """For real: the process may write files of so many bytes and no more."""
    code = f"""
        import resource
        from pathlib import Path
        import numpy as np, polars as pl
        from advisor.core.errors import BadInput
        from advisor.tables import snapshot
        base = snapshot.load(Path({str(tmp_path)!r}))
        big = pl.DataFrame({{"a": np.random.default_rng(0).random(200_000)}})
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            snapshot.derive(base, Path({str(tmp_path)!r}), {{"big": big}}, facts={{}})
        except BadInput as error:
            print("told:", error)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)  # fmt: skip
    assert "told:" in done.stdout, done.stderr
    assert "cannot be written" in done.stdout
    assert snapshot.load(tmp_path).id == base.id
    assert snapshot.load(tmp_path).verify() == []
    assert list(tmp_path.glob(".refreshing-*")) == []
