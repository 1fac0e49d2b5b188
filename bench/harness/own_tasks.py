"""The user's labelled file as a task: which columns, which rows to learn from and which to be judged on, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

import polars as pl

from advisor.core.errors import BadInput
from bench.data_file import column, data_hash, read_data
from bench.harness.own_split import fewer, split, split_warnings, with_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["classification", "multilabel", "pairs", "similarity", "extraction", "generation"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MAIN: Final[dict[Kind, str]] = {
    "classification": "accuracy",
    "pairs": "accuracy",
    "multilabel": "f1_micro",
    "similarity": "spearman",
    "extraction": "token_f1",
    "generation": "rougeL",
}
"""The score that decides, unless another is asked for."""

FAMILY: Final[dict[Kind, str]] = {
    "classification": "text-classification",
    "pairs": "pair-classification",
    "multilabel": "multilabel-classification",
    "similarity": "semantic-similarity",
    "extraction": "information-extraction",
    "generation": "summarization",
}

LONGEST: Final = 100_000
"""Characters of a text that are used; more is no text but a file in a cell."""
LEAST_ROWS: Final = 20
"""Rows below which no split says anything."""
_SEVERAL: Final = 0.2
"""Share of rows with several parts from which a column holds several labels; below it the sign is part of a name."""
_SEPARATORS: Final = ("|", ";")


@dataclass(frozen=True, kw_only=True)
class OwnTask:
    """Rows to learn from and rows to be judged on; columns row_nr, text, text2 (pairs), target."""

    task_id: str
    data_hash: str
    kind: Kind
    label: str
    split: str
    """ "test" when the file says which rows are for testing, else "holdout" with the share."""
    train: pl.DataFrame
    test: pl.DataFrame
    labels: list[str]
    """Of classes, sorted; empty where there are none."""
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_pair(self) -> bool:
        """Whether an item is two texts."""
        return "text2" in self.train.columns


def read_own(options: Mapping[str, Any], *, seed: int) -> OwnTask:
    """The task that a job's options describe.

    options: "data" (path), "inputs" (one or two columns), "label"; perhaps "data_hash" (refused when the file
    has changed since), "kind" (one of KINDS; else told from the columns), "split_column", "group_column",
    "n_train" (learn from so many labels only).
    Raises: BadInput: the file, a column, its labels or its split cannot be used; one line each.
    """
    path = Path(options["data"])
    found = data_hash(path)
    if (wanted := options.get("data_hash")) is not None and wanted != found:
        raise BadInput(
            f"--data: {path.name!r} has changed since the run was planned; start the command again"
        )
    frame = read_data(path)
    inputs = [column(frame, name, option="--input") for name in options["inputs"]]
    label = column(frame, str(options["label"]), option="--label")
    _refuse_columns(inputs, label)
    warnings: list[str] = []
    rows, dropped = _texts(frame, inputs, label)
    warnings += dropped
    kind = _kind(options.get("kind"), rows)
    rows, labels = _targets(rows, kind, label)
    rows = with_parts(rows, frame, options)
    if "_ignored" in rows.columns:
        warnings.append(
            "column 'split' does not hold both train and test, and is not used: a fifth is held out"
        )
    train, test, said_split = split(rows, kind, seed=seed)
    warnings += split_warnings(train, test, kind, rows)
    n_leaked = int(test["_key"].is_in(train["_key"].unique().implode()).sum())
    if n_leaked:
        warnings.append(
            f"leakage: {n_leaked:,} of {test.height:,} test texts also stand in the training rows; scores flatter"
        )
    n_all = train.height
    if (n_train := options.get("n_train")) is not None:
        train = fewer(train, int(n_train), kind, seed=seed)
    keep = ["row_nr", "text", *(["text2"] if len(inputs) == 2 else []), "target"]
    return OwnTask(
        task_id=path.stem, data_hash=found, kind=kind, label=label, split=said_split, labels=labels,
        train=train.select(keep), test=test.select(keep), warnings=warnings,
        facts={
            "n_train": train.height, "n_train_all": n_all, "n_test": test.height, "n_leaked": n_leaked,
            "n_dropped": frame.height - rows.height, "n_labels": len(labels), "kind": kind, "split": said_split,
        },
    )  # fmt: skip


def _refuse_columns(inputs: Sequence[str], label: str) -> None:
    if not 1 <= len(inputs) <= 2:
        raise BadInput(f"--input: one column, or two for pairs of texts, not {len(inputs)}")
    if label in inputs or len(set(inputs)) < len(inputs):
        raise BadInput(
            f"--input and --label must be different columns; {', '.join([*inputs, label])} are named"
        )


def _texts(
    frame: pl.DataFrame, inputs: Sequence[str], label: str
) -> tuple[pl.DataFrame, list[str]]:
    """Columns row_nr, text, text2, target (as the file has it), _key; rows that say nothing left out and counted."""
    names = dict(zip(("text", "text2"), inputs, strict=False))
    for said in inputs:
        if frame[said].dtype in (pl.List, pl.Struct, pl.Object, pl.Binary):
            raise BadInput(f"--input: column {said!r} holds {frame[said].dtype}, not texts")
        if frame[said].null_count() == frame.height:
            raise BadInput(f"--input: column {said!r} is empty")
    if frame[label].null_count() == frame.height:
        raise BadInput(f"--label: column {label!r} is empty; give the file with its labels")
    rows = frame.select(
        "row_nr",
        *(
            pl.col(said).cast(pl.String).fill_null("").str.strip_chars().alias(name)
            for name, said in names.items()
        ),
        target=pl.col(label),
    )
    warnings = []
    long = sum(int((rows[name].str.len_chars() > LONGEST).sum()) for name in names)
    if long:
        warnings.append(
            f"{long:,} texts have more than {LONGEST:,} characters; only the first {LONGEST:,} are used"
        )
        rows = rows.with_columns(pl.col(name).str.slice(0, LONGEST) for name in names)
    is_empty = pl.any_horizontal(pl.col(name) == "" for name in names)
    unlabelled = pl.col("target").is_null()
    if rows["target"].dtype == pl.String:
        unlabelled = unlabelled | (pl.col("target").str.strip_chars() == "")
    for words, what in (("an empty text", is_empty), ("no label", unlabelled)):
        if count := rows.select(what.sum()).item():
            warnings.append(f"{count:,} of {frame.height:,} rows have {words} and are left out")
    rows = rows.filter(~is_empty, ~unlabelled)
    if rows.height < LEAST_ROWS:
        raise BadInput(
            f"--data: {rows.height:,} rows have both a text and a label; at least {LEAST_ROWS} are needed"
        )
    key = pl.concat_str([pl.col(name) for name in names], separator="\x00").str.to_lowercase()
    return rows.with_columns(_key=key.str.replace_all(r"\s+", " ")), warnings


def _kind(asked: str | None, rows: pl.DataFrame) -> Kind:
    """The kind asked for, or the one that the columns look like. Raises: BadInput: none fits."""
    if asked is not None:
        if asked not in KINDS:
            raise BadInput(f"--kind: {asked!r} is not accepted; type one of {', '.join(KINDS)}")
        return asked
    target = rows["target"]
    values, is_pair = target.n_unique() if target.dtype != pl.List else 0, "text2" in rows.columns
    if target.dtype == pl.List:
        return "multilabel"
    if target.dtype.is_numeric() and (not _whole(target) or values > max(20, rows.height // 20)):
        if is_pair:
            return "similarity"
        raise BadInput(
            f"--label: {values:,} different numbers; a number from a text is not covered here. "
            "Use `advisor bench tabular`, or a column with classes"
        )
    if is_pair:
        return "similarity" if target.dtype.is_numeric() and values > 3 else "pairs"
    if target.dtype == pl.String and _separator(target) is not None:
        return "multilabel"
    if values <= max(2, rows.height // 5):
        return "classification"
    inside = rows.head(500).select(
        pl.col("text")
        .str.contains(pl.col("target").cast(pl.String).str.strip_chars(), literal=True)
        .mean()
    )
    return "extraction" if float(inside.item() or 0.0) > 0.6 else "generation"


def _whole(column_: pl.Series) -> bool:
    return column_.dtype.is_integer() or bool((column_ == column_.round(0)).all())


def _separator(target: pl.Series) -> str | None:
    """The sign between several labels of one row, where most labels come back in other company."""
    for sign in _SEPARATORS:
        parts = target.str.split(sign)
        several = float(cast("float", (parts.list.len() > 1).mean() or 0.0))
        if several > _SEVERAL and parts.explode().n_unique() < 0.5 * len(target):
            return sign
    return None


def _targets(rows: pl.DataFrame, kind: Kind, label: str) -> tuple[pl.DataFrame, list[str]]:
    """The rows with their target as text (several labels joined by "|"), and the labels, sorted.

    Raises: BadInput: one class only, as many classes as rows, or numbers that are none.
    """
    target = rows["target"]
    if kind == "similarity":
        number = target.cast(pl.Float64, strict=False)
        if number.null_count() or number.n_unique() < 3:
            raise BadInput(
                f"--label: {label!r} must hold at least three different numbers for --kind similarity"
            )
        return rows.with_columns(target=number.cast(pl.String)), []
    if kind == "multilabel":
        joined = _joined(target)
        labels = sorted({part for parts in joined.to_list() for part in parts.split("|")})
        if len(labels) < 2:
            raise BadInput(
                f"--label: {label!r} holds one label only ({labels[0]!r}); there is nothing to tell apart"
            )
        return rows.with_columns(target=joined), labels
    if target.dtype == pl.List:
        raise BadInput(f"--label: {label!r} holds lists; add --kind multilabel")
    if target.dtype.is_float() and _whole(target):
        target = target.cast(pl.Int64)  # a file's 0 and 1 read as 0.0 and 1.0 where a row is empty
    text = target.cast(pl.String).str.strip_chars()
    rows = rows.with_columns(target=text)
    if kind in {"extraction", "generation"}:
        return rows, []
    labels = sorted(text.unique().to_list())
    if len(labels) < 2:
        raise BadInput(
            f"--label: {label!r} holds one class only ({labels[0]!r}); there is nothing to tell apart"
        )
    if len(labels) > rows.height // 2:
        raise BadInput(
            f"--label: {label!r} has {len(labels):,} different values in {rows.height:,} rows, more like an id than "
            "classes; name the column with the classes, or add --kind extraction or generation"
        )
    return rows, labels


def _joined(target: pl.Series) -> pl.Series:
    if target.dtype != pl.List:
        target = target.cast(pl.String).str.split(_separator(target.cast(pl.String)) or "|")
    parts = target.to_list()
    return pl.Series(
        "target",
        ["|".join(sorted({str(p).strip() for p in row if str(p).strip()})) for row in parts],
    )
