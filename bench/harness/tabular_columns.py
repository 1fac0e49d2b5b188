"""A table's columns as numbers and level codes, and what had to be left out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.understand.table_checks import id_like

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MISSING: Final = -1
"""The code of a level that is missing, or was in no row of the file."""
NUMERIC_SHARE: Final = 0.95
"""Share of a text column's filled cells that read as numbers (or dates) from which it is one."""
_MIXED_FROM: Final = 20
"""Filled cells from which that share is looked at."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """The inputs of some rows: numbers and codes side by side."""

    numeric: NDArray[np.float64]
    """[n_rows, n_numeric]; NaN where missing. Yes/no is 1/0; a date is days since 1970 and its parts."""
    codes: NDArray[np.int32]
    """[n_rows, n_categorical]; index into `levels`, MISSING where missing."""
    numeric_names: tuple[str, ...]
    categorical_names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    """Each categorical column's levels over the whole file, sorted: names only, nothing of the target."""
    rows: NDArray[np.intp]
    """Each row's place in the table; -1 for one that is not of it."""

    def __len__(self) -> int:
        return len(self.numeric)

    def take(self, rows: NDArray[np.intp]) -> Features:
        """Those rows, in that order."""
        return Features(
            numeric=self.numeric[rows], codes=self.codes[rows], numeric_names=self.numeric_names,
            categorical_names=self.categorical_names, levels=self.levels, rows=self.rows[rows],
        )  # fmt: skip


