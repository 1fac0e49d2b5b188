"""The user's table as something to cross-validate on: target and inputs apart, every way it can be wrong said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np
import polars as pl

from advisor.core.errors import BadInput
from advisor.understand.table import has_classes, is_text
from advisor.understand.table_checks import leaks
from bench.data_file import column as known_column
from bench.data_file import read_data
from bench.harness.tabular_columns import Features, clean, code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Kind = Literal["binary", "multiclass", "regression"]

ROWS_PER_FOLD: Final = 5
"""Labelled rows that each fold needs at least."""
MOST_CLASSES: Final = 200
_LOOKED_AT: Final = 5_000
"""Rows, evenly spread over the file, on which columns that give the target away are looked for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Labelled rows of the user's file, in its order."""

    frame: pl.DataFrame
    """The cleaned inputs, as words and numbers."""
    features: Features
    target: NDArray[Any]
    """int64 class codes, or float64 numbers; [n_rows]."""
    labels: tuple[str, ...]
    """The classes, sorted; empty for a regression."""
    kind: Kind
    item_ids: tuple[str, ...]
    """The row's number in the file."""
    warnings: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def n_classes(self) -> int:
        """0 for a regression."""
        return len(self.labels)


def read_table(
    path: Path, *, target: str, folds: int, asked: str = "auto", drop: Sequence[str] = ()
) -> Table:
    """The labelled rows of a file.

    asked: "classification", "regression", or "auto": text, yes/no and few whole numbers are classes.
    Raises: BadInput: unreadable; no such column; a target that is empty, of one value, or does not fit what was
    asked; too few rows for so many folds; no input left.
    """
    whole = read_data(path)
    known_column(whole, target, option="--target")
    for name in drop:
        known_column(whole, name, option="--drop")
        if name == target:
            raise BadInput(f"--drop: {name!r} is the target; name columns to predict it from")
    labelled = whole.filter(_labelled(whole[target]))
    said = _unlabelled(whole.height - labelled.height, target)
    kind = _kind(labelled[target], asked, n_rows=whole.height)
    _refuse_few(labelled.height, folds)
    labels: tuple[str, ...] = ()
    if kind != "regression":
        labelled, words = _without_rare(labelled, target, folds)
        said += words
        labels = tuple(sorted(_as_labels(labelled[target]).unique().to_list()))
        kind = "binary" if len(labels) == 2 else "multiclass"
    cleaned = clean(labelled.drop("row_nr", target), drop=drop)
    if cleaned.frame.width == 0:
        raise BadInput(
            f"--data: no input is left beside {target!r}: every other column is empty or constant"
        )
    suspects = _leaks(labelled.drop("row_nr", *drop), target, kind)
    return Table(
        frame=cleaned.frame,
        features=code(cleaned.frame),
        target=_codes(labelled[target], labels),
        labels=labels,
        kind=kind,
        item_ids=tuple(labelled["row_nr"].cast(pl.String).to_list()),
        warnings=(*_leak_words(suspects, target), *said, *cleaned.warnings),
        facts={"leakage_suspects": suspects},
    )


def duplicates_across(frame: pl.DataFrame, folds: NDArray[np.int32]) -> int:
    """Rows whose every input is the same as that of a row in another fold."""
    groups = pl.DataFrame(
        {"row": frame.select(pl.struct(pl.all()).hash()).to_series(), "fold": folds}
    )
    split = groups.group_by("row").agg(n=pl.len(), folds=pl.col("fold").n_unique())
    return int(split.filter(pl.col("folds") > 1)["n"].sum())


def _labelled(target: pl.Series) -> pl.Series:
    filled = target.is_not_null()
    if target.dtype.is_float():
        filled &= target.is_finite().fill_null(value=False)
    if target.dtype == pl.String:
        filled &= (target.str.strip_chars() != "").fill_null(value=False)
    return filled


def _unlabelled(n: int, target: str) -> list[str]:
    return [f"{n:,} rows have no {target!r}: left out"] if n else []


