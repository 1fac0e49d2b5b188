"""Opening a data file of the user's: every way it can be wrong is one clear line."""

from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 50_000_000
"""Largest file that is opened; a profile needs a sample, not everything."""
MAX_ROWS: Final = 100_000
"""Rows that are looked at; the rest of a longer file is counted as not read."""
MAX_COLUMNS: Final = 2_000
_CHECKED_LINES: Final = 2_000
_OPEN: Final = 50
"""Lines from which one row of the wrong width is a quotation mark that was never closed."""
_SEPARATORS: Final = ",;\t|"
_GAPS: Final = ("", "na", "n/a", "nan", "null", "none", "?", "-", "inf", "-inf", "infinity")
"""What people write where a number is missing."""
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def content_hash(path: Path) -> str:
    """First 12 hex digits of the SHA-256 of the file's bytes: what tells one version of it from another."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]


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
    frame = _numbers(_parse(path))
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


def _numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with text columns that hold numbers and gaps ("NA", "?") as numbers; NaN and infinity are gaps."""
    columns = []
    for name, dtype in frame.schema.items():
        column = frame[name]
        if dtype == pl.String:
            bare = column.str.strip_chars()
            filled = bare.set(bare.str.to_lowercase().is_in(_GAPS), None)
            number = filled.cast(pl.Float64, strict=False)
            if len(number) > number.null_count() == filled.null_count() > column.null_count():
                column = number
        if column.dtype.is_float():
            column = column.set(~column.is_finite(), None)
        columns.append(column.alias(name))
    return pl.DataFrame(columns)


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
        if stream.read(2) in _UTF16:
            raise BadInput(f"task: {str(path)!r} is UTF-16; save it as UTF-8 text")
        stream.seek(0)
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
    names = _refuse_ragged(path, separator, at_most=_CHECKED_LINES)
    try:
        frame = pl.read_csv(
            path,
            separator=separator,
            n_rows=MAX_ROWS,
            infer_schema_length=None,
            try_parse_dates=False,
        )
    except pl.exceptions.PolarsError:
        _refuse_ragged(path, separator, at_most=None)  # says which line it is, where it is that
        raise
    return frame.rename(dict(zip(frame.columns, names, strict=True)))


def _refuse_ragged(path: Path, separator: str, *, at_most: int | None) -> list[str]:
    """The columns' names, once each of the first `at_most` rows is known to have as many fields.

    A column without a name, as row numbers often are, gets one by its place.
    Raises: BadInput: a row of another width, an unclosed quotation mark, a name twice, a field too long.
    """
    names: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = csv.reader(stream, delimiter=separator, strict=False)
        start = 0
        try:
            for number, fields in enumerate(lines, start=1):
                start, first = lines.line_num, start + 1
                if not names:
                    names = _named(path, fields)
                elif fields and len(fields) != len(names):
                    raise BadInput(_ragged(path, fields, len(names), (first, start)))
                if number == at_most:
                    break
        except csv.Error:
            raise BadInput(
                f"task: {str(path)!r} has a field of more than {csv.field_size_limit():,} characters from line "
                f"{start + 1:,} on; cut long texts, or close the quotation mark there"
            ) from None
    return names


def _named(path: Path, header: list[str]) -> list[str]:
    names = [name.strip() or f"column_{n}" for n, name in enumerate(header, start=1)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"task: {str(path)!r} has two columns called {twice[0]!r}; rename one")
    return names


def _ragged(path: Path, fields: list[str], width: int, lines: tuple[int, int]) -> str:
    first, last = lines
    if last - first >= _OPEN:
        return (
            f"task: {str(path)!r} opens a quotation mark in line {first:,} that is not closed before line "
            f"{last:,}; close it, or double the mark inside a field"
        )
    return (
        f"task: {str(path)!r} is ragged: line {first} has {len(fields)} fields, its header {width}. "
        'Quote fields that hold the separator ("a, b")'
    )
