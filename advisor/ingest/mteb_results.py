"""MTEB results in their official on-disk layout, as evidence rows and one score per (model, task)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from advisor.core.errors import MissingData
from advisor.ingest.mteb_columns import read_columns
from advisor.ingest.mteb_evidence import (
    PROTOCOLS,
    catalogue_lists,
    count_oddities,
    evidence_frame,
    file_frame,
    items_of_files,
    items_of_rows,
    kept_rows,
    row_arrays,
)
from advisor.ingest.mteb_files import RETIRED, Metrics
from advisor.ingest.mteb_scores import pair_scores, with_preference
from advisor.ingest.mteb_tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MtebResults:
    """What a results folder holds."""

    evidence: pl.DataFrame
    """EVIDENCE: one row per (model, revision, experiment, task, split, subset)."""
    scores: pl.DataFrame
    """SCORES: one row per (model, task), equal to mteb's own to 1e-9."""
    report: pl.DataFrame
    """REPORT: each kind of file, row and oddity, how many, what was done with it and why."""


def read_results(
    root: Path,
    tasks: pl.DataFrame,
    *,
    main_revisions: Mapping[str, str] | None = None,
    protocols: pl.DataFrame | None = None,
) -> MtebResults:
    """Evidence and scores from `root/results/<org>__<model>/<revision>/[experiments/<name>/]<Task>.json`.

    Nothing in a file makes this fail: what cannot be used is counted in the report. An experiment's name is
    appended to `model_revision` after "+", so that its rows never share a key with the ordinary run's.

    Args:
        root: the folder that holds `results`, or `results` itself.
        tasks: TASKS, or any frame with `task_id` and `metric`.
        main_revisions: model to the revision mteb regards as its own (mteb_registry.read_main_revisions).
        protocols: PROTOCOLS (mteb_registry.read_protocols): item counts, and which rows are off a task's lists.

    Raises: MissingData: `root` is no folder, or holds no score.
    Source: METHOD.md#mteb-scores
    """
    tally = Tally()
    metric_of = dict(tasks.select("task_id", "metric").drop_nulls().iter_rows())
    columns = read_columns(root, Metrics(metric_of), tally)
    if not columns.files.n_rows:
        raise MissingData(
            f"no MTEB scores under {str(root)!r} ({tally['files: score files']} files read); expected"
            " results/<org>__<model>/<revision>/<Task>.json"
        )
    if protocols is None:
        protocols = pl.DataFrame(schema=PROTOCOLS)
    files = with_preference(file_frame(columns, metric_of | RETIRED), main_revisions or {})
    rows = row_arrays(columns)
    kept = kept_rows(files, rows, tally)
    lists = catalogue_lists(files, columns, protocols)
    files = files.with_columns(n_items=pl.Series(items_of_files(rows, kept, lists)))
    scores = pair_scores(files, rows, tally)
    names = sorted(columns.splits), sorted(columns.subsets)
    evidence = evidence_frame(files, rows, kept, items_of_rows(rows, kept, lists, tally), names)
    count_oddities(files, evidence, protocols, tally)
    return MtebResults(evidence=evidence, scores=scores, report=tally.frame())