def _kind(target: pl.Series, asked: str, *, n_rows: int) -> Kind:
    """Regression or (for now) multiclass. Raises: BadInput: see read_table."""
    name = target.name
    if not len(target):
        raise BadInput(f"--target: column {name!r} is empty in all {n_rows:,} rows")
    if target.dtype.is_nested() or target.dtype in (pl.Object, pl.Binary):
        raise BadInput(
            f"--target: column {name!r} holds {target.dtype}; one class or number a row is needed"
        )
    n_values = target.n_unique()
    if n_values == 1:
        raise BadInput(
            f"--target: column {name!r} has one value only ({target[0]!r}); there is nothing to tell apart"
        )
    if target.dtype.is_temporal():
        raise BadInput(
            f"--target: column {name!r} holds dates; name a column of classes or numbers"
        )
    if asked == "regression" and not target.dtype.is_numeric():
        example = next(v for v in target.to_list() if v is not None)
        raise BadInput(
            f"--target: column {name!r} holds words like {str(example)[:40]!r}; a regression needs numbers. "
            "Leave --kind out, or name another column"
        )
    if asked == "regression" or (asked == "auto" and not has_classes(target)):
        return "regression"
    if n_values > min(MOST_CLASSES, max(2, len(target) // 2)):
        raise BadInput(
            f"--target: column {name!r} has {n_values:,} different values in {len(target):,} rows, too many to be "
            "classes; name another column"
            + (", or say --kind regression" if target.dtype.is_numeric() else "")
        )
    return "multiclass"


def _refuse_few(n: int, folds: int) -> None:
    if n < ROWS_PER_FOLD * folds:
        raise BadInput(
            f"--data: {n} labelled rows are too few for {folds} folds; at least {ROWS_PER_FOLD * folds} are needed"
        )


def _without_rare(frame: pl.DataFrame, target: str, folds: int) -> tuple[pl.DataFrame, list[str]]:
    """Without classes that cannot be in every fold. Raises: BadInput: fewer than two classes are left."""
    labels = _as_labels(frame[target])
    counts = labels.value_counts(name="n").sort(target)
    rare = counts.filter(pl.col("n") < folds)
    if counts.height - rare.height < 2:
        raise BadInput(
            f"--target: column {target!r} has fewer than two classes with at least {folds} rows, one for each fold; "
            "give more labelled rows, or fewer --folds"
        )
    if rare.height == 0:
        return frame, []
    names = ", ".join(repr(v) for v in rare[target].head(5).to_list())
    kept = frame.filter(~labels.is_in(rare[target].to_list()))
    return kept, [
        f"{rare.height:,} classes with fewer rows than the {folds} folds are left out "
        f"({names}; {frame.height - kept.height:,} rows)"
    ]


def _as_labels(target: pl.Series) -> pl.Series:
    """Classes as text; whole numbers without ".0"."""
    if target.dtype.is_float() and bool((target == target.round(0)).all()):
        target = target.cast(pl.Int64)
    if target.dtype == pl.String:
        return target.str.strip_chars()
    return target.cast(pl.String)


def _codes(target: pl.Series, labels: tuple[str, ...]) -> NDArray[Any]:
    if not labels:
        return target.cast(pl.Float64).to_numpy().astype(np.float64)
    place = {label: n for n, label in enumerate(labels)}
    return np.array([place[v] for v in _as_labels(target).to_list()], dtype=np.int64)


def _leaks(frame: pl.DataFrame, target: str, kind: Kind) -> list[str]:
    family = "tabular-regression" if kind == "regression" else "tabular-classification"
    if frame.height > _LOOKED_AT:
        frame = frame.gather_every(-(-frame.height // _LOOKED_AT))
    return leaks(frame, target, family, [], is_text)


def _leak_words(suspects: Sequence[str], target: str) -> list[str]:
    if not suspects:
        return []
    listed = ", ".join(map(repr, suspects[:5]))
    return [
        f"{listed} {'give' if len(suspects) > 1 else 'gives'} {target!r} away almost alone: is it known before the answer is? If not, --drop it"
    ]


def split(table: Table, *, folds: int, seed: int) -> NDArray[np.int32]:
    """The fold, 0 … folds-1, in which each row is held out: shuffled, with equal shares of the classes.

    The same folds as scikit-learn's StratifiedKFold or KFold with shuffle and random_state = seed.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    cutter = (KFold if table.kind == "regression" else StratifiedKFold)(
        folds, shuffle=True, random_state=seed
    )
    made = np.empty(len(table.target), dtype=np.int32)
    for n, (_, held_out) in enumerate(cutter.split(np.zeros(len(made)), table.target)):
        made[held_out] = n
    return cast("NDArray[np.int32]", made)
