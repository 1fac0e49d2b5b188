"""The evidence of the user's own runs: tables beside the snapshots, of the same make, read when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import MissingData
from advisor.tables import snapshot
from advisor.tables.locate import CURRENT, own_folder
from advisor.tables.schema import EVIDENCE, EVIDENCE_KEY, MODELS

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.tables.snapshot import Snapshot

SOURCE_ID: Final = "own-runs"
"""The source of every row that this machine measured for its user."""

OWN_EVIDENCE: Final = pl.Schema(
    {  # type: ignore[arg-type]
        **EVIDENCE,
        "lo": pl.Float64,
        "hi": pl.Float64,
        "level": pl.Float64,
        "basis": pl.String,
        "method": pl.String,
        "job_id": pl.String,
    }
)
"""EVIDENCE with its interval (null where there is none) and the job that measured it; key EVIDENCE_KEY."""
OWN_KEY: Final = EVIDENCE_KEY

OWN_MODELS: Final = pl.Schema({**MODELS, "job_id": pl.String, "measured_at": pl.String})  # type: ignore[arg-type]
"""What the newest job of each model says it is; key model_id."""

OWN_JOBS: Final = pl.Schema(
    {
        "job_id": pl.String,
        "harness": pl.String,
        "model": pl.String,
        "model_id": pl.String,
        "model_revision": pl.String,
        "precision": pl.String,
        "task_id": pl.String,
        "dataset_revision": pl.String,
        "subset": pl.String,
        "split": pl.String,
        "n_shot": pl.Int16,
        "seed": pl.Int32,
        "hardware_id": pl.String,
        "main_metric": pl.String,
        "n_items": pl.Int64,
        "data_file": pl.String,
        "options": pl.String,
        "runs": pl.String,
        "wall_s": pl.Float64,
        "measured_at": pl.String,
    }
)
"""One job a row; key job_id. model: as it was asked for. subset: the label column of a user's file.

data_file: the file's path, null where the task is a named one. options: the job's, as JSON. runs: the folder that
holds the job under jobs/<job_id>, null where it was not kept.
"""

OWN_ITEMS: Final = pl.Schema(
    {
        "job_id": pl.String,
        "item_id": pl.String,
        "subset": pl.String,
        "fold": pl.Int32,
        "value": pl.Float64,
        "target": pl.String,
        "prediction": pl.String,
        "p_target": pl.Float64,
    }
)
"""One item's outcome; key job_id, item_id, subset. target, prediction: null where `value` says all.

value: the item's share in the main score (1 right, 0 wrong; squared error), null where the score has no shares.
"""

OWN_TABLES: Final = {
    "evidence": OWN_EVIDENCE,
    "models": OWN_MODELS,
    "jobs": OWN_JOBS,
    "items": OWN_ITEMS,
}


@dataclass(frozen=True, kw_only=True)
class OwnEvidence:
    """The tables of OWN_TABLES under one folder; each is read when first asked for."""

    folder: Path
    stored: Snapshot

    @property
    def id(self) -> str:
        """Content hash of the tables."""
        return self.stored.id

    def table(self, name: str) -> pl.DataFrame:
        """One of OWN_TABLES, whole. Raises: MissingData: the file is damaged; the message tells the cure."""
        try:
            frame = self.stored.table(name)
        except MissingData as error:
            raise damaged(self.folder, str(error)) from None
        if frame.schema != OWN_TABLES[name]:
            raise damaged(self.folder, f"{name} was written by another version")
        return frame

    def by_task(self) -> pl.DataFrame:
        """task_id, n_models, n_jobs and measured_at of the latest, the latest task first."""
        counts = self.table("jobs").group_by("task_id").agg(
            n_models=pl.col("model_id").n_unique(), n_jobs=pl.len(), measured_at=pl.col("measured_at").max()
        )  # fmt: skip
        return counts.sort("measured_at", "task_id", descending=[True, False], nulls_last=True)

    def job_folder(self, job_id: str) -> str | None:
        """Where the job's own files lie; null where they were not kept."""
        found = self.table("jobs").filter(pl.col("job_id") == job_id)["runs"].to_list()
        return f"{found[0]}/jobs/{job_id}" if found and found[0] else None


def own_evidence(folder: Path | None = None) -> OwnEvidence | None:
    """The user's own evidence, from `folder` or where locate.own_folder says; None when there is none.

    Raises: MissingData: it is there and cannot be read; the message tells how to build it anew.
    """
    where = folder or own_folder()
    try:
        written = (where / CURRENT).stat().st_mtime_ns
    except OSError:
        return None
    return _opened(where, written)


@lru_cache(maxsize=2)
def _opened(folder: Path, _written_ns: int) -> OwnEvidence:
    try:
        return OwnEvidence(folder=folder, stored=snapshot.load(folder))
    except (MissingData, UnicodeDecodeError) as error:
        raise damaged(folder, str(error)) from None


def damaged(folder: Path, why: str) -> MissingData:
    """The error for own evidence that cannot be read."""
    words = why.partition("; ")[0]
    return MissingData(
        f"the evidence of your own runs in {folder} is damaged ({words}); "
        "`advisor bench collect --runs DIR` builds it anew from the folder of the runs"
    )
