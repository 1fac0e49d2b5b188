"""Opening a data file of the user's: every way it can be wrong is one clear line."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_BYTES: Final = 50_000_000
"""Largest file that is opened; a profile needs a sample, not everything."""
MAX_ROWS: Final = 100_000
"""Rows that are looked at; the rest of a longer file is counted as not read."""
MAX_COLUMNS: Final = 2_000
_CHECKED_LINES: Final = 2_000
_SEPARATORS: Final = ",;\t|"


def read_rows(path: Path) -> pl.DataFrame:
    """The first MAX_ROWS rows of a CSV, TSV, parquet or JSON-lines file, with at least two columns.

    Raises: BadInput: not a file, too large, empty, binary, ragged, not UTF-8, or fewer than two columns.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise BadInput(f"task: {str(path)!r} cannot be opened ({error.strerror})") from None
    if not path.is_file():
        raise BadInput(f"task: {str(path)!r} is not a file; type the path of a table")
    if size > MAX_BYTES:
        raise BadInput(
            f"task: {str(path)!r} has {size / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read. "
            "Give a sample of its rows"
        )
    if size == 0:
        raise BadInput(f"task: {str(path)!r} is empty; a table needs a header and rows")
    frame = _parse(path)
    if frame.width > MAX_COLUMNS:
        raise BadInput(
            f"task: {str(path)!r} has {frame.width:,} columns; at most {MAX_COLUMNS:,} are read"
        )
    if frame.width < 2:
        raise BadInput(
            f"task: {str(path)!r} has one column ({frame.columns[0]!r}); a task needs what is known and what is asked for, "
            "so at least two. Is the separator one of , ; tab |?"
            if frame.width
            else f"task: {str(path)!r} has no columns"
        )
    if frame.height < 2:
        raise BadInput(
            f"task: {str(path)!r} has {frame.height} rows below its header; at least 2 are needed"
        )
    return frame


def _parse(path: Path) -> pl.DataFrame:
    ending = path.suffix.lower()
    try:
        if ending == ".parquet":
            # By its first bytes, so that a renamed file is told from a damaged one.
            with path.open("rb") as stream:
                if stream.read(4) != b"PAR1":
                    raise BadInput(f"task: {str(path)!r} is not a parquet file")
            return pl.scan_parquet(path, glob=False).head(MAX_ROWS).collect()
        _refuse_binary(path)
        if ending in {".jsonl", ".ndjson"}:
            return pl.scan_ndjson(path, infer_schema_length=MAX_ROWS).head(MAX_ROWS).collect()
        return _parse_csv(path, "\t" if ending == ".tsv" else None)
    except (pl.exceptions.PolarsError, OSError) as error:
        line = str(error).strip().splitlines()[0][:160]
        raise BadInput(f"task: {str(path)!r} cannot be read as {ending[1:]} ({line})") from None


def _refuse_binary(path: Path) -> None:
    at = 0
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            if (found := chunk.find(b"\0")) >= 0:
                raise BadInput(
                    f"task: {str(path)!r} holds a NUL byte at position {at + found:,}; it is binary or damaged. Save it as UTF-8 text"
                )
            at += len(chunk)
    try:
        with path.open(encoding="utf-8") as stream:
            for _ in iter(lambda: stream.read(1 << 20), ""):
                pass
    except UnicodeDecodeError as error:
        raise BadInput(
            f"task: {str(path)!r} is not UTF-8 (byte {error.start:,} of a block); save it as UTF-8"
        ) from None


def _parse_csv(path: Path, separator: str | None) -> pl.DataFrame:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header = stream.readline()
        separator = separator or max(_SEPARATORS, key=header.count)
        stream.seek(0)
        _refuse_ragged(path, csv.reader(stream, delimiter=separator, strict=False))
    return pl.read_csv(
        path, separator=separator, n_rows=MAX_ROWS, infer_schema_length=None, try_parse_dates=False
    )


def _refuse_ragged(path: Path, lines: Iterable[list[str]]) -> None:
    width: int | None = None
    try:
        for number, fields in enumerate(lines, start=1):
            if width is None:
                width = len(fields)
            elif fields and len(fields) != width:
                raise BadInput(
                    f"task: {str(path)!r} is ragged: line {number} has {len(fields)} fields, its header {width}. "
                    'Quote fields that hold the separator ("a, b")'
                )
            if number >= _CHECKED_LINES:
                return
    except csv.Error as error:
        raise BadInput(f"task: {str(path)!r} cannot be read as csv ({error})") from None