class RowReader:
    """Raw rows (numbers and words, as a caller would hand them over) to Features, for timing single items."""

    def __init__(self, like: Features) -> None:
        self._like = like
        self._index = [
            {level: n for n, level in enumerate(levels)} | {None: MISSING} for levels in like.levels
        ]

    def raw(self) -> list[tuple[tuple[float, ...], tuple[str | None, ...]]]:
        """The rows as a caller would have them."""
        words = [
            [levels[c] if c >= 0 else None for c in column]
            for levels, column in zip(self._like.levels, self._like.codes.T.tolist(), strict=True)
        ]
        by_row = list(zip(*words, strict=True)) if words else [()] * len(self._like)
        return [
            (tuple(n), tuple(w)) for n, w in zip(self._like.numeric.tolist(), by_row, strict=True)
        ]

    def read(self, rows: Sequence[tuple[tuple[float, ...], tuple[str | None, ...]]]) -> Features:
        """The rows as Features; a level that the file does not hold is missing."""
        like = self._like
        numeric = np.array([r[0] for r in rows], dtype=np.float64)
        codes = [[m.get(w, MISSING) for m, w in zip(self._index, r[1], strict=True)] for r in rows]
        return Features(
            numeric=numeric.reshape(len(rows), len(like.numeric_names)),
            codes=np.array(codes, dtype=np.int32).reshape(len(rows), len(like.levels)),
            numeric_names=like.numeric_names, categorical_names=like.categorical_names, levels=like.levels,
            rows=np.full(len(rows), -1),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A frame ready to be coded, with what was done to it."""

    frame: pl.DataFrame
    warnings: tuple[str, ...]


def clean(frame: pl.DataFrame, *, drop: Sequence[str] = ()) -> Cleaned:
    """Inputs without the columns that say nothing; numbers and dates that were written as text read.

    frame: the inputs alone. Left out, each with a warning: empty and constant columns, lists and records,
    text or row numbers that only name the row. Infinite numbers become gaps.
    """
    said: list[str] = []
    columns: list[pl.Series] = []
    for column in frame.drop(drop, strict=False).iter_columns():
        kept, words = _one(column)
        said += words
        columns += kept
    made = pl.DataFrame(columns) if columns else pl.DataFrame()
    ids = [c for c in id_like(made, "", ()) if not made[c].dtype.is_temporal()]
    if ids:
        said.append(f"{_listed(ids)}: left out; names the row, as an id does")
    return Cleaned(frame=made.drop(ids), warnings=tuple(_grouped(said)))


def code(frame: pl.DataFrame) -> Features:
    """A cleaned frame as Features; dates become days since 1970, month, day of the week and, with a time, hour."""
    numeric: dict[str, NDArray[np.float64]] = {}
    words: dict[str, pl.Series] = {}
    for column in frame.iter_columns():
        if column.dtype.is_temporal():
            numeric |= _date_parts(column)
        elif column.dtype == pl.String:
            words[column.name] = column
        else:
            numeric[column.name] = column.cast(pl.Float64).to_numpy().astype(np.float64)
    levels = [tuple(sorted(c.drop_nulls().unique().to_list())) for c in words.values()]
    codes = [
        c.replace_strict(
            list(known), list(range(len(known))), default=MISSING, return_dtype=pl.Int32
        )
        .fill_null(MISSING)
        .to_numpy()
        for c, known in zip(words.values(), levels, strict=True)
    ]
    n = frame.height
    return Features(
        numeric=np.column_stack(list(numeric.values())) if numeric else np.empty((n, 0)),
        codes=np.column_stack(codes).astype(np.int32) if codes else np.empty((n, 0), dtype=np.int32),
        numeric_names=tuple(numeric), categorical_names=tuple(words), levels=tuple(levels),
        rows=np.arange(n),
    )  # fmt: skip


def _one(column: pl.Series) -> tuple[list[pl.Series], list[str]]:
    """A column as it is to be used (none, one, or numbers and words apart), and what was done to it."""
    name = repr(column.name)
    if column.dtype in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    if column.dtype.is_nested() or column.dtype in (pl.Object, pl.Binary):
        return [], [f"{name}: left out; holds {str(column.dtype).split('(')[0].lower()}s"]
    if column.dtype == pl.String:
        stripped = column.str.strip_chars()
        parts, said = _as_written(stripped.set(stripped == "", None))
    else:
        parts, said = [column], []
    if column.dtype.is_float():
        if bad := int(column.is_infinite().sum()):
            said.append(f"{name}: {bad:,} infinite values count as missing")
        parts = [column.set(~column.is_finite(), None)]
    if parts[0].null_count() == len(column):
        return [], [*said, f"{name}: left out; empty"]
    if len(parts) == 1 and parts[0].null_count() == 0 and parts[0].n_unique() == 1:
        return [], [*said, f"{name}: left out; the same in every row"]
    return parts, said


def _as_written(column: pl.Series) -> tuple[list[pl.Series], list[str]]:
    """Text that is mostly numbers, or dates, as what it is; the words among numbers as a column of their own."""
    name, filled = column.name, column.drop_nulls()
    if len(filled) < _MIXED_FROM:
        return [column], []
    for what, read in (("numbers", _numbers), ("dates", _dates)):
        found = read(column)
        words = column.set(found.is_not_null(), None).alias(f"{name} (words)")
        n_words = len(words) - words.null_count()
        if n_words > (1 - NUMERIC_SHARE) * len(filled):
            continue
        if n_words == 0:
            return [found], []
        return [found, words], [
            f"{name!r}: read as {what}, and its {n_words:,} other cells as words"
        ]
    return [column], []


def _numbers(column: pl.Series) -> pl.Series:
    return column.cast(pl.Float64, strict=False)


def _dates(column: pl.Series) -> pl.Series:
    """ISO dates with or without a time; null where a cell is none."""
    day = column.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if day.null_count() > (1 - NUMERIC_SHARE) * len(column):
        return day
    text = column.str.slice(0, 19).str.replace("T", " ", literal=True)
    moment = text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    return day if moment.null_count() > day.null_count() else moment


def _date_parts(column: pl.Series) -> dict[str, NDArray[np.float64]]:
    name, parts = column.name, {}
    if isinstance(column.dtype, (pl.Duration, pl.Time)):
        return {name: column.to_physical().cast(pl.Float64).to_numpy().astype(np.float64)}
    moment = column.cast(pl.Datetime("us"))
    parts[f"{name} (days)"] = moment.to_physical().cast(pl.Float64) / 86_400e6
    parts[f"{name} (month)"] = moment.dt.month().cast(pl.Float64)
    parts[f"{name} (weekday)"] = moment.dt.weekday().cast(pl.Float64)
    if not isinstance(column.dtype, pl.Date):
        parts[f"{name} (hour)"] = moment.dt.hour().cast(pl.Float64)
    return {
        key: part.to_numpy().astype(np.float64)
        for key, part in parts.items()
        if part.n_unique() > 1
    }


def _grouped(said: Sequence[str]) -> list[str]:
    """Lines "column: what" with the columns of the same words in one line."""
    by_words: dict[str, list[str]] = {}
    for line in said:
        name, _, words = line.partition(": ")
        by_words.setdefault(words, []).append(name)
    return [f"{_joined(names)}: {words}" for words, names in by_words.items()]


def _listed(names: Sequence[str]) -> str:
    return _joined([repr(n) for n in names])


def _joined(names: Sequence[str], *, at_most: int = 5) -> str:
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more
