"""Files of (model, task) pairs: read and checked before any work, written whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import BadInput
from advisor.core.ranges import within

if TYPE_CHECKING:
    from pathlib import Path

KEY: Final = ["model_id", "task_id"]
ADDED: Final = pl.Schema(
    {
        "value": pl.Float64,
        "lo": pl.Float64,
        "hi": pl.Float64,
        "level": pl.Float64,
        "basis": pl.String,
        "n_evidence": pl.Int64,
    }
)
"""Columns that a prediction adds; fractions on the task's main-score scale, as stored."""
_SUFFIXES: Final = (".parquet", ".csv")


def check_level(level: str | float) -> float:
    """The interval's level. Raises: BadInput: not a fraction that an interval can be built for."""
    return within("--level", level, least=0.5, most=0.99, example="0.90")


def check_suffix(path: Path, *, option: str) -> Path:
    """`path` itself. Raises: BadInput: neither .parquet nor .csv."""
    if path.suffix.lower() not in _SUFFIXES:
        raise BadInput(f"{option}: {path.name!r} must end in .parquet or .csv")
    return path


def read_cells(path: Path) -> pl.DataFrame:
    """The file's rows, every column kept; a CSV's cells stay text.

    Raises: BadInput: unreadable, columns missing, or columns there that a prediction adds.
    """
    check_suffix(path, option="--cells")
    if not path.is_file():
        raise BadInput(f"--cells: no file {str(path)!r}; it needs the columns model_id, task_id")
    try:
        if path.suffix.lower() == ".csv":
            frame = pl.read_csv(path, infer_schema=False)
        else:
            frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(
            f"--cells: {path.name!r} cannot be read as {path.suffix[1:]} ({reason}); "
            "it needs a header and the columns model_id, task_id"
        ) from None
    return check_cells(frame, name=path.name)


def check_cells(frame: pl.DataFrame, *, name: str = "cells") -> pl.DataFrame:
    """`frame` with text in its key columns. Raises: BadInput: see read_cells."""
    if missing := [column for column in KEY if column not in frame.columns]:
        raise BadInput(f"{name}: missing columns {missing}; found {frame.columns[:8]}")
    if taken := [column for column in ADDED if column in frame.columns]:
        raise BadInput(f"{name}: has columns {taken}, which a prediction adds; rename or drop them")
    if wrong := [
        column for column in KEY if frame[column].dtype not in {pl.String, pl.Null, pl.Categorical}
    ]:
        raise BadInput(f"{name}: {wrong[0]} holds {frame[wrong[0]].dtype}; it must hold names")
    return frame.with_columns(pl.col(KEY).cast(pl.String))


def write_cells(frame: pl.DataFrame, path: Path) -> None:
    """Write parquet or CSV by the suffix, through a temporary file beside it: whole or not at all.

    Raises: BadInput: the folder is missing or cannot be written, or a column that CSV cannot hold.
    """
    check_suffix(path, option="--out")
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        if path.suffix.lower() == ".csv":
            frame.write_csv(temporary)
        else:
            frame.write_parquet(temporary)
        temporary.replace(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise BadInput(f"--out: {str(path)!r} cannot be written ({reason})") from None
    finally:
        temporary.unlink(missing_ok=True)
