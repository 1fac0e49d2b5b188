"""The score files of a results folder as plain columns of codes: 1.2 million rows in 16 bytes each."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from advisor.ingest.mteb_files import Metrics, TaskFile, iter_entries, task_file
from advisor.ingest.mteb_layout import Folder, load_json, read_bytes, walk_folders

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.ingest.mteb_tally import Tally


class Codes(dict[str, int]):
    """A small number for each distinct text, given at first sight."""

    def __missing__(self, text: str) -> int:
        if type(text) is not str:
            raise TypeError(f"a name must be text, got {text!r}")
        text.encode()  # a lone surrogate is a ValueError here, not later inside a table
        code = self[text] = len(self)
        return code


@dataclass(slots=True)
class FileColumns:
    """One entry a file."""

    model: list[str] = field(default_factory=list)
    revision: list[str] = field(default_factory=list)
    experiment: list[str | None] = field(default_factory=list)
    task: list[str] = field(default_factory=list)
    dataset_revision: list[str | None] = field(default_factory=list)
    mteb_version: list[str | None] = field(default_factory=list)
    measured_at: list[str | None] = field(default_factory=list)
    is_renamed: list[bool] = field(default_factory=list)
    n_rows: list[int] = field(default_factory=list)


@dataclass(slots=True)
class RowColumns:
    """One entry a (file, split, subset); NaN stands for a missing main score."""

    split: array[int] = field(default_factory=lambda: array("i"))
    subset: array[int] = field(default_factory=lambda: array("i"))
    value: array[float] = field(default_factory=lambda: array("d"))


@dataclass(slots=True)
class Columns:
    """All that was read, in the sorted order of the files."""

    files: FileColumns = field(default_factory=FileColumns)
    rows: RowColumns = field(default_factory=RowColumns)
    splits: Codes = field(default_factory=Codes)
    subsets: Codes = field(default_factory=Codes)


def read_columns(root: Path, metrics: Metrics, tally: Tally) -> Columns:
    """Every score file below `root`; what cannot be used is counted in `tally`.

    Raises: MissingData: `root` is no folder.
    """
    columns = Columns()
    for folder in walk_folders(root, tally):
        for name in folder.files:
            tally.add("files: score files")
            found = _open(f"{folder.path}/{name}", metrics, tally)
            if isinstance(found, str):
                tally.add(found)
            elif n_rows := _append_rows(columns, found, tally):
                _append_file(columns.files, folder, found, n_rows)
            else:
                tally.add("files: no score row")
    return columns


def _open(path: str, metrics: Metrics, tally: Tally) -> TaskFile | str:
    try:
        content, is_strict = load_json(read_bytes(path))
    except (OSError, ValueError):
        return "files: unreadable JSON"
    found = task_file(content, metrics)
    if isinstance(found, str):
        return found
    try:
        for text in (found.task, found.dataset_revision, found.mteb_version):
            (text or "").encode()
    except UnicodeEncodeError:
        return "files: unreadable JSON"
    if not is_strict:
        tally.add("files: not strict JSON")
    _count_file(content, found, tally)
    return found


def _count_file(content: dict[str, Any], found: TaskFile, tally: Tally) -> None:
    if found.is_old:
        tally.add("files: before mteb 1.11")
    elif isinstance(content.get("evaluation_time"), float | int):
        tally.add("files: evaluation_time")
    else:
        tally.add("files: no evaluation_time")
    if found.is_renamed:
        tally.add("files: renamed task")
    if found.mteb_version is None:
        tally.add("files: no mteb_version")
    elif "-" in found.mteb_version:
        tally.add("files: range of mteb_versions")
    if found.dataset_revision is None:
        tally.add("files: no dataset_revision")
    if content.get("kg_co2_emissions") is not None:
        tally.add("files: kg_co2_emissions")


def _append_file(files: FileColumns, folder: Folder, found: TaskFile, n_rows: int) -> None:
    files.model.append(folder.model)
    files.revision.append(folder.revision)
    files.experiment.append(folder.experiment)
    files.task.append(found.task)
    files.dataset_revision.append(found.dataset_revision)
    files.mteb_version.append(found.mteb_version)
    files.measured_at.append(found.measured_at)
    files.is_renamed.append(found.is_renamed)
    files.n_rows.append(n_rows)


def _append_rows(columns: Columns, found: TaskFile, tally: Tally) -> int:
    """Append the file's rows and return their number; whole splits at a time where all is in order."""
    splits, subsets, values = array("i"), array("i"), array("d")
    code_of = columns.subsets
    try:
        for split, entries in found.splits.items():
            values.extend([entry["main_score"] for entry in entries])
            subsets.extend([code_of[entry["hf_subset"]] for entry in entries])
            splits.extend([columns.splits[split]] * len(entries))
    except (TypeError, KeyError, ValueError, OverflowError):
        splits, subsets, values = _judged_rows(columns, found, tally)
    tally.add("rows: read", len(values))
    columns.rows.split.extend(splits)
    columns.rows.subset.extend(subsets)
    columns.rows.value.extend(values)
    return len(values)


def _judged_rows(
    columns: Columns, found: TaskFile, tally: Tally
) -> tuple[array[int], array[int], array[float]]:
    """The same, entry by entry, for a file in which something is missing or odd."""
    splits, subsets, values = array("i"), array("i"), array("d")
    for split, subset, score in iter_entries(found.splits):
        try:
            codes = columns.splits[split], columns.subsets[subset]  # type: ignore[index]
            value = math.nan if score is None else float(score)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            tally.add("rows: read")
            tally.add("rows: not a score entry")
            continue
        if isinstance(score, str):  # float("0.5") would pass
            tally.add("rows: read")
            tally.add("rows: not a score entry")
            continue
        if score is None:
            tally.add("rows: main score missing")
        splits.append(codes[0])
        subsets.append(codes[1])
        values.append(value)
    return splits, subsets, values
