"""The user's own file as rows, and the hash that tells one version of it from another."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from advisor.core.errors import BadInput
from advisor.understand.table_file import MAX_ROWS, read_rows

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl


def read_data(path: Path) -> pl.DataFrame:
    """The rows of a CSV, TSV, parquet or JSON-lines file, each with its number in column "row_nr".

    Raises: BadInput: not a readable table (see table_file.read_rows), or more rows than are read.
    """
    try:
        frame = read_rows(path)
    except BadInput as error:
        raise BadInput(str(error).replace("task:", "--data:", 1)) from None
    if frame.height == MAX_ROWS:
        raise BadInput(
            f"--data: {str(path)!r} has {MAX_ROWS:,} rows or more; give a sample of fewer"
        )
    return frame.drop("row_nr", strict=False).with_row_index("row_nr")


def data_hash(path: Path) -> str:
    """First 12 hex digits of the SHA-256 of the file's bytes."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:12]
    except OSError as error:
        raise BadInput(f"--data: {str(path)!r} cannot be opened ({error.strerror})") from None


def column(frame: pl.DataFrame, name: str, *, option: str) -> str:
    """`name`, when the frame has it. Raises: BadInput: it does not; the message lists what there is."""
    if name not in frame.columns:
        there = ", ".join(c for c in frame.columns if c != "row_nr")
        raise BadInput(f"{option}: there is no column {name!r}; the file has {there}")
    return name
