import polars as pl
import pytest
from polars.testing import assert_frame_equal

from advisor.core.errors import BadInput
from advisor.recommend.cell_file import check_level, read_cells, write_cells

CELLS = pl.DataFrame({"note": ["007", "x"], "model_id": ["a/b", "c/d"], "task_id": ["T1", "T2"]})


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".CSV"])
def test_rows_and_extra_columns_come_back_as_they_were(tmp_path, suffix):
    write_cells(CELLS, tmp_path / f"cells{suffix}")
    assert_frame_equal(read_cells(tmp_path / f"cells{suffix}"), CELLS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cells.csv' cannot be read as csv"),
        (b"model_id\na/b\n", r"missing columns \['task_id'\]; found \['model_id'\]"),
        (b"only one column\n1\n", r"missing columns \['model_id', 'task_id'\]"),
        (
            b"model_id,task_id,value\na,b,1\n",
            r"has columns \['value'\], which a prediction adds; rename or drop them",
        ),
        (b"model_id,task_id\n\xff\xfe,b\n", "cannot be read as csv"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path, content, message):
    file = tmp_path / "cells.csv"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        read_cells(file)


def test_a_nul_byte_is_part_of_an_unknown_name_and_nothing_worse(tmp_path):
    file = tmp_path / "cells.csv"
    file.write_bytes(b"model_id,task_id\na\x00b,T1\n")
    assert read_cells(file)["model_id"].to_list() == ["a\x00b"]


def test_a_damaged_parquet_is_refused(tmp_path):
    file = tmp_path / "cells.parquet"
    file.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(BadInput, match="cannot be read as parquet"):
        read_cells(file)


def test_numbers_where_names_belong_are_refused(tmp_path):
    file = tmp_path / "cells.parquet"
    pl.DataFrame({"model_id": [1], "task_id": ["T"]}).write_parquet(file)
    with pytest.raises(BadInput, match="model_id holds Int64; it must hold names"):
        read_cells(file)


def test_a_failed_write_leaves_the_old_file_and_nothing_half_written(tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("old", encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be written"):
        write_cells(CELLS.with_columns(languages=pl.lit(["deu"])), out)
    assert out.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_missing_folder_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="cannot be written"):
        write_cells(CELLS, tmp_path / "none" / "out.parquet")


@pytest.mark.parametrize("level", ["0", "1", "90", 0.995, "ninety"])
def test_a_level_that_no_interval_can_have_is_refused(level):
    with pytest.raises(BadInput, match="--level: "):
        check_level(level)
