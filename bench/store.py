"""Where runs lie on disk: a folder per job, named by what decides its result, complete once `outcome.json` is there.

    ROOT/jobs/<job_id>/{job.json, env.json, rows.parquet, items.parquet, model.parquet, log.txt, outcome.json}
    ROOT/jobs/<job_id>/{job.json, env.json, log.txt, failure.json}      of a job that failed or was not run
    ROOT/jobs/<job_id>.lock      while a process is at it
    ROOT/runs/<run_id>.json      the jobs of one command, in order
    ROOT/reports/<run_id>.json   what a ladder over these jobs said last

A job that two commands share is done once. One process at a time is at a job; files of dead ones are swept.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import io
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from advisor.core.errors import BadInput, MissingData
from advisor.tables.locate import runs_folder
from advisor.tables.locks import Lock, take
from bench.protocol import Job, JobOutcome, Measured, Status
from bench.wire import JSON, TABLES, as_json, from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OUTCOME: Final = "outcome.json"
FAILURE: Final = "failure.json"
_PRETTY: Final = JSON | orjson.OPT_INDENT_2


def default_root() -> Path:
    """$ADVISOR_RUNS, else beside the user's snapshots."""
    return runs_folder()


def run_id_of(jobs: Sequence[Job]) -> str:
    """A name for a set of jobs: the same command on the same data gives the same one."""
    digest = hashlib.sha256("\n".join(job.job_id for job in jobs).encode()).hexdigest()[:8]
    harnesses = "-".join(sorted({job.harness for job in jobs})) or "empty"
    return f"{harnesses}-{digest}"


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """One command's jobs, as its file says."""

    run_id: str
    command: str
    created_at: str
    """ISO 8601, UTC, of the first time."""
    last_at: str
    file: Path
    jobs: tuple[Job, ...]


@dataclass(frozen=True, kw_only=True)
class Store:
    """The jobs and runs under one folder."""

    root: Path

    def folder(self, job: Job) -> Path:
        """Where this job's files lie, whether they are there or not."""
        return self.root / "jobs" / job.job_id

    def finished(self, job: Job) -> JobOutcome | None:
        """The job's outcome when it was measured before; None when it was not, failed, or was cut off."""
        return self.read(job) if (self.folder(job) / OUTCOME).is_file() else None

    def read(self, job: Job) -> JobOutcome | None:
        """The stored outcome; None where a file is missing or damaged, so that the job is done again."""
        folder = self.folder(job)
        try:
            said = orjson.loads((folder / OUTCOME).read_bytes())
            frames = {name: _table(folder, name, said["sha256"][name]) for name in TABLES}
            measured = Measured(**frames, warnings=tuple(said["warnings"]), facts=said["facts"])
            return JobOutcome(
                job=job, status="done", measured=measured, wall_s=said["wall_s"], peak_bytes=said["peak_bytes"],
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError, BadInput):
            return None

    def failure(self, job: Job) -> JobOutcome | None:
        """How the job failed, or why it was not run, the last time; None where it did neither."""
        try:
            said = orjson.loads((self.folder(job) / FAILURE).read_bytes())
            return JobOutcome(
                job=job, status=said["status"], reason=said["reason"], detail=said["detail"], wall_s=said["wall_s"],
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def state(self, job: Job) -> Status | None:
        """How the job ended, without reading what it measured; None where it has not."""
        if (self.folder(job) / OUTCOME).is_file():
            return "done"
        failure = self.failure(job)
        return None if failure is None else failure.status

    def attempt(self, job: Job) -> tuple[int, int] | None:
        """A mark of the last failure: another one has another mark."""
        try:
            found = (self.folder(job) / FAILURE).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def lock(self, job: Job, *, wait: bool = False) -> Lock | None:
        """The right to do this job and to write its folder; None where another process has it.

        Raises: BadInput: the folder cannot be written.
        """
        try:
            (self.root / "jobs").mkdir(parents=True, exist_ok=True)
            return take(self.root / "jobs" / f"{job.job_id}.lock", wait=wait)
        except OSError as error:
            raise unwritable(self.root, error) from None

    def sweep(self) -> None:
        """Take away what dead processes left half-written; nobody else's work is touched."""
        for kind in ("jobs", "runs", "reports"):
            folder = self.root / kind
            half = {left: left.name[1:].rpartition("-")[0] for left in folder.glob(".*-*")}
            for name in {*half.values(), *(left.stem for left in folder.glob("*.lock"))}:
                try:
                    lock = take(folder / f"{name}.lock")
                except OSError:
                    continue  # a folder that is only read
                if lock is not None:
                    for left in [left for left, whose in half.items() if whose == name]:
                        _remove(left)
                    lock.release()

    def write(self, outcome: JobOutcome, *, env: Mapping[str, Any]) -> None:
        """Keep an outcome: all files in a folder beside, then one rename. The caller holds the job's lock.

        A failure is kept as one, with its log: it never hides a measured outcome, and the next run tries again.
        Raises: BadInput: the folder cannot be written (full, read-only); nothing half-written stays.
        """
        target = self.folder(outcome.job)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        except OSError as error:
            raise unwritable(self.root, error) from None
        try:
            _fill(work, outcome, outcome.env or env)
            if outcome.measured is None and self.finished(outcome.job) is not None:
                return
            _remove(target)
            work.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise unwritable(self.root, error) from None
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def write_run(self, run_id: str, jobs: Sequence[Job], *, command: str) -> Path:
        """Keep the list of a command's jobs, under the command that first asked for them; returns the file.

        Raises: BadInput: cannot be written.
        """
        file, now, first = self.root / "runs" / f"{run_id}.json", _now(), self._earlier(run_id)
        content = {
            "run_id": run_id, "command": first.command if first else command,
            "created_at": first.created_at if first else now, "last_at": now,
            "jobs": [as_json(job) for job in jobs],
        }  # fmt: skip
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock = take(file.parent / f"{run_id}.lock", wait=True)
            try:
                write_atomically(file, orjson.dumps(content, option=orjson.OPT_INDENT_2))
            finally:
                if lock is not None:
                    lock.release()
        except OSError as error:
            raise unwritable(self.root, error) from None
        return file

    def write_report(self, run_id: str, content: str) -> Path:
        """Keep what was found over a run's jobs, for who looks at it later. Raises: BadInput: cannot be written."""
        file = self.root / "reports" / f"{run_id}.json"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, content.encode())
        except OSError as error:
            raise unwritable(self.root, error) from None
        return file

    def run(self, run_id: str) -> list[Job]:
        """The jobs of a stored run. Raises: MissingData: no such run, or its file is damaged."""
        return list(self.stored_run(run_id).jobs)

    def stored_run(self, run_id: str) -> StoredRun:
        """A stored run. Raises: MissingData: no such run, or its file is damaged."""
        file = self.root / "runs" / f"{run_id}.json"
        try:
            said = orjson.loads(file.read_bytes())
            return StoredRun(
                run_id=run_id, command=said["command"], created_at=said["created_at"], last_at=said["last_at"],
                file=file, jobs=tuple(from_json(job) for job in said["jobs"]),
            )  # fmt: skip
        except FileNotFoundError:
            known = ", ".join(sorted(p.stem for p in file.parent.glob("*.json"))[:8]) or "none"
            raise MissingData(f"no run {run_id!r} under {self.root}; there are {known}") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MissingData(f"{file}: not a readable run ({error})") from None

    def runs(self) -> Iterator[StoredRun | str]:
        """Every run, oldest first; for one that cannot be read, the line that says so."""
        for file in sorted((self.root / "runs").glob("*.json"), key=lambda p: p.stat().st_mtime):
            try:
                yield self.stored_run(file.stem)
            except MissingData as error:
                yield str(error)

    def _earlier(self, run_id: str) -> StoredRun | None:
        try:
            return self.stored_run(run_id)
        except MissingData:
            return None


