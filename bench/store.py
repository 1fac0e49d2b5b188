"""Where runs lie on disk: a folder per job, named by what decides its result, complete once `outcome.json` is there.

    ROOT/jobs/<job_id>/{job.json, env.json, rows.parquet, items.parquet, model.parquet, log.txt, outcome.json}
    ROOT/runs/<run_id>.json      the jobs of one command, in order

A job that two commands share is done once.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from advisor.core.errors import BadInput, MissingData
from advisor.tables.locate import user_folder
from bench.protocol import Job, JobOutcome, Limits, Measured

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTCOME: Final = "outcome.json"
TABLES: Final = ("rows", "items", "model")


def default_root() -> Path:
    """$ADVISOR_RUNS, else beside the user's snapshots."""
    if named := os.environ.get("ADVISOR_RUNS"):
        return Path(named)
    return user_folder().parent / "bench"


def run_id_of(jobs: Sequence[Job]) -> str:
    """A name for a set of jobs: the same command on the same data gives the same one."""
    digest = hashlib.sha256("\n".join(job.job_id for job in jobs).encode()).hexdigest()[:8]
    harnesses = "-".join(sorted({job.harness for job in jobs})) or "empty"
    return f"{harnesses}-{digest}"


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
            frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}
            measured = Measured(**frames, warnings=tuple(said["warnings"]), facts=said["facts"])
        except (OSError, orjson.JSONDecodeError, KeyError, pl.exceptions.PolarsError, BadInput):
            return None
        return JobOutcome(job=job, status="done", measured=measured, wall_s=said["wall_s"])

    def write(self, outcome: JobOutcome, *, env: dict[str, Any]) -> None:
        """Keep a measured outcome: all files in a folder beside, then one rename.

        Failures are not kept as outcomes: the next run tries again.
        Raises: BadInput: the folder cannot be written (full, read-only); nothing half-written stays.
        """
        if outcome.measured is None:
            return
        target = self.folder(outcome.job)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        except OSError as error:
            raise _unwritable(self.root, error) from None
        try:
            _fill(work, outcome, env)
            if target.exists():
                shutil.rmtree(target)
            work.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise _unwritable(self.root, error) from None
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def write_run(self, run_id: str, jobs: Sequence[Job], *, command: str) -> Path:
        """Keep the list of a command's jobs; returns the file. Raises: BadInput: cannot be written."""
        file = self.root / "runs" / f"{run_id}.json"
        content = {"run_id": run_id, "command": command, "jobs": [as_json(job) for job in jobs]}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, orjson.dumps(content, option=orjson.OPT_INDENT_2))
        except OSError as error:
            raise _unwritable(self.root, error) from None
        return file

    def run(self, run_id: str) -> list[Job]:
        """The jobs of a stored run. Raises: MissingData: no such run, or its file is damaged."""
        file = self.root / "runs" / f"{run_id}.json"
        try:
            return [from_json(said) for said in orjson.loads(file.read_bytes())["jobs"]]
        except FileNotFoundError:
            known = ", ".join(sorted(p.stem for p in file.parent.glob("*.json"))[:8]) or "none"
            raise MissingData(f"no run {run_id!r} under {self.root}; there are {known}") from None
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise MissingData(f"{file}: not a readable run ({error})") from None


def as_json(job: Job) -> dict[str, Any]:
    """A job as JSON values, limits included."""
    limits = {name: getattr(job.limits, name) for name in Limits.__slots__}
    said: dict[str, Any] = orjson.loads(job.canonical())
    return {**said, "limits": limits}


def from_json(said: dict[str, Any]) -> Job:
    """The job that as_json wrote. Raises: KeyError, TypeError: it did not write this."""
    fields = {**said, "limits": Limits(**said.get("limits", {}))}
    return Job(**fields)


def write_atomically(file: Path, content: bytes) -> None:
    """Write beside, then rename: a reader sees the old file or the new one. Raises: OSError."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _fill(work: Path, outcome: JobOutcome, env: dict[str, Any]) -> None:
    measured = outcome.measured
    assert measured is not None  # noqa: S101 - write() looked
    work.chmod(0o755)
    (work / "job.json").write_bytes(orjson.dumps(as_json(outcome.job), option=orjson.OPT_INDENT_2))
    (work / "env.json").write_bytes(orjson.dumps(env, option=orjson.OPT_INDENT_2))
    for name in TABLES:
        getattr(measured, name).write_parquet(work / f"{name}.parquet", compression="zstd")
    (work / "log.txt").write_text(outcome.detail or "", encoding="utf-8")
    said = {
        "status": outcome.status, "wall_s": outcome.wall_s, "warnings": list(measured.warnings),
        "facts": dict(measured.facts),
    }  # fmt: skip
    write_atomically(work / OUTCOME, orjson.dumps(said, option=orjson.OPT_INDENT_2))


def _unwritable(root: Path, error: OSError) -> BadInput:
    return BadInput(
        f"{root}: cannot be written ({error.strerror}); free space, or name another folder with --runs DIR"
    )
