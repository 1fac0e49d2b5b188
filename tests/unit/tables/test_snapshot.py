from __future__ import annotations

import json
import os

import polars as pl
import pytest

from advisor.core.errors import BadInput, MissingData
from advisor.tables import snapshot
from advisor.tables.locate import current_path
from advisor.tables.schema import SOURCES, check_table

ONE = {"numbers": pl.DataFrame({"a": [1, 2, 3]}), "words": pl.DataFrame({"b": ["x"]})}
TWO = {"numbers": pl.DataFrame({"a": [4]})}


@pytest.fixture
def folder(tmp_path):
    snapshot.write(tmp_path, ONE, facts={"created_at": "2026-01-01"})
    return tmp_path


def test_what_is_written_is_read_back(folder):
    loaded = snapshot.load(folder)
    assert loaded.table("numbers").equals(ONE["numbers"])
    assert loaded.manifest["created_at"] == "2026-01-01"
    assert loaded.verify() == []


def test_the_id_is_the_content_and_nothing_else(tmp_path):
    first = snapshot.write(tmp_path / "a", ONE, facts={"created_at": "monday"})
    second = snapshot.write(tmp_path / "b", ONE, facts={"created_at": "tuesday"})
    third = snapshot.write(tmp_path / "c", TWO, facts={})
    assert first.name == second.name != third.name


def test_a_second_build_becomes_current_and_leaves_the_first_alone(folder):
    first = snapshot.load(folder)
    second = snapshot.write(folder, TWO, facts={})
    assert snapshot.load(folder).path == second
    assert first.verify() == []


def test_an_interrupted_build_leaves_the_old_snapshot_in_use(folder, monkeypatch):
    before = snapshot.load(folder)

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pl.DataFrame, "write_parquet", stop)
    with pytest.raises(KeyboardInterrupt):
        snapshot.write(folder, TWO, facts={})
    assert snapshot.load(folder).id == before.id
    assert sorted(p.name for p in folder.iterdir()) == sorted([before.id, "current"])


def test_a_disk_that_cannot_be_written_is_one_clear_line(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    with pytest.raises(BadInput, match="cannot be written"):
        snapshot.write(blocker / "snapshots", ONE, facts={})


def test_verify_names_a_table_whose_bytes_changed(folder):
    loaded = snapshot.load(folder)
    file = loaded.path / "numbers.parquet"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)
    (fault,) = loaded.verify()
    assert fault.startswith("numbers: sha256")


def test_a_cut_off_table_is_missing_data_and_not_a_traceback(folder):
    loaded = snapshot.load(folder)
    file = loaded.path / "numbers.parquet"
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(MissingData, match="cut off"):
        loaded.table("numbers")


def test_a_table_of_the_right_size_and_wrong_bytes_is_missing_data(folder):
    loaded = snapshot.load(folder)
    file = loaded.path / "numbers.parquet"
    file.write_bytes(b"\0" * file.stat().st_size)
    with pytest.raises(MissingData, match="cannot be read"):
        loaded.table("numbers")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"id": 3}', '{"schema_version": "x", "id": "a", "tables": {}}']
)
def test_a_damaged_manifest_is_missing_data(folder, text):
    (snapshot.load(folder).path / "manifest.json").write_text(text)
    with pytest.raises(MissingData, match="manifest"):
        snapshot.load(folder)


def test_a_newer_schema_says_to_upgrade(folder):
    file = snapshot.load(folder).path / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema_version": 99}))
    with pytest.raises(MissingData, match=r"schema version 99.*upgrade"):
        snapshot.load(folder)


def test_a_pointer_to_nowhere_says_so(folder):
    (folder / "current").write_text("gone\n")
    with pytest.raises(MissingData, match="'gone'"):
        snapshot.load(folder)


def test_a_table_that_is_not_there_says_that_another_version_built_the_snapshot(folder):
    with pytest.raises(MissingData, match=r"'prices': another version .* `advisor data build`"):
        snapshot.load(folder).scan("prices")


def test_the_named_snapshot_wins_over_the_environment(folder, tmp_path, monkeypatch):
    other = snapshot.write(tmp_path / "other", TWO, facts={})
    monkeypatch.setenv("ADVISOR_SNAPSHOT", os.fspath(other))
    assert current_path() == other
    assert current_path(folder) == snapshot.load(folder).path


def test_a_name_that_holds_no_snapshot_is_missing_data(tmp_path):
    with pytest.raises(MissingData, match="no snapshot at"):
        snapshot.load(tmp_path)


def rows(**changes):
    row = dict.fromkeys(SOURCES) | {"source_id": "a"} | changes
    return pl.DataFrame([row], schema=SOURCES)


def test_the_gate_refuses_two_rows_with_one_key():
    with pytest.raises(BadInput, match="share a key"):
        check_table("sources", pl.concat([rows(), rows()]), SOURCES, ["source_id"])


def test_the_gate_refuses_a_null_key_and_a_missing_column():
    with pytest.raises(BadInput, match="null in key"):
        check_table("sources", rows(source_id=None), SOURCES, ["source_id"])
    with pytest.raises(BadInput, match="missing columns"):
        check_table("sources", rows().drop("url"), SOURCES, ["source_id"])


def test_the_gate_refuses_nan():
    schema = pl.Schema({"a": pl.Float64})
    with pytest.raises(BadInput, match="NaN"):
        check_table("t", pl.DataFrame({"a": [float("nan")]}), schema, [])
