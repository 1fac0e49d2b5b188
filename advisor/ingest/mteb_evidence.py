"""Evidence rows from the columns that were read: one a cell, sorted, nothing repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from advisor.ingest.mteb_scores import PREFERENCE, Rows
from advisor.ingest.mteb_tally import SOURCE, Tally
from advisor.tables.schema import EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.ingest.mteb_columns import Codes, Columns

UNKNOWN: Final = "unknown"
NO_METRIC: Final = "main_score"
"""The metric's name for a task that no catalogue holds."""
EXPERIMENT_MARK: Final = "+"
"""Between revision and experiment in `model_revision`; no revision in the results has it."""

PROTOCOLS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        "task_id": pl.String,
        "split": pl.String,
        "subsets": pl.List(pl.String),
        "n_items": pl.Int64,
        "dataset_revision": pl.String,
    }
)
"""One (task, evaluated split) a row: its subsets, the items in all of them, the data's present revision."""

Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


def row_arrays(columns: Columns) -> Rows:
    """The rows as arrays, each with the number of its file; splits and subsets numbered in sorted order."""
    files = np.arange(len(columns.files.n_rows), dtype=np.int64)
    split = _sorted_codes(columns.splits)[np.asarray(columns.rows.split, dtype=np.int32)]
    subset = _sorted_codes(columns.subsets)[np.asarray(columns.rows.subset, dtype=np.int32)]
    value = np.asarray(columns.rows.value, dtype=np.float64)
    return Rows(np.repeat(files, columns.files.n_rows), split, subset, value)


def _sorted_codes(codes: Codes) -> npt.NDArray[np.int32]:
    places = np.empty(len(codes), dtype=np.int32)
    for place, name in enumerate(sorted(codes)):
        places[codes[name]] = place
    return places


def file_frame(columns: Columns, metric_of: Mapping[str, str]) -> pl.DataFrame:
    """One row a file, `file` counting from 0; `label` is the revision with its experiment."""
    files = columns.files
    table = pl.DataFrame(
        {
            "model": files.model,
            "revision": files.revision,
            "experiment": pl.Series(files.experiment, dtype=pl.String),
            "task": files.task,
            "dataset_revision": pl.Series(files.dataset_revision, dtype=pl.String),
            "mteb_version": pl.Series(files.mteb_version, dtype=pl.String),
            "measured_at": pl.Series(files.measured_at, dtype=pl.String),
            "is_renamed": files.is_renamed,
            "metric": pl.Series([metric_of.get(task) for task in files.task], dtype=pl.String),
        }
    )
    label = pl.concat_str("revision", "experiment", separator=EXPERIMENT_MARK, ignore_nulls=True)
    return table.with_row_index("file").with_columns(pl.col("file").cast(pl.Int64), label=label)


def kept_rows(files: pl.DataFrame, rows: Rows, tally: Tally) -> Integers:
    """Indices into `rows` of the cells that stand as evidence, in order of model, revision, task, split, subset.

    Of a cell listed twice the last in the file stands, of two files of one task the one mteb prefers.
    """
    cell = ["model", "label", "task"]
    order = files.sort([*cell, *PREFERENCE, "file"], nulls_last=False)
    order = order.with_columns(cell=pl.struct(cell).rle_id().cast(pl.Int64)).with_row_index("place")
    place, group = np.empty(files.height, dtype=np.int64), np.empty(files.height, dtype=np.int64)
    place[order["file"].to_numpy()] = order["place"].to_numpy()
    group[order["file"].to_numpy()] = order["cell"].to_numpy()
    usable = np.flatnonzero(np.isfinite(rows.value))
    tally.add(
        "rows: NaN or infinite", len(rows.value) - len(usable) - tally["rows: main score missing"]
    )
    usable = usable[np.argsort(place[rows.file[usable]], kind="stable")]
    n_splits, n_subsets = int(rows.split.max()) + 1, int(rows.subset.max()) + 1
    key = (group[rows.file[usable]] * n_splits + rows.split[usable]) * n_subsets + rows.subset[
        usable
    ]
    by_key = np.argsort(key, kind="stable")
    usable, key = usable[by_key], key[by_key]
    is_repeat = np.append(key[1:] == key[:-1], False)[: len(key)]
    next_file = np.roll(rows.file[usable], -1)
    in_file = is_repeat & (rows.file[usable] == next_file)
    tally.add("rows: repeated in the file", int(in_file.sum()))
    tally.add("rows: repeated by a renamed task", int(is_repeat.sum() - in_file.sum()))
    kept: Integers = usable[~is_repeat]
    return kept


@dataclass(frozen=True, slots=True)
class Lists:
    """What the catalogue lists for each task, by the codes used in the rows; -1 where it lists nothing."""

    task_of_file: Integers
    n_items: Integers
    """(task, split): items over all subsets."""
    n_subsets: Integers
    """(task, split); 0: the split is off the list, -1: the task is in no catalogue."""
    subset_keys: Integers
    """Sorted `task * number of subsets + subset` of every listed subset."""


