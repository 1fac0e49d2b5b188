"""What `advisor bench` kept of its runs, read and never written: which runs there are, their jobs, what was measured.

The layout is bench.store's: runs/<run_id>.json lists a command's jobs, jobs/<job_id>/ holds what each left, and
reports/<run_id>.json a ladder's report. A contract test holds this reader against what the bench writes.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson
import polars as pl
from pydantic import ValidationError

from advisor.core.errors import MissingData
from advisor.core.measurement import LadderReport
from advisor.core.runs import RunLine
from advisor.tables import entries, paired_runs
from advisor.tables.locate import runs_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from advisor.core.measurement import Entry
    from advisor.tables.paired_runs import Measurement

State = Literal["done", "failed", "not_run", "pending"]
_LIMITS: Final = "limits"
"""What a job may take; its identity is all but this."""


@dataclass(frozen=True, kw_only=True)
class StoredJob:
    """One job of a run, as it was asked for, and how it stands."""

    job_id: str
    harness: str
    model: str
    task: str
    hardware_id: str
    options: Mapping[str, Any]
    state: State
    """pending: it was not ended, or is still going."""
    reason: str | None
    """Why it failed or was not run."""


@dataclass(frozen=True, kw_only=True)
class StoredTables:
    """What a finished job measured."""

    rows: pl.DataFrame
    items: pl.DataFrame
    model: pl.DataFrame
    warnings: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """One command's run."""

    line: RunLine
    jobs: tuple[StoredJob, ...]
    root: Path

    def entries(self) -> list[Entry]:
        """Each job that ended, as a report shows it; one whose files are damaged is failed and says so."""
        return [_entry(self.root, job) for job in self.jobs if job.state != "pending"]

    def measurements(self) -> list[Measurement]:
        """The finished jobs that kept an outcome by item."""
        found = []
        for job in self.jobs:
            tables = _tables(self.root, job.job_id) if job.state == "done" else None
            one = tables and paired_runs.measurement(job, tables, self.line.run_id)
            if one:
                found.append(one)
        return found

    def ladder(self) -> LadderReport | None:
        """The report of the last climb over these jobs; None where no ladder was climbed, or its file is damaged."""
        file = self.root / "reports" / f"{self.line.run_id}.json"
        try:
            return LadderReport.model_validate_json(file.read_bytes())
        except (OSError, ValidationError):
            return None


@dataclass(frozen=True, kw_only=True)
class Runs:
    """All runs of one folder."""

    root: Path
    found: tuple[StoredRun, ...] = ()
    """The latest last."""
    warnings: tuple[str, ...] = ()
    """A line for each run that cannot be read."""

    @property
    def lines(self) -> list[RunLine]:
        """Each run in a line."""
        return [run.line for run in self.found]

    def run(self, run_id: str) -> StoredRun:
        """The run of that id. Raises: MissingData: there is none."""
        for one in self.found:
            if one.line.run_id == run_id:
                return one
        known = ", ".join(line.run_id for line in self.lines[-8:]) or "none"
        raise MissingData(f"no run {run_id!r} under {self.root}; there are {known}")


def stored_runs(root: Path | None = None) -> Runs:
    """The runs under `root`, by default where the bench keeps them; none where the folder is not there."""
    where = root or runs_folder()
    found, warnings = [], []
    for file in sorted((where / "runs").glob("*.json"), key=_written):
        try:
            found.append(_run(where, file))
        except (OSError, ValueError, KeyError, TypeError) as error:
            warnings.append(f"{file}: not a readable run ({error})")
    return Runs(root=where, found=tuple(found), warnings=tuple(warnings))


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _run(root: Path, file: Path) -> StoredRun:
    said = orjson.loads(file.read_bytes())
    jobs = tuple(_job(root, job) for job in said["jobs"])
    states = [job.state for job in jobs]
    line = RunLine(
        run_id=file.stem, command=said["command"], tasks=list(dict.fromkeys(job.task for job in jobs)),
        n_jobs=len(jobs), n_done=states.count("done"), n_failed=states.count("failed"),
        n_not_run=states.count("not_run"), n_pending=states.count("pending"),
        created_at=said["created_at"], last_at=said["last_at"], file=str(file),
    )  # fmt: skip
    return StoredRun(line=line, jobs=jobs, root=root)


def _job(root: Path, said: Mapping[str, Any]) -> StoredJob:
    asked = {name: value for name, value in said.items() if name != _LIMITS}
    digest = hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
    state, reason = _state(root / "jobs" / digest)
    return StoredJob(
        job_id=digest, harness=said["harness"], model=said["model"], task=said["task"],
        hardware_id=said["hardware_id"], options=said["options"], state=state, reason=reason,
    )  # fmt: skip


def _state(folder: Path) -> tuple[State, str | None]:
    if (folder / "outcome.json").is_file():
        return "done", None
    try:
        said = orjson.loads((folder / "failure.json").read_bytes())
        return ("not_run" if said["status"] == "not_run" else "failed"), said["reason"]
    except (OSError, ValueError, KeyError, TypeError):
        return "pending", None


def _entry(root: Path, job: StoredJob) -> Entry:
    if job.state in {"failed", "not_run"}:
        return entries.entry(job, None, status=job.state, reason=job.reason)
    tables = _tables(root, job.job_id)
    if tables is None:
        why = "its files are damaged; run it again"
        return entries.entry(job, None, status="failed", reason=why)
    return entries.entry(job, tables, status="done")


def _tables(root: Path, job_id: str) -> StoredTables | None:
    """What a finished job measured; None where a file is missing or is not what was written."""
    folder = root / "jobs" / job_id
    try:
        said = orjson.loads((folder / "outcome.json").read_bytes())
        read = {
            name: _table(folder, name, said["sha256"][name]) for name in ("rows", "items", "model")
        }
        return StoredTables(**read, warnings=tuple(said["warnings"]), facts=said["facts"])
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
        return None


def _table(folder: Path, name: str, sha256: str) -> pl.DataFrame:
    content = (folder / f"{name}.parquet").read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"{name}.parquet is not what was written")
    return pl.read_parquet(io.BytesIO(content))