def write_atomically(file: Path, content: bytes) -> None:
    """Write beside, then rename: a reader sees the old file or the new one. Raises: OSError."""
    handle, name = tempfile.mkstemp(prefix=f".{file.stem}-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def unwritable(root: Path, error: OSError) -> BadInput:
    """The one line for a folder that takes no files."""
    return BadInput(
        f"{root}: cannot be written ({error.strerror}); free space, or name another folder with --runs DIR"
    )


def _fill(work: Path, outcome: JobOutcome, env: Mapping[str, Any]) -> None:
    work.chmod(0o755)
    (work / "job.json").write_bytes(orjson.dumps(as_json(outcome.job), option=_PRETTY))
    (work / "env.json").write_bytes(orjson.dumps(dict(env), option=_PRETTY))
    (work / "log.txt").write_text(outcome.log, encoding="utf-8", errors="replace")
    said: dict[str, Any] = {
        "status": outcome.status, "wall_s": outcome.wall_s, "peak_bytes": outcome.peak_bytes, "ended_at": _now(),
    }  # fmt: skip
    measured = outcome.measured
    if measured is None:
        said |= {"reason": outcome.reason, "detail": outcome.detail}
        write_atomically(work / FAILURE, orjson.dumps(said, option=_PRETTY))
        return
    tables = {name: _parquet(getattr(measured, name)) for name in TABLES}
    for name, content in tables.items():
        (work / f"{name}.parquet").write_bytes(content)
    said |= {
        "warnings": list(measured.warnings), "facts": dict(measured.facts),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in tables.items()},
    }  # fmt: skip
    write_atomically(work / OUTCOME, orjson.dumps(said, option=_PRETTY))


def _parquet(frame: pl.DataFrame) -> bytes:
    """Through memory: a full disk is then an OSError whatever wrote the bytes."""
    stream = io.BytesIO()
    frame.write_parquet(stream, compression="zstd")
    return stream.getvalue()


def _table(folder: Path, name: str, sha256: str) -> pl.DataFrame:
    content = (folder / f"{name}.parquet").read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"{name}.parquet is not what was written")
    return pl.read_parquet(io.BytesIO(content))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