def catalogue_lists(files: pl.DataFrame, columns: Columns, protocols: pl.DataFrame) -> Lists:
    """`protocols` for the tasks, splits and subsets that occur, as lookup tables."""
    tasks = {task: code for code, task in enumerate(files["task"].unique().sort())}
    splits = {name: code for code, name in enumerate(sorted(columns.splits))}
    subsets = {name: code for code, name in enumerate(sorted(columns.subsets))}
    n_items = np.full((len(tasks), len(splits)), -1, dtype=np.int64)
    n_subsets = n_items.copy()
    keys: set[int] = set()
    listed = protocols.filter(pl.col("task_id").is_in(list(tasks)))
    for task, split, names, n in listed.select(
        "task_id", "split", "subsets", "n_items"
    ).iter_rows():
        code = tasks[task]
        n_subsets[code] = np.maximum(n_subsets[code], 0)
        keys.update(code * len(subsets) + subsets[name] for name in names if name in subsets)
        if split in splits:
            n_subsets[code, splits[split]] = len(names)
            n_items[code, splits[split]] = -1 if n is None else n
    codes = files["task"].replace_strict(tasks, return_dtype=pl.Int64).to_numpy()
    return Lists(codes, n_items, n_subsets, np.array(sorted(keys), dtype=np.int64))


def items_of_rows(rows: Rows, kept: Integers, lists: Lists, tally: Tally) -> Integers:
    """How many items each kept row rests on, -1 where unknown: known only for a task without subsets."""
    task, split = lists.task_of_file[rows.file[kept]], rows.split[kept]
    n_subsets = lists.n_subsets[task, split]
    tally.add("rows: split off the task's list", int((n_subsets == 0).sum()))
    listed_tasks: Booleans = np.any(lists.n_subsets >= 0, axis=1)
    key = task * (int(rows.subset.max()) + 1) + rows.subset[kept]
    off = listed_tasks[task] & ~np.isin(key, lists.subset_keys)
    tally.add("rows: subset off the task's list", int(off.sum()))
    return np.where((n_subsets == 1) & ~off, lists.n_items[task, split], -1)


def items_of_files(rows: Rows, kept: Integers, lists: Lists) -> Integers:
    """How many items each file's mean rests on; -1 unless every split it has is listed and complete."""
    n_splits = lists.n_items.shape[1]
    key, count = np.unique(rows.file[kept] * n_splits + rows.split[kept], return_counts=True)
    file, split = key // n_splits, key % n_splits
    task = lists.task_of_file[file]
    known = (count == lists.n_subsets[task, split]) & (lists.n_items[task, split] > 0)
    items = np.zeros(len(lists.task_of_file), dtype=np.int64)
    np.add.at(items, file, np.where(known, lists.n_items[task, split], 0))
    items[file[~known]] = -1
    items[items == 0] = -1
    return items


def evidence_frame(
    files: pl.DataFrame,
    rows: Rows,
    kept: Integers,
    n_items: Integers,
    names: tuple[list[str], list[str]],
) -> pl.DataFrame:
    """EVIDENCE for the kept rows; `names` are the sorted split and subset names."""
    texts = files.select(
        model_id="model",
        model_revision="label",
        task_id="task",
        dataset_revision=pl.col("dataset_revision").fill_null(UNKNOWN),
        metric=pl.col("metric").fill_null(NO_METRIC),
        harness_version=pl.col("mteb_version").fill_null(UNKNOWN),
        measured_at="measured_at",
    )[rows.file[kept]]
    splits, subsets = names
    items = pl.Series("n_items", n_items)
    constants = {
        "precision": UNKNOWN, "harness": "mteb", "hardware_id": UNKNOWN, "source_id": SOURCE,
        "n_shot": -1, "seed": -1, "stderr": None, "published": True,
    }  # fmt: skip
    return texts.with_columns(
        pl.Series("split", splits).gather(pl.Series(rows.split[kept])),
        pl.Series("subset", subsets).gather(pl.Series(rows.subset[kept])),
        pl.Series("value", rows.value[kept]),
        items.set(items < 0, None),
        **{name: pl.lit(value, dtype=EVIDENCE[name]) for name, value in constants.items()},
    ).select(pl.col(name).cast(dtype) for name, dtype in EVIDENCE.items())


def count_oddities(
    files: pl.DataFrame, evidence: pl.DataFrame, protocols: pl.DataFrame, tally: Tally
) -> None:
    """Count what is kept although it looks odd: unknown tasks, values off 0..1, older data revisions."""
    value = evidence["value"]
    tally.add("rows: evidence", evidence.height)
    tally.add("rows: task not in the catalogue", int((evidence["metric"] == NO_METRIC).sum()))
    tally.add("rows: above 1", int((value > 1).sum()))
    tally.add("rows: negative", int((value < 0).sum()))
    tally.add("rows: exactly 0", int((value == 0).sum()))
    tally.add("rows: exactly 1", int((value == 1).sum()))
    present = (
        protocols.select(task="task_id", present="dataset_revision").unique("task").drop_nulls()
    )
    other = files.join(present, on="task").filter(pl.col("dataset_revision") != pl.col("present"))
    tally.add("files: other dataset_revision", other.height)
